package unassim

import (
	"strings"
	"testing"
	"time"
)

// limited is a shop of six orders that counts calls.
func limited(t *testing.T, o Options) *visit {
	t.Helper()
	o.Limits = true
	return openSix(t, o)
}

// times calls the endpoint n times and demands that each succeeds.
func (v *visit) times(n int, endpoint, body string) {
	v.t.Helper()
	for range n {
		v.good(endpoint, body)
	}
}

func TestTheThirtyFirstListCallOfAnHourBansForAnHour(t *testing.T) {
	v := limited(t, Options{})
	v.times(30, "getOrder", "<Params/>")
	banned := "Too much getOrder query, IP is banned till 03.10.2026 11:30:00"
	v.refused("getOrder", "<Params/>", banned)
	v.shop.Advance(30 * time.Minute)
	v.refused("getOrder", "<Params/>", banned)
	v.refused("getMethod", "<Params/>", banned)
	v.refused("login", "<Params><ApiKey>"+DefaultAPIKey+"</ApiKey></Params>", banned)
	v.shop.Advance(30*time.Minute - time.Second)
	v.refused("getOrder", "<Params/>", banned)
	v.shop.Advance(time.Second)
	v.times(30, "getOrder", "<Params/>")
	if got := v.control("GET", "stats", "", 200); !strings.Contains(got, `"bans":{"getOrder":1}`) || !strings.Contains(got, `"getOrder":63`) || !strings.Contains(got, `"failures":{"getMethod":1,"getOrder":3,"login":1}`) {
		t.Errorf("stats = %s", got)
	}
}

func TestTheHourSlides(t *testing.T) {
	v := limited(t, Options{})
	v.times(15, "getOrder", "<Params/>")
	v.shop.Advance(45 * time.Minute)
	v.times(15, "getOrder", "<Params/>")
	v.shop.Advance(15 * time.Minute)
	v.times(15, "getOrder", "<Params/>")
	if status, _ := v.call("getOrder", "<Params/>"); status != 400 {
		t.Errorf("the 31st call within an hour = %d; want a ban", status)
	}
}

func TestTheClockHourIsASwitch(t *testing.T) {
	v := limited(t, Options{Switches: Switches{ClockHour: true, BanStatus: 429, BanExclamation: true}})
	v.times(30, "getOrder", "<Params/>")
	v.shop.Advance(30 * time.Minute) // 10:00
	v.times(30, "getOrder", "<Params/>")
	status, body := v.call("getOrder", "<Params/>")
	if status != 429 || !strings.Contains(body, "banned till 03.10.2026 12:00:00!") {
		t.Errorf("ban = %d %s; want 429 with a date and !", status, body)
	}
}

func TestSingleCallsHaveALargerLimitOfTheirOwn(t *testing.T) {
	v := limited(t, Options{Switches: Switches{BanEndpointOnly: true}})
	v.times(30, "getOrder", "<Params/>")
	v.times(100, "getOrder", "<Params><Key>71823-9001</Key></Params>")
	v.times(30, "getCustomer", "<Params/>")
	v.times(30, "getCustomer", "<Params><Id>501</Id></Params>")
	v.times(30, "getOrderStatus", "<Params/>")
	if status, _ := v.call("getOrderStatus", "<Params/>"); status != 400 {
		t.Errorf("the 31st getOrderStatus = %d; want a ban", status)
	}
	v.good("getMethod", "<Params/>")
}

func TestSingleCallsEndAtAThousand(t *testing.T) {
	v := limited(t, Options{})
	calls := v.shop.visitor(prefixes("127.0.0.1/32")[0].Addr())
	for range 1000 {
		calls.calls["getOrder"] = append(calls.calls["getOrder"], springMorning)
	}
	if status, _ := v.call("getOrder", "<Params><Key>71823-9001</Key></Params>"); status != 400 {
		t.Errorf("single call 1001 = %d; want a ban", status)
	}
}

func TestTheWholeAPIEndsAtTwoThousandAndVIPAtSixThousand(t *testing.T) {
	for plan, most := range map[string]int{PlanPremium: 2000, PlanVIP: 6000} {
		v := limited(t, Options{Plan: plan})
		calls := v.shop.visitor(prefixes("127.0.0.1/32")[0].Addr())
		for len(calls.calls[""]) < most-1 {
			calls.calls[""] = append(calls.calls[""], springMorning)
		}
		v.good("getMethod", "<Params/>")
		if status, body := v.call("getMethod", "<Params/>"); status != 400 || !strings.Contains(body, "Too much getMethod query") {
			t.Errorf("%s: call %d = %d %s; want a ban", plan, most+1, status, body)
		}
	}
}

func TestVIPMayAskThreeTimesAsOften(t *testing.T) {
	v := limited(t, Options{Plan: PlanVIP})
	v.times(90, "getOrder", "<Params/>")
	if status, _ := v.call("getOrder", "<Params/>"); status != 400 {
		t.Errorf("call 91 = %d; want a ban", status)
	}
}

func TestTheTwentyFirstFailureInARowBansAndASuccessStartsAnew(t *testing.T) {
	v := limited(t, Options{Plan: PlanVIP})
	fail := "<Params><Key>1</Key><LimitNum>x</LimitNum></Params>"
	for range 20 {
		v.refused("getOrder", fail, "Parameter Error: LimitNum")
	}
	v.good("getOrder", "<Params><Key>1</Key></Params>")
	for range 20 {
		v.refused("getOrder", fail, "Parameter Error: LimitNum")
	}
	v.refused("getOrder", fail, "Too much getOrder query, IP is banned till 03.10.2026 11:30:00")
}

func TestTheSixthFailedLoginBans(t *testing.T) {
	v := limited(t, Options{})
	wrong := "<Params><ApiKey>wrong</ApiKey></Params>"
	for range 5 {
		v.refused("login", wrong, "Login Error: invalid ApiKey")
	}
	v.refused("login", wrong, "Too much login query, IP is banned till 03.10.2026 11:30:00")
}

func TestTenUnidentifiedCallsAreFollowedByTwoHoursOfSilence(t *testing.T) {
	v := limited(t, Options{})
	token := v.token
	v.token = "unheard-of"
	for i := range 10 {
		if status, _ := v.call("getOrder", "<Params/>"); status != 400 {
			t.Fatalf("unidentified call %d = %d; want 400", i+1, status)
		}
		v.shop.Advance(time.Minute - time.Second)
	}
	v.token = token
	if status, body := v.call("getOrder", "<Params/>"); status != 0 {
		t.Errorf("a call after ten unidentified ones = %d %s; want no answer", status, body)
	}
	v.shop.Advance(2*time.Hour - time.Minute)
	if status, _ := v.call("login", "<Params/>"); status != 0 {
		t.Errorf("a call just before the end of the silence = %d; want no answer", status)
	}
	v.shop.Advance(time.Minute)
	v.login()
}

func TestUnidentifiedCallsFarApartAreAnswered(t *testing.T) {
	v := limited(t, Options{})
	v.token = "unheard-of"
	for i := range 15 {
		if status, _ := v.call("getOrder", "<Params/>"); status != 400 {
			t.Fatalf("unidentified call %d = %d; want 400", i+1, status)
		}
		v.shop.Advance(2 * time.Minute)
	}
}

func TestWithoutLimitsNothingIsCounted(t *testing.T) {
	v := openSix(t, Options{})
	v.times(200, "getOrder", "<Params/>")
	for range 40 {
		v.refused("login", "<Params><ApiKey>wrong</ApiKey></Params>", "Login Error: invalid ApiKey")
	}
}
