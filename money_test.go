package punte_test

import (
	"strings"
	"testing"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"punte"
)

const largest = "9999999999999999999" // that a decimal can hold

func TestAmountsKeepTheirPrintedDecimals(t *testing.T) {
	tests := []struct {
		text, want string
		scale      int
	}{
		{"0", "0", 0},
		{"2990", "2990", 0},
		{"2990.00", "2990.00", 2},
		{"2990.0000", "2990.0000", 4},
		{"-0.01", "-0.01", 2},
		{"-0", "0", 0},
		{"007", "7", 0},
		{" 15.50\n", "15.50", 2},
		{"0.000001", "0.000001", 6},
		{largest, largest, 0},
		{"-" + largest, "-" + largest, 0},
	}
	for _, tt := range tests {
		got, err := punte.ParseAmount(tt.text)
		if err != nil || got.String() != tt.want || got.Scale() != tt.scale {
			t.Errorf("ParseAmount(%q) = %s (%d decimals), %v; want %s (%d)", tt.text, got, got.Scale(), err, tt.want, tt.scale)
		}
	}
}

func TestAmountsThatCouldMeanTwoThingsAreRefused(t *testing.T) {
	for _, text := range []string{
		"", " ", "1,5", "1,000", "1.000,50", "1 000", "1\u00a0000", "1'000", "1_000", "1.2.3", "--1", "1-", "-", ".", "+",
		"abc", "12 Ft", "€5", "0x10", "NaN", "Inf", "-inf", "1/2", "½", "٣", "1" + largest, strings.Repeat("9", 400), "1\x00",
	} {
		got, err := punte.ParseAmount(text)
		if punte.ErrorCode(err) != punte.Invalid {
			t.Errorf("ParseAmount(%q) = %s, %v; want an invalid error", text, got, err)
		}
	}
}

func TestVATRatesArePercentages(t *testing.T) {
	tests := []struct{ text, want string }{
		{"27%", "27"},
		{"27", "27"},
		{" 27 % ", "27"},
		{"0%", "0"},
		{"0", "0"},
		{"5%", "5"},
		{"11%", "11"},
		{"18%", "18"},
		{"21%", "21"},
		{"5.5%", "5.5"},
		{"21.00", "21.00"},
		{"100%", "100"},
	}
	for _, tt := range tests {
		if got, err := punte.ParseVAT(tt.text); err != nil || got.String() != tt.want {
			t.Errorf("ParseVAT(%q) = %s, %v; want %s", tt.text, got, err, tt.want)
		}
	}
	for _, text := range []string{"", "%", " % ", "-5%", "-0.01", "100.01", "101%", "27%%", "%27", "27,0%", "AAM", "27 percent", largest} {
		if got, err := punte.ParseVAT(text); punte.ErrorCode(err) != punte.Invalid {
			t.Errorf("ParseVAT(%q) = %s, %v; want an invalid error", text, got, err)
		}
	}
}

