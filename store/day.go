package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"punte"
	"punte/store/db"
)

// Day is a day of placing in the shop's zone and how far it was read to find what is
// not there any more.
type Day struct {
	Date  string // YYYY-MM-DD
	First int64  // number of the first question of the reading in progress, 0 if none is
	Skip  int    // rows it has read
	Begun time.Time
	Sums  []byte // JSON of its reader, what it has counted

	Asked   int64     // number of the first question of the last whole reading
	Read    time.Time // when that ended, zero for never
	Total   []byte    // JSON of its reader
	Known   int       // orders of ours that were looked for
	Missing int       // those it did not show
}

// Days returns the days of a connection that were read, the oldest first.
func (s *Store) Days(ctx context.Context, connection string) ([]Day, error) {
	found, err := s.read().Days(ctx, connection)
	if err != nil {
		return nil, failed("reading the days of connection "+connection, err)
	}
	days := make([]Day, 0, len(found))
	for _, d := range found {
		days = append(days, Day{
			Date: d.Day, First: d.First, Skip: int(d.Skip), Begun: instant(d.Begun), Sums: text(d.Sums),
			Asked: d.Asked, Read: instant(d.Read), Total: text(d.Total), Known: int(d.Known), Missing: int(d.Missing),
		})
	}
	return days, nil
}

// BeginDay begins the reading of a day with the question of that number. One in
// progress is given up.
func (s *Store) BeginDay(ctx context.Context, connection, date string, first int64, now time.Time) error {
	return failed("beginning to read day "+date, s.change().BeginDay(ctx, db.BeginDayParams{
		Connection: connection, Day: date, First: first, Now: millis(now),
	}))
}

// TurnDay notes that the reading in progress has read so many rows.
func (s *Store) TurnDay(ctx context.Context, connection string, d Day) error {
	_, err := s.change().TurnDay(ctx, db.TurnDayParams{
		Connection: connection, Day: d.Date, First: d.First, Skip: int64(d.Skip), Sums: string(d.Sums),
	})
	return failed("noting what was read of day "+d.Date, err)
}

// MissingKey is an order that a listing of its day did not show.
type MissingKey struct{ Ref, Key string }

// MissingOnDay returns the orders placed within the time that no answer showed since
// the question of that number, until one is enough for limit. Those known to be deleted
// are not among them. known is how many there are with those shown.
func (s *Store) MissingOnDay(ctx context.Context, connection string, from, until time.Time, first int64, limit int) (missing []MissingKey, known int, err error) {
	const doing = "looking for orders that a listing did not show"
	found, err := s.read().MissingOnDay(ctx, db.MissingOnDayParams{
		Connection: connection, PlacedFrom: millis(from), PlacedUntil: millis(until), First: first, Rows: rows(limit),
	})
	if err != nil {
		return nil, 0, failed(doing, err)
	}
	for _, row := range found {
		missing = append(missing, MissingKey{row.Ref, row.Key})
	}
	number, err := s.read().KnownOnDay(ctx, db.KnownOnDayParams{Connection: connection, PlacedFrom: millis(from), PlacedUntil: millis(until)})
	return missing, int(number), failed(doing, err)
}

// EndDay notes that a day was read whole, and asks the questions it raised, in one
// transaction. A reading that was begun anew meanwhile is left alone.
func (s *Store) EndDay(ctx context.Context, connection string, d Day, questions []Question, now time.Time) error {
	return s.write(ctx, "ending the reading of day "+d.Date, func(q *db.Queries) error {
		ended, err := q.EndDay(ctx, db.EndDayParams{
			Connection: connection, Day: d.Date, First: d.First, Now: millis(now), Total: string(d.Sums),
			Known: int64(d.Known), Missing: int64(d.Missing),
		})
		if err != nil || ended == 0 {
			return err
		}
		for _, ask := range questions {
			err := q.AddQuestion(ctx, db.AddQuestionParams{
				Connection: connection, Kind: ask.Kind, Key: ask.Key, Reason: ask.Reason, Due: millis(ask.Due), Now: millis(now),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// DayOrder is an order of a day, for comparing.
type DayOrder struct {
	Duty     Duty // without its card and without Order
	Status   punte.ShopStatus
	Currency string
	Gross    string // as a decimal, empty if it could not be read
	Total    string // what the lines lack against the shop's total, or empty
	Asked    int64  // number of the answer that told of it last
	Lines    int
}

// OrdersOnDay returns the orders placed within the time, deleted ones too.
func (s *Store) OrdersOnDay(ctx context.Context, connection string, from, until time.Time) ([]DayOrder, error) {
	const doing = "reading the orders of a day"
	found, err := s.read().OrdersOnDay(ctx, db.OrdersOnDayParams{Connection: connection, PlacedFrom: millis(from), PlacedUntil: millis(until)})
	if err != nil {
		return nil, failed(doing, err)
	}
	var unpack unpacker
	list := make([]DayOrder, 0, len(found))
	for _, row := range found {
		duty, err := dutyOf(db.DutiesInStateRow{Duty: row.Duty, OrderKey: row.Key}, &unpack)
		if err != nil {
			return nil, fmt.Errorf("%s: order %s: %w", doing, row.Duty.Ref, err)
		}
		var lines struct{ Lines []json.RawMessage }
		if err := unpack.json(row.Data, &lines); err != nil {
			return nil, fmt.Errorf("%s: order %s: %w", doing, row.Duty.Ref, err)
		}
		list = append(list, DayOrder{
			Duty: duty, Status: punte.ShopStatus{ID: row.StatusID, Name: row.StatusName},
			Currency: row.Currency, Gross: row.Gross, Total: row.Total, Asked: row.Asked, Lines: len(lines.Lines),
		})
	}
	return list, nil
}

// PlacedSince returns when orders were placed since then, in order.
func (s *Store) PlacedSince(ctx context.Context, connection string, since time.Time) ([]time.Time, error) {
	found, err := s.read().PlacedSince(ctx, db.PlacedSinceParams{Connection: connection, Since: millis(since)})
	if err != nil {
		return nil, failed("reading when orders were placed", err)
	}
	times := make([]time.Time, 0, len(found))
	for _, at := range found {
		times = append(times, instant(at))
	}
	return times, nil
}
