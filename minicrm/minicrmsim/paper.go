package minicrmsim

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// A paper is an offer or an invoice. Each has a card in the module of its kind.
type paper struct {
	ID          int64             `json:"id"`
	Kind        string            `json:"kind"` // Offer or Invoice, the path under /Api
	Type        string            `json:"type"` // Offer, Invoice or Proforma
	Card        int64             `json:"card"`
	Counter     int64             `json:"counter"` // its place in the numbering of its kind
	Number      string            `json:"number"`
	Language    string            `json:"language"`
	Contact     int64             `json:"contact"`
	Currency    string            `json:"currency"`
	Payment     string            `json:"payment"`
	Subject     string            `json:"subject"`
	Issued      string            `json:"issued"` // dates
	Performance string            `json:"performance"`
	Prompt      string            `json:"prompt"`
	Paid        string            `json:"paid"` // empty until then
	VATMode     string            `json:"vat_mode"`
	Buyer       map[string]string `json:"buyer"`
	Lines       []paperLine       `json:"lines"`
	Storned     int64             `json:"storned"` // the invoice that this one cancels, 0 if none
	Cancelled   bool              `json:"cancelled"`
	Updated     string            `json:"updated"`
}

// A paperLine is a line of a paper; its sums are computed from it.
type paperLine struct {
	ID       int64           `json:"id"`
	SKU      string          `json:"sku"`
	EAN      string          `json:"ean"`
	Name     string          `json:"name"`
	Text     string          `json:"text"`
	Unit     string          `json:"unit"`
	Price    decimal.Decimal `json:"price"`
	Quantity decimal.Decimal `json:"quantity"`
	Rate     decimal.Decimal `json:"rate"`
}

// paperStatuses are the statuses of modules that a seed gave none.
var paperStatuses = map[string][]struct {
	name  phrase
	group string
}{
	"offers": {
		{phrase{"Preparing offer", "Ajánlat készítése", "Pregătire ofertă"}, "Lead"},
		{phrase{"Offer sent", "Ajánlat kiküldve", "Ofertă trimisă"}, "Open"},
		{phrase{"Accepted", "Elfogadott", "Acceptată"}, "Success"},
		{phrase{"Rejected", "Elutasított", "Respinsă"}, "Failed"},
	},
	"invoices": {
		{phrase{"Issued", "Kiállított", "Emisă"}, "Open"},
		{phrase{"Paid", "Fizetett", "Plătită"}, "Success"},
		{phrase{"Cancelled", "Sztornózott", "Stornată"}, "Failed"},
	},
}

// otherDocument dispatches what stands under /Api/Offer and /Api/Invoice.
func (c *CRM) otherDocument(k call) (any, error) {
	id := k.id(1)
	post := func(write func(map[string]any) (any, error)) (any, error) {
		if k.method != http.MethodPost {
			return nil, c.notAllowed()
		}
		return c.editing(k, write)
	}
	switch {
	case k.part(1) == "List":
		return c.reading(k, c.listPapers)
	case k.part(1) == "":
		return post(func(sent map[string]any) (any, error) { return c.createPaper(k.part(0), sent) })
	case k.part(2) == "":
		return c.reading(k, func(call) (any, error) { return c.withPaper(k.part(0), id, c.printPaper) })
	case k.part(2) == "Project":
		return post(func(sent map[string]any) (any, error) { return c.paperFields(k.part(0), id, sent) })
	case k.part(0) == "Invoice" && k.part(2) == "Paid":
		return post(func(sent map[string]any) (any, error) { return c.payPaper(id, sent) })
	case k.part(0) == "Invoice" && k.part(2) == "Storno":
		return post(func(map[string]any) (any, error) { return c.stornPaper(id) })
	}
	return nil, c.notFound()
}

func (c *CRM) paper(kind string, id int64) *paper {
	for _, p := range c.register.Papers {
		if p.ID == id && p.Kind == kind {
			return p
		}
	}
	return nil
}

func (c *CRM) withPaper(kind string, id int64, look func(*paper) object) (any, error) {
	p := c.paper(kind, id)
	if p == nil {
		return nil, c.notFound()
	}
	return look(p), nil
}

// paperModule is the module that a kind of papers has its cards in.
func (c *CRM) paperModule(kind string) *module {
	for _, m := range c.modules {
		if m.kind == strings.ToLower(kind)+"s" {
			return m
		}
	}
	return nil
}

