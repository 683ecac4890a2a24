package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"punte"
	"punte/store/db"
)

// ReasonMissing is that of a question about an order that the listing of its day did
// not show.
const ReasonMissing = "missing"

// Living is an order under some key that is not known to be deleted.
type Living struct {
	Ref         string
	ID          int64 // of UNAS, 0 if it could not be read
	InternalKey string
}

// LivingByKey returns the orders with this key that are not known to be deleted.
func (s *Store) LivingByKey(ctx context.Context, connection, key string) ([]Living, error) {
	found, err := s.read().LivingByKey(ctx, db.LivingByKeyParams{Connection: connection, Key: key})
	if err != nil {
		return nil, failed("looking for order "+key, err)
	}
	list := make([]Living, 0, len(found))
	for _, row := range found {
		list = append(list, Living{Ref: row.Ref, ID: row.ID, InternalKey: row.InternalKey})
	}
	return list, nil
}

// Witness is an order that the shop should be able to show.
type Witness struct {
	Key string
	ID  int64
}

// Witnesses returns the newest orders about which there is no doubt.
func (s *Store) Witnesses(ctx context.Context, connection string, limit int) ([]Witness, error) {
	found, err := s.read().Witnesses(ctx, db.WitnessesParams{Connection: connection, Rows: rows(limit)})
	if err != nil {
		return nil, failed("looking for orders that are there", err)
	}
	list := make([]Witness, 0, len(found))
	for _, row := range found {
		list = append(list, Witness{row.Key, row.ID})
	}
	return list, nil
}

// Deletion is an order that a single call did not find any more.
type Deletion struct {
	Ref, Key string
	Reason   string // of the question
	Asked    int64  // its number: an order that was read later is there after all
	Found    time.Time
	Due      time.Time // not acted upon before
	Accepted bool      // a person agreed
}

// FindDeleted notes orders that were not found, and that their question is answered,
// in one transaction.
func (s *Store) FindDeleted(ctx context.Context, connection string, found []Deletion, ask Question, now time.Time) error {
	return s.write(ctx, "noting that order "+ask.Key+" was not found", func(q *db.Queries) error {
		for _, d := range found {
			err := q.FindDeleted(ctx, db.FindDeletedParams{
				Connection: connection, Ref: d.Ref, Key: d.Key, Reason: d.Reason, Asked: d.Asked, Now: millis(now), Due: millis(d.Due),
			})
			if err != nil {
				return err
			}
		}
		return q.DropQuestion(ctx, db.DropQuestionParams{Connection: connection, Kind: ask.Kind, Key: ask.Key, Asked: ask.Asked})
	})
}

// PendingDeletions returns what was found and not acted upon yet. Orders that were read
// since are there after all and forgotten here.
func (s *Store) PendingDeletions(ctx context.Context, connection string) ([]Deletion, error) {
	const doing = "reading which orders were not found"
	if err := s.change().ForgetReturned(ctx, connection); err != nil {
		return nil, failed(doing, err)
	}
	found, err := s.read().PendingDeletions(ctx, connection)
	if err != nil {
		return nil, failed(doing, err)
	}
	list := make([]Deletion, 0, len(found))
	for _, d := range found {
		list = append(list, Deletion{
			Ref: d.Ref, Key: d.Key, Reason: d.Reason, Asked: d.Asked, Found: instant(d.Found), Due: instant(d.Due), Accepted: d.Accepted > 0,
		})
	}
	return list, nil
}

// DeletionOf returns what is to be done about an order that was not found, false if it
// is not missing, or was acted upon, or was read since.
func (s *Store) DeletionOf(ctx context.Context, connection, ref string) (Deletion, bool, error) {
	found, err := s.read().DeletionOf(ctx, db.DeletionOfParams{Connection: connection, Ref: ref})
	if err != nil || len(found) == 0 {
		return Deletion{}, false, failed("reading whether order "+ref+" was not found", err)
	}
	d := found[0]
	return Deletion{
		Ref: d.Ref, Key: d.Key, Reason: d.Reason, Asked: d.Asked, Found: instant(d.Found), Due: instant(d.Due), Accepted: d.Accepted > 0,
	}, true, nil
}

// DeletedSince counts the deletions that were acted upon by themselves since then, but
// for those that listings brought up.
func (s *Store) DeletedSince(ctx context.Context, connection string, since time.Time) (int, error) {
	n, err := s.read().DoneSince(ctx, db.DoneSinceParams{Connection: connection, Since: millis(since)})
	return int(n), failed("counting deleted orders", err)
}

