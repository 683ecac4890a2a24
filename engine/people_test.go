package engine_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"punte/minicrm/minicrmsim"
	"punte/store"
	"punte/store/storetest"
)

// person puts somebody into MiniCRM as a user does.
func (w *world) person(name, email string) {
	w.t.Helper()
	w.put("R3/Contact", fmt.Sprintf(`{"Type":"Person","FirstName":"Old","LastName":%q,"Email":%q,"Phone":"+36301112222"}`, name, email))
}

// contactOf is the person of a customer's card, as MiniCRM shows the card.
func (w *world) contactOf(external int64) string {
	w.t.Helper()
	return fmt.Sprint(w.cardOf(external).Contacts)
}

func guest(address string) int64 { return oracleHash("guest:" + address) }

func TestABuyerWhoIsInMiniCRMIsAttached(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, byEmail := range []bool{false, true} {
			t.Run(fmt.Sprintf("contacts by e-mail %t", byEmail), func(t *testing.T) {
				w := newWorld(t, kind, options{crm: minicrmsim.Options{Switches: minicrmsim.Switches{ContactsByEmail: byEmail}}})
				for i := range 130 { // two pages of them
					w.person(fmt.Sprintf("Somebody%d", i), fmt.Sprintf("somebody%d@example.com", i))
				}
				w.person("Known", "Known@Example.com")
				w.person("Twin", "twin@example.com")
				w.person("Twin2", "twin@example.com")
				w.place(
					sale{id: 901, number: 1, email: "known@example.COM "}, sale{id: 902, number: 2, email: "twin@example.com"},
					sale{id: 903, number: 3, email: "new@example.com"})
				w.once()
				w.checkAgreement()
				if got := w.contactOf(guest("known@example.com")); !strings.Contains(got, "Known") || strings.Contains(got, "Teszt") {
					t.Errorf("the known buyer's card has %s; want the person who was there, unchanged, and nobody else", got)
				}
				if got := w.contactOf(guest("new@example.com")); !strings.Contains(got, "Teszt") {
					t.Errorf("the new buyer's card has %s; want a new person", got)
				}
				several := false
				list, err := w.engine.Attention(t.Context(), w.id)
				if err != nil {
					t.Fatal(err)
				}
				for _, a := range list {
					several = several || a.Kind == "several_people" && a.Order == "71823-2" && strings.HasPrefix(a.Text, "2 people")
				}
				if !several {
					t.Errorf("Attention = %+v; want the card with two people", list)
				}

				// What the buyer is called later changes nothing of a person who is not ours.
				w.clock.Advance(time.Hour)
				w.place(sale{id: 901, number: 1, email: "known@example.com", quantity: "3", extra: ""})
				w.once()
				w.checkAgreement()
				if got := w.contactOf(guest("known@example.com")); strings.Contains(got, "Teszt") {
					t.Errorf("after a change the card has %s; want the person who was there", got)
				}
			})
		}
	})
}

func TestContactsNewAttachesNobody(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: func(d map[string]any) { d["contacts"] = "new" }})
		w.person("Known", "known@example.com")
		w.place(sale{id: 901, number: 1, email: "known@example.com"})
		w.once()
		if got := w.contactOf(guest("known@example.com")); !strings.Contains(got, "Teszt") {
			t.Errorf("the card has %s; want a new person", got)
		}
	})
}

// An address that several buyers share, or that a marketplace made up, is nobody's.
func TestASharedAddressAttachesNobody(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: func(d map[string]any) { d["shared_addresses"] = []string{"desk@example.com"} }})
		w.person("Desk", "desk@example.com")
		w.person("Market", "market@example.com")
		w.place(sale{id: 901, number: 1, email: "Desk@example.com"},
			sale{id: 902, number: 2, email: "market@example.com", extra: "<InternalKey>M-1</InternalKey>"})
		w.once()
		for _, id := range []string{"901", "902"} {
			if got := w.contactOf(oracleHash("order:" + id)); !strings.Contains(got, "Teszt") {
				t.Errorf("the card of order %s has %s; want a new person", id, got)
			}
		}
	})
}

