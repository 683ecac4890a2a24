package unas

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"punte/xmlstream"
)

func readOrders(r io.Reader) ([]Order, error) {
	var all []Order
	for o, err := range DecodeOrders(r) {
		if err != nil {
			return all, err
		}
		all = append(all, o)
	}
	return all, nil
}

func readTestdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// companyOrder is the first order of testdata/orders.xml: everything is there.
var companyOrder = Order{
	ID: "501000017", Key: "4711-200017", Date: "2026.05.04 11:02:03", DateMod: "2026.05.05 07:30:00", Lang: "hu",
	Customer: Customer{
		ID: "9001", Email: "rendeles@festek.example", EmailWarning: "1", Username: "festek",
		ContactName: "Szűcs Örs", Phone: "+3652000111", Mobile: "+36209998877", Lang: "hu",
		Invoice: Address{
			Name: "Festék & Ecset Kft.", ZIP: "4024", City: "Debrecen", Street: "Piac utca 1/A.",
			StreetName: "Piac", StreetType: "utca", StreetNumber: "1/A.", County: "Hajdú-Bihar",
			Country: "Magyarország", CountryCode: "hu",
			TaxNumber: "01234567-2-09", EUTaxNumber: "HU01234567", CustomerType: "company",
		},
		Shipping: Address{
			Name: "Szűcs Örs", ZIP: "4025", City: "Debrecen", Street: "Raktár sor 9.",
			Country: "Magyarország", CountryCode: "hu", DeliveryPointID: "P-77", AltDeliveryPointID: "P-78",
			DeliveryPointGroup: "boxes", DeliveryPointSubGroup: "east", RecipientName: "Kis Ádám",
		},
		Group: Group{ID: "3", Name: "Festők", ForeignID: "F3"}, Params: []Param{{"10", "Szakma", "mázoló"}},
		Comment: "régi vevő",
	},
	Currency: "HUF", PriceRounding: "0", VatCountryCode: "hu", Type: "Nagyker",
	Status: "Csomagolható", StatusDetails: "---", StatusDateMod: "2026.05.05 07:30:00",
	StatusID: "0", StatusType: "open_normal", Authenticated: "yes",
	Payment: Payment{
		ID: "21", Name: "Bankkártya", Type: "bankcard", Status: "partly paid",
		Paid: "1000", Pending: "10", Unpaid: "990", ForeignID: "CARD",
		Transactions: []Transaction{
			{ID: "T1", AuthCode: "AC", Status: "finish", Date: "2026.05.04 11:05:00", Amount: "1000", AmountRefund: "0"},
			{ID: "manual", Status: "pending", Amount: "10"},
		},
	},
	Shipping: Shipping{
		ID: "31", Name: "Csomagpont", PackageNumber: "CSP-1",
		TrackingURL: "https://nyom.example/?c=CSP-1&l=hu", ForeignID: "BOX",
	},
	Invoice:      Invoice{Status: "2", StatusText: "Számlázva", Number: "SZ-9", URL: "https://szamla.example/SZ-9.pdf"},
	StornoNumber: "ST-9", StornoURL: "https://szamla.example/ST-9.pdf",
	Params:  []Param{{"70", "Kapukód", "12#"}, {"71", "Emelet", ""}},
	Referer: "ajanlo.example", AffiliateID: "5", AffiliateName: "Társ",
	UTM:    UTM{Source: "hirlevel", Medium: "email", Campaign: "tavasz", Content: "gomb"},
	Coupon: "TAVASZ10", Weight: "12.75",
	Info: Info{
		MergedFrom: []string{"4711-200001", "4711-200002"}, SeparatedTo: []string{"4711-200018"},
		SeparatedFrom: "4711-200003", CopiedFrom: "4711-200004", ReturnedFrom: "4711-200005", ReturnedTo: "4711-200006",
	},
	Comments: []Comment{
		{Type: "customer", Text: "Két vég: ]]> és <b>vége</b>"},
		{Type: "admin", Text: "sor 1\nsor 2 & ő"},
	},
	SumPriceGross: "2000",
	Items: []Item{
		{
			ID: "600", SKU: "FES-1", Name: `Falfesték "fehér"`,
			Variants:      []Variant{{"1", "Szín", "fehér"}, {"2", "Kiszerelés", "10 l"}},
			ProductParams: []ProductParam{{"8", "Minta", "kép", "https://fajl.example/1.png"}},
			Subscription:  "havi", Unit: "db", Quantity: "1.50",
			PriceNet: "1259.84", PriceGross: "1600", Vat: "27%", Status: "raktáron",
			PlusStatuses: []PlusStatus{{ID: "1", Name: "nem az"}},
		},
		{
			ID: "discount-percent", SKU: "discount-percent", Name: "Kedvezmény", Unit: "db", Quantity: "1",
			PriceNet: "-314.96", PriceGross: "-400", Vat: "27%", Percent: "16.67",
		},
	},
}

