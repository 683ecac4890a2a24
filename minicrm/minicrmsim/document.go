package minicrmsim

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// document answers what stands under /Api/Order, /Api/Offer and /Api/Invoice,
// and notices what a call changed.
func (c *CRM) document(k call) (any, error) {
	answer := c.orderCall
	if k.part(0) != "Order" {
		answer = c.otherDocument
	}
	body, err := answer(k)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.noticeChanges()
	return body, err
}

// orderCall dispatches what stands under /Api/Order.
func (c *CRM) orderCall(k call) (any, error) {
	switch k.part(1) {
	case "":
		if k.method != http.MethodPost {
			return nil, c.notAllowed()
		}
		return c.editing(k, c.createOrder)
	case "List":
		if c.o.Switches.OrderListUnderOffer {
			return nil, c.notFound()
		}
		if c.o.Switches.NoOrderList {
			return nil, c.notAllowed()
		}
		return c.reading(k, c.listOrders)
	}
	id := k.id(1)
	switch action := k.part(2); action {
	case "":
		if k.method == http.MethodPost {
			return c.editing(k, func(sent map[string]any) (any, error) { return c.changeOrder(id, sent) })
		}
		return c.reading(k, func(call) (any, error) { return c.orderDetail(id) })
	case "DeleteItem":
		return c.reading(k, func(call) (any, error) { return c.deleteItem(id, k.id(3)) })
	case "Project":
		if k.method != http.MethodPost {
			return nil, c.notAllowed()
		}
		return c.editing(k, func(sent map[string]any) (any, error) { return c.orderFields(id, sent) })
	default:
		return c.orderAction(k, id, action)
	}
}

// editing reads the body before it takes the lock.
func (c *CRM) editing(k call, write func(map[string]any) (any, error)) (any, error) {
	sent, err := c.body(k)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return write(sent)
}

// An action moves a document from one of some states to another.
type action struct {
	from []State
	to   State
}

func (c *CRM) action(name string) (action, bool) {
	stornoFrom := []State{Completed, Paid}
	if c.o.Switches.StornoFromFailed {
		stornoFrom = []State{Completed, Failed}
	}
	a, known := map[string]action{
		"Finalize": {[]State{Draft}, Issued},
		"Edit":     {[]State{Issued}, Draft},
		"Complete": {[]State{Issued}, Completed},
		"Paid":     {[]State{Completed, Failed}, Paid},
		"Storno":   {stornoFrom, Failed},
	}[name]
	return a, known
}

