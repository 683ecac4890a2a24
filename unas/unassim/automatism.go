package unassim

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// The events of "Automata folyamatok". What UNAS calls thirdparty came in through an API or a marketplace.
const (
	eventOrderSend       = "order_send"
	eventOrderThirdParty = "order_send_thirdparty"
	eventOrderStatus     = "order_status_modify"
	eventOrderModify     = "order_modify_admin"
	eventOrderDelete     = "order_delete"
	eventPayment         = "successful_payment"
	eventCart            = "abandoned_cart"
	eventRegistration    = "customer_registration"
	eventModification    = "customer_modification"
	eventCustomerAdmin   = "customer_modify_admin"
	eventCustomerDelete  = "customer_delete"
)

var eventTypes = []string{
	eventOrderSend, eventOrderStatus, eventOrderModify, "order_add_admin", eventOrderThirdParty, eventOrderDelete,
	eventCart, "newsletter_subscribe", "newsletter_subscribe_auth", "newsletter_unsubscribe", eventRegistration,
	eventModification, eventCustomerAdmin, eventCustomerDelete, eventPayment, "opinion_send",
}

// The operations an automatism can run.
const (
	operationWebhook       = "webhook"
	operationOrderStatus   = "change_order_status"
	operationInvoiceStatus = "change_invoice_status"
)

var operationTypes = []string{"email", operationWebhook, "change_customer_group", operationOrderStatus, operationInvoiceStatus}

// longestName and shortestDelay bound an automatism.
const (
	longestName   = 255 // characters
	shortestDelay = 20  // minutes
)

// automatism is a rule of the shop that something happens upon an event. It is kept as it was given.
type automatism struct {
	id    string
	given *node // Name, Active, Schedule, Event, Operation
}

func (a *automatism) name() string  { return a.given.at("Name") }
func (a *automatism) event() string { return a.given.at("Event", "Type") }
func (a *automatism) active() bool  { return a.given.at("Active") != "no" }

// delay is how long after its event it runs.
func (a *automatism) delay(late bool) time.Duration {
	if a.given.at("Schedule", "Type") == "delayed" {
		n, err := strconv.Atoi(a.given.at("Schedule", "Value"))
		if err == nil {
			return time.Duration(n) * scheduleUnits[a.given.at("Schedule", "Unit")]
		}
	}
	if late {
		return webhookLateness
	}
	return 0
}

var scheduleUnits = map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}

// printed are the elements of an automatism in their order; what UNAS does not know comes last.
func (a *automatism) printed() []*node {
	list := []*node{leaf("Id", a.id)}
	known := []string{"Name", "Active", "Schedule", "Event", "Operation"}
	for _, name := range known {
		list = append(list, a.given.all(name)...)
	}
	for _, k := range a.given.kids {
		if !slices.Contains(known, k.name) {
			list = append(list, k)
		}
	}
	return list
}

// addWebhooks makes an automatism for each event that brings an order or a customer to Options.Webhook, if there is
// such an address. One that stands there from an earlier start is led to it.
func (s *Shop) addWebhooks() {
	if s.options.Webhook == "" {
		return
	}
	for _, kind := range []string{
		eventOrderSend, eventOrderThirdParty, eventOrderStatus, eventOrderModify, eventOrderDelete,
		eventRegistration, eventModification, eventCustomerAdmin, eventCustomerDelete,
	} {
		name := "Webhook " + kind
		given := branch("Automatism",
			leaf("Name", name), leaf("Active", "yes"), branch("Schedule", leaf("Type", "instant")),
			branch("Event", leaf("Type", kind)),
			branch("Operation", leaf("Type", operationWebhook), branch("Config", leaf("WebhookUrl", s.options.Webhook))))
		if at := slices.IndexFunc(s.automatisms, func(a *automatism) bool { return a.name() == name }); at >= 0 {
			s.automatisms[at] = &automatism{id: s.automatisms[at].id, given: given}
			continue
		}
		s.lastAutomatism++
		s.automatisms = append(s.automatisms, &automatism{id: strconv.Itoa(s.lastAutomatism), given: given})
	}
}

// getAutomatism lists automatisms ("Automata folyamatok lekérdezése"): all, or by Id, Active and the types of
// Schedule, Operation and Event.
func (s *Shop) getAutomatism(c *call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := c.params
	var rows [][]byte
	for _, a := range s.automatisms {
		asked := func(value string, path ...string) bool { return value == "" || value == a.given.at(path...) }
		active := p.at("Active")
		switch {
		case p.at("Id") != "" && p.at("Id") != a.id, active != "" && active != yesNo(a.active()):
			continue
		case !asked(typeAsked(p, "Schedule"), "Schedule", "Type"), !asked(typeAsked(p, "Operation"), "Operation", "Type"),
			!asked(typeAsked(p, "Event"), "Event", "Type"):
			continue
		}
		rows = append(rows, inner(a.printed()...))
	}
	return listing("Automatisms", "Automatism", rows), nil
}

