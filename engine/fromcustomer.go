package engine

import (
	"strings"
	"time"

	"punte"
	"punte/unas"
)

// customerFromUNAS reads the record of a registered customer. An error is a
// *punte.FieldError that names the part that is odd; the customer returned with it
// has an id if the record does.
func customerFromUNAS(w unas.CustomerRecord, zone *time.Location) (punte.Customer, error) {
	r := &reader{zone: zone}
	c := punte.Customer{
		ID: r.id("Id", w.ID), Damaged: w.Damaged,
		Buyer: punte.Buyer{
			Language: strings.ToLower(strings.TrimSpace(w.Lang)),
			Email:    strings.TrimSpace(w.Email), Username: w.Username, Name: strings.TrimSpace(w.ContactName),
			Phone: strings.TrimSpace(w.Phone), Mobile: strings.TrimSpace(w.Mobile),
			Invoice: address(w.Invoice), Delivery: address(w.Shipping), Group: w.Group.Name, Params: params(w.Params),
		},
		Comment: w.Comment, Discount: strings.TrimSpace(w.Discount.Total), Points: strings.TrimSpace(w.PointsBalance),
		LastLogin: strings.TrimSpace(w.LastLogin),
	}
	c.Buyer.CustomerID, c.Buyer.Country = c.ID, c.Buyer.Destination().Country
	c.Registered = r.timeIfAny("Dates/Registration", w.Registration)
	c.Modified = r.timeIfAny("Dates/Modification", w.Modification)
	c.Disabled = !r.yes("Authorize/Admin", w.Authorized.Admin, true)
	subscribed := r.yes("Newsletter/Subscribed", w.Newsletter.Subscribed, false)
	c.Consent = r.yes("Newsletter/Authorized", w.Newsletter.Authorized, false) && subscribed
	c.BasketTold = w.AbandonedCart.Present
	for _, item := range w.AbandonedCart.Items {
		c.Basket = append(c.Basket, punte.BasketLine{SKU: strings.TrimSpace(item.SKU), Quantity: strings.TrimSpace(item.Quantity)})
	}
	return c, r.error()
}

// timeIfAny reads a time; an empty one is the zero time.
func (r *reader) timeIfAny(field, text string) time.Time {
	if strings.TrimSpace(text) == "" {
		return time.Time{}
	}
	return r.time(field, text)
}

// yes reads yes or no; an empty text means what is usual.
func (r *reader) yes(field, text string, usual bool) bool {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "":
		return usual
	case "yes":
		return true
	case "no":
		return false
	}
	r.fail(field, text, "the shop writes yes or no here")
	return false
}
