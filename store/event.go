package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"punte"
	"punte/store/db"
)

// Kinds of events of an order's life. They are stored and never renamed.
const (
	EventSeen      = "seen"      // read from the shop, for the first time or in a new version
	EventDecided   = "decided"   // decided otherwise about the same version: by the map, by hand, or since it can't be sent
	EventSent      = "sent"      // put into a document
	EventConfirmed = "confirmed" // its round ended well
	EventMissed    = "missed"    // its round ended without it
	EventReturned  = "returned"  // its document was not taken
	EventChanged   = "changed"   // a person changed it in MiniCRM, or changed it back
	EventDeleted   = "deleted"   // found deleted in the shop, and acted upon
)

// Event is something that happened to an order. Its texts tell no more of a person
// than they must: what changed, not what was written where.
type Event struct {
	At       time.Time
	Kind     string
	Version  int64  // of the order
	State    string // a punte.DutyState that it led to, or empty
	Code     string // of the problem, if there is one
	Document string // that it is about, or empty
	Text     string
}

// eventsKept bounds the life of one order: an order that changes or fails for years
// must not grow for ever. Some more may be there until the next one.
const eventsKept = 100

// eventTextKept bounds the text of an event, in bytes.
const eventTextKept = 1000

// told is an event of the order ref.
type told struct {
	ref string
	Event
}

// eventsAtOnce is how many events one statement adds.
const eventsAtOnce = 50

// tell adds events to the lives of orders. Whoever calls it has touched the duties of
// these orders in the same transaction, so nobody else counts the same number.
func tell(ctx context.Context, tx db.DBTX, connection string, events []told) error {
	for len(events) > 0 {
		n := apart(events)
		if err := tellSome(ctx, tx, connection, events[:n]); err != nil {
			return fmt.Errorf("noting what happened: %w", err)
		}
		events = events[n:]
	}
	return nil
}

// apart is how many of the first events go into one statement: it would give two of
// one order the same number.
func apart(events []told) int {
	seen := make(map[string]bool, eventsAtOnce)
	for i, e := range events {
		if i == eventsAtOnce || seen[e.ref] {
			return i
		}
		seen[e.ref] = true
	}
	return len(events)
}

// begin adds the first events of orders that were not there before, each the first
// of its life. A first import has nothing else to tell, so it counts nothing.
func begin(ctx context.Context, tx db.DBTX, connection string, events []told) error {
	for some := range slices.Chunk(events, eventsAtOnce) {
		var text strings.Builder
		text.WriteString("INSERT INTO events (connection, ref, seq, at, kind, version, state, code, document, text) VALUES ")
		args := []any{connection, millis(some[0].At), some[0].Kind, some[0].Version}
		for i, e := range some {
			if i > 0 {
				text.WriteString(", ")
			}
			n := len(args)
			_, _ = fmt.Fprintf(&text, "($1, $%d, 1, $2, $3, $4, $%d, $%d, '', $%d)", n+1, n+2, n+3, n+4)
			args = append(args, e.ref, e.State, e.Code, bounded(e.Text))
		}
		text.WriteString(" ON CONFLICT DO NOTHING")
		if _, err := tx.ExecContext(ctx, text.String(), args...); err != nil {
			return fmt.Errorf("noting what happened: %w", err)
		}
	}
	return nil
}

func tellSome(ctx context.Context, tx db.DBTX, connection string, events []told) error {
	var text strings.Builder
	text.WriteString("INSERT INTO events (connection, ref, seq, at, kind, version, state, code, document, text) VALUES ")
	args := []any{connection}
	for i, e := range events {
		if i > 0 {
			text.WriteString(", ")
		}
		n := len(args)
		_, _ = fmt.Fprintf(&text, "($1, $%d, (SELECT COALESCE(MAX(seq), 0) + 1 FROM events WHERE connection = $1 AND ref = $%d), $%d, $%d, $%d, $%d, $%d, $%d, $%d)",
			n+1, n+1, n+2, n+3, n+4, n+5, n+6, n+7, n+8)
		args = append(args, e.ref, millis(e.At), e.Kind, e.Version, e.State, e.Code, e.Document, bounded(e.Text))
	}
	text.WriteString(" RETURNING ref, seq")
	full, err := grown(ctx, tx, text.String(), args)
	if err != nil {
		return err
	}
	for ref, seq := range full {
		if err := db.New(tx).PruneEvents(ctx, db.PruneEventsParams{Connection: connection, Ref: ref, Seq: seq - eventsKept}); err != nil {
			return err
		}
	}
	return nil
}

