package store_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"punte"
	"punte/store"
	"punte/store/storetest"
)

// send puts orders in flight in document id, each with its wanted version.
func send(t *testing.T, s *store.Store, id string, refs ...string) {
	t.Helper()
	ctx := context.Background()
	var hand []store.Handover
	for _, ref := range refs {
		d := order(t, s, ref).Duty
		hand = append(hand, store.Handover{Ref: ref, Version: d.Wanted, Pending: fmt.Appendf(nil, `{"v":%d}`, d.Wanted), Due: minutes(5)})
	}
	skipped, err := s.MakeDocument(ctx, store.Document{
		ID: id, Connection: "c1", SecretHash: "hash-" + id, Delivery: "pull", Expires: minutes(360),
		Orders: len(refs), Body: []byte("<Projects/>"),
	}, hand, noon)
	must(t, "MakeDocument", err)
	if len(skipped) > 0 {
		t.Fatalf("MakeDocument skipped %v; want none", skipped)
	}
	must(t, "MarkTaken", s.MarkTaken(ctx, id, minutes(30), noon))
}

func settle(t *testing.T, s *store.Store, o store.Outcome) store.Duty {
	t.Helper()
	must(t, "Settle", s.Settle(context.Background(), "c1", []store.Outcome{o}, minutes(9)))
	return order(t, s, o.Ref).Duty
}

// confirm takes an owed order all the way.
func confirm(t *testing.T, s *store.Store, ref string, version int64) {
	t.Helper()
	send(t, s, fmt.Sprintf("confirming-%s-%d", ref, version), ref)
	d := settle(t, s, store.Outcome{Ref: ref, Version: version, State: punte.Confirmed, CRMID: 900, CRMCard: 901})
	if d.State != punte.Confirmed || d.Shown != version {
		t.Fatalf("confirming %s: %s, shown %d", ref, d.State, d.Shown)
	}
}

func TestSettleWritesWhatWasPending(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		save(t, s, page(1, row("1", 1, punte.Owed)))
		send(t, s, "d1", "1")
		flying, err := s.InFlight(context.Background(), "c1")
		must(t, "InFlight", err)
		if len(flying) != 1 || flying[0].Document != "d1" || string(flying[0].Pending) != `{"v":1}` || flying[0].CardFirst {
			t.Fatalf("InFlight = %+v; want order 1 in d1, its card handed over", flying)
		}
		d := settle(t, s, store.Outcome{Ref: "1", Version: 1, State: punte.Unlisted, CRMID: 90_000_000_001, CRMCard: 8, Differs: "amount"})
		if d.State != punte.Unlisted || d.Shown != 1 || string(d.Written) != `{"v":1}` || d.Pending != nil || d.Differs != "amount" {
			t.Errorf("duty = %+v; want unlisted, version 1 shown and written", d)
		}
		known, err := s.CRMOrders(context.Background(), "c1", []int64{0, 5, 90_000_000_001})
		must(t, "CRMOrders", err)
		if diff := cmp.Diff(map[int64]string{90_000_000_001: "1"}, known); diff != "" {
			t.Errorf("CRMOrders (-want +got):\n%s", diff)
		}
	})
}

func TestSettleKeepsANewerVersionOwed(t *testing.T) {
	for _, end := range []punte.DutyState{punte.Confirmed, punte.Unlisted, punte.Owed, punte.Parked} {
		t.Run(string(end), func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				save(t, s, page(1, row("1", 1, punte.Owed)))
				send(t, s, "d1", "1")
				save(t, s, page(2, row("1", 2, punte.Owed)))
				if d := order(t, s, "1").Duty; d.State != punte.Sent || d.Wanted != 2 {
					t.Fatalf("duty = %s, wanted %d; want still sent, 2", d.State, d.Wanted)
				}
				d := settle(t, s, store.Outcome{
					Ref: "1", Version: 1, State: end, Due: minutes(9), Problem: punte.Problem{Code: punte.ProblemRefused},
				})
				if d.State != punte.Owed || d.Wanted != 2 || d.Rounds != 0 || !d.Due.Equal(minutes(9)) || d.Problem != (punte.Problem{}) {
					t.Errorf("duty = %+v; want version 2 owed at once, no rounds, no problem", d)
				}
			})
		})
	}
}

