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

// MiniCRM forgets the state of an order that comes without one. The state that a person
// gave it stays all the same, until the shop says something else.
func TestAStateThatAPersonGaveStaysWhereMiniCRMForgetsStates(t *testing.T) {
	for name, found := range map[string][]string{
		"found by a probe": {"status.absent=draft"},
		"without a list":   {"status.absent=draft", "orders.list=none"},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.EachKind(t, func(t *testing.T, kind string) {
				w := newWorld(t, kind, options{crm: minicrmsim.Options{Switches: minicrmsim.Switches{
					AbsentStatusDrafts: true, NoOrderList: len(found) > 1,
				}}})
				w.saved(found...)
				w.place(sale{id: 901, number: 1}, sale{id: 902, number: 2})
				w.once()
				o, _ := w.order(901)
				w.clock.Advance(time.Minute)
				w.control(w.crm, "/_sim/person", fmt.Sprintf(`{"card_id":%d,"status":"2903"}`, o.CardID))
				for n := 3; n < 6; n++ { // what went along once goes along again
					quantity := fmt.Sprint(n)
					again(w, sale{id: 901, number: 1, placed: noon, quantity: quantity}, sale{id: 902, number: 2, placed: noon, quantity: quantity})
					for id, want := range map[int64]string{901: "Completed", 902: "Issued"} {
						if o, _ := w.order(id); o.Status != want || o.Items[0].Quantity != quantity {
							t.Errorf("order %d is %s with %s; want %s with %s", id, o.Status, o.Items[0].Quantity, want, quantity)
						}
						if d := w.duty(fmt.Sprint(id)).Duty; d.State != punte.Confirmed || (d.Changed != "") != (id == 901) {
							t.Errorf("order %d is %s, changed %q", id, d.State, d.Changed)
						}
					}
				}
				events := w.lives("71823-1")[0].Events
				if text := fmt.Sprint(events); !strings.Contains(text, "status Completed; as it is in MiniCRM") {
					t.Errorf("the order's life does not tell what was sent: %s", text)
				}
				again(w, sale{id: 901, number: 1, placed: noon, quantity: "9", status: statusFailed})
				if o, _ := w.order(901); o.Status != "Failed" {
					t.Errorf("the order is %s; want what the shop says since", o.Status)
				}
			})
		})
	}
}

// Many orders that change take a few calls for each document, and none is left out.
func TestStatesOfManyOrdersAreAskedForInPieces(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{limited: true, crm: minicrmsim.Options{Limits: true, Switches: minicrmsim.Switches{AbsentStatusDrafts: true}}})
		w.saved("status.absent=draft")
		orders := func(quantity string) (list []sale) {
			for i := range 50 {
				list = append(list, sale{id: 901 + i, number: 1 + i, placed: noon, quantity: quantity})
			}
			return list
		}
		w.place(orders("1")...)
		w.begin(false)
		w.runFor(15 * time.Minute)
		before := w.documents()
		w.place(orders("2")...)
		w.runFor(15 * time.Minute)
		w.checkAgreement()
		if n := w.documents() - before; n != 3 {
			t.Errorf("%d documents; want 3 of at most 20 orders", n)
		}
		if crm := stats[crmStats](t, w.crm); crm.RateLimited > 0 {
			t.Errorf("MiniCRM refused %d calls", crm.RateLimited)
		}
	})
}
