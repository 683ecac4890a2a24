package engine_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"punte/minicrm/minicrmsim"
	"punte/store"
	"punte/store/storetest"
)

// People who go while the list is read move others to pages that were read before:
// nobody is missed all the same.
func TestAListThatMovesIsMetWhole(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		const all = 320
		for i := range all {
			w.person(fmt.Sprintf("Somebody%d", i), fmt.Sprintf("somebody%d@example.com", i))
		}
		w.clock.Advance(5 * time.Hour) // the overlap of changes does not show them
		gone, calls := 0, 0
		w.net.before = func(r *http.Request) error {
			if !strings.HasSuffix(r.URL.Path, "/Contact") {
				return nil
			}
			if calls++; calls == 2 || calls == 4 {
				for range 30 {
					gone++
					w.put(fmt.Sprintf("R3/PurgePerson/%d", gone), `{}`)
				}
			}
			return nil
		}
		w.once()
		w.net.before = nil
		account := "https://" + crmHost + "/" + minicrmsim.DefaultSystemID
		for i := range all {
			found, err := w.store.PeopleOfMail(t.Context(), account, store.MailHash(account, fmt.Sprintf("somebody%d@example.com", i)))
			if err != nil {
				t.Fatal(err)
			}
			if want := i >= gone; len(found) > 0 != want {
				t.Errorf("person %d is known: %t; want %t", i+1, !want, want)
			}
		}
		if gone != 60 {
			t.Errorf("%d people went; want 60", gone)
		}
	})
}

// stuck is a MiniCRM whose lists show their first page for ever.
type stuck struct{ http.Handler }

func (s stuck) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/Contact") {
		r = r.Clone(r.Context())
		query := r.URL.Query()
		query.Set("Page", "0")
		r.URL.RawQuery = query.Encode()
	}
	s.Handler.ServeHTTP(w, r)
}

func TestAListThatDoesNotTurnPagesIsAnError(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		for i := range 150 {
			w.person(fmt.Sprintf("Somebody%d", i), fmt.Sprintf("somebody%d@example.com", i))
		}
		w.place(sale{id: 901, number: 1})
		w.net.hosts[crmHost] = stuck{dated(w.clock, w.crm)}
		run := w.once()
		if !strings.Contains(run.Report.Failed, "nothing new") {
			t.Errorf("the run failed with %q; want the list named", run.Report.Failed)
		}
		if n := w.documents(); n != 0 {
			t.Errorf("%d documents were sent; want none before the people are known", n)
		}
		w.net.hosts[crmHost] = dated(w.clock, w.crm)
		w.clock.Advance(time.Minute)
		w.once()
		w.checkAgreement()
	})
}

// Without a list of orders nobody can tell what is there: nothing is sent, and it is
// said.
func TestWithoutAListOfOrdersNothingIsSent(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{crm: minicrmsim.Options{Switches: minicrmsim.Switches{NoOrderList: true}}})
		w.place(sale{id: 901, number: 1})
		run := w.once()
		if !strings.Contains(run.Report.Failed, "already") || w.documents() != 0 {
			t.Errorf("the run failed with %q and %d documents; want it to say that it can't see what is there", run.Report.Failed, w.documents())
		}
	})
}

// Two shops of one MiniCRM system share what is read of its people.
func TestConnectionsOfOneSystemShareTheIndex(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		for i := range 250 {
			w.person(fmt.Sprintf("Somebody%d", i), fmt.Sprintf("somebody%d@example.com", i))
		}
		w.clock.Advance(5 * time.Hour)
		w.place(sale{id: 901, number: 1})
		pages := 0
		w.net.before = func(r *http.Request) error {
			if strings.HasSuffix(r.URL.Path, "/Contact") && r.URL.Query().Get("UpdatedSince") == "" {
				pages++
			}
			return nil
		}
		w.once()
		if pages != 3 {
			t.Errorf("%d pages of all people were read; want 3", pages)
		}
		const second = "second.example"
		w.net.hosts[second] = w.shop
		w.document["unas"].(map[string]any)["base_url"] = "https://" + second + "/shop/"
		w.document["shop_number"] = 1
		w.document["existing"] = "adopt" // the same orders, under other ids
		first := w.id
		w.clock.Advance(20 * time.Minute) // what the first shop made is among the changes
		w.register()
		if w.id == first {
			t.Fatal("the second shop is the same connection")
		}
		w.begin(true)
		for range 100 {
			due, err := w.step(t.Context())
			if err != nil {
				break // its order makes a second document, as it must
			}
			w.clock.Advance(max(due.Sub(w.clock.Now()), time.Millisecond))
		}
		if pages != 3 {
			t.Errorf("%d pages of all people were read; want the second shop to read none", pages)
		}
		// Its buyer is the person of the first shop's.
		people := map[string]bool{}
		recorder := httptest.NewRecorder()
		w.crm.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/_sim/cards", http.NoBody))
		var cards []struct {
			Category int `json:"category"`
			Contacts any `json:"contacts"`
		}
		if err := json.Unmarshal(recorder.Body.Bytes(), &cards); err != nil {
			t.Fatal(err)
		}
		webshop := 0
		for _, c := range cards {
			if c.Category == 5 {
				webshop++
				people[fmt.Sprint(c.Contacts)] = true
			}
		}
		if webshop != 2 || len(people) != 1 {
			t.Errorf("%d cards with %v; want two with one person", webshop, people)
		}
	})
}

// While MiniCRM's people can't be read, new cards wait; changes of cards that are there
// do not.
func TestOnlyNewCardsWaitForTheIndex(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{limited: true})
		w.place(sale{id: 901, number: 1})
		w.once()
		if list, err := w.engine.Preparations(t.Context(), w.id); err != nil || len(list) != 0 {
			t.Errorf("Preparations = %+v, %v; want none", list, err)
		}
		if _, err := w.store.DB().ExecContext(t.Context(), "DELETE FROM readings WHERE kind = 'people'"); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Hour)
		w.net.before = func(r *http.Request) error {
			if strings.HasSuffix(r.URL.Path, "/Contact") {
				return errKilled
			}
			return nil
		}
		w.place(sale{id: 901, number: 1, quantity: "7"}, sale{id: 902, number: 2}, sale{id: 903, number: 3, email: "vevo901@example.com"})
		w.begin(false)
		w.runFor(10 * time.Minute)
		if o, _ := w.order(901); len(o.Items) != 1 || !strings.HasPrefix(o.Items[0].Quantity, "7") {
			t.Errorf("order 901 = %+v; want its change", o.Items)
		}
		if _, there := w.order(903); !there {
			t.Error("a further order of a known buyer waits")
		}
		if _, there := w.order(902); there {
			t.Error("a new card did not wait")
		}
		if list, err := w.engine.Preparations(t.Context(), w.id); err != nil || len(list) != 1 || list[0].Kind != store.ReadingPeople {
			t.Errorf("Preparations = %+v, %v; want the people", list, err)
		}
		w.net.before = nil
		w.runFor(30 * time.Minute)
		w.checkAgreement()
	})
}
