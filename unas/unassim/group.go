package unassim

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"
)

// groupLayout is the order of a CustomerGroup's elements ("Vásárló csoportok, adatszerkezet"). What is called
// ForeignKey here is Group/ForeignID in orders and customers.
var groupLayout = []string{
	"Id", "Name", "VisibleForCustomers", "DiscountAmount", "DiscountProduct", "MinOrderValue", "DiscountBasedOnActualOrder",
	"DiscountBasedOnAllOrders", "WithoutVAT", "DiscountByQuantity", "DiscountFromSalePrice", "DisableSalePrices", "ShowStock",
	"DisplayBasePriceWithFurtherPrice", "EmailReadOnly", "UsernameReadOnly", "ShippingAddressReadOnly", "BillingAddressReadOnly",
	"UseVirtualMoney", "UseCoupon", "DefaultShippingCost", "DefaultCurrency", "ForeignKey",
}

// addGroups gives a shop that is not loaded from a file its customer groups.
func (s *Shop) addGroups() {
	now := s.now()
	for _, g := range []struct{ id, name, key string }{{"7701", "Törzsvásárlók", ""}, {"7702", "Viszonteladók", "VISZ"}, {"7703", "Közintézmények", "KOZ"}} {
		n := groupOf(g.id, g.name)
		n.put("ForeignKey", g.key)
		s.world.Groups = append(s.world.Groups, recordOf(n.less("ForeignKey"), "Name", now))
	}
}

func groupOf(id, name string) *node {
	n := branch("CustomerGroup", leaf("Id", id), leaf("Name", name))
	for _, element := range groupLayout[2:21] {
		switch element {
		case "DiscountAmount", "DiscountProduct", "MinOrderValue", "DefaultShippingCost":
			n.put(element, "0")
		case "WithoutVAT":
			n.kids = append(n.kids, branch("WithoutVAT", leaf("Value", "no"), leaf("Reason", "")))
		default:
			n.put(element, yesNo(strings.HasPrefix(element, "Use") || element == "ShowStock"))
		}
	}
	n.put("DefaultCurrency", "HUF")
	return n
}

// getCustomerGroup lists customer groups, all or by Id or Name.
func (s *Shop) getCustomerGroup(c *call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, name := c.params.at("Id"), c.params.at("Name")
	var rows [][]byte
	for _, g := range s.world.Groups {
		if (id == "" || g.ID == id) && (name == "" || g.Key == name) {
			rows = append(rows, g.XML)
		}
	}
	return listing("CustomerGroups", "CustomerGroup", rows), nil
}

// setCustomerGroup answers the endpoint of that name.
func (s *Shop) setCustomerGroup(c *call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return setEach(c, "CustomerGroups", "CustomerGroup", func(action string, n *node) ([]*node, error) {
		id, err := s.setGroup(action, n)
		return []*node{leaf("Id", id)}, err
	}), nil
}

func (s *Shop) setGroup(action string, n *node) (id string, err error) {
	g := recordByID(s.world.Groups, n.at("Id"))
	there := groupOf("", "")
	switch {
	case action != "add" && action != "modify" && action != "delete":
		return n.at("Id"), unknownAction(action)
	case action != "add" && g == nil:
		return n.at("Id"), errors.New("CustomerGroup not found: " + n.at("Id"))
	case action == "delete":
		s.world.Groups = withoutRecord(s.world.Groups, g)
		return g.ID, nil
	case action == "modify":
		id, there = g.ID, g.tree("CustomerGroup")
	}
	merged := altered(there, written(n, groupLayout, "Id"))
	name := merged.at("Name")
	if other := recordByKey(s.world.Groups, name); name == "" || other != nil && other.ID != id {
		return id, errors.New("Name is empty or not unique: " + name)
	}
	if id == "" {
		id = s.world.newID()
		merged.put("Id", id)
	}
	next := recordOf(arranged(merged, groupLayout).less("ForeignKey"), "Name", s.now())
	s.world.Groups = next.stored(s.world.Groups)
	return id, nil
}

// subscriber is somebody who asked for the newsletter without being a customer.
type subscriber struct {
	Email      string    `json:"email"`
	Name       string    `json:"name"`
	Address    string    `json:"address"`
	Lang       string    `json:"lang"`
	Since      time.Time `json:"since"`
	Authorized bool      `json:"authorized"`
}

// reader is a row of getNewsletter: a subscriber, or a customer who subscribed.
type reader struct {
	subscriber
	kind string // subscriber or customer
}

