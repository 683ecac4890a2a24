package unassim

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// orderLayout is the order of an Order's elements in the documentation's example, with those the example does
// not hold where the field list has them.
var orderLayout = strings.Fields(`Key InternalKey Id Date DateMod Lang Customer Currency PriceRounding ExchangeValue VatCountryCode Type Status
	StatusDetails StatusDateMod StatusID StatusType Authenticated Payment Shipping Invoice Storno Params Referer UTM Coupon Weight Info Comments
	SumPriceGross Items`)

// printed is a line of an answer: its tabs, its element, and CDATA if it holds some.
var printed = regexp.MustCompile(`(?m)^(\t+)<(\w+)>(<!\[CDATA\[)?`)

// TestEachPartHasItsPlaceAndForm holds generated orders against the look of the documentation's examples.
func TestEachPartHasItsPlaceAndForm(t *testing.T) {
	bare := strings.Fields("Key InternalKey Id Date DateMod Lang Email Username Currency ExchangeValue VatCountryCode ZIP Country CountryCode StatusID StatusType Sku Unit Quantity PriceNet PriceGross Vat Percent Paid Unpaid SumPriceGross DeliveryPointID")
	quoted := strings.Fields("Name City Street StreetName StreetType StreetNumber County TaxNumber EUTaxNumber CustomerType Phone Mobile StatusDetails StatusText Number Url TrackingUrl PackageNumber Text Value Referer Coupon RecipientName DeliveryPointGroup ForeignID Campaign")
	met := map[string]int{}
	for _, o := range fiveHundred().byID.list {
		place := -1
		for _, line := range printed.FindAllStringSubmatch(string(o.raw), -1) {
			name, cdata := line[2], line[3] != ""
			met[name]++
			if len(line[1]) == 2 {
				next := slices.Index(orderLayout, name)
				if next <= place {
					t.Fatalf("order %s: %s stands in a wrong place, or twice", o.key, name)
				}
				place = next
			}
			if slices.Contains(bare, name) && cdata || slices.Contains(quoted, name) && !cdata {
				t.Fatalf("order %s: %s in CDATA: %v", o.key, name, cdata)
			}
		}
		if strings.Contains(string(o.raw), "  ") || strings.Contains(string(o.raw), "/>") {
			t.Errorf("order %s is indented by blanks, or holds an element in the short form", o.key)
		}
	}
	for _, name := range slices.Concat(orderLayout, bare, quoted) {
		if met[name] == 0 {
			t.Errorf("no order of 500 prints %s", name)
		}
	}
}
