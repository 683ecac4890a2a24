package unas

import (
	"context"
	"io"

	"punte/xmlstream"
)

// OrderStatuses returns the order statuses of the shop in the order of its answer.
// It is one list call.
func (c *Client) OrderStatuses(ctx context.Context) ([]Status, error) {
	r := request{Call: Call{Endpoint: "getOrderStatus"}, timeout: listTime}
	var all []Status
	err := c.call(ctx, r, func(body io.Reader) error {
		all = nil
		return decode(body, "OrderStatuses", func(s *xmlstream.Scanner) error {
			return list(s, "OrderStatus", &all, decodeStatus)
		})
	})
	if isKind(err, EndOfRange) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return all, nil
}

func decodeStatus(s *xmlstream.Scanner, v *Status) error {
	return s.Children(fields(s, func(name string) *string {
		switch name {
		case "Id":
			return &v.ID
		case "Name":
			return &v.Name
		case "Type":
			return &v.Type
		case "OrderType":
			return &v.OrderType
		case "Order":
			return &v.Order
		case "Text":
			return &v.Text
		case "InvoiceStatus":
			return &v.InvoiceStatus
		case "Color":
			return &v.Color
		case "StockColor":
			return &v.StockColor
		}
		return nil
	}))
}
