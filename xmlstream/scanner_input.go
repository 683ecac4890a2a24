package xmlstream

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"
)

// Limits bounds what one document may make a Scanner hold. Zero means the default.
type Limits struct {
	Depth   int // open elements; 64
	Text    int // bytes of one text, and of one tag; 32 MiB
	Element int // bytes of one captured element; 64 MiB
}

func (l Limits) orDefault() Limits {
	if l.Depth == 0 {
		l.Depth = 64
	}
	if l.Text == 0 {
		l.Text = 32 << 20
	}
	if l.Element == 0 {
		l.Element = 64 << 20
	}
	return l
}

// Position is a place in a document as it was read: after Clean, without a byte order
// mark, and with three bytes for each byte that was not UTF-8.
type Position struct {
	Line   int   // from 1
	Column int   // bytes, from 1
	Offset int64 // bytes, from 0
}

// SyntaxError says what is wrong in a document, and where. It never repeats what
// stands there.
type SyntaxError struct {
	Position
	Reason string
	Err    error // io.ErrUnexpectedEOF if the document ends too early, else nil
}

// Error names the place and the reason.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("XML line %d, column %d (byte %d): %s", e.Line, e.Column, e.Offset, e.Reason)
}

// Unwrap returns io.ErrUnexpectedEOF for a document that ends too early.
func (e *SyntaxError) Unwrap() error { return e.Err }

// LimitError says which limit a document exceeds, and where.
type LimitError struct {
	Position
	What  string
	Limit int
}

// Error names the place and the limit.
func (e *LimitError) Error() string {
	return fmt.Sprintf("XML line %d, column %d (byte %d): more than %d as %s", e.Line, e.Column, e.Offset, e.Limit, e.What)
}

// firstBuffer is what a scanner starts with; it grows if a captured element or a
// tag needs more.
const firstBuffer = 64 << 10

// emptyReads is how often in a row a reader may give nothing before it is taken
// for stuck.
const emptyReads = 100

// input is the part of a document that is in memory. buf[:end] is readable and
// valid UTF-8; buf[end:filled] is the beginning of a character.
type input struct {
	src              io.Reader
	buf              []byte
	pos, end, filled int

	eof      bool
	replaced int // bytes that were not UTF-8
	err      error

	offset int64 // of buf[0]
	lines  int   // line feeds before buf[0]
	column int   // bytes between the last of them and buf[0]

	captured struct{ from, to, limit int } // indices in buf; from -1: nothing; to -1: not ended
}

// more makes more bytes readable, or reports false: then err is set, or the document
// has ended. Bytes from pos on, and those of an element being captured, are kept;
// their indices may change.
func (in *input) more() bool {
	if in.err != nil {
		return false
	}
	before := in.end
	for tries := 0; in.end == before; {
		switch {
		case in.eof && in.filled > in.end:
			in.pos = in.end
			in.err = in.truncatedAt(in.pos)
			return false
		case in.eof:
			return false
		case tries > emptyReads:
			in.err = fmt.Errorf("reading XML: %w", io.ErrNoProgress)
			return false
		}
		if !in.makeRoom() {
			return false
		}
		before = in.end
		n, err := in.src.Read(in.buf[in.filled:])
		in.filled += n
		if n == 0 {
			tries++
		}
		if err == io.EOF {
			in.eof = true
		} else if err != nil {
			in.err = fmt.Errorf("reading XML at byte %d: %w", in.offset+int64(in.filled), err)
			return false
		}
		in.admit()
	}
	return true
}

// have makes n bytes from pos on readable, or reports false.
func (in *input) have(n int) bool {
	for in.end-in.pos < n {
		if !in.more() {
			return false
		}
	}
	return true
}