// grown runs the statement and returns the orders that have more events than are
// kept.
func grown(ctx context.Context, tx db.DBTX, statement string, args []any) (full map[string]int64, err error) {
	rows, err := tx.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	full = map[string]int64{}
	for rows.Next() {
		var ref string
		var seq int64
		if err := rows.Scan(&ref, &seq); err != nil {
			return nil, err
		}
		if seq > eventsKept {
			full[ref] = seq
		}
	}
	return full, rows.Err()
}

func bounded(text string) string {
	if len(text) <= eventTextKept {
		return text
	}
	return strings.ToValidUTF8(text[:eventTextKept], "") + "…"
}

// Events returns what happened to an order, the oldest first.
func (s *Store) Events(ctx context.Context, connection, ref string) ([]Event, error) {
	found, err := s.read().Events(ctx, db.EventsParams{Connection: connection, Ref: ref})
	if err != nil {
		return nil, failed("reading what happened to order "+ref, err)
	}
	events := make([]Event, 0, len(found))
	for _, row := range found {
		events = append(events, Event{
			At: instant(row.At), Kind: row.Kind, Version: row.Version, State: row.State, Code: row.Code, Document: row.Document, Text: row.Text,
		})
	}
	return events, nil
}

// known is what was stored of an order before a page of the shop arrived.
type known struct{ digest, data []byte }

// known returns what is stored of the orders of a page. It is for telling what
// changed; what is written decides for itself.
func (s *Store) known(ctx context.Context, p Page) (map[string]known, error) {
	there := map[string]known{}
	for some := range slices.Chunk(p.Rows, refsAtOnce) {
		var text strings.Builder
		text.WriteString("SELECT ref, digest, data FROM orders WHERE connection = $1 AND ref IN (")
		args := []any{p.Connection}
		for i, row := range some {
			if i > 0 {
				text.WriteString(", ")
			}
			args = append(args, row.Ref)
			text.WriteString("$" + strconv.Itoa(len(args)))
		}
		text.WriteString(")")
		if err := s.readKnown(ctx, text.String(), args, there); err != nil {
			return nil, err
		}
	}
	return there, nil
}

func (s *Store) readKnown(ctx context.Context, query string, args []any, there map[string]known) error {
	found, err := s.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var ref string
		var k known
		if err := found.Scan(&ref, &k.digest, &k.data); err != nil {
			return err
		}
		there[ref] = k
	}
	return found.Err()
}

// seenAs is the event of an order whose duty a page changed.
func seenAs(r OrderRow, there map[string]known, version int64, unpack *unpacker, now time.Time) told {
	e := Event{At: now, Kind: EventSeen, Version: version, State: string(r.State), Code: r.Problem.Code}
	before, old := there[r.Ref]
	switch {
	case !old:
		e.Text = firstSeen(r)
	case bytes.Equal(before.digest, r.Digest):
		e.Kind = EventDecided
	default:
		e.Text = changesOf(r, before, unpack)
	}
	if r.Problem.Reason != "" {
		e.Text = join("; ", e.Text, join(": ", r.Problem.Field, r.Problem.Reason))
	}
	return told{r.Ref, e}
}

func firstSeen(r OrderRow) string {
	if !r.Readable {
		return ""
	}
	return join(", ", "status "+punte.OrDash(r.Order.Status.Name), "total "+r.Order.Gross.Trim(0).String()+" "+r.Order.Currency)
}

func changesOf(r OrderRow, before known, unpack *unpacker) string {
	if !r.Readable {
		return "can't be read any more"
	}
	var order punte.Order
	if err := unpack.json(before.data, &order); err != nil || len(before.data) == 0 {
		return "can be read now"
	}
	return strings.Join(r.Order.Changes(order), "; ")
}

