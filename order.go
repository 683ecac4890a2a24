package punte

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/govalues/decimal"
)

// Order is an order of the shop with its parts read and checked: dates are
// instants, amounts are decimals, the country is a code. Texts are as the shop
// wrote them.
type Order struct {
	ID          int64  // UNAS Order/Id, unique for ever, 1 to 9,999,999,999
	Key         string // the number people see; may be given out again after a deletion
	InternalKey string // the shop's own number of a marketplace order, else empty
	Placed      time.Time
	Modified    time.Time
	Language    string // as the shop printed it: hu, ro, ...

	Buyer    Buyer
	Currency string // ISO 4217
	Status   ShopStatus
	Type     string // name of the order type

	Payment       Payment
	Shipping      Shipping
	Invoice       Invoice
	Storno        Invoice
	Params        []Param
	Referer       string
	Coupon        string
	Campaign      Campaign
	WeightKg      string // as printed
	VATCountry    string // ISO 3166 code in upper case, or empty
	Authenticated string // yes, no
	Related       Related
	Comments      []Comment

	Lines []Line
	Gross decimal.Decimal // UNAS SumPriceGross

	Damaged int `json:",omitempty"` // characters that could not be read; U+FFFD stands in their place
}

// Buyer is who ordered, as the order tells it.
type Buyer struct {
	CustomerID int64  // 0 for a guest
	Language   string // in which the buyer ordered, as the shop printed it
	Email      string
	Username   string
	Name       string // of the person
	Phone      string
	Mobile     string
	Invoice    Address
	Delivery   Address
	Group      string
	Params     []Param
	Country    string // ISO code of the address that Customer of the order shows
}

// Address is a postal address. Country is an ISO 3166 code in upper case, empty if
// the order names none that is known.
type Address struct {
	Name        string
	PostalCode  string
	City        string
	Street      string
	County      string
	Country     string
	CountryName string // as printed
	TaxNumber   string
	EUTaxNumber string
	Kind        string // private, company, other_customer_without_tax_number

	PointID    string // parcel point, only of a delivery address
	PointGroup string
	Recipient  string
}

// Known says whether the address says where: a postal code, a city or a street.
func (a Address) Known() bool {
	return !blank(a.PostalCode) || !blank(a.City) || !blank(a.Street)
}

// ShopStatus is the state of an order in the shop. Shops name their states
// themselves and rename them; the id stays.
type ShopStatus struct {
	ID   string
	Name string
	Type string // open_normal, open_prepare, close_ok, close_fault, or empty
}

// Payment is how an order is paid; the sums are as printed.
type Payment struct {
	Name, Type, Status    string
	Paid, Pending, Unpaid string
}

// Shipping is how an order travels.
type Shipping struct{ Name, PackageNumber, TrackingURL string }

// Invoice is a bill or the bill that reverses it.
type Invoice struct{ Number, URL string }

// Param is a question of the shop and its answer.
type Param struct{ Name, Value string }

// Campaign is where the buyer came from (UTM parameters).
type Campaign struct{ Source, Medium, Name, Content string }

// Related names other orders by their keys.
type Related struct {
	MergedFrom    []string
	SeparatedTo   []string
	SeparatedFrom string
	CopiedFrom    string
	ReturnedFrom  string
	ReturnedTo    string
}

// Keys lists every related key once, in the order of the fields.
func (r Related) Keys() []string {
	all := append(append([]string{}, r.MergedFrom...), r.SeparatedTo...)
	all = append(all, r.SeparatedFrom, r.CopiedFrom, r.ReturnedFrom, r.ReturnedTo)
	var keys []string
	seen := map[string]bool{"": true}
	for _, key := range all {
		if !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	return keys
}

// Sources lists the keys of the orders that this one was made from: those are gone or
// have changed with it.
func (r Related) Sources() []string {
	return Related{MergedFrom: r.MergedFrom, SeparatedFrom: r.SeparatedFrom, ReturnedFrom: r.ReturnedFrom}.Keys()
}

// Comment is a remark of type customer, customer_shipping or admin.
type Comment struct{ Type, Text string }

// Line is one line of an order: a product, a fee or a discount. Prices are those
// of one unit; gross is what UNAS counts with.
type Line struct {
	Item     string // product id or special word (UNAS Item/Id)
	SKU      string
	Name     string
	Variants []Variant
	Params   []Param
	Unit     string // as printed
	Quantity decimal.Decimal
	Net      decimal.Decimal
	HasNet   bool // false: UNAS printed no net price
	Gross    decimal.Decimal
	VAT      decimal.Decimal // percent, 0 to 100
}

// Variant is a chosen property of a product.
type Variant struct{ Name, Value string }

// Digest is a fingerprint of everything about the order that could change what is
// sent. The time of modification is left out: an order that was only touched owes
// nothing.
func (o Order) Digest() ([]byte, error) {
	o.Modified = time.Time{}
	text, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("fingerprinting order %s: %w", o.Key, err)
	}
	sum := sha256.Sum256(text)
	return sum[:], nil
}
