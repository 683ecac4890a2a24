package unassim

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/govalues/decimal"
)

// amount is money or a quantity: decimal, never a float.
type amount = decimal.Decimal

// sure takes the result of an operation on generated numbers, which are far too small to overflow.
func sure(d amount, err error) amount {
	if err != nil {
		panic("generated amount: " + err.Error())
	}
	return d
}

// plain prints a number as UNAS prints its floats: no zeros at the end.
func plain(d amount) string { return d.Trim(0).String() }

// tender is what an order is paid and taxed in.
type tender struct {
	currency, exchange, vatCountry string // exchange and vatCountry are empty where UNAS leaves them out
	rate                           amount // of one forint
	digits                         int
	romanian                       bool
	reverse                        bool // the buyer owes the VAT: a company of another country that is registered for it
}

// vat is the rate of a product for this buyer, in percent.
func (t *tender) vat(p product) int64 { return t.rateOf(p.vatHU, p.vatRO) }

func (t *tender) rateOf(hungarian, romanian int64) int64 {
	switch {
	case t.reverse:
		return 0
	case t.romanian:
		return romanian
	}
	return hungarian
}

// tender follows the buyer's country: lei in Romania, forints in Hungary, euros now and then in both.
func (m *maker) tender(p *person, k kinds) *tender {
	t := &tender{currency: "HUF", rate: decimal.MustNew(1, 0), romanian: p.country == "ro"}
	if t.romanian {
		t.currency, t.exchange, t.vatCountry, t.digits = "RON", "0.012"+digits(60+m.rng.IntN(25), 2), "ro", 2
	}
	if k.euro {
		t.currency, t.exchange, t.vatCountry, t.digits = "EUR", "0.0025"+digits(20+m.rng.IntN(60), 2), p.country, 2
	}
	t.reverse = k.reverse && t.romanian && p.euTax != "" && p.company != ""
	if t.exchange != "" {
		t.rate = decimal.MustParse(t.exchange)
	}
	return t
}

// price is a price in forints in the order's currency, at its usual number of digits.
func (t *tender) price(forints amount) amount {
	return sure(forints.Mul(t.rate)).Round(t.digits)
}

// half is about half of a sum.
func (t *tender) half(sum amount) amount {
	return sure(sum.Mul(decimal.MustParse("0.5"))).Round(t.digits)
}

// net is the price before VAT as UNAS prints it: at most six decimals.
func net(gross amount, vat int64) amount {
	return sure(gross.Quo(decimal.MustNew(100+vat, 2))).Round(6)
}

// item makes an Item. Prices are of one unit.
func item(id, sku, name, unit string, quantity, gross amount, vat int64, more ...*node) *node {
	n := branch("Item", leaf("Id", id), leaf("Sku", sku), leaf("Name", name))
	n.kids = append(n.kids, more...)
	n.kids = append(n.kids,
		leaf("Unit", unit), leaf("Quantity", plain(quantity)),
		leaf("PriceNet", plain(net(gross, vat))), leaf("PriceGross", plain(gross)), leaf("Vat", strconv.FormatInt(vat, 10)+"%"))
	return n
}

// sumOf is SumPriceGross: gross price times quantity over all lines, exactly. A line without a price, such as
// a gift, adds nothing.
func sumOf(lines []*node) (amount, error) {
	sum := amount{}
	for _, n := range lines {
		if n.at("PriceGross") == "" {
			continue
		}
		gross, err := decimal.Parse(n.at("PriceGross"))
		if err != nil {
			return sum, fmt.Errorf("reading PriceGross: %w", err)
		}
		quantity, err := decimal.Parse(n.at("Quantity"))
		if err != nil {
			return sum, fmt.Errorf("reading Quantity: %w", err)
		}
		if sum, err = sum.AddMul(gross, quantity); err != nil {
			return sum, fmt.Errorf("adding up lines: %w", err)
		}
	}
	return sum, nil
}

// popular is how many of the goods are asked for most.
const popular = 9

// lines makes the Items of an order: one to four products, and the special lines its kinds ask for.
func (m *maker) lines(i int, k kinds, t *tender, pay, ship *method) []*node {
	var lines []*node
	for range 1 + m.rng.IntN(4) {
		at := m.rng.IntN(len(catalogue))
		if m.chance(45) {
			at = m.rng.IntN(popular)
		}
		if p := catalogue[at]; !slices.ContainsFunc(lines, func(n *node) bool { return n.at("Id") == p.id }) {
			lines = append(lines, m.productLines(p, false, t)...)
		}
	}
	if k.variants {
		lines = slices.Concat(lines, m.productLines(catalogue[2], true, t))
	}
	if k.parts {
		lines = slices.Concat(lines, m.productLines(catalogue[3+m.rng.IntN(2)], false, t))
	}
	if k.twice {
		lines = append(lines, m.cheaper(catalogue[7], t)...)
	}
	if k.label {
		lines = append(lines, m.labelled(t))
	}
	return append(lines, m.specialLines(i, k, t, pay, ship, sure(sumOf(lines)))...)
}

