package unassim

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// The layouts of the shop's lists, in the order of the documentation's tables.
var (
	statusLayout = []string{
		"Id", "Name", "Type", "OrderType", "Order", "Text", "Alert", "InvoiceStatus", "Color", "StockColor", "Creation", "Modification",
	}
	methodLayout = []string{
		"Id", "ProviderId", "Name", "Active", "Type", "SubType", "Text", "AlterText", "Order", "OrderStatus", "OrderType",
		"ForeignKey", "DisplayOnContactPage", "Tax", "PaymentHandlingOnNewOrder", "DeliveryPointGroup",
		"DeliveryPointGroupName", "Weight", "Limitations", "ShippingFee", "AdditionalCosts", "Creation", "Modification", "CustomData",
	}
)

// setOrderStatus answers the endpoint of that name ("Megrendelés státuszok módosítása").
func (s *Shop) setOrderStatus(c *call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return setEach(c, "OrderStatuses", "OrderStatus", func(action string, n *node) ([]*node, error) {
		id, err := s.setStatus(action, n)
		return []*node{leaf("Id", id)}, err
	}), nil
}

func (s *Shop) setStatus(action string, n *node) (id string, err error) {
	id = n.at("Id")
	st := s.statusByID(id)
	switch {
	case action == "add":
		return s.addedStatus(n)
	case action != "modify" && action != "delete":
		return id, unknownAction(action)
	case st == nil:
		return id, errors.New("Status not found: " + id)
	case action == "delete":
		// Orders keep the name and the id of a status that is gone.
		s.statuses = slices.DeleteFunc(s.statuses, func(other *status) bool { return other == st })
		return id, nil
	}
	return id, s.modifyStatus(st, n)
}

func (s *Shop) addedStatus(n *node) (id string, err error) {
	now := second(s.now())
	fresh := &status{id: s.freeStatusID(), kind: "open_normal", position: len(s.statuses) + 1, invoiceStatus: "default", since: now}
	if err := s.statusInto(fresh, n); err != nil {
		return "", err
	}
	if fresh.name == "" {
		return "", errors.New("Name is missing")
	}
	s.statuses = append(s.statuses, fresh)
	return fresh.id, nil
}

func (s *Shop) modifyStatus(st *status, n *node) error {
	next := *st
	if err := s.statusInto(&next, n); err != nil {
		return err
	}
	renamed := next.name != st.name
	*st = next
	if renamed {
		return s.renameStatus(st)
	}
	return nil
}

// statusInto takes what a set call says into a status and checks it; Id only identifies.
func (s *Shop) statusInto(st *status, n *node) error {
	whole := &record{XML: s.statusInner(st)}
	merged := altered(whole.tree("OrderStatus"), written(n, statusLayout, "Id", "Creation", "Modification"))
	// A status that came from outside may lack what UNAS' own example leaves out.
	for element, usual := range map[string]string{
		"Type": "open_normal", "Order": strconv.Itoa(st.position), "InvoiceStatus": "default", "Color": "not_specified", "StockColor": "not_specified",
	} {
		if merged.at(element) == "" {
			merged.put(element, usual)
		}
	}
	name, kind := merged.at("Name"), merged.at("Type")
	if other := s.statusByName(name); name == "" && n.first("Name") != nil || other != nil && other.id != st.id {
		return fmt.Errorf("Name is empty or not unique: %q", name)
	}
	kinds := []string{"open_normal", "close_ok", "close_fault"}
	if s.options.Plan == PlanVIP {
		kinds = append(kinds, "open_prepare")
	}
	position, err := strconv.Atoi(merged.at("Order"))
	switch {
	case !slices.Contains(kinds, kind):
		return errors.New("Type not valid: " + kind)
	case !slices.Contains([]string{"default", "not_billable", "billable", "billed"}, merged.at("InvoiceStatus")):
		return errors.New("InvoiceStatus not valid: " + merged.at("InvoiceStatus"))
	case !isColor(merged.at("Color")) || !isColor(merged.at("StockColor")):
		return errors.New("Color not valid")
	case merged.at("Alert", "SMS") == "yes" && merged.at("Alert", "Email") != "yes":
		return errors.New("Alert SMS needs Email")
	case err != nil:
		return errors.New("Order not valid: " + merged.at("Order"))
	}
	merged.put("Modification", s.print(second(s.now())))
	st.name, st.kind, st.position, st.invoiceStatus = name, kind, position, merged.at("InvoiceStatus")
	st.raw = inner(arranged(merged, statusLayout).less("Text", "OrderType").kids...)
	return nil
}

