package unassim

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"regexp"
	"time"
)

// readOrders reads an <Orders> document. finish sets DateMod; errors name the order's place in the document.
func (s *Shop) readOrders(document []byte, seen time.Time, finish func(*order, sheet) sheet) ([]*learned, error) {
	document = bytes.TrimPrefix(document, []byte("\ufeff"))
	var batch []*learned
	first := map[string]*learned{}
	place := 0
	root, err := eachChild(masked(document), func(n *node) error {
		place++
		if n.name != "Order" {
			return fmt.Errorf("element %d: %s where an Order should be", place, n.name)
		}
		o, err := s.facts(n, seen)
		if err != nil {
			return fmt.Errorf("order %d: %w", place, err)
		}
		o.raw = finish(o, cut(document, n)).bytes()
		l := &learned{order: o}
		// Only the first order of a customer says who they are; the trees of the others may go.
		if known := first[o.customerID]; o.customerID != "" && (known == nil || o.placed < known.order.placed) {
			if known != nil {
				known.customer = nil
			}
			first[o.customerID], l.customer = l, n.kid("Customer")
		}
		batch = append(batch, l)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading orders: %w", err)
	}
	if root != "Orders" {
		return nil, fmt.Errorf("reading orders: the root element is %s; Orders is wanted", root)
	}
	return batch, nil
}

// admitOrders stores orders and makes the shop know what they mention. The caller holds the lock.
func (s *Shop) admitOrders(batch []*learned) (added, replaced int) {
	s.learn(batch)
	orders := make([]*order, len(batch))
	for i, l := range batch {
		orders[i] = l.order
	}
	return s.storeOrders(orders)
}

// Load takes an <Orders> document, such as an answer of getOrder, as the whole shop: its orders are kept with
// their dates (a missing DateMod becomes the Date), and their statuses, methods, order types and customers
// become the shop's own in place of the built-in ones. Nothing changes if it returns an error.
func (s *Shop) Load(r io.Reader) error {
	document, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("reading orders: %w", err)
	}
	batch, err := s.readOrders(document, second(s.Now()), func(o *order, sh sheet) sheet {
		if o.modifiedText != "" || o.placedText == "" {
			return sh
		}
		o.modifiedText = o.placedText
		return sh.put(leaf("DateMod", o.placedText), "Date")
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.people, s.statuses, s.methods, s.orderTypes, s.world = nil, nil, nil, nil, world{}
	s.customers, s.byCustomer = map[string]*customer{}, nil
	s.orders, s.keys, s.numbers, s.internalKeys = map[string]*order{}, keyIndex{}, keyIndex{}, keyIndex{}
	s.byID.list, s.byPlaced.list, s.byModified.list = nil, nil, nil
	if id := shopIDOf(batch); s.anyShopID && id != "" {
		s.options.ShopID = id
	}
	s.admitOrders(batch)
	return nil
}

var shopKey = regexp.MustCompile(`^([0-9]+)-[0-9]+$`)

// shopIDOf is the number that most keys of the orders begin with, "" if none has the shape SHOPID-NUMBER. The key
// a marketplace order has in the shop is its InternalKey.
func shopIDOf(batch []*learned) string {
	found := map[string]int{}
	most := ""
	for _, l := range batch {
		parts := shopKey.FindStringSubmatch(cmp.Or(l.order.internalKey, l.order.key))
		if parts == nil {
			continue
		}
		found[parts[1]]++
		if found[parts[1]] > found[most] {
			most = parts[1]
		}
	}
	return most
}
