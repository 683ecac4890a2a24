package engine

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"punte"
	"punte/minicrm"
	"punte/store"
)

// testOrder is one of the orders that the probe rehearses with.
type testOrder struct {
	name     string
	number   string
	placed   time.Time
	quantity int64 // of the first line, another one in each document
	doc      int64 // of its document in MiniCRM, 0 if it was not listed
	card     int64 // of its card, 0 if it was not found
	seen     sight
}

// sight is what MiniCRM shows of an order. Without a list of orders only the state is
// known.
type sight struct {
	state    punte.State
	document *minicrm.Document
}

// The test cards: two that watch, one without a status, the customers with orders, one
// that shares an address, one in another module, and one that is refused.
var (
	testCards  = []string{"watch", "watch by id", "plain", "A", "B", "C", "D", "E", "mate", "refused"}
	testOrders = []string{"A", "B", "C", "D", "E"}
)

const (
	firstLine, secondLine = probeMark + " 1", probeMark + " 2"
	firstSKU, secondSKU   = "PUNTE-PROBE-1", "PUNTE-PROBE-2"
)

// customer is a test card with what the synchronisation always writes.
func (p *prober) customer(name string, orders ...minicrm.FeedOrder) minicrm.FeedProject {
	return minicrm.FeedProject{ID: p.ids[name], Name: probeName, CategoryID: p.conn.WebshopCategory, Orders: orders}
}

// newCustomer has also what is written when a card is made.
func (p *prober) newCustomer(name string, orders ...minicrm.FeedOrder) minicrm.FeedProject {
	c := p.customer(name, orders...)
	c.StatusID, c.UserID = p.registered(p.byID), strconv.FormatInt(p.owner.ID, 10)
	c.Contacts = []minicrm.FeedContact{p.person(name, name)}
	return c
}

func (p *prober) person(name, address string) minicrm.FeedContact {
	return minicrm.FeedContact{
		ID: p.ids[name], FirstName: "Punte", LastName: "probe " + name,
		Emails: []string{"punte-probe-" + p.stamp + "-" + strings.ToLower(strings.ReplaceAll(address, " ", "-")) + "@punte.invalid"},
	}
}

// registered is the status of somebody who is registered, by id or by name.
func (p *prober) registered(byID bool) string {
	names, _ := minicrm.WebshopStatusNames(p.system.language)
	label := names.Registered
	all := p.system.webshop.Statuses()
	at := slices.IndexFunc(all, func(o minicrm.Option) bool { return o.Label == label })
	if at < 0 && len(all) > 0 { // somebody renamed it
		at, label = 0, all[0].Label
	}
	if byID && at >= 0 {
		return strconv.FormatInt(all[at].ID, 10)
	}
	return label
}

// currencies and VAT rates that an account of a language has.
var (
	testCurrency = map[string]string{"hu": "HUF", "ro": "RON", "en": "EUR"}
	testVAT      = map[string]int64{"hu": 27, "ro": 21, "en": 27}
	testCountry  = map[string]string{"hu": "hu", "ro": "ro", "en": "hu"}
)

// order is the test order as the synchronisation would send it, with the next quantity.
func (p *prober) order(o *testOrder, status punte.State) minicrm.FeedOrder {
	language := p.system.language
	country, _ := minicrm.CountryLabel(testCountry[language], language)
	line := func(id, name, sku string, quantity int64) minicrm.FeedProduct {
		return minicrm.FeedProduct{
			ID: p.ids[id], Name: name, PriceNet: decimal.MustNew(100, 0), Quantity: decimal.MustNew(quantity, 0), SKU: &sku,
			Unit: minicrm.UnitPiece(language), VAT: decimal.MustNew(testVAT[language], 0), FolderName: p.conn.Folder,
		}
	}
	return minicrm.FeedOrder{
		ID: p.ids["order "+o.name], Number: o.number, CurrencyCode: testCurrency[language], Language: "_" + strings.ToUpper(language),
		Performance: o.placed.In(p.conn.MiniCRM.Zone).Format(performanceTime), Status: string(status), PaymentMethod: "Other",
		Customer: minicrm.FeedCustomer{Name: probeName, CountryID: country, PostalCode: "-", City: "-", Address: "-"},
		Products: []minicrm.FeedProduct{line("line 1", firstLine, firstSKU, o.quantity), line("line 2", secondLine, secondSKU, 1)},
	}
}

// card reads a test card by its external id, later by its own.
func (p *prober) card(ctx context.Context, name string) (card minicrm.Card, found bool, err error) {
	err = p.try(ctx, func() error {
		if id := p.cards[name]; id != 0 {
			card, err = p.crm.Project(ctx, id)
			found = err == nil
			return err
		}
		card, found, err = p.crm.ProjectByReference(ctx, p.ids[name])
		return err
	})
	if found {
		p.cards[name] = card.ID
	}
	return card, found, err
}

