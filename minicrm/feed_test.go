package minicrm_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"punte/minicrm"
)

var update = flag.Bool("update", false, "write the golden files anew")

func d(s string) decimal.Decimal { return decimal.MustParse(s) }

// everything is a card in which nothing is left out.
func everything() minicrm.FeedProject {
	disabled, sku, noSKU := false, "FT-1", ""
	return minicrm.FeedProject{
		ID: 4120, Name: "Fagyi & Fia Kft. (Kovács Réka)", CategoryID: 12, StatusID: "Többször rendelt", UserID: "64",
		ContactID: 811, RegistrationDate: "2026-02-10 09:30:00", Disabled: &disabled,
		LostBasket: &minicrm.LostBasket{Content: "2 x Tölcsér", Date: "2026-02-11 20:00:00", Value: "120.5"},
		Fields:     []minicrm.FeedField{{Name: "Hirlevel", Value: "igen"}, {Name: "Torolt", Value: ""}},
		Business: &minicrm.FeedBusiness{
			Name: "Fagyi & Fia Kft.", VatNumber: "11223344-2-06",
			Addresses: []minicrm.FeedAddress{{CountryID: "Magyarország", PostalCode: "6720", City: "Szeged", Address: "Kárász utca 2."}},
			Emails:    []string{"iroda@example.hu"}, Phones: []string{"+36 62 555 010"},
		},
		Contacts: []minicrm.FeedContact{{
			ID: 4120, FirstName: "Réka", LastName: "Kovács",
			Emails: []string{"reka@example.hu", "kovacs@example.hu"}, Phones: []string{"+36 30 555 0123"},
		}},
		Orders: []minicrm.FeedOrder{{
			ID: 90001, Number: "100482", CurrencyCode: "HUF", Language: "_HU", Performance: "2026-03-04 18:22:05",
			Status: minicrm.Issued, PaymentMethod: "CashOnDelivery",
			Customer: minicrm.FeedCustomer{
				Name: "Fagyi & Fia Kft.", CountryID: "Magyarország", PostalCode: "6720", City: "Szeged", Address: "Kárász utca 2.\r\n1. emelet",
			},
			Fields: []minicrm.FeedField{{Name: "UserId", Value: "64"}, {Name: "RendelesLink", Value: "https://bolt.example.hu/r/1?a=1&b=2"}},
			Products: []minicrm.FeedProduct{
				{
					ID: 55, Name: "Fagylalttölcsér <nagy>", PriceNet: d("1897.637795"), Quantity: d("20.0000"), SKU: &sku,
					Description: "Ropogós", Unit: "darab", VAT: d("27"), FolderName: "Webshop",
				},
				{ID: 4999999001, Name: "Szállítás", PriceNet: d("4000.00"), Quantity: d("1"), SKU: &noSKU, Unit: "darab", VAT: d("27.0"), FolderName: "Webshop"},
				{ID: 4999999003, Name: "Kedvezmény", PriceNet: d("-0.50"), Quantity: d("2.5"), Unit: "darab", VAT: d("0"), FolderName: "Webshop"},
			},
		}},
	}
}

// least is a card in which everything is left out that can be.
func least() minicrm.FeedProject {
	return minicrm.FeedProject{
		ID: 7, Name: "Ion Popescu", CategoryID: 12, Business: &minicrm.FeedBusiness{Name: "Exemplu SRL", Addresses: []minicrm.FeedAddress{{City: "Cluj-Napoca"}}},
		Contacts: []minicrm.FeedContact{{LastName: "Popescu"}},
		Orders: []minicrm.FeedOrder{{
			ID: 8, Number: "R-1", Performance: "2026-03-04", Customer: minicrm.FeedCustomer{Name: "Ion Popescu"},
			Products: []minicrm.FeedProduct{{ID: 9, Name: "Cornet"}},
		}},
	}
}

