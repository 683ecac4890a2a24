package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"punte"
	"punte/store"
)

// Forgetting is what is known of a person in one connection, to be removed.
type Forgetting struct {
	Connection string   `json:"connection"`
	Name       string   `json:"name"`   // of the connection
	Orders     []string `json:"orders"` // their numbers in the shop
	// Records is how many own records of registered customers are the person's.
	Records int `json:"customer_records"`
	// Cards are links to MiniCRM's cards of that person. Punte deletes nothing there.
	Cards []string `json:"cards"`
	// Unlinked are the external ids of customers' cards whose own id is not known.
	Unlinked []int64 `json:"unlinked_cards,omitempty"`
	// Again says that the person was forgotten before.
	Again bool `json:"again"`

	person store.Subject
	refs   []string
}

// FindPerson looks for all that a connection knows of a person with an e-mail
// address: their own orders, and everything on the customer's card if it is theirs. It
// changes nothing and needs no network. Invalid for an address that identifies nobody.
func (e *Engine) FindPerson(ctx context.Context, id, address string) (Forgetting, error) {
	saved, err := e.Store.Connection(ctx, id)
	if err != nil {
		return Forgetting{}, err
	}
	conn, err := punte.ParseStored(string(saved.Document), stateOf)
	if err != nil {
		return Forgetting{}, err
	}
	plain := punte.PlainAddress(address)
	if err := checkAddress(conn, plain); err != nil {
		return Forgetting{}, err
	}
	found := Forgetting{Connection: id, Name: conn.Name, Orders: []string{}, Cards: []string{}, person: store.Subject{Address: plain}}
	erased, err := e.Store.Erased(ctx, id)
	if err != nil {
		return found, err
	}
	found.Again = erased.Address(plain)
	p := &personSearch{found: &found, cards: map[int64]bool{}, customers: map[int64]bool{}}
	if err := p.search(ctx, e.Store, id, plain); err != nil {
		return found, err
	}
	err = e.link(ctx, conn, id, &found)
	return found, err
}

// checkAddress refuses what is no address, and an address that many people share.
func checkAddress(conn *punte.Connection, plain string) error {
	if !punte.IsAddress(plain) {
		return punte.Errorf(punte.Invalid, "%q is not an e-mail address", plain)
	}
	for _, shared := range conn.SharedAddresses {
		if punte.PlainAddress(shared) == plain {
			return punte.Errorf(punte.Invalid, "%s is in shared_addresses of %s: orders with it belong to different people, and no later order with it would be taken over", plain, conn.Name)
		}
	}
	return nil
}

type personSearch struct {
	found     *Forgetting
	cards     map[int64]bool
	customers map[int64]bool
}

// search goes through records, cards and orders twice: first by the address, then for
// what else belongs to the customers it led to.
func (p *personSearch) search(ctx context.Context, s *store.Store, id, plain string) error {
	if err := p.byAddress(ctx, s, id, plain); err != nil {
		return err
	}
	for record, err := range s.Records(ctx, id) {
		if err != nil {
			return err
		}
		theirs := p.customers[record.ID] || p.cards[record.Card]
		if !theirs {
			if theirs, err = recordOf(record, func(address string, _ int64) bool { return punte.PlainAddress(address) == plain }); err != nil {
				return err
			}
		}
		if theirs {
			p.found.Records++
			p.own(record.Card, record.ID)
		}
	}
	for row, err := range s.Buyers(ctx, id) {
		if err != nil {
			return err
		}
		theirs := p.cards[row.Card] || p.customers[row.Buyer.CustomerID]
		if !row.Readable {
			if theirs, err = unreadableOf(ctx, s, id, row.Ref, func(address string, customer int64) bool {
				return punte.PlainAddress(address) == plain || customer != 0 && p.customers[customer]
			}); err != nil {
				return err
			}
		}
		if theirs {
			p.take(row)
		}
	}
	p.found.person.Cards = slices.Sorted(maps.Keys(p.cards))
	p.found.person.Customers = slices.Sorted(maps.Keys(p.customers))
	return nil
}

