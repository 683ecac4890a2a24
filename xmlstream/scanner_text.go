package xmlstream

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// longestReference bounds a reference; character references may have leading zeros.
const longestReference = 1024

// forbidden stands for a reference to a character that XML forbids: it is dropped,
// as Clean drops the character itself.
const forbidden rune = -1

// reference reads the reference at pos and returns its character and its length
// there, without moving pos.
func (s *Scanner) reference() (rune, int, error) {
	for n := 1; n < longestReference; n++ {
		if !s.have(n + 1) {
			return 0, 0, s.truncated()
		}
		c := s.buf[s.pos+n]
		if c == ';' {
			r, ok := referenced(s.buf[s.pos+1 : s.pos+n])
			if !ok {
				break
			}
			return r, n + 1, nil
		}
		if c != '#' && (c >= utf8.RuneSelf || !nameByte[c]) {
			break
		}
	}
	return 0, 0, s.syntax("& doesn't begin one of the references that are known without a DTD")
}

// referenced returns the character that a reference names; ref is what stands
// between & and ;.
func referenced(ref []byte) (rune, bool) {
	switch string(ref) {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(ref) < 2 || ref[0] != '#' {
		return 0, false
	}
	base, digits := rune(10), ref[1:]
	if digits[0] == 'x' {
		base, digits = 16, digits[1:]
	}
	if len(digits) == 0 {
		return 0, false
	}
	var r rune
	for _, c := range digits {
		var d rune
		switch {
		case c >= '0' && c <= '9':
			d = rune(c - '0')
		case base == 16 && c >= 'a' && c <= 'f':
			d = rune(c-'a') + 10
		case base == 16 && c >= 'A' && c <= 'F':
			d = rune(c-'A') + 10
		default:
			return 0, false
		}
		if r = r*base + d; r > unicode.MaxRune {
			return 0, false
		}
	}
	if !allowed(r) {
		return forbidden, true
	}
	return r, true
}

// allowed reports whether XML 1.0 allows r in a document.
func allowed(r rune) bool {
	switch {
	case r < 0x20:
		return r == '\t' || r == '\n' || r == '\r'
	case r >= 0xD800 && r < 0xE000, r == 0xFFFE, r == 0xFFFF:
		return false
	}
	return r <= unicode.MaxRune
}

// attributes parses what stands in a tag behind its name. The values are few, so
// they are allocated one by one.
func (s *Scanner) attributes(b []byte) error {
	for {
		rest := bytes.TrimLeft(b, blanks)
		if len(rest) == 0 {
			return nil
		}
		if len(rest) == len(b) {
			return s.syntax("an attribute needs a blank before it")
		}
		n := 0
		for n < len(rest) && nameByte[rest[n]] {
			n++
		}
		name, ok := s.name(rest[:n])
		if !ok {
			return s.syntax("a tag has something that is not an attribute")
		}
		rest = bytes.TrimLeft(rest[n:], blanks)
		if len(rest) == 0 || rest[0] != '=' {
			return s.syntax("an attribute has no value")
		}
		rest = bytes.TrimLeft(rest[1:], blanks)
		if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
			return s.syntax("the value of an attribute has no quotes")
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return s.syntax("the value of an attribute isn't closed")
		}
		value, err := s.attributeValue(rest[1 : 1+end])
		if err != nil {
			return err
		}
		if _, twice := s.Attr(name); twice {
			return s.syntax("an attribute stands twice in a tag")
		}
		s.attrs = append(s.attrs, attr{name, value})
		b = rest[end+2:]
	}
}

// attributeValue replaces references and line ends. Line ends and tabs stay what
// they are, as in encoding/xml; they don't become blanks.
func (s *Scanner) attributeValue(b []byte) (string, error) {
	if bytes.IndexByte(b, '<') >= 0 {
		return "", s.syntax("< stands in the value of an attribute")
	}
	if bytes.IndexByte(b, '&') < 0 && bytes.IndexByte(b, '\r') < 0 {
		return string(b), nil
	}
	value := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\r':
			value = append(value, '\n')
			if i+1 < len(b) && b[i+1] == '\n' {
				i++
			}
		case '&':
			end := bytes.IndexByte(b[i:min(len(b), i+longestReference)], ';')
			if end < 0 {
				return "", s.syntax("& in an attribute begins no reference")
			}
			r, ok := referenced(b[i+1 : i+end])
			if !ok {
				return "", s.syntax("& in an attribute begins no reference that is known without a DTD")
			}
			if r != forbidden {
				value = utf8.AppendRune(value, r)
			}
			i += end
		default:
			value = append(value, b[i])
		}
	}
	return string(value), nil
}

const blanks = " \t\r\n"

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// plain marks the bytes of character data that stand for themselves.
var plain = func() (t [256]bool) {
	for i := range t {
		t[i] = i != '<' && i != '&' && i != ']' && i != '\r'
	}
	return t
}()

// nameByte marks the bytes that can be part of a name; isName looks closer.
var nameByte = func() (t [256]bool) {
	for i := range t {
		c := byte(i)
		t[i] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
			c == '_' || c == ':' || c == '-' || c == '.' || c >= utf8.RuneSelf
	}
	return t
}()

// nameStart reports whether r can begin a name (XML 1.0, fifth edition, production 4).
func nameStart(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == ':'
	case r == 0xD7, r == 0xF7, r == 0x37E:
		return false
	}
	return r >= 0xC0 && r <= 0x2FF || r >= 0x370 && r <= 0x1FFF || r >= 0x200C && r <= 0x200D ||
		r >= 0x2070 && r <= 0x218F || r >= 0x2C00 && r <= 0x2FEF || r >= 0x3001 && r <= 0xD7FF ||
		r >= 0xF900 && r <= 0xFDCF || r >= 0xFDF0 && r <= 0xFFFD || r >= 0x10000 && r <= 0xEFFFF
}

// namePart reports whether r can stand in a name but not begin it (production 4a).
func namePart(r rune) bool {
	return r >= '0' && r <= '9' || r == '-' || r == '.' || r == 0xB7 ||
		r >= 0x300 && r <= 0x36F || r >= 0x203F && r <= 0x2040
}
