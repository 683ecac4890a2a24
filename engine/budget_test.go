package engine_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"punte/minicrm/minicrmsim"
	"punte/store"
	"punte/store/storetest"
	"punte/unas/unassim"
)

// shopStats is GET /_sim/stats of the shop.
type shopStats struct {
	Calls, Failures, Bans map[string]int
}

// crmStats is GET /_sim/stats of the CRM.
type crmStats struct {
	Calls       map[string]int
	RateLimited int `json:"rate_limited"`
	Documents   int
}

func stats[T any](t *testing.T, handler http.Handler) T {
	t.Helper()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/_sim/stats", nil))
	var got T
	if err := json.Unmarshal(recorder.Body.Bytes(), &got); err != nil {
		t.Fatalf("reading the stats: %v", err)
	}
	return got
}

// A first import of 1,600 orders and the rest of a day of polls, on both plans, with
// the limits of both services on: no ban and no refusal.
func TestADayStaysWithinTheLimits(t *testing.T) {
	long(t)
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, plan := range []string{unassim.PlanPremium, unassim.PlanVIP} {
			t.Run(plan, func(t *testing.T) {
				// The whole day once; the others see that plan and database change nothing.
				orders, hours := 1600, 22
				if kind == storetest.Postgres || plan == unassim.PlanVIP {
					orders, hours = 520, 2
				}
				w := newWorld(t, kind, options{
					limited: true, orders: orders,
					shop: unassim.Options{Limits: true, Plan: plan},
					crm: minicrmsim.Options{Limits: true, Delay: 20 * time.Second, Switches: minicrmsim.Switches{
						LimitDocuments: true, CountRefused: true,
					}},
				})
				w.begin(false)
				w.runFor(90 * time.Minute)
				if r := w.standing(); r.Confirmed+r.Unlisted != orders {
					t.Errorf("after 90 minutes: %+v; want all %d there", r, orders)
				}
				w.runFor(time.Duration(hours) * time.Hour)
				w.place(sale{id: 901, number: 1})
				placed := w.clock.Now()
				w.runFor(5 * time.Minute)
				o := w.duty("901").Duty
				if late := o.Created.Sub(placed); late > 170*time.Second {
					t.Errorf("a new order was read after %s; want at most 170 s", late)
				}
				w.checkAgreement()
				shop, crm := stats[shopStats](t, w.shop), stats[crmStats](t, w.crm)
				if len(shop.Bans) > 0 || len(shop.Failures) > 0 {
					t.Errorf("the shop banned or refused: %+v", shop)
				}
				if crm.RateLimited > 0 {
					t.Errorf("MiniCRM refused %d calls", crm.RateLimited)
				}
			})
		}
	})
}

// Orders that MiniCRM refuses make the reading back long; it goes on where a budget
// broke it off, and the others are settled meanwhile.
func TestReadingBackGoesOnWhereABudgetBrokeItOff(t *testing.T) {
	long(t)
	w := newWorld(t, storetest.SQLite, options{
		limited: true, shop: unassim.Options{Plan: unassim.PlanVIP},
		crm: minicrmsim.Options{Limits: true, Delay: 90 * time.Second, Switches: minicrmsim.Switches{
			LimitDocuments: true, NoPaidWord: true,
		}},
		change: func(d map[string]any) {
			_, name, _ := strings.Cut(statusDone, "|")
			d["status_map"].(map[string]any)[name] = refusedStatus
		},
	})
	var sales []sale
	for i := range 2400 {
		s := sale{id: 10_000 + i, number: i, placed: noon.Add(time.Duration(i-3000) * time.Second)}
		if i%800 == 3 {
			s.status = statusDone
		}
		sales = append(sales, s)
	}
	for some := range slices.Chunk(sales, 300) { // not all in one second
		w.place(some...)
		w.clock.Advance(time.Second)
	}
	w.begin(false)
	w.runFor(80 * time.Minute)
	if r := w.standing(); r.Confirmed != 2397 || r.Parked != 3 {
		t.Errorf("standing = %+v; want 2,397 confirmed and 3 parked", r)
	}
	if crm := stats[crmStats](t, w.crm); crm.RateLimited > 0 {
		t.Errorf("MiniCRM refused %d calls", crm.RateLimited)
	}
}

// A store that was made a moment ago does not know what was called before: half of
// each budget counts as spent.
func TestANewStoreStartsHalfSpent(t *testing.T) {
	w := newWorld(t, storetest.SQLite, options{limited: true})
	fresh, err := store.Open(t.Context(), t.TempDir()+"/fresh.db", store.Options{Keys: w.keys})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fresh.Close() })
	if err := fresh.Migrate(t.Context(), w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	w.engine.Store, w.store = fresh, fresh
	w.register()
	before := stats[shopStats](t, w.shop).Calls["getOrder"]
	for range 40 { // somebody presses the button again and again
		w.begin(false)
		if _, err := w.step(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(3 * time.Second)
	}
	// 14 of 28 count as spent, evenly over the hour before; one of them is an hour old by then.
	if n := stats[shopStats](t, w.shop).Calls["getOrder"] - before; n < 14 || n > 15 {
		t.Errorf("%d list calls in the first two minutes; want 14 or 15", n)
	}
}

// Each call is reserved before it is made: the store's count is never behind the
// network's. A rehearsal reserves nothing.
func TestEveryCallIsReservedBeforeItIsMade(t *testing.T) {
	for _, rehearsal := range []bool{false, true} {
		t.Run(fmt.Sprintf("rehearsal %t", rehearsal), func(t *testing.T) {
			w := newWorld(t, storetest.SQLite, options{orders: 10, limited: !rehearsal})
			saved, err := w.store.Connection(t.Context(), w.id)
			if err != nil {
				t.Fatal(err)
			}
			orders := store.Budget{Scope: "unas:" + saved.Shop + ":list:getOrder", Limit: 28, Window: time.Hour}
			crm := store.Budget{Scope: "minicrm:" + saved.Account + ":calls", Limit: 40, Window: 24 * time.Hour}
			documents := store.Budget{Scope: "minicrm:" + saved.Account + ":documents", Limit: 150, Window: time.Hour}
			made := map[string]int{}
			w.net.before = func(r *http.Request) error {
				budget := orders
				switch {
				case strings.HasSuffix(r.URL.Path, "getOrder"):
				case strings.Contains(r.URL.Path, "/SyncFeed"):
					budget = documents
				case r.URL.Host == crmHost:
					budget = crm
				default:
					return nil
				}
				made[budget.Scope]++
				spent, err := w.store.Spent(r.Context(), w.clock.Now(), budget)
				if err != nil {
					t.Fatal(err)
				}
				if want := made[budget.Scope]; !rehearsal && spent != want || rehearsal && spent != 0 {
					t.Errorf("rehearsal %t: %d calls of %s are reserved at call %d", rehearsal, spent, budget.Scope, want)
				}
				return nil
			}
			w.once()
			for _, b := range []store.Budget{orders, crm, documents} {
				if made[b.Scope] == 0 {
					t.Errorf("no call of %s was seen", b.Scope)
				}
			}
		})
	}
}
