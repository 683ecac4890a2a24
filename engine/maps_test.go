package engine_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"punte"
	"punte/engine"
	"punte/minicrm/minicrmsim"
	"punte/store/storetest"
)

// findings are what a check finds about one thing.
func (w *world) findings(what string) (found []engine.Finding) {
	w.t.Helper()
	conn, keys := w.connection()
	for _, f := range w.engine.Check(w.t.Context(), conn, keys) {
		if f.What == what {
			found = append(found, f)
		}
	}
	return found
}

// asks says whether an order, or the connection itself, asks for a person that way.
func (w *world) asks(kind, code, text string) bool {
	w.t.Helper()
	list, err := w.engine.Attention(w.t.Context(), w.id)
	if err != nil {
		w.t.Fatal(err)
	}
	return slices.ContainsFunc(list, func(a engine.Attention) bool {
		return a.Kind == kind && a.Code == code && strings.Contains(a.Text, text)
	})
}

// statusMap changes a row of the status map of the document.
func (w *world) statusMap(status string, state any) {
	_, name, _ := strings.Cut(status, "|")
	rows := w.document["status_map"].(map[string]any)
	rows[name] = state
	if state == "" {
		delete(rows, name)
	}
}

func TestAVanishedOwnerHoldsNewOrdersWhileChangesGoOn(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{limited: true})
		w.place(sale{id: 901, number: 1})
		w.clock.Advance(10 * time.Second)
		w.begin(false)
		w.runFor(time.Minute)
		w.net.hosts[crmHost] = spoiled{w.crm, func(path, body string) string {
			return replaceIn(path, "/Schema/Project/4", body, "Ana Ionescu", "Ana Pop")
		}}
		w.clock.Advance(2 * time.Minute)
		w.place(sale{id: 901, number: 1, placed: noon, quantity: "5"}, sale{id: 902, number: 2}, sale{id: 903, number: 3, email: "vevo901@example.com"})
		w.runFor(5 * time.Minute)
		if o, _ := w.order(901); o.Items[0].Quantity != "5" {
			t.Errorf("order 901 = %+v; want its change in MiniCRM", o)
		}
		for _, ref := range []string{"902", "903"} {
			if d := w.duty(ref).Duty; d.State != punte.Owed {
				t.Errorf("order %s is %s; want it to wait", ref, d.State)
			}
		}
		if !w.asks("account", "minicrm.owner", "there is no user Ana Ionescu") {
			t.Error("the connection does not say that its owner has gone")
		}
		w.net.hosts[crmHost] = w.crm
		w.runFor(25 * time.Minute)
		w.checkAgreement()
		if w.asks("account", "minicrm.owner", "") {
			t.Error("the connection still says that its owner has gone")
		}
	})
}

func TestAnOwnerWithoutAccessToTheWebshopOwnsNothingNew(t *testing.T) {
	w := newWorld(t, storetest.SQLite, options{orders: 3})
	w.net.hosts[crmHost] = spoiled{w.crm, func(path, body string) string {
		return replaceIn(path, "/Schema/Project/5", body, "100001", "100009")
	}}
	if run := w.once(); !strings.Contains(run.Report.Failed, "no access to MiniCRM's Webshop module") || w.documents() != 0 {
		t.Errorf("the run failed with %q after %d documents; want none and the owner named", run.Report.Failed, w.documents())
	}
}

