package unassim

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// documentedRates is the table of calls an hour, typed from the documentation once more: PREMIUM and VIP, about
// one entity and about several.
var documentedRates = []struct {
	premiumOne, vipOne, premiumMany, vipMany int
	endpoints                                string
}{
	{1000, 3000, 30, 90, "getOrder setOrder getProduct setProduct getStock setStock getCategory setCategory getCustomer setCustomer " +
		"getCustomerGroup setCustomerGroup getProductParameter setProductParameter getWarehouse setWarehouse getProductReview setProductReview"},
	{30, 90, 30, 90, "getOrderStatus setOrderStatus getOrderType setOrderType getMethod setMethod getCoupon setCoupon getNewsletter " +
		"setNewsletter getScriptTag setScriptTag getStorage setStorage getPage setPage getPageContent setPageContent getSetting"},
	{0, 90, 0, 90, "getAutomatism setAutomatism"},
	{10, 20, 10, 20, "getProductDB"},
	{30, 90, 10, 30, "setProductDB"},
	{500, 1500, 5, 15, "getDeliveryPoint getDeliveryPointGroup getPackageOffer"},
	{500, 1500, 5, 10, "setDeliveryPoint setDeliveryPointGroup setPackageOffer"},
	{1000, 3000, 30, 90, "checkCustomer"}, // named nowhere: it is about one customer
}

func TestTheTableOfLimitsIsTheDocumentedOne(t *testing.T) {
	var named []string
	for _, row := range documentedRates {
		for endpoint := range strings.FieldsSeq(row.endpoints) {
			named = append(named, endpoint)
			want := rate{single: limit{row.premiumOne, row.vipOne}, several: limit{row.premiumMany, row.vipMany}, vipOnly: row.premiumOne == 0}
			if got := rateOf(endpoint); got != want {
				t.Errorf("rateOf(%q) = %+v; want %+v", endpoint, got, want)
			}
		}
	}
	for _, endpoint := range endpointNames() {
		if !slices.Contains(named, endpoint) {
			t.Errorf("the table says nothing of %s", endpoint)
		}
	}
}

// requests are bodies that count as single and as several calls to an endpoint.
func requests(endpoint string) (single, several string) {
	if strings.HasPrefix(endpoint, "get") {
		return "<Params><Id>1</Id><Key>9001</Key><Sku>x</Sku></Params>", "<Params/>"
	}
	return "<List><Entity/></List>", "<List>" + strings.Repeat("<Entity/>", 101) + "</List>"
}

// TestEveryEndpointEndsAtItsLimit drives each endpoint the simulator has over both its edges on both plans. The
// calls before the last ones are put into the counters, so that 3,000 need not be made.
func TestEveryEndpointEndsAtItsLimit(t *testing.T) {
	for _, plan := range []string{PlanPremium, PlanVIP} {
		for _, name := range endpointNames() {
			e, known := endpointNamed(name)
			if !known || rateOf(name).vipOnly && plan != PlanVIP {
				continue
			}
			single, several := requests(name)
			for _, body := range []string{single, several} {
				root, err := tree([]byte(body))
				if err != nil {
					t.Fatal(err)
				}
				bucket, most := name+" many", rateOf(name).several.of(plan)
				if e.single(root) {
					bucket, most = name, rateOf(name).single.of(plan)
				}
				v := limited(t, Options{Plan: plan})
				v.fill(bucket, most-1)
				if status, answer := v.call(name, body); strings.Contains(answer, "Too much") {
					t.Errorf("%s: %s call %d = %d %s; want it allowed", plan, bucket, most, status, answer)
				}
				v.refused(name, body, "Too much "+name+" query, IP is banned till 03.10.2026 11:30:00")
			}
		}
	}
}

// fill makes the counters believe in so many calls now.
func (v *visit) fill(bucket string, calls int) {
	v.shop.mu.Lock()
	defer v.shop.mu.Unlock()
	visitor := v.shop.visitor(netip.MustParseAddr("127.0.0.1"))
	visitor.calls[bucket] = nil
	for range calls {
		visitor.calls[bucket] = append(visitor.calls[bucket], v.shop.now())
	}
}

func TestLoginsEndAtTheLimitOfThePlan(t *testing.T) {
	for plan, most := range map[string]int{PlanPremium: 2000, PlanVIP: 6000} {
		v := limited(t, Options{Plan: plan})
		v.fill("", 0)
		v.fill("login", most-1)
		v.login()
		v.refused("login", loginBody, "Too much login query, IP is banned till 03.10.2026 11:30:00")
	}
}

// TestABanLastsToTheSecondItPrints holds on an ordinary winter day, in summer, over midnight, and where the
// clocks change during the ban: the printed hour is the one the wall shows then.
func TestABanLastsToTheSecondItPrints(t *testing.T) {
	for _, tt := range []struct {
		now     time.Time
		printed string
	}{
		{time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC), "01.15.2026 11:00:00"},
		{time.Date(2026, 7, 1, 9, 0, 0, 700e6, time.UTC), "07.01.2026 12:00:00"},
		{time.Date(2026, 12, 31, 22, 30, 0, 0, time.UTC), "01.01.2027 00:30:00"},
		{time.Date(2026, 3, 29, 0, 30, 0, 0, time.UTC), "03.29.2026 03:30:00"},
		{time.Date(2026, 10, 25, 0, 15, 0, 0, time.UTC), "10.25.2026 02:15:00"},
	} {
		v := limited(t, Options{Now: func() time.Time { return tt.now }})
		v.times(30, "getOrder", "<Params/>")
		sentence := "Too much getOrder query, IP is banned till " + tt.printed
		v.refused("getOrder", "<Params/>", sentence)
		end := second(tt.now).Add(time.Hour)
		v.shop.Advance(end.Add(-time.Second).Sub(tt.now))
		v.refused("getMethod", "<Params/>", sentence)
		v.shop.Advance(time.Second)
		v.good("getMethod", "<Params/>")
		v.good("getOrder", "<Params><Key>9001</Key></Params>")
	}
}

