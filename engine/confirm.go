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
	// listOverlap widens the question for changed documents: nothing documents whose
	// clock MiniCRM's UpdatedSince is compared with.
	listOverlap = 2 * time.Hour
	// touchOverlap is the same for the question which cards were touched since a
	// document was taken; it has seconds.
	touchOverlap = 5 * time.Second
	crmPageRows  = 100
)

// confirm reads back what MiniCRM made of the documents it took, settles what it
// shows, and ends the rounds that are over.
func (w *Work) confirm(ctx context.Context) error {
	s := w.engine.Store
	flight, err := s.InFlight(ctx, w.saved.ID)
	if err != nil {
		return err
	}
	open, err := s.OpenDocuments(ctx, w.saved.ID)
	if err != nil {
		return err
	}
	c := &confirmation{work: w, documents: map[string]*inFlight{}}
	for i := range open {
		c.documents[open[i].ID] = &inFlight{Document: open[i]}
	}
	for _, d := range flight {
		c.add(d)
	}
	if len(c.waiting) > 0 {
		if err := c.readList(ctx); err != nil {
			return fmt.Errorf("reading MiniCRM's orders: %w", err)
		}
		if err := c.readTouched(ctx); err != nil {
			return fmt.Errorf("reading MiniCRM's cards: %w", err)
		}
	}
	return c.settle(ctx)
}

// inFlight is a document and what became of its orders.
type inFlight struct {
	store.Document
	duties []*sighting
}

// sighting is an order in flight and what MiniCRM shows of it.
type sighting struct {
	store.Duty
	wrote   handed
	row     *minicrm.OrderRow // nil: not seen
	touched bool              // its card changed since the document was taken
}

type confirmation struct {
	work      *Work
	documents map[string]*inFlight
	waiting   []*sighting
}

func (c *confirmation) add(d store.Duty) {
	doc, ok := c.documents[d.Document]
	if !ok || doc.State != store.Taken {
		return
	}
	s := &sighting{Duty: d, wrote: pending(d)}
	doc.duties = append(doc.duties, s)
	c.waiting = append(c.waiting, s)
}

// since is when the oldest of the documents waited for was taken.
func (c *confirmation) since() time.Time {
	var oldest time.Time
	for _, s := range c.waiting {
		taken := c.documents[s.Document].TakenAt
		if oldest.IsZero() || taken.Before(oldest) {
			oldest = taken
		}
	}
	return oldest
}

// readList goes through MiniCRM's list of order documents, the one changed last
// first, until all that are waited for were seen or the list ends.
func (c *confirmation) readList(ctx context.Context) error {
	byID, byNumber := map[int64]*sighting{}, map[string][]*sighting{}
	zone := c.work.conn.MiniCRM.Zone
	for _, s := range c.waiting {
		if s.CRMID != 0 {
			byID[s.CRMID] = s
			continue
		}
		name := s.Order.Key + "\n" + s.Order.Placed.In(zone).Format(time.DateOnly)
		byNumber[name] = append(byNumber[name], s)
	}
	missing := len(c.waiting)
	for page := 0; missing > 0; page++ {
		list, err := c.work.crm.OrderList(ctx, c.since().Add(-listOverlap), page)
		if err != nil {
			return err
		}
		found, err := c.match(ctx, list.Rows, byID, byNumber)
		if err != nil {
			return err
		}
		missing -= found
		if len(list.Rows) == 0 || (page+1)*crmPageRows >= list.Count {
			return nil
		}
	}
	return nil
}

// match finds the orders of a page: by the document's id once it is known, before
// that by number and day among the documents that belong to no other order.
func (c *confirmation) match(ctx context.Context, rows []minicrm.OrderRow, byID map[int64]*sighting, byNumber map[string][]*sighting) (int, error) {
	found := 0
	var open []*minicrm.OrderRow
	var ids []int64
	for i := range rows {
		row := &rows[i]
		if s, ok := byID[row.ID]; ok {
			if s.row == nil {
				s.row = row
				found++
			}
			continue
		}
		if len(byNumber[numberAndDay(row)]) > 0 {
			open, ids = append(open, row), append(ids, row.ID)
		}
	}
	bound, err := c.work.engine.Store.CRMOrders(ctx, c.work.saved.ID, ids)
	if err != nil {
		return found, err
	}
	for _, row := range open {
		if _, taken := bound[row.ID]; taken {
			continue
		}
		name := numberAndDay(row)
		if candidates := byNumber[name]; len(candidates) > 0 {
			candidates[0].row = row
			byNumber[name] = candidates[1:]
			byID[row.ID] = candidates[0]
			found++
		}
	}
	return found, nil
}

func numberAndDay(row *minicrm.OrderRow) string {
	return row.Number + "\n" + row.Performance[:min(len(row.Performance), len(time.DateOnly))]
}

