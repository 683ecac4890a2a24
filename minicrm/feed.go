package minicrm

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/govalues/decimal"

	"punte/xmlstream"
)

// FeedProject is a card of the Webshop module, a customer, with the orders below it, as the XML document of SyncFeed
// carries it. Fields that are empty, nil or 0 are left out of the document and so left alone in MiniCRM, except where
// a comment says otherwise. Times are printed as "2006-01-02 15:04:05" in MiniCRM's zone.
//
// Offers, which a card may carry in the same way, are left out: a shop's orders are none. Of their elements, Subject and
// Prompt were never seen in an order.
type FeedProject struct {
	ID               int64  // external id (Reference Id), required: unknown to MiniCRM = a new card
	Name             string // always written
	CategoryID       int64  // the Webshop module, required
	StatusID         string // name in the account's language, or id
	UserID           string // name or id of the owner
	ContactID        int64  // a person who is in MiniCRM already
	RegistrationDate string
	Disabled         *bool
	LostBasket       *LostBasket
	Fields           []FeedField // of the Webshop module
	Business         *FeedBusiness
	Contacts         []FeedContact
	Orders           []FeedOrder
}

// LostBasket is a customer's last abandoned basket. Its three parts are always written: empty ones clear it.
type LostBasket struct {
	Content, Date, Value string
}

// FeedField is a field by its API name. It is written even if Value is empty, which clears the field. The name becomes
// the name of an element, see xmlstream.ValidName.
type FeedField struct {
	Name, Value string
}

// FeedBusiness is the company of a customer.
type FeedBusiness struct {
	Name      string // always written
	VatNumber string
	Addresses []FeedAddress
	Emails    []string
	Phones    []string
}

// FeedAddress is an address of a company, in the four parts that MiniCRM's own plugin writes.
type FeedAddress struct {
	CountryID  string // label in the account's language, see CountryLabel
	PostalCode string
	City       string
	Address    string
}

// FeedContact is a person. Both names are always written.
type FeedContact struct {
	ID                  int64 // external id of the person
	FirstName, LastName string
	Emails, Phones      []string
	Type                string // as one customer's documents have it; MiniCRM's own plugin never writes it
}

// FeedOrder is an order. Number, Performance and Customer are always written.
type FeedOrder struct {
	ID            int64 // external id, required
	Number        string
	CurrencyCode  string // ISO 4217
	Language      string // whole: "_HU", "_RO", "_EN"
	Performance   string
	Status        string // one of the document states, see DocumentState
	PaymentMethod string // WiredTransfer, Card, Check, CashOnDelivery, Other
	Customer      FeedCustomer
	Fields        []FeedField // of the order's own card in the Orders module, UserId among them
	Products      []FeedProduct
}

// FeedCustomer is the buyer as the order document shows them. All five parts are always written; MiniCRM wants none
// of them empty.
type FeedCustomer struct {
	Name       string
	CountryID  string // label in the account's language, see CountryLabel
	PostalCode string
	City       string
	Address    string
}

// FeedProduct is a line of an order. Name, PriceNet, Quantity, Unit, VAT and FolderName are always written.
type FeedProduct struct {
	ID          int64 // external id, required, only once in an order
	Name        string
	PriceNet    decimal.Decimal // of one unit
	Quantity    decimal.Decimal
	SKU         *string         // nil: left out; empty: written empty
	Description string          // cut at DescriptionLength
	Unit        string          // see UnitPiece
	VAT         decimal.Decimal // percent: 27 is written as 27%
	FolderName  string
}

// DescriptionLength is the number of characters (code points) that MiniCRM takes in the description of a product.
const DescriptionLength = 1024

// FeedWriter writes the XML document of SyncFeed as a stream, in the order of elements of MiniCRM's own plugin.
// The same projects always give the same bytes.
type FeedWriter struct {
	xml    *xmlstream.Writer
	err    error
	closed bool
}

var errFeedClosed = errors.New("writing the document: it is closed already")

