package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"punte"
	"punte/store/db"
)

// Card is a customer's card in the Webshop module: what is known of the customer, and
// what is owed of it.
type Card struct {
	Ref    string // of its duty
	ID     int64  // external id in MiniCRM
	Source string // what the id was derived from

	Buyer    punte.Buyer    // as the order tells that describes the card; zero without one
	Customer punte.Customer // the own record of a registered customer
	Read     bool           // Customer was read
	Gone     bool           // the shop does not have the customer any more
	Basket   LostBasket
	Orders   int // that are known and not left

	State   punte.DutyState
	Wanted  int64
	Sent    int64
	Shown   int64
	Rounds  int
	CRMID   int64     // of the card in MiniCRM, 0 if it was never told apart
	Updated time.Time // when its duty changed last
	Written []byte    // JSON, what MiniCRM holds of ours
	Pending []byte    // JSON, what is in flight
}

// LostBasket is an abandoned basket; the zero one is none.
type LostBasket struct {
	Content, Value string
	Seen           time.Time // when it was seen first
}

const cardColumns = `SELECT duties.ref, cards.id, cards.source, cards.data, duties.state, duties.wanted, duties.sent, duties.shown,
    duties.rounds, duties.crm_card, duties.updated, duties.written, duties.pending,
    customers.data, customers.gone, customers.lost, customers.content, customers.value,
    (SELECT COUNT(*) FROM duties AS other WHERE other.connection = duties.connection AND other.card = duties.card AND other.kind = 'order' AND other.state <> 'left')
FROM duties
JOIN cards ON cards.connection = duties.connection AND cards.id = duties.card
LEFT JOIN customers ON customers.connection = duties.connection AND customers.card = duties.card
WHERE duties.connection = $1 AND duties.kind = 'card'`

// OwedCards returns the cards that are owed by themselves and due. Those of customers
// who took back their consent come first, then the customer who came first.
func (s *Store) OwedCards(ctx context.Context, connection string, now time.Time, limit int) ([]Card, error) {
	const query = cardColumns + ` AND duties.state = 'owed' AND duties.due + 0 <= $2
ORDER BY CASE WHEN customers.withdrawn THEN 0 ELSE 1 END, duties.placed, duties.ref LIMIT $3`
	return s.cards(ctx, connection, query, connection, millis(now), limit)
}

// WithdrawnCards are those OwedCards of customers who took back their consent.
func (s *Store) WithdrawnCards(ctx context.Context, connection string, now time.Time, limit int) ([]Card, error) {
	const query = cardColumns + ` AND duties.state = 'owed' AND duties.due + 0 <= $2 AND customers.withdrawn
ORDER BY duties.placed, duties.ref LIMIT $3`
	return s.cards(ctx, connection, query, connection, millis(now), limit)
}

// Cards returns those of the cards that are known, by external id.
func (s *Store) Cards(ctx context.Context, connection string, ids []int64) (map[int64]Card, error) {
	known := make(map[int64]Card, len(ids))
	for some := range slices.Chunk(ids, refsAtOnce) {
		text, args := in(cardColumns+` AND duties.card IN (`, connection, some)
		cards, err := s.cards(ctx, connection, text, args...)
		if err != nil {
			return nil, err
		}
		for _, c := range cards {
			known[c.ID] = c
		}
	}
	return known, nil
}

// in ends a query with a list of numbers behind the connection.
func in(query, connection string, list []int64) (string, []any) {
	var text strings.Builder
	text.WriteString(query)
	args := []any{connection}
	for i, n := range list {
		if i > 0 {
			text.WriteString(", ")
		}
		args = append(args, n)
		text.WriteString("$" + strconv.Itoa(len(args)))
	}
	text.WriteString(")")
	return text.String(), args
}

func (s *Store) cards(ctx context.Context, connection, query string, args ...any) ([]Card, error) {
	doing := "reading the cards of connection " + connection
	found, err := s.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, failed(doing, err)
	}
	defer func() { _ = found.Close() }()
	var unpack unpacker
	var list []Card
	for found.Next() {
		card, err := scanCard(found, &unpack)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", doing, err)
		}
		list = append(list, card)
	}
	return list, failed(doing, found.Err())
}

