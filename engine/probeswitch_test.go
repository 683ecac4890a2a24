package engine_test

import (
	"reflect"
	"testing"

	"punte/engine"
	"punte/minicrm/minicrmsim"
	"punte/store/storetest"
)

// detected is a switch that a probe sees: what it finds with the switch as it is by
// default, and with it set.
type detected struct{ finding, off, on string }

// Why a probe does not look for a switch.
const (
	bothRead  = "the client reads both forms, whatever they are"
	notAsked  = "the synchronisation makes no such call"
	notSent   = "the synchronisation never sends that"
	neverSeen = "no call shows it"
	harmful   = "finding it out would break the account's limits or use a wrong key"
)

// probed says of every switch of the simulator what a probe makes of it.
var probed = map[string]any{
	"AccessDenied404":         harmful,
	"ToDoByPost":              notAsked,
	"PurgePersonMethod":       notAsked,
	"OrderListUnderOffer":     detected{"orders.list", "order", "offer"},
	"NoOrderList":             detected{"orders.list", "order", "none"},
	"ActionsByGet":            notAsked,
	"StornoFromFailed":        notAsked,
	"ReferenceList":           bothRead,
	"R3IDsAsStrings":          bothRead,
	"DocumentIDsAsNumber":     bothRead,
	"UnknownOption500":        bothRead,
	"EmptyObject":             bothRead,
	"UnknownToFirst":          neverSeen, // folders of the stock
	"StatusForm":              nil,       // has two values, see TestAProbeFindsTheFormOfACardsStatus
	"PlainJSON":               bothRead,
	"BOM":                     bothRead,
	"PlainContactType":        bothRead,
	"LimitDocuments":          harmful,
	"FixedWindow":             harmful,
	"CountRefused":            harmful,
	"RetryAfter":              harmful,
	"UpdatedSinceExclusive":   detected{"updated.since", "inclusive", "exclusive"},
	"OrderReferences":         detected{"reference.orders", "no", "yes"},
	"WritableReference":       notAsked,
	"LockedOrderCards":        detected{"cards.trash", "all", "customers"},
	"DraftsListed":            detected{"drafts.listed", "no", "yes"},
	"NoAddOn":                 "every call is refused, and `check` says so",
	"SameCategoryIDs":         bothRead,
	"UnknownParameterIgnored": notSent,
	"InvitedList":             bothRead,
	"LongTextCut":             notAsked,
	"FilesAsSent":             notSent,
	"MailsListed":             notAsked,
	"URLBase":                 "addresses in answers are not used",
	"OrdersDriveStock":        neverSeen, // the stock; a person is asked
	"DocumentsGenerated":      detected{"order.document", "no", "yes"},
	"InvoicePricesPlain":      notAsked,
	"WebhookPlain":            notAsked,
	"LocalisedTooMany":        harmful,
	"NoUpload":                detected{"feed.upload", "taken", "refused"},
	"FeedAnswer":              "the answer to a document is not interpreted",
	"DownloadStatus":          "what was fetched is known by whoever served it",
	"DownloadAccepted":        "what was fetched is known by whoever served it",
	"XMLChecked":              notSent, // documents are well-formed
	"FeedModules":             notSent, // customers go to the Webshop module
	"AlphanumericIDs":         notSent, // ids are integers
	"StatusRequired":          detected{"card.status_absent", "taken", "refused"},
	"EmptyRequiredTaken":      notSent,
	"LongXMLTextCut":          notSent, // texts are cut before
	"UnknownElementRefused":   notSent,
	"FirstDuplicateCounts":    notSent, // lines of one id are made one
	"VATWithoutPercent":       notSent,
	"ErrorSpoilsDocument":     detected{"document.error", "alone", "document"},
	"BrokenXMLHalf":           notSent,
	"ReferencesPerModule":     detected{"reference.scope", "system", "module"},
	"ContactsByEmail":         detected{"contact.email", "new", "matched"},
	"StockBySKU":              detected{"stock.sku", "new", "matched"},
	"VATNumberByShape":        detected{"vat.number", "VatNumber", "EUVatNumber"},
	"MissingLinesKept":        detected{"lines.missing", "go", "stay"},
	"AbsentStatusDrafts":      detected{"status.absent", "kept", "draft"},
	"ClosedOrdersFrozen":      detected{"orders.closed", "change", "Completed,Paid,Failed"},
	"NoPaidWord":              detected{"status.paid", "taken", "refused"},
	"MoreStatusWords":         notSent,
	"UnknownStatusSkipped":    notSent, // but see TestAProbeSeesThatPaidIsPassedOver
	"UnknownPaymentRefused":   notSent,
	"UnknownFieldSkipped":     notSent, // fields are checked before
	"UnknownUserRefused":      notSent, // the owner is checked before
	"NegativePriceRefused":    detected{"price.negative", "taken", "refused"},
	"UntouchedWhenSame":       detected{"resend.touch", "touched", "untouched"},
	"SegmentsByPaidOnly":      detected{"card.segments", "orders", "paid"},
	"InactiveByRegistration":  detected{"card.inactive", "status", "registration"},
	"SegmentsOff":             detected{"card.segments", "orders", "off"},
}

