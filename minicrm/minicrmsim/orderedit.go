package minicrmsim

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"
)

// createOrder makes a draft from a JSON body.
func (c *CRM) createOrder(sent map[string]any) (any, error) {
	if c.orderly == nil {
		return nil, c.notFound()
	}
	person, customer, err := c.customerOf(sent)
	if err != nil {
		return nil, err
	}
	draft := order{performance: c.stamp(c.now())[:len("2006-01-02")], contact: person}
	if err := c.editHead(&draft, sent, true); err != nil {
		return nil, err
	}
	if draft.buyer.name == "" {
		c.defaultBuyer(&draft)
	}
	at := c.now()
	o := c.newOrder(at)
	draft.id, draft.card, draft.state, draft.slot = o.id, o.card, Draft, -1
	draft.customer = customer
	if draft.currency == "" {
		draft.currency = o.currency
	}
	*o = draft
	if customer != nil {
		customer.orders = append(customer.orders, o)
		o.card.user = customer.user
	}
	o.card.contact, o.card.business = person, c.contacts[person].company()
	o.card.name = c.orderCardName(o)
	c.numberItems(o)
	c.keepBuyer(o, sent, at)
	c.touchOrder(o, c.stamp(at))
	return c.orderDetail(o.id)
}

// changeOrder changes the head and the items of a draft.
func (c *CRM) changeOrder(id int64, sent map[string]any) (any, error) {
	o := c.orders[id]
	if o == nil {
		return nil, c.notFound()
	}
	if o.state != Draft {
		return nil, c.notAllowed()
	}
	if _, _, err := c.customerOf(sent); err != nil {
		return nil, err
	}
	changed := *o
	changed.lines = slices.Clone(o.lines)
	if err := c.editHead(&changed, sent, false); err != nil {
		return nil, err
	}
	*o = changed
	c.numberItems(o)
	o.card.name = c.orderCardName(o)
	c.keepBuyer(o, sent, c.now())
	c.touchOrder(o, c.stamp(c.now()))
	return c.orderDetail(id)
}

func (c *CRM) numberItems(o *order) {
	for i := range o.lines {
		if o.lines[i].id == 0 {
			c.nextItem++
			o.lines[i].id = c.nextItem
		}
	}
}

// defaultBuyer takes the address of the contact where the caller gave none: the
// billing address, else the default one.
func (c *CRM) defaultBuyer(o *order) {
	p := c.contacts[o.contact]
	o.buyer.name = p.name()
	o.buyer.vatNumber, o.buyer.account = p.fields["VatNumber"], p.fields["BankAccount"]
	var chosen *address
	for _, a := range p.addresses {
		if chosen == nil || a.main && chosen.kind != c.say(nameBilling) || a.kind == c.say(nameBilling) {
			chosen = a
		}
	}
	if chosen != nil {
		o.buyer.country = c.countries.byLabel[chosen.country].number
		o.buyer.county, o.buyer.postalCode, o.buyer.city, o.buyer.address = chosen.county, chosen.code, chosen.city, chosen.street
	}
}

// keepBuyer writes a Customer that was sent back to the contact, as MiniCRM
// documents it: VAT number and bank account are overwritten, and an address
// that is new becomes the default one.
func (c *CRM) keepBuyer(o *order, sent map[string]any, at time.Time) {
	p := c.contacts[o.contact]
	if sent["Customer"] == nil || p == nil {
		return
	}
	b := o.buyer
	p.fields["VatNumber"], p.fields["BankAccount"] = b.vatNumber, b.account
	c.touchContact(p, c.stamp(at))
	label := c.countries.byNumber[b.country].label
	known := slices.ContainsFunc(p.addresses, func(a *address) bool {
		return a.country == label && a.code == b.postalCode && a.city == b.city && a.street == b.address
	})
	if known {
		return
	}
	a := c.newAddress(p, at)
	a.name, a.country, a.county, a.code, a.city, a.street = b.name, label, b.county, b.postalCode, b.city, b.address
	a.set("Default", "1")
	a.set("Type", c.say(nameBilling))
}

