package unas

import (
	"context"
	"errors"
	"iter"
	"maps"
	"strings"
	"time"
)

// Batch is a step of Changed.
type Batch struct {
	Orders []Order

	// Through is the second up to and including which every modification is in this
	// batch or an earlier one. It is zero as long as nothing is complete, and never
	// goes back. It may stand still: one second with very many orders takes several
	// batches.
	Through time.Time

	Calls int // list calls made since the last batch
}

// Changed yields the orders modified from from until until, both included and taken
// to the second. The end should lie a few seconds in the shop's past, because orders
// modified during the reading leave the window.
//
// The list moves while it is read, so it is never paged by offset over longer than a
// second. A full answer that is really sorted by modification counts up to its last
// second, and the reading goes on there. Where the order can't be relied on, because
// the service ignores the wish, because printed times run back in the repeated hour
// of autumn, or because the zone is wrong, the window is halved. Orders can come
// several times; none is left out, whether the service takes bounds as inclusive or
// not. An error ends the reading; what was yielded before stays good.
func (c *Client) Changed(ctx context.Context, from, until time.Time) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		w := walk[Order]{
			client: c, endpoint: "getOrder", most: fullAnswer, whole: fullAnswer,
			stamp: func(o Order) stamp { return stamp{o.ID, o.Date, o.DateMod} },
			yield: func(orders []Order, through time.Time, calls int) bool {
				return yield(Batch{Orders: orders, Through: through, Calls: calls}, nil)
			},
		}
		w.rows = func(ctx context.Context, asked span, start int) iter.Seq2[Order, error] {
			return c.Orders(ctx, OrderQuery{
				ModifiedFrom:  time.Unix(asked.from, 0),
				ModifiedUntil: time.Unix(asked.until, 0),
				Sort:          ByModification,
				Limit:         fullAnswer,
				Start:         start,
				Lang:          "base",
			})
		}
		if err := w.run(ctx, from, until); err != nil {
			yield(Batch{}, err)
		}
	}
}

// span is a stretch of time in Unix seconds, both ends included.
type span struct{ from, until int64 }

// cut cuts s after its second last. The earlier part comes last, as it is next.
func (s span) cut(last int64) []span {
	return []span{{last + 1, s.until}, {s.from, last}}
}

// stamp is what a walk needs to know of a row: its id, and its times as printed.
type stamp struct{ id, placed, modified string }

// walk is one run of Changed or CustomersChanged.
type walk[T any] struct {
	client   *Client
	endpoint string
	rows     func(ctx context.Context, asked span, start int) iter.Seq2[T, error] // one call
	stamp    func(T) stamp
	yield    func(rows []T, through time.Time, calls int) bool

	unsorted bool  // no order can be asked for: repeated hours are no worse than others
	stride   int64 // seconds to read next of an unsorted list, 0: what lies ahead
	fits     int64 // seconds that likely fit in an answer, 0: as many as there are

	most  int // rows that are asked for at once
	whole int // answers with fewer rows are whole, however few the service gives at once

	through int64 // 0: nothing complete
	calls   int
	sorts   bool // the service was seen to honour the wished order
	longest int  // rows of the longest answer: the service gives so many at once

	// The service was seen to include the bounds of modification times. As long as
	// that isn't known, one second more is asked for on that side.
	includesFrom, includesUntil bool
}

// run walks from from until until.
func (w *walk[T]) run(ctx context.Context, from, until time.Time) error {
	if from.After(until) {
		return nil
	}
	ahead := w.resize([]span{{max(0, from.Unix()), until.Unix()}}) // the next one last
	for len(ahead) > 0 {
		next := ahead[len(ahead)-1]
		rest, err := w.step(ctx, next)
		if errors.Is(err, errStopped) {
			return nil
		}
		if err != nil {
			return err
		}
		ahead = w.resize(append(ahead[:len(ahead)-1], rest...))
	}
	return nil
}

// resize makes the next of the spans ahead, which follow each other, as long as most
// likely fits in an answer. Halves alone would cost twice the calls, and all of the
// halving again each time a long reading is broken off and goes on.
func (w *walk[T]) resize(ahead []span) []span {
	if w.stride == 0 || len(ahead) == 0 {
		return ahead
	}
	next := span{ahead[len(ahead)-1].from, ahead[0].until}
	next.until = min(next.until, next.from+w.stride-1)
	for len(ahead) > 0 && ahead[len(ahead)-1].until <= next.until {
		ahead = ahead[:len(ahead)-1]
	}
	if len(ahead) > 0 {
		ahead[len(ahead)-1].from = max(ahead[len(ahead)-1].from, next.until+1)
	}
	return append(ahead, next)
}

