package engine

import (
	"context"
	"fmt"

	"punte"
	"punte/store"
)

// mostGiven bounds the calls for single orders before a document is made.
const mostGiven = 20

// forgetsState says that MiniCRM forgets the state of an order that comes without one,
// so that a state has to go along although ours did not change.
func (w *Work) forgetsState(d store.Duty) bool {
	return w.mustState(d) || w.found.is(findNoState, "draft") || w.found.is(findNoState, "other")
}

// mayBeGiven says that a person may have given the order the state that it has in
// MiniCRM, and that the order's next document would take it away.
func (w *Work) mayBeGiven(d store.Duty) bool {
	before := written(d)
	// What went without a state may have lost it in MiniCRM: that is nobody's wish.
	if d.Shown == 0 || before.State == "" || !before.Wrote || d.CRMID == 0 && d.CRMCard == 0 || !w.forgetsState(d) {
		return false
	}
	state := w.stateOfOrder(d)
	return state == "" || state == before.State
}

// fewGiven leaves those orders of a batch for the next document that would take too many
// calls.
func (w *Work) fewGiven(batch []store.Duty) []store.Duty {
	few, asks := batch[:0:0], 0
	for _, d := range batch {
		if w.mayBeGiven(d) {
			if asks == mostGiven {
				continue
			}
			asks++
		}
		few = append(few, d)
	}
	return few
}

// givenStates asks MiniCRM in which state a person put orders of a batch, by Ref, where
// that would be lost otherwise.
func (w *Work) givenStates(ctx context.Context, batch []store.Duty, facts *facts) (map[string]punte.State, error) {
	given := map[string]punte.State{}
	for _, d := range batch {
		if !w.mayBeGiven(d) {
			continue
		}
		label, err := w.shownStatus(ctx, d, facts)
		if isNotFound(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("looking which status order %s has in MiniCRM: %w", d.Key, err)
		}
		// A draft is what MiniCRM makes of what it was not told, and is on no list.
		if state, ok := w.stateOf(label); ok && state != punte.Draft && state != written(d).State {
			given[d.Ref] = state
		}
	}
	return given, nil
}

// shownStatus is the label of an order's status in MiniCRM.
func (w *Work) shownStatus(ctx context.Context, d store.Duty, facts *facts) (string, error) {
	s := &seeker{work: w, facts: facts}
	if d.CRMID != 0 {
		document, err := w.crm.Order(ctx, d.CRMID)
		if err != nil {
			return "", err
		}
		return s.label(document.Project["StatusId"]), nil
	}
	card, err := w.crm.Project(ctx, d.CRMCard)
	if err != nil {
		return "", err
	}
	return s.label(card.Status), nil
}