// What people type where the shop insists on an address is the same for many of them.
func TestATextThatIsNoAddressIdentifiesNobody(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		w.person("None", "nincs")
		w.place(sale{id: 901, number: 1, email: "nincs"}, sale{id: 902, number: 2, email: "nincs"},
			sale{id: 903, number: 3, email: "teszt elek@example.com"}, sale{id: 904, number: 4, email: "teszt elek@example.com"})
		w.once()
		w.checkAgreement()
		for _, id := range []int64{901, 902, 903, 904} {
			card := w.cardOf(oracleHash(fmt.Sprint("order:", id)))
			if len(card.Orders) != 1 {
				t.Errorf("the card of order %d has the orders %v; want its own alone", id, card.Orders)
			}
			if got := fmt.Sprint(card.Contacts); !strings.Contains(got, "Teszt") {
				t.Errorf("the card of order %d has %s; want a person of its own", id, got)
			}
		}

		// The card stays when the address is corrected in the shop.
		w.clock.Advance(time.Hour)
		w.place(sale{id: 901, number: 1, email: "teszt@example.com"})
		w.once()
		if card := w.cardOf(oracleHash("order:901")); len(card.Orders) != 1 {
			t.Errorf("after a correction the card has the orders %v; want the order as before", card.Orders)
		}
	})
}

// A person who goes while orders wait does not keep the order from MiniCRM.
func TestAPersonWhoIsGoneIsNotAttached(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		w.person("Known", "known@example.com")
		w.once()
		w.clock.Advance(25 * time.Hour) // MiniCRM's lists of changes do not show who went
		w.put("R3/PurgePerson/1", `{}`)
		w.place(sale{id: 901, number: 1, email: "known@example.com"})
		w.once()
		w.checkAgreement()
		if got := w.contactOf(guest("known@example.com")); !strings.Contains(got, "Teszt") {
			t.Errorf("the card has %s; want a new person", got)
		}
	})
}

// Who went between the index and the document is found out when the order does not
// show up.
func TestAPersonWhoWentAMomentAgoCostsARound(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		w.person("Known", "known@example.com")
		w.place(sale{id: 901, number: 1, email: "known@example.com"}, sale{id: 902, number: 2})
		w.net.before = func(r *http.Request) error {
			if strings.Contains(r.URL.Path, "SyncFeed") {
				w.net.before = nil
				w.put("R3/PurgePerson/1", `{}`)
			}
			return nil
		}
		w.once()
		w.checkAgreement()
		if r := w.standing(); r.Confirmed != 2 {
			t.Errorf("standing = %+v; want both confirmed", r)
		}
	})
}

// A buyer who came into MiniCRM after the index was read is found by what changed.
func TestTheIndexIsKeptFresh(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{limited: true})
		w.place(sale{id: 901, number: 1})
		w.begin(false)
		w.runFor(5 * time.Minute)
		w.person("Late", "late@example.com")
		w.runFor(20 * time.Minute)
		w.place(sale{id: 902, number: 2, email: "late@example.com"})
		w.runFor(5 * time.Minute)
		w.checkAgreement()
		if got := w.contactOf(guest("late@example.com")); !strings.Contains(got, "Late") {
			t.Errorf("the card has %s; want the person who came late", got)
		}
	})
}