func scanCard(found *sql.Rows, unpack *unpacker) (Card, error) {
	var c Card
	var buyer, record []byte
	var state, written, pending string
	var updated int64
	var gone, lost sql.NullInt64
	var content, value sql.NullString
	err := found.Scan(&c.Ref, &c.ID, &c.Source, &buyer, &state, &c.Wanted, &c.Sent, &c.Shown,
		&c.Rounds, &c.CRMID, &updated, &written, &pending, &record, &gone, &lost, &content, &value, &c.Orders)
	if err != nil {
		return c, err
	}
	c.State, c.Updated = punte.DutyState(state), instant(updated)
	c.Written, c.Pending = text(written), text(pending)
	c.Read, c.Gone = len(record) > 0, gone.Int64 > 0
	if lost.Int64 > 0 {
		c.Basket = LostBasket{Content: content.String, Value: value.String, Seen: instant(lost.Int64)}
	}
	if err := unpack.json(buyer, &c.Buyer); err != nil {
		return c, err
	}
	return c, unpack.json(record, &c.Customer)
}

// sendCard puts a card in flight, or moves one that is in flight to a newer document.
// It returns 0 if there is no such card any more.
func sendCard(ctx context.Context, q *db.Queries, d Document, h Handover, now time.Time) (int64, error) {
	return q.SendCard(ctx, db.SendCardParams{
		Connection: d.Connection, Ref: h.Ref, Version: h.Version, Document: d.ID, Pending: string(h.Pending),
		Due: millis(h.Due), Now: millis(now),
	})
}

// CardFlight is a card in a document whose round has not ended.
type CardFlight struct {
	Ref      string
	Card     int64
	Document string
	Sent     int64
	Shown    int64
	Due      time.Time // end of its round
	Rounds   int
	CRMID    int64
	Written  []byte
	Pending  []byte
	Rides    bool // an order of its own is in flight in the same document
}

// CardFlights returns the cards in flight.
func (s *Store) CardFlights(ctx context.Context, connection string) ([]CardFlight, error) {
	doing := "reading the cards in flight of connection " + connection
	const query = `SELECT duties.ref, duties.card, duties.document, duties.sent, duties.shown, duties.due, duties.rounds, duties.crm_card,
    duties.written, duties.pending,
    EXISTS (SELECT 1 FROM duties AS other WHERE other.connection = duties.connection AND other.card = duties.card
        AND other.kind = 'order' AND other.document = duties.document AND other.state = 'sent')
FROM duties WHERE duties.connection = $1 AND duties.kind = 'card' AND duties.state = 'sent' ORDER BY duties.placed, duties.ref`
	found, err := s.reads().QueryContext(ctx, query, connection)
	if err != nil {
		return nil, failed(doing, err)
	}
	defer func() { _ = found.Close() }()
	var list []CardFlight
	for found.Next() {
		var f CardFlight
		var due int64
		var written, pending string
		err := found.Scan(&f.Ref, &f.Card, &f.Document, &f.Sent, &f.Shown, &due, &f.Rounds, &f.CRMID, &written, &pending, &f.Rides)
		if err != nil {
			return nil, failed(doing, err)
		}
		f.Due, f.Written, f.Pending = instant(due), text(written), text(pending)
		list = append(list, f)
	}
	return list, failed(doing, found.Err())
}

// CardOutcome is how the round of a card ended.
type CardOutcome struct {
	Ref      string
	Version  int64 // that was in flight
	Document string
	State    punte.DutyState // Confirmed, Unlisted, Owed or Parked
	Due      time.Time       // Owed: when it goes again
	Rounds   int             // Owed, Parked: rounds of this version that count, this one included
	Problem  punte.Problem   // Owed, Parked: why
	CRMID    int64           // of the card in MiniCRM, 0 if it was not told apart
}

