package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"punte"
	"punte/store"
	"punte/store/storetest"
)

// Reading again an order that did not change follows no map that did: it is neither
// brought nor left by chance.
func TestTheSameVersionFollowsNoChangedMap(t *testing.T) {
	tests := []struct{ now, decided, want punte.DutyState }{
		{punte.Left, punte.Owed, punte.Left},
		{punte.Left, punte.Held, punte.Left},
		{punte.Confirmed, punte.Left, punte.Confirmed},
		{punte.Confirmed, punte.Held, punte.Confirmed},
		{punte.Held, punte.Owed, punte.Owed},
		{punte.Held, punte.Left, punte.Left},
		{punte.Owed, punte.Left, punte.Left},
		{punte.Parked, punte.Owed, punte.Owed},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for i, tt := range tests {
			ref := fmt.Sprint(i + 1)
			begin := tt.now
			if begin == punte.Confirmed {
				begin = punte.Owed
			}
			save(t, s, page(1, row(ref, 1, begin)))
			if tt.now == punte.Confirmed {
				confirm(t, s, ref, 1)
			}
			save(t, s, page(2, row(ref, 1, tt.decided)))
			if d := order(t, s, ref).Duty; d.State != tt.want {
				t.Errorf("%s, read again as %s, is %s; want %s", tt.now, tt.decided, d.State, tt.want)
			}
			save(t, s, page(3, row(ref, 2, tt.decided)))
			want := tt.decided
			if tt.now == punte.Confirmed && want == punte.Held {
				want = punte.Owed
			}
			if d := order(t, s, ref).Duty; d.State != want {
				t.Errorf("%s, changed and read as %s, is %s; want %s", tt.now, tt.decided, d.State, want)
			}
		}
	})
}

func TestAPostponedOrderIsDueWhenItChangesOrSomebodyStarts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		save(t, s, page(1, row("1", 1, punte.Owed), row("2", 1, punte.Owed), row("3", 1, punte.Owed)))
		duties := owed(t, s, noon)
		save(t, s, page(2, row("3", 2, punte.Owed))) // it changed since it was read
		must(t, "Postpone", s.Postpone(ctx, "c1", duties, noon.Add(time.Hour)))
		if list := owed(t, s, noon); len(list) != 1 || list[0].Ref != "3" {
			t.Errorf("owed = %+v; want the one that changed", list)
		}
		save(t, s, page(3, row("2", 2, punte.Owed)))
		if list := owed(t, s, noon); len(list) != 2 {
			t.Errorf("%d owed after a change; want 2", len(list))
		}
		must(t, "Recall", s.Recall(ctx, "c1", noon))
		if list := owed(t, s, noon); len(list) != 3 {
			t.Errorf("%d owed after a start; want 3", len(list))
		}
	})
}

func TestAnOwedOrderIsDecidedOnlyAsItWasRead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		save(t, s, page(1, row("1", 1, punte.Owed), row("2", 1, punte.Owed)))
		duties := owed(t, s, noon)
		save(t, s, page(2, row("2", 2, punte.Owed)))
		for _, d := range duties {
			must(t, "DecideOwed", s.DecideOwed(ctx, d, punte.Held, punte.Problem{Code: punte.ProblemUnmapped}, noon))
		}
		if d := order(t, s, "1").Duty; d.State != punte.Held || d.Problem.Code != punte.ProblemUnmapped {
			t.Errorf("order 1 = %s, %+v; want held", d.State, d.Problem)
		}
		if d := order(t, s, "2").Duty; d.State != punte.Owed {
			t.Errorf("order 2 is %s; want its newer version owed", d.State)
		}
		if err := s.DecideOwed(ctx, duties[0], punte.Confirmed, punte.Problem{}, noon); punte.ErrorCode(err) != punte.Internal {
			t.Errorf("DecideOwed(confirmed) = %v; want it refused", err)
		}
	})
}

