package engine_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"punte"
	"punte/minicrm/minicrmsim"
	"punte/store/storetest"
)

// refused is a line that MiniCRM refuses: its folder has a name, its unit has not.
const refusedStatus = "Paid"

func TestConfirmSeesNewAndChangedOrders(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		w.place(sale{id: 901, number: 1}, sale{id: 902, number: 2})
		w.once()
		if r := w.standing(); r.Confirmed != 2 {
			t.Fatalf("standing = %+v; want 2 confirmed", r)
		}
		d := w.duty("901").Duty
		if d.CRMID == 0 || d.CRMCard == 0 || d.Shown != 1 {
			t.Errorf("duty = %+v; want it bound to document and card", d)
		}
		w.clock.Advance(time.Minute)
		w.place(sale{id: 901, number: 1, placed: noon, quantity: "3"}, sale{id: 902, number: 2, placed: noon, awb: "PCK-1"})
		w.once()
		w.checkAgreement()
		if d := w.duty("901").Duty; d.Shown != 2 || d.State != punte.Confirmed || d.Differs != "" {
			t.Errorf("duty after a change = %+v; want version 2 confirmed", d)
		}
	})
}

// An update that wrote neither the state nor anything the list shows is confirmed by
// its card's touch, and not before MiniCRM processed it.
func TestConfirmWaitsForTheCardToBeTouched(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{crm: minicrmsim.Options{Delay: 40 * time.Second}})
		w.place(sale{id: 901, number: 1})
		w.once()
		w.clock.Advance(time.Minute)
		w.place(sale{id: 901, number: 1, placed: noon, comment: "csengő nem szól"})
		w.begin(true)
		w.runFor(30 * time.Second)
		if d := w.duty("901").Duty; d.State != punte.Sent || d.Sent != 2 {
			t.Fatalf("duty = %s, sent %d; want version 2 in flight", d.State, d.Sent)
		}
		w.finish()
		w.checkAgreement()
	})
}

// A MiniCRM that does not touch what it finds unchanged must not make an order wait
// for ever, nor be parked.
func TestConfirmSurvivesUntouchedCards(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{crm: minicrmsim.Options{Switches: minicrmsim.Switches{UntouchedWhenSame: true}}})
		w.place(sale{id: 901, number: 1})
		w.once()
		w.clock.Advance(26 * time.Hour)
		w.place(sale{id: 901, number: 1, placed: noon, extra: "<Weight>5</Weight>"})
		w.once()
		if d := w.duty("901").Duty; d.State != punte.Confirmed || d.Shown != 2 {
			t.Errorf("duty = %s, shown %d; want version 2 confirmed", d.State, d.Shown)
		}
		if n := w.documents(); n != 2 {
			t.Errorf("%d documents; want 2", n)
		}
	})
}

// Two orders of one day share a number, because the shop gave it out again.
func TestANumberGivenOutAgainMakesTwoOrders(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		w.place(sale{id: 901, number: 1})
		w.once()
		w.clock.Advance(time.Minute)
		w.place(sale{id: 902, number: 1, quantity: "5"}, sale{id: 903, number: 1, quantity: "7"})
		w.once()
		w.checkAgreement()
		seen := map[int64]string{}
		for _, ref := range []string{"901", "902", "903"} {
			d := w.duty(ref).Duty
			if d.State != punte.Confirmed || d.Differs != "" {
				t.Errorf("order %s: %s, differs %q; want confirmed", ref, d.State, d.Differs)
			}
			if other, twice := seen[d.CRMID]; twice {
				t.Errorf("orders %s and %s are bound to one document", ref, other)
			}
			seen[d.CRMID] = ref
		}
	})
}

func TestAnAmountThatDiffersIsShownAndNotSentAgain(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{crm: minicrmsim.Options{Switches: minicrmsim.Switches{MissingLinesKept: true}}})
		second := `<Item><Id>7002</Id><Name>Tea</Name><Unit>db</Unit><Quantity>1</Quantity><PriceNet>1000</PriceNet><PriceGross>1270</PriceGross><Vat>27%</Vat></Item>`
		first := strings.Replace(second, "7002", "7003", 1)
		w.place(sale{id: 901, number: 1, items: first + second})
		w.once()
		w.clock.Advance(time.Minute)
		w.place(sale{id: 901, number: 1, placed: noon, items: first})
		w.once()
		before := w.documents()
		d := w.duty("901").Duty
		if d.State != punte.Confirmed || !strings.Contains(d.Differs, "shop 1270, MiniCRM 2540 HUF") {
			t.Errorf("duty = %s, differs %q; want confirmed with both amounts", d.State, d.Differs)
		}
		w.once()
		if w.documents() != before {
			t.Error("a differing amount was sent again")
		}
		if r := w.standing(); r.Amounts != 1 {
			t.Errorf("standing.Amounts = %d; want 1", r.Amounts)
		}
	})
}

