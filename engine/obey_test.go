package engine_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"punte"
	"punte/engine"
	"punte/minicrm/minicrmsim"
	"punte/store"
	"punte/store/storetest"
)

// obeyed is what the engine does better on a system that is unlike what is likely, once
// a probe was made.
type obeyed struct {
	name     string
	switches minicrmsim.Switches
	later    func(s *minicrmsim.Switches) // set after the probe
	change   func(document map[string]any)
	life     func(w *world) // what happens in the shop
	right    func(w *world) string
}

// agreed says how the only orders differ from what they should be.
func agreed(state string, amounts map[int64]string) func(w *world) string {
	return func(w *world) string {
		for id, amount := range amounts {
			o, ok := w.order(id)
			switch {
			case !ok:
				return "an order is missing"
			case o.Status != state || o.Amount != amount:
				return "it shows " + o.Status + " " + o.Amount
			}
		}
		return ""
	}
}

// coupon is a line that takes something off.
const coupon = `<Item><Id>discount-amount</Id><Name>Kupon</Name><Unit>db</Unit><Quantity>1</Quantity>` +
	`<PriceNet>-100</PriceNet><PriceGross>-127</PriceGross><Vat>27%</Vat></Item>`

func item(id, name string) string {
	return `<Item><Id>` + id + `</Id><Name>` + name + `</Name><Unit>db</Unit><Quantity>1</Quantity><PriceNet>1000</PriceNet><PriceGross>1270</PriceGross><Vat>27%</Vat></Item>`
}

// mapTo maps one of the shop's statuses to a state.
func mapTo(status *string, state string) func(map[string]any) {
	return func(d map[string]any) {
		_, name, _ := strings.Cut(*status, "|")
		d["status_map"].(map[string]any)[name] = state
	}
}

// again lets a minute pass and runs to the end.
func again(w *world, orders ...sale) {
	w.clock.Advance(time.Minute)
	w.place(orders...)
	w.once()
}

