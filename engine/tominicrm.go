package engine

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"punte"
	"punte/minicrm"
)

// performanceTime is how MiniCRM's XML carries the time of an order.
const performanceTime = time.DateTime

// Lengths that MiniCRM documents for its own fields, in characters.
const (
	cardNameLength = 512
	businessLength = 1000
	personLength   = 255
	contactLength  = 128
)

// mapper turns orders into what MiniCRM's XML holds.
type mapper struct {
	conn     *punte.Connection
	language string                     // of the account: hu, ro, en
	owner    string                     // id or exact name of a user
	schema   *minicrm.Schema            // of the order's card; nil where nobody was asked
	sheet    func(o punte.Order) string // address of the order's sheet; nil: none is served
	lineID   func(punte.Identity) int64 // from the record of handed-out ids; nil: the regular ids
	known    map[string]bool            // orders, by Ref, that MiniCRM had before our database began
	found    Findings                   // what a probe found out about the account
	given    map[string]punte.State     // states that persons gave orders in MiniCRM, by Ref; only where they would be lost
	// statusIDs are the Webshop module's statuses by label, for accounts that want ids.
	statusIDs map[string]int64
	notes     []string // what a person may want to know of the order: texts cut, characters lost
}

// cut shortens a text to n characters, on a character boundary; n of 0 means no
// limit. What it cuts is noted.
func (m *mapper) cut(field, text string, n int) string {
	if n <= 0 || len(text) <= n || utf8.RuneCountInString(text) <= n {
		return text
	}
	m.notes = append(m.notes, fmt.Sprintf("%s was cut to %d characters", field, n))
	return minicrm.Cut(text, n)
}

// country is the label of a country in the account's language.
func (m *mapper) country(code string) (string, error) {
	label, ok := minicrm.CountryLabel(code, m.language)
	if !ok {
		return "", punte.BadField("Customer/Addresses/Invoice/CountryCode", code, "MiniCRM has no label for this country")
	}
	return label, nil
}

// order is the order's document in the feed. created says that it goes to MiniCRM
// for the first time: only then the owner is set.
func (m *mapper) order(o punte.Order, external int64, state punte.State, created bool) (minicrm.FeedOrder, error) {
	m.notes = nil
	if o.Damaged > 0 {
		m.notes = append(m.notes, fmt.Sprintf("characters that could not be read: %d, \uFFFD stands in their place; correct them in the shop", o.Damaged))
	}
	customer, err := m.customer(o)
	if err != nil {
		return minicrm.FeedOrder{}, err
	}
	products, err := m.products(o)
	if err != nil {
		return minicrm.FeedOrder{}, err
	}
	return minicrm.FeedOrder{
		ID:            external,
		Number:        o.Key,
		CurrencyCode:  o.Currency,
		Language:      "_" + strings.ToUpper(orderLanguage(o.Language, m.language)),
		Performance:   o.Placed.In(m.conn.MiniCRM.Zone).Format(performanceTime),
		Status:        string(state),
		PaymentMethod: paymentMethod(o.Payment.Type),
		Customer:      customer,
		Fields:        m.fields(o, created),
		Products:      products,
	}, nil
}

// orderLanguage is the order's language if MiniCRM knows it, else the account's.
func orderLanguage(language, account string) string {
	switch language {
	case "hu", "ro", "en":
		return language
	}
	return account
}

// paymentMethod is MiniCRM's word for a UNAS payment type.
func paymentMethod(unasType string) string {
	switch {
	case unasType == "cod":
		return "CashOnDelivery"
	case unasType == "transfer":
		return "WiredTransfer"
	case strings.HasPrefix(unasType, "bankcard"), unasType == "qvik":
		return "Card"
	case unasType == "check":
		return "Check"
	}
	return "Other"
}

