package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"punte"
	"punte/store"
	"punte/unas"
	"punte/xmlstream"
)

// forgottenAtOnce bounds the orders of one transaction.
const forgottenAtOnce = 50

// forget removes everything of all who are to be forgotten. It knows them by their
// hashes only.
func (e *Engine) forget(ctx context.Context, id string) error {
	erased, err := e.Store.Erased(ctx, id)
	if err != nil {
		return err
	}
	theirs, err := e.tracesOf(ctx, id, erased)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(theirs.Orders, forgottenAtOnce) {
		if err := e.Store.Forget(ctx, id, store.Traces{Orders: some}); err != nil {
			return err
		}
	}
	if err := e.Store.Forget(ctx, id, store.Traces{Cards: theirs.Cards, Records: theirs.Records}); err != nil {
		return err
	}
	// Documents last: no new one can be made of what is gone.
	if err := e.forgetDocuments(ctx, id, erased); err != nil {
		return err
	}
	if err := e.Store.ForgetInCertificates(ctx, id, forgetFindings); err != nil {
		return err
	}
	return e.Store.FinishErasures(ctx, id, e.Now())
}

// tracesOf looks for what is there of all who are to be forgotten.
func (e *Engine) tracesOf(ctx context.Context, id string, erased *store.Erased) (theirs store.Traces, err error) {
	is := func(address string, customer int64) bool { return erased.Address(address) || erased.Customer(customer) }
	for row, err := range e.Store.Buyers(ctx, id) {
		if err != nil {
			return theirs, err
		}
		known := erased.Order(row.ID) || erased.Card(row.Card) || is(row.Buyer.Email, row.Buyer.CustomerID)
		if !row.Readable && !known {
			if known, err = unreadableOf(ctx, e.Store, id, row.Ref, is); err != nil {
				return theirs, err
			}
		}
		if known {
			theirs.Orders = append(theirs.Orders, row.Ref)
		}
	}
	for card, err := range e.Store.CardBuyers(ctx, id) {
		if err != nil {
			return theirs, err
		}
		if erased.Card(card.ID) || is(card.Buyer.Email, card.Customer) {
			theirs.Cards = append(theirs.Cards, card.ID)
			if card.Customer != 0 {
				theirs.Records = append(theirs.Records, punte.CustomerRef(card.Customer))
			}
		}
	}
	for record, err := range e.Store.Records(ctx, id) {
		if err != nil {
			return theirs, err
		}
		known := record.Card != 0 && erased.Card(record.Card)
		if !known {
			if known, err = recordOf(record, is); err != nil {
				return theirs, err
			}
		}
		if known {
			theirs.Records = append(theirs.Records, record.Ref)
			if record.Card != 0 {
				theirs.Cards = append(theirs.Cards, record.Card)
			}
		}
	}
	return theirs, nil
}

// recordOf says whether a customer's record is somebody's: by the last one that could
// be read, or by the XML of one that could not.
func recordOf(record store.Record, theirs func(address string, customer int64) bool) (bool, error) {
	if theirs(record.Email, record.ID) {
		return true, nil
	}
	if len(record.Raw) == 0 {
		return false, nil
	}
	document := "<Customers>" + string(record.Raw) + "</Customers>"
	for customer, err := range unas.DecodeCustomers(strings.NewReader(document)) {
		if err != nil {
			return false, fmt.Errorf("reading the XML of customer %s: %w", record.Ref, err)
		}
		if theirs(customer.Email, customerNumber(customer.ID)) {
			return true, nil
		}
	}
	return false, nil
}

// unreadableOf says whether the XML of an order that can't be read is somebody's.
func unreadableOf(ctx context.Context, s *store.Store, id, ref string, theirs func(address string, customer int64) bool) (bool, error) {
	saved, err := s.Order(ctx, id, ref)
	if punte.ErrorCode(err) == punte.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	document := "<Orders>" + string(saved.Raw) + "</Orders>"
	for order, err := range unas.DecodeOrders(strings.NewReader(document)) {
		if err != nil {
			return false, fmt.Errorf("reading the XML of order %s: %w", ref, err)
		}
		if theirs(order.Customer.Email, customerNumber(order.Customer.ID)) {
			return true, nil
		}
	}
	return false, nil
}

// customerNumber is a customer's id as printed, 0 for none.
func customerNumber(text string) int64 {
	id, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// forgetFindings takes the numbers of orders that were forgotten out of a certificate,
// with what it says of them. The counts of the night stay true.
func forgetFindings(data []byte, who *store.Erased) (clean []byte, changed bool, err error) {
	var c Certificate
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, false, fmt.Errorf("reading a certificate: %w", err)
	}
	for i := range c.Findings {
		f := &c.Findings[i]
		id, _ := punte.ExternalNumber(f.Order) // of an order without a key
		if f.Order != "" && (who.Key(f.Order) || who.Order(id)) {
			f.Order, f.Text, changed = "", "of somebody who was forgotten since", true
		}
	}
	if !changed {
		return data, false, nil
	}
	clean, err = json.Marshal(c)
	if err != nil {
		return nil, false, fmt.Errorf("writing a certificate: %w", err)
	}
	return clean, true, nil
}

func (e *Engine) forgetDocuments(ctx context.Context, id string, erased *store.Erased) error {
	for d, err := range e.Store.Bodies(ctx, id) {
		if err != nil {
			return err
		}
		holds, err := holdsErased(d.Body, erased)
		if err != nil {
			return fmt.Errorf("looking through document %s: %w", d.ID, err)
		}
		if !holds {
			continue
		}
		if err := e.Store.ForgetDocument(ctx, d, e.Now()); err != nil {
			return err
		}
	}
	return nil
}

// holdsErased says whether a document for MiniCRM tells of somebody who was
// forgotten: by the id of a customer's card, or by an address.
func holdsErased(body []byte, erased *store.Erased) (holds bool, err error) {
	s := xmlstream.NewScanner(bytes.NewReader(body), xmlstream.Limits{})
	if _, err := s.Root(); err != nil {
		return false, err
	}
	var parts func(name string) error
	parts = func(name string) error {
		switch name {
		case "Project":
			if erased.Card(idOf(s)) {
				holds = true
			}
			return s.Children(parts)
		case "Business", "Contacts", "Contact", "Emails":
			return s.Children(parts)
		case "Email":
			var address string
			err := s.Text(&address)
			holds = holds || erased.Address(address)
			return err
		}
		return nil
	}
	return holds, s.Children(parts)
}

// idOf is the external id of the element just entered, 0 if it has none.
func idOf(s *xmlstream.Scanner) int64 {
	text, _ := s.Attr("Id")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return id
}
