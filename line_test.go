package punte_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"punte"
)

// dec reads a decimal of a test's table.
func dec(text string) decimal.Decimal { return decimal.MustParse(text) }

// product is a line with VAT of 27 percent and no net price of its own.
func product(item, gross, quantity string) punte.Line {
	return punte.Line{Item: item, Unit: "db", Gross: dec(gross), Quantity: dec(quantity), VAT: dec("27")}
}

func withVariants(l punte.Line, namesAndValues ...string) punte.Line {
	for i := 0; i < len(namesAndValues); i += 2 {
		l.Variants = append(l.Variants, punte.Variant{Name: namesAndValues[i], Value: namesAndValues[i+1]})
	}
	return l
}

func withVAT(l punte.Line, vat string) punte.Line { l.VAT = dec(vat); return l }

func withUnit(l punte.Line, unit string) punte.Line { l.Unit = unit; return l }

func positions(t *testing.T, shop int, lines ...punte.Line) []punte.Position {
	t.Helper()
	c := punte.Connection{ShopNumber: shop}
	got, err := c.Positions(punte.Order{ID: 7001, Lines: lines}, "db")
	if err != nil {
		t.Fatalf("Positions: %v", err)
	}
	return got
}

func TestLinesAreKnownByProductVariantsOrWord(t *testing.T) {
	tests := []struct {
		shop int
		line punte.Line
		want int64
	}{
		{0, product("8800", "100", "1"), 8800},
		{0, product(" 8800 ", "100", "1"), 8800},
		{0, product("9999999999", "100", "1"), 9999999999},
		{0, withVariants(product("8800", "100", "1"), "Méret", "XL"), 9545090819},
		{0, withVariants(product("8800", "100", "1"), "Méret", "L"), 5620630329},
		{0, withVariants(product("8800", "100", "1"), "Méret", ""), 7939874934},
		{0, withVariants(product("8800", "100", "1"), "Méret", "XL", "Szín", "kék"), 8704456845},
		{0, withVariants(product("8800", "100", "1"), "Szín", "kék", "Méret", "XL"), 5155606203}, // in the shop's order
		{0, product("shipping-cost", "1490", "1"), 4999999001},
		{0, product("handel-cost", "300", "1"), 4999999002},
		{0, product("discount-amount", "-500", "1"), 4999999003},
		{0, product("discount-percent", "-120", "1"), 4999999004},
		{0, product("gift", "0", "1"), 4999999005},
		{0, withVariants(product("gift", "0", "1"), "Méret", "XL"), 4999999005},
		{0, product("packaging-fee", "200", "1"), 8311071109},
		{0, product("Shipping-cost", "200", "1"), 5413006058}, // another word is another word
		{0, product("12a", "200", "1"), 5896862508},
		{0, product("-5", "200", "1"), 8002749057},

		{3, product("8800", "100", "1"), 8597906150},
		{3, withVariants(product("8800", "100", "1"), "Méret", "XL"), 6807725121},
		{3, product("shipping-cost", "1490", "1"), 9295649812},
		{3, product("packaging-fee", "200", "1"), 8330851259},
	}
	for _, tt := range tests {
		got := positions(t, tt.shop, tt.line)
		if len(got) != 1 || got[0].ID != tt.want || got[0].Identity.Candidate(0) != tt.want {
			t.Errorf("shop %d: Positions(%q %v) = %+v; want the id %d", tt.shop, tt.line.Item, tt.line.Variants, got, tt.want)
		}
	}
}

func TestProductIDsOutOfRangeParkTheOrder(t *testing.T) {
	for _, item := range []string{"0", "000", "10000000000", "99999999999999999999999"} {
		c := punte.Connection{}
		got, err := c.Positions(punte.Order{Lines: []punte.Line{product("8800", "1", "1"), product(item, "1", "1")}}, "db")
		field, ok := errors.AsType[*punte.FieldError](err)
		if !ok || field.Field != "Items/Item[2]" || field.Value != item {
			t.Errorf("Positions(product %q) = %v, %v; want a fault of Items/Item[2]", item, got, err)
		}
	}
}

// sent is what a row of a position says.
type sent struct {
	ID            int64
	Net, Quantity string
	Unit          string
}

func sentOf(positions []punte.Position) []sent {
	var rows []sent
	for _, p := range positions {
		rows = append(rows, sent{ID: p.ID, Net: p.Net.Trim(0).String(), Quantity: p.Quantity.Trim(0).String(), Unit: p.Unit})
	}
	return rows
}

