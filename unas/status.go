package unas

import (
	"context"

	"punte/xmlstream"
)

// Status is one entry of getOrderStatus.
type Status struct {
	ID, Name               string
	Type                   string // open_normal, open_prepare, close_ok, close_fault
	OrderType              string // name of an order type
	Order                  string // position in the shop's list
	Text                   string
	AlertEmail, AlertSMS   string // yes, no
	InvoiceStatus          string // default, not_billable, billable, billed: what entering it makes of the invoice
	Color, StockColor      string // not_specified or 1 to 19
	Creation, Modification string // "2006.01.02 15:04:05" in the shop's zone
}

// OrderStatuses returns the order statuses of the shop in the order of its answer.
// It is one list call.
func (c *Client) OrderStatuses(ctx context.Context) ([]Status, error) {
	r := request{Call: Call{Endpoint: "getOrderStatus"}, timeout: listTime}
	return gather(stream(ctx, c, r, "OrderStatuses", "OrderStatus", decodeStatus))
}

func decodeStatus(s *xmlstream.Scanner, v *Status) error {
	return s.Children(func(name string) error {
		if name == "Alert" {
			return texts(s, place{"Email", &v.AlertEmail}, place{"SMS", &v.AlertSMS})
		}
		return textOf(s, name, place{"Id", &v.ID}, place{"Name", &v.Name}, place{"Type", &v.Type},
			place{"OrderType", &v.OrderType}, place{"Order", &v.Order}, place{"Text", &v.Text},
			place{"InvoiceStatus", &v.InvoiceStatus}, place{"Color", &v.Color}, place{"StockColor", &v.StockColor},
			place{"Creation", &v.Creation}, place{"Modification", &v.Modification})
	})
}

// OrderType is one entry of getOrderType.
type OrderType struct {
	ID, Name               string
	Default                string // yes, no
	Order                  string // position in the shop's list
	Creation, Modification string // "2006.01.02 15:04:05" in the shop's zone
}

// OrderTypes returns the order types of the shop. It is one list call.
// Source: UNAS API documentation, getOrderType.
func (c *Client) OrderTypes(ctx context.Context) ([]OrderType, error) {
	r := request{Call: Call{Endpoint: "getOrderType"}, timeout: listTime}
	return gather(stream(ctx, c, r, "OrderTypes", "OrderType", decodeOrderType))
}

func decodeOrderType(s *xmlstream.Scanner, v *OrderType) error {
	return texts(s, place{"Id", &v.ID}, place{"Name", &v.Name}, place{"Default", &v.Default},
		place{"Order", &v.Order}, place{"Creation", &v.Creation}, place{"Modification", &v.Modification})
}
