package engine

import (
	"context"
	"crypto/rand"

	"punte"
	"punte/store"
)

// Kinds of runs.
const (
	runOnce = "once" // reads up to its own start, sends, ends when nothing is owed or in flight
	runSync = "sync" // goes on until it is stopped
)

// Begin starts a run of a connection and makes it due. A run that ends by itself
// reads the shop's changes up to its own start.
func (e *Engine) Begin(ctx context.Context, id string, once bool) (store.Run, error) {
	w, err := e.Open(ctx, id)
	if err != nil {
		return store.Run{}, err
	}
	now := e.Now()
	run := store.Run{ID: rand.Text(), Connection: id, Kind: runSync, Started: now}
	if last, err := e.Store.LastRun(ctx, id, runOnce); err == nil && last.Ended.IsZero() {
		last.Ended = now // a process that was killed left it behind
		if err := e.Store.SaveRun(ctx, last); err != nil {
			return run, err
		}
	}
	if once {
		run.Kind, run.Until = runOnce, ceilSecond(w.shop.ShopTime())
	}
	if err := e.Store.SaveRun(ctx, run); err != nil {
		return run, err
	}
	for _, kind := range []string{duePull, duePush, dueConfirm} {
		if err := w.makeDue(ctx, kind); err != nil {
			return run, err
		}
	}
	if err := w.release(ctx); err != nil {
		return run, err
	}
	return run, e.Store.Hint(ctx, id, now)
}

// makeDue lets a kind of work begin at once, but not before a time that a service
// set: the end of a ban or of a budget's hour.
func (w *Work) makeDue(ctx context.Context, kind string) error {
	due, ok, err := w.engine.Store.Cursor(ctx, w.saved.ID, kind)
	if err != nil || !ok {
		return err
	}
	failures, err := w.engine.Store.Failures(ctx, w.saved.ID, kind, w.engine.Now())
	if err != nil {
		return err
	}
	now := w.engine.Now()
	if failures > 0 || !due.After(now) {
		return nil
	}
	return w.setDue(ctx, kind, now)
}

// release decides anew about the orders that are held: the map may have got their
// status meanwhile.
func (w *Work) release(ctx context.Context) error {
	held, err := w.engine.Store.Held(ctx, w.saved.ID)
	if err != nil {
		return err
	}
	for _, d := range held {
		_, decision, problem := w.conn.Decide(d.Order.Status)
		if decision == punte.Held {
			continue
		}
		if err := w.engine.Store.Redecide(ctx, w.saved.ID, d.Ref, decision, problem, w.engine.Now()); err != nil {
			return err
		}
	}
	return nil
}

// onceRun is the run that ends by itself, nil if none goes on.
func (w *Work) onceRun(ctx context.Context) (*store.Run, error) {
	run, err := w.engine.Store.LastRun(ctx, w.saved.ID, runOnce)
	if punte.ErrorCode(err) == punte.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !run.Ended.IsZero() {
		return nil, nil
	}
	return &run, nil
}

// run is the run that goes on, nil if none does.
func (w *Work) run(ctx context.Context) (*store.Run, error) {
	if run, err := w.onceRun(ctx); err != nil || run != nil {
		return run, err
	}
	run, err := w.engine.Store.LastRun(ctx, w.saved.ID, runSync)
	if punte.ErrorCode(err) == punte.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &run, nil
}

// note adds to the counts of the run that goes on.
func (w *Work) note(ctx context.Context, did punte.Report) error {
	run, err := w.run(ctx)
	if err != nil || run == nil || did == (punte.Report{}) {
		return err
	}
	run.Report = run.Report.Plus(did)
	return w.engine.Store.SaveRun(ctx, *run)
}

// markRead notes that the run has read all it is to read.
func (w *Work) markRead(ctx context.Context) error {
	run, err := w.onceRun(ctx)
	if err != nil || run == nil {
		return err
	}
	run.Report.Read = true
	return w.engine.Store.SaveRun(ctx, *run)
}

// endRun ends a run that ends by itself: everything was read, and nothing is owed
// or in flight any more.
func (w *Work) endRun(ctx context.Context) error {
	run, err := w.onceRun(ctx)
	if err != nil || run == nil || !run.Report.Read {
		return err
	}
	run.Ended = w.engine.Now()
	return w.engine.Store.SaveRun(ctx, *run)
}

// giveUpRun ends a run that was to end by itself when a service has to rest, or
// when something is missing in MiniCRM: nobody waits an hour for a command.
func (w *Work) giveUpRun(ctx context.Context, v Verdict, cause error) error {
	if !v.GivesUp(w.engine.Now()) {
		return nil
	}
	run, err := w.onceRun(ctx)
	if err != nil || run == nil {
		return err
	}
	run.Ended, run.Report.Failed = w.engine.Now(), cause.Error()
	return w.engine.Store.SaveRun(ctx, *run)
}

// Standing is where all orders of a connection stand now.
func (e *Engine) Standing(ctx context.Context, id string) (punte.Report, error) {
	var r punte.Report
	counts, err := e.Store.Counts(ctx, id)
	if err != nil {
		return r, err
	}
	r.Confirmed, r.Unlisted, r.Left = counts[punte.Confirmed], counts[punte.Unlisted], counts[punte.Left]
	r.Held, r.Parked = counts[punte.Held], counts[punte.Parked]
	r.Differs, r.Amounts, err = e.Store.Differences(ctx, id)
	return r, err
}
