package xmlstream

import (
	"bytes"
	"encoding/binary"
	"io"
)

// Clean returns a reader of r without the characters that XML 1.0 forbids: bytes
// below 0x20 other than tab, line feed and carriage return, and U+FFFE and U+FFFF.
// Everything else passes as it is, broken UTF-8 too: dropping half a character
// would hide damage that the Scanner must show and count.
func Clean(r io.Reader) io.Reader { return &cleaner{src: r} }

// cleaner filters inside the buffer of its caller, so that clean input is read
// once and never copied.
type cleaner struct {
	src  io.Reader
	held []byte // beginning of a character that may turn out forbidden: EF or EF BF
	err  error  // what src said last, kept until held has gone out

	last [2]byte // the last bytes that went out

	heldRoom [2]byte
	small    [64]byte // stands in for a caller's buffer that can't take a whole character
	pending  []byte   // rest of small
}

// smallest is the shortest buffer that is filtered in place: the bytes held back
// and at least two more must fit.
const smallest = 4

// Read implements io.Reader.
func (c *cleaner) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if len(c.pending) == 0 {
		if len(p) >= smallest {
			return c.fill(p)
		}
		n, err := c.fill(c.small[:])
		if n == 0 {
			return 0, err
		}
		c.pending = c.small[:n]
	}
	n := copy(p, c.pending)
	c.pending = c.pending[n:]
	return n, nil
}

// fill reads once or more until a byte is left over after filtering. An error
// comes only together with no bytes.
func (c *cleaner) fill(p []byte) (int, error) {
	for {
		if c.err != nil {
			if n := copy(p, c.held); n > 0 {
				c.held = nil
				return n, nil
			}
			return 0, c.err
		}
		n := copy(p, c.held)
		c.held = nil
		read, err := c.src.Read(p[n:])
		c.err = err
		if read == 0 && err == nil {
			c.hold(p[:n])
			return 0, nil
		}
		n = dropControls(p[:n+read])
		n = c.dropNoncharacters(p[:n])
		if n > 0 {
			copy(c.last[max(0, 2-n):], p[max(0, n-2):n])
			return n, nil
		}
	}
}

func (c *cleaner) hold(b []byte) { c.held = c.heldRoom[:copy(c.heldRoom[:], b)] }

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
	lows  = 0x7f7f7f7f7f7f7f7f
)

// dropControls removes forbidden control bytes from b in place and returns the new
// length. Eight bytes are looked at in one go.
func dropControls(b []byte) int {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		// The high bit of each byte is set in below if the byte is less than 0x20,
		// and in not(c) if it differs from c.
		below := ^((x&lows + (0x80-0x20)*ones) | x) & highs
		if below != 0 && below&not(x, '\t')&not(x, '\n')&not(x, '\r') != 0 {
			break
		}
	}
	n := i
	for ; i < len(b); i++ {
		if c := b[i]; c >= 0x20 || c == '\t' || c == '\n' || c == '\r' {
			b[n] = c
			n++
		}
	}
	return n
}

func not(x uint64, c byte) uint64 {
	y := x ^ uint64(c)*ones
	return (y&lows + lows) | y
}

// dropNoncharacters removes U+FFFE and U+FFFF (EF BF BE and EF BF BF) from b in
// place, holds back a beginning of one at b's end, and returns the new length.
func (c *cleaner) dropNoncharacters(b []byte) int {
	at := bytes.IndexByte(b, 0xEF)
	if at < 0 {
		return len(b)
	}
	n := at
	for i := at; i < len(b); {
		rest := b[i:]
		if rest[0] != 0xEF {
			skip := bytes.IndexByte(rest, 0xEF)
			if skip < 0 {
				skip = len(rest)
			}
			n += copy(b[n:], rest[:skip])
			i += skip
			continue
		}
		switch {
		case len(rest) == 1, len(rest) == 2 && rest[1] == 0xBF:
			c.hold(rest)
			return n
		case rest[1] == 0xBF && rest[2] >= 0xBE && rest[2] <= 0xBF && !c.cut(b[:n]):
			i += 3
		default:
			b[n] = 0xEF
			n++
			i++
		}
	}
	return n
}

// cut reports whether what went out, with out at its end, stops inside a character
// that begins with EF. Dropping a character there could join the halves of a broken
// one around it to a forbidden one.
func (c *cleaner) cut(out []byte) bool {
	last := c.last
	copy(last[max(0, 2-len(out)):], out[max(0, len(out)-2):])
	return last[1] == 0xEF || last[0] == 0xEF && last[1] == 0xBF
}
