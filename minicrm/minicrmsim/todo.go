package minicrmsim

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
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
	more    taskParts
}

// taskParts are what else a caller may say of a task.
type taskParts struct {
	Duration    string   `json:"duration"` // minutes
	Reminder    string   `json:"reminder"` // minutes before the deadline
	Address     int64    `json:"address"`
	Attachments []string `json:"attachments"` // addresses of files
	Members     []entity `json:"members"`
	Updated     string   `json:"updated"`
	ClosedBy    bool     `json:"closed_by"`
}

// An entity is somebody who takes part in a task.
type entity struct {
	Kind string `json:"entity"` // Person, Business or User
	ID   string `json:"id"`
}

func (c *CRM) todoCall(k call) (any, error) {
	id := k.id(2)
	if !k.names(2) {
		return nil, c.notFound()
	}
	create := http.MethodPut
	if c.o.Switches.ToDoByPost {
		create = http.MethodPost
	}
	closing := k.method == http.MethodPost && id != 0
	switch {
	case k.method == http.MethodGet && id != 0:
		return c.reading(k, func(call) (any, error) { return c.todoDetail(id) })
	case closing, k.method == create, k.method == http.MethodPut && id != 0:
		sent, err := c.body(k)
		if err != nil {
			return nil, err
		}
		if len(sent) == 0 {
			return nil, c.bad(sayBadParameter, "Data (JSON)")
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.putTodo(id, sent, closing)
	}
	return nil, c.notAllowed()
}

// putTodo makes a task (id 0), changes an open one, or closes it.
func (c *CRM) putTodo(id int64, sent map[string]any, closing bool) (any, error) {
	t := c.todos[id]
	if id != 0 && t == nil {
		return nil, c.notFound()
	}
	if t != nil && t.closed != "" {
		return nil, c.bad(sayBadParameter, "Status")
	}
	now := c.stamp(c.now())
	made := todo{user: c.somebody(), created: now}
	if t != nil {
		made = *t
	}
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		if err := c.setTodo(&made, name, sent[name], t, closing); err != nil {
			return nil, err
		}
	}
	if made.card == nil {
		return nil, c.bad(sayMissing, "ProjectId")
	}
	if closing {
		made.closed = cmp.Or(made.closed, now)
	}
	made.more.Updated = now
	made.more.ClosedBy = made.closed != ""
	if t == nil {
		made.id = int64(len(c.todos)) + 1
		t = new(todo)
		c.todos[made.id] = t
	}
	*t = made
	return object{{"Id", t.id}}, nil
}

func (c *CRM) setTodo(t *todo, name string, sent any, before *todo, closing bool) error {
	switch name {
	case "Attachments":
		return c.setAttachments(t, sent)
	case "Members":
		return c.setMembers(t, sent)
	}
	value, ok := scalar(sent)
	if !ok {
		return c.bad(sayBadParameter, name)
	}
	_, isTime := parseTime(value, c.o.Zone)
	switch name {
	case "Id":
	case "ProjectId":
		id, err := strconv.ParseInt(value, 10, 64)
		if err != nil || c.cards[id] == nil || before != nil && before.card.id != id {
			return c.badOption(name, value)
		}
		t.card = c.cards[id]
	case "UserId":
		t.user = c.somebody()
		if t.card != nil { // ProjectId was read before
			t.user = c.owner(t.card.module, value)
		}
	case "Type":
		t.kind = value
	case "Comment":
		t.comment = value
	case "Deadline":
		if !isTime && value != "" && !noDate(value) {
			return c.badOption(name, value)
		}
		t.due = value
	case "Status":
		if value != "Open" && value != "Closed" || closing && value == "Open" {
			return c.badOption(name, value)
		}
		if value == "Closed" {
			t.closed = cmp.Or(t.closed, c.stamp(c.now()))
		}
	case "ClosedAt":
		if !closing {
			return c.bad(sayBadParameter, name)
		}
		if !isTime {
			return c.badOption(name, value)
		}
		t.closed = value
	default:
		return c.setTodoNumber(t, name, value)
	}
	return nil
}

func (c *CRM) setTodoNumber(t *todo, name, value string) error {
	n, err := strconv.ParseInt(value, 10, 64)
	bad := value != "" && (err != nil || n < 0)
	switch name {
	case "Duration":
		t.more.Duration = value
	case "Reminder":
		t.more.Reminder = value
	case "AddressId":
		bad = bad || n != 0 && c.addresses[n] == nil
		t.more.Address = n
	default:
		return c.unknown(name)
	}
	if bad {
		return c.badOption(name, value)
	}
	return nil
}

