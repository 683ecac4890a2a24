package store

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"punte"
	"punte/store/db"
)

// Bodies yields the documents of a connection that have a body, with it.
func (s *Store) Bodies(ctx context.Context, connection string) iter.Seq2[Document, error] {
	const doing = "reading documents"
	return func(yield func(Document, error) bool) {
		var unpack unpacker
		for after := ""; ; {
			rows, err := s.read().DocumentsWithBody(ctx, db.DocumentsWithBodyParams{Connection: connection, After: after, Rows: 20})
			if err != nil {
				yield(Document{}, failed(doing, err))
				return
			}
			for _, row := range rows {
				body, err := unpack.unpack(row.Body)
				if err != nil {
					yield(Document{}, failed(doing, err))
					return
				}
				if !yield(Document{ID: row.ID, Connection: connection, State: row.State, Delivery: row.Delivery, Body: body}, nil) {
					return
				}
				after = row.ID
			}
			if len(rows) == 0 {
				return
			}
		}
	}
}

// BuyerRow is an order as far as it tells who bought.
type BuyerRow struct {
	Ref      string
	ID       int64
	Key      string
	Card     int64
	External int64
	Readable bool // else Buyer is empty
	Buyer    punte.Buyer
}

// Buyers yields who bought, order by order.
func (s *Store) Buyers(ctx context.Context, connection string) iter.Seq2[BuyerRow, error] {
	return func(yield func(BuyerRow, error) bool) {
		var unpack unpacker
		for after := ""; ; {
			rows, err := s.read().OrdersInTurn(ctx, db.OrdersInTurnParams{Connection: connection, After: after, Rows: 200})
			if err != nil {
				yield(BuyerRow{}, failed("reading who bought", err))
				return
			}
			for _, row := range rows {
				var order struct{ Buyer punte.Buyer }
				if err := unpack.json(row.Data, &order); err != nil {
					yield(BuyerRow{}, fmt.Errorf("reading who bought, order %s: %w", row.Ref, err))
					return
				}
				buyer := BuyerRow{
					Ref: row.Ref, ID: row.ID, Key: row.Key, Card: row.Card, External: row.External,
					Readable: len(row.Data) > 0, Buyer: order.Buyer,
				}
				if !yield(buyer, nil) {
					return
				}
				after = row.Ref
			}
			if len(rows) == 0 {
				return
			}
		}
	}
}

// CardRow is a customer's card and whom it describes.
type CardRow struct {
	ID       int64
	Source   string
	Customer int64 // id in the shop of a registered one, else 0
	Buyer    punte.Buyer
}

// CardBuyers yields the customers' cards of a connection with whom they describe.
func (s *Store) CardBuyers(ctx context.Context, connection string) iter.Seq2[CardRow, error] {
	return func(yield func(CardRow, error) bool) {
		var unpack unpacker
		for after := int64(-1); ; {
			rows, err := s.read().CardsAfter(ctx, db.CardsAfterParams{Connection: connection, After: after, Rows: 200})
			if err != nil {
				yield(CardRow{}, failed("reading the cards", err))
				return
			}
			for _, row := range rows {
				card := CardRow{ID: row.ID, Source: row.Source, Customer: row.Customer}
				if err := unpack.json(row.Data, &card.Buyer); err != nil {
					yield(CardRow{}, fmt.Errorf("reading card %d: %w", row.ID, err))
					return
				}
				if card.Customer == 0 {
					card.Customer = card.Buyer.CustomerID
				}
				if !yield(card, nil) {
					return
				}
				after = row.ID
			}
			if len(rows) == 0 {
				return
			}
		}
	}
}

// Record is the own record of a registered customer as far as it tells who that is.
type Record struct {
	Ref   string
	ID    int64 // in the shop, 0 if unknown
	Card  int64
	Email string // of the last record that could be read
	Raw   []byte // the shop's XML of one that could not
}