func TestUnitNetIsTheShopsOwnIfItFitsElseComputed(t *testing.T) {
	tests := []struct {
		name                      string
		net, gross, quantity, vat string // no net: the shop printed none
		want                      string
	}{
		{"forint, own net", "2354.33", "2990", "1", "27", "2354.33"},
		{"forint, own net, ten", "2354.33", "2990", "10", "27", "2354.33"},
		{"forint, own net too coarse for twelve", "2354.33", "2990", "12", "27", "2354.330709"},
		{"forint, whole net", "2354", "2990", "1", "27", "2354.330709"},
		{"forint, no net", "", "2990", "1", "27", "2354.330709"},
		{"forint, 18 percent", "", "2990", "1", "18", "2533.898305"},
		{"forint, 5 percent", "", "1575", "3", "5", "1500"},
		{"forint, large", "", "15490", "1", "27", "12196.850394"},
		{"no VAT, no net", "", "1000", "1", "0", "1000"},
		{"no VAT, own net", "1000.00", "1000", "7", "0", "1000.00"},
		{"leu, own net", "98.35", "119.00", "2.5", "21", "98.35"},
		{"leu, own net too coarse for three", "98.35", "119.00", "3", "21", "98.347107"},
		{"leu, 21 percent", "", "119.00", "1", "21", "98.347107"},
		{"leu, 11 percent", "", "99.99", "0.333", "11", "90.081081"},
		{"euro, one bani", "", "0.01", "1000", "21", "0.008264"},
		{"euro, three decimals", "", "12.345", "7.125", "11", "11.121622"},
		{"exactly 0.01 off", "100", "100.01", "1", "0", "100"},
		{"a little more off", "100", "100.0101", "1", "0", "100.0101"},
		{"0.01 off the other way", "100.01", "100", "1", "0", "100.01"},
		{"0.02 off", "100", "100.02", "1", "0", "100.02"},
		{"part of a unit forgives", "100", "100.10", "0.1", "0", "100"},
		{"discount", "", "-500", "1", "27", "-393.700787"},
		{"discount, own net", "-393.70", "-500", "1", "27", "-393.70"},
		{"discount, net without its sign", "393.70", "-500", "1", "27", "-393.700787"},
		{"return", "2354.33", "2990", "-1", "27", "2354.33"},
		{"return of twelve", "2354.33", "2990", "-12", "27", "2354.330709"},
		{"gift", "", "0", "1", "27", "0"},
		{"gift, own net", "0", "0", "1", "27", "0"},
		{"net forgotten", "0", "2990", "1", "27", "2354.330709"},
		{"net and gross mixed up", "2990", "2990", "1", "27", "2354.330709"},
		{"tie, down to even", "", "0.0000025", "1", "0", "0.000002"},
		{"tie, up to even", "", "0.0000015", "1", "0", "0.000002"},
		{"net too large to check", largest, "2990", "12", "27", "2354.330709"},
	}
	for _, tt := range tests {
		l := punte.Line{Gross: dec(tt.gross), Quantity: dec(tt.quantity), VAT: dec(tt.vat)}
		if tt.net != "" {
			l.Net, l.HasNet = dec(tt.net), true
		}
		got, err := l.UnitNet()
		if err != nil || got.Cmp(dec(tt.want)) != 0 {
			t.Errorf("%s: UnitNet(net %q, gross %s, %s x, %s%%) = %s, %v; want %s", tt.name, tt.net, tt.gross, tt.quantity, tt.vat, got, err, tt.want)
		}
	}
}

func TestUnitNetOfAnImpossibleVATIsAnError(t *testing.T) {
	for _, vat := range []string{largest, "-100"} {
		l := punte.Line{Gross: dec("100"), Quantity: dec("1"), VAT: dec(vat)}
		if got, err := l.UnitNet(); err == nil {
			t.Errorf("UnitNet with VAT of %s%% = %s; want an error", vat, got)
		}
	}
}

func TestUnitNetGivesTheGrossBackAsFarAsSixDecimalsAllow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := rapid.IntRange(0, 4).Draw(t, "scale")
		l := punte.Line{
			Gross:    decimal.MustNew(rapid.Int64Range(-1e13, 1e13).Draw(t, "gross"), scale),
			Quantity: dec("1"),
			VAT:      decimal.MustNew(rapid.Int64Range(0, 10000).Draw(t, "vat"), 2),
		}
		if l.Gross.Abs().Cmp(dec("1000000000")) > 0 {
			t.Skip("beyond what is ever paid, and beyond six decimals of nineteen digits")
		}
		net, err := l.UnitNet()
		if err != nil {
			t.Fatalf("UnitNet: %v", err)
		}
		if net.Scale() > 6 {
			t.Fatalf("UnitNet = %s; want six decimals at the most", net)
		}
		// Half a millionth, with VAT of at most 100 percent on it.
		off := apart(t, times(t, net, times(t, plus(t, l.VAT, dec("100")), dec("0.01"))), l.Gross)
		if off.Cmp(dec("0.000001000001")) > 0 {
			t.Fatalf("%s with %s%% VAT is %s off %s", net, l.VAT, off, l.Gross)
		}
	})
}

func TestOwnNetIsSentOnlyIfItFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := punte.Line{
			Gross:    decimal.MustNew(rapid.Int64Range(-1e8, 1e8).Draw(t, "gross"), 2),
			Net:      decimal.MustNew(rapid.Int64Range(-1e8, 1e8).Draw(t, "net"), 2),
			HasNet:   true,
			Quantity: decimal.MustNew(rapid.Int64Range(-1000, 1000).Draw(t, "quantity"), 1),
			VAT:      dec(rapid.SampledFrom([]string{"0", "5", "11", "18", "21", "27"}).Draw(t, "vat")),
		}
		if rapid.Bool().Draw(t, "rounded from gross") {
			bare := l
			bare.HasNet = false
			net, err := bare.UnitNet()
			if err != nil {
				t.Fatal(err)
			}
			l.Net = net.Round(2)
		}
		got, err := l.UnitNet()
		if err != nil {
			t.Fatalf("UnitNet: %v", err)
		}
		factor := times(t, plus(t, l.VAT, dec("100")), dec("0.01"))
		fits := apart(t, times(t, times(t, l.Net, factor), l.Quantity), times(t, l.Gross, l.Quantity)).Cmp(dec("0.01")) <= 0
		bare := l
		bare.HasNet = false
		computed, err := bare.UnitNet()
		if err != nil {
			t.Fatal(err)
		}
		want := computed
		if fits {
			want = l.Net
		}
		if got.Cmp(want) != 0 {
			t.Fatalf("UnitNet = %s; want %s (the shop's net fits: %t)", got, want, fits)
		}
	})
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func plus(t fataler, a, b decimal.Decimal) decimal.Decimal {
	t.Helper()
	sum, err := a.Add(b)
	if err != nil {
		t.Fatalf("adding %s and %s: %v", a, b, err)
	}
	return sum
}

func times(t fataler, a, b decimal.Decimal) decimal.Decimal {
	t.Helper()
	product, err := a.Mul(b)
	if err != nil {
		t.Fatalf("multiplying %s and %s: %v", a, b, err)
	}
	return product
}

func apart(t fataler, a, b decimal.Decimal) decimal.Decimal {
	t.Helper()
	off, err := a.SubAbs(b)
	if err != nil {
		t.Fatalf("comparing %s and %s: %v", a, b, err)
	}
	return off
}

func TestProofHoldsWithinItsTolerance(t *testing.T) {
	type row struct{ gross, quantity string }
	tests := []struct {
		name            string
		currency, total string
		rows            []row
		lines, allowed  string // sum of the lines, tolerance
		ok              bool
	}{
		{"forint, exact", "HUF", "8970", []row{{"2990.00", "3"}}, "8970", "1", true},
		{"forint, one off", "HUF", "8971", []row{{"2990.00", "3"}}, "8970", "1", true},
		{"forint, one less", "HUF", "8969", []row{{"2990.00", "3"}}, "8970", "1", true},
		{"forint, more than one off", "HUF", "8971.01", []row{{"2990.00", "3"}}, "8970", "1", false},
		{"leu, exact", "RON", "59.97", []row{{"19.99", "3"}}, "59.97", "0.015", true},
		{"leu, 0.01 off", "RON", "19.98", []row{{"19.99", "1"}}, "19.99", "0.01", true},
		{"leu, 0.02 off", "RON", "20.01", []row{{"19.99", "1"}}, "19.99", "0.01", false},
		{"euro, 0.01 off", "EUR", "20.00", []row{{"19.99", "1"}}, "19.99", "0.01", true},
		{"euro, a forint off", "EUR", "20.99", []row{{"19.99", "1"}}, "19.99", "0.01", false},
		{"forint, without decimals", "HUF", "15495", []row{{"1550", "10"}}, "15500", "5", true},
		{"forint, without decimals, too far", "HUF", "15494.99", []row{{"1550", "10"}}, "15500", "5", false},
		{"forint, the same price with decimals", "HUF", "15495", []row{{"1550.00", "10"}}, "15500", "1", false},
		{"leu, one decimal", "RON", "1000.50", []row{{"33.3", "30"}}, "999", "1.5", true},
		{"leu, one decimal, too far", "RON", "1000.51", []row{{"33.3", "30"}}, "999", "1.5", false},
		{"leu, over several lines", "RON", "201.00", []row{{"10.0", "10"}, {"5.0", "20"}}, "200", "1.5", true},
		{"leu, a coarse and a fine line", "RON", "110.52", []row{{"10.0", "10"}, {"5.00", "2"}}, "110", "0.51", false},
		{"leu, parts of a unit", "RON", "9.99", []row{{"13.3200", "0.75"}}, "9.99", "0.01", true},
		{"leu, a return counts like a sale", "RON", "-1000.50", []row{{"33.3", "-30"}}, "-999", "1.5", true},
		{"leu, a negative price too", "RON", "-1000.50", []row{{"-33.3", "30"}}, "-999", "1.5", true},
		{"special lines included", "HUF", "9960", []row{{"2990.00", "3"}, {"1490.00", "1"}, {"-500.00", "1"}}, "9960", "1", true},
		{"special lines left out by the shop", "HUF", "8970", []row{{"2990.00", "3"}, {"1490.00", "1"}, {"-500.00", "1"}}, "9960", "1", false},
		{"no lines", "RON", "0", nil, "0", "0.01", true},
		{"no lines but a total", "RON", "0.02", nil, "0", "0.01", false},
		{"a gift", "HUF", "0", []row{{"0", "1"}}, "0", "1", true},
	}
	for _, tt := range tests {
		o := punte.Order{Currency: tt.currency, Gross: dec(tt.total)}
		for _, r := range tt.rows {
			o.Lines = append(o.Lines, punte.Line{Gross: dec(r.gross), Quantity: dec(r.quantity), VAT: dec("27")})
		}
		p, err := o.Prove()
		if err != nil {
			t.Errorf("%s: Prove: %v", tt.name, err)
			continue
		}
		if p.Lines.Cmp(dec(tt.lines)) != 0 || p.Tolerance.Cmp(dec(tt.allowed)) != 0 || p.Total.Cmp(dec(tt.total)) != 0 ||
			p.Off.Cmp(apart(t, dec(tt.lines), dec(tt.total))) != 0 || p.OK() != tt.ok {
			t.Errorf("%s: Prove = %+v, OK %t; want lines %s, tolerance %s, OK %t", tt.name, p, p.OK(), tt.lines, tt.allowed, tt.ok)
		}
	}
}

func TestProofOfAConsistentOrderHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := punte.Order{Currency: rapid.SampledFrom([]string{"HUF", "RON", "EUR"}).Draw(t, "currency")}
		for range rapid.IntRange(0, 8).Draw(t, "lines") {
			// The shop counts with more decimals than it prints.
			exact := decimal.MustNew(rapid.Int64Range(-1e11, 1e11).Draw(t, "gross"), 6)
			printed := exact.Round(rapid.IntRange(0, 6).Draw(t, "decimals"))
			quantity := decimal.MustNew(rapid.Int64Range(-1e5, 1e5).Draw(t, "quantity"), 2)
			o.Lines = append(o.Lines, punte.Line{Gross: printed, Quantity: quantity, VAT: dec("27")})
			o.Gross = plus(t, o.Gross, times(t, exact, quantity))
		}
		p, err := o.Prove()
		if err != nil || !p.OK() {
			t.Fatalf("Prove = %+v, %v; want it to hold", p, err)
		}
		o.Gross = plus(t, o.Gross, plus(t, p.Tolerance, plus(t, p.Tolerance, dec("0.000001"))))
		if p, err = o.Prove(); err != nil || p.OK() {
			t.Fatalf("Prove with a total beyond all tolerance = %+v, %v; want it to fail", p, err)
		}
	})
}