// setAttachments reads a list of addresses, or one text with commas between.
func (c *CRM) setAttachments(t *todo, sent any) error {
	text, ok := scalar(sent)
	if !ok {
		return c.bad(sayBadParameter, "Attachments")
	}
	t.more.Attachments = nil
	if text == "" {
		return nil
	}
	if _, reason := parseFiles(text); reason != "" {
		return c.badOption("Attachments", text)
	}
	for one := range strings.SplitSeq(text, ",") {
		t.more.Attachments = append(t.more.Attachments, strings.TrimSpace(one))
	}
	return nil
}

// setMembers reads a list of {Entity, EntityId}.
func (c *CRM) setMembers(t *todo, sent any) error {
	list, ok := sent.([]any)
	if !ok {
		return c.bad(sayBadParameter, "Members")
	}
	t.more.Members = nil
	for _, one := range list {
		parts, ok := one.(map[string]any)
		kind, isText := scalar(parts["Entity"])
		id, isID := scalar(parts["EntityId"])
		if !ok || !isText || !isID || kind == "" || id == "" {
			return c.bad(sayBadParameter, "Members")
		}
		t.more.Members = append(t.more.Members, entity{kind, id})
	}
	return nil
}

func (c *CRM) todoDetail(id int64) (any, error) {
	t := c.todos[id]
	if t == nil {
		return nil, c.notFound()
	}
	attachments, members := []any{}, []any{}
	for i, one := range t.more.Attachments {
		name := one
		if place, err := url.Parse(one); err == nil {
			name = path.Base(place.Path)
		}
		link := c.base() + "/" + c.o.SystemID + "/Download/S3/?t=todo&inline=&e=" + wireID(t.id) + "-" + strconv.Itoa(i)
		attachments = append(attachments, object{{"FileName", name}, {"Url", link}})
	}
	for _, one := range t.more.Members {
		members = append(members, object{{"Entity", one.Kind}, {"EntityId", one.ID}})
	}
	detail := append(c.printTodo(t), object{
		{"Attachments", attachments},
		{"Members", members},
		{"Notes", []any{}},
	}...)
	return detail, nil
}

// printTodo prints what a detail says of a task, apart from what takes part in it.
func (c *CRM) printTodo(t *todo) object {
	state, closer := "Open", ""
	if t.closed != "" {
		state, closer = "Closed", writer
	}
	return object{
		{"Id", t.id},
		{"UserId", c.userName(t.user)},
		{"ContactId", t.card.contact},
		{"ProjectId", t.card.id},
		{"SenderUserId", c.userName(t.user)},
		{"Type", t.kind},
		{"Duration", whole(t.more.Duration)},
		{"Reminder", whole(t.more.Reminder)},
		{"Status", state},
		{"Mode", ""},
		{"Deadline", t.due},
		{"Comment", t.comment},
		{"AddressId", t.more.Address},
		{"CreatedBy", writer},
		{"CreatedAt", t.created},
		{"UpdatedBy", writer},
		{"UpdatedAt", t.more.Updated},
		{"ClosedBy", closer},
		{"ClosedAt", t.closed},
	}
}

// whole prints a checked whole number, 0 where none was given.
func whole(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// todoRow prints a task as the list of a card does: less than the detail, and the
// owner by number, as in every list. Source: answers of a live system.
func (c *CRM) todoRow(t *todo) object {
	state := "Open"
	if t.closed != "" {
		state = "Closed"
	}
	return object{
		{"Id", c.rowID(t.id)},
		{"Status", state},
		{"Comment", t.comment},
		{"Deadline", t.due},
		{"UserId", c.rowID(t.user)},
		{"Type", t.kind},
		{"Url", c.url("ToDo", t.id)},
	}
}

// todoList prints the tasks of a card as an array.
func (c *CRM) todoList(k call) (any, error) {
	if c.cards[k.id(2)] == nil {
		return nil, c.notFound()
	}
	state := cmp.Or(k.query.Get("Status"), "All")
	if !slices.Contains([]string{"Open", "Closed", "All"}, state) {
		return nil, c.badOption("Status", state)
	}
	page, err := c.pageOf(k)
	if err != nil {
		return nil, err
	}
	rows := []any{}
	count := 0
	for id := int64(1); id <= int64(len(c.todos)); id++ {
		t := c.todos[id]
		open := t.closed == ""
		if t.card.id != k.id(2) || state == "Closed" && open || state == "Open" && !open {
			continue
		}
		if count >= page*pageSize && len(rows) < pageSize {
			rows = append(rows, c.todoRow(t))
		}
		count++
	}
	return object{{"Count", count}, {"Results", rows}}, nil
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
