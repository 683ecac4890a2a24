package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"punte"
	"punte/store"
)

// Ways to hand a document over.
const (
	deliverPull = "pull" // MiniCRM fetches it from an address of ours
	deliverPush = "push" // it is sent to MiniCRM
)

// offerTime is how long a document can be fetched.
const offerTime = 6 * time.Hour

// FeedPath is the path below the public address under which documents lie.
const FeedPath = "/feed/"

// delivery is how this connection's documents travel.
func (w *Work) delivery() (string, error) {
	switch {
	case w.conn.Delivery != deliverPull && w.engine.PublicURL == "" && w.found.is(findUpload, isRefused):
		return "", punte.Errorf(punte.Invalid, "MiniCRM takes no documents that are sent to it, as the probe found; give --listen and --public-url, so that it can fetch them")
	case w.conn.Delivery == deliverPush && w.found.is(findUpload, isRefused):
		return deliverPull, nil
	case w.conn.Delivery == deliverPull && w.engine.PublicURL == "":
		return "", punte.Errorf(punte.Invalid, "delivery is pull, but this server has no public address; give --listen and --public-url, or write \"delivery\": \"push\"")
	case w.conn.Delivery != "":
		return w.conn.Delivery, nil
	case w.engine.PublicURL != "":
		return deliverPull, nil
	}
	return deliverPush, nil
}

// deliver saves a document, hands it over and notes whether MiniCRM has it. One
// that was not taken is owed again; sending twice does no harm.
func (w *Work) deliver(ctx context.Context, body []byte, hand []store.Handover, cards int) error {
	s, now := w.engine.Store, w.engine.Now()
	delivery, err := w.delivery()
	if err != nil {
		return err
	}
	round, err := w.engine.roundLength(ctx, w.saved.ID)
	if err != nil {
		return err
	}
	for i := range hand {
		hand[i].Due = now.Add(round)
	}
	secret := rand.Text() + rand.Text()
	d := store.Document{
		ID: rand.Text(), Connection: w.saved.ID, Delivery: delivery, State: store.Made,
		Created: now, Expires: now.Add(offerTime), Orders: ordersIn(hand), Cards: cards, Body: body,
	}
	if delivery == deliverPull {
		d.SecretHash = SecretHash(secret)
	}
	skipped, err := s.MakeDocument(ctx, d, hand, now)
	if err != nil {
		return err
	}
	if len(skipped) > 0 {
		// It was decided otherwise meanwhile, or the buyer was forgotten: what stands in
		// this document must not leave.
		return errors.Join(
			punte.Errorf(punte.Conflict, "handing over %d orders: %d of them changed meanwhile; the others go again", len(hand), len(skipped)),
			s.DropDocument(ctx, d.ID, now, now))
	}
	if delivery == deliverPull {
		_, err = w.crm.Pull(ctx, w.engine.PublicURL+FeedPath+secret)
	} else {
		_, err = w.crm.Upload(ctx, bytes.NewReader(body))
	}
	return w.noteDelivery(ctx, d, round, err)
}

// noteDelivery writes down how a hand-over ended. A document that MiniCRM fetches is
// marked as taken by whoever served it, at the moment it was downloaded whole: what
// became of the answer then does not matter, and an answer without a download is
// noticed when the document is left behind.
func (w *Work) noteDelivery(ctx context.Context, d store.Document, round time.Duration, err error) error {
	// What was handed over must be noted even if the process is about to stop.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	s, now := w.engine.Store, w.engine.Now()
	if err == nil && d.Delivery == deliverPull {
		return nil
	}
	if err == nil {
		return s.MarkTaken(ctx, d.ID, now.Add(round), now)
	}
	// Its orders are owed at once; when the next attempt is made the verdict decides.
	dropErr := s.DropDocument(ctx, d.ID, now, now)
	if punte.ErrorCode(dropErr) == punte.Conflict {
		return nil // it was downloaded; only the answer was lost
	}
	what := fmt.Sprintf("%d orders", d.Orders)
	if d.Orders == 0 {
		what = "the cards of customers"
	}
	return errors.Join(fmt.Errorf("handing over %s: %w", what, err), dropErr)
}

// alreadyTaken passes over the refusal to give up a document that was taken a moment
// ago.
func alreadyTaken(err error) error {
	if punte.ErrorCode(err) == punte.Conflict {
		return nil
	}
	return err
}

// SecretHash is what the store keeps of the secret in a document's address.
func SecretHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Offered gives the document that lies under a secret address.
func (e *Engine) Offered(ctx context.Context, secret string) (store.Document, error) {
	return e.Store.DocumentBySecret(ctx, SecretHash(secret), e.Now())
}

// Fetched notes that a document was downloaded whole. Its orders are in flight
// from now on; the address is spent.
func (e *Engine) Fetched(ctx context.Context, d store.Document) error {
	round, err := e.roundLength(ctx, d.Connection)
	if err != nil {
		return err
	}
	now := e.Now()
	return e.Store.MarkTaken(ctx, d.ID, now.Add(round), now)
}
