package minicrmsim

import (
	"bytes"
	_ "embed" // for the pages
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// shown is how many of the newest orders, cards and documents a page shows.
const shown = 100

//go:embed page.html
var pageText string

var pages = template.Must(template.New("pages").Parse(pageText))

// A pageHead is what every page has.
type pageHead struct {
	Title   string
	Refresh int // seconds, 0 for never
}

type cardLink struct {
	ID   int64
	Name string
}

type orderView struct {
	OrderState
	Customer *cardLink
}

type cardView struct {
	CardState
	Module string
}

type worldPage struct {
	pageHead
	SystemID, Time, Moved, Query string

	Minute, Hour                                       string
	Limited, Waiting                                   int
	Faults                                             []faultDocument
	OrderCount, CardCount, DocumentCount, ProductCount int
	Orders                                             []orderView
	Cards                                              []cardView
	Log                                                []DocumentLog
	Stock                                              stockDocument
	Calls                                              []recentCall
	Switches                                           map[string]any
}

// page is for people who want to see what is in the system. Its parameters are
// q, a text to look for, and refresh, seconds until it loads itself again.
func (c *CRM) page(w http.ResponseWriter, query url.Values) {
	find := strings.ToLower(strings.TrimSpace(query.Get("q")))
	seconds, err := strconv.Atoi(query.Get("refresh"))
	if err != nil || seconds < 0 || seconds > 3600 {
		seconds = 0
	}
	c.mu.Lock()
	now := c.now()
	view := worldPage{
		pageHead: pageHead{"MiniCRM simulator " + c.o.SystemID, seconds},
		SystemID: c.o.SystemID, Time: c.stamp(now), Query: query.Get("q"),
		Minute: c.used(c.minute, now), Hour: c.used(c.hour, now), Limited: c.limited, Waiting: len(c.queue),
		Faults: c.faultDocuments(), OrderCount: len(c.byID), CardCount: len(c.cards), DocumentCount: len(c.log),
		ProductCount: len(c.stock.products), Orders: c.orderViews(find), Cards: c.cardViews(find),
		Log: logViews(c.log, find), Stock: c.stockView(find), Calls: c.recently.newestFirst(), Switches: c.o.Switches.changed(),
	}
	if c.offset > 0 {
		view.Moved = c.offset.String()
	}
	c.mu.Unlock()
	c.show(w, "world", view)
}

func (c *CRM) show(w http.ResponseWriter, name string, view any) {
	var body bytes.Buffer
	if err := pages.ExecuteTemplate(&body, name, view); err != nil {
		c.refuse(w, http.StatusInternalServerError, "printing the page: "+err.Error())
		return
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'")
	answer{http.StatusOK, "text/html; charset=utf-8", body.Bytes()}.write(w)
}

// used says how much of a limit is used up.
func (c *CRM) used(w window, now time.Time) string {
	if !c.o.Limits {
		return "limits are off"
	}
	since := now.Add(-w.length)
	if c.o.Switches.FixedWindow {
		since = now.Truncate(w.length).Add(-1)
	}
	n := 0
	for _, at := range w.calls {
		if at.After(since) {
			n++
		}
	}
	return fmt.Sprintf("%d of %d", n, w.most)
}

// found says whether one of the texts holds what a person looks for.
func found(find string, texts ...string) bool {
	return find == "" || slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(strings.ToLower(text), find) })
}

// orderViews are the orders that changed last, or those found.
func (c *CRM) orderViews(find string) []orderView {
	var all []orderView
	for _, o := range slices.Backward(c.recent.slots) {
		if o == nil || !found(find, o.number, wireID(o.reference), o.card.name, o.card.statusName()) {
			continue
		}
		v := orderView{OrderState: c.orderState(o)}
		if o.customer != nil {
			v.Customer = &cardLink{o.customer.id, o.customer.name}
		}
		if all = append(all, v); len(all) == shown {
			break
		}
	}
	return all
}

func (c *CRM) cardViews(find string) []cardView {
	var all []cardView
	for id := c.nextCard; id > 0 && len(all) < shown; id-- {
		k := c.cards[id]
		if k == nil || k.deleted && find == "" {
			continue
		}
		texts := []string{k.name, wireID(k.reference), wireID(k.id), k.statusName()}
		for _, id := range append([]int64{k.contact, k.business}, k.people...) {
			if p := c.contacts[id]; p != nil {
				texts = append(texts, p.name(), p.fields["Email"], p.fields["Phone"])
			}
		}
		if found(find, texts...) {
			all = append(all, cardView{c.cardState(k), k.module.name})
		}
	}
	return all
}

// logViews are the latest documents, or those with a remark or a Project that
// a person looks for.
func logViews(log []*DocumentLog, find string) []DocumentLog {
	var all []DocumentLog
	for _, l := range slices.Backward(log) {
		if len(all) == shown {
			break
		}
		if find == "" || l.mentions(find) {
			all = append(all, l.clone())
		}
	}
	return all
}

func (l *DocumentLog) mentions(find string) bool {
	for _, line := range slices.Concat(l.Refused, l.Notes) {
		if found(find, line.Reason, line.External, wireID(line.Project), wireID(line.Order)) {
			return true
		}
	}
	return slices.ContainsFunc(l.Taken, func(id int64) bool { return wireID(id) == find })
}

func (c *CRM) stockView(find string) stockDocument {
	all := c.stockDocument()
	all.Products = slices.DeleteFunc(all.Products, func(p productDocument) bool {
		return !found(find, p.Name, p.SKU, wireID(p.ExternalID))
	})
	all.Products = all.Products[max(0, len(all.Products)-shown):]
	slices.Reverse(all.Products)
	return all
}