// refusing lets MiniCRM refuse every order whose mapped state is Paid.
func refusing(t *testing.T, kind string) *world {
	return newWorld(t, kind, options{
		crm: minicrmsim.Options{Switches: minicrmsim.Switches{NoPaidWord: true}},
		change: func(d map[string]any) {
			_, name, _ := strings.Cut(statusDone, "|")
			d["status_map"].(map[string]any)[name] = refusedStatus
		},
	})
}

func TestRefusedOrdersAreParkedAndTheOthersArrive(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := refusing(t, kind)
		var sales []sale
		for i := range 120 {
			s := sale{id: 1000 + i, number: i}
			if i%40 == 7 {
				s.status = statusDone
			}
			sales = append(sales, s)
		}
		w.place(sales...)
		w.once()
		r := w.standing()
		if r.Confirmed != 117 || r.Parked != 3 {
			t.Fatalf("standing = %+v; want 117 confirmed, 3 parked", r)
		}
		for _, ref := range []string{"1007", "1047", "1087"} {
			if p := w.duty(ref).Duty.Problem; p.Code != punte.ProblemRefused || p.Reason == "" {
				t.Errorf("order %s: problem %+v; want %s and a reason", ref, p, punte.ProblemRefused)
			}
		}
		// Whole, tenth, and three times singly.
		sizes := map[int]int{}
		for _, l := range w.crm.Log() {
			sizes[len(l.Taken)+len(l.Refused)]++
		}
		if sizes[120] != 1 || sizes[3] != 1 || sizes[1] != 9 || len(w.crm.Log()) != 11 {
			t.Errorf("documents by size = %v; want one of 120, one of 3, nine of 1", sizes)
		}
	})
}

func TestARefusedChangeIsParkedWithWhatDiffers(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{limited: true, crm: minicrmsim.Options{Switches: minicrmsim.Switches{ClosedOrdersFrozen: true}}})
		w.place(sale{id: 901, number: 1, status: statusDone}, sale{id: 902, number: 2, status: statusDone}, sale{id: 903, number: 3, status: statusDone})
		w.once()
		w.clock.Advance(time.Minute)
		w.place(
			sale{id: 901, number: 1, placed: noon, status: statusDone, quantity: "9"},
			sale{id: 902, number: 2, placed: noon, status: statusFailed},
			sale{id: 903, number: 3, placed: noon, status: statusDone, awb: "PCK-3"},
			sale{id: 904, number: 4})
		w.begin(false)
		// Others that are shown later prove that MiniCRM went past these.
		for i := range 5 {
			w.runFor(7 * time.Minute)
			w.place(sale{id: 905 + i, number: 5 + i})
		}
		w.runFor(15 * time.Minute)
		for ref, want := range map[string]string{
			"901": "shop 11430, MiniCRM 2540 HUF", "902": "not as Failed", "903": "the field AWB",
		} {
			d := w.duty(ref).Duty
			if d.State != punte.Parked || !strings.Contains(d.Problem.Reason, want) {
				t.Errorf("order %s: %s, %q; want parked with %q", ref, d.State, d.Problem.Reason, want)
			}
		}
		for _, ref := range []string{"904", "905"} {
			if d := w.duty(ref).Duty; d.State != punte.Confirmed {
				t.Errorf("order %s is %s; want confirmed", ref, d.State)
			}
		}
	})
}

// What MiniCRM's document breaks off in the middle of goes again.
func TestHalfADocumentIsMadeWhole(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{orders: 60})
		w.crmFault("SyncFeed/Upload", "half", 1)
		w.once()
		w.checkAgreement()
		if r := w.standing(); r.Parked != 0 {
			t.Errorf("standing = %+v; want nothing parked", r)
		}
	})
}

func TestALateDocumentIsWaitedFor(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{orders: 30, change: mapped("buyers")}) // customers alone make documents of their own
		w.crmFault("SyncFeed/Upload", "late", 1)
		w.once()
		w.checkAgreement()
		if n := w.documents(); n != 1 {
			t.Errorf("%d documents; want the late one alone", n)
		}
	})
}

