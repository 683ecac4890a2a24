package unas

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

// row is an order of a movingList; times are Unix seconds.
type row struct {
	id, placed, modified int64
}

// movingList answers getOrder from memory, as a transport, and goes on living: some
// orders are modified at each call, and then leave the window that is read.
type movingList struct {
	t      testing.TB
	rows   []row
	zone   *time.Location
	random *rand.Rand

	sort                        string // modified, id, newest, placed
	includesFrom, includesUntil bool
	churn                       int // orders modified at each call, for the first 40 calls
	ignoresStart                bool
	after                       func(call int) // if set, what happens between the calls
	now                         int64

	calls int
}

func (l *movingList) RoundTrip(r *http.Request) (*http.Response, error) {
	var p struct {
		TimeModStart, TimeModEnd int64
		Order                    string
		LimitNum, LimitStart     int
		Lang                     string
	}
	if err := xml.NewDecoder(r.Body).Decode(&p); err != nil {
		return nil, err
	}
	if p.Order != ByModification || p.LimitNum != fullAnswer || p.Lang != "base" {
		l.t.Errorf("asked for %+v", p)
	}
	l.calls++
	var found []row
	for _, o := range l.rows {
		after := o.modified > p.TimeModStart || l.includesFrom && o.modified == p.TimeModStart
		before := o.modified < p.TimeModEnd || l.includesUntil && o.modified == p.TimeModEnd
		if after && before {
			found = append(found, o)
		}
	}
	slices.SortStableFunc(found, func(a, b row) int {
		switch l.sort {
		case "modified":
			return cmp.Compare(a.modified, b.modified)
		case "placed":
			return cmp.Compare(a.placed, b.placed)
		case "newest":
			return cmp.Compare(b.id, a.id)
		}
		return cmp.Compare(a.id, b.id)
	})
	if !l.ignoresStart {
		found = found[min(p.LimitStart, len(found)):]
	}
	found = found[:min(p.LimitNum, len(found))]
	var b bytes.Buffer
	b.WriteString("<Orders>")
	for _, o := range found {
		b.WriteString("<Order><Id>" + strconv.FormatInt(o.id, 10) + "</Id><Date>" + l.print(o.placed) + "</Date><DateMod>" +
			l.print(o.modified) + "</DateMod><Weight>" + strconv.FormatInt(o.modified, 10) + "</Weight></Order>")
	}
	b.WriteString("</Orders>")
	if l.after != nil {
		l.after(l.calls)
	}
	if l.calls <= 40 {
		for range l.churn {
			l.now++
			l.rows[l.random.IntN(len(l.rows))].modified = l.now
		}
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(&b)}, nil
}

func (l *movingList) print(t int64) string { return time.Unix(t, 0).In(l.zone).Format(printedTime) }

func (l *movingList) client(ahead time.Duration, zone *time.Location) *Client {
	now := func() time.Time { return time.Unix(l.now, 0) }
	return New(Options{
		BaseURL: "http://shop.example/", Transport: l, Zone: zone, Now: now,
		Token: Token{Value: NewSecret("x"), Expires: now().Add(time.Hour), Ahead: ahead},
	})
}

// read runs Changed and holds each batch to its promise. The true second of a
// modification travels as Weight.
func (l *movingList) read(c *Client, from, until int64) error {
	l.t.Helper()
	delivered := make(map[row]bool)
	var through time.Time
	calls := 0
	for b, err := range c.Changed(l.t.Context(), time.Unix(from, 0), time.Unix(until, 0)) {
		if err != nil {
			return err
		}
		calls += b.Calls
		if len(b.Orders) > fullAnswer || b.Calls == 0 && len(b.Orders) > 0 {
			l.t.Fatalf("a batch of %d orders from %d calls", len(b.Orders), b.Calls)
		}
		for _, o := range b.Orders {
			id, _ := strconv.ParseInt(o.ID, 10, 64)
			modified, _ := strconv.ParseInt(o.Weight, 10, 64)
			delivered[row{id: id, modified: modified}] = true
		}
		if b.Through.Before(through) {
			l.t.Fatalf("Through went back from %v to %v", through, b.Through)
		}
		through = b.Through
		for _, o := range l.rows {
			if o.modified >= from && o.modified <= through.Unix() && !delivered[row{id: o.id, modified: o.modified}] {
				l.t.Fatalf("order %d, modified %v, was not read though everything through %v should be",
					o.id, time.Unix(o.modified, 0).UTC(), through)
			}
		}
	}
	if through.Unix() != until {
		l.t.Fatalf("the reading ended through %v; want %v", through, time.Unix(until, 0).UTC())
	}
	if calls != l.calls {
		l.t.Fatalf("batches count %d calls; %d were made", calls, l.calls)
	}
	return nil
}

