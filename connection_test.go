package punte_test

import (
	"testing"
	"time"

	"punte"
)

func TestDatesAreReadAndWrittenAsYearMonthDay(t *testing.T) {
	for _, text := range []string{"2026-01-01", "2024-02-29", "1999-12-31", "9999-12-31"} {
		if got, err := punte.ParseDate(text); err != nil || got.String() != text {
			t.Errorf("ParseDate(%q) = %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "2026-02-29", "2026-00-01", "2026-1-1", "26-01-01", "2026/01/01", "2026-01-01 ", "10000-01-01", "-001-01-01"} {
		if got, err := punte.ParseDate(text); punte.ErrorCode(err) != punte.Invalid {
			t.Errorf("ParseDate(%q) = %s, %v; want an invalid error", text, got, err)
		}
	}
}

func TestAnOrderBelongsFromMidnightOfTheShopsZone(t *testing.T) {
	at := func(text string) time.Time {
		instant, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return instant
	}
	tests := []struct {
		zone, start, placed string
		want                bool
	}{
		{"Europe/Budapest", "2026-01-01", "2025-12-31T23:00:00Z", true}, // 00:00 in Budapest
		{"Europe/Budapest", "2026-01-01", "2025-12-31T22:59:59Z", false},
		{"Europe/Budapest", "2026-01-01", "2026-01-01T00:00:00+01:00", true},
		{"Europe/Budapest", "2026-07-01", "2026-06-30T22:00:00Z", true}, // summer time
		{"Europe/Budapest", "2026-07-01", "2026-06-30T21:59:59Z", false},
		{"Europe/Bucharest", "2026-01-01", "2025-12-31T22:00:00Z", true},
		{"Europe/Bucharest", "2026-01-01", "2025-12-31T21:59:59Z", false},
		{"Europe/Budapest", "2026-03-29", "2026-03-28T23:00:00Z", true}, // the night clocks go forward
		{"Europe/Budapest", "2026-10-25", "2026-10-24T22:00:00Z", true}, // the night they go back
		{"Europe/Budapest", "2026-10-25", "2026-10-24T21:59:59Z", false},
		{"UTC", "2026-01-01", "2026-01-01T00:00:00Z", true},
		{"UTC", "2100-01-01", "2026-01-01T00:00:00Z", false},
	}
	for _, tt := range tests {
		start, err := punte.ParseDate(tt.start)
		if err != nil {
			t.Fatal(err)
		}
		c := punte.Connection{StartDate: start, UNAS: punte.UNASAccess{Zone: zone(t, tt.zone)}}
		// A late change brings no older order in.
		o := punte.Order{Placed: at(tt.placed), Modified: at("2100-01-02T00:00:00Z")}
		if got := c.Belongs(o); got != tt.want {
			t.Errorf("from %s in %s, an order of %s belongs: %t; want %t", tt.start, tt.zone, tt.placed, got, tt.want)
		}
	}
}
