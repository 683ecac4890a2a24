package engine_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"punte"
	"punte/store"
	"punte/store/storetest"
)

// The person of these tests, by all that tells of them.
const (
	personMail = "Toldi.Miklos@pelda.example"
	personName = "Toldi Miklós"
)

var personTraces = []string{"toldi.miklos", "toldi", "+36209876543", "nagyfalu", "hagyja a szomszédnál"}

// personXML turns an order of a sale into one of the person.
func personOrder(o sale) sale {
	o.email, o.comment = personMail, "Hagyja a szomszédnál"
	return o
}

// placePerson puts orders of the person into the shop.
func (w *world) placePerson(customer string, orders ...sale) {
	w.t.Helper()
	text := "<Orders>"
	for _, o := range orders {
		xml := personOrder(o).xml(w.clock.Now())
		xml = strings.NewReplacer("Teszt Elek", personName, "+3612345678", "+36209876543", "Fő utca 1.", "Nagyfalu 1.").Replace(xml)
		if customer != "" {
			xml = strings.Replace(xml, "<Customer>", "<Customer><Id>"+customer+"</Id>", 1)
		}
		text += xml
	}
	w.control(w.shop, "/_sim/orders", text+"</Orders>")
}

// cells yields every text and every blob of every table, unpacked.
func cells(t *testing.T, s *store.Store, visit func(where string, value []byte)) {
	t.Helper()
	ctx := context.Background()
	list := `SELECT name FROM sqlite_master WHERE type = 'table'`
	if s.Postgres() {
		list = `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'`
	}
	rows, err := s.DB().QueryContext(ctx, list)
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(tables) < 10 {
		t.Fatalf("tables = %q, %v", tables, err)
	}
	for _, table := range tables {
		scanTable(t, s, table, visit)
	}
}

