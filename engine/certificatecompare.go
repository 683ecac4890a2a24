package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"punte"
	"punte/minicrm"
	"punte/store"
)

// comparison is a certificate in the making.
type comparison struct {
	Certificate
	work    *Work
	missing []store.Duty    // of ours, in MiniCRM's list no more
	gone    map[string]bool // not found in the shop, by ref; not acted upon yet
}

// sumOf names a row of a day's sums.
type sumOf struct {
	currency string
	state    punte.State
}

// bothSides is such a row.
type bothSides struct {
	shopOrders, crmOrders int
	shop, crm             decimal.Decimal
}

// compare compares the days: what the shop's listing showed when it was counted with
// what is stored of it, and each order with what MiniCRM shows of it, by its list if
// that was read, else by what it was seen to show last.
func (w *Work) compare(ctx context.Context, days []store.Day) (*comparison, error) {
	c := &comparison{work: w, gone: map[string]bool{}}
	pending, err := w.engine.Store.PendingDeletions(ctx, w.saved.ID)
	if err != nil {
		return nil, err
	}
	for _, d := range pending {
		c.gone[d.Ref] = true
	}
	c.Night, c.Made = w.today().date, w.engine.Now()
	c.Counts, c.Findings = map[string]int{}, []CertifiedOrder{}
	c.CRMRead = w.ledger != nil && w.ledger.read
	for _, d := range days {
		day, err := w.dayNamed(d.Date)
		if err != nil {
			return nil, err
		}
		orders, err := w.engine.Store.OrdersOnDay(ctx, w.saved.ID, day.from, day.until)
		if err != nil {
			return nil, err
		}
		if err := c.day(d, orders); err != nil {
			return nil, fmt.Errorf("comparing %s: %w", d.Date, err)
		}
	}
	return c, nil
}

func (c *comparison) find(day, order, code string, explained bool, format string, args ...any) {
	c.Counts[code]++
	if !explained {
		c.Unexplained++
	}
	if c.Counts[code] <= mostFindings {
		c.Findings = append(c.Findings, CertifiedOrder{Day: day, Order: order, Code: code, Explained: explained, Text: fmt.Sprintf(format, args...)})
	}
}

// day compares a day.
func (c *comparison) day(d store.Day, orders []store.DayOrder) error {
	if err := c.listing(d, orders); err != nil {
		return err
	}
	sums := map[sumOf]*bothSides{}
	row := func(currency string, state punte.State) *bothSides {
		name := sumOf{currency, state}
		if sums[name] == nil {
			sums[name] = &bothSides{}
		}
		return sums[name]
	}
	for _, o := range orders {
		gross, err := punte.ParseAmount(o.Gross)
		readable := err == nil && o.Currency != ""
		state, _, _ := c.work.conn.Decide(o.Status)
		if readable && o.Duty.Deleted.IsZero() && !c.gone[o.Duty.Ref] {
			r := row(o.Currency, state)
			r.shopOrders++
			if r.shop, err = r.shop.Add(gross); err != nil {
				return err
			}
		}
		if shown, ok := c.shown(o); ok {
			r := row(shown.currency, shown.state)
			r.crmOrders++
			if r.crm, err = r.crm.Add(shown.amount); err != nil {
				return err
			}
			c.order(d.Date, o, state, gross, shown)
			continue
		}
		c.absent(d.Date, o)
	}
	c.Days = append(c.Days, CertifiedDay{Day: d.Date, Read: d.Read, Sums: listed(sums)})
	return nil
}

func listed(sums map[sumOf]*bothSides) []CertifiedSum {
	list := make([]CertifiedSum, 0, len(sums))
	for name, s := range sums {
		list = append(list, CertifiedSum{
			Currency: name.currency, State: name.state, ShopOrders: s.shopOrders, ShopGross: s.shop.Trim(0).String(),
			CRMOrders: s.crmOrders, CRMGross: s.crm.Trim(0).String(),
		})
	}
	slices.SortFunc(list, func(a, b CertifiedSum) int {
		return cmp.Or(cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.State, b.State))
	})
	return list
}

// listing compares what was counted of the shop's answers with what is stored. Orders
// that were read again since say nothing about it.
func (c *comparison) listing(d store.Day, orders []store.DayOrder) error {
	counted := map[string]daySum{}
	if len(d.Total) > 0 {
		if err := json.Unmarshal(d.Total, &counted); err != nil {
			return err
		}
	}
	stored, wire, unread, since := 0, 0, false, false
	gross := map[string]decimal.Decimal{}
	for _, sum := range counted {
		wire += sum.Orders
	}
	for _, o := range orders {
		switch {
		case o.Asked < d.Asked && c.gone[o.Duty.Ref]:
			c.find(d.Date, orderName(o.Duty), certNotFound, true, "the shop does not have it any more; nothing was done about it yet")
			continue
		case !o.Duty.Deleted.IsZero():
			since = since || o.Duty.Deleted.After(d.Read) // it may have been listed
			continue
		case o.Asked < d.Asked:
			c.find(d.Date, orderName(o.Duty), certAbsent, false, "the shop's list of %s does not show it, and it was not found to be deleted", d.Date)
			continue
		}
		since = since || o.Duty.Updated.After(d.Read) || o.Duty.Created.After(d.Read)
		stored++
		amount, err := punte.ParseAmount(o.Gross)
		if err != nil {
			unread = true
			continue
		}
		if gross[o.Currency], err = gross[o.Currency].Add(amount); err != nil {
			return err
		}
	}
	if since {
		return nil
	}
	if stored != wire {
		c.find(d.Date, "", certLost, false, "the shop listed %d orders and %d of them are stored", wire, stored)
	}
	for currency, sum := range counted {
		listed, err := punte.ParseAmount(sum.Gross)
		if err == nil && !unread && listed.Cmp(gross[currency]) != 0 {
			c.find(d.Date, "", certLost, false, "the shop listed %s %s and %s is stored", listed.Trim(0), currency, gross[currency].Trim(0))
		}
	}
	return nil
}