func (c *CRM) editHead(o *order, sent map[string]any, creating bool) error {
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		text, _ := scalar(sent[name]) // empty for objects, which are read by name
		switch name {
		case "CustomerId", "ReferenceId":
		case "CurrencyCode":
			if !creating || !currencyCode.MatchString(text) {
				return c.badOption(name, text)
			}
			o.currency = text
		case "Subject":
			o.subject = text
		case "PaymentMethod":
			o.payment = text
		case "Performance":
			if _, ok := parseTime(text, c.o.Zone); !ok {
				return c.badOption(name, text)
			}
			o.performance = text
		case "Customer":
			if err := c.editBuyer(&o.buyer, sent[name]); err != nil {
				return err
			}
		case "Items":
			if err := c.editItems(o, sent[name]); err != nil {
				return err
			}
		default:
			if err := c.unknown(name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *CRM) editBuyer(b *buyer, sent any) error {
	parts, ok := sent.(map[string]any)
	if !ok {
		return c.bad(sayBadParameter, "Customer")
	}
	flat, err := c.flatten(parts)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(flat)) {
		to := map[string]*string{
			"Name": &b.name, "County": &b.county, "PostalCode": &b.postalCode, "City": &b.city, "Address": &b.address,
			"AccountNumber": &b.account, "VatNumber": &b.vatNumber, "EUVatNumber": &b.euVATNumber,
			"RegistrationNumber": &b.registration, "GroupIdentificationNumber": &b.group,
			"Country": &b.country, "CountryId": &b.country,
		}[name]
		if to == nil {
			if err := c.unknown(name); err != nil {
				return err
			}
			continue
		}
		*to = flat[name]
		if to != &b.country {
			continue
		}
		known, found := c.countries.byNumber[flat[name]]
		if !found {
			known, found = c.countries.byLabel[flat[name]]
		}
		if !found && flat[name] != "" {
			return c.badOption(name, flat[name])
		}
		*to = known.number
	}
	return nil
}

// editItems adds items without an Id and changes those with one.
func (c *CRM) editItems(o *order, sent any) error {
	items, ok := sent.([]any)
	if !ok {
		return c.bad(sayBadParameter, "Items")
	}
	for _, one := range items {
		parts, ok := one.(map[string]any)
		if !ok {
			return c.bad(sayBadParameter, "Items")
		}
		flat, err := c.flatten(parts)
		if err != nil {
			return err
		}
		if err := c.editItem(o, flat); err != nil {
			return err
		}
	}
	net, gross, err := sums(o.lines)
	if err != nil {
		return c.bad(sayBadParameter, "Items")
	}
	o.net, o.gross = net, gross
	return nil
}

func (c *CRM) editItem(o *order, sent map[string]string) error {
	l := line{rate: zero, quantity: decimal.MustNew(1, 0)}
	place := -1
	if text := sent["Id"]; text != "" {
		id, _ := strconv.ParseInt(text, 10, 64) // 0 is no item
		place = slices.IndexFunc(o.lines, func(l line) bool { return l.id == id && id != 0 })
		if place < 0 {
			return c.badOption("Id", text)
		}
		l = o.lines[place]
	}
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		if err := c.setItem(&l, name, sent[name]); err != nil {
			return err
		}
	}
	if l.name == "" {
		return c.bad(sayMissing, "Name")
	}
	if err := l.compute(); err != nil {
		return c.badOption("PriceNet", sent["PriceNet"])
	}
	if place >= 0 {
		o.lines[place] = l
		return nil
	}
	o.lines = append(o.lines, l)
	return nil
}

func (c *CRM) setItem(l *line, name, value string) error {
	var err error
	switch name {
	case "Id":
	case "SKU":
		l.sku = value
	case "EAN":
		l.ean = value
	case "Name":
		l.name = value
	case "Description":
		l.text = value
	case "Unit":
		l.unit = value
	case "PriceNet":
		l.price, err = decimal.Parse(value)
	case "Quantity":
		l.quantity, err = decimal.Parse(value)
	case "VAT":
		l.rate, err = vatRate(strings.TrimSuffix(value, "%"))
	default:
		return c.unknown(name)
	}
	if err != nil {
		return c.badOption(name, value)
	}
	return nil
}