func TestAStatusThatVanishedInMiniCRMHoldsTheOrdersThatNeedIt(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{limited: true, crm: minicrmsim.Options{Language: "en"}})
		renamed := func(path, body string) string {
			return replaceIn(path, "/Schema/Project/4", body, `"Completed"`, `"Handed over"`)
		}
		w.net.hosts[crmHost] = spoiled{w.crm, renamed}
		w.place(sale{id: 901, number: 1}, sale{id: 902, number: 2, status: statusDone}, sale{id: 903, number: 3})
		w.clock.Advance(10 * time.Second)
		w.begin(false)
		w.runFor(3 * time.Minute)
		for id, want := range map[int64]bool{901: true, 902: false, 903: true} {
			if _, there := w.order(id); there != want {
				t.Errorf("order %d in MiniCRM: %t; want %t", id, there, want)
			}
		}
		if !w.asks("account", "minicrm.status", "no status for Completed") {
			t.Error("the connection does not say which status has gone")
		}
		if f := w.findings("MiniCRM"); len(f) != 1 || f[0].Colour != engine.Red || !strings.Contains(f[0].Text, `Handed over`) {
			t.Errorf("check = %+v; want the status red, with those that are there", f)
		}
		w.document["status_names"] = map[string]any{"Handed over": "Completed"}
		w.register()
		w.runFor(15 * time.Minute)
		if o, ok := w.order(902); !ok || o.Status != "Completed" {
			t.Errorf("order 902 after its label was tied = %+v, %t; want Completed", o, ok)
		}
		w.document["status_names"] = map[string]any{"Handed over": "Completed", "Gone": "Failed"}
		if f := w.findings("status_names"); len(f) != 1 || f[0].Colour != engine.Red || !strings.Contains(f[0].Text, `"Gone"`) {
			t.Errorf("check of a tie to no label = %+v; want it red and named", f)
		}
	})
}

func TestAFieldThatIsPutBackLetsTheOrdersGoByThemselves(t *testing.T) {
	w := newWorld(t, storetest.SQLite, options{orders: 5, limited: true})
	w.net.hosts[crmHost] = spoiled{w.crm, func(path, body string) string {
		return replaceIn(path, "/Schema/Project/4", body, `"AWB"`, `"AWB2"`)
	}}
	w.begin(false)
	w.runFor(30 * time.Minute)
	if n := w.documents(); n != 0 || !w.asks("account", "minicrm.field", "no field AWB (field_map)") {
		t.Errorf("%d documents were sent without the field; want none, and the field named", n)
	}
	w.net.hosts[crmHost] = w.crm
	w.runFor(15 * time.Minute)
	w.checkAgreement()
}

func TestAPairThatIsTakenAwayHoldsWhatWasNotSentYet(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for name, state := range map[string]any{"no pair": "", "null": nil} {
			t.Run(name, func(t *testing.T) {
				w := newWorld(t, kind, options{limited: true})
				w.place(sale{id: 901, number: 1}, sale{id: 902, number: 2, status: statusDone})
				w.clock.Advance(10 * time.Second)
				w.crmFault("Category", "500", 3)
				w.begin(false)
				w.runFor(20 * time.Second) // read, and not sent
				w.statusMap(statusDone, state)
				w.register()
				w.runFor(5 * time.Minute)
				want := punte.Held
				if state == nil {
					want = punte.Left
				}
				if d := w.duty("902").Duty; d.State != want || d.Sent != 0 {
					t.Errorf("order 902 is %s, sent %d; want %s and never sent", d.State, d.Sent, want)
				}
				if _, ok := w.order(901); !ok {
					t.Error("the order whose pair is there did not arrive")
				}
			})
		}
	})
}

func TestAPairReleasesWhatWaitsForItWhileTheConnectionRuns(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: func(d map[string]any) {
			_, name, _ := strings.Cut(statusDone, "|")
			delete(d["status_map"].(map[string]any), name)
		}})
		w.place(sale{id: 901, number: 1, status: statusDone}, sale{id: 902, number: 2, status: statusDone})
		w.begin(false)
		w.runFor(time.Minute)
		if f := w.findings("status map"); len(f) == 0 || !strings.Contains(f[0].Text, "(2 orders wait)") {
			t.Errorf("check = %+v; want the status with the orders that wait", f)
		}
		w.statusMap(statusDone, "Paid")
		w.register()
		w.runFor(20 * time.Second)
		for _, id := range []int64{901, 902} {
			if o, ok := w.order(id); !ok || o.Status != "Paid" {
				t.Errorf("order %d = %+v, %t; want Paid", id, o, ok)
			}
		}
	})
}