// join puts the texts that are not empty together.
func join(between string, texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), between)
}

// outcomeEvent tells how a round ended.
func outcomeEvent(o Outcome, now time.Time) told {
	e := Event{At: now, Kind: EventMissed, Version: o.Version, State: string(o.State), Code: o.Problem.Code, Text: o.Problem.Reason}
	if o.State == punte.Confirmed || o.State == punte.Unlisted {
		e.Kind, e.Code, e.Text = EventConfirmed, "", o.Differs
	}
	return told{o.Ref, e}
}

// Change is what a person changed of an order in MiniCRM, as it was seen there.
type Change struct {
	Ref     string
	Version int64  // that MiniCRM was seen to show before
	Text    string // what is different, empty if nothing is any more
}

// MarkChanged notes what people changed of orders that are confirmed and owe nothing.
// For any other order it does nothing: what is on its way decides. It returns of how
// many orders the note is a new one.
func (s *Store) MarkChanged(ctx context.Context, connection string, changes []Change, now time.Time) (marked int, err error) {
	if len(changes) == 0 {
		return 0, nil
	}
	err = s.writeWith(ctx, "noting what people changed in MiniCRM", func(q *db.Queries, tx db.DBTX) error {
		marked = 0
		var events []told
		for _, c := range changes {
			touched, err := q.MarkChanged(ctx, db.MarkChangedParams{Connection: connection, Ref: c.Ref, Version: c.Version, Changed: c.Text})
			if err != nil {
				return err
			}
			if touched > 0 {
				marked++
				events = append(events, told{c.Ref, Event{At: now, Kind: EventChanged, Version: c.Version, Text: c.Text}})
			}
		}
		return tell(ctx, tx, connection, events)
	})
	return marked, err
}

// Shown is what MiniCRM was seen to show of a confirmed order that owes nothing.
type Shown struct {
	Ref     string
	CRMID   int64
	CRMCard int64
	Version int64
	Written []byte // JSON
	Differs string // how its amount differed when it was confirmed
	Changed string // what a person was seen to have changed
}

// ShownByDocument returns the orders that are confirmed, owe nothing, and are
// MiniCRM's order documents with these ids.
func (s *Store) ShownByDocument(ctx context.Context, connection string, ids []int64) ([]Shown, error) {
	return s.shownIn(ctx, connection, "crm_id", ids)
}

// ShownByCard returns those that are on MiniCRM's cards with these ids.
func (s *Store) ShownByCard(ctx context.Context, connection string, ids []int64) ([]Shown, error) {
	return s.shownIn(ctx, connection, "crm_card", ids)
}

func (s *Store) shownIn(ctx context.Context, connection, column string, ids []int64) ([]Shown, error) {
	var list []Shown
	for some := range slices.Chunk(ids, refsAtOnce) {
		var text strings.Builder
		text.WriteString("SELECT ref, crm_id, crm_card, shown, written, differs, changed FROM duties " +
			"WHERE connection = $1 AND kind = 'order' AND state = 'confirmed' AND wanted = shown AND " + column + " > 0 AND " + column + " IN (")
		args := []any{connection}
		for i, id := range some {
			if i > 0 {
				text.WriteString(", ")
			}
			args = append(args, id)
			text.WriteString("$" + strconv.Itoa(len(args)))
		}
		text.WriteString(")")
		found, err := s.reader.QueryContext(ctx, text.String(), args...)
		if err != nil {
			return nil, failed("reading what MiniCRM shows", err)
		}
		if list, err = scanShown(found, list); err != nil {
			return nil, failed("reading what MiniCRM shows", err)
		}
	}
	return list, nil
}

func scanShown(found *sql.Rows, list []Shown) ([]Shown, error) {
	defer func() { _ = found.Close() }()
	for found.Next() {
		var one Shown
		var written string
		if err := found.Scan(&one.Ref, &one.CRMID, &one.CRMCard, &one.Version, &written, &one.Differs, &one.Changed); err != nil {
			return list, err
		}
		one.Written = text(written)
		list = append(list, one)
	}
	return list, found.Err()
}