// HastenDeletions makes what listings brought up due at the time given, if it was to be
// later.
func (s *Store) HastenDeletions(ctx context.Context, connection string, due time.Time) error {
	return failed("ending the search for deleted orders", s.change().HastenDeletions(ctx, db.HastenDeletionsParams{Connection: connection, Due: millis(due)}))
}

// AcceptDeletions notes that a person agrees with all that was found, which is due now.
// It returns how many that are.
func (s *Store) AcceptDeletions(ctx context.Context, connection string, now time.Time) (int, error) {
	var accepted int64
	err := s.write(ctx, "accepting deleted orders", func(q *db.Queries) (err error) {
		if accepted, err = q.AcceptDeletions(ctx, db.AcceptDeletionsParams{Connection: connection, Now: millis(now)}); err != nil {
			return err
		}
		return q.EndAlert(ctx, db.EndAlertParams{Connection: connection, Code: AlertDeletions})
	})
	return int(accepted), err
}

// Reasons that a person reads of deleted orders.
const (
	goneReason       = "deleted in the shop"
	unreadableReason = "deleted in the shop, and its last version could not be read; set it to Failed in MiniCRM by hand"
)

// Delete acts upon a deletion, in one transaction. With fail the order is owed as
// Failed if it was ever handed over, as a version of its own; else, and if not,
// nothing of it is sent any more. An order that was read after the question is left
// alone. Doing so again changes nothing.
func (s *Store) Delete(ctx context.Context, connection string, d Deletion, fail bool, now time.Time) error {
	return s.writeWith(ctx, "noting that order "+d.Key+" was deleted", func(q *db.Queries, tx db.DBTX) error {
		version, err := deleteOrder(ctx, q, connection, d, fail, now)
		if err != nil {
			return err
		}
		if version > 0 {
			gone := Event{At: now, Kind: EventDeleted, Version: version, Code: punte.ProblemDeleted, Text: goneReason}
			if err := tell(ctx, tx, connection, []told{{d.Ref, gone}}); err != nil {
				return err
			}
		}
		return q.EndDeletion(ctx, db.EndDeletionParams{Connection: connection, Ref: d.Ref, Now: millis(now)})
	})
}

// deleteOrder returns the version of the order that it made the last one, or 0 if it left
// the order alone.
func deleteOrder(ctx context.Context, q *db.Queries, connection string, d Deletion, fail bool, now time.Time) (version int64, err error) {
	duty := db.FailDutyParams{
		Connection: connection, Ref: d.Ref, Now: millis(now), Code: punte.ProblemDeleted, Reason: goneReason, Unreadable: unreadableReason,
	}
	if !fail {
		order, err := q.KeepDeletedOrder(ctx, db.KeepDeletedOrderParams{Connection: connection, Ref: d.Ref, Asked: d.Asked})
		if errors.Is(err, sql.ErrNoRows) {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
		touched, err := q.KeepDuty(ctx, db.KeepDutyParams{Connection: connection, Ref: d.Ref, Now: duty.Now, Code: duty.Code, Reason: duty.Reason})
		return order.Version * min(touched, 1), err
	}
	order, err := q.DeleteOrder(ctx, db.DeleteOrderParams{Connection: connection, Ref: d.Ref, Asked: d.Asked, Gone: []byte{}})
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil // it was read since
	}
	if err != nil {
		return 0, err
	}
	duty.Version, duty.Readable = order.Version, len(order.Data) > 0
	touched, err := q.FailDuty(ctx, duty)
	return order.Version * min(touched, 1), err
}

// DeletedCounts returns how many orders were found deleted, by state.
func (s *Store) DeletedCounts(ctx context.Context, connection string) (map[punte.DutyState]int, error) {
	found, err := s.read().CountDeleted(ctx, connection)
	if err != nil {
		return nil, failed("counting the deleted orders of connection "+connection, err)
	}
	counts := make(map[punte.DutyState]int, len(found))
	for _, row := range found {
		counts[punte.DutyState(row.State)] = int(row.Number)
	}
	return counts, nil
}

// askAbout notes the questions that a page raises: about the orders that a changed one
// was made from, and about those whose key another id has now.
func askAbout(ctx context.Context, q *db.Queries, p Page, related []string, fresh []OrderRow) error {
	now := millis(p.Now)
	for _, key := range related {
		err := q.AskRelated(ctx, db.AskRelatedParams{Connection: p.Connection, Key: key, Reason: "related", Now: now})
		if err != nil {
			return err
		}
	}
	for _, r := range fresh {
		if r.Key == "" {
			continue
		}
		err := q.AskReused(ctx, db.AskReusedParams{Connection: p.Connection, Key: r.Key, Ref: r.Ref, Asked: p.Asked, Now: now})
		if err != nil {
			return err
		}
	}
	return nil
}
