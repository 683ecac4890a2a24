package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"punte"
	"punte/store"
	"punte/xmlstream"
)

// Life is all that is known of one order: what the shop said, what was sent, what
// MiniCRM shows, and what comes next. Times are in the shop's zone.
type Life struct {
	Order    string    `json:"order"` // its number in the shop
	ID       int64     `json:"id,omitempty"`
	External int64     `json:"external_id,omitempty"` // in MiniCRM
	Placed   time.Time `json:"placed,omitzero"`
	Modified time.Time `json:"modified,omitzero"`
	Status   string    `json:"status,omitempty"` // of the shop
	Total    string    `json:"total,omitempty"`
	Currency string    `json:"currency,omitempty"`
	Proof    string    `json:"proof"` // whether the lines give the total

	// Missing is since when the shop does not show the order any more, as long as nothing
	// was done about it, and Deleted when it was taken for deleted. An order that shows up
	// again has neither.
	Missing time.Time `json:"missing,omitzero"`
	Deleted time.Time `json:"deleted,omitzero"`
	Asks    bool      `json:"asks"` // a person has to look at it

	State   punte.DutyState `json:"state"`
	Wanted  int64           `json:"version"` // that MiniCRM should show
	Sent    int64           `json:"sent_version"`
	Shown   int64           `json:"shown_version"`
	Code    string          `json:"code,omitempty"`
	Reason  string          `json:"reason,omitempty"`
	Next    string          `json:"next"`              // what comes, or what a person can do
	Changed string          `json:"changed,omitempty"` // by a person in MiniCRM
	Differs string          `json:"differs,omitempty"` // MiniCRM's amount
	Link    string          `json:"link,omitempty"`    // to the card in MiniCRM
	Notes   []string        `json:"notes,omitempty"`   // texts cut, characters lost

	Events []LifeEvent `json:"events"`        // the oldest first
	XML    string      `json:"xml,omitempty"` // its part of the last document, as long as that is kept
	Raw    bool        `json:"raw"`           // the shop's XML is kept
}

// LifeEvent is something that happened to an order.
type LifeEvent struct {
	At       time.Time `json:"at"`
	Kind     string    `json:"kind"`
	Version  int64     `json:"version,omitempty"`
	State    string    `json:"state,omitempty"`
	Code     string    `json:"code,omitempty"`
	Document string    `json:"document,omitempty"`
	Text     string    `json:"text,omitempty"`
}

// Stored finds the connection that a document means among those of the store, without
// asking the shop which one it is. NotFound if it was never run on this database.
func (e *Engine) Stored(ctx context.Context, conn *punte.Connection, keys Keys) (store.Connection, error) {
	all, err := e.Store.Connections(ctx)
	if err != nil {
		return store.Connection{}, err
	}
	var found []store.Connection
	for _, saved := range all {
		if saved.Account == account(conn) && strings.HasPrefix(saved.Shop, plainURL(conn.UNAS.BaseURL)+"#") {
			found = append(found, saved)
		}
	}
	if len(found) > 1 && keys.UNAS != nil { // several shops feed one MiniCRM
		found = slices.DeleteFunc(found, func(saved store.Connection) bool {
			return keyHash(conn.UNAS.BaseURL, saved.UNASKey) != keyHash(conn.UNAS.BaseURL, keys.UNAS)
		})
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return store.Connection{}, punte.Errorf(punte.NotFound, "the connection %s is not in this database (%s); name the database it runs on, or start it with punte sync", conn.Name, e.Store.DSN())
	}
	return store.Connection{}, punte.Errorf(punte.Conflict, "%d connections of this database feed the same MiniCRM, and their keys do not tell which one %s is", len(found), conn.Name)
}

// ProofGood is the proof of an order whose lines give the shop's total.
const ProofGood = "the lines give the total"

