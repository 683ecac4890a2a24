package unassim

import (
	"cmp"
	"errors"
	"slices"
	"strconv"

	"github.com/govalues/decimal"
)

// stocks is what there is of a product, by size where it has sizes. The shop has one warehouse, so WarehouseId,
// IsActive and Price are left out.
func (p product) stocks() *node {
	n := branch("Stocks", branch("Status", leaf("Active", "1"), leaf("Empty", "0"), leaf("Variant", when(len(p.sizes) == 0, "0")+when(len(p.sizes) > 0, "1"))))
	for i, size := range p.sizes {
		n.kids = append(n.kids, branch("Stock", leaf("Qty", strconv.Itoa(12+7*i)),
			branch("Variants", leaf("Variant", size))))
	}
	if len(p.sizes) == 0 {
		n.kids = append(n.kids, branch("Stock", leaf("Qty", strconv.Itoa(20+int(numeric(p.id))%37))))
	}
	return n
}

// getStock lists what there is of products ("Raktárkészlet lekérdezése"): all, by Id or Sku, by the values of
// up to three variants, or those whose stock changed since TimeStart.
func (s *Shop) getStock(c *call) ([]byte, error) {
	f := filters{params: c.params, lenient: s.options.Switches.IgnoreBadFilters}
	var moved span
	moved.narrow(f.seconds("TimeStart", s.inward()), nil)
	count, start := f.page(1 << 30)
	if f.err != nil {
		return nil, f.err
	}
	p := c.params
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows [][]byte
	matched := 0
	for _, r := range s.world.Products {
		if !moved.has(r.Moved) || p.at("Id") != "" && !listed(p.at("Id"), r.ID) || p.at("Id") == "" && !listed(p.at("Sku"), r.Key) {
			continue
		}
		n := r.tree("Product")
		stocks := branch("Stocks", stocksOf(n, p)...)
		if n.at("State") == "deleted" || len(stocks.kids) == 0 {
			continue
		}
		if matched++; matched <= start {
			continue
		}
		rows = append(rows, inner(leaf("Id", r.ID), leaf("Sku", r.Key), stocks))
		if len(rows) == count {
			break
		}
	}
	if len(rows) == 0 && start > 0 && s.options.Switches.EndOfRangeError {
		return nil, failure(s.say(pastTheEnd))
	}
	return listing("Products", "Product", rows), nil
}

// stocksOf are the Stock elements of a product whose variants are those asked.
func stocksOf(n, p *node) []*node {
	return slices.DeleteFunc(n.kid("Stocks").all("Stock"), func(k *node) bool {
		values := k.kid("Variants").all("Variant")
		for i, name := range []string{"Variant1", "Variant2", "Variant3"} {
			if asked := p.at(name); asked != "" && (i >= len(values) || values[i].text != asked) {
				return true
			}
		}
		return false
	})
}

// setStock answers the endpoint of that name: Action in adds, out takes away, modify (also without an Action)
// sets Qty. Of several stocks of a product the one with the same variants is meant.
func (s *Shop) setStock(c *call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return setEach(c, "Products", "Product", func(action string, n *node) ([]*node, error) {
		if n.first("Action") == nil {
			action = "modify"
		}
		id, err := s.setOneStock(action, n)
		return []*node{leaf("Id", id)}, err
	}), nil
}

func (s *Shop) setOneStock(action string, n *node) (id string, err error) {
	r := s.productNamed(n)
	switch {
	case r == nil:
		return n.at("Id"), errors.New("Product not found: " + cmp.Or(n.at("Id"), n.at("Sku")))
	case action != "in" && action != "out" && action != "modify":
		return r.ID, unknownAction(action)
	}
	whole := r.tree("Product")
	for _, change := range n.kid("Stocks").all("Stock") {
		there := sameStock(whole, change)
		if there == nil {
			return r.ID, errors.New("Stock not found")
		}
		quantity, err := decimal.Parse(change.at("Qty"))
		if err != nil {
			return r.ID, errors.New("Qty not valid: " + change.at("Qty"))
		}
		if action == "out" {
			quantity = quantity.Neg()
		}
		if action != "modify" {
			if quantity, err = decimalOr0(there.at("Qty")).Add(quantity); err != nil {
				return r.ID, errors.New("Qty not valid: " + change.at("Qty"))
			}
		}
		there.put("Qty", plain(quantity))
	}
	moved := *r
	moved.XML, moved.Moved = inner(whole.kids...), s.now().Unix()
	s.world.Products = (&moved).stored(s.world.Products)
	return r.ID, nil
}

func sameStock(whole, change *node) *node {
	for _, k := range whole.kid("Stocks").all("Stock") {
		if slices.Equal(values(k), values(change)) && (change.at("WarehouseId") == "" || change.at("WarehouseId") == k.at("WarehouseId")) {
			return k
		}
	}
	return nil
}

func values(stock *node) []string {
	var list []string
	for _, v := range stock.kid("Variants").all("Variant") {
		list = append(list, v.text)
	}
	return list
}
