package store_test

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"punte/store"
	"punte/store/storetest"
)

func TestQuestionsAreNotDoubledAndNotLost(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		ask := func(key, reason string, due int) store.Question {
			return store.Question{Kind: store.QuestionOrder, Key: key, Reason: reason, Due: minutes(due)}
		}
		keys := func(now int) (keys []string) {
			t.Helper()
			found, err := s.Questions(ctx, "c1", minutes(now), 10)
			must(t, "Questions", err)
			for _, q := range found {
				keys = append(keys, q.Key+" "+q.Reason)
			}
			return keys
		}
		wants := func(now int, want ...string) {
			t.Helper()
			if diff := cmp.Diff(want, keys(now)); diff != "" {
				t.Errorf("Questions at %d (-want +got):\n%s", now, diff)
			}
		}
		must(t, "Ask", s.Ask(ctx, "c1", []store.Question{ask("2", "missing", 5), ask("1", "missing", 3)}, minutes(0)))
		wants(2)
		wants(3, "1 missing")
		must(t, "Ask", s.Ask(ctx, "c1", []store.Question{ask("2", "hook", 1)}, minutes(1)))
		wants(5, "2 hook", "1 missing")
		must(t, "Ask", s.Ask(ctx, "c1", []store.Question{ask("2", "hook", 9)}, minutes(1)))
		wants(5, "2 hook", "1 missing")

		found, err := s.Questions(ctx, "c1", minutes(5), 10)
		must(t, "Questions", err)
		must(t, "Ask", s.Ask(ctx, "c1", []store.Question{ask("2", "related", 1)}, minutes(5))) // while the answer is on its way
		for _, q := range found {
			must(t, "Answered", s.Answered(ctx, "c1", q))
		}
		wants(5, "2 related")
		found, err = s.Questions(ctx, "c1", minutes(5), 10)
		must(t, "Questions", err)
		must(t, "AskLater", s.AskLater(ctx, "c1", found[0], minutes(20)))
		wants(19)
		if o, err := s.Outlook(ctx, "c1", minutes(5)); !o.Question.At.Equal(minutes(20)) || !o.Question.Some || err != nil {
			t.Errorf("Outlook = %+v, %v; want a question at %v", o, err, minutes(20))
		}
		if o, err := s.Outlook(ctx, "c2", minutes(5)); o != (store.Outlook{}) || err != nil {
			t.Errorf("Outlook of another connection = %+v, %v; want nothing", o, err)
		}
	})
}

func TestOpenQuestionsAreCountedWheneverTheyAreDue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		addConnection(t, s, "c1")
		addConnection(t, s, "c2")
		of := func(kind, key, reason string, due int) store.Question {
			return store.Question{Kind: kind, Key: key, Reason: reason, Due: minutes(due)}
		}
		must(t, "Ask", s.Ask(ctx, "c1", []store.Question{
			of(store.QuestionOrder, "1", "missing", 0), of(store.QuestionOrder, "2", "missing", 900), of(store.QuestionOrder, "3", "hook", 0),
			of(store.QuestionCustomer, "4", "missing", 0),
		}, minutes(0)))
		must(t, "Ask", s.Ask(ctx, "c2", []store.Question{of(store.QuestionOrder, "1", "missing", 0)}, minutes(0)))
		want := map[store.Matter]int{
			{Kind: store.QuestionOrder, Reason: "missing"}: 2, {Kind: store.QuestionOrder, Reason: "hook"}: 1, {Kind: store.QuestionCustomer, Reason: "missing"}: 1,
		}
		if got, err := s.Waiting(ctx, "c1"); err != nil || !maps.Equal(got, want) {
			t.Errorf("Waiting = %v, %v; want %v", got, err, want)
		}
	})
}
