package xmlstream_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"punte/xmlstream"
)

// written returns what calls write, and the error of Flush.
func written(calls func(w *xmlstream.Writer)) (string, error) {
	var out strings.Builder
	w := xmlstream.NewWriter(&out)
	calls(w)
	err := w.Flush()
	return out.String(), err
}

func TestWriterIndentsByTwoSpacesAndEndsLinesWithLineFeeds(t *testing.T) {
	got, err := written(func(w *xmlstream.Writer) {
		w.Declaration()
		w.Open("Shelf", xmlstream.Attr{Name: "Id", Value: "7"}, xmlstream.Attr{Name: "room", Value: `"A" & 'B'`})
		w.Open("Book")
		w.Text("Title", "Egy <kis> könyv")
		w.Text("Note", "")
		w.Close()
		w.Open("Empty")
		w.Close()
		w.Close()
	})
	want := `<?xml version="1.0" encoding="UTF-8"?>
<Shelf Id="7" room="&#34;A&#34; &amp; &#39;B&#39;">
  <Book>
    <Title>Egy &lt;kis&gt; könyv</Title>
    <Note></Note>
  </Book>
  <Empty></Empty>
</Shelf>
`
	if err != nil || got != want {
		t.Errorf("written = %v\n%s\nwant\n%s", err, got, want)
	}
}

func TestWriterEscapesAndCleansText(t *testing.T) {
	tests := []struct{ value, want string }{
		{"a]]>b", "a]]&gt;b"},
		{"one\r\ntwo\rthree\tfour", "one&#13;\ntwo&#13;three\tfour"},
		{"\x00bell\x07 and \x1f\x7f", "bell and \x7f"},
		{"\ufffe\uffff\ufffd\U0001fffe", "\ufffd\U0001fffe"},
		{"bad \xff\xc3", "bad \ufffd\ufffd"},
		{"\xed\xa0\x80", "\ufffd\ufffd\ufffd"}, // half of a surrogate pair
		{"😀 שלום", "😀 שלום"},
	}
	for _, tt := range tests {
		got, err := written(func(w *xmlstream.Writer) { w.Text("T", tt.value) })
		if want := "<T>" + tt.want + "</T>\n"; err != nil || got != want {
			t.Errorf("Text(%q) wrote %q, %v; want %q", tt.value, got, err, want)
		}
	}
}

