package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"punte"
	"punte/store/db"
)

// sheetHash is what the secret part of a sheet's address is looked up by.
func sheetHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// sheetOwner ties a sealed secret to its order, so that none can be read as
// another's.
func sheetOwner(connection, ref string) string { return "sheet\n" + connection + "\n" + ref }

// Sheets gives the secret part of the address of each order's sheet, by ref. An
// order that has none yet gets what fresh gives; from then on it keeps it until it
// is revoked.
func (s *Store) Sheets(ctx context.Context, connection string, refs []string, fresh func() string, now time.Time) (map[string]string, error) {
	doing := "reading the addresses of sheets of connection " + connection
	known := make(map[string]string, len(refs))
	for some := range slices.Chunk(refs, refsAtOnce) {
		if err := s.readSheets(ctx, connection, some, known); err != nil {
			return nil, failed(doing, err)
		}
	}
	missing := slices.DeleteFunc(slices.Clone(refs), func(ref string) bool { return known[ref] != "" })
	if len(missing) == 0 {
		return known, nil
	}
	err := s.write(ctx, "giving sheets of connection "+connection+" their addresses", func(q *db.Queries) error {
		for _, ref := range missing {
			secret, err := s.addSheet(ctx, q, connection, ref, fresh(), now)
			if err != nil {
				return fmt.Errorf("order %s: %w", ref, err)
			}
			known[ref] = secret
		}
		return nil
	})
	return known, err
}

// addSheet gives an order an address, or returns the one that another process gave
// it meanwhile.
func (s *Store) addSheet(ctx context.Context, q *db.Queries, connection, ref, secret string, now time.Time) (string, error) {
	sealed, err := s.keys.seal([]byte(secret), sheetOwner(connection, ref))
	if err != nil {
		return "", err
	}
	err = q.AddSheet(ctx, db.AddSheetParams{
		Connection: connection, Ref: ref, Hash: sheetHash(secret), Sealed: sealed, Created: millis(now),
	})
	if err != nil {
		return "", err
	}
	row, err := q.Sheet(ctx, db.SheetParams{Connection: connection, Ref: ref})
	if err != nil {
		return "", err
	}
	plain, err := s.keys.open(row.Sealed, sheetOwner(connection, ref))
	return string(plain), err
}

// readSheets adds to known the secrets that orders have already.
func (s *Store) readSheets(ctx context.Context, connection string, refs []string, known map[string]string) error {
	var text strings.Builder
	text.WriteString("SELECT ref, sealed FROM sheets WHERE connection = $1 AND ref IN (")
	args := []any{connection}
	for i, ref := range refs {
		if i > 0 {
			text.WriteString(", ")
		}
		args = append(args, ref)
		text.WriteString("$" + strconv.Itoa(len(args)))
	}
	text.WriteString(")")
	found, err := s.reader.QueryContext(ctx, text.String(), args...)
	if err != nil {
		return err
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var ref string
		var sealed []byte
		if err := found.Scan(&ref, &sealed); err != nil {
			return fmt.Errorf("reading an address: %w", err)
		}
		plain, err := s.keys.open(sealed, sheetOwner(connection, ref))
		if err != nil {
			return fmt.Errorf("order %s: %w", ref, err)
		}
		known[ref] = string(plain)
	}
	return found.Err()
}

// SheetBySecret returns the connection and the ref of the order whose sheet lies
// under an address. NotFound if there is none, it was revoked, or the order is gone.
func (s *Store) SheetBySecret(ctx context.Context, secret string) (connection, ref string, err error) {
	row, err := s.read().SheetByHash(ctx, sheetHash(secret))
	if err != nil {
		return "", "", missing(err, "looking for a sheet", "there is no sheet at this address")
	}
	return row.Connection, row.Ref, nil
}

// RevokeSheet takes back the address of one order's sheet. If MiniCRM was told of
// the order, the order is owed once more, so that it learns the new address. It
// returns false if the order had none.
func (s *Store) RevokeSheet(ctx context.Context, connection, ref string, now time.Time) (revoked bool, err error) {
	err = s.write(ctx, "revoking the address of the sheet of order "+ref, func(q *db.Queries) error {
		revoked, err = revokeSheet(ctx, q, connection, ref, now)
		return err
	})
	return revoked, err
}

// RevokeSheets takes back the addresses of all sheets of a connection, like
// RevokeSheet, all or none. It returns how many there were.
func (s *Store) RevokeSheets(ctx context.Context, connection string, now time.Time) (revoked int, err error) {
	err = s.write(ctx, "revoking the addresses of all sheets of connection "+connection, func(q *db.Queries) error {
		revoked = 0
		refs, err := q.SheetRefs(ctx, connection)
		if err != nil {
			return err
		}
		for _, ref := range refs {
			if _, err := revokeSheet(ctx, q, connection, ref, now); err != nil {
				return fmt.Errorf("order %s: %w", ref, err)
			}
		}
		revoked = len(refs)
		return nil
	})
	return revoked, err
}

func revokeSheet(ctx context.Context, q *db.Queries, connection, ref string, now time.Time) (bool, error) {
	dropped, err := q.DropSheet(ctx, db.DropSheetParams{Connection: connection, Ref: ref})
	if err != nil || dropped == 0 {
		return false, err
	}
	renewed, err := q.RenewOrder(ctx, db.RenewOrderParams{Connection: connection, Ref: ref})
	if err != nil || renewed == 0 {
		return true, err
	}
	if err := q.RenewDuty(ctx, db.RenewDutyParams{Connection: connection, Ref: ref, Now: millis(now)}); err != nil {
		return false, err
	}
	return true, q.Hint(ctx, db.HintParams{Connection: connection, Due: millis(now)})
}

// DropSheets removes the addresses of these orders' sheets and owes nothing: it is
// for orders that are to be forgotten.
func (s *Store) DropSheets(ctx context.Context, connection string, refs []string) error {
	return s.write(ctx, "removing the addresses of sheets of connection "+connection, func(q *db.Queries) error {
		for _, ref := range refs {
			if _, err := q.DropSheet(ctx, db.DropSheetParams{Connection: connection, Ref: ref}); err != nil {
				return fmt.Errorf("order %s: %w", ref, err)
			}
		}
		return nil
	})
}

// SaveShop keeps what a shop told of itself; what it told earlier never replaces it.
func (s *Store) SaveShop(ctx context.Context, connection string, shop punte.Shop, now time.Time) error {
	doing := "saving what the shop of connection " + connection + " told of itself"
	text, err := json.Marshal(shop)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	var pack packer
	data, err := pack.pack(text)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return failed(doing, s.change().SaveShop(ctx, db.SaveShopParams{Connection: connection, Data: data, Told: millis(now)}))
}

// Shop returns what the shop told of itself; nothing known is an empty Shop and no
// error.
func (s *Store) Shop(ctx context.Context, connection string) (punte.Shop, error) {
	var shop punte.Shop
	doing := "reading what the shop of connection " + connection + " told of itself"
	data, err := s.read().Shop(ctx, connection)
	if errors.Is(err, sql.ErrNoRows) {
		return shop, nil
	}
	if err != nil {
		return shop, failed(doing, err)
	}
	var unpack unpacker
	if err := unpack.json(data, &shop); err != nil {
		return shop, fmt.Errorf("%s: %w", doing, err)
	}
	return shop, nil
}
