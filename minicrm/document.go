package minicrm

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"strconv"
	"time"
)

// OrderPage is one page of the list of order documents, in the order sent: the one changed last comes first.
type OrderPage struct {
	Count int // of the whole list; 0 if not told
	Rows  []OrderRow
}

// OrderRow is a document in that list. Amounts are decimals as printed; dates are "2006-01-02".
type OrderRow struct {
	ID                           int64  // of the document, which is not the id of its card
	ProjectID                    int64  // of its card in the Orders module
	StornedID                    int64  // of the document that this one cancels, 0 if none
	Type                         string // Order
	Number                       string
	Issued, Performance          string
	Prompt, Paid                 string // due date; date of payment, "" if not paid
	CurrencyCode                 string
	AmountNet, AmountVat, Amount string
	Status                       string // label, see DocumentState
	StatusGroup                  string // Lead, Open, Success, Failed
	DocumentURL                  string
}

// Document is an order document. Its amounts are computed by MiniCRM; amounts are decimals as printed. Source: MiniCRM
// Integrations Manual, "Detailed data of an order".
type Document struct {
	ID, ProjectID, CustomerID    int64
	Number, Subject              string
	InvoiceMode, Accounting, OSS string // Normal, Normal, 0
	PaymentMethod, Performance   string
	CurrencyCode                 string
	AmountNet, AmountVat, Amount string
	Customer                     DocumentCustomer
	// VendorGroupID is the seller's group tax number.
	VendorGroupID string
	Items         []DocumentItem
	Project       map[string]string // fields of its card: Name, StatusId and others
}

// DocumentCustomer is the buyer on a document. CountryID is a number here, like a dialling code.
type DocumentCustomer struct {
	Name, CountryID, County, PostalCode, City, Address string
	VatNumber, EUVatNumber                             string
	AccountNumber, RegistrationNumber                  string
	GroupID                                            string // group tax number
}

// DocumentItem is a line of a document.
type DocumentItem struct {
	ID                          int64
	SKU, EAN, Name, Description string
	PriceNet, Quantity          string // six and four decimals
	Unit                        string
	VAT, VATSubtype             string // "27%"
	PriceNetTotal, PriceTotal   string // four and two decimals
}

// OrderFilter says which documents to list; empty parts do not count.
type OrderFilter struct {
	UpdatedSince time.Time // changed after it, to the minute
	StatusGroup  string    // Lead, Open, Success, Failed
	// UnderOffer asks at /Api/Offer/List, which one chapter of the manual prints for the list of orders.
	UnderOffer bool
}

const (
	orderListEndpoint = "Order/List"
	offerListEndpoint = "Offer/List"
)

func (f OrderFilter) endpoint() string {
	if f.UnderOffer {
		return offerListEndpoint
	}
	return orderListEndpoint
}

// Orders lists the documents that f describes, as Projects does; drafts are not listed. The one changed last comes
// first, so that a document that changes meanwhile is met again or was met already, and hides no other.
func (c *Client) Orders(ctx context.Context, f OrderFilter) iter.Seq2[OrderRow, error] {
	fetch := func(number int) (listed[OrderRow], error) {
		page, err := c.OrderList(ctx, f, number)
		return listed[OrderRow]{page.Count, page.Rows}, err
	}
	return pages(Call{f.endpoint()}, fetch, func(r OrderRow) int64 { return r.ID })
}

// OrderList returns one page of that list; the first is 0. Source: MiniCRM Integrations Manual, "Order list endpoint";
// its filters and its address under Order are from the chapter "Stock endpoint".
func (c *Client) OrderList(ctx context.Context, f OrderFilter, page int) (OrderPage, error) {
	q := query{url.Values{"Page": {strconv.Itoa(page)}}}
	if !f.UpdatedSince.IsZero() {
		q.text("UpdatedSince", c.wireTime(f.UpdatedSince, "2006-01-02 15:04"))
	}
	q.text("StatusGroup", f.StatusGroup)
	return read(ctx, c, f.endpoint(), f.endpoint(), q.Values, orderPage)
}