// isColor: colours are numbered from 1 to 19 ("Megrendelés státuszok").
func isColor(text string) bool {
	n, err := strconv.Atoi(text)
	return text == "not_specified" || err == nil && n >= 1 && n <= 19
}

// setOrderType answers the endpoint of that name. Of a built-in type only Order can be written
// ("Megrendelés típusok").
func (s *Shop) setOrderType(c *call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return setEach(c, "OrderTypes", "OrderType", func(action string, n *node) ([]*node, error) {
		id, err := s.setType(action, n)
		return []*node{leaf("Id", id)}, err
	}), nil
}

func (s *Shop) setType(action string, n *node) (id string, err error) {
	id = n.at("Id")
	i := slices.IndexFunc(s.orderTypes, func(t *orderType) bool { return t.id == id })
	if action == "add" {
		highest := 3200
		for _, t := range s.orderTypes {
			highest = max(highest, int(numeric(t.id)))
		}
		fresh := &orderType{id: strconv.Itoa(highest + 1), position: len(s.orderTypes) + 1, since: second(s.now())}
		if n.at("Name") == "" {
			return "", errors.New("Name is missing")
		}
		if err := typeInto(fresh, n); err != nil {
			return "", err
		}
		s.orderTypes = append(s.orderTypes, fresh)
		return fresh.id, nil
	}
	switch {
	case action != "modify" && action != "delete":
		return id, unknownAction(action)
	case i < 0:
		return id, errors.New("OrderType not found: " + id)
	case s.orderTypes[i].standard && (action == "delete" || n.first("Name") != nil):
		return id, errors.New("OrderType is built in")
	case action == "delete":
		s.orderTypes = slices.Delete(s.orderTypes, i, i+1)
		return id, nil
	}
	next := *s.orderTypes[i]
	if err := typeInto(&next, n); err != nil {
		return id, err
	}
	s.orderTypes[i] = &next
	return id, nil
}

func typeInto(t *orderType, n *node) error {
	if k := n.first("Name"); k != nil {
		t.name = n.at("Name")
	}
	if n.first("Order") == nil {
		return nil
	}
	position, err := strconv.Atoi(n.at("Order"))
	if err != nil {
		return errors.New("Order not valid: " + n.at("Order"))
	}
	t.position = position
	return nil
}

// setMethod answers the endpoint of that name ("Fizetési és szállítási módok módosítása").
func (s *Shop) setMethod(c *call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return setEach(c, "Methods", "Method", func(action string, n *node) ([]*node, error) {
		id, err := s.setOneMethod(action, n)
		return []*node{leaf("Id", id)}, err
	}), nil
}

func (s *Shop) setOneMethod(action string, n *node) (id string, err error) {
	id = n.at("Id")
	i := slices.IndexFunc(s.methods, func(m *method) bool { return m.id == id })
	if action == "add" {
		highest := 6120000
		for _, m := range s.methods {
			highest = max(highest, int(min(numeric(m.id), 1<<40)))
		}
		fresh := &method{id: strconv.Itoa(highest + 1), position: len(s.methods) + 1, since: second(s.now())}
		if err := s.methodInto(fresh, n); err != nil {
			return "", err
		}
		s.methods = append(s.methods, fresh)
		return fresh.id, nil
	}
	switch {
	case action != "modify" && action != "delete":
		return id, unknownAction(action)
	case i < 0:
		return id, errors.New("Method not found: " + id)
	case action == "delete":
		s.methods = slices.Delete(s.methods, i, i+1)
		return id, nil
	}
	next := *s.methods[i]
	if err := s.methodInto(&next, n); err != nil {
		return id, err
	}
	s.methods[i] = &next
	return id, nil
}

// methodInto takes what a set call says into a method; Id only identifies.
func (s *Shop) methodInto(m *method, n *node) error {
	whole := &record{XML: s.methodInner(m)}
	merged := altered(whole.tree("Method"), written(n, methodLayout, "Id", "Creation", "Modification"))
	name, kind := merged.at("Name"), merged.at("Type")
	position, err := strconv.Atoi(merged.at("Order"))
	switch {
	case name == "":
		return errors.New("Name is missing")
	case kind != "payment" && kind != "shipping":
		return errors.New("Type not valid: " + kind)
	case err != nil:
		return errors.New("Order not valid: " + merged.at("Order"))
	}
	merged.put("Modification", s.print(second(s.now())))
	m.name, m.kind, m.subKind, m.position = name, kind, merged.at("SubType"), position
	m.raw = inner(arranged(merged, methodLayout).kids...)
	return nil
}