func TestExpectedIsMiniCRMsArithmetic(t *testing.T) {
	type row struct{ net, quantity, vat string }
	tests := []struct {
		name string
		rows []row
		want string
	}{
		{"none", nil, "0"},
		{"forint", []row{{"2354.330709", "3", "27"}}, "8970"},
		{"forint, own net", []row{{"2354.33", "10", "27"}}, "29899.99"},
		{"three rates", []row{{"2354.330709", "1", "27"}, {"1500", "2", "5"}, {"1177.966102", "1", "18"}}, "7530"},
		{"parts of a unit", []row{{"98.347107", "2.5", "21"}, {"90.081081", "0.333", "11"}}, "330.80"},
		{"three decimals", []row{{"11.121622", "7.125", "11"}}, "87.96"},
		{"small prices", []row{{"0.008264", "1000", "21"}}, "10.00"},
		{"discount", []row{{"-393.700787", "1", "27"}}, "-500"},
		{"gift", []row{{"0", "1", "27"}}, "0"},
		{"unit net, six decimals, tie away from zero", []row{{"0.0000005", "10000", "0"}}, "0.01"},
		{"unit net, below the tie", []row{{"0.00000049", "10000", "0"}}, "0"},
		{"quantity, four decimals, tie away from zero", []row{{"1000", "1.00005", "0"}}, "1000.10"},
		{"line net, four decimals, tie away from zero", []row{{"0.49", "0.005", "100"}}, "0.01"},
		{"line gross, tie up", []row{{"0.005", "1", "0"}}, "0.01"},
		{"line gross, tie up from even", []row{{"0.025", "1", "0"}}, "0.03"},
		{"line gross, tie of a discount", []row{{"-0.005", "1", "0"}}, "-0.01"},
		{"line gross, tie of a discount from even", []row{{"-0.025", "1", "0"}}, "-0.03"},
		{"lines are rounded before they are added", []row{{"0.004", "1", "0"}, {"0.004", "1", "0"}}, "0"},
		{"and so they gain as well", []row{{"0.005", "1", "0"}, {"0.005", "1", "0"}}, "0.02"},
	}
	for _, tt := range tests {
		var ps []punte.Position
		for _, r := range tt.rows {
			ps = append(ps, punte.Position{Net: dec(r.net), Quantity: dec(r.quantity), Line: punte.Line{VAT: dec(r.vat)}})
		}
		got, err := punte.Expected(ps)
		if err != nil || got.Cmp(dec(tt.want)) != 0 {
			t.Errorf("%s: Expected(%v) = %s, %v; want %s", tt.name, tt.rows, got, err, tt.want)
		}
	}
}

// What a whole order loses between the shop's gross and MiniCRM's is half of the
// last digit of each line.
func TestExpectedIsNearTheShopsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var o punte.Order
		for range rapid.IntRange(1, 8).Draw(t, "lines") {
			o.Lines = append(o.Lines, punte.Line{
				Item:     rapid.StringMatching(`[1-9][0-9]{0,8}`).Draw(t, "item"),
				Gross:    decimal.MustNew(rapid.Int64Range(-1e7, 1e7).Draw(t, "gross"), 2),
				Quantity: decimal.MustNew(rapid.Int64Range(1, 100).Draw(t, "quantity"), 0),
				VAT:      dec(rapid.SampledFrom([]string{"0", "5", "11", "18", "21", "27"}).Draw(t, "vat")),
			})
		}
		c := punte.Connection{}
		ps, err := c.Positions(o, "db")
		if err != nil {
			t.Fatal(err)
		}
		got, err := punte.Expected(ps)
		if err != nil {
			t.Fatal(err)
		}
		p, err := o.Prove()
		if err != nil {
			t.Fatal(err)
		}
		allowed := times(t, dec("0.01"), decimal.MustNew(int64(len(ps)), 0))
		if off := apart(t, got, p.Lines); off.Cmp(allowed) > 0 {
			t.Fatalf("Expected = %s; the shop's lines make %s", got, p.Lines)
		}
	})
}

func TestHugeAmountsAreErrorsNotPanics(t *testing.T) {
	huge := punte.Line{Item: "1", Gross: dec(largest), Quantity: dec("2"), VAT: dec("27")}
	if got, err := huge.Sum(); punte.ErrorCode(err) != punte.Invalid {
		t.Errorf("Sum of a huge line = %s, %v; want an invalid error", got, err)
	}
	if got, err := (punte.Order{Lines: []punte.Line{huge}}).Prove(); punte.ErrorCode(err) != punte.Invalid {
		t.Errorf("Prove with a huge line = %+v, %v; want an invalid error", got, err)
	}
	one := punte.Line{Gross: dec(largest), Quantity: dec("1"), VAT: dec("27")}
	if got, err := (punte.Order{Lines: []punte.Line{one, one}}).Prove(); punte.ErrorCode(err) != punte.Invalid {
		t.Errorf("Prove with two huge lines = %+v, %v; want an invalid error", got, err)
	}
	if got, err := (punte.Order{Gross: dec("-" + largest), Lines: []punte.Line{one}}).Prove(); punte.ErrorCode(err) != punte.Invalid {
		t.Errorf("Prove with a huge difference = %+v, %v; want an invalid error", got, err)
	}
	for _, p := range []punte.Position{
		{Net: dec(largest), Quantity: dec("2")},
		{Net: dec(largest), Quantity: dec("1"), Line: punte.Line{VAT: dec("27")}},
		{Net: dec("1"), Quantity: dec("1"), Line: punte.Line{VAT: dec(largest)}},
	} {
		if got, err := punte.Expected([]punte.Position{p}); punte.ErrorCode(err) != punte.Invalid {
			t.Errorf("Expected(%s x %s, VAT %s) = %s, %v; want an invalid error", p.Net, p.Quantity, p.Line.VAT, got, err)
		}
	}
	most := punte.Position{Net: dec(largest), Quantity: dec("1")}
	if got, err := punte.Expected([]punte.Position{most, most}); punte.ErrorCode(err) != punte.Invalid {
		t.Errorf("Expected of two huge positions = %s, %v; want an invalid error", got, err)
	}
}