func TestWriterKeepsLineEndsInAttributes(t *testing.T) {
	value := "a\r\nb\tc\x01<>"
	got, err := written(func(w *xmlstream.Writer) {
		w.Open("T", xmlstream.Attr{Name: "a", Value: value})
		w.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		A string `xml:"a,attr"`
	}
	if err := xml.Unmarshal([]byte(got), &read); err != nil {
		t.Fatalf("reading %q: %v", got, err)
	}
	if want := cleaned(value); read.A != want {
		t.Errorf("attribute of %q read back = %q; want %q", got, read.A, want)
	}
}

func TestWriterIndentsDeepElements(t *testing.T) {
	const depth = 50
	got, err := written(func(w *xmlstream.Writer) {
		for range depth {
			w.Open("d")
		}
		w.Text("t", "x")
		for range depth {
			w.Close()
		}
	})
	if want := "\n" + strings.Repeat("  ", depth) + "<t>x</t>\n"; err != nil || !strings.Contains(got, want) {
		t.Errorf("a text %d levels deep is not indented by as many: %v", depth, err)
	}
}

func TestWriterRefusesWhatWouldNotBeXML(t *testing.T) {
	tests := []struct {
		name  string
		calls func(w *xmlstream.Writer)
	}{
		{"empty element name", func(w *xmlstream.Writer) { w.Text("", "x") }},
		{"name with a blank", func(w *xmlstream.Writer) { w.Open("a b") }},
		{"name that begins with a digit", func(w *xmlstream.Writer) { w.Text("1a", "x") }},
		{"name with a prefix", func(w *xmlstream.Writer) { w.Text("a:b", "x") }},
		{"name outside ASCII", func(w *xmlstream.Writer) { w.Text("mező", "x") }},
		{"attribute name", func(w *xmlstream.Writer) { w.Open("a", xmlstream.Attr{Name: "<"}) }},
		{"attribute twice", func(w *xmlstream.Writer) {
			w.Open("a", xmlstream.Attr{Name: "b"}, xmlstream.Attr{Name: "b"})
		}},
		{"second root", func(w *xmlstream.Writer) { w.Text("a", ""); w.Open("b") }},
		{"close without open", func(w *xmlstream.Writer) { w.Close() }},
		{"late declaration", func(w *xmlstream.Writer) { w.Open("a"); w.Declaration() }},
		{"declaration twice", func(w *xmlstream.Writer) { w.Declaration(); w.Declaration() }},
	}
	for _, tt := range tests {
		if got, err := written(tt.calls); err == nil {
			t.Errorf("%s: wrote %q without an error", tt.name, got)
		}
	}
}

func TestValidNameTakesWhatFieldsAreCalled(t *testing.T) {
	for _, name := range []string{"Name", "Text1105", "_x", "DataManagement_Consent", "A-b.c", "Z9"} {
		if !xmlstream.ValidName(name) {
			t.Errorf("ValidName(%q) = false; want true", name)
		}
	}
	for _, name := range []string{"", "9A", "-a", ".a", "a b", "a/", "a>", "é", "a\x00"} {
		if xmlstream.ValidName(name) {
			t.Errorf("ValidName(%q) = true; want false", name)
		}
	}
}

// fullDisk takes room bytes and then fails.
type fullDisk struct{ room int }

var errFull = errors.New("disk full")

func (d *fullDisk) Write(p []byte) (int, error) {
	if len(p) > d.room {
		n := d.room
		d.room = 0
		return n, errFull
	}
	d.room -= len(p)
	return len(p), nil
}

func TestWriterKeepsItsFirstError(t *testing.T) {
	w := xmlstream.NewWriter(&fullDisk{room: 100_000})
	w.Open("a")
	for range 20_000 {
		w.Text("t", "value")
	}
	if err := w.Err(); !errors.Is(err, errFull) {
		t.Errorf("Err() after the disk was full = %v; want %v", err, errFull)
	}
	w.Text("not a name", "")
	if err := w.Flush(); !errors.Is(err, errFull) {
		t.Errorf("Flush() = %v; want the first error, %v", err, errFull)
	}

	w = xmlstream.NewWriter(&fullDisk{})
	w.Text("t", "value")
	if err := w.Flush(); !errors.Is(err, errFull) {
		t.Errorf("Flush() of a few bytes = %v; want %v", err, errFull)
	}
}

func TestWriterAllocatesNothingPerElement(t *testing.T) {
	w := xmlstream.NewWriter(io.Discard)
	w.Open("root")
	value := "Árvíztűrő <tükörfúrógép> & co\r\n"
	n := testing.AllocsPerRun(100, func() {
		w.Open("Order", xmlstream.Attr{Name: "Id", Value: "12"})
		w.Text("Name", value)
		w.Close()
	})
	if n != 0 || w.Err() != nil {
		t.Errorf("an element costs %v allocations, %v; want none", n, w.Err())
	}
}

// cleaned says what must come back for s: the characters that XML 1.0 forbids are gone, bytes that are no UTF-8 are
// U+FFFD each.
func cleaned(s string) string {
	var b strings.Builder
	for _, r := range s { // range makes one U+FFFD of each bad byte
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func FuzzWriter(f *testing.F) {
	f.Add("Name", "Nagy & Fia <Kft.>", "7")
	f.Add("T", "\r\n\t\x00\xff\ufffe]]>", "'\"\r\n\t")
	f.Add("not a name", "", "")
	f.Add("_-.9", "\xed\xa0\x80😀", "&#1;")
	f.Fuzz(func(t *testing.T, name, value, attribute string) {
		got, err := written(func(w *xmlstream.Writer) {
			w.Declaration()
			w.Open("Root", xmlstream.Attr{Name: "Id", Value: attribute})
			w.Text(name, value)
			w.Close()
		})
		if xmlstream.ValidName(name) != (err == nil) {
			t.Fatalf("Text(%q) = %v", name, err)
		}
		if !utf8.ValidString(got) {
			t.Fatalf("%q is not UTF-8", got)
		}
		if err != nil {
			return
		}
		d := xml.NewDecoder(strings.NewReader(got))
		var read struct {
			ID    string `xml:"Id,attr"`
			Child struct {
				XMLName xml.Name
				Text    string `xml:",chardata"`
			} `xml:",any"`
		}
		if err := d.Decode(&read); err != nil {
			t.Fatalf("encoding/xml refuses %q: %v", got, err)
		}
		if read.ID != cleaned(attribute) || read.Child.XMLName.Local != name || read.Child.Text != cleaned(value) {
			t.Fatalf("%q, %q, %q came back as %q, %q, %q", attribute, name, value,
				read.ID, read.Child.XMLName.Local, read.Child.Text)
		}
		if _, err := d.Token(); err != nil && !errors.Is(err, io.EOF) {
			t.Fatalf("after the root of %q: %v", got, err)
		}
	})
}

func BenchmarkWriter(b *testing.B) {
	w := xmlstream.NewWriter(io.Discard)
	w.Open("root")
	value := strings.Repeat("Közepesen hosszú leírás, két & jellel. ", 10)
	b.SetBytes(int64(len(value)))
	b.ReportAllocs()
	for b.Loop() {
		w.Open("Product", xmlstream.Attr{Name: "Id", Value: "4999999001"})
		w.Text("Description", value)
		w.Close()
	}
}
