package engine

import (
	"context"
	"errors"
	"time"

	"punte/store"
	"punte/unas"
)

// Webhooks are hints that anybody sends who has the shop's secret, and a shop may send
// very many of them at once, of orders that are not even there. What they make us ask
// is bounded: the polls find what is real in any case.
const (
	// hintPart is which part of the hour's single calls hints alone may spend.
	hintPart = 3
	// hintPause is how long the hints wait that find that part spent.
	hintPause = 5 * time.Minute
	// mostHints is how many of them may wait. Those beyond are dropped.
	mostHints = 3000
)

// hintBudgets is the share of the single calls for what webhooks alone make us ask. The
// shares of several connections to one shop are one.
func (w *Work) hintBudgets(c unas.Call) []store.Budget {
	if !w.hinted || !c.Single {
		return nil
	}
	limit, _ := unas.LimitOf(unas.PlanOf(w.plan), c)
	return []store.Budget{{
		Scope: "unas:" + w.saved.Shop + ":single:" + c.Endpoint + ":hints", Limit: max(1, spendable(limit)/hintPart), Window: unas.LimitWindow,
	}}
}

// answerHint is answer for what a webhook told of. One that finds no call free is put
// off and keeps no other question from being asked.
func (w *Work) answerHint(ctx context.Context, q store.Question) error {
	w.hinted = true
	err := w.answer(ctx, q)
	w.hinted = false
	spent, ok := errors.AsType[*BudgetError](err)
	if !ok {
		return err
	}
	return w.engine.Store.AskLater(ctx, w.saved.ID, q, later(spent.Free.Truncate(time.Millisecond), w.engine.Now().Add(hintPause)).Add(time.Millisecond))
}

// flooded says that so many hints wait already that one more is not noted.
func (e *Engine) flooded(ctx context.Context, id string) (bool, error) {
	waiting, err := e.Store.Waiting(ctx, id)
	if err != nil {
		return false, err
	}
	hints := 0
	for matter, n := range waiting {
		if matter.Reason == reasonHook {
			hints += n
		}
	}
	return hints >= mostHints, nil
}