// shownOrder is what MiniCRM shows of an order.
type shownOrder struct {
	currency string
	state    punte.State
	amount   decimal.Decimal
	row      *minicrm.OrderRow // of its list, nil if that does not hold it
}

// shown tells what MiniCRM shows of an order; false if it was never seen there.
func (c *comparison) shown(o store.DayOrder) (shownOrder, bool) {
	note := written(o.Duty)
	if o.Duty.Shown == 0 {
		return shownOrder{}, false
	}
	s := shownOrder{currency: o.Currency, state: note.State}
	amount := note.Amount
	if c.work.ledger != nil {
		if row, ok := c.work.ledger.rows[o.Duty.CRMID]; ok {
			s.row, s.currency, amount = &row, row.CurrencyCode, row.Amount
			if state, ok := c.work.stateOf(row.Status); ok {
				s.state = state
			}
		}
	}
	s.amount, _ = punte.ParseAmount(amount)
	return s, true
}

// absent says why an order is not in MiniCRM.
func (c *comparison) absent(day string, o store.DayOrder) {
	d := o.Duty
	code := map[punte.DutyState]string{
		punte.Held: certHeld, punte.Parked: certParked, punte.Left: certLeft, punte.Owed: certOnItsWay, punte.Sent: certOnItsWay, punte.Unlisted: certDraft,
	}[d.State]
	if !d.Deleted.IsZero() {
		code = certDeleted
	}
	if code == "" {
		c.find(day, orderName(d), certMissing, false, "it is confirmed and was never seen in MiniCRM")
		return
	}
	c.find(day, orderName(d), code, true, "%s", sentence(d.Problem))
}

// order compares an order that MiniCRM was seen to show.
func (c *comparison) order(day string, o store.DayOrder, state punte.State, gross decimal.Decimal, shown shownOrder) {
	d, name := o.Duty, orderName(o.Duty)
	note := written(d)
	switch d.State {
	case punte.Owed, punte.Sent:
		c.find(day, name, certOnItsWay, true, "its newest version is on its way")
		return
	case punte.Held, punte.Parked, punte.Left:
		c.absent(day, o)
		return
	}
	if !d.Deleted.IsZero() {
		c.find(day, name, certDeleted, true, "%s", "deleted in the shop")
		state = note.State // Failed, or what it was where deleted orders are kept
		if c.work.conn.DeletedOrders != "keep" {
			state = punte.Failed
		}
	}
	if state != "" && note.State != state {
		c.find(day, name, certStatus, false, "its status stands for %s and it was confirmed as %s", state, note.State)
	}
	if shown.row == nil && c.CRMRead {
		c.unlisted(day, o)
		return
	}
	if shown.row != nil && shown.state != note.State {
		c.find(day, name, certPerson, true, "its state in MiniCRM is %s, sent was %s", shown.state, note.State)
	}
	if d.Deleted.IsZero() {
		c.amount(day, o, gross, shown.amount, note)
	}
}

// unlisted tells of an order that MiniCRM's list does not hold. Drafts are never in it.
func (c *comparison) unlisted(day string, o store.DayOrder) {
	d := o.Duty
	if written(d).State == punte.Draft || d.State == punte.Unlisted {
		c.find(day, orderName(d), certDraft, true, "MiniCRM does not list drafts")
		return
	}
	c.missing = append(c.missing, d)
	c.find(day, orderName(d), certMissing, false, "MiniCRM showed it as document %d and does not list it any more", d.CRMID)
}

// amount compares the amounts of an order.
func (c *comparison) amount(day string, o store.DayOrder, gross, shown decimal.Decimal, note handed) {
	off, err := gross.SubAbs(shown)
	if err != nil || off.IsZero() {
		return
	}
	name := orderName(o.Duty)
	sent, err := punte.ParseAmount(note.Amount)
	switch {
	case err == nil && !punte.SameAmount(sent, shown) && o.Duty.Differs == "":
		c.find(day, name, certPerson, true, "its amount in MiniCRM is %s, sent was %s", shown.Trim(0), sent.Trim(0))
	case o.Total != "":
		c.find(day, name, certTotal, true, "%s", o.Total)
	case off.Cmp(roundingOf(o.Lines, o.Currency)) <= 0:
		c.find(day, name, certRounding, true, "shop %s, MiniCRM %s %s", gross.Trim(0), shown.Trim(0), o.Currency)
	default:
		c.find(day, name, certAmount, false, "shop %s, MiniCRM %s %s", gross.Trim(0), shown.Trim(0), o.Currency)
	}
}

// Certificate returns the last certificate of a connection, or NotFound.
func (e *Engine) Certificate(ctx context.Context, id string) (Certificate, error) {
	saved, err := e.Store.LastCertificate(ctx, id)
	if err != nil {
		return Certificate{}, err
	}
	var c Certificate
	if err := json.Unmarshal(saved.Data, &c); err != nil {
		return c, fmt.Errorf("reading the certificate of %s: %w", saved.Night, err)
	}
	c.Made = c.Made.Round(0).In(time.UTC)
	return c, nil
}
