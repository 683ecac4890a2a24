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
		run.Kind, run.Until = runOnce, w.shopTime(now)
	}
	if err := e.Store.SaveRun(ctx, run); err != nil {
		return run, err
	}
	for _, work := range chores() {
		if work.begin {
			if err := w.setDue(ctx, work.name, now); err != nil {
				return run, err
			}
		}
	}
	if err := w.abandon(ctx); err != nil {
		return run, err
	}
	if err := w.release(ctx); err != nil {
		return run, err
	}
	if err := w.chooseCards(ctx); err != nil {
		return run, err
	}
	if err := w.takeUpLeft(ctx); err != nil {
		return run, err
	}
	if err := e.Store.Recall(ctx, id, now); err != nil {
		return run, err
	}
	return run, e.Store.Hint(ctx, id, now)
}

// abandon gives up documents that an earlier process made and did not live to hand
// over. With PostgreSQL another process may be doing so right now, and they are given
// up when they are old; a SQLite store has one process, and that is this one.
func (w *Work) abandon(ctx context.Context) error {
	if w.engine.Store.Postgres() {
		return nil
	}
	open, err := w.engine.Store.OpenDocuments(ctx, w.saved.ID)
	if err != nil {
		return err
	}
	now := w.engine.Now()
	for _, d := range open {
		if d.State != store.Made {
			continue
		}
		if err := alreadyTaken(w.engine.Store.DropDocument(ctx, d.ID, now, now)); err != nil {
			return err
		}
	}
	return nil
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
		err := w.engine.Store.Redecide(ctx, w.saved.ID, d.Ref, decision, problem, w.engine.Now())
		if err != nil && punte.ErrorCode(err) != punte.Conflict { // somebody else at work released it
			return err
		}
	}
	return w.releaseWithheld(ctx)
}

// onceRun is the run that ends by itself; ok is false if none goes on.
func (w *Work) onceRun(ctx context.Context) (run store.Run, ok bool, err error) {
	return w.openRun(ctx, runOnce)
}

// ending says that the work in hand belongs to a run that ends by itself.
func (w *Work) ending(ctx context.Context) (bool, error) {
	if w.working.name != "" {
		return w.working.ending, nil
	}
	_, once, err := w.onceRun(ctx)
	return once, err
}

// run is the run that goes on, of either kind; ok is false if none does.
func (w *Work) run(ctx context.Context) (run store.Run, ok bool, err error) {
	run, ok, err = w.onceRun(ctx)
	if err != nil || ok {
		return run, ok, err
	}
	return w.openRun(ctx, runSync)
}

func (w *Work) openRun(ctx context.Context, kind string) (run store.Run, ok bool, err error) {
	run, err = w.lastRun(ctx, kind)
	if err != nil || run.ID == "" {
		return store.Run{}, false, err
	}
	return run, run.Ended.IsZero(), nil
}

// note adds to the counts of the run that goes on.
func (w *Work) note(ctx context.Context, did punte.Report) error {
	run, ok, err := w.run(ctx)
	if err != nil || !ok || did == (punte.Report{}) {
		return err
	}
	run.Report = run.Report.Plus(did)
	return w.engine.Store.SaveRun(ctx, run)
}

// markRead notes that the run has read all it is to read.
func (w *Work) markRead(ctx context.Context) error {
	run, ok, err := w.onceRun(ctx)
	if err != nil || !ok {
		return err
	}
	run.Report.Read = true
	return w.engine.Store.SaveRun(ctx, run)
}

// endRun ends a run that ends by itself: everything was read, and nothing is owed
// or in flight any more.
func (w *Work) endRun(ctx context.Context) error {
	run, ok, err := w.onceRun(ctx)
	if err != nil || !ok || !run.Report.Read {
		return err
	}
	run.Ended = w.engine.Now()
	return w.engine.Store.SaveRun(ctx, run)
}

// failRun ends a run that was to end by itself and can't: a service has to rest, or
// something is missing in MiniCRM. Nobody waits an hour for a command.
func (w *Work) failRun(ctx context.Context, why string) error {
	run, ok, err := w.onceRun(ctx)
	if err != nil || !ok {
		return err
	}
	run.Ended, run.Report.Failed = w.engine.Now(), why
	return w.engine.Store.SaveRun(ctx, run)
}

// Standing is where all orders of a connection stand now.
func (e *Engine) Standing(ctx context.Context, id string) (punte.Report, error) {
	var r punte.Report
	counts, err := e.Store.Counts(ctx, id)
	if err != nil {
		return r, err
	}
	r.Confirmed, r.Unlisted, r.Left = counts[punte.Confirmed], counts[punte.Unlisted], counts[punte.Left]
	deleted, err := e.Store.DeletedCounts(ctx, id)
	if err != nil {
		return r, err
	}
	for _, n := range deleted {
		r.Deleted += n
	}
	r.Left -= deleted[punte.Left]
	r.Held, r.Parked = counts[punte.Held], counts[punte.Parked]
	cards, err := e.Store.CardCounts(ctx, id)
	if err != nil {
		return r, err
	}
	r.CardsConfirmed, r.CardsParked = cards[punte.Confirmed]+cards[punte.Unlisted], cards[punte.Parked]
	if _, r.Existing, err = e.Store.LeftExisting(ctx, id, 0); err != nil {
		return r, err
	}
	r.Left -= r.Existing
	r.Differs, r.Amounts, err = e.Store.Differences(ctx, id)
	return r, err
}

// Resume lets a connection go on where an earlier process left it, as Begin does, but
// waits for the times that were set: whoever works on all connections starts anew
// now and then, and no shop is to be asked for that.
func (e *Engine) Resume(ctx context.Context, id string) error {
	w, err := e.Open(ctx, id)
	if punte.ErrorCode(err) == punte.Invalid {
		return nil // its work stops it and says why
	}
	if err != nil {
		return err
	}
	if err := w.abandon(ctx); err != nil {
		return err
	}
	if _, going, err := w.run(ctx); err != nil || going {
		return err
	}
	return e.Store.SaveRun(ctx, store.Run{ID: rand.Text(), Connection: id, Kind: runSync, Started: e.Now()})
}
