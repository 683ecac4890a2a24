package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"punte"
	"punte/minicrm"
	"punte/store"
)

// sendAgain sends the five orders again, each in another way: without its second line,
// without a state but with another number and day, unchanged, with an empty field,
// without the field. Two more customers come along: one with the address of the first,
// and one with the first one's external id in another module.
func (p *prober) sendAgain(ctx context.Context) error {
	before, err := p.touches(ctx, p.orders[2])
	if err != nil {
		return err
	}
	field := func(value string) []minicrm.FeedField {
		if p.field == "" {
			return nil
		}
		return []minicrm.FeedField{{Name: p.field, Value: value}}
	}
	orders := make([]minicrm.FeedOrder, len(p.orders))
	for i, o := range p.orders {
		orders[i] = p.order(o, punte.Issued)
		orders[i].Fields = field("https://punte.invalid/probe")
	}
	orders[0].Products = orders[0].Products[:1]
	orders[1].Status, orders[1].Number = "", orders[1].Number+"-2"
	orders[1].Performance = p.orders[1].placed.AddDate(0, 0, -1).In(p.conn.MiniCRM.Zone).Format(performanceTime)
	orders[3].Fields, orders[4].Fields = field(""), nil
	var projects []minicrm.FeedProject
	for i, o := range p.orders {
		projects = append(projects, p.customer(o.name, orders[i]))
	}
	mate := p.newCustomer("mate")
	mate.Contacts = []minicrm.FeedContact{p.person("mate", "A")}
	projects = append(projects, mate)
	stranger, other, err := p.stranger(ctx)
	if err != nil {
		return err
	}
	projects = append(projects, stranger...)
	if err := p.round(ctx, projects...); err != nil {
		return err
	}
	if err := p.look(ctx); err != nil {
		return err
	}
	after, err := p.touches(ctx, p.orders[2])
	if err != nil {
		return err
	}
	p.readTouch(before, after)
	p.readOrders(orders)
	if err := p.readMate(ctx); err != nil {
		return err
	}
	return p.readScope(ctx, other)
}

// touches is when the order's card was changed, as MiniCRM prints it; empty if it does
// not say.
func (p *prober) touches(ctx context.Context, o *testOrder) (at string, err error) {
	if o.card == 0 {
		return "", nil
	}
	err = p.try(ctx, func() error {
		card, err := p.crm.Project(ctx, o.card)
		at = card.Values["UpdatedAt"]
		return err
	})
	return at, err
}

func (p *prober) readTouch(before, after string) {
	if before == "" || after == "" {
		p.unknown(findTouch, "the order's card does not say when it was changed")
		return
	}
	p.either(findTouch, before != after, "touched", "untouched", "The card of an order that was sent again unchanged was changed at %s before and at %s after.", before, after)
}

// readOrders compares what was sent again with what MiniCRM shows.
func (p *prober) readOrders(sent []minicrm.FeedOrder) {
	seen := make([]sight, len(p.orders))
	for i, o := range p.orders {
		seen[i] = o.seen
	}
	switch second := seen[1]; second.state {
	case "":
		p.unknown(findNoState, notShown)
	case punte.Issued:
		p.note(findNoState, "kept", store.Sure, "An issued order sent again without a status stayed issued.")
	case punte.Draft:
		p.note(findNoState, "draft", store.Sure, "An issued order sent again without a status became a draft.")
	default:
		p.note(findNoState, "other", store.Sure, "An issued order sent again without a status became %s.", second.state)
	}
	if document := seen[0].document; document != nil {
		_, there := seen[0].item(secondLine)
		p.either(findMissingLines, !there, "go", "stay", "An order sent again without its second line shows %d lines.", len(document.Items))
	}
	if document := seen[1].document; document != nil {
		p.either(findNumber, document.Number == sent[1].Number, "changes", "stays", "An order sent again with another number shows %s.", document.Number)
		p.either(findPerformance, strings.HasPrefix(document.Performance, sent[1].Performance[:len(time.DateOnly)]), "changes", "stays",
			"An order sent again as placed a day earlier shows %s.", document.Performance)
	}
	if p.field == "" {
		p.unknown(findFieldEmpty, "the connection writes no text field")
		p.unknown(findFieldAbsent, "the connection writes no text field")
		return
	}
	if document := seen[3].document; document != nil {
		p.either(findFieldEmpty, document.Project[p.field] == "", "cleared", "kept", "The field %s sent empty shows %q.", p.field, document.Project[p.field])
	}
	if document := seen[4].document; document != nil {
		p.either(findFieldAbsent, document.Project[p.field] != "", "kept", "cleared", "The field %s that was not sent shows %q.", p.field, document.Project[p.field])
	}
}

