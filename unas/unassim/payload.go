package unassim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// The bodies of webhooks are JSON, and only two shapes are known: of an order that was placed, and of a customer
// who registered. Other events name what happened to which order or customer, and no more.

// payload is the body for an event.
func (s *Shop) payload(e event) json.RawMessage {
	var body any
	switch e.kind {
	case eventOrderSend, eventOrderThirdParty:
		body = s.orderPayload(e.order)
	case eventRegistration:
		body = s.customerPayload(e.customer)
	default:
		body = s.hint(e)
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body) // texts and numbers that were checked: nothing can fail
	return bytes.TrimSpace(b.Bytes())
}

// hint is the body of an event whose shape is unknown. That customer_delete holds the customer's id is documented.
func (s *Shop) hint(e event) any {
	body := map[string]string{"shopID": s.options.ShopID}
	switch {
	case e.kind == eventCustomerDelete:
		return map[string]string{"customerID": e.customer.id}
	case s.options.Switches.BareWebhooks:
	case e.order != nil:
		body["orderID"] = e.order.key
	case e.customer != nil:
		body["customerID"] = e.customer.id
	}
	return body
}

type (
	placedPayload struct {
		ShopID          string                     `json:"shopID"`
		OrderID         string                     `json:"orderID"`
		GrandTotal      json.Number                `json:"grandTotal"`
		Time            int64                      `json:"time"`
		Comment         string                     `json:"comment"`
		Currency        string                     `json:"currency"` // its symbol
		CurrencyCode    string                     `json:"currencyCode"`
		OrderStatus     statusPayload              `json:"orderStatus"`
		Products        map[string]productPayload  `json:"products"` // by ordinal, from 1
		Customer        buyerPayload               `json:"customer"`
		Shipping        shippingPayload            `json:"shipping"`
		OrderParameters map[string]questionPayload `json:"orderParameters"`
		Payment         paymentPayload             `json:"payment"`
		DiscountPercent *discountPayload           `json:"discountPercent,omitempty"`
	}
	statusPayload struct {
		ID   json.Number `json:"id"`
		Name string      `json:"name"`
	}
	productPayload struct {
		ID         string            `json:"ID"`
		SKU        string            `json:"sku"`
		SKUType    string            `json:"skuType"`
		Name       string            `json:"name"`
		Category   categoryPayload   `json:"category"`
		Quantity   json.Number       `json:"quantity"`
		Unit       string            `json:"unit"`
		NetPrice   json.Number       `json:"netPrice"`
		GrossPrice json.Number       `json:"grossPrice"`
		VATRate    json.Number       `json:"VATRate"`
		Discounted bool              `json:"discounted"`
		Parameters map[string]string `json:"productParameters"` // null without any
	}
	categoryPayload struct {
		ID   string `json:"ID"`
		Name string `json:"name"`
	}
	contactPayload struct {
		Name   string `json:"name"`
		Phone  string `json:"phone"`
		Mobile string `json:"mobile"`
	}
	addressPayload struct {
		Name    string `json:"name"`
		ZIP     string `json:"zip"`
		City    string `json:"city"`
		Street  string `json:"street"`
		Country string `json:"country"`
		County  string `json:"county"`
	}
	buyerPayload struct {
		Contact    contactPayload `json:"contact"`
		Shipping   addressPayload `json:"shipping"`
		Invoice    addressPayload `json:"invoice"`
		NewsAuth   string         `json:"news_auth"` // "0" or "1"
		Group      string         `json:"group"`     // its id, "0" without one
		Lang       string         `json:"lang"`
		Subscribed bool           `json:"subscribedToNewsletter"`
		Email      string         `json:"email"`
	}
	shippingPayload struct {
		Name string      `json:"name"`
		Type string      `json:"type"`
		Cost json.Number `json:"cost"`
	}
	paymentPayload struct {
		Name string      `json:"name"`
		Cost json.Number `json:"cost"`
	}
	questionPayload struct {
		OrigQuestion string `json:"orig_question"`
		OrigAnswer   string `json:"orig_answer"`
		ActQuestion  string `json:"act_question"`
		ActAnswer    string `json:"act_answer"`
	}
	discountPayload struct {
		Price   json.Number `json:"price"` // what it takes off, so positive
		Title   string      `json:"title"`
		Percent string      `json:"percent"`
	}
	registeredPayload struct {
		Username   string                      `json:"username"`
		Email      string                      `json:"email"`
		Contact    contactPayload              `json:"contact"`
		Shipping   addressPayload              `json:"shipping"`
		Invoice    addressPayload              `json:"invoice"`
		Lang       string                      `json:"customer_language"`
		Section    string                      `json:"hook_service_section"`
		ShopID     string                      `json:"shopID"`
		CustomerID string                      `json:"customerID"`
		Subscribed bool                        `json:"subscribedToNewsletter"`
		Confirmed  bool                        `json:"newsletterSubscriptionConfirmed"`
		Language   string                      `json:"language"`
		Kind       string                      `json:"customerType"`
		Parameters map[string]parameterPayload `json:"customerParameters"`
	}
	parameterPayload struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
)