func TestPositionsMergeEqualLinesAndNumberTheOthers(t *testing.T) {
	tests := []struct {
		name  string
		shop  int
		lines []punte.Line
		want  []sent
	}{
		{"none", 0, nil, nil},
		{
			"equal lines become one", 0,
			[]punte.Line{product("8800", "127", "1"), product("8801", "254", "1"), product("8800", "127", "2.5")},
			[]sent{{8800, "100", "3.5", "db"}, {8801, "200", "1", "db"}},
		},
		{
			"equal prices are equal however printed", 0,
			[]punte.Line{product("8800", "127", "1"), product("8800", "127.00", "1")},
			[]sent{{8800, "100", "2", "db"}},
		},
		{
			"words for a piece are one unit", 0,
			[]punte.Line{product("8800", "127", "1"), withUnit(product("8800", "127", "1"), "buc"), withUnit(product("8800", "127", "1"), "")},
			[]sent{{8800, "100", "3", "db"}},
		},
		{
			"another price", 0,
			[]punte.Line{product("8800", "127", "1"), product("8800", "254", "1"), product("8800", "381", "1")},
			[]sent{{8800, "100", "1", "db"}, {7844962433, "200", "1", "db"}, {6368800297, "300", "1", "db"}},
		},
		{
			"another price, then each once more", 0,
			[]punte.Line{product("8800", "127", "1"), product("8800", "254", "1"), product("8800", "254", "4"), product("8800", "127", "2")},
			[]sent{{8800, "100", "3", "db"}, {7844962433, "200", "5", "db"}},
		},
		{
			"another VAT", 0,
			[]punte.Line{product("8800", "127", "1"), withVAT(product("8800", "127", "1"), "0")},
			[]sent{{8800, "100", "1", "db"}, {7844962433, "127", "1", "db"}},
		},
		{
			"another unit", 0,
			[]punte.Line{product("8800", "127", "1"), withUnit(product("8800", "127", "1"), "kg")},
			[]sent{{8800, "100", "1", "db"}, {7844962433, "100", "1", "kg"}},
		},
		{
			"two discounts and two gifts", 0,
			[]punte.Line{
				product("shipping-cost", "127", "1"), product("shipping-cost", "254", "1"),
				product("gift", "0", "1"), product("gift", "1.27", "1"),
			},
			[]sent{
				{4999999001, "100", "1", "db"},
				{7400716063, "200", "1", "db"},
				{4999999005, "0", "1", "db"},
				{5064141179, "1", "1", "db"},
			},
		},
		{
			"variants and words count from the number they had", 0,
			[]punte.Line{
				withVariants(product("8800", "127", "1"), "Méret", "XL"), withVariants(product("8800", "254", "1"), "Méret", "XL"),
				product("packaging-fee", "127", "1"), product("packaging-fee", "254", "1"),
			},
			[]sent{
				{9545090819, "100", "1", "db"},
				{6099960931, "200", "1", "db"},
				{8311071109, "100", "1", "db"},
				{9622312022, "200", "1", "db"},
			},
		},
		{
			"a numbered shop", 3,
			[]punte.Line{product("8800", "127", "1"), product("8800", "254", "1")},
			[]sent{{8597906150, "100", "1", "db"}, {5053187285, "200", "1", "db"}},
		},
		{
			"a product that bears the number of a variant", 0,
			[]punte.Line{product("9545090819", "127", "1"), withVariants(product("8800", "127", "1"), "Méret", "XL")},
			[]sent{{9545090819, "100", "1", "db"}, {8213562094, "100", "1", "db"}},
		},
		{
			"a variant whose number a product bears", 0,
			[]punte.Line{withVariants(product("8800", "127", "1"), "Méret", "XL"), product("9545090819", "127", "1")},
			[]sent{{9545090819, "100", "1", "db"}, {6031350776, "100", "1", "db"}},
		},
		{
			"a return goes as positive with a negative price", 0,
			[]punte.Line{product("8800", "127", "-2")},
			[]sent{{8800, "-100", "2", "db"}},
		},
		{
			"a returned discount costs again", 0,
			[]punte.Line{product("discount-amount", "-127", "-1")},
			[]sent{{4999999003, "100", "1", "db"}},
		},
		{
			"a return of part of what was bought is one line", 0,
			[]punte.Line{product("8800", "127", "3"), product("8800", "127", "-1")},
			[]sent{{8800, "100", "2", "db"}},
		},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, sentOf(positions(t, tt.shop, tt.lines...))); diff != "" {
			t.Errorf("%s: Positions differ (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestPositionsLeaveTheOrderAsItWas(t *testing.T) {
	lines := []punte.Line{product("8800", "127", "1"), product("8800", "127", "-4")}
	positions(t, 0, lines...)
	if got := lines[0].Quantity.String() + lines[1].Quantity.String(); got != "1-4" {
		t.Errorf("quantities after Positions = %s; want 1-4", got)
	}
}

func TestPositionsKeepIDsUniqueAndSumsEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var lines []punte.Line
		for range rapid.IntRange(0, 12).Draw(t, "lines") {
			l := product(
				rapid.SampledFrom([]string{"1", "2", "9545090819", "7844962433", "8800", "gift", "shipping-cost", "fee"}).Draw(t, "item"),
				rapid.SampledFrom([]string{"100", "100.0", "200.5", "-3"}).Draw(t, "gross"),
				rapid.SampledFrom([]string{"1", "2.5", "-1", "0"}).Draw(t, "quantity"))
			if rapid.Bool().Draw(t, "variant") {
				l = withVariants(l, "Méret", "XL")
			}
			lines = append(lines, l)
		}
		o := punte.Order{Lines: lines}
		c := punte.Connection{ShopNumber: rapid.IntRange(0, 2).Draw(t, "shop")}
		got, err := c.Positions(o, "db")
		if err != nil {
			t.Fatalf("Positions: %v", err)
		}
		seen := map[int64]bool{}
		var merged []punte.Line
		for _, p := range got {
			if seen[p.ID] {
				t.Fatalf("the id %d stands twice", p.ID)
			}
			seen[p.ID] = true
			if p.ID < 1 || p.ID > 9_999_999_999 {
				t.Fatalf("the id %d is out of range", p.ID)
			}
			if p.Quantity.IsNeg() {
				t.Fatalf("the quantity %s is negative", p.Quantity)
			}
			merged = append(merged, p.Line)
		}
		before, err := o.Prove()
		if err != nil {
			t.Fatal(err)
		}
		after, err := punte.Order{Lines: merged}.Prove()
		if err != nil {
			t.Fatal(err)
		}
		if before.Lines.Cmp(after.Lines) != 0 {
			t.Fatalf("the lines add up to %s, their positions to %s", before.Lines, after.Lines)
		}
	})
}

