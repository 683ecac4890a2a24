package store

import (
	"context"
	"time"

	"punte/store/db"
)

// A sweep removes what is old, a little at a time, so that nobody waits for it.

// sweptAtOnce is how many rows one transaction removes.
const sweptAtOnce = 200

// DropRaw removes the shop's XML of some orders that was read before the time given,
// but for orders that are parked: their XML tells what is wrong. It returns of how
// many; fewer than more says that none are left.
func (s *Store) DropRaw(ctx context.Context, connection string, before time.Time) (dropped int, more bool, err error) {
	const doing = "dropping the XML of old orders"
	refs, err := s.read().OldRaw(ctx, db.OldRawParams{Connection: connection, Before: millis(before), Rows: sweptAtOnce})
	if err != nil || len(refs) == 0 {
		return 0, false, failed(doing, err)
	}
	err = s.write(ctx, doing, func(q *db.Queries) error {
		dropped = 0
		for _, ref := range refs {
			n, err := q.DropRaw(ctx, db.DropRawParams{Connection: connection, Ref: ref, Empty: []byte{}, Before: millis(before)})
			if err != nil {
				return err
			}
			dropped += int(n)
		}
		return nil
	})
	return dropped, err == nil && len(refs) == sweptAtOnce, err
}

// DropCustomerRaw does the same for the records of customers, which have XML only if
// they could not be read.
func (s *Store) DropCustomerRaw(ctx context.Context, connection string, before time.Time) (dropped int, more bool, err error) {
	const doing = "dropping the XML of old records of customers"
	refs, err := s.read().OldCustomerRaw(ctx, db.OldCustomerRawParams{Connection: connection, Before: millis(before), Rows: sweptAtOnce})
	if err != nil || len(refs) == 0 {
		return 0, false, failed(doing, err)
	}
	err = s.write(ctx, doing, func(q *db.Queries) error {
		dropped = 0
		for _, ref := range refs {
			n, err := q.DropCustomerRaw(ctx, db.DropCustomerRawParams{Connection: connection, Ref: ref, Empty: []byte{}, Before: millis(before)})
			if err != nil {
				return err
			}
			dropped += int(n)
		}
		return nil
	})
	return dropped, err == nil && len(refs) == sweptAtOnce, err
}

// DropEvents removes the lives of orders to which nothing happened since the time
// given: their latest state stays with the order. It looks at some of the orders
// behind the ref after and returns the last of them, empty if there are no more.
func (s *Store) DropEvents(ctx context.Context, connection, after string, before time.Time) (next string, err error) {
	const doing = "dropping what happened to old orders"
	lives, err := s.read().LastEvents(ctx, db.LastEventsParams{Connection: connection, After: after, Rows: sweptAtOnce})
	if err != nil || len(lives) == 0 {
		return "", failed(doing, err)
	}
	next = lives[len(lives)-1].Ref
	var old []string
	for _, life := range lives {
		if life.At < millis(before) {
			old = append(old, life.Ref)
		}
	}
	if len(old) == 0 {
		return next, nil
	}
	return next, s.write(ctx, doing, func(q *db.Queries) error {
		for _, ref := range old {
			if err := q.DropEvents(ctx, db.DropEventsParams{Connection: connection, Ref: ref, Before: millis(before)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// DropDocuments removes some documents and runs that ended before the time given. The
// twenty newest documents stay without their bodies, since they tell how long MiniCRM
// takes, and of each kind of run the last. More says that there are others.
func (s *Store) DropDocuments(ctx context.Context, connection string, before time.Time) (more bool, err error) {
	err = s.write(ctx, "dropping old documents and runs", func(q *db.Queries) error {
		documents, err := q.DropDocuments(ctx, db.DropDocumentsParams{Connection: connection, Before: millis(before), Rows: sweptAtOnce})
		if err != nil {
			return err
		}
		if _, err := q.EmptyOldDocuments(ctx, db.EmptyOldDocumentsParams{Connection: connection, Before: millis(before), Empty: []byte{}}); err != nil {
			return err
		}
		runs, err := q.DropRuns(ctx, db.DropRunsParams{Connection: connection, Before: millis(before), Rows: sweptAtOnce})
		more = documents == sweptAtOnce || runs == sweptAtOnce
		return err
	})
	return more, err
}

// DropCalls removes what was noted of calls before the time given, of services that
// were not called since: the others clear up by themselves.
func (s *Store) DropCalls(ctx context.Context, before time.Time) error {
	return failed("dropping old calls", s.change().DropCalls(ctx, millis(before)))
}
