package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"punte/engine"
	"punte/minicrm/minicrmsim"
	"punte/store/storetest"
)

// typed is an Orders module with a field of every type.
func typed() *minicrmsim.Seed {
	return &minicrmsim.Seed{
		Users: []minicrmsim.User{{ID: 100001, Name: "Ana Ionescu"}},
		Modules: []minicrmsim.SeedModule{
			{ID: 4, Name: "Megrendelés", Kind: "orders", Fields: []minicrmsim.SeedField{
				{Name: "LinkPdf", Type: "Text(1024)"},
				{Name: "StatusUnas", Type: "Text(255)"},
				{Name: "Short", Type: "Text(5)"},
				{Name: "Whole", Type: "Int"},
				{Name: "Sum", Type: "Float"},
				{Name: "Confirmed", Type: "Boolean"},
				{Name: "PlacedAt", Type: "DateTime"},
				{Name: "Wanted", Type: "DateTime"},
				{Name: "Bill", Type: "File(10MB)"},
				{Name: "Channel", Options: []minicrmsim.Option{{ID: 1507, Label: "Telefon"}, {ID: 1508, Label: "Bolt"}, {ID: 1510, Label: "Web"}}},
				{Name: "Packing", Set: true, Options: []minicrmsim.Option{{ID: 1, Label: "Törékeny"}, {ID: 2, Label: "Ajándék"}, {ID: 4, Label: "Sürgős"}}},
			}},
			{ID: 5, Name: "Webshop", Kind: "webshop"},
		},
	}
}

func typedFields(d map[string]any) {
	d["minicrm"].(map[string]any)["time_zone"] = "Europe/Bucharest"
	d["field_map"] = map[string]any{
		"Short": "comment.customer", "Whole": "param:Darab", "Sum": "order.total_net", "Confirmed": "order.authenticated",
		"PlacedAt": "order.placed", "Wanted": "param:Mikor", "Bill": "invoice.url", "Channel": "param:Hol", "Packing": "param:Hogyan",
	}
}

func params(values ...string) string {
	var text strings.Builder
	text.WriteString("<Params>")
	for i := 0; i < len(values); i += 2 {
		fmt.Fprintf(&text, "<Param><Id>%d</Id><Name>%s</Name><Value>%s</Value></Param>", i+1, values[i], values[i+1])
	}
	return text.String() + "</Params>"
}

// A value that fits is written as its field takes it. One that does not is left out
// and noted, and the order arrives all the same.
func TestValuesFitTheirFieldsOrAreLeftOut(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		bucharest, err := time.LoadLocation("Europe/Bucharest")
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, kind, options{crm: minicrmsim.Options{Seed: typed(), Zone: bucharest}, change: typedFields})
		bill := "<Authenticated>yes</Authenticated><Invoice><Url>https://bills.example/1.pdf</Url></Invoice>"
		w.place(
			sale{
				id: 901, number: 1, comment: "árvíztűrő", placed: noon,
				extra: bill + params("Darab", "12.00", "Mikor", "2026.06.12 08:30:00", "Hol", "bolt", "Hogyan", "Ajándék; Sürgős"),
			},
			sale{id: 902, number: 2, placed: noon, extra: params("Darab", "sok", "Mikor", "holnap", "Hol", "Hajó", "Hogyan", "Ajándék, Piros")})
		w.once()
		want := map[int64]map[string]string{
			901: {
				"Short": "árvíz", "Whole": "12", "Sum": "2000", "Confirmed": "1", "PlacedAt": "2026-06-10 13:00:00",
				"Wanted": "2026-06-12 09:30:00", "Bill": "https://bills.example/1.pdf", "Channel": "Bolt", "Packing": "Ajándék, Sürgős",
			},
			902: {"Sum": "2000", "PlacedAt": "2026-06-10 13:00:00", "Whole": "", "Wanted": "", "Channel": "", "Packing": ""},
		}
		for id, fields := range want {
			o, ok := w.order(id)
			if !ok {
				t.Errorf("order %d did not arrive", id)
			}
			for name, value := range fields {
				if o.Fields[name] != value {
					t.Errorf("order %d: %s = %q; want %q", id, name, o.Fields[name], value)
				}
			}
		}
		notes := string(w.duty("901").Duty.Written) + string(w.duty("902").Duty.Written)
		for _, text := range []string{"Short was cut to 5", "field Whole was left out", "field Wanted was left out", "field Channel was left out", "field Packing was left out"} {
			if !strings.Contains(notes, text) {
				t.Errorf("the notes of the orders have no %q:\n%s", text, notes)
			}
		}
	})
}

