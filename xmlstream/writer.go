package xmlstream

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Attr is an attribute of an element that a Writer opens.
type Attr struct {
	Name, Value string
}

// Writer writes an XML document as a stream: one element a line, two spaces of indentation a level, lines ended by
// a bare line feed. The same calls always give the same bytes.
//
// What it writes is well-formed whatever the values hold: mark-up is escaped, a carriage return becomes &#13; (a reader
// would turn the bare character into a line feed), characters that XML 1.0 forbids are removed, and each byte that is
// not UTF-8 becomes U+FFFD. Names must match ^[A-Z_a-z][-A-Z_a-z.0-9]*$.
//
// The first error sticks: nothing is written after it, and Err and Flush return it.
type Writer struct {
	out     *bufio.Writer
	open    []string // the names of the open elements, outermost first
	bare    bool     // the innermost open element has no content yet and its line is not ended
	started bool     // something was written
	closed  bool     // the root element was closed
	err     error
}

// Mistakes of the program that writes, not of the values: they would make the document malformed.
var (
	errLateDeclaration = errors.New("writing XML: the declaration must come first")
	errNothingOpen     = errors.New("writing XML: no element is open")
	errSecondRoot      = errors.New("writing XML: the root element is closed already")
)

// NewWriter returns a Writer to w. What it writes is buffered: call Flush at the end.
func NewWriter(w io.Writer) *Writer {
	return &Writer{out: bufio.NewWriterSize(w, 32<<10)}
}

// Declaration writes the XML declaration, which must be the first thing in the document.
func (w *Writer) Declaration() {
	if w.started {
		w.fail(errLateDeclaration)
		return
	}
	w.started = true
	w.raw(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
}

// Open writes the start tag of an element; what follows up to its Close stands in it.
func (w *Writer) Open(name string, attrs ...Attr) {
	if !w.begin(name) {
		return
	}
	for i, a := range attrs {
		if !w.attribute(attrs[:i], a) {
			return
		}
	}
	w.raw(">")
	w.open = append(w.open, name)
	w.bare = true
}

// Close writes the end tag of the innermost open element.
func (w *Writer) Close() {
	if w.err != nil {
		return
	}
	if len(w.open) == 0 {
		w.fail(errNothingOpen)
		return
	}
	name := w.open[len(w.open)-1]
	w.open = w.open[:len(w.open)-1]
	if !w.bare {
		w.indent()
	}
	w.end(name)
	w.bare = false
}

// Text writes an element that holds value and nothing else.
func (w *Writer) Text(name, value string) {
	if !w.begin(name) {
		return
	}
	w.raw(">")
	w.escape(value, false)
	w.end(name)
}

// Flush hands everything written so far to the underlying writer. Elements that are open stay open.
func (w *Writer) Flush() error {
	if w.err != nil {
		return w.err
	}
	if err := w.out.Flush(); err != nil {
		w.fail(fmt.Errorf("writing XML: %w", err))
	}
	return w.err
}

// Err returns the first error, nil if there was none so far. Buffered bytes may still fail in Flush.
func (w *Writer) Err() error { return w.err }

// begin writes the start tag of name without its closing angle bracket and says whether that went well.
func (w *Writer) begin(name string) bool {
	if w.err != nil {
		return false
	}
	if w.closed {
		w.fail(errSecondRoot)
		return false
	}
	if !ValidName(name) {
		w.fail(fmt.Errorf("writing XML: %.100q is not a name for an element", name))
		return false
	}
	w.started = true
	if w.bare {
		w.raw("\n")
		w.bare = false
	}
	w.indent()
	w.raw("<")
	w.raw(name)
	return w.err == nil
}

// attribute writes a, whose name must not be among those written before it.
func (w *Writer) attribute(before []Attr, a Attr) bool {
	if !ValidName(a.Name) {
		w.fail(fmt.Errorf("writing XML: %.100q is not a name for an attribute", a.Name))
		return false
	}
	for _, b := range before {
		if b.Name == a.Name {
			w.fail(fmt.Errorf("writing XML: attribute %.100q is given twice", a.Name))
			return false
		}
	}
	w.raw(" ")
	w.raw(a.Name)
	w.raw(`="`)
	w.escape(a.Value, true)
	w.raw(`"`)
	return w.err == nil
}

func (w *Writer) end(name string) {
	w.raw("</")
	w.raw(name)
	w.raw(">\n")
	w.closed = len(w.open) == 0
}

const spaces = "                                                                "

func (w *Writer) indent() {
	n := 2 * len(w.open)
	for ; n > len(spaces); n -= len(spaces) {
		w.raw(spaces)
	}
	w.raw(spaces[:n])
}

// escape writes s as character data, or as the inside of a quoted attribute value. Runs of plain characters are
// written in one piece.
func (w *Writer) escape(s string, attribute bool) {
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if '>' < c && c < utf8.RuneSelf { // nothing to escape among letters
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if replacement, ok := replaceRune(r, size); ok {
				w.raw(s[from:i])
				w.raw(replacement)
				from = i + size
			}
			i += size
			continue
		}
		if replacement, ok := replaceByte(c, attribute); ok {
			w.raw(s[from:i])
			w.raw(replacement)
			from = i + 1
		}
		i++
	}
	w.raw(s[from:])
}

// replaceRune says what stands for a character outside ASCII that can't be written as it is.
func replaceRune(r rune, size int) (string, bool) {
	if r == utf8.RuneError && size == 1 { // not UTF-8
		return "\uFFFD", true
	}
	return "", r == 0xFFFE || r == 0xFFFF
}

// replaceByte says what stands for an ASCII character that can't be written as it is. Line ends and tabs in attribute
// values are escaped because a reader turns the bare characters into spaces.
func replaceByte(c byte, attribute bool) (string, bool) {
	switch c {
	case '&':
		return "&amp;", true
	case '<':
		return "&lt;", true
	case '>':
		return "&gt;", true
	case '\r':
		return "&#13;", true
	case '"':
		return "&#34;", attribute
	case '\'':
		return "&#39;", attribute
	case '\t':
		return "&#9;", attribute
	case '\n':
		return "&#10;", attribute
	}
	return "", c < ' '
}

// ValidName says whether name may be the name of an element or attribute here: an ASCII letter or underscore, then
// ASCII letters, digits, underscores, hyphens and dots.
func ValidName(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
		if !letter && (i == 0 || !('0' <= c && c <= '9' || c == '-' || c == '.')) {
			return false
		}
	}
	return name != ""
}

func (w *Writer) raw(s string) {
	if w.err != nil {
		return
	}
	if _, err := w.out.WriteString(s); err != nil {
		w.fail(fmt.Errorf("writing XML: %w", err))
	}
}

func (w *Writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}
