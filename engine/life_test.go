package engine_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"punte"
	"punte/engine"
	"punte/minicrm/minicrmsim"
	"punte/store/storetest"
)

// lives are those of the orders with a number.
func (w *world) lives(key string) []engine.Life {
	w.t.Helper()
	lives, err := w.engine.Lives(w.t.Context(), w.id, key)
	if err != nil {
		w.t.Fatalf("Lives(%s): %v", key, err)
	}
	return lives
}

// kinds are what happened in a life.
func kinds(l engine.Life) string {
	var list []string
	for _, e := range l.Events {
		list = append(list, e.Kind)
	}
	return strings.Join(list, " ")
}

// TestTheLifeOfAnOrderIsToldFromItsFirstSightToItsCard, without asking either service.
func TestTheLifeOfAnOrderIsToldFromItsFirstSightToItsCard(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		w.place(sale{id: 801, number: 801, comment: "első"}, sale{id: 802, number: 802, status: "77|Ismeretlen"})
		w.once()
		w.clock.Advance(time.Hour)
		w.place(sale{id: 801, number: 801, placed: noon, quantity: "3", status: statusDone, comment: "első"})
		w.once()
		w.net.hosts = nil // whoever calls now fails

		l := w.lives("71823-801")[0]
		if got := kinds(l); got != "seen sent confirmed seen sent confirmed" {
			t.Errorf("life = %s", got)
		}
		if l.State != punte.Confirmed || l.Shown != 2 || l.Proof != engine.ProofGood || l.Total != "3810" || l.Currency != "HUF" {
			t.Errorf("life = %+v; want it confirmed in version 2 over 3810 HUF", l)
		}
		_, done, _ := strings.Cut(statusDone, "|")
		_, fresh, _ := strings.Cut(statusNew, "|")
		if want := fmt.Sprintf("status %s -> %s; total 2540 HUF -> 3810 HUF; what the lines say", fresh, done); l.Events[3].Text != want {
			t.Errorf("what changed = %q; want %q", l.Events[3].Text, want)
		}
		if text := l.Events[4].Text; !strings.Contains(text, "status Completed") || !strings.Contains(text, "amount 3810") || !strings.Contains(text, "StatusUnas") {
			t.Errorf("what was sent = %q", text)
		}
		crm, _ := w.order(801)
		if want := fmt.Sprintf("https://%s/%s/#Project-4/%d", crmHost, minicrmsim.DefaultSystemID, crm.CardID); l.Link != want {
			t.Errorf("link = %s; want %s", l.Link, want)
		}
		if !strings.HasPrefix(l.XML, "<Order Id=\"801\">") || !strings.HasSuffix(l.XML, "</Order>") || !strings.Contains(l.XML, "<Quantity>3</Quantity>") {
			t.Errorf("XML = %s; want the order's part of the last document", l.XML)
		}
		if zone, offset := l.Placed.Zone(); offset != 7200 || l.Events[0].At.Location() != l.Placed.Location() {
			t.Errorf("times are in %s; want the shop's zone", zone)
		}
		if !l.Raw {
			t.Error("the shop's XML is said not to be kept")
		}

		held := w.lives(" 71823-802 ")[0]
		if held.State != punte.Held || !strings.Contains(held.Reason, "no pair") || !strings.Contains(held.Next, "status_map") || held.XML != "" || held.Link != "" {
			t.Errorf("life of an order that waits = %+v", held)
		}
	})
}

// TestANumberGivenOutAgainHasTwoLives, the older one first.
func TestANumberGivenOutAgainHasTwoLives(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		w.place(sale{id: 801, number: 1}, sale{id: 700, number: 1, placed: noon.Add(time.Hour)})
		w.clock.Advance(2 * time.Hour)
		w.once()
		var got []int64
		for _, l := range w.lives("71823-1") {
			got = append(got, l.ID)
		}
		if !slices.Equal(got, []int64{801, 700}) {
			t.Errorf("lives of %v; want 801, 700", got)
		}
	})
}

// TestAnUnknownNumberIsAnsweredWithWhatToDo
func TestAnUnknownNumberIsAnsweredWithWhatToDo(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		w.placePerson("", sale{id: 901, number: 901})
		says := func(want string) {
			t.Helper()
			_, err := w.engine.Lives(t.Context(), w.id, "71823-901")
			if punte.ErrorCode(err) != punte.NotFound || !strings.Contains(err.Error(), want) {
				t.Errorf("Lives = %v; want NotFound with %q", err, want)
			}
		}
		says("the shop was not read yet")
		w.once()
		w.erase()
		says("was forgotten at 2026-06-10")
		if _, err := w.engine.Lives(t.Context(), w.id, "no such"); err == nil || !strings.Contains(err.Error(), "the shop was read up to 2026-06-10") {
			t.Errorf("Lives of an unknown number = %v; want how far the shop was read", err)
		}
	})
}

