package engine

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"punte"
	"punte/unas"
)

var update = flag.Bool("update", false, "write the golden files anew")

// goldens are the conversions whose output is kept: orders of testdata/convert by a
// connection document beside them.
var goldens = []struct{ orders, connection string }{
	{"buyers", "ro"},
	{"countries", "ro"},
	{"lines", "ro"},
	{"money", "ro"},
	{"odd", "ro"},
	{"statuses", "ro"},
	{"texts", "ro"},
	{"languages", "ro"},
	{"languages", "hu"},
	{"languages", "en"},
	{"options", "shop3"},
	{"options", "param"},
	{"buyers", "shop3"},
}

// TestConvertGolden compares document and report of each conversion with those
// kept. `make golden` writes them anew; the difference is read like code.
func TestConvertGolden(t *testing.T) {
	for _, g := range goldens {
		t.Run(g.orders+"."+g.connection, func(t *testing.T) {
			t.Parallel()
			document, report := convertFixture(t, g.orders, g.connection)
			compareGolden(t, g.orders+"."+g.connection+".golden.xml", document)
			compareGolden(t, g.orders+"."+g.connection+".golden.txt", report)
		})
	}
}

// convertFixture converts orders of testdata and gives the document and what was
// reported, the summary as its last line.
func convertFixture(t *testing.T, orders, connection string) (document, report []byte) {
	t.Helper()
	in, err := os.Open(filepath.Join("testdata", "convert", orders+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	var out, said bytes.Buffer
	done, err := Converter{Conn: fixtureConnection(t, connection), Report: &said}.Convert(in, &out)
	if err != nil {
		t.Fatalf("Convert(%s.xml, %s.json): %v", orders, connection, err)
	}
	fmt.Fprintln(&said, done)
	return out.Bytes(), said.Bytes()
}

func fixtureConnection(t *testing.T, name string) *punte.Connection {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "convert", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := ParseConnection(string(text))
	if err != nil {
		t.Fatalf("ParseConnection(%s.json): %v", name, err)
	}
	return conn
}

func compareGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "convert", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; `make golden` writes it", err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// sent is what a converted document is checked for.
type sent struct {
	Projects []struct {
		ID       string `xml:"Id,attr"`
		Name     string
		Contacts []struct {
			ID string `xml:"Id,attr"`
		} `xml:"Contacts>Contact"`
		Orders []struct {
			ID       string `xml:"Id,attr"`
			Number   string
			Customer struct {
				Name, PostalCode, City, Address string

				Country string `xml:"CountryId"`
			}
			Products []struct {
				ID       string `xml:"Id,attr"`
				Name     string
				Quantity string
			} `xml:"Products>Product"`
		} `xml:"Orders>Order"`
	} `xml:"Project"`
}

func readSent(t *testing.T, document []byte) sent {
	t.Helper()
	var doc sent
	if err := xml.Unmarshal(document, &doc); err != nil {
		t.Fatalf("reading the document: %v", err)
	}
	return doc
}

func TestEveryConvertedDocumentHoldsWhatMiniCRMRequires(t *testing.T) {
	for _, g := range goldens {
		document, report := convertFixture(t, g.orders, g.connection)
		again, reportAgain := convertFixture(t, g.orders, g.connection)
		if !bytes.Equal(document, again) || !bytes.Equal(report, reportAgain) {
			t.Errorf("%s.%s: the same orders gave two different outputs", g.orders, g.connection)
		}
		orders := map[string]bool{}
		for _, p := range readSent(t, document).Projects {
			if len(p.Orders) != 1 || len(p.Contacts) != 1 || p.Contacts[0].ID != p.ID {
				t.Fatalf("%s.%s: card %s has %d orders and the contacts %v; want one of each, of the card's id",
					g.orders, g.connection, p.ID, len(p.Orders), p.Contacts)
			}
			requireID(t, p.ID)
			o := p.Orders[0]
			requireID(t, o.ID)
			if orders[o.ID] {
				t.Errorf("%s.%s: order id %s stands twice", g.orders, g.connection, o.ID)
			}
			orders[o.ID] = true
			for part, text := range map[string]string{
				"card name": p.Name, "number": o.Number, "name": o.Customer.Name, "country": o.Customer.Country,
				"postal code": o.Customer.PostalCode, "city": o.Customer.City, "address": o.Customer.Address,
			} {
				if strings.TrimSpace(text) == "" {
					t.Errorf("%s.%s: order %s: %s is empty", g.orders, g.connection, o.Number, part)
				}
			}
			lines := map[string]bool{}
			for _, l := range o.Products {
				requireID(t, l.ID)
				if lines[l.ID] || strings.TrimSpace(l.Name) == "" || strings.HasPrefix(l.Quantity, "-") {
					t.Errorf("%s.%s: order %s: line %+v: want an id of its own, a name, a quantity that is not negative",
						g.orders, g.connection, o.Number, l)
				}
				lines[l.ID] = true
			}
		}
		if len(orders) == 0 {
			t.Errorf("%s.%s: nothing was written", g.orders, g.connection)
		}
	}
}

// requireID wants an external id: an integer from 1 to below 10^10.
func requireID(t *testing.T, text string) {
	t.Helper()
	if id, err := strconv.ParseInt(text, 10, 64); err != nil || id < 1 || id >= 10_000_000_000 || strconv.FormatInt(id, 10) != text {
		t.Errorf("id %q is not an integer from 1 to 9,999,999,999", text)
	}
}

// plainOrder is an order without anything special.
func plainOrder(id int) string {
	return fmt.Sprintf(`<Order><Key>88-%d</Key><Id>%d</Id><Date>2026.03.14 09:26:53</Date>`+
		`<Customer><Email>c%d@posta.example</Email><Contact><Name><![CDATA[Ion Popescu]]></Name></Contact>`+
		`<Addresses><Invoice><Name>Ion Popescu</Name><ZIP>400001</ZIP><City>Cluj</City><Street>Str. Lungă 1</Street>`+
		`<CountryCode>ro</CountryCode></Invoice></Addresses></Customer><Currency>RON</Currency><Status>Feldolgozás alatt</Status>`+
		`<SumPriceGross>121</SumPriceGross><Items><Item><Id>301</Id><Name>Husă</Name><Quantity>1</Quantity>`+
		`<PriceGross>121</PriceGross><Vat>21%%</Vat></Item></Items></Order>`, id, id, id%5000)
}

func plainOrders(n int) string {
	var text strings.Builder
	for i := range n {
		text.WriteString(plainOrder(1000 + i))
	}
	return text.String()
}

// TestConvertKeepsTheGoodOrdersOfABrokenInput wants everything before the break
// written, the root left open so that nobody takes the half for the whole, and the
// place of the break named.
func TestConvertKeepsTheGoodOrdersOfABrokenInput(t *testing.T) {
	const many = 500
	good := plainOrders(many)
	for name, tail := range map[string]string{
		"truncated between orders": "",
		"truncated inside one":     plainOrder(1)[:200],
		"truncated inside a tag":   plainOrder(1)[:len(plainOrder(1))-3],
		"truncated in the end tag": "</Orde",
		"malformed":                "<Order><Key>1</Id></Order></Orders>",
		"an unknown entity":        "<Order><Key>&euro;</Key></Order></Orders>",
		"something behind the end": "</Orders><Orders></Orders>",
		"a DTD in the middle":      "<!DOCTYPE x></Orders>",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, report bytes.Buffer
			done, err := Converter{Conn: fixtureConnection(t, "ro"), Report: &report}.
				Convert(strings.NewReader("<?xml version=\"1.0\"?>\n<Orders>"+good+tail), &out)
			if e, ok := errors.AsType[*unas.Error](err); !ok || e.Kind != unas.Malformed || e.Err == nil {
				t.Fatalf("Convert: %v; want an error that says what is malformed and where", err)
			}
			if done.Written != many || strings.Count(out.String(), "</Project>\n") < many {
				t.Errorf("Convert wrote %d orders, %d of them into the output; want %d", done.Written, strings.Count(out.String(), "<Number>"), many)
			}
			if strings.Contains(out.String(), "</Projects>") {
				t.Error("the root element was closed over a broken input")
			}
			if err := xml.Unmarshal([]byte(out.String()+"</Projects>"), new(sent)); err != nil {
				t.Errorf("what was written ends inside an element: %v", err)
			}
		})
	}
}

