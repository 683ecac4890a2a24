package store

import (
	"context"
	"time"

	"punte"
	"punte/store/db"
)

// Withheld returns the orders that MiniCRM shows with a status of before, since theirs
// had no pair when they were handed over last.
func (s *Store) Withheld(ctx context.Context, connection string) ([]Duty, error) {
	doing := "reading the orders whose status was withheld, of connection " + connection
	found, err := s.read().Withheld(ctx, db.WithheldParams{Connection: connection, Code: punte.ProblemUnmapped})
	if err != nil {
		return nil, failed(doing, err)
	}
	var unpack unpacker
	duties := make([]Duty, 0, len(found))
	for _, row := range found {
		duty, err := dutyOf(db.DutiesInStateRow(row), &unpack)
		if err != nil {
			return nil, failed(doing, err)
		}
		duties = append(duties, duty)
	}
	return duties, nil
}

// EndWithheld notes that an order's status is not withheld any more although none goes
// to MiniCRM: it is one that is not to be brought.
func (s *Store) EndWithheld(ctx context.Context, connection, ref string, now time.Time) error {
	return s.write(ctx, "deciding about order "+ref, func(q *db.Queries) error {
		return q.EndWithheld(ctx, db.EndWithheldParams{Connection: connection, Ref: ref, Code: punte.ProblemUnmapped, Now: millis(now)})
	})
}
