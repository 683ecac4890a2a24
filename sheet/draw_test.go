package sheet_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"punte"
	"punte/sheet"
)

func TestARomanianSheetSaysEverything(t *testing.T) {
	_, texts := draw(t, romanian())
	if len(texts) != 1 {
		t.Fatalf("the sheet has %d pages; want 1", len(texts))
	}
	has(t, texts[0], "Prăvălia Licurici", "Licurici Atelier SRL · CUI: RO00112233 · Nr. reg. com.: J32/000/2020",
		"Piața Aurarilor 2, 550182 Sibiu, România", "Fișă de comandă", "71108-100274",
		"Plasată: 14 septembrie 2026, 09:42", "Stare: În pregătire",
		"Facturare", "Livrare", "Ștefania Țârlea-Brâncoveanu", "Str. Făurarilor 18, ap. 4", "550123 Sibiu", "România",
		"stefania@posta.example", "+40 711 222 333", "Plată: Card online", "plătit", "Livrare: Curier rapid", "Colet: AWB 55 1200 3321",
		"Lampă de birou „Licurici”, brațe din frasin", "LA-220", "Culoare: verde închis · Ștecher: tip F",
		"12,5", "buc.", "m", "1,89", "23,63", "−20,66", "−25,00", "21 %",
		"TVA 11 %", "116,22", "12,78", "129,00", "TVA 21 %", "212,01", "44,52", "256,53", "328,23", "57,30", "385,53 lei",
		"Mesajul clientului", "Vă rog să împachetați lampa separat, e cadou.", "Mulțumesc frumos!",
		"Acest document nu este factură. Comanda din UNAS, așa cum era la 14 septembrie 2026, 15:05.", "pagina 1 din 1")
	for _, never := range []string{"client vechi", "discount-amount", "shipping-cost", "□", "Rotunjire", "diferă"} {
		if strings.Contains(texts[0], never) {
			t.Errorf("the sheet shows %q:\n%s", never, texts[0])
		}
	}
}

func TestAHungarianSheetSaysEverything(t *testing.T) {
	_, texts := draw(t, hungarian())
	has(t, texts[0], "Rendelési lap", "Leadva: 2026. szeptember 14. 09:42", "Állapot: Feldolgozás alatt", "Számla: ZM-2026/00412",
		"Fenyőfűz Kertészeti és", "Kereskedelmi Bt.", "Szűcs Dezső", "Adószám: 20304050-1-08", "EU adószám: HU20304050",
		"Átvételi pont: Csomagautomata", "HU-SOP-07", "nincs fizetve", "Összesen, Ft", "1 220,47", "1 550", "15 500", "27%", "−1 493",
		"Áfa 5%", "5 229", "261", "Áfa 18%", "Áfa 27%", "11 415", "3 082", "28 357 Ft", "1. oldal, összesen 1")
}

func TestAnEnglishSheetSaysEverything(t *testing.T) {
	_, texts := draw(t, english())
	has(t, texts[0], "Order sheet", "Placed: 14 September 2026, 09:42", "partly paid", "pcs", "Total, €", "1,239.90", "VAT 0%", "0.00", "€1,385.53", "page 1 of 1")
}

func TestTheSameOrderGivesTheSameBytes(t *testing.T) {
	for _, s := range []sheet.Sheet{romanian(), hungarian(), many(romanian(), 120)} {
		first, _ := draw(t, s)
		for range 3 {
			if again, _ := draw(t, s); !bytes.Equal(first, again) {
				t.Fatalf("the sheet of order %s was drawn with other bytes", s.Order.Key)
			}
		}
	}
}

func TestManyLinesRepeatTheHeadAndCountThePages(t *testing.T) {
	_, texts := draw(t, many(romanian(), 200))
	if len(texts) < 10 {
		t.Fatalf("200 lines have %d pages; want 10 at least", len(texts))
	}
	all := strings.Join(texts, "")
	for i := range 200 {
		if want := fmt.Sprintf("NR-%04d\n", i); strings.Count(all, want) != 1 {
			t.Errorf("%q stands %d times on the sheet; want 1", want, strings.Count(all, want))
		}
	}
	for i, page := range texts {
		has(t, page, fmt.Sprintf("pagina %d din %d", i+1, len(texts)))
		if i == 0 {
			continue
		}
		has(t, page, "Fișă de comandă 71108-100274 · continuare")
		if strings.Contains(page, "NR-") {
			has(t, page, "Preț fără TVA")
		}
	}
	has(t, texts[len(texts)-1], "2 000,00 lei")
}

