package engine_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"punte"
	"punte/engine"
	"punte/store/storetest"
	"punte/unas/unassim"
)

// Whoever tries wrong keys, in whatever connections, stays far from the block of this
// address, and keys that were taken go on.
func TestWrongKeysNeverBlockTheAddress(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{limited: true, shop: unassim.Options{Limits: true}})
		conn, keys := w.connection()
		before := w.net.calls[shopHost]
		var waits int
		for i := range 30 {
			_, err := w.engine.Register(t.Context(), conn, engine.Keys{UNAS: punte.NewSecret(fmt.Sprintf("wrong-%d", i)), MiniCRM: keys.MiniCRM})
			if err == nil {
				t.Fatal("a wrong key was taken")
			}
			if _, ok := errors.AsType[*engine.BudgetError](err); ok {
				waits++
			}
			w.clock.Advance(time.Second)
		}
		if calls := w.net.calls[shopHost] - before; calls > 5 || waits != 30-calls {
			t.Errorf("%d calls with wrong keys, %d waits; want at most five and the others to wait", calls, waits)
		}
		w.place(sale{id: 901, number: 1})
		w.begin(false)
		w.runFor(5 * time.Minute)
		w.checkAgreement()
	})
}
