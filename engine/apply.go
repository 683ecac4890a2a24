package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"punte"
	"punte/minicrm"
	"punte/store"
)

// Changed settings are for orders that change from now on. What is here applies them to
// older ones, when a person asks for it: it lists the orders that would be sent
// otherwise, and owes them a few at a time.

// applyChunk is how many of the listed orders are owed at a time. New orders travel in
// the same document with them then, and never behind them.
const applyChunk = 200

// applyEvery is when the next of them are owed: 60 documents of the 150 an hour are
// theirs at the most, and 12,000 orders an hour go.
const applyEvery = time.Minute

// Application is what the present settings would change of orders that are settled.
type Application struct {
	Looked  int            `json:"looked"`  // settled orders placed since the day asked for
	Changes int            `json:"changes"` // of them those that would be sent
	Why     map[string]int `json:"why"`     // how many for each reason; an order may have several
	Listed  int            `json:"listed"`  // of Changes those that were not listed before
	Waiting int            `json:"waiting"` // listed, and not owed yet
}

// Reasons why an order would be sent again.
const (
	whyStatus = "status"     // another state by the status map
	whyBring  = "brought"    // its status was not brought, and is now
	whyHead   = "head"       // currency, language or payment
	whyBody   = "lines"      // lines, customer, number or time of placing
	whyField  = "field "     // and the field's name
	applyPage = fullDocument // orders read at a time
)

// SavedConnection finds the stored connection that a document means without asking
// the shop. NotFound if there is none yet, or more than one that could be meant.
func (e *Engine) SavedConnection(ctx context.Context, conn *punte.Connection, keys Keys) (store.Connection, error) {
	all, err := e.Store.Connections(ctx)
	if err != nil {
		return store.Connection{}, err
	}
	var found []store.Connection
	for _, c := range all {
		if c.Account == account(conn) && strings.HasPrefix(c.Shop, plainURL(conn.UNAS.BaseURL)+"#") {
			found = append(found, c)
		}
	}
	if len(found) > 1 { // two shops of one account: the key tells
		found = slices.DeleteFunc(found, func(c store.Connection) bool { return c.UNASKey.Reveal() != keys.UNAS.Reveal() })
	}
	if len(found) != 1 {
		return store.Connection{}, punte.Errorf(punte.NotFound, "the store does not know the connection %s; run sync with it first", conn.Name)
	}
	return found[0], nil
}

// CountApply tells what Apply would do by the settings of the document. It asks nobody
// and writes nothing.
func (e *Engine) CountApply(ctx context.Context, conn *punte.Connection, keys Keys, since time.Time) (Application, error) {
	saved, err := e.SavedConnection(ctx, conn, keys)
	if err != nil {
		return Application{}, err
	}
	conn.RememberedStatuses = saved.Statuses
	w := &Work{engine: e, conn: conn, saved: saved}
	return w.apply(ctx, since, func([]store.Rework) error { return nil })
}

// Apply saves the settings of the document, if they are not saved, and lists the
// orders placed since then that they would change. The worker owes them; it can be
// stopped at any time, and AbortApply gives up what was not owed yet.
func (e *Engine) Apply(ctx context.Context, conn *punte.Connection, keys Keys, since time.Time) (Application, error) {
	saved, err := e.SavedConnection(ctx, conn, keys)
	if err != nil {
		return Application{}, err
	}
	if err := shareAddresses(conn, saved, nil); err != nil {
		return Application{}, err
	}
	document, err := conn.Document()
	if err != nil {
		return Application{}, err
	}
	if !bytes.Equal(document, saved.Document) {
		if _, err := e.Register(ctx, conn, keys); err != nil {
			return Application{}, err
		}
	}
	w, err := e.Open(ctx, saved.ID)
	if err != nil {
		return Application{}, err
	}
	listed := 0
	did, err := w.apply(ctx, since, func(list []store.Rework) error {
		n, err := e.Store.AddReworks(ctx, saved.ID, list, e.Now())
		listed += n
		return err
	})
	did.Listed = listed
	if err != nil {
		return did, err
	}
	if did.Waiting, err = e.Store.CountReworks(ctx, saved.ID); err != nil || did.Waiting == 0 {
		return did, err
	}
	return did, e.Store.Hint(ctx, saved.ID, e.Now())
}

// AbortApply gives up what is listed and not owed yet, and returns how many those are.
// What is owed already goes its way.
func (e *Engine) AbortApply(ctx context.Context, conn *punte.Connection, keys Keys) (int, error) {
	saved, err := e.SavedConnection(ctx, conn, keys)
	if err != nil {
		return 0, err
	}
	return e.Store.DropReworks(ctx, saved.ID)
}

