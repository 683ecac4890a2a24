package unassim

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/govalues/decimal"
)

// twoYears is a shop with two whole years behind it, up to the eve of Christmas.
var twoYears = sync.OnceValue(func() *Shop {
	s := New(Options{Now: func() time.Time { return time.Date(2026, 12, 23, 15, 4, 5, 0, budapest()) }})
	s.GenerateOver(11, 2500, 800, 730)
	return s
})

var twoYearsOrders = sync.OnceValue(func() []OrderState { return twoYears().Orders() })

// within fails when a share in percent lies outside of its band.
func within(t *testing.T, what string, part, whole, least, most int) {
	t.Helper()
	if share := 100 * part / max(whole, 1); share < least || share > most {
		t.Errorf("%s: %d of %d are %d %%; want %d to %d %%", what, part, whole, share, least, most)
	}
}

func count(orders []OrderState, holds func(OrderState) bool) int {
	found := 0
	for _, o := range orders {
		if holds(o) {
			found++
		}
	}
	return found
}

func TestGeneratedOrdersFollowTheYearTheWeekAndTheDay(t *testing.T) {
	orders := twoYearsOrders()
	local := func(o OrderState) time.Time { return o.Placed.In(budapest()) }
	in := func(months ...time.Month) int {
		return count(orders, func(o OrderState) bool { return slices.Contains(months, local(o).Month()) })
	}
	within(t, "November and December", in(time.November, time.December), len(orders), 19, 32)
	within(t, "July and August", in(time.July, time.August), len(orders), 8, 14)
	within(t, "Mondays", count(orders, func(o OrderState) bool { return local(o).Weekday() == time.Monday }), len(orders), 14, 20)
	within(t, "Saturdays", count(orders, func(o OrderState) bool { return local(o).Weekday() == time.Saturday }), len(orders), 7, 13)
	within(t, "at night", count(orders, func(o OrderState) bool { return local(o).Hour() < 6 }), len(orders), 1, 6)
	within(t, "in the evening", count(orders, func(o OrderState) bool { return local(o).Hour() >= 19 && local(o).Hour() < 22 }), len(orders), 16, 28)
	days := map[string]int{}
	for _, o := range orders {
		days[local(o).Format(time.DateOnly)]++
	}
	for _, friday := range []string{"2025-11-28", "2026-11-27"} {
		if days[friday] < 3*len(orders)/730 {
			t.Errorf("Black Friday %s has %d orders; want three times an average day's %d at least", friday, days[friday], len(orders)/730)
		}
	}
}

func TestGeneratedOrdersHaveTheSharesOfAShop(t *testing.T) {
	orders := twoYearsOrders()
	for _, tt := range []struct {
		what        string
		least, most int
		holds       func(OrderState) bool
	}{
		{"guests", 25, 60, func(o OrderState) bool { return o.Customer.ID == "" }},
		{"to Romania", 35, 55, func(o OrderState) bool { return o.Customer.Shipping.CountryCode == "ro" }},
		{"companies", 10, 30, func(o OrderState) bool { return o.Customer.CustomerType == "company" }},
		{"closed well", 75, 97, func(o OrderState) bool { return o.StatusType == "close_ok" }},
		{"failed", 2, 15, func(o OrderState) bool { return o.StatusType == "close_fault" }},
		{"marketplace", 4, 8, func(o OrderState) bool { return o.InternalKey != "" }},
		{"parcel machine", 20, 45, func(o OrderState) bool { return o.Customer.DeliveryPoint != "" }},
		{"foreign currency", 35, 60, func(o OrderState) bool { return o.ExchangeValue != "" }},
		{"no VAT owed here", 1, 8, func(o OrderState) bool { return o.Lines[0].VAT == "0%" }},
		{"coupon", 4, 8, func(o OrderState) bool { return o.Coupon != "" }},
	} {
		within(t, tt.what, count(orders, tt.holds), len(orders), tt.least, tt.most)
	}
	of := map[string]int{}
	for _, o := range orders {
		if o.Customer.ID != "" {
			of[o.Customer.ID]++
		}
	}
	var counts []int
	registered := 0
	for _, n := range of {
		counts = append(counts, n)
		registered += n
	}
	slices.Sort(counts)
	top := 0
	for _, n := range counts[len(counts)*9/10:] {
		top += n
	}
	within(t, "orders of the tenth who buy most", top, registered, 20, 60)
}

