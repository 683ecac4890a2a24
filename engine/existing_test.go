package engine_test

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"punte"
	"punte/minicrm/minicrmsim"
	"punte/store"
	"punte/store/storetest"
)

// bring gives MiniCRM a document as another program with its key does.
func (w *world) bring(projects string) {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/Api/SyncFeed/"+minicrmsim.DefaultSystemID+"/Upload", strings.NewReader("<Projects>"+projects+"</Projects>"))
	r.SetBasicAuth(minicrmsim.DefaultSystemID, crmKey)
	recorder := httptest.NewRecorder()
	w.crm.ServeHTTP(recorder, r)
	if recorder.Code != http.StatusOK {
		w.t.Fatalf("Upload: %d %s", recorder.Code, recorder.Body)
	}
	w.clock.Advance(time.Minute)
	w.crm.Settle()
	for _, d := range w.crm.Log() {
		if len(d.Refused) > 0 {
			w.t.Fatalf("MiniCRM refused a document of the test: %+v", d.Refused)
		}
	}
}

// foreignCard is a card with an order that another program brings.
func foreignCard(card, order int64, name, number string) string {
	var safe strings.Builder
	_ = xml.EscapeText(&safe, []byte(name))
	return fmt.Sprintf(`<Project Id="%d"><Name>%s</Name><CategoryId>5</CategoryId><Contacts><Contact Id="%d"><FirstName>A</FirstName><LastName>B</LastName></Contact></Contacts>`+
		`<Orders><Order Id="%d"><Number>%s</Number><CurrencyCode>HUF</CurrencyCode><Performance>2026-06-01 10:00:00</Performance><Status>Issued</Status>`+
		`<Customer><Name>A B</Name><CountryId>Magyarország</CountryId><PostalCode>1011</PostalCode><City>Budapest</City><Address>Fő utca 1.</Address></Customer>`+
		`<Products><Product Id="1"><Name>Tea</Name><PriceNet>100</PriceNet><Quantity>1</Quantity><Unit>db</Unit><VAT>27%%</VAT><FolderName>Shop</FolderName></Product></Products>`+
		`</Order></Orders></Project>`, card, safe.String(), card, order, number)
}

// documentsOf are MiniCRM's documents with a number.
func (w *world) documentsOf(number string) (list []minicrmsim.OrderState) {
	for _, o := range w.crm.Orders() {
		if o.Number == number {
			list = append(list, o)
		}
	}
	return list
}

func TestWhatOthersBroughtIsLeftAlone(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		var all strings.Builder
		for i := range 230 { // three pages
			all.WriteString(foreignCard(int64(4_000_000_000+i), int64(4_100_000_000+i), "Somebody", fmt.Sprintf("71823-%d", i)))
		}
		w.bring(all.String())
		before := fmt.Sprint(w.crm.Orders())
		var sales []sale
		for i := range 6 {
			sales = append(sales, sale{id: 901 + i, number: 225 + i}) // 225 to 229 are there
		}
		w.place(sales...)
		w.once()
		if got := fmt.Sprint(w.crm.Orders()[:230]); got != before {
			t.Error("documents of others changed")
		}
		r := w.standing()
		if r.Existing != 5 || r.Confirmed != 1 || r.Left != 0 || !r.Clean() {
			t.Errorf("standing = %+v; want five in MiniCRM already and one confirmed", r)
		}
		list, err := w.engine.Attention(t.Context(), w.id)
		if err != nil || len(list) != 5 || list[0].Kind != "existing" || list[0].Code != punte.ProblemExisting {
			t.Errorf("Attention = %+v, %v; want the five", list, err)
		}
		// Whatever changes in the shop, they stay alone.
		w.clock.Advance(time.Hour)
		w.place(sale{id: 901, number: 225, quantity: "4"})
		w.once()
		if r := w.standing(); r.Existing != 5 || len(w.documentsOf("71823-225")) != 1 {
			t.Errorf("standing after a change = %+v; want them left alone", r)
		}
	})
}

