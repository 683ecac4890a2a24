package engine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"punte"
	"punte/store"
	"punte/unas"
)

// The choices of customers.
const (
	customersAll    = "all"
	customersBuyers = "buyers"
)

// firstShop is before any shop of UNAS had customers: where reading all of them begins.
var firstShop = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// cursorCustomers is how far the changes of the shop's customers were read. Reading
// all of them is another reading than that of those since the start date.
func (w *Work) cursorCustomers() (cursor string, from time.Time) {
	if w.conn.Customers == customersAll {
		return "customers.all", firstShop
	}
	return "customers", w.conn.Start()
}

func (w *Work) customersReady(ctx context.Context, at time.Time) (time.Time, bool, error) {
	run, once, err := w.onceRun(ctx)
	if err != nil {
		return at, false, err
	}
	if once {
		return later(at, w.ourTime(run.Until.Add(windowMargin))), !run.Report.CustomersRead, nil
	}
	return at, true, nil
}

// readCustomers reads which customers changed, up to the shop's present or up to the
// start of a run that ends. They are asked for half as often as orders: the other
// half of the list calls looks for who is gone.
func (w *Work) readCustomers(ctx context.Context) error {
	run, once, err := w.onceRun(ctx)
	if err != nil {
		return err
	}
	until := w.shop.ShopTime().Add(-windowMargin).Truncate(time.Second)
	if once {
		until = run.Until
	}
	whole, err := w.pullCustomers(ctx, until)
	if err != nil {
		return err
	}
	if !whole { // the others that wait take turns
		return w.setDue(ctx, dueCustomers, w.engine.Now())
	}
	if !once {
		return w.setDue(ctx, dueCustomers, w.engine.Now().Add(w.customersEvery()))
	}
	run, ok, err := w.onceRun(ctx) // with what was noted meanwhile
	if err != nil || !ok {
		return err
	}
	run.Report.CustomersRead = true
	return w.engine.Store.SaveRun(ctx, run)
}

// customersEvery is how often the shop is asked for changed customers. Their list has
// limits of its own, apart from that of orders.
func (w *Work) customersEvery() time.Duration {
	if w.engine.Rehearsal {
		return 2 * pollRehearsal
	}
	return 2 * pollDay(w.plan)
}

// pullCustomers saves each answer with its cursor. whole is false if it stopped early
// to make room.
func (w *Work) pullCustomers(ctx context.Context, until time.Time) (whole bool, err error) {
	s, begun := w.engine.Store, w.engine.Now()
	kind, from := w.cursorCustomers()
	cursor, known, err := s.Cursor(ctx, w.saved.ID, kind)
	if err != nil {
		return false, err
	}
	if known {
		from = later(from, earlier(cursor, until).Add(-windowOverlap))
	}
	if from.After(until) {
		return true, nil
	}
	for batch, err := range w.shop.CustomersChanged(ctx, from, until) {
		if err != nil {
			return false, fmt.Errorf("reading the shop's customers: %w", err)
		}
		page := store.CustomerPage{Asked: w.asked}
		if !batch.Through.IsZero() {
			page.Cursor = &store.Cursor{Kind: kind, At: batch.Through, Reset: known && cursor.After(until)}
		}
		if err := w.saveCustomers(ctx, batch.Customers, page); err != nil {
			return false, err
		}
		if !batch.Through.Before(until) {
			return true, nil
		}
		if w.engine.Now().Sub(begun) > importSlice && batch.Through.After(cursor) {
			return false, nil
		}
	}
	return true, nil
}

// saveCustomers saves records and counts them.
func (w *Work) saveCustomers(ctx context.Context, records []unas.CustomerRecord, page store.CustomerPage) error {
	rows, erased, err := w.customerRows(ctx, records)
	if err != nil {
		return err
	}
	page.Connection, page.Rows, page.Now = w.saved.ID, rows, w.engine.Now()
	if _, err := w.engine.Store.SaveCustomers(ctx, page); err != nil {
		return err
	}
	return w.note(ctx, punte.Report{Customers: len(rows), Erased: erased})
}

