package engine

import (
	"context"

	"punte"
	"punte/store"
)

// waits is why an order that is in MiniCRM goes there without its status: it has no
// pair. An order that is kept although the shop deleted it waits for nothing.
func (w *Work) waits(d store.Duty) punte.Problem {
	if _, decision, problem := w.decide(d); decision == punte.Held {
		return problem
	}
	return punte.Problem{}
}

// releaseWithheld owes the orders whose status went without a pair and has one now. One
// that is not to be brought keeps the state it has in MiniCRM, and waits no more.
func (w *Work) releaseWithheld(ctx context.Context) error {
	withheld, err := w.engine.Store.Withheld(ctx, w.saved.ID)
	if err != nil {
		return err
	}
	var again []store.Duty
	for _, d := range withheld {
		switch _, decision, _ := w.conn.Decide(d.Order.Status); decision {
		case punte.Owed:
			again = append(again, d)
		case punte.Left:
			if err := w.engine.Store.EndWithheld(ctx, w.saved.ID, d.Ref, w.engine.Now()); err != nil {
				return err
			}
		}
	}
	if len(again) == 0 {
		return nil
	}
	_, err = w.engine.Store.OweAgain(ctx, w.saved.ID, nil, again, w.engine.Now())
	return err
}

// noteWithheld has the map asked again about orders that were shown without their status:
// it may have got their pair while they were in flight.
func (w *Work) noteWithheld(outcomes []store.Outcome) {
	for _, o := range outcomes {
		if o.State != punte.Owed && o.Problem.Code == punte.ProblemUnmapped {
			w.decided = false
		}
	}
}

// withheldAttention lists the orders whose status in MiniCRM is one of before.
func (e *Engine) withheldAttention(ctx context.Context, id string) ([]Attention, error) {
	withheld, err := e.Store.Withheld(ctx, id)
	if err != nil {
		return nil, err
	}
	list := make([]Attention, 0, len(withheld))
	for _, d := range withheld {
		list = append(list, Attention{
			Order: orderName(d), Kind: attentionKept, Code: d.Problem.Code, Field: d.Problem.Field,
			Text: sentence(d.Problem) + "; until then MiniCRM shows the status it had before",
		})
	}
	return list, nil
}
