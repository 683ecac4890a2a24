package engine

import (
	"testing"

	"punte/unas"
)

// Whatever is called, the shop's own limit stays out of reach by a share.
func TestEveryLimitOfTheShopHasABudgetBelowIt(t *testing.T) {
	for _, subscription := range []string{"", "premium-1000", "vip-100000"} {
		plan := unas.PlanOf(subscription)
		for _, limit := range unas.Limits() {
			if limit.Of(plan) == 0 {
				continue // the client doesn't make such a call
			}
			budgets := shopBudgets("7", subscription, limit.Call)
			each, all := budgets[0], budgets[1]
			if len(budgets) != 2 || each.Limit >= limit.Of(plan) || each.Window != unas.LimitWindow {
				t.Errorf("shopBudgets(%q, %v) = %+v; want below %d", subscription, limit.Call, budgets, limit.Of(plan))
			}
			if all.Scope != "unas:7:all" || all.Limit >= unas.CallsPerHour(plan) {
				t.Errorf("shopBudgets(%q, %v): all = %+v; want below %d", subscription, limit.Call, all, unas.CallsPerHour(plan))
			}
		}
	}
	for _, tt := range []struct {
		subscription string
		call         unas.Call
		want         int
	}{
		{"premium-1000", unas.Call{Endpoint: "getOrder"}, 28},
		{"vip-1000", unas.Call{Endpoint: "getOrder"}, 84},
		{"premium-1000", unas.Call{Endpoint: "getOrder", Single: true}, 933},
		{"vip-1000", unas.Call{Endpoint: "login"}, loginCalls},
		{"premium-1000", unas.Call{Endpoint: "getPackageOffer"}, 4},
	} {
		if got := shopBudgets("7", tt.subscription, tt.call)[0].Limit; got != tt.want {
			t.Errorf("shopBudgets(%q, %v): %d calls; want %d", tt.subscription, tt.call, got, tt.want)
		}
	}
}
