package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"punte"
	"punte/store"
	"punte/unas"
)

// CustomersPreview tells of the cards that travel without an order: those of registered
// customers, also of such who never bought.
type CustomersPreview struct {
	Choice string    // of customers: all, since_start, buyers
	Since  time.Time // the customers whom the shop changed from then on were looked at
	Count  int       // of those, who would get a card and has none of the orders shown
	More   bool      // there are more: a preview does not read them all
	First  []Preview // the newest of them, with "customer" and the id for a key
}

const (
	// previewDays is how far back changed customers are looked at: a list call or two.
	previewDays = 7 * 24 * time.Hour
	// previewCards is how many of them are shown, each a call of MiniCRM.
	previewCards = 5
	// previewMost is how many of them are enough.
	previewMost = 1000
)

// PreviewAll shows the orders as Preview does, and which registered customers get a
// card besides. It writes nothing anywhere.
func (e *Engine) PreviewAll(ctx context.Context, conn *punte.Connection, keys Keys, limit int) ([]Preview, CustomersPreview, error) {
	p, err := e.previewer(ctx, conn, keys)
	if err != nil {
		return nil, CustomersPreview{}, err
	}
	orders, err := p.orders(ctx, limit)
	if err != nil {
		return nil, CustomersPreview{}, err
	}
	customers, err := p.customers(ctx, orders)
	return orders, customers, err
}

// customers looks at the customers whom the shop changed lately.
func (p *previewer) customers(ctx context.Context, orders []Preview) (CustomersPreview, error) {
	w := Work{engine: p.engine, conn: p.conn}
	_, from := w.cursorCustomers()
	now := p.shop.ShopTime()
	c := CustomersPreview{Choice: p.conn.Customers, Since: later(from, now.Add(-previewDays))}
	if c.Choice == customersBuyers || !c.Since.Before(now) {
		return c, nil
	}
	who, err := p.engine.Store.Erased(ctx, p.id)
	if err != nil {
		return c, err
	}
	latest := map[string]unas.CustomerRecord{}
	for batch, err := range p.shop.CustomersChanged(ctx, c.Since, now) {
		if err != nil {
			return c, fmt.Errorf("reading the shop's customers: %w", err)
		}
		for _, record := range batch.Customers {
			latest[record.ID] = record
		}
		if len(latest) >= previewMost {
			c.More = true
			break
		}
	}
	var rows []store.CustomerRow
	for _, record := range latest {
		row := w.customerRow(record)
		shown := slices.ContainsFunc(orders, func(v Preview) bool { return row.ID > 0 && v.CardID == p.conn.CustomerIdentity(row.ID).Candidate(0) })
		if row.State != punte.Left && !shown && !who.Record(row) {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b store.CustomerRow) int {
		if by := b.Customer.Modified.Compare(a.Customer.Modified); by != 0 {
			return by
		}
		return int(min(max(b.ID-a.ID, -1), 1))
	})
	c.Count = len(rows)
	for _, row := range rows[:min(len(rows), previewCards)] {
		v, err := p.customer(ctx, row)
		if err != nil {
			return c, err
		}
		c.First = append(c.First, v)
	}
	return c, nil
}

// customer shows the card of one.
func (p *previewer) customer(ctx context.Context, row store.CustomerRow) (Preview, error) {
	v := Preview{Key: "customer " + row.Ref, Placed: row.Customer.Registered, Action: actionCreate}
	if row.ID == 0 {
		v.Key = "customer without an id"
	}
	if !row.Readable {
		v.Action, v.Reason = actionPark, sentence(row.Problem)
		return v, nil
	}
	buyer := row.Customer.Buyer
	v.CardID, v.Card = p.conn.CustomerIdentity(row.ID).Candidate(0), buyer.CardName(row.Ref)
	_, there, err := p.crm.ProjectByReferenceIn(ctx, p.found.module(p.conn.WebshopCategory), v.CardID)
	if err != nil {
		return v, fmt.Errorf("looking for the customers' cards: %w", err)
	}
	if v.CardNew = !there; there {
		v.Action = actionUpdate
	}
	p.mapper.notes = nil
	card, err := p.mapper.card(buyer, v.CardID, row.Ref, v.CardNew, 0)
	if err != nil {
		v.Action, v.Reason = actionPark, err.Error()
		return v, nil //nolint:nilerr // it is told in the preview
	}
	v.Customer = previewCard(card)
	for _, pair := range p.conn.CustomerFields {
		text, _ := row.Customer.Value(pair.Source)
		if value, fits := p.mapper.valueIn(&p.account.webshop, pair.Field, text); fits && value != "" {
			v.Notes = append(v.Notes, pair.Field+" = "+value)
		}
	}
	v.Notes = append(v.Notes, p.mapper.notes...)
	if fault := p.account.fault(faultOwner); fault != nil && v.CardNew {
		v.Notes = append(v.Notes, "it would wait: "+fault.Error())
	}
	return v, nil
}
