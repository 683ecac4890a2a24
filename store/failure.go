package store

import (
	"context"
	"crypto/rand"
	"time"

	"punte/store/db"
)

// failuresKept is how long a failed call counts.
const failuresKept = time.Hour

func failureScope(connection, work string) string { return "failed:" + connection + ":" + work }

// Failures returns how often a kind of work failed within the last hour and since
// it last went well.
func (s *Store) Failures(ctx context.Context, connection, work string, now time.Time) (int, error) {
	calls, err := s.read().CallsSince(ctx, db.CallsSinceParams{
		Scope: failureScope(connection, work), Since: millis(now.Add(-failuresKept)),
	})
	if err != nil {
		return 0, failed("reading the failures of connection "+connection, err)
	}
	return len(calls), nil
}

// NoteFailure counts a failed call.
func (s *Store) NoteFailure(ctx context.Context, connection, work string, now time.Time) error {
	return failed("noting a failure of connection "+connection, s.change().AddCall(ctx, db.AddCallParams{
		ID: rand.Text(), Scope: failureScope(connection, work), At: millis(now),
	}))
}

// ForgetFailures starts counting anew, after something went well.
func (s *Store) ForgetFailures(ctx context.Context, connection, work string, now time.Time) error {
	return failed("forgetting the failures of connection "+connection, s.change().ForgetCalls(ctx, db.ForgetCallsParams{
		Scope: failureScope(connection, work), Before: millis(now),
	}))
}
