package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"punte"
	"punte/minicrm"
	"punte/store"
)

// Sizes of documents by how often the orders in them were not shown: a whole
// document, a tenth of one, single orders.
const (
	fullDocument  = 500
	tenthDocument = fullDocument / 10
	// parkAfter is the number of rounds after which an order is parked: one in a
	// whole document, one in a tenth, three by itself.
	parkAfter = 5
)

// documentSize is how many orders travel with one that missed so many rounds.
func documentSize(rounds int) int {
	switch {
	case rounds == 0:
		return fullDocument
	case rounds == 1:
		return tenthDocument
	}
	return 1
}

// mostInFlight is how many orders may be with MiniCRM at a time. Reading them back
// takes a call for each hundred, twice.
const mostInFlight = 8 * fullDocument

// push hands over what is owed and due, at most one document. It returns how many
// orders it held.
func (w *Work) push(ctx context.Context) (did punte.Report, err error) {
	now := w.engine.Now()
	owed, err := w.mayGo(ctx, now, 2*fullDocument)
	if err != nil {
		return did, err
	}
	ready, next := settled(owed, now)
	if len(ready) == 0 && len(owed) > 0 {
		return did, w.setDue(ctx, duePush, next)
	}
	if len(ready) == 0 {
		return did, nil
	}
	facts, err := w.account(ctx, accountAge(ready))
	if err != nil {
		return did, err
	}
	if ready, err = w.sift(ctx, ready, facts, len(owed) < 2*fullDocument); err != nil || len(ready) == 0 {
		return did, err
	}
	w.turn++
	ask := w.newAsker(facts)
	batch, err := ask.sift(ctx, sameSize(ready, w.turn))
	if err != nil {
		return did, err
	}
	batch = w.fewGiven(batch)
	body, hand, cards, err := w.document(ctx, batch, facts, ask)
	if err != nil || len(hand) == 0 {
		return did, err
	}
	if err := w.deliver(ctx, body, hand, cards); err != nil {
		return did, err
	}
	did.Sent, did.Documents = ordersIn(hand), 1
	did.CardsSent = len(hand) - did.Sent
	return did, nil
}

// settled leaves out the orders that were settled a moment ago, and says when the
// first of them can go.
func settled(owed []store.Duty, now time.Time) (ready []store.Duty, next time.Time) {
	for _, d := range owed {
		can := d.Updated.Add(settleGap)
		// A change that was noted by a clock ahead of ours must not wait for that time.
		if d.Shown == 0 || !now.Before(can) || d.Updated.After(now) {
			ready = append(ready, d)
			continue
		}
		if next.IsZero() || can.Before(next) {
			next = can
		}
	}
	return ready, next
}

// sameSize takes the orders that may travel together. Orders that MiniCRM did not
// show take turns with the others, so that neither wait for the other.
func sameSize(owed []store.Duty, turn int) []store.Duty {
	bySize := map[int][]store.Duty{}
	for _, d := range owed {
		size := documentSize(d.Rounds)
		bySize[size] = append(bySize[size], d)
	}
	sizes := slices.Sorted(maps.Keys(bySize))
	size := sizes[turn%len(sizes)]
	return bySize[size][:min(size, len(bySize[size]))]
}

