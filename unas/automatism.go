package unas

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"punte/xmlstream"
)

// Automatism is one entry of getAutomatism: something the shop does after an event.
// They need the plan VIP.
type Automatism struct {
	ID, Name string
	Active   string // yes, no

	ScheduleType  string // instant, delayed
	ScheduleUnit  string // minute, hour, day
	ScheduleValue string

	Event string // order_send, order_status_modify, ...
	Rules []Rule // all of them must hold

	Operation string // email, webhook, change_customer_group, ...
	Config    OperationConfig
}

// Rule is a condition of an automatism: one of the Values must hold.
type Rule struct {
	Entity, Relation string
	Values           []string
}

// OperationConfig is what an operation needs; which fields count depends on it.
type OperationConfig struct {
	WebhookURL           string
	NewsletterTemplateID string
	NewsletterTemplate   string
	DirectUser           string
	DirectUserEmails     []string
	CustomerGroupID      string
	CustomerGroup        string
	OrderStatus          string
	InvoiceStatus        string // 0, 1, 2
}

// Events of automatisms that tell of orders and customers.
const (
	EventOrderSend            = "order_send"
	EventOrderSendThirdparty  = "order_send_thirdparty"
	EventOrderStatusModify    = "order_status_modify"
	EventOrderModifyAdmin     = "order_modify_admin"
	EventOrderAddAdmin        = "order_add_admin"
	EventOrderDelete          = "order_delete"
	EventSuccessfulPayment    = "successful_payment"
	EventAbandonedCart        = "abandoned_cart"
	EventCustomerRegistration = "customer_registration"
	EventCustomerModification = "customer_modification"
	EventCustomerModifyAdmin  = "customer_modify_admin"
	EventCustomerDelete       = "customer_delete"
	EventNewsletterSubscribe  = "newsletter_subscribe"
	EventNewsletterConfirm    = "newsletter_subscribe_auth"
	EventNewsletterEnd        = "newsletter_unsubscribe"
)

const operationWebhook = "webhook"

// Automatisms returns the shop's automatisms. It is one list call.
// Source: UNAS API documentation, getAutomatism.
func (c *Client) Automatisms(ctx context.Context) ([]Automatism, error) {
	r := request{Call: Call{Endpoint: "getAutomatism"}, timeout: listTime}
	return gather(stream(ctx, c, r, "Automatisms", "Automatism", decodeAutomatism))
}

// WebhookByName looks for the webhook with that name, which is unique in a shop;
// false means that there is none. It is one list call.
func (c *Client) WebhookByName(ctx context.Context, name string) (Automatism, bool, error) {
	all, err := c.Automatisms(ctx)
	if err != nil {
		return Automatism{}, false, err
	}
	for _, a := range all {
		if a.Name == name && a.Operation == operationWebhook {
			return a, true, nil
		}
	}
	return Automatism{}, false, nil
}

// Webhook is an automatism that calls an address at once after an event, without
// rules. At once means within five minutes.
type Webhook struct {
	ID     string // empty for a new one
	Name   string // unique in the shop, at most 255 characters
	Active bool
	Event  string // EventOrderSend, ...
	URL    string
}

// longestName is how many characters the name of an automatism may have.
const longestName = 255

// AddWebhook makes a webhook and returns its id, empty if the shop doesn't say it.
func (c *Client) AddWebhook(ctx context.Context, w Webhook) (id string, err error) {
	if err := w.check(); err != nil {
		return "", err
	}
	return c.setWebhook(ctx, "add", w)
}

// ModifyWebhook makes the webhook w.ID what w says.
func (c *Client) ModifyWebhook(ctx context.Context, w Webhook) error {
	if w.ID == "" {
		return errNoWebhook
	}
	if err := w.check(); err != nil {
		return err
	}
	_, err := c.setWebhook(ctx, "modify", w)
	return err
}

