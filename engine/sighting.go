package engine

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"punte"
	"punte/minicrm"
	"punte/store"
)

// sighting is an order in flight and what MiniCRM shows of it.
type sighting struct {
	store.Flight
	wrote   handed
	row     *minicrm.OrderRow // nil: not seen
	touched bool              // its card changed since the document was made
	fields  map[string]string // of its card, nil if they were not asked for
	stateOf punte.StateOf     // reads the account's labels
	found   Findings          // what a probe found out about the account
	later   bool              // its own document is to be asked for in the next look
}

// round is what is known of the document an order travelled in.
type round struct {
	seen       bool // MiniCRM shows some of it
	over       bool // its time is up
	processing bool // MiniCRM processed another one since it took this one
	draftsOnly bool // all of it that is not settled are drafts, which no list shows
	orders     int  // how many travelled together
	spoils     bool // one refused order hides the others of its document
}

// crmID is the order's document in MiniCRM, 0 if it was never seen.
func (s *sighting) crmID() int64 {
	if s.row != nil {
		return s.row.ID
	}
	return s.CRMID
}

// card is the order's card in MiniCRM, 0 if it was never seen.
func (s *sighting) card() int64 {
	if s.row != nil {
		return s.row.ProjectID
	}
	return s.CRMCard
}

// open says that the lists alone don't tell whether MiniCRM took the document, while
// the order's own document would.
func (s *sighting) open() bool {
	return s.crmID() != 0 && !(s.touched && s.row != nil)
}

// hiddenDraft says that a draft was written, which MiniCRM's list does not show.
// Where MiniCRM was found to list no orders at all, all of them are like drafts.
func (s *sighting) hiddenDraft() bool {
	if s.row != nil {
		return false
	}
	return s.found.is(findList, "none") || s.wrote.State == punte.Draft && !s.found.is(findDrafts, isYes)
}

// agrees says that MiniCRM shows the order in the state that was written.
func (s *sighting) agrees() bool {
	if s.row == nil {
		return false
	}
	if !s.wrote.Wrote {
		return !s.drafted()
	}
	state, ok := s.stateOf(s.row.Status)
	return ok && state == s.wrote.went()
}

// drafted says that an order that was sent without its status, and is no draft of
// ours, shows as one: MiniCRM took the missing word for that.
func (s *sighting) drafted() bool {
	if s.row == nil || s.wrote.Wrote || s.wrote.State == "" || s.wrote.State == punte.Draft {
		return false
	}
	state, ok := s.stateOf(s.row.Status)
	return ok && state == punte.Draft
}

// applied says that MiniCRM holds what was written although no list says that it was
// touched.
func (s *sighting) applied() bool {
	return s.fields != nil && s.agrees() && s.amountDiffers() == "" && s.staleField() == ""
}

// staleField names a field that was written and still shows what stood there before.
func (s *sighting) staleField() string {
	before := written(s.Duty)
	for _, name := range s.wrote.Changed {
		old, value := before.Fields[name], strings.TrimSpace(s.fields[name])
		if value == strings.TrimSpace(old) && value != strings.TrimSpace(s.wrote.Fields[name]) {
			return name
		}
	}
	return ""
}

// outcome says how the order's round ended, if it did.
func (s *sighting) outcome(r round, now time.Time) (store.Outcome, bool) {
	o := store.Outcome{Ref: s.Ref, Version: s.Sent}
	if s.row != nil {
		o.CRMID, o.CRMCard = s.row.ID, s.row.ProjectID
	}
	o.Problem = s.wrote.Waits
	switch {
	case s.touched && s.agrees(), r.over && s.applied():
		o.State, o.Differs = punte.Confirmed, s.amountDiffers()
		o.Changed = joinMarks(s.otherState(), ownerMark(s.Changed))
		return o, true
	case s.hiddenDraft() && (r.seen || r.over && r.draftsOnly):
		o.State = punte.Unlisted
		return o, true
	case !r.over || s.later:
		return o, false
	}
	o.State, o.Due = punte.Owed, now
	o.Rounds = nextRounds(s.Rounds, r)
	o.Problem = punte.Problem{Code: punte.ProblemRefused, Reason: s.missing()}
	if s.drafted() {
		o.Problem = punte.Problem{Code: punte.ProblemDrafted, Reason: "MiniCRM made a draft of the order when it was sent without its status; it is sent again with it"}
	}
	if o.Rounds >= parkAfter {
		o.State = punte.Parked
	}
	return o, true
}

// nextRounds counts a round that ended without the order. Of a document of which
// none is shown it says nothing about this order, unless MiniCRM was busy with others
// meanwhile: it is not processing, or slow. Nothing is parked for that. An order that
// travelled alone otherwise has used up one of its three.
func nextRounds(rounds int, r round) int {
	switch {
	case !r.seen && !r.processing && r.spoils:
		// Another order of the document may be the reason: it goes in smaller ones, down to
		// its own, and is given up only while MiniCRM is seen to work.
		return max(rounds, min(rounds+1, 2))
	case !r.seen && !r.processing && rounds == 0:
		return 0
	case r.orders == 1:
		return max(rounds, parkAfter-3) + 1
	}
	return rounds + 1
}

// missing says what MiniCRM does not show.
func (s *sighting) missing() string {
	if s.row == nil {
		return "MiniCRM took the order's document and does not show the order; look into its sync log for the reason"
	}
	if !s.agrees() {
		return fmt.Sprintf("MiniCRM shows the order as %q and not as %s; its own rules may forbid the change", s.row.Status, s.wrote.went())
	}
	if differs := s.amountDiffers(); differs != "" {
		return "MiniCRM did not take the change: " + differs
	}
	if name := s.staleField(); name != "" {
		return "MiniCRM did not take the change: the field " + name + " shows what it showed before"
	}
	return "MiniCRM took the order's document and did not touch the order; look into its sync log for the reason"
}

// amountDiffers says how MiniCRM's amount differs from that of the lines sent.
func (s *sighting) amountDiffers() string {
	if s.row == nil || s.wrote.Amount == "" || s.row.Amount == "" {
		return ""
	}
	expected, err := punte.ParseAmount(s.wrote.Amount)
	if err != nil {
		return ""
	}
	shown, err := punte.ParseAmount(s.row.Amount)
	if err != nil {
		return fmt.Sprintf("MiniCRM shows the amount %q", s.row.Amount)
	}
	if punte.SameAmount(expected, shown) {
		return ""
	}
	return fmt.Sprintf("shop %s, MiniCRM %s %s", expected.Trim(0), shown.Trim(0), s.row.CurrencyCode)
}

func isNotFound(err error) bool {
	e, ok := errors.AsType[*minicrm.Error](err)
	return ok && e.Kind == minicrm.NotFound
}
