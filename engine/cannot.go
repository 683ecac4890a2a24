package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"punte"
)

const (
	dueCannot = "due.cannot"
	// cannotAge is when the orders that MiniCRM can't take are looked at again by
	// themselves: somebody may have changed the account.
	cannotAge = time.Hour
	// learnedFindings is when what a probe found was taken in last.
	learnedFindings = "learned.findings"
)

// cannotReady says when orders that were put aside because of what a probe found are to
// be decided about anew. A run that ends by itself does not wait for it.
func (w *Work) cannotReady(ctx context.Context, at time.Time) (time.Time, bool, error) {
	o, err := w.outlook(ctx)
	if err != nil || !o.Cannot {
		return at, false, err
	}
	_, once, err := w.onceRun(ctx)
	return at, !once || !at.After(w.engine.Now()), err
}

// tryCannot maps these orders again, and lets go those that are possible now: by other
// findings, other settings, or another account.
func (w *Work) tryCannot(ctx context.Context) error {
	known, err := w.knownAccount(ctx, factsAge)
	if err != nil {
		return err
	}
	parked, err := w.engine.Store.Parked(ctx, w.saved.ID)
	if err != nil {
		return err
	}
	now := w.engine.Now()
	for _, d := range parked {
		if d.Problem.Code != punte.ProblemCannot || !d.Deleted.IsZero() {
			continue
		}
		if _, _, err := w.order(w.mapper(known), d); isCannot(err) {
			continue
		}
		_, decision, problem := w.conn.Decide(d.Order.Status)
		if decision == punte.Held && d.Shown > 0 {
			decision, problem = punte.Owed, punte.Problem{}
		}
		err := w.engine.Store.Redecide(ctx, w.saved.ID, d.Ref, decision, problem, now)
		if err != nil && punte.ErrorCode(err) != punte.Conflict { // it changed meanwhile
			return fmt.Errorf("releasing order %s: %w", d.Key, err)
		}
	}
	return w.setDue(ctx, dueCannot, now.Add(cannotAge))
}

func isCannot(err error) bool {
	_, is := errors.AsType[*cannotError](err)
	return is
}

// takeIn lets what waits for other findings be looked at again, once for each probe.
func (w *Work) takeIn(ctx context.Context) error {
	var newest time.Time
	for _, f := range w.found {
		newest = later(newest, f.Found)
	}
	if !newest.After(w.takenIn) {
		return nil
	}
	known, _, err := w.engine.Store.Cursor(ctx, w.saved.ID, learnedFindings)
	if err != nil {
		return err
	}
	if newest.After(known) {
		err = errors.Join(
			w.setDue(ctx, dueCannot, w.engine.Now()),
			w.engine.Store.SeekAnew(ctx, w.saved.ID, w.engine.Now()),
			w.engine.Store.SetCursor(ctx, w.saved.ID, learnedFindings, newest),
		)
	}
	if err == nil {
		w.takenIn = newest
	}
	return err
}
