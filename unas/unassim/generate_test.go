package unassim

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/govalues/decimal"
)

func generated(t *testing.T, o Options, seed uint64, orders, customers int) *Shop {
	t.Helper()
	o.Now = func() time.Time { return springMorning }
	s := New(o)
	s.Generate(seed, orders, customers)
	return s
}

// fiveHundred is the shop most tests look at; none of them changes it.
var fiveHundred = sync.OnceValue(func() *Shop {
	s := New(Options{Plan: PlanVIP, Now: func() time.Time { return springMorning }})
	s.Generate(7, 500, 180)
	return s
})

var fiveHundredOrders = sync.OnceValue(func() []OrderState { return fiveHundred().Orders() })

// raws is every order of a shop as it is served.
func raws(s *Shop) string {
	var all strings.Builder
	for _, o := range s.byID.list {
		all.Write(o.raw)
	}
	return all.String()
}

func TestGenerateIsTheSameForTheSameSeed(t *testing.T) {
	one, same, other := generated(t, Options{}, 1, 100, 30), generated(t, Options{}, 1, 100, 30), generated(t, Options{}, 2, 100, 30)
	if raws(one) != raws(same) {
		t.Errorf("two shops of seed 1 differ")
	}
	if raws(one) == raws(other) {
		t.Errorf("the shops of seeds 1 and 2 are the same")
	}
}

func TestGenerateMakesAsManyAsAsked(t *testing.T) {
	s := fiveHundred()
	if got := len(fiveHundredOrders()); got != 500 {
		t.Errorf("orders = %d; want 500", got)
	}
	if got := len(s.byCustomer); got != 135 { // a quarter of the 180 are guests
		t.Errorf("registered customers = %d; want 135", got)
	}
	keys := map[string]bool{}
	for _, o := range fiveHundredOrders() {
		keys[o.Key] = true
	}
	if len(keys) != 500 {
		t.Errorf("different keys = %d; want 500", len(keys))
	}
}

func TestGenerateMakesSmallAndGrowingShops(t *testing.T) {
	for _, size := range [][2]int{{0, 0}, {1, 0}, {3, 1}, {0, 5}, {40, 12}} {
		s := generated(t, Options{}, 1, size[0], size[1])
		s.Generate(2, size[0], size[1])
		registered := max(0, size[1]-max(1, size[1]/4))
		if len(s.byID.list) != 2*size[0] || len(s.keys) != 2*size[0] || len(s.byCustomer) != 2*registered {
			t.Errorf("twice %v: %d orders, %d keys, %d customers", size, len(s.byID.list), len(s.keys), len(s.byCustomer))
		}
		if len(s.byID.list) > 0 && !slices.Equal(s.Statuses(), BuiltInStatuses()) {
			t.Errorf("twice %v: statuses %v; want the built-in ones only", size, s.Statuses())
		}
	}
}

func TestGeneratedDatesLieInTheLastSixtyDays(t *testing.T) {
	s, orders := fiveHundred(), fiveHundredOrders()
	first := map[string]time.Time{}
	for _, o := range orders {
		if o.Placed.Before(springMorning.AddDate(0, 0, -60)) || o.Modified.Before(o.Placed) || o.Modified.After(springMorning) {
			t.Errorf("order %s placed %v, modified %v; want both in order and in the last sixty days", o.Key, o.Placed, o.Modified)
		}
		if _, known := first[o.Customer.ID]; !known {
			first[o.Customer.ID] = o.Placed
		}
	}
	if newest := orders[len(orders)-1].Placed; springMorning.Sub(newest) > 10*time.Minute {
		t.Errorf("newest order %v; want it minutes before %v", newest, springMorning)
	}
	if !slices.IsSortedFunc(orders, func(a, b OrderState) int { return a.Placed.Compare(b.Placed) }) {
		t.Errorf("ids do not rise with the dates")
	}
	for _, cu := range s.byCustomer {
		if placed, bought := first[cu.id]; bought && cu.registered > placed.Unix() {
			t.Errorf("customer %s registered after their first order", cu.id)
		}
	}
}

