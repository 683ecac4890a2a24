package store

import (
	"context"
	"time"

	"punte"
)

// Flight is an order in a document whose round has not ended: as much of its Duty as
// reading it back takes, without the order itself, for there may be thousands, and
// they are looked at again and again.
type Flight struct {
	Duty
	Placed time.Time
}

// Flights returns the orders that InFlight returns, the one placed first in front.
func (s *Store) Flights(ctx context.Context, connection string) ([]Flight, error) {
	doing := "reading what is in flight of connection " + connection
	const query = `SELECT duties.ref, orders.key, duties.card, duties.placed, duties.wanted, duties.sent, duties.shown, duties.due,
    duties.rounds, duties.document, duties.crm_id, duties.crm_card, duties.written, duties.pending, duties.changed, duties.updated
FROM duties JOIN orders ON orders.connection = duties.connection AND orders.ref = duties.ref
WHERE duties.connection = $1 AND duties.kind = 'order' AND duties.state = $2
ORDER BY duties.placed, duties.ref`
	found, err := s.reads().QueryContext(ctx, query, connection, string(punte.Sent))
	if err != nil {
		return nil, failed(doing, err)
	}
	defer func() { _ = found.Close() }()
	var flights []Flight
	for found.Next() {
		f := Flight{Duty: Duty{Connection: connection, Kind: "order", State: punte.Sent}}
		var placed, due, updated int64
		var written, pending string
		err := found.Scan(&f.Ref, &f.Key, &f.Card, &placed, &f.Wanted, &f.Sent, &f.Shown, &due,
			&f.Rounds, &f.Document, &f.CRMID, &f.CRMCard, &written, &pending, &f.Changed, &updated)
		if err != nil {
			return nil, failed(doing, err)
		}
		f.Placed, f.Due, f.Updated = instant(placed), instant(due), instant(updated)
		f.Written, f.Pending = text(written), text(pending)
		flights = append(flights, f)
	}
	return flights, failed(doing, found.Err())
}