func TestConvertRefusesWhatIsNoListOfOrders(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		kind     unas.Kind
		says     string
	}{
		{"nothing", "", unas.Malformed, ""},
		{"blanks", " \n\t ", unas.Malformed, ""},
		{"no XML", "Key;Id;Date\n1;2;3\n", unas.Malformed, ""},
		{"JSON", `{"Orders":[]}`, unas.Malformed, ""},
		{"a page", "<!DOCTYPE html><html><body>Maintenance</body></html>", unas.Malformed, ""},
		{"another answer", "<?xml version=\"1.0\"?><Products></Products>", unas.Malformed, "root element"},
		{"one order without a list", plainOrder(1), unas.Malformed, "root element"},
		{"an error", "<?xml version=\"1.0\"?><Error>Something went wrong</Error>", unas.Refused, "Something went wrong"},
		{"a ban", "<Error>Too much getOrder query, IP is banned till 02.28.2026 10:00:00</Error>", unas.Banned, "banned till"},
		{"a refused token", "<Error><![CDATA[Authentication Error: expired Token]]></Error>", unas.TokenGone, "expired Token"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out, report bytes.Buffer
			done, err := Converter{Conn: fixtureConnection(t, "ro"), Report: &report}.Convert(strings.NewReader(tt.in), &out)
			e, ok := errors.AsType[*unas.Error](err)
			if !ok || e.Kind != tt.kind || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Convert(%q) = %v, %v; want an error of kind %s that says %q", tt.in, done, err, tt.kind, tt.says)
			}
			if done.Written != 0 || strings.Contains(out.String(), "</Projects>") {
				t.Errorf("Convert(%q) wrote %d orders and\n%s\nwant none and an open root", tt.in, done.Written, &out)
			}
		})
	}
	for _, empty := range []string{"<Orders></Orders>", "<Orders/>", "\ufeff<?xml version=\"1.0\"?>\n<Orders>\n</Orders>\n"} {
		var out, report bytes.Buffer
		done, err := Converter{Conn: fixtureConnection(t, "ro"), Report: &report}.Convert(strings.NewReader(empty), &out)
		if err != nil || done != (Conversion{}) || len(readSent(t, out.Bytes()).Projects) != 0 {
			t.Errorf("Convert(%q) = %v, %v, %q; want a whole document without orders", empty, done, err, &out)
		}
	}
}