// A MiniCRM that takes documents and processes none gets them again and again; no
// order is parked for that, and the run that was to end by itself says why it did.
func TestNothingIsParkedWhileMiniCRMDoesNotProcess(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{crm: minicrmsim.Options{Delay: 100 * time.Hour}, orders: 20, limited: true})
		run := w.once()
		if !strings.Contains(run.Report.Failed, "has not processed") {
			t.Errorf("the run failed with %q; want that MiniCRM has not processed", run.Report.Failed)
		}
		w.runFor(15 * time.Minute)
		counts := w.standing()
		if counts.Parked != 0 || counts.Confirmed != 0 {
			t.Errorf("standing = %+v; want nothing parked or confirmed", counts)
		}
		if !strings.Contains(w.said.String(), "MiniCRM has not processed a document of 20 orders") {
			t.Errorf("no notice; said:\n%s", w.said.String())
		}
	})
}

func TestALostAnswerDoesNoHarm(t *testing.T) {
	const kind = storetest.SQLite // the database has no part in this
	for _, pull := range []bool{false, true} {
		for _, fault := range []string{"lost-answer", "cut", "500", "silence", "malformed"} {
			t.Run(fmt.Sprintf("%s pull %t", fault, pull), func(t *testing.T) {
				w := newWorld(t, kind, options{orders: 8, pull: pull})
				endpoint := "SyncFeed/Upload"
				if pull {
					endpoint = "SyncFeed"
				}
				w.crmFault(endpoint, fault, 1)
				w.once()
				w.checkAgreement()
			})
		}
	}
}

func TestFaultsOfReadingBackDoNoHarm(t *testing.T) {
	const kind = storetest.SQLite // the database has no part in this
	for _, endpoint := range []string{"Order/List", "Project", "Category", "Schema/Project"} {
		for _, fault := range []string{"500", "429", "silence", "cut", "malformed"} {
			t.Run(strings.ReplaceAll(endpoint, "/", "-")+" "+fault, func(t *testing.T) {
				w := newWorld(t, kind, options{orders: 8})
				w.crmFault(endpoint, fault, 2)
				w.once()
				w.checkAgreement()
			})
		}
	}
}

// What a person typed in MiniCRM stays unless our own value changes.
func TestWhatAPersonChangedStays(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		w.place(sale{id: 901, number: 1, awb: "PCK-1", email: "anna@example.com"})
		w.once()
		o, _ := w.order(901)
		w.control(w.crm, "/_sim/person", fmt.Sprintf(`{"card_id":%d,"owner":"Kiss Béla","status":"2903","fields":{"AWB":"typed"}}`, o.CardID))
		contact := w.cardOf(o.CustomerExternalID).Contacts[0].ID
		w.put("R3/Contact/"+strconv.FormatInt(contact, 10), `{"LastName":"Corrected"}`)
		w.clock.Advance(time.Minute)
		w.place(sale{id: 901, number: 1, placed: noon, awb: "PCK-1", quantity: "4", email: "anna@example.com"},
			sale{id: 902, number: 2, email: "Anna@example.com"})
		w.once()
		o, _ = w.order(901)
		if o.Owner != "Kiss Béla" || o.Fields["AWB"] != "typed" || o.Status != "Completed" || o.Items[0].Quantity != "4" {
			t.Errorf("order = %+v; want the person's owner, AWB and status, and the shop's quantity", o)
		}
		card := w.cardOf(o.CustomerExternalID)
		if len(card.Orders) != 2 || card.Contacts[0].LastName != "Corrected" {
			t.Errorf("card = %+v; want both orders and the corrected name", card)
		}
	})
}

// The card of a document that MiniCRM lost is created with owner and status when it
// goes again.
func TestAnOwnerIsGivenWhenTheFirstDocumentWasLost(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: func(d map[string]any) { d["owner"] = "Kiss Béla" }})
		w.place(sale{id: 901, number: 1}, sale{id: 902, number: 2, email: "vevo901@example.com"}, sale{id: 903, number: 3})
		w.crmFault("SyncFeed/Upload", "half", 1) // the first card arrives, the second does not
		w.once()
		for _, c := range w.crm.Cards() {
			if c.Owner != "Kiss Béla" {
				t.Errorf("card %d %s belongs to %s; want Kiss Béla", c.ExternalID, c.Name, c.Owner)
			}
		}
	})
}
