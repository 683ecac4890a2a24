package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"punte/store"
	"punte/unas"
)

// Waits between looks at what MiniCRM made of a document: half of the time since it
// was taken.
const (
	firstLook = time.Second
	lastLook  = time.Minute
)

// idle is when a connection with nothing to do is looked at again.
const idle = time.Hour

// StoppedError says that a connection stopped and waits for a person.
type StoppedError struct {
	Code string
	Text string // what is wrong and what to do
}

// Error is the sentence.
func (e *StoppedError) Error() string { return e.Text }

// Step does what is due for the connection, until nothing is or it is time to make
// room for others, and says when it is due again. Errors of the services end in a
// due time; a *StoppedError says that the connection stopped.
func (w *Work) Step(ctx context.Context) (due time.Time, err error) {
	begun := w.engine.Now()
	if err := w.recall(ctx); err != nil {
		return time.Time{}, err
	}
	for {
		work, at, err := w.next(ctx)
		if err != nil {
			return time.Time{}, err
		}
		now := w.engine.Now()
		if work == nil {
			return now.Add(idle), w.endRun(ctx)
		}
		if at.After(now) {
			return at, nil
		}
		if now.Sub(begun) > sliceTime {
			return now, nil
		}
		w.working = *work // with what it saw of the run
		err = work.do(w, ctx)
		w.working = chore{}
		if ctx.Err() != nil {
			return time.Time{}, ctx.Err()
		}
		if err != nil {
			err = w.after(ctx, work, err)
		} else {
			err = w.engine.Store.ForgetFailures(ctx, w.saved.ID, work.name, w.engine.Now())
		}
		if err != nil {
			return time.Time{}, err
		}
	}
}

// inFlightOf is how many orders the documents hold.
func inFlightOf(open []store.Document) int {
	orders := 0
	for _, d := range open {
		orders += d.Orders
	}
	return orders
}

// ourTime turns an instant of the shop's clock into one of ours.
func (w *Work) ourTime(shop time.Time) time.Time {
	return shop.Add(w.engine.Now().Sub(w.shop.ShopTime()))
}

// shopTime turns an instant of our clock into one of the shop's, in whole seconds and
// not too early: UNAS keeps no fractions.
func (w *Work) shopTime(ours time.Time) time.Time {
	return ceilSecond(ours.Add(w.shop.ShopTime().Sub(w.engine.Now())))
}

// poll reads the shop's changes up to its present, or up to the start of a run that
// ends.
func (w *Work) poll(ctx context.Context) error {
	run, once, err := w.onceRun(ctx)
	if err != nil {
		return err
	}
	until := w.present()
	if once {
		until = run.Until
	} else if err := w.split(ctx, until); err != nil {
		return err
	}
	whole, did, err := w.pull(ctx, until)
	if noteErr := w.note(ctx, did); noteErr != nil {
		return errors.Join(err, noteErr)
	}
	if err != nil {
		return err
	}
	switch {
	case !whole:
		return nil
	case once:
		return w.finishReading(ctx, run)
	}
	every, err := w.pollEvery(ctx)
	if err != nil {
		return err
	}
	return w.setDue(ctx, duePull, w.engine.Now().Add(every))
}

// finishReading ends the reading of a run that ends by itself, unless the shop's
// answers showed its clock to be ahead of what was thought when the run began.
func (w *Work) finishReading(ctx context.Context, run store.Run) error {
	if _, importing, err := w.importing(ctx); err != nil || importing {
		return err // the past comes first; then what was new meanwhile is read
	}
	begun := w.shopTime(run.Started)
	if begun.Sub(run.Until) <= clockSlack {
		return w.markRead(ctx)
	}
	run, ok, err := w.onceRun(ctx) // with what was noted meanwhile
	if err != nil || !ok {
		return err
	}
	run.Until = begun
	return w.engine.Store.SaveRun(ctx, run)
}

// clockSlack is how well the shop's clock is known by the whole seconds of its Date.
const clockSlack = 2 * time.Second

