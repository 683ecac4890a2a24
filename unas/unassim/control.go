package unassim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"
)

// maxControl bounds a document given to a control address: some 300,000 orders.
const maxControl = 1 << 30

// controlRoutes are the control addresses.
func (s *Shop) controlRoutes(mux *http.ServeMux) {
	for pattern, run := range map[string]func(*http.Request, []byte) (any, error){
		"GET /_sim/stats":              s.showStats,
		"GET /_sim/orders":             s.listOrders,
		"POST /_sim/orders":            s.postOrders,
		"DELETE /_sim/orders/{key...}": s.deleteOrder,
		"POST /_sim/customers":         s.postCustomers,
		"POST /_sim/statuses":          s.postStatuses,
		"GET /_sim/faults":             s.listFaults,
		"POST /_sim/faults":            s.postFault,
		"DELETE /_sim/faults":          s.forgetFaults,
		"GET /_sim/clock":              s.showClock,
		"POST /_sim/clock":             s.postClock,
		"GET /_sim/switches":           s.showSwitches,
		"POST /_sim/switches":          s.postSwitches,
		"GET /_sim/webhooks":           s.listWebhooks,
		"DELETE /_sim/webhooks":        s.forgetWebhooks,
	} {
		mux.HandleFunc(pattern, s.control(run))
	}
}

// control makes a handler of a function that answers a control address: a value printed as JSON, or an error
// printed as {"error": "..."} with HTTP 400, 404 for errNoOrder.
func (s *Shop) control(run func(r *http.Request, body []byte) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxControl))
		var answer any
		if err == nil {
			answer, err = run(r, body)
		}
		if r.Method != http.MethodGet {
			s.changes()
		}
		status := http.StatusOK
		if err != nil {
			status, answer = http.StatusBadRequest, map[string]string{"error": err.Error()}
		}
		if errors.Is(err, errNoOrder) {
			status = http.StatusNotFound
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		_ = e.Encode(answer) // a client that went away is not our trouble
	}
}

var errNoOrder = errors.New("there is no such order")

func (s *Shop) showStats(*http.Request, []byte) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	copied, err := json.Marshal(s.stats)
	return json.RawMessage(copied), err
}

// stored tells what a control call did.
type stored struct {
	Added    int `json:"added"`
	Replaced int `json:"replaced"`
}