// DeleteWebhook removes an automatism by its id.
func (c *Client) DeleteWebhook(ctx context.Context, id string) error {
	if id == "" {
		return errNoWebhook
	}
	_, err := c.setWebhook(ctx, "delete", Webhook{ID: id})
	return err
}

var errNoWebhook = errors.New("changing a webhook: it needs an id; look for it by its name")

func (w Webhook) check() error {
	if w.Name == "" || w.Event == "" || w.URL == "" {
		return errors.New("setting a webhook: it needs a name, an event and an address")
	}
	if len([]rune(w.Name)) > longestName {
		return fmt.Errorf("setting a webhook: its name has more than %d characters", longestName)
	}
	return nil
}

func (c *Client) setWebhook(ctx context.Context, action string, w Webhook) (id string, err error) {
	var e elements
	e.nest("Automatism", func(e *elements) {
		e.add("Action", action)
		e.add("Id", w.ID)
		if action != "delete" {
			w.write(e)
		}
	})
	r := request{Call: Call{Endpoint: "setAutomatism", Single: true}, root: "Automatisms", params: e, timeout: singleTime}
	results, err := c.set(ctx, r, "Automatism", []string{cmp.Or(w.Name, w.ID)})
	if err != nil {
		return "", err
	}
	return results[0].id, nil
}

func (w Webhook) write(e *elements) {
	e.add("Name", w.Name)
	e.add("Active", yesNo(w.Active))
	e.nest("Schedule", func(e *elements) { e.add("Type", "instant") })
	e.nest("Event", func(e *elements) { e.add("Type", w.Event) })
	e.nest("Operation", func(e *elements) {
		e.add("Type", operationWebhook)
		e.nest("Config", func(e *elements) { e.add("WebhookUrl", w.URL) })
	})
}

func decodeAutomatism(s *xmlstream.Scanner, a *Automatism) error {
	return s.Children(func(name string) error {
		switch name {
		case "Schedule":
			return texts(s, place{"Type", &a.ScheduleType}, place{"Unit", &a.ScheduleUnit}, place{"Value", &a.ScheduleValue})
		case "Event":
			return s.Children(func(name string) error {
				if name == "Rules" {
					return list(s, "Rule", &a.Rules, decodeRule)
				}
				return textOf(s, name, place{"Type", &a.Event})
			})
		case "Operation":
			return s.Children(func(name string) error {
				if name == "Config" {
					return a.Config.read(s)
				}
				return textOf(s, name, place{"Type", &a.Operation})
			})
		}
		return textOf(s, name, place{"Id", &a.ID}, place{"Name", &a.Name}, place{"Active", &a.Active})
	})
}

func decodeRule(s *xmlstream.Scanner, r *Rule) error {
	return s.Children(func(name string) error {
		if name == "Values" {
			return list(s, "Value", &r.Values, decodeText)
		}
		return textOf(s, name, place{"Entity", &r.Entity}, place{"Relation", &r.Relation})
	})
}

// read reads the Config of an operation. The documentation's list of fields spells
// Directuser, its text DirectUser.
func (c *OperationConfig) read(s *xmlstream.Scanner) error {
	return s.Children(func(name string) error {
		switch name {
		case "NewsletterTemplate":
			return texts(s, place{"Id", &c.NewsletterTemplateID}, place{"Name", &c.NewsletterTemplate})
		case "CustomerGroup":
			return texts(s, place{"Id", &c.CustomerGroupID}, place{"Name", &c.CustomerGroup})
		case "DirectUserEmails":
			return list(s, "DirectUserEmail", &c.DirectUserEmails, decodeText)
		}
		return textOf(s, name, place{"WebhookUrl", &c.WebhookURL}, place{"DirectUser", &c.DirectUser},
			place{"Directuser", &c.DirectUser}, place{"OrderStatus", &c.OrderStatus}, place{"InvoiceStatus", &c.InvoiceStatus})
	})
}
