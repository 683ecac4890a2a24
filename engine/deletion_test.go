package engine_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"punte"
	"punte/store"
	"punte/store/storetest"
	"punte/unas/unassim"
)

// evening is when the tests of the night begin: nine in the evening in Budapest.
var evening = time.Date(2026, 6, 10, 19, 0, 0, 0, time.UTC)

// vanish deletes an order in the shop without a trace.
func (w *world) vanish(key string) {
	w.t.Helper()
	recorder := httptest.NewRecorder()
	w.shop.ServeHTTP(recorder, httptest.NewRequest(http.MethodDelete, "/_sim/orders/"+key, nil))
	if recorder.Code >= 300 {
		w.t.Fatalf("DELETE %s: %d %s", key, recorder.Code, recorder.Body)
	}
}

// until lets the engine work until then, asking the shop no more often than a real
// connection does.
func (w *world) until(then time.Time) {
	w.t.Helper()
	w.runFor(then.Sub(w.clock.Now()))
}

// nightly is a world with orders of the days before, all of them confirmed, at nine in
// the evening. It is limited: the budgets are kept.
func nightly(t *testing.T, kind string, orders int, o options) *world {
	t.Helper()
	o.limited = true
	w := newWorld(t, kind, o)
	w.clock.Advance(evening.Sub(w.clock.Now()))
	var batch []sale
	for n := range orders {
		batch = append(batch, sale{id: 5000 + n, number: 5000 + n, placed: evening.Add(-time.Duration(n%20)*24*time.Hour - 5*time.Hour)})
	}
	w.place(batch...)
	w.begin(false)
	w.runFor(30 * time.Minute)
	if r := w.standing(); r.Confirmed != orders {
		t.Fatalf("standing = %+v; want %d confirmed", r, orders)
	}
	return w
}

// alerts are the codes of the connection's alerts.
func (w *world) alerts() string {
	w.t.Helper()
	list, err := w.store.Alerts(w.t.Context(), w.id)
	if err != nil {
		w.t.Fatal(err)
	}
	codes := []string{}
	for _, a := range list {
		codes = append(codes, a.Code)
	}
	return strings.Join(codes, " ")
}

// state is that of an order in MiniCRM.
func (w *world) state(id int64) string {
	got, ok := w.order(id)
	if !ok {
		return "none"
	}
	return got.Status
}

var sixOClock = time.Date(2026, 6, 11, 4, 0, 0, 0, time.UTC) // in Budapest

func TestADeletedOrderFailsInTheNight(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, setting := range []string{"fail", "keep"} {
			t.Run(setting, func(t *testing.T) {
				w := nightly(t, kind, 60, options{change: func(d map[string]any) { d["deleted_orders"] = setting }})
				w.vanish("71823-5001") // placed the day before
				w.vanish("71823-5002")
				documents := w.documents()
				w.until(sixOClock.Add(10 * time.Minute))
				want := map[string]string{"fail": "Failed", "keep": "Issued"}[setting]
				for _, id := range []int64{5001, 5002} {
					if got := w.state(id); got != want {
						t.Errorf("order %d is %s in MiniCRM, want %s", id, got, want)
					}
				}
				if setting == "keep" && w.documents() != documents {
					t.Errorf("%d documents were sent; want none", w.documents()-documents)
				}
				if got := w.state(5003); got != "Issued" {
					t.Errorf("order 5003 is %s; want Issued", got)
				}
				if r := w.standing(); r.Deleted != 2 || r.Confirmed != 60 || r.Held+r.Parked+r.Left != 0 {
					t.Errorf("standing = %+v; want 2 deleted, 60 confirmed", r)
				}
				if w.alerts() != "" {
					t.Errorf("alerts: %s; want none", w.alerts())
				}
				documents = w.documents()
				w.clock.Advance(16 * time.Hour)
				w.until(sixOClock.Add(24 * time.Hour))
				if w.documents() != documents {
					t.Errorf("%d documents in the day and night after; want none", w.documents()-documents)
				}
			})
		}
	})
}

