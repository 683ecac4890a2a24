package engine_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"punte"
	"punte/store"
	"punte/store/storetest"
	"punte/unas/unassim"
)

func TestMoreOrdersThanAnAnswerHolds(t *testing.T) {
	long(t)
	const kind = storetest.SQLite // the database has no part in this
	for name, switches := range map[string]unassim.Switches{
		"sorted": {}, "unsorted": {IgnoreOrder: true}, "newest first": {IgnoreOrder: true, NewestFirst: true}, "exclusive": {ExclusiveTimes: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, kind, options{orders: 520, shop: unassim.Options{Switches: switches}})
			w.once()
			w.checkAgreement()
		})
	}
}

func TestMoreThanFiveHundredChangesInOneSecond(t *testing.T) {
	long(t)
	const kind = storetest.SQLite // the database has no part in this
	w := newWorld(t, kind, options{})
	var sales []sale
	for i := range 520 {
		sales = append(sales, sale{id: 2000 + i, number: i, placed: noon.Add(-time.Hour)})
	}
	w.place(sales...)
	w.once()
	w.checkAgreement()
}

// Orders change while the list is read: each answer is followed by changes.
func TestOrdersChangedWhileTheListIsRead(t *testing.T) {
	long(t)
	const kind = storetest.SQLite // the database has no part in this
	w := newWorld(t, kind, options{orders: 510})
	changes := 0
	w.net.after = func(r *http.Request) error {
		if r.URL.Host != shopHost || changes == 12 {
			return nil
		}
		changes++
		w.place(sale{id: 5000 + changes, number: 5000 + changes}, sale{id: 5001, number: 5001, placed: noon, quantity: fmt.Sprint(changes + 1)})
		w.clock.Advance(3 * time.Second)
		return nil
	}
	w.once()
	w.net.after = nil
	w.clock.Advance(time.Minute)
	w.once()
	w.checkAgreement()
}

// A change that is read while its order is being handed over stays owed.
func TestAChangeDuringItsPushStaysOwed(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		w.place(sale{id: 901, number: 1})
		done := false
		w.net.after = func(r *http.Request) error {
			if strings.HasSuffix(r.URL.Path, "/Upload") && !done {
				done = true
				w.place(sale{id: 901, number: 1, placed: noon, quantity: "8"})
			}
			return nil
		}
		w.begin(false)
		w.runFor(2 * time.Minute)
		w.checkAgreement()
		if d := w.duty("901").Duty; d.Shown != 2 || d.State != punte.Confirmed {
			t.Errorf("duty = %s, shown %d; want version 2 confirmed", d.State, d.Shown)
		}
	})
}

func TestOrdersBeforeTheStartDateAreNeverSent(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: func(d map[string]any) { d["start_date"] = "2026-06-10" }})
		midnight := time.Date(2026, 6, 9, 22, 0, 0, 0, time.UTC) // 00:00 in Budapest
		w.place(
			sale{id: 901, number: 1, placed: midnight.Add(-time.Second)},
			sale{id: 902, number: 2, placed: midnight})
		run := w.once()
		if _, ok := w.order(901); ok {
			t.Error("the order of the day before was sent")
		}
		if _, ok := w.order(902); !ok {
			t.Error("the first order of the start date was not sent")
		}
		if run.Report.Before != 1 || run.Report.Seen != 1 {
			t.Errorf("report = %+v; want 1 seen, 1 before", run.Report)
		}
	})
}

func TestACursorFromAClockThatWasAheadHidesNothing(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		w.place(sale{id: 901, number: 1})
		w.once()
		if err := w.store.SetCursor(t.Context(), w.id, "orders", noon.Add(90*24*time.Hour)); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(10 * time.Minute)
		w.place(sale{id: 902, number: 2})
		w.once()
		w.checkAgreement()
		at, _, err := w.store.Cursor(t.Context(), w.id, "orders")
		if err != nil || at.After(w.clock.Now()) {
			t.Errorf("cursor = %v, %v; want it back in the past", at, err)
		}
	})
}

