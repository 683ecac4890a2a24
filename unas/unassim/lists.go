package unassim

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// status is an order status of the shop ("Megrendelés státuszok").
type status struct {
	id, name, kind string // kind is the Type: open_normal, open_prepare, close_ok or close_fault
	position       int    // Order: what getOrder calls the ordinal number of the status
	invoiceStatus  string // what entering does to the invoice: default, not_billable, billable or billed
	raw            []byte // the inside of OrderStatus when it was posted; nil: written from the fields
	since          time.Time
}

// method is a way to pay or to ship ("Fizetési és szállítási módok").
type method struct {
	id, name, kind, subKind string // kind is payment or shipping, subKind the type of a payment
	position                int
	since                   time.Time
	raw                     []byte // the inside of Method when it was set; nil: written from the fields
}

// orderType is a type of order ("Megrendelés típusok").
type orderType struct {
	id, name string
	standard bool
	position int
	since    time.Time
}

// Status is an order status as getOrderStatus lists it.
type Status struct {
	ID   string // an integer, unique in the shop; 0 is possible
	Name string // what getOrder prints as Status
	Type string // open_normal, open_prepare, close_ok or close_fault
}

// BuiltInStatuses are the statuses of a shop that was not loaded from a file. A VIP shop has
// BuiltInPrepareStatus too: only that plan knows the type open_prepare.
func BuiltInStatuses() []Status {
	return []Status{
		{"4058508", "Feldolgozásra vár", "open_normal"},
		{"4058509", "Jóváhagyva", "open_normal"},
		{"4058510", "Csomagolható", "open_normal"},
		{"4058511", "Kiszállítás alatt", "open_normal"},
		{"4058512", "Megrendelés lezárva", "close_ok"},
		{"4058514", "Visszamondva", "close_fault"},
	}
}

// BuiltInPrepareStatus is the status of a VIP shop for orders that are not to be worked on yet.
func BuiltInPrepareStatus() Status { return Status{"4058516", "Előkészítés alatt", "open_prepare"} }

// Statuses are the shop's own statuses in their order.
func (s *Shop) Statuses() []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Status, len(s.statuses))
	for i, st := range s.statuses {
		list[i] = Status{ID: st.id, Name: st.name, Type: st.kind}
	}
	return list
}

func (s *Shop) addBuiltIns() {
	since := s.now().AddDate(-2, 0, 0)
	known := BuiltInStatuses()
	if s.options.Plan == PlanVIP {
		known = append(known, BuiltInPrepareStatus())
	}
	for _, st := range known {
		s.addStatus(&status{id: st.ID, name: st.Name, kind: st.Type, invoiceStatus: entering[st.Type], since: since})
	}
	for _, m := range builtInMethods {
		m.since, m.position = since, len(s.methods)+1
		s.methods = append(s.methods, &m)
	}
	s.addGroups()
	s.addCatalogue()
	s.orderTypes = []*orderType{
		{id: "3101", name: "Normál", standard: true, position: 1, since: since},
		{id: "3102", name: "Garanciális csere", position: 2, since: since},
	}
}

// entering is what the built-in statuses do to the invoice state of an order that enters them. A closed order
// becomes billable; nothing else changes by itself.
var entering = map[string]string{"close_ok": "billable"}

func (s *Shop) addStatus(st *status) {
	st.position = len(s.statuses) + 1
	if st.invoiceStatus == "" {
		st.invoiceStatus = "default"
	}
	s.statuses = append(s.statuses, st)
}

func (s *Shop) statusByID(id string) *status {
	for _, st := range s.statuses {
		if st.id == id {
			return st
		}
	}
	return nil
}

func (s *Shop) statusByName(name string) *status {
	for _, st := range s.statuses {
		if st.name == name {
			return st
		}
	}
	return nil
}

