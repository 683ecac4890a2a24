package engine

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"punte"
	"punte/minicrm"
	"punte/store"
)

const notShown = "MiniCRM did not show the test order"

// firstCards makes three cards, each in a document of its own so that none spoils
// another: one with its status by name and its owner by id, one the other way round, one
// with neither. What MiniCRM then shows first is its processing time.
func (p *prober) firstCards(ctx context.Context) error {
	p.count++
	byName, byID := p.numbered("watch", p.count), p.numbered("watch by id", p.count)
	byName.StatusID, byName.UserID = p.registered(false), strconv.FormatInt(p.owner.ID, 10)
	byID.StatusID, byID.UserID = p.registered(true), p.owner.Label
	plain := p.customer("plain")
	plain.RegistrationDate = p.begun.AddDate(0, 0, -90).In(p.conn.MiniCRM.Zone).Format(performanceTime)
	for _, project := range []minicrm.FeedProject{byName, byID, plain} {
		if err := p.send(ctx, project); err != nil {
			return err
		}
	}
	shown := map[string]minicrm.Card{}
	look := func() (bool, error) {
		for _, name := range testCards[:3] {
			if card, found, err := p.card(ctx, name); err != nil {
				return false, err
			} else if found {
				shown[name] = card
			}
		}
		return len(shown) > 0, nil
	}
	done, err := p.until(ctx, probeBound, look)
	if err == nil && !done {
		err = errNotProcessed
	}
	if err != nil {
		return err
	}
	p.note(findTime, p.slowest.Round(time.Second).String(), store.Likely, "The first test card showed %s after MiniCRM took its document.", p.slowest.Round(time.Second))
	if _, err := p.until(ctx, p.patience()/2, func() (bool, error) { // the others come soon, or never
		_, err := look()
		return len(shown) == 3, err
	}); err != nil {
		return err
	}
	p.shown = p.count
	return p.readFirst(ctx, shown)
}

func (p *prober) readFirst(ctx context.Context, shown map[string]minicrm.Card) error {
	byName, named := shown["watch"]
	byID, numbered := shown["watch by id"]
	plain, bare := shown["plain"]
	switch {
	case named && numbered:
		p.note(findCardStatus, "both", store.Sure, "Cards with a status by name and by id were both made.")
	case named:
		p.note(findCardStatus, "name", store.Likely, "The card with a status by name was made, the one by id was not.")
	case numbered:
		p.note(findCardStatus, "id", store.Likely, "The card with a status by id was made, the one by name was not.")
	default:
		return errNoCards
	}
	p.watch, p.byID = "watch", !named
	if !named {
		p.watch = "watch by id"
	}
	if named {
		p.either(findOwnerID, byName.User == p.owner.Label, "lands", "other", "The card whose owner was given by id belongs to %s.", byName.User)
	}
	if numbered {
		p.either(findOwnerName, byID.User == p.owner.Label, "lands", "other", "The card whose owner was given by name belongs to %s.", byID.User)
	}
	p.either(findNoStatus, bare, isTaken, isRefused, "A new card without a status was made: %t.", bare)
	if bare {
		p.either(findInactive, plain.Status == p.registered(false), "status", "registration",
			"A customer registered 90 days ago begins as %q.", plain.Status)
	} else {
		p.unknown(findInactive, "the card that would tell was not made")
	}
	return p.readClock(ctx)
}

var errNoCards = punte.Errorf(punte.Unavailable, "MiniCRM made none of the test cards that have a status; look into its sync log")

