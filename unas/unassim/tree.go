package unassim

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a document; the deepest one UNAS knows has seven levels.
const maxDepth = 200

// node is an XML element: its text when it has no children, and where it stood in the document it was read from.
type node struct {
	name        string
	text        string
	kids        []*node
	start, end  int // of its first tag's "<" and behind its last tag
	open, close int // of what is between its tags
}

// kid is the first element at the path below n, nil if there is none.
func (n *node) kid(path ...string) *node {
	for _, name := range path {
		n = n.first(name)
	}
	return n
}

func (n *node) first(name string) *node {
	if n == nil {
		return nil
	}
	for _, k := range n.kids {
		if k.name == name {
			return k
		}
	}
	return nil
}

// at is the text of the element at the path without outer white space, "" if it is not there.
func (n *node) at(path ...string) string {
	k := n.kid(path...)
	if k == nil {
		return ""
	}
	return strings.TrimSpace(k.text)
}

// all are the children of that name, in their order.
func (n *node) all(name string) []*node {
	if n == nil {
		return nil
	}
	var found []*node
	for _, k := range n.kids {
		if k.name == name {
			found = append(found, k)
		}
	}
	return found
}

// put sets the text of the child of that name and adds it at the end if it is missing.
func (n *node) put(name, text string) {
	if k := n.first(name); k != nil {
		k.text, k.kids = text, nil
		return
	}
	n.kids = append(n.kids, leaf(name, text))
}

// tree reads a whole small document and returns its root.
func tree(document []byte) (*node, error) {
	root := &node{}
	name, err := eachChild(document, func(k *node) error {
		root.kids = append(root.kids, k)
		return nil
	})
	root.name = name
	return root, err
}

// eachChild reads a document and hands over the children of its root one by one, so that a document with
// 100,000 orders never stands in memory as a tree. It returns the name of the root. It calls nothing after
// the first malformed byte, so a caller that must not act on half a document collects first.
func eachChild(document []byte, take func(*node) error) (root string, err error) {
	document = bytes.TrimPrefix(document, []byte("\ufeff"))
	d := xml.NewDecoder(bytes.NewReader(document))
	depth := 0
	for {
		start := int(d.InputOffset())
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			if root == "" {
				return "", errors.New("the document is empty")
			}
			return root, nil
		}
		if err != nil {
			return root, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth == 0 {
				if root != "" {
					return root, fmt.Errorf("a second root element %s", t.Name.Local)
				}
				root, depth = t.Name.Local, 1
				continue
			}
			k, err := element(d, t.Name.Local, start, 2)
			if err != nil {
				return root, err
			}
			if err := take(k); err != nil {
				return root, err
			}
		case xml.EndElement:
			depth = 0
		case xml.CharData:
			if depth == 0 && len(bytes.TrimSpace(t)) > 0 {
				return root, errors.New("text outside of the root element")
			}
		}
	}
}

// element reads an element whose start tag, which began at start, was just read.
func element(d *xml.Decoder, name string, start, depth int) (*node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("more than %d elements within each other", maxDepth)
	}
	n := &node{name: name, start: start, open: int(d.InputOffset())}
	var text []byte
	for {
		at := int(d.InputOffset())
		token, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("inside %s: %w", name, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			k, err := element(d, t.Name.Local, at, depth+1)
			if err != nil {
				return nil, err
			}
			n.kids = append(n.kids, k)
		case xml.CharData:
			text = append(text, t...)
		case xml.EndElement:
			n.close, n.end = at, int(d.InputOffset())
			if len(n.kids) == 0 {
				n.text = string(text)
			}
			return n, nil
		}
	}
}

// forbidden finds the runs of bytes that XML 1.0 allows nowhere: control characters, U+FFFE, U+FFFF, broken
// UTF-8, and references to such characters. Shops do print them, for customers paste them into forms.
func forbidden(document []byte) (runs [][2]int) {
	for i := 0; i < len(document); {
		c := document[i]
		if c == '&' {
			n := forbiddenReference(document[i:])
			if n > 0 {
				runs = append(runs, [2]int{i, i + n})
			}
			i += max(n, 1)
			continue
		}
		if c >= 0x20 && c < utf8.RuneSelf || c == '\t' || c == '\n' || c == '\r' {
			i++
			continue
		}
		r, n := utf8.DecodeRune(document[i:])
		if r == utf8.RuneError && n == 1 || r < 0x20 || r == 0xFFFE || r == 0xFFFF {
			runs = append(runs, [2]int{i, i + n})
		}
		i += n
	}
	return runs
}

// forbiddenReference is the length of a character reference at the start of b to a character XML forbids, else 0.
func forbiddenReference(b []byte) int {
	if len(b) < 4 || b[1] != '#' {
		return 0
	}
	end := bytes.IndexByte(b[:min(len(b), 12)], ';')
	if end < 3 {
		return 0
	}
	digits, base := b[2:end], rune(10)
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	if len(digits) == 0 {
		return 0
	}
	var r rune
	for _, c := range bytes.ToLower(digits) {
		v := rune(strings.IndexByte("0123456789abcdef", c))
		if v < 0 || v >= base || r > utf8.MaxRune {
			return 0
		}
		r = r*base + v
	}
	if r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r < 0xD800 || r > 0xDFFF && r < 0xFFFE || r > 0xFFFF && r <= utf8.MaxRune {
		return 0
	}
	return end + 1
}

// masked is the document with every forbidden byte a blank: it can be parsed, and offsets stay what they were.
func masked(document []byte) []byte {
	runs := forbidden(document)
	if len(runs) == 0 {
		return document
	}
	clean := bytes.Clone(document)
	for _, run := range runs {
		copy(clean[run[0]:run[1]], bytes.Repeat([]byte{' '}, run[1]-run[0]))
	}
	return clean
}

// stripped is the document without its forbidden bytes: what a careful reader makes of it.
func stripped(document []byte) []byte {
	runs := forbidden(document)
	if len(runs) == 0 {
		return document
	}
	clean := make([]byte, 0, len(document))
	from := 0
	for _, run := range runs {
		clean = append(clean, document[from:run[0]]...)
		from = run[1]
	}
	return append(clean, document[from:]...)
}
