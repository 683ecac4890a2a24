package unas

import (
	"context"
	"iter"
	"strings"
	"time"
)

// CustomerBatch is a step of CustomersChanged.
type CustomerBatch struct {
	Customers []CustomerRecord
	Through   time.Time // as in Batch
	Calls     int       // list calls made since the last batch
}

// wholeCustomers is how few customers an answer must have to be whole whatever the
// service's maximum is: nobody gives fewer than that at once. Third parties work with
// 2,000 rows of getProduct.
const wholeCustomers = 100

// CustomersChanged yields the customers modified from from until until, both included
// and taken to the second, like Changed does for orders and with the same promises.
// The end should lie a few seconds in the shop's past.
//
// getCustomer can't be asked for an order, so a full answer normally leads to halves
// of its window, and the next windows get the length that fitted; only a single second is paged by offset, and then until two readings
// agree. How many rows are a full answer isn't documented either: one with fewer than
// was asked for counts as full too if none was longer, unless it has less than 100. A
// customer who comes a second time unchanged is left out.
func (c *Client) CustomersChanged(ctx context.Context, from, until time.Time) iter.Seq2[CustomerBatch, error] {
	most := c.options.CustomersAtOnce
	if most <= 0 {
		most = fullAnswer
	}
	return func(yield func(CustomerBatch, error) bool) {
		known := map[string]string{}
		w := walk[CustomerRecord]{
			client: c, endpoint: "getCustomer", unsorted: true, most: most, whole: min(most, wholeCustomers),
			stamp: func(r CustomerRecord) stamp { return stamp{r.ID, r.Registration, r.Modification} },
			yield: func(all []CustomerRecord, through time.Time, calls int) bool {
				return yield(CustomerBatch{Customers: fresh(all, known), Through: through, Calls: calls}, nil)
			},
		}
		w.rows = func(ctx context.Context, asked span, start int) iter.Seq2[CustomerRecord, error] {
			return c.Customers(ctx, CustomerQuery{
				ModifiedFrom:  time.Unix(asked.from, 0),
				ModifiedUntil: time.Unix(asked.until, 0),
				Limit:         most,
				Start:         start,
			})
		}
		before := c.recall(&w)
		defer func() {
			if w.through >= until.Unix() {
				w.fits = 0 // the next reading is a short one again
			}
			c.remember(before, learnt{w.fits, w.longest, c.options.Now()})
		}()
		if err := w.run(ctx, from, until); err != nil {
			yield(CustomerBatch{}, err)
		}
	}
}

// learnt is what a reading of customers found out about the service and the shop, for
// the next one: a long reading is broken off many times before its end.
type learnt struct {
	fits    int64
	longest int
	at      time.Time
}

// learntFor is how long that counts. It bounds the harm if the service should give
// fewer rows at once from one day to the next.
const learntFor = 2 * time.Hour

func (c *Client) recall(w *walk[CustomerRecord]) learnt {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.customers
	if c.options.Now().Sub(l.at) >= learntFor {
		l = learnt{}
	}
	w.fits, w.stride, w.longest = l.fits, l.fits, l.longest
	return l
}

// remember keeps what is news; what isn't grows older.
func (c *Client) remember(before, now learnt) {
	if now.fits == before.fits && now.longest == before.longest {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.customers = now
}

// fresh returns the customers that are not known as they are, and makes them known.
// Those without an id are always fresh.
func fresh(all []CustomerRecord, known map[string]string) []CustomerRecord {
	kept := all[:0]
	for _, r := range all {
		modified, ok := known[r.ID]
		if ok && modified == r.Modification && r.ID != "" {
			continue
		}
		known[strings.Clone(r.ID)] = strings.Clone(r.Modification) // the texts share memory with the record's others
		kept = append(kept, r)
	}
	return kept
}
