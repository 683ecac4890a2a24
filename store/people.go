package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"punte"
	"punte/store/db"
)

// Kinds of readings.
const (
	ReadingPeople   = "people"   // the persons of a MiniCRM system; its scope is the system
	ReadingExisting = "existing" // its order documents; its scope is the connection
)

// Reading is how far a list of MiniCRM was read. The list is read page by page; a pass
// goes over it once, and further passes follow until one met the whole list.
type Reading struct {
	Scope, Kind string
	Pass        int64     // counts all passes, of all readings
	First       int64     // the first pass of this reading
	Page        int       // the next to read
	Total       int       // length of the list as the last page told it, 0 for not told
	Met         int       // different rows met in this pass
	Fresh       int       // of them, those that were not known as they are
	Moved       bool      // the list's length changed within this pass
	Since       time.Time // only what changed since then, in MiniCRM's time; zero: the whole list
	Begun       time.Time // when this reading began, in MiniCRM's time
	Complete    time.Time // when the whole list was known for the first time; zero: not yet
	Done        time.Time // when the last reading ended
	Pages       int       // calls that this reading took
}

// Person is a person of MiniCRM, as far as it is kept.
type Person struct {
	Contact int64     // MiniCRM's id
	Mail    string    // MailHash of the address, empty for none
	Company bool      // belongs to a company there
	Seen    time.Time // when MiniCRM showed the person last
}

// MailHash is what is kept of an e-mail address in a MiniCRM system: it finds a person
// again and tells nobody who it is without guessing the address. The address is
// compared as punte.PlainAddress writes it; an empty one has none.
func MailHash(account, address string) string {
	plain := punte.PlainAddress(address)
	if plain == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("person\n" + account + "\n" + plain))
	return hex.EncodeToString(sum[:16])
}

// StartReading returns the reading of a list, and begins it if nobody did: then begun
// is MiniCRM's time.
func (s *Store) StartReading(ctx context.Context, scope, kind string, begun time.Time) (Reading, error) {
	if err := s.change().AddReading(ctx, db.AddReadingParams{Scope: scope, Kind: kind, Begun: millis(begun)}); err != nil {
		return Reading{}, failed("beginning to read MiniCRM's "+kind, err)
	}
	return s.Reading(ctx, scope, kind)
}

// Reading returns how far a list was read; the zero one if nobody began.
func (s *Store) Reading(ctx context.Context, scope, kind string) (Reading, error) {
	row, err := s.read().Reading(ctx, db.ReadingParams{Scope: scope, Kind: kind})
	if errors.Is(err, sql.ErrNoRows) {
		return Reading{Scope: scope, Kind: kind}, nil
	}
	if err != nil {
		return Reading{}, failed("looking how far MiniCRM's "+kind+" are read", err)
	}
	return Reading{
		Scope: row.Scope, Kind: row.Kind, Pass: row.Pass, First: row.First, Page: int(row.Page), Total: int(row.Total),
		Met: int(row.Met), Fresh: int(row.Fresh), Moved: row.Moved, Since: instant(row.Since), Begun: instant(row.Begun),
		Complete: instant(row.Complete), Done: instant(row.Done), Pages: int(row.Pages),
	}, nil
}

// HoldReading makes holder the one who reads the list until then, false if another is
// reading it. A hold that lies further ahead than any can is passed over: it is of a
// clock that was wrong.
func (s *Store) HoldReading(ctx context.Context, r Reading, holder string, until, now time.Time) (bool, error) {
	got, err := s.change().HoldReading(ctx, db.HoldReadingParams{
		Scope: r.Scope, Kind: r.Kind, Holder: holder, Until: millis(until), Now: millis(now), Ahead: millis(until),
	})
	return got > 0, failed("taking up the reading of MiniCRM's "+r.Kind, err)
}

// errPageCounted says that another process was quicker.
var errPageCounted = errors.New("the page was counted already")