// Lives returns the lives of the orders with a number, the one placed first in front:
// the shop gives a number out again after a deletion. NotFound if there is none. It
// asks neither of the services.
func (e *Engine) Lives(ctx context.Context, id, key string) ([]Life, error) {
	saved, err := e.Store.Connection(ctx, id)
	if err != nil {
		return nil, err
	}
	conn, err := punte.ParseStored(string(saved.Document), stateOf)
	if err != nil {
		return nil, err
	}
	conn.RememberedStatuses = saved.Statuses
	key = strings.TrimSpace(key)
	orders, err := e.Store.OrdersByKey(ctx, id, key)
	if err != nil {
		return nil, err
	}
	if len(orders) == 0 {
		return nil, e.noOrder(ctx, conn, id, key)
	}
	lives := make([]Life, 0, len(orders))
	for _, order := range orders {
		life, err := e.life(ctx, conn, saved, order)
		if err != nil {
			return nil, fmt.Errorf("telling the life of order %s: %w", key, err)
		}
		lives = append(lives, life)
	}
	return lives, nil
}

// noOrder says why there may be no order with a number, and what to do.
func (e *Engine) noOrder(ctx context.Context, conn *punte.Connection, id, key string) error {
	at, erased, err := e.Store.ErasedKey(ctx, id, key)
	if err != nil {
		return err
	}
	if erased {
		return punte.Errorf(punte.NotFound, "order %s was forgotten at %s, with all that was known of its buyer", key, at.In(conn.UNAS.Zone).Format(time.DateTime))
	}
	read := "the shop was not read yet"
	cursor, begun, err := e.Store.Cursor(ctx, id, cursorOrders)
	if err != nil {
		return err
	}
	if begun {
		read = "the shop was read up to " + cursor.In(conn.UNAS.Zone).Format(time.DateTime)
	}
	return punte.Errorf(punte.NotFound, "there is no order %s in %s: %s, and orders placed before %s are not taken; "+
		"see whether the number is right and the key may read the order, then let punte sync run", key, conn.Name, read, conn.StartDate)
}

func (e *Engine) life(ctx context.Context, conn *punte.Connection, saved store.Connection, o store.SavedOrder) (Life, error) {
	d, zone := o.Duty, conn.UNAS.Zone
	in := func(t time.Time) time.Time {
		if t.IsZero() {
			return t
		}
		return t.In(zone)
	}
	life := Life{
		Order: o.Key, ID: o.ID, External: d.External, Placed: in(o.Placed), Modified: in(o.Modified), Proof: "could not be read",
		State: d.State, Wanted: d.Wanted, Sent: d.Sent, Shown: d.Shown, Code: d.Problem.Code, Reason: sentence(d.Problem),
		Next: nextStep(d, saved, zone), Changed: d.Changed, Differs: d.Differs, Notes: lastNote(d).Notes, Raw: o.Raw != nil, Events: []LifeEvent{},
	}
	if o.Readable {
		life.Status, life.Total, life.Currency = d.Order.Status.Name, d.Order.Gross.Trim(0).String(), d.Order.Currency
		life.Proof = ProofGood
	}
	if o.Differs != "" {
		life.Proof = o.Differs
	}
	if d.CRMCard != 0 {
		life.Link = cardLink(conn, conn.OrdersCategory, d.CRMCard)
	}
	life.Asks = life.State == punte.Held || life.State == punte.Parked || d.Problem.Code == punte.ProblemUnmapped ||
		life.Differs != "" || life.Proof != ProofGood
	life.Deleted = in(d.Deleted)
	if err := e.missing(ctx, d, zone, &life); err != nil {
		return life, err
	}
	events, err := e.Store.Events(ctx, d.Connection, d.Ref)
	if err != nil {
		return life, err
	}
	for _, event := range events {
		life.Events = append(life.Events, LifeEvent{
			At: in(event.At), Kind: event.Kind, Version: event.Version, State: event.State, Code: event.Code, Document: event.Document, Text: event.Text,
		})
	}
	life.XML, err = e.sentXML(ctx, d)
	return life, err
}

