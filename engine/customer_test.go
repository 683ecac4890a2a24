package engine_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"punte/minicrm/minicrmsim"
	"punte/store/storetest"
	"punte/unas/unassim"
)

// person is a registered customer of the tests.
type person struct {
	id         int
	name       string // default: Teszt and the id
	email      string
	registered string // in the shop's zone; default: now
	newsletter string // subscribed,authorised
	admin      string // Authorize/Admin
	company    string
	points     string
	basket     string // SKU,quantity
	extra      string
}

func (p person) xml() string {
	or := func(text, usual string) string {
		if text == "" {
			return usual
		}
		return text
	}
	subscribed, authorised, _ := strings.Cut(or(p.newsletter, "no,no"), ",")
	var invoice, basket, registered string
	if p.company != "" {
		invoice = `<Addresses><Invoice><Name>` + p.company + `</Name><ZIP>1051</ZIP><City>Budapest</City><Street>Cég tér 2.</Street>` +
			`<Country>Magyarország</Country><CountryCode>hu</CountryCode><TaxNumber>12345678-2-41</TaxNumber><CustomerType>company</CustomerType></Invoice></Addresses>`
	}
	if sku, quantity, ok := strings.Cut(p.basket, ","); ok {
		basket = `<AbandonedCart><Items><Item><Sku>` + sku + `</Sku><Quantity>` + quantity + `</Quantity></Item></Items></AbandonedCart>`
	} else {
		basket = `<AbandonedCart><Items></Items></AbandonedCart>`
	}
	if p.registered != "" {
		registered = `<Dates><Registration>` + p.registered + `</Registration></Dates>`
	}
	return fmt.Sprintf(`<Customer><Id>%d</Id><Email>%s</Email><Contact><Name>%s</Name><Phone>+3611111%d</Phone><Lang>hu</Lang></Contact>%s%s`+
		`<Authorize><Customer>yes</Customer><Admin>%s</Admin></Authorize><PointsAccount><Balance>%s</Balance></PointsAccount>`+
		`<Newsletter><Subscribed>%s</Subscribed><Authorized>%s</Authorized></Newsletter>%s%s</Customer>`,
		p.id, or(p.email, fmt.Sprintf("ugyfel%d@example.com", p.id)), or(p.name, "Teszt Ügyfél "+strconv.Itoa(p.id)), p.id, invoice, registered,
		or(p.admin, "yes"), p.points, subscribed, authorised, basket, p.extra)
}

// enrol puts registered customers into the shop; their modification becomes now.
func (w *world) enrol(people ...person) {
	w.t.Helper()
	var text strings.Builder
	text.WriteString("<Customers>")
	for _, p := range people {
		text.WriteString(p.xml())
	}
	text.WriteString("</Customers>")
	w.control(w.shop, "/_sim/customers", text.String())
}

// buy places an order of a registered customer.
func (w *world) buy(o sale, customer int) {
	w.t.Helper()
	text := strings.Replace(o.xml(w.clock.Now()), "<Customer>", fmt.Sprintf("<Customer><Id>%d</Id>", customer), 1)
	w.control(w.shop, "/_sim/orders", "<Orders>"+text+"</Orders>")
}

var tokenElement = regexp.MustCompile(`<Token>(?:<!\[CDATA\[)?([^<\]]+)`)

// shopCall calls the shop's own API as its administrator does.
func (w *world) shopCall(endpoint, token, body string) string {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/shop/"+endpoint, strings.NewReader(body))
	r.RemoteAddr = "198.51.100.9:4711"
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	recorder := httptest.NewRecorder()
	w.shop.ServeHTTP(recorder, r)
	if recorder.Code != http.StatusOK {
		w.t.Fatalf("%s: %d %s", endpoint, recorder.Code, recorder.Body)
	}
	return recorder.Body.String()
}

// expel deletes a customer in the shop, without a trace.
func (w *world) expel(id int) {
	w.t.Helper()
	login := tokenElement.FindStringSubmatch(w.shopCall("login", "", "<Params><ApiKey>"+unassim.DefaultAPIKey+"</ApiKey></Params>"))
	if login == nil {
		w.t.Fatal("the login printed no token")
	}
	answer := w.shopCall("setCustomer", login[1], fmt.Sprintf("<Customers><Customer><Action>delete</Action><Id>%d</Id></Customer></Customers>", id))
	if !strings.Contains(answer, "ok") {
		w.t.Fatalf("setCustomer: %s", answer)
	}
}