func TestPositionsOfHugeNumbersAreErrors(t *testing.T) {
	huge := "9999999999999999999"
	tests := []struct {
		name  string
		lines []punte.Line
	}{
		{"quantities too large to add", []punte.Line{product("1", "1", huge), product("1", "1", huge)}},
	}
	for _, tt := range tests {
		c := punte.Connection{}
		got, err := c.Positions(punte.Order{Lines: tt.lines}, "db")
		if _, ok := errors.AsType[*punte.FieldError](err); !ok {
			t.Errorf("%s: Positions = %v, %v; want a FieldError", tt.name, got, err)
		}
	}
}

func TestManyPricesOfOneProductAllFindAnID(t *testing.T) {
	var lines []punte.Line
	for i := range 500 {
		lines = append(lines, product("8800", fmt.Sprint(100+i), "1"))
	}
	seen := map[int64]bool{}
	for _, p := range positions(t, 0, lines...) {
		seen[p.ID] = true
	}
	if len(seen) != 500 {
		t.Errorf("Positions of 500 prices gave %d ids; want 500", len(seen))
	}
}

func TestUnitsForAPieceBecomeTheAccountsWord(t *testing.T) {
	tests := []struct{ unit, want string }{
		{"db", "buc."},
		{"buc", "buc."},
		{"pcs", "buc."},
		{"", "buc."},
		{" ", "buc."},
		{"\u00a0", "buc."},
		{"kg", "kg"},
		{"csomag", "csomag"},
		{"DB", "DB"},
		{"m²", "m²"},
		{"db/csomag", "db/csomag"},
	}
	for _, tt := range tests {
		if got := punte.Unit(tt.unit, "buc."); got != tt.want {
			t.Errorf("Unit(%q, %q) = %q; want %q", tt.unit, "buc.", got, tt.want)
		}
	}
}