// missing tells of an order that was not found in the shop and that nothing was done about.
func (e *Engine) missing(ctx context.Context, d store.Duty, zone *time.Location, life *Life) error {
	gone, ok, err := e.Store.DeletionOf(ctx, d.Connection, d.Ref)
	if err != nil || !ok {
		return err
	}
	alerts, err := e.Store.Alerts(ctx, d.Connection)
	if err != nil {
		return err
	}
	life.Missing = gone.Found.In(zone)
	switch {
	case gone.Accepted:
		life.Next = "it is taken for deleted as soon as punte sync runs"
	case slices.ContainsFunc(alerts, func(a store.Alert) bool { return a.Code == store.AlertDeletions }):
		life.Asks = true
		life.Next = "look into the shop: so many orders are missing there at once that nothing is sent for them; if that is right, run punte reconcile --accept-deletions"
	default:
		life.Next = "it is taken for deleted if it does not show up again, not before " + gone.Due.In(zone).Format(time.DateTime)
	}
	return nil
}

// lastNote is what was written of the order last.
func lastNote(d store.Duty) handed {
	if len(d.Pending) > 0 {
		return pending(d)
	}
	return written(d)
}

// sentXML is the order's part of the document it travelled in last; empty if that is
// not kept.
func (e *Engine) sentXML(ctx context.Context, d store.Duty) (string, error) {
	if d.Document == "" {
		return "", nil
	}
	document, err := e.Store.Document(ctx, d.Document)
	if punte.ErrorCode(err) == punte.NotFound || err == nil && len(document.Body) == 0 {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return orderPart(document.Body, d.External)
}

var errFound = errors.New("found")

// orderPart cuts the element of one order out of a document for MiniCRM; empty if it
// is not in it.
func orderPart(body []byte, external int64) (part string, err error) {
	s := xmlstream.NewScanner(bytes.NewReader(body), xmlstream.Limits{})
	if _, err := s.Root(); err != nil {
		return "", err
	}
	var visit func(name string) error
	visit = func(name string) error {
		switch name {
		case "Project", "Orders":
			return s.Children(visit)
		case "Order":
			if idOf(s) != external {
				return nil
			}
			if err := s.Capture(); err != nil {
				return err
			}
			if err := s.Skip(); err != nil {
				return err
			}
			part = string(s.Captured())
			return errFound
		}
		return nil
	}
	if err := s.Children(visit); err != nil && !errors.Is(err, errFound) {
		return "", fmt.Errorf("reading the document it was sent in: %w", err)
	}
	return part, nil
}

// nextStep says what comes by itself, or what a person can do.
func nextStep(d store.Duty, saved store.Connection, zone *time.Location) string {
	if d.State == punte.Owed || d.State == punte.Sent {
		switch saved.State {
		case store.Stopped:
			return "the connection stopped: " + saved.StopText
		case store.Paused:
			return "the connection is paused; resume it"
		}
	}
	if d.Problem.Code == punte.ProblemUnmapped && (d.State == punte.Confirmed || d.State == punte.Unlisted) {
		return "MiniCRM shows the status it had before; give its own a pair in status_map and start punte sync again"
	}
	switch {
	case !d.Deleted.IsZero() && (d.State == punte.Confirmed || d.State == punte.Unlisted || d.State == punte.Left):
		return "nothing, unless the shop shows it again"
	case d.Problem.Code == punte.ProblemCannot && d.State == punte.Parked:
		return "correct the order in MiniCRM by hand, or the status map"
	case d.Problem.Code == punte.ProblemExisting && d.State == punte.Left:
		return "nothing; to have it taken over, write \"existing\": \"adopt\" into the connection document and start punte sync again"
	}
	switch d.State {
	case punte.Owed:
		return "it is sent as soon as punte sync runs, not before " + d.Due.In(zone).Format(time.DateTime)
	case punte.Sent:
		return "MiniCRM is read until it shows the order; what is missing at " + d.Due.In(zone).Format(time.DateTime) + " is sent again"
	case punte.Confirmed:
		return "nothing; its next change in the shop is sent"
	case punte.Unlisted:
		if d.Problem.Code == punte.ProblemUnlisted && d.Problem.Reason != "" {
			return "look at its customer's card in MiniCRM; its next change in the shop is sent"
		}
		return "nothing; MiniCRM took it and does not list it, so its card is looked for"
	case punte.Held:
		return "give its status a pair in status_map and start punte sync again"
	case punte.Left:
		return "nothing; its status is not to be brought"
	}
	return "correct in the shop what the reason names; its next change is read and sent by itself"
}