func TestSettleFollowsWhatWasDecidedMeanwhile(t *testing.T) {
	for _, decided := range []punte.DutyState{punte.Parked, punte.Left} {
		for _, content := range []int{1, 2} { // the same version decided otherwise, and a new one
			for _, end := range []punte.DutyState{punte.Confirmed, punte.Owed, punte.Parked} {
				t.Run(fmt.Sprintf("%s/%d/%s", decided, content, end), func(t *testing.T) {
					s := storetest.Open(t, storetest.SQLite)
					save(t, s, page(1, row("1", 1, punte.Owed)))
					send(t, s, "d1", "1")
					next := row("1", content, decided)
					next.Problem = punte.Problem{Code: "why", Field: "where", Reason: "what"}
					save(t, s, page(2, next))
					d := settle(t, s, store.Outcome{Ref: "1", Version: 1, State: end, Due: minutes(20), Problem: punte.Problem{Code: "other"}})
					if d.State != decided || d.Problem != next.Problem {
						t.Errorf("duty = %s, %+v; want %s with its own problem", d.State, d.Problem, decided)
					}
					// Decided back, it goes its way again.
					save(t, s, page(3, row("1", 3, punte.Owed)))
					if d := order(t, s, "1").Duty; d.State != punte.Owed {
						t.Errorf("state = %s; want owed", d.State)
					}
				})
			}
		}
	}
}

func TestADecisionTakenBackInFlightIsForgotten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		save(t, s, page(1, row("1", 1, punte.Owed)))
		send(t, s, "d1", "1")
		save(t, s, page(2, row("1", 1, punte.Held)))
		save(t, s, page(3, row("1", 1, punte.Owed)))
		if d := settle(t, s, store.Outcome{Ref: "1", Version: 1, State: punte.Confirmed}); d.State != punte.Confirmed {
			t.Errorf("state = %s; want confirmed", d.State)
		}
	})
}

func TestSettleTouchesOnlyTheVersionInFlight(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		save(t, s, page(1, row("1", 1, punte.Owed)))
		if d := settle(t, s, store.Outcome{Ref: "1", Version: 1, State: punte.Confirmed}); d.State != punte.Owed {
			t.Errorf("never sent: state = %s; want owed", d.State)
		}
		send(t, s, "d1", "1")
		if d := settle(t, s, store.Outcome{Ref: "1", Version: 2, State: punte.Confirmed}); d.State != punte.Sent {
			t.Errorf("another version: state = %s; want sent", d.State)
		}
		if d := settle(t, s, store.Outcome{Ref: "1", Version: 1, State: punte.Confirmed}); d.State != punte.Confirmed {
			t.Errorf("this version: state = %s; want confirmed", d.State)
		}
		if d := settle(t, s, store.Outcome{Ref: "1", Version: 1, State: punte.Parked}); d.State != punte.Confirmed {
			t.Errorf("settled twice: state = %s; want confirmed", d.State)
		}
		err := s.Settle(context.Background(), "c1", []store.Outcome{{Ref: "1", Version: 1, State: punte.Held}}, noon)
		wantCode(t, "Settle as held", err, punte.Internal)
	})
}

func TestRoundsCountUntilItIsParked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		save(t, s, page(1, row("1", 1, punte.Owed)))
		for round := 1; round <= 2; round++ {
			send(t, s, fmt.Sprint("d", round), "1")
			d := settle(t, s, store.Outcome{Ref: "1", Version: 1, State: punte.Owed, Due: minutes(15), Rounds: round})
			if d.State != punte.Owed || d.Rounds != round || !d.Due.Equal(minutes(15)) || d.Pending != nil {
				t.Fatalf("duty = %+v; want owed at 15 with %d rounds", d, round)
			}
		}
		due, some, err := s.NextDue(context.Background(), "c1")
		if err != nil || !some || !due.Equal(minutes(15)) {
			t.Errorf("NextDue = %v, %v, %v; want 15", due, some, err)
		}
		if got := owed(t, s, minutes(14)); len(got) != 0 {
			t.Errorf("Owed before it is due = %d orders; want none", len(got))
		}
		send(t, s, "d3", "1")
		refused := punte.Problem{Code: punte.ProblemRefused, Reason: "sent three times"}
		if d := settle(t, s, store.Outcome{Ref: "1", Version: 1, State: punte.Parked, Problem: refused, Rounds: 3}); d.State != punte.Parked || d.Rounds != 3 || d.Problem != refused {
			t.Fatalf("duty = %+v; want parked after three rounds", d)
		}
		save(t, s, page(2, row("1", 1, punte.Owed)))
		if d := order(t, s, "1").Duty; d.State != punte.Parked {
			t.Errorf("read again: state = %s; want still parked", d.State)
		}
		if _, some, err := s.NextDue(context.Background(), "c1"); some || err != nil {
			t.Errorf("NextDue with nothing owed = %v, %v; want false", some, err)
		}
		save(t, s, page(3, row("1", 2, punte.Owed)))
		if d := order(t, s, "1").Duty; d.State != punte.Owed || d.Rounds != 0 {
			t.Errorf("changed: %s, %d rounds; want owed, 0", d.State, d.Rounds)
		}
	})
}

