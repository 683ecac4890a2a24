package minicrmsim

import (
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/govalues/decimal"
)

// A todo is a task on a card.
type todo struct {
	id      int64
	card    *card
	user    int64
	kind    string
	comment string
	due     string
	closed  string // when, empty while it is open
	created string
}

func (c *CRM) todoCall(k call) (any, error) {
	id := k.id(2)
	create := http.MethodPut
	if c.o.Switches.ToDoByPost {
		create = http.MethodPost
	}
	switch {
	case k.method == http.MethodGet && id != 0:
		return c.reading(k, func(call) (any, error) { return c.todoDetail(id) })
	case k.method == create, k.method == http.MethodPost && id != 0, k.method == http.MethodPut && id != 0:
		sent, err := c.fieldsOf(k)
		if err != nil {
			return nil, err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.putTodo(id, sent)
	}
	return nil, c.notAllowed()
}

func (c *CRM) putTodo(id int64, sent map[string]string) (any, error) {
	t := c.todos[id]
	if id != 0 && t == nil {
		return nil, c.notFound()
	}
	if t != nil && t.closed != "" {
		return nil, c.bad(sayBadParameter, "Status")
	}
	made := todo{user: c.somebody(), created: c.stamp(c.now())}
	if t != nil {
		made = *t
	}
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		if err := c.setTodo(&made, name, sent[name], t != nil); err != nil {
			return nil, err
		}
	}
	if made.card == nil {
		return nil, c.bad(sayMissing, "ProjectId")
	}
	if t == nil {
		made.id = int64(len(c.todos)) + 1
		t = new(todo)
		c.todos[made.id] = t
	}
	*t = made
	return object{{"Id", t.id}}, nil
}

func (c *CRM) setTodo(t *todo, name, value string, exists bool) error {
	switch name {
	case "Id":
	case "ProjectId":
		id, err := strconv.ParseInt(value, 10, 64)
		if err != nil || c.cards[id] == nil || exists && t.card.id != id {
			return c.badOption(name, value)
		}
		t.card = c.cards[id]
	case "UserId":
		t.user = c.somebody()
		if u := c.userOf(value); u != nil {
			t.user = u.ID
		}
	case "Type":
		t.kind = value
	case "Comment":
		t.comment = value
	case "Deadline":
		t.due = value
	case "Status":
		if value != "Open" && value != "Closed" {
			return c.badOption(name, value)
		}
		if value == "Closed" && t.closed == "" {
			t.closed = c.stamp(c.now())
		}
	case "ClosedAt":
		t.closed = value
	case "Duration", "Reminder", "AddressId", "Attachments", "Members":
	default:
		return c.bad(sayBadParameter, name)
	}
	return nil
}

func (c *CRM) todoDetail(id int64) (any, error) {
	t := c.todos[id]
	if t == nil {
		return nil, c.notFound()
	}
	return c.printTodo(t), nil
}

func (c *CRM) printTodo(t *todo) object {
	state := "Open"
	if t.closed != "" {
		state = "Closed"
	}
	return object{
		{"Id", t.id},
		{"ProjectId", t.card.id},
		{"ContactId", t.card.contact},
		{"UserId", c.userName(t.user)},
		{"Type", t.kind},
		{"Comment", t.comment},
		{"Deadline", t.due},
		{"Status", state},
		{"CreatedAt", t.created},
		{"ClosedAt", t.closed},
	}
}

// todoList prints the tasks of a card as an array.
func (c *CRM) todoList(k call) (any, error) {
	if c.cards[k.id(2)] == nil {
		return nil, c.notFound()
	}
	rows := []any{}
	for id := int64(1); id <= int64(len(c.todos)); id++ {
		t := c.todos[id]
		open := t.closed == ""
		if t.card.id != k.id(2) || k.query.Get("Status") == "Closed" && open || k.query.Get("Status") == "Open" && !open {
			continue
		}
		rows = append(rows, c.printTodo(t))
	}
	return object{{"Count", len(rows)}, {"Results", rows}}, nil
}

// purgePerson deletes a person who is on no card as the main contact.
func (c *CRM) purgePerson(k call) (any, error) {
	only := c.o.Switches.PurgePersonMethod
	if k.method != http.MethodPut && k.method != http.MethodGet || only != "" && k.method != only {
		return nil, c.notAllowed()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.contacts[k.id(2)]
	if p == nil || p.business {
		return nil, c.notFound()
	}
	for _, card := range c.cards {
		if card.contact == p.id {
			return object{{"Message", "The person is marked as the main contact on one or more cards."}}, nil
		}
	}
	c.setEmail(p, "")
	delete(c.contacts, p.id)
	delete(c.personOf, p.reference)
	p.deleted = true
	return object{{"Message", "Successfully deleted"}}, nil
}

// putProduct creates or changes a stock item; an SKU that exists is changed.
func (c *CRM) putProduct(k call) (any, error) {
	if k.method != http.MethodPut {
		return nil, c.notAllowed()
	}
	sent, err := c.fieldsOf(k)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &c.stock
	var p *product
	if id := k.id(2); id != 0 {
		if id > int64(len(s.products)) {
			return nil, c.notFound()
		}
		p = s.products[id-1]
	} else if sent["SKU"] != "" {
		p = s.sku[sent["SKU"]]
	}
	if p == nil && sent["Name"] == "" {
		return nil, c.bad(sayMissing, "Name")
	}
	if _, err := decimal.Parse(sent["PriceNet"]); err != nil && sent["PriceNet"] != "" {
		return nil, c.badOption("PriceNet", sent["PriceNet"])
	}
	if p == nil {
		p = &product{id: int64(len(s.products)) + 1}
		s.products = append(s.products, p)
	}
	for name, to := range map[string]*string{"Name": &p.name, "SKU": &p.sku, "VAT": &p.vat, "PriceNet": &p.price, "UnitName": &p.unit} {
		if value, given := sent[name]; given {
			*to = value
		}
	}
	if p.sku != "" {
		s.sku[p.sku] = p
	}
	p.folder = c.folder(sent["FolderName"], true)
	return object{{"Id", p.id}}, nil
}