// customers are the cards of the Webshop module by external id.
func (w *world) customers() map[int64]minicrmsim.CardState {
	cards := map[int64]minicrmsim.CardState{}
	for _, c := range w.crm.Cards() {
		if c.Category == 5 {
			cards[c.ExternalID] = c
		}
	}
	return cards
}

func mapped(choice string) func(map[string]any) {
	return func(document map[string]any) {
		document["customers"] = choice
		document["customer_field_map"] = map[string]any{"Newsletter": "newsletter.consent"}
	}
}

func TestACustomerWithoutOrdersGetsACard(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, pull := range []bool{false, true} {
			t.Run(fmt.Sprintf("pull %t", pull), func(t *testing.T) {
				w := newWorld(t, kind, options{pull: pull, change: mapped("since_start")})
				w.enrol(
					person{id: 41, name: "Kiss Éva", registered: "2026.02.03 10:11:12", newsletter: "yes,yes", company: "Kiss Kft."},
					person{id: 42, name: "Nagy Pál", newsletter: "yes,no"})
				run := w.once()
				card := w.cardOf(41)
				if card.Name != "Kiss Kft. (Kiss Éva)" || card.Status != "Regisztrált" || card.Owner != "Ana Ionescu" || card.Business == nil {
					t.Errorf("the card is %+v; want the company's, registered, with its owner", card)
				}
				if card.Fields["WebshopRegistrationDate"] != "2026-02-03 10:11:12" || card.Fields["Newsletter"] != "yes" {
					t.Errorf("the fields are %v; want the day of registration and the consent", card.Fields)
				}
				if c := card.Contacts[0]; c.FirstName != "Éva" || c.LastName != "Kiss" || c.Email != "ugyfel41@example.com" || c.Phone != "+361111141" {
					t.Errorf("the person is %+v; want Éva Kiss with address and phone", c)
				}
				if got := w.cardOf(42).Fields["Newsletter"]; got != "no" {
					t.Errorf("the consent of an address nobody confirmed is %q; want no", got)
				}
				if r := w.standing(); r.CardsConfirmed != 2 || run.Report.Customers != 2 || run.Report.CardsSent != 2 || run.Report.Failed != "" {
					t.Errorf("run %+v, standing %+v; want 2 customers seen, sent and confirmed", run.Report, r)
				}
				before := w.documents()
				w.clock.Advance(time.Hour)
				w.enrol(person{id: 42, name: "Nagy Pál", newsletter: "yes,no", registered: "2026.06.10 12:00:00"}) // touched, the same
				if w.once(); w.documents() != before {
					t.Errorf("the same customers made %d more documents; want none", w.documents()-before)
				}
			})
		}
	})
}

func TestTheChoiceOfCustomersSaysWhoGetsACard(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for choice, want := range map[string][]int64{"buyers": {61}, "since_start": {61, 62, 63}, "all": {60, 61, 62, 63}} {
			t.Run(choice, func(t *testing.T) {
				w := newWorld(t, kind, options{change: func(document map[string]any) {
					document["customers"], document["start_date"] = choice, "2026-06-12"
				}})
				w.enrol(person{id: 60}, person{id: 61}, person{id: 62})
				w.clock.Advance(3 * 24 * time.Hour)
				w.enrol(person{id: 63}, person{id: 62, name: "Új Név", registered: "2026.06.10 12:00:00"}) // one new, one changed
				w.buy(sale{id: 900, number: 900}, 61)
				w.once()
				cards := w.customers()
				for _, id := range want {
					if _, ok := cards[id]; !ok {
						t.Errorf("%s: customer %d has no card", choice, id)
					}
				}
				if len(cards) != len(want) {
					t.Errorf("%s: %d cards; want %d", choice, len(cards), len(want))
				}
				// The buyer's own record was read by a call of its own.
				if name := cards[61].Name; name != "Teszt Ügyfél 61" {
					t.Errorf("%s: the buyer's card is %q; want the name of the own record", choice, name)
				}
				w.document["customers"] = "since_start"
				w.register()
				w.clock.Advance(time.Minute)
				w.once()
				if _, ok := w.customers()[63]; !ok {
					t.Errorf("%s: after another choice customer 63 has no card", choice)
				}
			})
		}
	})
}