func TestAPersonDecidesAboutWhatWaits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		save(t, s, page(1, row("1", 1, punte.Held), row("2", 1, punte.Parked), row("3", 1, punte.Owed)))
		must(t, "Redecide", s.Redecide(ctx, "c1", "1", punte.Owed, punte.Problem{}, minutes(2)))
		must(t, "Redecide", s.Redecide(ctx, "c1", "2", punte.Left, punte.Problem{}, minutes(2)))
		wantCode(t, "Redecide an owed order", s.Redecide(ctx, "c1", "3", punte.Left, punte.Problem{}, noon), punte.Conflict)
		wantCode(t, "Redecide no order", s.Redecide(ctx, "c1", "4", punte.Left, punte.Problem{}, noon), punte.Conflict)
		wantCode(t, "Redecide as sent", s.Redecide(ctx, "c1", "2", punte.Sent, punte.Problem{}, noon), punte.Invalid)
		save(t, s, page(2, row("1", 1, punte.Held), row("2", 1, punte.Parked))) // read again, decided as before
		counts, err := s.Counts(ctx, "c1")
		must(t, "Counts", err)
		if diff := cmp.Diff(map[punte.DutyState]int{punte.Owed: 2, punte.Left: 1}, counts); diff != "" {
			t.Errorf("Counts (-want +got):\n%s", diff)
		}
		confirm(t, s, "1", 1)
		if changed := save(t, s, page(3, row("1", 1, punte.Owed))); changed != 1 {
			t.Errorf("SavePage decided otherwise = %d changed; want 1", changed)
		}
		if d := order(t, s, "1").Duty; d.State != punte.Confirmed {
			t.Errorf("released by hand and confirmed: state = %s; want it not sent again", d.State)
		}
	})
}

func TestAnOrderThatIsInMiniCRMIsNotHeld(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		save(t, s, page(1, row("1", 1, punte.Owed)))
		send(t, s, "d1", "1")
		save(t, s, page(2, row("1", 2, punte.Held)))
		if d := settle(t, s, store.Outcome{Ref: "1", Version: 1, State: punte.Confirmed}); d.State != punte.Owed {
			t.Errorf("held in flight: state = %s; want owed", d.State)
		}
		confirm(t, s, "1", 2)
		save(t, s, page(3, row("1", 2, punte.Owed)))
		save(t, s, page(4, row("1", 2, punte.Held)))
		if d := order(t, s, "1").Duty; d.State != punte.Confirmed {
			t.Errorf("the same version held: state = %s; want confirmed, for MiniCRM has it", d.State)
		}
		save(t, s, page(5, row("1", 3, punte.Held)))
		if d := order(t, s, "1").Duty; d.State != punte.Owed || d.Wanted != 3 {
			t.Errorf("a new version held: %s, wanted %d; want owed, 3", d.State, d.Wanted)
		}
	})
}

func TestParkTouchesOnlyWhatIsOwed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		save(t, s, page(1, row("1", 1, punte.Owed), row("2", 1, punte.Owed)))
		send(t, s, "d1", "2")
		odd := punte.Problem{Code: punte.ProblemField, Field: "Items", Reason: "odd"}
		must(t, "Park", s.Park(ctx, "c1", "1", odd, minutes(1)))
		must(t, "Park", s.Park(ctx, "c1", "2", odd, minutes(1)))
		if d := order(t, s, "1").Duty; d.State != punte.Parked || d.Problem != odd {
			t.Errorf("owed order = %s, %+v; want parked with its problem", d.State, d.Problem)
		}
		if d := order(t, s, "2").Duty; d.State != punte.Sent {
			t.Errorf("order in flight = %s; want sent", d.State)
		}
	})
}

func TestDifferencesAreCounted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		total := row("1", 1, punte.Owed)
		total.Differs = "1.00 RON"
		left := row("2", 1, punte.Left)
		left.Differs = "1.00 RON"
		save(t, s, page(1, total, left, row("3", 1, punte.Owed)))
		send(t, s, "d1", "3")
		settle(t, s, store.Outcome{Ref: "3", Version: 1, State: punte.Confirmed, Differs: "shop 1, MiniCRM 2"})
		totals, amounts, err := s.Differences(context.Background(), "c1")
		if totals != 1 || amounts != 1 || err != nil {
			t.Errorf("Differences = %d, %d, %v; want 1, 1", totals, amounts, err)
		}
	})
}