func feed(t *testing.T, projects ...minicrm.FeedProject) []byte {
	t.Helper()
	var out bytes.Buffer
	w := minicrm.NewFeedWriter(&out)
	for _, p := range projects {
		if err := w.WriteProject(p); err != nil {
			t.Fatalf("WriteProject(%d) = %v", p.ID, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatalf("Close() = %v", err)
	}
	return out.Bytes()
}

func TestFeedIsTheDocumentAgreed(t *testing.T) {
	got := feed(t, everything(), least(), minicrm.FeedProject{ID: 1, Name: "", CategoryID: 2})
	golden := filepath.Join("testdata", "feed.golden.xml")
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(fixture(t, "feed.golden.xml"), string(got)); diff != "" {
		t.Errorf("the document differs from %s (-want +got):\n%s", golden, diff)
	}
}

// The forms in which a reader that knows nothing of the writer finds the document.
type (
	readProject struct {
		ID         string `xml:"Id,attr"`
		Name       string
		CategoryID string `xml:"CategoryId"`
		StatusID   string `xml:"StatusId"`
		UserID     string `xml:"UserId"`
		ContactID  string `xml:"ContactId"`
		Registered string `xml:"WebshopRegistrationDate"`
		Disabled   string `xml:"WebshopDisabled"`
		Content    string `xml:"WebshopLostBasketContent"`
		Date       string `xml:"WebshopLostBasketDate"`
		Value      string `xml:"WebshopLostBasketValue"`
		Business   struct {
			Name, VatNumber string
			Addresses       []readAddress `xml:"Addresses>Address"`
			Emails          []string      `xml:"Emails>Email>Value"`
			Phones          []string      `xml:"Phones>Phone>Value"`
		}
		Contacts []struct {
			ID                  string `xml:"Id,attr"`
			FirstName, LastName string
			Emails              []string `xml:"Emails>Email>Value"`
			Phones              []string `xml:"Phones>Phone>Value"`
		} `xml:"Contacts>Contact"`
		Orders []readOrder `xml:"Orders>Order"`
		Others []readField `xml:",any"`
	}
	readAddress struct {
		Name       string
		CountryID  string `xml:"CountryId"`
		PostalCode string
		City       string
		Address    string
	}
	readField struct {
		XMLName xml.Name
		Value   string `xml:",chardata"`
	}
	readOrder struct {
		ID                                                                 string `xml:"Id,attr"`
		Number, CurrencyCode, Language, Performance, Status, PaymentMethod string
		Customer                                                           readAddress
		Project                                                            struct {
			Fields []readField `xml:",any"`
		}
		Products []readProduct `xml:"Products>Product"`
	}
	readProduct struct {
		ID                       string `xml:"Id,attr"`
		Name, PriceNet, Quantity string
		SKU                      *string
		Description              *string
		Unit, VAT, FolderName    string
	}
)

// readFeed reads a document with encoding/xml, which also checks that it is well-formed.
func readFeed(document []byte) ([]readProject, error) {
	var root struct {
		XMLName  xml.Name      `xml:"Projects"`
		Projects []readProject `xml:"Project"`
	}
	dec := xml.NewDecoder(bytes.NewReader(document))
	if err := dec.Decode(&root); err != nil {
		return nil, err
	}
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return root.Projects, nil
		}
		if text, ok := token.(xml.CharData); err != nil || !ok || len(bytes.TrimSpace(text)) > 0 {
			return nil, errors.Join(err, errors.New("something follows the root element"))
		}
	}
}