func TestAWithdrawnConsentGoesBeforeAllElse(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: mapped("all")})
		w.enrol(person{id: 71, newsletter: "yes,yes"}, person{id: 72})
		w.once()
		before := w.documents()
		w.clock.Advance(time.Hour)
		w.crmFault("SyncFeed/Upload", "500", 1) // whatever is read first has to wait for the rest
		w.place(sale{id: 901, number: 901})
		w.enrol(person{id: 71, newsletter: "no,no"}, person{id: 72, name: "Más Név"}, person{id: 73})
		w.once()
		first := w.crm.Log()[before]
		if len(first.Taken) != 1 || first.Taken[0] != 71 {
			t.Errorf("the first document holds %v; want the withdrawal alone", first.Taken)
		}
		if got := w.cardOf(71).Fields["Newsletter"]; got != "no" {
			t.Errorf("the consent in MiniCRM is %q; want no", got)
		}
		if w.cardOf(72).Name != "Más Név" || w.cardOf(73).Status != "Regisztrált" {
			t.Error("the other changes did not arrive")
		}
	})
}

func TestADisabledOrDeletedCustomerIsMarkedAndBackAgain(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{limited: true, change: mapped("all")})
		w.enrol(person{id: 81}, person{id: 82}, person{id: 83, admin: "no"})
		w.begin(false)
		w.runFor(10 * time.Minute)
		disabled := func(when string, want map[int64]string) {
			t.Helper()
			for id, value := range want {
				if got := w.cardOf(id).Fields["WebshopDisabled"]; got != value {
					t.Errorf("%s: WebshopDisabled of %d is %q; want %q", when, id, got, value)
				}
			}
		}
		disabled("at first", map[int64]string{81: "", 82: "", 83: "1"})
		w.expel(81)
		w.enrol(person{id: 83})
		w.runFor(2 * time.Hour)
		disabled("later", map[int64]string{81: "1", 82: "", 83: "0"})
		w.enrol(person{id: 81})
		w.runFor(2 * time.Hour)
		disabled("back again", map[int64]string{81: "0", 82: ""})
		if r := w.standing(); r.CardsParked != 0 || r.CardsConfirmed != 3 {
			t.Errorf("standing = %+v; want 3 cards confirmed", r)
		}
	})
}

func TestAnAbandonedBasketIsShownUntilTheCustomerOrders(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{limited: true, change: mapped("all")})
		w.enrol(person{id: 91, basket: "KAV-1,2"}, person{id: 92, basket: "KAV-1,1"})
		w.begin(false)
		w.runFor(time.Hour + 50*time.Minute)
		if f := w.cardOf(91).Fields; f["WebshopLostBasketContent"] != "" {
			t.Errorf("a basket of less than two hours is shown: %v", f)
		}
		w.enrol(person{id: 92, basket: "KAV-1,3"}) // goes on shopping
		w.runFor(30 * time.Minute)
		f := w.cardOf(91).Fields
		if !strings.Contains(f["WebshopLostBasketContent"], "2 x") || !strings.Contains(f["WebshopLostBasketContent"], "KAV-1") || f["WebshopLostBasketDate"][:13] != "2026-06-10 12" {
			t.Errorf("the basket is %v; want 2 of KAV-1, seen at noon", f)
		}
		if f := w.cardOf(92).Fields; f["WebshopLostBasketContent"] != "" {
			t.Errorf("a basket that changed half an hour ago is shown: %v", f)
		}
		w.buy(sale{id: 902, number: 902}, 91)
		w.runFor(30 * time.Minute)
		if f := w.cardOf(91).Fields; f["WebshopLostBasketContent"]+f["WebshopLostBasketDate"]+f["WebshopLostBasketValue"] != "" {
			t.Errorf("after the order the basket is still %v; want none", f)
		}
		w.runFor(3 * time.Hour)
		if f := w.cardOf(91).Fields; f["WebshopLostBasketContent"] != "" {
			t.Errorf("the basket that was ordered came back: %v", f)
		}
	})
}

// What the shop gives no id or number cannot be called by a name of ours: nobody would
// find it anywhere.
func TestWhatHasNoIdIsListedInWordsThatAPersonKnows(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: mapped("all")})
		w.enrol(person{id: 101}, person{id: 102})
		w.place(sale{id: 901, number: 901}, sale{id: 902, number: 902})
		w.net.hosts[shopHost] = spoiled{w.shop, func(_, body string) string {
			body = strings.ReplaceAll(body, "<Id>102</Id>", "<Id></Id>")
			return strings.NewReplacer("<Id>902</Id>", "<Id></Id>", "<Key>71823-902</Key>", "<Key></Key>").Replace(body)
		}}
		w.once()
		list, err := w.engine.Attention(t.Context(), w.id)
		if err != nil || len(list) != 2 {
			t.Fatalf("Attention = %+v, %v; want the order and the customer without ids", list, err)
		}
		for i, want := range []string{"order without a number", "customer without an id"} {
			if list[i].Order != want || strings.Contains(list[i].Text, "raw:") {
				t.Errorf("Attention lists %+v; want it under %q", list[i], want)
			}
		}
		if !strings.Contains(list[1].Text, "save the customer in the shop anew") {
			t.Errorf("Attention says %q of the customer; want what a person can do", list[1].Text)
		}
	})
}

