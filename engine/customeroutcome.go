package engine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"punte"
	"punte/store"
)

// mostCardRounds is how many cards of a document of which nothing shows are asked for before
// it counts as not processed.
const mostCardRounds = 3

// looseOutcome finds out how the rounds of a document's cards ended.
type looseOutcome struct {
	looseCards
	work *Work
	look *customerLook
	asks *int // single questions left in this look

	over     bool // the round's time is up
	seen     bool // MiniCRM shows some of it, or did before
	again    bool // single questions are still to be asked
	outcomes []store.CardOutcome
}

// decide goes through the cards: those that the list shows are confirmed, the others
// are asked for once their round is over.
func (o *looseOutcome) decide(ctx context.Context) error {
	o.seen, o.over = !o.doc.ShownAt.IsZero(), true
	for _, f := range o.cards {
		o.over = o.over && !o.work.cards.begun.Before(f.Due)
	}
	rest, err := o.listed(ctx)
	if err != nil {
		return err
	}
	if !o.over {
		o.tellWait(rest)
		return nil
	}
	for i, f := range rest {
		if !o.seen && o.work.cards.asked[o.doc.ID] >= mostCardRounds {
			o.missing(rest[i:])
			return nil
		}
		if *o.asks == 0 {
			o.again = true
			return nil
		}
		*o.asks--
		if err := o.single(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// soonShown is how long nobody wonders that MiniCRM shows nothing yet.
const soonShown = 20 * time.Second

// tellWait says, once for a document, what a run that is to end by itself waits for.
func (o *looseOutcome) tellWait(rest []store.CardFlight) {
	w := o.work
	if len(rest) == 0 || !w.working.ending || w.cardsTold[o.doc.ID] || w.engine.Now().Sub(o.doc.TakenAt) < soonShown {
		return
	}
	if w.cardsTold == nil {
		w.cardsTold = map[string]bool{}
	}
	w.cardsTold[o.doc.ID] = true
	end := rest[0].Due
	for _, f := range rest {
		end = later(end, f.Due)
	}
	w.engine.notice(w.saved.ID, fmt.Sprintf("waiting for MiniCRM to show %d customers; those that its list does not tell apart are asked for one by one at %s",
		len(rest), end.In(w.conn.MiniCRM.Zone).Format(time.TimeOnly)))
}

// listed confirms the cards that the list shows and returns the others. A card whose
// own id is known must be on it. One that was never told apart is told by its name: as many cards
// that are nobody's as there are in flight of that name, which one sample must prove.
func (o *looseOutcome) listed(ctx context.Context) (rest []store.CardFlight, err error) {
	for _, f := range o.cards {
		_, touched := o.look.touched[f.CRMID]
		name := sameName(readCardNote(f.Pending).Name)
		free := o.look.free[name]
		switch {
		case f.CRMID != 0 && touched:
			o.confirmed(f, f.CRMID)
		case f.CRMID != 0, len(free) != o.look.names[name]:
			rest = append(rest, f)
		default:
			id := free[0]
			if len(free) > 1 {
				id = 0 // of two of one name nobody can tell which is which
			}
			proved, err := o.proved(ctx, f, id)
			if err != nil {
				return nil, err
			}
			if !proved {
				rest = append(rest, f)
				continue
			}
			o.confirmed(f, id)
		}
	}
	return rest, nil
}

// proved says whether names tell the cards of this document: the first one is asked
// for by its reference, and must be the card that its name told.
func (o *looseOutcome) proved(ctx context.Context, f store.CardFlight, id int64) (bool, error) {
	trust, known := o.work.cards.trust[o.doc.ID]
	if known || id == 0 {
		return trust || !known, nil
	}
	card, found, err := o.work.crm.ProjectByReference(ctx, f.Card)
	if err != nil {
		return false, fmt.Errorf("reading the card %d in MiniCRM: %w", f.Card, err)
	}
	trust = found && card.ID == id
	o.work.cards.trust[o.doc.ID] = trust
	return trust, nil
}

func (o *looseOutcome) confirmed(f store.CardFlight, id int64) {
	o.seen = true
	o.outcomes = append(o.outcomes, store.CardOutcome{Ref: f.Ref, Version: f.Sent, Document: f.Document, State: punte.Confirmed, CRMID: id})
}

// single asks for a card by its reference after its round.
func (o *looseOutcome) single(ctx context.Context, f store.CardFlight) error {
	card, found, err := o.work.crm.ProjectByReference(ctx, f.Card)
	if err != nil {
		return fmt.Errorf("reading the card %d in MiniCRM: %w", f.Card, err)
	}
	switch {
	case !found:
		o.work.cards.asked[o.doc.ID]++
		o.missing([]store.CardFlight{f})
	case f.Shown == 0, took(f, card.Name, card.Values):
		o.confirmed(f, card.ID)
	default:
		o.unproved(f)
	}
	return nil
}

// took says that a card shows what was written: something that it did not show before.
func took(f store.CardFlight, name string, values map[string]string) bool {
	before, wrote := readCardNote(f.Written), readCardNote(f.Pending)
	evidence := wrote.Name != before.Name
	if evidence && sameName(name) != sameName(wrote.Name) {
		return false
	}
	for _, field := range wrote.Changed {
		old, now, shown := before.Fields[field], wrote.Fields[field], strings.TrimSpace(values[field])
		if strings.TrimSpace(old) == strings.TrimSpace(now) {
			continue
		}
		if shown == strings.TrimSpace(old) {
			return false
		}
		evidence = true
	}
	return evidence
}

// unproved is a card that is there and tells nothing of the change. It goes again, and
// after three rounds by itself it counts as taken: that nothing proves it is no reason
// to bother a person.
func (o *looseOutcome) unproved(f store.CardFlight) {
	out := o.owed(f)
	if out.Rounds >= parkAfter || o.work.processed.After(o.doc.TakenAt) && len(readCardNote(f.Pending).Changed) == 0 {
		out.State = punte.Unlisted
	}
	o.outcomes = append(o.outcomes, out)
}

// missing are cards that MiniCRM does not have.
func (o *looseOutcome) missing(flights []store.CardFlight) {
	for _, f := range flights {
		out := o.owed(f)
		if out.Rounds >= parkAfter {
			out.State = punte.Parked
		}
		o.outcomes = append(o.outcomes, out)
	}
}

func (o *looseOutcome) owed(f store.CardFlight) store.CardOutcome {
	rounds := nextRounds(f.Rounds, round{seen: o.seen, over: true, processing: o.work.processed.After(o.doc.TakenAt), orders: o.doc.Cards})
	return store.CardOutcome{
		Ref: f.Ref, Version: f.Sent, Document: f.Document, State: punte.Owed, Due: o.work.engine.Now(), Rounds: rounds,
		Problem: punte.Problem{
			Code: punte.ProblemRefused, Reason: "MiniCRM took the customer's document and does not show it; look into its sync log for the reason",
		},
	}
}

// tell speaks of a document of which MiniCRM showed nothing within its round. A run
// that is to end by itself gives up after some of them.
func (o *looseOutcome) tell(ctx context.Context) error {
	w := o.work
	text := fmt.Sprintf("MiniCRM has not processed a document of %d customers taken at %s",
		len(o.cards), o.doc.TakenAt.In(w.conn.MiniCRM.Zone).Format(time.DateTime))
	w.engine.notice(w.saved.ID, text+"; they will be sent again")
	if o.cards[0].Rounds > 0 {
		return nil
	}
	w.unprocessed++
	if w.unprocessed < mostUnprocessed {
		return nil
	}
	return w.failRun(ctx, text+", and none before it; look into its sync log")
}
