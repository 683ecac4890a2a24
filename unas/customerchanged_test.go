package unas

import (
	"bytes"
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// customerList answers getCustomer from memory, as a transport, in an order of its
// own, and goes on living: some customers are modified at each call, and then leave
// the window that is read.
type customerList struct {
	t      *testing.T
	rows   []row // placed: registered
	zone   *time.Location
	random *rand.Rand

	sort                        string // id, newest, modified, shuffled
	includesFrom, includesUntil bool
	atOnce                      int  // the service's own maximum, 0: none
	endIsError                  bool // an offset past the end is an error
	churn                       int
	now                         int64

	calls int
	asked []int // LimitNum of each call
}

func (l *customerList) RoundTrip(r *http.Request) (*http.Response, error) {
	var p struct {
		ModTimeStart, ModTimeEnd int64
		LimitNum, LimitStart     int
	}
	if err := xml.NewDecoder(r.Body).Decode(&p); err != nil {
		return nil, err
	}
	l.calls++
	l.asked = append(l.asked, p.LimitNum)
	var found []row
	for _, o := range l.rows {
		after := o.modified > p.ModTimeStart || l.includesFrom && o.modified == p.ModTimeStart
		before := o.modified < p.ModTimeEnd || l.includesUntil && o.modified == p.ModTimeEnd
		if after && before {
			found = append(found, o)
		}
	}
	slices.SortStableFunc(found, func(a, b row) int {
		switch l.sort {
		case "modified":
			return cmp.Compare(a.modified, b.modified)
		case "newest":
			return cmp.Compare(b.id, a.id)
		case "shuffled": // by name, say
			return cmp.Compare(a.id*7919%10007, b.id*7919%10007)
		}
		return cmp.Compare(a.id, b.id)
	})
	answer := func(status int, body string) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewBufferString(body))}, nil
	}
	if l.endIsError && p.LimitStart > 0 && p.LimitStart >= len(found) {
		return answer(400, "<Error>this is past the end of the range</Error>")
	}
	found = found[min(p.LimitStart, len(found)):]
	found = found[:min(p.LimitNum, len(found))]
	if l.atOnce > 0 {
		found = found[:min(l.atOnce, len(found))]
	}
	body := "<Customers>"
	for _, o := range found {
		body += fmt.Sprintf("<Customer><Id>%d</Id><Dates><Registration>%s</Registration><Modification>%s</Modification></Dates>"+
			"<Others><Referer>%d</Referer></Others></Customer>", o.id, l.print(o.placed), l.print(o.modified), o.modified)
	}
	if l.calls <= 40 {
		for range l.churn {
			l.now++
			l.rows[l.random.IntN(len(l.rows))].modified = l.now
		}
	}
	return answer(200, body+"</Customers>")
}

func (l *customerList) print(t int64) string { return time.Unix(t, 0).In(l.zone).Format(printedTime) }

// read runs CustomersChanged and holds each batch to its promise. The true second of
// a modification travels as Referer.
func (l *customerList) read(atOnce int, from, until int64) error {
	l.t.Helper()
	now := func() time.Time { return time.Unix(l.now, 0) }
	c := New(Options{
		BaseURL: "http://shop.example/", Transport: l, Zone: l.zone, Now: now, CustomersAtOnce: atOnce,
		Token: Token{Value: NewSecret("x"), Expires: now().Add(time.Hour)},
	})
	came := map[row]int{}
	var through time.Time
	calls := 0
	for b, err := range c.CustomersChanged(l.t.Context(), time.Unix(from, 0), time.Unix(until, 0)) {
		if err != nil {
			return err
		}
		calls += b.Calls
		for _, r := range b.Customers {
			id, _ := strconv.ParseInt(r.ID, 10, 64)
			modified, _ := strconv.ParseInt(r.Referer, 10, 64)
			came[row{id: id, modified: modified}]++
			if n := came[row{id: id, modified: modified}]; n > 1 {
				l.t.Fatalf("customer %d came %d times unchanged", id, n)
			}
		}
		if b.Through.Before(through) {
			l.t.Fatalf("Through went back from %v to %v", through, b.Through)
		}
		through = b.Through
		for _, o := range l.rows { // who left the window was read before, or comes with the next one
			if o.modified >= from && o.modified <= through.Unix() && came[row{id: o.id, modified: o.modified}] == 0 {
				l.t.Fatalf("customer %d was not read though everything through %v should be", o.id, through)
			}
		}
	}
	if through.Unix() != until || calls != l.calls {
		l.t.Fatalf("the reading ended through %v, with %d of %d calls; want %d", through, calls, l.calls, until)
	}
	return nil
}