// specialLines are costs, discounts and gifts: their Id and Sku are words.
func (m *maker) specialLines(i int, k kinds, t *tender, pay, ship *method, goods amount) []*node {
	var lines []*node
	vat := t.rateOf(27, 21)
	one := decimal.MustNew(1, 0)
	special := func(word, name string, forints int64) *node {
		return item(word, word, name, "db", one, t.price(decimal.MustNew(forints, 0)), vat)
	}
	if ship.name != "Személyes átvétel" && m.chance(90) {
		lines = append(lines, special("shipping-cost", "Szállítási költség", 1390+int64(m.rng.IntN(4))*250))
	}
	if pay.subKind == "cod" {
		lines = append(lines, special("handel-cost", "Kezelési költség", 490))
	}
	if k.discountAmount && !k.allOff {
		lines = append(lines, special("discount-amount", "Kedvezmény", -500))
	}
	if k.discountPercent || k.allOff {
		percent := int64(5 + 5*m.rng.IntN(2))
		if k.allOff {
			percent = 100
		}
		off := sure(goods.Mul(decimal.MustNew(-percent, 2))).Round(2)
		n := item("discount-percent", "discount-percent", when(k.coupon, "Kuponkedvezmény")+when(!k.coupon, "Kedvezmény"), "db", one, off, vat)
		n.kids = append(n.kids, leaf("Percent", strconv.FormatInt(percent, 10)))
		lines = append(lines, n)
	}
	if k.gift {
		gift := special("gift", "Ajándék", 0)
		if i%2 == 0 {
			gift.put("PriceNet", "")
			gift.put("PriceGross", "")
		}
		lines = append(lines, gift)
	}
	return lines
}

// productLines is one line of a product, two or three if several of its sizes are asked: lines of equal Id and Sku.
func (m *maker) productLines(p product, several bool, t *tender) []*node {
	gross := t.price(decimal.MustNew(p.gross, 0))
	if t.currency == "HUF" && p.parts {
		gross = sure(gross.Add(decimal.MustNew(50, 2))) // a price with fillér, as sold by the metre
	}
	sizes := []string{""}
	if len(p.sizes) > 0 {
		sizes = p.sizes[:1]
	}
	if several {
		sizes = p.sizes[:2+m.rng.IntN(2)]
	}
	var lines []*node
	for _, size := range sizes {
		quantity := decimal.MustNew(int64(1+m.rng.IntN(4)), 0)
		if p.parts {
			quantity = decimal.MustNew(int64(25+m.rng.IntN(1200)), 2)
		}
		var variants []*node
		if size != "" {
			variants = []*node{branch("Variants", branch("Variant", leaf("Id", "1"), leaf("Name", "Méret"), leaf("Value", size)))}
		}
		n := item(p.id, p.code(), p.name, p.unit, quantity, gross, t.vat(p), variants...)
		if m.chance(3) {
			n.kids = append(n.kids, leaf("Status", "beszerzés alatt"), branch("Control", leaf("Quantity", "0"), leaf("User", "")))
		}
		if p.weight != "" {
			n.kids = append(n.kids, branch("StockConsumptions",
				branch("StockConsumption", leaf("Id", "main_stock"), leaf("Name", "Main stock"), leaf("Quantity", plain(quantity)))))
		}
		lines = append(lines, n)
	}
	return lines
}

// cheaper is a product twice, the second at half its price: two lines of equal Id with different prices.
func (m *maker) cheaper(p product, t *tender) []*node {
	full := t.price(decimal.MustNew(p.gross, 0))
	one := decimal.MustNew(1, 0)
	return []*node{item(p.id, p.code(), p.name, p.unit, one, full, t.vat(p)), item(p.id, p.code(), p.name, p.unit, one, t.half(full), t.vat(p))}
}

// labelled is a product with a text of the buyer's and a file they sent.
func (m *maker) labelled(t *tender) *node {
	p := catalogue[18]
	wish := branch("ProductParams",
		branch("ProductParam", leaf("Id", "301"), leaf("Name", "Felirat"), leaf("Value", "Nagyi kertje <3 & társai")),
		branch("ProductParam", leaf("Id", "302"), leaf("Name", "Fájl"), leaf("Value", "minta.png"), leaf("Url", "https://bolt.paller.example/feltoltes/"+digits(m.rng.IntN(1000000), 6)+".png")))
	return item(p.id, p.code(), p.name, p.unit, decimal.MustNew(int64(10+m.rng.IntN(90)), 0), t.price(decimal.MustNew(p.gross, 0)), t.vat(p), wish)
}
