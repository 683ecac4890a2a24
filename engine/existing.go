package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"punte/minicrm"
	"punte/store"
)

// ExistingError says that something in MiniCRM is not ours although it should be, or
// the other way round. The connection stops: a person has to decide.
type ExistingError struct {
	Code string // stable name
	Text string
	Next string
}

// Error says what was found and what to do.
func (e *ExistingError) Error() string { return e.Text + "; " + e.Next }

const (
	// existingBefore is how long before the start date a document may have been changed
	// last that is to be met: no document of an order is older than the order.
	existingBefore = 48 * time.Hour
	// mostDocuments is how many documents of one number are looked at.
	mostDocuments = 3
	// cursorIDs notes that ids of cards were looked up before the first document.
	cursorIDs = "existing.ids"
	// cursorAnew notes that a card of ours was in MiniCRM before our database began.
	cursorAnew = "existing.anew"
	// firstIDs is how many cards of the first document are looked up.
	firstIDs = 5
	// fewIDs is up to how many registered customers of a later document all are looked up.
	fewIDs = 10
)

// existingReady says when MiniCRM's order documents are to be read: at once, unless the
// start date lies ahead; and while an order is tried, how it ended.
func (w *Work) existingReady(ctx context.Context, at time.Time) (time.Time, bool, error) {
	r, err := w.readingOf(ctx, w.saved.ID, store.ReadingExisting)
	if err != nil {
		return at, false, err
	}
	if r.Complete.IsZero() {
		return later(at, w.conn.Start()), true, nil
	}
	if w.conn.Existing != existingAdopt {
		return at, false, nil
	}
	trial, err := w.engine.Store.Adoption(ctx, w.saved.ID)
	return at, trial.State == store.AdoptionTrying || trial.State == store.AdoptionFailed, err
}

// readExisting reads on in MiniCRM's order documents, and then follows the order that
// is tried.
func (w *Work) readExisting(ctx context.Context) error {
	s := w.engine.Store
	r, err := s.Reading(ctx, w.saved.ID, store.ReadingExisting)
	if err != nil {
		return err
	}
	if !r.Complete.IsZero() {
		return w.followTrial(ctx)
	}
	if err := w.learn(ctx); err != nil {
		return err
	}
	sent := false
	if r.Pass == 0 {
		if sent, err = s.AnySent(ctx, w.saved.ID); err != nil {
			return err
		}
	}
	if r, err = s.StartReading(ctx, w.saved.ID, store.ReadingExisting, w.crm.Now()); err != nil {
		return err
	}
	// A version that did not look began it, and it goes on; or a probe found that there
	// is nothing to look at.
	if sent || w.found.is(findList, "none") {
		return w.existingRead(ctx, r)
	}
	list := &sweep{work: w, reading: r, what: "the orders", page: w.existingPage}
	whole, err := list.run(ctx)
	if err != nil {
		return fmt.Errorf("reading the orders that are in MiniCRM already: %w", err)
	}
	if !whole {
		return w.setDue(ctx, dueExisting, w.engine.Now())
	}
	if err := s.DropNotMet(ctx, list.reading); err != nil {
		return err
	}
	return w.existingRead(ctx, list.reading)
}

// existingRead notes that the documents are known: orders may be handed over.
func (w *Work) existingRead(ctx context.Context, r store.Reading) error {
	r.Complete, r.Done = w.engine.Now(), w.engine.Now()
	_, err := w.nextReading(ctx, r, time.Time{}, time.Time{})
	return err
}

func (w *Work) existingPage(ctx context.Context, r store.Reading) (int, error) {
	filter := minicrm.OrderFilter{UpdatedSince: w.conn.Start().Add(-existingBefore), UnderOffer: w.found.is(findList, "offer")}
	page, err := w.crm.OrderList(ctx, filter, r.Page)
	if err != nil {
		return 0, err
	}
	documents := make([]store.Existing, 0, len(page.Rows))
	for _, row := range page.Rows {
		documents = append(documents, store.Existing{CRMID: row.ID, CRMCard: row.ProjectID, Number: strings.TrimSpace(row.Number)})
	}
	return len(page.Rows), w.engine.Store.SaveExisting(ctx, r, documents, page.Count)
}