// apply looks at all settled orders placed since then and hands on those that would be
// sent otherwise.
func (w *Work) apply(ctx context.Context, since time.Time, list func([]store.Rework) error) (Application, error) {
	did := Application{Why: map[string]int{}}
	m, err := w.knownMapper(ctx)
	if err != nil {
		return did, err
	}
	after := ""
	for {
		page, err := w.engine.Store.SettledAfter(ctx, w.saved.ID, after, since, applyPage)
		if err != nil || len(page) == 0 {
			return did, err
		}
		changed, err := w.changed(ctx, m, page)
		if err != nil {
			return did, err
		}
		var again []store.Rework
		for _, d := range page {
			why := changed[d.Ref]
			did.Looked++
			if len(why) == 0 {
				continue
			}
			did.Changes++
			for _, reason := range why {
				did.Why[reason]++
			}
			again = append(again, store.Rework{Ref: d.Ref, Placed: d.Order.Placed})
		}
		if err := list(again); err != nil {
			return did, err
		}
		after = page[len(page)-1].Ref
	}
}

// knownMapper maps by what was read last of the account.
func (w *Work) knownMapper(ctx context.Context) (*mapper, error) {
	text, err := w.engine.Store.Account(ctx, w.saved.ID)
	if err != nil {
		return nil, err
	}
	var kept keptFacts
	if err := json.Unmarshal(text, &kept); err != nil {
		return nil, fmt.Errorf("reading what is known of MiniCRM: %w", err)
	}
	known := &facts{language: kept.Language, schema: minicrm.Schema{Fields: kept.Fields}}
	if w.conn.MiniCRM.Language != "" {
		known.language = w.conn.MiniCRM.Language
	}
	return w.mapper(known), nil
}

// changed says for each order why the present settings would send it otherwise than
// MiniCRM was sent it; orders that are not in it stay as they are.
func (w *Work) changed(ctx context.Context, m *mapper, orders []store.Duty) (map[string][]string, error) {
	ids, err := w.lineIDs(ctx, orders, m)
	if err != nil {
		return nil, err
	}
	m.lineID = func(i punte.Identity) int64 { return ids[i.Source()] }
	changed := map[string][]string{}
	for _, d := range orders {
		if why := w.why(m, d); len(why) > 0 {
			changed[d.Ref] = why
		}
	}
	return changed, nil
}

func (w *Work) why(m *mapper, d store.Duty) []string {
	state, decision, _ := w.decide(d)
	switch {
	case !d.Deleted.IsZero():
		return nil // the shop does not have it any more
	case decision == punte.Left, decision == punte.Held && d.Shown == 0, d.State == punte.Left && d.Problem.Code != "":
		return nil
	case d.Shown == 0:
		return []string{whyBring}
	}
	before := written(d)
	_, now, err := w.whole(m, d, state)
	if err != nil {
		return nil // it can't be sent as it is; its next change tells
	}
	var why []string
	if state != "" && state != before.State {
		why = append(why, whyStatus)
	}
	for _, name := range slices.Sorted(maps.Keys(now.Fields)) {
		if before.Fields[name] != now.Fields[name] {
			why = append(why, whyField+name)
		}
	}
	if before.Head != nil && *before.Head != *now.Head {
		why = append(why, whyHead)
	}
	if before.Body != "" && before.Body != now.Body {
		why = append(why, whyBody)
	}
	return why
}

func (w *Work) applyReady(ctx context.Context, at time.Time) (time.Time, bool, error) {
	o, err := w.outlook(ctx)
	return at, o.Rework, err
}

// applySome owes the next of the listed orders, once those before have gone. An order
// that changed since it was listed goes by itself, by the present settings.
func (w *Work) applySome(ctx context.Context) error {
	s, now := w.engine.Store, w.engine.Now()
	counts, err := s.Counts(ctx, w.saved.ID)
	if err != nil {
		return err
	}
	if counts[punte.Owed]+counts[punte.Sent] >= applyChunk/2 {
		return w.setDue(ctx, dueApply, now.Add(applyEvery))
	}
	list, err := s.Reworks(ctx, w.saved.ID, applyChunk)
	if err != nil {
		return err
	}
	m, err := w.knownMapper(ctx)
	if err != nil {
		return err
	}
	refs := make([]string, 0, len(list))
	var settled []store.Duty
	for _, r := range list {
		refs = append(refs, r.Ref)
		o, err := s.Order(ctx, w.saved.ID, r.Ref)
		if punte.ErrorCode(err) == punte.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		if o.Readable {
			settled = append(settled, o.Duty)
		}
	}
	changed, err := w.changed(ctx, m, settled)
	if err != nil {
		return err
	}
	again := slices.DeleteFunc(settled, func(d store.Duty) bool { return len(changed[d.Ref]) == 0 })
	if _, err := s.OweAgain(ctx, w.saved.ID, refs, again, now); err != nil {
		return err
	}
	return w.setDue(ctx, dueApply, now.Add(applyEvery))
}
