package unassim

import "time"

// The shares of the year's months, the week's days and the day's hours in the orders of a shop, in percent of
// an average one. Shop-local time.
var (
	monthShare = [13]int{time.January: 90, time.February: 85, time.March: 100, time.April: 112, time.May: 108, time.June: 88, time.July: 70, time.August: 72, time.September: 95, time.October: 105, time.November: 145, time.December: 150}
	dayShare   = [7]int{time.Sunday: 92, time.Monday: 118, time.Tuesday: 112, time.Wednesday: 106, time.Thursday: 104, time.Friday: 90, time.Saturday: 72}
	hourShare  = [24]int{25, 12, 7, 5, 6, 15, 40, 75, 115, 150, 165, 160, 140, 135, 140, 135, 125, 120, 125, 145, 175, 180, 135, 70}
)

// blackFriday is the fourth Friday of November.
func blackFriday(t time.Time) bool {
	return t.Month() == time.November && t.Weekday() == time.Friday && t.Day() > 21 && t.Day() < 29
}

// weight is how many orders an hour brings, in parts of an average one.
func weight(t time.Time) int64 {
	share := int64(monthShare[t.Month()]) * int64(dayShare[t.Weekday()]) * int64(hourShare[t.Hour()])
	switch {
	case blackFriday(t):
		return share * 5
	case blackFriday(t.AddDate(0, 0, -1)), blackFriday(t.AddDate(0, 0, -2)), blackFriday(t.AddDate(0, 0, -3)):
		return share * 9 / 5
	case t.Month() == time.December && t.Day() > 23 && t.Day() < 27, t.Month() == time.January && t.Day() == 1:
		return share / 6
	case t.Month() == time.December && t.Day() > 19:
		return share / 2
	}
	return share
}

// calendar spreads orders over time: sum[h] is the weight of the hours before the h-th since from.
type calendar struct {
	from time.Time
	sum  []int64
	hour int // where the last order fell; they are asked for in their order
}

// newCalendar covers the time up to ten minutes before now.
func newCalendar(now time.Time, days int, zone *time.Location) *calendar {
	c := &calendar{from: now.Add(-time.Duration(days) * 24 * time.Hour), sum: []int64{0}}
	for h := range days * 24 {
		w := max(weight(c.from.Add(time.Duration(h)*time.Hour).In(zone)), 1)
		c.sum = append(c.sum, c.sum[h]+w)
	}
	return c
}

// at is the moment when that share of all weight has passed; share and of make the fraction. Shares must not fall.
func (c *calendar) at(share, of int64) time.Time {
	hours := len(c.sum) - 1
	whole := c.sum[hours]
	// The two halves keep the product within 64 bits: whole has some 35 bits, of some 30.
	target := whole/of*share + whole%of*share/of
	for c.hour < hours-1 && c.sum[c.hour+1] <= target {
		c.hour++
	}
	within := time.Duration(target-c.sum[c.hour]) * time.Hour / time.Duration(c.sum[c.hour+1]-c.sum[c.hour])
	at := c.from.Add(time.Duration(c.hour)*time.Hour + within)
	if latest := c.from.Add(time.Duration(hours)*time.Hour - 10*time.Minute); at.After(latest) {
		at = latest
	}
	return second(at)
}

// atWork moves a moment into the hours when the people of a shop work on orders, never before it.
func atWork(t time.Time, zone *time.Location) time.Time {
	local := t.In(zone)
	switch h := local.Hour(); {
	case h < 7:
		t = t.Add(time.Duration(7-h) * time.Hour)
	case h > 17:
		t = t.Add(time.Duration(31-h) * time.Hour)
	}
	for day := t.In(zone).Weekday(); day == time.Saturday || day == time.Sunday; day = t.In(zone).Weekday() {
		t = t.Add(24 * time.Hour)
	}
	return t
}
