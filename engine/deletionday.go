package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"punte"
	"punte/store"
	"punte/unas"
)

const (
	// cursorRecent is when the recent days were all read last.
	cursorRecent = "days.recent"
	// recentDays is how many closed days are read each night.
	recentDays = 30
	// olderEvery is how long an older day is left alone at least.
	olderEvery = 7 * 24 * time.Hour
	// dayPage is what getOrder gives at once. Source: UNAS API documentation, getOrder.
	dayPage = 500
	// dayAge is when the reading of a day that was broken off is begun anew.
	dayAge = 3 * time.Hour
	// mostMissing bounds the questions that one night's search raises.
	mostMissing = 300
	// pollRoom is how many list calls of the hour a search leaves for polls to come.
	pollRoom = 4
)

// oneDay is a day of the shop's calendar.
type oneDay struct {
	date        string
	from, until time.Time // until is the next midnight, excluded
}

// dayOf is the day with this date in zone. It has 23 or 25 hours where the clock changes.
func dayOf(date time.Time, zone *time.Location) oneDay {
	year, month, day := date.Date()
	return oneDay{
		date:  time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly),
		from:  time.Date(year, month, day, 0, 0, 0, 0, zone),
		until: time.Date(year, month, day+1, 0, 0, 0, 0, zone),
	}
}

// before is the day n days earlier.
func (d oneDay) before(n int) oneDay { return dayOf(d.from.AddDate(0, 0, -n), d.from.Location()) }

// today is the day that goes on in the shop.
func (w *Work) today() oneDay {
	zone := w.conn.UNAS.Zone
	return dayOf(w.engine.Now().In(zone), zone)
}

// night is when tonight's search may begin and has to end; by day it is the next
// night's. The first minutes are the shop's own maintenance.
func (w *Work) night() (from, until time.Time) {
	zone := w.conn.UNAS.Zone
	day := w.today()
	if !w.engine.Now().Before(dawn(day)) {
		day = day.before(-1)
	}
	from = day.from
	if end, on := unas.Maintenance(from, zone); on {
		from = end
	}
	return from, dawn(day)
}

func dawn(d oneDay) time.Time {
	year, month, day := d.from.Date()
	return time.Date(year, month, day, nightEnds, 0, 0, 0, d.from.Location())
}

// daysBudgets are the shares that a call which reads a day is taken from besides the
// ordinary budgets: half of the hour's list calls, and never the last ones, so that a
// poll finds a free call whenever it is due. A person who asks for it gets all but one
// while nobody polls, else what the polls leave.
func (w *Work) daysBudgets(ctx context.Context, c unas.Call) ([]store.Budget, error) {
	if !w.listing || c.Endpoint != "getOrder" || c.Single {
		return nil, nil
	}
	limit, _ := unas.LimitOf(unas.PlanOf(w.plan), c)
	all := spendable(limit)
	list := "unas:" + w.saved.Shop + ":list:getOrder"
	if w.unhurried {
		polled, err := w.polled(ctx)
		if err != nil || !polled {
			return []store.Budget{{Scope: list, Limit: all - 1, Window: unas.LimitWindow}}, err
		}
		share, err := w.unhurriedShare(ctx, all)
		return []store.Budget{{Scope: list + ":days", Limit: share, Window: unas.LimitWindow}}, err
	}
	return []store.Budget{
		{Scope: list, Limit: all - pollRoom*all/spendable(30), Window: unas.LimitWindow},
		{Scope: list + ":days", Limit: all / 2, Window: unas.LimitWindow},
	}, nil
}

// daysReady says when the search goes on: by night, as long as there is a day to read.
// By day the calls belong to the polls, and while the past is read to that.
func (w *Work) daysReady(ctx context.Context, at time.Time) (time.Time, bool, error) {
	if _, begun, err := w.cursor(ctx, cursorOrders); err != nil || !begun {
		return at, false, err
	}
	if _, importing, err := w.importing(ctx); err != nil || importing {
		return at, false, err
	}
	from, until := w.night()
	at = later(at, from)
	if at.Before(until) {
		return at, true, nil
	}
	next := dayOf(until, w.conn.UNAS.Zone).before(-1)
	end, _ := unas.Maintenance(next.from, w.conn.UNAS.Zone)
	return later(at, end), true, nil
}

