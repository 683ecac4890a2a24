package minicrm

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// Category is a module of the system ("product" in its pages).
type Category struct {
	ID   int64
	Name string
	Type string // Generic, HelpDesk, Invoice, ...: those of Orders and Webshop are not published; "" if not told
}

// Categories returns the active modules in the order of the account's menu. It is the cheapest call that proves key
// and subscription. The outer keys of the answer are the ids: the Id inside is another number in MiniCRM's own example.
func (c *Client) Categories(ctx context.Context) ([]Category, error) {
	const endpoint = "R3/Category"
	v, err := c.get(ctx, endpoint, endpoint, url.Values{"Detailed": {"1"}})
	if err != nil {
		return nil, err
	}
	categories, err := categories(v)
	if err != nil {
		return nil, malformed(Call{endpoint}, http.StatusOK, err)
	}
	return categories, nil
}

// categories reads both forms of the answer: {"5": "Webshop"} and {"5": {"Name": "Webshop", "OrderId": 2, ...}}.
func categories(v value) ([]Category, error) {
	if !v.isRecord() {
		return nil, errNoObject
	}
	type placed struct {
		Category
		place int64
	}
	var all []placed
	for _, m := range v.members {
		id, err := strconv.ParseInt(m.key, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("the id %.40q of a module is not a number", m.key)
		}
		p := placed{Category: Category{ID: id, Name: m.value.string()}}
		if m.value.shape == object {
			p.Name = m.value.field("Name").string()
			p.Type = m.value.field("Type").string()
			if p.place, err = m.value.field("OrderId").number(); err != nil {
				return nil, fmt.Errorf("reading the OrderId of module %d: %w", id, err)
			}
		}
		all = append(all, p)
	}
	slices.SortStableFunc(all, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.ID, b.ID))
	})
	list := make([]Category, len(all))
	for i, p := range all {
		list[i] = p.Category
	}
	return list, nil
}
