package engine

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"punte"
	"punte/store"
	"punte/unas"
)

const (
	// goneEvery is how often a window of registrations is compared: two of the hour's
	// list calls of customers.
	goneEvery = 30 * time.Minute
	// goneWindow is how many known customers a window holds.
	goneWindow = 400
	// listedWithin is how fresh the lists of customers must be before buyers whom
	// they did not have are asked for.
	listedWithin = time.Hour
	// cursorGone is up to which registration the customers were compared.
	cursorGone = "customers.gone"
	// customersAtOnce is asked for when customers are listed; nothing documents how
	// many the service gives at once.
	customersAtOnce = 500
)

// answerCustomer asks the shop for one customer and saves the record, or that there is
// none any more.
func (w *Work) answerCustomer(ctx context.Context, q store.Question) error {
	if err := w.askCustomer(ctx, q.Key); err != nil {
		return err
	}
	return w.engine.Store.Answered(ctx, w.saved.ID, q)
}

// askCustomer makes the single call for a customer and saves what it says.
func (w *Work) askCustomer(ctx context.Context, key string) error {
	record, found, err := w.shop.CustomerByID(ctx, key)
	if err != nil {
		return fmt.Errorf("asking the shop for customer %s: %w", key, err)
	}
	if found {
		return w.saveCustomers(ctx, []unas.CustomerRecord{record}, store.CustomerPage{Asked: w.asked})
	}
	id, ok := punte.ExternalNumber(key)
	if !ok {
		return nil // no such customer was ever saved
	}
	erased, err := w.engine.Store.Erased(ctx, w.saved.ID)
	if err != nil || erased.Customer(id) {
		return err
	}
	rows := []store.CustomerRow{{Ref: punte.CustomerRef(id), ID: id}}
	if err := w.identifyCustomers(ctx, rows); err != nil {
		return err
	}
	return w.engine.Store.LoseCustomer(ctx, w.saved.ID, w.asked, rows[0], w.engine.Now())
}

func (w *Work) buyersReady(ctx context.Context, at time.Time) (time.Time, bool, error) {
	kind, _ := w.cursorCustomers()
	read, _, err := w.cursor(ctx, kind)
	if err != nil || w.shop.ShopTime().Sub(read) > listedWithin {
		return at, false, err // the lists may still tell them
	}
	ids, err := w.engine.Store.UnreadBuyers(ctx, w.saved.ID, 1)
	return at, len(ids) > 0, err
}

// readBuyers asks for the own records of customers who bought and whose record no
// list had: they registered and changed before the start date.
func (w *Work) readBuyers(ctx context.Context) error {
	ids, err := w.engine.Store.UnreadBuyers(ctx, w.saved.ID, askedAtOnce)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := w.askCustomer(ctx, strconv.FormatInt(id, 10)); err != nil {
			return err
		}
	}
	if err := w.learnApart(ctx, "getCustomer"); err != nil {
		return err
	}
	if once, err := w.ending(ctx); err != nil || once {
		return err // their cards then travel with their orders, in one document
	}
	return w.setDue(ctx, dueBuyers, w.engine.Now()) // the others that wait take turns
}

func (w *Work) goneReady(_ context.Context, at time.Time) (time.Time, bool, error) {
	return at, true, nil
}

// seekGone compares a window of registrations, which never moves, with what is known
// of it, and asks for each customer that is missing. After the newest it begins with
// the oldest again.
func (w *Work) seekGone(ctx context.Context) error {
	s, now := w.engine.Store, w.engine.Now()
	since, begun, err := s.Cursor(ctx, w.saved.ID, cursorGone)
	if err != nil {
		return err
	}
	next := now.Add(goneEvery)
	if !begun { // nothing was deleted yet since it was read
		if err := s.SetCursor(ctx, w.saved.ID, cursorGone, time.Unix(1, 0)); err != nil {
			return err
		}
		return w.setDue(ctx, dueGone, next)
	}
	known, err := s.RegisteredSince(ctx, w.saved.ID, since, goneWindow)
	if err != nil {
		return err
	}
	if len(known) == 0 {
		if err := s.SetCursor(ctx, w.saved.ID, cursorGone, time.Unix(1, 0)); err != nil {
			return err
		}
		return w.setDue(ctx, dueGone, next)
	}
	first, last := known[0].Customer.Registered, known[len(known)-1].Customer.Registered
	there, err := w.registeredBetween(ctx, first, last)
	if err != nil {
		return err
	}
	var missing []store.Question
	for _, row := range known {
		if !there[row.Ref] {
			missing = append(missing, store.Question{Kind: store.QuestionCustomer, Key: row.Ref, Reason: "missing", Due: now})
		}
	}
	if err := s.Ask(ctx, w.saved.ID, missing, now); err != nil {
		return err
	}
	through := last
	if len(known) < goneWindow || last.Equal(first) { // a second with a whole window of customers is not cut in two
		through = last.Add(time.Second)
	}
	if err := s.SetCursor(ctx, w.saved.ID, cursorGone, through); err != nil {
		return err
	}
	return w.setDue(ctx, dueGone, next)
}

// registeredBetween lists the ids of the customers registered from first to last, to
// the second, page after page until one brings nothing new.
func (w *Work) registeredBetween(ctx context.Context, first, last time.Time) (map[string]bool, error) {
	there := map[string]bool{}
	for start := 0; ; {
		rows, before := 0, len(there)
		query := unas.CustomerQuery{
			// A second more on both sides: nothing documents whether the bounds belong.
			RegisteredFrom: first.Add(-time.Second), RegisteredUntil: last.Add(time.Second), Limit: customersAtOnce, Start: start,
		}
		for record, err := range w.shop.Customers(ctx, query) {
			if err != nil {
				return nil, fmt.Errorf("listing customers by their registration: %w", err)
			}
			there[record.ID] = true
			rows++
		}
		if rows == 0 || len(there) == before || start == 0 && rows < wholeAnswer {
			return there, nil
		}
		start += rows
	}
}

// wholeAnswer is how few rows an answer must have to be whole whatever the service's
// maximum is.
const wholeAnswer = 100