// Records yields the records of customers.
func (s *Store) Records(ctx context.Context, connection string) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		var unpack unpacker
		for after := ""; ; {
			rows, err := s.read().CustomersAfter(ctx, db.CustomersAfterParams{Connection: connection, After: after, Rows: 200})
			if err != nil {
				yield(Record{}, failed("reading the records of customers", err))
				return
			}
			for _, row := range rows {
				record, err := recordOf(row, &unpack)
				if err != nil {
					yield(Record{}, fmt.Errorf("reading the record of customer %s: %w", row.Ref, err))
					return
				}
				if !yield(record, nil) {
					return
				}
				after = row.Ref
			}
			if len(rows) == 0 {
				return
			}
		}
	}
}

func recordOf(row db.CustomersAfterRow, unpack *unpacker) (Record, error) {
	var customer struct{ Buyer punte.Buyer }
	if err := unpack.json(row.Data, &customer); err != nil {
		return Record{}, err
	}
	raw, err := unpack.unpack(row.Raw)
	return Record{Ref: row.Ref, ID: row.ID, Card: row.Card, Email: customer.Buyer.Email, Raw: raw}, err
}

// CRMCards are the ids of cards in MiniCRM.
type CRMCards struct {
	Orders    []int64 // in the Orders module
	Customers []int64 // in the Webshop module
	Sent      bool    // anything of it was handed over
}

// CRMCards returns which cards MiniCRM was seen to have of a card of ours and its
// orders.
func (s *Store) CRMCards(ctx context.Context, connection string, card int64) (CRMCards, error) {
	var cards CRMCards
	found, err := s.read().LinksOfCard(ctx, db.LinksOfCardParams{Connection: connection, Card: card})
	if err != nil {
		return cards, failed("reading which cards MiniCRM has", err)
	}
	cards.Sent = len(found) > 0
	for _, row := range found {
		if row.CRMCard == 0 {
			continue
		}
		if row.Kind == "card" {
			cards.Customers = append(cards.Customers, row.CRMCard)
			continue
		}
		cards.Orders = append(cards.Orders, row.CRMCard)
	}
	slices.Sort(cards.Orders)
	return cards, nil
}

// forget takes back the ids that were handed out for an order of a person who was
// forgotten while the shop's answer was read.
func (r packedRow) forget(ctx context.Context, q *db.Queries) error {
	if err := q.DropOrderRef(ctx, db.DropOrderRefParams{Connection: r.order.Connection, External: r.order.External}); err != nil {
		return err
	}
	return q.DropCardRef(ctx, db.DropCardRefParams{Connection: r.order.Connection, External: r.order.Card})
}

// passOver takes back the id that was handed out for the record of somebody who was
// forgotten while the shop's answer was read. It says whether that was so.
func (e *Erased) passOver(ctx context.Context, q *db.Queries, r CustomerRow) (bool, error) {
	if !e.Record(r) {
		return false, nil
	}
	return true, q.DropCardRef(ctx, db.DropCardRefParams{Connection: e.connection, External: r.Card})
}

// searched are tables whose rows hold many people: they are looked through.
var searched = map[string]string{
	"documents":    "bodies that hold a person are emptied, see ForgetDocument",
	"certificates": "numbers of a person's orders are taken out, see ForgetInCertificates",
}

// impersonal are the tables that tell nothing of buyers, and why.
var impersonal = map[string]string{
	"meta":             "settings of the store",
	"connections":      "the shopkeeper's own document and keys",
	"tokens":           "sealed keys",
	"cursors":          "times",
	"budgets":          "names of services",
	"calls":            "times",
	"schedules":        "times",
	"runs":             "counts",
	"erasures":         "keyed hashes",
	"findings":         "what MiniCRM does",
	"readings":         "counts and times",
	"shops":            "the shopkeeper's own firm",
	"imports":          "counts and times",
	"hooks":            "a sealed key and times",
	"proven_keys":      "fingerprints of keys",
	"probes":           "test cards of ours",
	"days":             "counts and sums of days",
	"alerts":           "counts",
	"troubles":         "what the MiniCRM system lacks",
	"accounts":         "fields and labels of the MiniCRM system, no users",
	"goose_db_version": "the migrations made",
}
