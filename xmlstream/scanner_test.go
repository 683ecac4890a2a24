package xmlstream

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// element is a tree for comparing: what a document says, however it is read.
type element struct {
	name     string
	attrs    []attr
	text     string // own text, children's left out
	children []*element
}

func (e *element) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "<%s", e.name)
	for _, a := range e.attrs {
		fmt.Fprintf(&b, " %s=%q", a.name, a.value)
	}
	fmt.Fprintf(&b, ">%q", e.text)
	for _, c := range e.children {
		b.WriteString(c.String())
	}
	return b.String() + "</>"
}

// tree reads a whole document, through the methods a client uses: texts come from
// Text, the children of an element with a text from a second reading of Captured.
func tree(r io.Reader, l Limits) (*element, error) {
	s := NewScanner(r, l)
	if _, err := s.Root(); err != nil {
		return nil, err
	}
	e, err := readElement(s, l)
	if err != nil {
		return nil, err
	}
	return e, s.End()
}

func readElement(s *Scanner, l Limits) (*element, error) {
	e := &element{name: s.open[len(s.open)-1], attrs: append([]attr(nil), s.attrs...)}
	outermost := s.capture == 0
	if outermost {
		if err := s.Capture(); err != nil {
			return nil, err
		}
	}
	err := s.Children(func(string) error {
		c, err := readElement(s, l)
		e.children = append(e.children, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	if outermost {
		return e, readTexts(e, bytes.Clone(s.Captured()))
	}
	return e, nil
}

// readTexts fills in the texts of e by reading it once for every element.
func readTexts(e *element, raw []byte) error {
	s := NewScanner(bytes.NewReader(raw), Limits{Depth: 1 << 20})
	if _, err := s.Root(); err != nil {
		return err
	}
	if err := s.Text(&e.text); err != nil {
		return err
	}
	s = NewScanner(bytes.NewReader(raw), Limits{Depth: 1 << 20})
	if _, err := s.Root(); err != nil {
		return err
	}
	i := 0
	return s.Children(func(string) error {
		if err := s.Capture(); err != nil {
			return err
		}
		if err := s.Skip(); err != nil {
			return err
		}
		i++
		return readTexts(e.children[i-1], bytes.Clone(s.Captured()))
	})
}

func TestScannerReads(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty element", `<a/>`, `<a>""</>`},
		{"blanks in tags", "<a\t\n/>", `<a>""</>`},
		{"blanks in end tag", "<a></a \n>", `<a>""</>`},
		{"text", `<a>b c</a>`, `<a>"b c"</>`},
		{"entities", `<a>&lt;&gt;&amp;&quot;&apos;</a>`, `<a>"<>&\"'"</>`},
		{"character references", `<a>&#65;&#x151;&#x1F600;&#0000065;</a>`, `<a>"Aő😀A"</>`},
		{"forbidden references are dropped", `<a>x&#1;&#0;&#xFFFE;&#xD800;y</a>`, `<a>"xy"</>`},
		{"forbidden bytes are dropped", "<a>x\x00\x01\x1fy\uFFFEz\uFFFF</a>", `<a>"xyz"</>`},
		{"CDATA", `<a><![CDATA[<b>&amp;]] >]]></a>`, `<a>"<b>&amp;]] >"</>`},
		{"CDATA split around its own end", `<a><![CDATA[x]]]]><![CDATA[>y]]></a>`, `<a>"x]]>y"</>`},
		{"CDATA joined with text", "<a> p<![CDATA[q]]>&amp;<![CDATA[]]>r </a>", `<a>" pq&r "</>`},
		{"text around children", `<a>p<b>q</b>r<c/>s</a>`, `<a>"prs"<b>"q"</><c>""</></>`},
		{"brackets", `<a>]]</a>`, `<a>"]]"</>`},
		{"line ends", "<a>1\r\n2\r3\n4&#13;</a>", `<a>"1\n2\n3\n4\r"</>`},
		{"line ends in CDATA", "<a><![CDATA[1\r\n2\r3\r]]></a>", `<a>"1\n2\n3\n"</>`},
		{"attributes", "<a b='1' c = \"x&lt;'&#233;\"/>", `<a b="1" c="x<'é">""</>`},
		{"attribute with end of tag", `<a b=">/>">x</a>`, `<a b=">/>">"x"</>`},
		{"prefixes", `<p:a xmlns:p="u"><p:b/></p:a>`, `<p:a xmlns:p="u">""<p:b>""</></>`},
		{"declaration", `<?xml version="1.0" encoding="utf-8" standalone="yes" ?><a/>`, `<a>""</>`},
		{"byte order mark", "\uFEFF<?xml version='1.0'?><a/>", `<a>""</>`},
		{"comments and instructions", `<!-- <b> - --><?p x?><a><!----><?q?>x<!-- & --></a><!-- z --> <?p?>`, `<a>"x"</>`},
		{"names beyond ASCII", `<ár><Ő.1-x/></ár>`, `<ár>""<Ő.1-x>""</></>`},
		{"same name inside", `<a><a><a/></a></a>`, `<a>""<a>""<a>""</></></>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tree(strings.NewReader(tt.in), Limits{})
			if err != nil || got.String() != tt.want {
				t.Fatalf("tree(%q) = %v, %v; want %s", tt.in, got, err, tt.want)
			}
			for name, split := range map[string]io.Reader{
				"one byte at a time":  iotest.OneByteReader(strings.NewReader(tt.in)),
				"halves":              iotest.HalfReader(strings.NewReader(tt.in)),
				"the end with data":   iotest.DataErrReader(strings.NewReader(tt.in)),
				"one byte, end early": iotest.DataErrReader(iotest.OneByteReader(strings.NewReader(tt.in))),
			} {
				got, err := tree(split, Limits{})
				if err != nil || got.String() != tt.want {
					t.Errorf("tree(%q), %s = %v, %v; want %s", tt.in, name, got, err, tt.want)
				}
			}
		})
	}
}

func TestScannerRefuses(t *testing.T) {
	tests := []struct {
		in           string
		line, column int
	}{
		{"<a><b></a></b>", 1, 7},
		{"<a>\n  <b>é</c></a>", 2, 8},
		{"<a></ab>", 1, 4},
		{"<ab></a>", 1, 5},
		{"<a>&nbsp;</a>", 1, 4},
		{"<a>& </a>", 1, 4},
		{"<a>&#x110000;</a>", 1, 4},
		{"<a>&#;</a>", 1, 4},
		{"<a>]]></a>", 1, 4},
		{"<a>< b/></a>", 1, 4},
		{"<a><1/></a>", 1, 4},
		{"<a b/>", 1, 1},
		{"<a b=1/>", 1, 1},
		{"<a b='1'c='2'/>", 1, 1},
		{"<a b='1' b='2'/>", 1, 1},
		{"<a b='<'/>", 1, 1},
		{"<a b='&x;'/>", 1, 1},
		{"<a <b/>", 1, 1},
		{"\xff\xfe<\x00a\x00/\x00>\x00", 1, 1},
		{"<a/><b/>", 1, 5},
		{"<a/>x", 1, 5},
		{"<a/><![CDATA[]]>", 1, 5},
		{"x<a/>", 1, 1},
		{"\n<!DOCTYPE a><a/>", 2, 1},
		{"<a><!DOCTYPE a></a>", 1, 4},
		{"<a><!ENTITY x 'y'></a>", 1, 4},
		{"<!-- -- --><a/>", 1, 8},
		{`<?xml version="1.0" encoding="ISO-8859-2"?><a/>`, 1, 1},
		{`<?xml version="1.1"?><a/>`, 1, 1},
		{`<?xml encoding="UTF-8"?><a/>`, 1, 1},
		{` <?xml version="1.0"?><a/>`, 1, 2},
		{`<a><?xml version="1.0"?></a>`, 1, 4},
		{`<??><a/>`, 1, 1},
	}
	for _, tt := range tests {
		got, err := tree(strings.NewReader(tt.in), Limits{})
		e, ok := errors.AsType[*SyntaxError](err)
		if !ok {
			t.Errorf("tree(%q) = %v, %v; want a SyntaxError", tt.in, got, err)
			continue
		}
		if e.Line != tt.line || e.Column != tt.column {
			t.Errorf("tree(%q): %v; want line %d, column %d", tt.in, e, tt.line, tt.column)
		}
	}
}

func TestBytesThatAreNotUTF8AreReplacedAndCounted(t *testing.T) {
	for _, tt := range []struct {
		in, want string
		replaced int
	}{
		{"<a>ő</a>", "ő", 0},
		{"<a>\uFFFD</a>", "\uFFFD", 0}, // replaced by somebody else
		{"<a>T\xf5ke</a>", "T\uFFFDke", 1},
		{"<a>\xc3(</a>", "\uFFFD(", 1},
		{"<a>\xed\xa0\x80</a>", "\uFFFD\uFFFD\uFFFD", 3}, // half of a surrogate pair
		{"<a><![CDATA[\xff\xfe]]></a>", "\uFFFD\uFFFD", 2},
		{"<a>\xef\xef\xbf\xbex</a>", "\uFFFDx", 1}, // with a forbidden character behind it
		{"<a>" + strings.Repeat("\xe1", 100_000) + "</a>", strings.Repeat("\uFFFD", 100_000), 100_000},
		{"<a>" + strings.Repeat("ő\xe1", 60_000) + "</a>", strings.Repeat("ő\uFFFD", 60_000), 60_000},
	} {
		for how, r := range map[string]io.Reader{
			"whole": strings.NewReader(tt.in), "byte by byte": iotest.OneByteReader(strings.NewReader(tt.in)),
		} {
			s := NewScanner(r, Limits{})
			if _, err := s.Root(); err != nil {
				t.Fatal(err)
			}
			var text string
			if err := errors.Join(s.Text(&text), s.End()); err != nil || text != tt.want || s.Replaced() != tt.replaced {
				t.Errorf("%s: %.40q reads as %.40q, %d replaced, %v; want %.40q, %d", how, tt.in, text, s.Replaced(), err, tt.want, tt.replaced)
			}
		}
	}
}

func TestAnotherEncodingIsNamed(t *testing.T) {
	for in, want := range map[string]string{
		`<?xml version="1.0" encoding="ISO-8859-2"?><a/>`: "another encoding than UTF-8: it declares ISO-8859-2",
		`<?xml version="1.0" encoding="Kis Éva"?><a/>`:    "another encoding than UTF-8",
		"\xfe\xff\x00<\x00a\x00/\x00>":                    "the document is not UTF-8",
	} {
		if _, err := tree(strings.NewReader(in), Limits{}); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("tree(%q): %v; want %q", in, err, want)
		}
	}
}

func TestScannerSaysThatADocumentEndsTooEarly(t *testing.T) {
	doc := "\uFEFF<?xml version=\"1.0\" encoding=\"UTF-8\"?><!-- c --><?p i?>\r\n<ab c=\"d&amp;\" e='f'>" +
		"gő&#x41;&lt;<h/><![CDATA[i]]]]><![CDATA[>j]]><k>😀</k >]]<!-- l - m --><?n o?></ab>"
	if _, err := tree(strings.NewReader(doc), Limits{}); err != nil {
		t.Fatalf("tree(%q): %v", doc, err)
	}
	for n := range len(doc) {
		for _, r := range []io.Reader{strings.NewReader(doc[:n]), iotest.OneByteReader(strings.NewReader(doc[:n]))} {
			if got, err := tree(r, Limits{}); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("tree(%q) = %v, %v; want io.ErrUnexpectedEOF", doc[:n], got, err)
			}
		}
	}
}

func TestScannerPassesOnErrorsOfItsReader(t *testing.T) {
	broken := errors.New("the line is cut")
	for n := range len("<a>b</a>") {
		r := io.MultiReader(strings.NewReader("<a>b</a>"[:n]), iotest.ErrReader(broken))
		if _, err := tree(r, Limits{}); !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v; want %v", n, err, broken)
		}
	}
	if _, err := tree(stuck{}, Limits{}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("stuck reader: %v; want io.ErrNoProgress", err)
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestScannerKeepsItsLimits(t *testing.T) {
	long := strings.Repeat("x", 200)
	tests := []struct {
		name, in string
		limits   Limits
	}{
		{"depth", strings.Repeat("<a>", 65), Limits{}},
		{"text", "<a>" + long + "</a>", Limits{Text: 199}},
		{"CDATA", "<a><![CDATA[" + long + "]]></a>", Limits{Text: 199}},
		{"text in pieces", "<a>" + strings.Repeat("x&lt;<![CDATA[y]]><!-- -->", 70) + "</a>", Limits{Text: 199}},
		{"start tag", "<a " + long + "='1'/>", Limits{Text: 199}},
		{"name", "<" + long + "/>", Limits{Text: 199}},
		{"end tag", "<a></a" + strings.Repeat(" ", 200) + ">", Limits{Text: 199}},
	}
	for _, tt := range tests {
		for _, r := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in))} {
			s := NewScanner(r, tt.limits)
			_, err := s.Root()
			if err == nil {
				var text string
				err = s.Text(&text)
			}
			if _, ok := errors.AsType[*LimitError](err); !ok {
				t.Errorf("%s: %v; want a LimitError", tt.name, err)
			}
		}
	}
	t.Run("captured element", func(t *testing.T) {
		s := NewScanner(io.MultiReader(strings.NewReader("<a>"), repeat("<b>c</b>")), Limits{Element: 1 << 20})
		if _, err := s.Root(); err != nil {
			t.Fatal(err)
		}
		if err := s.Capture(); err != nil {
			t.Fatal(err)
		}
		if _, ok := errors.AsType[*LimitError](s.Skip()); !ok {
			t.Errorf("Skip() = %v; want a LimitError", s.err)
		}
	})
	t.Run("text just inside", func(t *testing.T) {
		var text string
		s := NewScanner(strings.NewReader("<a>"+long+"</a>"), Limits{Text: 200})
		if _, err := s.Root(); err != nil {
			t.Fatal(err)
		}
		if err := s.Text(&text); err != nil || text != long {
			t.Errorf("Text() = %q, %v; want 200 x", text, err)
		}
	})
}

func TestScannerHoldsOneElementOnly(t *testing.T) {
	const n = 100_000
	r := io.MultiReader(strings.NewReader("<a>"),
		io.LimitReader(repeat("<b><c>some text</c>\n<!-- x --></b>\n"), 35*n), strings.NewReader("</a>"))
	s := NewScanner(r, Limits{})
	if _, err := s.Root(); err != nil {
		t.Fatal(err)
	}
	count := 0
	err := s.Children(func(name string) error {
		count++
		if err := s.Capture(); err != nil {
			return err
		}
		if err := s.Skip(); err != nil {
			return err
		}
		if got := string(s.Captured()); got != "<b><c>some text</c>\n<!-- x --></b>" {
			return fmt.Errorf("captured %q", got)
		}
		return nil
	})
	if err != nil || s.End() != nil || count != n {
		t.Errorf("%d elements, %v; want %d", count, err, n)
	}
	if len(s.buf) > firstBuffer {
		t.Errorf("the buffer grew to %d bytes; want %d", len(s.buf), firstBuffer)
	}
}

func TestPositionsAreRightFarIntoADocument(t *testing.T) {
	r := io.MultiReader(strings.NewReader("<a>"), io.LimitReader(repeat("<b>ő</b>\n"), 10*50_000), strings.NewReader("<x></y>"))
	_, err := tree(r, Limits{})
	e, ok := errors.AsType[*SyntaxError](err)
	if !ok || e.Line != 50_001 || e.Column != 4 || e.Offset != 3+500_000+3 {
		t.Errorf("%v; want line 50001, column 4 (byte 500006)", err)
	}
}

type repeater struct {
	s string
	i int
}

func repeat(s string) io.Reader { return &repeater{s: s} }

func (r *repeater) Read(p []byte) (int, error) {
	for n := range p {
		p[n] = r.s[r.i]
		r.i = (r.i + 1) % len(r.s)
	}
	return len(p), nil
}

func TestChildrenSkipWhatIsLeftUnread(t *testing.T) {
	const doc = `<a><b>1<c>2</c></b><b><c>3</c><c>4</c></b><d e="f"/></a>`
	s := NewScanner(strings.NewReader(doc), Limits{})
	if _, err := s.Root(); err != nil {
		t.Fatal(err)
	}
	var got []string
	err := s.Children(func(name string) error {
		got = append(got, name)
		if v, ok := s.Attr("e"); ok {
			got = append(got, "e="+v)
		}
		if len(got) != 2 {
			return nil
		}
		return s.Children(func(string) error {
			var text string
			err := s.Text(&text)
			got = append(got, text)
			if err == nil && s.Text(&text) == nil {
				t.Error("Text() can be called twice for one element")
			}
			return err
		})
	})
	if err != nil || s.End() != nil || strings.Join(got, " ") != "b b 3 4 d e=f" {
		t.Errorf("Children() visited %v, %v; want b b 3 4 d e=f", got, err)
	}
}

func TestChildrenPassOnErrorsOfTheirVisitor(t *testing.T) {
	enough := errors.New("enough")
	s := NewScanner(strings.NewReader("<a><b/><c/></a>"), Limits{})
	if _, err := s.Root(); err != nil {
		t.Fatal(err)
	}
	if err := s.Children(func(string) error { return enough }); err != enough {
		t.Errorf("Children() = %v; want %v", err, enough)
	}
}