// getOrderStatus lists statuses, all or by Id or Type.
func (s *Shop) getOrderStatus(c *call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, kind := c.params.at("Id"), c.params.at("Type")
	var rows [][]byte
	for _, st := range s.statuses {
		if id != "" && st.id != id || kind != "" && st.kind != kind {
			continue
		}
		row := s.statusInner(st)
		if s.options.Switches.StatusWithoutType {
			whole := (&record{XML: row}).tree("OrderStatus")
			row = inner(slices.DeleteFunc(whole.kids, func(k *node) bool { return k.name == "Type" })...)
		}
		rows = append(rows, row)
	}
	return listing("OrderStatuses", "OrderStatus", rows), nil
}

// statusInner leaves Text and OrderType out: UNAS does when they are empty.
func (s *Shop) statusInner(st *status) []byte {
	if st.raw != nil {
		return st.raw
	}
	since := s.print(st.since)
	return inner(
		leaf("Id", st.id), leaf("Name", st.name), leaf("Type", st.kind), leaf("Order", strconv.Itoa(st.position)),
		branch("Alert", leaf("Email", "yes"), leaf("SMS", "no")),
		leaf("InvoiceStatus", st.invoiceStatus),
		leaf("Color", strconv.Itoa(1+(st.position-1)%19)), leaf("StockColor", "not_specified"),
		leaf("Creation", since), leaf("Modification", since),
	)
}

// getOrderType lists order types, all or by Id.
func (s *Shop) getOrderType(c *call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := c.params.at("Id")
	var rows [][]byte
	for _, t := range s.orderTypes {
		if id != "" && t.id != id {
			continue
		}
		since := s.print(t.since)
		rows = append(rows, inner(
			leaf("Id", t.id), leaf("Name", t.name), leaf("Default", yesNo(t.standard)),
			leaf("Order", strconv.Itoa(t.position)), leaf("Creation", since), leaf("Modification", since),
		))
	}
	return listing("OrderTypes", "OrderType", rows), nil
}

// getMethod lists ways to pay and to ship, all or by Id or Type.
func (s *Shop) getMethod(c *call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, kind := c.params.at("Id"), c.params.at("Type")
	var rows [][]byte
	for _, m := range s.methods {
		if id != "" && m.id != id || kind != "" && m.kind != kind {
			continue
		}
		rows = append(rows, s.methodInner(m))
	}
	return listing("Methods", "Method", rows), nil
}

// methodInner leaves out what is empty. A way to ship has a provider, its fees and limits; a way to pay has a
// SubType. Source: UNAS API documentation, getMethod, its example and field list.
func (s *Shop) methodInner(m *method) []byte {
	if m.raw != nil {
		return m.raw
	}
	since := s.print(m.since)
	shipping := m.kind == "shipping"
	d := methodDetails[m.id]
	n := branch("Method",
		leaf("Id", m.id), optional("ProviderId", d.provider), leaf("Name", m.name), leaf("Active", "yes"), leaf("Type", m.kind),
		optional("SubType", m.subKind), optional("Text", d.text), leaf("Order", strconv.Itoa(m.position)),
		leaf("DisplayOnContactPage", "yes"), optional("Tax", when(shipping, "27")), optional("DeliveryPointGroup", d.points))
	if d.fee != "" {
		n.kids = append(n.kids, branch("Limitations", leaf("MaxWeight", "40"),
			branch("CustomerTypes", leaf("CustomerType", "private"), leaf("CustomerType", "company"))), shippingFee(d.fee))
	}
	if d.cost != "" {
		n.kids = append(n.kids, branch("AdditionalCosts", leaf("Amount", d.cost), leaf("Percent", "0"), leaf("Min", "0"), leaf("Max", "0")))
	}
	n.kids = append(n.kids, leaf("Creation", since), leaf("Modification", since))
	return inner(arranged(n, methodLayout).kids...)
}

// shippingFee costs that much below a limit, less above it, and nothing from the next on: "-" is an open end.
func shippingFee(amount string) *node {
	fee := func(lower, upper, amount string) *node {
		return branch("Fee", leaf("LowerLimit", lower), leaf("UpperLimit", upper), leaf("Amount", amount))
	}
	return branch("ShippingFee", leaf("Type", "amount"), fee("0", "20000", amount), fee("20000", "45000", "990"), fee("45000", "-", "0"))
}

// details are what a built-in method shows besides its name.
type details struct{ provider, text, points, fee, cost string }