// note learns from the n rows of a whole answer about s how long the next span may be.
func (w *walk[T]) note(s span, n int) {
	if !w.unsorted {
		return
	}
	atOnce := int64(min(w.most, max(w.whole, w.longest)))
	w.stride = max(1, (s.until-s.from+1)*atOnce*3/4/max(int64(n), atOnce/8))
	if w.fits > 0 {
		w.fits = w.stride
	}
}

// cut reports whether there may be more rows than the n that an answer has. A service
// that gives fewer at once than it is asked for can only be told from one that has no
// more by having given more before.
func (w *walk[T]) cut(n int) bool { return n >= w.most || n >= w.whole && n >= w.longest }

// step reads s or a beginning of it and returns what is left, the next one last.
func (w *walk[T]) step(ctx context.Context, s span) ([]span, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	asked := w.asked(s)
	rows, err := w.ask(ctx, asked, 0)
	if err != nil {
		return nil, err
	}
	if !w.cut(len(rows)) {
		w.learn(rows, asked)
		w.note(s, len(rows))
		return nil, w.give(rows, s.until)
	}
	w.stride, w.fits = 0, max(1, (s.until-s.from+1)/2) // too long: what step returns, until one fits
	zone := w.client.options.Zone
	a, trusted := w.assess(rows, asked)
	learned := trusted && w.learn(rows, asked)
	if trusted && a.complete > s.from {
		if err := w.give(rows, min(a.complete-1, s.until)); err != nil || a.complete > s.until {
			return nil, err
		}
		return []span{{a.complete, s.until}}, nil
	}
	if learned {
		return []span{s}, nil // the neighbouring seconds need not be asked for again
	}
	if s.from == s.until {
		return nil, w.second(ctx, s)
	}
	if trusted && a.first == a.last && a.last >= s.from && a.last <= s.until {
		return around(s, a.last), nil
	}
	if w.unsorted {
		return s.cut(s.from + (s.until-s.from)/2), nil
	}
	return s.cut(s.middle(zone)), nil
}

// around cuts s into what is before second, that second, and what is after it.
func around(s span, second int64) []span {
	var rest []span
	if second < s.until {
		rest = append(rest, span{second + 1, s.until})
	}
	rest = append(rest, span{second, second})
	if second > s.from {
		rest = append(rest, span{s.from, second - 1})
	}
	return rest
}

// give yields rows; everything until through is then complete.
func (w *walk[T]) give(rows []T, through int64) error {
	w.through = max(w.through, through)
	var complete time.Time
	if w.through != 0 {
		complete = time.Unix(w.through, 0).UTC()
	}
	calls := w.calls
	w.calls = 0
	if !w.yield(rows, complete, calls) {
		return errStopped
	}
	return nil
}

// asked returns the bounds to ask for in order to get all of s.
func (w *walk[T]) asked(s span) span {
	if !w.includesFrom {
		s.from = max(0, s.from-1) // nobody has sold anything in 1970
	}
	if !w.includesUntil {
		s.until++
	}
	return s
}

// ask makes one call.
func (w *walk[T]) ask(ctx context.Context, asked span, start int) ([]T, error) {
	w.calls++
	rows, err := gather(w.rows(ctx, asked, start))
	w.longest = max(w.longest, len(rows))
	return rows, err
}

// Bounds of the reading of one second.
const (
	mostReadings = 5
	mostPages    = 100
)

// second reads a span of one second in which more orders were modified than fit in
// an answer, by offset. An order that is modified meanwhile leaves the second and
// moves the others, so it is read until two readings in a row agree.
func (w *walk[T]) second(ctx context.Context, s span) error {
	var before map[string]string
	for range mostReadings {
		seen, err := w.readSecond(ctx, w.asked(s))
		if err != nil {
			return err
		}
		if before != nil && maps.Equal(before, seen) {
			return w.give(nil, s.until)
		}
		before = seen
	}
	return &Error{Call: w.endpoint, Kind: Unsettled}
}

// readSecond yields all pages and returns when each row was modified, by id.
func (w *walk[T]) readSecond(ctx context.Context, asked span) (map[string]string, error) {
	seen := make(map[string]string)
	start := 0
	for range mostPages {
		rows, err := w.ask(ctx, asked, start)
		if err != nil {
			return nil, err
		}
		start += len(rows)
		known, last := len(seen), !w.cut(len(rows))
		for _, row := range rows {
			at := w.stamp(row)
			seen[strings.Clone(at.id)] = strings.Clone(at.modified)
		}
		if !last && len(seen) == known {
			break // the service gives the same page again and again
		}
		if err := w.give(rows, w.through); err != nil {
			return nil, err
		}
		if last {
			return seen, nil
		}
	}
	return nil, &Error{Call: w.endpoint, Kind: Unsettled}
}