func scanTable(t *testing.T, s *store.Store, table string, visit func(where string, value []byte)) {
	t.Helper()
	rows, err := s.DB().QueryContext(context.Background(), "SELECT * FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for i, value := range values {
			raw := fmt.Append(nil, value)
			if b, ok := value.([]byte); ok {
				raw = b
			}
			visit(table+"."+columns[i], plainOf(t, raw))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

func plainOf(t *testing.T, value []byte) []byte {
	t.Helper()
	if !bytes.HasPrefix(value, []byte{0x1f, 0x8b}) {
		return value
	}
	r, err := gzip.NewReader(bytes.NewReader(value))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// tracesOf lists where in the database anything of the person stands.
func (w *world) tracesOf() []string {
	w.t.Helper()
	var found []string
	cells(w.t, w.store, func(where string, value []byte) {
		low := strings.ToLower(string(value))
		for _, trace := range personTraces {
			if strings.Contains(low, trace) {
				found = append(found, where+" holds "+trace)
			}
		}
	})
	return found
}

// erase forgets the person and says what was found.
func (w *world) erase() {
	w.t.Helper()
	found, err := w.engine.FindPerson(w.t.Context(), w.id, personMail)
	if err != nil {
		w.t.Fatalf("FindPerson: %v", err)
	}
	if err := w.engine.Erase(w.t.Context(), found); err != nil {
		w.t.Fatalf("Erase: %v", err)
	}
}

// forgotten fails the test if anything of the person is left.
func (w *world) forgotten(when string) {
	w.t.Helper()
	if found := w.tracesOf(); len(found) > 0 {
		w.t.Errorf("%s: %s", when, strings.Join(found, "; "))
	}
}

// populate fills a world: others, and the person as a guest, as a customer, in an
// order that can't be read, in one that is held, and in one that is on its way.
func (w *world) populate() {
	w.t.Helper()
	w.placePerson("", sale{id: 901, number: 901}, sale{id: 902, number: 902, status: "77|Ismeretlen"}, sale{id: 903, number: 903, currency: "??"})
	w.placePerson("5151", sale{id: 904, number: 904})
	w.place(sale{id: 801, number: 801}, sale{id: 802, number: 802})
	w.once()
	// An order under an older address of the same customer.
	w.control(w.shop, "/_sim/orders", "<Orders>"+strings.Replace(sale{id: 905, number: 905, email: "regi@pelda.example", placed: noon.Add(-time.Hour)}.xml(w.clock.Now()),
		"<Customer>", "<Customer><Id>5151</Id>", 1)+"</Orders>")
	w.once()
	w.placePerson("", sale{id: 906, number: 906})
}

// TestAnErasureLeavesNothingOfThePerson looks into every column of every table, and
// on SQLite into the file itself.
func TestAnErasureLeavesNothingOfThePerson(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, pull := range []bool{false, true} {
			t.Run(fmt.Sprintf("pull %t", pull), func(t *testing.T) {
				w := newWorld(t, kind, options{orders: 20, pull: pull})
				w.populate()
				if found := w.tracesOf(); len(found) < 20 {
					t.Fatalf("before the erasure the person stands in %q only: the test looks at the wrong places", found)
				}
				packed := w.packed()
				w.erase()
				w.forgotten("after the erasure")
				if kind == storetest.SQLite {
					w.notInFile(packed)
				}
				for _, ref := range []string{"901", "902", "904", "905"} {
					if _, err := w.store.Order(t.Context(), w.id, ref); punte.ErrorCode(err) != punte.NotFound {
						t.Errorf("order %s: %v; want it gone", ref, err)
					}
				}
				if d := w.duty("801").Duty; d.State != punte.Confirmed {
					t.Errorf("another person's order is %s; want confirmed", d.State)
				}
				// The shop still has them all; they stay away, whatever is changed there.
				w.placePerson("", sale{id: 901, number: 901, quantity: "5"}, sale{id: 907, number: 907})
				w.placePerson("5151", sale{id: 904, number: 904, quantity: "4"})
				w.place(sale{id: 906, number: 906, email: "masik@pelda.example"})
				run := w.once()
				if run.Report.Erased == 0 {
					t.Errorf("report = %+v; want orders counted as erased", run.Report)
				}
				w.place(sale{id: 907, number: 907, email: "masik@pelda.example"})
				w.once()
				w.forgotten("after the shop was read again")
				for _, ref := range []string{"901", "904", "907"} {
					if _, err := w.store.Order(t.Context(), w.id, ref); punte.ErrorCode(err) != punte.NotFound {
						t.Errorf("order %s: %v; want it kept away", ref, err)
					}
				}
				w.erase() // once more
				w.forgotten("after a second erasure")
			})
		}
	})
}

// packed are pieces of the compressed values that hold the person, as they stand in
// the file of the database.
func (w *world) packed() [][]byte {
	w.t.Helper()
	var pieces [][]byte
	for _, query := range []string{"SELECT data FROM orders WHERE id > 900 AND id < 910", "SELECT raw FROM orders WHERE id > 900 AND id < 910", "SELECT body FROM documents"} {
		rows, err := w.store.DB().QueryContext(w.t.Context(), query)
		if err != nil {
			w.t.Fatal(err)
		}
		for rows.Next() {
			var value []byte
			if err := rows.Scan(&value); err != nil {
				w.t.Fatal(err)
			}
			if len(value) > 100 && strings.Contains(strings.ToLower(string(plainOf(w.t, value))), "toldi") {
				pieces = append(pieces, value[60:90])
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			w.t.Fatal(err)
		}
	}
	if len(pieces) < 8 {
		w.t.Fatalf("there are %d compressed values of the person; want more", len(pieces))
	}
	return pieces
}

// notInFile looks for the person in the bytes of the database.
func (w *world) notInFile(packed [][]byte) {
	w.t.Helper()
	for _, end := range []string{"", "-wal"} {
		text, err := os.ReadFile(w.dsn + end)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			w.t.Fatal(err)
		}
		for _, piece := range packed {
			if bytes.Contains(text, piece) {
				w.t.Errorf("the file %s holds a compressed value of the person", w.dsn+end)
			}
		}
		low := strings.ToLower(string(text))
		for _, trace := range personTraces {
			if strings.Contains(low, trace) {
				w.t.Errorf("the file %s holds %s", w.dsn+end, trace)
			}
		}
	}
}

// TestAnErasureWhileAnOrderIsOnItsWay: nothing of it is kept, and the orders of
// others in the same document arrive.
func TestAnErasureWhileAnOrderIsOnItsWay(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, pull := range []bool{false, true} {
			t.Run(fmt.Sprintf("pull %t", pull), func(t *testing.T) {
				w := newWorld(t, kind, options{pull: pull})
				w.placePerson("", sale{id: 901, number: 901})
				w.place(sale{id: 801, number: 801})
				erased := false
				w.net.before = func(r *http.Request) error {
					if !erased && r.URL.Host == crmHost && strings.Contains(r.URL.Path, "/SyncFeed") {
						erased = true
						w.erase() // the document is made and not handed over
						w.forgotten("with the document on its way")
					}
					return nil
				}
				w.once()
				w.net.before = nil
				if !erased {
					t.Fatal("no document was handed over")
				}
				w.forgotten("after the run")
				if d := w.duty("801").Duty; d.State != punte.Confirmed {
					t.Errorf("the other order is %s; want confirmed", d.State)
				}
				if _, there := w.order(901); there && pull {
					t.Error("MiniCRM fetched the person's order from a document that was given up")
				}
			})
		}
	})
}

