package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"punte/store/db"
)

// Schedule sets when a connection is due.
func (s *Store) Schedule(ctx context.Context, connection string, due time.Time) error {
	return failed("scheduling connection "+connection, s.change().SetSchedule(ctx, db.SetScheduleParams{Connection: connection, Due: millis(due)}))
}

// Due returns the active connections that are due, the longest waiting first.
func (s *Store) Due(ctx context.Context, now time.Time) ([]string, error) {
	due, err := s.read().DueConnections(ctx, millis(now))
	return due, failed("reading which connections are due", err)
}

// NextAfter returns when the first active connection is due after now, false if none
// is: those that are due already are not waited for.
func (s *Store) NextAfter(ctx context.Context, now time.Time) (time.Time, bool, error) {
	due, err := s.read().NextAfter(ctx, millis(now))
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, failed("reading which connection is due next", err)
	}
	return instant(due), true, nil
}

// Hint makes a connection due now. If a slice of it is running, that one makes it
// due again when it ends.
func (s *Store) Hint(ctx context.Context, connection string, now time.Time) error {
	return failed("noting a hint for connection "+connection, s.change().Hint(ctx, db.HintParams{Connection: connection, Due: millis(now)}))
}

// BeginSlice notes that all hints so far are being followed.
func (s *Store) BeginSlice(ctx context.Context, connection string) error {
	return failed("beginning a slice of connection "+connection, s.change().BeginSlice(ctx, connection))
}

// EndSlice sets when a connection is due again: at due, or now if a hint came since
// its slice began.
func (s *Store) EndSlice(ctx context.Context, connection string, due, now time.Time) error {
	return failed("ending a slice of connection "+connection, s.change().EndSlice(ctx, db.EndSliceParams{Connection: connection, Due: millis(due), Now: millis(now)}))
}
