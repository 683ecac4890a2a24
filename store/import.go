package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"punte/store/db"
)

// Import is the reading of a stretch of a shop's past, beside that of what is new.
type Import struct {
	Starts time.Time
	Until  time.Time // where the reading of what is new began
	Begun  time.Time
	Ended  time.Time // zero while it goes on
	Orders int       // that were read so far, each time counted
	Calls  int       // list calls that it took so far
}

// BeginImport notes that the past from starts until until is to be read by itself. The
// cursor of what is new is dropped, for that reading begins at until. An import that
// goes on keeps its start and its own cursor and only ends later.
func (s *Store) BeginImport(ctx context.Context, connection, fresh, past string, starts, until, now time.Time) error {
	return s.write(ctx, "beginning the import of connection "+connection, func(q *db.Queries) error {
		if err := q.ForgetEndedImport(ctx, db.ForgetEndedImportParams{Connection: connection, Kind: past}); err != nil {
			return err
		}
		err := q.BeginImport(ctx, db.BeginImportParams{Connection: connection, Starts: millis(starts), Until: millis(until), Now: millis(now)})
		if err != nil {
			return err
		}
		return q.DropCursor(ctx, db.DropCursorParams{Connection: connection, Kind: fresh})
	})
}

// Import returns a connection's last import, false if it never had one.
func (s *Store) Import(ctx context.Context, connection string) (Import, bool, error) {
	row, err := s.read().ImportOf(ctx, connection)
	if errors.Is(err, sql.ErrNoRows) {
		return Import{}, false, nil
	}
	if err != nil {
		return Import{}, false, failed("reading the import of connection "+connection, err)
	}
	return Import{
		Starts: instant(row.Starts), Until: instant(row.Until), Begun: instant(row.Begun), Ended: instant(row.Ended),
		Orders: int(row.Orders), Calls: int(row.Calls),
	}, true, nil
}

// NoteImport adds to the counts of the import that goes on.
func (s *Store) NoteImport(ctx context.Context, connection string, orders, calls int) error {
	return failed("counting the import of connection "+connection, s.change().NoteImport(ctx, db.NoteImportParams{
		Connection: connection, Orders: int64(orders), Calls: int64(calls),
	}))
}

// EndImport notes that the import has read all it was to read.
func (s *Store) EndImport(ctx context.Context, connection string, now time.Time) error {
	return failed("ending the import of connection "+connection, s.change().EndImport(ctx, db.EndImportParams{Connection: connection, Now: millis(now)}))
}

// ActiveOfShop counts the active connections of a shop. They share its budgets.
func (s *Store) ActiveOfShop(ctx context.Context, shop string) (int, error) {
	n, err := s.read().ActiveOfShop(ctx, shop)
	return int(n), failed("counting the connections of a shop", err)
}

// DueOf returns when a connection is due, false if it has no schedule.
func (s *Store) DueOf(ctx context.Context, connection string) (time.Time, bool, error) {
	due, err := s.read().DueOf(ctx, connection)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, failed("reading when connection "+connection+" is due", err)
	}
	return instant(due), true, nil
}
