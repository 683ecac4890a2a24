package engine

import (
	"context"
	"fmt"
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
	quietHistory = 5 * 7 * 24 * time.Hour
	quietOrders  = 30
	// quietExpected is how many orders must have been expected since the last one at
	// least. If orders came at random and independently, a silence would be as long by
	// chance once in e^15, three million times.
	quietExpected = 15.0
	// quietLonger is for days that are slower than others: the silence must have cost so
	// many times more orders than the longest of the weeks learned from.
	quietLonger = 2.0
)

func (w *Work) quietReady(ctx context.Context, at time.Time) (time.Time, bool, error) {
	_, begun, err := w.cursor(ctx, cursorOrders)
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
	expected, enough, known := expectedSince(placed, later(since, w.conn.Start()), now, zone, func(at time.Time) bool {
		year, month, day := at.In(zone).Date()
		return punte.Holiday(punte.Date{Year: year, Month: month, Day: day}) || at.Before(holiday)
	})
	if !known || expected < enough {
		return s.EndAlert(ctx, w.saved.ID, store.AlertNoOrders)
	}
	last := placed[len(placed)-1]
	text := fmt.Sprintf("the shop has had no order since %s; by its own last weeks about %.0f would have come; look whether one can order there, or say punte holiday if it is closed",
		last.In(zone).Format("2006-01-02 15:04"), expected)
	w.engine.notice(w.saved.ID, text)
	return s.Alert(ctx, w.saved.ID, store.AlertNoOrders, text, now)
}

// expectedSince is how many orders should have been placed between the last of placed
// and now, by what came at that hour of that weekday before, and how many are enough to
// call the shop silent: more than in any silence of those weeks. Hours of quiet days are
// neither learned from nor counted. It is not known of a shop with little history.
func expectedSince(placed []time.Time, since, now time.Time, zone *time.Location, quiet func(time.Time) bool) (expected, enough float64, known bool) {
	if len(placed) < quietOrders || placed[len(placed)-1].Sub(later(since, placed[0])) < quietHistory {
		return 0, 0, false
	}
	h := learn(placed, now, zone, quiet)
	last := placed[len(placed)-1]
	longest := 0.0
	for i := 1; i < len(placed); i++ {
		longest = max(longest, h.until(placed[i])-h.until(placed[i-1]))
	}
	return h.until(now) - h.until(last), max(quietExpected, quietLonger*longest), true
}

// habit is how many orders a shop gets, added up from the first hour on.
type habit struct {
	begin time.Time
	sum   []float64 // until the beginning of each hour
}

// until is how many orders come between the beginning and then.
func (h habit) until(then time.Time) float64 {
	hour := int(then.Sub(h.begin) / time.Hour)
	if hour < 0 || hour+1 >= len(h.sum) {
		return h.sum[max(0, min(hour, len(h.sum)-1))]
	}
	part := then.Sub(h.begin.Add(time.Duration(hour) * time.Hour)).Hours()
	return h.sum[hour] + part*(h.sum[hour+1]-h.sum[hour])
}

// learn takes the habits of a shop from when its orders were placed, each hour of the
// week by itself.
func learn(placed []time.Time, now time.Time, zone *time.Location, quiet func(time.Time) bool) habit {
	h := habit{begin: placed[0].Truncate(time.Hour)}
	last := placed[len(placed)-1]
	slots := make([]int, 0, 1+int(now.Sub(h.begin)/time.Hour))
	orders, hours := make([]float64, 7*24), make([]float64, 7*24)
	for at := h.begin; at.Before(now); at = at.Add(time.Hour) {
		local := at.In(zone)
		slot := int(local.Weekday())*24 + local.Hour()
		if quiet(at) {
			slot = -1
		}
		slots = append(slots, slot)
		if slot >= 0 && at.Before(last) {
			hours[slot]++ //nolint:gosec // below 7*24 by what makes it
		}
	}
	for _, at := range placed {
		if i := int(at.Sub(h.begin) / time.Hour); i < len(slots) && slots[i] >= 0 {
			orders[slots[i]]++
		}
	}
	h.sum = make([]float64, 1, len(slots)+1)
	for _, slot := range slots {
		rate := 0.0
		if slot >= 0 && hours[slot] > 0 {
			rate = orders[slot] / hours[slot]
		}
		h.sum = append(h.sum, h.sum[len(h.sum)-1]+rate)
	}
	return h
}

// HolidayUntil notes that a shop is closed until then and that nobody need be told that
// it has no orders; the zero time ends that.
func (e *Engine) HolidayUntil(ctx context.Context, id string, until time.Time) error {
	return e.Store.SetCursor(ctx, id, cursorHoliday, until)
}
