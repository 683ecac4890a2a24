package engine

import (
	"context"
	"fmt"
	"time"

	"punte"
	"punte/store"
)

const (
	// goneQuiet is how long nothing more must be found before what was found is acted
	// upon: whoever deletes many orders does so within minutes.
	goneQuiet = 2 * time.Minute
	// mostGone is how many orders may be found deleted at once before a person is asked.
	mostGone = 20
	// mostGoneOf is the same as a share of the orders a night's search looked at: one in
	// fifty. Of fewer than fewGone it says nothing.
	mostGoneOf = 50
	fewGone    = 3
	// goneTogether is within what time questions outside a night's search count as at
	// once.
	goneTogether = time.Hour
	// goneLongest is how long what a search found waits for the rest of it.
	goneLongest = 24 * time.Hour
	// witnesses is how many orders may be asked for until the shop shows one.
	witnesses = 3
	// witnessAge is how long the shop is believed once it showed one.
	witnessAge = 10 * time.Minute
)

// stateOfOrder is the state of MiniCRM an order is to be in: Failed once the shop has
// deleted it, whatever its last status stood for, or none if deleted orders are kept
// and something else of it is to be written. An unmapped status of an order that is in
// MiniCRM already leaves its state alone: there is none.
func (w *Work) stateOfOrder(d store.Duty) punte.State {
	switch {
	case !d.Deleted.IsZero() && w.conn.DeletedOrders == "keep":
		return ""
	case !d.Deleted.IsZero():
		return punte.Failed
	}
	state, _, _ := w.conn.Decide(d.Order.Status)
	return state
}

// decide is what an order that is stored is to be: what the map says of its status, but
// that one the shop has deleted is brought to its end whatever the map says.
func (w *Work) decide(d store.Duty) (punte.State, punte.DutyState, punte.Problem) {
	if !d.Deleted.IsZero() {
		return w.stateOfOrder(d), punte.Owed, punte.Problem{}
	}
	return w.conn.Decide(d.Order.Status)
}

// missed notes orders that the question asked as that number did not find. First the
// shop has to show an order that it must have: a shop that shows nothing at all was
// not asked about deletions.
func (w *Work) missed(ctx context.Context, q store.Question, gone []store.Living, asked int64) error {
	now := w.engine.Now()
	believed, err := w.witness(ctx)
	if err != nil {
		return err
	}
	if !believed {
		w.engine.notice(w.saved.ID, "the shop shows none of its newest orders when it is asked for them; order "+q.Key+" is not taken for deleted")
		return w.engine.Store.AskLater(ctx, w.saved.ID, q, now.Add(shopRest))
	}
	due := now.Add(goneQuiet)
	if q.Reason == store.ReasonMissing {
		if due, err = w.searchEnds(ctx, due); err != nil {
			return err
		}
	}
	found := make([]store.Deletion, 0, len(gone))
	for _, order := range gone {
		found = append(found, store.Deletion{Ref: order.Ref, Key: q.Key, Reason: q.Reason, Asked: asked, Due: due})
	}
	if err := w.engine.Store.FindDeleted(ctx, w.saved.ID, found, q, now); err != nil {
		return err
	}
	return w.setDue(ctx, dueDeleted, due)
}

// witness asks the shop for the newest orders that nothing is known against, until it
// shows one. An order that is the only one has no witness, and the shop is not believed.
func (w *Work) witness(ctx context.Context) (bool, error) {
	now := w.engine.Now()
	if age := now.Sub(w.witnessed); age >= 0 && age < witnessAge {
		return true, nil
	}
	list, err := w.engine.Store.Witnesses(ctx, w.saved.ID, witnesses)
	if err != nil {
		return false, err
	}
	for _, order := range list {
		shown, err := w.askFor(ctx, order.Key)
		if err != nil {
			return false, err
		}
		if shows(shown, order.ID) {
			w.witnessed = w.engine.Now()
			return true, nil
		}
	}
	return false, nil
}

func (w *Work) deletedReady(ctx context.Context, at time.Time) (time.Time, bool, error) {
	o, err := w.outlook(ctx)
	return later(at, o.Deletion.At), o.Deletion.Some, err
}

// settleDeleted acts upon the orders that were found deleted, unless they are so many that
// a person has to agree: then none of them is touched.
func (w *Work) settleDeleted(ctx context.Context) error {
	s, now := w.engine.Store, w.engine.Now()
	pending, err := s.PendingDeletions(ctx, w.saved.ID)
	if err != nil {
		return err
	}
	why, err := w.tooMany(ctx, pending)
	if err != nil {
		return err
	}
	if why != "" {
		w.engine.notice(w.saved.ID, why)
		if err := s.Alert(ctx, w.saved.ID, store.AlertDeletions, why, now); err != nil {
			return err
		}
	} else if err := s.EndAlert(ctx, w.saved.ID, store.AlertDeletions); err != nil {
		return err
	}
	waiting, err := s.Waiting(ctx, w.saved.ID)
	if err != nil {
		return err
	}
	missing := waiting[store.Matter{Kind: store.QuestionOrder, Reason: store.ReasonMissing}]
	latest := time.Time{}
	for _, d := range pending {
		if !d.Accepted {
			latest = later(latest, d.Found)
		}
	}
	var next time.Time // whoever finds something makes it due
	if why != "" {
		next = now.Add(idle)
	}
	wait := func(until time.Time) {
		if next.IsZero() || until.Before(next) {
			next = until
		}
	}
	for _, d := range pending {
		switch {
		case !d.Accepted && why != "":
		case !d.Accepted && d.Due.After(now):
			wait(d.Due)
		case !d.Accepted && d.Reason == store.ReasonMissing && missing > 0 && now.Sub(d.Found) < goneLongest:
			wait(now.Add(goneQuiet)) // it is judged with those that the shop is still asked for
		case !d.Accepted && latest.Add(goneQuiet).After(now):
			wait(latest.Add(goneQuiet))
		default:
			if err := s.Delete(ctx, w.saved.ID, d, w.conn.DeletedOrders != "keep", now); err != nil {
				return err
			}
		}
	}
	return w.setDue(ctx, dueDeleted, next)
}

// tooMany says why what was found is not acted upon by itself; empty if it is.
func (w *Work) tooMany(ctx context.Context, pending []store.Deletion) (string, error) {
	now := w.engine.Now()
	open, searched := 0, 0
	for _, d := range pending {
		if d.Accepted {
			continue
		}
		open++
		if d.Reason == store.ReasonMissing {
			searched++
		}
	}
	if open == 0 {
		return "", nil
	}
	lately, err := w.engine.Store.DeletedSince(ctx, w.saved.ID, now.Add(-goneTogether))
	if err != nil {
		return "", err
	}
	const next = "; nothing is sent for them; if that is right, run punte reconcile --accept-deletions"
	if open+lately > mostGone {
		return fmt.Sprintf("%d orders are not in the shop any more, which is more than %d at once", open+lately, mostGone) + next, nil
	}
	looked, err := w.lookedAt(ctx)
	if err != nil {
		return "", err
	}
	if searched >= fewGone && searched*mostGoneOf > looked {
		return fmt.Sprintf("%d of %d orders looked at are not in the shop any more, which is more than one in %d", searched, looked, mostGoneOf) + next, nil
	}
	return "", nil
}
