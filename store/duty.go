package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"punte"
	"punte/store/db"
)

// Duty is what is owed to MiniCRM for one order, with the order and its card.
// Versions count from 1; 0 is never.
type Duty struct {
	Connection string
	Kind       string // "order"
	Ref        string
	Key        string // number of the order in the shop, empty if it could not be read
	Card       int64  // of its card in MiniCRM, 0 if unknown

	Wanted   int64 // version MiniCRM should show
	Sent     int64 // version handed over last
	Shown    int64 // version MiniCRM was seen to show
	State    punte.DutyState
	Due      time.Time // owed: not before; sent: end of its round
	Rounds   int       // rounds of the wanted version that ended without it
	Looks    int       // how often the card of the version shown was looked for in vain
	Problem  punte.Problem
	Document string // the last one it travelled in
	CRMID    int64  // of the order document in MiniCRM, 0 if never seen
	CRMCard  int64  // of its card in MiniCRM, 0 if never seen
	Written  []byte // JSON, what MiniCRM holds of ours; nil for nothing
	Pending  []byte // JSON, what is in flight; nil for nothing
	Differs  string // what MiniCRM shows otherwise, or empty
	Changed  string // what a person changed in MiniCRM since it was confirmed, or empty
	Created  time.Time
	Updated  time.Time
	Deleted  time.Time // the shop was found not to have it any more, zero for never

	Order    punte.Order // zero if it could not be read
	External int64       // of the order in MiniCRM's documents
	Version  int64       // of Order

	CardFirst  bool        // the card was never handed over
	CardBuyer  punte.Buyer // who the card describes
	CardSource string      // what the card's id was derived from
	CardOrders int         // orders of the card that are known and not left
}

// Owed returns what is owed and due, the order placed first in front.
func (s *Store) Owed(ctx context.Context, connection string, now time.Time, limit int) ([]Duty, error) {
	return s.duties(ctx, db.DutiesInStateParams{Connection: connection, State: string(punte.Owed), Due: millis(now), Rows: rows(limit)})
}

// InFlight returns what is in a document whose round has not ended.
func (s *Store) InFlight(ctx context.Context, connection string) ([]Duty, error) {
	return s.allIn(ctx, connection, punte.Sent)
}

// Held returns the orders that wait for a person.
func (s *Store) Held(ctx context.Context, connection string) ([]Duty, error) {
	return s.allIn(ctx, connection, punte.Held)
}

// Parked returns the orders that can't be sent.
func (s *Store) Parked(ctx context.Context, connection string) ([]Duty, error) {
	return s.allIn(ctx, connection, punte.Parked)
}

func (s *Store) allIn(ctx context.Context, connection string, state punte.DutyState) ([]Duty, error) {
	return s.duties(ctx, db.DutiesInStateParams{Connection: connection, State: string(state), Due: forever, Rows: math.MaxInt32})
}

func (s *Store) duties(ctx context.Context, which db.DutiesInStateParams) ([]Duty, error) {
	doing := "reading the " + which.State + " orders of connection " + which.Connection
	found, err := s.read().DutiesInState(ctx, which)
	if err != nil {
		return nil, failed(doing, err)
	}
	var unpack unpacker
	duties := make([]Duty, 0, len(found))
	for _, row := range found {
		duty, err := dutyOf(row, &unpack)
		if err != nil {
			return nil, fmt.Errorf("%s: order %s: %w", doing, row.Duty.Ref, err)
		}
		duties = append(duties, duty)
	}
	return duties, nil
}

func dutyOf(row db.DutiesInStateRow, unpack *unpacker) (Duty, error) {
	d := row.Duty
	duty := Duty{
		Connection: d.Connection, Kind: d.Kind, Ref: d.Ref, Key: row.OrderKey, Card: d.Card, Wanted: d.Wanted, Sent: d.Sent, Shown: d.Shown,
		State: punte.DutyState(d.State), Due: instant(d.Due), Rounds: int(d.Rounds),
		Problem:  punte.Problem{Code: d.Code, Field: d.Field, Reason: d.Reason},
		Document: d.Document, CRMID: d.CRMID, CRMCard: d.CRMCard, Written: text(d.Written), Pending: text(d.Pending),
		Differs: d.Differs, Changed: d.Changed, Created: instant(d.Created), Updated: instant(d.Updated), Deleted: instant(d.Deleted), External: row.External,
		Version: row.Version, CardFirst: row.CardSent.Int64 == 0, CardSource: row.CardSource.String,
	}
	if d.Card != 0 {
		duty.CardOrders = int(row.CardOrders)
	}
	if d.Sought == d.Shown {
		duty.Looks = int(d.Looks)
	}
	if err := unpack.json(row.Data, &duty.Order); err != nil {
		return Duty{}, err
	}
	if err := unpack.json(row.CardData, &duty.CardBuyer); err != nil {
		return Duty{}, err
	}
	return duty, nil
}

// text is nil for an empty column.
func text(column string) []byte {
	if column == "" {
		return nil
	}
	return []byte(column)
}

// rows bounds a LIMIT; nothing asked for is nothing.
func rows(limit int) int32 { return int32(min(max(limit, 0), math.MaxInt32)) }

