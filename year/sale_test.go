package year_test

import (
	"fmt"
	"math/big"
	"strings"
	"time"
)

// sale is an order of the shop as the year knows it.
type sale struct {
	id       int
	key      string
	placed   time.Time
	status   string // id|name
	customer int    // 0: a guest
	email    string
	name     string
	company  string
	items    []item
	comment  string
	awb      string
	merged   []string // keys it was merged from
	from     []string // key it was separated from
	returned []string // key of the order it takes back
}

type item struct {
	id, sku, name, unit, quantity, net, gross, vat string
	variants                                       []string // name=value
}

// coffee and the others are what the shop sells.
func coffee(quantity string) item {
	return item{id: "501", sku: "KAV-250", name: "Kávé őrölt & pörkölt", unit: "db", quantity: quantity, net: "1968.5", gross: "2500", vat: "27%"}
}

func shirt(quantity, size string) item {
	return item{id: "502", sku: "POLO", name: "Póló", unit: "db", quantity: quantity, net: "3929.13", gross: "4990", vat: "27%", variants: []string{"Méret=" + size}}
}

func cable(metres string) item {
	return item{id: "503", sku: "KAB", name: "Kábel <3x1,5>", unit: "m", quantity: metres, gross: "333.33", vat: "27%"}
}

func book(quantity string) item {
	return item{id: "504", sku: "KNY-1", name: "Könyv", unit: "db", quantity: quantity, net: "2852.38", gross: "2995", vat: "5%"}
}

func shipping(gross string) item {
	return item{id: "shipping-cost", name: "Szállítás", quantity: "1", gross: gross, vat: "27%"}
}

func discount(gross string) item {
	return item{id: "discount-amount", name: "Kedvezmény", quantity: "1", gross: gross, vat: "27%"}
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// xml is the order as the shop lists it.
func (s *sale) xml(zone *time.Location) string {
	var b strings.Builder
	put := func(name, text string) { fmt.Fprintf(&b, "<%s>%s</%s>", name, escape.Replace(text), name) }
	status, label, _ := strings.Cut(s.status, "|")
	b.WriteString("<Order>")
	put("Key", s.key)
	put("Id", fmt.Sprint(s.id))
	put("Date", s.placed.In(zone).Format("2006.01.02 15:04:05"))
	put("Lang", "hu")
	b.WriteString("<Customer>")
	if s.customer > 0 {
		put("Id", fmt.Sprint(s.customer))
	}
	put("Email", s.email)
	fmt.Fprintf(&b, "<Contact><Name>%s</Name><Phone>+36301234567</Phone></Contact>", escape.Replace(s.name))
	invoice := s.name
	if s.company != "" {
		invoice = s.company
	}
	fmt.Fprintf(&b, "<Addresses><Invoice><Name>%s</Name><ZIP>1011</ZIP><City>Budapest</City><Street>Fő utca 1.</Street>"+
		"<Country>Magyarország</Country><CountryCode>hu</CountryCode>", escape.Replace(invoice))
	if s.company != "" {
		put("TaxNumber", "12345678-2-41")
		put("CustomerType", "company")
	}
	b.WriteString("</Invoice></Addresses></Customer>")
	put("Currency", "HUF")
	put("Status", label)
	put("StatusID", status)
	b.WriteString("<Payment><Name>Utánvét</Name><Type>cod</Type></Payment>")
	fmt.Fprintf(&b, "<Shipping><Name>Futár</Name><PackageNumber>%s</PackageNumber></Shipping>", escape.Replace(s.awb))
	fmt.Fprintf(&b, "<Comments><Comment><Type>customer</Type><Text>%s</Text></Comment></Comments>", escape.Replace(s.comment))
	b.WriteString("<Info>")
	for name, keys := range map[string][]string{"MergedFrom": s.merged, "SeparatedFrom": s.from, "ReturnedFrom": s.returned} {
		if len(keys) > 0 {
			fmt.Fprintf(&b, "<%s><Key>%s</Key></%s>", name, strings.Join(keys, "</Key><Key>"), name)
		}
	}
	b.WriteString("</Info>")
	put("SumPriceGross", s.sum())
	b.WriteString("<Items>")
	for _, i := range s.items {
		b.WriteString("<Item>")
		put("Id", i.id)
		put("Sku", i.sku)
		put("Name", i.name)
		put("Unit", i.unit)
		put("Quantity", i.quantity)
		if i.net != "" {
			put("PriceNet", i.net)
		}
		put("PriceGross", i.gross)
		put("Vat", i.vat)
		if len(i.variants) > 0 {
			b.WriteString("<Variants>")
			for _, v := range i.variants {
				name, value, _ := strings.Cut(v, "=")
				fmt.Fprintf(&b, "<Variant><Id>1</Id><Name>%s</Name><Value>%s</Value></Variant>", escape.Replace(name), escape.Replace(value))
			}
			b.WriteString("</Variants>")
		}
		b.WriteString("</Item>")
	}
	b.WriteString("</Items></Order>")
	return b.String()
}

// sum is the shop's own total.
func (s *sale) sum() string {
	sum := new(big.Rat)
	for _, i := range s.items {
		gross, _ := new(big.Rat).SetString(i.gross)
		quantity, _ := new(big.Rat).SetString(i.quantity)
		sum.Add(sum, gross.Mul(gross, quantity))
	}
	return sum.FloatString(2)
}
