package punte_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"punte"
)

// told is an order each of whose texts says where it stands.
var told = punte.Order{
	ID: 7001, Placed: time.Date(2026, 3, 14, 8, 5, 0, 0, time.UTC), Key: "key", InternalKey: "internal key", Language: "language", Currency: "currency", Type: "type", Gross: dec("1234.50"),
	Buyer: punte.Buyer{
		CustomerID: 314, Language: "buyer language", Email: "email", Username: "username", Name: "name", Phone: "phone", Mobile: "mobile", Group: "group",
		Invoice: punte.Address{
			Name: "invoice name", PostalCode: "invoice code", City: "invoice city", Street: "invoice street", County: "invoice county",
			Country: "IC", CountryName: "invoice country", TaxNumber: "tax number", EUTaxNumber: "EU tax number", Kind: "kind",
		},
		Delivery: punte.Address{
			Name: "delivery name", PostalCode: "delivery code", City: "delivery city", Street: "delivery street", County: "delivery county",
			Country: "DC", CountryName: "delivery country", PointID: "point", PointGroup: "point group", Recipient: "recipient",
		},
		Params: []punte.Param{{Name: "Size", Value: "buyer size"}}, Country: "BC",
	},
	Status:        punte.ShopStatus{ID: "status id", Name: "status", Type: "status type"},
	Payment:       punte.Payment{Name: "payment", Type: "payment type", Status: "payment status", Paid: "paid", Pending: "pending", Unpaid: "unpaid"},
	Shipping:      punte.Shipping{Name: "shipping", PackageNumber: "package", TrackingURL: "tracking"},
	Invoice:       punte.Invoice{Number: "invoice number", URL: "invoice URL"},
	Storno:        punte.Invoice{Number: "storno number", URL: "storno URL"},
	Params:        []punte.Param{{Name: "Size", Value: "order size"}},
	Referer:       "referer",
	Coupon:        "coupon",
	Campaign:      punte.Campaign{Source: "utm source", Medium: "utm medium", Name: "utm campaign", Content: "utm content"},
	WeightKg:      "weight",
	VATCountry:    "VC",
	Authenticated: "authenticated",
	Lines: []punte.Line{
		{Item: "11", Quantity: dec("3"), Gross: dec("400"), VAT: dec("27")},
		{Item: "12", Quantity: dec("1"), Gross: dec("50"), VAT: dec("0")},
		{Item: "shipping-cost", Quantity: dec("1"), Gross: dec("19.99"), VAT: dec("21")},
		{Item: "handel-cost", Quantity: dec("1"), Gross: dec("5"), VAT: dec("21")},
		{Item: "discount-amount", Quantity: dec("1"), Gross: dec("-30.50"), VAT: dec("27")},
		{Item: "discount-percent", Quantity: dec("1"), Gross: dec("-10"), VAT: dec("27")},
	},
	Related: punte.Related{MergedFrom: []string{"m1", "m2"}, SeparatedTo: []string{"s1"}, ReturnedFrom: "r1"},
	Comments: []punte.Comment{
		{Type: "customer", Text: "first"},
		{Type: "admin", Text: "secret remark"},
		{Type: "customer", Text: ""},
		{Type: "customer_shipping", Text: "third floor"},
		{Type: "customer", Text: "second"},
	},
}

var valuesOfTold = map[string]string{
	"buyer.id": "314", "buyer.name": "name", "buyer.email": "email", "buyer.username": "username", "buyer.phone": "phone", "buyer.mobile": "mobile",
	"buyer.group": "group", "buyer.kind": "kind", "buyer.tax_number": "tax number", "buyer.eu_tax_number": "EU tax number",

	"invoice_address.name": "invoice name", "invoice_address.postal_code": "invoice code", "invoice_address.city": "invoice city",
	"invoice_address.street": "invoice street", "invoice_address.county": "invoice county", "invoice_address.country": "invoice country",
	"invoice_address.full": "invoice code invoice city, invoice street, invoice county, invoice country",

	"delivery_address.name": "delivery name", "delivery_address.recipient": "recipient", "delivery_address.postal_code": "delivery code",
	"delivery_address.city": "delivery city", "delivery_address.street": "delivery street", "delivery_address.county": "delivery county",
	"delivery_address.country": "delivery country",
	"delivery_address.full":    "delivery code delivery city, delivery street, delivery county, delivery country",
	"delivery_point.id":        "point", "delivery_point.group": "point group",

	"comment.customer": "first\nsecond", "comment.customer_shipping": "third floor", "comment.admin": "secret remark",

	"payment.name": "payment", "payment.type": "payment type", "payment.status": "payment status", "payment.paid": "paid", "payment.unpaid": "unpaid",
	"payment.pending": "pending",
	"shipping.name":   "shipping", "shipping.package_number": "package", "shipping.tracking_url": "tracking",
	"invoice.number": "invoice number", "invoice.url": "invoice URL", "storno.number": "storno number", "storno.url": "storno URL",
	"utm.source": "utm source", "utm.medium": "utm medium", "utm.campaign": "utm campaign", "utm.content": "utm content",

	"order.id": "7001", "order.placed": "2026-03-14T08:05:00Z", "order.language": "language",
	"order.total_net": "983.65", "order.total_vat": "250.85", "order.products": "1250", "order.shipping_cost": "19.99",
	"order.handling_cost": "5", "order.discount": "-40.5",
	"order.key": "key", "order.internal_key": "internal key", "order.status": "status", "order.type": "type", "order.currency": "currency",
	"order.total": "1234.50", "order.coupon": "coupon", "order.weight": "weight", "order.referer": "referer", "order.vat_country": "VC",
	"order.authenticated": "authenticated", "order.related": "m1, m2, s1, r1",
}