// histories are ways in which a shop's orders come to be modified within a window
// that begins at from.
var histories = map[string]func(r *rand.Rand, from int64, o *row){
	"all day":     func(r *rand.Rand, from int64, o *row) { o.modified = from + r.Int64N(86400) },
	"never again": func(_ *rand.Rand, _ int64, o *row) { o.modified = o.placed },
	"a few later": func(r *rand.Rand, _ int64, o *row) {
		o.modified = o.placed
		if r.IntN(400) == 0 {
			o.modified += r.Int64N(7200)
		}
	},
	"in clumps": func(r *rand.Rand, from int64, o *row) { o.modified = from + 600 + r.Int64N(6) },
	"all at once": func(r *rand.Rand, from int64, o *row) {
		o.modified = from + 3000 + r.Int64N(3000)
		if r.IntN(3) > 0 {
			o.modified = from + 4500
		}
	},
	"old ones at once": func(r *rand.Rand, from int64, o *row) {
		o.modified = o.placed
		if o.id < 800 {
			o.modified = from + 5000
		}
	},
	"in order of id":  func(_ *rand.Rand, from int64, o *row) { o.modified = from + 7200 + o.id/3 },
	"at the edges":    func(r *rand.Rand, from int64, o *row) { o.modified = from + 86399*r.Int64N(2) + r.Int64N(2) },
	"newest first":    func(_ *rand.Rand, from int64, o *row) { o.modified = from + 9000 - o.id },
	"within the hour": func(r *rand.Rand, from int64, o *row) { o.modified = from + 82800 + r.Int64N(3600) },
}

func TestChangedLosesNoOrderOfAListThatMoves(t *testing.T) {
	zone := budapest(t)
	starts := map[string]time.Time{
		"summer": time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC),
		"autumn": time.Date(2026, 10, 24, 2, 0, 0, 0, time.UTC), // the clock goes back 23 hours later
		"at it":  time.Date(2026, 10, 24, 23, 30, 0, 0, time.UTC),
	}
	for history, modify := range histories {
		for season, start := range starts {
			for _, sort := range []string{"modified", "id", "newest", "placed"} {
				if season != "summer" && (sort == "newest" || sort == "placed") {
					continue // the others are enough, and this is the longest test
				}
				t.Run(fmt.Sprintf("%s/%s/by %s", history, season, sort), func(t *testing.T) {
					random := seeded(t)
					from := start.Unix()
					l := &movingList{
						t: t, zone: zone, random: random, sort: sort,
						includesFrom: random.IntN(2) == 0, includesUntil: random.IntN(2) == 0,
						churn: random.IntN(3), now: from + 2*86400,
					}
					placed := from
					for i := range int64(1100) {
						placed += random.Int64N(155)
						o := row{id: 100 + i, placed: placed}
						modify(random, from, &o)
						l.rows = append(l.rows, o)
					}
					err := l.read(l.client(0, zone), from, from+86400)
					if err != nil && !(l.churn > 0 && isKind(err, Unsettled)) {
						t.Fatal(err)
					}
				})
			}
		}
	}
}

// seeded gives each test its own numbers, the same in every run; SEED in the
// environment gives others.
func seeded(t *testing.T) *rand.Rand {
	h := fnv.New64a()
	_, _ = io.WriteString(h, t.Name()+os.Getenv("SEED"))
	return rand.New(rand.NewPCG(h.Sum64(), 1))
}

func TestChangedLosesNothingWhenTheZoneIsKnownToBeWrong(t *testing.T) {
	for _, ahead := range []int{-1, 1} {
		random := rand.New(rand.NewPCG(1, 1))
		from := testNow.Unix()
		l := &movingList{
			t: t, zone: time.FixedZone("shop", 3600*ahead), random: random,
			sort: "modified", includesFrom: true, includesUntil: true, now: from + 2*86400,
		}
		for i := range int64(3000) {
			l.rows = append(l.rows, row{id: i, placed: from - random.Int64N(86400), modified: from + random.Int64N(86400)})
		}
		if err := l.read(l.client(time.Duration(ahead)*time.Hour, time.UTC), from, from+86400); err != nil {
			t.Errorf("%d h ahead: %v", ahead, err)
		}
	}
}

func TestChangedNeedsOneCallFor500SortedOrders(t *testing.T) {
	from := testNow.Unix()
	for _, history := range []string{"never again", "all day"} {
		l := &movingList{
			t: t, zone: budapest(t), random: rand.New(rand.NewPCG(1, 1)),
			sort: "modified", includesFrom: true, includesUntil: true, now: from + 2*86400,
		}
		for i := range int64(10_000) {
			o := row{id: i, placed: from + 8*i}
			histories[history](l.random, from, &o)
			l.rows = append(l.rows, o)
		}
		if err := l.read(l.client(0, l.zone), from, from+86400); err != nil || l.calls > 21 {
			t.Errorf("%s: %d calls for 10,000 orders, %v; want 21", history, l.calls, err)
		}
	}
}