// NewFeedWriter returns a FeedWriter to w, which gets its bytes in pieces.
func NewFeedWriter(w io.Writer) *FeedWriter {
	x := xmlstream.NewWriter(w)
	x.Declaration()
	x.Open("Projects")
	return &FeedWriter{xml: x}
}

// WriteProject writes one card. A project that lacks a required id, or that has a field whose name can't be the name
// of an element, is refused before any of it is written. The first error sticks: a document in which something is
// missing must not be finished.
func (f *FeedWriter) WriteProject(p FeedProject) error {
	if f.err != nil {
		return f.err
	}
	if f.closed {
		f.err = errFeedClosed
		return f.err
	}
	if err := p.check(); err != nil {
		f.err = fmt.Errorf("writing the document: %w", err)
		return f.err
	}
	f.project(p)
	f.err = f.xml.Err()
	return f.err
}

// Close ends the root element and hands the last bytes to the underlying writer, which it does not close. A document
// without Close has no end tag, so that nobody takes the half for the whole.
func (f *FeedWriter) Close() error {
	if f.err != nil || f.closed {
		return f.err
	}
	f.closed = true
	f.xml.Close()
	f.err = f.xml.Flush()
	return f.err
}

// Flush hands what was written so far to the underlying writer and leaves the root open. Whoever gives up in the
// middle, because the input broke off, keeps by it what is whole.
func (f *FeedWriter) Flush() error {
	if f.err == nil {
		f.err = f.xml.Flush()
	}
	return f.err
}

// check finds what would make the document refused as a whole or malformed.
func (p *FeedProject) check() error {
	if p.ID <= 0 {
		return fmt.Errorf("a card needs an id, not %d", p.ID)
	}
	if p.CategoryID <= 0 {
		return fmt.Errorf("card %d needs the id of its module, not %d", p.ID, p.CategoryID)
	}
	if err := checkFields(p.Fields); err != nil {
		return fmt.Errorf("card %d: %w", p.ID, err)
	}
	for _, o := range p.Orders {
		if o.ID <= 0 {
			return fmt.Errorf("card %d: an order needs an id, not %d", p.ID, o.ID)
		}
		if err := checkFields(o.Fields); err != nil {
			return fmt.Errorf("order %d: %w", o.ID, err)
		}
		seen := make(map[int64]bool, len(o.Products))
		for _, line := range o.Products {
			if line.ID <= 0 {
				return fmt.Errorf("order %d: a product needs an id, not %d", o.ID, line.ID)
			}
			if seen[line.ID] { // MiniCRM would take one of the two for the other
				return fmt.Errorf("order %d: the product %d stands twice", o.ID, line.ID)
			}
			seen[line.ID] = true
		}
	}
	return nil
}

func checkFields(fields []FeedField) error {
	for _, field := range fields {
		if !xmlstream.ValidName(field.Name) {
			return fmt.Errorf("%.100q can't be the name of a field", field.Name)
		}
	}
	return nil
}

func (f *FeedWriter) project(p FeedProject) {
	x := f.xml
	x.Open("Project", id(p.ID))
	x.Text("Name", p.Name)
	x.Text("CategoryId", strconv.FormatInt(p.CategoryID, 10))
	f.optional("StatusId", p.StatusID)
	f.optional("UserId", p.UserID)
	if p.ContactID != 0 {
		x.Text("ContactId", strconv.FormatInt(p.ContactID, 10))
	}
	f.optional("WebshopRegistrationDate", p.RegistrationDate)
	if p.Disabled != nil {
		disabled := "0"
		if *p.Disabled {
			disabled = "1"
		}
		x.Text("WebshopDisabled", disabled)
	}
	if p.LostBasket != nil {
		x.Text("WebshopLostBasketContent", p.LostBasket.Content)
		x.Text("WebshopLostBasketDate", p.LostBasket.Date)
		x.Text("WebshopLostBasketValue", p.LostBasket.Value)
	}
	f.fields(p.Fields)
	if p.Business != nil {
		f.business(*p.Business)
	}
	if len(p.Contacts) > 0 {
		x.Open("Contacts")
		for _, c := range p.Contacts {
			f.contact(c)
		}
		x.Close()
	}
	if len(p.Orders) > 0 {
		x.Open("Orders")
		for _, o := range p.Orders {
			f.order(o)
		}
		x.Close()
	}
	x.Close()
}