// orderPayload is the body of order_send: numbers are numbers, products stand in an object by ordinal, and costs
// and discounts beside them.
func (s *Shop) orderPayload(o *order) placedPayload {
	whole := orderTree(o)
	customer := whole.kid("Customer")
	p := placedPayload{
		ShopID: s.options.ShopID, OrderID: o.key, GrandTotal: number(o.sum), Time: o.placed,
		Currency: cmp.Or(currencySymbols[o.currency], o.currency), CurrencyCode: o.currency,
		OrderStatus: statusPayload{number(o.statusID), o.status},
		Products:    map[string]productPayload{},
		Customer: buyerPayload{
			Contact: contactOf(customer), Shipping: addressOf(customer.kid("Addresses", "Shipping")), Invoice: addressOf(customer.kid("Addresses", "Invoice")),
			NewsAuth: "0", Group: cmp.Or(customer.at("Group", "Id"), "0"), Lang: o.lang, Email: o.email,
		},
		Shipping:        shippingPayload{Name: o.shipping, Cost: "0"},
		Payment:         paymentPayload{Name: o.payment, Cost: "0"},
		OrderParameters: map[string]questionPayload{},
	}
	if !s.options.Switches.NoEmptyDiscount {
		p.DiscountPercent = &discountPayload{Price: "0", Percent: "0"}
	}
	if cu := s.customers[o.customerID]; cu != nil {
		newsletter := customerTree(cu).kid("Newsletter")
		p.Customer.Subscribed = newsletter.at("Subscribed") == "yes"
		if newsletter.at("Authorized") == "yes" {
			p.Customer.NewsAuth = "1"
		}
	}
	for _, c := range whole.kid("Comments").all("Comment") {
		if c.at("Type") == "customer" {
			p.Comment = c.at("Text")
		}
	}
	for _, q := range whole.kid("Params").all("Param") {
		p.OrderParameters[q.at("Id")] = questionPayload{q.at("Name"), q.at("Value"), q.at("Name"), q.at("Value")}
	}
	for _, item := range whole.kid("Items").all("Item") {
		p.take(item)
	}
	return p
}

// take puts a line of the order where the body has it.
func (p *placedPayload) take(item *node) {
	gross := number(item.at("PriceGross"))
	switch item.at("Id") {
	case "shipping-cost":
		p.Shipping.Cost = gross
	case "handel-cost":
		p.Payment.Cost = gross
	case "discount-percent":
		off := json.Number(strings.TrimPrefix(string(gross), "-"))
		p.DiscountPercent = &discountPayload{Price: off, Title: item.at("Name"), Percent: string(number(item.at("Percent")))}
	case "discount-amount":
	default:
		var parameters map[string]string
		for _, q := range item.kid("ProductParams").all("ProductParam") {
			if parameters == nil {
				parameters = map[string]string{}
			}
			parameters[q.at("Name")] = q.at("Value")
		}
		p.Products[strconv.Itoa(len(p.Products)+1)] = productPayload{
			ID: item.at("Id"), SKU: item.at("Sku"), SKUType: "normal", Name: item.at("Name"), Unit: item.at("Unit"),
			Quantity: number(item.at("Quantity")), NetPrice: number(item.at("PriceNet")), GrossPrice: gross,
			VATRate: number(strings.TrimSuffix(item.at("Vat"), "%")), Parameters: parameters,
		}
	}
}

// customerPayload is the body of customer_registration.
func (s *Shop) customerPayload(cu *customer) registeredPayload {
	n := customerTree(cu)
	invoice, newsletter := n.kid("Addresses", "Invoice"), n.kid("Newsletter")
	p := registeredPayload{
		Username: cu.username, Email: cu.email, Contact: contactOf(n),
		Shipping: addressOf(n.kid("Addresses", "Shipping")), Invoice: addressOf(invoice),
		Lang: n.at("Contact", "Lang"), Language: n.at("Contact", "Lang"), Section: "cust", ShopID: s.options.ShopID, CustomerID: cu.id,
		Subscribed: newsletter.at("Subscribed") == "yes", Confirmed: newsletter.at("Authorized") == "yes",
		Kind: invoice.at("CustomerType"), Parameters: map[string]parameterPayload{},
	}
	for _, q := range n.kid("Params").all("Param") {
		p.Parameters[q.at("Id")] = parameterPayload{q.at("Name"), q.at("Value")}
	}
	return p
}

func contactOf(customer *node) contactPayload {
	n := customer.kid("Contact")
	return contactPayload{n.at("Name"), n.at("Phone"), n.at("Mobile")}
}

// addressOf prints the country as its code.
func addressOf(n *node) addressPayload {
	return addressPayload{n.at("Name"), n.at("ZIP"), n.at("City"), n.at("Street"), n.at("CountryCode"), n.at("County")}
}

var currencySymbols = map[string]string{"HUF": "Ft", "EUR": "€", "RON": "lei", "USD": "$", "GBP": "£"}

// number is a decimal as JSON prints it; what is none becomes 0.
func number(text string) json.Number {
	d, err := decimal.Parse(text)
	if err != nil {
		return "0"
	}
	return json.Number(plain(d))
}

// orderTree and customerTree read what is kept as XML. It was read when it was stored, so it can be read again.
func orderTree(o *order) *node { return insideTree(o.raw) }

func customerTree(cu *customer) *node { return insideTree(cu.raw) }

func insideTree(raw []byte) *node {
	root, err := tree(stripped(wrap(raw)))
	if err != nil || len(root.kids) == 0 {
		return &node{}
	}
	return root.kids[0]
}