// document writes the orders as one document, a card with all its orders at a
// time. Orders that turn out to be impossible are parked and left out.
func (w *Work) document(ctx context.Context, batch []store.Duty, facts *facts, ask *asker) (body []byte, hand []store.Handover, cards int, err error) {
	m := w.mapper(facts)
	ids, err := w.lineIDs(ctx, batch, m)
	if err != nil {
		return nil, nil, 0, err
	}
	m.lineID = func(i punte.Identity) int64 { return ids[i.Source()] }
	if m.sheet, err = w.sheetAddresses(ctx, batch); err != nil {
		return nil, nil, 0, err
	}
	groups := byCard(batch)
	cardsOf, err := w.cardsOf(ctx, groups)
	if err != nil {
		return nil, nil, 0, err
	}
	if err := ask.checkIDs(ctx, m, groups); err != nil {
		return nil, nil, 0, err
	}
	groups, who, err := ask.people(ctx, groups, cardsOf)
	if err != nil {
		return nil, nil, 0, err
	}
	m.known = ask.known
	if m.given, err = w.givenStates(ctx, batch, facts); err != nil {
		return nil, nil, 0, err
	}
	var out bytes.Buffer
	feed := minicrm.NewFeedWriter(&out)
	for _, duties := range groups {
		project, some, err := w.project(ctx, m, duties, cardsOf[duties[0].Card], facts, who[duties[0].Card])
		if err != nil {
			return nil, nil, 0, err
		}
		if len(some) == 0 {
			continue
		}
		if err := feed.WriteProject(project); err != nil {
			return nil, nil, 0, err
		}
		hand = append(hand, some...)
		cards++
	}
	if err := feed.Close(); err != nil {
		return nil, nil, 0, err
	}
	return out.Bytes(), hand, cards, nil
}

// mapper turns orders of the connection into documents of that account.
func (w *Work) mapper(known *facts) *mapper {
	return &mapper{conn: w.conn, language: known.language, owner: known.owner, schema: &known.schema, found: w.found, statusIDs: known.segments}
}

// byCard groups the duties by card, in the order in which the cards appear.
func byCard(batch []store.Duty) [][]store.Duty {
	at := map[int64]int{}
	var groups [][]store.Duty
	for _, d := range batch {
		i, ok := at[d.Card]
		if !ok {
			i = len(groups)
			at[d.Card] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], d)
	}
	return groups
}

// lineIDs gets the ids of all lines from the record of handed-out ids.
func (w *Work) lineIDs(ctx context.Context, batch []store.Duty, m *mapper) (map[string]int64, error) {
	var asks []store.RefAsk
	asked := map[string]bool{}
	for _, d := range batch {
		positions, err := w.conn.Positions(d.Order, minicrm.UnitPiece(m.language))
		if err != nil {
			continue // document parks it
		}
		for _, p := range positions {
			if source := p.Identity.Source(); !asked[source] {
				asked[source] = true
				asks = append(asks, store.RefAsk{Kind: punte.KindLine, Source: source, Candidate: p.Identity.Candidate})
			}
		}
	}
	found, err := w.engine.Store.Refs(ctx, w.saved.Account, asks)
	if err != nil {
		return nil, err
	}
	ids := make(map[string]int64, len(asks))
	for i, ask := range asks {
		ids[ask.Source] = found[i].ID
	}
	return ids, nil
}

// project is a card with those of its orders that are owed, and with what is news of
// the customer.
func (w *Work) project(ctx context.Context, m *mapper, duties []store.Duty, card store.Card, facts *facts, who cardPerson) (minicrm.FeedProject, []store.Handover, error) {
	about, err := w.cardPart(m, facts, card, who, duties[0].Order.Key)
	if err != nil {
		return about.project, nil, w.park(ctx, duties, err)
	}
	project := about.project
	var hand []store.Handover
	for _, d := range duties {
		order, now, err := w.order(m, d)
		if err != nil {
			if err := w.park(ctx, []store.Duty{d}, err); err != nil {
				return project, nil, err
			}
			continue
		}
		if note, ok := who.note(); ok && card.Shown == 0 {
			now.Notes = append(now.Notes, note)
		}
		pending, err := json.Marshal(now)
		if err != nil {
			return project, nil, fmt.Errorf("noting what order %s writes: %w", d.Order.Key, err)
		}
		if !now.unsent {
			project.Orders = append(project.Orders, order)
		}
		hand = append(hand, store.Handover{Ref: d.Ref, Version: d.Wanted, Pending: pending, Note: now.told()})
	}
	if len(hand) == 0 || !about.changed {
		return project, hand, nil
	}
	return project, append(hand, about.handover()), nil
}