// prepared says that new cards and orders may be handed over: what is in MiniCRM
// already is known.
func (w *Work) prepared(ctx context.Context) (bool, error) {
	r, err := w.readingOf(ctx, w.saved.ID, store.ReadingExisting)
	if err != nil || r.Complete.IsZero() {
		return false, err
	}
	return w.indexFresh(ctx)
}

// mayGo returns what is owed and due. Until what is in MiniCRM already is known, only
// orders go whose card was handed over before.
func (w *Work) mayGo(ctx context.Context, now time.Time, limit int) ([]store.Duty, error) {
	ready, err := w.prepared(ctx)
	if err != nil {
		return nil, err
	}
	if !ready {
		return w.engine.Store.OwedOnSentCards(ctx, w.saved.ID, now, limit)
	}
	return w.engine.Store.Owed(ctx, w.saved.ID, now, limit)
}

// nextMayGo returns when the first of that is due, false if there is none.
func (w *Work) nextMayGo(ctx context.Context) (time.Time, bool, error) {
	ready, err := w.prepared(ctx)
	if err != nil {
		return time.Time{}, false, err
	}
	if !ready {
		return w.engine.Store.NextDueOnSentCards(ctx, w.saved.ID)
	}
	return w.engine.Store.NextDue(ctx, w.saved.ID)
}

// candidate is an order that was never handed over and whose number is in MiniCRM
// already.
type candidate struct {
	store.Duty
	documents []store.Existing
}

// verdict is what is known of whose its documents are: ours, if one of them is.
func (c candidate) verdict() string {
	verdict := store.Foreign
	for _, d := range c.documents {
		switch d.Verdict {
		case store.Ours:
			return store.Ours
		case "":
			verdict = ""
		}
	}
	return verdict
}

func (c candidate) crmIDs() []int64 {
	ids := make([]int64, 0, len(c.documents))
	for _, d := range c.documents {
		ids = append(ids, d.CRMID)
	}
	return ids
}

// sift leaves out of a batch the orders that are in MiniCRM already and not ours, and
// returns which of the others are there and ours.
func (a *asker) sift(ctx context.Context, batch []store.Duty) ([]store.Duty, error) {
	w := a.work
	found, err := w.candidates(ctx, batch)
	if err != nil || len(found) == 0 {
		return batch, err
	}
	if err := a.judge(ctx, found); err != nil {
		return nil, fmt.Errorf("looking whose orders are in MiniCRM: %w", err)
	}
	foreign := map[string]candidate{}
	for _, c := range found {
		if c.verdict() == store.Ours {
			a.known[c.Ref] = true
			continue
		}
		foreign[c.Ref] = *c
	}
	kept := batch[:0:0]
	for _, d := range batch {
		c, is := foreign[d.Ref]
		if !is {
			kept = append(kept, d)
			continue
		}
		goes, err := w.adopts(ctx, c)
		if err != nil {
			return nil, err
		}
		if goes {
			kept = append(kept, d)
		}
	}
	return kept, nil
}

// candidates are the orders of a batch that may meet a document that is there. What
// was handed over once is ours.
func (w *Work) candidates(ctx context.Context, batch []store.Duty) ([]*candidate, error) {
	var numbers []string
	for _, d := range batch {
		if d.Shown == 0 {
			numbers = append(numbers, strings.TrimSpace(d.Order.Key))
		}
	}
	there, err := w.engine.Store.ExistingByNumber(ctx, w.saved.ID, numbers)
	if err != nil || len(there) == 0 {
		return nil, err
	}
	var found []*candidate
	for _, d := range batch {
		c := &candidate{d, there[strings.TrimSpace(d.Order.Key)]}
		if d.Shown == 0 && len(c.documents) > 0 && (d.Sent == 0 || c.verdict() == store.Ours) {
			found = append(found, c)
		}
	}
	// By the age of their documents in MiniCRM: who made them changed at a time.
	slices.SortStableFunc(found, func(a, b *candidate) int { return int(a.documents[0].CRMID - b.documents[0].CRMID) })
	return found, nil
}