func TestAnOrderThatComesBackLivesAgain(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, setting := range []string{"fail", "keep"} {
			t.Run(setting, func(t *testing.T) {
				w := nightly(t, kind, 20, options{change: func(d map[string]any) { d["deleted_orders"] = setting }})
				w.vanish("71823-5001")
				w.until(sixOClock)
				if d := w.duty("5001"); d.Duty.Deleted.IsZero() {
					t.Fatalf("duty = %+v; want deleted", d.Duty)
				}
				w.place(sale{id: 5001, number: 5001, placed: evening.Add(-29 * time.Hour)})
				w.runFor(20 * time.Minute)
				if d := w.duty("5001"); !d.Duty.Deleted.IsZero() || d.Duty.State != punte.Confirmed {
					t.Errorf("duty = %+v; want it to live, confirmed", d.Duty)
				}
				w.checkAgreement()
			})
		}
	})
}

func TestAnOrderThatWasNeverSentSimplyEnds(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := nightly(t, kind, 20, options{change: func(d map[string]any) {
			delete(d["status_map"].(map[string]any), strings.Split(statusDone, "|")[1])
		}})
		w.place(sale{id: 6001, number: 6001, placed: evening.Add(-30 * time.Hour), status: statusDone},
			sale{id: 6002, number: 6002, placed: evening.Add(-31 * time.Hour), country: "xx", extra: "<VatCountryCode></VatCountryCode>", currency: "Ft"})
		w.runFor(10 * time.Minute)
		if r := w.standing(); r.Held != 1 || r.Parked != 1 {
			t.Fatalf("standing = %+v; want one held and one parked", r)
		}
		w.vanish("71823-6001")
		w.vanish("71823-6002")
		documents := w.documents()
		w.until(sixOClock)
		if r := w.standing(); r.Held+r.Parked+r.Left != 0 || r.Deleted != 2 {
			t.Errorf("standing = %+v; want both deleted and nothing else", r)
		}
		if w.documents() != documents {
			t.Errorf("%d documents were sent; want none", w.documents()-documents)
		}
		w.once() // which decides anew about what is held
		if w.state(6001) != "none" || w.state(6002) != "none" {
			t.Errorf("MiniCRM has orders that were never sent: %s, %s", w.state(6001), w.state(6002))
		}
	})
}

func TestAKeyThatIsGivenOutAgainMeansDeleted(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := nightly(t, kind, 20, options{})
		w.vanish("71823-5003")
		w.place(sale{id: 9003, number: 5003, quantity: "5"})
		w.runFor(15 * time.Minute) // by day, without any listing
		if got := w.state(5003); got != "Failed" {
			t.Errorf("the deleted order is %s, want Failed", got)
		}
		if got := w.state(9003); got != "Issued" {
			t.Errorf("the order that has its key now is %s, want Issued", got)
		}
		if n := len(w.open()); n != 0 {
			t.Errorf("%d questions are left, want none", n)
		}
	})
}

// open are the questions of the next days.
func (w *world) open() []store.Question {
	w.t.Helper()
	list, err := w.store.Questions(w.t.Context(), w.id, w.clock.Now().Add(48*time.Hour), 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

func TestTheSourcesOfAMergeFailAtOnce(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := nightly(t, kind, 20, options{})
		w.vanish("71823-5004")
		w.vanish("71823-5005")
		w.place(sale{id: 9004, number: 9004, quantity: "4", extra: "<Info><MergedFrom><Key>71823-5004</Key><Key>71823-5005</Key><Key>71823-1</Key></MergedFrom></Info>"})
		// A split leaves the order it was made from in the shop.
		w.place(sale{id: 5006, number: 5006, placed: evening.Add(-149 * time.Hour), quantity: "1", extra: "<Info><SeparatedTo><Key>71823-9006</Key></SeparatedTo></Info>"},
			sale{id: 9006, number: 9006, quantity: "1", extra: "<Info><SeparatedFrom><Key>71823-5006</Key></SeparatedFrom></Info>"})
		w.runFor(15 * time.Minute)
		for id, want := range map[int64]string{5004: "Failed", 5005: "Failed", 9004: "Issued", 5006: "Issued", 9006: "Issued"} {
			if got := w.state(id); got != want {
				t.Errorf("order %d is %s, want %s", id, got, want)
			}
		}
		living := 0.0
		for _, o := range w.crm.Orders() {
			if o.Status != "Failed" {
				var amount float64
				if _, err := fmt.Sscan(o.Amount, &amount); err != nil {
					t.Fatal(err)
				}
				living += amount
			}
		}
		shop := 0.0
		for _, o := range w.shop.Orders() {
			var amount float64
			if _, err := fmt.Sscan(o.SumPriceGross, &amount); err != nil {
				t.Fatal(err)
			}
			shop += amount
		}
		if living != shop {
			t.Errorf("MiniCRM's living orders are %v together, the shop's %v", living, shop)
		}
	})
}

