package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"punte"
	"punte/engine"
	"punte/store"
	"punte/store/storetest"
)

// reconcile compares now. The clock goes on while it waits for a budget.
func (w *world) reconcile(from, to string) engine.Reconciliation {
	w.t.Helper()
	w.engine.Pause = func(_ context.Context, d time.Duration) error {
		w.clock.Advance(d)
		return nil
	}
	day := func(text string) (d punte.Date) {
		if text == "" {
			return d
		}
		d, err := punte.ParseDate(text)
		if err != nil {
			w.t.Fatal(err)
		}
		return d
	}
	r, err := w.engine.Reconcile(w.t.Context(), w.id, day(from), day(to))
	if err != nil {
		w.t.Fatalf("Reconcile: %v; said:\n%s", err, w.said.String())
	}
	return r
}

func TestTheNightIsCertified(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := nightly(t, kind, 30, options{})
		w.until(sixOClock.Add(10 * time.Minute))
		c, err := w.engine.Certificate(t.Context(), w.id)
		if err != nil {
			t.Fatal(err)
		}
		orders := 0
		for _, day := range c.Days {
			for _, s := range day.Sums {
				orders += s.ShopOrders
				if s.ShopOrders != s.CRMOrders || s.ShopGross != s.CRMGross {
					t.Errorf("%s: %+v; want both sides equal", day.Day, s)
				}
			}
		}
		if c.Night != "2026-06-11" || orders != 30 || c.Unexplained != 0 || !c.CRMRead {
			t.Errorf("certificate = %+v with %d orders; want 30 and nothing unexplained", c, orders)
		}
	})
}

// certified is what a reconciliation finds, as "code order".
func certified(r engine.Reconciliation, explained bool) []string {
	list := []string{}
	for _, f := range r.Findings {
		if f.Explained == explained && f.Code != "rounding" {
			list = append(list, f.Code+" "+f.Order)
		}
	}
	return list
}

// Each way in which the two sides can differ is found.
// What the night found is shown later without asking anybody.
func TestTheLastCertificateIsShownFromTheStore(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := nightly(t, kind, 10, options{})
		if _, err := w.engine.LastCertificate(t.Context(), w.id); punte.ErrorCode(err) != punte.NotFound {
			t.Errorf("before the first night: %v; want not found", err)
		}
		w.until(sixOClock.Add(10 * time.Minute))
		before := w.net.calls[shopHost] + w.net.calls[crmHost]
		r, err := w.engine.LastCertificate(t.Context(), w.id)
		if err != nil || r.Night != "2026-06-11" || len(r.Days) == 0 || r.NotFound == nil {
			t.Errorf("LastCertificate = %+v, %v; want that of the night", r, err)
		}
		if calls := w.net.calls[shopHost] + w.net.calls[crmHost] - before; calls != 0 {
			t.Errorf("%d calls were made; want none", calls)
		}
	})
}