func TestEverySourceReadsItsPieceOfTheOrder(t *testing.T) {
	for _, name := range punte.Sources() {
		want, known := valuesOfTold[name]
		if !known {
			t.Errorf("the source %s has no case in this test", name)
			continue
		}
		if got, ok := told.Value(name); got != want || !ok {
			t.Errorf("Value(%q) = %q, %t; want %q", name, got, ok, want)
		}
	}
	for name := range valuesOfTold {
		if !slices.Contains(punte.Sources(), name) {
			t.Errorf("the source %s has gone from the catalogue", name)
		}
	}
}

func TestSourcesOfAnEmptyOrderAreEmpty(t *testing.T) {
	for _, name := range append(punte.Sources(), "param:x", "customer_param:x") {
		want := ""
		if name == "order.total" {
			want = "0"
		}
		if got, ok := (punte.Order{}).Value(name); got != want || !ok {
			t.Errorf("Value(%q) of an empty order = %q, %t; want %q", name, got, ok, want)
		}
	}
}

func TestParametersAreSourcesByTheirName(t *testing.T) {
	o := punte.Order{
		Params: []punte.Param{{"Size", ""}, {"Size", "L"}, {"Size", "XL"}, {"a:b", "colon"}, {"Empty", ""}},
		Buyer:  punte.Buyer{Params: []punte.Param{{"Size", "M"}}},
	}
	tests := []struct {
		name, want string
		ok         bool
	}{
		{"param:Size", "L", true},
		{"param:size", "", true},
		{"param:a:b", "colon", true},
		{"param:Empty", "", true},
		{"param:Missing", "", true},
		{"customer_param:Size", "M", true},
		{"customer_param:a:b", "", true},
		{"param:", "", false},
		{"customer_param:", "", false},
		{"Param:Size", "", false},
		{"Size", "", false},
		{"", "", false},
		{"order.Key", "", false},
		{"newsletter.consent", "", false},
	}
	for _, tt := range tests {
		if got, ok := o.Value(tt.name); got != tt.want || ok != tt.ok {
			t.Errorf("Value(%q) = %q, %t; want %q, %t", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}

func TestAnAddressOnOneLineLeavesOutWhatIsMissing(t *testing.T) {
	tests := []struct {
		address punte.Address
		want    string
	}{
		{punte.Address{}, ""},
		{punte.Address{Name: "Ana", TaxNumber: "1"}, ""},
		{punte.Address{City: "Cluj"}, "Cluj"},
		{punte.Address{PostalCode: "400001"}, "400001"},
		{punte.Address{PostalCode: "400001", Street: "Str. Horea 1", CountryName: "România"}, "400001, Str. Horea 1, România"},
		{punte.Address{City: " ", Street: "\t", CountryName: "Magyarország"}, "Magyarország"},
	}
	for _, tt := range tests {
		o := punte.Order{Buyer: punte.Buyer{Invoice: tt.address}}
		if got, _ := o.Value("invoice_address.full"); got != tt.want {
			t.Errorf("invoice_address.full of %+v = %q; want %q", tt.address, got, tt.want)
		}
	}
}

func TestCataloguesAreSortedOrTheCallersOwn(t *testing.T) {
	if names := punte.Sources(); !slices.IsSorted(names) {
		t.Errorf("Sources() = %q; want them sorted", names)
	}
	punte.CustomerSources()[0] = "changed"
	if punte.CustomerSources()[0] == "changed" {
		t.Error("a caller of CustomerSources() changed the catalogue")
	}
}

// TestEverySourceIsInTheGuideWithAnExample compares the catalogue with the table of
// docs/mapping.md.
func TestEverySourceIsInTheGuideWithAnExample(t *testing.T) {
	text, err := os.ReadFile("docs/mapping.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "\n### Sources\n")
	table, _, ended := strings.Cut(table, "\n## ")
	if !found || !ended {
		t.Fatal("docs/mapping.md has no part named Sources")
	}
	row := regexp.MustCompile("(?m)^\\| `([^`]+)` \\| [^|]+ \\| [^|]*`[^`|]+`[^|]* \\|$")
	documented := map[string]bool{}
	for _, found := range row.FindAllStringSubmatch(table, -1) {
		documented[found[1]] = true
	}
	want := append(punte.Sources(), "param:NAME", "customer_param:NAME")
	for _, name := range want {
		if !documented[name] {
			t.Errorf("docs/mapping.md has no row with an example for %s", name)
		}
		delete(documented, name)
	}
	for name := range documented {
		t.Errorf("docs/mapping.md has %s, which is no source", name)
	}
}

func TestTheKindOfASourceSaysWhatItHolds(t *testing.T) {
	for name, want := range map[string]punte.SourceKind{
		"buyer.name": punte.TextSource, "order.total": punte.NumberSource, "order.placed": punte.TimeSource,
		"order.authenticated": punte.YesNoSource, "invoice.url": punte.URLSource, "param:x": punte.FreeSource, "comment.admin": punte.FreeSource,
	} {
		if got := punte.SourceKindOf(name); got != want {
			t.Errorf("SourceKindOf(%q) = %d; want %d", name, got, want)
		}
	}
}
