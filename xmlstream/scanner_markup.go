package xmlstream

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// prolog reads up to the start tag of the root: byte order mark, XML declaration,
// comments, processing instructions.
func (s *Scanner) prolog() error {
	if s.have(3) && string(s.buf[:3]) == "\uFEFF" {
		s.pos = 3
		s.discard(s.buf, 3)
		s.offset = 0
		s.column = 0
	}
	if s.have(6) && string(s.buf[s.pos:s.pos+5]) == "<?xml" && isBlank(s.buf[s.pos+5]) {
		if err := s.xmlDeclaration(); err != nil {
			return err
		}
	}
	for {
		if s.pos == s.end && !s.more() {
			return s.truncated()
		}
		c := s.buf[s.pos]
		if isBlank(c) {
			s.pos++
			continue
		}
		if c != '<' && s.replaced > 0 {
			return s.syntax("the document is not UTF-8")
		}
		if c != '<' {
			return s.syntax("text stands before the root element")
		}
		if !s.have(2) {
			return s.truncated()
		}
		if next := s.buf[s.pos+1]; next != '!' && next != '?' {
			return nil
		}
		if err := s.aside(); err != nil {
			return err
		}
	}
}

// aside reads the comment or processing instruction at pos, outside the root.
func (s *Scanner) aside() error {
	if !s.have(2) {
		return s.truncated()
	}
	switch s.buf[s.pos+1] {
	case '?':
		return s.instruction()
	case '!':
		if s.begins("<!--") {
			return s.declaration(false)
		}
		if s.err == nil && s.end-s.pos < len("<!--") {
			return s.truncated()
		}
		return s.syntax("only comments and processing instructions may stand outside the root element; a DOCTYPE is refused")
	}
	return s.syntax("something follows the root element")
}

// begins reports whether the text at pos begins with prefix.
func (s *Scanner) begins(prefix string) bool {
	return s.have(len(prefix)) && string(s.buf[s.pos:s.pos+len(prefix)]) == prefix
}

// xmlDeclaration reads <?xml version="1.0" encoding="UTF-8" standalone="yes"?>.
func (s *Scanner) xmlDeclaration() error {
	const from = len("<?xml")
	end := -1
	for n := from; end < 0; n++ {
		if n > 1024 {
			return s.syntax("the XML declaration isn't closed")
		}
		if !s.have(n + 2) {
			return s.truncated()
		}
		if s.buf[s.pos+n] == '?' && s.buf[s.pos+n+1] == '>' {
			end = n
		}
	}
	if err := s.attributes(s.buf[s.pos+from : s.pos+end]); err != nil {
		return err
	}
	names := []string{"version", "encoding", "standalone"}
	for i, a := range s.attrs {
		at := slices.Index(names, a.name)
		if at < 0 || i == 0 && at != 0 {
			return s.syntax("the XML declaration has a part that doesn't belong there")
		}
		names = names[at+1:]
		switch {
		case a.name == "version" && a.value != "1.0":
			return s.syntax("the XML version is not 1.0")
		case a.name == "encoding" && !strings.EqualFold(a.value, "UTF-8"):
			return s.syntax("the document is in another encoding than UTF-8" + named(a.value))
		case a.name == "standalone" && a.value != "yes" && a.value != "no":
			return s.syntax("standalone is neither yes nor no")
		}
	}
	if len(s.attrs) == 0 {
		return s.syntax("the XML declaration has no version")
	}
	s.attrs = s.attrs[:0]
	s.pos += end + len("?>")
	return nil
}

// named adds the name of a declared encoding, if it is a proper one: an error repeats
// nothing else of a document.
func named(encoding string) string {
	if !encodingName.MatchString(encoding) {
		return ""
	}
	return ": it declares " + encoding
}