// judge finds out whose documents are there. Both ends of the row and some between are
// looked at; if they agree, so do all, else the halves are judged for themselves.
func (a *asker) judge(ctx context.Context, row []*candidate) error {
	first, agree := "", true
	for _, i := range samples(len(row)) {
		if err := a.one(ctx, row[i]); err != nil {
			return err
		}
		if first == "" {
			first = row[i].verdict()
		}
		agree = agree && row[i].verdict() == first
	}
	if !agree {
		half := len(row) / 2
		if err := a.judge(ctx, row[:half]); err != nil {
			return err
		}
		return a.judge(ctx, row[half:])
	}
	for _, c := range row {
		if c.verdict() == "" {
			if err := a.work.judged(ctx, c, first); err != nil {
				return err
			}
		}
	}
	return nil
}

// samples are the places of a row that are looked at: both ends, and three between.
func samples(n int) []int {
	if n == 0 {
		return nil
	}
	places := []int{0, (n - 1) / 4, (n - 1) / 2, (n - 1) * 3 / 4, n - 1}
	return slices.Compact(places)
}

// one finds out whose the documents of one order are, unless that is known.
//
// Ours are those on the card of our customer: MiniCRM answers to the external id that
// we make of the shop's ids with a card, and the document's own card has the same
// person. Nobody else makes such ids, and our database is not needed for it.
func (a *asker) one(ctx context.Context, c *candidate) error {
	if c.verdict() != "" {
		return nil
	}
	card, err := a.lookUp(ctx, c.Card)
	if err != nil {
		return err
	}
	verdict := store.Foreign
	if card.there && a.inWebshop(card.card) {
		for _, d := range c.documents[:min(len(c.documents), mostDocuments)] {
			own, err := a.work.crm.Project(ctx, d.CRMCard)
			if isNotFound(err) {
				continue
			}
			if err != nil {
				return err
			}
			if samePerson(own, card.card) {
				verdict = store.Ours
				break
			}
		}
	}
	return a.work.judged(ctx, c, verdict)
}

func samePerson(a, b minicrm.Card) bool {
	return a.ContactID != 0 && a.ContactID == b.ContactID || a.BusinessID != 0 && a.BusinessID == b.BusinessID
}

// judged notes whose an order's documents are.
func (w *Work) judged(ctx context.Context, c *candidate, verdict string) error {
	for i := range c.documents {
		c.documents[i].Verdict = verdict
	}
	return w.engine.Store.JudgeExisting(ctx, w.saved.ID, c.crmIDs(), verdict)
}

// asker asks MiniCRM about single cards and persons for one document, each once.
type asker struct {
	work    *Work
	modules map[string]int64 // of the account, by name
	cards   map[int64]lookup // by external id
	known   map[string]bool  // orders, by Ref, that are there and ours
	asked   int
	anew    *bool
}

// lookup is what MiniCRM answers to an external id.
type lookup struct {
	card  minicrm.Card
	there bool
}

func (w *Work) newAsker(facts *facts) *asker {
	return &asker{work: w, modules: facts.modules, cards: map[int64]lookup{}, known: map[string]bool{}}
}

// lookUp asks for the card of an external id.
func (a *asker) lookUp(ctx context.Context, external int64) (lookup, error) {
	if found, asked := a.cards[external]; asked {
		return found, nil
	}
	a.asked++
	card, there, err := a.work.crm.ProjectByReferenceIn(ctx, a.work.found.module(a.work.conn.WebshopCategory), external)
	if err != nil {
		return lookup{}, fmt.Errorf("looking for card %d: %w", external, err)
	}
	a.cards[external] = lookup{card, there}
	return a.cards[external], nil
}

// module is the number of a card's module, also where the answer shows its name.
func (a *asker) module(card minicrm.Card) int64 {
	if card.CategoryID != 0 {
		return card.CategoryID
	}
	return a.modules[card.Values["CategoryId"]]
}

func (a *asker) inWebshop(card minicrm.Card) bool {
	return a.module(card) == a.work.conn.WebshopCategory
}

// begunAnew says that MiniCRM had orders or cards of ours before our database began.
func (a *asker) begunAnew(ctx context.Context) (bool, error) {
	if a.anew != nil {
		return *a.anew, nil
	}
	w := a.work
	anew, err := w.engine.Store.AnyOurs(ctx, w.saved.ID)
	if err == nil && !anew {
		_, anew, err = w.engine.Store.Cursor(ctx, w.saved.ID, cursorAnew)
	}
	if err == nil {
		a.anew = &anew
	}
	return anew, err
}
