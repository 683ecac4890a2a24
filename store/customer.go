package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"punte"
	"punte/store/db"
)

// CustomerRow is a registered customer's record as one answer of the shop told it,
// with what was decided.
type CustomerRow struct {
	Ref      string // the customer's id in the shop, or a fingerprint of a record without one
	Customer punte.Customer
	Readable bool
	Raw      []byte // the shop's XML, kept if it is not Readable
	Email    string // as printed, also of a record that is not Readable

	ID         int64  // in the shop, 0 if unknown
	Card       int64  // in MiniCRM, 0 if unknown
	CardSource string // such as "customer:17"

	// State is what the card is to be: Owed, Left (it travels with an order only) or
	// Parked.
	State   punte.DutyState
	Problem punte.Problem
}

// CustomerPage is what one answer of the shop gave.
type CustomerPage struct {
	Connection string
	Asked      int64 // number of the question, from NextAsked
	Rows       []CustomerRow
	Cursor     *Cursor // nil: stays where it is
	Now        time.Time
}

// SaveCustomers saves records, owes their cards if what could be written changed, and
// moves the cursor last, all in one transaction. It returns for how many a card's
// duty changed. A record of a question asked earlier than what is stored changes
// nothing. Records of a person who was forgotten are passed over.
func (s *Store) SaveCustomers(ctx context.Context, p CustomerPage) (changed int, err error) {
	doing := "saving a page of customers of connection " + p.Connection
	packed, err := packCustomers(p)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", doing, err)
	}
	err = s.write(ctx, doing, func(q *db.Queries) error {
		changed = 0
		erased, err := s.holdErased(ctx, q, p.Connection)
		if err != nil {
			return err
		}
		for i, r := range p.Rows {
			if is, err := erased.passOver(ctx, q, r); is || err != nil {
				if err != nil {
					return err
				}
				continue
			}
			touched, err := saveCustomer(ctx, q, p, r, packed[i])
			if err != nil {
				return fmt.Errorf("customer %s: %w", r.Ref, err)
			}
			changed += int(touched)
		}
		if p.Cursor == nil {
			return nil
		}
		return moveCursor(ctx, q, p.Connection, *p.Cursor)
	})
	if err != nil {
		return 0, err
	}
	return changed, nil
}

