package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"punte"
	"punte/minicrm"
	"punte/store"
)

// cardNote is what a document writes on a customer's card, and what MiniCRM then
// holds of ours. Business, Contacts and Basket are fingerprints, empty for never.
type cardNote struct {
	Name       string            `json:"name,omitempty"`
	Business   string            `json:"business,omitempty"`
	Contacts   string            `json:"contacts,omitempty"`
	Registered string            `json:"registered,omitempty"`
	Disabled   bool              `json:"disabled,omitempty"`
	Basket     string            `json:"basket,omitempty"`
	Fields     map[string]string `json:"fields,omitempty"`
	Changed    []string          `json:"changed,omitempty"` // names of the fields that this delivery writes
	Notes      []string          `json:"notes,omitempty"`   // texts cut and values left out, for a person
}

// readCardNote reads a note. One that can't be read counts as none.
func readCardNote(text []byte) cardNote {
	var note cardNote
	if len(text) == 0 || json.Unmarshal(text, &note) != nil {
		return cardNote{}
	}
	return note
}

// cardPart is a card as a document writes it, without its orders.
type cardPart struct {
	card    store.Card
	project minicrm.FeedProject
	note    cardNote
	pending []byte
	changed bool // it writes something that MiniCRM does not hold
}

func (p cardPart) handover() store.Handover {
	return store.Handover{Card: true, Ref: p.card.Ref, Version: p.card.Wanted, Pending: p.pending}
}

// cardPart writes a card without what MiniCRM holds of ours already: a person may have
// corrected it there. fallback names a customer who has no name.
func (w *Work) cardPart(m *mapper, facts *facts, card store.Card, who cardPerson, fallback string) (cardPart, error) {
	m.notes = nil
	buyer, created := card.Buyer, card.Shown == 0 && !who.there
	if card.Read {
		buyer = card.Customer.Buyer
	}
	before := readCardNote(card.Written)
	project, err := m.card(buyer, card.ID, fallback, created, card.Orders)
	p := cardPart{card: card, project: project}
	if err != nil {
		return p, err
	}
	who.attach(&p.project, card.Shown == 0)
	p.note = before
	p.note.Name, p.note.Fields, p.note.Changed = project.Name, maps.Clone(before.Fields), nil
	p.changed = card.Shown == 0 || project.Name != before.Name
	if err := p.people(before); err != nil {
		return p, err
	}
	w.shopFields(&p, before)
	w.mappedFields(m, &p, facts)
	p.note.Notes = m.notes
	p.pending, err = json.Marshal(p.note)
	if err != nil {
		return p, fmt.Errorf("noting what a card says: %w", err)
	}
	return p, nil
}

// people leaves out the company and the person that MiniCRM has already.
func (p *cardPart) people(before cardNote) error {
	if p.project.Business != nil {
		mark, err := fingerprintOf(p.project.Business)
		if err != nil {
			return err
		}
		p.note.Business = mark
		if mark == before.Business {
			p.project.Business = nil
		} else {
			p.changed = true
		}
	}
	mark, err := fingerprintOf(p.project.Contacts)
	if err != nil {
		return err
	}
	p.note.Contacts = mark
	if mark == before.Contacts {
		p.project.Contacts = nil
	} else {
		p.changed = true
	}
	return nil
}

func fingerprintOf(value any) (string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("noting what a card says of its buyer: %w", err)
	}
	return fingerprint(text), nil
}

// shopFields are the built-in fields of the Webshop module.
func (w *Work) shopFields(p *cardPart, before cardNote) {
	zone := w.conn.MiniCRM.Zone
	if c := p.card.Customer; p.card.Read && !c.Registered.IsZero() {
		p.note.Registered = c.Registered.In(zone).Format(time.DateTime)
		if p.note.Registered != before.Registered {
			p.project.RegistrationDate, p.changed = p.note.Registered, true
		}
	}
	disabled := p.card.Gone || p.card.Read && p.card.Customer.Disabled
	if p.note.Disabled = disabled; disabled != before.Disabled {
		p.project.Disabled, p.changed = &disabled, true
	}
	basket := minicrm.LostBasket{Content: p.card.Basket.Content, Value: p.card.Basket.Value}
	p.note.Basket = ""
	if seen := p.card.Basket.Seen; !seen.IsZero() {
		basket.Date = seen.In(zone).Format(time.DateTime)
		p.note.Basket = fingerprint([]byte(basket.Content + "\n" + basket.Date + "\n" + basket.Value))
	}
	if p.note.Basket != before.Basket {
		p.project.LostBasket, p.changed = &basket, true
	}
}