func (f *FeedWriter) business(b FeedBusiness) {
	x := f.xml
	x.Open("Business")
	x.Text("Name", b.Name)
	f.optional("VatNumber", b.VatNumber)
	if len(b.Addresses) > 0 {
		x.Open("Addresses")
		for _, a := range b.Addresses {
			x.Open("Address")
			f.optional("CountryId", a.CountryID)
			f.optional("PostalCode", a.PostalCode)
			f.optional("City", a.City)
			f.optional("Address", a.Address)
			x.Close()
		}
		x.Close()
	}
	f.values("Emails", "Email", b.Emails)
	f.values("Phones", "Phone", b.Phones)
	x.Close()
}

func (f *FeedWriter) contact(c FeedContact) {
	x := f.xml
	if c.ID != 0 {
		x.Open("Contact", id(c.ID))
	} else {
		x.Open("Contact")
	}
	// Both, for they are one name: a name that lost its first part would keep the old one otherwise.
	x.Text("FirstName", c.FirstName)
	x.Text("LastName", c.LastName)
	f.values("Emails", "Email", c.Emails)
	f.values("Phones", "Phone", c.Phones)
	f.optional("Type", c.Type)
	x.Close()
}

func (f *FeedWriter) order(o FeedOrder) {
	x := f.xml
	x.Open("Order", id(o.ID))
	x.Text("Number", o.Number)
	f.optional("CurrencyCode", o.CurrencyCode)
	f.optional("Language", o.Language)
	x.Text("Performance", o.Performance)
	f.optional("Status", o.Status)
	f.optional("PaymentMethod", o.PaymentMethod)
	x.Open("Customer")
	x.Text("Name", o.Customer.Name)
	x.Text("CountryId", o.Customer.CountryID)
	x.Text("PostalCode", o.Customer.PostalCode)
	x.Text("City", o.Customer.City)
	x.Text("Address", o.Customer.Address)
	x.Close()
	if len(o.Fields) > 0 {
		x.Open("Project")
		f.fields(o.Fields)
		x.Close()
	}
	if len(o.Products) > 0 {
		x.Open("Products")
		for _, line := range o.Products {
			f.product(line)
		}
		x.Close()
	}
	x.Close()
}

func (f *FeedWriter) product(line FeedProduct) {
	x := f.xml
	x.Open("Product", id(line.ID))
	x.Text("Name", line.Name)
	x.Text("PriceNet", plain(line.PriceNet))
	x.Text("Quantity", plain(line.Quantity))
	if line.SKU != nil {
		x.Text("SKU", *line.SKU)
	}
	f.optional("Description", Cut(line.Description, DescriptionLength))
	x.Text("Unit", line.Unit)
	x.Text("VAT", plain(line.VAT)+"%")
	x.Text("FolderName", line.FolderName)
	x.Close()
}

func (f *FeedWriter) optional(name, value string) {
	if value != "" {
		f.xml.Text(name, value)
	}
}

func (f *FeedWriter) fields(fields []FeedField) {
	for _, field := range fields {
		f.xml.Text(field.Name, field.Value)
	}
}

// values writes <Emails><Email><Value>…</Value></Email></Emails> and the like.
func (f *FeedWriter) values(list, item string, values []string) {
	if len(values) == 0 {
		return
	}
	f.xml.Open(list)
	for _, v := range values {
		f.xml.Open(item)
		f.xml.Text("Value", v)
		f.xml.Close()
	}
	f.xml.Close()
}

func id(n int64) xmlstream.Attr {
	return xmlstream.Attr{Name: "Id", Value: strconv.FormatInt(n, 10)}
}

// plain prints d without exponent and without trailing zeros.
func plain(d decimal.Decimal) string { return d.Trim(0).String() }