// The shop's clock and ours differ; a run that ends by itself reads up to its own
// start all the same.
func TestARunReadsUpToItsStartByTheShopsClock(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, off := range []time.Duration{-20 * time.Minute, 20 * time.Minute} {
			t.Run(off.String(), func(t *testing.T) {
				w := newWorld(t, kind, options{})
				w.shop.Advance(off)
				w.restart() // no answer of the shop has told its time yet
				placed := w.clock.Now().Add(off)
				w.place(sale{id: 901, number: 1, placed: placed})
				w.control(w.shop, "/_sim/orders", "<Orders>"+sale{id: 902, number: 2}.xml(placed)+"</Orders>")
				w.clock.Advance(time.Second)
				w.once()
				w.checkAgreement()
			})
		}
	})
}

func TestRefusedOrdersAreParkedWithTheirTextAndReleasedWhenCorrected(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		item := func(quantity, price, vat string) string {
			return fmt.Sprintf(`<Item><Id>7001</Id><Name>Kávé</Name><Quantity>%s</Quantity><PriceGross>%s</PriceGross><Vat>%s</Vat></Item>`, quantity, price, vat)
		}
		odd := map[string]sale{
			"901":          {id: 901, number: 1, items: item("", "1270", "27%")},
			"902":          {id: 902, number: 2, items: item("2", "1,270", "27%")},
			"903":          {id: 903, number: 3, items: item("2", "1270", "AAM")},
			"904":          {id: 904, number: 4, currency: "forint"},
			"905":          {id: 905, number: 5, country: "zz", extra: "<VatCountryCode>zz</VatCountryCode>"},
			"key:71823-11": {rawID: "A17", number: 11},
		}
		fields := map[string]string{
			"901": "Items/Item[1]/Quantity", "902": "Items/Item[1]/PriceGross", "903": "Items/Item[1]/Vat",
			"904": "Currency", "key:71823-11": "Id",
		}
		for _, s := range odd {
			w.place(s)
		}
		w.place(sale{id: 910, number: 10})
		w.once()
		if o, ok := w.order(910); !ok {
			t.Errorf("the good order did not arrive: %+v", o)
		}
		for ref, field := range fields {
			o := w.duty(ref)
			if o.Duty.State != punte.Parked || o.Duty.Problem.Field != field || !strings.Contains(string(o.Raw), "<Order>") {
				t.Errorf("order %s: %s, %+v, raw %.40q; want parked for %s with its text", ref, o.Duty.State, o.Duty.Problem, o.Raw, field)
			}
		}
		if r := w.standing(); r.Parked < 5 || r.Confirmed+r.Parked != 7 {
			t.Errorf("standing = %+v; want the odd ones parked", r)
		}
		w.clock.Advance(time.Minute)
		for ref, s := range odd {
			if ref != "key:71823-11" {
				w.place(sale{id: s.id, number: s.number, placed: noon})
			}
		}
		w.once()
		for _, ref := range []string{"901", "902", "903", "904", "905"} {
			if d := w.duty(ref).Duty; d.State != punte.Confirmed {
				t.Errorf("order %s after its correction is %s; want confirmed", ref, d.State)
			}
		}
	})
}

func TestUnmappedStatusesAreHeldUntilTheMapHasThem(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		w.control(w.shop, "/_sim/statuses", `<OrderStatuses><Status><Id>77</Id><Name>Egyeztetés</Name><Type>open_normal</Type></Status></OrderStatuses>`)
		w.place(sale{id: 901, number: 1, status: "77|Egyeztetés"}, sale{id: 902, number: 2})
		w.once()
		if d := w.duty("901").Duty; d.State != punte.Held || d.Problem.Code != punte.ProblemUnmapped || !strings.Contains(d.Problem.Reason, "Egyeztetés") {
			t.Errorf("duty = %s, %+v; want held for its status", d.State, d.Problem)
		}
		// One that is in MiniCRM gets everything but the status.
		w.clock.Advance(time.Minute)
		w.place(sale{id: 902, number: 2, placed: noon, status: "77|Egyeztetés", quantity: "6"})
		w.once()
		o, _ := w.order(902)
		if o.Status != "Issued" || o.Items[0].Quantity != "6" || o.Fields["StatusUnas"] != "Egyeztetés" {
			t.Errorf("order 902 = %+v; want its old state and the new quantity", o)
		}
		w.document["status_map"].(map[string]any)["Egyeztetés"] = "Completed"
		w.register()
		w.once()
		if o, ok := w.order(901); !ok || o.Status != "Completed" {
			t.Errorf("order 901 after the map was changed = %+v, %t; want Completed", o, ok)
		}
	})
}

