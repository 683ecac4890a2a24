package minicrmsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"
)

// An OrderState is an order as GET /_sim/orders prints it. Decimals are
// without trailing zeros; ids that do not exist are 0.
type OrderState struct {
	ExternalID         int64             `json:"external_id"`
	Number             string            `json:"number"`
	Status             string            `json:"status"`      // the word of XML
	CardStatus         string            `json:"card_status"` // the label of its card's status
	Owner              string            `json:"owner"`       // of its card, a name
	Amount             string            `json:"amount"`      // gross, MiniCRM's arithmetic
	Currency           string            `json:"currency"`
	CardID             int64             `json:"card_id"` // of the order's own card
	CustomerExternalID int64             `json:"customer_external_id"`
	Fields             map[string]string `json:"fields"` // set on its card; labels for options
	Items              []ItemState       `json:"items"`
}

// An ItemState is a line of an order.
type ItemState struct {
	ExternalID int64  `json:"external_id"`
	Name       string `json:"name"`
	SKU        string `json:"sku"`
	PriceNet   string `json:"price_net"` // of one unit
	Quantity   string `json:"quantity"`
	VAT        string `json:"vat"` // in percent, without the sign
}

// A CardState is a card as GET /_sim/cards prints it, orders' cards included.
type CardState struct {
	ID         int64             `json:"id"`
	ExternalID int64             `json:"external_id"`
	Category   int64             `json:"category"`
	Name       string            `json:"name"`
	Status     string            `json:"status"` // a label
	Owner      string            `json:"owner"`
	Fields     map[string]string `json:"fields"`
	Contacts   []ContactState    `json:"contacts"` // the main one first
	Business   *ContactState     `json:"business"`
	Orders     []int64           `json:"orders"` // external ids; of an order's card its own
}

// A ContactState is a person or a business on a card.
type ContactState struct {
	ID         int64  `json:"id"`
	ExternalID int64  `json:"external_id"`
	Name       string `json:"name"`
	FirstName  string `json:"first_name,omitempty"`
	LastName   string `json:"last_name,omitempty"`
	Email      string `json:"email"`
	Phone      string `json:"phone"`
	VATNumber  string `json:"vat_number,omitempty"`
}

// A DocumentLog tells what became of one document. Time is empty until it was
// processed; a Project is in exactly one of Taken and Refused.
type DocumentLog struct {
	Document int       `json:"document"`
	Kind     string    `json:"kind"` // "pull" or "push"
	Bytes    int       `json:"bytes"`
	Accepted string    `json:"accepted"`
	Time     string    `json:"time"`
	Taken    []int64   `json:"taken"`
	Refused  []LogLine `json:"refused"`
	Notes    []LogLine `json:"notes"` // what was taken differently than it was sent
}

// A LogLine is one remark. External is the Id as it was sent.
type LogLine struct {
	Project  int64  `json:"external_id"`
	External string `json:"sent_id,omitempty"`
	Order    int64  `json:"order,omitempty"`
	Reason   string `json:"reason"`
}

// Orders are all orders by document id, those whose card is in the Trash
// left out.
func (c *CRM) Orders() []OrderState {
	c.catchUp()
	return c.orderStates(false)
}

// Cards are all cards by id, those in the Trash left out.
func (c *CRM) Cards() []CardState {
	c.catchUp()
	return c.cardStates(false)
}

// Log is what became of each document so far.
func (c *CRM) Log() []DocumentLog {
	c.catchUp()
	c.mu.Lock()
	defer c.mu.Unlock()
	all := []DocumentLog{}
	for _, l := range c.log {
		all = append(all, l.clone())
	}
	return all
}

func (l *DocumentLog) clone() DocumentLog {
	kept := *l
	kept.Taken, kept.Refused, kept.Notes = slices.Clone(l.Taken), slices.Clone(l.Refused), slices.Clone(l.Notes)
	return kept
}

func (c *CRM) orderStates(deleted bool) []OrderState {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := []OrderState{}
	for _, o := range c.byID {
		if !o.card.deleted || deleted {
			all = append(all, c.orderState(o))
		}
	}
	return all
}

func (c *CRM) orderState(o *order) OrderState {
	s := OrderState{
		ExternalID: o.reference, Number: o.number, Status: string(o.state), CardStatus: o.card.statusName(),
		Owner: c.userName(o.card.user), Amount: canonical(o.gross), Currency: o.currency, CardID: o.card.id,
		Fields: o.card.labels(), Items: []ItemState{},
	}
	if o.customer != nil {
		s.CustomerExternalID = o.customer.reference
	}
	for _, l := range o.lines {
		s.Items = append(s.Items, l.state())
	}
	return s
}

func (l line) state() ItemState {
	return ItemState{l.reference, l.name, l.sku, canonical(l.price), canonical(l.quantity), canonical(l.rate)}
}

// labels are the fields that are set, as a person sees them.
func (k *card) labels() map[string]string {
	all := make(map[string]string)
	for _, f := range k.module.fields {
		if text := f.label(k.fields[f.name]); text != "" {
			all[f.name] = text
		}
	}
	return all
}

func (c *CRM) cardStates(deleted bool) []CardState {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := []CardState{}
	for id := int64(1); id <= c.nextCard; id++ {
		if k := c.cards[id]; !k.deleted || deleted {
			all = append(all, c.cardState(k))
		}
	}
	return all
}