func TestACertificateCanFail(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, tt := range []struct {
			name      string
			spoil     func(w *world)
			differs   string
			explained string
		}{
			{"nothing", func(*world) {}, "[]", "[]"},
			{"an order that MiniCRM lost", func(w *world) { w.lose("71823-5001") }, "[missing 71823-5001]", "[]"},
			{"another state in MiniCRM", func(w *world) { w.closed(5002) }, "[]", "[person 71823-5002]"},
			{"held", func(w *world) {
				w.place(sale{id: 6001, number: 6001, placed: evening.Add(-30 * time.Hour), status: "4711|Nowhere mapped"})
				w.runFor(10 * time.Minute)
			}, "[]", "[held 71823-6001]"},
			{"parked", func(w *world) {
				w.place(sale{id: 6001, number: 6001, placed: evening.Add(-30 * time.Hour), currency: "Ft"})
				w.runFor(10 * time.Minute)
			}, "[]", "[parked 71823-6001]"},
			{"deleted", func(w *world) { w.vanish("71823-5001") }, "[]", "[notfound 71823-5001]"},
			{"an order that no poll brought", func(w *world) {
				w.clock.Advance(-90 * 24 * time.Hour)
				w.place(sale{id: 8001, number: 8001, placed: evening.Add(-50 * time.Hour)})
				w.clock.Advance(90 * 24 * time.Hour)
			}, "[]", "[underway 71823-8001]"},
			{"the store says another state than was sent", func(w *world) {
				w.sql("UPDATE duties SET written = REPLACE(written, '\"Issued\"', '\"Paid\"') WHERE ref = '5003'")
			}, "[status 71823-5003]", "[person 71823-5003]"},
			{"another amount in MiniCRM", func(w *world) { w.amount("71823-5003", "2541.0000") }, "[]", "[person 71823-5003]"},
			{"another amount was sent than the shop has", func(w *world) {
				w.sql("UPDATE duties SET written = REPLACE(written, '2540', '9999') WHERE ref = '5003'")
				w.amount("71823-5003", "9999.0000")
			}, "[amount 71823-5003]", "[]"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				w := nightly(t, kind, 30, options{})
				tt.spoil(w)
				r := w.reconcile("", "")
				if got := fmt.Sprint(certified(r, false)); got != tt.differs {
					t.Errorf("not explained: %s, want %s", got, tt.differs)
				}
				if got := fmt.Sprint(certified(r, true)); got != tt.explained {
					t.Errorf("explained: %s, want %s", got, tt.explained)
				}
				if want := len(certified(r, false)); r.Unexplained != want {
					t.Errorf("Unexplained = %d, want %d", r.Unexplained, want)
				}
			})
		}
	})
}

// sql changes the store behind the program's back.
func (w *world) sql(statement string) {
	w.t.Helper()
	if _, err := w.store.DB().ExecContext(w.t.Context(), statement); err != nil {
		w.t.Fatal(err)
	}
}

// lose hides an order's document in MiniCRM until MiniCRM is given another one.
func (w *world) lose(number string) {
	w.t.Helper()
	id := w.duty(strings.TrimPrefix(number, "71823-")).Duty.CRMID
	w.listed(func(rows map[string]map[string]any) {
		delete(rows, fmt.Sprint(id))
	})
	listing := w.net.hosts[crmHost]
	w.net.hosts[crmHost] = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch {
		case strings.Contains(r.URL.Path, "/SyncFeed"):
			w.net.hosts[crmHost] = dated(w.clock, w.crm)
		case strings.HasSuffix(r.URL.Path, fmt.Sprintf("/Order/%d", id)):
			http.NotFound(rw, r)
			return
		}
		listing.ServeHTTP(rw, r)
	})
}

// listed changes what MiniCRM's list of documents shows, by id.
func (w *world) listed(change func(rows map[string]map[string]any)) {
	w.t.Helper()
	usual := w.net.hosts[crmHost]
	w.net.hosts[crmHost] = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/Order/List") {
			usual.ServeHTTP(rw, r)
			return
		}
		recorder := httptest.NewRecorder()
		usual.ServeHTTP(recorder, r)
		var list struct {
			Count   json.Number
			Results map[string]map[string]any
		}
		if err := json.Unmarshal(recorder.Body.Bytes(), &list); err != nil {
			w.t.Errorf("reading the list: %v in %s", err, recorder.Body)
		}
		change(list.Results)
		rw.Header().Set("Date", w.clock.Now().UTC().Format(http.TimeFormat))
		if err := json.NewEncoder(rw).Encode(list); err != nil {
			w.t.Error(err)
		}
	})
}

// amount lets MiniCRM show another amount of an order.
func (w *world) amount(number, amount string) {
	w.listed(func(rows map[string]map[string]any) {
		for _, row := range rows {
			if row["Number"] == number {
				row["Amount"] = amount
			}
		}
	})
}