func TestListedOrdersAreOwedOnceAndOnlyAsTheyWereSettled(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		save(t, s, page(1, row("1", 1, punte.Owed), row("2", 1, punte.Owed), row("3", 1, punte.Left), row("4", 1, punte.Held)))
		confirm(t, s, "1", 1)
		confirm(t, s, "2", 1)
		settled, err := s.SettledAfter(ctx, "c1", "", time.Time{}, 10)
		must(t, "SettledAfter", err)
		if len(settled) != 3 || settled[0].Ref != "1" || settled[2].Ref != "3" {
			t.Fatalf("SettledAfter = %+v; want 1, 2 and the left one", settled)
		}
		if more, err := s.SettledAfter(ctx, "c1", "2", minutes(3), 10); err != nil || len(more) != 1 {
			t.Errorf("SettledAfter behind 2 = %+v, %v; want the left one", more, err)
		}
		list := []store.Rework{{Ref: "1", Placed: minutes(1)}, {Ref: "2", Placed: minutes(2)}, {Ref: "3", Placed: minutes(3)}}
		for _, want := range []int{3, 0} {
			if n, err := s.AddReworks(ctx, "c1", list, noon); err != nil || n != want {
				t.Errorf("AddReworks = %d, %v; want %d", n, err, want)
			}
		}
		next, err := s.Reworks(ctx, "c1", 2)
		must(t, "Reworks", err)
		if diff := cmp.Diff([]store.Rework{list[2], list[1]}, next); diff != "" {
			t.Errorf("Reworks, the newest first (-want +got):\n%s", diff)
		}
		save(t, s, page(2, row("2", 2, punte.Owed))) // it changed since
		if n, err := s.OweAgain(ctx, "c1", []string{"1", "2"}, settled[:2], noon); err != nil || n != 1 {
			t.Errorf("OweAgain = %d, %v; want the one that did not change", n, err)
		}
		if d := order(t, s, "1").Duty; d.State != punte.Owed || d.Wanted != 1 || d.Shown != 1 {
			t.Errorf("order 1 = %+v; want the same version owed", d)
		}
		send(t, s, "again", "1")
		if d := settle(t, s, store.Outcome{Ref: "1", Version: 1, State: punte.Confirmed}); d.State != punte.Confirmed {
			t.Errorf("order 1 after it went again is %s; want confirmed", d.State)
		}
		if n, err := s.OweAgain(ctx, "c1", []string{"3"}, settled[2:], noon); err != nil || n != 1 {
			t.Errorf("OweAgain of a left order = %d, %v; want it owed", n, err)
		}
		if changed := save(t, s, page(3, row("3", 1, punte.Owed))); changed != 0 {
			t.Errorf("reading order 3 again changed %d; want nothing", changed)
		}
		if n, err := s.CountReworks(ctx, "c1"); err != nil || n != 0 {
			t.Errorf("CountReworks = %d, %v; want none", n, err)
		}
		if _, err := s.AddReworks(ctx, "c1", list[:1], noon); err != nil {
			t.Errorf("AddReworks: %v", err)
		}
		if n, err := s.DropReworks(ctx, "c1"); err != nil || n != 1 {
			t.Errorf("DropReworks = %d, %v; want 1", n, err)
		}
	})
}

func TestTroublesAreReplacedByKind(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		owner, field := store.Trouble{Code: "o", Text: "no owner", Next: "choose"}, store.Trouble{Code: "f", Text: "no field", Next: "make it"}
		must(t, "SetTroubles", s.SetTroubles(ctx, "c1", "account", []store.Trouble{field, owner}, noon))
		must(t, "SetTroubles", s.SetTroubles(ctx, "c1", "other", []store.Trouble{owner}, noon))
		must(t, "SetTroubles", s.SetTroubles(ctx, "c2", "account", []store.Trouble{owner}, noon))
		must(t, "SetTroubles", s.SetTroubles(ctx, "c1", "account", []store.Trouble{owner}, noon))
		must(t, "SetTroubles", s.SetTroubles(ctx, "c1", "other", nil, noon))
		got, err := s.Troubles(ctx, "c1")
		must(t, "Troubles", err)
		if diff := cmp.Diff([]store.Trouble{owner}, got); diff != "" {
			t.Errorf("Troubles (-want +got):\n%s", diff)
		}
	})
}

func TestAnAccountIsKeptUntilItIsReadAnew(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		if _, err := s.Account(ctx, "c1"); punte.ErrorCode(err) != punte.NotFound {
			t.Errorf("Account of a new store = %v; want NotFound", err)
		}
		must(t, "SaveAccount", s.SaveAccount(ctx, "c1", []byte(`{"a":1}`), noon))
		must(t, "SaveAccount", s.SaveAccount(ctx, "c1", []byte(`{"a":2}`), minutes(1)))
		must(t, "SaveAccount", s.SaveAccount(ctx, "c1", []byte(`{"a":0}`), noon)) // an earlier look, late
		if got, err := s.Account(ctx, "c1"); err != nil || string(got) != `{"a":2}` {
			t.Errorf("Account = %s, %v; want the newest", got, err)
		}
	})
}
