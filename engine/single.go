package engine

import (
	"context"
	"errors"
	"strings"
	"time"

	"punte/store"
	"punte/unas"
)

// UNAS allows far more calls about one thing than lists, and does not document what
// makes a call such a one. Working clients take one Key or Id for it, and so do we; a
// shop that saw it otherwise would ban us for the questions of an afternoon. So a
// question that can wait takes its calls out of those of the lists, until the shop is
// known to count them apart.
const (
	// cursorApart is when the shop was seen to count single calls apart from lists.
	cursorApart = "singles.apart"
	// cursorListed is when a ban told that it counts them together.
	cursorListed = "singles.listed"
	// listedFor is how long such a ban is remembered. Another program at our address
	// can earn one that looks the same.
	listedFor = 30 * 24 * time.Hour
	// mostSparing is how many questions may wait: more are asked by the documented
	// limit, so that what is to be judged together is found together.
	mostSparing = mostGone
)

// sparing is how the question at hand treats the calls of the lists.
type sparing int

const (
	lavish sparing = iota // leaves them alone
	first                 // takes its next call out of them, if polls keep theirs
	begun                 // goes on with what has begun, within the shop's own limit
)

// singleBudgets are what a single call is taken from besides its own limit.
func (w *Work) singleBudgets(ctx context.Context, c unas.Call) ([]store.Budget, error) {
	if !c.Single || !strings.HasPrefix(c.Endpoint, "get") || w.engine.Rehearsal {
		return nil, nil
	}
	spare := w.spare
	if spare == lavish {
		listed, err := w.singlesListed(ctx)
		if err != nil || !listed {
			return nil, err
		}
		spare = first
	}
	limit, _ := unas.LimitOf(unas.PlanOf(w.plan), unas.Call{Endpoint: c.Endpoint})
	all := spendable(limit)
	most := max(1, all-1)
	if from, until := w.night(); c.Endpoint == "getOrder" && !w.engine.Now().Before(from) && w.engine.Now().Before(until) {
		most = all - pollRoom*all/spendable(30) // as the search of the days does
	}
	if spare == begun {
		most = max(1, limit-1)
	}
	list := w.listScope(c.Endpoint)
	budgets := []store.Budget{
		{Scope: list, Limit: most, Window: unas.LimitWindow},
		{Scope: list + ":singles", Limit: max(1, limit-1), Window: unas.LimitWindow},
	}
	if w.spare != first || c.Endpoint != "getOrder" {
		return budgets, nil
	}
	polls, err := w.besidesPolls(ctx, unas.Call{Endpoint: c.Endpoint})
	return append(budgets, polls...), err
}

func (w *Work) listScope(endpoint string) string { return "unas:" + w.saved.Shop + ":list:" + endpoint }

// singlesListed says that the shop is known to count single calls with the lists.
func (w *Work) singlesListed(ctx context.Context) (bool, error) {
	at, known, err := w.engine.Store.Cursor(ctx, w.saved.ID, cursorListed)
	return known && w.engine.Now().Sub(at) < listedFor, err
}

// spares says whether questions that can wait are to spare the shop's calls.
func (w *Work) spares(ctx context.Context) (listed, spares bool, err error) {
	if listed, err = w.singlesListed(ctx); err != nil || listed {
		return listed, listed, err
	}
	if once, err := w.ending(ctx); err != nil || once {
		return false, false, err
	}
	if _, apart, err := w.engine.Store.Cursor(ctx, w.saved.ID, cursorApart); err != nil || apart {
		return false, false, err
	}
	waiting, err := w.engine.Store.Waiting(ctx, w.saved.ID)
	if err != nil {
		return false, false, err
	}
	all := 0
	for matter, n := range waiting {
		if matter.Reason != reasonHook {
			all += n
		}
	}
	found, err := w.engine.Store.PendingDeletions(ctx, w.saved.ID)
	if err != nil {
		return false, false, err
	}
	for _, d := range found {
		if !d.Accepted {
			all++
		}
	}
	return false, all <= mostSparing, nil
}

// answerSparing is answer for a question that can wait: one that finds no call free is
// put off, so that it keeps no other from being asked.
func (w *Work) answerSparing(ctx context.Context, q store.Question) error {
	w.spare = first
	err := w.answer(ctx, q)
	w.spare = lavish
	spent, ok := errors.AsType[*BudgetError](err)
	if !ok {
		return err
	}
	return w.engine.Store.AskLater(ctx, w.saved.ID, q, spent.Free.Truncate(time.Millisecond).Add(time.Millisecond))
}

// overtaken says that a poll has seen since what a webhook told of. Where single calls
// are few, it is not asked for once more.
func (w *Work) overtaken(ctx context.Context, q store.Question) (bool, error) {
	if q.Kind != store.QuestionOrder || q.Reason != reasonHook {
		return false, nil
	}
	read, known, err := w.engine.Store.Cursor(ctx, w.saved.ID, cursorOrders)
	return known && w.ourTime(read).After(q.Due.Add(clockSlack)), err
}

// made is how many calls of an endpoint were made within the hour: lists, and all
// together.
func (w *Work) made(ctx context.Context, endpoint string) (lists, all int, err error) {
	spent := func(scope string) (n int) {
		if err == nil {
			// By a budget of one nothing is supposed of the time before the store was made.
			n, err = w.engine.Store.Spent(ctx, w.engine.Now(), store.Budget{Scope: scope, Limit: 1, Window: unas.LimitWindow})
		}
		return n
	}
	list := w.listScope(endpoint)
	lists = spent(list) - spent(list+":singles")
	return lists, lists + spent("unas:"+w.saved.Shop+":single:"+endpoint), err
}

// learnApart notes that the shop took more calls than two hours of lists would have
// been, and did not mind: whatever its hour is, single calls have a limit of their own.
func (w *Work) learnApart(ctx context.Context, endpoint string) error {
	if w.engine.Rehearsal {
		return nil
	}
	if _, apart, err := w.engine.Store.Cursor(ctx, w.saved.ID, cursorApart); err != nil || apart {
		return err
	}
	limit, _ := unas.LimitOf(unas.PlanOf(w.plan), unas.Call{Endpoint: endpoint})
	_, all, err := w.made(ctx, endpoint)
	if err != nil || all <= 2*limit {
		return err
	}
	return w.setDue(ctx, cursorApart, w.engine.Now())
}

// learnListed notes what a ban tells that nothing else explains: within the hour fewer
// lists than the shop allows were asked for, and with the single calls as many.
func (w *Work) learnListed(ctx context.Context, cause error) error {
	shop, ok := errors.AsType[*unas.Error](cause)
	if !ok || shop.Kind != unas.Banned || !strings.HasPrefix(shop.Call, "get") {
		return nil
	}
	limit, known := unas.LimitOf(unas.PlanOf(w.plan), unas.Call{Endpoint: shop.Call})
	if !known {
		return nil
	}
	lists, all, err := w.made(ctx, shop.Call)
	if err != nil || lists > limit || all <= limit {
		return err
	}
	w.engine.Log.WarnContext(ctx, "the shop counts single calls with the lists", "connection", w.saved.ID, "call", shop.Call, "lists", lists, "all", all)
	return w.setDue(ctx, cursorListed, w.engine.Now())
}