func (c *CRM) orderAction(k call, id int64, name string) (any, error) {
	a, known := c.action(name)
	if !known {
		return nil, c.notFound()
	}
	if k.method != http.MethodPost && !(k.method == http.MethodGet && c.o.Switches.ActionsByGet) {
		return nil, c.notAllowed()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.orders[id]
	if o == nil {
		return nil, c.notFound()
	}
	if !slices.Contains(a.from, o.state) {
		return nil, c.notAllowed()
	}
	at := c.now()
	c.setState(o, a.to, c.stamp(at))
	o.card.name = c.orderCardName(o)
	c.touchOrder(o, c.stamp(at))
	c.refresh(o.customer, at)
	return c.orderDetail(id)
}

// documentID prints an id as the document API does.
func (c *CRM) documentID(id int64) any {
	if c.o.Switches.DocumentIDsAsNumber {
		return id
	}
	if id == 0 {
		return ""
	}
	return wireID(id)
}

// day is the date part of a time on the wire.
func day(wire string) string { return wire[:min(len(wire), len("2006-01-02"))] }

// items prints the lines of a document.
func (c *CRM) items(o *order) []any {
	items := []any{}
	for _, l := range o.lines {
		items = append(items, object{
			{"Id", c.documentID(l.id)},
			{"SKU", l.sku},
			{"EAN", l.ean},
			{"Name", l.name},
			{"Description", l.text},
			{"PriceNet", fixed(l.price, 6)},
			{"Quantity", fixed(l.quantity, 4)},
			{"Unit", l.unit},
			{"PriceNetTotal", fixed(l.net, 4)},
			{"VAT", canonical(l.rate) + "%"},
			{"VATSubtype", ""},
			{"PriceTotal", fixed(l.gross, 2)},
		})
	}
	return items
}

func (c *CRM) orderDetail(id int64) (any, error) {
	o := c.orders[id]
	if o == nil {
		return nil, c.notFound()
	}
	b := o.buyer
	own := object{{"Name", o.card.name}}
	for _, f := range o.card.module.fields {
		own = own.with(f.name, o.card.fields[f.name])
	}
	own = own.with("StatusId", wireID(o.card.status))
	return object{
		{"Id", c.documentID(o.id)},
		{"ProjectId", c.documentID(o.card.id)},
		{"CustomerId", c.documentID(o.contact)},
		{"Number", o.number},
		{"InvoiceMode", "Normal"},
		{"Customer", object{
			{"Name", b.name},
			{"CountryId", b.country},
			{"County", b.county},
			{"PostalCode", b.postalCode},
			{"City", b.city},
			{"Address", b.address},
			{"AccountNumber", b.account},
			{"VatNumber", b.vatNumber},
			{"EUVatNumber", b.euVATNumber},
			{"RegistrationNumber", b.registration},
			{"GroupIdentificationNumber", b.group},
		}},
		{"VendorGroupIdentificationNumber", ""},
		{"Subject", o.subject},
		{"PaymentMethod", o.payment},
		{"Performance", day(o.performance)},
		{"CurrencyCode", o.currency},
		{"AmountNet", canonical(o.net)},
		{"AmountVat", canonical(difference(o.gross, o.net))},
		{"Amount", canonical(o.gross)},
		{"Accounting", "Normal"},
		{"OSS", "0"},
		{"Items", c.items(o)},
		{"Project", own},
	}, nil
}

// listOrders lists the issued documents, the most recently modified one first.
func (c *CRM) listOrders(k call) (any, error) {
	page, since, group, err := c.listFilters(k)
	if err != nil {
		return nil, err
	}
	var rows object
	count := 0
	for _, o := range slices.Backward(c.recent.slots) {
		switch {
		case o == nil, o.state == Draft && !c.o.Switches.DraftsListed:
			continue
		case group != "" && o.state.group() != group, since != "" && !c.since(o.updated, since):
			continue
		}
		if count >= page*pageSize && len(rows) < pageSize {
			rows = rows.with(wireID(o.id), c.orderRow(o))
		}
		count++
	}
	return c.results(count, rows), nil
}

// listFilters reads the parameters that lists of documents know.
func (c *CRM) listFilters(k call) (page int, since, group string, err error) {
	if page, err = c.pageOf(k); err != nil {
		return 0, "", "", err
	}
	if since, err = c.sinceOf(k); err != nil {
		return 0, "", "", err
	}
	for _, name := range slices.Sorted(maps.Keys(k.query)) {
		if slices.Contains([]string{"Page", "UpdatedSince", "StatusGroup"}, name) {
			continue
		}
		if err := c.unknown(name); err != nil {
			return 0, "", "", err
		}
	}
	group = k.query.Get("StatusGroup")
	if group != "" && !slices.Contains([]string{"Lead", "Open", "Success", "Failed"}, group) {
		return 0, "", "", c.badOption("StatusGroup", group)
	}
	return page, since, group, nil
}

func (c *CRM) orderRow(o *order) object {
	link := ""
	if c.o.Switches.DocumentsGenerated && o.state != Draft {
		link = c.documentURL("Order", o.id)
	}
	return object{
		{"Id", c.documentID(o.id)},
		{"ProjectId", c.documentID(o.card.id)},
		{"StornedId", ""},
		{"Number", o.number},
		{"Type", "Order"},
		{"Issued", o.issued},
		{"Performance", day(o.performance)},
		{"Prompt", day(o.performance)},
		{"Paid", o.paid},
		{"CurrencyCode", o.currency},
		{"AmountNet", fixed(o.net, 4)},
		{"AmountVat", fixed(difference(o.gross, o.net), 4)},
		{"Amount", fixed(o.gross, 4)},
		{"Status", o.card.statusName()},
		{"StatusGroup", o.state.group()},
		{"DocumentUrl", link},
	}
}

func (c *CRM) deleteItem(id, item int64) (any, error) {
	o := c.orders[id]
	if o == nil {
		return nil, c.notFound()
	}
	if o.state != Draft {
		return nil, c.notAllowed()
	}
	i := slices.IndexFunc(o.lines, func(l line) bool { return l.id == item })
	if i < 0 {
		return nil, c.notFound()
	}
	o.lines = slices.Delete(o.lines, i, i+1)
	o.sum()
	c.touchOrder(o, c.stamp(c.now()))
	return c.orderDetail(id)
}

// orderFields writes fields of an order's card.
func (c *CRM) orderFields(id int64, sent map[string]any) (any, error) {
	o := c.orders[id]
	if o == nil {
		return nil, c.notFound()
	}
	flat, err := c.flatten(sent)
	if err != nil {
		return nil, err
	}
	if len(flat) == 0 {
		return nil, c.bad(sayBadParameter, "Data (JSON)")
	}
	e, err := c.projectEdit(o.card, o.card.module, flat)
	if err != nil {
		return nil, err
	}
	at := c.stamp(c.now())
	c.applyEdit(o.card, e, at)
	c.touchOrder(o, at)
	return c.orderDetail(id)
}

// customerOf reads CustomerId or ReferenceId, one of which every write needs.
func (c *CRM) customerOf(sent map[string]any) (person int64, customer *card, err error) {
	if text, _ := scalar(sent["ReferenceId"]); text != "" {
		if known := c.byReference(call{}, text); known != nil {
			return known.contact, known, nil
		}
		id, err := strconv.ParseInt(text, 10, 64)
		if p := c.personOf[id]; p != nil && err == nil {
			return p.id, nil, nil
		}
		return 0, nil, c.badOption("ReferenceId", text)
	}
	text, _ := scalar(sent["CustomerId"])
	if text == "" {
		return 0, nil, c.bad(sayMissing, "CustomerId")
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || c.contacts[id] == nil {
		return 0, nil, c.badOption("CustomerId", text)
	}
	return id, nil, nil
}