func TestChangedIsNotFooledByAListThatOnlyLooksSorted(t *testing.T) {
	from := testNow.Unix()
	l := &movingList{t: t, zone: time.UTC, random: seeded(t), sort: "id", includesFrom: true, includesUntil: true, now: from + 2*86400}
	for i := range int64(900) {
		l.rows = append(l.rows, row{id: 1000 + i, placed: from + 10*i, modified: from + 10*i})
	}
	// The last row of the first answer is the only one modified later, and so later
	// than many that the answer doesn't hold.
	l.rows[fullAnswer-1].modified += 3000
	if err := l.read(l.client(0, time.UTC), from, from+86400); err != nil {
		t.Error(err)
	}
}

func TestChangedReadsASecondAgainThatMovedBetweenItsPages(t *testing.T) {
	from := testNow.Unix()
	for _, moving := range []int{2, 3, 5} { // calls after which an order leaves the second
		l := &movingList{t: t, zone: time.UTC, random: seeded(t), sort: "id", includesFrom: true, includesUntil: true, now: from + 100}
		for i := range int64(1700) {
			l.rows = append(l.rows, row{id: i, modified: from})
		}
		l.after = func(call int) {
			if call == moving {
				l.rows[7].modified = l.now // all behind it move up by one
			}
		}
		if err := l.read(l.client(0, time.UTC), from, from); err != nil {
			t.Errorf("an order leaves after call %d: %v", moving, err)
		}
	}
}

func TestChangedOfAnEmptyOrQuietWindow(t *testing.T) {
	from := testNow.Unix()
	l := &movingList{t: t, zone: time.UTC, sort: "modified", includesUntil: true, now: from + 10}
	l.rows = []row{{id: 1, modified: from}, {id: 2, modified: from + 1}}
	for b, err := range l.client(0, time.UTC).Changed(t.Context(), time.Unix(from+1, 0), time.Unix(from, 0)) {
		t.Errorf("a window that ends before it begins yields %d orders, %v; want nothing", len(b.Orders), err)
	}
	if l.calls != 0 {
		t.Errorf("a window that ends before it begins costs %d calls", l.calls)
	}
	if err := l.read(l.client(0, time.UTC), from, from); err != nil || l.calls != 1 {
		t.Errorf("a window of one second: %d calls, %v; want 1", l.calls, err)
	}
	l.calls = 0
	if err := l.read(l.client(0, time.UTC), from+5, from+8); err != nil || l.calls != 1 {
		t.Errorf("a quiet window: %d calls, %v; want 1", l.calls, err)
	}
}

func TestChangedSaysSoWhenOneSecondCannotBeRead(t *testing.T) {
	from := testNow.Unix()
	for _, ignores := range []bool{false, true} {
		l := &movingList{
			t: t, zone: time.UTC, random: rand.New(rand.NewPCG(1, 1)), sort: "id",
			includesFrom: true, includesUntil: true, ignoresStart: ignores, churn: 20, now: from + 100,
		}
		if ignores {
			l.churn = 0
		}
		for i := range int64(1200) {
			l.rows = append(l.rows, row{id: i, modified: from})
		}
		if err := l.read(l.client(0, time.UTC), from, from); !isKind(err, Unsettled) {
			t.Errorf("offset ignored: %v: %v; want %s", ignores, err, Unsettled)
		}
	}
}

func TestChangedStopsWhenAskedTo(t *testing.T) {
	from := testNow.Unix()
	l := &movingList{t: t, zone: time.UTC, random: rand.New(rand.NewPCG(1, 1)), sort: "modified", includesFrom: true, now: from + 2*86400}
	for i := range int64(3000) {
		l.rows = append(l.rows, row{id: i, placed: from + i, modified: from + i})
	}
	for b, err := range l.client(0, time.UTC).Changed(t.Context(), time.Unix(from, 0), time.Unix(from+86400, 0)) {
		if err != nil || len(b.Orders) != fullAnswer || b.Through.Unix() != from+fullAnswer-2 {
			t.Errorf("first batch: %d orders through %v, %v; want 500 and the second before the last", len(b.Orders), b.Through, err)
		}
		break
	}
	if l.calls != 1 {
		t.Errorf("%d calls; want 1", l.calls)
	}
}

func TestRepeatedHours(t *testing.T) {
	zone := budapest(t)
	back := time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC).Unix()
	tests := []struct {
		from, until int64
		want        bool
	}{
		{back - 7200, back - 3601, false},
		{back - 7200, back - 3600, true},
		{back - 10, back - 5, true},
		{back + 3599, back + 9999, true},
		{back + 3600, back + 9999, false},
		{back - 99999, back + 99999, true},
		{back - 200*86400, back - 100*86400, false},
		{back - 400*86400, back - 300*86400, true},
	}
	for _, tt := range tests {
		if got := (span{tt.from, tt.until}).repeatedHours(zone).touches(); got != tt.want {
			t.Errorf("repeatedHours(%v, %v) touches = %v; want %v",
				time.Unix(tt.from, 0).UTC(), time.Unix(tt.until, 0).UTC(), got, tt.want)
		}
	}
	if (span{0, back}).repeatedHours(time.UTC).touches() {
		t.Error("UTC has repeated hours")
	}
}
