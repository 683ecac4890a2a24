package minicrmsim

import (
	"cmp"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// stockParts are what REST says of a product and a line of XML does not.
type stockParts struct {
	EAN       string          `json:"ean"`
	Currency  string          `json:"currency"`
	Warehouse string          `json:"warehouse"`
	Text      string          `json:"text"`
	Quantity  decimal.Decimal `json:"quantity"`
	Deleted   bool            `json:"deleted"`
}

// A withdrawal is what an order took from the stock.
type withdrawal struct {
	Product  int64           `json:"product"`
	Quantity decimal.Decimal `json:"quantity"`
}

var percent = regexp.MustCompile(`^[0-9]{1,2}(\.[0-9]+)?%$`)

// putProduct creates or changes a stock item; an SKU that exists is changed.
func (c *CRM) putProduct(k call) (any, error) {
	if k.method != http.MethodPut {
		return nil, c.notAllowed()
	}
	if !k.names(2) {
		return nil, c.notFound()
	}
	sent, err := c.fieldsOf(k)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &c.stock
	var p *product
	if id := k.id(2); id != 0 {
		if id > int64(len(s.products)) {
			return nil, c.notFound()
		}
		p = s.products[id-1]
	} else if sent["SKU"] != "" {
		p = s.sku[sent["SKU"]]
	}
	if p == nil && sent["Name"] == "" {
		return nil, c.bad(sayMissing, "Name")
	}
	made := product{id: int64(len(s.products)) + 1, vat: c.highestVAT(), more: stockParts{Currency: c.ownCurrency()}}
	if p != nil {
		made = *p
	}
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		if err := c.setProduct(&made, name, sent[name]); err != nil {
			return nil, err
		}
	}
	if _, given := sent["FolderName"]; given || p == nil {
		made.folder = c.folder(sent["FolderName"], true)
	}
	if p == nil {
		p = new(product)
		s.products = append(s.products, p)
	} else if p.sku != made.sku {
		delete(s.sku, p.sku)
	}
	*p = made
	if p.sku != "" {
		s.sku[p.sku] = p
	}
	return object{{"Id", p.id}}, nil
}

func (c *CRM) setProduct(p *product, name, value string) error {
	ok := true
	switch name {
	case "Id", "FolderName":
	case "Name":
		p.name, ok = value, value != ""
	case "SKU":
		other := c.stock.sku[value]
		p.sku, ok = value, other == nil || other.id == p.id
	case "EAN":
		p.more.EAN = value
	case "UnitName":
		p.unit = value
	case "Warehouse_Name":
		p.more.Warehouse = value
	case "Description":
		p.more.Text = value
	case "CurrencyCode":
		p.more.Currency, ok = cmp.Or(value, p.more.Currency), value == "" || currencyCode.MatchString(value)
	case "VAT":
		p.vat, ok = cmp.Or(value, p.vat), value == "" || percent.MatchString(value)
	case "PriceNet":
		_, err := decimal.Parse(cmp.Or(value, "0"))
		p.price, ok = value, err == nil
	case "Quantity":
		var err error
		p.more.Quantity, err = decimal.Parse(cmp.Or(value, "0"))
		ok = err == nil
	case "Deleted":
		p.more.Deleted, ok = value == "1", value == "0" || value == "1"
	default:
		return c.unknown(name)
	}
	if !ok {
		return c.badOption(name, value)
	}
	return nil
}

// highestVAT stands in for a missing VAT: the highest rate of the country that
// the system's language is spoken in.
func (c *CRM) highestVAT() string {
	return [...]string{english: "27%", hungarian: "27%", romanian: "21%"}[c.language]
}

func (c *CRM) ownCurrency() string {
	return [...]string{english: "EUR", hungarian: "HUF", romanian: "RON"}[c.language]
}

// moveStock takes the items of a finalised order from the stock, and puts back
// what it took before. Lines that are in no stock are passed over.
func (c *CRM) moveStock(o *order) {
	for _, w := range c.register.Withdrawn[o.id] {
		c.stock.products[w.Product-1].add(w.Quantity)
	}
	delete(c.register.Withdrawn, o.id)
	if !c.o.Switches.OrdersDriveStock || o.state == Draft || o.state == Failed {
		return
	}
	for _, l := range o.lines {
		p := c.stock.reference[l.reference]
		if p == nil || l.reference == 0 {
			p = c.stock.sku[strings.TrimSpace(l.sku)]
		}
		if p == nil {
			continue
		}
		p.add(l.quantity.Neg())
		c.register.Withdrawn[o.id] = append(c.register.Withdrawn[o.id], withdrawal{p.id, l.quantity})
	}
}

// add changes the number of pieces there are; it stays where it would overflow.
func (p *product) add(n decimal.Decimal) {
	if sum, err := p.more.Quantity.Add(n); err == nil {
		p.more.Quantity = sum
	}
}