var obeys = []obeyed{
	{
		name: "a status is always sent", switches: minicrmsim.Switches{AbsentStatusDrafts: true},
		life: func(w *world) {
			w.place(sale{id: 901, number: 1})
			w.once()
			again(w, sale{id: 901, number: 1, placed: noon, quantity: "3"})
		},
		// Without a probe the second document mends what the first did: see sift.go.
		right: func(w *world) string {
			if wrong := agreed("Issued", map[int64]string{901: "3810"})(w); wrong != "" || w.documents()-w.probeDocuments <= 2 {
				return wrong
			}
			return "a change took more than one document"
		},
	},
	{
		name: "lines that left go as 0", switches: minicrmsim.Switches{MissingLinesKept: true},
		life: func(w *world) {
			w.place(sale{id: 901, number: 1, items: item("7002", "Tea") + item("7003", "Kávé")})
			w.once()
			again(w, sale{id: 901, number: 1, placed: noon, items: item("7003", "Kávé")})
			again(w, sale{id: 901, number: 1, placed: noon, items: item("7003", "Kávé"), comment: "x"})
		},
		right: agreed("Issued", map[int64]string{901: "1270"}),
	},
	{
		name: "a closed order that changes is told at once", switches: minicrmsim.Switches{ClosedOrdersFrozen: true},
		life: func(w *world) {
			noon := w.clock.Now()
			w.place(sale{id: 901, number: 1, email: "x@example.com", status: statusDone}, sale{id: 902, number: 2, email: "x@example.com", status: statusDone})
			w.once()
			again(w, sale{id: 901, number: 1, placed: noon, email: "x@example.com", status: statusDone, quantity: "5"},
				sale{id: 902, number: 2, placed: noon, email: "x@example.com", status: statusDone, extra: "<Weight>5</Weight>"},
				sale{id: 903, number: 3, email: "x@example.com"})
		},
		right: func(w *world) string {
			d := w.duty("901").Duty
			if d.State != punte.Parked || d.Problem.Code != punte.ProblemCannot || !strings.Contains(d.Problem.Reason, "Completed") {
				return "order 901 is " + string(d.State) + ": " + d.Problem.Reason
			}
			for _, ref := range []string{"902", "903"} {
				if d := w.duty(ref).Duty; d.State != punte.Confirmed {
					return "order " + ref + " is " + string(d.State) + ": " + d.Problem.Reason
				}
			}
			for _, d := range w.crm.Log()[w.probeDocuments:] {
				if len(d.Refused) > 0 {
					return "it was tried in vain: " + d.Refused[0].Reason
				}
			}
			return ""
		},
	},
	{
		name: "an order that can't be Paid is told at once", switches: minicrmsim.Switches{NoPaidWord: true}, change: mapTo(&statusDone, "Paid"),
		life: func(w *world) {
			w.place(sale{id: 901, number: 1, email: "x@example.com", status: statusDone}, sale{id: 902, number: 2, email: "x@example.com"})
			w.once()
		},
		right: func(w *world) string {
			if d := w.duty("901").Duty; d.State != punte.Parked || d.Problem.Code != punte.ProblemCannot {
				return "order 901 is " + string(d.State)
			}
			if d := w.duty("902").Duty; d.State != punte.Confirmed || w.realDocuments() != 1 {
				return "the customer's other order is " + string(d.State)
			}
			return ""
		},
	},
	{
		name: "a discount goes as a negative quantity", switches: minicrmsim.Switches{NegativePriceRefused: true},
		life: func(w *world) {
			w.place(sale{id: 901, number: 1, items: item("7002", "Tea") + coupon})
			w.once()
		},
		right: agreed("Issued", map[int64]string{901: "1143"}),
	},
	{
		name: "one bad order stops no others", switches: minicrmsim.Switches{ErrorSpoilsDocument: true}, change: mapTo(&statusDone, "Paid"),
		later: func(s *minicrmsim.Switches) { s.NoPaidWord = true },
		life: func(w *world) {
			w.place(sale{id: 901, number: 1}, sale{id: 902, number: 2, status: statusDone}, sale{id: 903, number: 3})
			w.once()
		},
		right: func(w *world) string {
			if r := w.standing(); r.Confirmed != 2 {
				return "the good ones did not arrive"
			}
			// With others to see MiniCRM work by, the bad one is told, too.
			again(w, sale{id: 904, number: 4}, sale{id: 905, number: 5})
			for n := range 6 {
				again(w, sale{id: 906 + n, number: 6 + n})
			}
			if r := w.standing(); r.Parked != 1 || r.Confirmed != 10 {
				return fmt.Sprintf("the bad one is not told: %+v", r)
			}
			return ""
		},
	},
	{
		name: "drafts that are listed are looked for", switches: minicrmsim.Switches{DraftsListed: true}, change: mapTo(&statusNew, "Draft"),
		life: func(w *world) {
			w.crmFault("SyncFeed/Upload", "half", 1)
			w.place(sale{id: 901, number: 1}, sale{id: 902, number: 2})
			w.once()
		},
		right: func(w *world) string {
			if wrong := agreed("Draft", map[int64]string{901: "2540", 902: "2540"})(w); wrong != "" {
				return wrong
			}
			// Without a probe it is looked for by its card, and found missing there.
			for _, ref := range []string{"901", "902"} {
				events, err := w.store.Events(w.t.Context(), w.id, ref)
				if err != nil {
					return err.Error()
				}
				if slices.ContainsFunc(events, func(e store.Event) bool { return e.State == string(punte.Unlisted) }) {
					return "it was taken for done before it was listed"
				}
			}
			return ""
		},
	},
	{
		name: "orders are found where they are listed", switches: minicrmsim.Switches{OrderListUnderOffer: true},
		life: func(w *world) { w.place(sale{id: 901, number: 1}); w.once() },
		right: func(w *world) string {
			if r := w.standing(); r.Confirmed != 1 {
				return "it is not confirmed"
			}
			return ""
		},
	},
	{
		name: "without a list orders are found by their cards", switches: minicrmsim.Switches{NoOrderList: true},
		life: func(w *world) { w.place(sale{id: 901, number: 1}); w.once() },
		right: func(w *world) string {
			if r := w.standing(); r.Confirmed != 1 || w.realDocuments() != 1 {
				return "it is not confirmed by its card"
			}
			return ""
		},
	},
	{
		name: "a card's status goes by id", switches: minicrmsim.Switches{StatusForm: "id"},
		life:  func(w *world) { w.place(sale{id: 901, number: 1}); w.once() },
		right: agreed("Issued", map[int64]string{901: "2540"}),
	},
	{
		name: "documents are fetched where none can be sent", switches: minicrmsim.Switches{NoUpload: true},
		life: func(w *world) {
			w.place(sale{id: 901, number: 1})
			w.begin(true)
			w.runFor(10 * time.Minute)
		},
		right: agreed("Issued", map[int64]string{901: "2540"}),
	},
}

