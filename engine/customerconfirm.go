package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"punte"
	"punte/minicrm"
	"punte/store"
)

// recallCards tells which cards are in flight in which document.
func (c *confirmation) recallCards(ctx context.Context) error {
	flights, err := c.work.engine.Store.CardFlights(ctx, c.work.saved.ID)
	if err != nil {
		return err
	}
	c.cards = map[string][]store.CardFlight{}
	for _, f := range flights {
		c.cards[f.Document] = append(c.cards[f.Document], f)
	}
	return nil
}

// settleCards ends the rounds of cards that travelled with orders: MiniCRM takes or
// refuses a card as a whole, so that one of its orders tells of the card.
func (c *confirmation) settleCards(ctx context.Context, doc *inFlight, outcomes []store.Outcome, now time.Time) error {
	ended := map[string]punte.DutyState{}
	for _, o := range outcomes {
		ended[o.Ref] = o.State
	}
	var settled []store.CardOutcome
	var left []store.CardFlight
	for _, f := range c.cards[doc.ID] {
		if !f.Rides {
			left = append(left, f)
			continue
		}
		state, over := doc.cardState(f.Card, ended)
		if !over {
			left = append(left, f)
			continue
		}
		settled = append(settled, store.CardOutcome{
			Ref: f.Ref, Version: f.Sent, Document: f.Document, State: state, Due: now, Rounds: f.Rounds,
		})
	}
	c.cards[doc.ID] = left
	return c.work.engine.Store.SettleCards(ctx, c.work.saved.ID, settled, now)
}

// cardState says how the round of a card ended whose orders are in the document; false
// if it did not.
func (d *inFlight) cardState(card int64, ended map[string]punte.DutyState) (state punte.DutyState, over bool) {
	state, over = punte.Owed, true
	for _, s := range d.duties {
		if s.Card != card {
			continue
		}
		switch how := ended[s.Ref]; {
		case s.touched, how == punte.Confirmed:
			return punte.Confirmed, true
		case how == punte.Unlisted:
			state = punte.Unlisted
		case how == "":
			over = false
		}
	}
	return state, over || state == punte.Unlisted
}

// holdsCards says that cards of the document are in flight still.
func (c *confirmation) holdsCards(doc *inFlight) bool { return len(c.cards[doc.ID]) > 0 }

// cardReading is what was read of MiniCRM's list of customers' cards, for those in
// flight that travelled without an order.
type cardReading struct {
	begun time.Time
	looks []*customerLook
	look  map[string]*customerLook // by document
	trust map[string]bool          // by document: whether names tell cards; absent until a sample was asked for
	asked map[string]int           // by document: how many were asked for and not found, without a break
}

// customerLook is the question which cards of customers were touched since a time.
type customerLook struct {
	since   time.Time // in MiniCRM's time
	page    int       // the next to read
	read    bool
	touched map[int64]string   // name by the card's own id
	free    map[string][]int64 // cards that are nobody's yet, by name
	names   map[string]int     // how many of ours in flight nobody told apart yet, by name
}

// looseCards are the cards of a document that travelled without an order.
type looseCards struct {
	doc   store.Document
	cards []store.CardFlight
}

func (w *Work) looseCards(ctx context.Context) ([]looseCards, error) {
	flights, err := w.engine.Store.CardFlights(ctx, w.saved.ID)
	if err != nil {
		return nil, err
	}
	open, err := w.engine.Store.OpenDocuments(ctx, w.saved.ID)
	if err != nil {
		return nil, err
	}
	var list []looseCards
	for _, doc := range open {
		if doc.State != store.Taken {
			continue
		}
		l := looseCards{doc: doc}
		for _, f := range flights {
			if f.Document == doc.ID && !f.Rides {
				l.cards = append(l.cards, f)
			}
		}
		if len(l.cards) > 0 {
			list = append(list, l)
		}
	}
	return list, nil
}

func (w *Work) confirmCardsReady(ctx context.Context, at time.Time) (time.Time, bool, error) {
	o, err := w.outlook(ctx)
	return at, o.Loose, err
}

// confirmCards reads back what MiniCRM made of cards that travelled without an order.
func (w *Work) confirmCards(ctx context.Context) error {
	now := w.engine.Now()
	if r := w.cards; r == nil || now.Sub(r.begun) >= readingAge || now.Before(r.begun) || len(r.look) == 0 {
		list, err := w.looseCards(ctx)
		if err != nil {
			return err
		}
		w.cards = w.newCardReading(list, now)
	}
	whole, err := w.cards.read(ctx, w)
	if err != nil {
		return err
	}
	if !whole {
		return w.setDue(ctx, dueConfirmCards, w.engine.Now())
	}
	list, err := w.looseCards(ctx)
	if err != nil {
		return err
	}
	again, err := w.settleLoose(ctx, list)
	if err != nil {
		return err
	}
	if again { // single cards are still to be asked for
		return w.setDue(ctx, dueConfirmCards, w.engine.Now())
	}
	w.cards = nil
	return w.setDue(ctx, dueConfirmCards, w.nextLook(ctx))
}

