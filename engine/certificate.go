package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"punte"
	"punte/minicrm"
	"punte/store"
)

// Codes of what a certificate finds. The first group is explained by what is known of
// the order; the second is not.
const (
	certHeld     = "held"     // waits for a person
	certParked   = "parked"   // could not be sent
	certLeft     = "left"     // is not to be brought
	certOnItsWay = "underway" // owed, or sent and not seen yet
	certDraft    = "draft"    // MiniCRM does not list drafts
	certDeleted  = "deleted"  // the shop does not have it any more
	certNotFound = "notfound" // not in the shop any more, which is to be agreed or acted upon yet
	certPerson   = "person"   // changed in MiniCRM since it was confirmed
	certRounding = "rounding" // MiniCRM rounds each line
	certTotal    = "total"    // the shop's own lines do not give its total

	certLost    = "lost"    // the listing showed it and the store does not have it so
	certAbsent  = "absent"  // the store has it as living and the listing does not show it
	certStatus  = "status"  // it was confirmed in another state than its status stands for
	certAmount  = "amount"  // the amounts differ by more than rounding
	certMissing = "missing" // MiniCRM had it and does not list it any more
)

// Certificate compares what the shop lists of some days with what MiniCRM shows.
type Certificate struct {
	Night       string           `json:"night"` // date of the shop
	Made        time.Time        `json:"made"`
	Days        []CertifiedDay   `json:"days"`
	Findings    []CertifiedOrder `json:"findings"` // of each code the first ones
	Counts      map[string]int   `json:"counts"`   // findings by code, all of them
	Unexplained int              `json:"unexplained"`
	CRMRead     bool             `json:"minicrm_read"` // MiniCRM's own list was read; else what it was seen to show
}

// CertifiedDay is a day of placing in the shop's zone.
type CertifiedDay struct {
	Day  string         `json:"day"`
	Read time.Time      `json:"read"` // when the shop's list of it was read
	Sums []CertifiedSum `json:"sums"`
}

// CertifiedSum is what a day has of one currency and state on both sides.
type CertifiedSum struct {
	Currency   string      `json:"currency"`
	State      punte.State `json:"state"` // empty: not to be brought, or without a pair
	ShopOrders int         `json:"shop_orders"`
	ShopGross  string      `json:"shop_gross"`
	CRMOrders  int         `json:"minicrm_orders"`
	CRMGross   string      `json:"minicrm_gross"`
}

// CertifiedOrder is a difference.
type CertifiedOrder struct {
	Day       string `json:"day"`
	Order     string `json:"order,omitempty"` // key
	Code      string `json:"code"`
	Explained bool   `json:"explained"`
	Text      string `json:"text,omitempty"`
}

// mostFindings bounds how many findings of one code a certificate lists.
const mostFindings = 100

// ledger is MiniCRM's list of order documents. A document that changes while it is read
// moves to its front and may be missed; nothing is concluded from that alone.
type ledger struct {
	begun time.Time
	since time.Time
	page  int
	read  bool
	rows  map[int64]minicrm.OrderRow
}

// ledgerAge is when a reading that was broken off is begun anew.
const ledgerAge = 2 * time.Hour

// certificateReady is due when the recent days were read, or at the end of the night.
func (w *Work) certificateReady(_ context.Context, at time.Time) (time.Time, bool, error) {
	if !at.IsZero() {
		return at, true, nil
	}
	_, until := w.night()
	return until, true, nil
}

// certify reads a page of MiniCRM's list, or makes the certificate of the days that were
// read this night.
func (w *Work) certify(ctx context.Context) error {
	from, until := w.certifiedNight()
	days, err := w.daysReadSince(ctx, from)
	if err != nil {
		return err
	}
	if len(days) > 0 {
		whole, err := w.readLedger(ctx, days)
		if err != nil || !whole {
			return err
		}
		c, err := w.compare(ctx, days)
		if err != nil {
			return err
		}
		if err := w.conclude(ctx, c); err != nil {
			return err
		}
	}
	w.ledger = nil
	return w.setDue(ctx, dueCertify, until.AddDate(0, 0, 1))
}

