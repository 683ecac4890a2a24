package engine

import (
	"context"
	"time"

	"punte"
	"punte/store"
)

// onceWait is how long an order waits for something in MiniCRM while a run that ends
// by itself goes on; nobody sits ten minutes before a command.
const onceWait = 30 * time.Second

// accountAge is how fresh the account has to be for these orders: something that
// vanished there may be why one of them was not shown.
func accountAge(ready []store.Duty) time.Duration {
	for _, d := range ready {
		if d.Shown == 0 || d.Rounds > 0 || d.Problem.Code == punte.ProblemRefused {
			return ownerAge
		}
	}
	return factsAge
}

// sift leaves those of the orders that can go now. What the map says of an order may
// have changed since it was read; and what MiniCRM lacks keeps back the orders that
// need it and no others. all says that nothing else is owed: then a run that is to end
// by itself, with nothing left that can go, is told what is missing.
func (w *Work) sift(ctx context.Context, ready []store.Duty, known *facts, all bool) ([]store.Duty, error) {
	s, now := w.engine.Store, w.engine.Now()
	var can, waiting []store.Duty
	var missing *AccountError
	for _, d := range ready {
		state, decision, problem := w.decide(d)
		if decision == punte.Left || decision == punte.Held && d.Shown == 0 {
			if err := s.DecideOwed(ctx, d, decision, problem, now); err != nil {
				return nil, err
			}
			continue
		}
		if fault := w.lacks(d, state, known); fault != nil {
			waiting, missing = append(waiting, d), fault
			continue
		}
		can = append(can, d)
	}
	_, once, err := w.onceRun(ctx)
	if err != nil {
		return nil, err
	}
	if once && all && len(can) == 0 && missing != nil {
		return nil, missing
	}
	wait := accountWait
	if once {
		wait = onceWait
	}
	return can, s.Postpone(ctx, w.saved.ID, waiting, now.Add(wait))
}

// lacks says what MiniCRM lacks for the order, nil if nothing: an owner if it is new,
// a status if its state is to be written.
func (w *Work) lacks(d store.Duty, state punte.State, known *facts) *AccountError {
	if d.Shown == 0 && known.owner == "" {
		return known.fault(faultOwner)
	}
	if state != "" && state != written(d).State && !known.shows(w.conn, state) {
		return known.fault(faultStatus)
	}
	return nil
}

// learnedStatus is the mark of an account that makes a draft of an order which is
// sent without its status. Nothing documents it; it was seen there.
const learnedStatus = "learned.status"

// mustState says that an order's status has to be written although ours did not
// change: MiniCRM was seen to make a draft of it otherwise.
func (w *Work) mustState(d store.Duty) bool {
	return w.status || d.Problem.Code == punte.ProblemDrafted
}

// noteDrafts counts the orders of which MiniCRM made drafts when they were sent without
// their status. One may have been made by a person at that very moment; two were not.
func (w *Work) noteDrafts(ctx context.Context, outcomes []store.Outcome) error {
	for _, o := range outcomes {
		if o.Problem.Code == punte.ProblemDrafted {
			if w.drafted == nil {
				w.drafted = map[string]bool{}
			}
			w.drafted[o.Ref] = true
		}
	}
	if w.status || len(w.drafted) < 2 {
		return nil
	}
	w.status = true
	w.engine.notice(w.saved.ID, "MiniCRM makes a draft of an order that is sent without its status: the status goes along every time from now on")
	return w.engine.Store.SetCursor(ctx, w.saved.ID, learnedStatus, w.engine.Now())
}

// recall reads what was learned of the account, and decides anew about the orders that
// are held: the connection document may have changed since they were.
func (w *Work) recall(ctx context.Context) error {
	if w.decided {
		return nil
	}
	_, learned, err := w.engine.Store.Cursor(ctx, w.saved.ID, learnedStatus)
	if err != nil {
		return err
	}
	w.status = w.status || learned
	if err := w.release(ctx); err != nil {
		return err
	}
	if err := w.setDue(ctx, dueCannot, w.engine.Now()); err != nil {
		return err
	}
	w.decided = true
	return nil
}
