package unassim

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// customer is a registered customer. Guests have none: their data stands only in their orders. Like an order
// it is kept as the XML it came in and never changed in place.
type customer struct {
	raw                         []byte // the inside of Customer
	id, email, username         string
	number                      uint64
	registered, modified, login int64 // unix seconds
}

func compareCustomer(a, b *customer) int {
	return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.id, b.id))
}

// getCustomer lists registered customers ("Vásárlók lekérdezése"). Mind the words: ModTimeStart here is
// TimeModStart in getOrder. No highest LimitNum is documented, so there is none.
func (s *Shop) getCustomer(c *call) ([]byte, error) {
	f := filters{params: c.params, lenient: s.options.Switches.IgnoreBadFilters}
	inward := s.inward()
	var registered, modified, login span
	registered.narrow(f.seconds("RegTimeStart", inward), f.seconds("RegTimeEnd", -inward))
	modified.narrow(f.seconds("ModTimeStart", inward), f.seconds("ModTimeEnd", -inward))
	login.narrow(f.seconds("LoginTimeStart", inward), f.seconds("LoginTimeEnd", -inward))
	count, start := f.pageUpTo(s.options.Switches)
	if f.err != nil {
		return nil, f.err
	}
	id, email, username := c.params.at("Id"), c.params.at("Email"), c.params.at("Username")

	s.mu.Lock()
	defer s.mu.Unlock()
	var rows [][]byte
	matched := 0
	for _, cu := range s.byCustomer {
		switch {
		case id != "" && cu.id != id, email != "" && !strings.EqualFold(cu.email, email), username != "" && cu.username != username:
			continue
		case !registered.has(cu.registered), !modified.has(cu.modified), !login.has(cu.login):
			continue
		}
		matched++
		if matched > start {
			rows = append(rows, cu.raw)
		}
		if len(rows) == count {
			break
		}
	}
	if len(rows) == 0 && start > 0 && s.options.Switches.EndOfRangeError {
		return nil, failure(s.say(pastTheEnd))
	}
	return listing("Customers", "Customer", rows), nil
}

// customerFrom reads a posted customer. Its modification becomes now, so that a client that polls by
// modification time meets it; a missing registration becomes now too.
func (s *Shop) customerFrom(document []byte, n *node, now time.Time) (*customer, error) {
	cu := &customer{id: n.at("Id"), email: n.at("Email"), username: n.at("Username")}
	if cu.id == "" {
		return nil, fmt.Errorf("Id is missing (Email %q)", cu.email)
	}
	sh := cut(document, n)
	dates := sh.element("Dates")
	dates.text = ""
	if _, ok := s.moment(dates.at("Registration")); !ok {
		dates.put("Registration", s.print(now))
	}
	dates.put("Modification", s.print(now))
	cu.raw = sh.put(dates, "Params").bytes()
	s.readDates(cu, dates, now)
	return cu, nil
}

// readDates takes over when a customer came, changed and was last there; known are moments these may be.
func (s *Shop) readDates(cu *customer, dates *node, known ...time.Time) {
	cu.number = numeric(cu.id)
	if t, ok := s.momentOf(dates.at("Registration"), known...); ok {
		cu.registered = t.Unix()
	}
	if t, ok := s.momentOf(dates.at("Modification"), known...); ok {
		cu.modified = t.Unix()
	}
	if t, ok := s.momentOf(dates.at("Login"), known...); ok {
		cu.login = t.Unix()
	}
}

// storeCustomers adds the customers, each in place of the one with its id. The caller holds the lock.
func (s *Shop) storeCustomers(batch []*customer) (added, replaced int) {
	for _, cu := range batch {
		if s.customers[cu.id] != nil {
			replaced++
		} else {
			added++
		}
		s.customers[cu.id] = cu
	}
	s.byCustomer = make([]*customer, 0, len(s.customers))
	for _, cu := range s.customers {
		s.byCustomer = append(s.byCustomer, cu)
	}
	slices.SortFunc(s.byCustomer, compareCustomer)
	return added, replaced
}

// learnCustomers registers the customers of orders whose ids the shop does not know yet, each at the date of
// the earliest of these orders and with what its customer node says.
func (s *Shop) learnCustomers(batch []*learned) {
	first := map[string]*learned{}
	for _, l := range batch {
		id := l.order.customerID
		if id == "" || s.customers[id] != nil {
			continue
		}
		if known := first[id]; known == nil || l.order.placed < known.order.placed {
			first[id] = l
		}
	}
	if len(first) == 0 {
		return
	}
	fresh := make([]*customer, 0, len(first))
	for _, l := range first {
		fresh = append(fresh, s.customerOf(l))
	}
	s.storeCustomers(fresh)
}

// customerOf makes a registered customer out of an order's Customer node.
func (s *Shop) customerOf(l *learned) *customer {
	o, n := l.order, l.customer
	registered := time.Unix(o.placed, 0)
	modified := registered
	if !l.seen.IsZero() {
		modified = l.seen
	}
	contact := branch("Contact")
	if given := n.kid("Contact"); given != nil {
		contact.kids = slices.Clone(given.kids)
	}
	if contact.first("Lang") == nil && o.lang != "" {
		contact.put("Lang", o.lang)
	}
	dates := branch("Dates",
		leaf("Registration", s.print(registered)), leaf("Modification", s.print(modified)), leaf("Login", s.print(registered)))
	cu := &customer{id: o.customerID, email: n.at("Email"), username: n.at("Username")}
	cu.raw = inner(
		leaf("Id", cu.id), leaf("Email", cu.email), leaf("Username", cu.username), contact,
		n.kid("Addresses"), n.kid("Params"), dates, n.kid("Group"),
		branch("Authorize", leaf("Customer", "yes"), leaf("Admin", "yes")),
		branch("Discount", leaf("Total", "0"), leaf("Direct", "0")),
		branch("PointsAccount", leaf("Balance", "0.0")),
		branch("Newsletter", leaf("Subscribed", "no"), leaf("Authorized", "no")),
		branch("Others", leaf("FacebookConnect", "no")),
	)
	s.readDates(cu, dates, modified, registered)
	return cu
}
