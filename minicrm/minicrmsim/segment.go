package minicrmsim

import (
	"strconv"
	"time"
)

// A segment is what the Webshop module makes of a customer. MiniCRM moves a
// card from one to the next by itself.
type segment string

const (
	subscriber   segment = "subscriber"
	registered   segment = "registered"
	newcomer     segment = "new"
	promising    segment = "promising"
	loyal        segment = "loyal"
	passive      segment = "passive"
	passiveLoyal segment = "passive-loyal"
	lost         segment = "lost"
	lostLoyal    segment = "lost-loyal"
	inactive     segment = "inactive"
	unsubscribed segment = "unsubscribed"
)

// segments in the order of the module's statuses.
var segments = []segment{
	subscriber, registered, newcomer, promising, loyal, passive, passiveLoyal, lost, lostLoyal, inactive, unsubscribed,
}

// group is the status group a segment is shown under; nobody published it.
func (s segment) group() string {
	switch s {
	case subscriber, registered:
		return "Lead"
	case loyal, passiveLoyal:
		return "Success"
	case lost, lostLoyal, inactive, unsubscribed:
		return "Failed"
	}
	return "Open"
}

// segmentOf reads the rules of the Webshop module so that each customer is in
// exactly one segment: n orders, the last of them days ago. Without orders the
// days are those in the segment Registered.
func segmentOf(n, days int) segment {
	within := func(first, second int, a, b, c segment) segment {
		switch {
		case days <= first:
			return a
		case days <= second:
			return b
		}
		return c
	}
	switch {
	case n == 0:
		return within(60, 60, registered, registered, inactive)
	case n == 1:
		return within(30, 60, newcomer, passive, lost)
	case n <= 3:
		return within(60, 90, promising, passive, lost)
	}
	return within(90, 365, loyal, passiveLoyal, lostLoyal)
}

// counts says whether an order makes its customer a buyer.
func (c *CRM) counts(o *order) bool {
	if c.o.Switches.SegmentsByPaidOnly {
		return o.state == Paid
	}
	return o.state != Draft && o.state != Failed
}

// recompute fills the computed fields of a customer's card from its orders and
// moves it to its segment. It reports whether anything changed.
func (c *CRM) recompute(k *card, at time.Time) bool {
	if k == nil || k.module.kind != "webshop" {
		return false
	}
	n, last, turnover := 0, "", zero
	for _, o := range k.orders {
		if !c.counts(o) {
			continue
		}
		n++
		last = max(last, o.performance)
		if sum, err := turnover.Add(o.gross); err == nil {
			turnover = sum
		}
	}
	changed := false
	set := func(name, value string) {
		if k.fields[name] != value {
			k.fields[name] = value
			changed = true
		}
	}
	set(computedCount, strconv.Itoa(n))
	set(computedTurnover, canonical(turnover))
	set(computedLast, last)
	return c.moveSegment(k, n, last, at) || changed
}

func (c *CRM) moveSegment(k *card, n int, last string, at time.Time) bool {
	if c.o.Switches.SegmentsOff {
		return false
	}
	var to segment
	if n == 0 {
		to = c.segmentWithoutOrders(k, at)
	} else {
		day, ok := parseTime(last, c.o.Zone)
		if !ok {
			day = k.born
		}
		to = segmentOf(n, daysBetween(day, at, c.o.Zone))
	}
	target := k.module.statusOfSegment(to)
	if target == nil || target.id == k.status {
		return false
	}
	c.moveCard(k, target.id, c.stamp(at))
	return true
}

// segmentWithoutOrders is where a customer without orders belongs. Subscribers
// stay, and so does who unsubscribed; the registered become inactive after 60
// days of being just that.
func (c *CRM) segmentWithoutOrders(k *card, at time.Time) segment {
	current := registered
	if s := k.module.status(k.status); s != nil {
		current = s.segment
	}
	since := k.statusUpdated
	switch {
	case current == subscriber || current == unsubscribed:
		return current
	case c.o.Switches.InactiveByRegistration:
		since = k.fields["WebshopRegistrationDate"]
	case current == inactive:
		return inactive
	case current != registered:
		return registered
	}
	day, ok := parseTime(since, c.o.Zone)
	if !ok {
		day = k.born
	}
	return segmentOf(0, daysBetween(day, at, c.o.Zone))
}

// refresh is recompute outside a document: what it changes touches the card.
func (c *CRM) refresh(k *card, at time.Time) {
	if c.recompute(k, at) {
		c.touchCard(k, c.stamp(at))
	}
}

// daysBetween counts calendar days in a zone.
func daysBetween(from, to time.Time, zone *time.Location) int {
	day := func(t time.Time) time.Time {
		y, m, d := t.In(zone).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return int(day(to).Sub(day(from)) / (24 * time.Hour))
}

// resegment moves all cards on when a new day has begun. Callers hold mu.
func (c *CRM) resegment() {
	now := c.now()
	today := now.In(c.o.Zone).Format("2006-01-02")
	if today == c.segmentDay {
		return
	}
	c.segmentDay = today
	c.revision++
	for _, m := range c.modules {
		if m.kind != "webshop" {
			continue
		}
		for _, k := range m.cards {
			c.refresh(k, now)
		}
	}
}