// Redecide changes by hand what an order that is held, parked or left is to be;
// Owed sends it at once. In any other state it is a Conflict. The same version read
// again from the shop, decided as before, does not undo it.
func (s *Store) Redecide(ctx context.Context, connection, ref string, state punte.DutyState, p punte.Problem, now time.Time) error {
	doing := "deciding about order " + ref
	switch state {
	case punte.Owed, punte.Held, punte.Parked, punte.Left:
	default:
		return punte.Errorf(punte.Invalid, "%s: it can't be made %q by hand", doing, state)
	}
	return s.writeWith(ctx, doing, func(q *db.Queries, tx db.DBTX) error {
		touched, err := q.Redecide(ctx, db.RedecideParams{
			Connection: connection, Ref: ref, State: string(state), Code: p.Code, Field: p.Field, Reason: p.Reason, Now: millis(now),
		})
		if err != nil {
			return err
		}
		if touched == 0 {
			return punte.Errorf(punte.Conflict, "there is no such order that is held, parked or left")
		}
		return tell(ctx, tx, connection, []told{{ref, Event{
			At: now, Kind: EventDecided, State: string(state), Code: p.Code, Text: join(": ", p.Field, p.Reason),
		}}})
	})
}

// Counts returns how many orders are in each state that has any.
func (s *Store) Counts(ctx context.Context, connection string) (map[punte.DutyState]int, error) {
	found, err := s.read().Counts(ctx, connection)
	if err != nil {
		return nil, failed("counting the orders of connection "+connection, err)
	}
	counts := make(map[punte.DutyState]int, len(found))
	for _, row := range found {
		counts[punte.DutyState(row.State)] = int(row.Number)
	}
	return counts, nil
}

// NextDue returns when the first of the owed orders is due, false if none is owed.
func (s *Store) NextDue(ctx context.Context, connection string) (time.Time, bool, error) {
	due, err := s.read().NextDue(ctx, connection)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, failed("reading what is due of connection "+connection, err)
	}
	return instant(due), true, nil
}

// Outcome is how the round of an order ended.
type Outcome struct {
	Ref     string
	Version int64           // that was in flight
	State   punte.DutyState // Confirmed, Unlisted, Owed or Parked
	Due     time.Time       // Owed: when it goes again
	Problem punte.Problem   // Owed, Parked: why; Confirmed, Unlisted: why its status was withheld, if it was
	CRMID   int64           // where it was seen, 0 if it was not
	CRMCard int64
	Differs string // Confirmed, Unlisted: what MiniCRM shows otherwise
	Changed string // Confirmed: what a person had changed there, and the delivery did not write
	Rounds  int    // Owed, Parked: rounds of this version that count, this one included
}

// settledAtOnce bounds the rows of one transaction, so that other writers get their
// turn.
const settledAtOnce = 500

// Settle ends rounds. Only a duty that is in flight with the outcome's very version
// is touched. Confirmed and Unlisted make what was pending written.
//
// What was decided meanwhile goes before the outcome: an order with a newer version
// is owed again at once (after Owed: at the outcome's Due) with no rounds counted,
// and one that is now held, parked or left becomes that.
func (s *Store) Settle(ctx context.Context, connection string, outcomes []Outcome, now time.Time) error {
	doing := "settling orders of connection " + connection
	for len(outcomes) > 0 {
		some := outcomes[:min(len(outcomes), settledAtOnce)]
		outcomes = outcomes[len(some):]
		err := s.writeWith(ctx, doing, func(q *db.Queries, tx db.DBTX) error {
			events := make([]told, 0, len(some))
			for _, o := range some {
				touched, err := settle(ctx, q, connection, o, now)
				if err != nil {
					return fmt.Errorf("order %s: %w", o.Ref, err)
				}
				if touched > 0 {
					events = append(events, outcomeEvent(o, now))
				}
			}
			return tell(ctx, tx, connection, events)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func settle(ctx context.Context, q *db.Queries, connection string, o Outcome, now time.Time) (int64, error) {
	due := now
	switch o.State {
	case punte.Confirmed, punte.Unlisted:
		return q.SettleShown(ctx, db.SettleShownParams{
			Connection: connection, Ref: o.Ref, Version: o.Version, State: string(o.State), Differs: o.Differs, Changed: o.Changed,
			Code: o.Problem.Code, Field: o.Problem.Field, Reason: o.Problem.Reason,
			CRMID: o.CRMID, CRMCard: o.CRMCard, Now: millis(now),
		})
	case punte.Owed:
		due = o.Due
	case punte.Parked:
	default:
		return 0, punte.Errorf(punte.Internal, "a round can't end as %q", o.State)
	}
	return q.SettleNotShown(ctx, db.SettleNotShownParams{
		Connection: connection, Ref: o.Ref, Version: o.Version, State: string(o.State), Due: millis(due), Rounds: int64(o.Rounds),
		Code: o.Problem.Code, Field: o.Problem.Field, Reason: o.Problem.Reason,
		CRMID: o.CRMID, CRMCard: o.CRMCard, Now: millis(now),
	})
}

// CRMOrders returns which of MiniCRM's order documents are known: id -> Ref.
func (s *Store) CRMOrders(ctx context.Context, connection string, crmIDs []int64) (map[int64]string, error) {
	known := make(map[int64]string, len(crmIDs))
	for _, id := range crmIDs {
		if id == 0 { // a duty never seen in MiniCRM has 0
			continue
		}
		refs, err := s.read().OrderOfCRM(ctx, db.OrderOfCRMParams{Connection: connection, CRMID: id})
		if err != nil {
			return nil, failed("looking for orders of MiniCRM", err)
		}
		if len(refs) > 0 {
			known[id] = refs[0]
		}
	}
	return known, nil
}
