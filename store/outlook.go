package store

import (
	"context"
	"time"

	"punte"
	"punte/store/db"
)

// Outlook is what waits for a connection, and from when on: what a search for its next
// work wants to know.
type Outlook struct {
	Hint       Due  // a question that a webhook raised
	Question   Due  // any other question about a single order or customer
	Deletion   Due  // an order found deleted of which nothing was decided yet
	Basket     Due  // a customer's basket that is not abandoned yet, by when it was seen
	Card       Due  // a customer's card that is owed
	Unlisted   Due  // an order whose card is to be looked for
	Cannot     bool // an order is parked that MiniCRM could not take
	Rework     bool // an older order is to be sent again
	Withdrawal bool // a card is owed and due of a customer who took back a consent
	Loose      bool // a document that was taken holds cards in flight without an order of theirs
}

// Due is when the first of some kind is due, if there is any.
type Due struct {
	At   time.Time
	Some bool
}

// Outlook reads what waits for a connection at that time.
func (s *Store) Outlook(ctx context.Context, connection string, now time.Time) (Outlook, error) {
	row, err := s.read().Outlook(ctx, db.OutlookParams{Connection: connection, Never: forever, Hook: ReasonHook, Cannot: punte.ProblemCannot, Now: millis(now)})
	if err != nil {
		return Outlook{}, failed("looking for what waits for connection "+connection, err)
	}
	due := func(at int64) Due { return Due{At: instant(max(0, at)), Some: at >= 0} }
	return Outlook{
		Hint: due(row.Hint), Question: due(row.Question), Deletion: due(row.Deletion), Basket: due(row.Basket), Card: due(row.Card), Unlisted: due(row.Unlisted),
		Cannot: row.Cannot, Rework: row.Rework, Withdrawal: row.Withdrawal, Loose: row.Loose,
	}, nil
}
