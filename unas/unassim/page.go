package unassim

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// How many rows the page shows of what may be long.
const (
	pageOrders    = 50
	pageCustomers = 25
	pageFound     = 200
	pageCalls     = 60
)

//go:embed page.html
var pageText string

var pages = template.Must(template.New("pages").Parse(pageText))

// shopPage is what a person sees at /.
type shopPage struct {
	ShopID, Plan, Now, Zone     string
	Advanced                    string // how far the clock was moved
	Query                       string
	Refresh                     int // seconds between two looks, 0 for never
	Orders, Customers, Products int
	Rows                        []orderRow
	People                      []customerRow
	Statuses                    []statusRow
	Groups                      []string
	Calls                       []callRow
	Visitors                    []visitorRow
	Faults                      []Fault
	Switches                    []string
	Automatisms                 []automatismRow
	Deliveries                  []deliveryRow
}

type orderRow struct{ Path, Key, InternalKey, Date, DateMod, Status, Kind, Buyer, Sum, Currency string }

type customerRow struct{ ID, Name, Email, Registered, Modified string }

type statusRow struct {
	Status
	Orders int
}

type automatismRow struct{ ID, Name, Event, Operation, URL, Active string }

// deliveryRow is a webhook that waits or is done with.
type deliveryRow struct {
	At, Event, State, Last string
	Attempts               int
}

type callRow struct {
	At, Endpoint, Address, Result string
	Status                        int
	Bad                           bool
}

// visitorRow is a client's address with the limits it has used within the hour.
type visitorRow struct {
	Address      string
	Used, Barred []string
}

// servePage shows the shop to a person who wonders what is in it: ?q= looks for orders and customers,
// ?refresh= loads the page again every so many seconds.
func (s *Shop) servePage(w http.ResponseWriter, r *http.Request) {
	query := strings.TrimSpace(r.FormValue("q"))
	refresh, err := strconv.Atoi(r.FormValue("refresh"))
	if err != nil || refresh < 1 || refresh > 3600 {
		refresh = 0
	}
	s.mu.Lock()
	page := shopPage{
		ShopID: s.options.ShopID, Plan: s.options.Plan, Now: s.print(s.now()), Zone: s.options.Zone.String(), Query: query, Refresh: refresh,
		Orders: len(s.byID.list), Customers: len(s.byCustomer), Products: len(s.world.Products),
		Rows: s.orderRows(query), People: s.customerRows(query), Statuses: s.statusRows(), Calls: s.callRows(), Visitors: s.visitorRows(),
		Faults: s.faultsLeft(), Switches: turned(s.options.Switches), Automatisms: s.automatismRows(), Deliveries: s.deliveryRows(),
	}
	if s.advanced != 0 {
		page.Advanced = s.advanced.String()
	}
	for _, g := range s.world.Groups {
		page.Groups = append(page.Groups, g.Key)
	}
	s.mu.Unlock()
	show(w, "shop", page)
}

func show(w http.ResponseWriter, name string, page any) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'")
	h.Set("Cache-Control", "no-store")
	_ = pages.ExecuteTemplate(w, name, page) // a client that went away is not our trouble
}

// orderRows are the orders that changed last, or those a query finds.
func (s *Shop) orderRows(query string) []orderRow {
	most := pageOrders
	if query != "" {
		most = pageFound
	}
	var rows []orderRow
	for _, o := range slices.Backward(s.byModified.list) {
		if len(rows) == most {
			break
		}
		if !holdsText(query, o.key, o.internalKey, o.id, o.buyer, o.email, o.status) {
			continue
		}
		rows = append(rows, orderRow{
			Path: orderPath(o.key), Key: o.key, InternalKey: o.internalKey, Date: o.placedText, DateMod: o.modifiedText,
			Status: o.status, Kind: o.statusKind, Buyer: o.buyer, Sum: o.sum, Currency: o.currency,
		})
	}
	return rows
}

// orderPath is where the page shows an order, whatever its key is made of.
func orderPath(key string) string { return "/order/" + url.PathEscape(key) }

// holdsText tells whether one of the texts holds the query, whatever the case of its letters.
func holdsText(query string, list ...string) bool {
	query = strings.ToLower(query)
	return query == "" || slices.ContainsFunc(list, func(text string) bool { return strings.Contains(strings.ToLower(text), query) })
}

func (s *Shop) customerRows(query string) []customerRow {
	list := slices.Clone(s.byCustomer)
	slices.SortStableFunc(list, func(a, b *customer) int { return cmp.Compare(b.modified, a.modified) })
	var rows []customerRow
	for _, cu := range list {
		if len(rows) == pageCustomers {
			break
		}
		if !holdsText(query, cu.id, string(cu.raw)) {
			continue
		}
		whole := &record{XML: stripped(cu.raw)}
		rows = append(rows, customerRow{
			ID: cu.id, Name: whole.tree("Customer").at("Contact", "Name"), Email: cu.email,
			Registered: s.print(time.Unix(cu.registered, 0)), Modified: s.print(time.Unix(cu.modified, 0)),
		})
	}
	return rows
}