// listPages is how far the list of orders is read: the one changed last comes first.
const listPages = 5

// findOrders binds the test orders to their documents by number, and notes where the
// list is.
func (p *prober) findOrders(ctx context.Context) error {
	for _, offers := range []bool{false, true} {
		p.offers = offers
		met := 0
		err := p.listed(ctx, func(row minicrm.OrderRow) { met += p.bind(row) })
		switch {
		case err == nil && !offers:
			p.note(findList, "order", store.Sure, "The list of orders answered at Order/List.")
			return nil
		case err == nil && met > 0: // else it has offers
			p.note(findList, "offer", store.Sure, "The list of orders answered at Offer/List, and not at Order/List.")
			return nil
		case err != nil && !isRefusal(err):
			return err
		}
	}
	p.offers, p.noList = false, true
	p.note(findList, "none", store.Sure, "The list of orders was refused at Order/List and at Offer/List.")
	return p.findOrderCards(ctx)
}

// bind notes the document of a test order; 1 if the row is one of them.
func (p *prober) bind(row minicrm.OrderRow) int {
	for _, o := range p.orders {
		if o.number == row.Number && row.ID != 0 {
			o.doc, o.card = row.ID, row.ProjectID
			p.either(findDocumentURL, row.DocumentURL != "", isYes, isNo, "A finished order has a document in the list: %t.", row.DocumentURL != "")
			return 1
		}
	}
	return 0
}

// listed calls each with the newest documents of the list.
func (p *prober) listed(ctx context.Context, each func(minicrm.OrderRow)) error {
	for page := range listPages {
		var list minicrm.OrderPage
		err := p.try(ctx, func() (err error) {
			list, err = p.crm.OrderList(ctx, minicrm.OrderFilter{UpdatedSince: p.begun.Add(-listOverlap), UnderOffer: p.offers}, page)
			return err
		})
		if err != nil {
			return err
		}
		for _, row := range list.Rows {
			each(row)
		}
		if lastPage(len(list.Rows), list.Count, page) {
			break
		}
	}
	return nil
}

// findOrderCards finds the cards of the orders by their customers' persons.
func (p *prober) findOrderCards(ctx context.Context) error {
	for _, o := range p.orders {
		customer, found, err := p.card(ctx, o.name)
		if err != nil {
			return err
		}
		if !found || customer.ContactID == 0 {
			continue
		}
		rows, err := p.projects(ctx, minicrm.ProjectFilter{CategoryID: p.conn.OrdersCategory, ContactID: customer.ContactID})
		if err != nil {
			return err
		}
		for _, row := range rows {
			if strings.Contains(row.Name, probeMark) {
				o.card = row.ID
			}
		}
	}
	return nil
}

// projects reads the first page of a list of cards.
func (p *prober) projects(ctx context.Context, f minicrm.ProjectFilter) ([]minicrm.ProjectRow, error) {
	var page minicrm.ProjectPage
	err := p.try(ctx, func() (err error) {
		page, err = p.crm.ProjectPage(ctx, f, 0)
		return err
	})
	return page.Rows, err
}

// look reads what MiniCRM shows of all test orders.
func (p *prober) look(ctx context.Context) error {
	for _, o := range p.orders {
		if err := p.lookAt(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

func (p *prober) lookAt(ctx context.Context, o *testOrder) error {
	o.seen = sight{}
	if o.doc == 0 && o.card == 0 {
		return nil
	}
	return p.try(ctx, func() error {
		if o.doc == 0 {
			card, err := p.crm.Project(ctx, o.card)
			if err == nil {
				o.seen.state, _ = p.work.stateOf(card.Status)
			}
			return err
		}
		document, err := p.crm.Order(ctx, o.doc)
		if err != nil {
			return err
		}
		label := document.Project["StatusId"]
		if id, err := strconv.ParseInt(label, 10, 64); err == nil {
			label = p.system.statuses()[id]
		}
		o.seen.state, _ = p.work.stateOf(label)
		o.seen.document = &document
		return nil
	})
}

// item is a line of the order as MiniCRM shows it.
func (s sight) item(name string) (item minicrm.DocumentItem, found bool) {
	if s.document == nil {
		return item, false
	}
	at := slices.IndexFunc(s.document.Items, func(i minicrm.DocumentItem) bool { return i.Name == name })
	if at < 0 {
		return item, false
	}
	return s.document.Items[at], true
}

// number reads a decimal as printed; zero if it is none.
func number(text string) decimal.Decimal {
	d, err := decimal.Parse(text)
	if err != nil {
		return decimal.Decimal{}
	}
	return d
}

// shows says that MiniCRM shows the order's newest quantity: it took the content.
func (o *testOrder) shows() bool {
	item, found := o.seen.item(firstLine)
	return found && number(item.Quantity).Cmp(decimal.MustNew(o.quantity, 0)) == 0
}
