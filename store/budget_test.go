package store_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"punte"
	"punte/store"
	"punte/store/storetest"
)

func reserve(t *testing.T, s *store.Store, now time.Time, budgets ...store.Budget) (time.Time, bool) {
	t.Helper()
	free, ok, err := s.Reserve(context.Background(), now, budgets...)
	must(t, "Reserve", err)
	return free, ok
}

func TestABudgetIsASlidingWindow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := store.Budget{Scope: "unas:1", Limit: 3, Window: time.Hour}
		for _, at := range []int{0, 10, 20} {
			if free, ok := reserve(t, s, minutes(at), b); !ok {
				t.Fatalf("Reserve at %d = %v; want it free", at, free)
			}
		}
		if free, ok := reserve(t, s, minutes(59), b); ok || !free.Equal(minutes(60)) {
			t.Errorf("Reserve at 59 = %v, %v; want free at 60", free, ok)
		}
		if _, ok := reserve(t, s, minutes(60), b); !ok {
			t.Error("Reserve at 60 refused; want it free")
		}
		if free, ok := reserve(t, s, minutes(61), b); ok || !free.Equal(minutes(70)) {
			t.Errorf("Reserve at 61 = %v, %v; want free at 70", free, ok)
		}
		if spent, err := s.Spent(context.Background(), minutes(61), b); spent != 3 || err != nil {
			t.Errorf("Spent = %d, %v; want 3", spent, err)
		}
		if spent, err := s.Spent(context.Background(), minutes(240), b); spent != 0 || err != nil {
			t.Errorf("Spent hours later = %d, %v; want 0", spent, err)
		}
	})
}

func TestReserveTakesAllBudgetsOrNone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		wide := store.Budget{Scope: "a", Limit: 100, Window: time.Minute}
		narrow := store.Budget{Scope: "b", Limit: 1, Window: time.Hour}
		reserve(t, s, noon, narrow)
		if free, ok := reserve(t, s, noon, wide, narrow); ok || !free.Equal(minutes(60)) {
			t.Errorf("Reserve = %v, %v; want free in an hour", free, ok)
		}
		if spent, err := s.Spent(context.Background(), noon, wide); spent != 0 || err != nil {
			t.Errorf("Spent = %d, %v; want nothing taken", spent, err)
		}
		// Two windows of one scope share its calls, and one call counts once.
		hour := store.Budget{Scope: "a", Limit: 2, Window: time.Hour}
		reserve(t, s, noon, wide, hour)
		reserve(t, s, minutes(5), wide)
		if free, ok := reserve(t, s, minutes(10), hour, wide); ok || !free.Equal(minutes(60)) {
			t.Errorf("Reserve = %v, %v; want free at 60", free, ok)
		}
		_, _, err := s.Reserve(context.Background(), noon, store.Budget{Scope: "z", Window: time.Hour})
		wantCode(t, "Reserve without a limit", err, punte.Internal)
	})
}

func TestAYoungStoreCountsTheTimeBeforeItAsHalfSpent(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		s := storetest.At(t, storetest.Empty(t, kind), store.Options{})
		must(t, "Migrate", s.Migrate(context.Background(), noon))
		b := store.Budget{Scope: "x", Limit: 4, Window: time.Hour}
		for _, want := range []struct{ at, spent int }{{0, 2}, {29, 2}, {30, 1}, {59, 1}, {60, 0}} {
			if spent, err := s.Spent(context.Background(), minutes(want.at), b); spent != want.spent || err != nil {
				t.Errorf("Spent after %d minutes = %d, %v; want %d", want.at, spent, err, want.spent)
			}
		}
		reserve(t, s, noon, b)
		reserve(t, s, noon, b)
		if free, ok := reserve(t, s, minutes(1), b); ok || !free.Equal(minutes(30)) {
			t.Errorf("Reserve = %v, %v; want free at 30", free, ok)
		}
	})
}

func TestAClockThatWasAheadBlocksForOneWindowOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := store.Budget{Scope: "x", Limit: 1, Window: time.Minute}
		reserve(t, s, noon.AddDate(1, 0, 0), b)
		if free, ok := reserve(t, s, noon, b); ok || !free.Equal(minutes(1)) {
			t.Errorf("Reserve = %v, %v; want free in a minute", free, ok)
		}
	})
}

func TestOneOfTwoProcessesGetsTheLastCall(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		dsn := storetest.Database(t, kind)
		b := store.Budget{Scope: "x", Limit: 7, Window: time.Hour}
		second := store.Budget{Scope: "y", Limit: 100, Window: time.Minute}
		var got atomic.Int32
		var wg sync.WaitGroup
		for process := range 4 {
			s := storetest.At(t, dsn, store.Options{})
			budgets := []store.Budget{b, second}
			if process%2 == 1 {
				budgets = []store.Budget{second, b}
			}
			wg.Go(func() {
				for range 4 {
					_, ok, err := s.Reserve(context.Background(), noon, budgets...)
					if err != nil {
						t.Errorf("Reserve: %v", err)
					}
					if ok {
						got.Add(1)
					}
				}
			})
		}
		wg.Wait()
		if got.Load() != 7 {
			t.Errorf("%d calls were given out; want 7", got.Load())
		}
	})
}