// mappedFields are those of customer_field_map. They read the customer's own record.
func (w *Work) mappedFields(m *mapper, p *cardPart, facts *facts) {
	if !p.card.Read {
		return
	}
	for _, pair := range w.conn.CustomerFields {
		text, _ := p.card.Customer.Value(pair.Source)
		value, fits := m.valueIn(&facts.webshop, pair.Field, text)
		if !fits {
			continue
		}
		old, known := p.note.Fields[pair.Field]
		if value == old && (known && !w.found.is(findFieldAbsent, "cleared") || value == "") {
			continue
		}
		if p.note.Fields == nil {
			p.note.Fields = map[string]string{}
		}
		p.note.Fields[pair.Field] = value
		p.note.Changed = append(p.note.Changed, pair.Field)
		p.project.Fields = append(p.project.Fields, minicrm.FeedField{Name: pair.Field, Value: value})
		p.changed = true
	}
}

// customerFaults lists fields of customer_field_map that the Webshop module does not
// have.
func (a crmAccount) customerFaults(conn *punte.Connection) []AccountError {
	var faults []AccountError
	for _, pair := range conn.CustomerFields {
		if _, ok := a.webshop.Field(pair.Field); !ok {
			faults = append(faults, AccountError{
				Code: faultField, Text: fmt.Sprintf("the Webshop module has no field %s (customer_field_map)", pair.Field),
				Next: "make the field in MiniCRM or correct customer_field_map",
			})
		}
	}
	return faults
}

// cardsOf reads the cards of groups of orders.
func (w *Work) cardsOf(ctx context.Context, groups [][]store.Duty) (map[int64]store.Card, error) {
	ids := make([]int64, 0, len(groups))
	for _, duties := range groups {
		ids = append(ids, duties[0].Card)
	}
	return w.engine.Store.Cards(ctx, w.saved.ID, ids)
}

// ordersIn counts the orders that are handed over.
func ordersIn(hand []store.Handover) int {
	orders := 0
	for _, h := range hand {
		if !h.Card {
			orders++
		}
	}
	return orders
}

const (
	// cardPace is how long cards that travel without orders wait for each other: each
	// document is one of the account's 150 an hour.
	cardPace = 5 * time.Minute
	// cursorPace is when the next such document may be made.
	cursorPace = "pace.cards"
)

func (w *Work) cardsReady(ctx context.Context, at time.Time) (time.Time, bool, error) {
	o, err := w.outlook(ctx)
	if err != nil || o.Withdrawal || !o.Card.Some {
		return at, false, err // withdrawals go before, also if they have to be sent again
	}
	if ready, err := w.prepared(ctx); err != nil || !ready {
		return at, false, err
	}
	open, err := w.openDocuments(ctx)
	if err != nil {
		return at, false, err
	}
	flying := 0
	for _, d := range open {
		if d.Orders == 0 {
			flying += d.Cards
		}
	}
	pace, _, err := w.cursor(ctx, cursorPace)
	if err != nil {
		return at, false, err
	}
	if _, once, err := w.onceRun(ctx); err != nil || once || w.engine.Rehearsal {
		pace = time.Time{}
	}
	return later(later(at, o.Card.At), pace), flying < mostInFlight, nil
}

// pushCards hands over cards that travel without an order, at most one document.
func (w *Work) pushCards(ctx context.Context) error {
	s, now := w.engine.Store, w.engine.Now()
	owed, err := s.OwedCards(ctx, w.saved.ID, now, 2*fullDocument)
	if err != nil {
		return err
	}
	sent, err := w.handCards(ctx, owed, dueCards)
	if err != nil || sent == 0 || sent == fullDocument {
		return err
	}
	return s.SetCursor(ctx, w.saved.ID, cursorPace, now.Add(cardPace))
}