func orderPage(v value) (OrderPage, error) {
	count, rows, err := decodeList(v)
	if err != nil {
		return OrderPage{}, err
	}
	p := OrderPage{Count: count, Rows: make([]OrderRow, 0, len(rows))}
	for _, r := range rows {
		n := numbers{of: r.value}
		p.Rows = append(p.Rows, OrderRow{
			ID:           r.id,
			ProjectID:    n.field("ProjectId"),
			StornedID:    n.field("StornedId"),
			Type:         r.field("Type").string(),
			Number:       r.field("Number").string(),
			Issued:       r.field("Issued").date(),
			Performance:  r.field("Performance").string(),
			Prompt:       r.field("Prompt").date(),
			Paid:         r.field("Paid").date(),
			CurrencyCode: r.field("CurrencyCode").string(),
			AmountNet:    r.field("AmountNet").string(),
			AmountVat:    r.field("AmountVat").string(),
			Amount:       r.field("Amount").string(),
			Status:       r.field("Status").string(),
			StatusGroup:  r.field("StatusGroup").string(),
			DocumentURL:  r.field("DocumentUrl").string(),
		})
		if n.err != nil {
			return OrderPage{}, n.err
		}
	}
	return p, nil
}

// Order returns an order document by its own id, drafts too.
func (c *Client) Order(ctx context.Context, id int64) (Document, error) {
	const endpoint = "Order"
	return read(ctx, c, endpoint, endpoint+"/"+strconv.FormatInt(id, 10), nil, document)
}

func document(v value) (Document, error) {
	r, err := record("", v)
	if err != nil {
		return Document{}, err
	}
	n := numbers{of: v}
	d := Document{
		ID:            r.id,
		ProjectID:     n.field("ProjectId"),
		CustomerID:    n.field("CustomerId"),
		Number:        v.field("Number").string(),
		Subject:       v.field("Subject").string(),
		InvoiceMode:   v.field("InvoiceMode").string(),
		Accounting:    v.field("Accounting").string(),
		OSS:           v.field("OSS").string(),
		PaymentMethod: v.field("PaymentMethod").string(),
		Performance:   v.field("Performance").string(),
		CurrencyCode:  v.field("CurrencyCode").string(),
		AmountNet:     v.field("AmountNet").string(),
		AmountVat:     v.field("AmountVat").string(),
		Amount:        v.field("Amount").string(),
		Customer:      documentCustomer(v.field("Customer")),
		VendorGroupID: v.field("VendorGroupIdentificationNumber").string(),
		Project:       values(v.field("Project")),
	}
	if n.err != nil {
		return Document{}, n.err
	}
	for _, m := range v.field("Items").members {
		item, err := documentItem(m.value)
		if err != nil {
			return Document{}, fmt.Errorf("reading an item: %w", err)
		}
		d.Items = append(d.Items, item)
	}
	return d, nil
}

func documentCustomer(v value) DocumentCustomer {
	return DocumentCustomer{
		Name:               v.field("Name").string(),
		CountryID:          v.field("CountryId").string(),
		County:             v.field("County").string(),
		PostalCode:         v.field("PostalCode").string(),
		City:               v.field("City").string(),
		Address:            v.field("Address").string(),
		VatNumber:          v.field("VatNumber").string(),
		EUVatNumber:        v.field("EUVatNumber").string(),
		AccountNumber:      v.field("AccountNumber").string(),
		RegistrationNumber: v.field("RegistrationNumber").string(),
		GroupID:            v.field("GroupIdentificationNumber").string(),
	}
}

func documentItem(v value) (DocumentItem, error) {
	if !v.isRecord() {
		return DocumentItem{}, errNoObject
	}
	n := numbers{of: v}
	return DocumentItem{
		ID:            n.field("Id"),
		SKU:           v.field("SKU").string(),
		EAN:           v.field("EAN").string(),
		Name:          v.field("Name").string(),
		Description:   v.field("Description").string(),
		PriceNet:      v.field("PriceNet").string(),
		Quantity:      v.field("Quantity").string(),
		Unit:          v.field("Unit").string(),
		VAT:           v.field("VAT").string(),
		VATSubtype:    v.field("VATSubtype").string(),
		PriceNetTotal: v.field("PriceNetTotal").string(),
		PriceTotal:    v.field("PriceTotal").string(),
	}, n.err
}
