package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"punte/minicrm"
	"punte/store"
	"punte/unas"
)

// spendable is what we take of a limit of UNAS: 14 of 15 calls, which is 28 of
// PREMIUM's 30 lists and 84 of VIP's 90. The rest is for whatever else uses the key's
// address, and for a call that the shop counts a moment later than we do.
func spendable(limit int) int { return max(1, limit*14/15) }

// Budgets of MiniCRM: 40 of its 60 calls a minute, since the shop's own forms and
// scripts share them, and 150 of 180 documents an hour. Source: MiniCRM
// Integrations Manual, rate limits.
const (
	crmCalls     = 40
	crmDocuments = 150
	// loginCalls bounds logins with one key, far below the shop's own limit: a token is
	// good for two hours.
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

// shopBudgets are the budgets a call to the shop is taken from: that of its endpoint
// and that of everything together.
func shopBudgets(shop, subscription string, c unas.Call) []store.Budget {
	plan := unas.PlanOf(subscription)
	budget := func(scope string, limit int) store.Budget {
		return store.Budget{Scope: "unas:" + shop + ":" + scope, Limit: limit, Window: unas.LimitWindow}
	}
	all := budget("all", spendable(unas.CallsPerHour(plan)))
	if c.Endpoint == "login" {
		return []store.Budget{budget("login", loginCalls), all}
	}
	limit, _ := unas.LimitOf(plan, c)
	if c.Single {
		return []store.Budget{budget("single:"+c.Endpoint, spendable(limit)), all}
	}
	return []store.Budget{budget("list:"+c.Endpoint, spendable(limit)), all}
}

// crmBudgets are the budgets a call to MiniCRM is taken from.
func crmBudgets(account string, c minicrm.Call) []store.Budget {
	limit := c.Limit()
	switch c.Scope() {
	case "": // nothing counts it
		return nil
	case "SyncFeed":
		return []store.Budget{{Scope: "minicrm:" + account + ":documents", Limit: crmDocuments, Window: limit.Window}}
	}
	budgets := []store.Budget{{Scope: "minicrm:" + account + ":calls", Limit: crmCalls, Window: limit.Window}}
	if c.Endpoint == "R3/Contact" { // long lists, that leave room for the rest
		budgets = append(budgets, store.Budget{Scope: "minicrm:" + account + ":people", Limit: sweepCalls, Window: limit.Window})
	}
	return budgets
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
// orders and customers gets a number first: whoever asked later knows better.
func (w *Work) reserveShop(ctx context.Context, c unas.Call) error {
	besides, err := w.besides(ctx, c)
	if err != nil {
		return err
	}
	singles, err := w.singleBudgets(ctx, c)
	if err != nil {
		return err
	}
	days, err := w.daysBudgets(ctx, c)
	if err != nil {
		return err
	}
	budgets := slices.Concat(shopBudgets(w.saved.Shop, w.plan, c), besides, days, singles, w.hintBudgets(c))
	if err := w.engine.reserve(ctx, "UNAS", budgets); err != nil {
		return err
	}
	if w.spare == first && len(singles) > 0 {
		w.spare = begun
	}
	if c.Endpoint != "getOrder" && c.Endpoint != "getCustomer" {
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
	shares, err := w.crmShares(ctx, c)
	if err != nil {
		return err
	}
	return w.engine.reserve(ctx, "MiniCRM", append(crmBudgets(w.saved.Account, c), shares...))
}
