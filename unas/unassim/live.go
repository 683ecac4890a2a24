package unassim

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// liveReach is among how many of the newest orders Live looks for one to work on.
const liveReach = 200

// Live does what a day in a shop does: every third step (0, 3, ...) somebody places an order, the others move
// an open order to its next status, pay it, change a quantity or comment on it. It returns one line that says
// what happened. The caller counts the steps; rng makes a run repeatable.
func (s *Shop) Live(step int, rng *rand.Rand) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
	m := &maker{s: s, rng: rng, now: second(s.now())}
	open := s.openOrders()
	if step%3 == 0 || len(open) == 0 {
		return m.placeOne(step)
	}
	o := open[rng.IntN(len(open))]
	switch rng.IntN(6) {
	case 0:
		return m.pay(o)
	case 1:
		return m.changeQuantity(o)
	case 2:
		return m.comment(o)
	}
	return m.advance(o)
}

func (s *Shop) openOrders() []*order {
	var open []*order
	rows := s.byPlaced.list
	for _, o := range rows[max(0, len(rows)-liveReach):] {
		if st := s.statusByID(o.statusID); st != nil && strings.HasPrefix(st.kind, "open") {
			open = append(open, o)
		}
	}
	return open
}

// did is the line Live returns; a change that failed says why and leaves the order as it was.
func did(o *order, err error, format string, args ...any) string {
	if err != nil {
		return fmt.Sprintf("order %s could not be changed: %v", o.key, err)
	}
	return "order " + o.key + " " + fmt.Sprintf(format, args...)
}

func (m *maker) placeOne(step int) string {
	o, err := m.s.place(m.order(step, m.liveBuyer(step), m.now), arrival)
	if err != nil {
		return "no order was placed: " + err.Error()
	}
	return did(o, nil, "placed by %s, %s %s", o.buyer, o.sum, o.currency)
}

// liveBuyer is somebody the shop knows in two cases of three, else somebody new, who registers now and then.
func (m *maker) liveBuyer(step int) *person {
	if kindsOf(step).marketplace {
		return m.marketplaceBuyer()
	}
	if len(m.s.people) > 0 && m.chance(66) {
		return m.s.people[m.rng.IntN(len(m.s.people))]
	}
	p := m.person()
	p.email = mailbox(p.name, "u"+strconv.Itoa(len(m.s.people)), p.country)
	if m.chance(40) {
		n := 52900000 + len(m.s.customers)
		for m.s.customers[strconv.Itoa(n)] != nil {
			n++
		}
		p.id = strconv.Itoa(n)
		cu := m.customer(p, m.now)
		m.s.storeCustomers([]*customer{cu})
		m.s.raise(event{kind: eventRegistration, customer: cu})
	}
	m.s.people = append(m.s.people, p)
	return p
}

// advance moves an order to the next status of the shop, into a failed one now and then.
func (m *maker) advance(o *order) string {
	next := m.s.statusAfter(o.statusID)
	if failed := m.ofKind("close_fault"); len(failed) > 0 && m.chance(6) {
		next = failed[0]
	}
	if next == nil {
		return m.comment(o)
	}
	was := o.status
	err := m.s.modifyOrder(o, branch("Order", leaf("Status", next.id)))
	return did(o, err, "moved from %s to %s", was, next.name)
}

// statusAfter is the next status by position that an order goes through, nil behind the last.
func (s *Shop) statusAfter(id string) *status {
	passed := false
	for _, st := range s.statuses {
		if passed && (st.kind == "open_normal" || st.kind == "close_ok") {
			return st
		}
		passed = passed || st.id == id
	}
	return nil
}

func (m *maker) pay(o *order) string {
	err := m.s.modifyOrder(o, branch("Order", branch("Payment", leaf("Status", "paid"), leaf("Paid", o.sum), leaf("Unpaid", "0"))))
	return did(o, err, "paid, %s %s", o.sum, o.currency)
}

func (m *maker) comment(o *order) string {
	text := fmt.Sprintf("Ügyfélszolgálat %s: %s", m.s.print(m.now), m.pick(hungarianComments))
	err := m.s.modifyOrder(o, branch("Order", branch("Comments", branch("Comment", leaf("Type", "admin"), leaf("Text", text)))))
	return did(o, err, "got a comment")
}

// changeQuantity takes one more of the first line, and the total follows.
func (m *maker) changeQuantity(o *order) string {
	next, sh, err := m.s.changed(o)
	if err != nil {
		return did(o, err, "")
	}
	items := sh.element("Items")
	lines := items.all("Item")
	if len(lines) == 0 {
		return m.comment(o)
	}
	quantity, err := decimal.Parse(lines[0].at("Quantity"))
	if err == nil {
		quantity, err = quantity.Add(decimal.MustNew(1, 0))
	}
	if err != nil {
		return m.comment(o)
	}
	lines[0].put("Quantity", plain(quantity))
	sum, err := sumOf(lines)
	if err != nil {
		return m.comment(o)
	}
	next.sum = plain(sum)
	sh = sh.put(items, "SumPriceGross").put(leaf("SumPriceGross", next.sum), "Items")
	next.raw = m.s.stamp(next, sh, m.now).bytes()
	m.s.storeOrders([]*order{next})
	m.s.raiseChange(o, next)
	return did(o, nil, "changed: %s × %s, now %s %s in all", plain(quantity), lines[0].at("Name"), next.sum, next.currency)
}
