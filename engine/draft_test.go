package engine_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"punte"
	"punte/minicrm/minicrmsim"
	"punte/store/storetest"
)

// asDraft maps the shop's new orders to drafts.
func asDraft(d map[string]any) { mapTo(&statusNew, "Draft")(d) }

// ended fails the test unless an order stands so, and MiniCRM got so many documents.
func (w *world) ended(ref string, state punte.DutyState, documents int) {
	w.t.Helper()
	if d := w.duty(ref).Duty; d.State != state || w.documents() != documents {
		w.t.Errorf("order %s is %s (%s), after %d documents; want it %s after %d\n%s",
			ref, d.State, d.Problem.Reason, w.documents(), state, documents, w.said.String())
	}
}

// A draft is found by its card however MiniCRM behaves, also the second of a customer,
// and one that was an order before.
func TestDraftsAreConfirmedByTheirCards(t *testing.T) {
	for name, switches := range map[string]minicrmsim.Switches{
		"hidden":                        {},
		"listed":                        {DraftsListed: true},
		"no list":                       {NoOrderList: true},
		"orders found by their id":      {OrderReferences: true},
		"references answer a list":      {ReferenceList: true, OrderReferences: true},
		"a reference for each module":   {ReferencesPerModule: true},
		"an order without status drops": {AbsentStatusDrafts: true},
		"untouched when the same":       {UntouchedWhenSame: true},
		"ids as text":                   {R3IDsAsStrings: true, UpdatedSinceExclusive: true},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.EachKind(t, func(t *testing.T, kind string) {
				w := newWorld(t, kind, options{change: asDraft, crm: minicrmsim.Options{Switches: switches}})
				if switches.NoOrderList {
					w.saved("orders.list=none")
				}
				if switches.OrderReferences {
					w.saved("reference.orders=yes")
				}
				if switches.ReferencesPerModule {
					w.saved("reference.scope=module")
				}
				w.place(sale{id: 901, number: 1, email: "x@example.com"}, sale{id: 902, number: 2, email: "x@example.com"},
					sale{id: 903, number: 3, status: statusDone})
				w.once()
				w.checkAgreement()
				for id, ref := range map[int64]string{901: "901", 902: "902", 903: "903"} {
					w.ended(ref, punte.Confirmed, 1)
					if o, _ := w.order(id); w.duty(ref).Duty.CRMCard != o.CardID {
						t.Errorf("order %s is bound to the card %d; want %d", ref, w.duty(ref).Duty.CRMCard, o.CardID)
					}
				}
				again(w, sale{id: 901, number: 1, placed: noon, email: "x@example.com", quantity: "4"}, sale{id: 903, number: 3, placed: noon})
				w.checkAgreement()
				again(w, sale{id: 901, number: 1, placed: noon, email: "x@example.com", quantity: "4", status: statusDone},
					sale{id: 903, number: 3, placed: noon, comment: "x"})
				w.checkAgreement()
				if r := w.standing(); r.Confirmed != 3 {
					t.Errorf("standing = %+v; want all confirmed", r)
				}
			})
		})
	}
}

// MiniCRM broke off in the middle of the document: the draft that it did not make goes
// once more, in a run that ends by itself too.
func TestADraftThatIsNotThereIsSentOnceMore(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: asDraft})
		w.crmFault("SyncFeed/Upload", "half", 1)
		w.place(sale{id: 901, number: 1}, sale{id: 902, number: 2})
		w.once()
		w.checkAgreement()
		w.ended("901", punte.Confirmed, 2)
		w.ended("902", punte.Confirmed, 2)
	})
}

// A draft that MiniCRM never makes is not parked and not sent for ever; it is told with
// the reason, and its next change goes as any other.
func TestADraftThatNeverShowsIsGivenUpAndTold(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: asDraft, limited: true})
		w.crmFault("SyncFeed/Upload", "half", 2)
		w.place(sale{id: 901, number: 1, email: "a@example.com"}, sale{id: 902, number: 2, email: "b@example.com"})
		w.begin(false)
		w.runFor(time.Hour)
		w.ended("901", punte.Confirmed, 2)
		w.ended("902", punte.Unlisted, 2)
		if d := w.duty("902").Duty; d.Problem.Code != punte.ProblemUnlisted || !strings.Contains(d.Problem.Reason, "sync log") {
			t.Errorf("problem = %+v; want where to look", d.Problem)
		}
		w.runFor(5 * time.Hour)
		w.ended("902", punte.Unlisted, 2)
		w.place(sale{id: 902, number: 2, placed: noon, email: "b@example.com", quantity: "3"})
		w.runFor(time.Hour)
		w.ended("902", punte.Confirmed, 3)
		w.checkAgreement()
	})
}

