package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"punte/minicrm"
	"punte/store"
	"punte/unas"
)

// limits are what we spend of what a UNAS plan allows in any 60 minutes. The rest
// is kept for whatever else uses the key's address. Source of the plans' own
// limits: UNAS API documentation, "Limitációk".
type limits struct {
	list   int // calls that may bring several rows, per endpoint
	single int // calls for one thing by its key, per endpoint
	all    int // everything together
}

var (
	premiumLimits = limits{list: 28, single: 900, all: 1900}  // of 30, 1000, 2000
	vipLimits     = limits{list: 84, single: 2700, all: 5700} // of 90, 3000, 6000
)

// limitsOf reads the plan from a subscription such as vip-100000. Anything else
// than VIP is held to the smaller plan.
func limitsOf(subscription string) limits {
	if strings.HasPrefix(strings.ToLower(subscription), "vip") {
		return vipLimits
	}
	return premiumLimits
}

// Budgets of MiniCRM: 40 of its 60 calls a minute, since the shop's own forms and
// scripts share them, and 150 of 180 documents an hour. Source: MiniCRM
// Integrations Manual, rate limits.
const (
	crmCalls     = 40
	crmDocuments = 150
	// loginCalls bounds logins with one key; a token is good for two hours.
	loginCalls = 20
)

// BudgetError says that a call was not made because its budget is spent.
type BudgetError struct {
	Service string    // UNAS or MiniCRM
	Free    time.Time // when a call is possible again
}

// Error says whose budget and until when.
func (e *BudgetError) Error() string {
	return fmt.Sprintf("the budget of calls to %s is spent until %s", e.Service, e.Free.Format(time.RFC3339))
}

// shopBudgets are the budgets a call to the shop is taken from.
func shopBudgets(shop, plan string, c unas.Call) []store.Budget {
	l := limitsOf(plan)
	if c.Endpoint == "login" {
		return []store.Budget{{Scope: "unas:" + shop + ":login", Limit: loginCalls, Window: time.Hour}}
	}
	each := store.Budget{Scope: "unas:" + shop + ":list:" + c.Endpoint, Limit: l.list, Window: time.Hour}
	if c.Single {
		each = store.Budget{Scope: "unas:" + shop + ":single:" + c.Endpoint, Limit: l.single, Window: time.Hour}
	}
	return []store.Budget{each, {Scope: "unas:" + shop + ":all", Limit: l.all, Window: time.Hour}}
}

// crmBudgets are the budgets a call to MiniCRM is taken from.
func crmBudgets(account string, c minicrm.Call) []store.Budget {
	if strings.HasPrefix(c.Endpoint, "SyncFeed") {
		return []store.Budget{{Scope: "minicrm:" + account + ":documents", Limit: crmDocuments, Window: time.Hour}}
	}
	return []store.Budget{{Scope: "minicrm:" + account + ":calls", Limit: crmCalls, Window: time.Minute}}
}

// reserve takes a call out of its budgets, or says when that is possible.
func (e *Engine) reserve(ctx context.Context, service string, budgets []store.Budget) error {
	if e.Rehearsal {
		return nil
	}
	free, ok, err := e.Store.Reserve(ctx, e.Now(), budgets...)
	if err != nil {
		return err
	}
	if !ok {
		return &BudgetError{Service: service, Free: free}
	}
	return nil
}

// longestPause is how long a command waits for a call: MiniCRM counts by the minute.
const longestPause = 70 * time.Second

// reserveOrPause is reserve for the commands that only look: a short wait is sat out.
func (e *Engine) reserveOrPause(ctx context.Context, service string, budgets []store.Budget) error {
	for {
		err := e.reserve(ctx, service, budgets)
		spent, ok := errors.AsType[*BudgetError](err)
		if !ok || e.Pause == nil {
			return err
		}
		wait := spent.Free.Sub(e.Now()) + time.Millisecond
		if wait > longestPause {
			return err
		}
		e.notice("", fmt.Sprintf("waiting %s for a free call to %s", wait.Round(time.Second), service))
		if err := e.Pause(ctx, wait); err != nil {
			return err
		}
	}
}

// reserveShop stands before every call of the work to the shop. Each question for
// orders gets a number first: whoever asked later knows better.
func (w *Work) reserveShop(ctx context.Context, c unas.Call) error {
	if err := w.engine.reserve(ctx, "UNAS", shopBudgets(w.saved.Shop, w.plan, c)); err != nil {
		return err
	}
	if c.Endpoint != "getOrder" {
		return nil
	}
	asked, err := w.engine.Store.NextAsked(ctx, w.saved.ID)
	if err != nil {
		return err
	}
	w.asked = asked
	return nil
}

func (w *Work) reserveCRM(ctx context.Context, c minicrm.Call) error {
	return w.engine.reserve(ctx, "MiniCRM", crmBudgets(w.saved.Account, c))
}
