package engine

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"time"

	"punte"
	"punte/minicrm"
	"punte/store"
	"punte/unas"
)

// Preview is an order as it would arrive in MiniCRM.
type Preview struct {
	Key      string             `json:"order"`
	Placed   time.Time          `json:"placed"`
	Status   string             `json:"status"` // of the shop
	State    punte.State        `json:"state"`  // that MiniCRM would get
	Action   string             `json:"action"` // create, update, hold, park, leave out, leave alone, take over
	Reason   string             `json:"reason,omitempty"`
	Card     string             `json:"card,omitempty"`
	CardID   int64              `json:"card_id,omitempty"`
	CardNew  bool               `json:"card_new"`
	Customer *PreviewCard       `json:"customer,omitempty"` // what would be written on the customer's card
	Currency string             `json:"currency,omitempty"`
	Total    string             `json:"total,omitempty"`  // of the shop
	Amount   string             `json:"amount,omitempty"` // that MiniCRM would compute
	InCRM    string             `json:"in_minicrm,omitempty"`
	Differs  string             `json:"differs,omitempty"`
	Notes    []string           `json:"notes,omitempty"`
	Order    *minicrm.FeedOrder `json:"-"`
}

// What would happen to an order.
const (
	actionCreate = "create"
	actionUpdate = "update"
	actionHold   = "hold"
	actionPark   = "park"
	actionLeave  = "leave out"
	actionAlone  = "leave alone" // it is in MiniCRM, and somebody else's
	actionAdopt  = "take over"   // the same, and the setting existing wants it
)

// Preview reads the shop's newest orders, at most limit, and shows what would become
// of them. It asks MiniCRM what it has of them and writes nothing anywhere.
func (e *Engine) Preview(ctx context.Context, conn *punte.Connection, keys Keys, limit int) ([]Preview, error) {
	p, err := e.previewer(ctx, conn, keys)
	if err != nil {
		return nil, err
	}
	return p.orders(ctx, limit)
}

// previewer reads what a preview needs of both services.
func (e *Engine) previewer(ctx context.Context, conn *punte.Connection, keys Keys) (*previewer, error) {
	p := &previewer{engine: e, conn: conn}
	scope, plan := e.knownShop(ctx, conn, keys.UNAS)
	p.shop = e.shop(conn, keys.UNAS, unas.Token{}, func(ctx context.Context, call unas.Call) error {
		return e.reserveOrPause(ctx, "UNAS", shopBudgets(scope, plan, call))
	})
	login, err := p.shop.Login(ctx)
	if err != nil {
		return nil, err
	}
	scope, plan = shopName(conn, login.Token.ShopID), login.Token.Subscription
	p.id = connectionID(conn, login.Token.ShopID)
	e.remember(ctx, conn, login.Token.ShopID)
	if err := shareAddresses(conn, store.Connection{}, login.Info); err != nil {
		return nil, err
	}
	p.crm = e.crm(conn, keys.MiniCRM, func(ctx context.Context, call minicrm.Call) error {
		return e.reserveOrPause(ctx, "MiniCRM", crmBudgets(account(conn), call))
	})
	a, err := readAccount(ctx, p.crm, conn)
	if err != nil {
		return nil, err
	}
	p.account = facts{language: a.language, schema: a.orders, webshop: a.webshop, statuses: a.statuses(), faults: a.faults(conn)}
	if fault := p.account.blocks(); fault != nil {
		return nil, fault
	}
	if p.found, err = e.findings(ctx, account(conn)); err != nil {
		return nil, err
	}
	p.mapper = &mapper{conn: conn, language: a.language, owner: conn.Owner, schema: &a.orders, found: p.found}
	return p, nil
}

// orders shows the newest ones.
func (p *previewer) orders(ctx context.Context, limit int) ([]Preview, error) {
	orders, err := p.newest(ctx, limit)
	if err != nil {
		return nil, err
	}
	return p.all(ctx, orders)
}

type previewer struct {
	engine *Engine
	conn   *punte.Connection
	shop   *unas.Client
	crm    *minicrm.Client
	mapper *mapper
	found  Findings // what a probe found out about the account

	account facts
	id      string // of the connection, if this store knows it
}

// lookBack are the windows of modification in which the newest orders are sought,
// one list call each.
var lookBack = []time.Duration{7 * 24 * time.Hour, 60 * 24 * time.Hour}

// newest reads the newest orders that belong, the newest first.
func (p *previewer) newest(ctx context.Context, limit int) ([]unas.Order, error) {
	var found []unas.Order
	now := p.shop.ShopTime()
	for i := 0; i <= len(lookBack); i++ {
		from := p.conn.Start()
		if i < len(lookBack) {
			from = later(from, now.Add(-lookBack[i]))
		}
		if !from.Before(now) {
			return nil, nil
		}
		found = found[:0]
		for batch, err := range p.shop.Changed(ctx, from, now) {
			if err != nil {
				return nil, fmt.Errorf("reading the shop's orders: %w", err)
			}
			found = append(found, batch.Orders...)
		}
		if len(found) >= limit || from.Equal(p.conn.Start()) {
			break
		}
	}
	// Printed dates sort as texts.
	sort.SliceStable(found, func(i, j int) bool { return found[i].Date > found[j].Date })
	return found[:min(limit, len(found))], nil
}