// phoneForm is a telephone number or two as people of the two countries type them.
var phoneForm = regexp.MustCompile(`^(?:\+|0|[2-7]0/|31/)[0-9 ./-]{7,16}(?:(?:, | / |; )(?:\+|0|[2-7]0/|31/)[0-9 ./-]{7,16})?$`)

func TestGeneratedPeopleLookReal(t *testing.T) {
	shapes := map[string]*regexp.Regexp{
		"dr.": regexp.MustCompile(`^dr\. `), "-né": regexp.MustCompile(`né( |$)`), "two family names": regexp.MustCompile(`^\p{Lu}\p{Ll}+-\p{Lu}`),
		"double given name": regexp.MustCompile(`^\p{L}+-\p{L}+ `), "Kft.": regexp.MustCompile(`Kft\.$`), "Bt.": regexp.MustCompile(`Bt\.$`),
		"Zrt.": regexp.MustCompile(`Zrt\.$`), "S.R.L.": regexp.MustCompile(`S\.R\.L\.$`), "S.A.": regexp.MustCompile(`S\.A\.$`), "PFA": regexp.MustCompile(`PFA$`),
		"house owners": regexp.MustCompile(`Társasház$`),
		"hrsz.":        regexp.MustCompile(`^hrsz\. 0\d+/\d+$`), "külterület": regexp.MustCompile(`^külterület `), "emelet": regexp.MustCompile(`\. em\. \d`),
		"fasor": regexp.MustCompile(` fasor `), "tér": regexp.MustCompile(` tér `), "köz": regexp.MustCompile(` köz `),
		"bl. sc. et. ap.": regexp.MustCompile(`nr\. \d+, bl\. \S+, sc\. \S, et\. \d, ap\. \d`), "nr. f.n.": regexp.MustCompile(`nr\. f\.n\.`),
		"sat com.": regexp.MustCompile(`^sat .*, com\. `), "sector": regexp.MustCompile(`Sector [1-6]`),
		"06-20/": regexp.MustCompile(`^06-\d0/\d{3}-\d{4}$`), "+36 20 ": regexp.MustCompile(`^\+36 \d\d `), "0620": regexp.MustCompile(`^06\d0\d{7}$`),
		"0040": regexp.MustCompile(`^00407`), "07": regexp.MustCompile(`^07\d{8}$`), "two phones": regexp.MustCompile(`[,;/] [+0-9]`),
	}
	found := tally{}
	hungarianTax, romanianTax := regexp.MustCompile(`^\d{8}-[1-5]-\d\d$`), regexp.MustCompile(`^(RO)?\d{7,8}$`)
	for _, o := range twoYearsOrders() {
		c := o.Customer
		for _, text := range []string{c.Name, c.Invoice.Name, c.Invoice.Street, c.Invoice.City, c.Phone, c.Mobile} {
			for what, shape := range shapes {
				found.note(shape.MatchString(text), what)
			}
		}
		for _, phone := range []string{c.Phone, c.Mobile} {
			if phone != "" && !phoneForm.MatchString(phone) {
				t.Errorf("order %s: telephone %q", o.Key, phone)
			}
		}
		switch hungarian := c.Invoice.CountryCode == "hu"; {
		case c.CustomerType == "company" && hungarian && !hungarianTax.MatchString(c.TaxNumber),
			c.CustomerType == "company" && !hungarian && !romanianTax.MatchString(c.TaxNumber),
			c.CustomerType != "company" && c.TaxNumber+c.EUTaxNumber != "",
			hungarian && len(c.Invoice.ZIP) != 4, !hungarian && len(c.Invoice.ZIP) != 6:
			t.Errorf("order %s: %s of %s, tax numbers %q and %q, postal code %q", o.Key, c.CustomerType, c.Invoice.CountryCode, c.TaxNumber, c.EUTaxNumber, c.Invoice.ZIP)
		}
	}
	for what := range shapes {
		if found[what] == 0 {
			t.Errorf("nobody has: %s", what)
		}
	}
}

