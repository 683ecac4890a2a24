package punte

import (
	"fmt"

	"github.com/govalues/decimal"
)

// Position is a line as MiniCRM gets it: with an id that is unique in its order,
// a positive quantity and a net unit price.
type Position struct {
	ID       int64
	Identity Identity
	Line     Line
	Net      decimal.Decimal // of one unit, negative for discounts and returns
	Quantity decimal.Decimal // never negative
	Unit     string          // in the account's language
}

// Positions turns the lines into what is sent. Lines of equal identity, unit
// price, VAT and unit become one with their quantities added; a further line with
// an equal identity gets an identity of its own. unitWord is the account's word for
// "piece". The ids are the regular candidates of the identities.
func (c *Connection) Positions(o Order, unitWord string) ([]Position, error) {
	m := merger{shop: c.ShopNumber, groups: map[string][]int{}, taken: map[int64]bool{}}
	for i, line := range o.Lines {
		if err := m.add(line, Unit(line.Unit, unitWord)); err != nil {
			return nil, BadField(fmt.Sprintf("Items/Item[%d]", i+1), line.Item, err.Error())
		}
	}
	m.number()
	for i := range m.positions {
		p := &m.positions[i]
		net, err := p.Line.UnitNet()
		if err != nil {
			return nil, BadField("Items/Item/PriceGross", p.Line.Gross.String(), err.Error())
		}
		p.Net, p.Quantity = net, p.Line.Quantity
		if p.Quantity.IsNeg() {
			p.Net, p.Quantity = net.Neg(), p.Quantity.Neg()
		}
	}
	return m.positions, nil
}

// merger collects the lines of one order.
type merger struct {
	shop      int
	positions []Position
	groups    map[string][]int // identity -> its positions
	taken     map[int64]bool
}

func (m *merger) add(line Line, unit string) error {
	identity, err := line.identity()
	if err != nil {
		return err
	}
	name := identity.Source()
	same := m.groups[name]
	for _, i := range same {
		p := &m.positions[i]
		if p.Line.Gross.Cmp(line.Gross) != 0 || p.Line.VAT.Cmp(line.VAT) != 0 || p.Unit != unit {
			continue
		}
		sum, err := p.Line.Quantity.Add(line.Quantity)
		if err != nil {
			return Errorf(Invalid, "adding up quantities: %w", err)
		}
		p.Line.Quantity = sum
		return nil
	}
	m.groups[name] = append(same, len(m.positions))
	if len(same) > 0 {
		further := identityOf(0, fmt.Sprintf("item:%d#%d", identity.Candidate(0), len(same)+1), 0)
		if identity.Name != "" {
			further.Name = fmt.Sprintf("%s#%d", identity.Name, len(same)+1)
		}
		identity = further
	}
	identity.Shop = m.shop
	m.positions = append(m.positions, Position{Identity: identity, Line: line, Unit: unit})
	return nil
}

// number gives every position its id, the special lines first: their ids are
// reserved, and a product that bears one has to give way.
func (m *merger) number() {
	for _, special := range []bool{true, false} {
		for i := range m.positions {
			if p := &m.positions[i]; (p.Identity.Name != "") == special {
				p.ID = m.free(p.Identity)
			}
		}
	}
}

// free gives the first candidate that no other line of the order has.
func (m *merger) free(identity Identity) int64 {
	for try := 0; ; try++ {
		id := identity.Candidate(try)
		if !m.taken[id] {
			m.taken[id] = true
			return id
		}
	}
}

// Unit is the unit that is sent: UNAS' words for a piece, or none, become the
// account's word, all others stay as they are.
func Unit(unit, piece string) string {
	switch unit {
	case "db", "buc", "pcs", "":
		return piece
	}
	if blank(unit) {
		return piece
	}
	return unit
}
