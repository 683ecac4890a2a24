package unas

import (
	"context"
	"errors"
	"iter"
	"maps"
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
		w := walk{client: c, yield: yield}
		ahead := []span{{from.Unix(), until.Unix()}} // the next one last
		if from.After(until) {
			ahead = nil
		}
		for len(ahead) > 0 {
			next := ahead[len(ahead)-1]
			rest, err := w.step(ctx, next)
			if errors.Is(err, errStopped) {
				return
			}
			if err != nil {
				yield(Batch{}, err)
				return
			}
			ahead = append(ahead[:len(ahead)-1], rest...)
		}
	}
}

// span is a stretch of time in Unix seconds, both ends included.
type span struct{ from, until int64 }

// cut cuts s after its second last. The earlier part comes last, as it is next.
func (s span) cut(last int64) []span {
	return []span{{last + 1, s.until}, {s.from, last}}
}

// walk is one run of Changed.
type walk struct {
	client *Client
	yield  func(Batch, error) bool

	through int64 // 0: nothing complete
	calls   int
	sorts   bool // the service was seen to honour the wished order

	// The service was seen to include the bounds of modification times. As long as
	// that isn't known, one second more is asked for on that side.
	includesFrom, includesUntil bool
}

// step reads s or a beginning of it and returns what is left, the next one last.
func (w *walk) step(ctx context.Context, s span) ([]span, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	asked := w.asked(s)
	orders, err := w.ask(ctx, asked, 0)
	if err != nil {
		return nil, err
	}
	if len(orders) < fullAnswer {
		w.learn(orders, asked)
		return nil, w.give(orders, s.until)
	}
	zone := w.client.options.Zone
	a, trusted := w.assess(orders, asked)
	learned := trusted && w.learn(orders, asked)
	if trusted && a.complete > s.from {
		if err := w.give(orders, min(a.complete-1, s.until)); err != nil || a.complete > s.until {
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

// give yields orders; everything until through is then complete.
func (w *walk) give(orders []Order, through int64) error {
	w.through = max(w.through, through)
	b := Batch{Orders: orders, Calls: w.calls}
	if w.through != 0 {
		b.Through = time.Unix(w.through, 0).UTC()
	}
	w.calls = 0
	if !w.yield(b, nil) {
		return errStopped
	}
	return nil
}

// asked returns the bounds to ask for in order to get all of s.
func (w *walk) asked(s span) span {
	if !w.includesFrom {
		s.from--
	}
	if !w.includesUntil {
		s.until++
	}
	return s
}

// ask makes one call.
func (w *walk) ask(ctx context.Context, asked span, start int) ([]Order, error) {
	w.calls++
	return w.client.collect(ctx, OrderQuery{
		ModifiedFrom:  time.Unix(asked.from, 0),
		ModifiedUntil: time.Unix(asked.until, 0),
		Sort:          ByModification,
		Limit:         fullAnswer,
		Start:         start,
		Lang:          "base",
	})
}

// Bounds of the reading of one second.
const (
	mostReadings = 5
	mostPages    = 100
)

// second reads a span of one second in which more orders were modified than fit in
// an answer, by offset. An order that is modified meanwhile leaves the second and
// moves the others, so it is read until two readings in a row agree.
func (w *walk) second(ctx context.Context, s span) error {
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
	return &Error{Call: "getOrder", Kind: Unsettled}
}

// readSecond yields all pages and returns when each order was modified, by Id.
func (w *walk) readSecond(ctx context.Context, asked span) (map[string]string, error) {
	seen := make(map[string]string)
	for page := range mostPages {
		orders, err := w.ask(ctx, asked, page*fullAnswer)
		if err != nil {
			return nil, err
		}
		known := len(seen)
		for _, o := range orders {
			seen[o.ID] = o.DateMod
		}
		if len(orders) >= fullAnswer && len(seen) == known {
			break // the service gives the same page again and again
		}
		if err := w.give(orders, w.through); err != nil {
			return nil, err
		}
		if len(orders) < fullAnswer {
			return seen, nil
		}
	}
	return nil, &Error{Call: "getOrder", Kind: Unsettled}
}
