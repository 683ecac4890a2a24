package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"punte/store/db"
)

// Cursor returns how far a kind of reading has come, false if it never began.
func (s *Store) Cursor(ctx context.Context, connection, kind string) (time.Time, bool, error) {
	at, err := s.read().Cursor(ctx, db.CursorParams{Connection: connection, Kind: kind})
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, failed("reading a cursor of connection "+connection, err)
	}
	return instant(at), true, nil
}

// Cursors returns how far all readings of a connection have come, and all times that
// were set for it.
func (s *Store) Cursors(ctx context.Context, connection string) (map[string]time.Time, error) {
	found, err := s.read().Cursors(ctx, connection)
	if err != nil {
		return nil, failed("reading the cursors of connection "+connection, err)
	}
	cursors := make(map[string]time.Time, len(found))
	for _, row := range found {
		cursors[row.Kind] = instant(row.At)
	}
	return cursors, nil
}

// SetCursor moves a cursor, also back. SavePage moves it together with what was
// read.
func (s *Store) SetCursor(ctx context.Context, connection, kind string, at time.Time) error {
	return failed("moving a cursor of connection "+connection, moveCursor(ctx, s.change(), connection, Cursor{Kind: kind, At: at, Reset: true}))
}

func moveCursor(ctx context.Context, q *db.Queries, connection string, c Cursor) error {
	if c.Reset {
		return q.SetCursor(ctx, db.SetCursorParams{Connection: connection, Kind: c.Kind, At: millis(c.At)})
	}
	return q.MoveCursor(ctx, db.MoveCursorParams{Connection: connection, Kind: c.Kind, At: millis(c.At)})
}
