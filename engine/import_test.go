package engine_test

import (
	"net/http"
	"testing"
	"time"

	"punte/store"
	"punte/store/storetest"
	"punte/unas/unassim"
)

// spendPast takes all calls that the past may have for an hour.
func (w *world) spendPast() {
	w.t.Helper()
	saved, err := w.store.Connection(w.t.Context(), w.id)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, scope := range []string{":list:getOrder:besides", ":list:getOrder"} {
		for range 22 {
			b := store.Budget{Scope: "unas:" + saved.Shop + scope, Limit: 28, Window: time.Hour}
			if _, ok, err := w.store.Reserve(w.t.Context(), w.clock.Now(), b); err != nil || !ok {
				w.t.Fatalf("Reserve = %t, %v", ok, err)
			}
		}
	}
}

// importGoesOn says whether the past is still being read.
func (w *world) importGoesOn() bool {
	w.t.Helper()
	p, ok, err := w.engine.Importing(w.t.Context(), w.id)
	if err != nil {
		w.t.Fatal(err)
	}
	return ok && p.Ended.IsZero()
}

func TestANewOrderDoesNotWaitForTheFirstImport(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{orders: 40, limited: true})
		w.spendPast()
		w.begin(false)
		w.runFor(time.Minute)
		w.place(sale{id: 901, number: 1})
		w.runFor(11 * time.Minute)
		if _, ok := w.order(901); !ok {
			t.Error("a new order is not in MiniCRM 11 minutes after it was placed")
		}
		if !w.importGoesOn() || len(w.crm.Orders()) != 1 {
			t.Errorf("%d orders are in MiniCRM; want the import to wait for its calls", len(w.crm.Orders()))
		}
		w.runFor(time.Hour)
		if w.importGoesOn() {
			t.Error("the import did not end")
		}
		w.checkAgreement()
	})
}

// A run that ends by itself reads the past that another one left, all of it.
func TestARunThatEndsReadsTheRestOfThePast(t *testing.T) {
	w := newWorld(t, storetest.SQLite, options{orders: 40, limited: true})
	w.spendPast()
	w.begin(false)
	w.runFor(time.Minute)
	w.place(sale{id: 901, number: 1})
	if !w.importGoesOn() {
		t.Fatal("the import ended before it could")
	}
	if run := w.once(); !run.Report.Read {
		t.Errorf("the run ended with %+v; want everything read", run.Report)
	}
	w.checkAgreement()
	if w.importGoesOn() {
		t.Error("the import goes on after a run that read everything")
	}
}

// A store that knows one way of reading only is somewhere in its first import, or up
// to date.
func TestAStoreOfOneCursorGoesOnRight(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, tt := range []struct {
			name   string
			cursor time.Duration // before the beginning
			past   bool
		}{{"in its import", 61 * 24 * time.Hour, true}, {"up to date", time.Hour, false}} {
			t.Run(tt.name, func(t *testing.T) {
				w := newWorld(t, kind, options{limited: true})
				if err := w.store.SetCursor(t.Context(), w.id, "orders", w.clock.Now().Add(-tt.cursor)); err != nil {
					t.Fatal(err)
				}
				if tt.past {
					w.shop.Generate(7, 40, 20)
				}
				w.place(sale{id: 901, number: 1})
				w.begin(false)
				w.runFor(time.Hour)
				w.checkAgreement()
				if _, ok, err := w.engine.Importing(t.Context(), w.id); ok != tt.past || err != nil {
					t.Errorf("Importing = %t, %v; want %t", ok, err, tt.past)
				}
			})
		}
	})
}

// dieAtCall begins a process that ends at its n-th call, before it leaves or when its
// answer comes, and starts the next one.
func (w *world) dieAtCall(n int, after bool) {
	w.t.Helper()
	calls := 0
	hook := func(*http.Request) error {
		if calls++; calls != n {
			return nil
		}
		w.kill()
		return errKilled
	}
	if after {
		w.net.after = hook
	} else {
		w.net.before = hook
	}
	defer func() {
		w.net.before, w.net.after = nil, nil
		w.restart()
	}()
	if _, err := w.engine.Begin(w.t.Context(), w.id, false); err != nil {
		w.t.Fatal(err)
	}
	for calls < n {
		due, err := w.step(w.t.Context())
		if err != nil {
			return
		}
		w.clock.Advance(max(due.Sub(w.clock.Now()), time.Millisecond))
	}
}

