package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"punte"
	"punte/store"
	"punte/store/storetest"
)

// life is what happened to an order, a line each, without times.
func life(t *testing.T, s *store.Store, ref string) []string {
	t.Helper()
	events, err := s.Events(context.Background(), "c1", ref)
	must(t, "Events", err)
	lines := []string{}
	for _, e := range events {
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%s %d %s %s|%s", e.Kind, e.Version, e.State, e.Document, e.Text), "|"))
	}
	return lines
}

// TestALifeIsToldInTheTransactionsOfWhatHappens goes through all that can happen.
func TestALifeIsToldInTheTransactionsOfWhatHappens(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		addConnection(t, s, "c1")
		unmapped := row("1", 1, punte.Held)
		unmapped.Problem = punte.Problem{Code: punte.ProblemUnmapped, Field: "Status", Reason: "no pair"}
		save(t, s, page(1, unmapped))
		save(t, s, page(2, unmapped)) // equal: nothing happened
		must(t, "Redecide", s.Redecide(ctx, "c1", "1", punte.Owed, punte.Problem{}, noon))
		offer(t, s, "d1", "1")
		must(t, "DropDocument", s.DropDocument(ctx, "d1", noon, noon))
		must(t, "DropDocument again", notConflict(s.DropDocument(ctx, "d1", noon, noon)))
		send(t, s, "d2", "1")
		missed := store.Outcome{Ref: "1", Version: 1, State: punte.Owed, Due: noon, Rounds: 1, Problem: punte.Problem{Code: punte.ProblemRefused, Reason: "not shown"}}
		settle(t, s, missed)
		settle(t, s, missed) // it is not in flight any more
		send(t, s, "d3", "1")
		settle(t, s, store.Outcome{Ref: "1", Version: 1, State: punte.Confirmed, CRMID: 9, CRMCard: 8, Differs: "shop 1, MiniCRM 2"})
		for range 2 { // the second time it is known
			marked, err := s.MarkChanged(ctx, "c1", []store.Change{{Ref: "1", Version: 1, Text: "status Paid"}}, noon)
			must(t, "MarkChanged", err)
			if marked > 1 {
				t.Errorf("MarkChanged = %d; want at most 1", marked)
			}
		}
		next := row("1", 2, punte.Owed)
		next.Order.Status.Name = "Done"
		save(t, s, page(3, next))
		if marked, err := s.MarkChanged(ctx, "c1", []store.Change{{Ref: "1", Version: 1}}, noon); marked != 0 || err != nil {
			t.Errorf("MarkChanged of an order that is owed = %d, %v; want 0", marked, err)
		}
		must(t, "Park", s.Park(ctx, "c1", "1", punte.Problem{Code: punte.ProblemField, Field: "Vat", Reason: "odd"}, noon))
		must(t, "Park again", s.Park(ctx, "c1", "1", punte.Problem{Code: punte.ProblemField}, noon))
		want := []string{
			"seen 1 held |status New, total 119.9 RON; Status: no pair",
			"decided 0 owed ",
			"sent 1 sent d1", "returned 1 owed d1",
			"sent 1 sent d2", "missed 1 owed |not shown",
			"sent 1 sent d3", "confirmed 1 confirmed |shop 1, MiniCRM 2",
			"changed 1  |status Paid",
			"seen 2 owed |status New -> Done; buyer",
			"decided 0 parked |Vat: odd",
		}
		if diff := cmp.Diff(want, life(t, s, "1")); diff != "" {
			t.Errorf("life (-want +got):\n%s", diff)
		}
	})
}

// offer makes a document that nobody takes.
func offer(t *testing.T, s *store.Store, id, ref string) {
	t.Helper()
	d := store.Document{ID: id, Connection: "c1", SecretHash: "hash-" + id, Delivery: "pull", Expires: minutes(360), Orders: 1, Body: []byte("<Projects/>")}
	_, err := s.MakeDocument(context.Background(), d, []store.Handover{handover(ref)}, noon)
	must(t, "MakeDocument", err)
}

func notConflict(err error) error {
	if punte.ErrorCode(err) == punte.Conflict {
		return nil
	}
	return err
}

// TestALifeIsBounded: an order that is sent for years keeps its newest events.
func TestALifeIsBounded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		save(t, s, page(1, row("1", 1, punte.Owed), row("2", 1, punte.Owed)))
		for i := range 60 {
			send(t, s, fmt.Sprint("d", i), "1")
			settle(t, s, store.Outcome{Ref: "1", Version: 1, State: punte.Owed, Due: noon, Problem: punte.Problem{Reason: strings.Repeat("ő", 5000)}})
		}
		events, err := s.Events(context.Background(), "c1", "1")
		must(t, "Events", err)
		if len(events) != 100 || events[len(events)-2].Document != "d59" {
			t.Errorf("%d events, the last document %s; want 100 and d59", len(events), events[len(events)-2].Document)
		}
		if text := events[len(events)-1].Text; len(text) > 1100 || strings.ContainsRune(text, '\uFFFD') {
			t.Errorf("a text of %d bytes was kept; want about 1000, whole characters", len(text))
		}
		if got := life(t, s, "2"); len(got) != 1 {
			t.Errorf("the other order has %q; want its one event", got)
		}
	})
}

