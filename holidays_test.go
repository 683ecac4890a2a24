package punte_test

import (
	"testing"

	"punte"
)

func TestEasterIsThatOfTheAlmanacs(t *testing.T) {
	for _, tt := range []struct {
		year              int
		western, orthodox string
	}{
		{2008, "2008-03-23", "2008-04-27"},
		{2011, "2011-04-24", "2011-04-24"},
		{2016, "2016-03-27", "2016-05-01"},
		{2017, "2017-04-16", "2017-04-16"},
		{2019, "2019-04-21", "2019-04-28"},
		{2021, "2021-04-04", "2021-05-02"},
		{2022, "2022-04-17", "2022-04-24"},
		{2023, "2023-04-09", "2023-04-16"},
		{2024, "2024-03-31", "2024-05-05"},
		{2025, "2025-04-20", "2025-04-20"},
		{2026, "2026-04-05", "2026-04-12"},
		{2027, "2027-03-28", "2027-05-02"},
		{2028, "2028-04-16", "2028-04-16"},
		{2030, "2030-04-21", "2030-04-28"},
		{2038, "2038-04-25", "2038-04-25"},
	} {
		if got := punte.WesternEaster(tt.year).String(); got != tt.western {
			t.Errorf("WesternEaster(%d) = %s, want %s", tt.year, got, tt.western)
		}
		if got := punte.OrthodoxEaster(tt.year).String(); got != tt.orthodox {
			t.Errorf("OrthodoxEaster(%d) = %s, want %s", tt.year, got, tt.orthodox)
		}
	}
}

func TestHolidaysOfBothCountriesAreKnown(t *testing.T) {
	for day, want := range map[string]bool{
		"2026-01-01": true, "2026-01-02": true, "2026-01-03": false, "2026-01-06": true, "2026-01-07": true, "2026-01-24": true,
		"2026-03-15": true, "2026-03-16": false, "2026-05-01": true, "2026-06-01": true, "2026-08-15": true, "2026-08-20": true,
		"2026-10-23": true, "2026-11-01": true, "2026-11-30": true, "2026-12-01": true, "2026-12-24": true, "2026-12-25": true, "2026-12-26": true, "2026-12-27": false,
		"2026-04-03": true, "2026-04-05": true, "2026-04-06": true, // Good Friday and Easter, Hungary
		"2026-05-24": true, "2026-05-25": true, // Pentecost, Hungary
		"2026-04-10": true, "2026-04-12": true, "2026-04-13": true, // Good Friday and Easter, Romania
		"2026-05-31": true, // Pentecost, Romania; its Monday is Children's Day
		"2026-04-04": false, "2026-04-07": false, "2026-04-14": false, "2026-06-02": false,
		"2024-05-03": true, "2024-05-06": true, "2024-06-23": true, "2024-06-24": true, "2024-06-25": false,
	} {
		d, err := punte.ParseDate(day)
		if err != nil {
			t.Fatal(err)
		}
		if got := punte.Holiday(d); got != want {
			t.Errorf("Holiday(%s) = %t, want %t", day, got, want)
		}
	}
}