func TestACheckTellsWhichSourcesCanNeverFit(t *testing.T) {
	w := newWorld(t, storetest.SQLite, options{crm: minicrmsim.Options{Seed: typed()}, change: func(d map[string]any) {
		d["field_map"] = map[string]any{
			"Whole": "buyer.name", "Sum": "order.total", "Confirmed": "order.weight", "PlacedAt": "order.status", "Bill": "payment.name",
			"Channel": "payment.type", "Packing": "order.placed", "Wanted": "param:Mikor",
		}
	}})
	red := map[string]bool{"Whole": true, "Sum": false, "Confirmed": true, "PlacedAt": true, "Bill": true, "Channel": false, "Packing": true, "Wanted": false}
	for name, want := range red {
		f := w.findings("field " + name)
		if len(f) != 1 || (f[0].Colour == engine.Red) != want {
			t.Errorf("check of %s = %+v; want red %t", name, f, want)
		}
	}
	if f := w.findings("status map"); !slices.ContainsFunc(f, func(f engine.Finding) bool { return strings.Contains(f.Text, "Draft") }) == w.hasDrafts() {
		t.Errorf("check of the status map = %+v; want a warning of drafts %t", f, w.hasDrafts())
	}
}

// hasDrafts says whether the map of the document makes drafts.
func (w *world) hasDrafts() bool {
	for _, state := range w.document["status_map"].(map[string]any) {
		if state == "Draft" {
			return true
		}
	}
	return false
}

func TestACheckWarnsOfDrafts(t *testing.T) {
	w := newWorld(t, storetest.SQLite, options{})
	w.statusMap(statusNew, "Draft")
	warned := func() bool {
		return slices.ContainsFunc(w.findings("status map"), func(f engine.Finding) bool {
			return f.Colour == engine.Yellow && strings.Contains(f.Text, "Draft")
		})
	}
	if !warned() {
		t.Error("check says nothing of a status that becomes a draft")
	}
	w.place(sale{id: 901, number: 1})
	w.clock.Advance(10 * time.Second)
	conn, keys := w.connection()
	list, err := w.engine.Preview(t.Context(), conn, keys, 10)
	if err != nil || len(list) != 1 || !slices.ContainsFunc(list[0].Notes, func(n string) bool { return strings.Contains(n, "draft") }) {
		t.Errorf("Preview = %+v, %v; want the draft noted", list, err)
	}
	w.statusMap(statusNew, "Issued")
	if warned() != w.hasDrafts() {
		t.Error("check warns of drafts without any")
	}
}

// count is what the settings of the document would change, told without a network.
func (w *world) count(since time.Time) engine.Application {
	w.t.Helper()
	conn, keys := w.connection()
	calls := w.net.calls[shopHost] + w.net.calls[crmHost]
	did, err := w.engine.CountApply(w.t.Context(), conn, keys, since)
	if err != nil {
		w.t.Fatalf("CountApply: %v", err)
	}
	if n := w.net.calls[shopHost] + w.net.calls[crmHost] - calls; n != 0 {
		w.t.Errorf("counting made %d calls; want none", n)
	}
	return did
}

func (w *world) apply(since time.Time) engine.Application {
	w.t.Helper()
	conn, keys := w.connection()
	did, err := w.engine.Apply(w.t.Context(), conn, keys, since)
	if err != nil {
		w.t.Fatalf("Apply: %v", err)
	}
	return did
}