// order is the order's part of the document, without what MiniCRM holds of ours
// already, and the note of what it then holds.
func (w *Work) order(m *mapper, d store.Duty) (minicrm.FeedOrder, handed, error) {
	before := written(d)
	// An unmapped status of an order that is in MiniCRM already leaves its state alone.
	state := w.stateOfOrder(d)
	order, now, err := w.whole(m, d, state)
	if err != nil {
		return order, now, err
	}
	switch {
	case state == "":
		order.Status, now.State, now.Wrote, now.Waits = "", before.State, false, w.waits(d)
		if before.State != "" && w.mustState(d) {
			order.Status, now.Wrote = string(before.State), true
		}
	case state == before.State && !w.mustState(d):
		order.Status, now.Wrote = "", false
	}
	if was := before.Head; was != nil {
		omitKept(&order.CurrencyCode, was.Currency)
		omitKept(&order.Language, was.Language)
		omitKept(&order.PaymentMethod, was.Payment)
	}
	changed := order.Fields[:0]
	fields := maps.Clone(before.Fields)
	if fields == nil {
		fields = map[string]string{}
	}
	for _, f := range order.Fields {
		if f.Name == "UserId" || before.Fields[f.Name] != f.Value || w.found.is(findFieldAbsent, "cleared") {
			changed = append(changed, f)
			now.Changed = append(now.Changed, f.Name)
		}
		fields[f.Name] = f.Value
	}
	order.Fields, now.Fields = changed, fields
	if err := w.obey(&order, &now, before); err != nil {
		return order, now, err
	}
	if given := m.given[d.Ref]; given != "" && order.Status != "" && now.State == before.State {
		order.Status, now.Kept = string(given), given
	}
	return order, now, w.paid(order)
}

// whole is the order's document with everything in it, and the note of what it holds.
func (w *Work) whole(m *mapper, d store.Duty, state punte.State) (minicrm.FeedOrder, handed, error) {
	order, err := m.order(d.Order, d.External, state, d.Shown == 0 && !m.known[d.Ref])
	if err != nil {
		return order, handed{}, err
	}
	if err := m.signs(&order); err != nil {
		return order, handed{}, err
	}
	positions, err := w.conn.Positions(d.Order, minicrm.UnitPiece(m.language))
	if err != nil {
		return order, handed{}, err
	}
	amount, err := punte.Expected(positions)
	if err != nil {
		return order, handed{}, err
	}
	body, err := json.Marshal([]any{order.Number, order.Performance, order.Customer, order.Products})
	if err != nil {
		return order, handed{}, fmt.Errorf("noting what order %s holds: %w", d.Order.Key, err)
	}
	now := handed{
		State: state, Wrote: true, Fields: map[string]string{}, Amount: amount.String(), Notes: m.notes, Body: fingerprint(body),
		Head: &head{Currency: order.CurrencyCode, Language: order.Language, Payment: order.PaymentMethod},
	}
	for _, f := range order.Fields {
		now.Fields[f.Name] = f.Value
	}
	return order, now, nil
}

// omitKept leaves out what MiniCRM holds of ours already: a person may have set it
// otherwise there.
func omitKept(element *string, was string) {
	if *element == was {
		*element = ""
	}
}

// park puts orders aside that can't be sent as they are.
func (w *Work) park(ctx context.Context, duties []store.Duty, cause error) error {
	for _, d := range duties {
		if err := w.engine.Store.Park(ctx, w.saved.ID, d.Ref, problemOf(cause), w.engine.Now()); err != nil {
			return errors.Join(cause, err)
		}
	}
	return nil
}

// roundLength is how long MiniCRM gets to show a document: twice the slowest of
// the account's last twenty, at least two minutes and at most six hours.
func (e *Engine) roundLength(ctx context.Context, connection string) (time.Duration, error) {
	times, err := e.Store.ProcessingTimes(ctx, connection, 20)
	if err != nil {
		return 0, err
	}
	length := 2 * time.Minute
	if len(times) > 0 {
		length = max(length, 2*slices.Max(times))
	}
	return min(length, 6*time.Hour), nil
}