// readClock finds out what "changed since" means.
func (p *prober) readClock(ctx context.Context) error {
	card, _, err := p.card(ctx, p.watch)
	if err != nil {
		return err
	}
	updated, timeErr := p.crm.Time(card.Values["UpdatedAt"])
	if timeErr != nil || updated.IsZero() {
		p.unknown(findClock, "the card does not say when it was changed")
		p.unknown(findSince, "the card does not say when it was changed")
		return nil //nolint:nilerr // a time that can't be read is an answer, too
	}
	off := p.crm.Now().Sub(updated)
	switch zone := p.conn.MiniCRM.Zone.String(); {
	case off > -time.Minute && off < p.engine.Now().Sub(p.begun)+time.Minute:
		p.note(findClock, zone, store.Likely, "MiniCRM printed its times in %s.", zone)
	default:
		p.note(findClock, "off by "+(-off).Round(time.Minute).String(), store.Sure,
			"MiniCRM printed the time of a change made just now as %s, which is another zone than %s or another clock.", updated.In(p.conn.MiniCRM.Zone).Format(time.DateTime), zone)
	}
	for _, since := range []time.Duration{0, -time.Second} {
		rows, err := p.projects(ctx, minicrm.ProjectFilter{CategoryID: p.conn.WebshopCategory, Query: probeMark, UpdatedSince: updated.Add(since)})
		if err != nil {
			return err
		}
		for _, row := range rows {
			if row.ID == card.ID {
				p.either(findSince, since == 0, "inclusive", "exclusive", "A card changed in a second is listed as changed since that second: %t.", since == 0)
				return nil
			}
		}
	}
	p.note(findSince, "", store.Unknown, "The list of cards changed since then did not show the card at all.")
	return nil
}

// makeOrders makes five customers with an order each.
func (p *prober) makeOrders(ctx context.Context) error {
	before, err := p.stockItem(ctx)
	if err != nil {
		return err
	}
	var projects []minicrm.FeedProject
	for i, name := range testOrders {
		o := &testOrder{name: name, number: "PP-" + p.stamp + "-" + name, placed: p.begun.Truncate(time.Second), quantity: int64(10 + i)}
		p.orders = append(p.orders, o)
		order := p.order(o, punte.Issued)
		if p.field != "" {
			order.Fields = []minicrm.FeedField{{Name: p.field, Value: "https://punte.invalid/probe"}}
		}
		customer := p.newCustomer(name, order)
		if name == "A" {
			country, _ := minicrm.CountryLabel("ro", p.system.language)
			customer.Business = &minicrm.FeedBusiness{
				Name: probeName, VatNumber: "RO12345678",
				Addresses: []minicrm.FeedAddress{{CountryID: country, PostalCode: "-", City: "-", Address: "-"}},
			}
		}
		projects = append(projects, customer)
	}
	if err := p.round(ctx, projects...); err != nil {
		return err
	}
	if err := p.findOrders(ctx); err != nil {
		return fmt.Errorf("looking for the test orders: %w", err)
	}
	if err := p.look(ctx); err != nil {
		return err
	}
	after, err := p.stockItem(ctx)
	if err != nil {
		return err
	}
	switch {
	case before == 0 || after == 0:
		p.unknown(findSKU, "MiniCRM did not let the probe write into the stock")
	case before == after:
		p.note(findSKU, "matched", store.Likely, "After an order with a new product whose SKU was in the stock, the SKU still means the same item.")
	default:
		p.note(findSKU, "new", store.Sure, "An order with a new product whose SKU was in the stock made a second item.")
	}
	return p.readCustomer(ctx)
}

// stockItem makes the test item of the stock, or finds which one bears its SKU; 0 if
// MiniCRM does not let us.
func (p *prober) stockItem(ctx context.Context) (id int64, err error) {
	err = p.try(ctx, func() error {
		id, err = p.crm.PutStockItem(ctx, minicrm.StockItem{Name: firstLine, SKU: firstSKU, Deleted: new(bool)})
		return err
	})
	if isRefusal(err) {
		return 0, nil
	}
	return id, err
}

