package engine_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"punte"
	"punte/engine"
	"punte/minicrm/minicrmsim"
	"punte/store"
	"punte/store/storetest"
)

// probe rehearses on the world's account. Its waits move the clock.
func (w *world) probe(o engine.ProbeOptions) (engine.ProbeReport, error) {
	w.t.Helper()
	w.engine.Pause = func(ctx context.Context, d time.Duration) error {
		w.clock.Advance(d)
		return ctx.Err()
	}
	conn, keys := w.connection()
	return w.engine.Probe(w.t.Context(), conn, keys, o)
}

// answers are the findings by name; one that is unknown is "?".
func answers(r engine.ProbeReport) map[string]string {
	all := map[string]string{}
	for _, f := range r.Found {
		all[f.Name] = f.Value
		if f.Sure == "unknown" {
			all[f.Name] = "?"
		}
	}
	return all
}

// leftInCRM are the test cards that are not in the Trash.
func (w *world) leftInCRM() (left []minicrmsim.CardState) {
	for _, card := range w.crm.Cards() {
		if strings.Contains(card.Name, "Punte probe") {
			left = append(left, card)
		}
	}
	return left
}

// The usual system: every question is answered, in few documents, and nothing is left.
func TestAProbeFindsOutEverythingAndLeavesNothing(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, pull := range []bool{false, true} {
			t.Run(map[bool]string{false: "push", true: "pull"}[pull], func(t *testing.T) {
				w := newWorld(t, kind, options{limited: true, pull: pull, crm: minicrmsim.Options{Limits: true}})
				r, err := w.probe(engine.ProbeOptions{})
				if err != nil {
					t.Fatalf("Probe: %v", err)
				}
				for _, f := range r.Found {
					if f.Sure == store.Unknown || f.Evidence == "" || f.Asks == "" || !f.Found.After(noon) {
						t.Errorf("finding %+v; want an answer with its evidence", f)
					}
				}
				if len(r.Found) < 30 || r.Documents > 25 || len(r.Left) > 0 {
					t.Errorf("%d findings, %d documents, left %v; want all, few and none", len(r.Found), r.Documents, r.Left)
				}
				w.wantNothingLeft()
				kept, err := w.store.Findings(t.Context(), "https://crm.example/"+minicrmsim.DefaultSystemID)
				if err != nil || len(kept) != len(r.Found) {
					t.Errorf("the store has %d findings, %v; want %d", len(kept), err, len(r.Found))
				}
				if n := stats[crmStats](t, w.crm).RateLimited; n > 0 {
					t.Errorf("MiniCRM refused %d calls", n)
				}
			})
		}
	})
}

func (w *world) wantNothingLeft() {
	w.t.Helper()
	for _, card := range w.leftInCRM() {
		w.t.Errorf("card %d of module %d is left: %s", card.ID, card.Category, card.Name)
	}
}

// Whoever presses Ctrl-C, at any moment, leaves nothing behind.
func TestAProbeThatIsStoppedRemovesWhatItMade(t *testing.T) {
	for stop := 1; stop <= 60; stop += 4 {
		t.Run(strconv.Itoa(stop), func(t *testing.T) {
			w := newWorld(t, "sqlite", options{})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			calls := 0
			w.net.before = func(*http.Request) error {
				if calls++; calls == stop+5 {
					cancel()
				}
				return nil
			}
			w.engine.Pause = func(ctx context.Context, d time.Duration) error {
				w.clock.Advance(d)
				return ctx.Err()
			}
			conn, keys := w.connection()
			_, err := w.engine.Probe(ctx, conn, keys, engine.ProbeOptions{})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("Probe = %v; want it stopped", err)
			}
			w.crm.Settle()
			if len(w.leftInCRM()) > 0 { // a document that was on its way: the next one removes it
				w.clock.Advance(time.Hour)
				if _, err := w.probe(engine.ProbeOptions{}); err != nil {
					t.Errorf("Probe: %v", err)
				}
			}
			w.wantNothingLeft()
		})
	}
}

