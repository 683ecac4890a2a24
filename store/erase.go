package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"punte"
	"punte/store/db"
)

// trace is a statement that removes what a table tells of a person: $1 is the
// connection, $2 the order, card, customer or address.
type trace struct{ table, statement string }

// Every table that may tell of a person has its line here, every other one in
// impersonal; a test looks through all of them. The lines run in this order.
var (
	// tracesOfOrder: $2 is the order's ref, a text. The order itself goes last.
	tracesOfOrder = []trace{
		{"refs", `DELETE FROM refs WHERE kind = 'order' AND account = (SELECT account FROM connections WHERE id = $1)
			AND external = (SELECT external FROM orders WHERE connection = $1 AND ref = $2)`},
		{"questions", `DELETE FROM questions WHERE connection = $1 AND kind = 'order'
			AND key = (SELECT key FROM orders WHERE connection = $1 AND ref = $2)`},
		{"events", `DELETE FROM events WHERE connection = $1 AND ref = $2`},
		{"duties", `DELETE FROM duties WHERE connection = $1 AND kind = 'order' AND ref = $2`},
		{"orders", `DELETE FROM orders WHERE connection = $1 AND ref = $2`},
	}
	// tracesOfCard: $2 is the id of the customer's card, a number. The card goes last.
	tracesOfCard = []trace{
		{"refs", `DELETE FROM refs WHERE kind = 'card' AND account = (SELECT account FROM connections WHERE id = $1) AND external = $2`},
		{"duties", `DELETE FROM duties WHERE connection = $1 AND kind = 'card' AND card = $2`},
		{"cards", `DELETE FROM cards WHERE connection = $1 AND id = $2`},
	}
	// tracesOfCustomer: $2 is the customer's id in the shop, a text.
	tracesOfCustomer = []trace{
		{"questions", `DELETE FROM questions WHERE connection = $1 AND kind = 'customer' AND key = $2`},
	}
	// tracesOfAddress: $2 is the plain address, a text.
	tracesOfAddress = []trace{}
)

// searched are tables whose rows hold many people: they are looked through.
var searched = map[string]string{
	"documents": "bodies that hold a person are emptied, see ForgetDocument",
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
	"probes":           "test cards of ours",
	"goose_db_version": "the migrations made",
}

// Kinds of what an erasure remembers.
const (
	erasedAddress  = "address"
	erasedCustomer = "customer"
	erasedCard     = "card"
	erasedOrder    = "order"
	erasedKey      = "key"
)

// Erased knows people who were forgotten when it meets them again. The zero value
// knows nobody.
type Erased struct {
	connection string
	secret     []byte
	hashes     map[string]bool
}

func (e *Erased) hash(kind, value string) string {
	mac := hmac.New(sha256.New, e.secret)
	_, _ = mac.Write([]byte(kind + "\n" + e.connection + "\n" + value))
	return hex.EncodeToString(mac.Sum(nil))
}

func (e *Erased) has(kind, value string) bool {
	return len(e.hashes) > 0 && value != "" && e.hashes[e.hash(kind, value)]
}

func (e *Erased) hasID(kind string, id int64) bool {
	return id != 0 && e.has(kind, strconv.FormatInt(id, 10))
}

// Address says whether a person with this e-mail address was forgotten.
func (e *Erased) Address(address string) bool {
	return e.has(erasedAddress, punte.PlainAddress(address))
}

// Customer says the same of a customer's id in the shop.
func (e *Erased) Customer(id int64) bool { return e.hasID(erasedCustomer, id) }

// Card says the same of the id of a card of ours in MiniCRM.
func (e *Erased) Card(id int64) bool { return e.hasID(erasedCard, id) }

// Order says the same of an order's id in the shop, by whatever address it goes now.
func (e *Erased) Order(id int64) bool { return e.hasID(erasedOrder, id) }

// Row says whether an order, as the shop tells it, is one of a person who was
// forgotten.
func (e *Erased) Row(r OrderRow) bool {
	return len(e.hashes) > 0 && (e.Order(r.ID) || e.Customer(r.Order.Buyer.CustomerID) || e.Address(r.Email) || e.Address(r.Order.Buyer.Email))
}

// metaErasures is the secret of the hashes, sealed. It is made with the first of them.
const metaErasures = "erasures"

// erasureSecret reads the secret of the hashes.
func (s *Store) erasureSecret(ctx context.Context, q *db.Queries) ([]byte, error) {
	value, err := q.Meta(ctx, metaErasures)
	if err != nil {
		return nil, err
	}
	sealed, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return nil, fmt.Errorf("reading the secret of the erasures: %w", err)
	}
	return s.keys.open(sealed, metaErasures)
}

// makeErasureSecret makes it, unless there is one.
func (s *Store) makeErasureSecret(ctx context.Context, q *db.Queries) ([]byte, error) {
	sealed, err := s.keys.seal([]byte(rand.Text()+rand.Text()), metaErasures)
	if err != nil {
		return nil, err
	}
	if err := q.SetMeta(ctx, db.SetMetaParams{Name: metaErasures, Value: base64.StdEncoding.EncodeToString(sealed)}); err != nil {
		return nil, err
	}
	return s.erasureSecret(ctx, q)
}

