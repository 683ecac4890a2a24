package engine

import (
	"context"
	"fmt"
	"time"

	"punte/minicrm"
	"punte/store"
)

const (
	// listOverlap widens the question for changed documents: nothing documents whose
	// clock MiniCRM's UpdatedSince is compared with.
	listOverlap = 2 * time.Hour
	// touchOverlap is the same for the question which cards were touched since a
	// document was made. MiniCRM's times, and the clock we know it by, have seconds.
	touchOverlap = 2 * time.Second
	// settleGap lies between the moment an order was settled and its next document,
	// so that what touched its card then does not count as the next one's work.
	settleGap = touchOverlap + time.Second
	// readingAge is when a reading that was broken off is begun anew.
	readingAge = 10 * time.Minute
	// crmPageRows is the number of rows on a page of MiniCRM's lists.
	crmPageRows = 100
)

// reading is what was read so far of MiniCRM's two lists: which cards were touched,
// and then the documents, so that a document is seen at least as new as its card's
// touch. A reading that a budget breaks off goes on at its page: both lists only
// move what was not read yet towards their end, or, for what is touched just now,
// to a place that the next reading sees.
type reading struct {
	begun   time.Time
	since   time.Time                    // the oldest document was made, in MiniCRM's time
	looks   []*cardLook                  // questions for touched cards
	touched map[string]*cardLook         // by document
	page    int                          // of the list of documents, the next to read
	listed  bool                         // it needs no more of them
	rows    map[string]*minicrm.OrderRow // by sightingName
	unmet   map[int64]bool               // cards touched whose document was not met yet
}

// cardLook is the question which cards were touched since a time.
type cardLook struct {
	since   time.Time // in MiniCRM's time
	page    int       // the next to read
	read    bool
	touched map[int64]bool // by the card's own id
}

// newReading plans the questions. Documents whose orders MiniCRM never showed share
// one: their cards can't have been touched before. Others have one each.
func (w *Work) newReading(documents []*inFlight, now time.Time) *reading {
	ahead := w.crm.Now().Sub(now)
	r := &reading{begun: now, touched: map[string]*cardLook{}, rows: map[string]*minicrm.OrderRow{}}
	var shared *cardLook
	for _, doc := range documents {
		if doc.State != store.Taken || len(doc.duties) == 0 {
			continue
		}
		made := doc.Created.Add(ahead)
		if r.since.IsZero() || made.Before(r.since) {
			r.since = made
		}
		if doc.knows() || shared == nil {
			look := &cardLook{since: made.Add(-touchOverlap), touched: map[int64]bool{}}
			r.looks = append(r.looks, look)
			r.touched[doc.ID] = look
			if !doc.knows() {
				shared = look
			}
			continue
		}
		r.touched[doc.ID] = shared
	}
	return r
}

// knows says that MiniCRM showed one of the document's orders before.
func (d *inFlight) knows() bool {
	for _, s := range d.duties {
		if s.Shown > 0 {
			return true
		}
	}
	return false
}

// goesOn says that a reading that was broken off is fresh enough to be continued.
func (r *reading) goesOn(now time.Time) bool {
	age := now.Sub(r.begun)
	return len(r.touched) > 0 && age >= 0 && age < readingAge
}

func sightingName(s *sighting) string { return s.Document + "\n" + s.Ref }

// recall gives an order what was read of it before.
func (r *reading) recall(s *sighting) {
	s.row = r.rows[sightingName(s)]
	r.touch(s)
}

// touch notes whether the order's card was touched.
func (r *reading) touch(s *sighting) {
	if look := r.touched[s.Document]; look != nil && s.card() != 0 {
		s.touched = look.touched[s.card()]
	}
}

// read asks MiniCRM which cards were touched and what the documents look like. whole
// is false if it stopped early to make room, or with an error.
func (c *confirmation) read(ctx context.Context) (whole bool, err error) {
	if len(c.waiting) == 0 {
		return true, nil
	}
	w, r := c.work, c.reading
	begun := w.engine.Now()
	spent := func() bool { return w.engine.Now().Sub(begun) > importSlice }
	for _, look := range r.looks {
		for !look.read {
			if spent() {
				return false, nil
			}
			if err := c.readCards(ctx, look); err != nil {
				return false, fmt.Errorf("reading MiniCRM's cards: %w", err)
			}
		}
	}
	c.prepareList()
	for !r.listed && c.wantsList() {
		if spent() {
			return false, nil
		}
		if err := c.readList(ctx); err != nil {
			return false, fmt.Errorf("reading MiniCRM's orders: %w", err)
		}
	}
	if !c.anyOpen() {
		return true, nil
	}
	if err := c.details(ctx); err != nil {
		return false, err
	}
	return true, nil
}

