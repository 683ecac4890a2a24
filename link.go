package punte

import (
	"net/url"
	"strconv"
	"strings"
)

// Sources of the link to an order's document, as link_source names them. A
// parameter is "param:" and its name, a template "template:" and a URL.
const (
	LinkAuto     = "auto"
	LinkSheet    = "sheet"
	LinkInvoice  = "invoice"
	linkParam    = "param:"
	linkTemplate = "template:"
)

// Link is the address that goes into the link field; empty leaves the field
// alone. sheet is the address of the order's own sheet, empty where none is served.
func (c *Connection) Link(o Order, sheet string) string {
	switch {
	case c.LinkSource == LinkSheet:
		return sheet
	case c.LinkSource == LinkInvoice:
		return o.Invoice.URL
	case strings.HasPrefix(c.LinkSource, linkParam):
		return find(o.Params, strings.TrimPrefix(c.LinkSource, linkParam))
	case strings.HasPrefix(c.LinkSource, linkTemplate):
		return fill(strings.TrimPrefix(c.LinkSource, linkTemplate), o)
	case sheet != "":
		return sheet
	}
	return o.Invoice.URL
}

// fill puts an order's key and id into a template, escaped for the part of the
// address they stand in.
func fill(template string, o Order) string {
	path, query, hasQuery := strings.Cut(template, "?")
	id := strconv.FormatInt(o.ID, 10)
	path = strings.NewReplacer("{key}", url.PathEscape(o.Key), "{id}", id).Replace(path)
	if !hasQuery {
		return path
	}
	return path + "?" + strings.NewReplacer("{key}", url.QueryEscape(o.Key), "{id}", id).Replace(query)
}
