package engine

import (
	"context"
	"time"
)

const (
	dueSweep = "due.sweep"
	// onStore is no service: sweeping calls none.
	onStore = "store"
	// sweepEvery is how often a connection's old data are removed.
	sweepEvery = 24 * time.Hour
	// rawKept is how long the shop's XML of an order lives after it was read, and what
	// was sent and what happened after it came to rest.
	rawKept = 90 * 24 * time.Hour
	// callsKept is how long a call is remembered at the most: longer than any budget.
	callsKept = 24 * time.Hour
)

func (w *Work) sweepReady(_ context.Context, at time.Time) (time.Time, bool, error) {
	return at, true, nil
}

// sweep removes one piece of what is old, and makes good what an erasure left that was
// ended in the middle.
func (w *Work) sweep(ctx context.Context) error {
	s, now := w.engine.Store, w.engine.Now()
	more, err := w.sweepSome(ctx)
	if err != nil {
		return err
	}
	if more {
		return w.setDue(ctx, dueSweep, now) // whatever else is due goes before
	}
	unfinished, err := s.UnfinishedErasures(ctx, w.saved.ID)
	if err != nil {
		return err
	}
	if unfinished {
		if err := w.engine.forget(ctx, w.saved.ID); err != nil {
			return err
		}
	}
	return w.setDue(ctx, dueSweep, now.Add(sweepEvery))
}

// sweepSome removes a few hundred rows. more says that there is more to remove.
func (w *Work) sweepSome(ctx context.Context) (more bool, err error) {
	s, now := w.engine.Store, w.engine.Now()
	before := now.Add(-rawKept)
	if _, more, err = s.DropRaw(ctx, w.saved.ID, before); more || err != nil {
		return more, err
	}
	if _, more, err = s.DropCustomerRaw(ctx, w.saved.ID, before); more || err != nil {
		return more, err
	}
	if more, err = s.DropDocuments(ctx, w.saved.ID, before); more || err != nil {
		return more, err
	}
	if w.swept, err = s.DropEvents(ctx, w.saved.ID, w.swept, before); w.swept != "" || err != nil {
		return err == nil, err
	}
	return false, s.DropCalls(ctx, now.Add(-callsKept))
}