func TestACallDuringABanDoesNotProlongIt(t *testing.T) {
	v := limited(t, Options{})
	v.times(30, "getOrder", "<Params/>")
	for range 60 {
		v.refused("getOrder", "<Params/>", "Too much getOrder query, IP is banned till 03.10.2026 11:30:00")
		v.shop.Advance(time.Minute)
	}
	v.good("getOrder", "<Params/>")
}

func TestTheEndpointBanClosesOneEndpointToItsEnd(t *testing.T) {
	v := limited(t, Options{Switches: Switches{BanEndpointOnly: true}})
	v.times(30, "getOrder", "<Params/>")
	for range 2 {
		v.refused("getOrder", "<Params/>", "Too much getOrder query, IP is banned till 03.10.2026 11:30:00")
		v.good("getMethod", "<Params/>")
		v.login()
		v.shop.Advance(time.Hour - time.Second)
	}
	v.good("getOrder", "<Params/>")
}

func TestFailedCallsAreCountedPerEndpoint(t *testing.T) {
	v := limited(t, Options{Plan: PlanVIP})
	for range 20 {
		v.refused("getOrder", badFilter, "Parameter Error: LimitNum")
		v.refused("getCustomer", badFilter, "Parameter Error: LimitNum")
	}
	v.good("getCustomer", "<Params><Id>501</Id></Params>")
	v.refused("getCustomer", badFilter, "Parameter Error: LimitNum")
	v.refused("getOrder", badFilter, "Too much getOrder query, IP is banned till 03.10.2026 11:30:00")
}

func TestEveryKindOfFailureCounts(t *testing.T) {
	for name, fail := range map[string]func(*visit){
		"malformed":          func(v *visit) { v.call("getOrder", "<Params>") },
		"permission missing": func(v *visit) { v.call("getOrder", "<Params/>") },
		"wrong method": func(v *visit) {
			v.do("GET", "/shop/getOrder", "", map[string][]string{"Authorization": {"Bearer " + v.token}})
		},
	} {
		v := limited(t, Options{Permissions: []string{"getMethod"}})
		for range 20 {
			fail(v)
			v.good("getMethod", "<Params><Id>1</Id></Params>")
		}
		status, answer := v.call("getOrder", "<Params>")
		if status != 400 || !strings.Contains(answer, "Too much getOrder query") {
			t.Errorf("%s: failure 21 = %d %s; want a ban", name, status, answer)
		}
	}
}

func TestSilenceLastsTwoHoursToTheSecond(t *testing.T) {
	for name, fail := range map[string]func(*visit){
		"wrong token": func(v *visit) { v.answer("getOrder", "<Params/>") },
		"no token": func(v *visit) {
			v.do("POST", "/shop/getOrder", "<Params/>", nil)
		},
		"wrong key":  func(v *visit) { v.answer("login", "<Params><ApiKey>wrong</ApiKey></Params>") },
		"no key":     func(v *visit) { v.answer("login", "<Params/>") },
		"broken XML": func(v *visit) { v.answer("login", "<Params>") },
	} {
		v := limited(t, Options{})
		v.token = "unheard-of"
		for i := range 10 {
			if i > 0 {
				v.shop.Advance(time.Minute) // ten calls within nine minutes
			}
			fail(v)
		}
		v.shop.Advance(2*time.Hour - time.Second)
		if status, answer := v.call("login", loginBody); status != 0 {
			t.Errorf("%s: one second before the end of the silence = %d %s; want no answer", name, status, answer)
		}
		v.shop.Advance(time.Second)
		v.login()
	}
}

func TestAnExpiredTokenStillNamesTheShop(t *testing.T) {
	v := limited(t, Options{})
	v.shop.Advance(2 * time.Hour)
	for range 15 {
		v.refused("getOrder", "<Params/>", "Authentication Error: expired Token")
	}
	v.login()
}

func TestLimitsCountPerAddress(t *testing.T) {
	v := limited(t, Options{})
	v.times(30, "getOrder", "<Params/>")
	v.refused("getOrder", "<Params/>", "Too much getOrder query, IP is banned till 03.10.2026 11:30:00")
	if got := v.from("192.0.2.7:1234"); got != 200 {
		t.Errorf("getOrder from another address = %d; want 200", got)
	}
}

func TestTheClockHourBeginsAnewOnTheHour(t *testing.T) {
	at := time.Date(2026, 3, 10, 9, 59, 59, 0, time.UTC)
	v := limited(t, Options{Now: func() time.Time { return at }, Switches: Switches{ClockHour: true}})
	v.times(30, "getOrder", "<Params/>")
	v.shop.Advance(time.Second)
	v.times(30, "getOrder", "<Params/>")
	v.shop.Advance(59*time.Minute + 59*time.Second)
	v.refused("getOrder", "<Params/>", fmt.Sprintf("Too much getOrder query, IP is banned till %s", "03.10.2026 12:59:59"))
}