func (w *Work) withdrawalsReady(ctx context.Context, at time.Time) (time.Time, bool, error) {
	o, err := w.outlook(ctx)
	return at, o.Withdrawal, err
}

// pushWithdrawals hands over the cards of customers who took back their consent: they
// wait for nothing.
func (w *Work) pushWithdrawals(ctx context.Context) error {
	owed, err := w.engine.Store.WithdrawnCards(ctx, w.saved.ID, w.engine.Now(), fullDocument)
	if err != nil {
		return err
	}
	_, err = w.handCards(ctx, owed, dueWithdrawals)
	return err
}

// handCards hands over those of the cards that were not settled a moment ago, and sets
// when the others can go. It returns how many went.
func (w *Work) handCards(ctx context.Context, owed []store.Card, due string) (sent int, err error) {
	ready, next := settledCards(owed, w.engine.Now())
	if len(ready) == 0 {
		if len(owed) == 0 {
			return 0, nil
		}
		return 0, w.setDue(ctx, due, next)
	}
	facts, err := w.account(ctx, ownerAge)
	if err != nil {
		return 0, err
	}
	if ready = facts.ownable(ready); len(ready) == 0 {
		return 0, w.setDue(ctx, due, w.engine.Now().Add(accountWait))
	}
	w.turn++
	body, hand, err := w.cardDocument(ctx, sameSizeCards(ready, w.turn), facts)
	if err != nil || len(hand) == 0 {
		return 0, err
	}
	if err := w.deliver(ctx, body, hand, len(hand)); err != nil {
		return 0, err
	}
	if err := w.setDue(ctx, dueConfirmCards, w.engine.Now().Add(firstLook)); err != nil {
		return 0, err
	}
	return len(hand), w.note(ctx, punte.Report{CardsSent: len(hand), Documents: 1})
}

// ownable leaves out the new cards while nobody is there to own them.
func (f *facts) ownable(cards []store.Card) []store.Card {
	if f.owner != "" {
		return cards
	}
	return slices.DeleteFunc(cards, func(c store.Card) bool { return c.Shown == 0 })
}

// settledCards is what settled is for orders.
func settledCards(owed []store.Card, now time.Time) (ready []store.Card, next time.Time) {
	for _, c := range owed {
		can := c.Updated.Add(settleGap)
		if c.Shown == 0 || !now.Before(can) || c.Updated.After(now) {
			ready = append(ready, c)
			continue
		}
		if next.IsZero() || can.Before(next) {
			next = can
		}
	}
	return ready, next
}

// sameSizeCards is what sameSize is for orders.
func sameSizeCards(owed []store.Card, turn int) []store.Card {
	bySize := map[int][]store.Card{}
	for _, c := range owed {
		size := documentSize(c.Rounds)
		bySize[size] = append(bySize[size], c)
	}
	sizes := slices.Sorted(maps.Keys(bySize))
	size := sizes[turn%len(sizes)]
	return bySize[size][:min(size, len(bySize[size]))]
}

// cardDocument writes cards as one document. A card of which MiniCRM holds everything
// already is settled without being sent, one that is impossible is parked.
func (w *Work) cardDocument(ctx context.Context, cards []store.Card, facts *facts) ([]byte, []store.Handover, error) {
	m := w.mapper(facts)
	cards, who, err := w.whose(ctx, m, cards, facts)
	if err != nil {
		return nil, nil, err
	}
	var parts []cardPart
	for _, card := range cards {
		part, err := w.cardPart(m, facts, card, who[card.ID], customerName(card))
		if err != nil {
			if parkErr := w.engine.Store.ParkCard(ctx, w.saved.ID, card.Ref, problemOf(err), w.engine.Now()); parkErr != nil {
				return nil, nil, errors.Join(err, parkErr)
			}
			continue
		}
		if !part.changed {
			if err := w.engine.Store.SettleCardSame(ctx, w.saved.ID, card.Ref, card.Wanted, w.engine.Now()); err != nil {
				return nil, nil, err
			}
			continue
		}
		parts = append(parts, part)
	}
	return feedOf(parts)
}

// customerName is the card's name of a customer who has none.
func customerName(card store.Card) string {
	if card.Customer.ID > 0 {
		return punte.CustomerRef(card.Customer.ID)
	}
	return strconv.FormatInt(card.ID, 10)
}
