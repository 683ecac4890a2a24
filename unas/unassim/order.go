package unassim

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// order is one order of the shop. It is never changed once stored: a change stores another.
type order struct {
	raw []byte // what stands inside <Order>, as it came but for what the shop itself changed

	id, key, internalKey     string
	number                   uint64 // id as a number, for sorting; the highest there is when it is none
	placed, modified         int64  // unix seconds
	statusID, status         string // status is the name
	lang, email, invoice     string // invoice is the state: 0, 1 or 2
	customerID, buyer        string
	sum, currency            string
	placedText, modifiedText string // as printed, whatever was printed
	paymentID, payment       string
	paymentKind              string
	shippingID, shipping     string
	orderType, statusKind    string
	statusChanged            int64 // unix seconds, 0 when unknown
}

// facts takes what filters need from an Order element. An order without Id or Key is refused; anything else
// odd is kept as it is. seen is when the shop got to know it: it stands in for an unreadable date.
func (s *Shop) facts(n *node, seen time.Time) (*order, error) {
	o := &order{
		id: n.at("Id"), key: n.at("Key"), internalKey: n.at("InternalKey"),
		lang: strings.ToLower(n.at("Lang")), email: n.at("Customer", "Email"), invoice: cmp.Or(n.at("Invoice", "Status"), "0"),
		customerID: n.at("Customer", "Id"),
		sum:        n.at("SumPriceGross"), currency: n.at("Currency"),
		placedText: n.at("Date"), modifiedText: n.at("DateMod"),
		statusID: n.at("StatusID"), status: n.at("Status"), statusKind: n.at("StatusType"),
		paymentID: n.at("Payment", "Id"), payment: n.at("Payment", "Name"), paymentKind: n.at("Payment", "Type"),
		shippingID: n.at("Shipping", "Id"), shipping: n.at("Shipping", "Name"),
		orderType: n.at("Type"),
	}
	switch {
	case o.id == "" && o.key == "":
		return nil, errors.New("Id and Key are missing")
	case o.id == "":
		return nil, fmt.Errorf("Key %s: Id is missing", o.key)
	case o.key == "":
		return nil, fmt.Errorf("Id %s: Key is missing", o.id)
	}
	o.number = numeric(o.id)
	o.buyer = cmp.Or(n.at("Customer", "Contact", "Name"), n.at("Customer", "Addresses", "Invoice", "Name"), o.email)
	o.placed = seen.Unix()
	if t, ok := s.momentOf(o.placedText, seen); ok {
		o.placed = t.Unix()
	}
	if t, ok := s.momentOf(n.at("StatusDateMod"), seen); ok {
		o.statusChanged = t.Unix()
	}
	o.modified = o.placed
	if t, ok := s.momentOf(o.modifiedText, seen); ok {
		o.modified = t.Unix()
	}
	return o, nil
}

// stamp sets the order's DateMod.
func (s *Shop) stamp(o *order, sh sheet, at time.Time) sheet {
	o.modified, o.modifiedText = at.Unix(), s.print(at)
	return sh.put(leaf("DateMod", o.modifiedText), "Date")
}

// changed is a copy of o to change, and its sheet.
func (s *Shop) changed(o *order) (*order, sheet, error) {
	wrapped := wrap(o.raw)
	var whole *node
	_, err := eachChild(masked(wrapped), func(n *node) error {
		whole = n
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("reading order %s: %w", o.key, err)
	}
	next := *o
	return &next, cut(wrapped, whole), nil
}

// wrap makes a document of the inside of an order.
func wrap(raw []byte) []byte {
	return bytes.Join([][]byte{[]byte("<Orders><Order>"), raw, []byte("</Order></Orders>")}, nil)
}

// numeric is an id as a number; ids that are none sort behind all others.
func numeric(id string) uint64 {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return 1<<64 - 1
	}
	return n
}

// keyNumber is what follows the last dash of a key: 100001 of 71823-100001. Clients that read Key as the
// integer the documentation calls it send only that.
func keyNumber(key string) string { return key[strings.LastIndexByte(key, '-')+1:] }

// storeOrders adds the orders, each in place of the one with its id, in one step. Of orders with an equal id
// the last one counts. The caller holds the lock.
func (s *Shop) storeOrders(batch []*order) (added, replaced int) {
	s.revision++
	fresh := make(map[string]*order, len(batch))
	for _, o := range batch {
		fresh[o.id] = o
	}
	gone := map[*order]bool{}
	list := make([]*order, 0, len(fresh))
	for _, o := range batch {
		if fresh[o.id] != o {
			continue
		}
		if old := s.orders[o.id]; old != nil {
			gone[old] = true
			s.forgetKeys(old)
			replaced++
		} else {
			added++
		}
		s.orders[o.id] = o
		s.keys.add(o.key, o)
		s.numbers.add(keyNumber(o.key), o)
		s.internalKeys.add(o.internalKey, o)
		if o.number != 1<<64-1 {
			s.lastID = max(s.lastID, o.number)
		}
		s.countKey(o.key)
		s.countKey(o.internalKey)
		list = append(list, o)
	}
	s.reindex(gone, list)
	return added, replaced
}

// countKey keeps lastNumber above every key of this shop, so that a new order's key is not taken.
func (s *Shop) countKey(key string) {
	number, ours := strings.CutPrefix(key, s.options.ShopID+"-")
	if !ours {
		return
	}
	if n, err := strconv.Atoi(number); err == nil && n < 1<<40 {
		s.lastNumber = max(s.lastNumber, n)
	}
}

// dropOrder deletes an order without a trace, as UNAS does: no tombstone, and its key may be given out again.
func (s *Shop) dropOrder(o *order) {
	delete(s.orders, o.id)
	s.forgetKeys(o)
	s.freedKey = o.key
	s.reindex(map[*order]bool{o: true}, nil)
}

func (s *Shop) forgetKeys(o *order) {
	s.keys.remove(o.key, o)
	s.numbers.remove(keyNumber(o.key), o)
	s.internalKeys.remove(o.internalKey, o)
}

func (s *Shop) reindex(gone map[*order]bool, fresh []*order) {
	s.byID.change(gone, fresh)
	s.byPlaced.change(gone, fresh)
	s.byModified.change(gone, fresh)
}

// ordersByKey finds orders by what a client calls Key: the full key first, then the number behind the dash.
// The documentation types it as an integer yet prints SHOPID-NUMBER; working clients send either.
func (s *Shop) ordersByKey(key string) []*order {
	form := s.options.Switches.KeyForm
	if found := s.keys[key]; len(found) > 0 && form != "number" {
		return found
	}
	if found := s.numbers[key]; len(found) > 0 && form != "full" {
		return found
	}
	if s.options.Switches.InternalKey {
		return s.internalKeys[key]
	}
	return nil
}
