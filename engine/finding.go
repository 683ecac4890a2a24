package engine

import (
	"context"
	"slices"
	"strings"

	"punte/store"
)

// What a probe finds out. The names are stable: they stand in the store and in
// docs/probe.md.
const (
	findTime         = "processing.time"    // how long MiniCRM took from taking a document to showing it
	findUpload       = "feed.upload"        // taken, refused
	findCardStatus   = "card.status"        // both, name, id
	findNoStatus     = "card.status_absent" // taken, refused
	findOwnerID      = "owner.id"           // lands, other
	findOwnerName    = "owner.name"         // lands, other
	findSegments     = "card.segments"      // orders, paid, off
	findInactive     = "card.inactive"      // status, registration
	findEmail        = "contact.email"      // new, matched
	findVAT          = "vat.number"         // VatNumber, EUVatNumber, lost
	findScope        = "reference.scope"    // system, module
	findOrderRef     = "reference.orders"   // no, yes
	findError        = "document.error"     // alone, rest, document
	findList         = "orders.list"        // order, offer, none
	findDrafts       = "drafts.listed"      // no, yes
	findDocumentURL  = "order.document"     // no, yes
	findMissingLines = "lines.missing"      // go, stay
	findNoState      = "status.absent"      // kept, draft, other
	findNumber       = "order.number"       // changes, stays
	findPerformance  = "order.performance"  // changes, stays
	findTouch        = "resend.touch"       // touched, untouched
	findFieldEmpty   = "field.empty"        // cleared, kept
	findFieldAbsent  = "field.absent"       // kept, cleared
	findNegative     = "price.negative"     // taken, refused
	findNegativeQty  = "quantity.negative"  // taken, refused
	findZero         = "quantity.zero"      // taken, dropped, refused
	findClosed       = "orders.closed"      // change, or the states that are closed for ever
	findMoves        = "orders.moves"       // any, or the moves that are not made: Failed>Issued
	findPaid         = "status.paid"        // taken, refused, passed
	findSKU          = "stock.sku"          // new, matched
	findSince        = "updated.since"      // inclusive, exclusive
	findClock        = "updated.clock"      // zone, or what it is off by
	findTrash        = "cards.trash"        // all, customers
)

// Words of findings that the engine goes by.
const (
	isTaken   = "taken"
	isRefused = "refused"
	isYes     = "yes"
	isNo      = "no"
)

// Findings are what a probe found out about a MiniCRM system, by name. What was not
// found out is not in it: then the reading holds that is the likeliest by MiniCRM's
// documents.
type Findings map[string]store.Finding

// Findings gives what is known of a MiniCRM system.
func (e *Engine) findings(ctx context.Context, account string) (Findings, error) {
	list, err := e.Store.Findings(ctx, account)
	if err != nil {
		return nil, err
	}
	found := make(Findings, len(list))
	for _, f := range list {
		if f.Sure != store.Unknown {
			found[f.Name] = f
		}
	}
	return found, nil
}

// is says that the answer to a question is known and this one.
func (f Findings) is(name, value string) bool { return f[name].Value == value }

// lists says that the answer to a question is a list with this in it.
func (f Findings) lists(name, value string) bool {
	return slices.Contains(strings.Split(f[name].Value, ","), value)
}

// asks says in a few words what a finding is about.
func asks(name string) string { return questions[name] }

// questions are the findings in words, for whoever reads the result.
var questions = map[string]string{
	findTime:         "how long MiniCRM takes to process a document",
	findUpload:       "documents sent to MiniCRM (push)",
	findCardStatus:   "form of a customer card's status",
	findNoStatus:     "new customer card without a status",
	findOwnerID:      "owner given by id",
	findOwnerName:    "owner given by name",
	findSegments:     "orders that move a customer to another segment",
	findInactive:     "what makes a registered customer inactive",
	findEmail:        "person with an e-mail address that is there already",
	findVAT:          "where a tax number with a country code lands",
	findScope:        "where external ids are unique",
	findOrderRef:     "order's card found by the order's external id",
	findError:        "one refused customer in a document",
	findList:         "where orders are listed",
	findDrafts:       "drafts in the list of orders",
	findDocumentURL:  "document that MiniCRM makes of an order",
	findMissingLines: "lines that are missing when an order is sent again",
	findNoState:      "order sent without a status",
	findNumber:       "changed number of an order",
	findPerformance:  "changed date of an order",
	findTouch:        "order sent again without a change",
	findFieldEmpty:   "field sent empty",
	findFieldAbsent:  "field not sent",
	findNegative:     "negative price",
	findNegativeQty:  "negative quantity",
	findZero:         "quantity 0",
	findClosed:       "change of an order that is closed",
	findMoves:        "moves from any state to any other",
	findPaid:         "status Paid",
	findSKU:          "line whose SKU is in the stock already",
	findSince:        "\"changed since\" a second",
	findClock:        "MiniCRM's clock and zone",
	findTrash:        "cards put to the Trash",
}