// TestAnErasureThatTurnsUpWhileADocumentIsWritten: what was read before it does not
// leave.
func TestAnErasureThatTurnsUpWhileADocumentIsWritten(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		w.placePerson("", sale{id: 901, number: 901})
		w.place(sale{id: 801, number: 801})
		erased := false
		w.net.before = func(r *http.Request) error {
			if !erased && r.URL.Host == crmHost && strings.Contains(r.URL.Path, "/Schema") {
				erased = true
				w.erase() // what is owed was read, the document is not written yet
			}
			return nil
		}
		w.once()
		if !erased {
			t.Fatal("the fields were not read")
		}
		w.forgotten("after the run")
		if _, there := w.order(901); there {
			t.Error("the order of a person who was forgotten before its document was made is in MiniCRM")
		}
		if _, there := w.order(801); !there {
			t.Error("the other order did not arrive")
		}
	})
}

// TestAnErasureEndedInTheMiddleIsMadeGood ends it at every statement in turn; the
// sweep, or the same command, does the rest.
func TestAnErasureEndedInTheMiddleIsMadeGood(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		for n, ends := int64(1), 0; ; n += 1 + n/6 {
			w.placePerson("", sale{id: 1000 + int(n), number: 1000 + int(n)})
			w.place(sale{id: 5000 + int(n), number: 5000 + int(n)})
			w.once()
			found, err := w.engine.FindPerson(t.Context(), w.id, personMail)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			f := &fuse{Context: ctx, cancel: cancel}
			f.left.Store(n)
			err = w.engine.Erase(f, found)
			cancel()
			w.restart()
			if err == nil {
				if ends < 8 {
					t.Errorf("the erasure was ended %d times; want more", ends)
				}
				w.forgotten("after a whole erasure")
				return
			}
			ends++
			if unfinished, err := w.store.UnfinishedErasures(t.Context(), w.id); err != nil || !unfinished {
				w.erase() // ended before it noted whom to forget, or after all was removed
			} else {
				w.clock.Advance(25 * time.Hour)
				w.begin(false)
				w.runFor(time.Minute)
			}
			w.forgotten(fmt.Sprintf("after an erasure that was ended at look %d", n))
			if _, err := w.store.LiftErasure(t.Context(), w.id, personMail); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestOnlyAPersonCanBeForgotten: no text that is none, no address of many; somebody
// unknown is kept away.
func TestOnlyAPersonCanBeForgotten(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: func(d map[string]any) { d["shared_addresses"] = []string{"Bolt@pelda.example"} }})
		for _, address := range []string{"", "nobody", "@pelda.example", "a@", "a b@pelda.example", "bolt@PELDA.example"} {
			if _, err := w.engine.FindPerson(t.Context(), w.id, address); punte.ErrorCode(err) != punte.Invalid {
				t.Errorf("FindPerson(%q) = %v; want Invalid", address, err)
			}
		}
		w.erase()
		w.placePerson("", sale{id: 901, number: 901})
		if run := w.once(); run.Report.Erased != 1 || run.Report.Seen != 0 {
			t.Errorf("report = %+v; want the order counted as erased only", run.Report)
		}
		w.forgotten("an order of a person who was forgotten before they came")
		if lifted, err := w.store.LiftErasure(t.Context(), w.id, strings.ToUpper(personMail)); !lifted || err != nil {
			t.Fatalf("LiftErasure = %t, %v", lifted, err)
		}
		w.placePerson("", sale{id: 901, number: 901, quantity: "3"}, sale{id: 902, number: 902})
		w.once()
		if _, err := w.store.Order(t.Context(), w.id, "901"); punte.ErrorCode(err) != punte.NotFound {
			t.Errorf("the order that was forgotten: %v; want it kept away", err)
		}
		if d := w.duty("902").Duty; d.State != punte.Confirmed {
			t.Errorf("a later order is %s; want confirmed", d.State)
		}
	})
}

