package minicrmsim

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Webhook is an address that MiniCRM's help desk set up to be told of
// changes.
type Webhook struct {
	URL        string   `json:"url"`
	Type       string   `json:"type"`        // "Project" or "Contact"
	CategoryID int64    `json:"category_id"` // of a Project; 0 for every module
	Fields     []string `json:"fields"`      // told only if one of them changed; none means any
}

// A lastTold is an entity as webhooks were told of it last, by field.
type lastTold map[string]string

// A delivery is one message that waits for being taken.
type delivery struct {
	URL      string    `json:"url"`
	Body     string    `json:"body"`
	Due      time.Time `json:"due"`
	Attempts int       `json:"attempts"`
}

// hookPauses are the waits between one attempt and the next; after the last of
// them the message is dropped.
// Source: MiniCRM Integrations Manual, webhooks.
var hookPauses = []time.Duration{
	10 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour,
}

const hookTimeout = 30 * time.Second // for one answer; nobody published it

// Deliver sends the webhooks' messages that are due by the system's clock, one
// after another, and returns how many requests it made. A message that was not
// answered 200 is due again later, six times at most. Nothing is sent unless
// Deliver is called. What changed since the last call that wrote, or the last
// Deliver, is one message for each card or contact.
func (c *CRM) Deliver(ctx context.Context) int {
	c.catchUp()
	c.delivering.Lock()
	defer c.delivering.Unlock()
	c.mu.Lock()
	c.noticeChanges()
	now := c.now()
	var due []*delivery
	for _, d := range c.register.Hooks {
		if !d.Due.After(now) {
			due = append(due, d)
		}
	}
	c.mu.Unlock()
	made := 0
	for _, d := range due {
		if ctx.Err() != nil {
			return made
		}
		made++
		taken := c.post(ctx, d)
		if !taken && ctx.Err() != nil {
			return made // it was we who gave up, not the receiver
		}
		c.mu.Lock()
		c.settleDelivery(d, taken)
		c.mu.Unlock()
	}
	return made
}

// post says whether a message was answered 200.
func (c *CRM) post(ctx context.Context, d *delivery) bool {
	ctx, cancel := context.WithTimeout(ctx, hookTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, strings.NewReader(d.Body))
	if err != nil {
		return false
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	transport := c.o.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // it is no 200
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20)) // so that the connection can serve again
	return response.StatusCode == http.StatusOK
}

func (c *CRM) settleDelivery(d *delivery, taken bool) {
	c.revision++
	if !taken && d.Attempts < len(hookPauses) {
		d.Due = c.now().Add(hookPauses[d.Attempts])
		d.Attempts++
		return
	}
	if !taken {
		c.register.HooksDropped++
	}
	c.register.Hooks = slices.DeleteFunc(c.register.Hooks, func(other *delivery) bool { return other == d })
}

// hookStates is what GET /_sim/webhooks prints.
func (c *CRM) hookStates() any {
	type message struct {
		URL      string `json:"url"`
		Due      string `json:"due"` // as the wire has times
		Attempts int    `json:"attempts"`
		Body     string `json:"body"`
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	waiting := []message{}
	for _, d := range c.register.Hooks {
		waiting = append(waiting, message{d.URL, c.stamp(d.Due), d.Attempts, d.Body})
	}
	return struct {
		Waiting []message `json:"waiting"`
		Dropped int       `json:"dropped"`
	}{waiting, c.register.HooksDropped}
}

// markChanged notes that an entity has to be compared with what webhooks know.
func (c *CRM) markChanged(entity string, id int64) {
	if len(c.o.Webhooks) > 0 {
		c.register.Dirty[entity+" "+wireID(id)] = true
	}
}

// noticeChanges makes messages of what changed. Callers hold mu.
func (c *CRM) noticeChanges() {
	if len(c.register.Dirty) > 0 {
		c.revision++
	}
	for _, key := range slices.Sorted(maps.Keys(c.register.Dirty)) {
		entity, text, _ := strings.Cut(key, " ")
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			continue
		}
		if entity == "Contact" {
			c.noticeContact(key, id)
		} else {
			c.noticeProject(key, id)
		}
	}
	clear(c.register.Dirty)
}

