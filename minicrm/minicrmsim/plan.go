package minicrmsim

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A plan is a Project that was read and found good. Making it changes nothing,
// applying it cannot fail; so a Project is taken as a whole or not at all.
type plan struct {
	reference int64
	card      *card // nil: it is to be created
	module    *module
	name      string
	status    *status
	user      int64
	contact   int64 // an existing contact to attach
	fields    map[string]string
	business  *businessPlan
	contacts  []contactPlan
	orders    []orderPlan
	notes     []LogLine
}

type contactPlan struct {
	reference                 int64
	first, last, email, phone *string
}

type businessPlan struct {
	name, vatNumber, email, phone *string
	addresses                     []addressPlan
}

type addressPlan struct {
	given map[string]string // elements that are there, by name
}

func (p *plan) note(order int64, format string, args ...any) {
	p.notes = append(p.notes, LogLine{Project: p.reference, Order: order, Reason: fmt.Sprintf(format, args...)})
}

// missing names the element that a Project was refused for.
func missing(name string) error { return fmt.Errorf("the required element %s is missing", name) }

// plan checks one Project against the system as it is. Callers hold mu.
func (c *CRM) plan(e *element) (*plan, error) {
	p := &plan{fields: make(map[string]string)}
	var err error
	if p.reference, err = reference("Project", e.id); err != nil {
		return p, err
	}
	if p.name, _ = e.value("Name"); strings.TrimSpace(p.name) == "" {
		return p, missing("Name")
	}
	if n := utf8.RuneCountInString(p.name); n > 512 {
		return p, fmt.Errorf("the Name is longer than 512 characters: %d", n)
	}
	if err := c.planModule(p, e); err != nil {
		return p, err
	}
	if text := e.word("StatusId"); text != "" {
		if p.status = c.statusInXML(p.module, text); p.status == nil {
			return p, fmt.Errorf("the module %s has no status %q", p.module.name, text)
		}
	}
	if p.user, err = c.planUser(p, 0, e); err != nil {
		return p, err
	}
	if text := e.word("ContactId"); text != "" {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || c.contacts[id] == nil {
			return p, fmt.Errorf("there is no contact %q", text)
		}
		p.contact = id
	}
	if p.fields, err = c.planFields(p, 0, p.module, e, projectElements); err != nil {
		return p, err
	}
	if err := c.planPeople(p, e); err != nil {
		return p, err
	}
	return p, c.planOrders(p, e)
}

// projectElements are the children of a Project that are no fields.
var projectElements = []string{
	"Name", "CategoryId", "StatusId", "UserId", "ContactId", "Business", "Contacts", "Orders", "Offers", "Todos",
}

// reference reads an external id: an integer from 1 to 9,999,999,999.
func reference(kind, text string) (int64, error) {
	if text == "" {
		return 0, fmt.Errorf("the attribute Id of %s is missing", kind)
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("the Id of %s is not an integer: %q", kind, text)
	}
	if id < 1 || id >= 1e10 {
		return 0, fmt.Errorf("the Id of %s is not between 1 and 9999999999: %d", kind, id)
	}
	return id, nil
}

func (c *CRM) planModule(p *plan, e *element) error {
	text := e.word("CategoryId")
	if text == "" {
		return missing("CategoryId")
	}
	id, _ := strconv.ParseInt(text, 10, 64) // 0 is no module
	if p.module = c.module(id); p.module == nil {
		return fmt.Errorf("there is no module with the CategoryId %q", text)
	}
	p.card = c.projectOf[c.projectKey(p.module, p.reference)]
	if p.card != nil && p.card.module != p.module {
		return fmt.Errorf("card %d is in the module %s, a card cannot change its module", p.card.id, p.card.module.name)
	}
	return nil
}

func (c *CRM) statusInXML(m *module, text string) *status {
	s := m.statusOf(text)
	if s == nil {
		return nil
	}
	byName := s.name == text
	if c.o.Switches.StatusForm == "name" && !byName || c.o.Switches.StatusForm == "id" && byName {
		return nil
	}
	return s
}

// planUser reads UserId, a name or an id; 0 if it is absent.
func (c *CRM) planUser(p *plan, order int64, e *element) (int64, error) {
	text := e.word("UserId")
	if text == "" {
		return 0, nil
	}
	if u := c.userOf(text); u != nil {
		return u.ID, nil
	}
	if c.o.Switches.UnknownUserRefused {
		return 0, fmt.Errorf("there is no user %q", text)
	}
	p.note(order, "there is no user %q, somebody else becomes the owner", text)
	return c.somebody(), nil
}