// TestLogsTellNothingOfPeople: whatever goes wrong, what is logged and said holds
// nothing of a buyer.
func TestLogsTellNothingOfPeople(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		w.placePerson("", sale{id: 901, number: 901}, sale{id: 902, number: 902, country: "??"}, sale{id: 903, number: 903, status: "9|Más"})
		for _, fault := range []string{"half", "lost-answer"} {
			w.crmFault("SyncFeed/Upload", fault, 1)
		}
		for _, fault := range []string{"500", "429", "cut", "malformed"} {
			for _, endpoint := range []string{"SyncFeed/Upload", "Order/List", "R3/Project", "Category"} {
				w.crmFault(endpoint, fault, 1)
			}
		}
		for _, fault := range []string{"500", "cut", "malformed"} {
			w.control(w.shop, "/_sim/faults", fmt.Sprintf(`{"endpoint":"getOrder","kind":%q,"times":1}`, fault))
		}
		w.begin(false)
		w.runFor(20 * time.Minute)
		w.erase()
		w.runFor(time.Minute)
		said := strings.ToLower(w.said.String())
		if !strings.Contains(said, "work failed") {
			t.Fatal("nothing went wrong; the test looks at nothing")
		}
		for _, trace := range personTraces {
			if strings.Contains(said, trace) {
				t.Errorf("what was logged holds %s:\n%s", trace, said)
			}
		}
	})
}

// holders lists where in the database a text stands.
func (w *world) holders(text string) []string {
	w.t.Helper()
	var found []string
	cells(w.t, w.store, func(where string, value []byte) {
		if bytes.Contains(value, []byte(text)) {
			found = append(found, where)
		}
	})
	return found
}

// A certificate names orders, and the number of an order leads to who bought.
func TestAnErasureTakesThePersonsOrdersOutOfTheCertificates(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, during := range []bool{false, true} {
			t.Run(fmt.Sprintf("while one is made %t", during), func(t *testing.T) {
				w := nightly(t, kind, 10, options{})
				yesterday := evening.Add(-30 * time.Hour)
				w.placePerson("", sale{id: 901, number: 901, placed: yesterday, status: "77|Ismeretlen"})
				w.place(sale{id: 801, number: 801, placed: yesterday, status: "77|Ismeretlen"})
				w.runFor(10 * time.Minute)
				lost, erased := fmt.Sprintf("/Order/%d", w.duty("5001").Duty.CRMID), false
				w.lose("71823-5001")
				if during { // the comparison is made, and its certificate not yet kept
					w.net.before = func(r *http.Request) error {
						if !erased && strings.HasSuffix(r.URL.Path, lost) {
							erased = true
							w.erase()
						}
						return nil
					}
				}
				w.until(sixOClock.Add(10 * time.Minute))
				w.net.before = nil
				before, err := w.engine.Certificate(t.Context(), w.id)
				if err != nil {
					t.Fatal(err)
				}
				if during != erased {
					t.Fatalf("erased while the certificate was made: %t; want %t", erased, during)
				}
				if !during {
					if found := strings.Join(w.holders("71823-901"), " "); !strings.Contains(found, "certificates.data") {
						t.Fatalf("before the erasure the number stands in %s; want it in a certificate", found)
					}
					w.erase()
				}
				if found := w.holders("71823-901"); len(found) > 0 {
					t.Errorf("the number of the person's order stands in %v", found)
				}
				after, err := w.engine.Certificate(t.Context(), w.id)
				if err != nil || after.Counts["held"] != 2 || len(after.Findings) != len(before.Findings) || after.Unexplained != before.Unexplained {
					t.Errorf("certificate = %+v, %v; want the counts of the night as they were", after, err)
				}
				named := ""
				for _, f := range after.Findings {
					named += f.Order + " "
				}
				if !strings.Contains(named, "71823-801") {
					t.Errorf("the certificate names %s; want the orders of others still", named)
				}
			})
		}
	})
}
