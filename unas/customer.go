package unas

import (
	"bytes"
	"context"
	"iter"
	"strings"
	"time"

	"punte/xmlstream"
)

// CustomerRecord is one Customer element of a getCustomer answer: a registered
// customer. Guests have none, only their orders. Every value is the text the shop
// printed, and an element that is missing reads like an empty one.
type CustomerRecord struct {
	ID           string
	Email        string
	EmailWarning string // 1 if the address doesn't exist or couldn't be checked
	Username     string // only if the shop uses user names
	ContactName  string
	Phone        string
	Mobile       string
	Lang         string // hu, ro, ...

	Invoice  Address // without the fields of delivery points
	Shipping Address
	Other    []OtherAddress // any number, depending on a setting of the shop

	Params        []Param // answers to the questions of the registration
	Registration  string  // "2006.01.02 15:04:05" in the shop's zone
	Modification  string  // same form, resolution one second
	LastLogin     string  // same form
	Group         Group
	Authorized    Authorization
	Discount      Discount
	PointsBalance string // such as "50.0"
	Newsletter    Newsletter
	Comment       string // the customer doesn't see it
	Restrictions  []Restriction
	Cards         []Card
	AbandonedCart AbandonedCart
	Favourites    []string // SKUs
	Facebook      string   // FacebookConnect: yes, no
	IP            string
	Referer       string

	Damaged int // characters that got lost, as in Order

	// Raw is the Customer element as the shop wrote it, without characters that XML
	// forbids.
	Raw []byte
}

// OtherAddress is a further address of a customer.
type OtherAddress struct {
	ID string
	Address
}

// Authorization says who has let a customer in: yes or no.
type Authorization struct{ Customer, Admin string }

// Discount is what a customer is granted, in percent from 0 to 100.
type Discount struct{ Total, Direct string }

// Newsletter says whether a customer subscribed, and confirmed it: yes or no. Only
// both together are a consent.
type Newsletter struct{ Subscribed, Authorized string }

// Restriction is a method that a customer may not use.
type Restriction struct {
	Type     string // shipping_method, payment_method
	ID, Name string
}

// Card is a stored bank card.
type Card struct{ PaymentModName, Type string }

// AbandonedCart is the stored cart of a customer. Present tells an empty cart from no
// element at all: a key or a shop may not show carts, which doesn't mean that this
// one is empty.
type AbandonedCart struct {
	Present bool
	Items   []CartItem
}

// CartItem is one line of a stored cart. It has no price.
type CartItem struct {
	SKU, Quantity      string
	Variants           []Variant // without ids
	PlusService        string    // its id
	Params             []Param
	PackageOfferID     string
	SubscriptionPeriod string
	Order              string // position
}

// CustomerQuery filters a getCustomer call; zero fields don't filter. All filters must
// hold together; times are to the second. There is no order to ask for, and no
// documented maximum of Limit.
type CustomerQuery struct {
	ID, Email, Username string

	RegisteredFrom, RegisteredUntil time.Time
	ModifiedFrom, ModifiedUntil     time.Time
	LoginFrom, LoginUntil           time.Time // of the last login

	Limit int
	Start int // rows to skip, counts only together with Limit
}

// request builds the call. A call by one ID counts as a single one.
func (q CustomerQuery) request() request {
	r := request{Call: Call{Endpoint: "getCustomer"}, timeout: listTime}
	if q.ID != "" && !strings.Contains(q.ID, ",") {
		r.Single, r.timeout = true, singleTime
	}
	r.params.add("Id", q.ID)
	r.params.add("Email", q.Email)
	r.params.add("Username", q.Username)
	r.params.addTime("RegTimeStart", q.RegisteredFrom)
	r.params.addTime("RegTimeEnd", q.RegisteredUntil)
	r.params.addTime("ModTimeStart", q.ModifiedFrom) // the other way round than in getOrder
	r.params.addTime("ModTimeEnd", q.ModifiedUntil)
	r.params.addTime("LoginTimeStart", q.LoginFrom)
	r.params.addTime("LoginTimeEnd", q.LoginUntil)
	r.params.addPage(q.Limit, q.Start)
	return r
}

// Customers makes one getCustomer call and yields the customers as they arrive, like
// Orders. Source: UNAS API documentation, getCustomer.
func (c *Client) Customers(ctx context.Context, q CustomerQuery) iter.Seq2[CustomerRecord, error] {
	return stream(ctx, c, q.request(), "Customers", "Customer", decodeCustomerRecord)
}

