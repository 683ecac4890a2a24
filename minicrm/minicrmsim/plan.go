package minicrmsim

import (
	"errors"
	"fmt"
	"hash/fnv"
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

func (p *plan) note(order int64, format string, args ...any) {
	p.notes = append(p.notes, LogLine{Project: p.reference, Order: order, Reason: fmt.Sprintf(format, args...)})
}

// missing names the element that a Project was refused for.
func missing(name string) error { return fmt.Errorf("the required element %s is missing", name) }

// plan checks one Project against the system as it is. Callers hold mu.
func (c *CRM) plan(e *element) (*plan, error) {
	p := &plan{fields: make(map[string]string)}
	var err error
	if p.reference, err = c.reference("Project", e.id); err != nil {
		return p, err
	}
	if err := c.required(e, "Name"); err != nil {
		return p, err
	}
	name, err := c.text(p, 0, e, "Name", 512)
	if err != nil {
		return p, err
	}
	p.name = *name
	if err := c.planModule(p, e); err != nil {
		return p, err
	}
	text := e.word("StatusId")
	if p.status = c.statusInXML(p.module, text); p.status == nil && text != "" {
		return p, fmt.Errorf("the module %s has no status %q", p.module.name, text)
	}
	if text == "" && p.card == nil && c.o.Switches.StatusRequired {
		return p, missing("StatusId")
	}
	if p.user, err = c.planUser(p, 0, p.module, e); err != nil {
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

// maxReference is the first number that is no external id any more. The hashes
// of ids that are not numbers begin there.
const maxReference = 1e10

// reference reads an external id: an integer from 1 to 9,999,999,999.
func (c *CRM) reference(kind, text string) (int64, error) {
	if text == "" {
		return 0, fmt.Errorf("the attribute Id of %s is missing", kind)
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil && c.o.Switches.AlphanumericIDs && utf8.RuneCountInString(text) <= 64 {
		return hashed(text), nil
	}
	if err != nil {
		return 0, fmt.Errorf("the Id of %s is not an integer: %q", kind, clip(text))
	}
	if id < 1 || id >= maxReference {
		return 0, fmt.Errorf("the Id of %s is not between 1 and 9999999999: %d", kind, id)
	}
	return id, nil
}

// hashed is the number that stands for an external id that is a text.
func hashed(text string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // never fails
	return maxReference + int64(h.Sum64()>>11)
}

// required names the first element that is missing, or empty although a text
// must not be.
func (c *CRM) required(e *element, names ...string) error {
	for _, name := range names {
		text, given := e.value(name)
		if !given || strings.TrimSpace(text) == "" && !c.o.Switches.EmptyRequiredTaken {
			return missing(name)
		}
	}
	return nil
}

// text reads a child that must not be longer than limit characters, nil if it
// is absent.
func (c *CRM) text(p *plan, order int64, e *element, name string, limit int) (*string, error) {
	text, given := e.value(name)
	if !given {
		return nil, nil //nolint:nilnil // an absent element is no error and leaves what is there
	}
	text, err := c.fit(p, order, name, text, limit)
	return &text, err
}

// fit holds a text to the length of its field.
func (c *CRM) fit(p *plan, order int64, name, text string, limit int) (string, error) {
	n := utf8.RuneCountInString(text)
	if n <= limit {
		return text, nil
	}
	if !c.o.Switches.LongXMLTextCut {
		return "", fmt.Errorf("the %s is longer than %d characters: %d", name, limit, n)
	}
	p.note(order, "the %s was cut from %d to %d characters", name, n, limit)
	return string([]rune(text)[:limit]), nil
}

// known looks for children that mean nothing inside an element.
func (c *CRM) known(p *plan, order int64, e *element, names ...string) error {
	for _, child := range e.children {
		if slices.Contains(names, child.name) {
			continue
		}
		if c.o.Switches.UnknownElementRefused {
			return fmt.Errorf("unknown element %s in %s", child.name, e.name)
		}
		p.note(order, "unknown element %s in %s", child.name, e.name)
	}
	return nil
}

func (c *CRM) planModule(p *plan, e *element) error {
	text := e.word("CategoryId")
	if text == "" {
		return missing("CategoryId")
	}
	id, _ := strconv.ParseInt(text, 10, 64) // 0 is no module
	p.module = c.module(id)
	switch {
	case p.module == nil:
		return fmt.Errorf("there is no module with the CategoryId %q", clip(text))
	case p.module.kind == "orders":
		return fmt.Errorf("the module %s holds the cards of orders, a Project cannot make one there", p.module.name)
	case p.module.kind != "webshop" && c.o.Switches.FeedModules == "webshop":
		return fmt.Errorf("the module %s is not the Webshop module", p.module.name)
	case p.module.kind != "webshop" && c.o.Switches.FeedModules == "" && e.child("Orders") != nil:
		return fmt.Errorf("orders stand below cards of the Webshop module, not of %s", p.module.name)
	}
	p.card = c.projectOf[c.projectKey(p.module, p.reference)]
	if p.card != nil && p.card.module != p.module {
		return fmt.Errorf("card %d is in the module %s, a card cannot change its module", p.card.id, p.card.module.name)
	}
	return nil
}

// statusInXML finds a status by its name or its id, nil if there is none.
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
func (c *CRM) planUser(p *plan, order int64, m *module, e *element) (int64, error) {
	text := e.word("UserId")
	if text == "" {
		return 0, nil
	}
	u := c.userOf(text)
	if u != nil && m.open(u.ID) {
		return u.ID, nil
	}
	if u == nil && c.o.Switches.UnknownUserRefused {
		return 0, fmt.Errorf("there is no user %q", text)
	}
	if u == nil {
		p.note(order, "there is no user %q, somebody else becomes the owner", clip(text))
	} else {
		p.note(order, "%s has no access to %s, somebody else becomes the owner", u.Name, m.name)
	}
	return c.owner(m, text), nil
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
		text := child.text
		if limit := f.limit(); limit > 0 && c.o.Switches.LongXMLTextCut {
			text, _ = c.fit(p, order, child.name, text, limit) // cut, never refused
		}
		value, reason := f.parse(text)
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