func (c *CRM) noticeProject(key string, id int64) {
	k := c.cards[id]
	if k == nil {
		return
	}
	data := object{
		{"CategoryId", wireID(k.module.id)},
		{"ContactId", wireID(k.contact)},
		{"MainContactId", wireID(cmp.Or(k.business, k.contact))},
		{"StatusId", wireID(k.status)},
		{"UserId", wireID(k.user)},
		{"Name", k.name},
		{"CreatedBy", wireID(c.somebody())},
		{"CreatedAt", k.created},
		{"UpdatedBy", wireID(c.somebody())},
		{"UpdatedAt", k.updated},
	}
	for _, f := range k.module.fields {
		data = data.with(f.name, f.masked(k.fields[f.name]))
	}
	changed := c.changes(key, data)
	if len(changed) == 0 {
		return
	}
	link := fmt.Sprintf("%s/%s/#Project-%d/%d", c.base(), c.o.SystemID, k.module.id, k.id)
	body := object{
		{"Id", wireID(k.id)}, {"Type", "Project"}, {"Data", data.with("InternalUrl", link)}, {"Changed", texts(changed)},
	}
	if !c.o.Switches.WebhookPlain {
		body = body.with("Schema", labelled(c.projectSchema(k.module)))
		if k.order != nil {
			if head, err := c.orderDetail(k.order.id); err == nil {
				body = body.with("Head", head)
			}
		}
	}
	c.tell("Project", k.module.id, changed, body)
}

func (c *CRM) noticeContact(key string, id int64) {
	p := c.contacts[id]
	if p == nil {
		return
	}
	data := object{{"Type", c.contactType(p, false)}, {"BusinessId", wireID(p.of)}}
	for _, name := range slices.Sorted(maps.Keys(p.fields)) {
		data = data.with(name, p.fields[name])
	}
	data = append(data, member{"CreatedAt", p.created}, member{"UpdatedAt", p.updated})
	changed := c.changes(key, data)
	if len(changed) == 0 {
		return
	}
	link := fmt.Sprintf("%s/%s/#Contact-%d", c.base(), c.o.SystemID, p.id)
	c.tell("Contact", 0, changed, object{
		{"Id", wireID(p.id)}, {"Type", "Contact"}, {"Data", data.with("InternalUrl", link)}, {"Changed", texts(changed)},
	})
}

// changes names the fields that differ from what was told last, and remembers
// them as told.
func (c *CRM) changes(key string, data object) []string {
	seen := c.register.Seen[key]
	told := make(lastTold, len(data))
	var changed []string
	for _, m := range data {
		told[m.key] = fmt.Sprint(m.value)
		if old, known := seen[m.key]; !known && told[m.key] != "" || old != told[m.key] {
			changed = append(changed, m.key)
		}
	}
	c.register.Seen[key] = told
	return changed
}

// tell queues a message for every webhook that asked for it.
func (c *CRM) tell(kind string, category int64, changed []string, body object) {
	text := string(appendJSON(nil, body, !c.o.Switches.PlainJSON))
	for _, h := range c.o.Webhooks {
		wanted := len(h.Fields) == 0
		for _, name := range changed {
			wanted = wanted || slices.Contains(h.Fields, name)
		}
		if h.Type == kind && wanted && (h.CategoryID == 0 || h.CategoryID == category) {
			c.register.Hooks = append(c.register.Hooks, &delivery{URL: h.URL, Body: text, Due: c.now()})
		}
	}
}

// masked prints a stored value as webhooks do: ids of options, and a set's bit mask as a
// number.
func (f *field) masked(value string) any {
	if f.set && value != "" {
		return json.Number(value)
	}
	return value
}

// labelled keeps of a schema what translates ids into labels.
func labelled(schema object) object {
	return slices.DeleteFunc(slices.Clone(schema), func(m member) bool {
		_, options := m.value.(object)
		return !options
	})
}

func texts(all []string) []any {
	printed := []any{}
	for _, text := range all {
		printed = append(printed, text)
	}
	return printed
}
