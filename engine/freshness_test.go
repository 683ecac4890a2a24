package engine_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"punte/minicrm/minicrmsim"
	"punte/store/storetest"
	"punte/unas/unassim"
)

// promise is what a shop may count on: half of the hand-overs and all of them.
type promise struct{ half, all time.Duration }

// freshness is a day of a shop, from its noon over the whole night to the morning: orders are placed and changed at moments that nothing
// foresees, with the limits of both services on and calls that take their time.
type freshness struct {
	plan     string
	past     int // orders before the connection's beginning
	hooks    bool
	switches unassim.Switches
	day      promise // 06 to 24 h; while the past is read, if there is one
	night    promise
}

// Half of the hand-overs of a shop that polls every p are p/2 old, and the longest wait
// is p, the margin of five seconds, and what the calls take.
func TestFreshness(t *testing.T) {
	long(t)
	t.Parallel()
	for name, f := range map[string]freshness{
		"PREMIUM idle": {
			plan: unassim.PlanPremium,
			day:  promise{90 * time.Second, 170 * time.Second}, night: promise{3 * time.Minute, 5*time.Minute + 20*time.Second},
		},
		"VIP idle": {
			plan: unassim.PlanVIP,
			day:  promise{35 * time.Second, 65 * time.Second}, night: promise{60 * time.Second, 110 * time.Second},
		},
		"VIP with webhooks": {
			plan: unassim.PlanVIP, hooks: true,
			day: promise{5 * time.Second, 10 * time.Second}, night: promise{5 * time.Second, 10 * time.Second},
		},
		"VIP with webhooks five minutes late": {
			plan: unassim.PlanVIP, hooks: true, switches: unassim.Switches{WebhookLate: true},
			day: promise{35 * time.Second, 65 * time.Second}, night: promise{60 * time.Second, 110 * time.Second},
		},
		"PREMIUM in a maintenance": {
			plan: unassim.PlanPremium, switches: unassim.Switches{Maintenance: "503"},
			day: promise{90 * time.Second, 16 * time.Minute}, night: promise{4 * time.Minute, 16 * time.Minute},
		},
	} {
		t.Run(name, func(t *testing.T) { f.measure(t) })
	}
}

// wholeImport skips a test that moves so many orders that it takes minutes.
func wholeImport(t *testing.T) {
	t.Helper()
	if os.Getenv("PUNTE_IMPORTS") == "" {
		t.Skip("it imports up to 100,000 orders, which takes minutes; run make imports")
	}
}

// pastSize is the size of the past; PUNTE_IMPORTS names a smaller one.
func pastSize(most int) int {
	if n, err := strconv.Atoi(os.Getenv("PUNTE_IMPORTS")); err == nil && n > 1 {
		return min(n, most)
	}
	return most
}

// The first import of 100,000 orders goes beside what is new. What happens when it has
// ended is the day of the others.
func TestFreshnessDuringAnImportPremium(t *testing.T) {
	wholeImport(t)
	f := freshness{plan: unassim.PlanPremium, past: pastSize(100_000), day: promise{6 * time.Minute, 11 * time.Minute}}
	f.measure(t)
}

func TestFreshnessDuringAnImportVIP(t *testing.T) {
	wholeImport(t)
	f := freshness{plan: unassim.PlanVIP, past: pastSize(40_000), day: promise{2 * time.Minute, 4 * time.Minute}}
	f.measure(t)
}

func TestFreshnessDuringAnImportVIPWithWebhooks(t *testing.T) {
	wholeImport(t)
	f := freshness{plan: unassim.PlanVIP, past: pastSize(40_000), hooks: true, day: promise{5 * time.Second, 20 * time.Second}}
	f.measure(t)
}

// happening is something in the shop that MiniCRM is to show.
type happening struct {
	id     int
	placed time.Time
	at     time.Time
	past   bool // while the past was read
}

func (f freshness) measure(t *testing.T) {
	const kind = storetest.SQLite // the database has no part in this
	w := f.world(t, kind)
	w.begin(false)
	begun := w.clock.Now()
	happened, ended := f.live(w, begun.Add(19*time.Hour))
	f.judge(w, happened)
	shop, crm := stats[shopStats](t, w.shop), stats[crmStats](t, w.crm)
	if len(shop.Bans) > 0 || crm.RateLimited > 0 {
		t.Errorf("bans %v, %d calls refused by MiniCRM; want none", shop.Bans, crm.RateLimited)
	}
	p, ok, err := w.engine.Importing(t.Context(), w.id)
	if err != nil || !ok || p.Ended.IsZero() {
		t.Fatalf("Importing = %+v, %t, %v; want it ended", p, ok, err)
	}
	singles := w.singles()
	t.Logf("list calls of the day: about %d, of the past %d for %d orders in %s; single calls of the last hour: %d",
		shop.Calls["getOrder"], p.Calls, p.Orders, ended.Sub(begun).Round(time.Minute), singles)
	if most := 2 + f.past*205/100_000; p.Calls > most {
		t.Errorf("the past took %d list calls; want at most %d", p.Calls, most)
	}
	if p.Orders < f.past {
		t.Errorf("%d orders of the past were read; want %d", p.Orders, f.past)
	}
}