// A person finalised the draft before it was looked for: that stays.
func TestADraftThatAPersonFinalisedIsLeftAlone(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: asDraft})
		did := false
		w.net.before = func(r *http.Request) error {
			o, there := w.order(901)
			if did || !there || r.URL.Host != crmHost || r.URL.Query().Get("ContactId") == "" {
				return nil
			}
			did = true
			w.clock.Advance(5 * time.Second)
			w.control(w.crm, "/_sim/person", fmt.Sprintf(`{"card_id":%d,"status":"2902"}`, o.CardID))
			return nil
		}
		w.place(sale{id: 901, number: 1})
		w.once()
		w.ended("901", punte.Confirmed, 1)
		if d := w.duty("901").Duty; !did || !strings.Contains(d.Changed, "last written Draft") {
			t.Errorf("changed = %q; want the state that the person set", d.Changed)
		}
		if o, _ := w.order(901); o.Status != "Issued" {
			t.Errorf("MiniCRM shows it as %s; want what the person made of it", o.Status)
		}
	})
}

// Two drafts of one customer that the shop gave one number can't be told apart: neither
// is bound to the wrong card, and neither is sent twice.
func TestDraftsThatCantBeToldApartAreNotGuessed(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: asDraft})
		w.place(sale{id: 901, number: 1, email: "x@example.com"}, sale{id: 902, number: 1, email: "x@example.com"})
		w.once()
		w.begin(false)
		w.runFor(time.Hour)
		w.checkAgreement()
		for _, ref := range []string{"901", "902"} {
			w.ended(ref, punte.Unlisted, 1)
			if d := w.duty(ref).Duty; d.CRMCard != 0 || d.Problem.Code != punte.ProblemUnlisted {
				t.Errorf("order %s is bound to %d, %+v; want neither card", ref, d.CRMCard, d.Problem)
			}
		}
	})
}

// On a system that lists nothing an order that was sent without its status and became a
// draft goes again with it.
func TestAnOrderThatBecameADraftIsMendedWithoutAList(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{crm: minicrmsim.Options{Switches: minicrmsim.Switches{NoOrderList: true, AbsentStatusDrafts: true}}})
		w.saved("orders.list=none")
		w.place(sale{id: 901, number: 1})
		w.once()
		w.ended("901", punte.Confirmed, 1)
		again(w, sale{id: 901, number: 1, placed: noon, quantity: "3"})
		w.ended("901", punte.Confirmed, 3)
		w.checkAgreement()
	})
}

// Looking for drafts takes twenty calls a minute at most, and keeps no order waiting.
func TestLookingForDraftsStaysWithinItsCalls(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: asDraft, limited: true, crm: minicrmsim.Options{Limits: true}})
		looks, minute := map[time.Time]int{}, func() time.Time { return w.clock.Now().Truncate(time.Minute) }
		w.net.before = func(r *http.Request) error {
			q := r.URL.Query()
			byPerson := q.Get("ContactId") != "" || q.Get("ReferenceId") != ""
			if r.URL.Host == crmHost && (byPerson || strings.HasPrefix(r.URL.Path, "/Api/R3/Project/")) {
				looks[minute()]++
			}
			return nil
		}
		var sales []sale
		for i := range 60 {
			sales = append(sales, sale{id: 901 + i, number: 1 + i})
		}
		w.place(sales...)
		w.begin(false)
		early := w.standing()
		for early.Unlisted+early.Confirmed < 60 && w.clock.Now().Before(noon.Add(time.Hour)) {
			w.runFor(10 * time.Second)
			early = w.standing()
		}
		w.place(sale{id: 1901, number: 1901, status: statusDone})
		w.runFor(4 * time.Minute)
		if d := w.duty("1901").Duty; d.State != punte.Confirmed {
			t.Errorf("the order that came meanwhile is %s; want it confirmed", d.State)
		}
		w.runFor(20 * time.Minute)
		if r := w.standing(); early.Unlisted == 0 || r.Unlisted != 0 || r.Confirmed != 61 {
			t.Errorf("at first %+v, in the end %+v; want some left, then none", early, r)
		}
		total := 0
		for at, n := range looks {
			total += n
			if n > 2*20 { // a minute of the clock touches two windows
				t.Errorf("%d looks in the minute of %s; want at most 20 in any", n, at)
			}
		}
		if total < 3*60 {
			t.Errorf("%d looks were seen; want three for each draft", total)
		}
		if crm := stats[crmStats](t, w.crm); crm.RateLimited > 0 {
			t.Errorf("MiniCRM refused %d calls", crm.RateLimited)
		}
	})
}

// A run that ends by itself looks as long as it has calls, and does not wait for more.
func TestARunThatEndsDoesNotWaitForDrafts(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: asDraft, limited: true})
		var sales []sale
		for i := range 60 {
			sales = append(sales, sale{id: 901 + i, number: 1 + i})
		}
		w.place(sales...)
		run := w.once()
		if took := run.Ended.Sub(run.Started); took > 4*time.Minute || run.Report.Failed != "" {
			t.Errorf("the run took %s (%s); want it not to wait for calls", took, run.Report.Failed)
		}
		if r := w.standing(); r.Unlisted == 0 || r.Confirmed == 0 || r.Unlisted+r.Confirmed != 60 {
			t.Errorf("standing = %+v; want some looked for and the others taken", r)
		}
	})
}
