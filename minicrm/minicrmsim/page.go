package minicrmsim

import (
	"bytes"
	"html/template"
	"net/http"
	"slices"
)

// shown is how many of the newest orders, cards and documents the page shows.
const shown = 100

var pageTemplate = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>MiniCRM simulator {{.SystemID}}</title>
<style>body{font:14px sans-serif;margin:2em}table{border-collapse:collapse;margin-bottom:2em}td,th{border:1px solid #ccc;padding:.2em .5em;text-align:left;vertical-align:top}</style>
<h1>MiniCRM simulator, system {{.SystemID}}</h1>
<p>{{.Time}}. Control addresses: <a href="/_sim/stats">stats</a> <a href="/_sim/orders">orders</a> <a href="/_sim/cards">cards</a> <a href="/_sim/log">log</a> <a href="/_sim/stock">stock</a></p>
<h2>Orders ({{.OrderCount}})</h2>
<table><tr><th>External id<th>Number<th>Status<th>Owner<th>Amount<th>Customer<th>Fields</tr>
{{range .Orders}}<tr><td>{{.ExternalID}}<td>{{.Number}}<td>{{.CardStatus}}<td>{{.Owner}}<td>{{.Amount}} {{.Currency}}<td>{{.CustomerExternalID}}<td>{{range $name, $value := .Fields}}{{$name}}: {{$value}}<br>{{end}}</tr>
{{end}}</table>
<h2>Cards ({{.CardCount}})</h2>
<table><tr><th>Id<th>External id<th>Module<th>Name<th>Status<th>Owner<th>Contacts<th>Orders</tr>
{{range .Cards}}<tr><td>{{.ID}}<td>{{.ExternalID}}<td>{{.Category}}<td>{{.Name}}<td>{{.Status}}<td>{{.Owner}}<td>{{range .Contacts}}{{.Name}} {{.Email}}<br>{{end}}<td>{{len .Orders}}</tr>
{{end}}</table>
<h2>Documents ({{.DocumentCount}})</h2>
<table><tr><th>Document<th>Accepted<th>Processed<th>Taken<th>Refused and notes</tr>
{{range .Log}}<tr><td>{{.Document}} ({{.Kind}})<td>{{.Accepted}}<td>{{.Time}}<td>{{len .Taken}}<td>{{range .Refused}}{{.Project}}: {{.Reason}}<br>{{end}}{{range .Notes}}{{.Project}} {{.Order}}: {{.Reason}}<br>{{end}}</tr>
{{end}}</table>
</html>
`))

// page is for people who want to see what is in the system, newest first.
func (c *CRM) page(w http.ResponseWriter) {
	orders, cards, log := c.orderStates(false), c.cardStates(false), c.Log()
	c.mu.Lock()
	now := c.stamp(c.now())
	c.mu.Unlock()
	view := struct {
		SystemID, Time                       string
		OrderCount, CardCount, DocumentCount int
		Orders                               []OrderState
		Cards                                []CardState
		Log                                  []DocumentLog
	}{
		c.o.SystemID, now, len(orders), len(cards), len(log),
		newest(orders), newest(cards), newest(log),
	}
	var body bytes.Buffer
	if err := pageTemplate.Execute(&body, view); err != nil {
		c.refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	answer{http.StatusOK, "text/html; charset=utf-8", body.Bytes()}.write(w)
}

func newest[T any](all []T) []T {
	kept := slices.Clone(all[max(0, len(all)-shown):])
	slices.Reverse(kept)
	return kept
}
