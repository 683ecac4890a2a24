package engine

import (
	"context"
	"fmt"
	"math"
	"time"

	"punte"
	"punte/store"
)

const (
	// cursorHoliday is until when a shop has no orders because it is closed.
	cursorHoliday = "holiday.until"
	// quietEvery is how often a shop is looked at for having no orders.
	quietEvery = time.Hour
	// quietWeeks is from how many of its weeks a shop's habits are learned.
	quietWeeks = 8
	// quietHistory is how much of them, and how many orders, are needed at least.
	quietHistory = 3 * 7 * 24 * time.Hour
	quietOrders  = 30
	// quietExpected is how many orders must have been expected since the last one. If
	// orders came at random and independently, a silence would be as long by chance once
	// in e^12, 160,000 times; the rest is for days that are slower than others.
	quietExpected = 12.0
)

func (w *Work) quietReady(ctx context.Context, at time.Time) (time.Time, bool, error) {
	_, begun, err := w.engine.Store.Cursor(ctx, w.saved.ID, cursorOrders)
	return at, begun, err
}

// listen raises an alert if the shop has no orders although it should, and ends it when
// it has. A shop that can't be read is not called silent.
func (w *Work) listen(ctx context.Context) error {
	s, now := w.engine.Store, w.engine.Now()
	if err := w.setDue(ctx, dueQuiet, now.Add(quietEvery)); err != nil {
		return err
	}
	cursor, _, err := s.Cursor(ctx, w.saved.ID, cursorOrders)
	if err != nil || now.Sub(cursor) > quietEvery {
		return err
	}
	holiday, _, err := s.Cursor(ctx, w.saved.ID, cursorHoliday)
	if err != nil {
		return err
	}
	since := now.AddDate(0, 0, -7*quietWeeks)
	placed, err := s.PlacedSince(ctx, w.saved.ID, since)
	if err != nil {
		return err
	}
	zone := w.conn.UNAS.Zone
	expected, known := expectedSince(placed, later(since, w.conn.Start()), now, zone, func(at time.Time) bool {
		year, month, day := at.In(zone).Date()
		return punte.Holiday(punte.Date{Year: year, Month: month, Day: day}) || at.Before(holiday)
	})
	if !known || expected < quietExpected {
		return s.EndAlert(ctx, w.saved.ID, store.AlertNoOrders)
	}
	last := placed[len(placed)-1]
	text := fmt.Sprintf("the shop has had no order since %s; by its own last weeks about %.0f would have come; look whether one can order there, or say punte holiday if it is closed",
		last.In(zone).Format("2006-01-02 15:04"), expected)
	w.engine.notice(w.saved.ID, text)
	return s.Alert(ctx, w.saved.ID, store.AlertNoOrders, text, now)
}

// expectedSince is how many orders should have been placed between the last of placed
// and now, by what came at that hour of that weekday before; hours of quiet days are
// neither learned from nor counted. If the last two weeks brought less than those before,
// less is expected. It is not known of a shop with little history.
func expectedSince(placed []time.Time, since, now time.Time, zone *time.Location, quiet func(time.Time) bool) (float64, bool) {
	if len(placed) < quietOrders || placed[len(placed)-1].Sub(later(since, placed[0])) < quietHistory {
		return 0, false
	}
	first, last := placed[0].Truncate(time.Hour), placed[len(placed)-1]
	slot := func(at time.Time) int {
		local := at.In(zone)
		return int(local.Weekday())*24 + local.Hour()
	}
	var orders, hours [7 * 24]float64
	lateFrom := last.AddDate(0, 0, -14)
	var late, all, lateHours, allHours float64
	count := func(at time.Time) {
		if quiet(at) {
			return
		}
		orders[slot(at)]++
		all++
		if !at.Before(lateFrom) {
			late++
		}
	}
	for _, at := range placed {
		count(at)
	}
	for at := first; at.Before(last); at = at.Add(time.Hour) {
		if quiet(at) {
			continue
		}
		hours[slot(at)]++
		allHours++
		if !at.Before(lateFrom) {
			lateHours++
		}
	}
	trend := 1.0
	if lateHours > 0 && all > 0 {
		trend = min(1, late/lateHours/(all/allHours))
	}
	expected := 0.0
	for at := last; at.Before(now); {
		next := earlier(at.Truncate(time.Hour).Add(time.Hour), now)
		if i := slot(at); !quiet(at) && hours[i] > 0 {
			expected += orders[i] / hours[i] * next.Sub(at).Hours()
		}
		at = next
	}
	return math.Round(expected*trend*1000) / 1000, true
}

// HolidayUntil notes that a shop is closed until then and that nobody need be told that
// it has no orders; the zero time ends that.
func (e *Engine) HolidayUntil(ctx context.Context, id string, until time.Time) error {
	return e.Store.SetCursor(ctx, id, cursorHoliday, until)
}