func (c *CRM) cardState(k *card) CardState {
	s := CardState{
		ID: k.id, ExternalID: k.reference, Category: k.module.id, Name: k.name, Status: k.statusName(),
		Owner: c.userName(k.user), Fields: k.labels(), Contacts: []ContactState{}, Orders: []int64{},
	}
	for _, person := range append([]int64{k.contact}, k.people...) {
		if p := c.contacts[person]; p != nil && !p.business {
			s.Contacts = append(s.Contacts, p.state())
		}
	}
	if p := c.contacts[k.business]; p != nil {
		company := p.state()
		s.Business = &company
	}
	for _, o := range k.orders {
		s.Orders = append(s.Orders, o.reference)
	}
	if k.order != nil {
		s.Orders = append(s.Orders, k.order.reference)
	}
	return s
}

func (p *contact) state() ContactState {
	return ContactState{
		ID: p.id, ExternalID: p.reference, Name: p.name(), FirstName: p.fields["FirstName"], LastName: p.fields["LastName"],
		Email: p.fields["Email"], Phone: p.fields["Phone"], VATNumber: p.fields["VatNumber"],
	}
}

// control answers the addresses under /_sim/.
func (c *CRM) control(w http.ResponseWriter, r *http.Request, name string) {
	body, err := c.controlBody(r, name)
	status := http.StatusOK
	switch {
	case errors.Is(err, errNoControl):
		status = http.StatusNotFound
	case errors.Is(err, errControlMethod):
		status = http.StatusMethodNotAllowed
	case err != nil:
		status = http.StatusBadRequest
	}
	if err != nil {
		body = map[string]string{"error": err.Error()}
	}
	text, err := json.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"error":"printing the answer"}`)
	}
	answer{status, "application/json; charset=utf-8", append(text, '\n')}.write(w)
}

var (
	errNoControl     = errors.New("there is no such control address")
	errControlMethod = errors.New("this control address does not know the method")
)

func (c *CRM) controlBody(r *http.Request, name string) (any, error) {
	deleted := r.URL.Query().Get("deleted") == "1"
	reads := map[string]func() any{
		"stats":  c.stats,
		"orders": func() any { return c.orderStates(deleted) },
		"cards":  func() any { return c.cardStates(deleted) },
		"log":    func() any { return c.Log() },
		"stock":  c.stockState,
		"faults": c.faultStates,

		"switches":   func() any { return c.Switches() },
		"webhooks":   c.hookStates,
		"phonecalls": c.phoneCallStates,
	}
	writes := map[string]func(io.Reader) error{
		"faults": c.addFault, "clock": c.moveClock, "person": c.editByHand, "module": c.editModule, "switches": c.mergeSwitches, "mails": c.addMail,
	}
	read, readable := reads[name]
	write, writable := writes[name]
	switch {
	case !readable && !writable:
		return nil, errNoControl
	case r.Method == http.MethodGet && readable:
		return read(), nil
	case r.Method == http.MethodPost && writable:
		if err := write(http.MaxBytesReader(nil, r.Body, maxBody)); err != nil {
			return nil, err
		}
		c.mu.Lock()
		c.revision++
		c.mu.Unlock()
		return map[string]bool{"ok": true}, nil
	case r.Method == http.MethodDelete && name == "faults":
		c.mu.Lock()
		c.faults = nil
		c.revision++
		c.mu.Unlock()
		return map[string]bool{"ok": true}, nil
	}
	return nil, errControlMethod
}

func (c *CRM) stats() any {
	c.mu.Lock()
	defer c.mu.Unlock()
	calls := maps.Clone(c.calls)
	return struct {
		Calls       map[string]int `json:"calls"`
		RateLimited int            `json:"rate_limited"`
		Documents   int            `json:"documents"`
	}{calls, c.limited, c.documents}
}

// readControl decodes a control document, refusing keys it does not know.
func readControl(body io.Reader, to any) error {
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return fmt.Errorf("reading the body: %w", err)
	}
	if !atEnd(d) {
		return errors.New("reading the body: something follows the object; send one at a time")
	}
	return nil
}

// lastYear is where the clock ends. Up to there it can be told how far it was moved.
const lastYear = 2200

func (c *CRM) moveClock(body io.Reader) error {
	var sent struct {
		Advance string `json:"advance"`
	}
	if err := readControl(body, &sent); err != nil {
		return err
	}
	step, err := time.ParseDuration(sent.Advance)
	if err != nil {
		return fmt.Errorf("reading advance: %w", err)
	}
	if step < 0 {
		return fmt.Errorf("the clock moves forward only, not by %s", step)
	}
	c.mu.Lock()
	moved := c.now().Add(step)
	tooFar := c.offset+step < c.offset || moved.Year() > lastYear
	if !tooFar {
		c.offset += step
	}
	c.mu.Unlock()
	if tooFar {
		return fmt.Errorf("the clock cannot move by %s: it ends with the year %d", step, lastYear)
	}
	c.process(false)
	c.awaken() // what waits still, waits shorter
	c.mu.Lock()
	c.resegment()
	c.mu.Unlock()
	return nil
}