func TestNullStatusesAreLeft(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: func(d map[string]any) {
			_, name, _ := strings.Cut(statusFailed, "|")
			d["status_map"].(map[string]any)[name] = nil
		}})
		w.place(sale{id: 901, number: 1}, sale{id: 902, number: 2, status: statusFailed})
		w.once()
		if _, ok := w.order(902); ok {
			t.Error("an order in a status that is not brought was sent")
		}
		w.clock.Advance(time.Minute)
		w.place(sale{id: 901, number: 1, placed: noon, status: statusFailed, quantity: "9"}, sale{id: 902, number: 2, placed: noon})
		w.once()
		if o, _ := w.order(901); o.Status != "Issued" || o.Items[0].Quantity != "2" {
			t.Errorf("order 901 = %+v; want its last state kept", o)
		}
		if o, ok := w.order(902); !ok || o.Status != "Issued" {
			t.Errorf("order 902 = %+v, %t; want it brought once its status is", o, ok)
		}
		if r := w.standing(); r.Left != 1 || r.Confirmed != 1 {
			t.Errorf("standing = %+v; want 1 left, 1 confirmed", r)
		}
	})
}

func TestARenamedStatusIsKnownByItsID(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		w.place(sale{id: 901, number: 1})
		w.once()
		id, _, _ := strings.Cut(statusDone, "|")
		w.control(w.shop, "/_sim/statuses", fmt.Sprintf(`<OrderStatuses><Status><Id>%s</Id><Name>Kézbesítve</Name><Type>close_ok</Type></Status></OrderStatuses>`, id))
		w.clock.Advance(time.Minute)
		w.place(sale{id: 901, number: 1, placed: noon, status: id + "|Kézbesítve"}, sale{id: 902, number: 2, status: id + "|Kézbesítve"})
		w.once()
		for _, id := range []int64{901, 902} {
			if o, _ := w.order(id); o.Status != "Completed" || o.Fields["StatusUnas"] != "Kézbesítve" {
				t.Errorf("order %d = %s, %q; want Completed with the new name", id, o.Status, o.Fields["StatusUnas"])
			}
		}
	})
}

// The database is lost; the same shop and CRM end with the same cards and orders.
func TestALostDatabaseMakesNoTwins(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{orders: 60})
		w.once()
		orders, cards := w.crm.Orders(), w.crm.Cards()
		w.clock.Advance(time.Hour)
		w.forget(kind)
		w.once()
		w.checkAgreement()
		if got := w.crm.Orders(); fmt.Sprint(got) != fmt.Sprint(orders) {
			t.Errorf("orders after the loss differ: %d, before %d", len(got), len(orders))
		}
		if got := w.crm.Cards(); fmt.Sprint(ids(got)) != fmt.Sprint(ids(cards)) {
			t.Errorf("cards after the loss = %v; want %v", ids(got), ids(cards))
		}
		if r := w.standing(); r.Parked+r.Held != 0 {
			t.Errorf("standing = %+v; want all confirmed", r)
		}
	})
}

func TestTheStartDateCannotBeChanged(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		w.document["start_date"] = "2026-02-01"
		conn, keys := w.connection()
		if _, err := w.engine.Register(t.Context(), conn, keys); punte.ErrorCode(err) != punte.Conflict {
			t.Errorf("Register with another start date = %v; want a conflict", err)
		}
		saved, err := w.store.Connection(t.Context(), w.id)
		if err != nil || saved.StartDate != "2026-01-01" || saved.State != store.Active {
			t.Errorf("Connection = %s, %s, %v; want it unchanged", saved.StartDate, saved.State, err)
		}
	})
}