func (p *previewer) all(ctx context.Context, orders []unas.Order) ([]Preview, error) {
	list := make([]Preview, 0, len(orders))
	var oldest time.Time
	for _, wire := range orders {
		preview, o := p.one(wire)
		if !o.Placed.IsZero() && !p.conn.Belongs(o) {
			continue
		}
		if oldest.IsZero() || preview.Placed.Before(oldest) {
			oldest = preview.Placed
		}
		list = append(list, preview)
	}
	if len(list) == 0 {
		return list, nil
	}
	there, err := p.inCRM(ctx, oldest)
	if err != nil {
		return nil, err
	}
	cards := map[int64]lookup{}
	for i := range list {
		v := &list[i]
		row, shown := there[v.Key+"\n"+v.Placed.In(p.conn.MiniCRM.Zone).Format(time.DateOnly)]
		if shown {
			v.InCRM = fmt.Sprintf("%s, %s %s", row.Status, row.Amount, row.CurrencyCode)
			v.isThere()
		}
		if v.CardID == 0 {
			continue
		}
		if _, known := cards[v.CardID]; !known {
			card, found, err := p.crm.ProjectByReferenceIn(ctx, p.found.module(p.conn.WebshopCategory), v.CardID)
			if err != nil {
				return nil, fmt.Errorf("looking for the customers' cards: %w", err)
			}
			cards[v.CardID] = lookup{card, found}
		}
		v.CardNew = !cards[v.CardID].there
		if v.Customer != nil && !v.CardNew {
			v.Customer.Status = "" // MiniCRM moves it on
		}
		if !shown { // of another day: somebody else's, or one of ours whose number was given out again
			row, shown = there[v.Key+"\n"]
		}
		if shown && (v.Action == actionUpdate || v.Action == actionCreate) {
			if err := p.whose(ctx, v, row, cards[v.CardID]); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// isThere makes the preview of a new order that of one MiniCRM has already: its owner is
// not written again, and a status without a pair keeps nothing but itself back.
func (v *Preview) isThere() {
	switch v.Action {
	case actionCreate:
		v.Action = actionUpdate
		v.Order.Fields = slices.DeleteFunc(v.Order.Fields, func(f minicrm.FeedField) bool { return f.Name == "UserId" })
	case actionHold:
		v.Reason += "; all else of the order goes, and MiniCRM keeps the status it shows"
	}
}

// one maps an order as the synchronisation would.
func (p *previewer) one(wire unas.Order) (Preview, punte.Order) {
	o, err := fromUNAS(wire, p.conn.UNAS.Zone)
	v := Preview{Key: o.Key, Placed: o.Placed, Status: o.Status.Name, Currency: o.Currency, Total: o.Gross.Trim(0).String()}
	if err != nil {
		v.Action, v.Reason = actionPark, err.Error()
		return v, o
	}
	state, decision, problem := p.conn.Decide(o.Status)
	v.State, v.Differs = state, difference(o)
	switch decision {
	case punte.Left:
		v.Action, v.Reason = actionLeave, "its status is mapped to null"
		return v, o
	case punte.Held:
		v.Action, v.Reason = actionHold, problem.Reason
		return v, o
	}
	card, err := p.mapper.card(o.Buyer, p.conn.CardIdentity(o).Candidate(0), o.Key, true, 1)
	if err != nil {
		v.Action, v.Reason = actionPark, err.Error()
		return v, o
	}
	order, err := p.mapper.order(o, o.ID, state, true)
	if err != nil {
		v.Action, v.Reason = actionPark, err.Error()
		return v, o
	}
	v.Action, v.Order, v.Notes = actionCreate, &order, p.mapper.notes
	v.Notes = append(v.Notes, p.warnings(state)...)
	v.CardID = p.conn.CardIdentity(o).Candidate(0)
	v.Card, v.Customer = o.Buyer.CardName(o.Key), previewCard(card)
	if positions, err := p.conn.Positions(o, ""); err == nil {
		if amount, err := punte.Expected(positions); err == nil {
			v.Amount = amount.Trim(0).String()
		}
	}
	return v, o
}

// warnings are what a person should know of an order in that state before it is sent.
func (p *previewer) warnings(state punte.State) []string {
	var list []string
	if state == punte.Draft {
		list = append(list, "it becomes a draft, which MiniCRM does not list: sent, and checkable by its card only")
	}
	if !p.account.shows(p.conn, state) {
		list = append(list, "it would wait: "+p.account.fault(faultStatus).Error())
	}
	if fault := p.account.fault(faultOwner); fault != nil {
		list = append(list, "it would wait if it is new: "+fault.Error())
	}
	return list
}

// inCRM reads MiniCRM's order documents changed since the oldest order was placed,
// by number and day; at most ten pages.
func (p *previewer) inCRM(ctx context.Context, since time.Time) (map[string]minicrm.OrderRow, error) {
	there := map[string]minicrm.OrderRow{}
	for page := range 10 {
		list, err := p.crm.OrderList(ctx, minicrm.OrderFilter{UpdatedSince: since, UnderOffer: p.found.is(findList, "offer")}, page)
		if err != nil {
			return nil, fmt.Errorf("reading MiniCRM's orders: %w", err)
		}
		for _, row := range list.Rows {
			there[numberAndDay(&row)], there[row.Number+"\n"] = row, row
		}
		if lastPage(len(list.Rows), list.Count, page) {
			break
		}
	}
	return there, nil
}
