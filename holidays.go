package punte

import "time"

// Holiday says that the day is a public holiday in Hungary or in Romania, by today's
// laws of both: shops of one sell into the other, and a quiet day more does no harm.
// Sources: Act I of 2012 (Hungary), § 102, with 24 December since 2025; Codul muncii
// (Romania), article 139, with 6 and 7 January since 2024.
func Holiday(d Date) bool {
	type monthDay struct {
		month time.Month
		day   int
	}
	switch (monthDay{d.Month, d.Day}) {
	case monthDay{time.January, 1}, monthDay{time.May, 1}, monthDay{time.December, 25}, monthDay{time.December, 26}: // both
		return true
	case monthDay{time.March, 15}, monthDay{time.August, 20}, monthDay{time.October, 23}, monthDay{time.November, 1}, monthDay{time.December, 24}: // Hungary
		return true
	case monthDay{time.January, 2}, monthDay{time.January, 6}, monthDay{time.January, 7}, monthDay{time.January, 24},
		monthDay{time.June, 1}, monthDay{time.August, 15}, monthDay{time.November, 30}, monthDay{time.December, 1}: // Romania
		return true
	}
	return movable(d, WesternEaster(d.Year)) || movable(d, OrthodoxEaster(d.Year))
}

// movable says that the day is Good Friday, Easter Sunday or Monday, Whit Sunday or
// Monday of that Easter.
func movable(d, easter Date) bool {
	sunday := easter.Midnight(time.UTC)
	switch int(d.Midnight(time.UTC).Sub(sunday) / (24 * time.Hour)) {
	case -2, 0, 1, 49, 50:
		return true
	}
	return false
}

// WesternEaster is Easter Sunday of the Gregorian calendar, by the algorithm of Meeus,
// Jones and Butcher.
func WesternEaster(year int) Date {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 19*l) / 433
	month := (h + l - 7*m + 90) / 25
	day := (h + l - 7*m + 33*month + 19) % 32
	return Date{Year: year, Month: time.Month(month), Day: day}
}

// OrthodoxEaster is Easter Sunday of the Julian calendar as a date of the Gregorian,
// by Meeus's algorithm.
func OrthodoxEaster(year int) Date {
	a, b, c := year%4, year%7, year%19
	d := (19*c + 15) % 30
	e := (2*a + 4*b - d + 34) % 7
	month, day := (d+e+114)/31, (d+e+114)%31+1
	behind := year/100 - year/400 - 2 // days that the Julian calendar is behind
	at := time.Date(year, time.Month(month), day+behind, 0, 0, 0, 0, time.UTC)
	return Date{Year: at.Year(), Month: at.Month(), Day: at.Day()}
}
