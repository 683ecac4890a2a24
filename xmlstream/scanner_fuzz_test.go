package xmlstream

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// FuzzScanner holds the Scanner to encoding/xml: both read the same tree of the
// cleaned and repaired document, or both refuse. The differences we want are those of
// justified.
func FuzzScanner(f *testing.F) {
	for _, doc := range []string{
		`<?xml version="1.0" encoding="UTF-8" ?><Orders><Order><Id>1</Id><Name><![CDATA[a & b]]></Name></Order></Orders>`,
		"<a b='c' d=\"e&amp;&#x41;\">x<!-- y --><?z w?><f/>&lt;\r\n]]</a>\n<!-- end -->",
		"<p:a xmlns:p='u'><p:b>ő😀&#1;&#xFFFE;</p:b></p:a>",
		"\uFEFF<a><![CDATA[x]]]]><![CDATA[>]]>\x01\uFFFE</a>",
		"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
		"<a>\xff</a>", "<a b='1'b='2'/>", "<a><b></a></b>", "<a/><b/>", "x<a/>", "<á·-.1:2/>",
		`<?xml version='1.0' encoding='latin2'?><a/>`, "<a>]]></a>", "<!-- -- --><a/>", "<a><?xml?></a>",
		"<a><?x\u0132?></a>",
		"<a>\xef\xef\xbf\xbe\xc5</a>", "<a>\xed\xa0\x80\xef\xbf\xbf<b \xff='\xc3'/></a>", "\xff\xfe<\x00a\x00/\x00>\x00",
		"<Name>T\xf5ke &amp; T\xe1rsa</Name>", "<a><!-- \xe2\x82 --><![CDATA[\xf0\x9f\x98]]></a>",
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		limits := Limits{Depth: 1000}
		got, err := tree(bytes.NewReader(doc), limits)
		if _, ok := errors.AsType[*LimitError](err); ok {
			t.Skip()
		}
		split, splitErr := tree(iotest.OneByteReader(bytes.NewReader(doc)), limits)
		if (err == nil) != (splitErr == nil) || err == nil && got.String() != split.String() {
			t.Fatalf("in one piece: %v, %v; byte by byte: %v, %v", got, err, split, splitErr)
		}
		clean, _ := io.ReadAll(Clean(bytes.NewReader(doc)))
		clean = repaired(clean)
		want, oracleErr := oracle(clean)
		if (err == nil) == (oracleErr == nil) && (err != nil || got.String() == want.String()) {
			return
		}
		if !justified(clean, got, err, oracleErr) {
			t.Fatalf("%q:\nScanner      %v, %v\nencoding/xml %v, %v", clean, got, err, want, oracleErr)
		}
	})
}

// repaired says what becomes of bytes that are not UTF-8, in the plainest way.
func repaired(doc []byte) []byte {
	var b strings.Builder
	for _, r := range string(doc) { // U+FFFD for each such byte
		if r != 0xFFFE && r != 0xFFFF {
			b.WriteRune(r)
		}
	}
	return []byte(b.String())
}

var (
	errMismatch = errors.New("end tag doesn't match")
	errStray    = errors.New("something stands outside the root")
	errDTD      = errors.New("directive")
)

// oracle reads a tree with encoding/xml. RawToken keeps names as written; what it
// leaves to its caller is checked here.
func oracle(doc []byte) (*element, error) {
	doc = bytes.TrimPrefix(doc, []byte("\uFEFF"))
	d := xml.NewDecoder(bytes.NewReader(doc))
	var root *element
	var open []*element
	for {
		token, err := d.RawToken()
		if err == io.EOF && root != nil && len(open) == 0 {
			return root, nil
		}
		if err == io.EOF {
			return nil, io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: written(token.Name)}
			for _, a := range token.Attr {
				e.attrs = append(e.attrs, attr{written(a.Name), a.Value})
			}
			switch {
			case len(open) > 0:
				top := open[len(open)-1]
				top.children = append(top.children, e)
			case root != nil:
				return nil, errStray
			default:
				root = e
			}
			open = append(open, e)
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1].name != written(token.Name) {
				return nil, errMismatch
			}
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].text += string(token)
			} else if len(bytes.Trim(token, blanks)) > 0 {
				return nil, errStray
			}
		case xml.Directive:
			return nil, errDTD
		}
	}
}

func written(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

var (
	charReference = regexp.MustCompile(`&#(x?)([0-9A-Fa-f]+);`)
	instruction   = regexp.MustCompile(`(?s)<\?(.*?)\?>`)
	declaration   = regexp.MustCompile(`^<\?xml\s+version\s*=\s*("1\.0"|'1\.0')(\s+encoding\s*=\s*(?i:"utf-8"|'utf-8'))?(\s+standalone\s*=\s*("yes"|"no"|'yes'|'no'))?\s*\?>`)
	tightAttr     = regexp.MustCompile(`=\s*("[^"]*"|'[^']*')[^\s/>?]`)
)

// justified reports whether a difference from encoding/xml is one of those we want.
func justified(doc []byte, got *element, err, oracleErr error) bool {
	doc = bytes.TrimPrefix(doc, []byte("\uFEFF"))
	// References to forbidden characters are dropped: encoding/xml refuses them, or
	// reads a surrogate as U+FFFD.
	for _, m := range charReference.FindAllSubmatch(doc, -1) {
		base := 10
		if len(m[1]) > 0 {
			base = 16
		}
		r, err := strconv.ParseUint(string(m[2]), base, 64)
		if err == nil && r <= utf8.MaxRune && !allowed(rune(r)) {
			return true
		}
	}
	if err == nil {
		// We read what encoding/xml refuses: names of the fifth edition of XML 1.0,
		// targets of instructions among them, and names with several colons.
		for _, m := range instruction.FindAllSubmatch(doc, -1) {
			if oddName(string(m[1])) {
				return true
			}
		}
		return anyName(got, oddName)
	}
	if oracleErr != nil {
		return false
	}
	// We refuse what encoding/xml lets pass.
	for i, m := range instruction.FindAllSubmatchIndex(doc, -1) {
		content := doc[m[2]:m[3]]
		isXML := len(content) >= 3 && bytes.EqualFold(content[:3], []byte("xml"))
		if isXML && (i > 0 || m[0] > 0 || !declaration.Match(doc)) {
			return true // a declaration that is late or not a proper one
		}
		target := content
		if i := bytes.IndexAny(content, blanks); i >= 0 {
			target = content[:i]
		}
		if !isName(target) || len(target) >= nameKept {
			return true // an instruction with an odd or a very long target
		}
	}
	switch {
	case tightAttr.Match(doc): // attributes without a blank between them
		return true
	case strings.Contains(err.Error(), "stands twice"): // attributes that stand twice
		return true
	case bytes.Contains(doc, []byte("<![CDATA[")) && strings.Contains(err.Error(), "outside the root"):
		return true // an empty CDATA section outside the root
	}
	return false
}

func oddName(n string) bool {
	return strings.Count(n, ":") > 1 || strings.IndexFunc(n, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0
}

func anyName(e *element, is func(string) bool) bool {
	if is(e.name) {
		return true
	}
	for _, a := range e.attrs {
		if is(a.name) {
			return true
		}
	}
	for _, c := range e.children {
		if anyName(c, is) {
			return true
		}
	}
	return false
}