func TestAMalformedCustomerParksThatCardAlone(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: mapped("all")})
		w.enrol(person{id: 101}, person{id: 102, newsletter: "perhaps,no"}, person{id: 103})
		w.buy(sale{id: 903, number: 903}, 102)
		w.once()
		if r := w.standing(); r.CardsParked != 1 || r.Parked != 0 || r.Confirmed != 1 {
			t.Errorf("standing = %+v; want one card parked, and its order confirmed", r)
		}
		list, err := w.engine.Attention(t.Context(), w.id)
		if err != nil || len(list) != 1 || list[0].Order != "customer 102" || list[0].Field != "Newsletter/Subscribed" {
			t.Errorf("Attention = %+v, %v; want customer 102 with the odd part", list, err)
		}
		if name := w.cardOf(102).Name; name != "Teszt Elek" {
			t.Errorf("the card is %q; want what the order tells", name)
		}
		w.cardOf(101)
		w.cardOf(103)
		w.clock.Advance(time.Minute)
		w.enrol(person{id: 102, newsletter: "yes,yes", name: "Jó Név"})
		w.once()
		if r := w.standing(); r.CardsParked != 0 || w.cardOf(102).Name != "Jó Név" {
			t.Errorf("standing = %+v, name %q; want the corrected card", r, w.cardOf(102).Name)
		}
	})
}

func TestWhatAPersonChangedOnACardStays(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: mapped("all")})
		w.enrol(person{id: 111, newsletter: "yes,yes"})
		w.once()
		card := w.cardOf(111)
		w.put(fmt.Sprintf("R3/Project/%d", card.ID), `{"Newsletter":"asked by phone","UserId":100002}`)
		w.put(fmt.Sprintf("R3/Contact/%d", card.Contacts[0].ID), `{"Phone":"+36999"}`)
		w.clock.Advance(time.Hour)
		w.enrol(person{id: 111, newsletter: "yes,yes", name: "Új Név", admin: "no"})
		w.buy(sale{id: 904, number: 904}, 111)
		w.once()
		card = w.cardOf(111)
		if card.Fields["Newsletter"] != "asked by phone" || card.Owner != "Kiss Béla" {
			t.Errorf("the card is %+v; want what the person wrote", card)
		}
		if card.Name != "Új Név" || card.Fields["WebshopDisabled"] != "1" {
			t.Errorf("the card is %+v; want our own news on it", card)
		}
		// Another order of the same customer touches neither.
		w.put(fmt.Sprintf("R3/Contact/%d", card.Contacts[0].ID), `{"Phone":"+36998"}`)
		w.clock.Advance(time.Hour)
		w.buy(sale{id: 905, number: 905}, 111)
		w.once()
		if phone := w.cardOf(111).Contacts[0].Phone; phone != "+36998" {
			t.Errorf("the phone is %q; want the person's", phone)
		}
	})
}

func TestAnOrderNeverMovesBetweenAGuestAndACustomer(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: mapped("all")})
		guest := sale{id: 906, number: 906, email: "ugyfel121@example.com", placed: w.clock.Now()}
		w.place(guest)
		w.once()
		first, _ := w.order(906)
		w.clock.Advance(time.Hour)
		w.enrol(person{id: 121}) // registers with the same address
		guest.quantity = "5"
		w.buy(guest, 121) // and the shop now says that the order is theirs
		w.buy(sale{id: 907, number: 907, email: "ugyfel121@example.com"}, 121)
		w.once()
		moved, _ := w.order(906)
		own, _ := w.order(907)
		if moved.CustomerExternalID != first.CustomerExternalID || own.CustomerExternalID != 121 || first.CustomerExternalID == 121 {
			t.Errorf("cards %d, then %d, and %d; want the order where it was, and the next one on card 121",
				first.CustomerExternalID, moved.CustomerExternalID, own.CustomerExternalID)
		}
		if len(w.customers()) != 2 {
			t.Errorf("%d cards; want the guest's and the customer's", len(w.customers()))
		}
	})
}

func TestALostDatabaseMakesTheSameCards(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{orders: 20, change: mapped("since_start")})
		w.once()
		before := fmt.Sprint(ids(w.crm.Cards()))
		w.forget(kind)
		w.clock.Advance(time.Hour)
		w.once()
		if after := fmt.Sprint(ids(w.crm.Cards())); after != before {
			t.Errorf("cards after the loss\n%s\nbefore\n%s", after, before)
		}
	})
}

