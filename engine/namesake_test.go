package engine_test

import (
	"testing"
	"time"

	"punte/minicrm/minicrmsim"
	"punte/store/storetest"
	"punte/unas/unassim"
)

// Cards that a list can't tell apart are asked for one by one, and a minute pays for a
// few of these questions only: what they told is kept when it ends.
func TestManyNamesakesAreEachAskedForOnce(t *testing.T) {
	long(t)
	storetest.EachKind(t, func(t *testing.T, kind string) {
		const many = 40
		w := newWorld(t, kind, options{limited: true, crm: minicrmsim.Options{Limits: true}, shop: unassim.Options{Limits: true}, change: mapped("all")})
		people := make([]person, 0, many)
		for i := range many {
			people = append(people, person{id: 10_000 + i, registered: "2026.03.01 08:00:00", name: "Teszt Elek"})
		}
		w.enrol(people...)
		w.begin(false)
		for w.documents() == 0 {
			w.runFor(time.Second)
		}
		w.bring(foreignCard(4_000_000_001, 4_100_000_001, "Teszt Elek", "71823-1"))
		w.runFor(30 * time.Minute)
		if r := w.standing(); r.CardsConfirmed != many || r.CardsParked != 0 {
			t.Errorf("standing = %+v; want %d confirmed", r, many)
		}
		t.Logf("%d calls", w.net.calls[crmHost])
		if calls := w.net.calls[crmHost]; calls > many+40 {
			t.Errorf("%d calls to MiniCRM for %d cards; want one for each, and a few for all", calls, many)
		}
	})
}