func (m *mapper) customer(o punte.Order) (minicrm.FeedCustomer, error) {
	country, err := m.country(o.Buyer.Country)
	if err != nil {
		return minicrm.FeedCustomer{}, err
	}
	a := o.Buyer.Destination()
	return minicrm.FeedCustomer{
		Name:       punte.OrDash(a.Name),
		CountryID:  country,
		PostalCode: punte.OrDash(a.PostalCode),
		City:       punte.OrDash(a.City),
		Address:    punte.OrDash(a.Street),
	}, nil
}

// fields are those of the order's card: the owner at creation, the link, the
// status of the shop, and what field_map asks for. An order that is created needs
// no empty fields; later an empty one clears what we wrote before. A value that does
// not fit its field is left out and noted: MiniCRM would refuse the whole card for it.
func (m *mapper) fields(o punte.Order, created bool) []minicrm.FeedField {
	var fields []minicrm.FeedField
	add := func(name, text string) {
		value, ok := m.value(name, text)
		if !ok || created && value == "" {
			return
		}
		fields = append(fields, minicrm.FeedField{Name: name, Value: value})
	}
	if created {
		fields = append(fields, minicrm.FeedField{Name: "UserId", Value: m.owner})
	}
	if m.conn.LinkField != "" {
		sheet := ""
		if m.sheet != nil {
			sheet = m.sheet(o)
		}
		if link := m.conn.Link(o, sheet); link != "" {
			add(m.conn.LinkField, link)
		}
	}
	if m.conn.StatusField != "" {
		add(m.conn.StatusField, o.Status.Name)
	}
	for _, pair := range m.conn.FieldMap {
		add(pair.Field, m.source(o, pair.Source))
	}
	return fields
}

// source reads a source of field_map. Times are printed in MiniCRM's zone.
func (m *mapper) source(o punte.Order, name string) string {
	text, _ := o.Value(name)
	if punte.SourceKindOf(name) != punte.TimeSource {
		return text
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return text
	}
	return at.In(m.conn.MiniCRM.Zone).Format(time.DateTime)
}

// value is text as the field of the order's card takes it; false if it does not fit.
func (m *mapper) value(name, text string) (string, bool) { return m.valueIn(m.schema, name, text) }

// valueIn is value for a field of any module; nil takes everything.
func (m *mapper) valueIn(schema *minicrm.Schema, name, text string) (string, bool) {
	if schema == nil {
		return text, true
	}
	field, known := schema.Field(name)
	if !known {
		return text, true // whoever sends looked for the fields before
	}
	if field.Type == minicrm.TypeDateTime {
		text = m.crmTime(text)
	}
	value, err := fieldValue(field, text)
	if err != nil {
		m.notes = append(m.notes, fmt.Sprintf("the field %s was left out: %v", name, err))
		return "", false
	}
	if field.Type == minicrm.TypeText && len(value) < len(text) && strings.TrimSpace(text) != "" {
		m.notes = append(m.notes, fmt.Sprintf("%s was cut to %d characters", name, field.Length))
	}
	return value, true
}

// crmTime moves a time that the shop printed into MiniCRM's zone. MiniCRM's own form
// is in its zone already, and a day without a time stays that day.
func (m *mapper) crmTime(text string) string {
	at, err := time.ParseInLocation(wireTime, strings.TrimSpace(text), m.conn.UNAS.Zone)
	if err != nil {
		return text
	}
	return at.In(m.conn.MiniCRM.Zone).Format(time.DateTime)
}

func (m *mapper) products(o punte.Order) ([]minicrm.FeedProduct, error) {
	positions, err := m.conn.Positions(o, minicrm.UnitPiece(m.language))
	if err != nil {
		return nil, err
	}
	m.noteRounding(o, positions)
	products := make([]minicrm.FeedProduct, 0, len(positions))
	for _, p := range positions {
		if m.lineID != nil {
			p.ID = m.lineID(p.Identity)
		}
		product := minicrm.FeedProduct{
			ID: p.ID, Name: productName(p.Line), PriceNet: p.Net, Quantity: p.Quantity,
			Description: m.cut("Description of "+p.Line.Item, description(p.Line), minicrm.DescriptionLength),
			Unit:        p.Unit, VAT: p.Line.VAT, FolderName: m.conn.Folder,
		}
		if m.conn.SendSKU && p.Line.SKU != "" {
			product.SKU = &p.Line.SKU
		}
		products = append(products, product)
	}
	return products, nil
}

