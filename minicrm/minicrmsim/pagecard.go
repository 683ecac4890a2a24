package minicrmsim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

type cardPage struct {
	pageHead
	Card                            cardView
	Own                             bool // it is the card of an order
	Deleted                         bool
	Created, Updated, StatusUpdated string
	Customer                        *cardLink // of an order's card
	Addresses                       []string
	Documents                       []documentView
	History                         []DocumentLog
}

type documentView struct {
	Order                       OrderState
	Performance, Payment, Buyer string
	Lines                       []lineView
}

type lineView struct {
	ItemState
	Unit, Gross string
}

// cardPage shows one card, an order's or a customer's, with all that belongs
// to it.
func (c *CRM) cardPage(w http.ResponseWriter, path string) {
	id, err := strconv.ParseInt(path, 10, 64)
	c.mu.Lock()
	k := c.cards[id]
	if err != nil || k == nil {
		c.mu.Unlock()
		c.refuse(w, http.StatusNotFound, "There is no such card.")
		return
	}
	view := c.cardDetails(k)
	c.mu.Unlock()
	c.show(w, "card", view)
}

func (c *CRM) cardDetails(k *card) cardPage {
	view := cardPage{
		pageHead: pageHead{Title: k.name}, Card: cardView{c.cardState(k), k.module.name}, Deleted: k.deleted,
		Created: k.created, Updated: k.updated, StatusUpdated: k.statusUpdated,
	}
	of, documents := k, k.orders
	if k.order != nil {
		view.Own = true
		documents = []*order{k.order}
		if of = k.order.customer; of != nil {
			view.Customer = &cardLink{of.id, of.name}
		}
	}
	for _, o := range slices.Backward(documents) {
		view.Documents = append(view.Documents, c.documentView(o))
	}
	for _, id := range []int64{k.business, k.contact} {
		if p := c.contacts[id]; p != nil {
			for _, a := range p.addresses {
				view.Addresses = append(view.Addresses, a.full())
			}
		}
	}
	slices.Sort(view.Addresses)
	view.Addresses = slices.Compact(view.Addresses)
	if of != nil && of.reference != 0 {
		view.History = c.history(of.reference, k.order)
	}
	return view
}

// history are the documents that named a customer's card, and of those only
// the remarks on it, or on one of its orders.
func (c *CRM) history(reference int64, only *order) []DocumentLog {
	foreign := func(l LogLine) bool {
		return l.Project != reference || only != nil && l.Order != 0 && l.Order != only.reference
	}
	var all []DocumentLog
	for _, l := range slices.Backward(c.log) {
		own := l.clone()
		own.Taken = slices.DeleteFunc(own.Taken, func(id int64) bool { return id != reference })
		own.Refused = slices.DeleteFunc(own.Refused, foreign)
		own.Notes = slices.DeleteFunc(own.Notes, foreign)
		if len(own.Taken)+len(own.Refused) == 0 {
			continue
		}
		if all = append(all, own); len(all) == shown {
			break
		}
	}
	return all
}

func (c *CRM) documentView(o *order) documentView {
	b := o.buyer
	country := c.countries.byNumber[b.country].label
	place := []string{b.name, country, strings.TrimSpace(b.postalCode + " " + b.city), b.address}
	view := documentView{
		Order: c.orderState(o), Performance: o.performance, Payment: o.payment,
		Buyer: strings.Join(slices.DeleteFunc(place, func(part string) bool { return part == "" }), ", "),
	}
	for _, l := range o.lines {
		view.Lines = append(view.Lines, lineView{l.state(), l.unit, canonical(l.gross)})
	}
	return view
}