// CustomerByID asks for one customer; false means that the shop has none with that
// id. It is a single call.
func (c *Client) CustomerByID(ctx context.Context, id string) (CustomerRecord, bool, error) {
	if id == "" {
		return CustomerRecord{}, false, nil
	}
	all, err := gather(c.Customers(ctx, CustomerQuery{ID: id}))
	if err != nil {
		return CustomerRecord{}, false, err
	}
	for _, r := range all {
		if r.ID == id {
			return r, true, nil
		}
	}
	return CustomerRecord{}, false, nil
}

// decodeCustomerRecord reads the Customer element just entered.
func decodeCustomerRecord(s *xmlstream.Scanner, c *CustomerRecord) error {
	if err := s.Capture(); err != nil {
		return err
	}
	if err := s.Children(func(name string) error { return c.part(s, name) }); err != nil {
		return err
	}
	c.Damaged = damaged(s)
	c.Raw = bytes.Clone(s.Captured())
	return nil
}

func (c *CustomerRecord) part(s *xmlstream.Scanner, name string) error {
	switch name {
	case "Contact":
		return texts(s, place{"Name", &c.ContactName}, place{"Phone", &c.Phone}, place{"Mobile", &c.Mobile}, place{"Lang", &c.Lang})
	case "Addresses":
		return c.addresses(s)
	case "Params":
		return list(s, "Param", &c.Params, decodeParam)
	case "Dates":
		return texts(s, place{"Registration", &c.Registration}, place{"Modification", &c.Modification}, place{"Login", &c.LastLogin})
	case "Group":
		return decodeGroup(s, &c.Group)
	case "Authorize":
		return texts(s, place{"Customer", &c.Authorized.Customer}, place{"Admin", &c.Authorized.Admin})
	case "Discount":
		return texts(s, place{"Total", &c.Discount.Total}, place{"Direct", &c.Discount.Direct})
	case "PointsAccount":
		return texts(s, place{"Balance", &c.PointsBalance})
	case "Newsletter":
		return texts(s, place{"Subscribed", &c.Newsletter.Subscribed}, place{"Authorized", &c.Newsletter.Authorized})
	case "Restrictions":
		return list(s, "Restriction", &c.Restrictions, decodeRestriction)
	case "Cards":
		return list(s, "Card", &c.Cards, decodeCard)
	case "AbandonedCart":
		c.AbandonedCart.Present = true
		return under(s, "Items", "Item", &c.AbandonedCart.Items, decodeCartItem)
	case "Favourites":
		return under(s, "Items", "Item", &c.Favourites, decodeFavourite)
	case "Others":
		return texts(s, place{"FacebookConnect", &c.Facebook}, place{"Ip", &c.IP}, place{"Referer", &c.Referer})
	}
	return textOf(s, name, place{"Id", &c.ID}, place{"Email", &c.Email}, place{"EmailWarning", &c.EmailWarning},
		place{"Username", &c.Username}, place{"Comment", &c.Comment})
}

func (c *CustomerRecord) addresses(s *xmlstream.Scanner) error {
	return s.Children(func(name string) error {
		switch name {
		case "Invoice":
			return s.Children(fields(s, c.Invoice.field))
		case "Shipping":
			return s.Children(fields(s, c.Shipping.field))
		case "Other":
			var other OtherAddress
			err := s.Children(func(name string) error {
				if name == "Id" {
					return s.Text(&other.ID)
				}
				return fields(s, other.field)(name)
			})
			c.Other = append(c.Other, other)
			return err
		}
		return nil
	})
}

func decodeRestriction(s *xmlstream.Scanner, r *Restriction) error {
	return texts(s, place{"Type", &r.Type}, place{"Id", &r.ID}, place{"Name", &r.Name})
}

func decodeCard(s *xmlstream.Scanner, c *Card) error {
	return texts(s, place{"PaymentModName", &c.PaymentModName}, place{"Type", &c.Type})
}

func decodeFavourite(s *xmlstream.Scanner, sku *string) error { return texts(s, place{"Sku", sku}) }

func decodeCartItem(s *xmlstream.Scanner, i *CartItem) error {
	return s.Children(func(name string) error {
		switch name {
		case "Variants":
			return list(s, "Variant", &i.Variants, decodeVariant)
		case "PlusService":
			return texts(s, place{"Id", &i.PlusService})
		case "Params":
			return list(s, "Param", &i.Params, decodeParam)
		}
		return textOf(s, name, place{"Sku", &i.SKU}, place{"Quantity", &i.Quantity}, place{"PackageOfferId", &i.PackageOfferID},
			place{"SubscriptionPeriod", &i.SubscriptionPeriod}, place{"Order", &i.Order})
	})
}
