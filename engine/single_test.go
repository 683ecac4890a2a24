package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"punte/store/storetest"
	"punte/unas/unassim"
)

// merge puts an order into the shop that was merged from n others, which are gone.
func (w *world) merge(id, from, n int) {
	w.t.Helper()
	var keys strings.Builder
	for i := range n {
		key := fmt.Sprintf("71823-%d", from+i)
		w.vanish(key)
		keys.WriteString("<Key>" + key + "</Key>")
	}
	w.place(sale{id: id, number: id, extra: "<Info><MergedFrom>" + keys.String() + "</MergedFrom></Info>"})
}

// Nothing documents what a single call is. A shop that counts every call as a list must
// not ban us for what a day's merged orders make us ask.
func TestQuestionsSpareAShopThatMayCountThemAsLists(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, switches := range []unassim.Switches{{SingleCalls: "none"}, {SingleCalls: "none", KeyForm: "number", ClockHour: true}} {
			t.Run("keys "+switches.KeyForm, func(t *testing.T) {
				w := nightly(t, kind, 24, options{shop: unassim.Options{Limits: true, Switches: switches}})
				w.runFor(70 * time.Minute) // the hour is full of polls
				w.merge(9001, 5001, 5)
				w.merge(9002, 5011, 4)
				w.runFor(2 * time.Hour)
				w.until(sixOClock.Add(10 * time.Minute))
				if bans := stats[shopStats](t, w.shop).Bans; len(bans) > 0 {
					t.Fatalf("bans: %v; want none", bans)
				}
				for _, id := range []int64{5001, 5005, 5011, 5014} {
					if got := w.state(id); got != "Failed" {
						t.Errorf("order %d, merged into another, is %s; want Failed", id, got)
					}
				}
				if n := len(w.open()); n != 0 {
					t.Errorf("%d questions are left, want none", n)
				}
			})
		}
	})
}

// A shop that tells of more orders than its lists allow calls is believed to count them
// apart, as documented. If it does not, one ban is enough to know.
func TestABanForSingleCallsIsTheLast(t *testing.T) {
	long(t)
	for _, tt := range []struct {
		single string
		bans   int
	}{{"none", 1}, {"", 0}} {
		t.Run("single calls "+tt.single, func(t *testing.T) {
			w := hookedWorld(t, storetest.SQLite, unassim.Switches{SingleCalls: tt.single})
			w.begin(false)
			w.runFor(70 * time.Minute) // the hour is full of polls
			for hour := range 2 {
				for i := range 20 {
					id := 2000 + 100*hour + i
					w.place(sale{id: id, number: id})
					w.shop.Deliver(t.Context())
					w.runFor(time.Minute)
				}
				w.runFor(70 * time.Minute)
			}
			bans := 0
			for _, n := range stats[shopStats](t, w.shop).Bans {
				bans += n
			}
			if bans != tt.bans {
				t.Errorf("%d bans; want %d", bans, tt.bans)
			}
			w.checkAgreement()
			if n := len(w.open()); n != 0 {
				t.Errorf("%d questions are left, want none", n)
			}
		})
	}
}
