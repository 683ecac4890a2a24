package engine

import (
	"context"
	"time"

	"punte/minicrm"
	"punte/store"
	"punte/unas"
)

// Polls of the shop, so that 28 of the hour's calls (84 on VIP) are never passed. By
// night there are fewer, and what is left looks for deleted orders.
const (
	pollPremium      = 150 * time.Second
	pollPremiumNight = 5 * time.Minute
	pollVIP          = 48 * time.Second
	pollVIPNight     = 90 * time.Second
	pollRehearsal    = 2 * time.Second
)

// nightEnds is the hour of the shop's zone until which few people buy.
const nightEnds = 6

// Polls while the past is read as well: six calls of the hour on PREMIUM, 18 on VIP.
// Where webhooks tell of new orders, six on VIP are enough: they are there for a
// webhook that is lost.
const (
	pollPremiumImport = 10 * time.Minute
	pollVIPImport     = 200 * time.Second
	pollHooksImport   = 10 * time.Minute
)

// hooksLately is how long the last webhook vouches for those to come.
const hooksLately = time.Hour

// pollEvery is how long to wait before the shop is asked again for what is new.
func (w *Work) pollEvery(ctx context.Context) (time.Duration, error) {
	if w.engine.Rehearsal {
		return pollRehearsal, nil
	}
	every, err := w.pollShop(ctx, w.engine.Now())
	if err != nil {
		return 0, err
	}
	sharers, err := w.engine.Store.ActiveOfShop(ctx, w.saved.Shop)
	if err != nil {
		return 0, err
	}
	return every * time.Duration(max(1, sharers)), nil
}

// pollShop is how long all connections to the shop together wait between two polls at
// that time.
func (w *Work) pollShop(ctx context.Context, at time.Time) (time.Duration, error) {
	_, importing, err := w.importing(ctx)
	if err != nil {
		return 0, err
	}
	every := pollDay(w.plan)
	switch local := at.In(w.conn.UNAS.Zone); {
	case importing:
		return w.pollImport(ctx, at)
	case local.Hour() < nightEnds:
		dawn := time.Date(local.Year(), local.Month(), local.Day(), nightEnds, 0, 0, 0, local.Location())
		every = min(pollNight(w.plan), max(every, dawn.Sub(at)))
	}
	return every, nil
}

// polledLately is how long after a poll was due it is still believed to come.
const polledLately = 10 * time.Minute

// polled says that somebody, here or in another process, asks the shop for what is new.
// A run that ends by itself does not poll.
func (w *Work) polled(ctx context.Context) (bool, error) {
	if _, once, err := w.onceRun(ctx); err != nil || once {
		return false, err
	}
	due, ok, err := w.engine.Store.Cursor(ctx, w.saved.ID, duePull)
	return ok && w.engine.Now().Sub(due) < polledLately, err
}

// unhurriedShare is how many list calls of the hour a reading of days has that a person
// asked for and that can wait: what the polls of this hour and the next leave.
func (w *Work) unhurriedShare(ctx context.Context, all int) (int, error) {
	now := w.engine.Now()
	polls := 0
	for _, at := range []time.Time{now, now.Add(unas.LimitWindow)} {
		every, err := w.pollShop(ctx, at)
		if err != nil {
			return 0, err
		}
		polls = max(polls, int(unas.LimitWindow/every))
	}
	return max(1, all-polls), nil
}

func pollDay(subscription string) time.Duration {
	if unas.PlanOf(subscription) == unas.VIP {
		return pollVIP
	}
	return pollPremium
}

func pollNight(subscription string) time.Duration {
	if unas.PlanOf(subscription) == unas.VIP {
		return pollVIPNight
	}
	return pollPremiumNight
}

func (w *Work) pollImport(ctx context.Context, now time.Time) (time.Duration, error) {
	if unas.PlanOf(w.plan) != unas.VIP {
		return pollPremiumImport, nil
	}
	fresh, err := w.hooked(ctx, now)
	if err != nil || !fresh {
		return pollVIPImport, err
	}
	return pollHooksImport, nil
}

