package punte

import (
	"sort"
	"strconv"
	"strings"
)

// source reads one piece of an order as text.
type source func(o Order) string

// sources is the catalogue of what field_map can name, besides param:NAME and
// customer_param:NAME.
var sources = map[string]source{
	"buyer.id":            func(o Order) string { return number(o.Buyer.CustomerID) },
	"buyer.name":          func(o Order) string { return o.Buyer.Name },
	"buyer.email":         func(o Order) string { return o.Buyer.Email },
	"buyer.username":      func(o Order) string { return o.Buyer.Username },
	"buyer.phone":         func(o Order) string { return o.Buyer.Phone },
	"buyer.mobile":        func(o Order) string { return o.Buyer.Mobile },
	"buyer.group":         func(o Order) string { return o.Buyer.Group },
	"buyer.kind":          func(o Order) string { return o.Buyer.Invoice.Kind },
	"buyer.tax_number":    func(o Order) string { return o.Buyer.Invoice.TaxNumber },
	"buyer.eu_tax_number": func(o Order) string { return o.Buyer.Invoice.EUTaxNumber },

	"invoice_address.name":        func(o Order) string { return o.Buyer.Invoice.Name },
	"invoice_address.postal_code": func(o Order) string { return o.Buyer.Invoice.PostalCode },
	"invoice_address.city":        func(o Order) string { return o.Buyer.Invoice.City },
	"invoice_address.street":      func(o Order) string { return o.Buyer.Invoice.Street },
	"invoice_address.county":      func(o Order) string { return o.Buyer.Invoice.County },
	"invoice_address.country":     func(o Order) string { return o.Buyer.Invoice.CountryName },
	"invoice_address.full":        func(o Order) string { return o.Buyer.Invoice.oneLine() },

	"delivery_address.name":        func(o Order) string { return o.Buyer.Delivery.Name },
	"delivery_address.recipient":   func(o Order) string { return o.Buyer.Delivery.Recipient },
	"delivery_address.postal_code": func(o Order) string { return o.Buyer.Delivery.PostalCode },
	"delivery_address.city":        func(o Order) string { return o.Buyer.Delivery.City },
	"delivery_address.street":      func(o Order) string { return o.Buyer.Delivery.Street },
	"delivery_address.county":      func(o Order) string { return o.Buyer.Delivery.County },
	"delivery_address.country":     func(o Order) string { return o.Buyer.Delivery.CountryName },
	"delivery_address.full":        func(o Order) string { return o.Buyer.Delivery.oneLine() },
	"delivery_point.id":            func(o Order) string { return o.Buyer.Delivery.PointID },
	"delivery_point.group":         func(o Order) string { return o.Buyer.Delivery.PointGroup },

	"comment.customer":          func(o Order) string { return o.comments("customer") },
	"comment.customer_shipping": func(o Order) string { return o.comments("customer_shipping") },
	"comment.admin":             func(o Order) string { return o.comments("admin") },

	"payment.name":    func(o Order) string { return o.Payment.Name },
	"payment.type":    func(o Order) string { return o.Payment.Type },
	"payment.status":  func(o Order) string { return o.Payment.Status },
	"payment.paid":    func(o Order) string { return o.Payment.Paid },
	"payment.unpaid":  func(o Order) string { return o.Payment.Unpaid },
	"payment.pending": func(o Order) string { return o.Payment.Pending },

	"shipping.name":           func(o Order) string { return o.Shipping.Name },
	"shipping.package_number": func(o Order) string { return o.Shipping.PackageNumber },
	"shipping.tracking_url":   func(o Order) string { return o.Shipping.TrackingURL },

	"invoice.number": func(o Order) string { return o.Invoice.Number },
	"invoice.url":    func(o Order) string { return o.Invoice.URL },
	"storno.number":  func(o Order) string { return o.Storno.Number },
	"storno.url":     func(o Order) string { return o.Storno.URL },

	"utm.source":   func(o Order) string { return o.Campaign.Source },
	"utm.medium":   func(o Order) string { return o.Campaign.Medium },
	"utm.campaign": func(o Order) string { return o.Campaign.Name },
	"utm.content":  func(o Order) string { return o.Campaign.Content },

	"order.id":            func(o Order) string { return number(o.ID) },
	"order.key":           func(o Order) string { return o.Key },
	"order.internal_key":  func(o Order) string { return o.InternalKey },
	"order.status":        func(o Order) string { return o.Status.Name },
	"order.type":          func(o Order) string { return o.Type },
	"order.currency":      func(o Order) string { return o.Currency },
	"order.total":         func(o Order) string { return o.Gross.String() },
	"order.total_net":     Order.netText,
	"order.total_vat":     Order.vatText,
	"order.products":      Order.productsSum,
	"order.shipping_cost": func(o Order) string { return o.sumOf("shipping-cost") },
	"order.handling_cost": func(o Order) string { return o.sumOf("handel-cost") },
	"order.discount":      func(o Order) string { return o.sumOf("discount-amount", "discount-percent") },
	"order.placed":        Order.placedAt,
	"order.language":      func(o Order) string { return o.Language },
	"order.coupon":        func(o Order) string { return o.Coupon },
	"order.weight":        func(o Order) string { return o.WeightKg },
	"order.referer":       func(o Order) string { return o.Referer },
	"order.vat_country":   func(o Order) string { return o.VATCountry },
	"order.authenticated": func(o Order) string { return o.Authenticated },
	"order.related":       func(o Order) string { return strings.Join(o.Related.Keys(), ", ") },
}

// number prints an id, nothing for none.
func number(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}

// customerSources is the catalogue of customer_field_map, besides param:NAME. What
// they read comes from the customer's own record in the shop.
var customerSources = []string{
	"newsletter.consent", "customer.group", "customer.username", "customer.comment",
	"customer.language", "customer.discount", "customer.points", "customer.last_login",
}

// Sources lists the names that field_map accepts, sorted; param:NAME and
// customer_param:NAME come on top.
func Sources() []string {
	names := make([]string, 0, len(sources))
	for name := range sources {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// CustomerSources lists the names that customer_field_map accepts; param:NAME
// comes on top.
func CustomerSources() []string { return append([]string{}, customerSources...) }

// Value reads what a field_map entry names from the order. ok is false for a name
// that is not in the catalogue.
func (o Order) Value(name string) (value string, ok bool) {
	if read, ok := sources[name]; ok {
		return read(o), true
	}
	if param, ok := strings.CutPrefix(name, "param:"); ok && param != "" {
		return find(o.Params, param), true
	}
	if param, ok := strings.CutPrefix(name, "customer_param:"); ok && param != "" {
		return find(o.Buyer.Params, param), true
	}
	return "", false
}

// find gives the answer to the question of that name, the first that is not empty.
func find(params []Param, name string) string {
	for _, p := range params {
		if p.Name == name && p.Value != "" {
			return p.Value
		}
	}
	return ""
}

// comments joins the remarks of one type, a line break between them.
func (o Order) comments(kind string) string {
	var texts []string
	for _, c := range o.Comments {
		if c.Type == kind && c.Text != "" {
			texts = append(texts, c.Text)
		}
	}
	return strings.Join(texts, "\n")
}

// oneLine writes the address as people do: postal code and city, street, country.
func (a Address) oneLine() string {
	var parts []string
	place := strings.TrimSpace(a.PostalCode + " " + a.City)
	for _, part := range []string{place, a.Street, a.County, a.CountryName} {
		if !blank(part) {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}
