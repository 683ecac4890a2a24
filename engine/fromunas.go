package engine

import (
	"fmt"
	"strings"
	"time"

	"github.com/govalues/decimal"
	"golang.org/x/text/currency"

	"punte"
	"punte/minicrm"
	"punte/unas"
)

// wireTime is how UNAS prints times: in the shop's zone, without naming it.
const wireTime = "2006.01.02 15:04:05"

// giftItem is the special word of a line that is given away; its price may be empty.
const giftItem = "gift"

// fromUNAS reads what the shop printed. An error is a *punte.FieldError that names
// the part that is missing or odd; the order returned with it holds what could be
// read before (its id and key among it, if they are there).
func fromUNAS(w unas.Order, zone *time.Location) (punte.Order, error) {
	r := &reader{zone: zone}
	o := punte.Order{
		Damaged: w.Damaged,
		Key:     strings.TrimSpace(w.Key), InternalKey: strings.TrimSpace(w.InternalKey),
		ID:       r.id("Id", w.ID),
		Language: strings.ToLower(strings.TrimSpace(w.Lang)),
		Type:     w.Type, Referer: w.Referer, Coupon: w.Coupon, WeightKg: strings.TrimSpace(w.Weight),
		Authenticated: w.Authenticated,
		Status:        punte.ShopStatus{ID: strings.TrimSpace(w.StatusID), Name: strings.TrimSpace(w.Status), Type: strings.TrimSpace(w.StatusType)},
		Payment: punte.Payment{
			Name: w.Payment.Name, Type: strings.TrimSpace(w.Payment.Type), Status: w.Payment.Status,
			Paid: w.Payment.Paid, Pending: w.Payment.Pending, Unpaid: w.Payment.Unpaid,
		},
		Shipping: punte.Shipping{Name: w.Shipping.Name, PackageNumber: w.Shipping.PackageNumber, TrackingURL: w.Shipping.TrackingURL},
		Invoice:  punte.Invoice{Number: w.Invoice.Number, URL: strings.TrimSpace(w.Invoice.URL)},
		Storno:   punte.Invoice{Number: w.StornoNumber, URL: strings.TrimSpace(w.StornoURL)},
		Campaign: punte.Campaign{Source: w.UTM.Source, Medium: w.UTM.Medium, Name: w.UTM.Campaign, Content: w.UTM.Content},
		Related: punte.Related{
			MergedFrom: w.Info.MergedFrom, SeparatedTo: w.Info.SeparatedTo, SeparatedFrom: w.Info.SeparatedFrom,
			CopiedFrom: w.Info.CopiedFrom, ReturnedFrom: w.Info.ReturnedFrom, ReturnedTo: w.Info.ReturnedTo,
		},
		Params: params(w.Params),
	}
	if o.Key == "" {
		r.fail("Key", "", "the order has no number")
	}
	o.Placed = r.time("Date", w.Date)
	o.Modified = o.Placed
	if strings.TrimSpace(w.DateMod) != "" {
		o.Modified = r.time("DateMod", w.DateMod)
	}
	o.Currency = r.currency("Currency", w.Currency)
	if strings.TrimSpace(o.Status.Name) == "" && o.Status.ID == "" {
		r.fail("Status", "", "the order has no status")
	}
	for _, c := range w.Comments {
		o.Comments = append(o.Comments, punte.Comment{Type: strings.TrimSpace(c.Type), Text: c.Text})
	}
	o.VATCountry = countryCode(w.VatCountryCode, "")
	o.Buyer = r.buyer(w.Customer, o.VATCountry)
	o.Buyer.Language = o.Language
	o.Gross = r.amount("SumPriceGross", w.SumPriceGross)
	for i, item := range w.Items {
		o.Lines = append(o.Lines, r.line(item, fmt.Sprintf("Items/Item[%d]/", i+1)))
	}
	if len(w.Items) == 0 {
		r.fail("Items", "", "the order has no lines")
	}
	return o, r.error()
}

// reader keeps the first fault of an order.
type reader struct {
	zone  *time.Location
	fault *punte.FieldError
}

func (r *reader) error() error {
	if r.fault == nil {
		return nil
	}
	return r.fault
}

func (r *reader) fail(field, value, reason string) {
	if r.fault == nil {
		r.fault = punte.BadField(field, value, reason)
	}
}

func (r *reader) id(field, text string) int64 {
	id, ok := punte.ExternalNumber(text)
	if !ok {
		r.fail(field, text, "an id is a number from 1 to 9,999,999,999")
	}
	return id
}

func (r *reader) time(field, text string) time.Time {
	t, err := time.ParseInLocation(wireTime, strings.TrimSpace(text), r.zone)
	if err != nil {
		r.fail(field, text, "a time is written as YYYY.MM.DD HH:MM:SS")
		return time.Time{}
	}
	return t.UTC()
}