func TestARenamedStatusSurvivesAnotherSettingBeingSaved(t *testing.T) {
	w := newWorld(t, storetest.SQLite, options{})
	id, _, _ := strings.Cut(statusDone, "|")
	w.control(w.shop, "/_sim/statuses", fmt.Sprintf(`<OrderStatuses><Status><Id>%s</Id><Name>Kézbesítve</Name><Type>close_ok</Type></Status></OrderStatuses>`, id))
	w.document["owner"] = "Kiss Béla"
	w.register()
	w.place(sale{id: 901, number: 1, status: id + "|Kézbesítve"})
	w.once()
	if o, _ := w.order(901); o.Status != "Completed" {
		t.Errorf("order 901 = %+v; want Completed by the status's id", o)
	}
	if f := w.findings("status map"); len(f) == 0 || f[0].Colour != engine.Green {
		t.Errorf("check = %+v; want the renamed status known", f)
	}
	w.statusMap(statusDone, "")
	w.document["status_map"].(map[string]any)["Kézbesítve"] = "Paid"
	w.register()
	w.place(sale{id: 902, number: 2, status: id + "|Kézbesítve"})
	w.once()
	if o, _ := w.order(902); o.Status != "Paid" {
		t.Errorf("order 902 = %+v; want Paid by the new name", o)
	}
}

// documents keeps the body of each document handed over.
type documents struct {
	crm    http.Handler
	bodies []string
}

func (d *documents) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/Upload") {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		d.bodies = append(d.bodies, string(body))
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	d.crm.ServeHTTP(w, r)
}

func TestADocumentHoldsWhatIsRequiredAndWhatChangedOfOurs(t *testing.T) {
	w := newWorld(t, storetest.SQLite, options{})
	kept := &documents{crm: w.net.hosts[crmHost]}
	w.net.hosts[crmHost] = kept
	w.place(sale{id: 901, number: 1, awb: "PCK-1", comment: "first"})
	w.once()
	w.clock.Advance(time.Minute)
	w.place(sale{id: 901, number: 1, placed: noon, awb: "PCK-2", comment: "first"})
	w.once()
	if len(kept.bodies) != 2 {
		t.Fatalf("%d documents; want 2", len(kept.bodies))
	}
	for i, tt := range []struct{ has, lacks []string }{
		{has: []string{
			"<Number>", "<Performance>", "<Customer>", "<Products>", "<CurrencyCode>", "<Language>", "<PaymentMethod>", "<Status>",
			"<UserId>", "<StatusUnas>", "<Observatii>", "<AWB>", "<Contacts>", "<StatusId>",
		}},
		{
			has:   []string{"<Number>", "<Performance>", "<Customer>", "<Products>", "<AWB>PCK-2</AWB>", "<CategoryId>"},
			lacks: []string{"<CurrencyCode>", "<Language>", "<PaymentMethod>", "<Status>", "<UserId>", "<StatusUnas>", "<Observatii>", "<Contacts>", "<StatusId>"},
		},
	} {
		for _, text := range tt.has {
			if !strings.Contains(kept.bodies[i], text) {
				t.Errorf("document %d has no %s:\n%s", i+1, text, kept.bodies[i])
			}
		}
		for _, text := range tt.lacks {
			if strings.Contains(kept.bodies[i], text) {
				t.Errorf("document %d has %s:\n%s", i+1, text, kept.bodies[i])
			}
		}
	}
	w.checkAgreement()
}

