package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"punte/minicrm"
	"punte/store"
)

// trashed is a card that is to go to the Trash.
type trashed struct {
	module int64
	what   string
}

// isRefusal says that MiniCRM understood the call and does not do such things.
func isRefusal(err error) bool {
	e, ok := errors.AsType[*minicrm.Error](err)
	return ok && slices.Contains([]minicrm.Kind{minicrm.NotFound, minicrm.BadRequest, minicrm.MethodNotAllowed, minicrm.NotAllowed}, e.Kind)
}

// settleDown waits a little for a document that is on its way: what it makes after the
// sweep would stay.
func (p *prober) settleDown(ctx context.Context) {
	if p.shown == p.count || p.watch == "" {
		return
	}
	if _, err := p.await(ctx, min(leastPatience, 5*firstLook+2*p.slowest)); err != nil {
		p.tell("%v", err) // the sweep is tried all the same
	}
}

// sweep puts all test cards to the Trash: those that bear the mark, and those of these
// probes that are found by their external ids.
func (p *prober) sweep(ctx context.Context, stamps []string) error {
	p.left = nil
	if err := p.collect(ctx, stamps); err != nil {
		return fmt.Errorf("looking for the test cards: %w", err)
	}
	orders, kept := 0, 0
	ids := slices.SortedFunc(maps.Keys(p.trash), func(a, b int64) int { // the orders before their customers
		return cmp.Or(cmp.Compare(p.trash[a].module, p.trash[b].module), cmp.Compare(a, b))
	})
	for _, id := range ids {
		card := p.trash[id]
		err := p.try(ctx, func() error { return p.crm.TrashProject(ctx, id) })
		if card.module == p.conn.OrdersCategory {
			orders++
		}
		if err == nil {
			continue
		}
		if !isRefusal(err) {
			return fmt.Errorf("putting test cards to the Trash: %w", err)
		}
		if card.module == p.conn.OrdersCategory {
			kept++
		}
		p.left = append(p.left, fmt.Sprintf("%s, card %d: %s (%v)", card.what, id, p.link(card.module, id), err))
	}
	if orders > 0 {
		p.either(findTrash, kept == 0, "all", "customers", "Of %d cards of orders, MiniCRM let %d be put to the Trash.", orders, orders-kept)
	}
	clear(p.trash)
	p.hideStock(ctx)
	return nil
}

// link is the address of a card for people. Source: MiniCRM Integrations Manual, the
// InternalUrl of webhooks.
func (p *prober) link(module, card int64) string {
	return fmt.Sprintf("%s/%s/#Project-%d/%d", strings.TrimRight(p.conn.MiniCRM.BaseURL, "/"), p.conn.MiniCRM.SystemID, module, card)
}

// collect finds what is to go to the Trash. A card that does not bear the mark stays
// where it is, whatever led to it.
func (p *prober) collect(ctx context.Context, stamps []string) error {
	modules := []trashed{{p.conn.OrdersCategory, "card of a test order"}, {p.conn.WebshopCategory, "card of a test customer"}}
	if other := p.otherModule(); other != 0 {
		modules = append(modules, trashed{other, "card in another module"})
	}
	for _, m := range modules {
		if p.yields {
			break // the mark is on the other's cards as well
		}
		rows, err := p.projects(ctx, minicrm.ProjectFilter{CategoryID: m.module, Query: probeMark})
		if err != nil && !isRefusal(err) {
			return err
		}
		for _, row := range rows {
			if strings.Contains(row.Name, probeName) && !row.Deleted {
				p.trash[row.ID] = m
			}
		}
	}
	for _, o := range p.orders {
		if o.card != 0 {
			p.trash[o.card] = modules[0]
		}
	}
	for _, stamp := range stamps {
		if err := p.collectOf(ctx, stamp, modules); err != nil {
			return err
		}
	}
	return nil
}

// collectOf finds the customers' cards of one probe by their external ids, and the
// orders' cards by the persons of those.
func (p *prober) collectOf(ctx context.Context, stamp string, modules []trashed) error {
	ids, err := p.externals(ctx, stamp)
	if err != nil {
		return err
	}
	for _, name := range testCards {
		var card minicrm.Card
		var found bool
		err := p.try(ctx, func() (err error) {
			card, found, err = p.crm.ProjectByReferenceIn(ctx, p.conn.WebshopCategory, ids[name])
			return err
		})
		if err != nil && !isRefusal(err) {
			return err
		}
		if !found || !strings.Contains(card.Name, probeName) {
			continue
		}
		if !card.Deleted {
			p.trash[card.ID] = modules[1]
		}
		if card.ContactID == 0 || !slices.Contains(testOrders, name) {
			continue
		}
		rows, err := p.projects(ctx, minicrm.ProjectFilter{CategoryID: p.conn.OrdersCategory, ContactID: card.ContactID})
		if err != nil && !isRefusal(err) {
			return err
		}
		for _, row := range rows {
			if strings.Contains(row.Name, probeName) && !row.Deleted {
				p.trash[row.ID] = modules[0]
			}
		}
	}
	return nil
}

// hideStock hides the test items of the stock. MiniCRM has no way to delete them; what
// fails here does no harm.
func (p *prober) hideStock(ctx context.Context) {
	if f, asked := p.found[findSKU]; !asked || f.Sure == store.Unknown {
		return
	}
	gone := true
	for _, sku := range []string{firstSKU, secondSKU} {
		err := p.try(ctx, func() error {
			_, err := p.crm.PutStockItem(ctx, minicrm.StockItem{SKU: sku, Deleted: &gone})
			return err
		})
		if err != nil {
			p.left = append(p.left, "item of the stock with the SKU "+sku)
		}
	}
}
