package engine

import (
	"context"
	"errors"
	"time"

	"punte"
	"punte/store"
	"punte/unas"
)

// UNAS blocks an address for all shops after ten calls within ten minutes that tell no
// shop. So keys that it has not taken within a day may log in five times in that time,
// whoever tries them. Source: UNAS API documentation, "Limitációk".
const (
	newKeyLogins = unas.UnknownCalls / 2
	provenFor    = 24 * time.Hour
)

func newKeyBudget(baseURL string) store.Budget {
	return store.Budget{Scope: "unas:" + plainURL(baseURL) + ":new keys", Limit: newKeyLogins, Window: unas.UnknownWindow}
}

// reserveNewKey stands before a login with a key that may be a wrong one.
func (e *Engine) reserveNewKey(ctx context.Context, baseURL string, key *punte.Secret) error {
	at, proven, err := e.Store.Proven(ctx, keyHash(baseURL, key))
	if err != nil || proven && e.Now().Sub(at) < provenFor {
		return err
	}
	return e.reserve(ctx, "UNAS with keys it has not taken yet", []store.Budget{newKeyBudget(baseURL)})
}

// proveKey notes that the shop took a key; its login does not count any more.
func (e *Engine) proveKey(ctx context.Context, baseURL string, key *punte.Secret) error {
	hash := keyHash(baseURL, key)
	at, proven, err := e.Store.Proven(ctx, hash)
	if err != nil {
		return err
	}
	if !e.Rehearsal && (!proven || e.Now().Sub(at) >= provenFor) {
		if err := e.Store.GiveBack(ctx, newKeyBudget(baseURL).Scope); err != nil {
			return err
		}
	}
	return e.Store.ProveKey(ctx, hash, e.Now())
}

// doubtKey makes the next login with a key that was refused count.
func (e *Engine) doubtKey(ctx context.Context, conn *punte.Connection, key *punte.Secret, cause error) error {
	if refused, ok := errors.AsType[*unas.Error](cause); !ok || refused.Kind != unas.BadKey {
		return nil
	}
	return e.Store.Disprove(ctx, keyHash(conn.UNAS.BaseURL, key))
}

// knownShop names whose budgets a key's calls are taken from: those of its shop, if a
// token tells that, else those of the key.
func (e *Engine) knownShop(ctx context.Context, conn *punte.Connection, key *punte.Secret) (scope, plan string) {
	kept, err := e.token(ctx, conn.UNAS.BaseURL, key)
	if err != nil || kept.ShopID == "" {
		return keyHash(conn.UNAS.BaseURL, key), ""
	}
	return shopName(conn, kept.ShopID), kept.Subscription
}
