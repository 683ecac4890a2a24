package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"punte"
	"punte/store/db"
)

// Hook is what is kept of a shop's webhooks to a connection.
type Hook struct {
	Secret *punte.Secret // that the shop signs them with
	SetAt  time.Time     // when the shop was told to send them; zero if it was not
	SeenAt time.Time     // the last one that was signed rightly; zero if none came
	Seen   int           // how many were
}

// hookOwner keeps a webhook's secret from opening as anything else of its connection.
func hookOwner(connection string) string { return connection + "/hook" }

// SetHook keeps the secret of a shop's webhooks, sealed, and when they were set up.
func (s *Store) SetHook(ctx context.Context, connection string, secret *punte.Secret, setAt time.Time) error {
	doing := "keeping the webhook secret of connection " + connection
	sealed, err := s.keys.seal([]byte(secret.Reveal()), hookOwner(connection))
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return failed(doing, s.change().SetHook(ctx, db.SetHookParams{Connection: connection, Secret: sealed, SetAt: millis(setAt)}))
}

// Hook returns what is kept of a connection's webhooks, false if it has none.
func (s *Store) Hook(ctx context.Context, connection string) (Hook, bool, error) {
	doing := "reading the webhooks of connection " + connection
	row, err := s.read().Hook(ctx, connection)
	if errors.Is(err, sql.ErrNoRows) {
		return Hook{}, false, nil
	}
	if err != nil {
		return Hook{}, false, failed(doing, err)
	}
	plain, err := s.keys.open(row.Secret, hookOwner(connection))
	if err != nil {
		return Hook{}, false, fmt.Errorf("%s: %w", doing, err)
	}
	return Hook{
		Secret: punte.NewSecret(string(plain)), SetAt: instant(row.SetAt), SeenAt: instant(row.SeenAt), Seen: int(row.Seen),
	}, true, nil
}

// SeeHook counts a webhook that was signed rightly.
func (s *Store) SeeHook(ctx context.Context, connection string, now time.Time) error {
	return failed("counting a webhook of connection "+connection, s.change().SeeHook(ctx, db.SeeHookParams{Connection: connection, Now: millis(now)}))
}

// DropHook forgets the webhooks of a connection, if it has any.
func (s *Store) DropHook(ctx context.Context, connection string) error {
	return failed("forgetting the webhooks of connection "+connection, s.change().DropHook(ctx, connection))
}

// ProveKey notes that the shop took a key.
func (s *Store) ProveKey(ctx context.Context, keyHash string, now time.Time) error {
	return failed("noting that a key was taken", s.change().ProveKey(ctx, db.ProveKeyParams{KeyHash: keyHash, Now: millis(now)}))
}

// Proven returns when the shop last took a key, false if it never did or refused it
// since.
func (s *Store) Proven(ctx context.Context, keyHash string) (time.Time, bool, error) {
	at, err := s.read().ProvenKey(ctx, keyHash)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, failed("reading whether a key was taken", err)
	}
	return instant(at), true, nil
}

// Disprove notes that the shop refused a key.
func (s *Store) Disprove(ctx context.Context, keyHash string) error {
	return failed("noting that a key was refused", s.change().DropProvenKey(ctx, keyHash))
}

// GiveBack takes back the call of a scope that was reserved last: it did not count.
func (s *Store) GiveBack(ctx context.Context, scope string) error {
	return failed("giving back a call", s.change().GiveBackCall(ctx, scope))
}
