package store

import (
	"context"
	"fmt"
	"time"

	"punte"
	"punte/store/db"
)

// SaveToken keeps a session token of a shop, encrypted, so that a restart does not
// log in again. KeyHash is the caller's hash of the API key the token belongs to.
func (s *Store) SaveToken(ctx context.Context, keyHash, shop string, plain []byte, expires, now time.Time) error {
	sealed, err := s.keys.seal(plain, keyHash)
	if err != nil {
		return fmt.Errorf("saving a token: %w", err)
	}
	return s.write(ctx, "saving a token", func(q *db.Queries) error {
		if err := q.DeleteOldTokens(ctx, millis(now)); err != nil {
			return err
		}
		return q.SaveToken(ctx, db.SaveTokenParams{KeyHash: keyHash, Shop: shop, Sealed: sealed, Expires: millis(expires)})
	})
}

// Token returns the token kept for keyHash and when it expires, which may be past;
// NotFound if there is none. One that does not open, because the store's key
// changed, is as good as none: the next login replaces it.
func (s *Store) Token(ctx context.Context, keyHash string) (shop string, plain []byte, expires time.Time, err error) {
	row, err := s.read().Token(ctx, keyHash)
	if err != nil {
		return "", nil, time.Time{}, missing(err, "reading a token", "there is no token for this key")
	}
	if plain, err = s.keys.open(row.Sealed, keyHash); err != nil {
		return "", nil, time.Time{}, punte.Errorf(punte.NotFound, "there is no token for this key that can be read: %w", err)
	}
	return row.Shop, plain, instant(row.Expires), nil
}

// DeleteToken forgets the token of keyHash, if there is one.
func (s *Store) DeleteToken(ctx context.Context, keyHash string) error {
	return failed("forgetting a token", s.change().DeleteToken(ctx, keyHash))
}
