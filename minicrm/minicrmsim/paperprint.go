package minicrmsim

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/govalues/decimal"
)

// difference is a minus b, zero where that overflows.
func difference(a, b decimal.Decimal) decimal.Decimal {
	d, err := a.Sub(b)
	if err != nil {
		return zero
	}
	return d
}

func (c *CRM) printPaper(p *paper) object {
	if p.Kind == "Offer" {
		return c.printOffer(p)
	}
	return c.printInvoice(p)
}

// vendor is who issued a document: the system's own company, with the parts
// that a kind of document prints beside the address.
func (c *CRM) vendor(parts ...string) object {
	country := [...]string{english: "36", hungarian: "36", romanian: "40"}[c.language]
	all := object{
		{"Name", "Example Vendor"},
		{"CountryId", country},
		{"PostalCode", "1000"},
		{"City", "Example City"},
		{"Address", "Example Street 1"},
	}
	for _, name := range parts {
		all = all.with(name, "")
	}
	return all
}

func (p *paper) buyer(names ...string) object {
	var all object
	for _, name := range names {
		all = all.with(name, p.Buyer[name])
	}
	return all
}

func (c *CRM) printOffer(p *paper) object {
	lines, net, gross := p.lines()
	items := []any{}
	for _, l := range lines {
		items = append(items, object{
			{"Id", c.documentID(l.id)},
			{"SKU", l.sku},
			{"EAN", l.ean},
			{"Name", l.name},
			{"Description", l.text},
			{"PriceNet", fixed(l.price, 4)},
			{"Quantity", fixed(l.quantity, 2)},
			{"Unit", l.unit},
			{"VAT", canonical(l.rate) + "%"},
			{"PriceNetTotal", canonical(l.net)},
			{"PriceTotal", canonical(l.gross)},
		})
	}
	card := c.cards[p.Card]
	own := object{}
	for _, f := range card.module.fields {
		own = own.with(f.name, card.fields[f.name])
	}
	return object{
		{"Id", c.documentID(p.ID)},
		{"ProjectId", c.documentID(p.Card)},
		{"InvoicePadCounter", fmt.Sprintf("%05d", p.Counter)},
		{"Number", p.Number},
		{"Type", p.Type},
		{"InvoiceMode", "Normal"},
		{"Media", "PKI"},
		{"Language", p.Language},
		{"Customer", p.buyer("Name", "CountryId", "County", "PostalCode", "City", "Address", "AccountNumber", "VatNumber",
			"EUVatNumber", "RegistrationNumber", "GroupIdentificationNumber")},
		{"Vendor", c.vendor("AccountNumber", "IBAN", "SWIFT", "VatNumber", "EUVatNumber", "GroupIdentificationNumber",
			"RegistrationNumber")},
		{"ExtraData", ""},
		{"Subject", p.Subject},
		{"PaymentMethod", p.Payment},
		{"Issued", p.Issued},
		{"Performance", p.Performance},
		{"Prompt", p.Prompt},
		{"Paid", p.Paid},
		{"CurrencyCode", p.Currency},
		{"ConversionRate", ""},
		{"AmountNet", canonical(net)},
		{"AmountVat", canonical(difference(gross, net))},
		{"Amount", canonical(gross)},
		{"VATMode", p.VATMode},
		{"Accounting", "Normal"},
		{"DocumentId", c.documentID(p.ID)},
		{"DocumentUrl", c.documentURL(p.Kind, p.ID)},
		{"Items", items},
		{"Project", own.with("StatusId", wireID(card.status))},
	}
}

func (c *CRM) printInvoice(p *paper) object {
	lines, net, gross := p.lines()
	items := []any{}
	for _, l := range lines {
		items = append(items, object{
			{"Name", l.name},
			{"Description", l.text},
			{"PriceNet", c.invoicePrice(l.price)},
			{"VAT", canonical(l.rate) + "%"},
			{"Quantity", canonical(l.quantity)},
			{"Unit", l.unit},
			{"PriceNetTotal", c.invoicePrice(l.net)},
			{"PriceTotal", c.invoicePrice(l.gross)},
		})
	}
	reverse := "0"
	if p.VATMode == "ReverseCharge" {
		reverse = "1"
	}
	return object{
		{"Id", c.documentID(p.ID)},
		{"Number", p.Number},
		{"Type", p.Type},
		{"Media", "PKI"},
		{"Customer", p.buyer("Name", "CountryId", "PostalCode", "City", "Address", "AccountNumber", "VatNumber")},
		{"Vendor", c.vendor("AccountNumber", "VatNumber", "RegistrationNumber", "Miscellaneous")},
		{"Subject", p.Subject},
		{"PaymentMethod", p.Payment},
		{"Issued", p.Issued},
		{"Performance", p.Performance},
		{"Prompt", p.Prompt},
		{"Paid", cmp.Or(p.Paid, "0000-00-00")},
		{"CurrencyCode", p.Currency},
		{"AmountNet", fixed(net, 2)},
		{"AmountVat", fixed(difference(gross, net), 2)},
		{"Amount", fixed(gross, 2)},
		{"IsReverseCharge", reverse},
		{"DocumentUrl", c.documentURL(p.Kind, p.ID)},
		{"DocumentFileName", "invoice-" + strings.ToLower(strings.ReplaceAll(p.Number, "/", "-")) + "-1.pdf"},
		{"Items", items},
	}
}

// invoicePrice prints an amount of an invoice's line: two decimals after a
// comma, and blanks between thousands.
func (c *CRM) invoicePrice(d decimal.Decimal) string {
	text := fixed(d, 2)
	if c.o.Switches.InvoicePricesPlain {
		return text
	}
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	whole, cents, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + " " + whole[i:]
	}
	return sign + whole + "," + cents
}