func TestGeneratedTotalsAreTheExactSumOfTheirLines(t *testing.T) {
	for _, o := range fiveHundredOrders() {
		sum := decimal.Decimal{}
		for _, l := range o.Lines {
			if l.PriceGross == "" {
				continue
			}
			gross, netPrice, quantity := decimal.MustParse(l.PriceGross), decimal.MustParse(l.PriceNet), decimal.MustParse(l.Quantity)
			sum = sure(sum.AddMul(gross, quantity))
			vat := decimal.MustParse(strings.TrimSuffix(l.VAT, "%"))
			again := sure(netPrice.Mul(sure(sure(vat.Mul(decimal.MustParse("0.01"))).Add(decimal.MustNew(1, 0)))))
			if off := sure(again.Sub(gross)).Abs(); off.Cmp(decimal.MustParse("0.000001")) > 0 {
				t.Errorf("order %s line %s: net %s and VAT %s make %s; want %s", o.Key, l.ID, l.PriceNet, l.VAT, again, gross)
			}
			if netPrice.Scale() > 6 || strings.Contains(l.PriceNet, ".") && strings.HasSuffix(l.PriceNet, "0") {
				t.Errorf("order %s line %s: PriceNet %s; want at most six decimals and no zero at the end", o.Key, l.ID, l.PriceNet)
			}
		}
		if got := decimal.MustParse(o.SumPriceGross); got.Cmp(sum) != 0 {
			t.Errorf("order %s: SumPriceGross %s; want %s", o.Key, got, sum)
		}
	}
}

// tally counts what was found.
type tally map[string]int

func (found tally) note(holds bool, kind string) {
	if holds {
		found[kind]++
	}
}

func (found tally) order(o OrderState) {
	found[o.Currency]++
	found[o.StatusType]++
	found["paid by "+o.PaymentType]++
	found.note(o.InternalKey != "" && !strings.HasPrefix(o.Key, "71823-"), "marketplace")
	found.note(o.PaymentState == "partly paid", "partly paid")
	found.note(o.Currency == "HUF" == (o.ExchangeValue == ""), "exchange as it should be")
	found.note(o.VATCountryCode == "ro", "Romanian VAT")
	found.note(len(o.Comments) > 0, "comment")
	found.note(o.Coupon != "", "coupon")
	found.note(o.PackageNumber != "", "package")
	found.note(strings.Contains(o.InvoiceURL, ".example/"), "invoice")
	found.note(o.StornoURL != "", "storno")
}

func (found tally) customer(c CustomerState) {
	found.note(c.ID != "", "registered")
	found.note(c.ID == "" && c.Email == "", "guest without address")
	found.note(c.TaxNumber != "" && c.CustomerType == "company", "company")
	found.note(strings.ContainsAny(c.Name, "őűŐŰ"), "ő ű")
	for _, letter := range "șțăîâ" {
		found.note(strings.ContainsRune(strings.ToLower(c.Name), letter), string(letter))
	}
	found.note(strings.ContainsAny(c.Name+c.Invoice.Street, "şţ"), "cedilla")
	found.note(strings.HasPrefix(c.Mobile, "+40"), "+40")
	found.note(strings.HasPrefix(c.Mobile, "+36"), "+36")
}

func (found tally) lines(lines []LineState) {
	ofProduct := map[string]int{}
	for _, l := range lines {
		ofProduct[l.ID]++
		found["VAT "+l.VAT]++
		found.note(ofProduct[l.ID] == 2 && len(l.Variants) > 0, "variants of one product")
		found.note(unicode.IsLetter(rune(l.ID[0])), l.ID)
		found.note(strings.Contains(l.Quantity, "."), "fraction")
		found.note(l.ID == "discount-percent" && l.Percent != "" && strings.HasPrefix(l.PriceGross, "-"), "percent")
		found.note(l.ID == "gift" && l.PriceGross == "", "gift without price")
	}
}