// byAddress finds the cards and customers that have the address, or had it in an order.
func (p *personSearch) byAddress(ctx context.Context, s *store.Store, id, plain string) error {
	for record, err := range s.Records(ctx, id) {
		if err != nil {
			return err
		}
		theirs, err := recordOf(record, func(address string, _ int64) bool { return punte.PlainAddress(address) == plain })
		if err != nil {
			return err
		}
		if theirs {
			p.own(record.Card, record.ID)
		}
	}
	for row, err := range s.Buyers(ctx, id) {
		if err != nil {
			return err
		}
		if punte.PlainAddress(row.Buyer.Email) == plain {
			p.own(row.Card, row.Buyer.CustomerID)
		}
	}
	for card, err := range s.CardBuyers(ctx, id) {
		if err != nil {
			return err
		}
		if punte.PlainAddress(card.Buyer.Email) == plain || p.customers[card.Customer] {
			p.own(card.ID, card.Customer)
		}
	}
	return nil
}

func (p *personSearch) own(card, customer int64) {
	if card != 0 {
		p.cards[card] = true
	}
	if customer != 0 {
		p.customers[customer] = true
	}
}

func (p *personSearch) take(row store.BuyerRow) {
	name := row.Key
	if name == "" {
		name = row.Ref
	}
	p.found.Orders = append(p.found.Orders, name)
	p.found.refs = append(p.found.refs, row.Ref)
	p.found.person.Keys = append(p.found.person.Keys, row.Key)
	if row.ID != 0 {
		p.found.person.Orders = append(p.found.person.Orders, row.ID)
	}
}

// link adds the addresses of MiniCRM's cards.
func (e *Engine) link(ctx context.Context, conn *punte.Connection, id string, found *Forgetting) error {
	for _, card := range found.person.Cards {
		there, err := e.Store.CRMCards(ctx, id, card)
		if err != nil {
			return err
		}
		for _, crm := range there.Customers {
			found.Cards = append(found.Cards, cardLink(conn, conn.WebshopCategory, crm))
		}
		for _, crm := range there.Orders {
			found.Cards = append(found.Cards, cardLink(conn, conn.OrdersCategory, crm))
		}
		if there.Sent && len(there.Customers) == 0 {
			found.Unlinked = append(found.Unlinked, card)
		}
	}
	return nil
}

// cardLink is the address of a card on MiniCRM's pages.
func cardLink(conn *punte.Connection, category, card int64) string {
	return fmt.Sprintf("%s/%s/#Project-%d/%d", strings.TrimRight(conn.MiniCRM.BaseURL, "/"), conn.MiniCRM.SystemID, category, card)
}

// Erase forgets a person: it notes by keyed hashes whom to forget, removes what is
// there, and overwrites it in the database's file. What ends it in the middle is made
// good by the next Erase, or by the daily sweep.
func (e *Engine) Erase(ctx context.Context, f Forgetting) error {
	if err := e.Store.Erase(ctx, f.Connection, f.person, e.Now()); err != nil {
		return err
	}
	if err := e.forget(ctx, f.Connection); err != nil {
		return err
	}
	return e.Store.Scrub(ctx)
}

// stillErased remembers of an order that came back what it is known by, so that a
// later change of its address does not bring it in.
func (w *Work) stillErased(ctx context.Context, erased *store.Erased, row store.OrderRow) error {
	if row.ID == 0 || erased.Order(row.ID) {
		return nil
	}
	address := punte.PlainAddress(row.Email)
	if !erased.Address(address) {
		address = "" // known by the customer's id alone
	}
	return w.engine.Store.KeepErased(ctx, w.saved.ID, store.Subject{Address: address, Orders: []int64{row.ID}}, w.engine.Now())
}