// newCardReading plans the questions. Documents of cards that MiniCRM never showed
// share one, as those of orders do.
func (w *Work) newCardReading(list []looseCards, now time.Time) *cardReading {
	ahead := w.crm.Now().Sub(now)
	r := &cardReading{begun: now, look: map[string]*customerLook{}, trust: map[string]bool{}, asked: map[string]int{}}
	var shared *customerLook
	for _, l := range list {
		known := slices.ContainsFunc(l.cards, func(f store.CardFlight) bool { return f.Shown > 0 })
		if !known && shared != nil {
			r.look[l.doc.ID] = shared
			continue
		}
		look := &customerLook{since: l.doc.Created.Add(ahead - touchOverlap), touched: map[int64]string{}, free: map[string][]int64{}}
		r.looks, r.look[l.doc.ID] = append(r.looks, look), look
		if !known {
			shared = look
		}
	}
	return r
}

// read reads the lists; whole is false if it stopped early to make room.
func (r *cardReading) read(ctx context.Context, w *Work) (whole bool, err error) {
	begun := w.engine.Now()
	for _, look := range r.looks {
		for !look.read {
			if w.engine.Now().Sub(begun) > importSlice {
				return false, nil
			}
			if err := look.readPage(ctx, w); err != nil {
				return false, fmt.Errorf("reading MiniCRM's customers: %w", err)
			}
		}
	}
	return true, nil
}

func (l *customerLook) readPage(ctx context.Context, w *Work) error {
	page, err := w.crm.ProjectPage(ctx, minicrm.ProjectFilter{CategoryID: w.conn.WebshopCategory, UpdatedSince: l.since}, l.page)
	if err != nil {
		return err
	}
	ids := make([]int64, 0, len(page.Rows))
	for _, row := range page.Rows {
		ids = append(ids, row.ID)
	}
	ours, err := w.engine.Store.CardsOfCRM(ctx, w.saved.ID, ids)
	if err != nil {
		return err
	}
	for _, row := range page.Rows {
		if _, twice := l.touched[row.ID]; twice {
			continue
		}
		l.touched[row.ID] = row.Name
		if !ours[row.ID] {
			name := sameName(row.Name)
			l.free[name] = append(l.free[name], row.ID)
		}
	}
	l.read = lastPage(len(page.Rows), page.Count, l.page)
	l.page++
	return nil
}

// sameName is a name without what MiniCRM may change in it.
func sameName(name string) string { return strings.Join(strings.Fields(name), " ") }

// countNames counts the cards in flight that are told by their names.
func (r *cardReading) countNames(list []looseCards) {
	for _, look := range r.looks {
		look.names = map[string]int{}
	}
	for _, l := range list {
		look := r.look[l.doc.ID]
		for _, f := range l.cards {
			if look != nil && f.CRMID == 0 {
				look.names[sameName(readCardNote(f.Pending).Name)]++
			}
		}
	}
}

// settleLoose settles what the lists and single questions tell. again is true if more
// questions are to be asked.
func (w *Work) settleLoose(ctx context.Context, list []looseCards) (again bool, err error) {
	asks := mostDetails
	w.cards.countNames(list)
	for _, l := range list {
		look := w.cards.look[l.doc.ID]
		if look == nil { // taken since the reading began
			continue
		}
		o := &looseOutcome{work: w, looseCards: l, look: look, asks: &asks}
		// What was found out before a budget was spent or a call failed counts all the same.
		decideErr := o.decide(ctx)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		now := w.engine.Now()
		if o.seen {
			w.processed, w.unprocessed = now, 0
			if err := w.engine.Store.MarkShown(ctx, l.doc.ID, now); err != nil {
				return false, err
			}
		}
		if err := w.engine.Store.SettleCards(ctx, w.saved.ID, o.outcomes, now); err != nil {
			return false, err
		}
		if err := w.engine.Store.EndSettledDocument(ctx, l.doc.ID, now); err != nil {
			return false, err
		}
		if decideErr != nil {
			return false, decideErr
		}
		if o.over && !o.seen && len(o.outcomes) > 0 {
			if err := o.tell(ctx); err != nil {
				return false, err
			}
		}
		again = again || o.again
	}
	return again, nil
}
