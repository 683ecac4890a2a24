package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"punte"
	"punte/store/db"
)

// Verdicts on documents that were in MiniCRM first.
const (
	Ours    = "ours"    // this connection made it, before its database was lost
	Foreign = "foreign" // somebody else did
)

// Existing is an order document that was in MiniCRM before the first order was handed
// over.
type Existing struct {
	CRMID   int64
	CRMCard int64 // of its card
	Number  string
	Verdict string // empty, Ours or Foreign
}

// SaveExisting saves a page of MiniCRM's order documents, the reading's next one, and
// turns it, all in one transaction; total is the length of the list as the page told
// it. Verdicts stay. A page that another process saved meanwhile changes nothing.
func (s *Store) SaveExisting(ctx context.Context, r Reading, documents []Existing, total int) error {
	return s.savePage(ctx, r, total, func(q *db.Queries) (met, fresh int64, err error) {
		for _, d := range documents {
			known, err := q.ExistingOrder(ctx, db.ExistingOrderParams{Connection: r.Scope, CRMID: d.CRMID})
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return 0, 0, err
			}
			if known.Pass != r.Pass {
				met++
			}
			if err != nil || known.Number != d.Number {
				fresh++
			}
			err = q.SaveExisting(ctx, db.SaveExistingParams{
				Connection: r.Scope, CRMID: d.CRMID, CRMCard: d.CRMCard, Number: d.Number, Pass: r.Pass,
			})
			if err != nil {
				return 0, 0, err
			}
		}
		return met, fresh, nil
	})
}

// ExistingByNumber returns the documents with these numbers that were in MiniCRM first,
// the oldest in front.
func (s *Store) ExistingByNumber(ctx context.Context, connection string, numbers []string) (map[string][]Existing, error) {
	doing := "looking which orders are in MiniCRM already"
	there := map[string][]Existing{}
	for some := range slices.Chunk(numbers, refsAtOnce) {
		var text strings.Builder
		text.WriteString("SELECT crm_id, crm_card, number, verdict FROM existing WHERE connection = $1 AND number IN (")
		args := []any{connection}
		for i, number := range some {
			if i > 0 {
				text.WriteString(", ")
			}
			args = append(args, number)
			text.WriteString("$" + strconv.Itoa(len(args)))
		}
		text.WriteString(") ORDER BY crm_id")
		if err := s.readExisting(ctx, text.String(), args, there); err != nil {
			return nil, failed(doing, err)
		}
	}
	return there, nil
}

func (s *Store) readExisting(ctx context.Context, query string, args []any, there map[string][]Existing) error {
	found, err := s.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var e Existing
		if err := found.Scan(&e.CRMID, &e.CRMCard, &e.Number, &e.Verdict); err != nil {
			return err
		}
		there[e.Number] = append(there[e.Number], e)
	}
	return found.Err()
}

// JudgeExisting notes whose documents they are.
func (s *Store) JudgeExisting(ctx context.Context, connection string, crmIDs []int64, verdict string) error {
	return s.write(ctx, "noting whose documents are in MiniCRM", func(q *db.Queries) error {
		for _, id := range crmIDs {
			if err := q.JudgeExisting(ctx, db.JudgeExistingParams{Connection: connection, CRMID: id, Verdict: verdict}); err != nil {
				return err
			}
		}
		return nil
	})
}

// AnyOurs says that a document that was in MiniCRM first is ours: the database was
// lost once.
func (s *Store) AnyOurs(ctx context.Context, connection string) (bool, error) {
	n, err := s.read().AnyOurs(ctx, connection)
	return n > 0, failed("looking whether MiniCRM has documents of ours", err)
}

// AnySent says that an order of the connection was handed over.
func (s *Store) AnySent(ctx context.Context, connection string) (bool, error) {
	n, err := s.read().AnySent(ctx, connection)
	return n > 0, failed("looking whether an order was handed over", err)
}

// LeaveExisting leaves an owed order alone whose number is in MiniCRM already. One that
// was handed over before stays as it is.
func (s *Store) LeaveExisting(ctx context.Context, connection, ref string, p punte.Problem, now time.Time) error {
	_, err := s.change().LeaveExisting(ctx, db.LeaveExistingParams{
		Connection: connection, Ref: ref, Code: p.Code, Reason: p.Reason, Now: millis(now),
	})
	return failed("leaving order "+ref+" alone", err)
}

// TakeUpExisting owes the orders again that were left for what is in MiniCRM already.
// It returns how many.
func (s *Store) TakeUpExisting(ctx context.Context, connection string, now time.Time) (int, error) {
	taken, err := s.change().TakeUpExisting(ctx, db.TakeUpExistingParams{Connection: connection, Code: punte.ProblemExisting, Now: millis(now)})
	return int(taken), failed("taking up the orders that are in MiniCRM already", err)
}

// LeftExisting is an order that was left alone because its number is in MiniCRM
// already.
type LeftExisting struct {
	Ref, Key, Reason string
}

// LeftExisting returns them, the one placed first in front, and how many there are.
func (s *Store) LeftExisting(ctx context.Context, connection string, limit int) (list []LeftExisting, all int, err error) {
	doing := "reading the orders that are in MiniCRM already"
	n, err := s.read().CountLeftExisting(ctx, db.CountLeftExistingParams{Connection: connection, Code: punte.ProblemExisting})
	if err != nil {
		return nil, 0, failed(doing, err)
	}
	if n == 0 || limit == 0 {
		return nil, int(n), nil
	}
	found, err := s.read().LeftExisting(ctx, db.LeftExistingParams{Connection: connection, Code: punte.ProblemExisting, Rows: rows(limit)})
	if err != nil {
		return nil, 0, failed(doing, err)
	}
	for _, row := range found {
		list = append(list, LeftExisting(row))
	}
	return list, int(n), nil
}

// States of an adoption.
const (
	AdoptionTrying = "trying"
	AdoptionProven = "proven"
	AdoptionFailed = "failed"
)

// Adoption is the one order that is tried before others are sent over documents that
// are in MiniCRM already.
type Adoption struct {
	Ref    string // of the order
	CRMID  int64  // of the document it is to land on
	State  string // empty: nothing was tried
	Tries  int    // orders tried so far, this one included
	Begun  time.Time
	Reason string // of AdoptionFailed
}

// Adoption returns the trial of a connection; State is empty if there is none.
func (s *Store) Adoption(ctx context.Context, connection string) (Adoption, error) {
	row, err := s.read().Adoption(ctx, connection)
	if errors.Is(err, sql.ErrNoRows) {
		return Adoption{}, nil
	}
	if err != nil {
		return Adoption{}, failed("reading the order that is tried", err)
	}
	return Adoption{
		Ref: row.Ref, CRMID: row.CRMID, State: row.State, Tries: int(row.Tries), Begun: instant(row.Begun), Reason: row.Reason,
	}, nil
}

// SaveAdoption notes the trial.
func (s *Store) SaveAdoption(ctx context.Context, connection string, a Adoption, now time.Time) error {
	return failed("noting the order that is tried", s.change().SaveAdoption(ctx, db.SaveAdoptionParams{
		Connection: connection, Ref: a.Ref, CRMID: a.CRMID, State: a.State, Tries: int64(a.Tries), Now: millis(now), Reason: a.Reason,
	}))
}
