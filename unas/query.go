package unas

import (
	"context"
	"iter"
	"strings"
	"time"
)

// The forms of printed times, in the shop's zone.
const (
	printedTime = "2006.01.02 15:04:05"
	printedDate = "2006.01.02"
)

// fullAnswer is how many orders getOrder gives in one answer at most.
const fullAnswer = 500

// Sort orders of getOrder. The service may ignore them.
const (
	ByPlacing      = "order_time_asc"
	ByModification = "modify_time_asc"
)

// OrderQuery filters and orders a getOrder call; zero fields don't filter. All
// filters must hold together. Whether the bounds of times are inclusive isn't
// documented. InvoiceAutoSet is left out on purpose: it changes the orders it reads.
type OrderQuery struct {
	Key           string   // one order
	Status        string   // position of a status, or a status type
	StatusNames   []string // any of them
	StatusIDs     []string // any of them
	Email         string
	InvoiceStatus string // 0, 1, 2

	PlacedFrom, PlacedUntil     time.Time // to the second
	PlacedOnFrom, PlacedOnUntil time.Time // days in the shop's zone
	ModifiedFrom, ModifiedUntil time.Time // to the second

	Sort  string // ByPlacing, ByModification
	Limit int    // at most 500, which is also the service's default
	Start int    // rows to skip, counts only together with Limit
	Lang  string // base: the shop's language; customer: that of each order
}

// request builds the call. A call by one Key counts as a single one.
func (q OrderQuery) request(zone *time.Location) request {
	r := request{Call: Call{Endpoint: "getOrder"}, timeout: listTime}
	if q.Key != "" && !strings.Contains(q.Key, ",") {
		r.Single, r.timeout = true, singleTime
	}
	r.params.add("Key", q.Key)
	r.params.add("Status", q.Status)
	r.params.add("StatusName", strings.Join(q.StatusNames, "|"))
	r.params.add("StatusID", strings.Join(q.StatusIDs, ","))
	r.params.add("Email", q.Email)
	r.params.add("InvoiceStatus", q.InvoiceStatus)
	r.params.addTime("TimeStart", q.PlacedFrom)
	r.params.addTime("TimeEnd", q.PlacedUntil)
	r.params.addDay("DateStart", q.PlacedOnFrom, zone)
	r.params.addDay("DateEnd", q.PlacedOnUntil, zone)
	r.params.addTime("TimeModStart", q.ModifiedFrom)
	r.params.addTime("TimeModEnd", q.ModifiedUntil)
	r.params.add("Order", q.Sort)
	r.params.addPage(q.Limit, q.Start)
	r.params.add("Lang", q.Lang)
	return r
}

// Orders makes one getOrder call and yields its orders as they arrive. An error
// comes last, and orders before it may be incomplete in number: who can't use a part
// of an answer must wait for the end. The call may take two minutes (one if it asks
// for one Key), the time between the orders included.
func (c *Client) Orders(ctx context.Context, q OrderQuery) iter.Seq2[Order, error] {
	return stream(ctx, c, q.request(c.options.Zone), "Orders", "Order", decodeOrder)
}

// collect makes one getOrder call and returns all its orders.
func (c *Client) collect(ctx context.Context, q OrderQuery) ([]Order, error) {
	return gather(c.Orders(ctx, q))
}

// OrderByKey looks for the order whose Key or InternalKey is key; false means that
// the shop has none. Keys are printed as SHOPID-NUMBER, but the service is
// documented to take the number only: if the full key finds nothing, the part after
// its last "-" is tried. One or two single calls; one where the shop was seen to take a
// key that begins like this one.
func (c *Client) OrderByKey(ctx context.Context, key string) (Order, bool, error) {
	if key == "" {
		return Order{}, false, nil
	}
	at := strings.LastIndexByte(key, '-')
	if at < 1 || at+1 == len(key) {
		return c.orderAsked(ctx, key, key)
	}
	prefix, number := key[:at], key[at+1:]
	switch c.keyForm(prefix) {
	case wholeKey:
		return c.orderAsked(ctx, key, key)
	case keyNumber:
		return c.orderAsked(ctx, number, key)
	}
	form := wholeKey
	o, found, err := c.orderAsked(ctx, key, key)
	if err == nil && !found {
		form = keyNumber
		o, found, err = c.orderAsked(ctx, number, key)
	}
	if found && o.Key == key {
		c.learnKeyForm(prefix, form)
	}
	return o, found, err
}

// keyForm is how a shop wants its keys in a question: not known, whole, or the number
// alone.
type keyForm int

const (
	wholeKey keyForm = iota + 1
	keyNumber
)

func (c *Client) keyForm(prefix string) keyForm {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.keyForms[prefix]
}

func (c *Client) learnKeyForm(prefix string, form keyForm) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keyForms == nil {
		c.keyForms = map[string]keyForm{}
	}
	c.keyForms[prefix] = form
}

// orderAsked asks for one key and takes only the order that has the other.
func (c *Client) orderAsked(ctx context.Context, asked, key string) (Order, bool, error) {
	all, err := c.collect(ctx, OrderQuery{Key: asked, Lang: "base"})
	if err != nil {
		return Order{}, false, err
	}
	for _, o := range all {
		if o.Key == key {
			return o, true, nil
		}
	}
	for _, o := range all {
		if o.InternalKey == key {
			return o, true, nil
		}
	}
	return Order{}, false, nil
}
