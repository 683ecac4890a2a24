package sheet_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/govalues/decimal"

	"punte"
	"punte/sheet"
)

var budapest = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Budapest")
	if err != nil {
		panic(err)
	}
	return zone
}()

// amount reads a decimal of a test.
func amount(text string) decimal.Decimal { return decimal.MustParse(text) }

// line is a line with a net price of the shop's own.
func line(id, sku, name, unit, quantity, gross, vat string) punte.Line {
	return punte.Line{
		Item: id, SKU: sku, Name: name, Unit: unit, Quantity: amount(quantity), Gross: amount(gross), VAT: amount(vat),
	}
}

// romanian is an order as a shop in Romania has them.
func romanian() sheet.Sheet {
	home := punte.Address{
		Name: "Ștefania Țârlea-Brâncoveanu", PostalCode: "550123", City: "Sibiu", Street: "Str. Făurarilor 18, ap. 4",
		Country: "RO", CountryName: "România", Kind: "private",
	}
	lines := []punte.Line{
		line("8801", "LA-220", "Lampă de birou „Licurici”, brațe din frasin", "buc", "1", "239.90", "21"),
		line("8802", "CA-017", "Cartea grădinarului începător", "buc", "2", "64.50", "11"),
		line("8803", "SF-4/25", "Sfoară de iută", "m", "12.5", "1.89", "21"),
		line("discount-amount", "discount-amount", "Reducere de bun venit", "", "1", "-25.00", "21"),
		line("shipping-cost", "shipping-cost", "Curier la ușă", "", "1", "18.00", "21"),
	}
	lines[0].Variants = []punte.Variant{{Name: "Culoare", Value: "verde închis"}, {Name: "Ștecher", Value: "tip F"}}
	return sheet.Sheet{
		Language: "ro", Zone: budapest, Name: "Prăvălia Licurici",
		Shop: punte.Shop{
			Name: "Prăvălia Licurici", Website: "www.licurici.example", Email: "salut@licurici.example", Phone: "+40 269 000 111",
			Firm: "Licurici Atelier SRL", TaxNumber: "RO00112233", RegistrationNumber: "J32/000/2020",
			Address: punte.Address{Street: "Piața Aurarilor 2", PostalCode: "550182", City: "Sibiu", CountryName: "România"},
		},
		Order: punte.Order{
			ID: 551, Key: "71108-100274", Currency: "RON", Language: "ro",
			Placed: time.Date(2026, 9, 14, 7, 42, 0, 0, time.UTC), Modified: time.Date(2026, 9, 14, 13, 5, 0, 0, time.UTC),
			Status: punte.ShopStatus{Name: "În pregătire"},
			Buyer: punte.Buyer{
				Email: "stefania@posta.example", Mobile: "+40 711 222 333", Name: "Ștefania Țârlea-Brâncoveanu",
				Invoice: home, Delivery: home,
			},
			Payment:  punte.Payment{Name: "Card online", Type: "bankcard", Status: "paid"},
			Shipping: punte.Shipping{Name: "Curier rapid", PackageNumber: "AWB 55 1200 3321", TrackingURL: "https://track.example/5512003321"},
			Comments: []punte.Comment{
				{Type: "customer", Text: "Vă rog să împachetați lampa separat, e cadou.\nMulțumesc frumos!"},
				{Type: "admin", Text: "client vechi, atenție la preț"},
			},
			Lines: lines, Gross: amount("385.53"),
		},
	}
}

// hungarian is an order of a company, to a parcel point.
func hungarian() sheet.Sheet {
	s := romanian()
	s.Language, s.Name = "hu", "Zöld Műhely"
	s.Shop = punte.Shop{
		Name: "Zöld Műhely", Website: "zoldmuhely.example", Email: "hello@zoldmuhely.example", Firm: "Zöld Műhely Kft.",
		TaxNumber: "00112233-2-41", RegistrationNumber: "01-09-000000",
		Address: punte.Address{Street: "Őrház utca 3.", PostalCode: "1117", City: "Budapest", CountryName: "Magyarország"},
	}
	o := &s.Order
	o.Key, o.Currency, o.Language = "30455-118822", "HUF", "hu"
	o.Status.Name = "Feldolgozás alatt"
	o.Invoice.Number = "ZM-2026/00412"
	o.Buyer.Name, o.Buyer.Email, o.Buyer.Mobile = "Szűcs Dezső", "beszerzes@fenyofuz.example", "+36 30 000 4455"
	o.Buyer.Invoice = punte.Address{
		Name: "Fenyőfűz Kertészeti és Kereskedelmi Bt.", PostalCode: "9400", City: "Sopron", Street: "Kőszegi út 41.",
		Country: "HU", CountryName: "Magyarország", TaxNumber: "20304050-1-08", EUTaxNumber: "HU20304050", Kind: "company",
	}
	o.Buyer.Delivery = punte.Address{
		Name: "Szűcs Dezső", PostalCode: "9400", City: "Sopron", Street: "Lackner Kristóf utca 35.", CountryName: "Magyarország",
		PointID: "HU-SOP-07", PointGroup: "Csomagautomata",
	}
	o.Payment = punte.Payment{Name: "Utánvét", Type: "cod", Status: "unpaid"}
	o.Shipping = punte.Shipping{Name: "Csomagpont"}
	o.Comments = []punte.Comment{{Type: "customer", Text: "A számlára kérem ráírni: „őszi ültetés”."}}
	o.Lines = []punte.Line{
		line("1", "T-10", "Tűzőkapa, kőris nyéllel", "db", "10", "1550", "27"),
		line("2", "M-3", "Méz, akác, 500 g", "üveg", "3", "2790", "18"),
		line("3", "K-1", "Kertészeti kézikönyv", "db", "1", "5490", "5"),
		line("handel-cost", "handel-cost", "Utánvét díja", "db", "1", "490", "27"),
		line("discount-percent", "discount-percent", "Kedvezmény 5%", "db", "1", "-1493", "27"),
	}
	o.Gross = amount("28357")
	return s
}

