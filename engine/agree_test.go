package engine_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"punte/store/storetest"
)

// TestMiniCRMAgreesWithTheShop is the promise itself, on invented shops that go on
// living between two runs.
func TestMiniCRMAgreesWithTheShop(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		seeds, orders := uint64(12), 70
		if raced {
			seeds, orders = 1, 20
		}
		for seed := uint64(1); seed <= seeds; seed++ {
			pull := seed%2 == 1
			t.Run(fmt.Sprintf("seed %d pull %t", seed, pull), func(t *testing.T) {
				w := newWorld(t, kind, options{orders: orders, seed: seed, pull: pull})
				rng := rand.New(rand.NewPCG(seed, 5))
				for step := range 60 {
					if step%20 == 0 {
						if run := w.once(); run.Report.Failed != "" {
							t.Fatalf("the run failed: %s", run.Report.Failed)
						}
						w.checkAgreement()
					}
					w.clock.Advance(time.Duration(rng.IntN(300)) * time.Second)
					w.shop.Live(step, rng)
				}
				w.once()
				w.checkAgreement()
				if r := w.standing(); r.Held+r.Parked+r.Differs+r.Amounts > 0 {
					t.Errorf("standing = %+v; want nothing held, parked or different", r)
				}
			})
		}
	})
}

func TestASecondRunSendsNothing(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{orders: 40})
		w.once()
		before := w.documents()
		w.clock.Advance(time.Hour)
		run := w.once()
		if w.documents() != before || run.Report.Sent != 0 || run.Report.Changed != 0 {
			t.Errorf("the second run made %d documents, report %+v; want none", w.documents()-before, run.Report)
		}
		w.checkAgreement()
	})
}
