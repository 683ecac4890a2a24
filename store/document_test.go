package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"punte"
	"punte/store"
	"punte/store/storetest"
)

func handover(ref string) store.Handover {
	return store.Handover{Ref: ref, Version: 1, Pending: []byte(`{}`), Due: minutes(5)}
}

func TestADocumentIsFetchedOnceAndInTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		save(t, s, page(1, row("1", 1, punte.Owed), row("2", 1, punte.Held)))
		in := store.Document{
			ID: "d1", Connection: "c1", SecretHash: "h", Delivery: "pull", Expires: minutes(360),
			Orders: 2, Cards: 1, Body: []byte("<Projects>ő</Projects>"),
		}
		skipped, err := s.MakeDocument(ctx, in, []store.Handover{handover("1"), handover("2")}, noon)
		must(t, "MakeDocument", err)
		if diff := cmp.Diff([]string{"2"}, skipped); diff != "" {
			t.Errorf("MakeDocument skipped (-want +got):\n%s", diff)
		}
		if d := order(t, s, "2").Duty; d.State != punte.Held || d.Document != "" {
			t.Errorf("skipped order = %s in %q; want held, untouched", d.State, d.Document)
		}
		got, err := s.DocumentBySecret(ctx, "h", minutes(1))
		must(t, "DocumentBySecret", err)
		want := in
		want.State, want.Created = store.Made, noon
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("DocumentBySecret (-want +got):\n%s", diff)
		}
		for _, tt := range []struct {
			hash string
			now  time.Time
		}{{"other", noon}, {"", noon}, {"h", minutes(360)}} {
			_, err := s.DocumentBySecret(ctx, tt.hash, tt.now)
			wantCode(t, "DocumentBySecret "+tt.hash, err, punte.NotFound)
		}
		must(t, "MarkTaken", s.MarkTaken(ctx, "d1", minutes(40), minutes(2)))
		must(t, "MarkTaken again", s.MarkTaken(ctx, "d1", minutes(50), minutes(3)))
		_, err = s.DocumentBySecret(ctx, "h", minutes(3))
		wantCode(t, "DocumentBySecret once taken", err, punte.NotFound)
		open, err := s.OpenDocuments(ctx, "c1")
		must(t, "OpenDocuments", err)
		if len(open) != 1 || open[0].State != store.Taken || !open[0].TakenAt.Equal(minutes(2)) || open[0].Body != nil {
			t.Errorf("OpenDocuments = %+v; want d1, taken the first time, without body", open)
		}
		if d := order(t, s, "1").Duty; d.State != punte.Sent || !d.Due.Equal(minutes(50)) || d.CardFirst {
			t.Errorf("duty = %s, due %v, card first %v; want sent, 50, false", d.State, d.Due, d.CardFirst)
		}
		wantCode(t, "DropDocument once taken", s.DropDocument(ctx, "d1", noon, noon), punte.Conflict)
		must(t, "EndDocument", s.EndDocument(ctx, "d1", minutes(60)))
		wantCode(t, "MarkTaken once ended", s.MarkTaken(ctx, "d1", noon, noon), punte.Conflict)
		wantCode(t, "MarkTaken of none", s.MarkTaken(ctx, "d9", noon, noon), punte.NotFound)
		if open, err := s.OpenDocuments(ctx, "c1"); len(open) != 0 || err != nil {
			t.Errorf("OpenDocuments = %+v, %v; want none", open, err)
		}
	})
}

func TestADroppedDocumentOwesItsOrdersAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		save(t, s, page(1, row("1", 1, punte.Owed), row("2", 1, punte.Owed)))
		_, err := s.MakeDocument(ctx, store.Document{ID: "d1", Connection: "c1", Delivery: "push"}, []store.Handover{handover("1"), handover("2")}, noon)
		must(t, "MakeDocument", err)
		save(t, s, page(2, row("2", 1, punte.Left)))
		must(t, "DropDocument", s.DropDocument(ctx, "d1", minutes(7), minutes(6)))
		if d := order(t, s, "1").Duty; d.State != punte.Owed || d.Rounds != 0 || !d.Due.Equal(minutes(7)) || !d.CardFirst || d.Pending != nil {
			t.Errorf("duty = %+v; want owed at 7, no rounds, its card still new", d)
		}
		if d := order(t, s, "2").Duty; d.State != punte.Left {
			t.Errorf("state = %s; want left, as was decided meanwhile", d.State)
		}
		wantCode(t, "DropDocument twice", s.DropDocument(ctx, "d1", noon, noon), punte.Conflict)
		// A second document without an address does not meet the first one.
		_, err = s.MakeDocument(ctx, store.Document{ID: "d2", Connection: "c1", Delivery: "push"}, nil, noon)
		must(t, "MakeDocument", err)
	})
}

func TestProcessingTimesAreThoseOfTheNewestDocuments(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		for i, id := range []string{"a", "b", "c"} {
			_, err := s.MakeDocument(ctx, store.Document{ID: id, Connection: "c1"}, nil, noon)
			must(t, "MakeDocument", err)
			must(t, "MarkTaken", s.MarkTaken(ctx, id, noon, minutes(i)))
			must(t, "MarkShown", s.MarkShown(ctx, id, minutes(i).Add(time.Duration(i+1)*time.Second)))
			must(t, "MarkShown again", s.MarkShown(ctx, id, minutes(59)))
		}
		_, err := s.MakeDocument(ctx, store.Document{ID: "not shown", Connection: "c1"}, nil, noon)
		must(t, "MakeDocument", err)
		got, err := s.ProcessingTimes(ctx, "c1", 2)
		must(t, "ProcessingTimes", err)
		if diff := cmp.Diff([]time.Duration{3 * time.Second, 2 * time.Second}, got); diff != "" {
			t.Errorf("ProcessingTimes (-want +got):\n%s", diff)
		}
	})
}