// encodingName is production 81 of XML 1.0, bounded in length.
var encodingName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._-]{0,39}$`)

// instruction skips the processing instruction at pos.
func (s *Scanner) instruction() error {
	n := 2
	for {
		if !s.have(n + 1) {
			return s.truncated()
		}
		if !nameByte[s.buf[s.pos+n]] {
			break
		}
		n++
		if n > nameKept {
			return s.syntax("the target of a processing instruction is too long")
		}
	}
	target := s.buf[s.pos+2 : s.pos+n]
	if !isName(target) || bytes.EqualFold(target, []byte("xml")) {
		return s.syntax("a processing instruction has no proper target, or an XML declaration stands too late")
	}
	if c := s.buf[s.pos+n]; !isBlank(c) && c != '?' {
		return s.syntax("a processing instruction has no proper target")
	}
	blank := isBlank(s.buf[s.pos+n])
	s.pos += n
	if !blank && !s.begins("?>") {
		if s.end-s.pos < 2 {
			return s.truncated()
		}
		return s.syntax("a processing instruction has no proper target")
	}
	return s.past("?>", nil)
}

// declaration reads the comment or CDATA section at pos.
func (s *Scanner) declaration(collect bool) error {
	switch {
	case s.begins("<!--"):
		s.pos += len("<!--")
		if err := s.past("--", nil); err != nil {
			return err
		}
		if !s.have(1) {
			return s.truncated()
		}
		if s.buf[s.pos] != '>' {
			return s.syntax("-- stands inside a comment")
		}
		s.pos++
		return nil
	case s.begins("<![CDATA["):
		s.pos += len("<![CDATA[")
		if !collect {
			return s.past("]]>", nil)
		}
		return s.past("]]>", s.add)
	}
	if s.err != nil {
		return s.err
	}
	if rest := s.buf[s.pos:s.end]; bytes.HasPrefix([]byte("<!--"), rest) || bytes.HasPrefix([]byte("<![CDATA["), rest) {
		return s.truncated()
	}
	return s.syntax("a declaration stands inside an element")
}

// past moves pos behind the next occurrence of end and gives what stands before it
// to add, in pieces.
func (s *Scanner) past(end string, add func([]byte) error) error {
	for {
		b := s.buf[s.pos:s.end]
		n := bytes.Index(b, []byte(end))
		found := n >= 0
		if !found {
			n = max(0, len(b)-len(end)+1) // the rest may be the beginning of end
			if n > 0 && b[n-1] == '\r' {
				n-- // its line feed may be in the next piece
			}
		}
		if add != nil && n > 0 {
			if err := add(b[:n]); err != nil {
				return err
			}
		}
		s.pos += n
		if found {
			s.pos += len(end)
			return nil
		}
		if !s.more() {
			return s.truncated()
		}
	}
}

// add collects a piece of a CDATA section; line ends become line feeds.
func (s *Scanner) add(b []byte) error {
	if len(s.text)+len(b) > s.limits.Text {
		return s.tooLarge("bytes of a text", s.limits.Text)
	}
	for {
		i := bytes.IndexByte(b, '\r')
		if i < 0 {
			break
		}
		s.text = append(append(s.text, b[:i]...), '\n')
		b = b[i+1:]
		if len(b) > 0 && b[0] == '\n' {
			b = b[1:]
		}
	}
	s.text = append(s.text, b...)
	return nil
}

// characters reads character data at pos: a piece of plain text, or one of the
// characters that need a closer look.
func (s *Scanner) characters(collect bool) error {
	b := s.buf[s.pos:s.end]
	n := 0
	for n < len(b) && plain[b[n]] {
		n++
	}
	if n > 0 {
		if collect {
			if len(s.text)+n > s.limits.Text {
				return s.tooLarge("bytes of a text", s.limits.Text)
			}
			s.text = append(s.text, b[:n]...)
		}
		s.pos += n
		return nil
	}
	c, size := rune(b[0]), 1
	switch c {
	case '&':
		var err error
		if c, size, err = s.reference(); err != nil {
			return err
		}
	case ']':
		if s.begins("]]>") {
			return s.syntax("]]> stands in a text")
		}
	case '\r':
		c = '\n'
		if s.begins("\r\n") {
			size = 2
		}
	}
	if s.err != nil {
		return s.err
	}
	s.pos += size
	if !collect || c < 0 {
		return nil
	}
	if len(s.text)+utf8.UTFMax > s.limits.Text {
		return s.tooLarge("bytes of a text", s.limits.Text)
	}
	s.text = utf8.AppendRune(s.text, c)
	return nil
}