// productName is the line's name; MiniCRM refuses an empty one, so a line without
// a name shows its article number, or else its id.
func productName(l punte.Line) string {
	for _, name := range []string{l.Name, l.SKU} {
		if strings.TrimSpace(name) != "" {
			return name
		}
	}
	return l.Item
}

// description tells what the name does not: the chosen variants and what the buyer
// answered about the product.
func description(l punte.Line) string {
	var parts []string
	for _, v := range l.Variants {
		parts = append(parts, v.Name+": "+v.Value)
	}
	for _, p := range l.Params {
		parts = append(parts, p.Name+": "+p.Value)
	}
	return strings.Join(parts, "\n")
}

// card is the customer's card. created says that it goes to MiniCRM for the first
// time: only then owner and status are set, for MiniCRM moves the card on by its
// own rules. orders is the number of that customer's orders.
func (m *mapper) card(b punte.Buyer, external int64, fallback string, created bool, orders int) (minicrm.FeedProject, error) {
	p := minicrm.FeedProject{
		ID:         external,
		Name:       m.cut("Name", b.CardName(fallback), cardNameLength),
		CategoryID: m.conn.WebshopCategory,
	}
	if created {
		p.UserID = m.owner
		p.StatusID = m.statusForm(cardStatus(m.language, orders))
	}
	if b.Company() {
		business, err := m.business(b)
		if err != nil {
			return p, err
		}
		p.Business = business
	}
	p.Contacts = []minicrm.FeedContact{m.contact(b, external, fallback)}
	return p, nil
}

// cardStatus is the segment a new customer's card begins in, by the number of
// orders.
func cardStatus(language string, orders int) string {
	names, _ := minicrm.WebshopStatusNames(language)
	switch {
	case orders == 0:
		return names.Registered
	case orders == 1:
		return names.New
	}
	return names.Promising
}

func (m *mapper) contact(b punte.Buyer, external int64, fallback string) minicrm.FeedContact {
	name := b.Person()
	if name == "" {
		name = b.CardName(fallback)
	}
	first, last := punte.SplitName(name, orderLanguage(b.Language, m.language))
	c := minicrm.FeedContact{
		ID:        external,
		FirstName: m.cut("FirstName", first, personLength),
		LastName:  m.cut("LastName", last, personLength),
	}
	if email := strings.TrimSpace(b.Email); email != "" {
		c.Emails = []string{m.cut("Email", email, contactLength)}
	}
	for _, phone := range b.Phones() {
		c.Phones = append(c.Phones, m.cut("Phone", phone, contactLength))
	}
	return c
}

func (m *mapper) business(b punte.Buyer) (*minicrm.FeedBusiness, error) {
	a := b.Invoice
	business := &minicrm.FeedBusiness{
		Name:      m.cut("Business name", strings.TrimSpace(a.Name), businessLength),
		VatNumber: a.TaxNumber,
	}
	if business.VatNumber == "" {
		business.VatNumber = a.EUTaxNumber
	}
	if !a.Known() {
		return business, nil
	}
	address := minicrm.FeedAddress{PostalCode: a.PostalCode, City: a.City, Address: a.Street}
	code := a.Country
	if code == "" {
		code = b.Country
	}
	if code != "" { // the own record of a customer may name none, an order does
		country, err := m.country(code)
		if err != nil {
			return nil, err
		}
		address.CountryID = country
	}
	business.Addresses = []minicrm.FeedAddress{address}
	return business, nil
}
