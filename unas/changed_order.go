package unas

import (
	"cmp"
	"strings"
	"time"
)

// assessment is what the printed times of a full answer tell.
type assessment struct {
	first, last int64 // seconds of the first and last row's modification
	complete    int64 // every row modified before this second is in the answer; 0: unknown
}

// zoneDoubt is how far printed and true time may differ before printed times no
// longer count.
const zoneDoubt = 10 * time.Minute

// fewest is how many rows can show an order: fewer may look sorted by chance.
const fewest = 50

// assess reports whether a full answer is sorted by modification and how much of its
// window it completes. Printed times count only where each stands for one moment and
// all lie within the bounds asked for.
func (w *walk[T]) assess(rows []T, asked span) (a assessment, trusted bool) {
	zone := w.client.options.Zone
	if len(rows) < fewest {
		return a, false
	}
	if ahead := w.client.kept().Ahead; ahead >= zoneDoubt || ahead <= -zoneDoubt {
		return a, false
	}
	if asked.repeatedHours(zone).touches() {
		return a, false
	}
	times := make([]int64, len(rows))
	for i, row := range rows {
		t, err := time.ParseInLocation(printedTime, w.stamp(row).modified, zone)
		if err != nil {
			return a, false
		}
		times[i] = t.Unix()
		if times[i] < asked.from || times[i] > asked.until || i > 0 && times[i] < times[i-1] {
			return a, false
		}
	}
	a.first, a.last = times[0], times[len(times)-1]
	a.complete = a.last
	if w.sorts {
		return a, true
	}
	switch by := w.otherOrder(rows); {
	case a.first == a.last, by.descending:
		// All of one second, or newest orders first: the order proves nothing, and
		// what is missing may be of any time.
		a.complete = 0
	case by.ascending:
		// The answer may as well be sorted by placing, and only look sorted by
		// modification. What is missing was then placed, and so modified, no earlier
		// than the last order was placed.
		placed, err := time.ParseInLocation(printedTime, w.stamp(rows[len(rows)-1]).placed, zone)
		if err != nil {
			return assessment{first: a.first, last: a.last}, true
		}
		a.complete = min(a.last, placed.Unix())
	default:
		w.sorts = true
	}
	return a, true
}

// learn notes from an answer whether bounds are included, and reports whether that
// is news.
func (w *walk[T]) learn(rows []T, asked span) bool {
	zone := w.client.options.Zone
	if asked.repeatedHours(zone).touches() {
		return false
	}
	var onFrom, onUntil bool
	for _, row := range rows {
		t, err := time.ParseInLocation(printedTime, w.stamp(row).modified, zone)
		if err != nil || t.Unix() < asked.from || t.Unix() > asked.until {
			return false // printed times can't be relied on
		}
		onFrom = onFrom || t.Unix() == asked.from
		onUntil = onUntil || t.Unix() == asked.until
	}
	news := onFrom && !w.includesFrom || onUntil && !w.includesUntil
	w.includesFrom = w.includesFrom || onFrom
	w.includesUntil = w.includesUntil || onUntil
	return news
}

// directions says whether rows run in an order.
type directions struct{ ascending, descending bool }

// otherOrder reports whether the rows run by id or by time of placing. A service that
// ignores the wished order most likely sorts by one of these.
func (w *walk[T]) otherOrder(rows []T) directions {
	byID, byDate := directions{true, true}, directions{true, true}
	for i := 1; i < len(rows); i++ {
		before, at := w.stamp(rows[i-1]), w.stamp(rows[i])
		byID.note(compareIDs(before.id, at.id))
		byDate.note(strings.Compare(before.placed, at.placed))
	}
	return directions{byID.ascending || byDate.ascending, byID.descending || byDate.descending}
}

func (d *directions) note(c int) {
	d.ascending = d.ascending && c <= 0
	d.descending = d.descending && c >= 0
}

// compareIDs compares numbers written without leading zeros.
func compareIDs(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// middle returns where to cut s: half-way, but at the edges of the repeated hours of
// autumn if it has them inside, so that only these are halved further.
func (s span) middle(zone *time.Location) int64 {
	const margin = 5 // seconds, more than is asked for beyond a span
	r := s.repeatedHours(zone)
	if r.touches() {
		if first := r.from - margin; first > s.from && first <= s.until {
			return first - 1
		}
		if last := r.until + margin; last >= s.from && last < s.until {
			return last
		}
	}
	return s.from + (s.until-s.from)/2
}

// repeated is a stretch whose printed times stand for two moments; zero if there is
// none.
type repeated span

func (r repeated) touches() bool { return r != repeated{} }

// mostBack is longer than any clock is ever put back.
const mostBack = 3 * 3600

// repeatedHours returns the first stretch of repeated printed times that touches s.
func (s span) repeatedHours(zone *time.Location) repeated {
	t := time.Unix(s.from-mostBack, 0).In(zone)
	for {
		_, end := t.ZoneBounds()
		if end.IsZero() || end.Unix()-mostBack > s.until {
			return repeated{}
		}
		_, before := end.Add(-time.Second).Zone()
		_, after := end.Zone()
		back := int64(before - after)
		if back > 0 && end.Unix()-back <= s.until && end.Unix()+back > s.from {
			return repeated{end.Unix() - back, end.Unix() + back - 1}
		}
		t = end
	}
}