func TestManyDeletionsAtOnceWaitForAPerson(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := nightly(t, kind, 60, options{})
		for n := 1; n <= 25; n++ {
			w.vanish(fmt.Sprintf("71823-%d", 5000+n))
		}
		documents := w.documents()
		w.until(sixOClock.Add(3 * time.Hour))
		if w.documents() != documents {
			t.Errorf("%d documents were sent; want none before a person agrees", w.documents()-documents)
		}
		if w.alerts() != store.AlertDeletions {
			t.Errorf("alerts: %q; want %s", w.alerts(), store.AlertDeletions)
		}
		list, err := w.engine.Attention(t.Context(), w.id)
		if err != nil || len(list) != 1 || list[0].Code != store.AlertDeletions {
			t.Errorf("Attention = %+v, %v; want the alert", list, err)
		}
		if l := w.lives("71823-5001")[0]; !l.Asks || l.Missing.IsZero() || !strings.Contains(l.Next, "--accept-deletions") || strings.Contains(kinds(l), "deleted") {
			t.Errorf("life of an order that waits for a person = %+v; want since when it is missing and what to do", l)
		}
		w.restart() // the brake outlives the process
		w.begin(false)
		w.runFor(time.Hour)
		if w.documents() != documents {
			t.Errorf("%d documents were sent after a restart", w.documents()-documents)
		}
		n, err := w.engine.AcceptDeletions(t.Context(), w.id)
		if err != nil || n != 25 {
			t.Errorf("AcceptDeletions = %d, %v; want 25", n, err)
		}
		w.runFor(20 * time.Minute)
		failed := 0
		for _, o := range w.crm.Orders() {
			if o.Status == "Failed" {
				failed++
			}
		}
		l := w.lives("71823-5001")[0]
		if l.Asks || !l.Missing.IsZero() || l.Deleted.IsZero() || !strings.HasSuffix(kinds(l), "deleted sent confirmed") || !strings.Contains(l.Next, "shows it again") {
			t.Errorf("life of a deleted order = %s %+v; want when it was deleted, and that nothing more comes", kinds(l), l)
		}
		if failed != 25 || w.alerts() != "" {
			t.Errorf("%d orders failed, alerts %q; want 25 and none", failed, w.alerts())
		}
	})
}

// A night in which the shop does not tell what it has must not look like one in which it
// lost everything.
func TestAShopThatShowsNothingHasDeletedNothing(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for name, spoil := range map[string]func(w *world, r *http.Request) (string, int){
			"empty lists": func(*world, *http.Request) (string, int) { return `<?xml version="1.0"?><Orders></Orders>`, 200 },
			"errors": func(*world, *http.Request) (string, int) {
				return `<?xml version="1.0"?><Error>Something else</Error>`, 400
			},
			"cut": func(*world, *http.Request) (string, int) {
				return `<?xml version="1.0"?><Orders><Order><Key>1</Key>`, 200
			},
			"another shop's": func(w *world, _ *http.Request) (string, int) {
				return "<Orders>" + sale{id: 777777, number: 777777, key: "999-1", placed: evening.Add(-time.Hour * 24)}.xml(w.clock.Now()) + "</Orders>", 200
			},
		} {
			if kind == storetest.Postgres && (name == "errors" || name == "cut") {
				continue // of what can't be read nothing comes to any database
			}
			t.Run(name, func(t *testing.T) {
				w := nightly(t, kind, 12, options{})
				usual := w.net.hosts[shopHost]
				w.net.hosts[shopHost] = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					if !strings.HasSuffix(r.URL.Path, "/getOrder") {
						usual.ServeHTTP(rw, r)
						return
					}
					text, code := spoil(w, r)
					rw.Header().Set("Date", w.clock.Now().UTC().Format(http.TimeFormat))
					rw.WriteHeader(code)
					_, _ = rw.Write([]byte(text))
				})
				w.until(sixOClock.Add(10 * time.Minute))
				if r := w.standing(); r.Deleted != 0 {
					t.Errorf("standing = %+v; want nothing deleted", r)
				}
				for _, o := range w.crm.Orders() {
					if o.Status != "Issued" {
						t.Errorf("order %d is %s", o.ExternalID, o.Status)
					}
				}
				w.net.hosts[shopHost] = usual
				w.clock.Advance(16 * time.Hour)
				w.until(sixOClock.Add(24 * time.Hour))
				for _, o := range w.crm.Orders() {
					if o.Status != "Issued" && o.ExternalID != 777777 { // which really is not there
						t.Errorf("after the next night order %d is %s", o.ExternalID, o.Status)
					}
				}
				if n := len(w.open()); n != 0 {
					t.Errorf("%d questions are left, want none", n)
				}
			})
		}
	})
}

