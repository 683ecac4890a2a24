package unas

import "punte/xmlstream"

// WebshopInfo is what the shop tells about itself at a login.
type WebshopInfo struct {
	Name, URL     string
	ContactName   string
	ContactEmail  string
	ContactPhone  string
	ContactMobile string
	Trader        Trader
	PlusData      []Param // without ids
}

// Trader is the firm behind a shop.
type Trader struct {
	Name, Country, ZIP, County, City string
	Address                          string // the seat
	PickupAddress                    string // printed as a second Address if it is another one
	Phone, Fax, VAT, EUVAT, Email    string
	RegistrationNumber               string
	RegistrationCourt                string
	RegistrationNumberSE             string
	License                          string
	RegistrationDate                 string
	BankAccount, IBAN, Website       string
}

func decodeWebshopInfo(s *xmlstream.Scanner, info *WebshopInfo) error {
	return s.Children(func(name string) error {
		switch name {
		case "WebshopName":
			return s.Text(&info.Name)
		case "WebshopURL":
			return s.Text(&info.URL)
		case "Contact":
			return s.Children(fields(s, info.contactField))
		case "Trader":
			return s.Children(fields(s, info.Trader.field))
		case "PlusData":
			return list(s, "Data", &info.PlusData, decodeParam)
		}
		return nil
	})
}

func (info *WebshopInfo) contactField(name string) *string {
	switch name {
	case "Name":
		return &info.ContactName
	case "Email":
		return &info.ContactEmail
	case "Phone":
		return &info.ContactPhone
	case "Mobile":
		return &info.ContactMobile
	}
	return nil
}

func (t *Trader) field(name string) *string {
	switch name {
	case "Name":
		return &t.Name
	case "Country":
		return &t.Country
	case "ZIP":
		return &t.ZIP
	case "County":
		return &t.County
	case "City":
		return &t.City
	case "Address":
		if t.Address != "" {
			return &t.PickupAddress
		}
		return &t.Address
	case "Phone":
		return &t.Phone
	case "Fax":
		return &t.Fax
	case "VAT":
		return &t.VAT
	case "EUVAT":
		return &t.EUVAT
	case "Email":
		return &t.Email
	case "RegistrationNumber":
		return &t.RegistrationNumber
	case "RegistrationCourt":
		return &t.RegistrationCourt
	case "RegistrationNumberSE":
		return &t.RegistrationNumberSE
	case "License":
		return &t.License
	case "RegistrationDate":
		return &t.RegistrationDate
	case "BankAccount":
		return &t.BankAccount
	case "IBAN":
		return &t.IBAN
	case "Website":
		return &t.Website
	}
	return nil
}