func TestACardThatMiniCRMRefusesIsParkedAndTheOthersGoOn(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for i, readings := range []minicrmsim.Switches{{}, {UntouchedWhenSame: true, ReferencesPerModule: true}, {UpdatedSinceExclusive: true, OrderReferences: true}} {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				readings.UnknownElementRefused = true
				w := newWorld(t, kind, options{limited: true, crm: minicrmsim.Options{Switches: readings}, change: func(document map[string]any) {
					document["customers"] = "all"
				}})
				w.net.before = disliked(132)
				w.enrol(person{id: 131}, person{id: 132}, person{id: 133, name: "Teszt Ügyfél 131"})
				w.begin(false)
				w.runFor(3 * time.Hour)
				if r := w.standing(); r.CardsConfirmed != 2 || r.CardsParked+r.CardsConfirmed > 3 {
					t.Errorf("standing = %+v; want 2 cards confirmed", r)
				}
				before := w.documents()
				w.runFor(3 * time.Hour)
				if w.documents() != before {
					t.Errorf("%d more documents without any news; want none", w.documents()-before)
				}
			})
		}
	})
}

// disliked makes MiniCRM refuse a card for a reason of its own: it is handed an element
// that it does not know.
func disliked(card int64) func(*http.Request) error {
	return func(r *http.Request) error {
		if !strings.HasSuffix(r.URL.Path, "/Upload") {
			return nil
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		tag := fmt.Sprintf("<Project Id=\"%d\">", card)
		body = bytes.ReplaceAll(body, []byte(tag), []byte(tag+"<Disliked>1</Disliked>"))
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		return nil
	}
}

func TestManyCustomersAreConfirmedWithinTheBudget(t *testing.T) {
	long(t)
	storetest.EachKind(t, func(t *testing.T, kind string) {
		const many = 2000
		w := newWorld(t, kind, options{limited: true, crm: minicrmsim.Options{Limits: true}, shop: unassim.Options{Limits: true}, change: mapped("all")})
		people := make([]person, 0, many)
		for i := range many {
			people = append(people, person{id: 10_000 + i, registered: "2026.03.01 08:00:00", name: "Név " + strconv.Itoa(i%1990)})
		}
		w.enrol(people...)
		w.begin(false)
		w.runFor(time.Hour)
		if r := w.standing(); r.CardsConfirmed != many || r.CardsParked != 0 {
			t.Errorf("standing = %+v; want %d confirmed", r, many)
		}
		if documents := w.documents(); documents != many/500 {
			t.Errorf("%d documents; want %d", documents, many/500)
		}
		calls := w.net.calls[crmHost]
		t.Logf("%d calls to MiniCRM", calls)
		if calls > 200 {
			t.Errorf("%d calls to MiniCRM; want far fewer than one for each card", calls)
		}
	})
}

// The process ends at every call it makes, in turn, before and after the call had its
// effect, while customers come and change.
func TestAKillAtAnyCallLosesAndDoublesNoCustomer(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("after %t", after), func(t *testing.T) {
				w := newWorld(t, kind, options{change: mapped("all")})
				ends := 0
				for n := 1; n < 60; n++ {
					w.enrol(person{id: 200, name: "Név " + strconv.Itoa(n)}, person{id: 1000 + n, newsletter: "yes,yes"})
					if !w.killAt(n, after) {
						break
					}
					ends++
					w.restart()
					if ends%4 == 0 {
						w.forget(kind)
					}
					w.clock.Advance(time.Minute)
					if ends%2 == 0 {
						w.once()
					}
				}
				if ends < 6 {
					t.Errorf("the process was ended %d times; want more", ends)
				}
				w.enrol(person{id: 200, name: "Utolsó Név"})
				w.once()
				seen := map[int64]int{}
				for _, c := range w.crm.Cards() {
					seen[c.ExternalID]++
				}
				for n := 1; n <= ends; n++ {
					if seen[int64(1000+n)] != 1 || w.cardOf(int64(1000 + n)).Fields["Newsletter"] != "yes" {
						t.Errorf("customer %d has %d cards; want one with the consent", 1000+n, seen[int64(1000+n)])
					}
				}
				if name := w.cardOf(200).Name; name != "Utolsó Név" {
					t.Errorf("the name is %q; want the last one", name)
				}
				if r := w.standing(); r.CardsParked != 0 {
					t.Errorf("standing = %+v; want nothing parked", r)
				}
			})
		}
	})
}
