package unas

import (
	"context"

	"punte/xmlstream"
)

// CustomerGroup is one entry of getCustomerGroup. Flags are yes or no.
type CustomerGroup struct {
	ID, Name            string
	VisibleForCustomers string
	ForeignKey          string // called ForeignID inside orders and customers

	DiscountAmount             string
	DiscountProduct            string
	DiscountBasedOnActualOrder string
	DiscountBasedOnAllOrders   string
	DiscountByQuantity         string
	DiscountFromSalePrice      string
	DisableSalePrices          string
	MinOrderValue              string
	WithoutVAT                 string // of the element Value
	WithoutVATReason           string // other, EU, outside EU

	ShowStock                        string
	DisplayBasePriceWithFurtherPrice string
	EmailReadOnly                    string
	UsernameReadOnly                 string
	ShippingAddressReadOnly          string
	BillingAddressReadOnly           string
	UseVirtualMoney                  string
	UseCoupon                        string
	DefaultShippingCost              string
	DefaultCurrency                  string
}

// CustomerGroups returns the shop's customer groups. It is one list call.
// Source: UNAS API documentation, getCustomerGroup.
func (c *Client) CustomerGroups(ctx context.Context) ([]CustomerGroup, error) {
	r := request{Call: Call{Endpoint: "getCustomerGroup"}, timeout: listTime}
	return gather(stream(ctx, c, r, "CustomerGroups", "CustomerGroup", decodeCustomerGroup))
}

func decodeCustomerGroup(s *xmlstream.Scanner, g *CustomerGroup) error {
	return s.Children(func(name string) error {
		if name == "WithoutVAT" {
			return texts(s, place{"Value", &g.WithoutVAT}, place{"Reason", &g.WithoutVATReason})
		}
		return textOf(s, name, place{"Id", &g.ID}, place{"Name", &g.Name}, place{"VisibleForCustomers", &g.VisibleForCustomers},
			place{"ForeignKey", &g.ForeignKey}, place{"DiscountAmount", &g.DiscountAmount},
			place{"DiscountProduct", &g.DiscountProduct}, place{"MinOrderValue", &g.MinOrderValue},
			place{"DiscountBasedOnActualOrder", &g.DiscountBasedOnActualOrder},
			place{"DiscountBasedOnAllOrders", &g.DiscountBasedOnAllOrders},
			place{"DiscountByQuantity", &g.DiscountByQuantity}, place{"DiscountFromSalePrice", &g.DiscountFromSalePrice},
			place{"DisableSalePrices", &g.DisableSalePrices}, place{"ShowStock", &g.ShowStock},
			place{"DisplayBasePriceWithFurtherPrice", &g.DisplayBasePriceWithFurtherPrice},
			place{"EmailReadOnly", &g.EmailReadOnly}, place{"UsernameReadOnly", &g.UsernameReadOnly},
			place{"ShippingAddressReadOnly", &g.ShippingAddressReadOnly},
			place{"BillingAddressReadOnly", &g.BillingAddressReadOnly}, place{"UseVirtualMoney", &g.UseVirtualMoney},
			place{"UseCoupon", &g.UseCoupon}, place{"DefaultShippingCost", &g.DefaultShippingCost},
			place{"DefaultCurrency", &g.DefaultCurrency})
	})
}
