package unassim

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// invoiceStates are the texts of Invoice/Status.
var invoiceStates = map[string]string{"0": "Nem számlázható", "1": "Számlázható", "2": "Számlázva"}

// invoiceStateOf is what a status' InvoiceStatus makes of an order that enters it; "default" changes nothing.
var invoiceStateOf = map[string]string{"not_billable": "0", "billable": "1", "billed": "2"}

// setOrder answers the endpoint of that name ("Megrendelések módosítása"): orders are handled one by one in
// the order given, the first error ends the call, what came before it stays done, and nothing after it is
// tried. The answer holds a result for each order that was tried.
func (s *Shop) setOrder(c *call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	results := branch("Orders")
	for _, n := range c.params.all("Order") {
		action := cmp.Or(n.at("Action"), "add")
		id, key, err := s.setOne(action, n)
		result := branch("Order", leaf("Action", action))
		if s.options.Switches.SetOrderResult != "" {
			result.put("Id", id)
		}
		if s.options.Switches.SetOrderResult != "id" {
			result.put("Key", key)
		}
		result.put("Status", "ok")
		if err != nil {
			result.put("Status", "error")
			result.put("Error", err.Error())
		}
		results.kids = append(results.kids, result)
		if err != nil {
			break
		}
	}
	return document(results), nil
}

func (s *Shop) setOne(action string, n *node) (id, key string, err error) {
	if action == "add" {
		return s.addOrder(n)
	}
	key = n.at("Key")
	found := s.ordersByKey(key)
	if len(found) == 0 {
		return "", key, errors.New("Order not found")
	}
	o := found[0]
	switch action {
	case "delete":
		s.dropOrder(o)
		s.raise(event{kind: eventOrderDelete, order: o})
		return o.id, key, nil
	case "modify":
		return o.id, key, s.modifyOrder(o, n)
	}
	return o.id, key, fmt.Errorf("Unknown Action: %s", action)
}

// modifyOrder changes what n names: an element that is missing leaves its value, an empty one clears it.
func (s *Shop) modifyOrder(o *order, n *node) error {
	next, sh, err := s.changed(o)
	if err != nil {
		return err
	}
	paidBefore := paid(sh)
	for _, k := range n.kids {
		if sh, err = s.modifyElement(next, sh, k); err != nil {
			return err
		}
	}
	if !s.options.Switches.QuietSetOrder {
		sh = s.stamp(next, sh, second(s.now()))
	}
	paidNow := paid(sh)
	next.raw = sh.bytes()
	s.storeOrders([]*order{next})
	s.raiseChange(o, next)
	if paidNow && !paidBefore {
		s.raise(event{kind: eventPayment, order: next})
	}
	return nil
}

// raiseChange tells of a change of an order: of its status, else of anything.
func (s *Shop) raiseChange(o, next *order) {
	kind := eventOrderModify
	if o.statusID != next.statusID {
		kind = eventOrderStatus
	}
	s.raise(event{kind: kind, order: next})
}

// paid tells whether all of an order is paid.
func paid(sh sheet) bool {
	state := sh.element("Payment").at("Status")
	return state == "paid" || state == "overpaid"
}

// modifyElement changes one element of an order. Elements that setOrder cannot write are passed over.
func (s *Shop) modifyElement(o *order, sh sheet, k *node) (sheet, error) {
	switch k.name {
	case "Status":
		return s.enterStatus(o, sh, k)
	case "StatusDetails", "Referer", "Currency":
		if k.name == "Currency" {
			o.currency = k.text
		}
		return sh.put(leaf(k.name, k.text), "Status"), nil
	case "Type", "OrderType":
		o.orderType = k.text
		return sh.put(leaf("Type", k.text), "Currency"), nil
	case "Invoice":
		return modifyInvoice(o, sh, k)
	case "Payment":
		merged, err := modifyPayment(o, sh.element(k.name), k)
		if err != nil {
			return nil, err
		}
		return sh.put(merged, "Authenticated"), nil
	case "Shipping", "Storno", "Customer":
		merged := overlay(sh.element(k.name), k)
		if k.name == "Customer" {
			o.email, o.customerID = merged.at("Email"), merged.at("Id")
		}
		return sh.put(merged, "Invoice"), nil
	case "Comments":
		return sh.put(mergeList(sh.element(k.name), k, "Comment", "Type"), "Info"), nil
	case "Params":
		if len(k.kids) > 0 {
			k = mergeList(sh.element("Params"), k, "Param", "Id")
		}
		return sh.put(k, "Comments"), nil
	case "Items":
		return s.modifyItems(o, sh, k), nil
	}
	return sh, nil
}

// enterStatus sets the status by name or id, with all that follows from it: StatusID, StatusType,
// StatusDateMod, and the invoice state that the status asks for.
func (s *Shop) enterStatus(o *order, sh sheet, k *node) (sheet, error) {
	asked := (&node{kids: []*node{k}}).at("Status")
	st := cmp.Or(s.statusByName(asked), s.statusByID(asked))
	if st == nil {
		return nil, fmt.Errorf("Status not found: %s", asked)
	}
	o.status, o.statusID, o.statusKind = st.name, st.id, st.kind
	sh = sh.put(leaf("Status", st.name), "Currency")
	o.statusChanged = s.now().Unix()
	sh = sh.put(leaf("StatusDateMod", s.print(s.now())), "Status")
	sh = sh.put(leaf("StatusID", st.id), "StatusDateMod")
	sh = sh.put(leaf("StatusType", st.kind), "StatusID")
	if state, ok := invoiceStateOf[st.invoiceStatus]; ok {
		sh = setInvoiceState(o, sh, state)
	}
	return sh, nil
}