func (c *CRM) createPaper(kind string, sent map[string]any) (any, error) {
	m := c.paperModule(kind)
	if m == nil {
		return nil, c.notFound()
	}
	contact, _, err := c.customerOf(sent)
	if err != nil {
		return nil, err
	}
	today := c.stamp(c.now())[:len("2006-01-02")]
	p := &paper{
		Kind: kind, Type: kind, Contact: contact, Issued: today, Prompt: today, VATMode: "NormalVAT",
		Language: [...]string{english: "EN", hungarian: "HU", romanian: "RO"}[c.language],
	}
	if err := c.editPaper(p, sent); err != nil {
		return nil, err
	}
	head := order{contact: contact, performance: today, currency: c.ownCurrency()}
	if err := c.editHead(&head, sent, true); err != nil {
		return nil, err
	}
	if len(head.lines) == 0 {
		return nil, c.bad(sayMissing, "Items")
	}
	if head.buyer.name == "" {
		c.defaultBuyer(&head)
	}
	c.keepBuyer(&head, sent, c.now())
	c.numberItems(&head)
	p.take(&head)
	at := c.now()
	card := c.newCard(m, at)
	card.contact, card.business = contact, c.contacts[contact].company()
	p.Card = card.id
	c.filePaper(p)
	card.name = fmt.Sprintf("%s (%s)", p.Number, head.buyer.name)
	c.touchCard(card, c.stamp(at))
	return c.printPaper(p), nil
}

// editPaper takes out of a body what only offers and invoices have.
func (c *CRM) editPaper(p *paper, sent map[string]any) error {
	types, modes := []string{p.Kind}, []string{"NormalVAT", "VATExempt", "ReverseCharge"}
	if p.Kind == "Invoice" {
		types = append(types, "Proforma")
	}
	for name, to := range map[string]*string{
		"Type": &p.Type, "Issued": &p.Issued, "Prompt": &p.Prompt, "Language": &p.Language, "VATMode": &p.VATMode,
	} {
		value, given := sent[name]
		delete(sent, name)
		text, ok := scalar(value)
		if !given || text == "" {
			continue
		}
		switch _, isTime := parseTime(text, c.o.Zone); name {
		case "Type":
			ok = ok && slices.Contains(types, text)
		case "Issued", "Prompt":
			ok = ok && isTime
		case "Language":
			ok = ok && slices.Contains([]string{"HU", "RO", "EN"}, text)
		case "VATMode":
			ok = ok && slices.Contains(modes, text)
		}
		if !ok {
			return c.badOption(name, text)
		}
		*to = text
	}
	return nil
}

// take copies the checked head and lines of a document.
func (p *paper) take(o *order) {
	b := o.buyer
	p.Currency, p.Payment, p.Subject, p.Performance = o.currency, o.payment, o.subject, day(o.performance)
	p.Buyer = map[string]string{
		"Name": b.name, "CountryId": b.country, "County": b.county, "PostalCode": b.postalCode, "City": b.city,
		"Address": b.address, "AccountNumber": b.account, "VatNumber": b.vatNumber, "EUVatNumber": b.euVATNumber,
		"RegistrationNumber": b.registration, "GroupIdentificationNumber": b.group,
	}
	p.Lines = nil
	for _, l := range o.lines {
		p.Lines = append(p.Lines, paperLine{l.id, l.sku, l.ean, l.name, l.text, l.unit, l.price, l.quantity, l.rate})
	}
}

// lines computes the sums of a paper.
func (p *paper) lines() (lines []line, net, gross decimal.Decimal) {
	for _, l := range p.Lines {
		one := line{
			id: l.ID, sku: l.SKU, ean: l.EAN, name: l.Name, text: l.Text, unit: l.Unit,
			price: l.Price, quantity: l.Quantity, rate: l.Rate,
		}
		if err := one.compute(); err != nil {
			continue // it was computed before it was filed
		}
		lines = append(lines, one)
	}
	net, gross, err := sums(lines)
	if err != nil {
		return lines, zero, zero
	}
	return lines, net, gross
}

// filePaper numbers a paper and puts it with the others.
func (c *CRM) filePaper(p *paper) {
	c.register.NextPaper++
	p.ID = c.register.NextPaper
	p.Counter = 1
	for _, other := range c.register.Papers {
		if other.Kind == p.Kind && other.Type == p.Type {
			p.Counter++
		}
	}
	letter := map[string]string{"Offer": "A", "Proforma": "D"}[p.Type]
	p.Number = fmt.Sprintf("%s%s-E/%05d", letter, p.Issued[:4], p.Counter)
	p.Updated = c.stamp(c.now())
	c.register.Papers = append(c.register.Papers, p)
}