// english is an order in euro.
func english() sheet.Sheet {
	s := romanian()
	s.Language = "en"
	o := &s.Order
	o.Currency, o.Language = "EUR", "en"
	o.Payment.Status = "partly paid"
	for i := range o.Lines {
		o.Lines[i].VAT = amount("0")
	}
	o.Lines[0].Gross, o.Gross = amount("1239.9"), amount("1385.53")
	return s
}

// many has so many lines.
func many(s sheet.Sheet, n int) sheet.Sheet {
	s.Order.Lines = nil
	for i := range n {
		l := line(fmt.Sprint(100+i), fmt.Sprintf("NR-%04d", i), fmt.Sprintf("Articol numărul %d", i), "buc", "1", "10.00", []string{"21", "11"}[i%2])
		if i%7 == 3 {
			l.Name += " cu o denumire lungă care nu încape pe un singur rând și trece pe al doilea, apoi pe al treilea"
			l.Variants = []punte.Variant{{Name: "Mărime", Value: "XL"}, {Name: "Culoare", Value: "albastru"}}
		}
		s.Order.Lines = append(s.Order.Lines, l)
	}
	s.Order.Gross = amount(fmt.Sprint(10 * n))
	return s
}

var (
	streams = regexp.MustCompile(`(?s)stream\r?\n(.*?)\r?\nendstream`)
	shown   = regexp.MustCompile(`(?s)\(((?:\\.|[^\\)])*)\) ?Tj`)
)

// pages extracts the texts of each page, as they were written, a line each.
func pages(t *testing.T, pdf []byte) []string {
	t.Helper()
	var list []string
	for _, stream := range streams.FindAllSubmatch(pdf, -1) {
		reader, err := zlib.NewReader(bytes.NewReader(stream[1]))
		if err != nil {
			continue
		}
		content, err := io.ReadAll(io.LimitReader(reader, 64<<20))
		if err != nil {
			t.Fatalf("reading a stream of the PDF: %v", err)
		}
		if !bytes.Contains(content, []byte(" Tf ET")) && !bytes.Contains(content, []byte("Tj")) {
			continue
		}
		var page strings.Builder
		for _, text := range shown.FindAllSubmatch(content, -1) {
			page.WriteString(decoded(text[1]) + "\n")
		}
		list = append(list, page.String())
	}
	return list
}

// decoded reads a string of the PDF: UTF-16 with escapes.
func decoded(raw []byte) string {
	var plain []byte
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			plain = append(plain, raw[i])
			continue
		}
		i++
		switch raw[i] {
		case 'r':
			plain = append(plain, '\r')
		case 'n':
			plain = append(plain, '\n')
		default:
			plain = append(plain, raw[i])
		}
	}
	units := make([]uint16, len(plain)/2)
	for i := range units {
		units[i] = binary.BigEndian.Uint16(plain[2*i:])
	}
	return strings.ReplaceAll(string(utf16.Decode(units)), "\u00a0", " ")
}

// draw makes the PDF and gives it with its texts.
func draw(t *testing.T, s sheet.Sheet) (pdf []byte, texts []string) {
	t.Helper()
	pdf, err := s.PDF()
	if err != nil {
		t.Fatalf("PDF: %v", err)
	}
	return pdf, pages(t, pdf)
}

// has tests that each text stands on a line of its own.
func has(t *testing.T, page string, wanted ...string) {
	t.Helper()
	for _, text := range wanted {
		if !strings.Contains("\n"+page, "\n"+text+"\n") {
			t.Errorf("the sheet lacks the line %q; it has:\n%s", text, page)
		}
	}
}
