package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"punte"
	"punte/store"
)

// Reconciliation is what a person who asks for it now is told.
type Reconciliation struct {
	Certificate
	NotFound []NotFound    `json:"not_found"` // orders that the shop does not show and that nothing was done about yet
	Alerts   []store.Alert `json:"-"`
}

// NotFound is an order that the shop did not show when it was asked for.
type NotFound struct {
	Order    string    `json:"order"`
	Reason   string    `json:"reason"`
	Found    time.Time `json:"found"`
	Accepted bool      `json:"accepted,omitempty"`
}

// Reconcile reads the closed days from from to to, both included, asks for orders that
// are missing there, and compares them with MiniCRM. A zero from means thirty days, a
// zero to yesterday. It waits for budgets as long as Pause lets it, and tells by Notice
// how far it is. What MiniCRM lost is owed again, what the shop deleted is noted; whoever
// works the connection acts upon both.
func (e *Engine) Reconcile(ctx context.Context, id string, from, to punte.Date) (Reconciliation, error) {
	var r Reconciliation
	w, err := e.Open(ctx, id)
	if err != nil {
		return r, err
	}
	list, err := w.daysBetween(from, to)
	if err != nil {
		return r, err
	}
	w.unhurried = true
	defer func() { w.unhurried = false }()
	begun := e.Now()
	for n, day := range list {
		e.notice(id, fmt.Sprintf("reading %s, day %d of %d", day.date, n+1, len(list)))
		if err := w.patiently(ctx, func() (bool, error) { return w.readDay(ctx, day) }); err != nil {
			return r, err
		}
	}
	if err := w.patiently(ctx, func() (bool, error) { return w.askMissing(ctx) }); err != nil {
		return r, err
	}
	read, err := w.daysReadSince(ctx, begun)
	if err != nil || len(read) == 0 {
		return r, err
	}
	defer func() { w.ledger = nil }()
	if err := w.patiently(ctx, func() (bool, error) { return w.readLedger(ctx, read) }); err != nil {
		return r, err
	}
	c, err := w.compare(ctx, read)
	if err != nil {
		return r, err
	}
	r.Certificate = c.Certificate
	if err := w.sendMissing(ctx, c); err != nil {
		return r, err
	}
	if err := e.Store.Hint(ctx, id, e.Now()); err != nil {
		return r, err
	}
	err = e.pending(ctx, w, &r)
	return r, err
}

// LastCertificate is what the last night's comparison found, with what waits for a person
// now. It asks neither of the services; NotFound if there was no such night yet.
func (e *Engine) LastCertificate(ctx context.Context, id string) (Reconciliation, error) {
	var r Reconciliation
	w, err := e.Open(ctx, id)
	if err != nil {
		return r, err
	}
	r.Certificate, err = e.Certificate(ctx, id)
	if punte.ErrorCode(err) == punte.NotFound {
		return r, punte.Errorf(punte.NotFound, "no night was certified yet: punte sync and punte serve do so while they run; punte reconcile compares now")
	}
	if err != nil {
		return r, err
	}
	err = e.pending(ctx, w, &r)
	return r, err
}

// pending adds what waits for a person or for its time.
func (e *Engine) pending(ctx context.Context, w *Work, r *Reconciliation) error {
	found, err := e.Store.PendingDeletions(ctx, w.saved.ID)
	if err != nil {
		return err
	}
	r.NotFound = []NotFound{}
	for _, d := range found {
		r.NotFound = append(r.NotFound, NotFound{Order: d.Key, Reason: d.Reason, Found: d.Found, Accepted: d.Accepted})
	}
	r.Alerts, err = e.Store.Alerts(ctx, w.saved.ID)
	return err
}

// daysBetween lists closed days, the newest first.
func (w *Work) daysBetween(from, to punte.Date) ([]oneDay, error) {
	zone := w.conn.UNAS.Zone
	last := w.today().before(1)
	if to != (punte.Date{}) {
		day := dayOf(to.Midnight(time.UTC), zone)
		if day.from.After(last.from) {
			return nil, punte.Errorf(punte.Invalid, "%s is not over in the shop; the last day that can be compared is %s", day.date, last.date)
		}
		last = day
	}
	first := last.before(recentDays - 1)
	if from != (punte.Date{}) {
		first = dayOf(from.Midnight(time.UTC), zone)
	}
	if first.from.After(last.from) {
		return nil, punte.Errorf(punte.Invalid, "%s is after %s; give --from and --to the other way round", first.date, last.date)
	}
	var list []oneDay
	for day := last; !day.from.Before(first.from) && w.belongs(day); day = day.before(1) {
		list = append(list, day)
	}
	return list, nil
}

// patiently repeats a piece of work until it is whole, and waits for its budgets.
func (w *Work) patiently(ctx context.Context, do func() (bool, error)) error {
	for {
		whole, err := do()
		spent, ok := errors.AsType[*BudgetError](err)
		switch {
		case !ok && (err != nil || whole):
			return err
		case !ok:
			continue
		case w.engine.Pause == nil:
			return err
		}
		w.engine.notice(w.saved.ID, fmt.Sprintf("the calls to %s are used up; going on at %s", spent.Service, spent.Free.In(w.conn.UNAS.Zone).Format(time.DateTime)))
		if err := w.engine.Pause(ctx, max(spent.Free.Sub(w.engine.Now()), 0)+time.Millisecond); err != nil {
			return err
		}
	}
}

// askMissing puts some of the questions that are due to the shop. whole is true when
// there are none.
func (w *Work) askMissing(ctx context.Context) (whole bool, err error) {
	questions, err := w.engine.Store.Questions(ctx, w.saved.ID, w.engine.Now(), askedAtOnce)
	if err != nil {
		return false, err
	}
	asked := 0
	for _, q := range questions {
		if q.Kind != store.QuestionOrder {
			continue // whoever works the connection asks those
		}
		asked++
		if err := w.answer(ctx, q); err != nil {
			return false, err
		}
	}
	return asked == 0, nil
}

// AcceptDeletions lets the orders that were not found any more be acted upon, however
// many they are. It returns how many.
func (e *Engine) AcceptDeletions(ctx context.Context, id string) (int, error) {
	w, err := e.Open(ctx, id)
	if err != nil {
		return 0, err
	}
	now := e.Now()
	accepted, err := e.Store.AcceptDeletions(ctx, id, now)
	if err != nil {
		return 0, err
	}
	if err := w.setDue(ctx, dueDeleted, now); err != nil {
		return 0, err
	}
	return accepted, e.Store.Hint(ctx, id, now)
}
