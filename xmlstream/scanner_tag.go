package xmlstream

import (
	"bytes"
	"unicode/utf8"
)

// nameSlots is the size of the table of element names. A document of one kind has
// about a hundred; a name that finds its slot taken takes it over.
const nameSlots = 512

// nameKept is the length of the longest name kept in that table.
const nameKept = 64

// name returns b as a string without allocating for names seen before; ok says that
// it is a name. What stands in the table was checked when it came in.
func (s *Scanner) name(b []byte) (name string, ok bool) {
	if len(b) == 0 || len(b) > nameKept {
		return string(b), isName(b)
	}
	h := uint(len(b)) + uint(b[0])*31 + uint(b[len(b)/2])*37 + uint(b[len(b)-1])*41
	slot := &s.names[h%nameSlots]
	if *slot == string(b) {
		return *slot, true
	}
	if !isName(b) {
		return "", false
	}
	*slot = string(b)
	return *slot, true
}

// startTag reads the start tag at pos.
func (s *Scanner) startTag() error {
	if len(s.open) >= s.limits.Depth {
		return s.tooLarge("depth of elements", s.limits.Depth)
	}
	n := 1
	for {
		for s.pos+n < s.end && nameByte[s.buf[s.pos+n]] {
			n++
		}
		if s.pos+n < s.end {
			break
		}
		if n > s.limits.Text {
			return s.tooLarge("bytes of a tag", s.limits.Text)
		}
		if !s.more() {
			return s.truncated()
		}
	}
	name, ok := s.name(s.buf[s.pos+1 : s.pos+n])
	if !ok {
		return s.syntax("a name must follow <")
	}
	s.open = append(s.open, name)
	s.attrs = s.attrs[:0]
	s.fresh, s.empty = true, false
	s.start = s.pos
	if s.buf[s.pos+n] == '>' {
		s.pos += n + 1
		return nil
	}
	return s.restOfTag(n)
}

// restOfTag reads the start tag at pos after its first n bytes, < and the name.
func (s *Scanner) restOfTag(n int) error {
	from, quote := n, byte(0)
	for ; ; n++ {
		if n > s.limits.Text {
			return s.tooLarge("bytes of a tag", s.limits.Text)
		}
		if !s.have(n + 1) {
			return s.truncated()
		}
		c := s.buf[s.pos+n]
		if quote != 0 {
			if c == quote {
				quote = 0
			}
			continue
		}
		if c == '"' || c == '\'' {
			quote = c
		}
		if c == '>' || c == '<' {
			break
		}
	}
	s.start = s.pos // reading more may have moved it
	rest := s.buf[s.pos+from : s.pos+n]
	if s.buf[s.pos+n] == '<' {
		return s.syntax("a start tag isn't closed")
	}
	if len(rest) > 0 && rest[len(rest)-1] == '/' {
		s.empty = true
		rest = rest[:len(rest)-1]
	}
	if err := s.attributes(rest); err != nil {
		return err
	}
	s.pos += n + 1
	return nil
}

// endTag reads the end tag at pos and closes the innermost element.
func (s *Scanner) endTag() error {
	name := s.open[len(s.open)-1]
	n := 2 + len(name)
	if !s.have(n + 1) {
		if s.err == nil && !bytes.HasPrefix([]byte("</"+name), s.buf[s.pos:s.end]) {
			return s.syntax("an end tag doesn't match the open element")
		}
		return s.truncated()
	}
	if string(s.buf[s.pos+2:s.pos+n]) != name {
		return s.syntax("an end tag doesn't match the open element")
	}
	for isBlank(s.buf[s.pos+n]) {
		n++
		if n > s.limits.Text {
			return s.tooLarge("bytes of a tag", s.limits.Text)
		}
		if !s.have(n + 1) {
			return s.truncated()
		}
	}
	if s.buf[s.pos+n] != '>' {
		return s.syntax("an end tag doesn't match the open element")
	}
	s.pos += n + 1
	s.close()
	return nil
}

// isName reports whether b is a name of XML 1.0.
func isName(b []byte) bool {
	for i := 0; i < len(b); {
		r, size := rune(b[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(b[i:])
		}
		if i == 0 && !nameStart(r) || i > 0 && !nameStart(r) && !namePart(r) {
			return false
		}
		i += size
	}
	return len(b) > 0
}
