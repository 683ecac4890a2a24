package engine_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"punte/store/storetest"
)

// One function of the shop fails all the time; the others are needed all the same.
func TestAFunctionThatFailsKeepsNoOrderWaiting(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{limited: true})
		w.net.before = func(r *http.Request) error {
			if strings.HasSuffix(r.URL.Path, "/getCustomer") {
				return errors.New("broken")
			}
			return nil
		}
		w.begin(false)
		w.runFor(20 * time.Minute)
		w.place(sale{id: 7101, number: 7101})
		w.runFor(4 * time.Minute)
		if _, ok := w.order(7101); !ok {
			t.Errorf("order 7101 is not in MiniCRM four minutes after it was placed; said:\n%s", w.said.String())
		}
	})
}