// SavePeople saves a page of persons, the reading's next one, and turns it, all in one
// transaction; total is the length of the list as the page told it. A page that
// another process saved meanwhile changes nothing.
func (s *Store) SavePeople(ctx context.Context, r Reading, people []Person, total int, now time.Time) error {
	return s.savePage(ctx, r, total, func(q *db.Queries) (met, fresh int64, err error) {
		for _, p := range people {
			known, err := q.Person(ctx, db.PersonParams{Account: r.Scope, Contact: p.Contact})
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return 0, 0, err
			}
			if known.Pass != r.Pass {
				met++
			}
			if err != nil || known.Mail != p.Mail || known.Company != p.Company {
				fresh++
			}
			err = q.SavePerson(ctx, db.SavePersonParams{
				Account: r.Scope, Contact: p.Contact, Mail: p.Mail, Company: p.Company, Pass: r.Pass, Seen: millis(now),
			})
			if err != nil {
				return 0, 0, err
			}
		}
		return met, fresh, nil
	})
}

// savePage saves a page's rows and turns it.
func (s *Store) savePage(ctx context.Context, r Reading, total int, rows func(*db.Queries) (met, fresh int64, err error)) error {
	err := s.write(ctx, "saving a page of MiniCRM's "+r.Kind, func(q *db.Queries) error {
		met, fresh, err := rows(q)
		if err != nil {
			return err
		}
		turned, err := q.TurnPage(ctx, db.TurnPageParams{
			Scope: r.Scope, Kind: r.Kind, Pass: r.Pass, Page: int64(r.Page), Met: met, Fresh: fresh, Total: int64(total),
		})
		if err == nil && turned == 0 {
			return errPageCounted
		}
		return err
	})
	if errors.Is(err, errPageCounted) {
		return nil
	}
	return err
}

// NextPass begins another pass of a reading. anew begins another reading with it; then
// Since, Begun, Complete and Done count, of the reading given. A reading whose Begun is
// zero waits.
func (s *Store) NextPass(ctx context.Context, r Reading, anew bool) error {
	_, err := s.change().NextPass(ctx, db.NextPassParams{
		Scope: r.Scope, Kind: r.Kind, Pass: r.Pass, Anew: anew, Since: millis(r.Since), Begun: millis(r.Begun),
		Complete: millis(r.Complete), Done: millis(r.Done),
	})
	return failed("reading MiniCRM's "+r.Kind+" again", err)
}

// DropNotMet removes what a pass over the whole list did not meet: it is no longer in
// MiniCRM.
func (s *Store) DropNotMet(ctx context.Context, r Reading) error {
	doing := "removing what is no longer among MiniCRM's " + r.Kind
	if r.Kind == ReadingExisting {
		return failed(doing, s.change().DropExistingNotMet(ctx, db.DropExistingNotMetParams{Connection: r.Scope, Pass: r.Pass}))
	}
	return failed(doing, s.change().DropPeopleNotMet(ctx, db.DropPeopleNotMetParams{Account: r.Scope, Pass: r.Pass}))
}

// PeopleOfMail returns the persons with an address, given as its MailHash.
func (s *Store) PeopleOfMail(ctx context.Context, account, mail string) ([]Person, error) {
	if mail == "" {
		return nil, nil
	}
	found, err := s.read().PeopleOfMail(ctx, db.PeopleOfMailParams{Account: account, Mail: mail})
	if err != nil {
		return nil, failed("looking for a person of MiniCRM", err)
	}
	people := make([]Person, 0, len(found))
	for _, row := range found {
		people = append(people, Person{Contact: row.Contact, Mail: row.Mail, Company: row.Company, Seen: instant(row.Seen)})
	}
	return people, nil
}

// NotePerson replaces what is kept of a person with what MiniCRM just said.
func (s *Store) NotePerson(ctx context.Context, account string, p Person) error {
	known, err := s.read().Person(ctx, db.PersonParams{Account: account, Contact: p.Contact})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return failed("looking for a person of MiniCRM", err)
	}
	return failed("noting a person of MiniCRM", s.change().SavePerson(ctx, db.SavePersonParams{
		Account: account, Contact: p.Contact, Mail: p.Mail, Company: p.Company, Pass: known.Pass, Seen: millis(p.Seen),
	}))
}

// DropPerson forgets a person who is no longer in MiniCRM.
func (s *Store) DropPerson(ctx context.Context, account string, contact int64) error {
	return failed("forgetting a person of MiniCRM", s.change().DropPerson(ctx, db.DropPersonParams{Account: account, Contact: contact}))
}