// The process ends after every few calls, wherever it is.
func TestAnImportThatIsKilledLosesNothing(t *testing.T) {
	long(t)
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{orders: 620, limited: true, shop: unassim.Options{Limits: true, Plan: unassim.PlanVIP}})
		for i := range 12 {
			w.dieAtCall(1+i%5, i%2 == 0)
			w.place(sale{id: 901 + i, number: 1 + i})
			w.clock.Advance(3 * time.Minute)
		}
		w.begin(false)
		w.runFor(2 * time.Hour)
		w.checkAgreement()
		if got := stats[shopStats](t, w.shop); len(got.Bans) > 0 {
			t.Errorf("the shop banned: %+v", got)
		}
	})
}

// A machine whose clock is wrong sees the shop's clock with the first answer only.
func TestAWrongClockHidesNothingFromTheImport(t *testing.T) {
	for name, ahead := range map[string]time.Duration{"ahead": -90 * time.Minute, "behind": 90 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, storetest.SQLite, options{orders: 30, limited: true})
			w.shop.Advance(ahead)
			w.begin(false)
			for i := range 40 { // over more than one poll of an import
				w.place(sale{id: 901 + i, number: 1 + i, placed: w.shop.Now()})
				w.runFor(time.Minute)
			}
			w.runFor(2 * time.Hour)
			w.checkAgreement()
		})
	}
}

// After a week of standing still what is new does not wait for what was missed.
func TestALongStandStillIsReadBesideWhatIsNew(t *testing.T) {
	w := newWorld(t, storetest.SQLite, options{limited: true})
	w.begin(false)
	w.place(sale{id: 901, number: 1})
	w.runFor(10 * time.Minute)
	w.clock.Advance(3 * 24 * time.Hour)
	w.place(sale{id: 902, number: 2})
	w.clock.Advance(4 * 24 * time.Hour)
	w.spendPast()
	w.place(sale{id: 903, number: 3})
	w.runFor(11 * time.Minute)
	if _, ok := w.order(903); !ok {
		t.Error("a new order waits for the week that was missed")
	}
	if _, ok := w.order(902); ok {
		t.Error("what was missed came before its calls were free")
	}
	w.runFor(time.Hour)
	w.checkAgreement()
}

// What is left is told by the calls that the budgets leave.
func TestTheProgressOfAnImport(t *testing.T) {
	long(t)
	w := newWorld(t, storetest.SQLite, options{orders: 2600, limited: true})
	saved, err := w.store.Connection(t.Context(), w.id)
	if err != nil {
		t.Fatal(err)
	}
	for range 19 { // three calls are left for this hour
		b := store.Budget{Scope: "unas:" + saved.Shop + ":list:getOrder:besides", Limit: 22, Window: time.Hour}
		if _, ok, err := w.store.Reserve(t.Context(), w.clock.Now(), b); err != nil || !ok {
			t.Fatalf("Reserve = %t, %v", ok, err)
		}
	}
	w.begin(false)
	w.runFor(2 * time.Minute)
	p, ok, err := w.engine.Importing(t.Context(), w.id)
	if err != nil || !ok || p.Calls != 3 || p.PerHour != 22 || p.Orders < 1400 || p.Orders > 1500 || !p.Ended.IsZero() {
		t.Fatalf("Importing = %+v, %t, %v; want three calls and nearly 1,500 orders", p, ok, err)
	}
	if p.Left < time.Minute || p.Left > time.Hour {
		t.Errorf("%s are left; want what a few calls of 22 an hour take", p.Left)
	}
	w.runFor(90 * time.Minute)
	if p, _, err = w.engine.Importing(t.Context(), w.id); err != nil || p.Ended.IsZero() || p.Left != 0 {
		t.Errorf("Importing = %+v, %v; want it ended", p, err)
	}
	w.checkAgreement()
}
