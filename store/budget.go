package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strconv"
	"time"

	"punte"
	"punte/store/db"
)

// Budget is how many calls may be made in any window of time.
type Budget struct {
	Scope  string // who counts them, such as one key of one shop
	Limit  int
	Window time.Duration
}

// Calls are kept this long at least, so that budgets with different windows may
// share a scope.
const callsKept = time.Hour

// aheadAllowed is how far the clocks of several processes may differ. A call noted
// further in the future was made while a clock was wrong: it counts as made now, so
// that it blocks for one window and not until that future.
const aheadAllowed = time.Minute

// Reserve takes one call out of every budget, or out of none of them. If one of them
// is used up, ok is false and free is when the call is possible. A store younger
// than a window does not know what was called before it was made: it counts that
// time as half used up. Two processes never get the same last call.
func (s *Store) Reserve(ctx context.Context, now time.Time, budgets ...Budget) (free time.Time, ok bool, err error) {
	const doing = "reserving a call"
	for _, b := range budgets {
		if b.Limit < 1 || b.Window <= 0 {
			return time.Time{}, false, punte.Errorf(punte.Internal, "%s: budget %s allows %d calls in %s", doing, b.Scope, b.Limit, b.Window)
		}
	}
	created, err := s.created(ctx)
	if err != nil {
		return time.Time{}, false, err
	}
	// Everybody takes the rows in the same order: nobody waits for each other.
	budgets = slices.SortedFunc(slices.Values(budgets), func(a, b Budget) int {
		return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Window, b.Window))
	})
	err = s.write(ctx, doing, func(q *db.Queries) error {
		free = time.Time{}
		if err := hold(ctx, q, budgets, now); err != nil {
			return err
		}
		for _, b := range budgets {
			calls, err := usedUp(ctx, q, b, created, now)
			if err != nil {
				return err
			}
			if at := b.free(calls); at.After(now) && at.After(free) {
				free = at
			}
		}
		if !free.IsZero() {
			return nil
		}
		return addCalls(ctx, q, budgets, now)
	})
	if err != nil {
		return time.Time{}, false, err
	}
	return free, free.IsZero(), nil
}

// hold keeps other processes away from the budgets until the transaction ends, and
// clears up old calls.
func hold(ctx context.Context, q *db.Queries, budgets []Budget, now time.Time) error {
	for i, b := range budgets {
		if err := q.HoldBudget(ctx, db.HoldBudgetParams{Scope: b.Scope, Now: millis(now)}); err != nil {
			return err
		}
		if i+1 < len(budgets) && budgets[i+1].Scope == b.Scope {
			continue // the one with the longest window comes last and clears up
		}
		old := now.Add(-max(b.Window, callsKept))
		if err := q.ForgetCalls(ctx, db.ForgetCallsParams{Scope: b.Scope, Before: millis(old)}); err != nil {
			return err
		}
		ahead := now.Add(aheadAllowed)
		if err := q.PullBackCalls(ctx, db.PullBackCallsParams{Scope: b.Scope, Ahead: millis(ahead), Now: millis(now)}); err != nil {
			return err
		}
	}
	return nil
}

// addCalls notes one call for every scope.
func addCalls(ctx context.Context, q *db.Queries, budgets []Budget, now time.Time) error {
	for i, b := range budgets {
		if i > 0 && budgets[i-1].Scope == b.Scope {
			continue
		}
		if err := q.AddCall(ctx, db.AddCallParams{ID: rand.Text(), Scope: b.Scope, At: millis(now)}); err != nil {
			return err
		}
	}
	return nil
}

// Spent returns how many calls of a budget are used up at the moment.
func (s *Store) Spent(ctx context.Context, now time.Time, b Budget) (int, error) {
	created, err := s.created(ctx)
	if err != nil {
		return 0, err
	}
	calls, err := spent(ctx, s.read(), b, created, now)
	if err != nil {
		return 0, failed("counting calls", err)
	}
	return len(calls), nil
}

// usedUp is spent, but nil if the budget is far from used up: most calls are made while
// it is, and a number is told sooner than a list.
func usedUp(ctx context.Context, q *db.Queries, b Budget, created, now time.Time) ([]time.Time, error) {
	since := now.Add(-b.Window)
	made, err := q.CountCalls(ctx, db.CountCallsParams{Scope: b.Scope, Since: millis(since)})
	if err != nil || int(made)+len(b.supposed(created, since)) < b.Limit {
		return nil, err
	}
	return spent(ctx, q, b, created, now)
}

// spent returns when the calls within the window before now were made, in order,
// with those that a young store supposes.
func spent(ctx context.Context, q *db.Queries, b Budget, created, now time.Time) ([]time.Time, error) {
	since := now.Add(-b.Window)
	calls := b.supposed(created, since)
	made, err := q.CallsSince(ctx, db.CallsSinceParams{Scope: b.Scope, Since: millis(since)})
	if err != nil {
		return nil, err
	}
	for _, call := range made {
		for range call.Weight {
			calls = append(calls, instant(call.At))
		}
	}
	slices.SortFunc(calls, time.Time.Compare)
	return calls, nil
}

// supposed returns the calls of the window before the store was made, half the
// limit spread evenly over it, that are later than since.
func (b Budget) supposed(created, since time.Time) []time.Time {
	var calls []time.Time
	half := b.Limit / 2
	for i := range half {
		// The last one lies at the very moment the store was made.
		at := created.Add(-b.Window * time.Duration(half-1-i) / time.Duration(half))
		if at.After(since) {
			calls = append(calls, at)
		}
	}
	return calls
}

// free returns when a call is possible; zero if it is now.
func (b Budget) free(calls []time.Time) time.Time {
	if len(calls) < b.Limit {
		return time.Time{}
	}
	return calls[len(calls)-b.Limit].Add(b.Window)
}

// created returns when the store was made.
func (s *Store) created(ctx context.Context) (time.Time, error) {
	const doing = "reading when the store was made"
	value, err := s.read().Meta(ctx, metaCreated)
	if err != nil {
		return time.Time{}, missing(err, doing, "%s: it is not noted; run the migrations first", doing)
	}
	ms, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: %w", doing, err)
	}
	return instant(ms), nil
}