// paperFields writes fields of a paper's card, its status among them. Owner,
// items and head cannot be changed.
func (c *CRM) paperFields(kind string, id int64, sent map[string]any) (any, error) {
	p := c.paper(kind, id)
	if p == nil {
		return nil, c.notFound()
	}
	flat, err := c.flatten(sent)
	if err != nil {
		return nil, err
	}
	if len(flat) == 0 {
		return nil, c.bad(sayBadParameter, "Data (JSON)")
	}
	if _, given := flat["UserId"]; given {
		return nil, c.bad(sayBadParameter, "UserId")
	}
	card := c.cards[p.Card]
	e, err := c.projectEdit(card, card.module, flat)
	if err != nil {
		return nil, err
	}
	p.Updated = c.stamp(c.now())
	c.applyEdit(card, e, p.Updated)
	return c.printPaper(p), nil
}

// payPaper marks an invoice as paid; a Customer may come along.
func (c *CRM) payPaper(id int64, sent map[string]any) (any, error) {
	p := c.paper("Invoice", id)
	switch {
	case p == nil:
		return nil, c.notFound()
	case p.Paid != "" || p.Cancelled || p.Storned != 0:
		return nil, c.notAllowed()
	}
	for name := range sent {
		if name != "Customer" {
			return nil, c.bad(sayBadParameter, name)
		}
	}
	if sent["Customer"] != nil {
		head := order{contact: p.Contact}
		if err := c.editBuyer(&head.buyer, sent["Customer"]); err != nil {
			return nil, err
		}
		c.keepBuyer(&head, sent, c.now())
	}
	p.Updated = c.stamp(c.now())
	p.Paid = day(p.Updated)
	c.paperStatus(p, 1)
	return c.printPaper(p), nil
}

// stornPaper cancels an invoice and answers with the one that cancels it.
func (c *CRM) stornPaper(id int64) (any, error) {
	p := c.paper("Invoice", id)
	switch {
	case p == nil:
		return nil, c.notFound()
	case p.Cancelled || p.Storned != 0:
		return nil, c.notAllowed()
	}
	p.Cancelled = true
	p.Updated = c.stamp(c.now())
	c.paperStatus(p, 2)
	negative := *p
	negative.Storned, negative.Cancelled, negative.Paid, negative.Lines = p.ID, false, "", nil
	negative.Issued = day(p.Updated)
	for _, l := range p.Lines {
		l.Quantity = l.Quantity.Neg()
		negative.Lines = append(negative.Lines, l)
	}
	c.filePaper(&negative)
	return c.printPaper(&negative), nil
}

// paperStatus moves an invoice's card, if its module has the usual statuses.
func (c *CRM) paperStatus(p *paper, place int) {
	card := c.cards[p.Card]
	if place < len(card.module.statuses) {
		c.moveCard(card, card.module.statuses[place].id, p.Updated)
		c.touchCard(card, p.Updated)
	}
}

// listPapers lists offers or invoices, the most recently modified one first.
func (c *CRM) listPapers(k call) (any, error) {
	if k.part(0) == "Offer" && c.o.Switches.OrderListUnderOffer && !c.o.Switches.NoOrderList {
		return c.listOrders(k)
	}
	page, since, group, err := c.listFilters(k)
	if err != nil {
		return nil, err
	}
	all := slices.Clone(c.register.Papers)
	slices.SortStableFunc(all, func(a, b *paper) int { return cmp.Or(cmp.Compare(b.Updated, a.Updated), cmp.Compare(b.ID, a.ID)) })
	var rows object
	count := 0
	for _, p := range all {
		s := c.cards[p.Card].module.status(c.cards[p.Card].status)
		if p.Kind != k.part(0) || group != "" && s.group != group || since != "" && !c.since(p.Updated, since) {
			continue
		}
		if count >= page*pageSize && len(rows) < pageSize {
			rows = rows.with(wireID(p.ID), c.paperRow(p, s))
		}
		count++
	}
	return c.results(count, rows), nil
}

func (c *CRM) paperRow(p *paper, s *status) object {
	_, net, gross := p.lines()
	return object{
		{"Id", c.documentID(p.ID)},
		{"ProjectId", c.documentID(p.Card)},
		{"StornedId", c.documentID(p.Storned)},
		{"Number", p.Number},
		{"Type", p.Type},
		{"Issued", p.Issued},
		{"Performance", p.Performance},
		{"Prompt", p.Prompt},
		{"Paid", p.Paid},
		{"CurrencyCode", p.Currency},
		{"AmountNet", fixed(net, 4)},
		{"AmountVat", fixed(difference(gross, net), 4)},
		{"Amount", fixed(gross, 4)},
		{"Status", s.name},
		{"StatusGroup", s.group},
		{"DocumentUrl", c.documentURL(p.Kind, p.ID)},
	}
}

// documentURL is where the PDF of a document would be.
func (c *CRM) documentURL(kind string, id int64) string {
	token := strings.ToLower(kind) + strconv.FormatInt(id, 36)
	return fmt.Sprintf("%s/%s/Download/S3/?t=doc&inline=0&e=%s", c.base(), c.o.SystemID, token)
}
