package minicrm

import (
	"context"
	"fmt"
	"net/http"
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
	ID                           int64 // of the document, which is not the id of its card
	ProjectID                    int64 // of its card in the Orders module
	Number                       string
	Issued, Performance          string
	CurrencyCode                 string
	AmountNet, AmountVat, Amount string
	Status                       string // label, see DocumentState
	StatusGroup                  string // Lead, Open, Success, Failed
	DocumentURL                  string
}

// Document is an order document. Its amounts are computed by MiniCRM; amounts are decimals as printed.
type Document struct {
	ID, ProjectID, CustomerID    int64
	Number, Subject              string
	PaymentMethod, Performance   string
	CurrencyCode                 string
	AmountNet, AmountVat, Amount string
	Customer                     DocumentCustomer
	Items                        []DocumentItem
	Project                      map[string]string // fields of its card: Name, StatusId and others
}

// DocumentCustomer is the buyer on a document. CountryID is a number here, like a dialling code.
type DocumentCustomer struct {
	Name, CountryID, County, PostalCode, City, Address string
	VatNumber, EUVatNumber                             string
}

// DocumentItem is a line of a document.
type DocumentItem struct {
	ID                          int64
	SKU, EAN, Name, Description string
	PriceNet, Quantity          string // six and four decimals
	Unit                        string
	VAT                         string // "27%"
	PriceNetTotal, PriceTotal   string // four and two decimals
}

// OrderList returns a page of the documents changed after since, to the minute; the zero time asks for all. The first
// page is 0. Drafts are not listed.
func (c *Client) OrderList(ctx context.Context, since time.Time, page int) (OrderPage, error) {
	const endpoint = "Order/List"
	query := url.Values{"Page": {strconv.Itoa(page)}}
	if !since.IsZero() {
		query.Set("UpdatedSince", c.wireTime(since, "2006-01-02 15:04"))
	}
	v, err := c.get(ctx, endpoint, endpoint, query)
	if err != nil {
		return OrderPage{}, err
	}
	p, err := orderPage(v)
	if err != nil {
		return OrderPage{}, malformed(Call{endpoint}, http.StatusOK, err)
	}
	return p, nil
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
			Number:       r.field("Number").string(),
			Issued:       r.field("Issued").string(),
			Performance:  r.field("Performance").string(),
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
	v, err := c.get(ctx, endpoint, endpoint+"/"+strconv.FormatInt(id, 10), nil)
	if err != nil {
		return Document{}, err
	}
	d, err := document(v)
	if err != nil {
		return Document{}, malformed(Call{endpoint}, http.StatusOK, err)
	}
	return d, nil
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
		PaymentMethod: v.field("PaymentMethod").string(),
		Performance:   v.field("Performance").string(),
		CurrencyCode:  v.field("CurrencyCode").string(),
		AmountNet:     v.field("AmountNet").string(),
		AmountVat:     v.field("AmountVat").string(),
		Amount:        v.field("Amount").string(),
		Customer:      documentCustomer(v.field("Customer")),
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
		Name:        v.field("Name").string(),
		CountryID:   v.field("CountryId").string(),
		County:      v.field("County").string(),
		PostalCode:  v.field("PostalCode").string(),
		City:        v.field("City").string(),
		Address:     v.field("Address").string(),
		VatNumber:   v.field("VatNumber").string(),
		EUVatNumber: v.field("EUVatNumber").string(),
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
		PriceNetTotal: v.field("PriceNetTotal").string(),
		PriceTotal:    v.field("PriceTotal").string(),
	}, n.err
}