func TestGeneratedTaxNumbersHaveTheirCheckDigit(t *testing.T) {
	checked := 0
	for _, o := range twoYearsOrders() {
		number := o.Customer.TaxNumber
		if number == "" {
			continue
		}
		checked++
		if o.Customer.Invoice.CountryCode == "hu" {
			if got := weighted(number[:7], []int{9, 7, 3, 1, 9, 7, 3}); (10-got%10)%10 != int(number[7]-'0') {
				t.Errorf("Hungarian tax number %s: check digit", number)
			}
			continue
		}
		number = strings.TrimPrefix(number, "RO")
		last := len(number) - 1
		weights := []int{7, 5, 3, 2, 1, 7, 5, 3, 2}
		if got := weighted(number[:last], weights[len(weights)-last:]) * 10 % 11 % 10; got != int(number[last]-'0') {
			t.Errorf("Romanian tax number %s: check digit", number)
		}
	}
	if checked < 200 {
		t.Errorf("%d tax numbers checked; want 200 at least", checked)
	}
}

func weighted(number string, weights []int) int {
	sum := 0
	for i, w := range weights {
		sum += int(number[i]-'0') * w
	}
	return sum
}

// TestEveryGeneratedOrderStandsUpToAnAudit checks each order for what an accountant would.
func TestEveryGeneratedOrderStandsUpToAnAudit(t *testing.T) {
	s, orders := twoYears(), twoYearsOrders()
	now := s.Now()
	rates := map[string][]string{"hu": {"27%", "18%", "5%"}, "ro": {"21%", "11%"}}
	numbers := map[string]bool{}
	for _, o := range orders {
		fault := func(format string, args ...any) { t.Errorf("order %s: %s", o.Key, fmt.Sprintf(format, args...)) }
		country := o.VATCountryCode
		if country == "" {
			country = "hu"
		}
		sum := decimal.Decimal{}
		for _, l := range o.Lines {
			if reverse := l.VAT == "0%" && o.Customer.EUTaxNumber != "" && country == "ro"; !reverse && !slices.Contains(rates[country], l.VAT) {
				fault("VAT %s in %s", l.VAT, country)
			}
			if l.PriceGross != "" {
				sum = sure(sum.AddMul(decimal.MustParse(l.PriceGross), decimal.MustParse(l.Quantity)))
			}
			if _, known := productByID(l.ID); !known && strings.Trim(l.ID, "0123456789") == "" {
				fault("product %s does not exist", l.ID)
			}
		}
		if sum.Cmp(decimal.MustParse(o.SumPriceGross)) != 0 {
			fault("sum %s; printed %s", sum, o.SumPriceGross)
		}
		if o.Placed.After(now) || o.Modified.Before(o.Placed) || o.Modified.After(now) {
			fault("placed %v, modified %v, now %v", o.Placed, o.Modified, now)
		}
		if o.Customer.ID != "" && s.customers[o.Customer.ID] == nil {
			fault("customer %s does not exist", o.Customer.ID)
		}
		if s.statusByID(o.StatusID) == nil || s.statusByID(o.StatusID).name != o.Status {
			fault("status %s %s", o.StatusID, o.Status)
		}
		paid, unpaid := decimal.MustParse(o.Paid), decimal.MustParse(o.Unpaid)
		if both := sure(paid.Add(unpaid)); both.Cmp(sum) != 0 && o.PaymentState != "overpaid" {
			fault("paid %s and unpaid %s of %s", paid, unpaid, sum)
		}
		for _, number := range []string{o.InvoiceNumber, o.StornoNumber, o.Key} {
			if number != "" && numbers[number] {
				fault("number %s was given out before", number)
			}
			numbers[number] = true
		}
	}
}

func productByID(id string) (product, bool) {
	i := slices.IndexFunc(catalogue, func(p product) bool { return p.id == id })
	if i < 0 {
		return product{}, false
	}
	return catalogue[i], true
}

func linksOf(n *node) []*node {
	if links := n.kid("Info"); links != nil {
		return links.kids
	}
	return nil
}