// customerRows reads records and decides what each card is to be. One that can't be
// read is parked under its id, else under its text; the rest go on. Those of people
// who were forgotten are left out and counted.
func (w *Work) customerRows(ctx context.Context, records []unas.CustomerRecord) (rows []store.CustomerRow, erased int, err error) {
	who, err := w.engine.Store.Erased(ctx, w.saved.ID)
	if err != nil {
		return nil, 0, err
	}
	rows = make([]store.CustomerRow, 0, len(records))
	at := map[string]int{}
	for _, record := range records {
		row := w.customerRow(record)
		if who.Record(row) {
			erased++
			continue
		}
		if i, twice := at[row.Ref]; twice {
			rows[i] = row
			continue
		}
		at[row.Ref] = len(rows)
		rows = append(rows, row)
	}
	return rows, erased, w.identifyCustomers(ctx, rows)
}

func (w *Work) customerRow(record unas.CustomerRecord) store.CustomerRow {
	c, err := customerFromUNAS(record, w.conn.UNAS.Zone)
	row := store.CustomerRow{Ref: punte.CustomerRef(c.ID), Customer: c, Readable: err == nil, ID: c.ID, Email: record.Email, State: w.cardAlone(c)}
	if err != nil {
		row.Raw = record.Raw
		row.State, row.Problem = punte.Parked, problemOf(err)
	}
	if c.ID == 0 {
		row.Ref = unnamed + fingerprint(row.Raw)
	}
	return row
}

// cardAlone says whether a customer's card travels without an order.
func (w *Work) cardAlone(c punte.Customer) punte.DutyState {
	start := w.conn.Start()
	switch {
	case w.conn.Customers == customersBuyers:
		return punte.Left
	case w.conn.Customers == customersAll, !c.Registered.Before(start), !c.Modified.Before(start):
		return punte.Owed
	}
	return punte.Left
}

// identifyCustomers gives each row the id of its card.
func (w *Work) identifyCustomers(ctx context.Context, rows []store.CustomerRow) error {
	var asks []store.RefAsk
	for i := range rows {
		if rows[i].ID == 0 {
			continue
		}
		identity := w.conn.CustomerIdentity(rows[i].ID)
		rows[i].CardSource = "customer:" + identity.Source()
		asks = append(asks, store.RefAsk{Kind: punte.KindCard, Source: rows[i].CardSource, Candidate: identity.Candidate})
	}
	ids, err := w.engine.Store.Refs(ctx, w.saved.Account, asks)
	if err != nil {
		return err
	}
	next := 0
	for i := range rows {
		if rows[i].ID == 0 {
			continue
		}
		rows[i].Card = ids[next].ID
		next++
	}
	return nil
}

// chooseCards follows a changed choice of customers.
func (w *Work) chooseCards(ctx context.Context) error {
	since := w.conn.Start()
	if w.conn.Customers == customersAll {
		since = time.Time{}
	}
	return w.engine.Store.ChooseCards(ctx, w.saved.ID, w.conn.Customers != customersBuyers, since, w.engine.Now())
}

// customersAttention lists the cards that could not be read or sent.
func (e *Engine) customersAttention(ctx context.Context, id string) ([]Attention, error) {
	parked, err := e.Store.ParkedCards(ctx, id)
	if err != nil {
		return nil, err
	}
	list := make([]Attention, 0, len(parked))
	for _, card := range parked {
		name, text := "card "+card.Ref, sentence(card.Problem)
		switch {
		case card.Customer > 0:
			name = "customer " + punte.CustomerRef(card.Customer)
		case strings.HasPrefix(card.Ref, unnamed):
			name = "customer without an id"
			text += "; the customer gets no card before the shop tells the id: save the customer in the shop anew, and ask UNAS if it is still missing"
		}
		list = append(list, Attention{Order: name, Kind: attentionParked, Code: card.Problem.Code, Field: card.Problem.Field, Text: text})
	}
	return list, nil
}