// A process that was killed leaves cards behind; the next probe finds them.
func TestTheNextProbeRemovesWhatAKilledOneLeft(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, lost := range []bool{false, true} {
			t.Run(map[bool]string{false: "restarted", true: "database lost"}[lost], func(t *testing.T) {
				w := newWorld(t, kind, options{})
				calls, dead := 0, errors.New("killed")
				w.net.before = func(*http.Request) error {
					if calls++; calls > 80 {
						return dead
					}
					return nil
				}
				if _, err := w.probe(engine.ProbeOptions{}); err == nil {
					t.Fatal("the killed probe went well")
				}
				w.net.before = nil
				w.crm.Settle()
				if len(w.leftInCRM()) == 0 {
					t.Fatal("the killed probe left nothing; the test shows nothing")
				}
				w.clock.Advance(11 * time.Minute)
				if lost {
					w.forget(kind)
				} else {
					w.restart()
				}
				if _, err := w.probe(engine.ProbeOptions{}); err != nil {
					t.Errorf("Probe: %v", err)
				}
				w.wantNothingLeft()
			})
		}
	})
}

func TestAProbeIsAloneAndKeepsWhatItIsToldToKeep(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		account := "https://crm.example/" + minicrmsim.DefaultSystemID
		if err := w.store.BeginProbe(t.Context(), account, "other", w.clock.Now()); err != nil {
			t.Fatal(err)
		}
		if _, err := w.probe(engine.ProbeOptions{}); punte.ErrorCode(err) != punte.Conflict {
			t.Errorf("Probe beside another = %v; want a conflict", err)
		}
		if n := w.documents(); n > 0 {
			t.Errorf("%d documents were sent beside another probe", n)
		}
		w.clock.Advance(time.Hour)
		if _, err := w.probe(engine.ProbeOptions{Keep: true}); err != nil {
			t.Fatal(err)
		}
		if len(w.leftInCRM()) != 14 {
			t.Errorf("%d cards are left; want all 14 that were made", len(w.leftInCRM()))
		}
		w.clock.Advance(time.Hour)
		if _, err := w.probe(engine.ProbeOptions{}); err != nil {
			t.Fatal(err)
		}
		w.wantNothingLeft()
	})
}

// elsewhere is an engine on a database of its own, on the same account.
func (w *world) elsewhere(kind string, pause func(time.Duration)) *engine.Engine {
	s := storetest.At(w.t, storetest.Database(w.t, kind), store.Options{Keys: w.keys})
	return &engine.Engine{
		Store: s, Now: w.clock.Now, Transport: w.net, Rehearsal: true, Log: w.engine.Log,
		Pause: func(ctx context.Context, d time.Duration) error {
			pause(d)
			return ctx.Err()
		},
	}
}

