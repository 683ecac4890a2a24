package engine

import (
	"context"
	"fmt"
	"time"

	"punte"
	"punte/store"
	"punte/unas"
)

// askedAtOnce is how many questions a slice takes up before it looks again what is
// due.
const askedAtOnce = 10

func (w *Work) askReady(ctx context.Context, at time.Time) (time.Time, bool, error) {
	due, ok, err := w.engine.Store.NextQuestion(ctx, w.saved.ID)
	return later(at, due), ok, err
}

// ask puts the questions about single orders to the shop, a call each. They have a
// budget of their own, far larger than that of the lists.
func (w *Work) ask(ctx context.Context) error {
	questions, err := w.engine.Store.Questions(ctx, w.saved.ID, w.engine.Now(), askedAtOnce)
	if err != nil {
		return err
	}
	for _, q := range questions {
		if err := w.answer(ctx, q); err != nil {
			return err
		}
	}
	return w.setDue(ctx, dueAsk, time.Time{})
}

// answer asks the shop one question and saves what it says.
func (w *Work) answer(ctx context.Context, q store.Question) error {
	if q.Kind == store.QuestionCustomer {
		return w.answerCustomer(ctx, q)
	}
	if q.Kind != store.QuestionOrder {
		return punte.Errorf(punte.Internal, "there is no way to ask the shop about a %s", q.Kind)
	}
	order, found, err := w.shop.OrderByKey(ctx, q.Key)
	if err != nil {
		return fmt.Errorf("asking the shop for order %s: %w", q.Key, err)
	}
	if !found {
		return w.engine.Store.Answered(ctx, w.saved.ID, q)
	}
	rows, did, err := w.rows(ctx, []unas.Order{order})
	if err != nil {
		return err
	}
	did.Changed, err = w.engine.Store.SavePage(ctx, store.Page{Connection: w.saved.ID, Asked: w.asked, Rows: rows, Now: w.engine.Now()})
	if err != nil {
		return err
	}
	if err := w.note(ctx, did); err != nil {
		return err
	}
	return w.engine.Store.Answered(ctx, w.saved.ID, q)
}
