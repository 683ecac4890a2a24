package minicrmsim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// applyOrder creates or changes an order below a customer's card.
func (c *CRM) applyOrder(k *card, p orderPlan, at time.Time) {
	stamp := c.stamp(at)
	o := p.order
	if o == nil {
		o = c.orderOf[p.reference] // the same order twice in one Project
	}
	created := o == nil
	var before string
	if created {
		o = c.newOrder(at)
		o.reference = p.reference
		o.customer = k
		o.card.user = k.user
		c.orderOf[p.reference] = o
		k.orders = append(k.orders, o)
	} else if c.o.Switches.UntouchedWhenSame {
		before = o.fingerprint()
	}
	o.contact = k.contact
	o.performance = p.performance
	o.buyer = p.buyer
	for _, head := range []struct{ to, from *string }{
		{&o.number, p.number}, {&o.currency, p.currency}, {&o.language, p.language}, {&o.payment, p.payment}, {&o.subject, p.subject},
	} {
		if head.from != nil {
			*head.to = *head.from
		}
	}
	if p.hasLines {
		c.applyLines(o, p.lines)
	}
	if p.user != 0 {
		o.card.user = p.user
	}
	maps.Copy(o.card.fields, p.fields)
	state := cmp.Or(p.state, o.state)
	if p.state == "" && c.o.Switches.AbsentStatusDrafts {
		state = Draft
	}
	c.setState(o, state, stamp)
	o.card.contact, o.card.business = k.contact, k.business
	o.card.name = c.orderCardName(o)
	if before == "" || before != o.fingerprint() {
		c.touchOrder(o, stamp)
	}
}

// fingerprint prints what a Project can change of an order.
func (o *order) fingerprint() string {
	return fmt.Sprint(o.number, o.currency, o.language, o.payment, o.subject, o.performance, o.state, o.buyer, o.lines,
		o.card.user, o.card.status, o.card.fields, o.card.name, o.card.contact)
}

// newOrder makes an empty draft and its card.
func (c *CRM) newOrder(at time.Time) *order {
	o := &order{id: int64(len(c.byID)) + 1, state: Draft, slot: -1, card: c.newCard(c.orderly, at)}
	o.currency = c.ownCurrency()
	o.card.order = o
	if s := c.orderly.statusOfState(Draft); s != nil {
		o.card.status = s.id
	}
	c.orders[o.id] = o
	c.byID = append(c.byID, o)
	return o
}

func (c *CRM) orderCardName(o *order) string {
	if o.number == "" {
		return c.say(nameToIssue, o.buyer.name)
	}
	return fmt.Sprintf("%s (%s)", o.number, o.buyer.name)
}

// applyLines replaces the lines of an order. A line that was there before keeps
// its id.
func (c *CRM) applyLines(o *order, lines []line) {
	old := o.lines
	o.lines = nil
	for _, l := range lines {
		i := slices.IndexFunc(old, func(before line) bool { return before.reference == l.reference })
		if i >= 0 {
			l.id = old[i].id
			old = slices.Delete(slices.Clone(old), i, i+1)
		} else {
			c.nextItem++
			l.id = c.nextItem
		}
		l.folder = c.record(l)
		o.lines = append(o.lines, l)
	}
	if c.o.Switches.MissingLinesKept {
		o.lines = append(o.lines, old...)
	}
	o.sum()
}

// sum adds up the lines. They were added up before, one document at a time, so
// an overflow can only come from lines that were kept; then the sum stays.
func (o *order) sum() {
	if net, gross, err := sums(o.lines); err == nil {
		o.net, o.gross = net, gross
	}
}

// A stock is what the menu of the same name holds.
type stock struct {
	folders   []string
	products  []*product
	reference map[int64]*product
	sku       map[string]*product
}

type product struct {
	id        int64
	reference int64
	name      string
	sku       string
	unit      string
	vat       string
	price     string
	folder    string
	more      stockParts
}

func newStock() stock {
	return stock{reference: make(map[int64]*product), sku: make(map[string]*product)}
}

// record keeps the product of a line in the stock and returns its folder.
func (c *CRM) record(l line) string {
	s := &c.stock
	p := s.reference[l.reference]
	if p == nil && c.o.Switches.StockBySKU && l.sku != "" {
		p = s.sku[l.sku]
	}
	if p == nil {
		p = &product{id: int64(len(s.products)) + 1, reference: l.reference}
		s.products = append(s.products, p)
	}
	s.reference[l.reference] = p
	p.name, p.unit, p.vat, p.price = l.name, l.unit, canonical(l.rate)+"%", canonical(l.price)
	p.folder = c.folder(l.folder, c.o.Switches.UnknownToFirst)
	if l.sku != "" {
		p.sku = l.sku
		s.sku[l.sku] = p
	}
	return p.folder
}

// folder finds a folder of the stock, or makes it unless the first one is to
// stand in for unknown ones.
func (c *CRM) folder(name string, first bool) string {
	s := &c.stock
	if len(s.folders) == 0 {
		s.folders = append(s.folders, c.say(nameFolder))
	}
	if slices.Contains(s.folders, name) {
		return name
	}
	if first || name == "" {
		return s.folders[0]
	}
	s.folders = append(s.folders, name)
	return name
}
