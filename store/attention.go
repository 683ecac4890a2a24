package store

import (
	"context"
	"time"

	"punte"
	"punte/store/db"
)

// Park puts an order aside that is owed and can't be sent as it is. In any other
// state it is left alone: its round or a newer version decides.
func (s *Store) Park(ctx context.Context, connection, ref string, p punte.Problem, now time.Time) error {
	return s.writeWith(ctx, "parking order "+ref, func(q *db.Queries, tx db.DBTX) error {
		touched, err := q.ParkOwed(ctx, db.ParkOwedParams{
			Connection: connection, Ref: ref, Code: p.Code, Field: p.Field, Reason: p.Reason, Now: millis(now),
		})
		if err != nil || touched == 0 {
			return err
		}
		return tell(ctx, tx, connection, []told{{ref, Event{
			At: now, Kind: EventDecided, State: string(punte.Parked), Code: p.Code, Text: join(": ", p.Field, p.Reason),
		}}})
	})
}

// Differences counts the orders whose lines do not give the shop's total, and those
// whose amount in MiniCRM differs from the lines sent. Differing lists the same ones.
func (s *Store) Differences(ctx context.Context, connection string) (totals, amounts int, err error) {
	t, err := s.read().TotalsDiffer(ctx, connection)
	if err != nil {
		return 0, 0, failed("counting totals that differ", err)
	}
	a, err := s.read().AmountsDiffer(ctx, connection)
	return int(t), int(a), failed("counting amounts that differ", err)
}

// Differing is an order whose sums do not agree.
type Differing struct {
	Key    string
	Total  string // how the lines differ from the shop's total, or empty
	Amount string // how MiniCRM's amount differs from the lines sent, or empty; Confirmed and Unlisted orders only
}

// Differing lists the orders whose sums do not agree, but for those left, the one
// placed first in front.
func (s *Store) Differing(ctx context.Context, connection string) ([]Differing, error) {
	rows, err := s.read().Differing(ctx, connection)
	if err != nil {
		return nil, failed("reading which sums differ", err)
	}
	list := make([]Differing, 0, len(rows))
	for _, r := range rows {
		list = append(list, Differing{Key: r.Key, Total: r.Total, Amount: r.Amount})
	}
	return list, nil
}
