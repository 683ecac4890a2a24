package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"punte"
	"punte/store"
	"punte/unas"
)

const (
	// cursorOrders is how far the shop's changes have been read.
	cursorOrders = "orders"
	// windowMargin keeps a window's end away from the shop's present: an order may be
	// stamped a moment before it is listed.
	windowMargin = 5 * time.Second
	// windowOverlap is read again each time, since nothing documents what the shop
	// guarantees about the order in which changes become visible.
	windowOverlap = 5 * time.Minute
	// sliceTime is when a slice of work looks whether to make room for others.
	sliceTime = 15 * time.Second
)

// pull reads what is new in the shop until then. whole is false if it stopped early to
// make room.
func (w *Work) pull(ctx context.Context, until time.Time) (whole bool, did punte.Report, err error) {
	cursor, begun, err := w.engine.Store.Cursor(ctx, w.saved.ID, cursorOrders)
	if err != nil {
		return false, did, err
	}
	past, importing, err := w.importing(ctx)
	if err != nil {
		return false, did, err
	}
	if !begun && importing {
		cursor = past.Until
	}
	r := stretch{cursor: cursorOrders, from: w.conn.Start(), until: until, slice: sliceTime}
	if begun || importing {
		// A cursor that a wrong clock put into the future would hide what happens until then.
		r.from = later(r.from, earlier(cursor, until).Add(-windowOverlap))
	}
	if begun {
		r.begun = cursor
	}
	w.polling = true
	defer func() { w.polling = false }()
	whole, did, _, err = w.read(ctx, r)
	return whole, did, err
}

// stretch is a way through the shop's changes, from from until until.
type stretch struct {
	cursor      string    // that says how far it has come
	begun       time.Time // where the cursor stood, zero if nowhere
	from, until time.Time
	slice       time.Duration // after which it makes room
}

// read reads a page at a time, and saves each page with its cursor. whole is false if
// it stopped early to make room.
func (w *Work) read(ctx context.Context, r stretch) (whole bool, did punte.Report, calls int, err error) {
	s, now := w.engine.Store, w.engine.Now()
	for batch, err := range w.shop.Changed(ctx, r.from, r.until) {
		if err != nil {
			return false, did, calls, fmt.Errorf("reading the shop's orders: %w", err)
		}
		calls += batch.Calls
		rows, delta, err := w.rows(ctx, batch.Orders)
		if err != nil {
			return false, did, calls, err
		}
		page := store.Page{Connection: w.saved.ID, Asked: w.asked, Rows: rows, Now: w.engine.Now()}
		if !batch.Through.IsZero() {
			// The answer may have shown that our clock was ahead of the shop's.
			through := earlier(batch.Through, w.present())
			page.Cursor = &store.Cursor{Kind: r.cursor, At: through, Reset: r.begun.After(earlier(r.until, w.present()))}
		}
		if delta.Changed, err = s.SavePage(ctx, page); err != nil {
			return false, did, calls, err
		}
		did = did.Plus(delta)
		if !batch.Through.Before(r.until) {
			return true, did, calls, nil
		}
		// A second with very many changes takes several pages before the cursor moves;
		// leaving in its middle would begin it anew for ever.
		if w.engine.Now().Sub(now) > r.slice && batch.Through.After(r.begun) {
			return false, did, calls, nil
		}
	}
	return true, did, calls, nil
}

// present is the end of what can be read of the shop: its own present, but for the
// seconds in which an order may be stamped and not yet listed.
func (w *Work) present() time.Time {
	return w.shop.ShopTime().Add(-windowMargin).Truncate(time.Second)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// rows reads the orders of an answer and decides what each is to be. Orders that do
// not belong are left out and counted.
func (w *Work) rows(ctx context.Context, orders []unas.Order) ([]store.OrderRow, punte.Report, error) {
	var did punte.Report
	rows := make([]store.OrderRow, 0, len(orders))
	seen := map[string]int{}
	erased, err := w.engine.Store.Erased(ctx, w.saved.ID)
	if err != nil {
		return nil, did, err
	}
	for _, wire := range orders {
		row := w.row(wire)
		if erased.Row(row) {
			if err := w.stillErased(ctx, erased, row); err != nil {
				return nil, did, err
			}
			did.Erased++
			continue
		}
		if !row.Placed.IsZero() && row.Placed.Before(w.conn.Start()) {
			did.Before++
			continue
		}
		if at, twice := seen[row.Ref]; twice {
			rows[at] = row
			continue
		}
		seen[row.Ref] = len(rows)
		rows = append(rows, row)
	}
	did.Seen = len(rows)
	return rows, did, w.identify(ctx, rows)
}

// unnamed begins the ref of what told neither id nor key: a print of its text follows.
const unnamed = "raw:"

// row reads one order. One that can't be read is parked under what can be told of
// it: its id, else its key, else its text.
func (w *Work) row(wire unas.Order) store.OrderRow {
	o, err := fromUNAS(wire, w.conn.UNAS.Zone)
	row := store.OrderRow{
		Ref: strconv.FormatInt(o.ID, 10), Order: o, Readable: err == nil, Raw: wire.Raw,
		ID: o.ID, Key: o.Key, Placed: o.Placed, Modified: o.Modified, Email: wire.Customer.Email,
	}
	if o.ID == 0 {
		row.Ref = store.UnreadRef(o.Key)
	}
	if o.ID == 0 && o.Key == "" {
		row.Ref = unnamed + fingerprint(wire.Raw)
	}
	if err == nil {
		row.Digest, err = o.Digest()
	}
	if err == nil {
		_, err = w.conn.Positions(o, "")
	}
	if err != nil {
		row.Readable, row.Digest = false, []byte(fingerprint(wire.Raw))
		row.State, row.Problem = punte.Parked, problemOf(err)
		return row
	}
	row.Differs = difference(o)
	_, row.State, row.Problem = w.conn.Decide(o.Status)
	row.CardSource = cardSource(w.conn, o)
	return row
}

func fingerprint(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// cardSource names what the card's id is made from. The store tells by it whose
// orders describe the buyer.
func cardSource(conn *punte.Connection, o punte.Order) string {
	if o.Buyer.CustomerID > 0 {
		return "customer:" + conn.CardIdentity(o).Source()
	}
	return conn.CardIdentity(o).Source()
}

// identify gives every readable order its id in MiniCRM and that of its card.
func (w *Work) identify(ctx context.Context, rows []store.OrderRow) error {
	var asks []store.RefAsk
	for _, row := range rows {
		if !row.Readable {
			continue
		}
		order := w.conn.OrderIdentity(row.Order)
		asks = append(asks,
			store.RefAsk{Kind: punte.KindOrder, Source: order.Source(), Candidate: order.Candidate},
			store.RefAsk{Kind: punte.KindCard, Source: row.CardSource, Candidate: w.conn.CardIdentity(row.Order).Candidate})
	}
	ids, err := w.engine.Store.Refs(ctx, w.saved.Account, asks)
	if err != nil {
		return err
	}
	next := 0
	for i := range rows {
		if !rows[i].Readable {
			continue
		}
		rows[i].External, rows[i].Card = ids[next].ID, ids[next+1].ID
		for _, id := range ids[next : next+2] {
			if id.Clash {
				w.engine.Log.InfoContext(ctx, "two things hash to one id; the later one has another", "connection", w.saved.ID, "id", id.ID)
			}
		}
		next += 2
	}
	return nil
}