func TestCustomersChangedLosesNobodyOfAListThatMoves(t *testing.T) {
	from := time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC).Unix() // the clock goes back in the night
	seconds := map[string]func(r *rand.Rand, o *row){
		"all day":     func(r *rand.Rand, o *row) { o.modified = from + r.Int64N(86400) },
		"never again": func(_ *rand.Rand, o *row) { o.modified = o.placed },
		"in clumps":   func(r *rand.Rand, o *row) { o.modified = from + 40000 + r.Int64N(4) },
		"all at once": func(_ *rand.Rand, o *row) { o.modified = from + 50000 },
	}
	for history, modify := range seconds {
		for _, sort := range []string{"id", "newest", "modified", "shuffled"} {
			for _, limits := range [][3]int{{0, 0, 530}, {500, 120, 260}, {60, 0, 260}} { // asked for, the service's own, customers
				t.Run(fmt.Sprintf("%s/by %s/%d of %d", history, sort, limits[0], limits[1]), func(t *testing.T) {
					random := seeded(t)
					l := &customerList{
						t: t, zone: budapest(t), random: random, sort: sort, atOnce: limits[1], now: from + 2*86400,
						includesFrom: random.IntN(2) == 0, includesUntil: random.IntN(2) == 0,
						endIsError: random.IntN(2) == 0, churn: random.IntN(3),
					}
					for i := range int64(limits[2]) {
						o := row{id: 1000 + i, placed: from + 160*i}
						modify(random, &o)
						l.rows = append(l.rows, o)
					}
					if err := l.read(limits[0], from, from+86400); err != nil && !(l.churn > 0 && isKind(err, Unsettled)) {
						t.Fatal(err)
					}
					if l.calls > 200 {
						t.Errorf("%d calls for %d customers", l.calls, len(l.rows))
					}
				})
			}
		}
	}
}

func TestCustomersChangedAsksForPagesOfTheSizeOfItsOption(t *testing.T) {
	from := testNow.Unix()
	for option, want := range map[int]int{0: 500, 70: 70, 2000: 2000} {
		l := &customerList{t: t, zone: time.UTC, sort: "id", includesFrom: true, includesUntil: true, now: from + 100}
		l.rows = []row{{id: 1, modified: from}, {id: 2, modified: from + 9}}
		if err := l.read(option, from, from+50); err != nil || !slices.Equal(l.asked, []int{want}) {
			t.Errorf("option %d: asked for %v rows, %v; want %d once", option, l.asked, err, want)
		}
	}
}

func TestCustomersOfTenYearsCostFewCalls(t *testing.T) {
	until := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC).Unix()
	from := until - 10*365*86400
	l := &customerList{t: t, zone: budapest(t), random: seeded(t), sort: "id", includesFrom: true, includesUntil: true, now: until + 100}
	for i := range int64(8000) {
		l.rows = append(l.rows, row{id: i, placed: from, modified: from + l.random.Int64N(until-from)})
	}
	// 8,000 in three quarters of 500 are 22, and it takes a few to find the length.
	if err := l.read(0, from, until); err != nil || l.calls > 30 {
		t.Errorf("%d calls for 8,000 customers, %v; want at most 30", l.calls, err)
	}
}

