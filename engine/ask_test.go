package engine_test

import (
	"testing"
	"time"

	"punte/store"
	"punte/store/storetest"
)

func TestAQuestionBringsAnOrderBeforeTheNextPoll(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{limited: true})
		w.begin(false)
		w.runFor(time.Minute)
		w.place(sale{id: 7001, number: 7001, key: "AB-7001"})
		lists, asked := w.net.calls[shopHost], w.store.Ask(t.Context(), w.id, []store.Question{
			{Kind: store.QuestionOrder, Key: "AB-7001", Reason: "hook", Due: w.clock.Now()},
		}, w.clock.Now())
		if asked != nil {
			t.Fatal(asked)
		}
		w.runFor(30 * time.Second) // a poll comes every 150 seconds
		if got, ok := w.order(7001); !ok {
			t.Errorf("order 7001 is not in MiniCRM 30 s after the question: %+v", got)
		}
		if calls := w.net.calls[shopHost] - lists; calls != 1 {
			t.Errorf("%d calls to the shop, want 1", calls)
		}
		if o, err := w.store.Outlook(t.Context(), w.id, w.clock.Now()); o.Question.Some || o.Hint.Some || err != nil {
			t.Errorf("Outlook = %+v, %v; want no question left", o, err)
		}
	})
}
