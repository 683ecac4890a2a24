package minicrmsim

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/govalues/decimal"
)

// A State is the state of an order document, written as Order/Status is in XML.
type State string

// The states of an order document. Paid is shown as Successful.
const (
	Draft     State = "Draft"
	Issued    State = "Issued"
	Completed State = "Completed"
	Paid      State = "Paid"
	Failed    State = "Failed"
)

// states in the order of the module's statuses.
var states = []State{Draft, Issued, Completed, Paid, Failed}

func (s State) group() string {
	switch s {
	case Draft:
		return "Lead"
	case Paid:
		return "Success"
	case Failed:
		return "Failed"
	}
	return "Open"
}

// An order is a document. Its card in the Orders module is another thing, with
// an id of its own.
type order struct {
	id          int64
	reference   int64 // the external id, 0 if none
	card        *card // its own card
	customer    *card // the customer's card, nil if it was made for a contact
	contact     int64
	number      string
	currency    string
	language    string
	payment     string
	subject     string
	performance string // as the wire has it, a date with or without a time
	state       State
	buyer       buyer
	lines       []line
	net         decimal.Decimal
	gross       decimal.Decimal
	issued      string // dates of becoming Issued and Paid, empty before
	paid        string
	updated     string
	slot        int // its place in the ordering by modification
}

// A buyer is the address printed on an order.
type buyer struct {
	name, country, county, postalCode, city, address string

	account, vatNumber, euVATNumber, registration, group string
}

// A line of an order. Net and gross are for the whole line.
type line struct {
	id        int64
	reference int64
	name      string
	sku       string
	ean       string
	text      string
	unit      string
	folder    string
	price     decimal.Decimal // net of one unit, six decimals
	quantity  decimal.Decimal // four decimals
	rate      decimal.Decimal // VAT in percent
	net       decimal.Decimal // four decimals
	gross     decimal.Decimal // two decimals
}

var (
	zero    = decimal.MustNew(0, 0)
	hundred = decimal.MustNew(100, 0)
)

// round rounds half away from zero, as MiniCRM's PHP does.
func round(d decimal.Decimal, scale int) (decimal.Decimal, error) {
	cut := d.Trunc(scale)
	rest, err := d.Sub(cut)
	if err != nil {
		return zero, err
	}
	half, err := decimal.New(5, scale+1)
	if err != nil {
		return zero, err
	}
	if rest.CmpAbs(half) < 0 {
		return cut.Rescale(scale), nil
	}
	up, err := decimal.New(int64(d.Sign()), scale)
	if err != nil {
		return zero, err
	}
	sum, err := cut.Add(up)
	if err != nil {
		return zero, err
	}
	return sum.Rescale(scale), nil
}

// compute rounds price and quantity and fills in the line's sums.
func (l *line) compute() error {
	var err error
	if l.price, err = round(l.price, 6); err != nil {
		return fmt.Errorf("rounding the price: %w", err)
	}
	if l.quantity, err = round(l.quantity, 4); err != nil {
		return fmt.Errorf("rounding the quantity: %w", err)
	}
	net, err := l.price.Mul(l.quantity)
	if err != nil {
		return fmt.Errorf("multiplying price and quantity: %w", err)
	}
	if l.net, err = round(net, 4); err != nil {
		return fmt.Errorf("rounding the line: %w", err)
	}
	factor, err := hundred.Add(l.rate)
	if err != nil {
		return fmt.Errorf("adding the VAT: %w", err)
	}
	gross, err := l.net.Mul(factor)
	if err != nil {
		return fmt.Errorf("adding the VAT: %w", err)
	}
	if gross, err = gross.Quo(hundred); err != nil {
		return fmt.Errorf("adding the VAT: %w", err)
	}
	if l.gross, err = round(gross, 2); err != nil {
		return fmt.Errorf("rounding the line: %w", err)
	}
	return nil
}

// sums adds up the lines of an order.
func sums(lines []line) (net, gross decimal.Decimal, err error) {
	net, gross = zero, zero
	for _, l := range lines {
		if net, err = net.Add(l.net); err != nil {
			return zero, zero, fmt.Errorf("adding up the lines: %w", err)
		}
		if gross, err = gross.Add(l.gross); err != nil {
			return zero, zero, fmt.Errorf("adding up the lines: %w", err)
		}
	}
	return net, gross, nil
}

// canonical prints a decimal without trailing zeros.
func canonical(d decimal.Decimal) string { return d.Trim(0).String() }

// fixed prints a decimal with exactly so many decimals.
func fixed(d decimal.Decimal, scale int) string { return d.Rescale(scale).String() }

func wireID(id int64) string { return strconv.FormatInt(id, 10) }

// recency keeps the orders by their last modification. A slot left behind by a
// later modification is empty; when half of the slots are, they are packed.
type recency struct {
	slots []*order
	live  int
}

// touch makes an order the most recently modified one.
func (r *recency) touch(o *order) {
	if o.slot >= 0 && o.slot < len(r.slots) && r.slots[o.slot] == o {
		r.slots[o.slot] = nil
		r.live--
	}
	if len(r.slots) > 2*r.live+1000 {
		r.slots = slices.DeleteFunc(r.slots, func(o *order) bool { return o == nil })
		for i, kept := range r.slots {
			kept.slot = i
		}
	}
	o.slot = len(r.slots)
	r.slots = append(r.slots, o)
	r.live++
}

// setState moves a document to another state, and its card with it.
func (c *CRM) setState(o *order, s State, at string) {
	if o.state != s {
		if s == Issued && o.issued == "" {
			o.issued = at[:len("2006-01-02")]
		}
		if s == Paid {
			o.paid = at[:len("2006-01-02")]
		}
	}
	o.state = s
	c.moveStock(o)
	if s != Draft && o.issued == "" {
		o.issued = at[:len("2006-01-02")]
	}
	if s != Draft && o.number == "" {
		o.number = fmt.Sprintf("M%s-%05d", at[:4], o.id)
	}
	target := o.card.module.statusOfState(s)
	if target != nil {
		c.moveCard(o.card, target.id, at)
	}
}

// touchOrder makes an order and its card modified now.
func (c *CRM) touchOrder(o *order, at string) {
	o.updated = at
	c.touchCard(o.card, at)
	c.recent.touch(o)
}