func TestTheHeadOfTheLinesNeverStandsAlone(t *testing.T) {
	var before, behind bool
	for high := range 80 { // of what stands above the lines, in lines of its own
		s := many(romanian(), 2)
		s.Order.Buyer.Invoice.Street = strings.Repeat("Făurarilor ", 18)
		s.Order.Buyer.Invoice.City = strings.Repeat("Sibiu ", 6*min(high, 5)+2)
		s.Order.Buyer.Invoice.TaxNumber = strings.Repeat("RO ", 2*high)
		s.Order.Buyer.Invoice.EUTaxNumber = strings.Repeat("RO ", 2*high)
		s.Shop.Name = strings.Repeat("Licurici ", min(high, 20))
		s.Shop.Firm = strings.Repeat("Atelier ", min(high, 24))
		s.Order.Buyer.Invoice.Name = strings.Repeat("Ștefania ", 20)
		s.Order.Buyer.Invoice.County = strings.Repeat("Sibiu ", min(3*high, 30))
		s.Order.Buyer.Name, s.Order.Buyer.Invoice.Kind = strings.Repeat("Țârlea ", 25), "company"
		s.Order.Lines[0].Variants = []punte.Variant{{Name: "Gravură", Value: strings.Repeat("La mulți ani ", 40)}}
		_, texts := draw(t, s)
		for i, page := range texts {
			if strings.Contains(page, "Preț fără TVA\n") != strings.Contains(page, "NR-") {
				t.Errorf("at height %d page %d of %d has the head of the lines without a line:\n%s", high, i+1, len(texts), page)
			}
		}
		before = before || strings.Contains(texts[0], "NR-0000")
		behind = behind || !strings.Contains(texts[0], "NR-0000")
	}
	if !before || !behind {
		t.Errorf("the first line was on the first page: %t, on the next: %t; want both", before, behind)
	}
}

func TestMoreLinesThanASheetHoldsAreCountedAndSummed(t *testing.T) {
	_, texts := draw(t, many(english(), 2003))
	has(t, texts[len(texts)-1], "3 further lines do not fit on this sheet; the totals include them.", "€20,030.00")
}

