package engine

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"punte"
	"punte/minicrm"
	"punte/store"
)

// abandonedAfter is how old a document that was not handed over must be before it
// counts as left behind: longer than any hand-over lasts.
const abandonedAfter = 3 * time.Minute

// mostUnprocessed is after how many documents of several orders in a row, of which
// MiniCRM showed nothing, a run that is to end by itself gives up waiting.
const mostUnprocessed = 3

// confirm reads back what MiniCRM made of the documents it took, settles what it
// shows, and ends the rounds that are over. whole is false if it stopped early to
// make room, and goes on where it was the next time.
func (w *Work) confirm(ctx context.Context) (whole bool, err error) {
	s := w.engine.Store
	if err := w.learn(ctx); err != nil {
		return false, err
	}
	flight, err := s.Flights(ctx, w.saved.ID)
	if err != nil {
		return false, err
	}
	open, err := s.OpenDocuments(ctx, w.saved.ID)
	if err != nil {
		return false, err
	}
	c := newConfirmation(w, open, flight)
	if err := c.recallCards(ctx); err != nil {
		return false, err
	}
	whole, err = c.read(ctx)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	// What was seen before a budget was spent or a call failed counts all the same.
	if settleErr := c.settle(ctx, whole); settleErr != nil {
		return false, settleErr
	}
	return whole, err
}

// confirmation is one look at the documents that MiniCRM has.
type confirmation struct {
	work      *Work
	documents []*inFlight // oldest first
	waiting   []*sighting
	reading   *reading
	cards     map[string][]store.CardFlight // by document
}

// inFlight is a document and what became of its orders.
type inFlight struct {
	store.Document
	duties []*sighting
}

// newConfirmation goes on with the reading that is kept, or begins one. Documents
// handed over since it began wait for the next.
func newConfirmation(w *Work, open []store.Document, flight []store.Flight) *confirmation {
	c := &confirmation{work: w}
	byID := map[string]*inFlight{}
	for _, d := range open {
		doc := &inFlight{Document: d}
		byID[d.ID] = doc
		c.documents = append(c.documents, doc)
	}
	for _, d := range flight {
		doc, ok := byID[d.Document]
		if !ok || doc.State != store.Taken {
			continue
		}
		doc.duties = append(doc.duties, &sighting{Flight: d, wrote: pending(d.Duty), stateOf: w.stateOf, found: w.found})
	}
	now := w.engine.Now()
	if r := w.reading; r == nil || !r.goesOn(now) {
		w.reading = w.newReading(c.documents, now)
	}
	c.reading = w.reading
	for _, doc := range c.documents {
		if c.reading.touched[doc.ID] == nil {
			continue
		}
		for _, s := range doc.duties {
			c.reading.recall(s)
			c.waiting = append(c.waiting, s)
		}
	}
	return c
}

// settle writes down what was seen and ends what is over. Only a whole reading can
// tell that something is missing.
func (c *confirmation) settle(ctx context.Context, whole bool) error {
	w, now := c.work, c.work.engine.Now()
	c.noteProcessing(now)
	for _, doc := range c.documents {
		if doc.State != store.Taken {
			if err := c.expire(ctx, doc, now); err != nil {
				return err
			}
			continue
		}
		over := whole && c.reading.touched[doc.ID] != nil && doc.over(c.reading.begun)
		outcomes, seen := doc.outcomes(over, w.processed.After(doc.TakenAt), now)
		if seen {
			w.unprocessed = 0
			if err := w.engine.Store.MarkShown(ctx, doc.ID, now); err != nil {
				return err
			}
		}
		if over && !seen && (uncounted(outcomes) || w.alone(doc)) {
			if err := c.unprocessed(ctx, doc); err != nil {
				return err
			}
		}
		// The cards first: a card without its order is looked for by itself.
		if err := c.settleCards(ctx, doc, outcomes, now); err != nil {
			return err
		}
		if err := w.engine.Store.Settle(ctx, w.saved.ID, outcomes, now); err != nil {
			return err
		}
		w.noteWithheld(outcomes)
		if err := w.noteDrafts(ctx, outcomes); err != nil {
			return err
		}
		if len(outcomes) == len(doc.duties) && !c.holdsCards(doc) {
			if err := w.engine.Store.EndDocument(ctx, doc.ID, now); err != nil {
				return err
			}
		}
	}
	if whole {
		w.reading = nil
	}
	return nil
}