// closed is the label of a document that is completed, in the account's language.
func (w *world) closed(id int64) {
	w.t.Helper()
	o, ok := w.order(id)
	if !ok {
		w.t.Fatalf("MiniCRM has no order %d", id)
	}
	w.control(w.crm, "/_sim/person", fmt.Sprintf(`{"card_id":%d,"status":%q}`, o.CardID, "Teljesített"))
}

func TestWhatMiniCRMLostIsSentAgain(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := nightly(t, kind, 30, options{})
		w.lose("71823-5001")
		if r := w.reconcile("", ""); r.Unexplained != 1 {
			t.Fatalf("Unexplained = %d, want the one", r.Unexplained)
		}
		w.runFor(20 * time.Minute)
		if got := w.state(5001); got != "Issued" {
			t.Errorf("the order is %s in MiniCRM; want it sent again", got)
		}
		documents := w.documents()
		if r := w.reconcile("", ""); r.Unexplained != 0 {
			t.Errorf("then: %d unexplained, want none: %+v", r.Unexplained, r.Findings)
		}
		w.runFor(10 * time.Minute)
		if w.documents() != documents {
			t.Errorf("it was sent more than once")
		}
	})
}

// A comparison that a person asks for takes what the polls leave, and everything while
// nobody polls.
func TestAComparisonLeavesThePollsTheirCalls(t *testing.T) {
	for _, beside := range []bool{true, false} {
		t.Run(fmt.Sprintf("beside the work %t", beside), func(t *testing.T) {
			w := nightly(t, storetest.SQLite, 10, options{})
			// Before the polls of the day begin, and long after the night's own reading.
			w.until(sixOClock.Add(-30 * time.Minute))
			var polls, days []time.Time
			w.net.before = func(r *http.Request) error {
				if !strings.HasSuffix(r.URL.Path, "/getOrder") {
					return nil
				}
				text, err := io.ReadAll(r.Body)
				if err != nil {
					return err
				}
				r.Body = io.NopCloser(bytes.NewReader(text))
				switch {
				case bytes.Contains(text, []byte("TimeModStart")):
					polls = append(polls, w.clock.Now())
				case bytes.Contains(text, []byte("TimeStart")):
					days = append(days, w.clock.Now())
				}
				return nil
			}
			if !beside {
				w.clock.Advance(time.Hour)
			}
			asked := &engine.Engine{Store: w.store, Now: w.clock.Now, Transport: w.net, Pause: func(_ context.Context, d time.Duration) error {
				if beside {
					w.runFor(d)
				} else {
					w.clock.Advance(d)
				}
				return nil
			}}
			budapest, err := time.LoadLocation("Europe/Budapest")
			if err != nil {
				t.Fatal(err)
			}
			begun := w.clock.Now()
			if _, err := asked.Reconcile(t.Context(), w.id, punte.Date{}, punte.Date{}); err != nil {
				t.Fatalf("Reconcile: %v", err)
			}
			took := w.clock.Now().Sub(begun)
			if len(days) < 30 {
				t.Errorf("%d calls read days; want one for each of 30 days", len(days))
			}
			if !beside {
				if took > 2*time.Hour || len(polls) > 0 {
					t.Errorf("alone it took %s, and the shop was polled %d times; want that nothing is kept free for polls", took, len(polls))
				}
				return
			}
			longest := time.Duration(0)
			for i := 1; i < len(polls); i++ {
				if local := polls[i-1].In(budapest); local.Hour() >= 6 {
					longest = max(longest, polls[i].Sub(polls[i-1]))
				}
			}
			if len(polls) < 20 || longest > 160*time.Second {
				t.Errorf("%d polls, and between two of them %s; want one each 150 seconds", len(polls), longest)
			}
			if took > 9*time.Hour {
				t.Errorf("the comparison took %s; want some four days in an hour", took)
			}
		})
	}
}