// Two databases know nothing of each other, and the account shows the test cards.
func TestAProbeIsAloneOnItsAccountWhateverTheDatabase(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, first := range []bool{false, true} { // the other's cards show only after this one has begun
			t.Run(map[bool]string{false: "while one goes on", true: "at once"}[first], func(t *testing.T) {
				w := newWorld(t, kind, options{})
				conn, keys := w.connection()
				other := w.elsewhere(kind, w.clock.Advance)
				pauses := 0
				var theirs error
				w.engine.Pause = func(ctx context.Context, d time.Duration) error {
					pauses++
					if first && pauses == 1 || !first && pauses == 4 {
						documents := w.documents()
						_, theirs = other.Probe(t.Context(), conn, keys, engine.ProbeOptions{})
						if made := w.documents() - documents; made > 0 != first {
							t.Errorf("the second probe made %d documents; want some only if it could not know better", made)
						}
					}
					w.clock.Advance(d)
					return ctx.Err()
				}
				r, err := w.engine.Probe(t.Context(), conn, keys, engine.ProbeOptions{})
				if err != nil {
					t.Fatalf("the first probe: %v", err)
				}
				if punte.ErrorCode(theirs) != punte.Conflict || !strings.Contains(theirs.Error(), "another database") {
					t.Errorf("the second probe = %v; want a conflict that names the reason", theirs)
				}
				for _, f := range r.Found {
					if f.Sure == store.Unknown {
						t.Errorf("the first probe did not find out %s: %s", f.Name, f.Evidence)
					}
				}
				w.crm.Settle()
				w.wantNothingLeft()
				// A probe that left its cards is no other one, however soon the next begins.
				if _, err := w.probe(engine.ProbeOptions{Keep: true}); err != nil {
					t.Fatal(err)
				}
				if _, err := w.probe(engine.ProbeOptions{}); err != nil {
					t.Errorf("after a probe that kept its cards: %v", err)
				}
				w.wantNothingLeft()
			})
		}
	})
}

// Faults of MiniCRM make a probe longer, not wrong.
func TestAProbeOutlivesFaults(t *testing.T) {
	want, err := newWorld(t, "sqlite", options{}).probe(engine.ProbeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range []string{"Project 500", "Project 429", "Project cut", "Order 500", "Order malformed", "Order/List 500", "SyncFeed/Upload 500", "SyncFeed/Upload lost-answer", "SyncFeed/Upload late", "SyncFeed/Upload 429"} {
		endpoint, kind, _ := strings.Cut(fault, " ")
		t.Run(fault, func(t *testing.T) {
			w := newWorld(t, "sqlite", options{})
			if endpoint == "Project" {
				endpoint = "R3/Project"
			}
			w.crmFault(endpoint, kind, 2)
			r, err := w.probe(engine.ProbeOptions{})
			if err != nil {
				t.Fatalf("Probe: %v", err)
			}
			got, want := answers(r), answers(want)
			delete(got, "processing.time")
			delete(want, "processing.time")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("findings (-without faults +with):\n%s", diff)
			}
			w.wantNothingLeft()
		})
	}
}

// MiniCRM that takes documents and does not process them is waited for, and not for
// ever; what appears later is removed by the next probe.
func TestAProbeGivesUpOnAMiniCRMThatDoesNotProcess(t *testing.T) {
	w := newWorld(t, "sqlite", options{crm: minicrmsim.Options{Delay: 30 * time.Hour}})
	r, err := w.probe(engine.ProbeOptions{})
	if err == nil || !strings.Contains(err.Error(), "sync log") {
		t.Errorf("Probe = %v; want it to say that nothing is processed", err)
	}
	if waited := w.clock.Now().Sub(noon); waited < time.Hour || waited > 90*time.Minute {
		t.Errorf("it waited %s; want an hour", waited)
	}
	for _, f := range r.Found {
		if f.Sure != store.Unknown && f.Name != "feed.upload" {
			t.Errorf("found %+v on a system that shows nothing", f)
		}
	}
	w.crm.Settle()
	if len(w.leftInCRM()) == 0 {
		t.Fatal("nothing appeared late; the test shows nothing")
	}
	last, err := w.store.LastProbe(t.Context(), "https://crm.example/"+minicrmsim.DefaultSystemID)
	if err != nil || len(last.Dirty) != 1 || last.Ended.IsZero() {
		t.Errorf("LastProbe = %+v, %v; want it ended, with something left behind", last, err)
	}
}

// The rehearsal and real orders know nothing of each other.
func TestAProbeTouchesNoRealCard(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{orders: 30})
		w.once()
		before := w.crm.Cards()
		if _, err := w.probe(engine.ProbeOptions{}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, w.crm.Cards()); diff != "" {
			t.Errorf("cards (-before +after):\n%s", diff)
		}
		w.once()
		w.checkAgreement()
	})
}
