package engine_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"punte"
	"punte/store/storetest"
)

// TestANightThatEndsBetweenAnyTwoStatementsDeletesWhatIsGone cancels the work of a night
// at ever later statements; a new engine on the same store goes on.
func TestANightThatEndsBetweenAnyTwoStatementsDeletesWhatIsGone(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		w.clock.Advance(evening.Sub(w.clock.Now()))
		var batch []sale
		for n := range 120 {
			batch = append(batch, sale{id: 5000 + n, number: 5000 + n, placed: evening.Add(-time.Duration(n%4)*24*time.Hour - 5*time.Hour)})
		}
		w.place(batch...)
		w.begin(false)
		w.runFor(time.Minute)
		midnight := time.Date(2026, 6, 10, 22, 11, 0, 0, time.UTC)
		w.clock.Advance(midnight.Sub(w.clock.Now()))
		w.vanish("71823-5001")
		w.vanish("71823-5002")
		for n := int64(3); n < 1200; n += 1 + n/4 {
			ctx, cancel := context.WithCancel(t.Context())
			f := &fuse{Context: ctx, cancel: cancel}
			f.left.Store(n)
			for ctx.Err() == nil {
				due, err := w.step(f)
				if err != nil {
					break
				}
				w.clock.Advance(min(10*time.Second, max(due.Sub(w.clock.Now()), time.Millisecond)))
			}
			cancel()
			w.restart()
		}
		w.runFor(10 * time.Minute)
		for id := int64(5000); id < 5120; id++ {
			want := "Issued"
			if id == 5001 || id == 5002 {
				want = "Failed"
			}
			if got := w.state(id); got != want {
				t.Errorf("order %d is %s, want %s", id, got, want)
			}
			if d := w.duty(fmt.Sprint(id)); d.Duty.State != punte.Confirmed || d.Duty.Deleted.IsZero() != (want == "Issued") {
				t.Errorf("order %d: %s, deleted %v", id, d.Duty.State, d.Duty.Deleted)
			}
		}
		if n := len(w.open()); n != 0 || w.alerts() != "" {
			t.Errorf("%d questions and the alerts %q are left, want none", n, w.alerts())
		}
	})
}

// TestAKillAtAnyCallOfANightDeletesOnlyWhatIsGone ends the process at its first call, the
// next one at its second, and so on, before and after the call had its effect.
func TestAKillAtAnyCallOfANightDeletesOnlyWhatIsGone(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("after %t", after), func(t *testing.T) {
				w := nightly(t, kind, 120, options{})
				midnight := time.Date(2026, 6, 10, 22, 11, 0, 0, time.UTC)
				w.clock.Advance(midnight.Sub(w.clock.Now()))
				w.vanish("71823-5001")
				w.vanish("71823-5002")
				kills := 0
				for n := 1; w.killInNight(n, after); n++ {
					kills++
					w.restart()
				}
				if kills < 5 {
					t.Errorf("the process was ended %d times; want more", kills)
				}
				w.runFor(20 * time.Minute)
				for id := int64(5000); id < 5120; id++ {
					gone := id == 5001 || id == 5002
					want := "Issued"
					if gone {
						want = "Failed"
					}
					if d := w.duty(fmt.Sprint(id)).Duty; w.state(id) != want || d.State != punte.Confirmed || d.Deleted.IsZero() == gone {
						t.Errorf("order %d is %s, its duty %s, deleted %v; want %s, confirmed", id, w.state(id), d.State, d.Deleted, want)
					}
				}
				if n := len(w.open()); n != 0 || w.alerts() != "" {
					t.Errorf("%d questions and the alerts %q are left, want none", n, w.alerts())
				}
			})
		}
	})
}

// killInNight works until six and ends the process at its n-th call over the network;
// false if there were fewer.
func (w *world) killInNight(n int, after bool) (killed bool) {
	w.t.Helper()
	calls := 0
	hook := func(*http.Request) error {
		if calls++; calls != n {
			return nil
		}
		killed = true
		w.kill()
		return errKilled
	}
	if after {
		w.net.after = hook
	} else {
		w.net.before = hook
	}
	defer func() { w.net.before, w.net.after = nil, nil }()
	for w.clock.Now().Before(sixOClock) {
		due, err := w.step(w.t.Context())
		if killed {
			return true
		}
		if err != nil {
			w.t.Fatalf("Step: %v", err)
		}
		w.clock.Advance(max(due.Sub(w.clock.Now()), time.Millisecond))
	}
	return false
}