// Erased reads who of a connection was forgotten.
func (s *Store) Erased(ctx context.Context, connection string) (*Erased, error) {
	erased, err := s.erased(ctx, s.read(), connection)
	return erased, failed("reading who was forgotten", err)
}

func (s *Store) erased(ctx context.Context, q *db.Queries, connection string) (*Erased, error) {
	e := &Erased{connection: connection}
	hashes, err := q.Erased(ctx, connection)
	if err != nil || len(hashes) == 0 {
		return e, err
	}
	if e.secret, err = s.erasureSecret(ctx, q); err != nil {
		return e, err
	}
	e.hashes = make(map[string]bool, len(hashes))
	for _, hash := range hashes {
		e.hashes[hash] = true
	}
	return e, nil
}

// holdErased reads who was forgotten and keeps it so until the transaction ends.
// Every transaction that saves what the shop tells of a person begins with it: what is
// forgotten in between would come back.
func (s *Store) holdErased(ctx context.Context, q *db.Queries, connection string) (*Erased, error) {
	if err := q.HoldConnection(ctx, connection); err != nil {
		return nil, err
	}
	return s.erased(ctx, q, connection)
}

// Person is by what a person is known in one connection.
type Person struct {
	Address   string // plain
	Customers []int64
	Cards     []int64
	Orders    []int64  // ids in the shop
	Keys      []string // numbers of the orders
}

// Erase notes by hashes that a person is to be forgotten: from now on nothing of
// theirs is saved. What is there already is for Forget. Doing so again adds what is
// new and opens the erasure again.
func (s *Store) Erase(ctx context.Context, connection string, p Person, now time.Time) error {
	return s.write(ctx, "noting whom to forget", func(q *db.Queries) error {
		if err := q.HoldConnection(ctx, connection); err != nil {
			return err
		}
		secret, err := s.makeErasureSecret(ctx, q)
		if err != nil {
			return err
		}
		e := &Erased{connection: connection, secret: secret}
		subject := e.hash(erasedAddress, p.Address)
		add := func(kind, value string) {
			if err == nil && value != "" && value != "0" {
				err = q.AddErasure(ctx, db.AddErasureParams{
					Connection: connection, Hash: e.hash(kind, value), Kind: kind, Subject: subject, Now: millis(now),
				})
			}
		}
		add(erasedAddress, p.Address)
		for kind, ids := range map[string][]int64{erasedCustomer: p.Customers, erasedCard: p.Cards, erasedOrder: p.Orders} {
			for _, id := range ids {
				add(kind, strconv.FormatInt(id, 10))
			}
		}
		for _, key := range p.Keys {
			add(erasedKey, key)
		}
		return err
	})
}

