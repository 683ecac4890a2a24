package store_test

import (
	"testing"

	"punte"
	"punte/store"
	"punte/store/storetest"
)

// An order that no list shows is looked for, waits, goes again, and is confirmed; a look
// at another version than it has now changes nothing.
func TestALookForAnUnlistedOrderIsSettled(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		save(t, s, page(1, row("1", 1, punte.Owed)))
		send(t, s, "d1", "1")
		settle(t, s, store.Outcome{Ref: "1", Version: 1, State: punte.Unlisted})
		if o, err := s.Outlook(t.Context(), "c1", noon); err != nil || !o.Unlisted.Some {
			t.Fatalf("Outlook = %+v, %v; want the order to be looked for", o, err)
		}
		look := func(l store.Look) store.Duty {
			t.Helper()
			l.Ref = "1"
			if err := s.SettleLook(t.Context(), "c1", l, noon); err != nil {
				t.Fatal(err)
			}
			return order(t, s, "1").Duty
		}
		if d := look(store.Look{Version: 7, State: punte.Confirmed}); d.State != punte.Unlisted {
			t.Errorf("a look at another version made it %s", d.State)
		}
		d := look(store.Look{Version: 1, State: punte.Unlisted, Due: minutes(60), Problem: punte.Problem{Reason: "why"}})
		if d.Looks != 1 || !d.Due.Equal(minutes(60)) || d.Problem.Reason != "why" {
			t.Errorf("duty = %+v; want one look and the next in an hour", d)
		}
		if d := look(store.Look{Version: 1, State: punte.Owed, Anew: true}); d.State != punte.Owed || d.Shown != 0 || d.Written != nil {
			t.Errorf("duty = %+v; want it owed as if for the first time", d)
		}
		send(t, s, "d2", "1")
		settle(t, s, store.Outcome{Ref: "1", Version: 1, State: punte.Unlisted})
		if d := look(store.Look{Version: 1, State: punte.Unlisted}); d.Looks != 3 {
			t.Errorf("%d looks; want those of before its second way counted", d.Looks)
		}
		if o, err := s.Outlook(t.Context(), "c1", noon); o.Unlisted.Some || err != nil {
			t.Errorf("Outlook = %+v, %v; want nothing: it was given up", o, err)
		}
		if err := s.SeekAnew(t.Context(), "c1", noon); err != nil {
			t.Fatal(err)
		}
		if d := look(store.Look{Version: 1, State: punte.Confirmed, CRMCard: 8, Changed: "x"}); d.State != punte.Confirmed || d.CRMCard != 8 || d.Changed != "x" || d.Looks != 0 {
			t.Errorf("duty = %+v; want it confirmed where it was found", d)
		}
		cards, err := s.OrdersOfCards(t.Context(), "c1", []int64{7, 8})
		if err != nil || len(cards) != 1 || cards[8] != "1" {
			t.Errorf("OrdersOfCards = %v, %v; want the order by its card", cards, err)
		}
	})
}