func TestChangedSettingsReachOlderOrdersOnlyWhenAskedFor(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		_, teszt, _ := strings.Cut(statusFailed, "|")
		w.document["status_map"].(map[string]any)[teszt] = nil
		w.register()
		old := noon.AddDate(0, -2, 0)
		w.place(sale{id: 901, number: 1, awb: "PCK-1", placed: old}, sale{id: 902, number: 2, status: statusDone, placed: old},
			sale{id: 903, number: 3, status: statusFailed, placed: old}, sale{id: 904, number: 4, status: statusDone})
		w.once()
		if did := w.count(time.Time{}); did.Looked != 4 || did.Changes != 0 {
			t.Errorf("CountApply without a change = %+v; want nothing", did)
		}
		o, _ := w.order(902)
		w.control(w.crm, "/_sim/person", fmt.Sprintf(`{"card_id":%d,"fields":{"Observatii":"typed"}}`, o.CardID))
		w.statusMap(statusDone, "Paid")
		w.statusMap(statusFailed, "Failed")
		w.document["field_map"].(map[string]any)["ShippingMethod"] = "shipping.name"
		w.register()
		sent := w.documents()
		w.once()
		if n := w.documents() - sent; n != 0 {
			t.Errorf("%d documents for changed settings alone; want none", n)
		}
		did := w.count(time.Time{})
		if did.Changes != 4 || did.Why["status"] != 2 || did.Why["field ShippingMethod"] != 3 || did.Why["brought"] != 1 {
			t.Errorf("CountApply = %+v; want 2 by their state, 3 by the field, 1 brought", did)
		}
		if did := w.count(noon.Add(-time.Hour)); did.Looked != 1 || did.Changes != 1 {
			t.Errorf("CountApply since today = %+v; want the one of today", did)
		}
		if did := w.apply(time.Time{}); did.Listed != 4 || did.Waiting != 4 {
			t.Errorf("Apply = %+v; want 4 listed", did)
		}
		if did := w.apply(time.Time{}); did.Listed != 0 || did.Waiting != 4 {
			t.Errorf("Apply once more = %+v; want nothing new", did)
		}
		w.restart()
		w.once()
		for id, state := range map[int64]string{901: "Issued", 902: "Paid", 903: "Failed", 904: "Paid"} {
			if o, ok := w.order(id); !ok || o.Status != state || o.Fields["ShippingMethod"] != "Futár" {
				t.Errorf("order %d = %+v, %t; want %s and the new field", id, o, ok, state)
			}
		}
		if o, _ := w.order(902); o.Fields["Observatii"] != "typed" {
			t.Errorf("Observatii of order 902 = %q; want what the person typed", o.Fields["Observatii"])
		}
		if did := w.count(time.Time{}); did.Changes != 0 {
			t.Errorf("CountApply after it = %+v; want nothing left", did)
		}
	})
}

// Older orders go a few at a time: a new one is in the next document, whatever is
// listed, and giving up leaves the rest as they are.
func TestNewOrdersDoNotWaitForOlderOnes(t *testing.T) {
	long(t)
	w := newWorld(t, storetest.SQLite, options{orders: 1000, limited: true})
	w.once()
	w.document["field_map"].(map[string]any)["ShippingMethod"] = "order.id"
	did := w.apply(time.Time{})
	if did.Listed < 900 {
		t.Fatalf("Apply = %+v; want nearly all listed, else this test shows nothing", did)
	}
	w.begin(false)
	w.runFor(5 * time.Second)
	w.place(sale{id: 901, number: 901})
	w.runFor(170*time.Second + 20*time.Second)
	if _, ok := w.order(901); !ok {
		t.Error("a new order was not in MiniCRM after 190 s")
	}
	waiting, err := w.store.CountReworks(t.Context(), w.id)
	if err != nil || waiting == 0 || waiting > did.Listed-200 {
		t.Errorf("%d of %d are still listed, %v; want some gone and some not", waiting, did.Listed, err)
	}
	conn, keys := w.connection()
	if n, err := w.engine.AbortApply(t.Context(), conn, keys); err != nil || n != waiting {
		t.Errorf("AbortApply = %d, %v; want %d", n, err, waiting)
	}
	w.runFor(10 * time.Minute)
	written := 0
	for _, o := range w.crm.Orders() {
		if o.Fields["ShippingMethod"] != "" {
			written++
		}
	}
	if written != did.Listed-waiting+1 {
		t.Errorf("%d orders have the new field; want %d", written, did.Listed-waiting+1)
	}
	w.checkAgreement()
}
