package minicrmsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Restore replaces the world by one that Save wrote. The system must have the
// id, the language and the modules of the one that wrote it; with an error the
// world stays as it is.
func (c *CRM) Restore(r io.Reader) error {
	var s snapshot
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return fmt.Errorf("restoring the world of system %s: reading the state: %w", c.o.SystemID, err)
	}
	if err := c.restore(&s); err != nil {
		return fmt.Errorf("restoring the world of system %s: %w", c.o.SystemID, err)
	}
	c.awaken()
	return nil
}

func (c *CRM) restore(s *snapshot) error {
	switch {
	case s.Version != stateVersion:
		return fmt.Errorf("the state has version %d, this program reads %d", s.Version, stateVersion)
	case s.SystemID != c.o.SystemID:
		return fmt.Errorf("the state is one of system %s; start with its id or with another file", s.SystemID)
	case s.Language != c.o.Language:
		return fmt.Errorf("the state is in the language %q, this system in %q", s.Language, c.o.Language)
	}
	c.working.Lock()
	defer c.working.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	built := &restoring{c: c, s: s, w: newWorld()}
	if err := built.all(); err != nil {
		return err
	}
	c.world = built.w
	for _, edit := range s.Edits {
		_ = c.administer(edit) // one that was made in this process already changes nothing
	}
	for _, m := range c.modules {
		m.cards = nil
	}
	for id := int64(1); id <= c.nextCard; id++ {
		if k := c.cards[id]; k != nil {
			k.module.cards = append(k.module.cards, k)
		}
	}
	c.reindex()
	c.revision++
	return nil
}

// A restoring world is built aside until all of it is known to be sound.
type restoring struct {
	c *CRM
	s *snapshot
	w world
}

func (r *restoring) all() error {
	s, w := r.s, &r.w
	w.offset, w.segmentDay, w.nextCard, w.nextAddr, w.nextItem = s.Offset, s.SegmentDay, s.NextCard, s.NextAddr, s.NextItem
	w.documents, w.limited, w.edits = s.Documents, s.Limited, s.Edits
	w.minute.calls, w.hour.calls = s.Minute, s.Hour
	if s.Calls != nil {
		w.calls = s.Calls
	}
	for _, step := range []func() error{r.people, r.cards, r.orders, r.todos, r.stock, r.register, r.documents} {
		if err := step(); err != nil {
			return err
		}
	}
	for _, f := range s.Faults {
		w.faults = append(w.faults, &fault{f.Endpoint, f.Kind, f.Times, f.Pause})
	}
	return nil
}

func (r *restoring) people() error {
	for i, saved := range r.s.People {
		if saved.ID != int64(i)+1 {
			return fmt.Errorf("contact %d stands at place %d", saved.ID, i+1)
		}
		p := &contact{
			id: saved.ID, reference: saved.Reference, business: saved.Business, of: saved.Of, fields: saved.Fields,
			tags: saved.Tags, deleted: saved.Deleted, created: saved.Created, updated: saved.Updated,
		}
		if p.fields == nil {
			p.fields = make(map[string]string)
		}
		for _, a := range saved.Addresses {
			one := &address{a.ID, p, a.Kind, a.Name, a.Country, a.County, a.City, a.Code, a.Street, a.Main, a.Created, a.Updated}
			p.addresses = append(p.addresses, one)
			r.w.addresses[one.id] = one
		}
		r.w.people = append(r.w.people, p)
		if saved.Purged {
			continue
		}
		r.w.contacts[p.id] = p
		if p.reference != 0 {
			r.w.personOf[p.reference] = p
		}
	}
	for address, ids := range r.s.Emails {
		for _, id := range ids {
			if r.w.contacts[id] == nil {
				return fmt.Errorf("the address of contact %d is there, the contact is not", id)
			}
			r.w.emails[address] = append(r.w.emails[address], r.w.contacts[id])
		}
	}
	return nil
}

func (r *restoring) cards() error {
	for _, saved := range r.s.Cards {
		m := r.c.module(saved.Module)
		if m == nil {
			return fmt.Errorf("card %d is in module %d, which this system does not have; start with the seed of the state", saved.ID, saved.Module)
		}
		if saved.ID < 1 || saved.ID > r.s.NextCard {
			return fmt.Errorf("card %d is beyond the last one, %d", saved.ID, r.s.NextCard)
		}
		if m.status(saved.Status) == nil && (saved.Status != 0 || len(m.statuses) > 0) {
			return fmt.Errorf("card %d has the status %d, which its module %d does not have; start with the seed of the state", saved.ID, saved.Status, m.id)
		}
		if r.c.userName(saved.User) == "" {
			return fmt.Errorf("card %d belongs to user %d, whom this system does not have; start with the seed of the state", saved.ID, saved.User)
		}
		k := &card{
			id: saved.ID, reference: saved.Reference, module: m, name: saved.Name, status: saved.Status, user: saved.User,
			contact: saved.Contact, people: saved.People, business: saved.Business, fields: saved.Fields, deleted: saved.Deleted,
			born: saved.Born, created: saved.Created, updated: saved.Updated, statusUpdated: saved.StatusUpdated,
		}
		if k.fields == nil {
			k.fields = make(map[string]string)
		}
		r.w.cards[k.id] = k
	}
	if len(r.w.cards) != int(r.s.NextCard) {
		return fmt.Errorf("%d cards are there, %d were made", len(r.w.cards), r.s.NextCard)
	}
	return nil
}

