package unassim

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// person is an invented buyer. A guest has no id, some have no address either.
type person struct {
	id, email              string
	name, phone, mobile    string
	lang, country          string // country is hu or ro; some in Romania order in Hungarian
	company, tax, euTax    string
	society                bool // a body without a tax number, such as the owners of a house
	lives, gets            home // where invoices and parcels go
	group                  string
	newsletter, authorised bool
	badAddress             bool // EmailWarning
	answer                 string
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
	p := &person{lang: "hu", country: "hu"}
	if m.chance(45) {
		p.lang, p.country = "ro", "ro"
	}
	if p.country == "ro" {
		p.name, p.lives = m.romanianName(), m.romanianHome()
	} else {
		p.name, p.lives = m.hungarianName(), m.hungarianHome()
	}
	if p.country == "ro" && m.chance(6) {
		p.lang, p.name = "hu", m.pick(hungarianFamilies)+" "+m.pick(hungarianGiven)
	}
	p.mobile = m.mobile(p.country)
	if m.chance(25) {
		p.phone = m.landline(p.country)
	}
	p.gets = p.lives
	if m.chance(28) {
		p.gets = m.homeIn(p.country)
	}
	p.newsletter = m.chance(40)
	p.authorised = p.newsletter && m.chance(80)
	p.badAddress = m.chance(1)
	if m.chance(15) {
		p.answer = m.pick(acquaintances)
	}
	switch dice := m.rng.IntN(100); {
	case dice < 20:
		p.company = m.firm(p.country, p.name)
		p.tax, p.euTax = m.taxIn(p.country)
		p.group = when(m.chance(40), "7702")
	case dice < 22:
		p.company, p.society = p.lives.street+" – "+map[string]string{"hu": "Társasház", "ro": "Asociația de proprietari"}[p.country], true
		p.group = when(m.chance(30), "7703")
	case m.chance(8):
		p.group = "7701"
	}
	return p
}

var acquaintances = []string{"Ismerőstől", "Hirdetésből", "Kiállításról", "Közösségi oldalról"}

func (m *maker) homeIn(country string) home {
	if country == "ro" {
		return m.romanianHome()
	}
	return m.hungarianHome()
}

func (m *maker) taxIn(country string) (number, eu string) {
	if country == "ro" {
		return m.romanianTax()
	}
	return m.hungarianTax()
}

// marketplaceBuyer is known to the shop by a relay address of the marketplace only.
func (m *maker) marketplaceBuyer() *person {
	p := m.person()
	p.email = fmt.Sprintf("rendeles-%08x@piacter.example", m.rng.Uint32())
	return p
}

// mailbox is an e-mail address in seven-bit letters made of a name and something that makes it unique.
func mailbox(name, unique, country string) string {
	name = strings.ReplaceAll(strings.ToLower(sevenBit.Replace(name)), ". ", " ")
	return strings.ReplaceAll(name, " ", ".") + "." + unique + "@posta-" + country + ".example"
}

var sevenBit = strings.NewReplacer(
	"á", "a", "é", "e", "í", "i", "ó", "o", "ö", "o", "ő", "o", "ú", "u", "ü", "u", "ű", "u",
	"Á", "A", "É", "E", "Í", "I", "Ó", "O", "Ö", "O", "Ő", "O", "Ú", "U", "Ü", "U", "Ű", "U",
	"ă", "a", "â", "a", "î", "i", "ș", "s", "ț", "t", "Ă", "A", "Â", "A", "Î", "I", "Ș", "S", "Ț", "T")

// element is the Customer of an order that goes to the given point, if it names one. With upperCase a guest
// typed the address in other letters than before.
func (p *person) element(upperCase bool, to *point) *node {
	email := p.email
	if upperCase && p.id == "" && email != "" {
		email = strings.ToUpper(email[:1]) + email[1:]
	}
	shipping := p.shippingAddress()
	if to != nil {
		shipping.kids = append(shipping.kids, leaf("DeliveryPointID", to.id), leaf("DeliveryPointGroup", to.group), leaf("RecipientName", p.name))
	}
	return branch("Customer",
		optional("Id", p.id), leaf("Email", email), optional("EmailWarning", when(p.badAddress, "1")), leaf("Username", ""),
		branch("Contact", leaf("Name", p.name), leaf("Phone", p.phone), leaf("Mobile", p.mobile)),
		branch("Addresses", p.invoiceAddress(), shipping), p.groupElement(), p.params())
}

// point is a place where parcels wait.
type point struct{ id, group string }

var groupNames = map[string][2]string{"7701": {"Törzsvásárlók", ""}, "7702": {"Viszonteladók", "VISZ"}, "7703": {"Közintézmények", "KOZ"}}

func (p *person) groupElement() *node {
	if p.group == "" || p.id == "" {
		return nil
	}
	g := groupNames[p.group]
	return branch("Group", leaf("Id", p.group), leaf("Name", g[0]), optional("ForeignID", g[1]))
}

