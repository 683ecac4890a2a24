package unassim

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// person is an invented buyer. A guest has no id, some have no address either.
type person struct {
	id, email                string
	name, phone, mobile      string
	lang, country            string // hu or ro both
	company, tax, euTax      string
	place                    town
	street, number           string
	newsletter, authorised   bool
	reseller, billedLikeShip bool
}

// people makes so many customers: three of four registered, the others guests.
func (m *maker) people(customers int) (registered, guests []*person) {
	taken := len(m.s.customers)
	visitors := max(1, customers/4)
	for i := range max(0, customers-visitors) {
		p := m.person()
		p.id = strconv.Itoa(52100000 + (taken+i)*7)
		p.email = mailbox(p.name, strconv.Itoa(taken+i), p.country)
		registered = append(registered, p)
	}
	for i := range visitors {
		p := m.person()
		p.email = mailbox(p.name, "v"+strconv.Itoa(len(m.s.people)+i), p.country)
		guests = append(guests, p)
	}
	return registered, guests
}

// person makes somebody of one of the two countries, with a company in one case of five.
func (m *maker) person() *person {
	p := &person{lang: "hu", country: "hu", billedLikeShip: m.chance(70)}
	if m.chance(45) {
		p.lang, p.country = "ro", "ro"
	}
	var firm string
	number := m.rng.IntN(90000000) + 10000000
	if p.country == "ro" {
		p.name = m.pick(romanianGiven) + " " + m.pick(romanianFamilies)
		p.place, p.street = romanianTowns[m.rng.IntN(len(romanianTowns))], m.pick(romanianStreets)
		p.mobile = fmt.Sprintf("+407%08d", m.rng.IntN(100000000))
		firm, p.tax, p.euTax = m.pick(romanianFirms), "RO"+strconv.Itoa(number), "RO"+strconv.Itoa(number)
	} else {
		p.name = m.pick(hungarianFamilies) + " " + m.pick(hungarianGiven)
		p.place, p.street = hungarianTowns[m.rng.IntN(len(hungarianTowns))], m.pick(hungarianStreets)
		p.mobile = fmt.Sprintf("+3620%07d", m.rng.IntN(10000000))
		firm, p.tax, p.euTax = m.pick(hungarianFirms), fmt.Sprintf("%d-2-%02d", number, 2+m.rng.IntN(42)), "HU"+strconv.Itoa(number)
	}
	if m.chance(30) {
		p.phone = map[string]string{"hu": "+3662", "ro": "+40264"}[p.country] + fmt.Sprintf("%06d", m.rng.IntN(1000000))
	}
	p.number = strconv.Itoa(1 + m.rng.IntN(120))
	p.newsletter = m.chance(40)
	p.authorised = p.newsletter && m.chance(80)
	if !m.chance(20) {
		p.tax, p.euTax = "", ""
		return p
	}
	p.company, p.reseller = firm, m.chance(40)
	return p
}

// marketplaceBuyer is known to the shop by a relay address of the marketplace only.
func (m *maker) marketplaceBuyer() *person {
	p := m.person()
	p.email = fmt.Sprintf("rendeles-%08x@piacter.example", m.rng.Uint32())
	return p
}

// mailbox is an e-mail address in seven-bit letters made of a name and something that makes it unique.
func mailbox(name, unique, country string) string {
	return strings.ReplaceAll(strings.ToLower(sevenBit.Replace(name)), " ", ".") + "." + unique + "@posta-" + country + ".example"
}

var sevenBit = strings.NewReplacer(
	"á", "a", "é", "e", "í", "i", "ó", "o", "ö", "o", "ő", "o", "ú", "u", "ü", "u", "ű", "u",
	"Á", "A", "É", "E", "Í", "I", "Ó", "O", "Ö", "O", "Ő", "O", "Ú", "U", "Ü", "U", "Ű", "U",
	"ă", "a", "â", "a", "î", "i", "ș", "s", "ț", "t", "Ă", "A", "Â", "A", "Î", "I", "Ș", "S", "Ț", "T")

// element is the Customer of an order. With upperCase a guest typed the address in other letters than before.
func (p *person) element(upperCase bool) *node {
	email := p.email
	if upperCase && p.id == "" && email != "" {
		email = strings.ToUpper(email[:1]) + email[1:]
	}
	return branch("Customer",
		optional("Id", p.id), leaf("Email", email), leaf("Username", ""),
		branch("Contact", leaf("Name", p.name), leaf("Phone", p.phone), leaf("Mobile", p.mobile)),
		branch("Addresses", p.invoiceAddress(), p.shippingAddress()), p.group())
}

func (p *person) group() *node {
	if !p.reseller || p.id == "" {
		return nil
	}
	return branch("Group", leaf("Id", "7702"), leaf("Name", "Viszonteladók"))
}

func (p *person) invoiceAddress() *node {
	name, kind := p.name, "private"
	if p.company != "" {
		name, kind = p.company, "company"
	}
	n := p.addressElement("Invoice", name)
	n.put("TaxNumber", p.tax)
	n.put("EUTaxNumber", p.euTax)
	n.put("CustomerType", kind)
	return n
}

// shippingAddress is the same house or the next one: shops often see two different addresses.
func (p *person) shippingAddress() *node {
	n := p.addressElement("Shipping", p.name)
	if !p.billedLikeShip {
		n.put("Street", p.street+" "+p.number+"/B")
		n.put("StreetNumber", p.number+"/B")
	}
	return n
}

func (p *person) addressElement(element, name string) *node {
	country := "Magyarország"
	if p.country == "ro" {
		country = "Románia"
	}
	return branch(element,
		leaf("Name", name), leaf("ZIP", p.place.zip), leaf("City", p.place.city), leaf("Street", p.street+" "+p.number),
		leaf("StreetName", p.street), leaf("StreetNumber", p.number), leaf("County", p.place.county),
		leaf("Country", country), leaf("CountryCode", p.country))
}

// customer makes the registered customer of a person who first ordered at the given time, or never (zero
// time). Half of the customers registered with their first order.
func (m *maker) customer(p *person, firstOrder time.Time) *customer {
	registered := firstOrder
	if firstOrder.IsZero() {
		registered = m.now.AddDate(0, 0, -1-m.rng.IntN(generatedDays))
	} else if m.chance(50) {
		registered = firstOrder.AddDate(0, 0, -1-m.rng.IntN(700))
	}
	dates := branch("Dates",
		leaf("Registration", m.s.print(registered)), leaf("Modification", m.s.print(registered)), leaf("Login", m.s.print(registered)))
	contact := branch("Contact", leaf("Name", p.name), leaf("Phone", p.phone), leaf("Mobile", p.mobile), leaf("Lang", p.lang))
	cu := &customer{id: p.id, email: p.email}
	cu.raw = inner(
		leaf("Id", p.id), leaf("Email", p.email), leaf("Username", ""), contact,
		branch("Addresses", p.invoiceAddress(), p.shippingAddress()), dates, p.group(),
		branch("Authorize", leaf("Customer", "yes"), leaf("Admin", "yes")),
		branch("Discount", leaf("Total", "0"), leaf("Direct", "0")),
		branch("PointsAccount", leaf("Balance", strconv.Itoa(m.rng.IntN(20)*10)+".0")),
		branch("Newsletter", leaf("Subscribed", yesNo(p.newsletter)), leaf("Authorized", yesNo(p.authorised))),
		leaf("Comment", ""), branch("Others", leaf("FacebookConnect", "no"), leaf("Ip", "192.0.2.44"), leaf("Referer", "")),
	)
	m.s.readDates(cu, dates)
	return cu
}
