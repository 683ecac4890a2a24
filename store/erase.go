package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
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
		{"sheets", `DELETE FROM sheets WHERE connection = $1 AND ref = $2`},
		{"existing", `DELETE FROM existing WHERE connection = $1
			AND number = (SELECT key FROM orders WHERE connection = $1 AND ref = $2)`},
		// What a trial proved stays proved; one that goes on is begun anew with another order.
		{"adoptions", `DELETE FROM adoptions WHERE connection = $1 AND ref = $2 AND state = 'trying'`},
		{"adoptions", `UPDATE adoptions SET ref = '', crm_id = 0 WHERE connection = $1 AND ref = $2`},
		{"deletions", `DELETE FROM deletions WHERE connection = $1 AND ref = $2`},
		{"reworks", `DELETE FROM reworks WHERE connection = $1 AND ref = $2`},
		{"events", `DELETE FROM events WHERE connection = $1 AND ref = $2`},
		{"duties", `DELETE FROM duties WHERE connection = $1 AND kind = 'order' AND ref = $2`},
		{"orders", `DELETE FROM orders WHERE connection = $1 AND ref = $2`},
	}
	// tracesOfCard: $2 is the id of the customer's card, a number. The card goes last.
	tracesOfCard = []trace{
		{"refs", `DELETE FROM refs WHERE kind = 'card' AND account = (SELECT account FROM connections WHERE id = $1) AND external = $2`},
		{"matches", `DELETE FROM matches WHERE connection = $1 AND card = $2`},
		{"customers", `DELETE FROM customers WHERE connection = $1 AND card = $2`},
		{"duties", `DELETE FROM duties WHERE connection = $1 AND kind = 'card' AND card = $2`},
		{"cards", `DELETE FROM cards WHERE connection = $1 AND id = $2`},
	}
	// tracesOfRecord: $2 is the ref of a customer's record, a text. The duty of a record
	// that could not be read has no card and the same ref.
	tracesOfRecord = []trace{
		{"questions", `DELETE FROM questions WHERE connection = $1 AND kind = 'customer' AND key = $2`},
		{"duties", `DELETE FROM duties WHERE connection = $1 AND kind = 'card' AND card = 0 AND ref = $2`},
		{"customers", `DELETE FROM customers WHERE connection = $1 AND ref = $2`},
	}
	// tracesOfAddress: $2 is the hash of the address in the MiniCRM system. They go when
	// it is noted whom to forget, the only moment at which the address is known.
	tracesOfAddress = []trace{
		{"people", `DELETE FROM people WHERE account = (SELECT account FROM connections WHERE id = $1) AND mail = $2`},
	}
)

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

// Key says whether an order of that number was forgotten.
func (e *Erased) Key(key string) bool { return e.has(erasedKey, key) }

// Row says whether an order, as the shop tells it, is one of a person who was
// forgotten.
func (e *Erased) Row(r OrderRow) bool {
	return len(e.hashes) > 0 && (e.Order(r.ID) || e.Customer(r.Order.Buyer.CustomerID) || e.Address(r.Email) || e.Address(r.Order.Buyer.Email))
}

// Record says whether the own record of a customer is one of a person who was
// forgotten.
func (e *Erased) Record(r CustomerRow) bool {
	return len(e.hashes) > 0 && (e.Customer(r.ID) || e.Customer(r.Customer.ID) || e.Address(r.Email) || e.Address(r.Customer.Buyer.Email))
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

// Subject is a person to be forgotten, by what one connection knows them.
type Subject struct {
	Address   string // plain
	Customers []int64
	Cards     []int64
	Orders    []int64  // ids in the shop
	Keys      []string // numbers of the orders
}

// Erase notes by hashes that a person is to be forgotten: from now on nothing of
// theirs is saved. What is there already is for Forget. Doing so again adds what is
// new and opens the erasure again.
func (s *Store) Erase(ctx context.Context, connection string, p Subject, now time.Time) error {
	saved, err := s.Connection(ctx, connection)
	if err != nil {
		return err
	}
	return s.writeWith(ctx, "noting whom to forget", func(q *db.Queries, tx db.DBTX) error {
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
		if err != nil {
			return err
		}
		return removeTraces(ctx, tx, tracesOfAddress, connection, MailHash(saved.Account, p.Address))
	})
}

// KeepErased remembers the orders of a person who was forgotten, so that they stay
// away under another address too.
func (s *Store) KeepErased(ctx context.Context, connection string, p Subject, now time.Time) error {
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
	Orders  []string // refs
	Cards   []int64
	Records []string // refs of customers' own records
}

// Forget removes things of a person from all tables but those of documents and
// certificates, in one transaction. What is in flight is forgotten with the rest: the answer to it finds
// nothing to settle.
func (s *Store) Forget(ctx context.Context, connection string, t Traces) error {
	return s.writeWith(ctx, "forgetting a person", func(_ *db.Queries, tx db.DBTX) error {
		remove := func(traces []trace, thing any) error { return removeTraces(ctx, tx, traces, connection, thing) }
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
		for _, ref := range t.Records {
			if err := remove(tracesOfRecord, ref); err != nil {
				return err
			}
		}
		return nil
	})
}

func removeTraces(ctx context.Context, tx db.DBTX, traces []trace, connection string, thing any) error {
	for _, trace := range traces {
		if _, err := tx.ExecContext(ctx, trace.statement, connection, thing); err != nil {
			return fmt.Errorf("table %s: %w", trace.table, err)
		}
	}
	return nil
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
