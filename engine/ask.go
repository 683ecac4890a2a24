package engine

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"punte"
	"punte/store"
	"punte/unas"
)

// askedAtOnce is how many questions a slice takes up before it looks again what is
// due.
const askedAtOnce = 10

func (w *Work) hintsReady(ctx context.Context, at time.Time) (time.Time, bool, error) {
	o, err := w.outlook(ctx)
	return later(at, o.Hint.At), o.Hint.Some, err
}

// askHints asks for the orders and customers of which webhooks told.
func (w *Work) askHints(ctx context.Context) error {
	return w.askSome(ctx, dueHints, w.engine.Store.Hints)
}

func (w *Work) askReady(ctx context.Context, at time.Time) (time.Time, bool, error) {
	o, err := w.outlook(ctx)
	return later(at, o.Question.At), o.Question.Some, err
}

// ask puts the questions to the shop for which nobody waits: whether orders that were
// merged, separated or not listed are still there. A first import raises some for every
// page.
func (w *Work) ask(ctx context.Context) error {
	return w.askSome(ctx, dueAsk, w.engine.Store.OtherQuestions)
}

// askSome puts due questions about single orders and customers to the shop, a call each.
// They have a budget of their own, far larger than that of the lists.
func (w *Work) askSome(ctx context.Context, due string, list func(context.Context, string, time.Time, int) ([]store.Question, error)) error {
	begun := w.engine.Now()
	questions, err := list(ctx, w.saved.ID, begun, askedAtOnce)
	if err != nil {
		return err
	}
	listed, spares, err := w.spares(ctx)
	if err != nil {
		return err
	}
	more := len(questions) == askedAtOnce
	for _, q := range questions {
		if w.engine.Now().Sub(begun) > importSlice {
			more = true
			break
		}
		if err := w.put(ctx, q, listed, spares); err != nil {
			return err
		}
	}
	if err := w.learnApart(ctx, "getOrder"); err != nil {
		return err
	}
	if more {
		return w.setDue(ctx, due, w.engine.Now()) // a poll that fell due meanwhile goes before
	}
	return w.setDue(ctx, due, time.Time{})
}

// put puts one question to the shop, by the calls that it may take.
func (w *Work) put(ctx context.Context, q store.Question, listed, spares bool) error {
	if listed {
		over, err := w.overtaken(ctx, q)
		if err != nil {
			return err
		}
		if over {
			return w.engine.Store.Answered(ctx, w.saved.ID, q)
		}
	}
	switch {
	case spares && (listed || q.Reason != reasonHook):
		return w.answerSparing(ctx, q)
	case q.Reason == reasonHook:
		return w.answerHint(ctx, q)
	}
	return w.answer(ctx, q)
}

// answer asks the shop one question and saves what it says. Orders of ours under that
// key that are not what the shop shows there are gone.
func (w *Work) answer(ctx context.Context, q store.Question) error {
	if q.Kind == store.QuestionCustomer {
		return w.answerCustomer(ctx, q)
	}
	if q.Kind != store.QuestionOrder {
		return punte.Errorf(punte.Internal, "there is no way to ask the shop about a %s", q.Kind)
	}
	living, err := w.engine.Store.LivingByKey(ctx, w.saved.ID, q.Key)
	if err != nil {
		return err
	}
	shown, err := w.askFor(ctx, q.Key)
	if err != nil {
		return err
	}
	asked := w.asked
	var gone []store.Living
	for _, order := range living {
		if shows(shown, order.ID) || order.ID == 0 && len(shown) > 0 {
			continue
		}
		// The two numbers of a marketplace's order may have changed places.
		if order.InternalKey != "" && order.InternalKey != q.Key {
			other, err := w.askFor(ctx, order.InternalKey)
			if err != nil {
				return err
			}
			if shows(other, order.ID) {
				continue
			}
		}
		gone = append(gone, order)
	}
	if len(gone) == 0 {
		return w.engine.Store.Answered(ctx, w.saved.ID, q)
	}
	return w.missed(ctx, q, gone, asked)
}

// askFor asks the shop for the order with a key and saves it. What it shows under the
// key is none or one order.
func (w *Work) askFor(ctx context.Context, key string) ([]unas.Order, error) {
	order, found, err := w.shop.OrderByKey(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("asking the shop for order %s: %w", key, err)
	}
	if !found {
		return nil, nil
	}
	orders := []unas.Order{order}
	return orders, w.save(ctx, orders)
}

// save saves an answer of the shop as a poll's page is saved.
func (w *Work) save(ctx context.Context, orders []unas.Order) error {
	rows, did, err := w.rows(ctx, orders)
	if err != nil {
		return err
	}
	did.Changed, err = w.engine.Store.SavePage(ctx, store.Page{Connection: w.saved.ID, Asked: w.asked, Rows: rows, Now: w.engine.Now()})
	if err != nil {
		return err
	}
	return w.note(ctx, did)
}

// shows says that one of the orders has this id.
func shows(orders []unas.Order, id int64) bool {
	for _, o := range orders {
		if strings.TrimSpace(o.ID) == strconv.FormatInt(id, 10) {
			return true
		}
	}
	return false
}
