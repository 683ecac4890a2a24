package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"punte"
	"punte/unas"
)

// keptToken is a UNAS token as the store seals it.
type keptToken struct {
	Value        string
	Expires      time.Time
	ShopID       string
	Subscription string
	Permissions  []string
	Ahead        time.Duration
}

// token gives the token kept for a key, the zero one if there is none.
func (e *Engine) token(ctx context.Context, baseURL string, key *punte.Secret) (unas.Token, error) {
	_, plain, _, err := e.Store.Token(ctx, keyHash(baseURL, key))
	if punte.ErrorCode(err) == punte.NotFound {
		return unas.Token{}, nil
	}
	if err != nil {
		return unas.Token{}, err
	}
	var kept keptToken
	if err := json.Unmarshal(plain, &kept); err != nil {
		return unas.Token{}, fmt.Errorf("reading the kept token: %w", err)
	}
	return unas.Token{
		Value: unas.NewSecret(kept.Value), Expires: kept.Expires, ShopID: kept.ShopID,
		Subscription: kept.Subscription, Permissions: kept.Permissions, Ahead: kept.Ahead,
	}, nil
}

// saveToken keeps a token over restarts, sealed.
func (e *Engine) saveToken(ctx context.Context, baseURL string, key *punte.Secret, t unas.Token) error {
	plain, err := json.Marshal(keptToken{
		Value: t.Value.Reveal(), Expires: t.Expires, ShopID: t.ShopID,
		Subscription: t.Subscription, Permissions: t.Permissions, Ahead: t.Ahead,
	})
	if err != nil {
		return fmt.Errorf("keeping the token: %w", err)
	}
	return e.Store.SaveToken(ctx, keyHash(baseURL, key), t.ShopID, plain, t.Expires, e.Now())
}
