package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"punte"
	"punte/store/db"
)

// registered begins the source of a card whose buyer has an account in the shop.
// The order placed last tells who such a buyer is; for all others, the first does.
const registered = "customer:"

// OrderRow is an order as one answer of the shop told it, with what was decided.
type OrderRow struct {
	// Ref names the order within its connection, for ever.
	Ref      string
	Order    punte.Order // zero if it was not Readable
	Readable bool
	Raw      []byte // the shop's XML

	ID       int64 // of UNAS, 0 if unknown
	External int64 // of the order in MiniCRM
	Card     int64 // of its card in MiniCRM, 0 if unknown
	// CardSource is what the card's id was derived from, such as "customer:17".
	CardSource string
	Key        string
	Placed     time.Time
	Modified   time.Time
	Digest     []byte // equal digests are the same version
	Differs    string // what the lines lack against the shop's total, or empty

	// Email is the buyer's address as printed, also of an order that is not Readable:
	// by it a person who was forgotten is known again.
	Email string

	// State is what this version is to be: Owed, Held, Parked or Left.
	State   punte.DutyState
	Problem punte.Problem
}

// Cursor is how far a kind of reading has come.
type Cursor struct {
	Kind  string
	At    time.Time
	Reset bool // may go back
}

// Page is what one answer of the shop gave.
type Page struct {
	Connection string
	Asked      int64 // number of the question, from NextAsked
	Rows       []OrderRow
	Cursor     *Cursor // nil: stays where it is
	Now        time.Time
}