func TestFeedReadBackHoldsTheSameValues(t *testing.T) {
	projects, err := readFeed(feed(t, everything(), least()))
	if err != nil || len(projects) != 2 {
		t.Fatalf("reading the document = %d projects, %v; want 2", len(projects), err)
	}
	got := projects[0]
	sku, empty, description := "FT-1", "", "Ropogós"
	want := readProject{
		ID: "4120", Name: "Fagyi & Fia Kft. (Kovács Réka)", CategoryID: "12", StatusID: "Többször rendelt", UserID: "64",
		ContactID: "811", Registered: "2026-02-10 09:30:00", Disabled: "0",
		Content: "2 x Tölcsér", Date: "2026-02-11 20:00:00", Value: "120.5",
		Others: []readField{{xml.Name{Local: "Hirlevel"}, "igen"}, {xml.Name{Local: "Torolt"}, ""}},
	}
	want.Business.Name, want.Business.VatNumber = "Fagyi & Fia Kft.", "11223344-2-06"
	want.Business.Addresses = []readAddress{{CountryID: "Magyarország", PostalCode: "6720", City: "Szeged", Address: "Kárász utca 2."}}
	want.Business.Emails, want.Business.Phones = []string{"iroda@example.hu"}, []string{"+36 62 555 010"}
	want.Contacts = append(want.Contacts, got.Contacts[0])
	if c := got.Contacts[0]; c.ID != "4120" || c.FirstName != "Réka" || c.LastName != "Kovács" || strings.Join(c.Emails, " ") != "reka@example.hu kovacs@example.hu" || len(c.Phones) != 1 {
		t.Errorf("contact = %+v", c)
	}
	order := readOrder{
		ID: "90001", Number: "100482", CurrencyCode: "HUF", Language: "_HU", Performance: "2026-03-04 18:22:05",
		Status: "Issued", PaymentMethod: "CashOnDelivery",
		Customer: readAddress{Name: "Fagyi & Fia Kft.", CountryID: "Magyarország", PostalCode: "6720", City: "Szeged", Address: "Kárász utca 2.\r\n1. emelet"},
		Products: []readProduct{
			{ID: "55", Name: "Fagylalttölcsér <nagy>", PriceNet: "1897.637795", Quantity: "20", SKU: &sku, Description: &description, Unit: "darab", VAT: "27%", FolderName: "Webshop"},
			{ID: "4999999001", Name: "Szállítás", PriceNet: "4000", Quantity: "1", SKU: &empty, Unit: "darab", VAT: "27%", FolderName: "Webshop"},
			{ID: "4999999003", Name: "Kedvezmény", PriceNet: "-0.5", Quantity: "2.5", Unit: "darab", VAT: "0%", FolderName: "Webshop"},
		},
	}
	order.Project.Fields = []readField{{xml.Name{Local: "UserId"}, "64"}, {xml.Name{Local: "RendelesLink"}, "https://bolt.example.hu/r/1?a=1&b=2"}}
	want.Orders = []readOrder{order}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the first card read back differs (-want +got):\n%s", diff)
	}
}

func TestFeedWithoutCloseIsNotWellFormed(t *testing.T) {
	var out bytes.Buffer
	w := minicrm.NewFeedWriter(&out)
	for range 300 { // more than any buffer
		if err := w.WriteProject(least()); err != nil {
			t.Fatal(err)
		}
	}
	if out.Len() == 0 {
		t.Error("nothing was written before Close; want a stream")
	}
	if _, err := readFeed(out.Bytes()); err == nil {
		t.Error("a document without Close was read; want an error")
	}
}

func TestFeedFlushKeepsTheRootOpen(t *testing.T) {
	var out bytes.Buffer
	w := minicrm.NewFeedWriter(&out)
	if err := w.WriteProject(least()); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil || !strings.HasSuffix(out.String(), "\n  </Project>\n") {
		t.Errorf("Flush() = %v, the document so far:\n%s\nwant it to end in </Project>", err, out.String())
	}
	if err := w.Close(); err != nil || !strings.HasSuffix(out.String(), "\n</Projects>\n") {
		t.Errorf("Close() after Flush() = %v, the document:\n%s", err, out.String())
	}
}

func TestFeedWithoutProjectsIsAnEmptyDocument(t *testing.T) {
	want := "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Projects></Projects>\n"
	if got := string(feed(t)); got != want {
		t.Errorf("empty document = %q; want %q", got, want)
	}
}

func TestFeedRefusesWhatMiniCRMCannotIdentify(t *testing.T) {
	change := func(f func(p *minicrm.FeedProject)) minicrm.FeedProject {
		p := everything()
		f(&p)
		return p
	}
	tests := []struct {
		name string
		p    minicrm.FeedProject
	}{
		{"card without id", change(func(p *minicrm.FeedProject) { p.ID = 0 })},
		{"card with a negative id", change(func(p *minicrm.FeedProject) { p.ID = -5 })},
		{"card without module", change(func(p *minicrm.FeedProject) { p.CategoryID = 0 })},
		{"order without id", change(func(p *minicrm.FeedProject) { p.Orders[0].ID = 0 })},
		{"product without id", change(func(p *minicrm.FeedProject) { p.Orders[0].Products[1].ID = 0 })},
		{"product twice", change(func(p *minicrm.FeedProject) { p.Orders[0].Products[1].ID = p.Orders[0].Products[0].ID })},
		{"field of the card", change(func(p *minicrm.FeedProject) { p.Fields[1].Name = "a b" })},
		{"field of the order", change(func(p *minicrm.FeedProject) { p.Orders[0].Fields[0].Name = "</Order>" })},
	}
	for _, tt := range tests {
		var out bytes.Buffer
		w := minicrm.NewFeedWriter(&out)
		err := w.WriteProject(tt.p)
		if err == nil {
			t.Errorf("%s: WriteProject() = nil; want an error", tt.name)
		}
		if again := w.WriteProject(least()); again != err {
			t.Errorf("%s: the next WriteProject() = %v; want the same %v", tt.name, again, err)
		}
		if closed := w.Close(); closed != err || out.Len() != 0 {
			t.Errorf("%s: Close() = %v and %d bytes; want %v and none", tt.name, closed, out.Len(), err)
		}
	}
}

