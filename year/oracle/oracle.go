// Package oracle says what MiniCRM should show of a shop: a slow and simple program
// that shares nothing with Punte but the description of what is to be sent. It is told
// everything that happens, in the shop and by people in MiniCRM, keeps one record for
// each order, and compares at the end.
//
// It has no part in what runs. Tests that let a shop live hold MiniCRM against it.
package oracle

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// document is the part of a connection document that matters here. The right side of
// the status map must be one of the five words or null.
type document struct {
	StatusMap   map[string]*string `json:"status_map"`
	StatusField string             `json:"status_field"`
	FieldMap    map[string]string  `json:"field_map"`
	StartDate   string             `json:"start_date"`
	Deleted     string             `json:"deleted_orders"`
	Shared      []string           `json:"shared_addresses"`
	Customers   string             `json:"customers"`
}

// Model is the expectation.
type Model struct {
	Owner string         // name of the owner's user
	Zone  *time.Location // of the shop

	doc      document
	names    map[string]string // status id -> its name when the map was saved
	orders   map[string]*order // by Id
	statuses map[string]string // status id -> its name in the shop now
}

// order is one order of the shop and what MiniCRM holds of it.
type order struct {
	id      string
	now     *element // as the shop has it; nil: deleted
	changed bool     // since it was sent
	settled string   // digest of what was sent, the shop's XML

	sent   bool // MiniCRM has it
	number string
	owner  string
	card   int64
	lines  []line
	money  string // currency
	// What we wrote last of what is not required, and what MiniCRM shows of it.
	wrote, shows map[string]string
}

// stateField is the name under which a record keeps the order's state.
const stateField = "\x00state"

// New makes the expectation of a connection. statuses are the shop's, id to name.
func New(doc string, zone *time.Location, owner string, statuses map[string]string) (*Model, error) {
	m := &Model{Owner: owner, Zone: zone, orders: map[string]*order{}, statuses: maps.Clone(statuses)}
	if err := m.Configure(doc); err != nil {
		return nil, err
	}
	return m, nil
}

// Configure changes the settings: they count for what changes from now on, and for
// what waits.
func (m *Model) Configure(doc string) error {
	m.doc = document{}
	if err := json.Unmarshal([]byte(doc), &m.doc); err != nil {
		return fmt.Errorf("reading the document: %w", err)
	}
	m.names = maps.Clone(m.statuses)
	return nil
}

// Status tells of a new or renamed status of the shop.
func (m *Model) Status(id, name string) { m.statuses[id] = name }

// Changed tells what an order of the shop looks like from now on.
func (m *Model) Changed(text string) error {
	e, err := parse(text)
	if err != nil {
		return err
	}
	id := e.get("Id")
	o := m.orders[id]
	if o == nil {
		o = &order{id: id, wrote: map[string]string{}, shows: map[string]string{}}
		m.orders[id] = o
	}
	o.now, o.changed = e, o.settled != text
	o.settled = text
	return nil
}

// Deleted tells that an order is gone from the shop, and that this was found out.
func (m *Model) Deleted(id string) {
	if o := m.orders[id]; o != nil {
		o.now, o.changed = nil, true
	}
}

// Edited tells that a person wrote a field of the order's card in MiniCRM.
func (m *Model) Edited(id, field, value string) { m.orders[id].shows[field] = value }

// Moved tells that a person moved the order in MiniCRM.
func (m *Model) Moved(id, state string) { m.orders[id].shows[stateField] = state }

// Apply tells that the settings are to count for older orders too.
func (m *Model) Apply() {
	for _, o := range m.orders {
		if o.sent && o.now != nil {
			o.changed = true
		}
	}
}

// Synced tells that everything so far was brought.
func (m *Model) Synced() error {
	for _, o := range m.orders {
		if err := m.bring(o); err != nil {
			return fmt.Errorf("order %s: %w", o.id, err)
		}
	}
	return nil
}

func (m *Model) bring(o *order) error {
	if o.now == nil {
		if o.sent && o.changed && m.doc.Deleted != "keep" {
			o.write(stateField, "Failed")
		}
		o.changed = false
		return nil
	}
	placed, err := time.ParseInLocation("2006.01.02 15:04:05", o.now.get("Date"), m.Zone)
	if err != nil {
		return err
	}
	if placed.Format(time.DateOnly) < m.doc.StartDate {
		return nil
	}
	state, mapped := m.state(o.now)
	switch {
	case o.sent && !o.changed:
		return nil
	case mapped && state == "":
		return nil // stays away, or as it is
	case !mapped && !o.sent:
		return nil // waits
	}
	if !o.sent {
		o.sent, o.owner, o.card = true, m.Owner, cardID(o.now, m.doc.Shared)
	}
	o.changed = !mapped // the pair brings its status yet
	o.number, o.money, o.lines = o.now.get("Key"), o.now.get("Currency"), linesOf(o.now)
	if mapped {
		o.write(stateField, state)
	}
	if m.doc.StatusField != "" {
		o.write(m.doc.StatusField, o.now.get("Status"))
	}
	for field, source := range m.doc.FieldMap {
		text, err := value(o.now, source)
		if err != nil {
			return err
		}
		o.write(field, text)
	}
	return nil
}