// A database that is lost has orders in MiniCRM that are ours, next to those that were
// left alone before: the former go on, the latter stay alone.
func TestALostDatabaseTellsOursFromOthers(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		var all strings.Builder
		for i := range 40 {
			all.WriteString(foreignCard(int64(4_000_000_000+i), int64(4_100_000_000+i), "Somebody", fmt.Sprintf("71823-%d", i)))
		}
		w.bring(all.String())
		for i := range 100 {
			w.place(sale{id: 901 + i, number: i, email: fmt.Sprintf("buyer%d@example.com", i%30)})
		}
		w.once()
		if r := w.standing(); r.Existing != 40 || r.Confirmed != 60 {
			t.Fatalf("standing = %+v; want 40 in MiniCRM already and 60 confirmed", r)
		}
		before := fmt.Sprint(w.crm.Orders())
		cards := fmt.Sprint(ids(w.crm.Cards()))
		w.clock.Advance(time.Hour)
		w.forget(kind)
		w.once()
		if r := w.standing(); r.Existing != 40 || r.Confirmed != 60 {
			t.Errorf("standing after the loss = %+v; want 40 in MiniCRM already and 60 confirmed", r)
		}
		if got := fmt.Sprint(w.crm.Orders()); got != before {
			t.Error("orders after the loss differ")
		}
		if got := fmt.Sprint(ids(w.crm.Cards())); got != cards {
			t.Errorf("cards after the loss = %s; want %s", got, cards)
		}
	})
}

// What an older version sent is not left alone because it is in MiniCRM.
func TestAConnectionThatHasSentGoesOn(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		w.place(sale{id: 901, number: 1}, sale{id: 902, number: 2})
		w.once()
		for _, table := range []string{"readings", "existing", "people", "matches"} {
			if _, err := w.store.DB().ExecContext(t.Context(), "DELETE FROM "+table); err != nil {
				t.Fatal(err)
			}
		}
		w.clock.Advance(time.Hour)
		w.place(sale{id: 901, number: 1, quantity: "5"}, sale{id: 903, number: 3})
		w.once()
		w.checkAgreement()
		if r := w.standing(); r.Confirmed != 3 {
			t.Errorf("standing = %+v; want three confirmed", r)
		}
	})
}

func adopting(d map[string]any) { d["existing"] = "adopt" }

// Orders are taken over once one was seen to land on its old document.
func TestOrdersAreTakenOverAfterOneWasTried(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: adopting})
		// Another program uses the shop's ids, and somebody gave its orders other people,
		// so that they are not ours by their cards.
		var all strings.Builder
		for i := range 5 {
			all.WriteString(foreignCard(guest(fmt.Sprintf("vevo%d@example.com", 901+i)), int64(901+i), "Teszt Elek", fmt.Sprintf("71823-%d", i+1)))
		}
		w.bring(all.String())
		w.person("Other", "other@example.com")
		for _, o := range w.crm.Orders() {
			w.put(fmt.Sprintf("R3/Project/%d", o.CardID), `{"ContactId":6}`)
		}
		for i := range 5 {
			w.place(sale{id: 901 + i, number: i + 1})
		}
		sent := -1
		w.net.before = func(r *http.Request) error {
			if !strings.Contains(r.URL.Path, "SyncFeed") {
				return nil
			}
			trial, err := w.store.Adoption(r.Context(), w.id)
			if err != nil || sent < 0 && trial.State != store.AdoptionTrying {
				t.Errorf("Adoption at the first document = %+v, %v; want one tried", trial, err)
			}
			sent = 1
			return nil
		}
		w.once()
		w.checkAgreement()
		if r := w.standing(); r.Confirmed != 5 || r.Existing != 0 {
			t.Errorf("standing = %+v; want five confirmed", r)
		}
		if log := w.crm.Log(); len(log) != 3 || len(log[1].Taken) != 1 || len(log[2].Taken) != 4 {
			t.Errorf("documents = %+v; want one order, then four", log)
		}
	})
}

// Where the order that is tried makes a second document, the others are not sent.
func TestATwinStopsTheTakingOver(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: adopting})
		w.bring(foreignCard(4_000_000_001, 4_100_000_001, "A", "71823-1") + foreignCard(4_000_000_002, 4_100_000_002, "B", "71823-2"))
		w.place(sale{id: 901, number: 1}, sale{id: 902, number: 2}, sale{id: 903, number: 3})
		w.begin(true)
		stop := w.untilStopped()
		if stop == nil || stop.StopCode != "minicrm.adoption" || !strings.Contains(stop.StopText, "71823-1") || !strings.Contains(stop.StopText, "leave") {
			t.Fatalf("stopped = %+v; want it named with what to do", stop)
		}
		if n := len(w.documentsOf("71823-2")); n != 1 {
			t.Errorf("order 71823-2 has %d documents; want the old one alone", n)
		}
		// Started again, it stops again; with leave it goes on.
		w.resume()
		if again := w.untilStopped(); again == nil || again.StopCode != "minicrm.adoption" {
			t.Errorf("stopped again = %+v; want the same", again)
		}
		w.document["existing"] = "leave"
		w.register()
		w.resume()
		w.finish()
		if r := w.standing(); r.Existing != 1 || r.Confirmed != 2 {
			t.Errorf("standing = %+v; want one left alone", r)
		}
	})
}