func TestNothingBreaksASheet(t *testing.T) {
	long := strings.Repeat("Wörterbuch", 2000)
	tests := []struct {
		name   string
		change func(*sheet.Sheet)
		want   []string
	}{
		{"markup", func(s *sheet.Sheet) { s.Order.Lines[0].Name = `<b>a</b> & (b) \ %s {nb} <!--` }, []string{`<b>a</b> & (b) \ %s {nb} <!--`}},
		{
			"emoji", func(s *sheet.Sheet) { s.Order.Lines[0].Name = "Tea 👩‍👩‍👧‍👦 and ❤️‍🔥 cup" },
			[]string{"Tea □ and □ cup", "□ stands for characters that this sheet's font does not have."},
		},
		{"right to left", func(s *sheet.Sheet) { s.Order.Buyer.Invoice.Name = "\u202eمحمد علي\u202c Ltd" }, []string{"□ □ Ltd"}},
		{"other letters", func(s *sheet.Sheet) { s.Order.Buyer.Invoice.Name = "Жанна Ευαγγελία" }, []string{"Жанна Ευαγγελία"}},
		{"letters in two parts", func(s *sheet.Sheet) { s.Order.Lines[0].Name = "S\u0326oseta\u0306 o\u030b" }, []string{"Șosetă ő"}},
		{"control characters", func(s *sheet.Sheet) { s.Order.Lines[0].Name = "a\x00b\x1b[31m\tc\u200bd\u00ad\r\ne" }, []string{"ab[31m cd e"}},
		{"bytes that are no text", func(s *sheet.Sheet) { s.Order.Lines[0].Name = "a\xff\xfeb" }, []string{"a□b"}},
		{"a comment of 10 MB", func(s *sheet.Sheet) { s.Order.Comments[0].Text = strings.Repeat("word ", 2<<20) }, []string{"(The text goes on in the shop.)"}},
		{"long words everywhere", func(s *sheet.Sheet) {
			s.Name, s.Shop, s.Order.Key, s.Order.Status.Name, s.Order.Currency = long, punte.Shop{Name: long, Firm: long}, long, long, long
			s.Order.Lines[0].Name, s.Order.Lines[0].SKU, s.Order.Lines[0].Unit = long, long, long
			s.Order.Lines[0].Variants = []punte.Variant{{Name: long, Value: long}}
			s.Order.Buyer.Email, s.Order.Buyer.Invoice, s.Order.Buyer.Delivery = long, punte.Address{Name: long, Street: long}, punte.Address{Name: long, PointID: long}
			s.Order.Payment = punte.Payment{Name: long, Status: long}
			s.Order.Shipping = punte.Shipping{Name: long, PackageNumber: long, TrackingURL: "https://x.example/" + long}
		}, []string{"Order sheet"}},
		{"nothing at all", func(s *sheet.Sheet) { s.Order, s.Shop, s.Name = punte.Order{}, punte.Shop{}, "" }, []string{"The order has no lines.", "–"}},
		{"many rates", func(s *sheet.Sheet) {
			s.Order.Lines = nil
			for i := range 101 {
				s.Order.Lines = append(s.Order.Lines, line("1", "A", "B", "", "1", "1", fmt.Sprint(i)))
			}
		}, []string{"VAT 100%"}},
		{"huge numbers", func(s *sheet.Sheet) {
			s.Order.Lines[0].Gross, s.Order.Lines[0].Quantity = amount("9999999999999999999"), amount("9999999999999999999")
			s.Order.Gross = amount("-9999999999999999999")
		}, []string{"The sums can't be computed: the numbers are too large.", "−€9,999,999,999,999,999,999"}},
		{
			"a total that differs", func(s *sheet.Sheet) { s.Order.Gross = amount("1400") },
			[]string{"The total differs: the lines add up to €1,385.53, the shop says €1,400.00 (difference €14.48).", "€1,400.00"},
		},
		{"a link that is none", func(s *sheet.Sheet) { s.Order.Shipping.TrackingURL = "javascript:alert(1)" }, []string{"Parcel: AWB 55 1200 3321"}},
		{"a returned order", func(s *sheet.Sheet) {
			s.Order.Lines, s.Order.Gross = []punte.Line{line("1", "A", "Cup", "pcs", "-2", "10.00", "21")}, amount("-20")
		}, []string{"−2", "−16.53", "−3.47", "−€20.00"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := english()
			tt.change(&s)
			pdf, texts := draw(t, s)
			has(t, strings.Join(texts, ""), tt.want...)
			if len(pdf) > 1<<20 {
				t.Errorf("the sheet has %d bytes; want a megabyte at most", len(pdf))
			}
			if bytes.Contains(pdf, []byte("javascript")) {
				t.Error("the sheet holds a script")
			}
		})
	}
}

func TestTheSumsOfTheRatesAreTheSumOfTheLines(t *testing.T) {
	_, texts := draw(t, hungarian())
	// 15 500 + 490 - 1 493 at 27 %, 8 370 at 18 %, 5 490 at 5 %.
	has(t, texts[0], "14 497", "8 370", "5 490", "28 357 Ft")
}

func TestASmallDifferenceIsShownAsRounding(t *testing.T) {
	s := hungarian()
	s.Order.Gross = amount("28356")
	_, texts := draw(t, s)
	has(t, texts[0], "Kerekítés", "−1", "28 356 Ft")
}

func TestAnUnknownLanguageIsRefused(t *testing.T) {
	s := romanian()
	s.Language = "xx"
	if _, err := s.PDF(); punte.ErrorCode(err) != punte.Invalid {
		t.Errorf("PDF in xx: %v; want %s", err, punte.Invalid)
	}
}

func TestASheetKnowsTheTimesOfTheOrderOnly(t *testing.T) {
	pdf, _ := draw(t, romanian())
	for _, want := range []string{"/CreationDate (D:20260914074200)", "/ModDate (D:20260914130500)"} {
		if !bytes.Contains(pdf, []byte(want)) {
			t.Errorf("the PDF lacks %s", want)
		}
	}
	if year := fmt.Sprint("D:", time.Now().AddDate(3, 0, 0).Year()); bytes.Contains(pdf, []byte(year)) {
		t.Errorf("the PDF tells %s", year)
	}
}

func BenchmarkPDF(b *testing.B) {
	for _, n := range []int{5, 200} {
		s := many(romanian(), n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.PDF(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