func TestConvertWritesAnOrderOnlyOnce(t *testing.T) {
	in := "<Orders>" + plainOrder(7) + plainOrder(8) + plainOrder(7) + plainOrder(7) + "</Orders>"
	var out, report bytes.Buffer
	done, err := Converter{Conn: fixtureConnection(t, "shop3"), Report: &report}.Convert(strings.NewReader(in), &out)
	if err != nil || done.Written != 2 || done.Refused != 2 {
		t.Errorf("Convert = %v, %v; want 2 written, 2 refused", done, err)
	}
	if n := strings.Count(report.String(), "refused\t88-7\tId\t"); n != 2 {
		t.Errorf("the report names the order %d times; want 2:\n%s", n, &report)
	}
}

// errFull is a disk that is full.
var errFull = errors.New("no space left")

type fullDisk struct{ room int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if len(p) > d.room {
		return 0, errFull
	}
	d.room -= len(p)
	return len(p), nil
}

func TestConvertReportsAFullDisk(t *testing.T) {
	for _, room := range []int{0, 100_000} {
		done, err := Converter{Conn: fixtureConnection(t, "ro"), Report: io.Discard}.
			Convert(strings.NewReader("<Orders>"+plainOrders(500)+"</Orders>"), &fullDisk{room})
		if !errors.Is(err, errFull) {
			t.Errorf("Convert onto a disk with room for %d bytes = %v, %v; want %v", room, done, err, errFull)
		}
	}
}

// streamed is how much TestConvertStreams converts, heapBound what the heap may grow
// by meanwhile. The race detector makes it twenty times slower and finds nothing in
// more of the same.
const (
	streamed       = 200 << 20
	streamedRacing = 80 << 20
	heapBound      = 40 << 20
)

// raceDetector says whether the tests were built with it.
func raceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// orderStream makes up orders until it gave size bytes. Each time a megabyte went
// through it looks at the heap and keeps the most it saw.
type orderStream struct {
	size, given, orders int

	filler string // a part of each order
	rest   []byte
	ended  bool
	look   int
	heap   uint64
}

func (s *orderStream) Read(p []byte) (int, error) {
	for len(s.rest) == 0 {
		switch {
		case s.ended:
			return 0, io.EOF
		case s.given == 0:
			s.rest = append(s.rest[:0], "<Orders>"...)
		case s.given >= s.size:
			s.rest = append(s.rest[:0], "</Orders>"...)
			s.ended = true
		default:
			s.orders++
			text := plainOrder(s.orders)
			s.rest = append(append(append(s.rest[:0], text[:len("<Order>")]...), s.filler...), text[len("<Order>"):]...)
		}
		s.given += len(s.rest)
	}
	if s.given >= s.look {
		s.look = s.given + 1<<20
		s.heap = max(s.heap, heapInUse())
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestConvertStreams(t *testing.T) {
	if testing.Short() {
		t.Skip("converts 200 MB")
	}
	remark := strings.Repeat("Sunați înainte de livrare, vă rog frumos. ", 1000)
	size := streamed
	if raceDetector() {
		size = streamedRacing
	}
	in := &orderStream{
		size:   size,
		filler: "<Comments><Comment><Type>admin</Type><Text><![CDATA[" + remark + "]]></Text></Comment></Comments>",
	}
	defer debug.SetGCPercent(debug.SetGCPercent(100)) // the heap that is looked at is the usual one, whatever GOGC says
	runtime.GC()
	before := heapInUse()
	done, err := Converter{Conn: fixtureConnection(t, "ro"), Report: io.Discard}.Convert(in, io.Discard)
	if err != nil {
		t.Fatalf("Convert: %v", err)
	}
	if done.Written != in.orders || done.Orders != in.orders || in.given < size {
		t.Errorf("Convert = %v; want all %d orders of %d bytes written", done, in.orders, in.given)
	}
	if in.heap > before+heapBound {
		t.Errorf("the heap grew by %d MiB while %d MiB went through; want at most %d", (in.heap-before)>>20, in.given>>20, heapBound>>20)
	}
}
