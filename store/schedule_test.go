package store_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"punte"
	"punte/store"
	"punte/store/storetest"
)

func TestSchedulesFollowHints(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		wantNext := func(now, want int) {
			t.Helper()
			next, some, err := s.NextAfter(ctx, minutes(now))
			if !next.Equal(minutes(want)) || !some || err != nil {
				t.Errorf("NextAfter(%d) = %v, %v, %v; want %d", now, next, some, err, want)
			}
		}
		wantNoNext := func(now int) {
			t.Helper()
			if next, some, err := s.NextAfter(ctx, minutes(now)); some || err != nil {
				t.Errorf("NextAfter(%d) = %v, %v, %v; want none", now, next, some, err)
			}
		}
		wantNoNext(-1)
		addConnection(t, s, "c1")
		addConnection(t, s, "c2")
		wantDue := func(now int, want ...string) {
			t.Helper()
			got, err := s.Due(ctx, minutes(now))
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("Due at %d: %v (-want +got):\n%s", now, err, diff)
			}
		}
		wantDue(-1)
		wantDue(0, "c1", "c2") // a new connection is due at once
		must(t, "Schedule", s.Schedule(ctx, "c2", minutes(5)))

		must(t, "BeginSlice", s.BeginSlice(ctx, "c1"))
		must(t, "EndSlice", s.EndSlice(ctx, "c1", minutes(3), minutes(1)))
		wantDue(2)
		wantNext(2, 3)
		wantNext(3, 5) // what is due already is not waited for
		wantNoNext(5)

		must(t, "Hint", s.Hint(ctx, "c1", minutes(1)))
		wantDue(1, "c1")
		must(t, "BeginSlice", s.BeginSlice(ctx, "c1"))
		must(t, "Hint", s.Hint(ctx, "c1", minutes(2))) // comes while the slice runs
		must(t, "EndSlice", s.EndSlice(ctx, "c1", minutes(30), minutes(3)))
		wantDue(3, "c1")
		must(t, "BeginSlice", s.BeginSlice(ctx, "c1"))
		must(t, "EndSlice", s.EndSlice(ctx, "c1", minutes(30), minutes(4)))
		wantDue(29, "c2")

		must(t, "SetState", s.SetState(ctx, "c2", store.Paused, "", "", noon))
		wantDue(29)
		wantNext(0, 30) // of the active one
		must(t, "SaveConnection", s.SaveConnection(ctx, store.Connection{ID: "c1", Name: "x", StartDate: "2026-01-01"}, minutes(9)))
		wantDue(29) // saving again leaves its time alone
	})
}

func TestTheLastRunIsKnown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		_, err := s.LastRun(ctx, "c1", "sync")
		wantCode(t, "LastRun of none", err, punte.NotFound)
		first := store.Run{ID: "r1", Connection: "c1", Kind: "sync", Started: noon}
		must(t, "SaveRun", s.SaveRun(ctx, first))
		second := store.Run{ID: "r2", Connection: "c1", Kind: "sync", Started: minutes(5)}
		must(t, "SaveRun", s.SaveRun(ctx, second))
		second.Until, second.Ended, second.Report = minutes(6), minutes(7), punte.Report{Seen: 3, Sent: 2}
		must(t, "SaveRun", s.SaveRun(ctx, second))
		got, err := s.LastRun(ctx, "c1", "sync")
		must(t, "LastRun", err)
		if diff := cmp.Diff(second, got); diff != "" {
			t.Errorf("LastRun (-want +got):\n%s", diff)
		}
		runs, err := s.Runs(ctx, "c1", 10)
		must(t, "Runs", err)
		if diff := cmp.Diff([]store.Run{second, first}, runs); diff != "" {
			t.Errorf("Runs (-want +got):\n%s", diff)
		}
	})
}