func packCustomers(p CustomerPage) ([]db.SaveCustomerParams, error) {
	var pack packer
	rows := make([]db.SaveCustomerParams, 0, len(p.Rows))
	for _, r := range p.Rows {
		row, err := packCustomer(p, r, &pack)
		if err != nil {
			return nil, fmt.Errorf("customer %s: %w", r.Ref, err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func packCustomer(p CustomerPage, r CustomerRow, pack *packer) (db.SaveCustomerParams, error) {
	row := db.SaveCustomerParams{
		Connection: p.Connection, Ref: r.Ref, ID: r.ID, Card: r.Card, Asked: p.Asked,
		Data: []byte{}, Raw: []byte{}, Basket: "?",
	}
	var err error
	if !r.Readable {
		row.Digest, row.RawAt = digestOf(r.Raw), millis(p.Now)
		row.Raw, err = pack.pack(r.Raw)
		return row, err
	}
	c := r.Customer
	row.Registered, row.Modified, row.Consent = millis(c.Registered), millis(c.Modified), c.ConsentWord()
	if row.Digest, err = c.Digest(); err != nil {
		return row, err
	}
	if row.Basket, err = c.BasketFingerprint(); err != nil {
		return row, err
	}
	if len(c.Basket) > 0 {
		row.Seen = millis(p.Now)
	}
	text, err := json.Marshal(c)
	if err != nil {
		return row, err
	}
	row.Data, err = pack.pack(text)
	return row, err
}

func saveCustomer(ctx context.Context, q *db.Queries, p CustomerPage, r CustomerRow, row db.SaveCustomerParams) (int64, error) {
	version, err := saveRecord(ctx, q, r.Readable, row)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil // a later question was answered already
	}
	if err != nil {
		return 0, err
	}
	if r.Card == 0 {
		return 1, q.ParkRecord(ctx, db.ParkRecordParams{
			Connection: p.Connection, Ref: r.Ref, Code: r.Problem.Code, Field: r.Problem.Field, Reason: r.Problem.Reason, Now: millis(p.Now),
		})
	}
	err = countRecord(ctx, q, p.Connection, r, version)
	if err != nil {
		return 0, err
	}
	return q.OweCard(ctx, db.OweCardParams{
		Connection: p.Connection, Ref: cardRef(r.Card), Card: r.Card, Placed: row.Registered, State: string(r.State),
		Code: r.Problem.Code, Field: r.Problem.Field, Reason: r.Problem.Reason, Now: millis(p.Now),
	})
}

func saveRecord(ctx context.Context, q *db.Queries, readable bool, row db.SaveCustomerParams) (int64, error) {
	if readable {
		return q.SaveCustomer(ctx, row)
	}
	return q.SaveUnreadableCustomer(ctx, db.SaveUnreadableCustomerParams{
		Connection: row.Connection, Ref: row.Ref, ID: row.ID, Card: row.Card, Digest: row.Digest, Asked: row.Asked,
		Empty: []byte{}, Raw: row.Raw, RawAt: row.RawAt,
	})
}

func countRecord(ctx context.Context, q *db.Queries, connection string, r CustomerRow, version int64) error {
	return q.CountRecord(ctx, db.CountRecordParams{
		Connection: connection, ID: r.Card, Source: r.CardSource, Empty: []byte{}, Customer: r.ID, Record: version,
	})
}

// cardRef names a card's duty.
func cardRef(card int64) string { return strconv.FormatInt(card, 10) }

// LoseCustomer notes that the shop does not have a customer any more. row tells whose
// card that is; one that MiniCRM never showed is not made for it.
func (s *Store) LoseCustomer(ctx context.Context, connection string, asked int64, r CustomerRow, now time.Time) error {
	return s.write(ctx, "noting that customer "+r.Ref+" is gone", func(q *db.Queries) error {
		erased, err := s.holdErased(ctx, q, connection)
		if err != nil {
			return err
		}
		if is, err := erased.passOver(ctx, q, r); is || err != nil {
			return err
		}
		version, err := q.LoseCustomer(ctx, db.LoseCustomerParams{
			Connection: connection, Ref: r.Ref, ID: r.ID, Card: r.Card, Empty: []byte{}, Asked: asked, Now: millis(now),
		})
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := countRecord(ctx, q, connection, r, version); err != nil {
			return err
		}
		_, err = q.OweCard(ctx, db.OweCardParams{
			Connection: connection, Ref: cardRef(r.Card), Card: r.Card, State: string(punte.Left), Now: millis(now),
		})
		return err
	})
}

// UnreadBuyers returns ids of registered customers who bought and whose own record was
// never read.
func (s *Store) UnreadBuyers(ctx context.Context, connection string, limit int) ([]int64, error) {
	ids, err := s.read().UnreadBuyers(ctx, db.UnreadBuyersParams{Connection: connection, Rows: rows(limit)})
	return ids, failed("looking for buyers whose record was not read", err)
}

// RegisteredSince returns customers whom the shop had when it was last asked, with
// the time of their registration, the one registered first in front.
func (s *Store) RegisteredSince(ctx context.Context, connection string, since time.Time, limit int) ([]CustomerRow, error) {
	found, err := s.read().CustomersRegistered(ctx, db.CustomersRegisteredParams{Connection: connection, Since: max(1, millis(since)), Rows: rows(limit)})
	if err != nil {
		return nil, failed("reading the customers of connection "+connection, err)
	}
	list := make([]CustomerRow, 0, len(found))
	for _, row := range found {
		list = append(list, CustomerRow{Ref: row.Ref, Customer: punte.Customer{Registered: instant(row.Registered)}})
	}
	return list, nil
}

// Basket is a stored basket that may be an abandoned one.
type Basket struct {
	Ref         string // of the customer
	Card        int64
	Fingerprint string
	Seen        time.Time
	Customer    punte.Customer
}

// Baskets returns the baskets that have been what they are since before that time.
func (s *Store) Baskets(ctx context.Context, connection string, before time.Time, limit int) ([]Basket, error) {
	found, err := s.read().Baskets(ctx, db.BasketsParams{Connection: connection, Before: millis(before), Rows: rows(limit)})
	if err != nil {
		return nil, failed("reading the baskets of connection "+connection, err)
	}
	var unpack unpacker
	list := make([]Basket, 0, len(found))
	for _, row := range found {
		b := Basket{Ref: row.Ref, Card: row.Card, Fingerprint: row.Basket, Seen: instant(row.Seen)}
		if err := unpack.json(row.Data, &b.Customer); err != nil {
			return nil, fmt.Errorf("reading the basket of customer %s: %w", row.Ref, err)
		}
		list = append(list, b)
	}
	return list, nil
}

// LoseBasket notes that a basket is abandoned, with what was in it and what it is
// worth, unless it is another one meanwhile.
func (s *Store) LoseBasket(ctx context.Context, connection string, b Basket, content, value string, now time.Time) error {
	return s.write(ctx, "noting an abandoned basket", func(q *db.Queries) error {
		version, err := q.LoseBasket(ctx, db.LoseBasketParams{
			Connection: connection, Ref: b.Ref, Basket: b.Fingerprint, Content: content, Value: value,
		})
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		return oweRecord(ctx, q, connection, b.Card, version, now)
	})
}

// oweRecord owes a card since its customer's record is another version.
func oweRecord(ctx context.Context, q *db.Queries, connection string, card, version int64, now time.Time) error {
	err := q.CountRecord(ctx, db.CountRecordParams{Connection: connection, ID: card, Empty: []byte{}, Record: version})
	if err != nil {
		return err
	}
	_, err = q.OweCardOfOrder(ctx, db.OweCardOfOrderParams{Connection: connection, Ref: cardRef(card), Card: card, Now: millis(now)})
	return err
}

// oweCard owes the card of an order whose buyer was saved, and settles the basket of
// a customer who ordered.
func oweCard(ctx context.Context, q *db.Queries, card db.SaveLastBuyerParams, now int64) error {
	if card.Customer > 0 {
		versions, err := q.ClearBasket(ctx, db.ClearBasketParams{Connection: card.Connection, Card: card.ID, Placed: card.DescribedAt})
		if err != nil {
			return err
		}
		for _, version := range versions {
			err := q.CountRecord(ctx, db.CountRecordParams{
				Connection: card.Connection, ID: card.ID, Source: card.Source, Empty: []byte{}, Customer: card.Customer, Record: version,
			})
			if err != nil {
				return err
			}
		}
	}
	_, err := q.OweCardOfOrder(ctx, db.OweCardOfOrderParams{
		Connection: card.Connection, Ref: cardRef(card.ID), Card: card.ID, Placed: card.DescribedAt, Now: now,
	})
	return err
}

// digestOf is a fingerprint of a record that can't be read.
func digestOf(raw []byte) []byte {
	sum := sha256.Sum256(raw)
	return sum[:]
}