// noteProcessing remembers when MiniCRM was last seen to process anything of ours.
func (c *confirmation) noteProcessing(now time.Time) {
	for _, s := range c.waiting {
		if s.touched {
			c.work.processed = now
		}
	}
}

// uncounted says that the orders of a document are owed again without a round used
// up: nothing tells that MiniCRM is processing.
func uncounted(outcomes []store.Outcome) bool {
	for _, o := range outcomes {
		if o.State != punte.Owed || o.Rounds > 0 {
			return false
		}
	}
	return len(outcomes) > 0
}

// unprocessed tells of a document of which MiniCRM showed nothing within its round.
func (c *confirmation) unprocessed(ctx context.Context, doc *inFlight) error {
	w := c.work
	text := fmt.Sprintf("MiniCRM has not processed a document of %d orders taken at %s",
		len(doc.duties), doc.TakenAt.In(w.conn.MiniCRM.Zone).Format(time.DateTime))
	w.engine.notice(w.saved.ID, text+"; they will be sent again")
	if doc.duties[0].Rounds > 0 && !w.alone(doc) {
		return nil // orders that were not shown before, apart from the others: their rounds are counted
	}
	w.unprocessed++
	if w.unprocessed < mostUnprocessed {
		return nil
	}
	return w.failRun(ctx, text+", and none before it; look into its sync log")
}

// expire gives up a document that was made and never taken: a process that was
// killed left it behind, or MiniCRM said yes and did not fetch it. Its orders are
// owed again.
func (c *confirmation) expire(ctx context.Context, doc *inFlight, now time.Time) error {
	if now.Sub(doc.Created) < abandonedAfter {
		return nil
	}
	if doc.Delivery == deliverPull {
		c.work.engine.notice(c.work.saved.ID, fmt.Sprintf(
			"MiniCRM did not fetch a document of %d orders; check that %s can be reached from outside and that its addresses are allowed; they will be sent again",
			doc.Orders, c.work.engine.PublicURL))
	}
	return alreadyTaken(c.work.engine.Store.DropDocument(ctx, doc.ID, now, now))
}

// over says that the document's round had ended by then.
func (d *inFlight) over(then time.Time) bool {
	for _, s := range d.duties {
		if then.Before(s.Due) {
			return false
		}
	}
	return true
}

// outcomes says how each order's round ended, for those whose round did. seen is
// true if MiniCRM shows, or showed before, any of the document. processing says that
// it processed other documents since it took this one.
func (d *inFlight) outcomes(over, processing bool, now time.Time) (outcomes []store.Outcome, seen bool) {
	seen = !d.ShownAt.IsZero()
	draftsOnly := true
	for _, s := range d.duties {
		seen = seen || s.touched
		draftsOnly = draftsOnly && s.hiddenDraft()
	}
	for _, s := range d.duties {
		if o, ended := s.outcome(round{seen: seen, over: over, processing: processing, draftsOnly: draftsOnly, orders: d.Orders, spoils: s.found.spoils()}, now); ended {
			outcomes = append(outcomes, o)
		}
	}
	return outcomes, seen
}

// details asks for single order documents where the lists leave open whether MiniCRM
// took the change: it may not touch a card that a document did not change.
func (c *confirmation) details(ctx context.Context) error {
	facts, err := c.work.knownAccount(ctx, factsAge)
	if err != nil {
		return err
	}
	asked := 0
	for _, doc := range c.documents {
		if !doc.over(c.reading.begun) {
			continue
		}
		for _, s := range doc.duties {
			if !s.open() || c.reading.touched[doc.ID] == nil {
				continue
			}
			if asked == mostDetails {
				s.later = true
				continue
			}
			asked++
			if err := c.detail(ctx, s, facts); err != nil {
				return fmt.Errorf("reading order %s in MiniCRM: %w", s.Key, err)
			}
		}
	}
	return nil
}

// mostDetails bounds the calls for single documents in one look.
const mostDetails = 20

func (c *confirmation) detail(ctx context.Context, s *sighting, facts *facts) error {
	document, err := c.work.crm.Order(ctx, s.crmID())
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	label := document.Project["StatusId"]
	if id, err := strconv.ParseInt(label, 10, 64); err == nil {
		label = facts.statuses[id]
	}
	s.row = &minicrm.OrderRow{
		ID: document.ID, ProjectID: document.ProjectID, Number: document.Number,
		CurrencyCode: document.CurrencyCode, Amount: document.Amount, Status: label,
	}
	s.fields = document.Project
	return nil
}
