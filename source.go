package punte

import (
	"slices"
	"time"

	"github.com/govalues/decimal"
)

// SourceKind is what a source of the catalogue holds, as far as that is the same for
// every order: which types of fields it can ever fit.
type SourceKind int

// The kinds of sources.
const (
	FreeSource   SourceKind = iota // whatever somebody wrote: an answer, a remark, a number with letters
	TextSource                     // words, never a number
	NumberSource                   // a number with a decimal point
	YesNoSource                    // yes or no
	TimeSource                     // an instant, written as time.RFC3339 in UTC
	URLSource                      // an address of the web
)

// SourceKindOf tells what a source of field_map holds.
func SourceKindOf(name string) SourceKind {
	if kind, ok := sourceKinds[name]; ok {
		return kind
	}
	if _, ok := sources[name]; ok {
		return TextSource
	}
	return FreeSource
}

// sourceKinds holds those of the catalogue that are not plain words.
var sourceKinds = map[string]SourceKind{
	"order.placed": TimeSource, "order.authenticated": YesNoSource,

	"order.id": NumberSource, "order.total": NumberSource, "order.total_net": NumberSource, "order.total_vat": NumberSource,
	"order.products": NumberSource, "order.shipping_cost": NumberSource, "order.handling_cost": NumberSource,
	"order.discount": NumberSource, "order.weight": NumberSource, "buyer.id": NumberSource,
	"payment.paid": NumberSource, "payment.unpaid": NumberSource, "payment.pending": NumberSource,

	"shipping.tracking_url": URLSource, "invoice.url": URLSource, "storno.url": URLSource, "order.referer": URLSource,

	"order.key": FreeSource, "order.internal_key": FreeSource, "order.coupon": FreeSource, "buyer.username": FreeSource,
	"buyer.phone": FreeSource, "buyer.mobile": FreeSource, "buyer.tax_number": FreeSource, "buyer.eu_tax_number": FreeSource,
	"invoice_address.postal_code": FreeSource, "delivery_address.postal_code": FreeSource, "delivery_point.id": FreeSource,
	"shipping.package_number": FreeSource, "invoice.number": FreeSource, "storno.number": FreeSource,
	"comment.customer": FreeSource, "comment.customer_shipping": FreeSource, "comment.admin": FreeSource,
	"utm.source": FreeSource, "utm.medium": FreeSource, "utm.campaign": FreeSource, "utm.content": FreeSource,
}

// placedAt is when the order was placed, empty for an order that does not say.
func (o Order) placedAt() string {
	if o.Placed.IsZero() {
		return ""
	}
	return o.Placed.UTC().Format(time.RFC3339)
}

// sumOf adds up the gross sums of the lines of these special words, empty if the
// order has none of them: a shop without a discount shows no discount of 0.
func (o Order) sumOf(words ...string) string {
	return o.sumWhere(func(l Line) bool { return slices.Contains(words, l.Item) })
}

// productsSum is the gross sum of what is not a special word.
func (o Order) productsSum() string {
	return o.sumWhere(func(l Line) bool { _, word := special[l.Item]; return !word })
}

func (o Order) sumWhere(counts func(Line) bool) string {
	var total decimal.Decimal
	found := false
	for _, line := range o.Lines {
		if !counts(line) {
			continue
		}
		sum, err := line.Sum()
		if err != nil {
			return ""
		}
		if total, err = total.Add(sum); err != nil {
			return ""
		}
		found = true
	}
	if !found {
		return ""
	}
	return amountText(total)
}

// netTotal is the sum of the lines' net prices as they are sent, times quantity. UNAS
// prints no net total.
func (o Order) netTotal() (total decimal.Decimal, ok bool) {
	for _, line := range o.Lines {
		net, err := line.UnitNet()
		if err != nil {
			return total, false
		}
		sum, err := net.Mul(line.Quantity)
		if err != nil {
			return total, false
		}
		if total, err = total.Add(sum); err != nil {
			return total, false
		}
	}
	return total, len(o.Lines) > 0
}

func (o Order) netText() string {
	net, ok := o.netTotal()
	if !ok {
		return ""
	}
	return amountText(net)
}

// vatText is what the shop's total holds of VAT: total less net.
func (o Order) vatText() string {
	net, ok := o.netTotal()
	if !ok {
		return ""
	}
	vat, err := o.Gross.Sub(roundAway(net, sumScale))
	if err != nil {
		return ""
	}
	return amountText(vat)
}

// sumScale is how many decimals a sum has that a field shows.
const sumScale = 2

func amountText(d decimal.Decimal) string { return roundAway(d, sumScale).Trim(0).String() }