func TestAProbeDetectsEverySwitchThatItCan(t *testing.T) {
	usual := newWorld(t, "sqlite", options{})
	r, err := usual.probe(engine.ProbeOptions{})
	if err != nil {
		t.Fatalf("Probe: %v", err)
	}
	plain := answers(r)
	for field := range reflect.TypeFor[minicrmsim.Switches]().Fields() {
		row, known := probed[field.Name]
		if !known {
			t.Errorf("the switch %s has no row: does a probe see it, or why not?", field.Name)
			continue
		}
		want, visible := row.(detected)
		if !visible {
			continue
		}
		if got := plain[want.finding]; got != want.off {
			t.Errorf("%s off: %s = %q; want %q", field.Name, want.finding, got, want.off)
		}
		t.Run(field.Name, func(t *testing.T) {
			var s minicrmsim.Switches
			reflect.ValueOf(&s).Elem().FieldByName(field.Name).SetBool(true)
			w := newWorld(t, "sqlite", options{crm: minicrmsim.Options{Switches: s}})
			r, err := w.probe(engine.ProbeOptions{})
			if err != nil && field.Name != "NoUpload" {
				t.Errorf("Probe: %v", err)
			}
			got := answers(r)
			if got[want.finding] != want.on {
				t.Errorf("%s = %q; want %q", want.finding, got[want.finding], want.on)
			}
			// Nothing else is taken for something it is not.
			for name, value := range plain {
				if name != want.finding && got[name] != value && got[name] != "?" && !goesAlong[field.Name+" "+name] {
					t.Errorf("%s = %q as well; without the switch it is %q", name, got[name], value)
				}
			}
			if left := w.leftInCRM(); len(left) > 0 && field.Name != "LockedOrderCards" {
				t.Errorf("%d cards left: %+v", len(left), left[0])
			}
		})
	}
	for name := range probed {
		if _, ok := reflect.TypeFor[minicrmsim.Switches]().FieldByName(name); !ok {
			t.Errorf("there is no switch %s", name)
		}
	}
}

// goesAlong are findings that another switch changes too.
var goesAlong = map[string]bool{}

func TestAProbeFindsTheFormOfACardsStatus(t *testing.T) {
	for form, want := range map[string]string{"": "both", "name": "name", "id": "id"} {
		t.Run(want, func(t *testing.T) {
			w := newWorld(t, "sqlite", options{crm: minicrmsim.Options{Switches: minicrmsim.Switches{StatusForm: form}}})
			r, err := w.probe(engine.ProbeOptions{})
			if got := answers(r); err != nil || got["card.status"] != want || got["orders.closed"] != "change" {
				t.Errorf("Probe = %v, %v; want card.status %s and all the rest", got, err, want)
			}
		})
	}
}

func TestAProbeSeesThatPaidIsPassedOver(t *testing.T) {
	w := newWorld(t, "sqlite", options{crm: minicrmsim.Options{Switches: minicrmsim.Switches{NoPaidWord: true, UnknownStatusSkipped: true}}})
	r, err := w.probe(engine.ProbeOptions{})
	if got := answers(r); err != nil || got["status.paid"] != "passed" || got["orders.closed"] != "change" {
		t.Errorf("Probe = %v, %v; want status.paid passed", got, err)
	}
}

// All that can be read either way at once: a document of which one part is refused is
// refused whole, and the rest is still found out.
func TestAProbeFindsOutEverythingOnASystemThatIsDifferentThroughout(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{limited: true, crm: minicrmsim.Options{Limits: true, Language: "ro", Switches: minicrmsim.Switches{
			ErrorSpoilsDocument: true, ReferencesPerModule: true, ContactsByEmail: true, StockBySKU: true, MissingLinesKept: true,
			AbsentStatusDrafts: true, ClosedOrdersFrozen: true, NoPaidWord: true, NegativePriceRefused: true, UntouchedWhenSame: true,
			StatusForm: "id", StatusRequired: true, OrderListUnderOffer: true, DraftsListed: true, UpdatedSinceExclusive: true,
			LimitDocuments: true, VATNumberByShape: true, ReferenceList: true, UnknownOption500: true, BOM: true, EmptyObject: true,
		}}})
		r, err := w.probe(engine.ProbeOptions{})
		if err != nil {
			t.Fatalf("Probe: %v\n%+v", err, r)
		}
		got := answers(r)
		for name, want := range map[string]string{
			"document.error": "document", "reference.scope": "module", "contact.email": "matched", "stock.sku": "matched",
			"lines.missing": "stay", "status.absent": "draft", "orders.closed": "Completed,Failed", "status.paid": "refused",
			"price.negative": "refused", "resend.touch": "untouched", "card.status": "id", "card.status_absent": "refused",
			"orders.list": "offer", "drafts.listed": "yes", "updated.since": "exclusive", "vat.number": "EUVatNumber", "cards.trash": "all",
		} {
			if got[name] != want {
				t.Errorf("%s = %q; want %q", name, got[name], want)
			}
		}
		if left := w.leftInCRM(); len(left) > 0 || len(r.Left) > 0 {
			t.Errorf("left: %v, %+v", r.Left, left)
		}
		if refused := stats[crmStats](t, w.crm).RateLimited; refused != 0 {
			t.Errorf("%d calls were refused for the limits", refused)
		}
		t.Logf("%d documents, %d calls, %s", r.Documents, r.Calls, w.clock.Now().Sub(noon))
	})
}