// world is the shop with its past. Orders of the past stay where they are: what they cost
// the shop's calls is measured, not what MiniCRM makes of them.
func (f freshness) world(t *testing.T, kind string) *world {
	t.Helper()
	transport := &network{calls: map[string]int{}}
	w := newWorld(t, kind, options{
		limited: true,
		shop: unassim.Options{
			Limits: true, Plan: f.plan, Switches: f.switches, WebhookSecret: hookSecret, Transport: transport,
		},
		crm: minicrmsim.Options{Limits: true, Delay: 20 * time.Second, Switches: minicrmsim.Switches{
			LimitDocuments: true, CountRefused: true,
		}},
		change: func(d map[string]any) {
			_, fresh, _ := strings.Cut(statusNew, "|")
			for name := range d["status_map"].(map[string]any) {
				if f.past > 0 && name != fresh {
					d["status_map"].(map[string]any)[name] = nil
				}
			}
		},
	})
	transport.hosts = w.net.hosts
	if f.past > 0 {
		w.shop.GenerateOver(1, f.past, f.past/3, 150)
	}
	if f.hooks {
		addHooks(t, w)
	}
	w.net.before = func(r *http.Request) error {
		switch {
		case strings.HasSuffix(r.URL.Path, "getOrder"):
			w.clock.Advance(2 * time.Second)
		default:
			w.clock.Advance(400 * time.Millisecond)
		}
		return nil
	}
	return w
}

// live lets the shop and the connection go on until end, or until the past is read; and
// says when it was.
func (f freshness) live(w *world, end time.Time) (all []happening, ended time.Time) {
	rng := rand.New(rand.NewPCG(11, uint64(len(f.plan)+f.past)))
	next := w.clock.Now().Add(time.Minute)
	importing := true
	for w.clock.Now().Before(end) && (importing || f.past == 0) {
		now := w.clock.Now()
		if !now.Before(next) && now.Before(end.Add(-20*time.Minute)) {
			all = append(all, f.happen(w, rng, all, importing))
			gap := 700
			if f.past > 0 { // an import is short
				gap = 140
			}
			next = now.Add(time.Duration(20+rng.IntN(gap)) * time.Second)
		}
		if f.hooks {
			w.shop.Deliver(w.t.Context())
		}
		due, err := w.step(w.t.Context())
		if err != nil {
			w.t.Fatalf("Step: %v", err)
		}
		if importing && !w.importGoesOn() {
			importing, ended = false, w.clock.Now()
		}
		wait := earliest(due, next, end).Sub(w.clock.Now())
		if f.hooks {
			wait = min(wait, time.Minute)
		}
		w.clock.Advance(max(wait, 100*time.Millisecond))
	}
	w.runFor(15 * time.Minute) // what happened last is handed over as well; MiniCRM takes a moment to write its log
	return all, ended
}

func earliest(times ...time.Time) time.Time { return slices.MinFunc(times, time.Time.Compare) }

// happen places an order, or changes one of an hour ago at most.
func (f freshness) happen(w *world, rng *rand.Rand, all []happening, importing bool) happening {
	now := w.clock.Now()
	h := happening{id: 900_000_000 + len(all), placed: now, at: now, past: importing}
	s := sale{id: h.id, number: h.id, quantity: fmt.Sprint(len(all) + 1)}
	if len(all) > 8 && rng.IntN(3) == 0 {
		old := all[len(all)-1-rng.IntN(8)]
		h.id, h.placed = old.id, old.placed
		s.id, s.number, s.placed = old.id, old.id, old.placed
	}
	w.place(s)
	return h
}

// judge compares what happened with when MiniCRM took it.
func (f freshness) judge(w *world, all []happening) {
	w.t.Helper()
	zone, err := time.LoadLocation("Europe/Budapest") // of both services' printed times
	if err != nil {
		w.t.Fatal(err)
	}
	taken := map[int64][]time.Time{} // by card: each order of this day has a buyer of its own
	for _, d := range w.crm.Log() {
		at, err := time.ParseInLocation(time.DateTime, d.Accepted, zone)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, id := range d.Taken {
			taken[id] = append(taken[id], at)
		}
	}
	groups := map[string][]time.Duration{}
	for _, h := range all {
		times := taken[w.duty(fmt.Sprint(h.id)).Duty.Card]
		at := slices.IndexFunc(times, func(t time.Time) bool { return !t.Before(h.at.Truncate(time.Second)) })
		if at < 0 {
			w.t.Errorf("order %d of %s never came to MiniCRM", h.id, h.at)
			continue
		}
		group := "by day"
		switch {
		case h.past && f.past > 0:
			group = "while the past is read"
		case h.at.In(zone).Hour() < 6:
			group = "by night"
		}
		groups[group] = append(groups[group], times[at].Sub(h.at))
	}
	for group, ages := range groups {
		slices.Sort(ages)
		half, late, most := ages[len(ages)/2], ages[len(ages)*99/100], ages[len(ages)-1]
		w.t.Logf("%s: %d hand-overs, p50 %s, p99 %s, max %s", group, len(ages),
			half.Round(time.Second), late.Round(time.Second), most.Round(time.Second))
		want := f.day
		if group == "by night" {
			want = f.night
		}
		if half > want.half || most > want.all {
			w.t.Errorf("%s: p50 %s, max %s; promised are %s and %s", group, half, most, want.half, want.all)
		}
	}
}