// marketplaceOrder is the second one: a guest, and most of it is missing or empty.
var marketplaceOrder = Order{
	ID: "501000019", Key: "EMG-55-1", InternalKey: "4711-200019",
	Date: "2026.05.05 09:00:00", DateMod: "2026.05.05 09:00:00", Lang: "ro",
	Customer: Customer{
		Email: "ana@posta.example", ContactName: "Ștefănescu Ana-Măria 🌷",
		Invoice: Address{Name: "Ștefănescu Ana-Măria", ZIP: "000123", CountryCode: "ro"},
	},
	Currency: "RON", ExchangeValue: "0.0128", Status: "Feldolgozásra vár", SumPriceGross: "12.10",
	Items: []Item{{ID: "601", Name: "Pensulă", Quantity: "1", PriceGross: "12.10", Vat: "21%"}},
}

func TestDecodeOrdersReadsEveryDocumentedField(t *testing.T) {
	doc := readTestdata(t, "orders.xml")
	want := []Order{companyOrder, marketplaceOrder, {}}
	for name, r := range map[string]io.Reader{
		"whole":              bytes.NewReader(doc),
		"one byte at a time": iotest.OneByteReader(bytes.NewReader(doc)),
		"with control characters": bytes.NewReader(bytes.ReplaceAll(bytes.ReplaceAll(doc,
			[]byte("Falfest"), []byte("Fal\x02fest")), []byte("Piac utca"), []byte("\uFFFEPiac\x0b utca"))),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readOrders(r)
			if err != nil {
				t.Fatal(err)
			}
			for i := range got {
				var again struct {
					ID string `xml:"Id"`
				}
				if raw := got[i].Raw; i < 2 && (xml.Unmarshal(withoutForbidden(raw), &again) != nil || again.ID != want[i].ID) {
					t.Errorf("order %d: Raw = %q; want the element", i, raw)
				}
				got[i].Raw = nil
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("orders differ (-want +got):\n%s", diff)
			}
		})
	}
}

// withoutForbidden makes Raw readable for encoding/xml, which refuses references to
// forbidden characters.
func withoutForbidden(raw []byte) []byte { return bytes.ReplaceAll(raw, []byte("&#1;"), nil) }

func TestRawStaysValidAfterTheNextOrder(t *testing.T) {
	doc := []byte("<Orders>" + strings.Repeat("<Order><Id>A</Id></Order><Order><Id>B</Id></Order>", 5000) + "</Orders>")
	all, err := readOrders(bytes.NewReader(doc))
	if err != nil || len(all) != 10_000 {
		t.Fatalf("%d orders, %v; want 10000", len(all), err)
	}
	for i, o := range all {
		id := string(rune('A' + i%2))
		if o.ID != id || string(o.Raw) != "<Order><Id>"+id+"</Id></Order>" {
			t.Fatalf("order %d = %q, %q; want %s", i, o.ID, o.Raw, id)
		}
	}
}

func TestDecodeOrdersExplainsWhatItCannotRead(t *testing.T) {
	tests := []struct {
		in     string
		orders int
		kind   Kind // empty: no error
	}{
		{"<Orders>\n</Orders>", 0, ""},
		{"<Orders/>", 0, ""},
		{"<Error>Too much getOrder query, IP is banned till 02.28.2022 10:00:00</Error>", 0, Banned},
		{"<Error><Code>7</Code><Message>Login Error: invalid ApiKey</Message></Error>", 0, BadKey},
		{"<Error/>", 0, Refused},
		{"", 0, Malformed},
		{"gateway timeout", 0, Malformed},
		{"<html><body/></html>", 0, Malformed},
		{"<Orders><Order><Id>1</Id></Order><Order><Id>2", 1, Malformed},
		{"<Orders><Order/><Order></Item></Order></Orders>", 1, Malformed},
		{"<Orders><Order/></Orders><Orders/>", 1, Malformed},
		{"<Orders><Order>\xff</Order></Orders>", 1, ""},
		{"<?xml version='1.0' encoding='ISO-8859-2'?><Orders><Order/></Orders>", 0, Malformed},
		{"<!DOCTYPE Orders><Orders/>", 0, Malformed},
		{"<Orders>" + strings.Repeat("<a>", 100), 0, Malformed},
	}
	for _, tt := range tests {
		all, err := readOrders(strings.NewReader(tt.in))
		var kind Kind
		if e, ok := errors.AsType[*Error](err); ok {
			kind = e.Kind
		}
		if len(all) != tt.orders || kind != tt.kind || (err == nil) != (tt.kind == "") {
			t.Errorf("DecodeOrders(%.60q) = %d orders, %v; want %d, kind %q", tt.in, len(all), err, tt.orders, tt.kind)
		}
	}
}

func TestDecodeOrdersYieldsBeforeTheEndIsThere(t *testing.T) {
	r, w := io.Pipe()
	defer func() { _ = w.Close() }()
	go func() { _, _ = io.WriteString(w, "<Orders><Order><Id>1</Id></Order>") }()
	for o, err := range DecodeOrders(r) {
		if err != nil || o.ID != "1" {
			t.Fatalf("first order = %q, %v; want 1", o.ID, err)
		}
		break
	}
}