func TestAnEmptyListOfMiniCRMSendsNothingAgain(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := nightly(t, kind, 30, options{})
		usual := w.net.hosts[crmHost]
		w.net.hosts[crmHost] = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/Order/List") {
				_, _ = rw.Write([]byte(`{"Count":0,"Results":{}}`))
				return
			}
			usual.ServeHTTP(rw, r)
		})
		documents := w.documents()
		w.reconcile("", "")
		if w.alerts() != store.AlertMissing {
			t.Errorf("alerts: %q, want %s", w.alerts(), store.AlertMissing)
		}
		w.net.hosts[crmHost] = usual
		w.runFor(20 * time.Minute)
		if w.documents() != documents {
			t.Errorf("%d documents were sent", w.documents()-documents)
		}
		w.reconcile("", "")
		if w.alerts() != "" {
			t.Errorf("alerts: %q, want none any more", w.alerts())
		}
	})
}

// Both nights in which the clock changes, and a day with more orders than fit into two
// answers.
func TestDaysOfAnyLengthAreReadWhole(t *testing.T) {
	long(t)
	storetest.EachKind(t, func(t *testing.T, kind string) {
		budapest, err := time.LoadLocation("Europe/Budapest")
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			day           string
			hours, orders int
		}{{"2026-03-29", 23, 92}, {"2025-10-26", 25, 100}, {"2026-05-05", 24, 1200}} {
			for _, exclusive := range []bool{false, true} {
				if kind == storetest.Postgres && exclusive {
					continue // how the shop lists is nothing to the database, which has the days of the other half
				}
				t.Run(fmt.Sprintf("%s exclusive %t", tt.day, exclusive), func(t *testing.T) {
					o := options{change: func(d map[string]any) { d["start_date"] = "2025-10-01" }}
					o.shop.Switches.ExclusiveTimes, o.shop.Switches.IgnoreOrder = exclusive, exclusive
					w := newWorld(t, kind, o)
					midnight, err := time.ParseInLocation(time.DateOnly, tt.day, budapest)
					if err != nil {
						t.Fatal(err)
					}
					// The neighbours: the last second before, and the first after.
					batch := []sale{
						{id: 9001, number: 9001, placed: midnight.Add(-time.Second)},
						{id: 9002, number: 9002, placed: midnight.Add(time.Duration(tt.hours) * time.Hour)},
					}
					for n := range tt.orders {
						at := midnight.Add(time.Duration(n) * time.Duration(tt.hours) * time.Hour / time.Duration(tt.orders))
						batch = append(batch, sale{id: 10000 + n, number: 10000 + n, placed: at})
					}
					w.place(batch...)
					w.once()
					w.vanish("71823-10000")
					w.vanish(fmt.Sprintf("71823-%d", 10000+tt.orders-1))
					r := w.reconcile(tt.day, tt.day)
					got := 0
					for _, s := range r.Days[0].Sums {
						got += s.ShopOrders
					}
					if got != tt.orders-2 || r.Unexplained != 0 || len(r.NotFound) != 2 {
						t.Errorf("%d orders, %d unexplained, %d not found; want %d, 0 and 2: %+v", got, r.Unexplained, len(r.NotFound), tt.orders-2, r.Findings)
					}
				})
			}
		}
	})
}

