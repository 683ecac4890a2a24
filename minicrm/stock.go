package minicrm

import (
	"context"
	"errors"
)

// StockItem is what to write of an item of the stock. What is empty is left out; a missing VAT is the country's highest
// rate. Source: MiniCRM Integrations Manual, "Product endpoint".
type StockItem struct {
	Name         string // required of a new item
	SKU          string // an item that has it is changed instead of made
	PriceNet     string
	CurrencyCode string
	UnitName     string
	VAT          string // "27%"
	FolderName   string // an unknown one means the first folder
	Deleted      *bool
}

var errNoSKU = errors.New("writing an item of MiniCRM's stock: it needs an SKU")

// PutStockItem changes the stock's item of that SKU, or makes it, and returns its id. MiniCRM has no call that shows the
// stock.
func (c *Client) PutStockItem(ctx context.Context, in StockItem) (int64, error) {
	if in.SKU == "" {
		return 0, errNoSKU
	}
	b := new(body)
	b.text("Name", in.Name)
	b.text("SKU", in.SKU)
	b.text("PriceNet", in.PriceNet)
	b.text("CurrencyCode", in.CurrencyCode)
	b.text("UnitName", in.UnitName)
	b.text("VAT", in.VAT)
	b.text("FolderName", in.FolderName)
	b.flag("Deleted", in.Deleted)
	return c.put(ctx, "R3/Product", 0, b)
}