// The reading of persons is ended at every call and goes on where it was; changes of
// cards that exist do not wait for it.
func TestTheIndexIsReadOnAfterAKill(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{limited: true, crm: minicrmsim.Options{Limits: true}})
		for i := range 550 {
			if i%50 == 0 {
				w.clock.Advance(time.Minute)
			}
			w.person(fmt.Sprintf("Somebody%d", i), fmt.Sprintf("somebody%d@example.com", i))
		}
		w.clock.Advance(time.Hour)
		w.place(sale{id: 901, number: 1, email: "somebody549@example.com"})
		pages := map[string]int{}
		w.begin(true)
		for n := 1; n <= 4; n++ {
			w.net.after = func(r *http.Request) error {
				if !strings.HasSuffix(r.URL.Path, "/Contact") {
					return nil
				}
				pages[r.URL.RawQuery]++
				w.kill()
				return errKilled
			}
			for range 20 {
				due, err := w.step(t.Context())
				if err != nil {
					break
				}
				w.clock.Advance(max(due.Sub(w.clock.Now()), time.Millisecond))
			}
			w.net.after = nil
			w.restart()
			w.clock.Advance(3 * time.Minute)
			// One page is got through between two ends.
			w.net.before = func(r *http.Request) error {
				if strings.HasSuffix(r.URL.Path, "/Contact") {
					pages[r.URL.RawQuery]++
					if pages["got"]++; pages["got"]%2 == 0 {
						w.kill()
						return errKilled
					}
				}
				return nil
			}
			for range 20 {
				due, err := w.step(t.Context())
				if err != nil {
					break
				}
				w.clock.Advance(max(due.Sub(w.clock.Now()), time.Millisecond))
			}
			w.net.before = nil
			w.restart()
			w.clock.Advance(3 * time.Minute)
		}
		r, err := w.store.Reading(t.Context(), "https://"+crmHost+"/"+minicrmsim.DefaultSystemID, store.ReadingPeople)
		if err != nil || r.Page == 0 && r.Complete.IsZero() {
			t.Errorf("Reading = %+v, %v; want it to have gone on", r, err)
		}
		w.finish()
		w.checkAgreement()
		if got := w.contactOf(guest("somebody549@example.com")); !strings.Contains(got, "Somebody549") {
			t.Errorf("the card has %s; want the person who was there", got)
		}
		if n := stats[crmStats](t, w.crm).RateLimited; n > 0 {
			t.Errorf("MiniCRM refused %d calls", n)
		}
	})
}

// With the database lost, cards are only modified: nobody is attached to another.
func TestALostDatabaseAttachesNobodyElse(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		w.person("Known", "known@example.com")
		w.place(sale{id: 901, number: 1, email: "known@example.com"}, sale{id: 902, number: 2, email: "new@example.com"})
		w.once()
		known, fresh := w.cardOf(guest("known@example.com")), w.cardOf(guest("new@example.com"))
		// Since then somebody else got the address of the new one, who has another.
		w.put("R3/Contact/2", `{"Email":"changed@example.com"}`)
		w.person("Other", "new@example.com")
		w.put(fmt.Sprintf("R3/Project/%d", fresh.ID), `{"UserId":100002}`)
		w.clock.Advance(time.Hour)
		w.forget(kind)
		w.once()
		w.checkAgreement()
		for external, before := range map[int64]minicrmsim.CardState{guest("known@example.com"): known, guest("new@example.com"): fresh} {
			after := w.cardOf(external)
			if after.ID != before.ID || strings.Contains(fmt.Sprint(after.Contacts), "Other") {
				t.Errorf("card %d = %d with %v; want %d with %v", external, after.ID, after.Contacts, before.ID, before.Contacts)
			}
		}
		if got := w.cardOf(guest("new@example.com")).Owner; got != "Kiss Béla" {
			t.Errorf("owner = %s; want the one a person chose", got)
		}
	})
}

func TestMailHashKeepsNoAddress(t *testing.T) {
	a, b := store.MailHash("crm/1", " Ana@Example.com"), store.MailHash("crm/1", "ana@example.com ")
	if a != b || a == "" || strings.Contains(a, "ana") {
		t.Errorf("MailHash = %q, %q; want one hash", a, b)
	}
	if c := store.MailHash("crm/2", "ana@example.com"); c == a {
		t.Errorf("MailHash is the same in two systems: %q", c)
	}
	if got := store.MailHash("crm/1", "  "); got != "" {
		t.Errorf("MailHash of nothing = %q; want none", got)
	}
}