// line is a connection that breaks.
type line struct{}

var errLine = errors.New("line broken")

func (line) Write([]byte) (int, error) { return 0, errLine }

func TestFeedKeepsTheErrorOfItsWriter(t *testing.T) {
	w := minicrm.NewFeedWriter(line{})
	var err error
	for range 1000 {
		err = w.WriteProject(everything())
	}
	if !errors.Is(err, errLine) {
		t.Errorf("WriteProject() to a broken line = %v; want %v", err, errLine)
	}
	if err := w.Close(); !errors.Is(err, errLine) {
		t.Errorf("Close() = %v; want %v", err, errLine)
	}
}

func TestFeedTakesNothingAfterClose(t *testing.T) {
	var out bytes.Buffer
	w := minicrm.NewFeedWriter(&out)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Errorf("second Close() = %v; want nil", err)
	}
	if err := w.WriteProject(least()); err == nil {
		t.Error("WriteProject() after Close() = nil; want an error")
	}
}

func TestFeedPrintsDecimalsPlain(t *testing.T) {
	tests := []struct{ in, want string }{
		{"4000", "4000"},
		{"4000.00", "4000"},
		{"1897.637795", "1897.637795"},
		{"-0.50", "-0.5"},
		{"0.000", "0"},
		{"-0.0", "0"},
		{"0.000001", "0.000001"},
		{"1e6", "1000000"},
		{"9999999999999999999", "9999999999999999999"},
	}
	for _, tt := range tests {
		p := least()
		p.Orders[0].Products[0].PriceNet = d(tt.in)
		projects, err := readFeed(feed(t, p))
		if err != nil {
			t.Fatal(err)
		}
		if got := projects[0].Orders[0].Products[0].PriceNet; got != tt.want {
			t.Errorf("PriceNet %s is printed %q; want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzFeed(f *testing.F) {
	f.Add(int64(7), "Név", "Hirlevel", "igen", "leírás", "FT-1", int64(123456), 3)
	f.Add(int64(0), "", "a b", "\x00\xff", strings.Repeat("e\u0301", 2000), "]]>", int64(-1), 19)
	f.Fuzz(func(t *testing.T, id int64, name, field, value, description, sku string, coefficient int64, scale int) {
		price, err := decimal.New(coefficient, scale)
		if err != nil {
			return
		}
		p := least()
		p.ID, p.Name, p.Fields = id, name, []minicrm.FeedField{{Name: field, Value: value}}
		p.Orders[0].Customer.Address = value
		line := &p.Orders[0].Products[0]
		line.Description, line.SKU, line.PriceNet = description, &sku, price
		var out bytes.Buffer
		w := minicrm.NewFeedWriter(&out)
		if err := w.WriteProject(p); err != nil {
			return
		}
		if err := w.Close(); err != nil {
			t.Fatalf("Close() = %v", err)
		}
		projects, err := readFeed(out.Bytes())
		if err != nil || len(projects) != 1 {
			t.Fatalf("reading back = %v\n%s", err, out.Bytes())
		}
		got := projects[0].Orders[0].Products[0]
		read, err := decimal.Parse(got.PriceNet)
		if err != nil || !read.Equal(price) || strings.ContainsAny(got.PriceNet, "eE+") {
			t.Errorf("price %v read back as %q", price, got.PriceNet)
		}
		if got.Description != nil && utf8.RuneCountInString(*got.Description) > minicrm.DescriptionLength {
			t.Errorf("description has %d characters", utf8.RuneCountInString(*got.Description))
		}
		if strings.ToValidUTF8(value, "") == value && !strings.ContainsFunc(value, notXML) && projects[0].Orders[0].Customer.Address != value {
			t.Errorf("address %q read back as %q", value, projects[0].Orders[0].Customer.Address)
		}
	})
}

func notXML(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
}

func BenchmarkFeed(b *testing.B) {
	w := minicrm.NewFeedWriter(io.Discard)
	p := everything()
	b.ReportAllocs()
	for b.Loop() {
		if err := w.WriteProject(p); err != nil {
			b.Fatal(err)
		}
	}
}