var methodDetails = map[string]details{
	"6120401": {text: "A számlaszámot e-mailben küldjük."},
	"6120402": {text: "Fizetés a futárnak, készpénzzel vagy kártyával.", cost: "490"},
	"6120421": {provider: "mpl_hu", text: "Kiszállítás 1-2 munkanapon belül.", fee: "1890"},
	"6120422": {provider: "foxpost_hu", text: "Átvétel a választott automatából.", points: "Csomagautomaták", fee: "1390"},
	"6120423": {provider: "shop", text: "Szeged, Deszkás sor 14."},
}

// learn makes the statuses, methods, order types and customers of orders the shop's own, as far as it does
// not know them by id (order types: by name). The caller holds the lock.
func (s *Shop) learn(batch []*learned) {
	for _, l := range batch {
		s.learnStatus(l.order)
		s.learnMethod("payment", l.order.paymentID, l.order.payment, l.order.paymentKind, l.order.placed)
		s.learnMethod("shipping", l.order.shippingID, l.order.shipping, "", l.order.placed)
		s.learnOrderType(l.order)
	}
	s.learnCustomers(batch)
}

// learned is an order on its way into the shop, with its customer.
type learned struct {
	order    *order
	customer *node
	seen     time.Time // when the shop gets to know a new customer; the zero time: when they first ordered
}

// learnStatus gives an order without StatusID the id of the status it names, so that filters find it. The
// order's own text stays as it is.
func (s *Shop) learnStatus(o *order) {
	if o.statusID == "" && o.status == "" {
		return
	}
	st := s.statusByID(o.statusID)
	if o.statusID == "" {
		st = s.statusByName(o.status)
	}
	if st == nil {
		st = &status{id: o.statusID, name: o.status, kind: o.statusKind, since: time.Unix(o.placed, 0)}
		if st.id == "" {
			st.id = s.freeStatusID()
		}
		if st.kind == "" {
			st.kind = "open_normal"
			for _, known := range append(BuiltInStatuses(), BuiltInPrepareStatus()) {
				if strings.EqualFold(known.Name, st.name) {
					st.kind = known.Type
				}
			}
		}
		s.addStatus(st)
	}
	o.statusID = st.id
}

func (s *Shop) freeStatusID() string {
	n := 4070001
	for s.statusByID(strconv.Itoa(n)) != nil {
		n++
	}
	return strconv.Itoa(n)
}

func (s *Shop) learnMethod(kind, id, name, subKind string, placed int64) {
	if id == "" {
		return
	}
	for _, m := range s.methods {
		if m.id == id && m.kind == kind {
			return
		}
	}
	s.methods = append(s.methods, &method{
		id: id, name: name, kind: kind, subKind: subKind, position: len(s.methods) + 1, since: time.Unix(placed, 0),
	})
}

func (s *Shop) learnOrderType(o *order) {
	if o.orderType == "" {
		return
	}
	for _, t := range s.orderTypes {
		if t.name == o.orderType {
			return
		}
	}
	position := len(s.orderTypes) + 1
	s.orderTypes = append(s.orderTypes, &orderType{
		id: strconv.Itoa(3200 + position), name: o.orderType, position: position, since: time.Unix(o.placed, 0),
	})
}

// builtInMethods are the methods that Generate uses.
var builtInMethods = [...]method{
	{id: "6120401", name: "Előre utalás", kind: "payment", subKind: "transfer"},
	{id: "6120402", name: "Utánvét", kind: "payment", subKind: "cod"},
	{id: "6120403", name: "Bankkártya", kind: "payment", subKind: "bankcard"},
	{id: "6120404", name: "Készpénz az üzletben", kind: "payment", subKind: "cash"},
	{id: "6120405", name: "Qvik", kind: "payment", subKind: "qvik"},
	{id: "6120406", name: "Fizetés később", kind: "payment", subKind: "bnpl"},
	{id: "6120421", name: "Házhoz szállítás", kind: "shipping"},
	{id: "6120422", name: "Csomagautomata", kind: "shipping"},
	{id: "6120423", name: "Személyes átvétel", kind: "shipping"},
}
