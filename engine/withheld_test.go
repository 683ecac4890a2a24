package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"punte"
	"punte/minicrm/minicrmsim"
	"punte/store/storetest"
)

func TestAPairReleasesTheStatusOfAnOrderThatMiniCRMShowsAlready(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, flight := range []bool{false, true} {
			t.Run(fmt.Sprintf("in flight %t", flight), func(t *testing.T) {
				w := newWorld(t, kind, options{change: func(d map[string]any) {
					_, name, _ := strings.Cut(statusDone, "|")
					delete(d["status_map"].(map[string]any), name)
				}})
				w.place(sale{id: 901, number: 1}, sale{id: 902, number: 2})
				w.begin(false)
				w.runFor(time.Minute)
				w.place(sale{id: 901, number: 1, status: statusDone, quantity: "3"}, sale{id: 902, number: 2, status: statusDone})
				if flight {
					w.crmFault("Order/List", "500", 2)
				}
				for w.duty("901").Duty.Sent < 2 {
					w.runFor(time.Second)
				}
				if flight && w.duty("901").Duty.State != punte.Sent {
					t.Fatal("the order is not in flight")
				}
				if !flight {
					w.runFor(time.Minute)
					if o, _ := w.order(901); o.Status != "Issued" || o.Items[0].Quantity != "3" {
						t.Errorf("order 901 = %+v; want all but its status", o)
					}
					if !w.asks("status_kept", punte.ProblemUnmapped, "has no pair") {
						t.Error("nobody is told that the status has no pair")
					}
					w.restart()
					w.runFor(time.Minute)
					if !w.asks("status_kept", punte.ProblemUnmapped, "has no pair") {
						t.Error("after a restart nobody is told that the status has no pair")
					}
				}
				w.statusMap(statusDone, "Paid")
				w.register()
				w.runFor(4 * time.Minute)
				for _, id := range []int64{901, 902} {
					if o, _ := w.order(id); o.Status != "Paid" {
						t.Errorf("order %d = %+v; want Paid", id, o)
					}
				}
				if w.asks("status_kept", punte.ProblemUnmapped, "") {
					t.Error("what got its pair is still told")
				}
				documents := w.documents()
				w.runFor(10 * time.Minute)
				if n := w.documents(); n != documents {
					t.Errorf("%d more documents; want none", n-documents)
				}
			})
		}
	})
}

func TestAWithheldStatusThatIsNotToBeBroughtWaitsNoMore(t *testing.T) {
	w := newWorld(t, storetest.SQLite, options{change: func(d map[string]any) {
		_, name, _ := strings.Cut(statusDone, "|")
		delete(d["status_map"].(map[string]any), name)
	}})
	w.place(sale{id: 901, number: 1})
	w.begin(false)
	w.runFor(time.Minute)
	w.place(sale{id: 901, number: 1, status: statusDone})
	w.runFor(time.Minute)
	w.statusMap(statusDone, nil)
	w.register()
	w.runFor(5 * time.Minute)
	if o, _ := w.order(901); o.Status != "Issued" {
		t.Errorf("order 901 = %+v; want the state it had", o)
	}
	if w.asks("status_kept", punte.ProblemUnmapped, "") {
		t.Error("a status that is not to be brought waits for nobody")
	}
}

// Where MiniCRM lists no orders, one that was found by its card is still told of and
// released.
func TestAPairReleasesTheStatusOfAnOrderFoundByItsCard(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{
			crm: minicrmsim.Options{Switches: minicrmsim.Switches{NoOrderList: true}},
			change: func(d map[string]any) {
				_, name, _ := strings.Cut(statusDone, "|")
				delete(d["status_map"].(map[string]any), name)
			},
		})
		w.saved("orders.list=none")
		w.place(sale{id: 901, number: 1})
		w.begin(false)
		w.runFor(10 * time.Minute)
		w.place(sale{id: 901, number: 1, status: statusDone, quantity: "3"})
		w.runFor(30 * time.Minute)
		if d := w.duty("901").Duty; d.State != punte.Confirmed || !w.asks("status_kept", punte.ProblemUnmapped, "has no pair") {
			t.Errorf("the order is %s, %+v; want it confirmed and its status told to have no pair", d.State, d.Problem)
		}
		w.statusMap(statusDone, "Completed")
		w.register()
		w.runFor(30 * time.Minute)
		if o, _ := w.order(901); o.Status != "Completed" || w.asks("status_kept", punte.ProblemUnmapped, "") {
			t.Errorf("order 901 = %+v; want its status, and nothing told any more", o)
		}
	})
}