func TestNoNumberMakesMoneyPanic(t *testing.T) {
	anyDecimal := rapid.Custom(func(t *rapid.T) decimal.Decimal {
		return decimal.MustNew(rapid.Int64().Draw(t, "value"), rapid.IntRange(0, 19).Draw(t, "scale"))
	})
	rapid.Check(t, func(t *rapid.T) {
		o := punte.Order{Gross: anyDecimal.Draw(t, "total")}
		for range rapid.IntRange(0, 3).Draw(t, "lines") {
			o.Lines = append(o.Lines, punte.Line{
				Item: "1", Net: anyDecimal.Draw(t, "net"), HasNet: rapid.Bool().Draw(t, "has net"),
				Gross: anyDecimal.Draw(t, "gross"), Quantity: anyDecimal.Draw(t, "quantity"), VAT: anyDecimal.Draw(t, "vat"),
			})
		}
		if p, err := o.Prove(); err == nil && p.Off.IsNeg() {
			t.Fatalf("Prove = %+v; want a difference that is not negative", p)
		}
		c := punte.Connection{}
		ps, err := c.Positions(o, "db")
		if err != nil {
			return
		}
		_, _ = punte.Expected(ps) // an error is as good as a number here
	})
}

func TestSameAmountForgivesARoundedTie(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"10", "10.00", true},
		{"10.00", "10.01", true},
		{"10.01", "10.00", true},
		{"10.00", "10.0101", false},
		{"10.00", "10.02", false},
		{"-0.01", "0", true},
		{"-10", "10", false},
		{largest, "-" + largest, false},
	}
	for _, tt := range tests {
		if got := punte.SameAmount(dec(tt.a), dec(tt.b)); got != tt.want {
			t.Errorf("SameAmount(%s, %s) = %t; want %t", tt.a, tt.b, got, tt.want)
		}
	}
}

func FuzzParseAmount(f *testing.F) {
	for _, text := range []string{
		"0", "2990", "2990.00", "-0.01", " 15.5 ", "+5", ".5", "5.", "1,5", "1 000", "1e3", "1e-400", "--1", "NaN", "",
		largest, "1" + largest, "0.00000000000000000001", "٣", "\xff",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		amount, err := punte.ParseAmount(text)
		if err != nil {
			if punte.ErrorCode(err) != punte.Invalid {
				t.Errorf("ParseAmount(%q): %v has the code %q; want %q", text, err, punte.ErrorCode(err), punte.Invalid)
			}
			return
		}
		trimmed := strings.TrimSpace(text)
		if strings.Trim(trimmed, "+-.0123456789eE") != "" {
			t.Errorf("ParseAmount(%q) = %s; want an error", text, amount)
		}
		again, err := punte.ParseAmount(amount.String())
		if err != nil || again != amount {
			t.Errorf("ParseAmount(%q) = %s, but that reads %s, %v", text, amount, again, err)
		}
		_, decimals, _ := strings.Cut(trimmed, ".")
		if !strings.ContainsAny(trimmed, "eE") && len(trimmed) < 19 && amount.Scale() != len(decimals) {
			t.Errorf("ParseAmount(%q) has %d decimals; want %d", text, amount.Scale(), len(decimals))
		}
		if rate, err := punte.ParseVAT(text); err == nil && (rate.IsNeg() || rate.Cmp(dec("100")) > 0) {
			t.Errorf("ParseVAT(%q) = %s; want 0 to 100", text, rate)
		}
	})
}