func (s *Shop) statusRows() []statusRow {
	in := map[string]int{}
	for _, o := range s.byID.list {
		in[o.statusID]++
	}
	rows := make([]statusRow, 0, len(s.statuses))
	for _, st := range s.statuses {
		rows = append(rows, statusRow{Status{ID: st.id, Name: st.name, Type: st.kind}, in[st.id]})
	}
	return rows
}

func (s *Shop) callRows() []callRow {
	var rows []callRow
	for _, e := range slices.Backward(s.journal.Entries) {
		if len(rows) == pageCalls {
			break
		}
		rows = append(rows, callRow{s.print(e.At), e.Endpoint, e.Address, e.Result, e.Status, e.Status != http.StatusOK})
	}
	return rows
}

func (s *Shop) visitorRows() []visitorRow {
	now := s.now()
	var rows []visitorRow
	for address, v := range s.visitors {
		row := visitorRow{Address: address.String()}
		for bucket, calls := range v.calls {
			if n := len(after(slices.Clone(calls), now.Add(-time.Hour))); n > 0 {
				row.Used = append(row.Used, fmt.Sprintf("%s: %d", cmp.Or(bucket, "all"), n))
			}
		}
		for endpoint, n := range v.failed {
			if n > 0 {
				row.Used = append(row.Used, fmt.Sprintf("%s failed in a row: %d", endpoint, n))
			}
		}
		for endpoint, until := range v.bans {
			if now.Before(until) {
				row.Barred = append(row.Barred, "banned by "+endpoint+" till "+s.print(until))
			}
		}
		if now.Before(v.silentUntil) {
			row.Barred = append(row.Barred, "no answers till "+s.print(v.silentUntil))
		}
		slices.Sort(row.Used)
		slices.Sort(row.Barred)
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b visitorRow) int { return cmp.Compare(a.Address, b.Address) })
	return rows
}

func (s *Shop) automatismRows() []automatismRow {
	var rows []automatismRow
	for _, a := range s.automatisms {
		operation := a.given.kid("Operation")
		rows = append(rows, automatismRow{a.id, a.name(), a.event(), operation.at("Type"), operation.at("Config", "WebhookUrl"), yesNo(a.active())})
	}
	return rows
}

// deliveryRows are the webhooks that wait, and the latest of those done with.
func (s *Shop) deliveryRows() []deliveryRow {
	var rows []deliveryRow
	for _, list := range [][]*delivery{s.hooks.Waiting, s.hooks.Done} {
		for _, d := range slices.Backward(list) {
			if len(rows) == pageOrders {
				break
			}
			rows = append(rows, deliveryRow{s.print(d.Due), d.Event, d.State, d.Last, d.Attempts})
		}
	}
	return rows
}

func (s *Shop) faultsLeft() []Fault {
	var list []Fault
	for _, waiting := range s.faults {
		for _, f := range waiting {
			list = append(list, *f)
		}
	}
	slices.SortStableFunc(list, func(a, b Fault) int { return cmp.Compare(a.Endpoint, b.Endpoint) })
	return list
}

// turned are the switches that do not stand at their zero value.
func turned(switches Switches) []string {
	var list []string
	v := reflect.ValueOf(switches)
	for i := range v.NumField() {
		if !v.Field(i).IsZero() {
			list = append(list, fmt.Sprintf("%s = %v", v.Type().Field(i).Name, v.Field(i)))
		}
	}
	return list
}

// orderPage is what a person sees of one order.
type orderPage struct {
	OrderState
	ShopID  string
	Related []relation
	XML     string
}

// relation is an order this one came from or became.
type relation struct{ How, Key, Path string }

// serveOrder shows one order, by full key, number or the key a marketplace order has in the shop.
func (s *Shop) serveOrder(w http.ResponseWriter, r *http.Request) {
	key := r.PathValue("key")
	s.mu.Lock()
	var found []*order
	for _, list := range [][]*order{s.keys[key], s.internalKeys[key], s.numbers[key]} {
		found = append(found, list...)
	}
	s.mu.Unlock()
	if len(found) == 0 {
		http.NotFound(w, r)
		return
	}
	o := found[0]
	page := orderPage{OrderState: stateOf(o), ShopID: s.options.ShopID, XML: strings.ReplaceAll(string(stripped(o.raw)), "\n\t\t", "\n")}
	if root, err := tree(stripped(wrap(o.raw))); err == nil && len(root.kids) > 0 {
		if info := root.kids[0].kid("Info"); info != nil {
			for _, link := range info.kids {
				for _, k := range link.all("Key") {
					page.Related = append(page.Related, relation{link.name, k.text, orderPath(k.text)})
				}
			}
		}
	}
	show(w, "order", page)
}
