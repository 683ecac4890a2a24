package engine_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"punte/engine"
	"punte/minicrm"
	"punte/store/storetest"
)

func TestAPreviewOfManyCustomersWaitsForFreeCalls(t *testing.T) {
	w := newWorld(t, "sqlite", options{limited: true, orders: 150})
	conn, keys := w.connection()
	_, err := w.engine.Preview(t.Context(), conn, keys, 90)
	if _, ok := errors.AsType[*engine.BudgetError](err); !ok {
		t.Fatalf("Preview of 90 orders without a pause: %v; want a spent budget, else this test shows nothing", err)
	}
	paused := 0
	w.engine.Pause = func(_ context.Context, d time.Duration) error {
		paused++
		w.clock.Advance(d)
		return nil
	}
	list, err := w.engine.Preview(t.Context(), conn, keys, 90)
	if err != nil || len(list) != 90 || paused == 0 {
		t.Errorf("Preview = %d orders, %v after %d pauses; want 90 and a pause", len(list), err, paused)
	}
}

func TestAPreviewWritesNothingAndTellsWhatIsThere(t *testing.T) {
	w := newWorld(t, "sqlite", options{orders: 40})
	conn, keys := w.connection()
	actions := func() map[string]int {
		list, err := w.engine.Preview(t.Context(), conn, keys, 500)
		if err != nil {
			t.Fatalf("Preview: %v", err)
		}
		counts := map[string]int{}
		for _, v := range list {
			counts[v.Action]++
			if v.Order == nil {
				continue
			}
			owner := slices.ContainsFunc(v.Order.Fields, func(f minicrm.FeedField) bool { return f.Name == "UserId" })
			if owner != (v.Action == "create") {
				t.Errorf("order %s, to %s: writes the owner %t; only a new order gets one", v.Key, v.Action, owner)
			}
		}
		return counts
	}
	if got := actions(); got["create"] != 40 || len(got) != 1 {
		t.Errorf("before the first run: %v; want 40 to create", got)
	}
	if documents, orders := len(w.crm.Log()), len(w.crm.Orders()); documents != 0 || orders != 0 {
		t.Errorf("a preview made %d documents and %d orders; want none", documents, orders)
	}
	if r, err := w.engine.Standing(t.Context(), w.id); err != nil || r.Confirmed+r.Held+r.Parked+r.Left != 0 {
		t.Errorf("Standing after a preview = %+v, %v; want nothing stored", r, err)
	}
	w.once()
	if got := actions(); got["update"] != 40 || len(got) != 1 {
		t.Errorf("after it: %v; want 40 that are there", got)
	}
}

// The preview tells what the synchronisation then does with orders that others brought,
// and what goes on the customers' cards.
func TestAPreviewTellsWhatIsLeftAloneAndWhatGoesOnTheCards(t *testing.T) {
	for existing, want := range map[string]string{"leave": "leave alone", "adopt": "take over"} {
		t.Run(existing, func(t *testing.T) {
			storetest.EachKind(t, func(t *testing.T, kind string) {
				w := newWorld(t, kind, options{change: func(d map[string]any) { d["existing"] = existing }})
				w.bring(foreignCard(4_000_000_001, 4_100_000_001, "Somebody", "71823-1"))
				w.place(sale{id: 901, number: 1, placed: noon}, sale{id: 902, number: 2})
				conn, keys := w.connection()
				actions := func() map[string]engine.Preview {
					w.t.Helper()
					list, err := w.engine.Preview(t.Context(), conn, keys, 10)
					if err != nil {
						t.Fatalf("Preview: %v", err)
					}
					all := map[string]engine.Preview{}
					for _, v := range list {
						all[v.Key] = v
					}
					return all
				}
				got := actions()
				if v := got["71823-1"]; v.Action != want || v.Reason == "" {
					t.Errorf("the order that others brought: %s (%s); want %s", v.Action, v.Reason, want)
				}
				v := got["71823-2"]
				if v.Action != "create" || v.Customer == nil || v.Customer.Status == "" || v.Customer.Person != "Elek Teszt" ||
					len(v.Customer.Emails) != 1 || v.Customer.Emails[0] != "vevo902@example.com" {
					t.Errorf("a new order: %s on %+v; want it created, with its customer", v.Action, v.Customer)
				}
				if existing == "adopt" {
					return // here the order that is tried makes a new document, and the connection stops
				}
				w.once()
				if v := actions()["71823-2"]; v.Action != "update" || v.CardNew || v.Customer.Status != "" {
					t.Errorf("after a run: %s on %+v; want it updated, the segment left to MiniCRM", v.Action, v.Customer)
				}
			})
		})
	}
}

// Who registers gets a card without an order, too: a preview that said nothing of them
// would leave them a surprise.
func TestAPreviewTellsWhichCustomersGetACardWithoutAnOrder(t *testing.T) {
	for choice, want := range map[string]int{"all": 7, "since_start": 7, "buyers": 0} {
		t.Run(choice, func(t *testing.T) {
			w := newWorld(t, storetest.SQLite, options{change: func(d map[string]any) {
				mapped(choice)(d)
				d["start_date"] = noon.Format(time.DateOnly)
			}})
			var people []person
			for id := 101; id <= 108; id++ {
				people = append(people, person{id: id, newsletter: "yes,yes"})
			}
			people[7].newsletter = "perhaps,no"
			w.enrol(people...)
			w.clock.Advance(time.Hour)
			w.enrol(person{id: 103, name: "Friss Anna", newsletter: "yes,yes"}) // the newest
			w.buy(sale{id: 901, number: 1}, 102)
			w.clock.Advance(time.Minute)
			conn, keys := w.connection()
			documents := w.documents()
			orders, customers, err := w.engine.PreviewAll(t.Context(), conn, keys, 20)
			if err != nil || len(orders) != 1 || customers.Choice != choice || customers.Count != want || len(customers.First) != min(want, 5) {
				t.Fatalf("PreviewAll = %d orders, %+v, %v; want one order and %d customers, five of them shown", len(orders), customers, err, want)
			}
			if w.documents() != documents {
				t.Error("a preview made a document")
			}
			if want == 0 {
				return
			}
			first := customers.First[0]
			if first.Key != "customer 103" || first.Action != "create" || !first.CardNew || first.CardID != 103 || first.Card != "Friss Anna" ||
				first.Customer == nil || !slices.Equal(first.Customer.Emails, []string{"ugyfel103@example.com"}) || first.Customer.Status == "" {
				t.Errorf("the newest customer is shown as %+v; want the new card that 103 would get", first)
			}
			for _, v := range customers.First {
				if v.Key == "customer 108" && (v.Action != "park" || v.Reason == "") {
					t.Errorf("a customer who can't be read is shown as %+v; want the odd part", v)
				}
			}
			w.once()
			_, customers, err = w.engine.PreviewAll(t.Context(), conn, keys, 20)
			if err != nil || customers.First[0].Action != "update" || customers.First[0].CardNew {
				t.Errorf("after the first run: %+v, %v; want the card that is there", customers.First, err)
			}
		})
	}
}