// KeepErased remembers the orders of a person who was forgotten, so that they stay
// away under another address too.
func (s *Store) KeepErased(ctx context.Context, connection string, p Person, now time.Time) error {
	return s.write(ctx, "noting an order of a person who was forgotten", func(q *db.Queries) error {
		e, err := s.holdErased(ctx, q, connection)
		if err != nil || len(e.hashes) == 0 { // lifted meanwhile
			return err
		}
		for _, id := range p.Orders {
			err := q.AddErasure(ctx, db.AddErasureParams{
				Connection: connection, Hash: e.hash(erasedOrder, strconv.FormatInt(id, 10)), Kind: erasedOrder,
				Subject: e.hash(erasedAddress, p.Address), Now: millis(now),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// LiftErasure lets a person be known again who was forgotten: orders the shop tells
// of from now on are saved. The orders that were forgotten stay so. It says whether
// there was anything to lift.
func (s *Store) LiftErasure(ctx context.Context, connection, address string) (bool, error) {
	lifted := int64(0)
	err := s.write(ctx, "letting a person be known again", func(q *db.Queries) error {
		e, err := s.holdErased(ctx, q, connection)
		if err != nil || len(e.hashes) == 0 {
			return err
		}
		lifted, err = q.LiftErasure(ctx, db.LiftErasureParams{Connection: connection, Subject: e.hash(erasedAddress, punte.PlainAddress(address))})
		return err
	})
	return lifted > 0, err
}

// ErasedKey says when an order with this number was forgotten; false if none was.
func (s *Store) ErasedKey(ctx context.Context, connection, key string) (time.Time, bool, error) {
	e, err := s.Erased(ctx, connection)
	if err != nil || !e.has(erasedKey, key) {
		return time.Time{}, false, err
	}
	at, err := s.read().ErasedKey(ctx, db.ErasedKeyParams{Connection: connection, Hash: e.hash(erasedKey, key)})
	if err != nil || len(at) == 0 {
		return time.Time{}, false, failed("reading when an order was forgotten", err)
	}
	return instant(at[0]), true, nil
}

// UnfinishedErasures says whether somebody was to be forgotten and not everything
// was removed yet: a process ended in the middle.
func (s *Store) UnfinishedErasures(ctx context.Context, connection string) (bool, error) {
	n, err := s.read().UnfinishedErasures(ctx, connection)
	return n > 0, failed("looking for erasures that were not finished", err)
}

// FinishErasures notes that everything of those to be forgotten was removed.
func (s *Store) FinishErasures(ctx context.Context, connection string, now time.Time) error {
	return failed("noting that a person was forgotten", s.change().FinishErasures(ctx, db.FinishErasuresParams{Connection: connection, Now: millis(now)}))
}

// Traces are things of one person.
type Traces struct {
	Orders    []string // refs
	Cards     []int64
	Customers []int64
	Address   string // plain, or empty
}

// Forget removes things of a person from all tables but that of documents, in one
// transaction. What is in flight is forgotten with the rest: the answer to it finds
// nothing to settle.
func (s *Store) Forget(ctx context.Context, connection string, t Traces) error {
	return s.writeWith(ctx, "forgetting a person", func(_ *db.Queries, tx db.DBTX) error {
		remove := func(traces []trace, thing any) error {
			for _, trace := range traces {
				if _, err := tx.ExecContext(ctx, trace.statement, connection, thing); err != nil {
					return fmt.Errorf("table %s: %w", trace.table, err)
				}
			}
			return nil
		}
		for _, ref := range t.Orders {
			if err := remove(tracesOfOrder, ref); err != nil {
				return err
			}
		}
		for _, card := range t.Cards {
			if err := remove(tracesOfCard, card); err != nil {
				return err
			}
		}
		for _, id := range t.Customers {
			if err := remove(tracesOfCustomer, strconv.FormatInt(id, 10)); err != nil {
				return err
			}
		}
		if t.Address == "" {
			return nil
		}
		return remove(tracesOfAddress, t.Address)
	})
}

// Scrub overwrites what was deleted in the file of SQLite, which otherwise stands
// there until its place is needed. It takes as long as copying the database.
// Unavailable while another process holds the file: what is deleted is not lost sight
// of, and the next Scrub overwrites it. PostgreSQL keeps old rows until its own vacuum
// comes by; that is its administrator's.
func (s *Store) Scrub(ctx context.Context) error {
	const doing = "overwriting in the database what was forgotten"
	if s.Postgres() {
		return nil
	}
	if _, err := s.writer.ExecContext(ctx, "VACUUM"); err != nil {
		return failed(doing, err)
	}
	var busy, pages, moved int64
	if err := s.writer.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved); err != nil {
		return failed(doing, err)
	}
	if busy != 0 {
		return punte.Errorf(punte.Unavailable, "%s: another process is reading it; do the same again", doing)
	}
	return nil
}

// ForgetDocument removes the body of a document that holds a person. One that MiniCRM
// was to fetch and did not yet is given up: its other orders are owed again.
func (s *Store) ForgetDocument(ctx context.Context, d Document, now time.Time) error {
	return s.write(ctx, "forgetting a person in a document", func(q *db.Queries) error {
		if d.Delivery == "pull" {
			lost, err := q.LoseDocument(ctx, db.LoseDocumentParams{ID: d.ID, Empty: []byte{}, Now: millis(now)})
			if err != nil {
				return err
			}
			if lost > 0 {
				return owedAgain(ctx, q, d.ID, now, now)
			}
		}
		return q.EmptyDocument(ctx, db.EmptyDocumentParams{ID: d.ID, Empty: []byte{}})
	})
}

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
			rows, err := s.read().OrdersAfter(ctx, db.OrdersAfterParams{Connection: connection, After: after, Rows: 200})
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
	ID     int64
	Source string
	Buyer  punte.Buyer
}

// Cards yields the customers' cards of a connection.
func (s *Store) Cards(ctx context.Context, connection string) iter.Seq2[CardRow, error] {
	return func(yield func(CardRow, error) bool) {
		var unpack unpacker
		for after := int64(-1); ; {
			rows, err := s.read().CardsAfter(ctx, db.CardsAfterParams{Connection: connection, After: after, Rows: 200})
			if err != nil {
				yield(CardRow{}, failed("reading the cards", err))
				return
			}
			for _, row := range rows {
				card := CardRow{ID: row.ID, Source: row.Source}
				if err := unpack.json(row.Data, &card.Buyer); err != nil {
					yield(CardRow{}, fmt.Errorf("reading card %d: %w", row.ID, err))
					return
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

// CRMCards are the ids of cards in MiniCRM.
type CRMCards struct {
	Orders    []int64 // in the Orders module
	Customers []int64 // in the Webshop module
}

// CRMCards returns which cards MiniCRM was seen to have of a card of ours and its
// orders.
func (s *Store) CRMCards(ctx context.Context, connection string, card int64) (CRMCards, error) {
	var cards CRMCards
	found, err := s.read().LinksOfCard(ctx, db.LinksOfCardParams{Connection: connection, Card: card})
	if err != nil {
		return cards, failed("reading which cards MiniCRM has", err)
	}
	for _, row := range found {
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