// planFields reads the children that are fields of the module's cards.
func (c *CRM) planFields(p *plan, order int64, m *module, e *element, others []string) (map[string]string, error) {
	fields := make(map[string]string)
	for _, child := range e.children {
		if slices.Contains(others, child.name) {
			continue
		}
		f := m.byName[child.name]
		if f == nil && c.o.Switches.UnknownFieldSkipped {
			p.note(order, "the module %s has no field %s", m.name, child.name)
			continue
		}
		if f == nil {
			return nil, fmt.Errorf("the module %s has no field %s", m.name, child.name)
		}
		value, reason := f.parse(child.text)
		if reason != "" {
			return nil, fmt.Errorf("the value of %s %s: %q", child.name, reason, clip(child.text))
		}
		fields[child.name] = value
	}
	return fields, nil
}

// clip shortens a text for the log.
func clip(text string) string {
	const most = 80
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most]) + "..."
}

func (c *CRM) planPeople(p *plan, e *element) error {
	if b := e.child("Business"); b != nil {
		if err := c.planBusiness(p, b); err != nil {
			return fmt.Errorf("reading Business: %w", err)
		}
	}
	all := e.child("Contacts")
	if all == nil {
		return nil
	}
	for _, one := range all.children {
		if one.name != "Contact" {
			return fmt.Errorf("unexpected element %s in Contacts", one.name)
		}
		if err := c.planContact(p, one); err != nil {
			return fmt.Errorf("reading Contact: %w", err)
		}
	}
	return nil
}

func (c *CRM) planContact(p *plan, e *element) error {
	var person contactPlan
	var err error
	if e.id != "" {
		if person.reference, err = reference("Contact", e.id); err != nil {
			return err
		}
	}
	for _, text := range []struct {
		to    **string
		name  string
		limit int
	}{{&person.first, "FirstName", 255}, {&person.last, "LastName", 255}} {
		if err := bounded(text.to, e, text.name, text.limit); err != nil {
			return err
		}
	}
	if err := reachable(&person.email, e, "Email"); err != nil {
		return err
	}
	if err := reachable(&person.phone, e, "Phone"); err != nil {
		return err
	}
	known := c.personOf[person.reference]
	if known == nil && blank(person.first) && blank(person.last) && person.reference != 0 {
		return missing("FirstName")
	}
	p.contacts = append(p.contacts, person)
	return nil
}

func blank(text *string) bool { return text == nil || strings.TrimSpace(*text) == "" }

// bounded reads a text that must not be too long. One that is absent leaves
// what it is read to.
func bounded(to **string, e *element, name string, limit int) error {
	text, given := e.value(name)
	if !given {
		return nil
	}
	if n := utf8.RuneCountInString(text); n > limit {
		return fmt.Errorf("the %s is longer than %d characters: %d", name, limit, n)
	}
	*to = &text
	return nil
}

// reachable reads Emails/Email/Value or Email, and the same for phones; the
// first one counts.
func reachable(to **string, e *element, name string) error {
	holder := e
	if list := e.child(name + "s"); list != nil {
		holder = list
	}
	if one := holder.child(name); one != nil && one.child("Value") != nil {
		return bounded(to, one, "Value", 128)
	}
	return bounded(to, holder, name, 128)
}

func (c *CRM) planBusiness(p *plan, e *element) error {
	var b businessPlan
	if err := bounded(&b.name, e, "Name", 1000); err != nil {
		return err
	}
	if err := bounded(&b.vatNumber, e, "VatNumber", 255); err != nil {
		return err
	}
	if err := reachable(&b.email, e, "Email"); err != nil {
		return err
	}
	if err := reachable(&b.phone, e, "Phone"); err != nil {
		return err
	}
	if blank(b.name) && (p.card == nil || p.card.business == 0) {
		return missing("Name")
	}
	if list := e.child("Addresses"); list != nil {
		for _, a := range list.children {
			given := make(map[string]string)
			for _, part := range a.children {
				given[part.name] = part.text
			}
			if label := given["CountryId"]; label != "" && c.countries.byLabel[label].label == "" {
				return fmt.Errorf("%q is no country in the language of this system", label)
			}
			b.addresses = append(b.addresses, addressPlan{given})
		}
	}
	p.business = &b
	return nil
}

func (c *CRM) planOrders(p *plan, e *element) error {
	if e.child("Offers") != nil || e.child("Todos") != nil {
		p.note(0, "Offers and Todos are passed over")
	}
	all := e.child("Orders")
	if all == nil || len(all.children) == 0 {
		return nil
	}
	if c.orderly == nil {
		return errors.New("there is no Orders module")
	}
	for _, one := range all.children {
		if one.name != "Order" {
			return fmt.Errorf("unexpected element %s in Orders", one.name)
		}
		o, err := c.planOrder(p, one)
		if err != nil {
			return fmt.Errorf("reading Order %s: %w", one.id, err)
		}
		p.orders = append(p.orders, o)
	}
	return nil
}