func TestAnOrderThatNoPollBroughtIsFoundInTheNight(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := nightly(t, kind, 12, options{})
		// A clock that was wrong stamped it long ago: no window of changes shows it.
		w.clock.Advance(-90 * 24 * time.Hour)
		w.place(sale{id: 8001, number: 8001, placed: evening.Add(-50 * time.Hour)})
		w.clock.Advance(90 * 24 * time.Hour)
		w.runFor(time.Hour)
		if w.state(8001) != "none" {
			t.Fatal("a poll brought the order")
		}
		w.until(sixOClock)
		if got := w.state(8001); got != "Issued" {
			t.Errorf("the order is %s in MiniCRM, want Issued", got)
		}
	})
}

func TestPollsAreNeverLateBecauseOfTheNight(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, plan := range []string{unassim.PlanPremium, unassim.PlanVIP} {
			if kind == storetest.Postgres && plan == unassim.PlanVIP {
				continue // the clock tells when to poll, not the database: the many polls of this plan once
			}
			t.Run(plan, func(t *testing.T) {
				w := nightly(t, kind, 12, options{shop: unassim.Options{Plan: plan, Limits: true}})
				var polls []time.Time
				days := 0
				w.net.before = func(r *http.Request) error {
					if r.URL.Host != shopHost || !strings.HasSuffix(r.URL.Path, "/getOrder") {
						return nil
					}
					body := bodyOf(t, r)
					switch {
					case strings.Contains(body, "<TimeModStart>"):
						polls = append(polls, w.clock.Now())
					case strings.Contains(body, "<TimeStart>"):
						days++
					}
					return nil
				}
				w.until(sixOClock)
				longest := time.Duration(0)
				for i := 1; i < len(polls); i++ {
					longest = max(longest, polls[i].Sub(polls[i-1]))
				}
				if days < 8 || longest > 6*time.Minute {
					t.Errorf("%d calls read days, the longest time between two polls was %v; want more than 8, and at most 6m", days, longest)
				}
				t.Logf("%d calls read days, %d polls, at most %v apart", days, len(polls), longest)
				if !strings.Contains(w.said.String(), "ban") {
					return
				}
				t.Errorf("said: %s", w.said.String())
			})
		}
	})
}

func TestABanInTheMiddleOfTheNightDeletesNothing(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := nightly(t, kind, 60, options{})
		w.vanish("71823-5001")
		w.until(time.Date(2026, 6, 10, 22, 30, 0, 0, time.UTC))
		w.control(w.shop, "/_sim/faults", `{"endpoint":"getOrder","kind":"ban","times":1}`)
		w.until(sixOClock.Add(10 * time.Minute))
		w.clock.Advance(16 * time.Hour)
		w.until(sixOClock.Add(24 * time.Hour))
		if r := w.standing(); r.Deleted != 1 || r.Confirmed != 60 {
			t.Errorf("standing = %+v; want the one order deleted", r)
		}
	})
}

// bodyOf reads a request's body and leaves it to be read again.
func bodyOf(t *testing.T, r *http.Request) string {
	t.Helper()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(text))
	return string(text)
}
