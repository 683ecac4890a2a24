package engine_test

import (
	"testing"
	"time"

	"punte/store"
	"punte/store/storetest"
)

// TestARegisteredCustomerIsForgotten: the own record, the card without orders, the
// person found in MiniCRM, the sheet and the card's duty go, and nothing that the shop
// tells of the customer later brings them back.
func TestARegisteredCustomerIsForgotten(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: mapped("all")})
		w.person("Toldi", personMail)
		w.enrol(
			person{id: 5151, name: personName, email: personMail, registered: "2026.01.05 10:00:00"},
			person{id: 5152, name: "Másik Elek", registered: "2026.01.06 10:00:00"},
		)
		w.buy(personOrder(sale{id: 901, number: 901}), 5151)
		w.once()
		if len(w.tracesOf()) == 0 || w.rowsOf("customers") != 2 || w.rowsOf("matches") == 0 {
			t.Fatalf("before: traces %q, %d customers, %d matches; the test looks at nothing", w.tracesOf(), w.rowsOf("customers"), w.rowsOf("matches"))
		}
		if _, err := w.store.Sheets(t.Context(), w.id, []string{"901"}, func() string { return "TOLDIMIKLOSSHEET0123456789" }, w.clock.Now()); err != nil {
			t.Fatal(err)
		}
		w.erase()
		w.forgotten("after the erasure")
		if n := w.rowsOf("sheets"); n != 0 {
			t.Errorf("%d sheets are left; want none", n)
		}
		account := w.account()
		if people, err := w.store.PeopleOfMail(t.Context(), account, store.MailHash(account, personMail)); err != nil || len(people) != 0 {
			t.Errorf("MiniCRM's person is still known by the address: %v, %v", people, err)
		}
		if n := w.rowsOf("customers"); n != 1 {
			t.Errorf("%d records are left; want that of the other customer", n)
		}
		// Changed in the shop, under another address too, and asked for one by one.
		w.clock.Advance(time.Hour)
		w.enrol(person{id: 5151, name: personName, email: "uj@pelda.example", registered: "2026.01.05 10:00:00"})
		w.once()
		now := w.clock.Now()
		if err := w.store.Ask(t.Context(), w.id, []store.Question{{Kind: store.QuestionCustomer, Key: "5151", Reason: "hook", Due: now}}, now); err != nil {
			t.Fatal(err)
		}
		w.begin(false)
		w.runFor(10 * time.Minute)
		w.forgotten("after the shop told of the customer again")
		if n := w.rowsOf("customers"); n != 1 {
			t.Errorf("%d records after the shop was read again; want that of the other customer", n)
		}
	})
}

func (w *world) account() string {
	w.t.Helper()
	all, err := w.store.Connections(w.t.Context())
	if err != nil || len(all) != 1 {
		w.t.Fatalf("Connections = %d, %v", len(all), err)
	}
	return all[0].Account
}

func (w *world) rowsOf(table string) (n int) {
	w.t.Helper()
	if err := w.store.DB().QueryRowContext(w.t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}