// realDocuments are those that hold orders of the shop.
func (w *world) realDocuments() int { return w.documents() - w.probeDocuments }

// Each thing that the engine goes by: without the finding it fails or needs help on such
// a system, with it all is right.
func TestTheEngineObeysWhatAProbeFound(t *testing.T) {
	t.Parallel()
	for _, o := range obeys {
		t.Run(o.name, func(t *testing.T) {
			storetest.EachKind(t, func(t *testing.T, kind string) {
				for _, probe := range []bool{false, true} {
					if !probe && kind != "sqlite" {
						continue // what goes wrong without one does so on any database
					}
					t.Run(map[bool]string{false: "without", true: "with"}[probe], func(t *testing.T) {
						w := newWorld(t, kind, options{crm: minicrmsim.Options{Switches: o.switches}, change: o.change})
						if probe {
							if _, err := w.probe(engine.ProbeOptions{}); err != nil && !o.switches.NoUpload {
								t.Fatalf("Probe: %v", err)
							}
							w.probeDocuments = w.documents()
						}
						if o.later != nil {
							s := w.crm.Switches()
							o.later(&s)
							if err := w.crm.SetSwitches(s); err != nil {
								t.Fatal(err)
							}
						}
						o.life(w)
						wrong := o.right(w)
						if probe && wrong != "" {
							t.Errorf("with a probe: %s\n%s", wrong, w.said.String())
						}
						if !probe && wrong == "" {
							t.Error("all is right without a probe: the test shows nothing")
						}
					})
				}
			})
		})
	}
}

// saved notes findings as a probe does.
func (w *world) saved(found ...string) {
	w.t.Helper()
	var list []store.Finding
	for _, text := range found {
		name, value, _ := strings.Cut(text, "=")
		list = append(list, store.Finding{Name: name, Value: value, Evidence: "seen", Sure: store.Sure, Found: w.clock.Now()})
	}
	if err := w.store.SaveFindings(w.t.Context(), "https://"+crmHost+"/"+minicrmsim.DefaultSystemID, list); err != nil {
		w.t.Fatal(err)
	}
}

// What no switch of the simulator does: a move that is not made, fields that an absent
// element clears, an owner whom only the name finds.
func TestTheEngineObeysFindingsThatNoSimulatorShows(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		w.saved("orders.moves=Completed>Issued,Draft>Paid", "field.absent=cleared", "owner.id=other", "owner.name=lands")
		bodies := w.bodies()
		w.place(sale{id: 901, number: 1, status: statusDone, comment: "egy"}, sale{id: 902, number: 2, comment: "egy"})
		w.once()
		again(w, sale{id: 901, number: 1, placed: noon}, sale{id: 902, number: 2, placed: noon, comment: "egy", awb: "P1"})
		if d := w.duty("901").Duty; d.State != punte.Parked || !strings.Contains(d.Problem.Reason, "from Completed to Issued") {
			t.Errorf("order 901 is %s: %+v; want it parked for its move", d.State, d.Problem)
		}
		last := (*bodies)[len(*bodies)-1]
		if !strings.Contains(last, "<Observatii>egy</Observatii>") || !strings.Contains(last, "<AWB>P1</AWB>") {
			t.Errorf("the change has not all fields:\n%s", last)
		}
		if !strings.Contains((*bodies)[0], "<UserId>Ana Ionescu</UserId>") {
			t.Errorf("the owner is not given by name:\n%s", (*bodies)[0])
		}
	})
}

