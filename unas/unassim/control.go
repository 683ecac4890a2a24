package unassim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// maxControl bounds a document given to a control address: some 300,000 orders.
const maxControl = 1 << 30

// control makes a handler of a function that answers a control address: a value printed as JSON, or an error
// printed as {"error": "..."} with HTTP 400, 404 for errNoOrder.
func (s *Shop) control(run func(r *http.Request, body []byte) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxControl))
		var answer any
		if err == nil {
			answer, err = run(r, body)
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
	added, replaced := s.admitOrders(batch)
	return stored{added, replaced}, nil
}

// readOrders reads an <Orders> document. finish sets DateMod; errors name the order's place in the document.
func (s *Shop) readOrders(document []byte, seen time.Time, finish func(*order, sheet) sheet) ([]*learned, error) {
	document = bytes.TrimPrefix(document, []byte("\ufeff"))
	var batch []*learned
	first := map[string]*learned{}
	place := 0
	root, err := eachChild(masked(document), func(n *node) error {
		place++
		if n.name != "Order" {
			return fmt.Errorf("element %d: %s where an Order should be", place, n.name)
		}
		o, err := s.facts(n, seen)
		if err != nil {
			return fmt.Errorf("order %d: %w", place, err)
		}
		o.raw = finish(o, cut(document, n)).bytes()
		l := &learned{order: o}
		// Only the first order of a customer says who they are; the trees of the others may go.
		if known := first[o.customerID]; o.customerID != "" && (known == nil || o.placed < known.order.placed) {
			if known != nil {
				known.customer = nil
			}
			first[o.customerID], l.customer = l, n.kid("Customer")
		}
		batch = append(batch, l)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading orders: %w", err)
	}
	if root != "Orders" {
		return nil, fmt.Errorf("reading orders: the root element is %s; Orders is wanted", root)
	}
	return batch, nil
}

// admitOrders stores orders and makes the shop know what they mention. The caller holds the lock.
func (s *Shop) admitOrders(batch []*learned) (added, replaced int) {
	s.learn(batch)
	orders := make([]*order, len(batch))
	for i, l := range batch {
		orders[i] = l.order
	}
	return s.storeOrders(orders)
}

// Load takes an <Orders> document, such as an answer of getOrder, as the whole shop: its orders are kept with
// their dates (a missing DateMod becomes the Date), and their statuses, methods, order types and customers
// become the shop's own in place of the built-in ones. Nothing changes if it returns an error.
func (s *Shop) Load(r io.Reader) error {
	document, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("reading orders: %w", err)
	}
	batch, err := s.readOrders(document, second(s.Now()), func(o *order, sh sheet) sheet {
		if o.modifiedText != "" || o.placedText == "" {
			return sh
		}
		o.modifiedText = o.placedText
		return sh.put(leaf("DateMod", o.placedText), "Date")
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.people, s.statuses, s.methods, s.orderTypes, s.world = nil, nil, nil, nil, world{}
	s.customers, s.byCustomer = map[string]*customer{}, nil
	s.orders, s.keys, s.numbers, s.internalKeys = map[string]*order{}, keyIndex{}, keyIndex{}, keyIndex{}
	s.byID.list, s.byPlaced.list, s.byModified.list = nil, nil, nil
	s.admitOrders(batch)
	return nil
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
	added, replaced := s.storeCustomers(batch)
	return stored{added, replaced}, nil
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
	return map[string]string{"now": s.Now().Format(time.RFC3339)}, nil
}