// TestWhatAPersonChangesInMiniCRMIsNotedAndNotRepaired, and the note goes when it is
// as it was.
func TestWhatAPersonChangesInMiniCRMIsNotedAndNotRepaired(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		w.place(sale{id: 801, number: 801}, sale{id: 802, number: 802})
		w.once()
		crm, _ := w.order(801)
		w.clock.Advance(10 * time.Minute)
		w.act(w.duty("801").Duty.CRMID, "Complete")
		documents := w.documents()
		w.clock.Advance(time.Minute)
		w.place(sale{id: 803, number: 803}) // something is on its way, so the lists are read
		w.onceWith(func() { w.put(fmt.Sprintf("R3/Project/%d", crm.CardID), `{"UserId":100002}`) })
		d := w.duty("801").Duty
		if d.State != punte.Confirmed || !strings.Contains(d.Changed, "status is Completed") || !strings.HasSuffix(d.Changed, "last written Issued; owner is now user 100002") {
			t.Errorf("duty = %s, changed %q; want it confirmed, with what was changed", d.State, d.Changed)
		}
		if w.documents() != documents+1 {
			t.Errorf("%d documents were sent; want the one of the new order", w.documents()-documents)
		}
		if other := w.duty("802").Duty; other.Changed != "" {
			t.Errorf("the other order is marked %q", other.Changed)
		}
		l := w.lives("71823-801")[0]
		if last := l.Events[len(l.Events)-1]; last.Kind != "changed" || l.Changed != d.Changed {
			t.Errorf("life = %+v; want the change as its last event", l.Events)
		}

		// The owner is as it was again; the shop then says what the person did before it.
		w.clock.Advance(time.Minute)
		w.place(sale{id: 804, number: 804})
		w.onceWith(func() { w.put(fmt.Sprintf("R3/Project/%d", crm.CardID), `{"UserId":100001}`) })
		if d := w.duty("801").Duty; !strings.Contains(d.Changed, "status is Completed") || strings.Contains(d.Changed, "owner") {
			t.Errorf("changed = %q; want the status only", d.Changed)
		}
		w.clock.Advance(time.Minute)
		w.place(sale{id: 801, number: 801, placed: noon, status: statusDone})
		w.once()
		if d := w.duty("801").Duty; d.State != punte.Confirmed || d.Changed != "" {
			t.Errorf("duty = %s, changed %q; want it confirmed without a mark", d.State, d.Changed)
		}
	})
}

// onceWith runs once; when the first document is handed over, a person does something.
func (w *world) onceWith(person func()) {
	w.t.Helper()
	did := false
	w.net.before = func(r *http.Request) error {
		if !did && r.URL.Host == crmHost && strings.Contains(r.URL.Path, "/SyncFeed") {
			did = true
			person()
		}
		return nil
	}
	w.once()
	w.net.before = nil
	if !did {
		w.t.Error("no document was handed over")
	}
}

// act does in MiniCRM what a person does to an order document.
func (w *world) act(document int64, action string) {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPost, fmt.Sprintf("/Api/Order/%d/%s", document, action), http.NoBody)
	r.SetBasicAuth(minicrmsim.DefaultSystemID, crmKey)
	recorder := httptest.NewRecorder()
	w.crm.ServeHTTP(recorder, r)
	if recorder.Code != http.StatusOK {
		w.t.Fatalf("POST %s of document %d: %d %s", action, document, recorder.Code, recorder.Body)
	}
}

// TestOldThingsAreSweptByThemselves, once a day and not in a run that ends by itself.
func TestOldThingsAreSweptByThemselves(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		w.place(sale{id: 801, number: 801}, sale{id: 802, number: 802, currency: "??"})
		w.once()
		w.clock.Advance(time.Hour)
		w.once() // the last time that these orders are read
		w.clock.Advance(91 * 24 * time.Hour)
		w.once()
		if l := w.lives("71823-801")[0]; !l.Raw || l.XML == "" {
			t.Errorf("a run that ends by itself swept: %+v", l)
		}
		w.begin(false)
		w.runFor(time.Minute)
		l := w.lives("71823-801")[0]
		if l.Raw || l.XML != "" || len(l.Events) > 0 || l.State != punte.Confirmed || l.Total != "2540" {
			t.Errorf("life = %+v; want its latest state only", l)
		}
		if parked := w.lives("71823-802")[0]; !parked.Raw {
			t.Error("the XML of an order that could not be sent is gone")
		}
		w.place(sale{id: 803, number: 803})
		w.runFor(10 * time.Minute)
		if l := w.lives("71823-803")[0]; l.State != punte.Confirmed || !l.Raw {
			t.Errorf("life of a new order = %+v; want it untouched by the sweep", l)
		}
	})
}
