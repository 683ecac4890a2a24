package xmlstream

import (
	"errors"
	"io"
	"strings"
)

// Scanner reads one XML document from its beginning to its end. It hands out
// elements in the order they stand in: Root, then Children of the element just
// entered, and Text, Skip or Children again for each of them.
//
// The first error ends the reading: every later call returns it again. A Scanner
// is not safe for use by several goroutines.
type Scanner struct {
	input
	limits Limits

	open  []string // names of the open elements, the root first
	fresh bool     // the innermost open element was just entered, nothing of its content is read
	empty bool     // and it is an empty-element tag: it has no content and no end tag
	start int      // index in buf of the last start tag

	attrs []attr
	text  []byte // the text being collected
	names [nameSlots]string
	kept  strings.Builder // room for the texts handed out

	capture int // depth of the captured element, 0 for none
	root    rootState
}

type attr struct{ name, value string }

type rootState int

const (
	rootAhead rootState = iota
	rootOpen
	rootClosed
)

// errOutside says that the caller asked for the content of an element that is
// already read.
var errOutside = errors.New("xmlstream: the element's content is already read")

// NewScanner returns a Scanner of r with Clean before it. A limit that is zero gets
// its default.
func NewScanner(r io.Reader, l Limits) *Scanner {
	s := &Scanner{limits: l.orDefault()}
	s.input.src = Clean(r)
	s.input.captured.from = -1
	s.input.captured.limit = s.limits.Element
	return s
}

// Root reads up to the start tag of the root element and returns its name.
func (s *Scanner) Root() (string, error) {
	if s.root != rootAhead {
		return "", errOutside
	}
	if err := s.prolog(); err != nil {
		return "", err
	}
	if err := s.startTag(); err != nil {
		return "", err
	}
	s.root = rootOpen
	return s.open[0], nil
}

// Children calls visit for each child element of the element just entered, in
// order, and returns when that element's end tag is read. Character data between
// the children is skipped. visit may read its element with Text, Skip or Children;
// what it leaves unread is skipped. An error of visit ends the reading of the
// element where it stands and is returned as it is.
func (s *Scanner) Children(visit func(name string) error) error {
	if done, err := s.enter(); done || err != nil {
		return err
	}
	depth := len(s.open)
	for {
		opened, err := s.tag(false)
		if err != nil {
			return err
		}
		if !opened {
			return nil
		}
		if err := visit(s.open[depth]); err != nil {
			return err
		}
		if s.err != nil {
			return s.err
		}
		if len(s.open) > depth {
			if err := s.leave(depth); err != nil {
				return err
			}
		}
	}
}

// Text stores the whole text of the element just entered in dst, CDATA sections
// joined and references replaced, and reads up to the element's end tag. Child
// elements are skipped. Line ends are single line feeds, as XML demands.
func (s *Scanner) Text(dst *string) error {
	done, err := s.enter()
	if err != nil {
		return err
	}
	if done {
		*dst = ""
		return nil
	}
	depth := len(s.open)
	s.text = s.text[:0]
	for {
		opened, err := s.tag(true)
		if err != nil {
			return err
		}
		if !opened {
			*dst = s.keep(s.text)
			return nil
		}
		if err := s.leave(depth); err != nil {
			return err
		}
	}
}

// Skip reads up to the end tag of the element just entered.
func (s *Scanner) Skip() error {
	if !s.fresh {
		return s.outside()
	}
	return s.leave(len(s.open) - 1)
}

// Capture keeps the bytes of the element just entered, while its content is read as
// usual. Only one element can be captured at a time.
func (s *Scanner) Capture() error {
	if !s.fresh || s.capture > 0 {
		return s.outside()
	}
	s.capture = len(s.open)
	s.captured.from, s.captured.to = s.start, -1
	return nil
}

// Captured returns the element captured last from its start tag to its end tag, as
// written but cleaned; references to forbidden characters still stand in it. The
// bytes are valid until the next call. It returns nil before the end tag is read.
func (s *Scanner) Captured() []byte {
	if s.captured.from < 0 || s.captured.to < 0 {
		return nil
	}
	return s.buf[s.captured.from:s.captured.to]
}

// Attr returns the value of an attribute of the element just entered.
func (s *Scanner) Attr(name string) (string, bool) {
	for _, a := range s.attrs {
		if a.name == name {
			return a.value, true
		}
	}
	return "", false
}

// End reads what follows the root element and makes sure that it is the end: only
// blanks, comments and processing instructions may stand there.
func (s *Scanner) End() error {
	if s.err != nil {
		return s.err
	}
	if s.root != rootClosed {
		return s.outside()
	}
	s.captured.from = -1
	for {
		if s.pos == s.end && !s.more() {
			return s.err // nil at the true end
		}
		c := s.buf[s.pos]
		switch {
		case isBlank(c):
			s.pos++
		case c != '<':
			return s.syntax("something follows the root element")
		default:
			if err := s.aside(); err != nil {
				return err
			}
		}
	}
}

// enter begins the reading of the element just entered; done says that it is an
// empty one, which is thereby closed.
func (s *Scanner) enter() (done bool, err error) {
	if !s.fresh {
		return false, s.outside()
	}
	s.fresh = false
	if s.empty {
		s.close()
		return true, nil
	}
	return false, nil
}

func (s *Scanner) outside() error {
	if s.err != nil {
		return s.err
	}
	return errOutside
}

// leave reads on until only depth elements are open.
func (s *Scanner) leave(depth int) error {
	for {
		if s.fresh {
			if _, err := s.enter(); err != nil {
				return err
			}
		}
		if len(s.open) <= depth {
			return nil
		}
		if _, err := s.tag(false); err != nil {
			return err
		}
	}
}

// close takes the innermost element off the open ones.
func (s *Scanner) close() {
	if s.capture == len(s.open) {
		s.captured.to = s.pos
		s.capture = 0
	}
	s.open = s.open[:len(s.open)-1]
	s.attrs = s.attrs[:0]
	if len(s.open) == 0 {
		s.root = rootClosed
	}
}

// tag reads up to and including the next start or end tag. Character data before it
// is added to s.text if collect is set; otherwise it is checked and dropped.
func (s *Scanner) tag(collect bool) (opened bool, err error) {
	if s.err != nil {
		return false, s.err
	}
	s.fresh = false
	for {
		if s.pos == s.end && !s.more() {
			return false, s.truncated()
		}
		if s.buf[s.pos] != '<' {
			if err := s.characters(collect); err != nil {
				return false, err
			}
			continue
		}
		if !s.have(2) {
			return false, s.truncated()
		}
		switch s.buf[s.pos+1] {
		case '/':
			return false, s.endTag()
		case '!':
			err = s.declaration(collect)
		case '?':
			err = s.instruction()
		default:
			return true, s.startTag()
		}
		if err != nil {
			return false, err
		}
	}
}

// The texts of an order are many and short: they share blocks of keptBlock bytes
// instead of being allocated one by one. A text longer than keptAlone gets its own
// memory, so that what is kept for long keeps little else alive.
const (
	keptBlock = 4096
	keptAlone = 512
)

func (s *Scanner) keep(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > keptAlone {
		return string(b)
	}
	if s.kept.Cap()-s.kept.Len() < len(b) {
		s.kept.Reset()
		s.kept.Grow(keptBlock)
	}
	at := s.kept.Len()
	s.kept.Write(b)
	return s.kept.String()[at:]
}