// typeAsked reads a filter given as text or, as the answers print it, as an element with a Type.
func typeAsked(p *node, name string) string { return cmp.Or(p.at(name, "Type"), p.at(name)) }

// setAutomatism adds, changes and deletes automatisms one by one ("Automata folyamatok módosítása"); the first
// error ends the call.
func (s *Shop) setAutomatism(c *call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	results := branch("Automatisms")
	for _, n := range c.params.all("Automatism") {
		action := cmp.Or(n.at("Action"), "add")
		id, err := s.setOneAutomatism(action, n)
		result := branch("Automatism", leaf("Action", action), leaf("Id", id), leaf("Status", "ok"))
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

func (s *Shop) setOneAutomatism(action string, n *node) (id string, err error) {
	given := &node{name: "Automatism", kids: slices.DeleteFunc(slices.Clone(n.kids), func(k *node) bool { return k.name == "Action" || k.name == "Id" })}
	if action == "add" {
		if given.first("Active") == nil {
			given.put("Active", "yes")
		}
		if err := s.checkAutomatism("", given); err != nil {
			return "", err
		}
		s.lastAutomatism++
		id = strconv.Itoa(s.lastAutomatism)
		s.automatisms = append(s.automatisms, &automatism{id: id, given: given})
		return id, nil
	}
	id = n.at("Id")
	at := slices.IndexFunc(s.automatisms, func(a *automatism) bool { return a.id == id })
	if at < 0 {
		return id, errors.New("Automatism not found")
	}
	switch action {
	case "delete":
		s.automatisms = slices.Delete(s.automatisms, at, at+1)
		return id, nil
	case "modify":
		merged := s.automatisms[at].given
		for _, k := range given.kids {
			merged = overlay(merged, branch("Automatism", k))
		}
		if err := s.checkAutomatism(id, merged); err != nil {
			return id, err
		}
		s.automatisms[at] = &automatism{id: id, given: merged}
		return id, nil
	}
	return id, fmt.Errorf("Unknown Action: %s", action)
}

// checkAutomatism holds an automatism to the documented values. The sentences are ours.
func (s *Shop) checkAutomatism(id string, given *node) error {
	name, event, operation := given.at("Name"), given.at("Event", "Type"), given.at("Operation", "Type")
	taken := slices.ContainsFunc(s.automatisms, func(a *automatism) bool { return a.id != id && a.name() == name })
	paid := event == eventPayment
	switch {
	case name == "":
		return errors.New("Name is missing")
	case utf8.RuneCountInString(name) > longestName:
		return errors.New("Name is too long")
	case taken:
		return fmt.Errorf("Name is not unique: %s", name)
	case given.at("Active") != "yes" && given.at("Active") != "no":
		return fmt.Errorf("Active not valid: %s", given.at("Active"))
	case !slices.Contains(eventTypes, event):
		return fmt.Errorf("Event Type not valid: %s", event)
	case !slices.Contains(operationTypes, operation):
		return fmt.Errorf("Operation Type not valid: %s", operation)
	case !paid && (operation == operationOrderStatus || operation == operationInvoiceStatus):
		return fmt.Errorf("Operation Type not valid for %s: %s", event, operation)
	}
	if err := checkSchedule(given.kid("Schedule")); err != nil {
		return err
	}
	for _, r := range given.kid("Event", "Rules").all("Rule") {
		if err := checkRule(event, r); err != nil {
			return err
		}
	}
	return s.checkConfig(operation, given.kid("Operation", "Config"))
}

func checkSchedule(n *node) error {
	switch kind := n.at("Type"); kind {
	case "instant":
		return nil
	case "delayed":
	default:
		return fmt.Errorf("Schedule Type not valid: %s", kind)
	}
	unit := n.at("Unit")
	value, err := strconv.Atoi(n.at("Value"))
	switch {
	case scheduleUnits[unit] == 0:
		return fmt.Errorf("Schedule Unit not valid: %s", unit)
	case err != nil || value < 1 || value > 10000 || unit == "minute" && value < shortestDelay:
		return fmt.Errorf("Schedule Value not valid: %s", n.at("Value"))
	}
	return nil
}

func (s *Shop) checkConfig(operation string, n *node) error {
	switch operation {
	case operationWebhook:
		to, err := url.Parse(n.at("WebhookUrl"))
		if err != nil || to.Host == "" || to.Scheme != "http" && to.Scheme != "https" {
			return fmt.Errorf("WebhookUrl not valid: %s", n.at("WebhookUrl"))
		}
	case operationOrderStatus:
		asked := n.at("OrderStatus")
		if s.statusByID(asked) == nil && s.statusByName(asked) == nil {
			return fmt.Errorf("OrderStatus not valid: %s", asked)
		}
	case operationInvoiceStatus:
		if invoiceStates[n.at("InvoiceStatus")] == "" {
			return fmt.Errorf("InvoiceStatus not valid: %s", n.at("InvoiceStatus"))
		}
	}
	return nil
}