func (r *restoring) orders() error {
	w := &r.w
	for i, saved := range r.s.Orders {
		own := w.cards[saved.Card]
		if saved.ID != int64(i)+1 || own == nil || saved.Customer != 0 && w.cards[saved.Customer] == nil {
			return fmt.Errorf("order %d at place %d has the cards %d and %d", saved.ID, i+1, saved.Card, saved.Customer)
		}
		o := &order{
			id: saved.ID, reference: saved.Reference, card: own, customer: w.cards[saved.Customer], contact: saved.Contact,
			number: saved.Number, currency: saved.Currency, language: saved.Language, payment: saved.Payment,
			subject: saved.Subject, performance: saved.Performance, state: saved.State, buyer: saved.Buyer.restore(),
			net: saved.Net, gross: saved.Gross, issued: saved.Issued, paid: saved.Paid, updated: saved.Updated, slot: saved.Slot,
		}
		own.order = o
		for _, l := range saved.Lines {
			o.lines = append(o.lines, l.restore())
		}
		w.orders[o.id] = o
		w.byID = append(w.byID, o)
		if o.reference != 0 {
			w.orderOf[o.reference] = o
		}
	}
	for _, saved := range r.s.Cards {
		for _, id := range saved.Orders {
			if w.orders[id] == nil {
				return fmt.Errorf("card %d has order %d, which is not there", saved.ID, id)
			}
			w.cards[saved.ID].orders = append(w.cards[saved.ID].orders, w.orders[id])
		}
	}
	for place, id := range r.s.Recent {
		o := w.orders[id]
		if id != 0 && (o == nil || o.slot != place) {
			return fmt.Errorf("order %d is not at place %d of the list", id, place)
		}
		w.recent.slots = append(w.recent.slots, o)
		if o != nil {
			w.recent.live++
		}
	}
	return nil
}

func (b savedBuyer) restore() buyer {
	return buyer{
		b.Name, b.Country, b.County, b.PostalCode, b.City, b.Address, b.Account, b.VATNumber, b.EUVATNumber, b.Registration, b.Group,
	}
}

func (l savedLine) restore() line {
	return line{
		l.ID, l.Reference, l.Name, l.SKU, l.EAN, l.Text, l.Unit, l.Folder, l.Price, l.Quantity, l.Rate, l.Net, l.Gross,
	}
}

func (r *restoring) todos() error {
	for i, saved := range r.s.Todos {
		k := r.w.cards[saved.Card]
		if saved.ID != int64(i)+1 || k == nil {
			return fmt.Errorf("task %d at place %d is on card %d", saved.ID, i+1, saved.Card)
		}
		r.w.todos[saved.ID] = &todo{saved.ID, k, saved.User, saved.Kind, saved.Comment, saved.Due, saved.Closed, saved.Created, saved.More}
	}
	return nil
}

func (r *restoring) stock() error {
	s := &r.w.stock
	s.folders = r.s.Stock.Folders
	for _, saved := range r.s.Stock.Products {
		s.products = append(s.products, &product{
			saved.ID, saved.Reference, saved.Name, saved.SKU, saved.Unit, saved.VAT, saved.Price, saved.Folder, saved.More,
		})
	}
	of := func(id int64) (*product, error) {
		if id < 1 || id > int64(len(s.products)) {
			return nil, fmt.Errorf("product %d is not in the stock", id)
		}
		return s.products[id-1], nil
	}
	var err error
	for reference, id := range r.s.Stock.Reference {
		if s.reference[reference], err = of(id); err != nil {
			return err
		}
	}
	for sku, id := range r.s.Stock.SKU {
		if s.sku[sku], err = of(id); err != nil {
			return err
		}
	}
	return nil
}

func (r *restoring) register() error {
	kept, fresh := r.s.Register, newRegister()
	for id := range kept.History {
		if r.w.cards[id] == nil {
			return fmt.Errorf("the history of card %d is there, the card is not", id)
		}
	}
	for _, p := range kept.Papers {
		if p == nil || r.w.cards[p.Card] == nil {
			return errors.New("an offer or an invoice has no card")
		}
	}
	for id, taken := range kept.Withdrawn {
		for _, w := range taken {
			if w.Product < 1 || w.Product > int64(len(r.w.stock.products)) {
				return fmt.Errorf("order %d took from product %d, which is not in the stock", id, w.Product)
			}
		}
	}
	if slices.Contains(kept.Hooks, nil) {
		return errors.New("the messages that wait have a gap")
	}
	if kept.History == nil {
		kept.History = fresh.History
	}
	if kept.Withdrawn == nil {
		kept.Withdrawn = fresh.Withdrawn
	}
	if kept.Seen == nil {
		kept.Seen = fresh.Seen
	}
	if kept.Dirty == nil {
		kept.Dirty = fresh.Dirty
	}
	r.w.register = kept
	return nil
}

func (r *restoring) documents() error {
	if len(r.s.Log) != r.s.Documents {
		return fmt.Errorf("%d documents are in the log, %d were accepted", len(r.s.Log), r.s.Documents)
	}
	if slices.Contains(r.s.Log, nil) {
		return errors.New("the log has a gap")
	}
	r.w.log = r.s.Log
	var last time.Time
	for _, saved := range r.s.Queue {
		if saved.Number < 1 || saved.Number > len(r.w.log) || saved.Due.Before(last) {
			return fmt.Errorf("document %d waits at a wrong place", saved.Number)
		}
		last = saved.Due
		r.w.queue = append(r.w.queue, &document{saved.Number, saved.Body, saved.Due, saved.Half, r.w.log[saved.Number-1]})
	}
	return nil
}
