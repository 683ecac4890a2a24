package engine

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"punte"
)

// habits are how the orders of an invented shop come.
type habits struct {
	perDay  float64
	uneven  float64 // how much days differ from each other: the deviation of the logarithm
	closed  bool    // on Sundays and by night
	decline float64 // of the rate in a year
}

// orders invents what a shop sells from then on, minute by minute of its opening hours.
func (h habits) orders(rng *rand.Rand, from time.Time, days int) []time.Time {
	var placed []time.Time
	for day := range days {
		midnight := from.AddDate(0, 0, day)
		rate := h.perDay * math.Exp(h.uneven*rng.NormFloat64()-h.uneven*h.uneven/2) * math.Pow(1-h.decline, float64(day)/365)
		for minute := range 24 * 60 {
			at := midnight.Add(time.Duration(minute) * time.Minute)
			share := 0.2
			if hour := at.Hour(); hour >= 7 && hour < 23 {
				share = 1.4
			} else if h.closed {
				share = 0
			}
			if h.closed && at.Weekday() == time.Sunday {
				share = 0
			}
			if rng.Float64() < rate*share/(24*60) {
				placed = append(placed, at)
			}
		}
	}
	return placed
}

func publicHoliday(at time.Time) bool {
	year, month, day := at.Date()
	return punte.Holiday(punte.Date{Year: year, Month: month, Day: day})
}

// watch looks at a shop every hour and counts the silences for which an alarm is raised.
func watch(placed []time.Time, from, until time.Time) (alarms int) {
	ringing := false
	begin, end := 0, 0
	for now := from; now.Before(until); now = now.Add(3 * quietEvery) {
		since := now.AddDate(0, 0, -7*quietWeeks)
		for begin < len(placed) && placed[begin].Before(since) {
			begin++
		}
		before := end
		for end < len(placed) && !placed[end].After(now) {
			end++
		}
		if before != end {
			ringing = false
		}
		if end == 0 || now.Sub(placed[end-1]) < time.Hour {
			continue // it would be far too early
		}
		// Most silences are far too short: that needs no reckoning.
		if silence := now.Sub(placed[end-1]).Hours(); ringing || silence*float64(end-begin)/(7*24*quietWeeks) < quietExpected/6 {
			continue
		}
		expected, enough, known := expectedSince(placed[begin:end], since, now, time.UTC, publicHoliday)
		if known && expected >= enough {
			alarms++
			ringing = true
		}
	}
	return alarms
}

func TestShopsThatSellRaiseNoAlarm(t *testing.T) {
	from := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	const days = 365
	shops, alarms := 0, 0
	for _, h := range []habits{
		{perDay: 0.5},
		{perDay: 2, uneven: 0.3},
		{perDay: 5, uneven: 0.5, closed: true},
		{perDay: 20, uneven: 0.5},
		{perDay: 20, uneven: 0.5, decline: 0.8},
	} {
		for seed := range uint64(2) {
			placed := h.orders(rand.New(rand.NewPCG(seed, 7)), from, days)
			n := watch(placed, from, from.AddDate(0, 0, days))
			shops++
			alarms += n
			if n > 1 {
				t.Errorf("%+v, seed %d: %d alarms in a year; want at most one", h, seed, n)
			}
		}
	}
	t.Logf("%d false alarms in %d years of shops", alarms, shops)
	if alarms > 2 {
		t.Errorf("%d false alarms in %d years of shops; want at most two", alarms, shops)
	}
}

func TestAShopThatStopsSellingRaisesAnAlarm(t *testing.T) {
	from := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		habits
		within time.Duration
	}{
		{habits{perDay: 200, uneven: 0.3}, 8 * time.Hour},
		{habits{perDay: 50, uneven: 0.4, closed: true}, 72 * time.Hour},
		{habits{perDay: 5, uneven: 0.5, closed: true}, 9 * 24 * time.Hour},
		{habits{perDay: 1}, 30 * 24 * time.Hour},
	} {
		for seed := range uint64(3) {
			stops := from.AddDate(0, 0, 150).Add(10 * time.Hour) // a Friday morning
			var placed []time.Time
			for _, at := range tt.orders(rand.New(rand.NewPCG(seed, 9)), from, 151) {
				if at.Before(stops) {
					placed = append(placed, at)
				}
			}
			if n := watch(placed, stops, stops.Add(tt.within)); n != 1 {
				t.Errorf("%+v, seed %d: %d alarms within %v of the last order, want 1", tt.habits, seed, n, tt.within)
			}
		}
	}
}

func TestNothingIsExpectedOnHolidaysAndOfNewShops(t *testing.T) {
	from := time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC)
	placed := habits{perDay: 30}.orders(rand.New(rand.NewPCG(1, 1)), from, 84)
	last := placed[len(placed)-1] // 23 December
	christmas, _, _ := expectedSince(placed, from, time.Date(2025, 12, 27, 0, 0, 0, 0, time.UTC), time.UTC, publicHoliday)
	ordinary, _, known := expectedSince(placed, from, time.Date(2025, 12, 27, 0, 0, 0, 0, time.UTC), time.UTC, func(time.Time) bool { return false })
	if christmas > 5 || ordinary < 60 || !known {
		t.Errorf("%v orders expected over Christmas, %v if those were ordinary days; want few, and three days' worth", christmas, ordinary)
	}
	if _, _, known := expectedSince(placed[len(placed)-200:], last.AddDate(0, 0, -7), last.AddDate(0, 0, 2), time.UTC, publicHoliday); known {
		t.Error("a week is enough to know a shop; want more")
	}
}