func TestErrorsHoldNothingOfAnOrder(t *testing.T) {
	doc := string(readTestdata(t, "orders.xml"))
	for n := 0; n < len(strings.TrimSpace(doc)); n += 5 {
		_, err := readOrders(strings.NewReader(doc[:n]))
		if !errors.Is(err, io.ErrUnexpectedEOF) || !isKind(err, Malformed) {
			t.Fatalf("the first %d bytes: %v; want io.ErrUnexpectedEOF", n, err)
		}
		broken := doc[:n] + "</x " + doc[n:]
		if _, err := readOrders(strings.NewReader(broken)); err != nil {
			for _, word := range []string{"rendeles", "Piac", "Szűcs", "Ana", "Ecset"} {
				if strings.Contains(err.Error(), word) {
					t.Fatalf("the error repeats personal data: %v", err)
				}
			}
		}
	}
}

func FuzzDecodeOrders(f *testing.F) {
	doc, _ := filled(f, "order")
	f.Add(doc)
	f.Add(readTestdata(f, "orders.xml"))
	f.Add([]byte("<Orders><Order><Id>1</Id><Items><Item><Name>a&amp;b</Name></Item></Items></Order></Orders>"))
	f.Add([]byte("<Error>Too much getOrder query, IP is banned till 02.28.2022 10:00:00!</Error>"))
	f.Add([]byte("<Orders><Order><Customer><Email><![CDATA[x]]>y</Email></Customer></Order>"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		got, err := readOrders(bytes.NewReader(doc))
		if err != nil {
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Fatalf("%v is no *Error", err)
			}
			return
		}
		agreeOnOrders(t, doc)
		for _, o := range got { // what is kept of an order is enough to read it again
			again, err := readOrders(bytes.NewReader(slices.Concat([]byte("<Orders>"), o.Raw, []byte("</Orders>"))))
			if err != nil || len(again) != 1 || cmp.Diff(o, again[0]) != "" {
				t.Fatalf("%q reads differently from its Raw: %v %s", doc, err, cmp.Diff([]Order{o}, again))
			}
		}
	})
}

// FuzzDecodeAnswers gives a document to all the decoders of short lists, and to those
// of logins, results and refusals.
func FuzzDecodeAnswers(f *testing.F) {
	for _, name := range []string{"method", "customergroup", "status", "ordertype", "subscriber", "automatism"} {
		doc, _ := filled(f, name)
		f.Add(doc)
	}
	f.Add(readTestdata(f, "login.xml"))
	f.Add([]byte("<Orders><Order><Action>modify</Action><Key>1-2</Key><Status>error</Status><Error>no</Error></Order></Orders>"))
	f.Add([]byte("<Error>Too much getOrder query, IP is banned till 02.28.2022 10:00:00!</Error>"))
	f.Add([]byte("<!DOCTYPE html><title>502 tok-1</title><script>x</script>\xff"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		for root, read := range map[string]func(*xmlstream.Scanner) error{
			"Methods":        each("Method", decodeMethod, func(Method) bool { return true }),
			"CustomerGroups": each("CustomerGroup", decodeCustomerGroup, func(CustomerGroup) bool { return true }),
			"OrderStatuses":  each("OrderStatus", decodeStatus, func(Status) bool { return true }),
			"OrderTypes":     each("OrderType", decodeOrderType, func(OrderType) bool { return true }),
			"Subscribers":    each("Subscriber", decodeSubscriber, func(Subscriber) bool { return true }),
			"Automatisms":    each("Automatism", decodeAutomatism, func(Automatism) bool { return true }),
			"Orders":         each("Order", decodeSetResult, func(setResult) bool { return true }),
			"Login":          new(loginAnswer).read,
		} {
			_ = decode(bytes.NewReader(doc), root, read)
		}
		text, _ := refusalText(doc)
		e := classify("getOrder", without(NewSecret("tok-1"), text))
		if len([]rune(e.Text)) > longestText+1 || !utf8.ValidString(e.Text) || strings.ContainsAny(e.Text, "\n\x00\x1b") {
			t.Fatalf("the words of %q are %q", doc, e.Text)
		}
		if end := banEnd(text, time.UTC, testNow); !end.After(testNow) {
			t.Fatalf("the ban of %q ends at %v, which is over", doc, end)
		}
	})
}

func BenchmarkDecodeOrders(b *testing.B) {
	doc := readTestdata(b, "orders.xml")
	from, to := bytes.Index(doc, []byte("<Order>")), bytes.LastIndex(doc, []byte("<Order/>"))
	doc = append(append([]byte("<Orders>"), bytes.Repeat(doc[from:to], 500)...), "</Orders>"...)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range DecodeOrders(bytes.NewReader(doc)) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