// bodies collects the documents that are sent from now on.
func (w *world) bodies() *[]string {
	var all []string
	w.net.before = func(r *http.Request) error {
		if strings.HasSuffix(r.URL.Path, "/Upload") && r.GetBody != nil {
			body, err := r.GetBody()
			if err != nil {
				return err
			}
			var text strings.Builder
			if _, err := io.Copy(&text, body); err != nil {
				return err
			}
			all = append(all, text.String())
		}
		return nil
	}
	return &all
}

// A store that knows nothing, or only what could not be found out, goes by what is
// likely.
func TestAnUnknownFindingChangesNothing(t *testing.T) {
	w := newWorld(t, "sqlite", options{})
	if err := w.store.SaveFindings(t.Context(), "https://"+crmHost+"/"+minicrmsim.DefaultSystemID, []store.Finding{
		{Name: "status.paid", Value: "refused", Evidence: "not seen", Sure: store.Unknown, Found: noon},
	}); err != nil {
		t.Fatal(err)
	}
	_, name, _ := strings.Cut(statusDone, "|")
	w.document["status_map"].(map[string]any)[name] = "Paid"
	w.register()
	w.place(sale{id: 901, number: 1, status: statusDone})
	w.once()
	w.checkAgreement()
}

// A card in another module may have a customer's external id, where these are unique in
// their module only. The preview must not take it for the customer's.
func TestThePreviewLooksInTheModuleWhereExternalIdsAreUnique(t *testing.T) {
	w := newWorld(t, "sqlite", options{crm: minicrmsim.Options{Switches: minicrmsim.Switches{ReferencesPerModule: true}}})
	w.place(sale{id: 901, number: 1})
	conn, keys := w.connection()
	id := punte.Hash("guest:vevo901@example.com")
	w.upload(`<Projects><Project Id="` + strconv.FormatInt(id, 10) + `"><Name>Somebody else</Name><CategoryId>3</CategoryId></Project></Projects>`)
	cardIsNew := func() bool {
		t.Helper()
		w.clock.Advance(time.Minute)
		list, err := w.engine.Preview(t.Context(), conn, keys, 5)
		if err != nil || len(list) != 1 {
			t.Fatalf("Preview = %v, %v", list, err)
		}
		return list[0].CardNew
	}
	if cardIsNew() {
		t.Error("the preview finds the other module's card by itself: the test shows nothing")
	}
	if _, err := w.probe(engine.ProbeOptions{}); err != nil {
		t.Fatal(err)
	}
	if !cardIsNew() {
		t.Error("the preview takes another module's card for the customer's")
	}
}

// upload sends a document as another program does.
func (w *world) upload(body string) {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/Api/SyncFeed/"+minicrmsim.DefaultSystemID+"/Upload", strings.NewReader(body))
	r.SetBasicAuth(minicrmsim.DefaultSystemID, crmKey)
	recorder := httptest.NewRecorder()
	w.crm.ServeHTTP(recorder, r)
	if recorder.Code != http.StatusOK {
		w.t.Fatalf("uploading: %d %s", recorder.Code, recorder.Body)
	}
	w.crm.Settle()
}

func TestCheckTellsOfTheProbe(t *testing.T) {
	w := newWorld(t, "sqlite", options{crm: minicrmsim.Options{Switches: minicrmsim.Switches{StockBySKU: true, NoPaidWord: true}}, change: mapTo(&statusDone, "Paid")})
	conn, keys := w.connection()
	lines := func() (texts []string) {
		for _, f := range w.engine.Check(t.Context(), conn, keys) {
			if strings.HasPrefix(f.What, "probe") {
				texts = append(texts, string(f.Colour)+" "+f.Text+" "+f.Next)
			}
		}
		return texts
	}
	if got := lines(); len(got) != 1 || !strings.HasPrefix(got[0], "note no probe") || !strings.Contains(got[0], "punte probe") {
		t.Errorf("check before a probe: %q", got)
	}
	if _, err := w.probe(engine.ProbeOptions{}); err != nil {
		t.Fatal(err)
	}
	got := lines()
	for _, want := range []string{"ok made on 2026-06-10", "send_sku", "Paid"} {
		if !slices.ContainsFunc(got, func(line string) bool { return strings.Contains(line, want) }) {
			t.Errorf("check after a probe: %q; want a line with %q", got, want)
		}
	}
}