func TestASilentShopRaisesAnAlertUntilItSells(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{limited: true})
		var batch []sale
		for n := range 300 {
			batch = append(batch, sale{id: 5000 + n, number: 5000 + n, placed: noon.Add(-time.Duration(n) * 4 * time.Hour)})
		}
		w.place(batch...)
		w.begin(false)
		w.runFor(10 * time.Minute)
		w.clock.Advance(24 * time.Hour)
		w.runFor(3 * time.Hour)
		if w.alerts() != "" {
			t.Errorf("alerts after a day: %q, want none", w.alerts())
		}
		w.clock.Advance(36 * time.Hour)
		w.runFor(3 * time.Hour)
		if w.alerts() != store.AlertNoOrders {
			t.Errorf("alerts: %q, want %s", w.alerts(), store.AlertNoOrders)
		}
		if err := w.engine.HolidayUntil(t.Context(), w.id, w.clock.Now().Add(24*time.Hour)); err != nil {
			t.Fatal(err)
		}
		w.runFor(2 * time.Hour)
		if w.alerts() != "" {
			t.Errorf("alerts on the shop's holiday: %q, want none", w.alerts())
		}
		if err := w.engine.HolidayUntil(t.Context(), w.id, time.Time{}); err != nil {
			t.Fatal(err)
		}
		w.runFor(2 * time.Hour)
		if w.alerts() != store.AlertNoOrders {
			t.Errorf("alerts after it: %q, want %s", w.alerts(), store.AlertNoOrders)
		}
		w.place(sale{id: 9001, number: 9001})
		w.runFor(2 * time.Hour)
		if w.alerts() != "" {
			t.Errorf("alerts once it sells again: %q, want none", w.alerts())
		}
	})
}

// The proof adds up the shop's numbers. What MiniCRM's six decimals of a price and four
// of a quantity make of them is noted on the order, and found by night.
func TestAmountsThatMiniCRMRoundsAwayAreTold(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		for id, tt := range map[int]struct{ quantity, price, total, amount string }{
			901: {"0.000001", "1000000000", "1000", "0"},
			902: {"1000000000", "0.000001", "1000", "1270"},
			903: {"0.12345", "1000000", "123450", "123500"},
			904: {"0.3333", "1000", "333.3", ""}, // what MiniCRM keeps
		} {
			text := strings.Replace(sale{id: id, number: id, quantity: "x", items: fmt.Sprintf(
				`<Item><Id>7001</Id><Sku>KAV-1</Sku><Name>Kávé</Name><Unit>kg</Unit><Quantity>%s</Quantity><PriceGross>%s</PriceGross><Vat>27%%</Vat></Item>`,
				tt.quantity, tt.price)}.xml(w.clock.Now()), "<SumPriceGross>2540<", "<SumPriceGross>"+tt.total+"<", 1)
			w.control(w.shop, "/_sim/orders", "<Orders>"+text+"</Orders>")
			conn, keys := w.connection()
			list, err := w.engine.Preview(t.Context(), conn, keys, 1)
			if err != nil {
				t.Fatal(err)
			}
			note := strings.Join(list[0].Notes, "; ")
			if tt.amount == "" && note != "" || tt.amount != "" && !strings.Contains(note, "MiniCRM will compute "+tt.amount+" HUF where the shop's lines give "+tt.total+":") {
				t.Errorf("the preview of %s at %s notes %q; want that MiniCRM computes %q", tt.quantity, tt.price, note, tt.amount)
			}
			w.once()
			if o, ok := w.order(int64(id)); !ok || tt.amount != "" && o.Amount != tt.amount {
				t.Errorf("%s at %s is %v in MiniCRM, %t; want %s, as the note says", tt.quantity, tt.price, o.Amount, ok, tt.amount)
			}
			life, err := w.engine.Lives(t.Context(), w.id, fmt.Sprint("71823-", id))
			if err != nil || len(life) != 1 || strings.Join(life[0].Notes, "; ") != note || life[0].Differs != "" {
				t.Errorf("Life = %+v, %v; want the same note, and that the shop's own sum is right", life, err)
			}
			w.clock.Advance(time.Minute)
		}
		if r := w.standing(); r.Confirmed != 4 || r.Differs != 0 || r.Amounts != 0 {
			t.Errorf("standing = %+v; want all four confirmed as they were sent", r)
		}
		w.clock.Advance(24 * time.Hour)
		if r := w.reconcile("", ""); r.Counts["amount"] != 3 || r.Unexplained != 3 {
			t.Errorf("the comparison found %v, %d unexplained; want the three amounts", r.Counts, r.Unexplained)
		}
	})
}
