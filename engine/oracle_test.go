package engine_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"time"

	"punte/minicrm/minicrmsim"
	"punte/unas/unassim"
)

// The oracle works out what MiniCRM must show from what the shop holds, slowly and
// with nothing of the program: from the words of the product's description alone.

// checkAgreement compares shop and CRM.
func (w *world) checkAgreement() {
	w.t.Helper()
	states := w.document["status_map"].(map[string]any)
	shown := map[int64]minicrmsim.OrderState{}
	for _, o := range w.crm.Orders() {
		if _, twice := shown[o.ExternalID]; twice {
			w.t.Errorf("order %d is in MiniCRM twice", o.ExternalID)
		}
		shown[o.ExternalID] = o
	}
	start := time.Date(2025, 12, 31, 23, 0, 0, 0, time.UTC) // 2026-01-01 in Budapest
	wanted := 0
	for _, o := range w.shop.Orders() {
		state, mapped := states[o.Status].(string)
		if !mapped || o.Placed.Before(start) {
			continue
		}
		wanted++
		id, _ := strconv.ParseInt(o.ID, 10, 64)
		got, ok := shown[id]
		if !ok {
			w.t.Errorf("order %s (%s) is not in MiniCRM", o.Key, o.ID)
			continue
		}
		for _, difference := range differences(o, state, got) {
			w.t.Errorf("order %s: %s", o.Key, difference)
		}
	}
	if wanted != len(shown) {
		w.t.Errorf("MiniCRM has %d orders; want %d", len(shown), wanted)
	}
	if wanted == 0 {
		w.t.Error("there was nothing to compare")
	}
}

func differences(o unassim.OrderState, state string, got minicrmsim.OrderState) []string {
	var list []string
	compare := func(what string, got, want any) {
		if got != want {
			list = append(list, fmt.Sprintf("%s = %v; want %v", what, got, want))
		}
	}
	compare("number", got.Number, o.Key)
	compare("status", got.Status, state)
	compare("currency", got.Currency, o.Currency)
	compare("owner", got.Owner, "Ana Ionescu")
	compare("customer", got.CustomerExternalID, oracleCustomer(o))
	compare("StatusUnas", got.Fields["StatusUnas"], o.Status)
	compare("AWB", got.Fields["AWB"], o.PackageNumber)
	if o.InvoiceURL != "" {
		compare("LinkPdf", got.Fields["LinkPdf"], o.InvoiceURL)
	}
	var comments []string
	for _, c := range o.Comments {
		if c.Type == "customer" && c.Text != "" {
			comments = append(comments, c.Text)
		}
	}
	compare("Observatii", got.Fields["Observatii"], strings.Join(comments, "\n"))
	lines := oracleLines(o)
	compare("lines", len(got.Items), len(lines))
	for i := range min(len(lines), len(got.Items)) {
		item, want := got.Items[i], lines[i]
		compare(fmt.Sprintf("line %d id", i), item.ExternalID, want.id)
		compare(fmt.Sprintf("line %d sku", i), item.SKU, want.sku)
		for _, number := range []struct {
			what, got string
			want      *big.Rat
		}{{"quantity", item.Quantity, want.quantity}, {"net", item.PriceNet, want.net}, {"VAT", item.VAT, want.vat}} {
			off := new(big.Rat).Sub(rat(number.got), number.want)
			if off.Abs(off).Cmp(big.NewRat(1, 1_000_000)) > 0 {
				list = append(list, fmt.Sprintf("line %d %s = %s; want %s", i, number.what, number.got, number.want.FloatString(6)))
			}
		}
	}
	return list
}

type oracleLine struct {
	id                        int64
	sku, unit                 string
	quantity, net, vat, gross *big.Rat
	base                      int64
}

