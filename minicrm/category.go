package minicrm

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
)

// Category is a module of the system ("product" in its pages). Source: MiniCRM's help, "REST API", Category.
type Category struct {
	ID   int64
	Name string
	Type string // Generic, HelpDesk, Invoice, ...: those of Orders and Webshop are not published; "" if not told

	InnerID                 int64 // the Id inside, which is another number than ID in MiniCRM's own example and of no use
	OrderID                 int64 // the place in the menu
	SenderName, SenderEmail string
	Phone                   string
}

var (
	ordersType  = regexp.MustCompile(`(?i)order`)
	webshopType = regexp.MustCompile(`(?i)webshop`)
)

// IsOrders says whether the Type looks like that of the Orders module. It is good for a proposal, no more: which Type
// that module has is not published.
func (c Category) IsOrders() bool { return ordersType.MatchString(c.Type) }

// IsWebshop says the same of the Webshop module.
func (c Category) IsWebshop() bool { return webshopType.MatchString(c.Type) }

const categoryEndpoint = "R3/Category"

// Categories returns the active modules in the order of the account's menu. It is the cheapest call that proves key
// and subscription. The outer keys of the answer are the ids: the Id inside is another number in MiniCRM's own example.
func (c *Client) Categories(ctx context.Context) ([]Category, error) {
	return read(ctx, c, categoryEndpoint, categoryEndpoint, url.Values{"Detailed": {"1"}}, categories)
}

// CategoryNames returns the active modules with no more than id and name, by id.
func (c *Client) CategoryNames(ctx context.Context) ([]Category, error) {
	return read(ctx, c, categoryEndpoint, categoryEndpoint, nil, categories)
}

// categories reads both forms of the answer: {"5": "Webshop"} and {"5": {"Name": "Webshop", "OrderId": 2, ...}}.
func categories(v value) ([]Category, error) {
	if !v.isRecord() {
		return nil, errNoObject
	}
	all := make([]Category, 0, len(v.members))
	for _, m := range v.members {
		id, err := strconv.ParseInt(m.key, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("the id %.40q of a module is not a number", m.key)
		}
		module, err := category(id, m.value)
		if err != nil {
			return nil, fmt.Errorf("reading module %d: %w", id, err)
		}
		all = append(all, module)
	}
	slices.SortStableFunc(all, func(a, b Category) int {
		return cmp.Or(cmp.Compare(a.OrderID, b.OrderID), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

func category(id int64, v value) (Category, error) {
	if v.shape != object {
		return Category{ID: id, Name: v.string()}, nil
	}
	n := numbers{of: v}
	inner, _ := v.field("Id").number() // nothing depends on it
	module := Category{
		ID:          id,
		Name:        v.field("Name").string(),
		Type:        v.field("Type").string(),
		InnerID:     inner,
		OrderID:     n.field("OrderId"),
		SenderName:  v.field("SenderName").string(),
		SenderEmail: v.field("SenderEmail").string(),
		Phone:       v.field("Phone").string(),
	}
	return module, n.err
}