// params are what the customer answered when they registered.
func (p *person) params() *node {
	if p.answer == "" || p.id == "" {
		return nil
	}
	return branch("Params", branch("Param", leaf("Id", "1401"), leaf("Name", "Honnan hallott rólunk?"), leaf("Value", p.answer)))
}

func (p *person) invoiceAddress() *node {
	name, kind := p.name, "private"
	switch {
	case p.society:
		name, kind = p.company, "other_customer_without_tax_number"
	case p.company != "":
		name, kind = p.company, "company"
	}
	n := p.addressElement("Invoice", name, p.lives)
	n.put("TaxNumber", p.tax)
	n.put("EUTaxNumber", p.euTax)
	n.put("CustomerType", kind)
	return n
}

func (p *person) shippingAddress() *node { return p.addressElement("Shipping", p.name, p.gets) }

// addressElement leaves StreetName, StreetType and StreetNumber out where the shop could not tell them apart.
func (p *person) addressElement(element, name string, at home) *node {
	country := "Magyarország"
	if p.country == "ro" {
		country = "Románia"
	}
	return branch(element,
		leaf("Name", name), leaf("ZIP", at.zip), leaf("City", at.city), leaf("Street", at.street),
		optional("StreetName", at.name), optional("StreetType", at.kind), optional("StreetNumber", at.door), leaf("County", at.county),
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
	login, modified := registered, registered
	if m.chance(30) {
		login = registered.Add(time.Duration(m.rng.Int64N(int64(max(m.now.Sub(registered), 1)))).Truncate(time.Second))
		modified = registered.Add(login.Sub(registered) / 2).Truncate(time.Second)
	}
	dates := branch("Dates",
		leaf("Registration", m.s.print(registered)), leaf("Modification", m.s.print(modified)), leaf("Login", m.s.print(login)))
	contact := branch("Contact", leaf("Name", p.name), leaf("Phone", p.phone), leaf("Mobile", p.mobile), leaf("Lang", p.lang))
	cu := &customer{id: p.id, email: p.email}
	addresses := branch("Addresses", p.invoiceAddress(), p.shippingAddress())
	if m.chance(5) {
		other := p.addressElement("Other", p.name, m.homeIn(p.country))
		other.kids = append([]*node{leaf("Id", "1")}, other.kids...)
		addresses.kids = append(addresses.kids, other)
	}
	discount := when(p.group == "7702", "10") + when(p.group != "7702", "0")
	cu.raw = inner(
		leaf("Id", p.id), leaf("Email", p.email), optional("EmailWarning", when(p.badAddress, "1")), leaf("Username", ""), contact,
		addresses, p.params(), dates, p.groupElement(),
		branch("Authorize", leaf("Customer", yesNo(!m.chance(4))), leaf("Admin", yesNo(!m.chance(2)))),
		branch("Discount", leaf("Total", discount), leaf("Direct", discount)),
		branch("PointsAccount", leaf("Balance", strconv.Itoa(m.rng.IntN(20)*10)+".0")),
		branch("Newsletter", leaf("Subscribed", yesNo(p.newsletter)), leaf("Authorized", yesNo(p.authorised))),
		leaf("Comment", when(m.chance(3), "Telefonon szokott rendelni.")), m.restrictions(), m.cards(),
		m.basket("AbandonedCart", likely(firstOrder.IsZero(), 30, 6)), m.basket("Favourites", 5),
		branch("Others", leaf("FacebookConnect", "no"), leaf("Ip", "192.0.2."+strconv.Itoa(1+m.rng.IntN(250))), leaf("Referer", "")),
	)
	m.s.readDates(cu, dates, registered, modified, login)
	return cu
}

// likely is one of two percentages.
func likely(holds bool, yes, no int) int {
	if holds {
		return yes
	}
	return no
}

// restrictions are ways to pay that the shop does not offer to a customer: few have any.
func (m *maker) restrictions() *node {
	if !m.chance(2) {
		return nil
	}
	return branch("Restrictions", branch("Restriction", leaf("Type", "payment_method"), leaf("Id", "6120402"), leaf("Name", "Utánvét")))
}

func (m *maker) cards() *node {
	if !m.chance(4) {
		return nil
	}
	return branch("Cards", branch("Card", leaf("PaymentModName", "Bankkártya"), leaf("Type", "Visa")))
}

// basket is a stored cart or a list of favourites that so many customers in a hundred have.
func (m *maker) basket(element string, percent int) *node {
	if !m.chance(percent) {
		return nil
	}
	items := branch("Items")
	for _, at := range m.rng.Perm(len(catalogue))[:1+m.rng.IntN(3)] {
		p := catalogue[at]
		item := branch("Item", leaf("Sku", p.code()))
		if element == "AbandonedCart" {
			item.kids = append(item.kids, leaf("Quantity", strconv.Itoa(1+m.rng.IntN(3))))
			if len(p.sizes) > 0 {
				item.kids = append(item.kids, branch("Variants", branch("Variant", leaf("Name", "Méret"), leaf("Value", p.sizes[0]))))
			}
		}
		items.kids = append(items.kids, item)
	}
	return branch(element, items)
}