// write writes what is ours only if our own value is another than the last.
func (o *order) write(field, text string) {
	if before, ok := o.wrote[field]; ok && before == text || !ok && text == "" {
		return
	}
	o.wrote[field], o.shows[field] = text, text
}

// state is the state that the order's status stands for; mapped is false if it has no
// pair.
func (m *Model) state(e *element) (state string, mapped bool) {
	for _, name := range []string{m.names[e.get("StatusID")], e.get("Status")} {
		if pair, ok := m.doc.StatusMap[name]; ok && name != "" {
			if pair == nil {
				return "", true
			}
			return *pair, true
		}
	}
	return "", false
}

// crmOrder and crmCard are what the CRM's control addresses print.
type crmOrder struct {
	ExternalID int64             `json:"external_id"`
	Number     string            `json:"number"`
	Status     string            `json:"status"`
	Owner      string            `json:"owner"`
	Amount     string            `json:"amount"`
	Currency   string            `json:"currency"`
	Customer   int64             `json:"customer_external_id"`
	Fields     map[string]string `json:"fields"`
	Items      []struct {
		ExternalID int64  `json:"external_id"`
		Name       string `json:"name"`
		SKU        string `json:"sku"`
		PriceNet   string `json:"price_net"`
		Quantity   string `json:"quantity"`
		VAT        string `json:"vat"`
	} `json:"items"`
}

// Differences compares the expectation with what GET /_sim/orders of the CRM printed,
// a sentence for each difference.
func (m *Model) Differences(orders []byte) ([]string, error) {
	var shown []crmOrder
	if err := json.Unmarshal(orders, &shown); err != nil {
		return nil, fmt.Errorf("reading the orders of the CRM: %w", err)
	}
	var wrong []string
	byID := map[string]crmOrder{}
	for _, c := range shown {
		id := strconv.FormatInt(c.ExternalID, 10)
		if _, twice := byID[id]; twice {
			wrong = append(wrong, fmt.Sprintf("order %s is in MiniCRM twice", id))
		}
		byID[id] = c
	}
	for _, id := range slices.Sorted(maps.Keys(m.orders)) {
		c, there := byID[id]
		delete(byID, id)
		o := m.orders[id]
		switch {
		case o.sent && !there:
			wrong = append(wrong, fmt.Sprintf("order %s (%s) is missing in MiniCRM", id, o.number))
		case !o.sent && there:
			wrong = append(wrong, fmt.Sprintf("order %s is in MiniCRM as %s and should not be", id, c.Number))
		case o.sent:
			wrong = append(wrong, o.compare(c)...)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		wrong = append(wrong, fmt.Sprintf("order %s in MiniCRM is none of the shop's", id))
	}
	return wrong, nil
}

func (o *order) compare(c crmOrder) (wrong []string) {
	differs := func(what, want, got string) {
		if want != got {
			wrong = append(wrong, fmt.Sprintf("order %s (%s): %s is %q, want %q", o.id, o.number, what, got, want))
		}
	}
	differs("number", o.number, c.Number)
	differs("owner", o.owner, c.Owner)
	differs("currency", o.money, c.Currency)
	differs("card", strconv.FormatInt(o.card, 10), strconv.FormatInt(c.Customer, 10))
	for _, field := range slices.Sorted(maps.Keys(o.shows)) {
		if field == stateField {
			differs("state", o.shows[field], c.Status)
			continue
		}
		differs(field, o.shows[field], c.Fields[field])
	}
	if want := amount(o.lines); !near(want, number(c.Amount)) {
		differs("amount", want.FloatString(2), c.Amount)
	}
	// A line that can't be taken away is brought to nothing.
	items := map[int64]int{}
	for i, item := range c.Items {
		if number(item.Quantity).Sign() != 0 {
			items[item.ExternalID] = i
		}
	}
	if len(o.lines) != len(items) {
		differs("number of lines", strconv.Itoa(len(o.lines)), strconv.Itoa(len(items)))
		return wrong
	}
	for _, l := range o.lines {
		i, ok := items[l.id]
		if !ok {
			wrong = append(wrong, fmt.Sprintf("order %s (%s): line %d %s is missing", o.id, o.number, l.id, l.name))
			continue
		}
		item := c.Items[i]
		differs("name of a line", l.name, item.Name)
		differs("SKU of "+l.name, l.sku, item.SKU)
		net, quantity := number(item.PriceNet), number(item.Quantity)
		if quantity.Sign() < 0 { // one of the two carries the sign
			net, quantity = net.Neg(net), quantity.Neg(quantity)
		}
		differs("net of "+l.name, rounded(l.net, 6).FloatString(6), rounded(net, 6).FloatString(6))
		differs("quantity of "+l.name, l.quantity.FloatString(4), quantity.FloatString(4))
		differs("VAT of "+l.name, l.vat.FloatString(2), number(item.VAT).FloatString(2))
	}
	return wrong
}