func (r *reader) currency(field, text string) string {
	text = strings.TrimSpace(text)
	if _, err := currency.ParseISO(text); err != nil || strings.ToUpper(text) != text {
		r.fail(field, text, "a currency is an ISO code such as HUF, RON or EUR")
		return ""
	}
	return text
}

func (r *reader) amount(field, text string) decimal.Decimal {
	if strings.TrimSpace(text) == "" {
		r.fail(field, text, "the number is missing")
		return decimal.Decimal{}
	}
	amount, err := punte.ParseAmount(text)
	if err != nil {
		r.fail(field, text, "a number is written with at most 19 digits and a decimal point")
	}
	return amount
}

func (r *reader) line(w unas.Item, at string) punte.Line {
	l := punte.Line{Item: strings.TrimSpace(w.ID), SKU: strings.TrimSpace(w.SKU), Name: strings.TrimSpace(w.Name), Unit: strings.TrimSpace(w.Unit)}
	if l.Item == "" {
		r.fail(at+"Id", "", "the line has no product id and no special word")
	}
	if strings.Trim(l.Item, "0123456789") == "" && l.Item != "" {
		r.id(at+"Id", l.Item) // a product's; any other text is a word
	}
	for _, v := range w.Variants {
		l.Variants = append(l.Variants, punte.Variant{Name: v.Name, Value: v.Value})
	}
	for _, p := range w.ProductParams {
		value := p.Value
		if value == "" {
			value = p.URL
		}
		l.Params = append(l.Params, punte.Param{Name: p.Name, Value: value})
	}
	l.Quantity = r.amount(at+"Quantity", w.Quantity)
	if l.Item != giftItem || strings.TrimSpace(w.PriceGross) != "" {
		l.Gross = r.amount(at+"PriceGross", w.PriceGross)
	}
	if strings.TrimSpace(w.PriceNet) != "" {
		l.Net, l.HasNet = r.amount(at+"PriceNet", w.PriceNet), true
	}
	vat, err := punte.ParseVAT(w.Vat)
	if err != nil {
		r.fail(at+"Vat", w.Vat, "a VAT rate is a percentage such as 27% or 0%")
	}
	l.VAT = vat
	return l
}

func (r *reader) buyer(w unas.Customer, vatCountry string) punte.Buyer {
	b := punte.Buyer{
		Email: strings.TrimSpace(w.Email), Username: w.Username, Name: strings.TrimSpace(w.ContactName), Phone: strings.TrimSpace(w.Phone), Mobile: strings.TrimSpace(w.Mobile),
		Invoice: address(w.Invoice), Delivery: address(w.Shipping), Group: w.Group.Name, Params: params(w.Params),
	}
	if strings.TrimSpace(w.ID) != "" {
		b.CustomerID = r.id("Customer/Id", w.ID)
	}
	shown := b.Destination()
	b.Country = shown.Country
	if b.Country == "" {
		b.Country = vatCountry
	}
	which := "Shipping"
	if shown == b.Invoice {
		which = "Invoice"
	}
	if b.Country == "" {
		r.fail("Customer/Addresses/"+which+"/Country", shown.CountryName,
			"neither the code, nor the name, nor VatCountryCode is a country that MiniCRM knows")
	}
	return b
}

func address(w unas.Address) punte.Address {
	street := w.Street
	if strings.TrimSpace(street) == "" {
		street = strings.Join(strings.Fields(strings.Join([]string{w.StreetName, w.StreetType, w.StreetNumber}, " ")), " ")
	}
	return punte.Address{
		Name: strings.TrimSpace(w.Name), PostalCode: strings.TrimSpace(w.ZIP), City: strings.TrimSpace(w.City), Street: strings.TrimSpace(street), County: strings.TrimSpace(w.County),
		Country: countryCode(w.CountryCode, w.Country), CountryName: w.Country,
		TaxNumber: strings.TrimSpace(w.TaxNumber), EUTaxNumber: strings.TrimSpace(w.EUTaxNumber), Kind: strings.TrimSpace(w.CustomerType),
		PointID: w.DeliveryPointID, PointGroup: w.DeliveryPointGroup, Recipient: w.RecipientName,
	}
}

// countryCode is the ISO code of a country that MiniCRM has a label for, found by
// code, else by name; empty if there is none.
func countryCode(code, name string) string {
	code = strings.ToUpper(strings.TrimSpace(code))
	if _, ok := minicrm.CountryLabel(code, "en"); ok {
		return code
	}
	found, _ := minicrm.CountryByName(strings.TrimSpace(name))
	return found
}

func params(list []unas.Param) []punte.Param {
	var out []punte.Param
	for _, p := range list {
		out = append(out, punte.Param{Name: p.Name, Value: p.Value})
	}
	return out
}