// readMate finds out whether two customers of one address became one person.
func (p *prober) readMate(ctx context.Context) error {
	first, found, err := p.card(ctx, "A")
	if err != nil {
		return err
	}
	mate, made, err := p.card(ctx, "mate")
	if err != nil {
		return err
	}
	if !found || !made || first.ContactID == 0 {
		p.unknown(findEmail, "the customers that would tell were not made")
		return nil
	}
	p.either(findEmail, first.ContactID == mate.ContactID, "matched", "new", "Two customers with one e-mail address and external ids of their own share a person: %t.", first.ContactID == mate.ContactID)
	return nil
}

// otherModule is a module that holds neither customers nor orders nor papers; 0 if
// there is none.
func (p *prober) otherModule() int64 {
	for _, m := range p.system.modules {
		kind := strings.ToLower(m.Type)
		paper := slices.ContainsFunc([]string{"order", "webshop", "offer", "invoice", "helpdesk"}, func(word string) bool { return strings.Contains(kind, word) })
		if m.ID != p.conn.OrdersCategory && m.ID != p.conn.WebshopCategory && !paper {
			return m.ID
		}
	}
	return 0
}

// stranger is a card in another module with the first customer's external id; none if
// there is no such module.
func (p *prober) stranger(ctx context.Context) ([]minicrm.FeedProject, int64, error) {
	other := p.otherModule()
	if other == 0 {
		return nil, 0, nil
	}
	var schema minicrm.Schema
	if err := p.try(ctx, func() (err error) {
		schema, err = p.crm.ProjectSchema(ctx, other)
		return err
	}); err != nil {
		return nil, 0, err
	}
	card := minicrm.FeedProject{ID: p.ids["A"], Name: probeName + " (other module)", CategoryID: other}
	if all := schema.Statuses(); len(all) > 0 {
		card.StatusID = all[0].Label
		if p.byID {
			card.StatusID = strconv.FormatInt(all[0].ID, 10)
		}
	}
	return []minicrm.FeedProject{card}, other, nil
}

func (p *prober) readScope(ctx context.Context, other int64) error {
	if other == 0 {
		p.unknown(findScope, "the account has no third module")
		return nil
	}
	var card minicrm.Card
	var found bool
	err := p.try(ctx, func() (err error) {
		card, found, err = p.crm.ProjectByReferenceIn(ctx, other, p.ids["A"])
		return err
	})
	if isRefusal(err) {
		p.unknown(findScope, "MiniCRM does not look for an external id in one module")
		return nil
	}
	if err != nil {
		return err
	}
	both := found && card.ID != p.cards["A"] && (card.CategoryID == other || card.CategoryID == 0)
	if both {
		p.trash[card.ID] = trashed{module: other, what: "card in another module"}
	}
	p.either(findScope, both, "module", "system", "An external id that a customer has made a second card in another module: %t.", both)
	return nil
}

// testStates in the order in which the orders go through them.
var testStates = []punte.State{punte.Draft, punte.Issued, punte.Completed, punte.Paid, punte.Failed}

// moves are what became of attempts to move and to change orders.
type moves struct {
	made, refused    map[string]bool // "Failed>Issued"
	changed, kept    map[punte.State]bool
	paid, paidPassed bool // an order became Paid; one was changed and did not
}

// moveAll puts each order into another state, and then all of them round in four
// documents, so that every state is left for every other. Each document changes the
// order too.
func (p *prober) moveAll(ctx context.Context) error {
	m := &moves{made: map[string]bool{}, refused: map[string]bool{}, changed: map[punte.State]bool{}, kept: map[punte.State]bool{}}
	at := 0
	for step := range len(testStates) {
		at += step
		if err := p.move(ctx, m, at); err != nil {
			return err
		}
		if step == 0 {
			if err := p.readDrafts(ctx); err != nil {
				return err
			}
		}
		p.tell("moved the orders %d times of %d", step+1, len(testStates))
	}
	if err := p.readSegments(ctx, m.paid); err != nil {
		return err
	}
	p.conclude(m)
	return nil
}