func TestGeneratedOrdersThatBelongTogetherSaySo(t *testing.T) {
	s := twoYears()
	found := tally{}
	lineage := func(o *order) *node {
		n, err := tree(wrap(o.raw))
		if err != nil {
			t.Fatal(err)
		}
		return n.kids[0]
	}
	answers := map[string]string{"ReturnedTo": "ReturnedFrom", "ReturnedFrom": "ReturnedTo", "SeparatedTo": "SeparatedFrom", "SeparatedFrom": "SeparatedTo"}
	for _, o := range s.byID.list {
		n := lineage(o)
		for _, link := range linksOf(n) {
			found[link.name]++
			for _, key := range link.all("Key") {
				if len(s.keys[key.text]) != 1 {
					t.Errorf("order %s: %s names %s, which does not exist", o.key, link.name, key.text)
					continue
				}
				other := s.keys[key.text][0]
				if !strings.EqualFold(other.email, o.email) || other.currency != o.currency {
					t.Errorf("order %s: %s names an order of another buyer or currency", o.key, link.name)
				}
				if back := answers[link.name]; back != "" && lineage(other).at("Info", back, "Key") != o.key {
					t.Errorf("order %s: %s names %s, which does not answer with %s", o.key, link.name, other.key, back)
				}
				found.note(link.name == "MergedFrom" && other.statusKind == "close_fault", "closed by merging")
			}
			if link.name == "ReturnedFrom" {
				found.note(strings.HasPrefix(n.at("Items", "Item", "Quantity"), "-") && strings.HasPrefix(o.sum, "-"), "taken back")
			}
			found.note(link.name == "ReturnedTo" && n.at("Storno", "Number") != "", "reversed")
		}
	}
	for _, what := range []string{"ReturnedTo", "ReturnedFrom", "SeparatedTo", "SeparatedFrom", "CopiedFrom", "MergedFrom", "reversed"} {
		if found[what] == 0 {
			t.Errorf("no order of 2500: %s", what)
		}
	}
	if found["taken back"] != found["ReturnedFrom"] || found["closed by merging"] != 2*found["MergedFrom"] {
		t.Errorf("found %v; want every return with a negative quantity and sum, every merged order closed", found)
	}
}

func TestGeneratedOrdersHoldTheOddButLegal(t *testing.T) {
	found := tally{}
	for _, o := range twoYearsOrders() {
		prices := map[string]string{}
		for _, l := range o.Lines {
			if before, twice := prices[l.ID]; twice && before != l.PriceGross {
				found["one product at two prices"]++
			}
			prices[l.ID] = l.PriceGross
			found.note(l.ID == "discount-percent" && l.Percent == "100", "everything off")
		}
		found.note(o.PaymentState == "overpaid", "overpaid")
		found.note(strings.HasPrefix(o.Key, "AK"), "external key with letters")
		found.note(o.StatusDetails == "---", "status details")
	}
	all := raws(twoYears())
	for _, element := range []string{"<ProductParam>", "<UTM>", "<EmailWarning>1<", "<Transaction>", "<StockConsumption>", "<ForeignID>", "customer_shipping", "<Authenticated>no<"} {
		found[element] = strings.Count(all, element)
	}
	for _, what := range []string{
		"one product at two prices", "everything off", "overpaid", "external key with letters", "status details", "<ProductParam>", "<UTM>",
		"<EmailWarning>1<", "<Transaction>", "<StockConsumption>", "<ForeignID>", "customer_shipping", "<Authenticated>no<",
	} {
		if found[what] == 0 {
			t.Errorf("no order of 2500 has: %s", what)
		}
	}
}

func TestGeneratedCustomersHaveTheirOwnLives(t *testing.T) {
	s := twoYears()
	bought := map[string]bool{}
	for _, o := range s.byID.list {
		bought[o.customerID] = true
	}
	found := tally{}
	for _, cu := range s.byCustomer {
		whole := &record{XML: cu.raw}
		n := whole.tree("Customer")
		found.note(!bought[cu.id], "no orders")
		found.note(n.at("Newsletter", "Subscribed") == "yes", "newsletter")
		found.note(n.kid("AbandonedCart", "Items") != nil, "cart")
		found.note(n.at("Authorize", "Admin") == "no", "disabled")
		found.note(n.at("Group", "Id") != "", "group")
		found.note(n.kid("Addresses", "Other") != nil, "other address")
		if cu.modified < cu.registered || cu.login < cu.registered || cu.modified > s.Now().Unix() {
			t.Errorf("customer %s registered %d, modified %d, logged in %d", cu.id, cu.registered, cu.modified, cu.login)
		}
	}
	all := len(s.byCustomer)
	within(t, "never ordered", found["no orders"], all, 8, 35)
	within(t, "newsletter", found["newsletter"], all, 30, 50)
	within(t, "abandoned cart", found["cart"], all, 4, 20)
	within(t, "in a group", found["group"], all, 8, 25)
	if found["disabled"] == 0 || found["other address"] == 0 || len(s.world.Subscribers) != 40 {
		t.Errorf("found %v and %d subscribers; want some disabled, some with another address, 40 subscribers", found, len(s.world.Subscribers))
	}
}