// readDays makes one call of the night's search.
func (w *Work) readDays(ctx context.Context) error {
	from, until := w.night()
	if w.engine.Now().Before(from) {
		return w.setDue(ctx, dueDays, from)
	}
	day, found, err := w.nextDay(ctx, from)
	if err != nil {
		return err
	}
	if !found { // all that is due tonight
		return w.setDue(ctx, dueDays, until)
	}
	_, err = w.readDay(ctx, day)
	return err
}

// nextDay is the day to read next: of the recent ones what was not read tonight, the
// newest first, then of the older ones what was not read for a week.
func (w *Work) nextDay(ctx context.Context, tonight time.Time) (oneDay, bool, error) {
	days, err := w.engine.Store.Days(ctx, w.saved.ID)
	if err != nil {
		return oneDay{}, false, err
	}
	read := make(map[string]time.Time, len(days))
	for _, d := range days {
		read[d.Date] = d.Read
	}
	today := w.today()
	for n := 1; n <= recentDays; n++ {
		day := today.before(n)
		if w.belongs(day) && read[day.date].Before(tonight) {
			return day, true, nil
		}
	}
	if err := w.endRecent(ctx, tonight); err != nil {
		return oneDay{}, false, err
	}
	var oldest oneDay
	found := false
	for n := recentDays + 1; ; n++ {
		day := today.before(n)
		if !w.belongs(day) {
			return oldest, found, nil
		}
		at := read[day.date]
		if at.After(tonight.Add(-olderEvery)) {
			continue
		}
		if !found || at.Before(read[oldest.date]) {
			oldest, found = day, true
		}
	}
}

// endRecent lets what the search of the recent days found be judged, and the certificate
// be made.
func (w *Work) endRecent(ctx context.Context, tonight time.Time) error {
	s, soon := w.engine.Store, w.engine.Now().Add(goneQuiet)
	ended, _, err := s.Cursor(ctx, w.saved.ID, cursorRecent)
	if err != nil || !ended.Before(tonight) {
		return err
	}
	if err := s.HastenDeletions(ctx, w.saved.ID, soon); err != nil {
		return err
	}
	if err := w.setDue(ctx, dueDeleted, soon); err != nil {
		return err
	}
	if err := w.setDue(ctx, dueCertify, soon); err != nil {
		return err
	}
	return s.SetCursor(ctx, w.saved.ID, cursorRecent, w.engine.Now())
}

// belongs says that orders of the day may be ours.
func (w *Work) belongs(d oneDay) bool { return d.until.After(w.conn.Start()) }

// searchEnds is when tonight's search will have seen the recent days: what it finds is
// judged together. Outside a night it is then.
func (w *Work) searchEnds(ctx context.Context, then time.Time) (time.Time, error) {
	from, until := w.night()
	if w.engine.Now().Before(from) {
		return then, nil
	}
	days, err := w.engine.Store.Days(ctx, w.saved.ID)
	if err != nil {
		return then, err
	}
	done := map[string]bool{}
	for _, d := range days {
		done[d.Date] = !d.Read.Before(from)
	}
	for n := 1; n <= recentDays; n++ {
		if day := w.today().before(n); w.belongs(day) && !done[day.date] {
			return until, nil
		}
	}
	return then, nil
}

// lookedAt is how many orders of ours the searches of the last day looked for.
func (w *Work) lookedAt(ctx context.Context) (int, error) {
	days, err := w.engine.Store.Days(ctx, w.saved.ID)
	if err != nil {
		return 0, err
	}
	since, looked := w.engine.Now().AddDate(0, 0, -1), 0
	for _, d := range days {
		if d.Read.After(since) {
			looked += d.Known
		}
	}
	return looked, nil
}

