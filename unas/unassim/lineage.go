package unassim

import (
	"slices"
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// role is the part of an order in a group of orders that came from each other ("Megrendelések", Info).
type role struct {
	info   *node  // what it says of the others
	status string // the kind of status it has to stand in, "" if any
	from   []int  // orders whose buyer and lines it takes over
	kind   string // returned, separated, merged or copied: what it makes of their lines
	first  bool   // an order that others take over
	splits bool   // its last line goes to the next order
	to     int    // place of the last order of the group, which changed this one; 0 if none
}

// made is what later orders of a group need of an earlier one.
type made struct {
	p     *person
	t     *tender
	lines []*node
}

// casting decides which orders belong together. It goes by their place alone, so that shops of some hundred
// orders have all kinds; reach is how many orders later something comes back.
type casting struct {
	roles  map[int]*role
	key    func(i int) string
	orders int
}

func (m *maker) cast(orders, days int) map[int]*role {
	base := m.s.lastNumber
	c := &casting{roles: map[int]*role{}, orders: orders, key: func(i int) string { return m.s.options.ShopID + "-" + strconv.Itoa(base+1+i) }}
	reach := max(2, orders*6/days)
	for i := range orders {
		switch {
		case i%47 == 11 && c.free(i, i+reach):
			c.roles[i] = &role{info: info("ReturnedTo", c.key(i+reach)), status: "close_ok", first: true, to: i + reach}
			c.roles[i+reach] = &role{info: info("ReturnedFrom", c.key(i)), from: []int{i}, kind: "returned"}
		case i%53 == 29 && c.free(i, i+1):
			c.roles[i] = &role{info: info("SeparatedTo", c.key(i+1)), first: true, splits: true, to: i + 1}
			c.roles[i+1] = &role{info: info("SeparatedFrom", c.key(i)), from: []int{i}, kind: "separated"}
		case i%59 == 37 && c.free(i, i+1, i+2):
			c.roles[i] = &role{status: "close_fault", first: true, to: i + 2}
			c.roles[i+1] = &role{status: "close_fault", from: []int{i}, kind: "added", first: true, to: i + 2}
			c.roles[i+2] = &role{info: info("MergedFrom", c.key(i), c.key(i+1)), from: []int{i, i + 1}, kind: "merged"}
		case i%61 == 17 && c.free(i, i+3):
			c.roles[i] = &role{first: true}
			c.roles[i+3] = &role{info: info("CopiedFrom", c.key(i)), from: []int{i}, kind: "copied"}
		}
	}
	return c.roles
}

// free tells whether all these places exist, play no part yet, and are orders of the shop's own.
func (c *casting) free(places ...int) bool {
	return !slices.ContainsFunc(places, func(i int) bool {
		k := kindsOf(i)
		return i >= c.orders || c.roles[i] != nil || k.marketplace || k.withoutEmail || k.allOff
	})
}

func info(element string, keys ...string) *node {
	n := branch(element)
	for _, key := range keys {
		n.kids = append(n.kids, leaf("Key", key))
	}
	return branch("Info", n)
}

// inherited are the lines of an order that came from others; nil if it makes its own.
func (m *maker) inherited(r *role) []*node {
	if r == nil || len(r.from) == 0 || r.kind == "added" {
		return nil
	}
	first := m.past[r.from[0]]
	goods := slices.DeleteFunc(slices.Clone(first.lines), isSpecial)
	switch r.kind {
	case "returned":
		return []*node{negative(goods[0])}
	case "separated":
		return goods[len(goods)-1:]
	case "merged":
		more := slices.DeleteFunc(slices.Clone(m.past[r.from[1]].lines), isSpecial)
		return slices.Concat(first.lines, more)
	}
	return first.lines
}

// isSpecial: special lines have a word for an Id.
func isSpecial(line *node) bool { return strings.Trim(line.at("Id"), "0123456789") != "" }

// negative is a line that takes goods back.
func negative(line *node) *node {
	back := &node{name: line.name}
	for _, k := range line.kids {
		switch k.name {
		case "Quantity":
			k = leaf("Quantity", plain(decimal.MustParse(k.text).Neg()))
		case "StockConsumptions", "Control":
			continue
		}
		back.kids = append(back.kids, k)
	}
	return back
}