// oracleLines merges lines of one product, price, VAT and unit.
func oracleLines(o unassim.OrderState) []oracleLine {
	special := map[string]int64{
		"shipping-cost": 4999999001, "handel-cost": 4999999002, "discount-amount": 4999999003,
		"discount-percent": 4999999004, "gift": 4999999005,
	}
	var lines []oracleLine
	printedNet := map[int]string{}
next:
	for _, l := range o.Lines {
		base, word := special[l.ID]
		if !word {
			n, err := strconv.ParseInt(l.ID, 10, 64)
			base = n
			if err != nil {
				base = oracleHash("item:" + l.ID)
			} else if len(l.Variants) > 0 {
				text := "item:" + l.ID
				for _, v := range l.Variants {
					text += "|" + v.Name + "=" + v.Value
				}
				base = oracleHash(text)
			}
		}
		line := oracleLine{
			id: base, base: base, sku: l.SKU, unit: l.Unit, quantity: rat(l.Quantity), gross: rat(l.PriceGross),
			vat: rat(strings.TrimSuffix(l.VAT, "%")),
		}
		net := l.PriceNet
		if line.quantity.Sign() < 0 { // MiniCRM gets the sign on the price
			line.quantity.Neg(line.quantity)
			line.gross.Neg(line.gross)
			net = "-" + net
		}
		same := 0
		for i := range lines {
			if lines[i].base != base {
				continue
			}
			same++
			if lines[i].gross.Cmp(line.gross) == 0 && lines[i].vat.Cmp(line.vat) == 0 && lines[i].unit == line.unit {
				lines[i].quantity.Add(lines[i].quantity, line.quantity)
				continue next
			}
		}
		if same > 0 {
			line.id = oracleHash(fmt.Sprintf("item:%d#%d", base, same+1))
		}
		printedNet[len(lines)] = net
		lines = append(lines, line)
	}
	for i := range lines {
		lines[i].net = oracleNet(lines[i], printedNet[i])
	}
	return lines
}

func oracleNet(l oracleLine, printed string) *big.Rat {
	factor := new(big.Rat).Quo(new(big.Rat).Add(l.vat, big.NewRat(100, 1)), big.NewRat(100, 1))
	if printed != "" {
		net := rat(printed)
		sum := new(big.Rat).Mul(new(big.Rat).Mul(net, factor), l.quantity)
		off := sum.Sub(sum, new(big.Rat).Mul(l.gross, l.quantity))
		if off.Abs(off).Cmp(big.NewRat(1, 100)) <= 0 {
			return net
		}
	}
	return new(big.Rat).Quo(l.gross, factor)
}

func oracleCustomer(o unassim.OrderState) int64 {
	if o.Customer.ID != "" {
		id, _ := strconv.ParseInt(o.Customer.ID, 10, 64)
		return id
	}
	address := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 32
		}
		return r
	}, strings.TrimSpace(o.Customer.Email))
	name, host, ok := strings.Cut(address, "@")
	if !ok || name == "" || host == "" || len(strings.Fields(address)) != 1 || o.InternalKey != "" {
		return oracleHash("order:" + o.ID)
	}
	return oracleHash("guest:" + address)
}

func oracleHash(text string) int64 {
	sum := sha256.Sum256([]byte(text))
	return 5_000_000_000 + int64(binary.BigEndian.Uint64(sum[:8])%4_999_999_999)
}

func rat(text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return new(big.Rat)
	}
	return r
}

func TestOracleSeesWhatIsWrong(t *testing.T) {
	o := unassim.OrderState{ID: "5", Key: "k", Currency: "HUF", Status: "Új", Lines: []unassim.LineState{
		{ID: "7", Quantity: "2", PriceNet: "100", PriceGross: "127", VAT: "27%"},
	}}
	right := minicrmsim.OrderState{
		ExternalID: 5, Number: "k", Status: "Issued", Currency: "HUF", Owner: "Ana Ionescu",
		CustomerExternalID: oracleHash("order:5"), Fields: map[string]string{"StatusUnas": "Új"},
		Items: []minicrmsim.ItemState{{ExternalID: 7, Quantity: "2", PriceNet: "100", VAT: "27"}},
	}
	if list := differences(o, "Issued", right); len(list) > 0 {
		t.Errorf("differences of equals = %q; want none", list)
	}
	for what, spoil := range map[string]func(*minicrmsim.OrderState){
		"state":    func(o *minicrmsim.OrderState) { o.Status = "Failed" },
		"quantity": func(o *minicrmsim.OrderState) { o.Items[0].Quantity = "3" },
		"net":      func(o *minicrmsim.OrderState) { o.Items[0].PriceNet = "100.00001" },
		"line":     func(o *minicrmsim.OrderState) { o.Items = nil },
		"customer": func(o *minicrmsim.OrderState) { o.CustomerExternalID++ },
	} {
		wrong := right
		wrong.Items = append([]minicrmsim.ItemState{}, right.Items...)
		spoil(&wrong)
		if list := differences(o, "Issued", wrong); len(list) != 1 {
			t.Errorf("differences with a wrong %s = %q; want one", what, list)
		}
	}
}