// certifiedNight is the night that goes on or was the last.
func (w *Work) certifiedNight() (from, until time.Time) {
	today := w.today()
	return today.from, dawn(today)
}

// daysReadSince returns the days of placing that were read whole since then.
func (w *Work) daysReadSince(ctx context.Context, since time.Time) ([]store.Day, error) {
	days, err := w.engine.Store.Days(ctx, w.saved.ID)
	if err != nil {
		return nil, err
	}
	var read []store.Day
	for _, d := range days {
		if !d.Read.IsZero() && !d.Read.Before(since) {
			read = append(read, d)
		}
	}
	return read, nil
}

// readLedger reads a page of the documents that MiniCRM changed since the oldest of the
// days: none of their orders was made before. whole is true with the last page.
func (w *Work) readLedger(ctx context.Context, days []store.Day) (whole bool, err error) {
	oldest, err := w.dayNamed(days[0].Date)
	if err != nil {
		return false, err
	}
	if w.found.is(findList, "none") { // as a probe found: what was seen when it was confirmed has to do
		w.ledger = nil
		return true, nil
	}
	now := w.engine.Now()
	if l := w.ledger; l == nil || now.Sub(l.begun) > ledgerAge || l.since.After(oldest.from) {
		w.ledger = &ledger{begun: now, since: oldest.from, rows: map[int64]minicrm.OrderRow{}}
	}
	l := w.ledger
	if l.read {
		return true, nil
	}
	page, err := w.crm.OrderList(ctx, minicrm.OrderFilter{UpdatedSince: l.since.Add(-listOverlap), UnderOffer: w.found.is(findList, "offer")}, l.page)
	if err != nil {
		return false, fmt.Errorf("reading MiniCRM's orders: %w", err)
	}
	for _, row := range page.Rows {
		l.rows[row.ID] = row
	}
	l.read = lastPage(len(page.Rows), page.Count, l.page)
	l.page++
	return l.read, nil
}

// dayNamed is the day with this date in the shop's zone.
func (w *Work) dayNamed(date string) (oneDay, error) {
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return oneDay{}, fmt.Errorf("reading the date of a day: %w", err)
	}
	return dayOf(at, w.conn.UNAS.Zone), nil
}

// conclude keeps a certificate, tells a person what nothing explains, and sends what is
// missing, unless that is too much to be believed.
func (w *Work) conclude(ctx context.Context, c *comparison) error {
	s, now := w.engine.Store, w.engine.Now()
	if err := w.sendMissing(ctx, c); err != nil {
		return err
	}
	text, err := json.Marshal(c.Certificate)
	if err != nil {
		return fmt.Errorf("writing the certificate: %w", err)
	}
	if err := s.SaveCertificate(ctx, w.saved.ID, store.Certificate{Night: c.Night, Made: now, Data: text}, forgetFindings); err != nil {
		return err
	}
	if c.Unexplained == 0 {
		return s.EndAlert(ctx, w.saved.ID, store.AlertCertificate)
	}
	return s.Alert(ctx, w.saved.ID, store.AlertCertificate,
		fmt.Sprintf("%d differences between the shop and MiniCRM are not explained; punte reconcile lists them", c.Unexplained), now)
}

// sendMissing lets go again what MiniCRM does not have any more. If that is very much,
// its list is not believed and a person is asked.
func (w *Work) sendMissing(ctx context.Context, c *comparison) error {
	s, now := w.engine.Store, w.engine.Now()
	if len(c.missing) > mostGone {
		return s.Alert(ctx, w.saved.ID, store.AlertMissing,
			fmt.Sprintf("MiniCRM does not list %d orders that it had; nothing is sent again for more than %d at once; look at its trash", len(c.missing), mostGone), now)
	}
	for _, d := range c.missing {
		_, err := w.crm.Order(ctx, d.CRMID)
		if err == nil {
			continue // it changed while the list was read
		}
		if !isNotFound(err) {
			return fmt.Errorf("asking MiniCRM for the order %s: %w", d.Key, err)
		}
		if err := s.OweLost(ctx, w.saved.ID, d.Ref, d.CRMID, now); err != nil {
			return err
		}
	}
	return s.EndAlert(ctx, w.saved.ID, store.AlertMissing)
}