func TestGeneratedOrdersHoldEveryKindOfThing(t *testing.T) {
	found := tally{}
	spellings := map[string][]string{}
	for _, o := range fiveHundredOrders() {
		found.order(o)
		found.customer(o.Customer)
		found.lines(o.Lines)
		if email := o.Customer.Email; o.Customer.ID == "" && email != "" {
			spellings[strings.ToLower(email)] = append(spellings[strings.ToLower(email)], email)
		}
	}
	for _, list := range spellings {
		found.note(len(list) > 1, "guest with several orders")
		slices.Sort(list)
		found.note(len(slices.Compact(list)) > 1, "guest in other letters")
	}
	for _, kind := range []string{
		"registered", "guest without address", "guest with several orders", "guest in other letters", "company", "marketplace", "HUF", "RON", "EUR",
		"open_normal", "open_prepare", "close_ok", "close_fault", "paid by cod", "paid by transfer", "paid by bankcard", "partly paid",
		"Romanian VAT", "VAT 27%", "VAT 18%", "VAT 5%", "VAT 21%", "VAT 11%", "comment", "coupon", "package", "invoice", "storno",
		"ő ű", "ș", "ț", "ă", "î", "â", "+40", "+36", "variants of one product", "shipping-cost", "handel-cost", "discount-amount",
		"discount-percent", "percent", "gift", "gift without price", "fraction",
	} {
		if found[kind] == 0 {
			t.Errorf("no order of 500 has: %s", kind)
		}
	}
	if found["exchange as it should be"] != 500 || found["cedilla"] != 0 {
		t.Errorf("ExchangeValue right in %d of 500 orders; letters with cedilla in %d; want 500 and 0", found["exchange as it should be"], found["cedilla"])
	}
}

func TestAPremiumShopHasTheSixBuiltInStatuses(t *testing.T) {
	s := New(Options{})
	if got := s.Statuses(); !slices.Equal(got, BuiltInStatuses()) {
		t.Errorf("Statuses() = %v; want %v", got, BuiltInStatuses())
	}
}

func TestGenerateReplaysThroughLoad(t *testing.T) {
	s := generated(t, Options{}, 4, 120, 40)
	var inside [][]byte
	for _, o := range s.byID.list {
		inside = append(inside, o.raw)
	}
	again := New(Options{})
	if err := again.Load(strings.NewReader(string(listing("Orders", "Order", inside)))); err != nil {
		t.Fatal(err)
	}
	if raws(again) != raws(s) {
		t.Errorf("the loaded shop serves other orders than the one its document came from")
	}
	if err := again.Load(strings.NewReader("<Orders><Order/></Orders>")); err == nil || len(again.Orders()) != 120 {
		t.Errorf("Load of an order without Id = %v with %d orders left; want an error and all 120", err, len(again.Orders()))
	}
}

func TestEachLivingStepChangesTheShopAndSaysSo(t *testing.T) {
	for name, s := range map[string]*Shop{"generated": generated(t, Options{}, 7, 60, 20), "empty": New(Options{}), "loaded": New(Options{})} {
		if name == "loaded" {
			if err := s.Load(strings.NewReader(sixOrders)); err != nil {
				t.Fatal(err)
			}
		}
		rng := rand.New(rand.NewPCG(3, 4))
		before := len(s.Orders())
		for step := range 60 {
			was := raws(s)
			s.Advance(time.Minute)
			line := s.Live(step, rng)
			if was == raws(s) {
				t.Errorf("%s shop, step %d (%q) changed nothing", name, step, line)
			}
			if line == "" || strings.Contains(line, "could not") || strings.Contains(line, "no order") {
				t.Errorf("%s shop, step %d = %q", name, step, line)
			}
		}
		if got := len(s.Orders()); got < before+20 {
			t.Errorf("%s shop: %d orders after 60 steps from %d; want 20 more at least", name, got, before)
		}
		for _, o := range s.Orders() {
			if o.Lines == nil {
				continue
			}
			sum := decimal.Decimal{}
			for _, l := range o.Lines {
				if l.PriceGross != "" {
					sum = sure(sum.AddMul(decimal.MustParse(l.PriceGross), decimal.MustParse(l.Quantity)))
				}
			}
			if sum.Cmp(decimal.MustParse(o.SumPriceGross)) != 0 {
				t.Errorf("%s shop: order %s sums to %s; prints %s", name, o.Key, sum, o.SumPriceGross)
			}
		}
	}
}
