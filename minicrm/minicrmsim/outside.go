package minicrmsim

import (
	"bytes"
	"crypto/subtle"
	"encoding/csv"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// What stands beside R3 and the documents: calls of telephone exchanges, web
// forms, saved searches. None of them takes the system's key.

// outside says whether a call has no Basic authentication.
func (c call) outside() bool {
	return slices.Contains([]string{"CallLog", "Signup", "SharedFilter"}, c.part(0)) && len(c.parts) == 1
}

// A phoneCall is what a telephone exchange reported.
type phoneCall struct {
	ID     int64             `json:"id"`
	At     string            `json:"at"`
	Fields map[string]string `json:"fields"`
}

// callLog takes a report whose body carries the exchange's own key.
func (c *CRM) callLog(k call) (any, error) {
	if k.method != http.MethodPost {
		return nil, c.notAllowed()
	}
	sent, err := c.fieldsOf(k)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if subtle.ConstantTimeCompare([]byte(sent["ApiKey"]), []byte(c.o.VOIPKey)) != 1 {
		return nil, c.denied()
	}
	delete(sent, "ApiKey")
	id := int64(len(c.register.PhoneCalls)) + 1
	c.register.PhoneCalls = append(c.register.PhoneCalls, phoneCall{id, c.stamp(c.now()), sent})
	return object{{"Id", id}}, nil
}

// phoneCallStates is what GET /_sim/phonecalls prints.
func (c *CRM) phoneCallStates() any {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]phoneCall{}, c.register.PhoneCalls...)
}

// denied is the answer to bad credentials.
func (c *CRM) denied() *refusal {
	if c.o.Switches.AccessDenied404 || c.o.Switches.NoAddOn {
		return &refusal{http.StatusNotFound, accessDenied}
	}
	return &refusal{http.StatusUnauthorized, accessDenied}
}

// formName is the name of one input of a web form.
var formName = regexp.MustCompile(`^(Contact|Project)\[([^\]]+)\]\[([^\]]+)\]$`)

// signup takes a web form: the person becomes a contact, and a card in the
// module that the form belongs to.
func (c *CRM) signup(k call) (any, error) {
	if k.method != http.MethodPost {
		return nil, c.notAllowed()
	}
	r := k.request
	r.Body = http.MaxBytesReader(nil, r.Body, maxBody)
	if err := r.ParseMultipartForm(1 << 20); err != nil && r.Form == nil {
		return nil, c.bad(sayBadParameter, "FormHash")
	}
	if r.MultipartForm != nil {
		defer func() { _ = r.MultipartForm.RemoveAll() }() // its files were not read
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	place := slices.IndexFunc(c.seed.Forms, func(f SeedForm) bool { return f.Hash == r.Form.Get("FormHash") })
	if place < 0 {
		return nil, c.bad(sayBadParameter, "FormHash")
	}
	m := c.module(c.seed.Forms[place].Category)
	person, card := map[string]string{"Type": "Person"}, make(map[string]string)
	for _, name := range slices.Sorted(maps.Keys(r.Form)) {
		part := formName.FindStringSubmatch(name)
		switch {
		case name == "FormHash":
		case part == nil:
			return nil, c.bad(sayBadParameter, name)
		case part[1] == "Contact":
			person[part[3]] = r.Form.Get(name)
		default:
			card[part[3]] = r.Form.Get(name)
		}
	}
	edit, err := c.readEdit(nil, m, card)
	if err != nil {
		return nil, err
	}
	contact, err := c.putContact(0, person)
	if err != nil {
		return nil, err
	}
	at := c.now()
	made := c.newCard(m, at)
	made.contact, made.name = contact, c.contacts[contact].name()
	c.applyEdit(made, edit, c.stamp(at))
	c.noticeChanges()
	return object{{"Id", made.id}}, nil
}

// A csvAnswer is printed as it is, as a table.
type csvAnswer []byte

// sharedFilter prints the cards of a saved search. Whoever knows its hash may
// read it.
func (c *CRM) sharedFilter(k call) (any, error) {
	place := slices.IndexFunc(c.seed.Filters, func(f SeedFilter) bool { return f.Hash == k.query.Get("Hash") })
	if place < 0 {
		return nil, c.notFound()
	}
	if kind := k.query.Get("Type"); kind != "Project" {
		return nil, c.badOption("Type", kind)
	}
	query, err := url.ParseQuery(c.seed.Filters[place].Query)
	if err != nil {
		return nil, c.bad(sayBadParameter, "Hash")
	}
	keep, modules, err := c.projectFilters(call{query: query})
	if err != nil {
		return nil, err
	}
	head := []string{"Id", "Name", "StatusId", "UserId"}
	for _, m := range modules {
		for _, f := range m.fields {
			if !slices.Contains(head, f.name) {
				head = append(head, f.name)
			}
		}
	}
	var body bytes.Buffer
	w := csv.NewWriter(&body)
	rows := [][]string{head}
	for _, m := range modules {
		for _, card := range m.cards {
			if keep(card) {
				rows = append(rows, c.filterRow(card, head))
			}
		}
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("printing the saved search: %w", err)
	}
	return csvAnswer(body.Bytes()), nil
}

func (c *CRM) filterRow(k *card, head []string) []string {
	row := []string{wireID(k.id), k.name, k.statusName(), c.userName(k.user)}
	for _, name := range head[len(row):] {
		value := ""
		if f := k.module.byName[name]; f != nil {
			value = strings.TrimSpace(fmt.Sprint(c.fieldValue(k, f)))
		}
		row = append(row, value)
	}
	return row
}