// Whatever MiniCRM makes of an order that is sent without its status, in the end it
// has the status that the shop gave it.
func TestAnAccountThatDraftsOrdersWithoutTheirStatusIsLearned(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{limited: true, crm: minicrmsim.Options{Switches: minicrmsim.Switches{AbsentStatusDrafts: true}}})
		w.begin(false)
		for round := range 4 {
			var sales []sale
			for i := range 4 {
				sales = append(sales, sale{id: 901 + i, number: 1 + i, placed: noon, quantity: strconv.Itoa(round + 1)})
			}
			w.place(sales...)
			w.runFor(15 * time.Minute)
			w.checkAgreement()
		}
		sent := w.documents()
		w.restart()
		w.begin(false)
		w.place(sale{id: 901, number: 1, placed: noon, quantity: "9"})
		w.runFor(15 * time.Minute)
		w.checkAgreement()
		if n := w.documents() - sent; n != 1 {
			t.Errorf("%d documents for a change once it was learned; want 1", n)
		}
	})
}

func TestAnOrderWithAnOddIDIsForgottenOnceTheShopTellsItsID(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		good := fmt.Sprintf("%d", 4711)
		odd := true
		w.net.hosts[shopHost] = spoiled{w.shop, func(_, body string) string {
			if odd {
				return strings.ReplaceAll(body, "<Id>"+good+"</Id>", "<Id>A17</Id>")
			}
			return body
		}}
		w.place(sale{id: 4711, number: 11})
		w.once()
		if d := w.duty("key:71823-11").Duty; d.State != punte.Parked || d.Problem.Field != "Id" {
			t.Fatalf("the order with the odd id is %s, %+v; want parked", d.State, d.Problem)
		}
		odd = false
		w.clock.Advance(time.Minute)
		w.once()
		if r := w.standing(); r.Parked != 0 || r.Confirmed != 1 {
			t.Errorf("standing = %+v; want the order confirmed and nothing parked", r)
		}
		if _, err := w.store.Order(t.Context(), w.id, "key:71823-11"); punte.ErrorCode(err) != punte.NotFound {
			t.Errorf("Order(key:71823-11) = %v; want it forgotten", err)
		}
	})
}

// A field that an administrator removes while the account is still trusted: what was
// sent into it is refused, and waits instead of being parked.
func TestAFieldRemovedWhileTheConnectionRunsParksNothing(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for name, edits := range map[string][2]string{
			"a field": {
				`{"category":4,"remove_field":"AWB"}`,
				`{"category":4,"add_field":{"name":"AWB","type":"Text(128)"}}`,
			},
			"a status": {
				`{"category":4,"rename_status":{"id":2903,"name":"Ismeretlen"}}`,
				`{"category":4,"rename_status":{"id":2903,"name":"Teljesített"}}`,
			},
			"the module": {`{"category":4,"trashed":true}`, `{"category":4,"trashed":false}`},
		} {
			t.Run(name, func(t *testing.T) {
				w := newWorld(t, kind, options{limited: true})
				w.place(sale{id: 901, number: 1, awb: "PCK-1"}, sale{id: 902, number: 2})
				w.clock.Advance(10 * time.Second)
				w.begin(false)
				w.runFor(5 * time.Minute)
				w.control(w.crm, "/_sim/module", edits[0])
				for i := range 6 {
					w.place(sale{id: 901, number: 1, placed: noon, awb: fmt.Sprintf("PCK-%d", i+2), status: statusDone},
						sale{id: 902, number: 2, placed: noon, quantity: strconv.Itoa(i + 3)}, sale{id: 903 + i, number: 3 + i})
					w.runFor(10 * time.Minute)
				}
				if r := w.standing(); r.Parked != 0 || r.Held != 0 {
					t.Errorf("standing = %+v; want nothing parked or held", r)
				}
				if !w.asks("account", "minicrm."+map[string]string{"a field": "field", "a status": "status", "the module": "module"}[name], "") {
					t.Error("the connection does not say what has gone")
				}
				w.control(w.crm, "/_sim/module", edits[1])
				w.runFor(30 * time.Minute)
				w.checkAgreement()
			})
		}
	})
}