// readCustomer reads what became of the customer with a company.
func (p *prober) readCustomer(ctx context.Context) error {
	card, found, err := p.card(ctx, "A")
	if err != nil || !found {
		return err
	}
	if card.Status != p.registered(false) {
		p.note(findSegments, "orders", store.Sure, "A customer sent as registered with one issued order shows as %q.", card.Status)
	}
	_, byOrder := minicrm.Card{}, false
	if err := p.try(ctx, func() error {
		_, byOrder, err = p.crm.ProjectByReference(ctx, p.ids["order A"])
		return err
	}); err != nil {
		return err
	}
	p.either(findOrderRef, byOrder, isYes, isNo, "The external id of an order finds a card: %t.", byOrder)
	if card.BusinessID == 0 {
		p.unknown(findVAT, "the customer's card has no company")
		return nil
	}
	var company minicrm.Contact
	if err := p.try(ctx, func() error {
		company, err = p.crm.Contact(ctx, card.BusinessID)
		return err
	}); err != nil {
		return err
	}
	switch {
	case company.EUVatNumber != "" && company.VatNumber == "":
		p.note(findVAT, "EUVatNumber", store.Sure, "A tax number that begins with a country code shows as the EU tax number.")
	case company.VatNumber != "":
		p.note(findVAT, "VatNumber", store.Sure, "A tax number that begins with a country code shows as the tax number.")
	default:
		p.note(findVAT, "lost", store.Sure, "The company shows no tax number.")
	}
	return nil
}

// badProject sends a customer that can't be taken between two that can.
func (p *prober) badProject(ctx context.Context) error {
	bad := p.customer("refused")
	bad.CategoryID = 999_999_999
	last := p.watched()
	n := p.count
	if err := p.send(ctx, p.numbered("A", n), bad, last); err != nil {
		return err
	}
	whole, err := p.await(ctx, p.patience())
	if err != nil {
		return err
	}
	if whole {
		p.note(findError, "alone", store.Sure, "Of three customers in a document, the second of which can't be taken, the third arrived.")
		return nil
	}
	if err := p.flush(ctx); err != nil {
		return err
	}
	p.singly = true
	first, _, err := p.card(ctx, "A")
	if err != nil {
		return err
	}
	p.either(findError, strings.HasSuffix(first.Name, fmt.Sprintf("(%d)", n)), "rest", "document",
		"Of three customers in a document, the second of which can't be taken, the third did not arrive; the next document did.")
	return nil
}

// oddLines sends a negative price, a negative quantity and a quantity of 0.
func (p *prober) oddLines(ctx context.Context) error {
	odd := func(at int, change func(*minicrm.FeedProduct)) minicrm.FeedProject {
		o := p.orders[at]
		order := p.order(o, p.stateToSend(o))
		change(&order.Products[0])
		return p.customer(o.name, order)
	}
	three := decimal.MustNew(3, 0)
	err := p.round(ctx,
		odd(0, func(l *minicrm.FeedProduct) { l.PriceNet = l.PriceNet.Neg() }),
		odd(1, func(l *minicrm.FeedProduct) { l.Quantity = three.Neg() }),
		odd(2, func(l *minicrm.FeedProduct) { l.Quantity = decimal.Decimal{} }))
	if err != nil {
		return err
	}
	if err := p.look(ctx); err != nil {
		return err
	}
	for i, name := range []string{findNegative, findNegativeQty, findZero} {
		if p.orders[i].seen.document == nil {
			p.unknown(name, notShown)
			continue
		}
		item, there := p.orders[i].seen.item(firstLine)
		switch {
		case i == 0:
			p.either(name, number(item.PriceNet).IsNeg(), isTaken, isRefused, "A line sent with the price -100 shows the price %s.", item.PriceNet)
		case i == 1:
			p.either(name, number(item.Quantity).IsNeg(), isTaken, isRefused, "A line sent with the quantity -3 shows the quantity %s.", item.Quantity)
		case !there:
			p.note(name, "dropped", store.Sure, "A line sent with the quantity 0 is gone.")
		default:
			p.either(name, number(item.Quantity).IsZero(), isTaken, isRefused, "A line sent with the quantity 0 shows the quantity %s.", item.Quantity)
		}
	}
	return nil
}

// stateToSend is the state that leaves an order where it is.
func (p *prober) stateToSend(o *testOrder) punte.State {
	if o.seen.state == "" {
		return punte.Issued
	}
	return o.seen.state
}
