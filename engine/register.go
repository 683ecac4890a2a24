package engine

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"punte"
	"punte/store"
	"punte/unas"
)

// Keys are the keys of both services, resolved.
type Keys struct{ UNAS, MiniCRM *punte.Secret }

// Register saves a connection and gives its id. It logs in to the shop, for which
// shop a key opens is part of what a connection is: the same shop and the same
// MiniCRM system are the same connection, whose start date can't change. The shop's
// statuses are remembered when the map is new or different, so that a later rename
// breaks nothing.
func (e *Engine) Register(ctx context.Context, conn *punte.Connection, keys Keys) (string, error) {
	client, token, info, err := e.enter(ctx, conn, keys)
	if err != nil {
		return "", errors.Join(err, e.doubtKey(ctx, conn, keys.UNAS, err))
	}
	id := connectionID(conn, token.ShopID)
	saved, err := e.Store.Connection(ctx, id)
	if err != nil && punte.ErrorCode(err) != punte.NotFound {
		return "", err
	}
	if err := checkSaved(conn, saved); err != nil {
		return "", err
	}
	if err := shareAddresses(conn, saved, info); err != nil {
		return "", err
	}
	document, err := conn.Document()
	if err != nil {
		return "", err
	}
	statuses := saved.Statuses
	if len(statuses) == 0 || !bytes.Equal(saved.Document, document) {
		if statuses, err = shopStatuses(ctx, client); err != nil {
			return "", err
		}
	}
	if err := e.keepShop(ctx, id, info, e.Now()); err != nil {
		return "", err
	}
	return id, e.Store.SaveConnection(ctx, store.Connection{
		ID: id, Name: conn.Name, Document: document,
		UNASKey: keys.UNAS, MiniCRMKey: keys.MiniCRM,
		Shop: shopName(conn, token.ShopID), Account: account(conn), StartDate: conn.StartDate.String(),
		State: store.Active, Statuses: statuses,
	}, e.Now())
}

// checkSaved refuses another shop number than the one saved: all ids in MiniCRM are
// made with it.
func checkSaved(conn *punte.Connection, saved store.Connection) error {
	if len(saved.Document) == 0 {
		return nil
	}
	before, err := punte.ParseStored(string(saved.Document), stateOf)
	if err != nil {
		return err
	}
	if before.ShopNumber != conn.ShopNumber {
		return punte.Errorf(punte.Conflict, "shop_number is %d since the connection was saved and can't be changed to %d: "+
			"every order would arrive a second time; write %d", before.ShopNumber, conn.ShopNumber, before.ShopNumber)
	}
	return nil
}

// enter logs in to the shop, or uses the token kept for its key as long as the
// connection is known: a new one needs what only a login tells.
func (e *Engine) enter(ctx context.Context, conn *punte.Connection, keys Keys) (*unas.Client, unas.Token, *unas.WebshopInfo, error) {
	kept, err := e.token(ctx, conn.UNAS.BaseURL, keys.UNAS)
	if err != nil {
		return nil, kept, nil, err
	}
	scope, plan := keyHash(conn.UNAS.BaseURL, keys.UNAS), kept.Subscription
	known := false
	if kept.ShopID != "" {
		scope = shopName(conn, kept.ShopID)
		_, err := e.Store.Connection(ctx, connectionID(conn, kept.ShopID))
		known = err == nil
	}
	client := e.shop(conn, keys.UNAS, kept, func(ctx context.Context, c unas.Call) error {
		return e.reserve(ctx, "UNAS", shopBudgets(scope, plan, c))
	})
	if known {
		token, err := client.Token(ctx)
		return client, token, nil, err
	}
	login, err := client.Login(ctx)
	if err != nil {
		return nil, kept, nil, err
	}
	scope, plan = shopName(conn, login.Token.ShopID), login.Token.Subscription
	return client, login.Token, login.Info, nil
}

// shareAddresses fills in the addresses that identify nobody when the document
// names none: those stored before, else the shop's own.
func shareAddresses(conn *punte.Connection, saved store.Connection, info *unas.WebshopInfo) error {
	if conn.SharedAddressesGiven {
		return nil
	}
	conn.SharedAddressesGiven = true
	if len(saved.Document) > 0 {
		before, err := punte.ParseStored(string(saved.Document), stateOf)
		if err != nil {
			return err
		}
		conn.SharedAddresses = before.SharedAddresses
		return nil
	}
	if info == nil {
		return nil
	}
	for _, address := range []string{info.ContactEmail, info.Trader.Email} {
		if punte.PlainAddress(address) != "" {
			conn.SharedAddresses = append(conn.SharedAddresses, address)
		}
	}
	return nil
}

// shopStatuses reads the names of the shop's statuses by id.
func shopStatuses(ctx context.Context, client *unas.Client) (map[string]string, error) {
	list, err := client.OrderStatuses(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the shop's statuses: %w", err)
	}
	names := map[string]string{}
	for _, status := range list {
		names[status.ID] = status.Name
	}
	return names, nil
}

// connectionID names the pair of shop and MiniCRM system that a document means.
func connectionID(conn *punte.Connection, shopID string) string {
	sum := sha256.Sum256([]byte(shopName(conn, shopID) + "\n" + account(conn)))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:10]))
}
