package engine_test

import (
	"testing"
	"time"

	"punte"
	"punte/store/storetest"
)

// waits makes an order that MiniCRM was found not to take.
func (w *world) waits() {
	w.t.Helper()
	w.saved("status.paid=refused")
	w.place(sale{id: 901, number: 1, status: statusDone}, sale{id: 902, number: 2})
	w.begin(false)
	w.runFor(10 * time.Minute)
	if d := w.duty("901").Duty; d.State != punte.Parked || d.Problem.Code != punte.ProblemCannot {
		w.t.Fatalf("order 901 is %s, %+v; want it parked", d.State, d.Problem)
	}
}

// goes fails the test unless the order arrives soon.
func (w *world) goes(state string) {
	w.t.Helper()
	w.runFor(10 * time.Minute)
	o, _ := w.order(901)
	if d := w.duty("901").Duty; d.State != punte.Confirmed || o.Status != state {
		w.t.Errorf("order 901 is %s and shows %q; want it confirmed as %s", d.State, o.Status, state)
	}
}

func TestAnOrderThatMiniCRMCouldNotTakeGoesByANewFinding(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{limited: true, change: mapTo(&statusDone, "Paid")})
		w.waits()
		events, err := w.store.Events(t.Context(), w.id, "901")
		if err != nil {
			t.Fatal(err)
		}
		w.runFor(5 * time.Hour)
		after, err := w.store.Events(t.Context(), w.id, "901")
		if err != nil || len(after) != len(events) {
			t.Errorf("%d events, then %d (%v); want nothing to happen while nothing changes", len(events), len(after), err)
		}
		w.saved("status.paid=taken")
		w.runFor(time.Hour)
		w.goes("Paid")
	})
}

func TestAnOrderThatMiniCRMCouldNotTakeGoesByANewSetting(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{limited: true, change: mapTo(&statusDone, "Paid")})
		w.waits()
		mapTo(&statusDone, "Completed")(w.document)
		w.register()
		w.goes("Completed")
	})
}

// A run that ends by itself looks at them once and does not wait.
func TestARunThatEndsReleasesWhatMiniCRMTakesNow(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: mapTo(&statusDone, "Paid")})
		w.saved("status.paid=refused")
		w.place(sale{id: 901, number: 1, status: statusDone})
		w.once()
		if run := w.once(); run.Ended.Sub(run.Started) > time.Minute {
			t.Errorf("the run took %s; want it not to wait", run.Ended.Sub(run.Started))
		}
		w.clock.Advance(time.Minute)
		w.saved("status.paid=taken")
		w.once()
		if d := w.duty("901").Duty; d.State != punte.Confirmed {
			t.Errorf("order 901 is %s; want it confirmed", d.State)
		}
	})
}

// Drafts that were given up are looked for again after a probe.
func TestAProbeLetsDraftsBeLookedForAgain(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: asDraft})
		w.place(sale{id: 901, number: 1, email: "x@example.com"}, sale{id: 902, number: 1, email: "x@example.com"})
		w.once()
		w.ended("901", punte.Unlisted, 1)
		s := w.crm.Switches()
		s.OrderReferences = true
		if err := w.crm.SetSwitches(s); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Minute)
		w.saved("reference.orders=yes")
		w.place(sale{id: 903, number: 3})
		w.once()
		w.ended("901", punte.Confirmed, 2)
		w.ended("902", punte.Confirmed, 2)
	})
}
