package unas

import (
	"testing"
	"time"
)

func TestLimitsAreThoseOfThePlans(t *testing.T) {
	tests := []struct {
		call         Call
		premium, vip int
		known        bool
	}{
		{Call{login, false}, 2000, 6000, true},
		{Call{"getOrder", true}, 1000, 3000, true},
		{Call{"getOrder", false}, 30, 90, true},
		{Call{"setOrder", true}, 1000, 3000, true},
		{Call{"setOrder", false}, 30, 90, true},
		{Call{"getCustomer", true}, 1000, 3000, true},
		{Call{"getCustomer", false}, 30, 90, true},
		{Call{"getCustomerGroup", false}, 30, 90, true},
		{Call{"getProduct", true}, 1000, 3000, true},
		{Call{"getProduct", false}, 30, 90, true},
		{Call{"getOrderStatus", true}, 30, 90, true},
		{Call{"getOrderType", false}, 30, 90, true},
		{Call{"getMethod", false}, 30, 90, true},
		{Call{"getNewsletter", true}, 30, 90, true},
		{Call{"getAutomatism", false}, 0, 90, true},
		{Call{"setAutomatism", true}, 0, 90, true},
		{Call{"getProductDB", false}, 10, 20, true},
		{Call{"setProductDB", true}, 30, 90, true},
		{Call{"setProductDB", false}, 10, 30, true},
		{Call{"getPackageOffer", true}, 500, 1500, true},
		{Call{"getPackageOffer", false}, 5, 15, true},
		{Call{"setPackageOffer", false}, 5, 10, true},
		{Call{"getSetting", false}, 5, 10, false},
	}
	for _, tt := range tests {
		premium, known := LimitOf(Premium, tt.call)
		vip, _ := LimitOf(VIP, tt.call)
		if premium != tt.premium || vip != tt.vip || known != tt.known {
			t.Errorf("LimitOf(%v) = %d and %d, %v; want %d and %d, %v", tt.call, premium, vip, known, tt.premium, tt.vip, tt.known)
		}
	}
	seen := map[Call]bool{}
	for _, l := range Limits() {
		if calls, known := LimitOf(VIP, l.Call); seen[l.Call] || !known || calls != l.Of(VIP) || l.Of(Premium) > l.Of(VIP) {
			t.Errorf("Limits() has %+v, twice: %v; LimitOf says %d", l, seen[l.Call], calls)
		}
		seen[l.Call] = true
	}
	if CallsPerHour(Premium) != 2000 || CallsPerHour(VIP) != 6000 {
		t.Errorf("CallsPerHour() = %d, %d; want 2000, 6000", CallsPerHour(Premium), CallsPerHour(VIP))
	}
}

func TestPlanOf(t *testing.T) {
	for in, want := range map[string]Plan{"vip-100000": VIP, "VIP": VIP, "premium-1000": Premium, "": Premium, "basic": Premium} {
		if got := PlanOf(in); got != want {
			t.Errorf("PlanOf(%q) = %s; want %s", in, got, want)
		}
	}
}

func TestMaintenanceIsAroundMidnightOfTheShop(t *testing.T) {
	zone := budapest(t)
	ends := time.Date(2026, 10, 26, 0, 10, 0, 0, zone)
	for _, tt := range []struct {
		at time.Time
		on bool
	}{
		{time.Date(2026, 10, 25, 23, 54, 59, 0, zone), false},
		{time.Date(2026, 10, 25, 23, 55, 0, 0, zone), true},
		{time.Date(2026, 10, 25, 22, 55, 0, 0, time.UTC), true},
		{time.Date(2026, 10, 26, 0, 9, 59, 0, zone), true},
		{time.Date(2026, 10, 26, 0, 10, 0, 0, zone), false},
		{time.Date(2026, 10, 26, 12, 0, 0, 0, zone), false},
	} {
		if end, on := Maintenance(tt.at, zone); on != tt.on || on && !end.Equal(ends) {
			t.Errorf("Maintenance(%v) = %v, %v; want %v until %v", tt.at, end, on, tt.on, ends)
		}
	}
}
