package engine

import (
	"context"
	"fmt"
	"time"

	"punte"
	"punte/minicrm"
	"punte/store"
)

const (
	dueDrafts = "due.drafts"
	// crmDrafts is how many calls of a minute go to orders that no list shows.
	crmDrafts = 20
	// draftsAtOnce is how many of them are looked for in one piece of work.
	draftsAtOnce = 20
	// draftLooks is how often a card is looked for before its order goes once more, and
	// before it is given up after that: MiniCRM may be half way through a document.
	draftLooks = 2
)

// draftsReady says when the card of the next order is to be looked for that MiniCRM
// does not list. A run that ends by itself looks as long as there are calls for it, and
// waits for no other minute: such an order is sent all the same.
func (w *Work) draftsReady(ctx context.Context, at time.Time) (time.Time, bool, error) {
	o, err := w.outlook(ctx)
	if err != nil || !o.Unlisted.Some {
		return at, false, err
	}
	_, once, err := w.onceRun(ctx)
	if err != nil || once && at.After(w.engine.Now()) {
		return at, false, err
	}
	return later(at, o.Unlisted.At), true, nil
}

// seekDrafts looks for the cards of orders that MiniCRM took and does not list: drafts,
// and all orders of a system that lists none.
func (w *Work) seekDrafts(ctx context.Context) error {
	known, err := w.knownAccount(ctx, factsAge)
	if err != nil {
		return err
	}
	list, err := w.engine.Store.Unlisted(ctx, w.saved.ID, w.engine.Now(), draftsAtOnce)
	if err != nil {
		return err
	}
	seek := &seeker{work: w, facts: known, persons: map[int64]int64{}}
	for _, d := range list {
		seen, err := seek.find(ctx, d)
		if err != nil {
			return fmt.Errorf("looking for the card of order %s in MiniCRM: %w", d.Key, err)
		}
		if err := w.settleDraft(ctx, d, seen); err != nil {
			return err
		}
	}
	return nil
}

// draftSight is what was found of an order that no list shows.
type draftSight struct {
	end     draftEnd
	why     string // nothing was found, or it is not as it was sent
	crmID   int64
	crmCard int64
	differs string // amounts
	changed string // what shows otherwise there, since
}

type draftEnd int

const (
	draftUnsure  draftEnd = iota // it may be there, nobody can tell
	draftWaits                   // it may be told apart once others of the customer have arrived
	draftMissing                 // MiniCRM does not have it
	draftStale                   // it is there without what was sent
	draftDrafted                 // MiniCRM made a draft of it, since it was sent without its status
	draftThere
)

// settleDraft decides what a look means. Nothing is parked: such an order was taken
// with its document.
func (w *Work) settleDraft(ctx context.Context, d store.Duty, seen draftSight) error {
	now := w.engine.Now()
	look := store.Look{
		Ref: d.Ref, Version: d.Shown, State: punte.Unlisted, CRMID: seen.crmID, CRMCard: seen.crmCard, Differs: seen.differs, Changed: seen.changed,
		Problem: punte.Problem{Code: punte.ProblemUnlisted, Reason: seen.why},
	}
	looks := d.Looks + 1
	switch {
	case seen.end == draftThere:
		look.State, look.Problem = punte.Confirmed, written(d).Waits // a status may still have no pair
	case !d.Deleted.IsZero():
		look.Problem = d.Problem // its deletion is what counts
	case seen.end == draftDrafted && looks < 2*draftLooks:
		look.State, look.Problem.Code = punte.Owed, punte.ProblemDrafted
	case seen.end == draftUnsure, looks >= 2*draftLooks:
		look.Anew = seen.end == draftMissing
	case seen.end != draftWaits && looks == draftLooks:
		look.State, look.Anew = punte.Owed, seen.end == draftMissing
	default:
		round, err := w.engine.roundLength(ctx, w.saved.ID)
		if err != nil {
			return err
		}
		look.Due = now.Add(round)
	}
	if waits := written(d).Waits; look.State == punte.Unlisted && waits.Code != "" && d.Deleted.IsZero() {
		look.Problem = waits // what a person can end goes before what nobody can
	}
	if err := w.engine.Store.SettleLook(ctx, w.saved.ID, look, now); err != nil {
		return err
	}
	w.noteWithheld([]store.Outcome{{State: look.State, Problem: look.Problem}})
	if look.Problem.Code == punte.ProblemDrafted {
		return w.noteDrafts(ctx, []store.Outcome{{Ref: d.Ref, Problem: look.Problem}})
	}
	return nil
}

// verdict says what a card that was found means. What a card shows that was changed
// after the document was made may be a person's, and stays; what was not touched since
// is what MiniCRM made, or did not make, of the document.
func (s *seeker) verdict(ctx context.Context, d store.Duty, card minicrm.Card) (draftSight, error) {
	wrote := written(d)
	seen := draftSight{end: draftThere, crmID: d.CRMID, crmCard: card.ID}
	if card.Deleted {
		seen.changed = "its card is in MiniCRM's Trash"
		return seen, nil
	}
	is, ok := s.work.stateOf(s.label(card.Status))
	if ok && is == punte.Draft && wrote.State != punte.Draft && wrote.State != "" && !wrote.Wrote {
		seen.end, seen.why = draftDrafted, "MiniCRM made a draft of the order when it was sent without its status; it is sent again with it"
		return seen, nil
	}
	otherState := ""
	if wrote.State != "" && ok && is != wrote.State {
		otherState = fmt.Sprintf("status is %s (%s), last written %s", is, card.Status, wrote.State)
	}
	otherField := s.otherField(wrote, card.Values)
	touched, err := s.touched(ctx, d, card)
	if err != nil {
		return seen, err
	}
	switch {
	case touched:
		seen.changed = joinMarks(otherState, otherField)
	case wrote.State != "" && ok && is != wrote.went() || otherField != "":
		seen.end, seen.why = draftStale, "MiniCRM took the order's document and did not take the change: "+joinMarks(otherState, otherField)
	case !s.work.found.is(findTouch, "untouched"):
		seen.end, seen.why = draftStale, "MiniCRM took the order's document and did not touch the order's card; look into its sync log for the reason"
	default:
		seen.changed = otherState // a person's, which went along
	}
	return seen, nil
}

// touched says that a card was changed since the order's last document was made, or
// that nobody can tell any more.
func (s *seeker) touched(ctx context.Context, d store.Duty, card minicrm.Card) (bool, error) {
	w := s.work
	if clock, known := w.found[findClock]; known && clock.Value != w.conn.MiniCRM.Zone.String() {
		return true, nil // its times are of another clock
	}
	updated, err := w.crm.Time(card.Values["UpdatedAt"])
	if err != nil || updated.IsZero() {
		return true, nil //nolint:nilerr // a time that can't be read tells nothing
	}
	doc, err := w.engine.Store.Document(ctx, d.Document)
	if punte.ErrorCode(err) == punte.NotFound {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	ahead := w.crm.Now().Sub(w.engine.Now())
	return !updated.Before(doc.Created.Add(ahead - touchOverlap)), nil
}