func TestCustomersChangedGoesOnWithTheLengthThatFitted(t *testing.T) {
	until := testNow.Unix()
	from := until - 365*86400
	l := &customerList{t: t, zone: time.UTC, random: seeded(t), sort: "id", includesFrom: true, includesUntil: true, now: until + 100}
	for i := range int64(8000) {
		l.rows = append(l.rows, row{id: i, placed: from, modified: from + l.random.Int64N(until-from)})
	}
	spent := errors.New("the budget is spent")
	left, refused := 0, 0
	c := New(Options{
		BaseURL: "http://shop.example/", Transport: l, Zone: time.UTC, Now: func() time.Time { return testNow },
		Token: Token{Value: NewSecret("x"), Expires: testNow.Add(time.Hour)},
		Reserve: func(context.Context, Call) error {
			if left--; left < 0 {
				return spent
			}
			return nil
		},
	})
	cursor := time.Unix(from, 0)
	for cursor.Unix() < until && refused < 20 {
		left = 9 // calls an hour
		for b, err := range c.CustomersChanged(t.Context(), cursor, time.Unix(until, 0)) {
			if errors.Is(err, spent) {
				refused++
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if !b.Through.IsZero() {
				cursor = b.Through
			}
		}
	}
	if l.calls > 34 {
		t.Errorf("%d calls with %d breaks; want hardly more than without", l.calls, refused)
	}
	// What is left to read from then on is little, and one call each time.
	before := l.calls
	for hour := range int64(3) {
		left = 1
		for _, err := range c.CustomersChanged(t.Context(), time.Unix(until+hour*3600, 0), time.Unix(until+hour*3600+3599, 0)) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := l.calls - before; n != 3 {
		t.Errorf("three quiet hours cost %d calls; want 3", n)
	}
}

func TestCustomersChangedFromTheBeginningOfTime(t *testing.T) {
	for _, from := range []time.Time{{}, time.Unix(0, 0)} {
		s := &shop{answer: text(200, "<Customers/>")}
		c := start(t, s, func(o *Options) { o.Token = Token{Value: NewSecret("x"), Expires: testNow.Add(time.Hour)} })
		for _, err := range c.CustomersChanged(t.Context(), from, testNow) {
			if err != nil || !strings.Contains(s.bodies[0], "<ModTimeStart>0</ModTimeStart>") {
				t.Errorf("CustomersChanged(%v) asks %s, %v; want all since 1970", from, s.bodies[0], err)
			}
		}
	}
}

func TestCustomersChangedStopsAtAnErrorAndWhenAskedTo(t *testing.T) {
	s := &shop{answer: text(500, "")}
	c := start(t, s, nil)
	for b, err := range c.CustomersChanged(t.Context(), testNow.Add(-time.Hour), testNow) {
		if e, ok := errors.AsType[*Error](err); !ok || e.Call != "getCustomer" || e.Kind != Unavailable || len(b.Customers) > 0 {
			t.Errorf("CustomersChanged() = %d customers, %v; want %s", len(b.Customers), err, Unavailable)
		}
	}
	s.answer = text(200, "<Customers><Customer><Id>1</Id></Customer></Customers>")
	for _, err := range c.CustomersChanged(t.Context(), testNow.Add(-time.Hour), testNow) {
		if err != nil {
			t.Error(err)
		}
		break
	}
	if len(s.calls) != 3 { // with the login
		t.Errorf("%v were called; want one more getCustomer", s.calls)
	}
}

func TestCustomerQuerySendsEveryFilterInItsOwnWords(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	const head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Params>"
	for _, tt := range []struct {
		q      CustomerQuery
		want   string
		single bool
	}{
		{CustomerQuery{}, "", false},
		{CustomerQuery{ID: "7"}, "<Id>7</Id>", true},
		{CustomerQuery{ID: "7,8"}, "<Id>7,8</Id>", false},
		{CustomerQuery{Email: "a@b.example", Username: "x&y", Start: 3}, "<Email>a@b.example</Email><Username>x&amp;y</Username>", false},
		{
			CustomerQuery{
				RegisteredFrom: at(1), RegisteredUntil: at(2), ModifiedFrom: at(3), ModifiedUntil: at(4),
				LoginFrom: at(5), LoginUntil: at(6), Limit: 10, Start: 20,
			},
			"<RegTimeStart>1</RegTimeStart><RegTimeEnd>2</RegTimeEnd><ModTimeStart>3</ModTimeStart><ModTimeEnd>4</ModTimeEnd>" +
				"<LoginTimeStart>5</LoginTimeStart><LoginTimeEnd>6</LoginTimeEnd><LimitNum>10</LimitNum><LimitStart>20</LimitStart>",
			false,
		},
	} {
		r := tt.q.request()
		if got := string(r.document()); got != head+tt.want+"</Params>" || r.Single != tt.single || r.Endpoint != "getCustomer" {
			t.Errorf("%+v: %s, single %v; want %s, %v", tt.q, got, r.Single, tt.want, tt.single)
		}
	}
}

func TestCustomerByIDTakesOnlyTheOneAskedFor(t *testing.T) {
	c := start(t, &shop{answer: text(200, "<Customers><Customer><Id>71</Id></Customer><Customer><Id>7</Id><Email>a@b</Email></Customer></Customers>")}, nil)
	if got, found, err := c.CustomerByID(t.Context(), "7"); err != nil || !found || got.Email != "a@b" {
		t.Errorf("CustomerByID(7) = %+v, %v, %v", got, found, err)
	}
	if got, found, err := c.CustomerByID(t.Context(), "8"); err != nil || found {
		t.Errorf("CustomerByID(8) = %+v, %v, %v; want none", got, found, err)
	}
}
