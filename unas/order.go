package unas

import (
	"bytes"

	"punte/xmlstream"
)

// decodeOrder reads the Order element just entered. The names are those of the
// service's documentation of getOrder; what stands there otherwise is passed over.
func decodeOrder(s *xmlstream.Scanner, o *Order) error {
	if err := s.Capture(); err != nil {
		return err
	}
	err := s.Children(func(name string) error {
		if dst := o.field(name); dst != nil {
			return s.Text(dst)
		}
		return o.part(s, name)
	})
	if err != nil {
		return err
	}
	o.Raw = bytes.Clone(s.Captured())
	o.Damaged = damaged(s)
	return nil
}

// field returns the place of a child element that holds a text.
func (o *Order) field(name string) *string {
	switch name {
	case "Id":
		return &o.ID
	case "Key":
		return &o.Key
	case "InternalKey":
		return &o.InternalKey
	case "Date":
		return &o.Date
	case "DateMod":
		return &o.DateMod
	case "Lang":
		return &o.Lang
	case "Currency":
		return &o.Currency
	case "PriceRounding":
		return &o.PriceRounding
	case "ExchangeValue":
		return &o.ExchangeValue
	case "VatCountryCode":
		return &o.VatCountryCode
	case "Type":
		return &o.Type
	case "Status":
		return &o.Status
	case "StatusDetails":
		return &o.StatusDetails
	case "StatusDateMod":
		return &o.StatusDateMod
	case "StatusID":
		return &o.StatusID
	case "StatusType":
		return &o.StatusType
	case "Authenticated":
		return &o.Authenticated
	case "Referer":
		return &o.Referer
	case "Coupon":
		return &o.Coupon
	case "Weight":
		return &o.Weight
	case "SumPriceGross":
		return &o.SumPriceGross
	}
	return nil
}

// part reads a child element that holds elements.
func (o *Order) part(s *xmlstream.Scanner, name string) error {
	switch name {
	case "Customer":
		return decodeCustomer(s, &o.Customer)
	case "Items":
		return list(s, "Item", &o.Items, decodeItem)
	case "Payment":
		return decodePayment(s, &o.Payment)
	case "Shipping":
		return s.Children(fields(s, o.Shipping.field))
	case "Invoice":
		return s.Children(fields(s, o.Invoice.field))
	case "Storno":
		return s.Children(fields(s, o.stornoField))
	case "Params":
		return list(s, "Param", &o.Params, decodeParam)
	case "Affiliate":
		return s.Children(fields(s, o.affiliateField))
	case "UTM":
		return s.Children(fields(s, o.UTM.field))
	case "Info":
		return decodeInfo(s, &o.Info)
	case "Comments":
		return list(s, "Comment", &o.Comments, decodeComment)
	}
	return nil
}

func (o *Order) stornoField(name string) *string {
	switch name {
	case "Number":
		return &o.StornoNumber
	case "Url":
		return &o.StornoURL
	}
	return nil
}

func (o *Order) affiliateField(name string) *string {
	switch name {
	case "Id":
		return &o.AffiliateID
	case "Name":
		return &o.AffiliateName
	}
	return nil
}

func (s *Shipping) field(name string) *string {
	switch name {
	case "Id":
		return &s.ID
	case "Name":
		return &s.Name
	case "PackageNumber":
		return &s.PackageNumber
	case "TrackingUrl":
		return &s.TrackingURL
	case "ForeignID":
		return &s.ForeignID
	}
	return nil
}

func (i *Invoice) field(name string) *string {
	switch name {
	case "Status":
		return &i.Status
	case "StatusText":
		return &i.StatusText
	case "Number":
		return &i.Number
	case "Url":
		return &i.URL
	}
	return nil
}

func (u *UTM) field(name string) *string {
	switch name {
	case "Source":
		return &u.Source
	case "Medium":
		return &u.Medium
	case "Campaign":
		return &u.Campaign
	case "Content":
		return &u.Content
	}
	return nil
}

func decodePayment(s *xmlstream.Scanner, p *Payment) error {
	return s.Children(func(name string) error {
		if name == "Transactions" {
			return list(s, "Transaction", &p.Transactions, decodeTransaction)
		}
		return fields(s, p.field)(name)
	})
}

func (p *Payment) field(name string) *string {
	switch name {
	case "Id":
		return &p.ID
	case "Name":
		return &p.Name
	case "Type":
		return &p.Type
	case "Status":
		return &p.Status
	case "Paid":
		return &p.Paid
	case "Pending":
		return &p.Pending
	case "Unpaid":
		return &p.Unpaid
	case "ForeignID":
		return &p.ForeignID
	}
	return nil
}

func decodeTransaction(s *xmlstream.Scanner, t *Transaction) error {
	return s.Children(fields(s, func(name string) *string {
		switch name {
		case "Id":
			return &t.ID
		case "AuthCode":
			return &t.AuthCode
		case "Status":
			return &t.Status
		case "Date":
			return &t.Date
		case "Amount":
			return &t.Amount
		case "AmountRefund":
			return &t.AmountRefund
		}
		return nil
	}))
}

func decodeParam(s *xmlstream.Scanner, p *Param) error {
	return s.Children(fields(s, func(name string) *string {
		switch name {
		case "Id":
			return &p.ID
		case "Name":
			return &p.Name
		case "Value":
			return &p.Value
		}
		return nil
	}))
}

func decodeComment(s *xmlstream.Scanner, c *Comment) error {
	return s.Children(fields(s, func(name string) *string {
		switch name {
		case "Type":
			return &c.Type
		case "Text":
			return &c.Text
		}
		return nil
	}))
}

func decodeInfo(s *xmlstream.Scanner, info *Info) error {
	return s.Children(func(name string) error {
		switch name {
		case "MergedFrom":
			return list(s, "Key", &info.MergedFrom, decodeText)
		case "SeparatedTo":
			return list(s, "Key", &info.SeparatedTo, decodeText)
		case "SeparatedFrom":
			return decodeKey(s, &info.SeparatedFrom)
		case "CopiedFrom":
			return decodeKey(s, &info.CopiedFrom)
		case "ReturnedFrom":
			return decodeKey(s, &info.ReturnedFrom)
		case "ReturnedTo":
			return decodeKey(s, &info.ReturnedTo)
		}
		return nil
	})
}

// decodeKey reads the Key child of the element just entered.
func decodeKey(s *xmlstream.Scanner, key *string) error {
	return s.Children(fields(s, func(name string) *string {
		if name == "Key" {
			return key
		}
		return nil
	}))
}
