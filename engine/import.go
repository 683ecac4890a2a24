package engine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"punte"
	"punte/store"
	"punte/unas"
)

const (
	// cursorImport is how far the past has been read.
	cursorImport = "import"
	dueImport    = "due.import"
	// farBehind is how old the last reading may be before what it missed is read
	// beside what is new. It is far less than a full hour's calls bring on any shop
	// that is not in its first import.
	farBehind = 24 * time.Hour
	// importSlice is short: a webhook or a poll waits for the end of it.
	importSlice = 5 * time.Second
)

// importing returns the import that goes on; false if none does.
func (w *Work) importing(ctx context.Context) (store.Import, bool, error) {
	g, looking := glanceOf(ctx)
	if looking && g.past != nil {
		return *g.past, !g.past.Begun.IsZero() && g.past.Ended.IsZero(), nil
	}
	past, ok, err := w.engine.Store.Import(ctx, w.saved.ID)
	if err == nil && looking {
		g.past = &past // its zero value if there was none
	}
	return past, ok && past.Ended.IsZero(), err
}

// split lets what is new and the past be read apart: at a connection's beginning, and
// when it stood still for long. It is done before a poll that ends at until.
func (w *Work) split(ctx context.Context, until time.Time) error {
	s := w.engine.Store
	cursor, begun, err := s.Cursor(ctx, w.saved.ID, cursorOrders)
	if err != nil {
		return err
	}
	_, importing, err := w.importing(ctx)
	if err != nil {
		return err
	}
	starts := w.conn.Start()
	switch {
	case begun && until.Sub(cursor) < farBehind, !begun && importing:
		return nil
	case begun:
		starts = later(starts, cursor.Add(-windowOverlap))
	}
	if !starts.Before(until) {
		return nil // a start date that is yet to come leaves no past
	}
	if err := s.BeginImport(ctx, w.saved.ID, cursorOrders, cursorImport, starts, until, w.engine.Now()); err != nil {
		return err
	}
	return w.setDue(ctx, dueImport, w.engine.Now())
}

// importReady says when the past can be read: after the first poll, for what changes
// from then on is the polls' to read.
func (w *Work) importReady(ctx context.Context, at time.Time) (time.Time, bool, error) {
	_, importing, err := w.importing(ctx)
	if err != nil || !importing {
		return at, false, err
	}
	_, polled, err := w.cursor(ctx, cursorOrders)
	return at, polled, err
}

// readPast reads the shop's past on from where it stopped. Nothing new appears there, so
// that no second is read twice.
func (w *Work) readPast(ctx context.Context) error {
	s := w.engine.Store
	past, importing, err := w.importing(ctx)
	if err != nil || !importing {
		return err
	}
	r := stretch{cursor: cursorImport, from: past.Starts, until: earlier(past.Until, w.present()), slice: importSlice}
	at, begun, err := s.Cursor(ctx, w.saved.ID, cursorImport)
	if err != nil {
		return err
	}
	if begun {
		r.from = later(past.Starts, at.Add(time.Second))
	}
	whole, did, calls, err := w.read(ctx, r)
	if noteErr := w.noteImport(ctx, did, calls); noteErr != nil {
		return noteErr
	}
	if err != nil {
		return err
	}
	now := w.engine.Now()
	if whole {
		if err := s.EndImport(ctx, w.saved.ID, now); err != nil {
			return err
		}
		w.engine.notice(w.saved.ID, fmt.Sprintf("the orders since %s are read", past.Starts.In(w.conn.UNAS.Zone).Format(time.DateOnly)))
		return w.setDue(ctx, duePull, now) // polls may be frequent again
	}
	return w.setDue(ctx, dueImport, now)
}

func (w *Work) noteImport(ctx context.Context, did punte.Report, calls int) error {
	if calls == 0 {
		return nil
	}
	if err := w.engine.Store.NoteImport(ctx, w.saved.ID, did.Seen+did.Before, calls); err != nil {
		return err
	}
	if p, ok, err := w.engine.Importing(ctx, w.saved.ID); err == nil && ok {
		w.engine.notice(w.saved.ID, p.String())
	}
	return w.note(ctx, did)
}

// ImportProgress is how far the reading of a shop's past has come.
type ImportProgress struct {
	Starts  time.Time     // of the past that is read
	Through time.Time     // up to here it was read
	Until   time.Time     // its end
	Orders  int           // that were read
	Calls   int           // list calls that it took
	PerHour int           // list calls that the budgets leave it in an hour
	Left    time.Duration // by the calls that the rest takes at its present density; 0 if nothing was read yet
	Ended   time.Time     // zero while it goes on
}

// String says how far it is: what was read, and what is left by the calls that the
// budgets leave.
func (p ImportProgress) String() string {
	left := "nothing read yet"
	switch {
	case p.Left > 0:
		left = "about " + strings.TrimSuffix(p.Left.String(), "0s") + " left"
	case p.Calls > 0:
		left = "nearly done"
	}
	return fmt.Sprintf("reading the past: %d orders, up to %s of %s, %d calls an hour, %s",
		p.Orders, p.Through.Format(time.DateOnly), p.Until.Format(time.DateOnly), p.PerHour, left)
}

// Importing tells how far the import of a connection has come; false if it never had
// one.
func (e *Engine) Importing(ctx context.Context, id string) (ImportProgress, bool, error) {
	past, ok, err := e.Store.Import(ctx, id)
	if err != nil || !ok {
		return ImportProgress{}, false, err
	}
	w, err := e.Open(ctx, id)
	if err != nil {
		return ImportProgress{}, false, err
	}
	p := ImportProgress{
		Starts: past.Starts, Through: past.Starts, Until: past.Until, Orders: past.Orders, Calls: past.Calls, Ended: past.Ended,
	}
	at, begun, err := e.Store.Cursor(ctx, id, cursorImport)
	if err != nil {
		return p, false, err
	}
	if begun {
		p.Through = at
	}
	every, err := w.pollImport(ctx, e.Now())
	if err != nil {
		return p, false, err
	}
	limit, _ := unas.LimitOf(unas.PlanOf(w.plan), unas.Call{Endpoint: "getOrder"})
	p.PerHour = spendable(limit) - int(unas.LimitWindow/every)
	if done := p.Through.Sub(p.Starts); done > 0 && p.Calls > 0 {
		calls := float64(p.Calls) * float64(max(0, p.Until.Sub(p.Through))) / float64(done)
		p.Left = time.Duration(calls / float64(p.PerHour) * float64(time.Hour)).Round(time.Minute)
	}
	return p, true, nil
}