// makeRoom frees room behind filled. It reports false if a captured element is too
// large for that.
func (in *input) makeRoom() bool {
	low := in.pos
	if in.captured.from >= 0 {
		if in.captured.to >= 0 {
			in.captured.from = -1 // the caller has moved on
		} else {
			low = in.captured.from
			if in.end-low > in.captured.limit {
				in.err = in.tooLargeAt(in.pos, "bytes of an element", in.captured.limit)
				return false
			}
		}
	}
	if in.filled < len(in.buf) {
		return true
	}
	if low > 0 && low >= len(in.buf)/2 {
		in.discard(in.buf, low)
		return true
	}
	in.discard(make([]byte, max(firstBuffer, 2*len(in.buf))), low)
	return true
}

// discard moves what stands from low on to the beginning of to.
func (in *input) discard(to []byte, low int) {
	gone := in.buf[:low]
	in.lines += bytes.Count(gone, []byte{'\n'})
	if k := bytes.LastIndexByte(gone, '\n'); k >= 0 {
		in.column = low - k - 1
	} else {
		in.column += low
	}
	in.offset += int64(low)
	copy(to, in.buf[low:in.filled])
	in.buf = to
	in.pos -= low
	in.end -= low
	in.filled -= low
	if in.captured.from >= 0 {
		in.captured.from -= low
	}
}

// admit moves end behind the last whole character. Bytes that are not UTF-8 are
// replaced on the way.
func (in *input) admit() {
	b := in.buf[in.end:in.filled]
	whole := len(b)
	for i := 1; i <= min(utf8.UTFMax-1, len(b)); i++ {
		if utf8.RuneStart(b[len(b)-i]) {
			if !utf8.FullRune(b[len(b)-i:]) {
				whole -= i
			}
			break
		}
	}
	if in.replaced == 0 && utf8.Valid(b[:whole]) {
		in.end += whole
		return
	}
	fixed := in.repair(b[:whole])
	rest := b[whole:]
	if room := in.end + len(fixed) + len(rest); room > len(in.buf) {
		buf := make([]byte, max(room, 2*len(in.buf)))
		copy(buf, in.buf[:in.end])
		in.buf = buf
	}
	copy(in.buf[in.end+len(fixed):], rest)
	in.end += copy(in.buf[in.end:], fixed)
	in.filled = in.end + len(rest)
}

// repair returns b with U+FFFD for each byte that is not UTF-8. It drops what Clean
// drops: behind such a byte Clean can't tell where a character begins, and leaves
// U+FFFE and U+FFFF alone.
func (in *input) repair(b []byte) []byte {
	fixed := make([]byte, 0, len(b)+64)
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && size == 1:
			fixed = utf8.AppendRune(fixed, utf8.RuneError)
			in.replaced++
		case allowed(r):
			fixed = append(fixed, b[:size]...)
		}
		b = b[size:]
	}
	return fixed
}

// Replaced returns how many bytes were not UTF-8 in what was read of the document so
// far, which may be a little more than what was handed out.
func (in *input) Replaced() int { return in.replaced }

func (in *input) at(i int) Position {
	p := Position{Line: in.lines + 1, Column: in.column + i + 1, Offset: in.offset + int64(i)}
	if k := bytes.LastIndexByte(in.buf[:i], '\n'); k >= 0 {
		p.Line += bytes.Count(in.buf[:i], []byte{'\n'})
		p.Column = i - k
	}
	return p
}

func (in *input) syntaxAt(i int, reason string) error {
	return &SyntaxError{Position: in.at(i), Reason: reason}
}

func (in *input) truncatedAt(i int) error {
	return &SyntaxError{Position: in.at(i), Reason: "the document ends too early", Err: io.ErrUnexpectedEOF}
}

func (in *input) tooLargeAt(i int, what string, limit int) error {
	return &LimitError{Position: in.at(i), What: what, Limit: limit}
}

// syntax ends the reading with an error at pos.
func (in *input) syntax(reason string) error {
	if in.err == nil {
		in.err = in.syntaxAt(in.pos, reason)
	}
	return in.err
}

// truncated ends the reading because more reported false.
func (in *input) truncated() error {
	if in.err == nil {
		in.err = in.truncatedAt(in.end)
	}
	return in.err
}

func (in *input) tooLarge(what string, limit int) error {
	if in.err == nil {
		in.err = in.tooLargeAt(in.pos, what, limit)
	}
	return in.err
}