// SavePage saves the orders of a page, their cards and duties, and last the cursor,
// all in one transaction. It returns for how many orders something changed: they
// are new, different, or decided otherwise.
//
// An order of a question asked earlier than what is stored changes nothing. Equal
// digest and equal decision leave the duty alone, so nothing is sent again. A duty
// in flight stays so; Settle then follows the decision noted here.
// An order that MiniCRM shows already is never Held: such a decision owes it.
// Orders of a person who was forgotten are passed over.
func (s *Store) SavePage(ctx context.Context, p Page) (changed int, err error) {
	doing := "saving a page of orders of connection " + p.Connection
	packed, err := packPage(p)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", doing, err)
	}
	there, err := s.known(ctx, p)
	if err != nil {
		return 0, failed(doing, err)
	}
	err = s.writeWith(ctx, doing, func(q *db.Queries, tx db.DBTX) error {
		changed = 0
		var related []string
		var fresh []OrderRow
		erased, err := s.holdErased(ctx, q, p.Connection)
		if err != nil {
			return err
		}
		var unpack unpacker
		var first, events []told
		for i := range packed {
			if erased.Row(p.Rows[i]) {
				if err := packed[i].forget(ctx, q); err != nil {
					return err
				}
				continue
			}
			touched, version, err := packed[i].save(ctx, q)
			if err != nil {
				return fmt.Errorf("order %s: %w", packed[i].order.Ref, err)
			}
			if touched > 0 {
				e := seenAs(p.Rows[i], there, version, &unpack, p.Now)
				if _, old := there[e.ref]; !old && version == 1 {
					first = append(first, e)
				} else {
					events = append(events, e)
				}
			}
			changed += int(touched)
			if touched > 0 {
				related = append(related, packed[i].related...)
				fresh = append(fresh, p.Rows[i])
			}
		}
		if err := follow(ctx, q, p, related, fresh); err != nil {
			return err
		}
		if err := errors.Join(begin(ctx, tx, p.Connection, first), tell(ctx, tx, p.Connection, events)); err != nil {
			return err
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

// follow does what the orders of a page that changed bring about for others.
func follow(ctx context.Context, q *db.Queries, p Page, related []string, fresh []OrderRow) error {
	if err := askAbout(ctx, q, p, related, fresh); err != nil {
		return err
	}
	return dropUnread(ctx, q, p)
}

// packedRow is an OrderRow in the form of its table rows. All the work that needs
// no database is done before the transaction begins.
type packedRow struct {
	order db.SaveOrderParams
	card  *db.SaveLastBuyerParams // nil: the order tells no buyer
	duty  db.SaveDutyParams
	// related are the keys of the orders this one was made from.
	related []string
}

func packPage(p Page) ([]packedRow, error) {
	var pack packer
	rows := make([]packedRow, 0, len(p.Rows))
	for _, r := range p.Rows {
		row, err := packRow(p, r, &pack)
		if err != nil {
			return nil, fmt.Errorf("order %s: %w", r.Ref, err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func packRow(p Page, r OrderRow, pack *packer) (packedRow, error) {
	switch r.State {
	case punte.Owed, punte.Held, punte.Parked, punte.Left:
	default:
		return packedRow{}, punte.Errorf(punte.Internal, "a new version can't be %q", r.State)
	}
	raw, err := pack.pack(r.Raw)
	if err != nil {
		return packedRow{}, err
	}
	row := packedRow{
		order: db.SaveOrderParams{
			Connection: p.Connection, Ref: r.Ref, ID: r.ID, External: r.External, Key: r.Key, Card: r.Card,
			Placed: millis(r.Placed), Modified: millis(r.Modified), Differs: r.Differs, Digest: nonNil(r.Digest),
			Asked: p.Asked, Data: []byte{}, Raw: raw, RawAt: millis(p.Now),
		},
		duty: db.SaveDutyParams{
			Connection: p.Connection, Ref: r.Ref, Card: r.Card, Placed: millis(r.Placed),
			State: string(r.State), Decided: strings.Join([]string{string(r.State), r.Problem.Code, r.Problem.Field}, "|"),
			Code: r.Problem.Code, Field: r.Problem.Field, Reason: r.Problem.Reason, Now: millis(p.Now),
		},
	}
	if !r.Readable {
		return row, nil
	}
	text, err := json.Marshal(r.Order)
	if err != nil {
		return packedRow{}, err
	}
	if row.order.Data, err = pack.pack(text); err != nil {
		return packedRow{}, err
	}
	row.order.InternalKey = r.Order.InternalKey
	row.related = r.Order.Related.Sources()
	row.order.StatusID, row.order.StatusName = r.Order.Status.ID, r.Order.Status.Name
	row.order.Currency, row.order.Gross = r.Order.Currency, r.Order.Gross.String()
	if r.Card == 0 {
		return row, nil
	}
	if text, err = json.Marshal(r.Order.Buyer); err != nil {
		return packedRow{}, err
	}
	buyer, err := pack.pack(text)
	if err != nil {
		return packedRow{}, err
	}
	digest, err := r.Order.Buyer.Digest()
	if err != nil {
		return packedRow{}, err
	}
	row.card = &db.SaveLastBuyerParams{
		Connection: p.Connection, ID: r.Card, Source: r.CardSource, DescribedBy: r.ID,
		DescribedAt: millis(r.Placed), Data: buyer, Asked: p.Asked, Digest: digest,
	}
	if strings.HasPrefix(r.CardSource, registered) {
		row.card.Customer = r.Order.Buyer.CustomerID
	}
	return row, nil
}

// save runs the guarded statements of one order. It returns 1 if its duty was
// touched, else 0, and the order's version.
func (r packedRow) save(ctx context.Context, q *db.Queries) (touched, version int64, err error) {
	saved, err := q.SaveOrder(ctx, r.order)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, nil // a later question was answered already
	}
	if err != nil {
		return 0, 0, err
	}
	if r.card != nil && r.card.ID == saved.Card {
		if strings.HasPrefix(r.card.Source, registered) {
			err = q.SaveLastBuyer(ctx, *r.card)
		} else {
			err = q.SaveFirstBuyer(ctx, db.SaveFirstBuyerParams(*r.card))
		}
		if err != nil {
			return 0, 0, err
		}
		if err := oweCard(ctx, q, *r.card, r.duty.Now); err != nil {
			return 0, 0, err
		}
	}
	r.duty.Wanted, r.duty.Card = saved.Version, saved.Card
	touched, err = q.SaveDuty(ctx, r.duty)
	return touched, saved.Version, err
}

// SavedOrder is everything stored about an order.
type SavedOrder struct {
	Duty        Duty // with the order and its card
	ID          int64
	Key         string
	InternalKey string
	Placed      time.Time
	Modified    time.Time
	Readable    bool
	Differs     string // what the lines lack against the shop's total; Duty.Differs is about MiniCRM
	Digest      []byte
	Asked       int64
	Raw         []byte // the shop's XML, nil once it was dropped
	RawAt       time.Time
}

// Order returns an order with its duty and raw XML, or NotFound.
func (s *Store) Order(ctx context.Context, connection, ref string) (SavedOrder, error) {
	doing := "reading order " + ref
	row, err := s.read().Order(ctx, db.OrderParams{Connection: connection, Ref: ref})
	if err != nil {
		return SavedOrder{}, missing(err, doing, "there is no order %s", ref)
	}
	var unpack unpacker
	duty, err := dutyOf(db.DutiesInStateRow{
		Duty: row.Duty, OrderKey: row.Order.Key, Data: row.Order.Data, External: row.Order.External, Version: row.Order.Version,
		CardSource: row.CardSource, CardData: row.CardData, CardSent: row.CardSent, CardOrders: row.CardOrders,
	}, &unpack)
	if err != nil {
		return SavedOrder{}, fmt.Errorf("%s: %w", doing, err)
	}
	raw, err := unpack.unpack(row.Order.Raw)
	if err != nil {
		return SavedOrder{}, fmt.Errorf("%s: %w", doing, err)
	}
	return SavedOrder{
		Duty: duty, ID: row.Order.ID, Key: row.Order.Key, InternalKey: row.Order.InternalKey,
		Placed: instant(row.Order.Placed), Modified: instant(row.Order.Modified), Readable: len(row.Order.Data) > 0,
		Differs: row.Order.Differs, Digest: row.Order.Digest, Asked: row.Order.Asked, Raw: raw, RawAt: instant(row.Order.RawAt),
	}, nil
}

// OrdersByKey returns the orders with this key, oldest first: the shop may give a
// key out again after a deletion. None is no error.
func (s *Store) OrdersByKey(ctx context.Context, connection, key string) ([]SavedOrder, error) {
	refs, err := s.read().OrderRefsByKey(ctx, db.OrderRefsByKeyParams{Connection: connection, Key: key})
	if err != nil {
		return nil, failed("looking for order "+key, err)
	}
	orders := make([]SavedOrder, 0, len(refs))
	for _, ref := range refs {
		order, err := s.Order(ctx, connection, ref)
		if err != nil {
			return nil, err
		}
		orders = append(orders, order)
	}
	return orders, nil
}

// nonNil keeps an absent value out of a NOT NULL column.
func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