// postOrders adds or replaces orders by Id; their DateMod becomes now. All or none are taken.
func (s *Shop) postOrders(_ *http.Request, body []byte) (any, error) {
	now := second(s.Now())
	batch, err := s.readOrders(body, now, func(o *order, sh sheet) sheet { return s.stamp(o, sh, now) })
	if err != nil {
		return nil, err
	}
	for _, l := range batch {
		l.seen = now
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	added, replaced := s.arrive(batch, arrival)
	return stored{added, replaced}, nil
}

func (s *Shop) postCustomers(_ *http.Request, body []byte) (any, error) {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	now := second(s.Now())
	var batch []*customer
	place := 0
	root, err := eachChild(masked(body), func(n *node) error {
		place++
		cu, err := s.customerFrom(body, n, now)
		if err != nil {
			return fmt.Errorf("customer %d: %w", place, err)
		}
		batch = append(batch, cu)
		return nil
	})
	if err == nil && root != "Customers" {
		err = fmt.Errorf("the root element is %s; Customers is wanted", root)
	}
	if err != nil {
		return nil, fmt.Errorf("reading customers: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	before := make([]*customer, len(batch))
	for i, cu := range batch {
		before[i] = s.customers[cu.id]
	}
	added, replaced := s.storeCustomers(batch)
	for i, cu := range batch {
		s.raiseCustomer(before[i], cu, eventModification)
	}
	return stored{added, replaced}, nil
}

// raiseCustomer tells of a customer who came, changed, as kind says, left a basket, or went: then next is nil.
func (s *Shop) raiseCustomer(was, next *customer, kind string) {
	switch {
	case next == nil:
		s.raise(event{kind: eventCustomerDelete, customer: was})
		return
	case was == nil:
		kind = eventRegistration
	}
	s.raise(event{kind: kind, customer: next})
	if leftCart(next) && (was == nil || !leftCart(was)) {
		s.raise(event{kind: eventCart, customer: next})
	}
}

// leftCart tells whether a customer has a basket that was not bought.
func leftCart(cu *customer) bool {
	return len(customerTree(cu).kid("AbandonedCart", "Items").all("Item")) > 0
}

// postStatuses adds or replaces statuses. Orders in a renamed status print its new name from then on; their
// DateMod stays, for nothing happened to them.
func (s *Shop) postStatuses(_ *http.Request, body []byte) (any, error) {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	now := second(s.Now())
	var batch []*status
	root, err := eachChild(masked(body), func(n *node) error {
		st := &status{
			id: n.at("Id"), name: n.at("Name"), kind: n.at("Type"), invoiceStatus: n.at("InvoiceStatus"),
			raw: cut(body, n).bytes(), since: now,
		}
		batch = append(batch, st)
		if st.id == "" {
			return fmt.Errorf("status %d: Id is missing (Name %q)", len(batch), st.name)
		}
		return nil
	})
	if err == nil && root != "OrderStatuses" {
		err = fmt.Errorf("the root element is %s; OrderStatuses is wanted", root)
	}
	if err != nil {
		return nil, fmt.Errorf("reading statuses: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var did stored
	for _, st := range batch {
		known := s.statusByID(st.id)
		if known == nil {
			s.addStatus(st)
			did.Added++
			continue
		}
		renamed := known.name != st.name
		st.position = known.position
		*known = *st
		did.Replaced++
		if renamed {
			if err := s.renameStatus(st); err != nil {
				return nil, err
			}
		}
	}
	return did, nil
}

func (s *Shop) renameStatus(st *status) error {
	var batch []*order
	for _, o := range s.byID.list {
		if o.statusID != st.id || o.status == "" {
			continue
		}
		next, sh, err := s.changed(o)
		if err != nil {
			return err
		}
		next.status = st.name
		next.raw = sh.put(leaf("Status", st.name), "").bytes()
		batch = append(batch, next)
	}
	s.storeOrders(batch)
	return nil
}

// deleteOrder deletes without a trace, by full key, number or the key a marketplace order has in the shop.
func (s *Shop) deleteOrder(r *http.Request, _ []byte) (any, error) {
	key := r.PathValue("key")
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, found := range [][]*order{s.keys[key], s.internalKeys[key], s.numbers[key]} {
		if len(found) > 0 {
			s.dropOrder(found[0])
			s.raise(event{kind: eventOrderDelete, order: found[0]})
			return map[string]string{"deleted": found[0].key}, nil
		}
	}
	return nil, fmt.Errorf("order %s: %w", key, errNoOrder)
}

// orderSummary is an order of GET /_sim/orders; sum and dates are as the shop prints them.
type orderSummary struct {
	ID       string `json:"id"`
	Key      string `json:"key"`
	Status   string `json:"status"`
	SumGross string `json:"sum_gross"`
	Date     string `json:"date"`
	DateMod  string `json:"date_mod"`
}

func (s *Shop) listOrders(*http.Request, []byte) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]orderSummary, 0, len(s.byID.list))
	for _, o := range s.byID.list {
		list = append(list, orderSummary{o.id, o.key, o.status, o.sum, o.placedText, o.modifiedText})
	}
	return list, nil
}

// listFaults shows the faults that still have to happen, by endpoint and in their order.
func (s *Shop) listFaults(*http.Request, []byte) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []Fault{}
	for _, endpoint := range slices.Sorted(maps.Keys(s.faults)) {
		for _, f := range s.faults[endpoint] {
			list = append(list, *f)
		}
	}
	return list, nil
}

func (s *Shop) forgetFaults(*http.Request, []byte) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	forgotten := len(s.faults)
	s.faults = map[string][]*Fault{}
	return map[string]int{"forgotten": forgotten}, nil
}

func (s *Shop) postFault(_ *http.Request, body []byte) (any, error) {
	var f Fault
	if err := json.Unmarshal(body, &f); err != nil {
		return nil, fmt.Errorf("reading the fault: %w", err)
	}
	if err := s.Inject(f); err != nil {
		return nil, fmt.Errorf("reading the fault: %w", err)
	}
	return map[string]int{"times": max(f.Times, 1)}, nil
}

func (s *Shop) showClock(*http.Request, []byte) (any, error) {
	return map[string]string{"now": s.Now().Format(time.RFC3339)}, nil
}

func (s *Shop) postClock(_ *http.Request, body []byte) (any, error) {
	var asked struct {
		Advance string `json:"advance"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&asked); err != nil {
		return nil, fmt.Errorf("reading the clock: %w", err)
	}
	by, err := time.ParseDuration(asked.Advance)
	if err != nil {
		return nil, fmt.Errorf("reading the clock: advance: %w", err)
	}
	s.Advance(by)
	return s.showClock(nil, nil)
}