// nextLook is when to look again what MiniCRM shows: soon after a document was
// taken, then less and less often.
func (w *Work) nextLook(ctx context.Context) time.Time {
	now := w.engine.Now()
	wait := lastLook
	open, err := w.engine.Store.OpenDocuments(ctx, w.saved.ID)
	if err != nil {
		return now.Add(wait)
	}
	for _, d := range open {
		since := d.TakenAt
		if d.State != store.Taken {
			since = d.Created // whoever serves it may be noting right now that it was taken
		}
		wait = min(wait, max(firstLook, now.Sub(since)/2))
	}
	return now.Add(wait)
}

// after decides what an error means: that kind of work is due later, or the
// connection stops.
func (w *Work) after(ctx context.Context, work *chore, cause error) error {
	s, now := w.engine.Store, w.engine.Now()
	failures, err := s.Failures(ctx, w.saved.ID, work.name, now)
	if err != nil {
		return err
	}
	v := judge(cause, failures, now)
	if end, on := unas.Maintenance(now, w.conn.UNAS.Zone); on {
		v = v.sitOut(end)
	}
	if v.Failure {
		if err := s.NoteFailure(ctx, w.saved.ID, work.name, now); err != nil {
			return err
		}
	}
	if err := w.learnListed(ctx, cause); err != nil {
		return err
	}
	if budget, ok := errors.AsType[*BudgetError](cause); ok {
		return w.waitForBudget(ctx, work.name, budget, v.Again)
	}
	w.engine.Log.WarnContext(ctx, "work failed", "connection", w.saved.ID, "work", work.name, "code", v.Code, "again", v.Again, "stop", v.Stop, "err", cause)
	text := cause.Error()
	if v.Next != "" && !strings.HasSuffix(text, v.Next) {
		text += "; " + v.Next
	}
	_, once, err := w.onceRun(ctx)
	if err != nil {
		return err
	}
	if v.GivesUp(now) {
		if err := w.failRun(ctx, text); err != nil {
			return err
		}
	}
	if v.Rest {
		resting := work.name
		if v.Wide {
			resting = work.service
		}
		if err := w.setDue(ctx, restOf(resting), v.Again); err != nil {
			return err
		}
	}
	if v.Stop {
		if err := w.engine.doubtKey(ctx, w.conn, w.saved.UNASKey, cause); err != nil {
			return err
		}
		if err := s.SetState(ctx, w.saved.ID, store.Stopped, v.Code, text, now); err != nil {
			return err
		}
		return &StoppedError{Code: v.Code, Text: text}
	}
	if once && v.GivesUp(now) {
		return w.setDue(ctx, work.name, v.Again) // the run's end tells it
	}
	w.engine.notice(w.saved.ID, fmt.Sprintf("%v; again at %s", cause, v.Again.In(w.conn.UNAS.Zone).Format(time.DateTime)))
	return w.setDue(ctx, work.name, v.Again)
}

// longWait is how long a spent budget may last before a person is told.
const longWait = 30 * time.Second

// waitForBudget lets a kind of work wait until its next call is possible. It is the
// ordinary way of a first import and nobody's fault.
func (w *Work) waitForBudget(ctx context.Context, work string, budget *BudgetError, again time.Time) error {
	w.engine.Log.DebugContext(ctx, "waiting for a budget", "connection", w.saved.ID, "work", work, "service", budget.Service, "again", again)
	if again.Sub(w.engine.Now()) > longWait {
		w.engine.notice(w.saved.ID, fmt.Sprintf("the calls to %s of this hour are used up; going on at %s",
			budget.Service, again.In(w.conn.UNAS.Zone).Format(time.DateTime)))
	}
	return w.setDue(ctx, work, again)
}

// ceilSecond rounds up to the whole second: UNAS keeps no fractions.
func ceilSecond(t time.Time) time.Time {
	whole := t.Truncate(time.Second)
	if whole.Equal(t) {
		return whole
	}
	return whole.Add(time.Second)
}
