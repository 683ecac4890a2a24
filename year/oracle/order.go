package oracle

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// line is a line of an order as MiniCRM should show it.
type line struct {
	id       int64
	name     string
	sku      string
	net      *big.Rat // of one unit, six decimals
	quantity *big.Rat
	vat      *big.Rat // percent
}

// reserved are the ids of the shop's own words for lines.
var reserved = map[string]int64{
	"shipping-cost": 4999999001, "handel-cost": 4999999002, "discount-amount": 4999999003, "discount-percent": 4999999004, "gift": 4999999005,
}

func hashed(text string) int64 {
	sum := sha256.Sum256([]byte(text))
	return 5_000_000_000 + int64(binary.BigEndian.Uint64(sum[:8])%4_999_999_999)
}

// linesOf are the lines of an order: equal ones are added up, a second price of one
// thing is a thing of its own.
func linesOf(order *element) []line {
	type raw struct {
		unit       string
		key        int64
		item       *element
		gross, vat *big.Rat
		quantity   *big.Rat
	}
	var raws []*raw
	for _, item := range order.at("Items").all("Item") {
		r := &raw{
			item: item, key: lineID(item), unit: unit(item.get("Unit")), gross: number(item.get("PriceGross")),
			vat: number(strings.TrimSuffix(item.get("Vat"), "%")), quantity: number(item.get("Quantity")),
		}
		added := false
		for _, before := range raws {
			if before.key == r.key && before.gross.Cmp(r.gross) == 0 && before.vat.Cmp(r.vat) == 0 && before.unit == r.unit {
				before.quantity = new(big.Rat).Add(before.quantity, r.quantity)
				added = true
				break
			}
		}
		if !added {
			raws = append(raws, r)
		}
	}
	seen := map[int64]int{}
	var lines []line
	for _, r := range raws {
		seen[r.key]++
		l := line{id: r.key, name: r.item.get("Name"), sku: r.item.get("Sku"), vat: r.vat, quantity: r.quantity}
		if n := seen[r.key]; n > 1 {
			l.id = hashed(fmt.Sprintf("item:%d#%d", r.key, n))
		}
		if l.name == "" {
			l.name = l.sku
		}
		if l.name == "" {
			l.name = r.item.get("Id")
		}
		l.net = net(r.item, r.gross, r.vat, r.quantity)
		if l.quantity.Sign() < 0 {
			l.quantity, l.net = new(big.Rat).Neg(l.quantity), new(big.Rat).Neg(l.net)
		}
		lines = append(lines, l)
	}
	return lines
}

func unit(text string) string {
	switch text {
	case "db", "buc", "pcs", "":
		return "" // the account's own word
	}
	return text
}

func lineID(item *element) int64 {
	id := item.get("Id")
	if n, ok := reserved[id]; ok {
		return n
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return hashed("item:" + id)
	}
	variants := item.at("Variants").all("Variant")
	if len(variants) == 0 {
		return n
	}
	parts := []string{"item:" + id}
	for _, v := range variants {
		parts = append(parts, v.at("Name").text+"="+v.at("Value").text)
	}
	return hashed(strings.Join(parts, "|"))
}

// net is the shop's own net price if it gives the gross one, else it is computed.
func net(item *element, gross, vat, quantity *big.Rat) *big.Rat {
	factor := new(big.Rat).Add(big.NewRat(1, 1), new(big.Rat).Quo(vat, big.NewRat(100, 1)))
	if text := item.get("PriceNet"); text != "" {
		printed := number(text)
		if near(product(printed, factor, quantity), product(gross, quantity)) {
			return printed
		}
	}
	return rounded(new(big.Rat).Quo(gross, factor), 6)
}

// amount is what MiniCRM makes of the lines.
func amount(lines []line) *big.Rat {
	sum := new(big.Rat)
	for _, l := range lines {
		lineNet := rounded(product(rounded(l.net, 6), rounded(l.quantity, 4)), 4)
		factor := new(big.Rat).Add(big.NewRat(1, 1), new(big.Rat).Quo(l.vat, big.NewRat(100, 1)))
		sum.Add(sum, rounded(product(lineNet, factor), 2))
	}
	return sum
}

// cardID is the id of the card of the one who ordered.
func cardID(order *element, shared []string) int64 {
	if id, err := strconv.ParseInt(order.get("Customer/Id"), 10, 64); err == nil && id > 0 {
		return id
	}
	address := lower(order.get("Customer/Email"))
	name, host, _ := strings.Cut(address, "@")
	if name == "" || host == "" || len(strings.Fields(address)) != 1 || order.get("InternalKey") != "" {
		return hashed("order:" + order.get("Id"))
	}
	for _, s := range shared {
		if lower(strings.TrimSpace(s)) == address {
			return hashed("order:" + order.get("Id"))
		}
	}
	return hashed("guest:" + address)
}

// lower puts ASCII letters into lower case.
func lower(text string) string {
	out := []byte(text)
	for i, c := range out {
		if c >= 'A' && c <= 'Z' {
			out[i] = c + 32
		}
	}
	return string(out)
}

// value reads a source of field_map. It knows those that the year uses.
func value(order *element, source string) (string, error) {
	switch source {
	case "comment.customer", "comment.admin":
		_, kind, _ := strings.Cut(source, ".")
		var texts []string
		for _, c := range order.at("Comments").all("Comment") {
			if c.get("Type") == kind && c.at("Text").text != "" {
				texts = append(texts, c.at("Text").text)
			}
		}
		return strings.Join(texts, "\n"), nil
	case "shipping.package_number":
		return order.get("Shipping/PackageNumber"), nil
	case "payment.name":
		return order.get("Payment/Name"), nil
	case "invoice.number":
		return order.get("Invoice/Number"), nil
	}
	if name, ok := strings.CutPrefix(source, "param:"); ok {
		for _, p := range order.at("Params").all("Param") {
			if p.get("Name") == name {
				return p.get("Value"), nil
			}
		}
		return "", nil
	}
	return "", fmt.Errorf("the source %s is not known here", source)
}
