package unas

import (
	"context"

	"punte/xmlstream"
)

// The types of methods.
const (
	PaymentMethod  = "payment"
	ShippingMethod = "shipping"
)

// Method is a way to pay or to ship.
type Method struct {
	ID         string
	ProviderID string // of a carrier or bank, such as mpl_hu
	Name       string
	Active     string // yes, no
	Type       string // PaymentMethod, ShippingMethod
	SubType    string // of a payment: transfer, cash, cod, check, credit, bankcard, ...
	Text       string
	AlterText  string
	Order      string // position in the shop's list

	OrderStatus string // what an order gets that uses it
	OrderType   string
	ForeignKey  string

	DisplayOnContactPage      string // yes, yes_force, no
	Tax                       string
	PaymentHandlingOnNewOrder string
	DeliveryPointGroup        string
	DeliveryPointGroupName    string
	Weight                    string

	MaxWeight      string   // kg, of an order that may use it
	CustomerTypes  []string // that it is limited to: private, company, ...
	CustomerGroups []Group  // that it is limited to; their ForeignID is not printed

	FeeType string // of a shipping: amount, weight, product_count, fix_amount, fix_text
	Fees    []Fee

	AdditionalCosts        AdditionalCosts
	Creation, Modification string // "2006.01.02 15:04:05" in the shop's zone
	CustomData             string
}

// Fee is a step of a shipping fee. An UpperLimit of "-" is none.
type Fee struct{ LowerLimit, UpperLimit, Amount, Text string }

// AdditionalCosts is what a method adds to an order.
type AdditionalCosts struct{ Amount, Percent, Min, Max string }

// Methods returns the shop's methods of one type, of both if kind is empty. It is one
// list call. Source: UNAS API documentation, getMethod.
func (c *Client) Methods(ctx context.Context, kind string) ([]Method, error) {
	r := request{Call: Call{Endpoint: "getMethod"}, timeout: listTime}
	r.params.add("Type", kind)
	return gather(stream(ctx, c, r, "Methods", "Method", decodeMethod))
}

func decodeMethod(s *xmlstream.Scanner, m *Method) error {
	return s.Children(func(name string) error {
		switch name {
		case "Limitations":
			return decodeLimitations(s, m)
		case "ShippingFee":
			return decodeShippingFee(s, m)
		case "AdditionalCosts":
			a := &m.AdditionalCosts
			return texts(s, place{"Amount", &a.Amount}, place{"Percent", &a.Percent}, place{"Min", &a.Min}, place{"Max", &a.Max})
		}
		return textOf(s, name, place{"Id", &m.ID}, place{"ProviderId", &m.ProviderID}, place{"Name", &m.Name},
			place{"Active", &m.Active}, place{"Type", &m.Type}, place{"SubType", &m.SubType}, place{"Text", &m.Text},
			place{"AlterText", &m.AlterText}, place{"Order", &m.Order}, place{"OrderStatus", &m.OrderStatus},
			place{"OrderType", &m.OrderType}, place{"ForeignKey", &m.ForeignKey},
			place{"DisplayOnContactPage", &m.DisplayOnContactPage}, place{"Tax", &m.Tax},
			place{"PaymentHandlingOnNewOrder", &m.PaymentHandlingOnNewOrder},
			place{"DeliveryPointGroup", &m.DeliveryPointGroup}, place{"DeliveryPointGroupName", &m.DeliveryPointGroupName},
			place{"Weight", &m.Weight}, place{"Creation", &m.Creation}, place{"Modification", &m.Modification},
			place{"CustomData", &m.CustomData})
	})
}

func decodeLimitations(s *xmlstream.Scanner, m *Method) error {
	return s.Children(func(name string) error {
		switch name {
		case "CustomerGroups":
			return list(s, "CustomerGroup", &m.CustomerGroups, decodeGroup)
		case "CustomerTypes":
			return list(s, "CustomerType", &m.CustomerTypes, decodeText)
		}
		return textOf(s, name, place{"MaxWeight", &m.MaxWeight})
	})
}

func decodeShippingFee(s *xmlstream.Scanner, m *Method) error {
	return s.Children(func(name string) error {
		if name != "Fee" {
			return textOf(s, name, place{"Type", &m.FeeType})
		}
		var f Fee
		err := texts(s, place{"LowerLimit", &f.LowerLimit}, place{"UpperLimit", &f.UpperLimit},
			place{"Amount", &f.Amount}, place{"Text", &f.Text})
		m.Fees = append(m.Fees, f)
		return err
	})
}

func decodeGroup(s *xmlstream.Scanner, g *Group) error { return s.Children(fields(s, g.field)) }