func TestTheOrdersThatDifferAreThoseThatAreCounted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		differing := func(connection string) []store.Differing {
			t.Helper()
			list, err := s.Differing(ctx, connection)
			must(t, "Differing", err)
			totals, amounts := 0, 0
			for _, d := range list {
				if d.Total != "" {
					totals++
				}
				if d.Amount != "" {
					amounts++
				}
			}
			gotTotals, gotAmounts, err := s.Differences(ctx, connection)
			if gotTotals != totals || gotAmounts != amounts || err != nil {
				t.Errorf("Differences = %d, %d, %v; want %d, %d as in the list", gotTotals, gotAmounts, err, totals, amounts)
			}
			return list
		}
		var rows []store.OrderRow
		for _, ref := range []string{"40", "10", "30", "20", "50"} { // placed by their number
			rows = append(rows, row(ref, 1, punte.Owed))
		}
		rows[0].Differs, rows[1].Differs = "1.00 RON", "2.00 RON"
		rows[4].Differs, rows[4].State = "3.00 RON", punte.Left
		save(t, s, page(1, rows...))
		send(t, s, "d1", "40", "10", "30", "20")
		settle(t, s, store.Outcome{Ref: "40", Version: 1, State: punte.Confirmed})
		settle(t, s, store.Outcome{Ref: "30", Version: 1, State: punte.Confirmed, Differs: "shop 3, MiniCRM 4"})
		settle(t, s, store.Outcome{Ref: "10", Version: 1, State: punte.Unlisted, Differs: "shop 1, MiniCRM 2"})
		settle(t, s, store.Outcome{Ref: "20", Version: 1, State: punte.Confirmed})

		want := []store.Differing{
			{Key: "K-10", Total: "2.00 RON", Amount: "shop 1, MiniCRM 2"},
			{Key: "K-30", Amount: "shop 3, MiniCRM 4"},
			{Key: "K-40", Total: "1.00 RON"},
		}
		if diff := cmp.Diff(want, differing("c1")); diff != "" {
			t.Errorf("Differing (-want +got):\n%s", diff)
		}
		if got := differing("c2"); len(got) != 0 {
			t.Errorf("Differing of another connection = %+v; want none", got)
		}
		// A new version makes the amount seen a thing of the past, not the total.
		again := row("10", 2, punte.Owed)
		again.Differs = "2.00 RON"
		save(t, s, page(2, again, row("30", 2, punte.Owed), row("40", 2, punte.Owed)))
		want = []store.Differing{{Key: "K-10", Total: "2.00 RON"}}
		if diff := cmp.Diff(want, differing("c1")); diff != "" {
			t.Errorf("Differing of changed orders (-want +got):\n%s", diff)
		}
	})
}

func TestFailuresCountForAnHourOrUntilItGoesWell(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		wantFailures := func(work string, now, want int) {
			t.Helper()
			if got, err := s.Failures(ctx, "c1", work, minutes(now)); got != want || err != nil {
				t.Errorf("Failures(%s) at %d = %d, %v; want %d", work, now, got, err, want)
			}
		}
		must(t, "NoteFailure", s.NoteFailure(ctx, "c1", "pull", minutes(0)))
		must(t, "NoteFailure", s.NoteFailure(ctx, "c1", "pull", minutes(10)))
		must(t, "NoteFailure", s.NoteFailure(ctx, "c1", "push", minutes(10)))
		wantFailures("pull", 59, 2)
		wantFailures("pull", 60, 1)
		must(t, "ForgetFailures", s.ForgetFailures(ctx, "c1", "pull", minutes(61)))
		wantFailures("pull", 61, 0)
		wantFailures("push", 61, 1)
	})
}

func TestTheOldestOrderIsOwedFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		save(t, s, page(1, row("30", 1, punte.Owed), row("10", 1, punte.Owed), row("20", 1, punte.Owed)))
		got, err := s.Owed(context.Background(), "c1", noon, 2)
		must(t, "Owed", err)
		if len(got) != 2 || got[0].Ref != "10" || got[1].Ref != "20" || got[0].CardOrders != 3 {
			t.Errorf("Owed = %+v; want orders 10 and 20 of a card with three", got)
		}
		held, err := s.Held(context.Background(), "c1")
		if len(held) != 0 || err != nil {
			t.Errorf("Held = %d, %v; want none", len(held), err)
		}
	})
}
