package unassim

import "time"

// OrderState is an order as the shop itself sees it: everything that a system fed from the shop has to show.
// Texts are as the shop prints them, numbers decimal strings, missing elements empty.
type OrderState struct {
	ID, Key, InternalKey string
	Placed, Modified     time.Time // to the second, UTC; an unreadable Date counts as the moment the order came
	Date, DateMod        string    // as printed
	Lang                 string

	Status, StatusID, StatusType string
	StatusDetails                string

	Customer CustomerState

	Currency, ExchangeValue, VATCountryCode           string
	PaymentID, PaymentName, PaymentType, PaymentState string // PaymentState: unpaid, paid, partly paid, overpaid
	Paid, Unpaid                                      string
	ShippingID, ShippingName                          string
	PackageNumber, TrackingURL                        string
	InvoiceStatus, InvoiceNumber, InvoiceURL          string
	StornoNumber, StornoURL                           string
	OrderType, Coupon, Referer, Weight                string
	Comments                                          []Comment
	Params                                            []Param
	Lines                                             []LineState
	SumPriceGross                                     string
}

// CustomerState is the buyer of an order. ID is empty for a guest.
type CustomerState struct {
	ID, Email, Username          string
	Name, Phone, Mobile          string
	GroupID, GroupName           string
	Invoice, Shipping            Address
	CustomerType                 string // private, company or other_customer_without_tax_number
	TaxNumber, EUTaxNumber       string
	RecipientName, DeliveryPoint string
}

// Address is an invoice or shipping address of an order.
type Address struct {
	Name, ZIP, City, Street, County, Country, CountryCode string
}

// Comment is a comment on an order; Type is customer, customer_shipping or admin.
type Comment struct{ Type, Text string }

// Param is a parameter of an order, or a variant of a line.
type Param struct{ ID, Name, Value string }

// LineState is an Item. Prices are of one unit. ID is the product's, or a word such as shipping-cost.
type LineState struct {
	ID, SKU, Name, Unit                          string
	Quantity, PriceNet, PriceGross, VAT, Percent string
	Variants                                     []Param
}

// Orders is the shop's own state by ascending id, for comparisons with what was fed from it.
func (s *Shop) Orders() []OrderState {
	s.mu.Lock()
	list := make([]*order, len(s.byID.list))
	copy(list, s.byID.list)
	s.mu.Unlock()
	states := make([]OrderState, 0, len(list))
	for _, o := range list {
		states = append(states, stateOf(o))
	}
	return states
}

// stateOf reads the order's own XML, less the characters XML forbids.
func stateOf(o *order) OrderState {
	st := OrderState{
		ID: o.id, Key: o.key, InternalKey: o.internalKey,
		Placed: time.Unix(o.placed, 0).UTC(), Modified: time.Unix(o.modified, 0).UTC(),
		Date: o.placedText, DateMod: o.modifiedText,
	}
	// The XML was read when the order was stored, so it can be read again.
	root, err := tree(stripped(wrap(o.raw)))
	if err != nil || len(root.kids) == 0 {
		return st
	}
	n := root.kids[0]
	st.Lang = n.at("Lang")
	st.Status, st.StatusID, st.StatusType, st.StatusDetails = o.status, o.statusID, n.at("StatusType"), n.at("StatusDetails")
	st.Customer = customerState(n.kid("Customer"))
	st.Currency, st.ExchangeValue, st.VATCountryCode = n.at("Currency"), n.at("ExchangeValue"), n.at("VatCountryCode")
	payment, shipping, invoice := n.kid("Payment"), n.kid("Shipping"), n.kid("Invoice")
	st.PaymentID, st.PaymentName, st.PaymentType = payment.at("Id"), payment.at("Name"), payment.at("Type")
	st.PaymentState, st.Paid, st.Unpaid = payment.at("Status"), payment.at("Paid"), payment.at("Unpaid")
	st.ShippingID, st.ShippingName = shipping.at("Id"), shipping.at("Name")
	st.PackageNumber, st.TrackingURL = shipping.at("PackageNumber"), shipping.at("TrackingUrl")
	st.InvoiceStatus, st.InvoiceNumber, st.InvoiceURL = invoice.at("Status"), invoice.at("Number"), invoice.at("Url")
	st.StornoNumber, st.StornoURL = n.at("Storno", "Number"), n.at("Storno", "Url")
	st.OrderType, st.Coupon, st.Referer, st.Weight = n.at("Type"), n.at("Coupon"), n.at("Referer"), n.at("Weight")
	st.SumPriceGross = n.at("SumPriceGross")
	for _, c := range n.kid("Comments").all("Comment") {
		st.Comments = append(st.Comments, Comment{c.at("Type"), c.at("Text")})
	}
	for _, p := range n.kid("Params").all("Param") {
		st.Params = append(st.Params, Param{p.at("Id"), p.at("Name"), p.at("Value")})
	}
	for _, item := range n.kid("Items").all("Item") {
		st.Lines = append(st.Lines, lineState(item))
	}
	return st
}

func customerState(n *node) CustomerState {
	contact, addresses := n.kid("Contact"), n.kid("Addresses")
	invoice, shipping := addresses.kid("Invoice"), addresses.kid("Shipping")
	return CustomerState{
		ID: n.at("Id"), Email: n.at("Email"), Username: n.at("Username"),
		Name: contact.at("Name"), Phone: contact.at("Phone"), Mobile: contact.at("Mobile"),
		GroupID: n.at("Group", "Id"), GroupName: n.at("Group", "Name"),
		Invoice: address(invoice), Shipping: address(shipping),
		CustomerType: invoice.at("CustomerType"), TaxNumber: invoice.at("TaxNumber"), EUTaxNumber: invoice.at("EUTaxNumber"),
		RecipientName: shipping.at("RecipientName"), DeliveryPoint: shipping.at("DeliveryPointID"),
	}
}

func address(n *node) Address {
	return Address{
		Name: n.at("Name"), ZIP: n.at("ZIP"), City: n.at("City"), Street: n.at("Street"),
		County: n.at("County"), Country: n.at("Country"), CountryCode: n.at("CountryCode"),
	}
}

func lineState(n *node) LineState {
	l := LineState{
		ID: n.at("Id"), SKU: n.at("Sku"), Name: n.at("Name"), Unit: n.at("Unit"),
		Quantity: n.at("Quantity"), PriceNet: n.at("PriceNet"), PriceGross: n.at("PriceGross"),
		VAT: n.at("Vat"), Percent: n.at("Percent"),
	}
	for _, v := range n.kid("Variants").all("Variant") {
		l.Variants = append(l.Variants, Param{v.at("Id"), v.at("Name"), v.at("Value")})
	}
	return l
}
