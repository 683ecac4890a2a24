package sheet

import (
	"net/url"
	"strings"

	"punte"
)

func trimSpace(text string) string { return strings.TrimSpace(text) }

// labelled puts a label before a text, if there is one.
func labelled(label, text string) string {
	if trimSpace(text) == "" {
		return ""
	}
	return label + ": " + text
}

// filled keeps the texts that say something, printable.
func (d *drawing) filled(texts ...string) []string {
	var kept []string
	for _, text := range texts {
		if text = d.text(text, mostText); text != "" {
			kept = append(kept, text)
		}
	}
	return kept
}

// place is an address on one line.
func (d *drawing) place(a punte.Address) string {
	return strings.Join(d.filled(a.Street, a.PostalCode+" "+a.City, country(a)), ", ")
}

func country(a punte.Address) string {
	if trimSpace(a.CountryName) != "" {
		return a.CountryName
	}
	return a.Country
}

// entry is a line of a column, in a weight.
type entry struct {
	text   string
	weight string
	link   string
}

// column is a head and what stands below it.
type column struct {
	head    string
	entries []entry
	pill    string // a word on a ground
	ground  color
	ink     color
}

// parties are the buyer, the delivery, and how to reach and who pays.
func (d *drawing) parties() {
	const gap, share = 6.0, (width - 12.0) / 3
	head, below := font{"B", 8.5, gray}, d.y
	if d.pdf.PageNo() > 1 {
		d.need(40)
	}
	begin := d.y
	for i, c := range []column{d.buyer(), d.delivery(), d.contact()} {
		x, y := margin+float64(i)*(share+gap), begin
		d.left(head, x, y, c.head)
		y += head.height() + 0.6
		for _, e := range c.entries {
			f := font{e.weight, 9.5, ink}
			if e.link != "" {
				f.color = blue
			}
			from := y
			y = d.block(f, x, y, share, e.text)
			if e.link != "" {
				d.pdf.LinkString(x, from, share, y-from, e.link)
			}
		}
		if c.pill != "" {
			y = d.pill(font{"B", 8.5, c.ink}, c.ground, x, y+1, c.pill)
		}
		below = max(below, y)
	}
	d.y = below + 7
}

// entries are the printable ones of some texts, the first in bold if it is a name.
func (d *drawing) entries(name string, texts ...string) []entry {
	var list []entry
	if name = d.text(name, mostText); name != "" {
		list = append(list, entry{text: name, weight: "B"})
	}
	for _, text := range d.filled(texts...) {
		list = append(list, entry{text: text})
	}
	if len(list) == 0 {
		list = append(list, entry{text: "–"})
	}
	return list
}

func (d *drawing) buyer() column {
	b, w := d.Order.Buyer, d.words
	a := b.Invoice
	name, person := a.Name, ""
	if trimSpace(name) == "" {
		name = b.Name
	}
	if b.Company() && trimSpace(b.Person()) != trimSpace(name) {
		person = b.Person()
	}
	return column{head: w.invoice, entries: d.entries(name, person, a.Street, a.PostalCode+" "+a.City, a.County, country(a),
		labelled(w.taxNumber, a.TaxNumber), labelled(w.euTaxNumber, a.EUTaxNumber))}
}

func (d *drawing) delivery() column {
	o, w := d.Order, d.words
	a := o.Buyer.Delivery
	name, recipient := a.Name, a.Recipient
	if trimSpace(name) == "" {
		name, recipient = recipient, ""
	}
	if trimSpace(recipient) == trimSpace(name) {
		recipient = ""
	}
	point := trimSpace(a.PointGroup + " " + a.PointID)
	return column{head: w.delivery, entries: d.entries(name, recipient, labelled(w.point, point),
		a.Street, a.PostalCode+" "+a.City, a.County, country(a))}
}

func (d *drawing) contact() column {
	o, w := d.Order, d.words
	c := column{head: w.contact, entries: d.entries("", append([]string{o.Buyer.Email}, o.Buyer.Phones()...)...)}
	for _, text := range d.filled(labelled(w.shipping, o.Shipping.Name)) {
		c.entries = append(c.entries, entry{text: text})
	}
	for _, text := range d.filled(labelled(w.parcel, o.Shipping.PackageNumber)) {
		c.entries = append(c.entries, entry{text: text, link: safeLink(o.Shipping.TrackingURL)})
	}
	for _, text := range d.filled(labelled(w.payment, o.Payment.Name)) {
		c.entries = append(c.entries, entry{text: text})
	}
	c.pill, c.ground, c.ink = d.paid()
	return c
}

// paid says how far the order is paid, in the sheet's language where the word of
// the shop is known.
func (d *drawing) paid() (word string, ground, ink color) {
	w := d.words
	switch trimSpace(d.Order.Payment.Status) {
	case "paid":
		return w.paid, paleG, green
	case "unpaid":
		return w.unpaid, paleA, amber
	case "partly paid":
		return w.partly, paleA, amber
	case "overpaid":
		return w.over, paleG, green
	}
	return d.text(d.Order.Payment.Status, 40), hair, gray
}

// safeLink is an address that may be clicked, or empty.
func safeLink(text string) string {
	u, err := url.Parse(trimSpace(text))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || len(text) > 2000 {
		return ""
	}
	return u.String()
}
