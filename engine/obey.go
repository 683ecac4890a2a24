package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/govalues/decimal"

	"punte"
	"punte/minicrm"
)

// cannotError says that MiniCRM was found not to do what an order needs. It goes to a
// person at once instead of being sent in vain, and spares the customer's other orders.
type cannotError struct{ reason string }

// Error is the reason.
func (e *cannotError) Error() string { return e.reason + ", as the probe found" }

func cannot(format string, args ...any) error { return &cannotError{fmt.Sprintf(format, args...)} }

// learn reads what a probe found out about the account: it may have been made just now.
func (w *Work) learn(ctx context.Context) (err error) {
	if w.found, err = w.engine.findings(ctx, w.saved.Account); err != nil {
		return err
	}
	return w.takeIn(ctx)
}

// spoils says that one refused customer refuses the whole document.
func (f Findings) spoils() bool { return f.is(findError, "document") || f.is(findError, "rest") }

// alone says of a document of which nothing was shown that no other order can be the
// reason. On a system where one order can hide others, such an order is not given up
// before MiniCRM is seen to work: the next that arrives tells.
func (w *Work) alone(doc *inFlight) bool {
	return w.found.spoils() && doc.Orders == 1 && !w.processed.After(doc.TakenAt)
}

// owner is how a user is named as the owner of a card: by id, unless only the name was
// found to do.
func (f Findings) owner(user minicrm.Option) string {
	if f.is(findOwnerID, "other") && f.is(findOwnerName, "lands") {
		return user.Label
	}
	return strconv.FormatInt(user.ID, 10)
}

// module is where to look for an external id: in one module if it is unique only there,
// else 0, which is everywhere.
func (f Findings) module(category int64) int64 {
	if f.is(findScope, "module") {
		return category
	}
	return 0
}

func (a crmAccount) webshopStatuses() map[string]int64 {
	ids := map[string]int64{}
	for _, s := range a.webshop.Statuses() {
		ids[s.Label] = s.ID
	}
	return ids
}

// statusForm is a card's status in the form that the account takes.
func (m *mapper) statusForm(label string) string {
	if id := m.statusIDs[label]; id != 0 && m.found.is(findCardStatus, "id") {
		return strconv.FormatInt(id, 10)
	}
	return label
}

// signs turns negative prices into negative quantities where MiniCRM was found to take
// only these; the amounts are the same.
func (m *mapper) signs(order *minicrm.FeedOrder) error {
	if !m.found.is(findNegative, isRefused) {
		return nil
	}
	for i := range order.Products {
		line := &order.Products[i]
		if !line.PriceNet.IsNeg() {
			continue
		}
		if !m.found.is(findNegativeQty, isTaken) {
			return cannot("MiniCRM takes no line with a negative price (%s)", line.Name)
		}
		line.PriceNet, line.Quantity = line.PriceNet.Neg(), line.Quantity.Neg()
	}
	return nil
}

// heldLine is a line that MiniCRM keeps when it is missing from a later document.
type heldLine struct {
	ID   int64           `json:"id"`
	Name string          `json:"name"`
	Net  decimal.Decimal `json:"net"`
	Unit string          `json:"unit"`
	VAT  decimal.Decimal `json:"vat"`
}

// obey fits an order's part of the document to what the probe found out about MiniCRM.
// A *cannotError says that MiniCRM would refuse it.
func (w *Work) obey(order *minicrm.FeedOrder, now *handed, before handed) error {
	fields := maps.Clone(now.Fields) // an order that is made needs no empty ones
	maps.DeleteFunc(fields, func(_, value string) bool { return value == "" })
	said, err := json.Marshal([]any{
		now.State, fields, now.Head, order.Number, order.Performance, order.Customer, order.Products,
	})
	if err != nil {
		return fmt.Errorf("noting what an order says: %w", err)
	}
	now.Digest = fingerprint(said)
	if before.State != "" && w.found.lists(findClosed, string(before.State)) {
		if before.Digest != "" && before.Digest != now.Digest {
			return cannot("MiniCRM changes no order that is %s there; change it by hand in MiniCRM", before.State)
		}
		now.unsent = before.Digest == now.Digest
	}
	if now.State != before.State && w.found.lists(findMoves, string(before.State)+">"+string(now.State)) {
		return cannot("MiniCRM moves no order from %s to %s; move it by hand in MiniCRM", before.State, now.State)
	}
	if order.Status == "" && before.State != "" && (w.found.is(findNoState, "draft") || w.found.is(findNoState, "other")) {
		order.Status, now.Wrote = string(before.State), true
	}
	w.keepLines(order, now, before)
	return nil
}

// paid refuses what MiniCRM was found to refuse or to pass over.
func (w *Work) paid(order minicrm.FeedOrder) error {
	if order.Status == string(punte.Paid) && (w.found.is(findPaid, isRefused) || w.found.is(findPaid, "passed")) {
		return cannot("MiniCRM takes no order as Paid; map this status to another state")
	}
	return nil
}

// keepLines takes lines that left the order down to a quantity of 0, where MiniCRM keeps
// what is missing.
func (w *Work) keepLines(order *minicrm.FeedOrder, now *handed, before handed) {
	if !w.found.is(findMissingLines, "stay") {
		return
	}
	for _, p := range order.Products {
		now.Lines = append(now.Lines, heldLine{ID: p.ID, Name: p.Name, Net: p.PriceNet, Unit: p.Unit, VAT: p.VAT})
	}
	for _, l := range before.Lines {
		if slices.ContainsFunc(order.Products, func(p minicrm.FeedProduct) bool { return p.ID == l.ID }) {
			continue
		}
		if w.found.is(findZero, isRefused) {
			now.Notes = append(now.Notes, l.Name+" left the order and stays in MiniCRM, which keeps lines that are missing")
			continue
		}
		order.Products = append(order.Products, minicrm.FeedProduct{
			ID: l.ID, Name: l.Name, PriceNet: l.Net, Unit: l.Unit, VAT: l.VAT, FolderName: w.conn.Folder,
		})
	}
}
