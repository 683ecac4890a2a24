package engine_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"punte/store/storetest"
)

var errKilled = errors.New("the process is gone")

// killAt ends the process at the n-th call over the network: before it leaves, or
// when its answer comes back. It returns false if there were fewer calls.
func (w *world) killAt(n int, after bool) (killed bool) {
	w.t.Helper()
	calls := 0
	hook := func(r *http.Request) error {
		if r.URL.Host == feedHost {
			return nil
		}
		calls++
		if calls != n {
			return nil
		}
		killed = true
		w.kill()
		return errKilled
	}
	w.net.before, w.net.after = nil, nil
	if after {
		w.net.after = hook
	} else {
		w.net.before = hook
	}
	defer func() { w.net.before, w.net.after = nil, nil }()
	if _, err := w.engine.Begin(w.t.Context(), w.id, true); err != nil && !killed {
		w.t.Fatalf("Begin: %v", err)
	}
	for range mostSlices {
		if killed {
			return true
		}
		due, err := w.step(w.t.Context())
		if killed {
			return true
		}
		if err != nil {
			w.t.Fatalf("Step: %v", err)
		}
		run, err := w.store.LastRun(w.t.Context(), w.id, "once")
		if err != nil {
			w.t.Fatal(err)
		}
		if !run.Ended.IsZero() {
			return false
		}
		w.clock.Advance(max(due.Sub(w.clock.Now()), time.Millisecond))
	}
	w.t.Fatal("the run did not end")
	return false
}

// TestAKillAtAnyCallLosesAndDoublesNothing ends the process at every call it makes,
// in turn, once before and once after the call had its effect; the next process
// finishes the work.
func TestAKillAtAnyCallLosesAndDoublesNothing(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, pull := range []bool{false, true} {
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("pull %t after %t", pull, after), func(t *testing.T) {
					w := newWorld(t, kind, options{orders: 10, pull: pull})
					ends := 0
					every := 1
					if raced {
						every = 4
					}
					for n := 1; n < 100; n += every {
						if !w.killAt(n, after) {
							break
						}
						ends++
						w.restart()
						if ends%3 == 0 {
							w.forget(kind)
						}
						w.clock.Advance(time.Minute)
						if ends%2 == 0 { // every other time the work was finished before
							w.once()
							w.checkAgreement()
						}
						w.place(sale{id: 6000 + n, number: 6000 + n})
						w.shopChange(n)
					}
					if ends*every < 8 {
						t.Errorf("the process was ended %d times; want more", ends)
					}
					w.once()
					w.checkAgreement()
				})
			}
		}
	})
}

// shopChange changes an order that is there.
func (w *world) shopChange(n int) {
	w.place(sale{id: 6000, number: 6000, placed: noon, quantity: fmt.Sprint(n%7 + 1)})
}

// fuse is a context that is cancelled at the n-th look at it. Every statement of the
// store looks, so it ends the work between any two of them.
type fuse struct {
	context.Context //nolint:containedctx // it is a context that adds one thing to another
	cancel          context.CancelFunc
	left            atomic.Int64
}

func (f *fuse) Done() <-chan struct{} {
	if f.left.Add(-1) == 0 {
		f.cancel()
	}
	return f.Context.Done()
}

// TestAnEndBetweenAnyTwoStatementsLosesAndDoublesNothing cancels the work at ever
// later statements; a new engine on the same store goes on.
func TestAnEndBetweenAnyTwoStatementsLosesAndDoublesNothing(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, pull := range []bool{false, true} {
			t.Run(fmt.Sprintf("pull %t", pull), func(t *testing.T) {
				w := newWorld(t, kind, options{orders: 8, pull: pull})
				step := int64(20)
				if raced {
					step = 1
				}
				for n := int64(3); n < 1500; n += 1 + n/step {
					ctx, cancel := context.WithCancel(t.Context())
					f := &fuse{Context: ctx, cancel: cancel}
					f.left.Store(n)
					if _, err := w.engine.Begin(ctx, w.id, true); err != nil {
						t.Fatalf("Begin: %v", err)
					}
					for ctx.Err() == nil {
						due, err := w.step(f)
						if err != nil {
							break
						}
						w.clock.Advance(min(time.Minute, max(due.Sub(w.clock.Now()), time.Millisecond)))
					}
					if !errors.Is(ctx.Err(), context.Canceled) {
						t.Fatal("the work was not cancelled")
					}
					cancel()
					w.restart()
					w.clock.Advance(time.Second)
					w.place(sale{id: 6000 + int(n), number: 6000 + int(n)})
					w.shopChange(int(n))
				}
				w.once()
				w.checkAgreement()
				if r := w.standing(); r.Parked+r.Held != 0 {
					t.Errorf("standing = %+v; want nothing parked", r)
				}
			})
		}
	})
}

// A caller who gives up is no failure of a service: nothing rests for it.
func TestACancelledCallCountsAsNoFailure(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{orders: 5})
		w.begin(true)
		w.clock.Advance(time.Minute)
		for range 6 {
			ctx, cancel := context.WithCancel(t.Context())
			w.net.before = func(*http.Request) error {
				cancel()
				return ctx.Err()
			}
			if _, err := w.step(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("Step with a cancelled context = %v; want %v", err, context.Canceled)
			}
		}
		w.net.before = nil
		for _, work := range []string{"due.pull", "due.push", "due.confirm"} {
			if n, err := w.store.Failures(t.Context(), w.id, work, w.clock.Now()); n != 0 || err != nil {
				t.Errorf("Failures(%s) = %d, %v; want none", work, n, err)
			}
		}
		w.finish()
		w.checkAgreement()
	})
}

// A document that a killed process made and did not hand over goes again.
func TestADocumentLeftBehindGoesAgain(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, pull := range []bool{false, true} {
			t.Run(fmt.Sprintf("pull %t", pull), func(t *testing.T) {
				w := newWorld(t, kind, options{orders: 8, pull: pull})
				w.net.before = func(r *http.Request) error {
					if r.URL.Host == crmHost && len(r.URL.Path) > 13 && r.URL.Path[:13] == "/Api/SyncFeed" {
						w.kill()
						return errKilled
					}
					return nil
				}
				w.begin(true)
				for range 20 {
					due, err := w.step(t.Context())
					if err != nil {
						break
					}
					w.clock.Advance(max(due.Sub(w.clock.Now()), time.Millisecond))
				}
				w.net.before = nil
				w.restart()
				open, err := w.store.OpenDocuments(t.Context(), w.id)
				if err != nil || len(open) != 1 || open[0].State != "made" {
					t.Fatalf("OpenDocuments = %+v, %v; want the one left behind", open, err)
				}
				w.once()
				w.checkAgreement()
			})
		}
	})
}
