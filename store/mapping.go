package store

import (
	"context"
	"time"

	"punte"
	"punte/store/db"
)

// Trouble is what is wrong with a connection as a whole until somebody mends it.
type Trouble struct {
	Code string // stable name
	Text string
	Next string // what to do
}

// SetTroubles replaces the troubles of one kind of a connection; none forgets them.
func (s *Store) SetTroubles(ctx context.Context, connection, kind string, troubles []Trouble, now time.Time) error {
	return s.write(ctx, "noting the troubles of connection "+connection, func(q *db.Queries) error {
		if err := q.DropTroubles(ctx, db.DropTroublesParams{Connection: connection, Kind: kind}); err != nil {
			return err
		}
		for i, t := range troubles {
			err := q.AddTrouble(ctx, db.AddTroubleParams{
				Connection: connection, Kind: kind, Place: int64(i), Code: t.Code, Text: t.Text, Next: t.Next, Since: millis(now),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Troubles returns what is wrong with a connection as a whole, of all kinds.
func (s *Store) Troubles(ctx context.Context, connection string) ([]Trouble, error) {
	rows, err := s.read().Troubles(ctx, connection)
	if err != nil {
		return nil, failed("reading the troubles of connection "+connection, err)
	}
	list := make([]Trouble, 0, len(rows))
	for _, r := range rows {
		list = append(list, Trouble{Code: r.Code, Text: r.Text, Next: r.Next})
	}
	return list, nil
}

// SaveAccount keeps what was read of a connection's MiniCRM account, as JSON.
func (s *Store) SaveAccount(ctx context.Context, connection string, facts []byte, now time.Time) error {
	return failed("keeping what was read of MiniCRM", s.change().SaveAccount(ctx, db.SaveAccountParams{
		Connection: connection, Facts: string(facts), At: millis(now),
	}))
}

// Account returns what SaveAccount kept last, or NotFound.
func (s *Store) Account(ctx context.Context, connection string) ([]byte, error) {
	facts, err := s.read().Account(ctx, connection)
	if err != nil {
		return nil, missing(err, "reading what is known of MiniCRM", "nothing was read of MiniCRM yet; run sync first")
	}
	return []byte(facts), nil
}

// Postpone makes owed orders due later: they wait for something in MiniCRM. One that
// changed since it was read is left alone.
func (s *Store) Postpone(ctx context.Context, connection string, duties []Duty, due time.Time) error {
	if len(duties) == 0 {
		return nil
	}
	return s.write(ctx, "postponing orders of connection "+connection, func(q *db.Queries) error {
		for _, d := range duties {
			err := q.Postpone(ctx, db.PostponeParams{Connection: connection, Ref: d.Ref, Wanted: d.Wanted, Due: millis(due)})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Recall makes everything owed due now: a person starts the connection.
func (s *Store) Recall(ctx context.Context, connection string, now time.Time) error {
	return failed("recalling the orders of connection "+connection, s.change().Recall(ctx, db.RecallParams{Connection: connection, Now: millis(now)}))
}

// DecideOwed changes what an owed order is to be: Held or Left. One that changed since
// it was read is left alone. What the shop tells of it next decides anew.
func (s *Store) DecideOwed(ctx context.Context, d Duty, state punte.DutyState, p punte.Problem, now time.Time) error {
	doing := "deciding about order " + d.Ref
	if state != punte.Held && state != punte.Left {
		return punte.Errorf(punte.Internal, "%s: an owed order can't be made %q", doing, state)
	}
	_, err := s.change().DecideOwed(ctx, db.DecideOwedParams{
		Connection: d.Connection, Ref: d.Ref, Wanted: d.Wanted, State: string(state),
		Code: p.Code, Field: p.Field, Reason: p.Reason, Now: millis(now),
	})
	return failed(doing, err)
}

// dropUnread forgets an order that could be told by its key alone, once the shop shows
// an order of that key with its id. It was never sent.
func dropUnread(ctx context.Context, q *db.Queries, p Page) error {
	refs, err := q.UnreadRefs(ctx, p.Connection)
	if err != nil || len(refs) == 0 {
		return err
	}
	named := map[string]bool{}
	for _, r := range p.Rows {
		if r.ID > 0 {
			named[UnreadRef(r.Key)] = true
		}
	}
	for _, ref := range refs {
		if !named[ref] {
			continue
		}
		dropped, err := q.DropUnreadOrder(ctx, db.DropUnreadOrderParams{Connection: p.Connection, Ref: ref, Asked: p.Asked})
		if err != nil {
			return err
		}
		if dropped == 0 {
			continue
		}
		if err := q.DropUnreadDuty(ctx, db.DropUnreadDutyParams{Connection: p.Connection, Ref: ref}); err != nil {
			return err
		}
		if err := q.DropUnreadEvents(ctx, db.DropUnreadEventsParams{Connection: p.Connection, Ref: ref}); err != nil {
			return err
		}
	}
	return nil
}

// UnreadRef names an order that told no id that can be read, within its connection.
func UnreadRef(key string) string { return "key:" + key }

// SettledAfter returns orders that were settled, in the order of their refs, those
// behind after: confirmed, taken as a draft, or left. Since is when they were placed at
// the earliest, zero for all.
func (s *Store) SettledAfter(ctx context.Context, connection, after string, since time.Time, limit int) ([]Duty, error) {
	doing := "reading the settled orders of connection " + connection
	found, err := s.read().OrdersAfter(ctx, db.OrdersAfterParams{Connection: connection, After: after, Since: millis(since), Rows: rows(limit)})
	if err != nil {
		return nil, failed(doing, err)
	}
	var unpack unpacker
	duties := make([]Duty, 0, len(found))
	for _, row := range found {
		duty, err := dutyOf(db.DutiesInStateRow(row), &unpack)
		if err != nil {
			return nil, failed(doing, err)
		}
		duties = append(duties, duty)
	}
	return duties, nil
}

// Rework is an order that a person wants sent again by the present settings.
type Rework struct {
	Ref    string
	Placed time.Time
}

// AddReworks lists orders to be sent again; those that are listed already stay. It
// returns how many are new.
func (s *Store) AddReworks(ctx context.Context, connection string, list []Rework, now time.Time) (added int, err error) {
	err = s.write(ctx, "listing orders to be sent again", func(q *db.Queries) error {
		added = 0
		for _, r := range list {
			n, err := q.AddRework(ctx, db.AddReworkParams{Connection: connection, Ref: r.Ref, Placed: millis(r.Placed), Listed: millis(now)})
			if err != nil {
				return err
			}
			added += int(n)
		}
		return nil
	})
	return added, err
}

// Reworks returns the next orders to be sent again, the newest first.
func (s *Store) Reworks(ctx context.Context, connection string, limit int) ([]Rework, error) {
	found, err := s.read().Reworks(ctx, db.ReworksParams{Connection: connection, Rows: rows(limit)})
	if err != nil {
		return nil, failed("reading the orders to be sent again", err)
	}
	list := make([]Rework, 0, len(found))
	for _, r := range found {
		list = append(list, Rework{Ref: r.Ref, Placed: instant(r.Placed)})
	}
	return list, nil
}

// CountReworks returns how many orders are still to be sent again.
func (s *Store) CountReworks(ctx context.Context, connection string) (int, error) {
	n, err := s.read().CountReworks(ctx, connection)
	return int(n), failed("counting the orders to be sent again", err)
}

// OweAgain owes those of the orders that are still settled as they were read, and
// takes them all off the list. It returns how many it owes.
func (s *Store) OweAgain(ctx context.Context, connection string, refs []string, again []Duty, now time.Time) (owed int, err error) {
	err = s.write(ctx, "owing orders again", func(q *db.Queries) error {
		owed = 0
		for _, d := range again {
			n, err := q.OweAgain(ctx, db.OweAgainParams{
				Connection: connection, Ref: d.Ref, Wanted: d.Wanted, Decided: decidedOwed, Now: millis(now),
			})
			if err != nil {
				return err
			}
			owed += int(n)
		}
		for _, ref := range refs {
			if err := q.DropRework(ctx, db.DropReworkParams{Connection: connection, Ref: ref}); err != nil {
				return err
			}
		}
		return nil
	})
	return owed, err
}

// decidedOwed is how a duty notes that its order is to be sent; see packRow.
const decidedOwed = string(punte.Owed) + "||"

// DropReworks takes all orders off the list that were not owed yet. It returns how
// many those were.
func (s *Store) DropReworks(ctx context.Context, connection string) (int, error) {
	n, err := s.change().DropReworks(ctx, connection)
	return int(n), failed("giving up the orders to be sent again", err)
}