// modifyItems changes the lines. Whether Items replaces the list is documented nowhere; a list given is taken as
// the whole list. The total follows the lines where they can be added up.
func (s *Shop) modifyItems(o *order, sh sheet, k *node) sheet {
	items := branch("Items", k.kids...)
	if s.options.Switches.MergeItems {
		items = mergeList(sh.element("Items"), k, "Item", "Id")
	}
	sh = sh.put(items, "SumPriceGross")
	if sum, err := sumOf(items.all("Item")); err == nil {
		o.sum = plain(sum)
		sh = sh.put(leaf("SumPriceGross", o.sum), "Comments")
	}
	return sh
}

func modifyInvoice(o *order, sh sheet, k *node) (sheet, error) {
	merged := overlay(sh.element("Invoice"), k)
	if k.first("Status") != nil {
		state := k.at("Status")
		if invoiceStates[state] == "" {
			return nil, fmt.Errorf("Invoice Status not valid: %s", state)
		}
		o.invoice = state
		merged.put("StatusText", invoiceStates[state])
	}
	return sh.put(merged, "Shipping"), nil
}

// setInvoiceState sets Invoice/Status and its text.
func setInvoiceState(o *order, sh sheet, state string) sheet {
	o.invoice = state
	invoice := sh.element("Invoice")
	invoice.text = ""
	invoice.put("Status", state)
	invoice.put("StatusText", invoiceStates[state])
	return sh.put(invoice, "Shipping")
}

// mergeList replaces the elements that agree in one child and adds the others.
func mergeList(there, change *node, element, by string) *node {
	merged := branch(change.name, there.kids...)
	for _, k := range change.all(element) {
		i := slices.IndexFunc(merged.kids, func(old *node) bool { return old.at(by) == k.at(by) })
		if i < 0 {
			merged.kids = append(merged.kids, k)
			continue
		}
		merged.kids[i] = k
	}
	return merged
}

// addOrder places an order from outside. The shop gives Id and Key; the answer prints the key without the
// shop's number in front, as the documentation's example does.
func (s *Shop) addOrder(n *node) (id, key string, err error) {
	if n.first("Items") == nil {
		return "", "", errors.New("Items is missing")
	}
	if len(s.statuses) == 0 {
		return "", "", errors.New("the shop has no status")
	}
	st := s.statuses[0]
	if asked := n.at("Status"); asked != "" {
		if st = cmp.Or(s.statusByName(asked), s.statusByID(asked)); st == nil {
			return "", "", fmt.Errorf("Status not found: %s", asked)
		}
	}
	now := s.print(s.now())
	full := s.options.ShopID + "-" + strconv.Itoa(s.lastNumber+1)
	if s.options.Switches.ReuseKeys && s.freedKey != "" && len(s.keys[s.freedKey]) == 0 {
		full, s.freedKey = s.freedKey, ""
	}
	whole := branch("Order",
		leaf("Key", full), leaf("Id", strconv.FormatUint(s.lastID+1, 10)),
		leaf("Date", cmp.Or(n.at("Date"), now)), leaf("DateMod", now))
	for _, k := range n.kids {
		switch k.name {
		case "Action", "Key", "Id", "Date", "DateMod", "Status", "StatusEmail", "OrderEmail":
		case "OrderType":
			whole.put("Type", k.text)
		default:
			whole.kids = append(whole.kids, k)
		}
	}
	whole.kids = append(whole.kids, leaf("Status", st.name), leaf("StatusDateMod", now), leaf("StatusID", st.id), leaf("StatusType", st.kind))
	if sum, err := sumOf(n.kid("Items").all("Item")); err == nil && n.first("SumPriceGross") == nil {
		whole.put("SumPriceGross", plain(sum))
	}
	o, err := s.place(whole, func(*order) event { return event{kind: eventOrderThirdParty, source: "unas_api"} })
	if err != nil {
		return "", "", err
	}
	if s.options.Switches.FullResultKey {
		return o.id, o.key, nil
	}
	return o.id, keyNumber(o.key), nil
}

// place stores an order that was made as a tree and tells of it, as kind says. The caller holds the lock.
func (s *Shop) place(whole *node, kind func(*order) event) (*order, error) {
	o, err := s.facts(whole, s.now())
	if err != nil {
		return nil, fmt.Errorf("placing an order: %w", err)
	}
	o.raw = inner(whole.kids...)
	s.arrive([]*learned{{order: o, customer: whole.kid("Customer"), seen: s.now()}}, kind)
	return o, nil
}

// arrive stores orders and tells of what is new: orders and customers that came, and orders that changed. kind
// says which event a new order is.
func (s *Shop) arrive(batch []*learned, kind func(*order) event) (added, replaced int) {
	before, strangers := make([]*order, len(batch)), map[string]bool{}
	for i, l := range batch {
		before[i] = s.orders[l.order.id]
		if id := l.order.customerID; id != "" && s.customers[id] == nil {
			strangers[id] = true
		}
	}
	added, replaced = s.admitOrders(batch)
	for _, id := range slices.Sorted(maps.Keys(strangers)) {
		s.raise(event{kind: eventRegistration, customer: s.customers[id]})
	}
	for i, l := range batch {
		if before[i] != nil {
			s.raiseChange(before[i], l.order)
			continue
		}
		e := kind(l.order)
		e.order = l.order
		s.raise(e)
	}
	return added, replaced
}

// arrival is the event of an order that came by itself: a marketplace's is a third party's.
func arrival(o *order) event {
	if o.internalKey != "" {
		return event{kind: eventOrderThirdParty, source: "emag_api"}
	}
	return event{kind: eventOrderSend}
}
