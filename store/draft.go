package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"punte"
	"punte/store/db"
)

// Unlisted returns orders that no list of MiniCRM shows and whose cards are due to be
// looked for, the order placed first in front.
func (s *Store) Unlisted(ctx context.Context, connection string, now time.Time, limit int) ([]Duty, error) {
	return s.duties(ctx, db.DutiesInStateParams{Connection: connection, State: string(punte.Unlisted), Due: millis(now), Rows: rows(limit)})
}

// Look is what came of looking for the card of an order that is Unlisted.
type Look struct {
	Ref     string
	Version int64 // that MiniCRM should show
	// State is Confirmed: it was found; Unlisted: it was not; Owed: it goes again, with
	// all that it says.
	State   punte.DutyState
	Due     time.Time     // Unlisted: when to look again; zero is never
	Anew    bool          // Owed, Unlisted: MiniCRM does not have it, so it goes as if for the first time
	Problem punte.Problem // Unlisted, Owed: why
	CRMID   int64         // Confirmed: where it was found, 0 if that is not known
	CRMCard int64
	Differs string // Confirmed: what MiniCRM shows otherwise
	Changed string // Confirmed: what was changed there since
}

// SettleLook writes down what came of a look. An order that changed meanwhile is left
// alone.
func (s *Store) SettleLook(ctx context.Context, connection string, l Look, now time.Time) error {
	doing := "settling order " + l.Ref
	return s.writeWith(ctx, doing, func(q *db.Queries, tx db.DBTX) error {
		touched, err := settleLook(ctx, q, connection, l, now)
		if err != nil || touched == 0 || l.State == punte.Unlisted {
			return err
		}
		return tell(ctx, tx, connection, []told{outcomeEvent(Outcome{
			Ref: l.Ref, Version: l.Version, State: l.State, Problem: l.Problem, Differs: l.Differs,
		}, now)})
	})
}

func settleLook(ctx context.Context, q *db.Queries, connection string, l Look, now time.Time) (int64, error) {
	switch l.State {
	case punte.Confirmed:
		return q.ConfirmUnlisted(ctx, db.ConfirmUnlistedParams{
			Connection: connection, Ref: l.Ref, Version: l.Version, Differs: l.Differs, Changed: l.Changed,
			CRMID: l.CRMID, CRMCard: l.CRMCard, Now: millis(now),
			Code: l.Problem.Code, Field: l.Problem.Field, Reason: l.Problem.Reason,
		})
	case punte.Unlisted:
		due := int64(forever)
		if !l.Due.IsZero() {
			due = millis(l.Due)
		}
		return q.WaitUnlisted(ctx, db.WaitUnlistedParams{
			Connection: connection, Ref: l.Ref, Version: l.Version, Due: due, Anew: l.Anew, Code: l.Problem.Code, Field: l.Problem.Field, Reason: l.Problem.Reason,
		})
	case punte.Owed:
		return q.OweUnlisted(ctx, db.OweUnlistedParams{
			Connection: connection, Ref: l.Ref, Version: l.Version, Anew: l.Anew, Code: l.Problem.Code, Reason: l.Problem.Reason, Now: millis(now),
		})
	}
	return 0, punte.Errorf(punte.Internal, "a look can't end as %q", l.State)
}

// SeekAnew lets the cards be looked for again that were given up: MiniCRM turned out to
// be otherwise than it was thought to be.
func (s *Store) SeekAnew(ctx context.Context, connection string, now time.Time) error {
	_, err := s.change().SeekAnew(ctx, db.SeekAnewParams{Connection: connection, Never: forever, Now: millis(now)})
	return failed("looking for cards again of connection "+connection, err)
}

// OrdersOfCards tells which of MiniCRM's cards are those of our orders: id -> Ref.
func (s *Store) OrdersOfCards(ctx context.Context, connection string, cards []int64) (map[int64]string, error) {
	doing := "looking for orders by MiniCRM's cards"
	known := map[int64]string{}
	for some := range slices.Chunk(cards, refsAtOnce) {
		text, args := in("SELECT crm_card, ref FROM duties WHERE connection = $1 AND kind = 'order' AND crm_card > 0 AND crm_card IN (", connection, some)
		if err := s.eachRow(ctx, text, args, func(row *sql.Rows) error {
			var card int64
			var ref string
			err := row.Scan(&card, &ref)
			known[card] = ref
			return err
		}); err != nil {
			return nil, fmt.Errorf("%s: %w", doing, err)
		}
	}
	return known, nil
}

// OrdersUnderway says whether orders of a customer's card are with MiniCRM now.
func (s *Store) OrdersUnderway(ctx context.Context, connection string, card int64) (some bool, err error) {
	const query = "SELECT COUNT(*) FROM duties WHERE connection = $1 AND kind = 'order' AND card = $2 AND state = 'sent'"
	err = s.eachRow(ctx, query, []any{connection, card}, func(row *sql.Rows) error {
		var n int
		err := row.Scan(&n)
		some = n > 0
		return err
	})
	return some, err
}

func (s *Store) eachRow(ctx context.Context, query string, args []any, each func(*sql.Rows) error) error {
	found, err := s.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return failed("reading orders", err)
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		if err := each(found); err != nil {
			return failed("reading orders", err)
		}
	}
	return failed("reading orders", found.Err())
}