// ForgetMail removes an address of a MiniCRM system from what is kept of its persons.
// It returns of how many.
func (s *Store) ForgetMail(ctx context.Context, account, address string) (int, error) {
	mail := MailHash(account, address)
	if mail == "" {
		return 0, nil
	}
	dropped, err := s.change().DropPeopleOfMail(ctx, db.DropPeopleOfMailParams{Account: account, Mail: mail})
	return int(dropped), failed("forgetting an address", err)
}

// Kinds of matches.
const (
	MatchAttached = "attached" // the card has a person who was in MiniCRM
	MatchNew      = "new"      // nobody there had the address: a new person was made
	MatchSeveral  = "several"  // several had it: a new person was made all the same
	MatchFound    = "found"    // the card was in MiniCRM before this store knew it; its person stays
)

// Match is what was decided about the person of a customer's card when the card was
// handed over first.
type Match struct {
	Card    int64
	Kind    string
	Contact int64 // Attached: the person
	Company bool  // Attached: who belongs to a company there
	People  int   // how many had the address
}

// CardMatch returns what was decided about a card; Kind is empty if nothing was.
func (s *Store) CardMatch(ctx context.Context, connection string, card int64) (Match, error) {
	row, err := s.read().CardMatch(ctx, db.CardMatchParams{Connection: connection, Card: card})
	if errors.Is(err, sql.ErrNoRows) {
		return Match{Card: card}, nil
	}
	if err != nil {
		return Match{}, failed(fmt.Sprintf("reading the person of card %d", card), err)
	}
	return Match{Card: card, Kind: row.Kind, Contact: row.Contact, Company: row.Company, People: int(row.People)}, nil
}

// SaveMatch notes a decision; a later one replaces it.
func (s *Store) SaveMatch(ctx context.Context, connection string, m Match, now time.Time) error {
	return failed(fmt.Sprintf("noting the person of card %d", m.Card), s.change().SaveMatch(ctx, db.SaveMatchParams{
		Connection: connection, Card: m.Card, Kind: m.Kind, Contact: m.Contact, Company: m.Company, People: int64(m.People), Now: millis(now),
	}))
}

// SeveralPeople is a card whose buyer's address several persons of MiniCRM have.
type SeveralPeople struct {
	Card   int64
	Key    string // of one of its orders
	People int
}

// SeveralPeople returns such cards, the newest decision first.
func (s *Store) SeveralPeople(ctx context.Context, connection string, limit int) ([]SeveralPeople, error) {
	found, err := s.read().CardsWithSeveral(ctx, db.CardsWithSeveralParams{Connection: connection, Rows: rows(limit)})
	if err != nil {
		return nil, failed("reading the cards with several persons", err)
	}
	list := make([]SeveralPeople, 0, len(found))
	for _, row := range found {
		list = append(list, SeveralPeople{Card: row.Card, Key: row.OrderKey, People: int(row.People)})
	}
	return list, nil
}

// OwedOnSentCards returns what is owed and due of the orders whose cards were handed
// over before, the order placed first in front. Orders without a card are among them:
// they will be parked.
func (s *Store) OwedOnSentCards(ctx context.Context, connection string, now time.Time, limit int) ([]Duty, error) {
	doing := "reading the owed orders of connection " + connection
	found, err := s.read().OwedOnSentCards(ctx, db.OwedOnSentCardsParams{Connection: connection, Due: millis(now), Rows: rows(limit)})
	if err != nil {
		return nil, failed(doing, err)
	}
	var unpack unpacker
	duties := make([]Duty, 0, len(found))
	for _, row := range found {
		duty, err := dutyOf(db.DutiesInStateRow(row), &unpack)
		if err != nil {
			return nil, fmt.Errorf("%s: order %s: %w", doing, row.Duty.Ref, err)
		}
		duties = append(duties, duty)
	}
	return duties, nil
}

// NextDueOnSentCards returns when the first of them is due, false if none is owed.
func (s *Store) NextDueOnSentCards(ctx context.Context, connection string) (time.Time, bool, error) {
	due, err := s.read().NextDueOnSentCards(ctx, connection)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, failed("reading what is due of connection "+connection, err)
	}
	return instant(due), true, nil
}