// untilStopped works until the connection stops, nil if it does not.
func (w *world) untilStopped() (stopped *store.Connection) {
	w.t.Helper()
	for range 400 {
		due, err := w.step(w.t.Context())
		if err != nil {
			stop, ok := isStopped(err)
			if !ok {
				w.t.Fatalf("Step: %v", err)
			}
			saved, err := w.store.Connection(w.t.Context(), w.id)
			if err != nil || saved.State != store.Stopped || saved.StopCode != stop.Code || saved.StopText != stop.Text {
				w.t.Errorf("Connection = %+v, %v; want it stopped by %v", saved, err, stop)
			}
			return &store.Connection{StopCode: stop.Code, StopText: stop.Text}
		}
		w.clock.Advance(max(due.Sub(w.clock.Now()), time.Millisecond))
	}
	return nil
}

// resume starts a stopped connection as a person does.
func (w *world) resume() {
	w.t.Helper()
	w.clock.Advance(time.Minute)
	if err := w.store.SetState(w.t.Context(), w.id, store.Active, "", "", w.clock.Now()); err != nil {
		w.t.Fatal(err)
	}
	w.begin(true)
}

// A card that answers to our id and is not ours is not touched.
func TestAForeignCardStopsTheConnection(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for name, project := range map[string]string{
			"module":   `<Project Id="%d"><Name>Deal</Name><CategoryId>3</CategoryId></Project>`,
			"customer": `<Project Id="%d"><Name>Somebody Else</Name><CategoryId>5</CategoryId><Contacts><Contact><FirstName>E</FirstName><LastName>F</LastName><Email>else@example.com</Email></Contact></Contacts></Project>`,
		} {
			for _, list := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, list %t", name, list), func(t *testing.T) {
					w := newWorld(t, kind, options{crm: minicrmsim.Options{Switches: minicrmsim.Switches{ReferenceList: list}}})
					w.bring(fmt.Sprintf(project, guest("vevo901@example.com")))
					before := fmt.Sprint(w.crm.Cards())
					w.place(sale{id: 901, number: 1})
					w.begin(true)
					stop := w.untilStopped()
					if stop == nil || stop.StopCode != "minicrm.foreign_card" || !strings.Contains(stop.StopText, "/#Project-") || !strings.Contains(stop.StopText, "shop_number") {
						t.Errorf("stopped = %+v; want the card named and what to do", stop)
					}
					if got := fmt.Sprint(w.crm.Cards()); got != before {
						t.Error("the foreign card was written to")
					}
				})
			}
		}
	})
}

// Customers who come one by one are looked up one by one: another shop's customer of the
// same number keeps name and person.
func TestAForeignCardIsNotTouchedLater(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, ordered := range []bool{true, false} {
			t.Run(fmt.Sprintf("with an order %t", ordered), func(t *testing.T) {
				w := newWorld(t, kind, options{})
				w.bring(`<Project Id="77001"><Name>Somebody Else</Name><CategoryId>5</CategoryId><Contacts><Contact Id="77001"><FirstName>E</FirstName><LastName>F</LastName><Email>else@example.com</Email></Contact></Contacts></Project>`)
				w.place(sale{id: 901, number: 1})
				w.once()
				before := fmt.Sprint(w.cardOf(77001))
				w.clock.Advance(time.Hour)
				w.enrol(person{id: 77002}, person{id: 77001})
				if ordered {
					w.buy(sale{id: 902, number: 2}, 77002)
					w.buy(sale{id: 903, number: 3}, 77001)
				}
				w.begin(true)
				stop := w.untilStopped()
				if stop == nil || stop.StopCode != "minicrm.foreign_card" || !strings.Contains(stop.StopText, "77001") {
					t.Errorf("stopped = %+v; want the id named", stop)
				}
				if got := fmt.Sprint(w.cardOf(77001)); got != before {
					t.Errorf("the foreign card is %s; want it as it was, %s", got, before)
				}
			})
		}
	})
}

// Where orders' cards answer to external ids too, an order with the number of a
// customer is no clash.
func TestAnOrdersOwnCardIsNoForeignCard(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{crm: minicrmsim.Options{Switches: minicrmsim.Switches{OrderReferences: true}}})
		w.bring(foreignCard(4_000_000_001, guest("vevo901@example.com"), "A", "X-1"))
		w.place(sale{id: 901, number: 1})
		w.once()
		if r := w.standing(); r.Confirmed != 1 {
			t.Errorf("standing = %+v; want it confirmed", r)
		}
	})
}