// readDay makes one call of the reading of a closed day, whose list does not move: it
// is paged by offset. whole is true with its last call. What the list shows is saved as
// a poll's page is; what it does not show is asked for, an order at a time.
func (w *Work) readDay(ctx context.Context, day oneDay) (whole bool, err error) {
	progress, err := w.dayInProgress(ctx, day)
	if err != nil {
		return false, err
	}
	w.listing = true
	defer func() { w.listing = false }()
	var page []unas.Order
	for order, err := range w.shop.Orders(ctx, unas.OrderQuery{
		// Nothing documents whether the bounds count: a second more on both sides.
		PlacedFrom: day.from.Add(-time.Second), PlacedUntil: day.until,
		Sort: unas.ByPlacing, Limit: dayPage, Start: progress.Skip, Lang: "base",
	}) {
		if err != nil {
			return false, fmt.Errorf("reading the orders placed on %s: %w", day.date, err)
		}
		page = append(page, order)
	}
	if progress.First == 0 {
		if err := w.engine.Store.BeginDay(ctx, w.saved.ID, day.date, w.asked, w.engine.Now()); err != nil {
			return false, err
		}
		progress.First = w.asked
	}
	if err := w.save(ctx, page); err != nil {
		return false, err
	}
	if progress.Sums, err = w.addUp(progress.Sums, page, day); err != nil {
		return false, err
	}
	progress.Skip += len(page)
	if len(page) >= dayPage || len(page) > 0 && len(page)%50 == 0 { // a service may give fewer at once than it is asked for
		return false, w.engine.Store.TurnDay(ctx, w.saved.ID, progress)
	}
	return true, w.endDay(ctx, day, progress)
}

// dayInProgress is how far the reading of a day has come; its First is 0 if it begins.
func (w *Work) dayInProgress(ctx context.Context, day oneDay) (store.Day, error) {
	fresh := store.Day{Date: day.date}
	days, err := w.engine.Store.Days(ctx, w.saved.ID)
	if err != nil {
		return fresh, err
	}
	for _, d := range days {
		age := w.engine.Now().Sub(d.Begun)
		if d.Date == day.date && d.First > 0 && age >= 0 && age < dayAge {
			return d, nil
		}
	}
	return fresh, nil
}

// endDay asks for the orders that a whole listing did not show.
func (w *Work) endDay(ctx context.Context, day oneDay, d store.Day) error {
	now := w.engine.Now()
	missing, known, err := w.engine.Store.MissingOnDay(ctx, w.saved.ID, day.from, day.until, d.First, mostMissing)
	if err != nil {
		return err
	}
	d.Known, d.Missing = known, len(missing)
	questions := make([]store.Question, 0, len(missing))
	for _, order := range missing {
		questions = append(questions, store.Question{Kind: store.QuestionOrder, Key: order.Key, Reason: store.ReasonMissing, Due: now})
	}
	return w.engine.Store.EndDay(ctx, w.saved.ID, d, questions, now)
}

// daySum is what a listing showed of one currency.
type daySum struct {
	Orders int    `json:"orders"`
	Gross  string `json:"gross"`
}

// placedAt is when an order was placed, false if that can't be read.
func placedAt(order unas.Order, zone *time.Location) (time.Time, bool) {
	at, err := time.ParseInLocation(wireTime, strings.TrimSpace(order.Date), zone)
	return at, err == nil
}

// addUp adds a page to the sums of its day, by currency, as the shop printed them. What
// can't be read as a sum is counted only.
func (w *Work) addUp(before []byte, page []unas.Order, day oneDay) ([]byte, error) {
	sums := map[string]daySum{}
	if len(before) > 0 {
		if err := json.Unmarshal(before, &sums); err != nil {
			return nil, fmt.Errorf("reading the sums of %s: %w", day.date, err)
		}
	}
	for _, order := range page {
		placed, ok := placedAt(order, w.conn.UNAS.Zone)
		if !ok || placed.Before(day.from) || !placed.Before(day.until) {
			continue
		}
		sum := sums[order.Currency]
		sum.Orders++
		total, err := punte.ParseAmount(sum.Gross)
		if gross, grossErr := punte.ParseAmount(order.SumPriceGross); grossErr == nil {
			if err != nil {
				total = gross
			} else if total, err = total.Add(gross); err != nil {
				return nil, fmt.Errorf("adding up %s: %w", day.date, err)
			}
			sum.Gross = total.String()
		}
		sums[order.Currency] = sum
	}
	return json.Marshal(sums)
}
