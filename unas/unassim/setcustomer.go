package unassim

import (
	"cmp"
	"crypto/subtle"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// customerLayout is the order of a Customer's elements ("Vásárlók, adatszerkezet").
var customerLayout = []string{
	"Id", "Email", "EmailWarning", "Username", "Contact", "Addresses", "Params", "Dates", "Group", "Authorize", "Discount",
	"PointsAccount", "Newsletter", "Comment", "Restrictions", "Cards", "AbandonedCart", "Favourites", "Others",
}

// firstCustomerID is below every id that setCustomer gives; the generator's are above.
const firstCustomerID = 51000000

// setCustomer answers the endpoint of that name ("Vásárlók módosítása"). Id, Email and Username only identify;
// what is missing stays, what is empty is cleared.
func (s *Shop) setCustomer(c *call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return setEach(c, "Customers", "Customer", func(action string, n *node) ([]*node, error) {
		was := s.customerNamed(n)
		cu, err := s.setOneCustomer(action, n)
		if err == nil {
			s.raiseCustomer(was, s.customers[cu.id], eventCustomerAdmin)
		}
		if cu == nil {
			return []*node{optional("Id", n.at("Id")), leaf("Email", n.at("Email"))}, err
		}
		return []*node{leaf("Id", cu.id), leaf("Email", cu.email)}, err
	}), nil
}

func (s *Shop) setOneCustomer(action string, n *node) (*customer, error) {
	known := s.customerNamed(n)
	switch {
	case action == "add" && known != nil:
		return known, errors.New("Customer already exists")
	case action == "add":
		return s.addCustomer(n)
	case action != "modify" && action != "delete":
		return known, unknownAction(action)
	case known == nil:
		return nil, errors.New("Customer not found")
	case action == "delete":
		s.dropCustomer(known)
		return known, nil
	}
	return s.modifyCustomer(known, n)
}

// customerNamed finds a customer by the first of Id, Email and Username that is given.
func (s *Shop) customerNamed(n *node) *customer {
	if id := n.at("Id"); id != "" {
		return s.customers[id]
	}
	email, username := n.at("Email"), n.at("Username")
	for _, cu := range s.byCustomer {
		if email != "" && strings.EqualFold(cu.email, email) || email == "" && username != "" && cu.username == username {
			return cu
		}
	}
	return nil
}

func (s *Shop) addCustomer(n *node) (*customer, error) {
	email := n.at("Email")
	if !strings.Contains(email, "@") {
		return nil, errors.New("Email not valid: " + email)
	}
	now := s.print(second(s.now()))
	next := uint64(firstCustomerID)
	for _, cu := range s.byCustomer {
		if cu.number < 1<<40 {
			next = max(next, cu.number)
		}
	}
	id := strconv.FormatUint(next+1, 10)
	there := branch("Customer", leaf("Id", id), leaf("Email", email), leaf("Username", n.at("Username")),
		branch("Dates", leaf("Registration", now), leaf("Modification", now), leaf("Login", "")),
		branch("Authorize", leaf("Customer", "yes"), leaf("Admin", "yes")),
		branch("Discount", leaf("Total", "0"), leaf("Direct", "0")),
		branch("PointsAccount", leaf("Balance", "0.0")),
		branch("Newsletter", leaf("Subscribed", "no"), leaf("Authorized", "no")),
		leaf("Comment", ""))
	return s.customerInto(there, n)
}

func (s *Shop) modifyCustomer(cu *customer, n *node) (*customer, error) {
	whole := &record{XML: stripped(cu.raw)}
	return s.customerInto(whole.tree("Customer"), n)
}

// customerInto takes what a set call says into a customer's element and stores it, modified now.
func (s *Shop) customerInto(there, n *node) (*customer, error) {
	change := written(n, customerLayout, "Id", "Email", "Username", "EmailWarning", "Dates", "Cards", "Others", "Group", "AbandonedCart", "Favourites")
	merged := altered(there, change)
	for _, name := range []string{"AbandonedCart", "Favourites"} {
		if k := n.first(name); k != nil {
			merged = withBasket(merged, k)
		}
	}
	s.numberAddresses(merged)
	if k := n.first("Group"); k != nil {
		group, err := s.groupNamed(k)
		if err != nil {
			return s.customers[there.at("Id")], err
		}
		kids := slices.DeleteFunc(slices.Clone(merged.kids), func(old *node) bool { return old.name == "Group" })
		merged = &node{name: merged.name, kids: append(kids, group)}
	}
	dates := branch("Dates")
	if known := merged.first("Dates"); known != nil {
		dates.kids = slices.Clone(known.kids)
	}
	dates.put("Modification", s.print(second(s.now())))
	merged = altered(merged, branch("Customer", dates))
	cu := &customer{id: merged.at("Id"), email: merged.at("Email"), username: merged.at("Username")}
	cu.raw = inner(arranged(merged, customerLayout).less("Group", "AbandonedCart", "Favourites", "Restrictions").kids...)
	known := []time.Time{s.now()}
	if was := s.customers[cu.id]; was != nil {
		known = []time.Time{time.Unix(was.registered, 0), time.Unix(was.login, 0)}
	}
	s.readDates(cu, dates, known...)
	cu.modified = s.now().Unix()
	s.storeCustomers([]*customer{cu})
	for _, name := range []string{"Password", "PasswordCrypted", "PasswordCrypt"} {
		if k := n.first(name); k != nil {
			s.world.setPassword(cu.id, n.at(name))
		}
	}
	return cu, nil
}

func (w *world) setPassword(customer, password string) {
	if w.Passwords == nil {
		w.Passwords = map[string]string{}
	}
	w.Passwords[customer] = password
}

// numberAddresses gives further addresses that came without an Id the next free one.
func (s *Shop) numberAddresses(n *node) {
	list := n.kid("Addresses").all("Other")
	highest := 0
	for _, other := range list {
		if id, err := strconv.Atoi(other.at("Id")); err == nil {
			highest = max(highest, id)
		}
	}
	for _, other := range list {
		if other.at("Id") == "" {
			highest++
			other.kids = append([]*node{leaf("Id", strconv.Itoa(highest))}, other.kids...)
		}
	}
}

// groupNamed is the whole Group of a customer, of which a set call gives Id or Name; an empty one clears it.
func (s *Shop) groupNamed(k *node) (*node, error) {
	id, name := k.at("Id"), k.at("Name")
	if id == "" && name == "" {
		return leaf("Group", ""), nil
	}
	g := recordByID(s.world.Groups, id)
	if g == nil {
		g = recordByKey(s.world.Groups, name)
	}
	if g == nil {
		return nil, errors.New("Group not found: " + cmp.Or(id, name))
	}
	return branch("Group", leaf("Id", g.ID), leaf("Name", g.Key), optional("ForeignID", g.tree("CustomerGroup").at("ForeignKey"))), nil
}

// withBasket changes the stored cart or the favourites: Operation add takes Items in, remove takes them out by
// Sku, anything else replaces the list.
func withBasket(n, change *node) *node {
	items := branch("Items")
	if there := n.kid(change.name, "Items"); there != nil {
		items.kids = slices.Clone(there.kids)
	}
	asked := change.kid("Items").all("Item")
	named := func(old *node) bool {
		return slices.ContainsFunc(asked, func(k *node) bool { return k.at("Sku") == old.at("Sku") })
	}
	switch change.at("Operation") {
	case "add":
		items.kids = append(slices.DeleteFunc(items.kids, named), asked...)
	case "remove":
		items.kids = slices.DeleteFunc(items.kids, named)
	default:
		items.kids = asked
	}
	next := &node{name: n.name, kids: slices.DeleteFunc(slices.Clone(n.kids), func(k *node) bool { return k.name == change.name })}
	if len(items.kids) > 0 {
		next.kids = append(next.kids, branch(change.name, items))
	}
	return next
}

// dropCustomer deletes a customer; their orders keep what they say of them.
func (s *Shop) dropCustomer(cu *customer) {
	delete(s.customers, cu.id)
	delete(s.world.Passwords, cu.id)
	s.byCustomer = slices.DeleteFunc(s.byCustomer, func(other *customer) bool { return other == cu })
}

// checkCustomer answers the endpoint of that name ("Vásárló ellenőrzése"): Result is true when the password is
// the one that was set for the customer with this user name or e-mail address. A password that was set
// encrypted is compared as the text it is.
func (s *Shop) checkCustomer(c *call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	user, password := c.params.at("User"), c.params.at("Password")
	result := "false"
	for _, cu := range s.byCustomer {
		if user == "" || cu.username != user && !strings.EqualFold(cu.email, user) {
			continue
		}
		set, known := s.world.Passwords[cu.id]
		if known && set != "" && subtle.ConstantTimeCompare([]byte(set), []byte(password)) == 1 {
			result = "true"
		}
	}
	return document(leaf("Result", result)), nil
}