// hooked says that webhooks keep the connection fresh: the shop was told to send them,
// and one came lately.
func (w *Work) hooked(ctx context.Context, now time.Time) (bool, error) {
	hook, ok, err := w.engine.Store.Hook(ctx, w.saved.ID)
	if err != nil || !ok || hook.SetAt.IsZero() || hook.SeenAt.IsZero() {
		return false, err
	}
	return now.Sub(hook.SeenAt) < hooksLately, nil
}

// Shares of MiniCRM's 40 calls of a minute. What is left is for documents: handing over
// a new order takes a few calls at most.
const (
	crmBesides = 34 // everything but handing over
	crmConfirm = 30 // looking what became of orders
	crmCards   = 12 // customers' cards that travel without an order
)

// Documents go at an even pace: 150 in a few minutes would leave the next order an hour
// to wait. Cards without an order have a share of them.
const (
	pacedDocuments  = 12
	documentPace    = 5 * time.Minute
	behindDocuments = 5
)

// crmShares are the shares of MiniCRM's budgets that the work in hand is bound to, so
// that an order is never kept waiting by anything it does not need. A run that ends by
// itself waits for all of it anyway.
func (w *Work) crmShares(ctx context.Context, c minicrm.Call) ([]store.Budget, error) {
	if c.Scope() == "" || w.working.name == "" {
		return nil, nil
	}
	scope, minute := "minicrm:"+w.saved.Account, c.Limit().Window
	var shares []store.Budget
	if w.working.name == dueDrafts {
		shares = append(shares, store.Budget{Scope: scope + ":calls:drafts", Limit: crmDrafts, Window: minute})
	}
	if once, err := w.ending(ctx); err != nil || once {
		return shares, err
	}
	switch {
	case c.Scope() == "SyncFeed":
		shares = append(shares, store.Budget{Scope: scope + ":documents", Limit: pacedDocuments, Window: documentPace})
		if w.working.behind {
			shares = append(shares, store.Budget{Scope: scope + ":documents:behind", Limit: behindDocuments, Window: documentPace})
		}
		return shares, nil
	case w.working.name == duePush, w.working.name == dueWithdrawals:
		return nil, nil
	case w.working.name == dueConfirm:
		shares = append(shares, store.Budget{Scope: scope + ":calls:confirm", Limit: crmConfirm, Window: minute})
	case w.working.name == dueCards, w.working.name == dueConfirmCards:
		shares = append(shares, store.Budget{Scope: scope + ":calls:cards", Limit: crmCards, Window: minute})
	}
	return append(shares, store.Budget{Scope: scope + ":calls:besides", Limit: crmBesides, Window: minute}), nil
}

// besides are the shares of the shop's budgets that the work in hand is bound to.
func (w *Work) besides(ctx context.Context, c unas.Call) ([]store.Budget, error) {
	if w.polling {
		return nil, nil
	}
	if once, err := w.ending(ctx); err != nil || once {
		return nil, err // nothing is polled then
	}
	if c.Endpoint == "getOrder" && !c.Single {
		return w.besidesPolls(ctx, c)
	}
	if !w.working.behind {
		return nil, nil
	}
	// The rest of the hour's calls is for polls, and for orders that webhooks tell of.
	share := unas.CallsPerHour(unas.PlanOf(w.plan)) * 2 / 5
	return []store.Budget{{Scope: "unas:" + w.saved.Shop + ":all:behind", Limit: share, Window: unas.LimitWindow}}, nil
}

// besidesPolls is the share of the hour's list calls that is left for everything but
// the polls while the past is read, so that a poll never waits for any of it. The
// shares of several connections to one shop are one.
func (w *Work) besidesPolls(ctx context.Context, c unas.Call) ([]store.Budget, error) {
	_, importing, err := w.importing(ctx)
	if err != nil || !importing {
		return nil, err
	}
	every, err := w.pollImport(ctx, w.engine.Now())
	if err != nil {
		return nil, err
	}
	limit, _ := unas.LimitOf(unas.PlanOf(w.plan), c)
	share := spendable(limit) - int(unas.LimitWindow/every)
	return []store.Budget{{Scope: "unas:" + w.saved.Shop + ":list:getOrder:besides", Limit: share, Window: unas.LimitWindow}}, nil
}