// getNewsletter lists who subscribed ("Hírlevél feliratkozók"): the shop's subscribers and those of its
// customers who asked for the newsletter. It knows no pages.
func (s *Shop) getNewsletter(c *call) ([]byte, error) {
	f := filters{params: c.params, lenient: s.options.Switches.IgnoreBadFilters}
	kind := f.oneOf("Type", "subscriber", "customer")
	auth := f.oneOf("Auth", "yes", "1", "no", "0")
	var since span
	since.narrow(f.seconds("TimeStart", s.inward()), f.seconds("TimeEnd", -s.inward()))
	if f.err != nil {
		return nil, f.err
	}
	email := c.params.at("Email")
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows [][]byte
	for _, r := range s.readers() {
		switch {
		case kind != "" && r.kind != kind, auth != "" && r.Authorized != (auth == "yes" || auth == "1"):
			continue
		case email != "" && !strings.EqualFold(r.Email, email), !since.has(r.Since.Unix()):
			continue
		}
		since := s.print(r.Since)
		if s.options.Switches.NewsletterWithoutTime {
			since = ""
		}
		rows = append(rows, inner(leaf("Email", r.Email), leaf("Type", r.kind), optional("Time", since), leaf("Name", r.Name),
			leaf("Address", r.Address), leaf("Lang", r.Lang), leaf("Authorized", yesNo(r.Authorized))))
	}
	return listing("Subscribers", "Subscriber", rows), nil
}

func (s *Shop) readers() []reader {
	var all []reader
	for _, sub := range s.world.Subscribers {
		all = append(all, reader{sub, "subscriber"})
	}
	for _, cu := range s.byCustomer {
		whole := &record{XML: stripped(cu.raw)}
		n := whole.tree("Customer")
		if n.at("Newsletter", "Subscribed") != "yes" {
			continue
		}
		place := n.kid("Addresses", "Invoice")
		address := strings.TrimSpace(place.at("ZIP") + " " + place.at("City") + ", " + place.at("Street"))
		all = append(all, reader{subscriber{
			Email: cu.email, Name: n.at("Contact", "Name"), Address: strings.Trim(address, ", "), Lang: n.at("Contact", "Lang"),
			Since: time.Unix(cu.registered, 0), Authorized: n.at("Newsletter", "Authorized") == "yes",
		}, "customer"})
	}
	return all
}

// setNewsletter answers the endpoint of that name; Email identifies. The Type of a result begins with a
// capital, as in the documentation's example.
func (s *Shop) setNewsletter(c *call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return setEach(c, "Subscribers", "Subscriber", func(action string, n *node) ([]*node, error) {
		kind, err := s.setSubscriber(action, n)
		return []*node{leaf("Email", n.at("Email")), leaf("Type", kind)}, err
	}), nil
}

func (s *Shop) setSubscriber(action string, n *node) (kind string, err error) {
	email := n.at("Email")
	i := slices.IndexFunc(s.world.Subscribers, func(sub subscriber) bool { return strings.EqualFold(sub.Email, email) })
	cu := s.customerNamed(branch("Customer", leaf("Email", email)))
	switch {
	case action != "add" && action != "modify" && action != "delete":
		return "Subscriber", unknownAction(action)
	case !strings.Contains(email, "@"):
		return "Subscriber", errors.New("Email not valid: " + email)
	case cu != nil:
		subscribed := branch("Newsletter", leaf("Subscribed", yesNo(action != "delete")))
		if n.first("Authorized") != nil || action == "delete" {
			subscribed.put("Authorized", yesNo(action != "delete" && n.at("Authorized") == "yes"))
		}
		_, err := s.modifyCustomer(cu, branch("Customer", subscribed))
		return "Customer", err
	case action == "delete" && i < 0, action == "modify" && i < 0:
		return "Subscriber", errors.New("Subscriber not found: " + email)
	case action == "delete":
		s.world.Subscribers = slices.Delete(s.world.Subscribers, i, i+1)
		return "Subscriber", nil
	}
	if i < 0 {
		s.world.Subscribers = append(s.world.Subscribers, subscriber{Email: email, Since: second(s.now()), Lang: "hu"})
		i = len(s.world.Subscribers) - 1
	}
	sub := &s.world.Subscribers[i]
	for name, value := range map[string]*string{"Name": &sub.Name, "Address": &sub.Address, "Lang": &sub.Lang} {
		if n.first(name) != nil {
			*value = n.at(name)
		}
	}
	sub.Lang = cmp.Or(sub.Lang, "hu")
	if n.first("Authorized") != nil {
		sub.Authorized = n.at("Authorized") == "yes"
	}
	return "Subscriber", nil
}
