package engine

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"punte"
	"punte/store"
	"punte/unas"
	"punte/xmlstream"
)

// Forgetting is what is known of a person in one connection, to be removed.
type Forgetting struct {
	Connection string   `json:"connection"`
	Name       string   `json:"name"`   // of the connection
	Orders     []string `json:"orders"` // their numbers in the shop
	// Cards are links to MiniCRM's cards of that person. Punte deletes nothing there.
	Cards []string `json:"cards"`
	// Unlinked are the external ids of customers' cards whose own id is not known.
	Unlinked []int64 `json:"unlinked_cards,omitempty"`
	// Again says that the person was forgotten before.
	Again bool `json:"again"`

	person store.Person
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
	found := Forgetting{Connection: id, Name: conn.Name, Orders: []string{}, Cards: []string{}, person: store.Person{Address: plain}}
	erased, err := e.Store.Erased(ctx, id)
	if err != nil {
		return found, err
	}
	found.Again = erased.Address(plain)
	p := &personSearch{found: &found, cards: map[int64]bool{}, customers: map[int64]bool{}}
	if err := p.search(ctx, e.Store, id, plain); err != nil {
		return found, err
	}
	return found, e.link(ctx, conn, id, &found)
}

// checkAddress refuses what is no address, and an address that many people share.
func checkAddress(conn *punte.Connection, plain string) error {
	name, host, ok := strings.Cut(plain, "@")
	if !ok || name == "" || host == "" || strings.ContainsAny(plain, " \t\r\n") {
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

// search goes through cards and orders twice: first by the address, then for what
// else belongs to the customers it led to.
func (p *personSearch) search(ctx context.Context, s *store.Store, id, plain string) error {
	for card, err := range s.Cards(ctx, id) {
		if err != nil {
			return err
		}
		if punte.PlainAddress(card.Buyer.Email) == plain {
			p.own(card.ID, card.Buyer.CustomerID)
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
	for row, err := range s.Buyers(ctx, id) {
		if err != nil {
			return err
		}
		theirs := p.cards[row.Card] || p.customers[row.Buyer.CustomerID]
		if !row.Readable {
			if theirs, err = unreadableOf(ctx, s, id, row.Ref, func(w unas.Order) bool {
				customer, _ := strconv.ParseInt(strings.TrimSpace(w.Customer.ID), 10, 64)
				return punte.PlainAddress(w.Customer.Email) == plain || customer != 0 && p.customers[customer]
			}); err != nil {
				return err
			}
		}
		if theirs {
			p.take(row)
		}
	}
	for card := range p.cards {
		p.found.person.Cards = append(p.found.person.Cards, card)
	}
	for customer := range p.customers {
		p.found.person.Customers = append(p.found.person.Customers, customer)
	}
	slices.Sort(p.found.person.Cards)
	slices.Sort(p.found.person.Customers)
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

// unreadableOf says whether the XML of an order that can't be read is somebody's.
func unreadableOf(ctx context.Context, s *store.Store, id, ref string, theirs func(unas.Order) bool) (bool, error) {
	saved, err := s.Order(ctx, id, ref)
	if punte.ErrorCode(err) == punte.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	document := "<Orders>" + string(saved.Raw) + "</Orders>"
	for order, err := range unas.DecodeOrders(strings.NewReader(document)) {
		if err != nil {
			return false, fmt.Errorf("reading the XML of order %s: %w", ref, err)
		}
		if theirs(order) {
			return true, nil
		}
	}
	return false, nil
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
		if len(there.Customers) == 0 {
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

// forgottenAtOnce bounds the orders of one transaction.
const forgottenAtOnce = 50

// forget removes everything of all who are to be forgotten. It knows them by their
// hashes only.
func (e *Engine) forget(ctx context.Context, id string) error {
	erased, err := e.Store.Erased(ctx, id)
	if err != nil {
		return err
	}
	var theirs store.Traces
	for row, err := range e.Store.Buyers(ctx, id) {
		if err != nil {
			return err
		}
		is := erased.Order(row.ID) || erased.Card(row.Card) || erased.Customer(row.Buyer.CustomerID) || erased.Address(row.Buyer.Email)
		if !row.Readable && !is {
			if is, err = unreadableOf(ctx, e.Store, id, row.Ref, func(w unas.Order) bool {
				customer, _ := strconv.ParseInt(strings.TrimSpace(w.Customer.ID), 10, 64)
				return erased.Address(w.Customer.Email) || erased.Customer(customer)
			}); err != nil {
				return err
			}
		}
		if is {
			theirs.Orders = append(theirs.Orders, row.Ref)
		}
	}
	for card, err := range e.Store.Cards(ctx, id) {
		if err != nil {
			return err
		}
		if erased.Card(card.ID) || erased.Customer(card.Buyer.CustomerID) || erased.Address(card.Buyer.Email) {
			theirs.Cards = append(theirs.Cards, card.ID)
			if card.Buyer.CustomerID != 0 {
				theirs.Customers = append(theirs.Customers, card.Buyer.CustomerID)
			}
		}
	}
	for some := range slices.Chunk(theirs.Orders, forgottenAtOnce) {
		if err := e.Store.Forget(ctx, id, store.Traces{Orders: some}); err != nil {
			return err
		}
	}
	if err := e.Store.Forget(ctx, id, store.Traces{Cards: theirs.Cards, Customers: theirs.Customers}); err != nil {
		return err
	}
	// Documents last: no new one can be made of what is gone.
	if err := e.forgetDocuments(ctx, id, erased); err != nil {
		return err
	}
	return e.Store.FinishErasures(ctx, id, e.Now())
}

func (e *Engine) forgetDocuments(ctx context.Context, id string, erased *store.Erased) error {
	for d, err := range e.Store.Bodies(ctx, id) {
		if err != nil {
			return err
		}
		holds, err := holdsErased(d.Body, erased)
		if err != nil {
			return fmt.Errorf("looking through document %s: %w", d.ID, err)
		}
		if !holds {
			continue
		}
		if err := e.Store.ForgetDocument(ctx, d, e.Now()); err != nil {
			return err
		}
	}
	return nil
}

// holdsErased says whether a document for MiniCRM tells of somebody who was
// forgotten: by the id of a customer's card, or by an address.
func holdsErased(body []byte, erased *store.Erased) (holds bool, err error) {
	s := xmlstream.NewScanner(bytes.NewReader(body), xmlstream.Limits{})
	if _, err := s.Root(); err != nil {
		return false, err
	}
	var parts func(name string) error
	parts = func(name string) error {
		switch name {
		case "Project":
			if erased.Card(idOf(s)) {
				holds = true
			}
			return s.Children(parts)
		case "Business", "Contacts", "Contact", "Emails":
			return s.Children(parts)
		case "Email":
			var address string
			err := s.Text(&address)
			holds = holds || erased.Address(address)
			return err
		}
		return nil
	}
	return holds, s.Children(parts)
}

// idOf is the external id of the element just entered, 0 if it has none.
func idOf(s *xmlstream.Scanner) int64 {
	text, _ := s.Attr("Id")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return id
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
	return w.engine.Store.KeepErased(ctx, w.saved.ID, store.Person{Address: address, Orders: []int64{row.ID}}, w.engine.Now())
}