// move sends every order with the state that lies so far from its own place.
func (p *prober) move(ctx context.Context, m *moves, at int) error {
	var projects []minicrm.FeedProject
	from := make([]punte.State, len(p.orders))
	for i, o := range p.orders {
		from[i] = o.seen.state
		o.quantity += 10
		projects = append(projects, p.customer(o.name, p.order(o, testStates[(i+at)%len(testStates)])))
	}
	if err := p.round(ctx, projects...); err != nil {
		return err
	}
	if err := p.look(ctx); err != nil {
		return err
	}
	for i, o := range p.orders {
		m.note(from[i], testStates[(i+at)%len(testStates)], o)
	}
	return nil
}

func (m *moves) note(from, to punte.State, o *testOrder) {
	if from == "" || o.seen.state == "" {
		return
	}
	took := o.shows()
	m.paid = m.paid || o.seen.state == punte.Paid
	m.paidPassed = m.paidPassed || to == punte.Paid && took && o.seen.state != punte.Paid
	if from != to {
		name := string(from) + ">" + string(to)
		if o.seen.state == to {
			m.made[name] = true
		} else {
			m.refused[name] = true
		}
	}
	if o.seen.document == nil {
		return
	}
	if took {
		m.changed[from] = true
		return
	}
	if to != punte.Paid || m.paid { // else it may be the word that was refused
		m.kept[from] = true
	}
}

// conclude reads the answers out of the moves.
func (p *prober) conclude(m *moves) {
	tried := len(m.made) + len(m.refused)
	if tried == 0 {
		for _, name := range []string{findClosed, findMoves, findPaid} {
			p.unknown(name, notShown)
		}
		return
	}
	switch {
	case m.paid:
		p.note(findPaid, isTaken, store.Sure, "An order sent as Paid is shown as such.")
	case m.paidPassed:
		p.note(findPaid, "passed", store.Sure, "Orders sent as Paid were changed and kept the state they had.")
	default:
		p.note(findPaid, isRefused, store.Likely, "No order sent as Paid was changed.")
	}
	var closed []string
	for _, state := range testStates {
		if m.kept[state] && !m.changed[state] {
			closed = append(closed, string(state))
		}
	}
	var refused []string
	for name := range m.refused {
		from, to, _ := strings.Cut(name, ">")
		if !slices.Contains(closed, from) && (to != string(punte.Paid) || m.paid) {
			refused = append(refused, name)
		}
	}
	slices.Sort(refused)
	p.note(findClosed, orElse(strings.Join(closed, ","), "change"), store.Sure, "Tried to change orders in %s; those that never changed: %s.",
		states(m), orElse(strings.Join(closed, ", "), "none"))
	p.note(findMoves, orElse(strings.Join(refused, ","), "any"), store.Sure, "Of %d moves from one state to another that were tried, %d were made.", tried, len(m.made))
}

// states lists the states in which a change was tried.
func states(m *moves) string {
	var list []string
	for _, state := range testStates {
		if m.kept[state] || m.changed[state] {
			list = append(list, string(state))
		}
	}
	return orElse(strings.Join(list, ", "), "no state")
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// readDrafts looks whether the list shows an order that is a draft.
func (p *prober) readDrafts(ctx context.Context) error {
	if p.noList {
		p.unknown(findDrafts, "orders are not listed")
		return nil
	}
	drafts := map[int64]bool{}
	for _, o := range p.orders {
		if o.doc != 0 && o.seen.state == punte.Draft {
			drafts[o.doc] = true
		}
	}
	if len(drafts) == 0 {
		p.unknown(findDrafts, "no test order became a draft")
		return nil
	}
	listed := false
	if err := p.listed(ctx, func(row minicrm.OrderRow) { listed = listed || drafts[row.ID] }); err != nil {
		return fmt.Errorf("looking for drafts: %w", err)
	}
	p.either(findDrafts, listed, isYes, isNo, "The list of orders shows a test order that is a draft: %t.", listed)
	return nil
}

// readSegments finds out what MiniCRM counts as a purchase, if an issued order was none.
func (p *prober) readSegments(ctx context.Context, paid bool) error {
	if _, known := p.found[findSegments]; known {
		return nil
	}
	if !paid {
		p.unknown(findSegments, "an issued order does not count, and no test order was paid")
		return nil
	}
	registered := p.registered(false)
	for _, o := range p.orders {
		card, found, err := p.card(ctx, o.name)
		if err != nil {
			return err
		}
		if found && card.Status != registered {
			p.note(findSegments, "paid", store.Sure, "A customer with an issued order stayed registered, one with a paid order shows as %q.", card.Status)
			return nil
		}
	}
	p.note(findSegments, "off", store.Likely, "Customers with issued and with paid orders stayed registered.")
	return nil
}