// TestWhatIsOldIsSwept, and what is new, or needed, stays.
func TestWhatIsOldIsSwept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		var rows []store.OrderRow
		for i := range 450 {
			rows = append(rows, row(fmt.Sprint(1000+i), 1, punte.Owed))
		}
		save(t, s, page(1, rows...))
		late := page(2, row("1449", 2, punte.Owed))
		late.Now = minutes(100)
		save(t, s, late)
		before := minutes(50)

		events := 0
		after := ""
		for rounds := 0; ; rounds++ {
			next, err := s.DropEvents(ctx, "c1", after, before)
			must(t, "DropEvents", err)
			if next == "" {
				break
			}
			if after = next; rounds > 10 {
				t.Fatal("DropEvents does not end")
			}
		}
		for _, r := range rows {
			events += len(life(t, s, r.Ref))
		}
		if events != 2 {
			t.Errorf("%d events are left; want the 2 of the order that changed lately", events)
		}

		raw, rounds := 0, 0
		for more := true; more; rounds++ {
			n, again, err := s.DropRaw(ctx, "c1", before)
			must(t, "DropRaw", err)
			raw, more = raw+n, again
		}
		if raw != 449 || rounds < 2 {
			t.Errorf("DropRaw removed %d in %d pieces; want 449 in several", raw, rounds)
		}
		if o := order(t, s, "1449"); o.Raw == nil {
			t.Error("the XML read lately is gone")
		}
		if o := order(t, s, "1000"); o.Duty.State != punte.Owed || !o.Readable {
			t.Errorf("the order itself = %+v; want it as it was", o.Duty)
		}
	})
}

// TestTheDocumentsThatTellThePaceStay when old documents go, without what they held.
func TestTheDocumentsThatTellThePaceStay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		save(t, s, page(1, row("1", 1, punte.Owed)))
		for i := range 25 {
			id := fmt.Sprintf("d%02d", i)
			send(t, s, id, "1")
			must(t, "MarkTaken", s.MarkTaken(ctx, id, noon, minutes(i)))
			must(t, "MarkShown", s.MarkShown(ctx, id, minutes(i+1)))
			settle(t, s, store.Outcome{Ref: "1", Version: 1, State: punte.Owed, Due: noon})
			must(t, "EndDocument", s.EndDocument(ctx, id, minutes(i+1)))
		}
		send(t, s, "open", "1")
		for i := range 3 {
			must(t, "SaveRun", s.SaveRun(ctx, store.Run{ID: fmt.Sprint("r", i), Connection: "c1", Kind: "once", Started: minutes(i)}))
		}
		more, err := s.DropDocuments(ctx, "c1", minutes(100000))
		if more || err != nil {
			t.Fatalf("DropDocuments = %t, %v; want no more", more, err)
		}
		times, err := s.ProcessingTimes(ctx, "c1", 100)
		if len(times) != 20 || err != nil {
			t.Errorf("ProcessingTimes = %v, %v; want 20 of them", times, err)
		}
		var bodies []string
		for d, err := range s.Bodies(ctx, "c1") {
			must(t, "Bodies", err)
			bodies = append(bodies, d.ID)
		}
		if !slices.Equal(bodies, []string{"open"}) {
			t.Errorf("documents with a body = %q; want the one in flight", bodies)
		}
		runs, err := s.Runs(ctx, "c1", 10)
		if len(runs) != 1 || runs[0].ID != "r2" || err != nil {
			t.Errorf("Runs = %+v, %v; want the last one", runs, err)
		}
	})
}

// TestOldCallsGo: those of services that nobody calls any more.
func TestOldCallsGo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		budget := store.Budget{Scope: "gone", Limit: 5, Window: time.Hour}
		if _, ok, err := s.Reserve(context.Background(), noon, budget); !ok || err != nil {
			t.Fatalf("Reserve = %t, %v", ok, err)
		}
		must(t, "DropCalls", s.DropCalls(context.Background(), noon))
		if n, err := s.Spent(context.Background(), noon, budget); n != 1 || err != nil {
			t.Errorf("Spent = %d, %v; want the call of just now", n, err)
		}
		must(t, "DropCalls", s.DropCalls(context.Background(), noon.Add(time.Second)))
		if n, err := s.Spent(context.Background(), noon, budget); n != 0 || err != nil {
			t.Errorf("Spent = %d, %v; want none", n, err)
		}
	})
}
