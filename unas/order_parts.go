package unas

import "punte/xmlstream"

// decodeCustomer reads the Customer of an order. Its Comment stands in the
// service's example but not in its list of fields.
func decodeCustomer(s *xmlstream.Scanner, c *Customer) error {
	return s.Children(func(name string) error {
		switch name {
		case "Contact":
			return s.Children(fields(s, c.contactField))
		case "Addresses":
			return decodeAddresses(s, c)
		case "Group":
			return s.Children(fields(s, c.Group.field))
		case "Params":
			return list(s, "Param", &c.Params, decodeParam)
		}
		return fields(s, c.field)(name)
	})
}

func (c *Customer) field(name string) *string {
	switch name {
	case "Id":
		return &c.ID
	case "Email":
		return &c.Email
	case "EmailWarning":
		return &c.EmailWarning
	case "Username":
		return &c.Username
	case "Comment":
		return &c.Comment
	}
	return nil
}

func (c *Customer) contactField(name string) *string {
	switch name {
	case "Name":
		return &c.ContactName
	case "Phone":
		return &c.Phone
	case "Mobile":
		return &c.Mobile
	case "Lang":
		return &c.Lang
	}
	return nil
}

func (g *Group) field(name string) *string {
	switch name {
	case "Id":
		return &g.ID
	case "Name":
		return &g.Name
	case "ForeignID":
		return &g.ForeignID
	}
	return nil
}

func decodeAddresses(s *xmlstream.Scanner, c *Customer) error {
	return s.Children(func(name string) error {
		switch name {
		case "Invoice":
			return s.Children(fields(s, c.Invoice.field))
		case "Shipping":
			return s.Children(fields(s, c.Shipping.field))
		}
		return nil
	})
}

func (a *Address) field(name string) *string {
	switch name {
	case "Name":
		return &a.Name
	case "ZIP":
		return &a.ZIP
	case "City":
		return &a.City
	case "Street":
		return &a.Street
	case "StreetName":
		return &a.StreetName
	case "StreetType":
		return &a.StreetType
	case "StreetNumber":
		return &a.StreetNumber
	case "County":
		return &a.County
	case "Country":
		return &a.Country
	case "CountryCode":
		return &a.CountryCode
	case "TaxNumber":
		return &a.TaxNumber
	case "EUTaxNumber":
		return &a.EUTaxNumber
	case "CustomerType":
		return &a.CustomerType
	case "DeliveryPointID":
		return &a.DeliveryPointID
	case "DeliveryPointGroup":
		return &a.DeliveryPointGroup
	case "DeliveryPointSubGroup":
		return &a.DeliveryPointSubGroup
	case "AltDeliveryPointID":
		return &a.AltDeliveryPointID
	case "RecipientName":
		return &a.RecipientName
	}
	return nil
}

func decodeItem(s *xmlstream.Scanner, i *Item) error {
	return s.Children(func(name string) error {
		switch name {
		case "Variants":
			return list(s, "Variant", &i.Variants, decodeVariant)
		case "ProductParams":
			return list(s, "ProductParam", &i.ProductParams, decodeProductParam)
		case "Data":
			return texts(s, place{"Subscription", &i.Subscription})
		case "PlusStatuses":
			return list(s, "Status", &i.PlusStatuses, decodePlusStatus)
		case "Control":
			return texts(s, place{"Quantity", &i.Control.Quantity}, place{"User", &i.Control.User})
		case "StockConsumptions":
			return list(s, "StockConsumption", &i.StockConsumptions, decodeStockConsumption)
		}
		return fields(s, i.field)(name)
	})
}

func (i *Item) field(name string) *string {
	switch name {
	case "Id":
		return &i.ID
	case "Sku":
		return &i.SKU
	case "Name":
		return &i.Name
	case "Unit":
		return &i.Unit
	case "Quantity":
		return &i.Quantity
	case "PriceNet":
		return &i.PriceNet
	case "PriceGross":
		return &i.PriceGross
	case "Vat":
		return &i.Vat
	case "Percent":
		return &i.Percent
	case "Status":
		return &i.Status
	}
	return nil
}

func decodePlusStatus(s *xmlstream.Scanner, p *PlusStatus) error {
	return texts(s, place{"Id", &p.ID}, place{"Name", &p.Name}, place{"Value", &p.Value}, place{"Public", &p.Public})
}

func decodeStockConsumption(s *xmlstream.Scanner, c *StockConsumption) error {
	return texts(s, place{"Id", &c.ID}, place{"Name", &c.Name}, place{"Quantity", &c.Quantity})
}

func decodeVariant(s *xmlstream.Scanner, v *Variant) error {
	return s.Children(fields(s, func(name string) *string {
		switch name {
		case "Id":
			return &v.ID
		case "Name":
			return &v.Name
		case "Value":
			return &v.Value
		}
		return nil
	}))
}

func decodeProductParam(s *xmlstream.Scanner, p *ProductParam) error {
	return s.Children(fields(s, func(name string) *string {
		switch name {
		case "Id":
			return &p.ID
		case "Name":
			return &p.Name
		case "Value":
			return &p.Value
		case "Url":
			return &p.URL
		}
		return nil
	}))
}
