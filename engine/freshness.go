package engine

import (
	"context"
	"time"

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
	now := w.engine.Now()
	_, importing, err := w.importing(ctx)
	if err != nil {
		return 0, err
	}
	every := pollDay(w.plan)
	switch local := now.In(w.conn.UNAS.Zone); {
	case importing:
		if every, err = w.pollImport(ctx, now); err != nil {
			return 0, err
		}
	case local.Hour() < nightEnds:
		dawn := time.Date(local.Year(), local.Month(), local.Day(), nightEnds, 0, 0, 0, local.Location())
		every = min(pollNight(w.plan), max(every, dawn.Sub(now)))
	}
	sharers, err := w.engine.Store.ActiveOfShop(ctx, w.saved.Shop)
	if err != nil {
		return 0, err
	}
	return every * time.Duration(max(1, sharers)), nil
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

// besides is the share of the hour's list calls that is left for everything but the
// polls while the past is read, so that a poll never waits for any of it. The shares
// of several connections to one shop are one.
func (w *Work) besides(ctx context.Context, c unas.Call) ([]store.Budget, error) {
	if c.Endpoint != "getOrder" || c.Single || w.polling {
		return nil, nil
	}
	if _, once, err := w.onceRun(ctx); err != nil || once {
		return nil, err // nothing is polled then
	}
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
