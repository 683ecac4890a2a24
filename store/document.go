package store

import (
	"context"
	"fmt"
	"time"

	"punte"
	"punte/store/db"
)

// States of a document.
const (
	Made    = "made"    // not fetched or pushed yet
	Taken   = "taken"   // MiniCRM has it
	Settled = "settled" // the rounds of its orders ended
	Lost    = "lost"    // never taken
)

// Document is an XML document for MiniCRM.
type Document struct {
	ID         string
	Connection string
	SecretHash string // of the address MiniCRM fetches it from; empty for push
	Delivery   string // push or pull
	State      string
	Created    time.Time
	Expires    time.Time
	TakenAt    time.Time // first time
	ShownAt    time.Time // when MiniCRM showed the first of its orders
	EndedAt    time.Time
	Orders     int
	Cards      int
	Body       []byte // XML; nil in lists, in documents lost, and once it was swept
}

// Handover puts an order, or a card, into a document.
type Handover struct {
	Card    bool // Ref is a card's; it goes along whatever its state is
	Ref     string
	Version int64
	Pending []byte    // JSON, what the document writes
	Note    string    // the same in a few words, for the order's life
	Due     time.Time // end of its round; MarkTaken sets it again
}

// MakeDocument saves a document, as Made and created now whatever d says, and puts
// its orders in flight, in one transaction. An order that is no longer owed is left
// alone and its Ref returned: it stands in the body all the same, so the caller
// drops the document and makes another, or accepts that it is sent.
func (s *Store) MakeDocument(ctx context.Context, d Document, hand []Handover, now time.Time) (skipped []string, err error) {
	doing := "making a document of connection " + d.Connection
	var pack packer
	body, err := pack.pack(d.Body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	err = s.writeWith(ctx, doing, func(q *db.Queries, tx db.DBTX) error {
		skipped = nil
		events := make([]told, 0, len(hand))
		err := q.AddDocument(ctx, db.AddDocumentParams{
			ID: d.ID, Connection: d.Connection, SecretHash: d.SecretHash, Created: millis(now), Expires: millis(d.Expires),
			Delivery: d.Delivery, Orders: int64(d.Orders), Cards: int64(d.Cards), Body: body,
		})
		if err != nil {
			return err
		}
		for _, h := range hand {
			if h.Card {
				sent, err := sendCard(ctx, q, d, h, now)
				if err != nil {
					return fmt.Errorf("card %s: %w", h.Ref, err)
				}
				if sent == 0 {
					skipped = append(skipped, h.Ref)
				}
				continue
			}
			sent, err := q.SendDuty(ctx, db.SendDutyParams{
				Connection: d.Connection, Ref: h.Ref, Version: h.Version, Document: d.ID, Pending: string(h.Pending),
				Due: millis(h.Due), Now: millis(now),
			})
			if err != nil {
				return fmt.Errorf("order %s: %w", h.Ref, err)
			}
			if sent == 0 {
				skipped = append(skipped, h.Ref)
				continue
			}
			events = append(events, told{h.Ref, Event{
				At: now, Kind: EventSent, Version: h.Version, State: string(punte.Sent), Document: d.ID, Text: h.Note,
			}})
		}
		return tell(ctx, tx, d.Connection, events)
	})
	if err != nil {
		return nil, err
	}
	return skipped, nil
}

// MarkTaken notes that MiniCRM has the document: its orders' round ends at due, its
// cards are no longer new. Doing so again changes due only. Conflict if the document
// ended or was dropped meanwhile, NotFound if there is none.
func (s *Store) MarkTaken(ctx context.Context, documentID string, due, now time.Time) error {
	return s.write(ctx, "noting that a document was taken", func(q *db.Queries) error {
		taken, err := q.TakeDocument(ctx, db.TakeDocumentParams{ID: documentID, Now: millis(now)})
		if err != nil {
			return err
		}
		if taken == 0 {
			return whyNot(ctx, q, documentID)
		}
		err = q.DueOfDocument(ctx, db.DueOfDocumentParams{Document: documentID, Due: millis(due), Now: millis(now)})
		if err != nil {
			return err
		}
		return q.CardsOfDocument(ctx, db.CardsOfDocumentParams{Document: documentID, Now: millis(now)})
	})
}

// DropDocument gives up a document that was not taken: its orders are owed again at
// retry, with no round counted. Conflict if it was taken or ended, NotFound if there
// is none.
func (s *Store) DropDocument(ctx context.Context, documentID string, retry, now time.Time) error {
	return s.write(ctx, "dropping a document", func(q *db.Queries) error {
		lost, err := q.LoseDocument(ctx, db.LoseDocumentParams{ID: documentID, Empty: []byte{}, Now: millis(now)})
		if err != nil {
			return err
		}
		if lost == 0 {
			return whyNot(ctx, q, documentID)
		}
		return owedAgain(ctx, q, documentID, retry, now)
	})
}

// owedAgain takes the orders of a document that was lost out of flight.
func owedAgain(ctx context.Context, q *db.Queries, documentID string, retry, now time.Time) error {
	if err := q.EventsOfLostDocument(ctx, db.EventsOfLostDocumentParams{Document: documentID, Now: millis(now)}); err != nil {
		return err
	}
	return q.DutiesOfLostDocument(ctx, db.DutiesOfLostDocumentParams{Document: documentID, Due: millis(retry), Now: millis(now)})
}

// whyNot says why a document could not change its state.
func whyNot(ctx context.Context, q *db.Queries, documentID string) error {
	state, err := q.DocumentState(ctx, documentID)
	if err != nil {
		return missing(err, "reading document "+documentID, "there is no document %s", documentID)
	}
	return punte.Errorf(punte.Conflict, "document %s is %s", documentID, state)
}

// DocumentBySecret returns the document to be fetched at the address with this
// hash. NotFound if there is none, it expired, or it was taken.
func (s *Store) DocumentBySecret(ctx context.Context, hash string, now time.Time) (Document, error) {
	const none = "there is no document to fetch at this address"
	if hash == "" { // documents that are pushed have no address
		return Document{}, punte.Errorf(punte.NotFound, none)
	}
	row, err := s.read().DocumentBySecret(ctx, db.DocumentBySecretParams{SecretHash: hash, Now: millis(now)})
	if err != nil {
		return Document{}, missing(err, "reading a document", none)
	}
	return documentOf(row)
}

// Document returns a document with its body, as long as that is kept, or NotFound.
func (s *Store) Document(ctx context.Context, id string) (Document, error) {
	row, err := s.read().Document(ctx, id)
	if err != nil {
		return Document{}, missing(err, "reading document "+id, "there is no document %s", id)
	}
	return documentOf(row)
}

func documentOf(row db.Document) (Document, error) {
	var unpack unpacker
	body, err := unpack.unpack(row.Body)
	if err != nil {
		return Document{}, fmt.Errorf("reading document %s: %w", row.ID, err)
	}
	return Document{
		ID: row.ID, Connection: row.Connection, SecretHash: row.SecretHash, Delivery: row.Delivery, State: row.State,
		Created: instant(row.Created), Expires: instant(row.Expires), TakenAt: instant(row.TakenAt),
		ShownAt: instant(row.ShownAt), EndedAt: instant(row.EndedAt),
		Orders: int(row.Orders), Cards: int(row.Cards), Body: body,
	}, nil
}

// OpenDocuments returns the documents made or taken, oldest first, without bodies.
func (s *Store) OpenDocuments(ctx context.Context, connection string) ([]Document, error) {
	found, err := s.read().OpenDocuments(ctx, connection)
	if err != nil {
		return nil, failed("reading the documents of connection "+connection, err)
	}
	documents := make([]Document, 0, len(found))
	for _, row := range found {
		documents = append(documents, Document{
			ID: row.ID, Connection: row.Connection, SecretHash: row.SecretHash, Delivery: row.Delivery, State: row.State,
			Created: instant(row.Created), Expires: instant(row.Expires), TakenAt: instant(row.TakenAt),
			ShownAt: instant(row.ShownAt), EndedAt: instant(row.EndedAt), Orders: int(row.Orders), Cards: int(row.Cards),
		})
	}
	return documents, nil
}

// EndDocument closes a document whose orders' rounds ended. Its body stays until it
// is swept, so that people can see what was sent. One that ended already stays as it is.
func (s *Store) EndDocument(ctx context.Context, id string, now time.Time) error {
	_, err := s.change().EndDocument(ctx, db.EndDocumentParams{ID: id, Now: millis(now)})
	return failed("ending a document", err)
}

// MarkShown notes when MiniCRM showed the first order of a document; later times
// change nothing.
func (s *Store) MarkShown(ctx context.Context, id string, now time.Time) error {
	return failed("noting that a document shows", s.change().ShowDocument(ctx, db.ShowDocumentParams{ID: id, Now: millis(now)}))
}

// ProcessingTimes returns how long MiniCRM took from taking a document to showing
// its first order, for the newest n documents that were shown, newest first.
func (s *Store) ProcessingTimes(ctx context.Context, connection string, n int) ([]time.Duration, error) {
	found, err := s.read().ProcessingTimes(ctx, db.ProcessingTimesParams{Connection: connection, Rows: rows(n)})
	if err != nil {
		return nil, failed("reading how long MiniCRM takes", err)
	}
	times := make([]time.Duration, 0, len(found))
	for _, row := range found {
		times = append(times, max(0, time.Duration(row.ShownAt-row.TakenAt)*time.Millisecond))
	}
	return times, nil
}