// readTouched asks which cards changed since the documents were taken. An order that
// MiniCRM showed before proves nothing by being there: only its card's change does.
func (c *confirmation) readTouched(ctx context.Context) error {
	known := map[int64][]*sighting{}
	for _, s := range c.waiting {
		if s.Shown > 0 && s.row != nil {
			known[s.row.ProjectID] = append(known[s.row.ProjectID], s)
		}
	}
	if len(known) == 0 {
		return nil
	}
	filter := minicrm.ProjectFilter{CategoryID: c.work.conn.OrdersCategory, UpdatedSince: c.since().Add(-touchOverlap)}
	left := len(known)
	for row, err := range c.work.crm.Projects(ctx, filter) {
		if err != nil {
			return err
		}
		for _, s := range known[row.ID] {
			s.touched = true
		}
		if _, ok := known[row.ID]; ok {
			delete(known, row.ID)
			left--
		}
		if left == 0 {
			return nil
		}
	}
	return nil
}

// settle writes down what was seen and ends what is over.
func (c *confirmation) settle(ctx context.Context) error {
	w, now := c.work, c.work.engine.Now()
	for _, doc := range c.documents {
		if doc.State != store.Taken {
			if err := c.expire(ctx, doc, now); err != nil {
				return err
			}
			continue
		}
		outcomes, seen := doc.outcomes(now)
		if seen {
			if err := w.engine.Store.MarkShown(ctx, doc.ID, now); err != nil {
				return err
			}
		} else if over := doc.over(now); over && len(doc.duties) > 0 {
			w.engine.notice(w.saved.ID, fmt.Sprintf("MiniCRM has not processed a document of %d orders taken at %s; they will be sent again",
				len(doc.duties), doc.TakenAt.In(w.conn.MiniCRM.Zone).Format(time.DateTime)))
		}
		if err := w.engine.Store.Settle(ctx, w.saved.ID, outcomes, now); err != nil {
			return err
		}
		if len(outcomes) == len(doc.duties) {
			if err := w.engine.Store.EndDocument(ctx, doc.ID, now); err != nil {
				return err
			}
		}
	}
	return nil
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
	return c.work.engine.Store.DropDocument(ctx, doc.ID, now, now)
}

// abandonedAfter is how old a document that was not handed over must be before it
// counts as left behind: longer than any hand-over lasts.
const abandonedAfter = 3 * time.Minute

// over says that the document's round has ended.
func (d *inFlight) over(now time.Time) bool {
	for _, s := range d.duties {
		if now.Before(s.Due) {
			return false
		}
	}
	return true
}

// outcomes says how each order's round ended, for those whose round did. seen is
// true if MiniCRM shows any of the document.
func (d *inFlight) outcomes(now time.Time) (outcomes []store.Outcome, seen bool) {
	for _, s := range d.duties {
		if s.agrees() && (s.Shown == 0 || s.touched) {
			seen = true
		}
	}
	over := d.over(now)
	for _, s := range d.duties {
		if o, ended := s.outcome(seen, over, d.Orders, now); ended {
			outcomes = append(outcomes, o)
		}
	}
	return outcomes, seen
}

// agrees says that MiniCRM lists the order in the state that was written.
func (s *sighting) agrees() bool {
	if s.row == nil {
		return false
	}
	if !s.wrote.Wrote {
		return true
	}
	state, ok := stateOf(s.row.Status)
	return ok && state == s.wrote.State
}

// outcome says how the order's round ended, if it did. seen: MiniCRM shows some of
// the document; over: the round's time is up; orders: how many travelled together.
func (s *sighting) outcome(seen, over bool, orders int, now time.Time) (store.Outcome, bool) {
	o := store.Outcome{Ref: s.Ref, Version: s.Sent}
	if s.row != nil {
		o.CRMID, o.CRMCard = s.row.ID, s.row.ProjectID
	}
	switch {
	case s.agrees() && (s.Shown == 0 || s.touched || over):
		o.State, o.Differs = punte.Confirmed, s.amountDiffers()
		return o, true
	case s.wrote.State == punte.Draft && s.row == nil && (seen || over):
		o.State = punte.Unlisted // MiniCRM's list hides drafts
		return o, true
	case !over:
		return o, false
	}
	o.State, o.Due = punte.Owed, now
	o.Rounds = nextRounds(s.Rounds, seen, orders)
	o.Problem = punte.Problem{Code: punte.ProblemRefused, Reason: s.missing()}
	if o.Rounds >= parkAfter {
		o.State = punte.Parked
	}
	return o, true
}

// nextRounds counts a round that ended without the order. Of a document with
// several orders of which none is shown it says nothing about this one: MiniCRM is
// not processing. An order that travelled alone has used up one of its three.
func nextRounds(rounds int, seen bool, orders int) int {
	switch {
	case orders == 1:
		return max(rounds, parkAfter-3) + 1
	case !seen:
		return rounds
	}
	return rounds + 1
}

// missing says what MiniCRM does not show.
func (s *sighting) missing() string {
	if s.row == nil {
		return "MiniCRM took the order's document and does not show the order; look into its sync log for the reason"
	}
	return fmt.Sprintf("MiniCRM shows the order as %q and not as %s; its own rules may forbid the change", s.row.Status, s.wrote.State)
}

// amountDiffers says how MiniCRM's amount differs from that of the lines sent.
func (s *sighting) amountDiffers() string {
	if s.wrote.Amount == "" || s.row.Amount == "" {
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