// readCards reads a page of the cards touched since then.
func (c *confirmation) readCards(ctx context.Context, look *cardLook) error {
	filter := minicrm.ProjectFilter{CategoryID: c.work.conn.OrdersCategory, UpdatedSince: look.since}
	page, err := c.work.crm.ProjectPage(ctx, filter, look.page)
	if err != nil {
		return err
	}
	for _, row := range page.Rows {
		look.touched[row.ID] = true
	}
	if err := c.changedCards(ctx, page.Rows); err != nil {
		return err
	}
	look.read = lastPage(len(page.Rows), page.Count, look.page)
	look.page++
	return nil
}

// lastPage says that no page follows. Count is that of the whole list, 0 if it was
// not told.
func lastPage(rows, count, page int) bool {
	if count > 0 {
		return rows == 0 || (page+1)*crmPageRows >= count
	}
	return rows < crmPageRows
}

// prepareList notes which of the touched cards still need their document.
func (c *confirmation) prepareList() {
	r := c.reading
	if r.unmet == nil {
		r.unmet = map[int64]bool{}
		for _, look := range r.looks {
			for card := range look.touched {
				r.unmet[card] = true
			}
		}
	}
	for _, s := range c.waiting {
		r.touch(s)
	}
}

// wantsList says that the list of documents has something to tell: a touched card
// whose document was not met, or whether an order that was never seen is there after
// all when its round is over.
func (c *confirmation) wantsList() bool {
	if c.work.found.is(findList, "none") {
		return false
	}
	missing := false
	for _, s := range c.waiting {
		if s.row != nil {
			continue
		}
		missing = true
		if s.CRMID == 0 && !c.reading.begun.Before(s.Due) {
			return true
		}
	}
	return missing && len(c.reading.unmet) > 0
}

func (c *confirmation) anyOpen() bool {
	for _, s := range c.waiting {
		if s.open() && !c.reading.begun.Before(s.Due) {
			return true
		}
	}
	return false
}

// readList reads a page of MiniCRM's order documents; the one changed last is on the
// first.
func (c *confirmation) readList(ctx context.Context) error {
	r := c.reading
	list, err := c.work.crm.OrderList(ctx, minicrm.OrderFilter{UpdatedSince: r.since.Add(-listOverlap), UnderOffer: c.work.found.is(findList, "offer")}, r.page)
	if err != nil {
		return err
	}
	if err := c.match(ctx, list.Rows); err != nil {
		return err
	}
	if err := c.changedRows(ctx, list.Rows); err != nil {
		return err
	}
	r.listed = lastPage(len(list.Rows), list.Count, r.page)
	r.page++
	return nil
}

// match finds the orders of a page: by the document's id once it is known, before
// that by number and day among the documents that belong to no other order.
func (c *confirmation) match(ctx context.Context, rows []minicrm.OrderRow) error {
	zone := c.work.conn.MiniCRM.Zone
	byID, byNumber := map[int64]*sighting{}, map[string][]*sighting{}
	for _, s := range c.waiting {
		if s.crmID() != 0 {
			byID[s.crmID()] = s
			continue
		}
		name := s.Key + "\n" + s.Placed.In(zone).Format(time.DateOnly)
		byNumber[name] = append(byNumber[name], s)
	}
	var free []*minicrm.OrderRow
	var ids []int64
	for i := range rows {
		row := &rows[i]
		delete(c.reading.unmet, row.ProjectID)
		if s, ok := byID[row.ID]; ok {
			c.found(s, row)
			continue
		}
		if len(byNumber[numberAndDay(row)]) > 0 {
			free, ids = append(free, row), append(ids, row.ID)
		}
	}
	bound, err := c.work.engine.Store.CRMOrders(ctx, c.work.saved.ID, ids)
	if err != nil {
		return err
	}
	for _, row := range free {
		name := numberAndDay(row)
		if _, taken := bound[row.ID]; taken || len(byNumber[name]) == 0 {
			continue
		}
		best := fitting(byNumber[name], row)
		c.found(byNumber[name][best], row)
		byNumber[name] = append(byNumber[name][:best:best], byNumber[name][best+1:]...)
	}
	return nil
}

// fitting picks the order that the document shows best. The shop gives a number out
// again after a deletion, so that two orders of a day may share it.
func fitting(candidates []*sighting, row *minicrm.OrderRow) int {
	for i, s := range candidates {
		if s.CRMCard != 0 && s.CRMCard == row.ProjectID {
			return i // it was a draft, and was found by its card
		}
	}
	for i, s := range candidates {
		try := *s
		try.row = row
		if try.agrees() && try.amountDiffers() == "" {
			return i
		}
	}
	return 0
}

// found notes an order's document.
func (c *confirmation) found(s *sighting, row *minicrm.OrderRow) {
	if s.row != nil {
		return
	}
	s.row = row
	c.reading.rows[sightingName(s)] = row
	c.reading.touch(s)
}

func numberAndDay(row *minicrm.OrderRow) string {
	return row.Number + "\n" + row.Performance[:min(len(row.Performance), len(time.DateOnly))]
}