// SettleCards ends rounds of cards. Only a card that is in flight with the outcome's
// version in its document is touched. What was decided meanwhile goes before the
// outcome, as in Settle.
func (s *Store) SettleCards(ctx context.Context, connection string, outcomes []CardOutcome, now time.Time) error {
	for some := range slices.Chunk(outcomes, settledAtOnce) {
		err := s.write(ctx, "settling cards of connection "+connection, func(q *db.Queries) error {
			for _, o := range some {
				if err := settleCard(ctx, q, connection, o, now); err != nil {
					return fmt.Errorf("card %s: %w", o.Ref, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func settleCard(ctx context.Context, q *db.Queries, connection string, o CardOutcome, now time.Time) error {
	switch o.State {
	case punte.Confirmed, punte.Unlisted:
		_, err := q.SettleCardShown(ctx, db.SettleCardShownParams{
			Connection: connection, Ref: o.Ref, Version: o.Version, Document: o.Document, State: string(o.State),
			CRMCard: o.CRMID, Now: millis(now),
		})
		return err
	case punte.Owed, punte.Parked:
		_, err := q.SettleCardNotShown(ctx, db.SettleCardNotShownParams{
			Connection: connection, Ref: o.Ref, Version: o.Version, Document: o.Document, State: string(o.State),
			Due: millis(o.Due), Rounds: int64(o.Rounds), Code: o.Problem.Code, Reason: o.Problem.Reason, Now: millis(now),
		})
		return err
	}
	return punte.Errorf(punte.Internal, "a card's round can't end as %q", o.State)
}

// SettleCardSame notes that MiniCRM shows a card as it is wanted already, so that
// nothing is to be sent.
func (s *Store) SettleCardSame(ctx context.Context, connection, ref string, version int64, now time.Time) error {
	_, err := s.change().SettleCardSame(ctx, db.SettleCardSameParams{Connection: connection, Ref: ref, Version: version, Now: millis(now)})
	return failed("noting that card "+ref+" is as it should be", err)
}

// ParkCard puts a card aside that can't be sent as it is.
func (s *Store) ParkCard(ctx context.Context, connection, ref string, p punte.Problem, now time.Time) error {
	_, err := s.change().ParkCard(ctx, db.ParkCardParams{
		Connection: connection, Ref: ref, Code: p.Code, Field: p.Field, Reason: p.Reason, Now: millis(now),
	})
	return failed("parking card "+ref, err)
}

// ChooseCards decides anew which cards travel without an order: those of customers
// registered or changed since then, or none.
func (s *Store) ChooseCards(ctx context.Context, connection string, alone bool, since, now time.Time) error {
	var err error
	if alone {
		_, err = s.change().AllowCards(ctx, db.AllowCardsParams{Connection: connection, Empty: []byte{}, Since: millis(since), Now: millis(now)})
	} else {
		_, err = s.change().ForbidCards(ctx, connection)
	}
	return failed("choosing the cards of connection "+connection, err)
}

// CardCounts returns how many cards are in each state that has any.
func (s *Store) CardCounts(ctx context.Context, connection string) (map[punte.DutyState]int, error) {
	found, err := s.read().CardCounts(ctx, connection)
	if err != nil {
		return nil, failed("counting the cards of connection "+connection, err)
	}
	counts := make(map[punte.DutyState]int, len(found))
	for _, row := range found {
		counts[punte.DutyState(row.State)] = int(row.Number)
	}
	return counts, nil
}

// ParkedCard is a card that can't be sent.
type ParkedCard struct {
	Ref      string
	Customer int64 // id in the shop of a registered customer, else 0
	Problem  punte.Problem
}

// ParkedCards returns the cards that can't be sent.
func (s *Store) ParkedCards(ctx context.Context, connection string) ([]ParkedCard, error) {
	found, err := s.read().ParkedCards(ctx, connection)
	if err != nil {
		return nil, failed("reading the parked cards of connection "+connection, err)
	}
	list := make([]ParkedCard, 0, len(found))
	for _, row := range found {
		list = append(list, ParkedCard{
			Ref: row.Ref, Customer: row.Customer.Int64, Problem: punte.Problem{Code: row.Code, Field: row.Field, Reason: row.Reason},
		})
	}
	return list, nil
}

// CardsOfCRM returns which of MiniCRM's cards are known to be ours.
func (s *Store) CardsOfCRM(ctx context.Context, connection string, ids []int64) (map[int64]bool, error) {
	known := map[int64]bool{}
	for some := range slices.Chunk(ids, refsAtOnce) {
		if err := s.cardsOfCRM(ctx, connection, some, known); err != nil {
			return nil, failed("looking for cards of MiniCRM", err)
		}
	}
	return known, nil
}

func (s *Store) cardsOfCRM(ctx context.Context, connection string, ids []int64, known map[int64]bool) error {
	text, args := in(`SELECT crm_card FROM duties WHERE connection = $1 AND kind = 'card' AND crm_card > 0 AND crm_card IN (`, connection, ids)
	found, err := s.reader.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var id int64
		if err := found.Scan(&id); err != nil {
			return err
		}
		known[id] = true
	}
	return found.Err()
}

// EndSettledDocument closes a document that was taken, once nothing of it is in
// flight any more.
func (s *Store) EndSettledDocument(ctx context.Context, id string, now time.Time) error {
	_, err := s.change().EndSettledDocument(ctx, db.EndSettledDocumentParams{ID: id, Empty: []byte{}, Now: millis(now)})
	return failed("ending a document", err)
}
