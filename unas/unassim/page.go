package unassim

import (
	"html/template"
	"net/http"
)

// pageRows is how many of the newest orders the page shows.
const pageRows = 200

var ordersPage = template.Must(template.New("orders").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Simulated UNAS shop {{.ShopID}}</title>
<style>body{font:15px/1.4 system-ui,sans-serif;margin:2rem}td,th{padding:.2rem .8rem;text-align:left;border-bottom:1px solid #ddd}td.n{text-align:right}</style>
<h1>Simulated UNAS shop {{.ShopID}}</h1>
<p>{{.Total}} orders, {{.Customers}} registered customers. Shop time {{.Now}}. Newest changes first.</p>
<table><tr><th>Order<th>Placed<th>Changed<th>Status<th>Customer<th>Total
{{range .Orders}}<tr><td>{{.Key}}<td>{{.Date}}<td>{{.DateMod}}<td>{{.Status}}<td>{{.Buyer}}<td class="n">{{.Sum}} {{.Currency}}
{{end}}</table></html>
`))

type pageRow struct{ Key, Date, DateMod, Status, Buyer, Sum, Currency string }

// servePage shows the newest orders to a person who wonders what is in the shop.
func (s *Shop) servePage(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	rows := s.byModified.list
	page := struct {
		ShopID, Now      string
		Total, Customers int
		Orders           []pageRow
	}{s.options.ShopID, s.print(s.now()), len(rows), len(s.customers), nil}
	for i := len(rows) - 1; i >= 0 && len(page.Orders) < pageRows; i-- {
		o := rows[i]
		page.Orders = append(page.Orders, pageRow{o.key, o.placedText, o.modifiedText, o.status, o.buyer, o.sum, o.currency})
	}
	s.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = ordersPage.Execute(w, page) // a client that went away is not our trouble
}
