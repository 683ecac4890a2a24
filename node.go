package punte

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// node is a JSON value that knows where it stands, so that a mistake can be named
// with its line, and that keeps the members of objects in order and notices names
// that stand twice: encoding/json would silently take the last.
type node struct {
	path    string
	line    int
	kind    byte // '{', '[', '"', '0', 't' (true or false), 'n' (null)
	text    string
	members []member
	items   []node
}

type member struct {
	name  string
	line  int
	value node
}

// maxDocument bounds a connection document; one with a thousand statuses has 100 kB.
const maxDocument = 4 << 20

// parseNode reads one JSON value. Names that stand twice in an object are refused.
func parseNode(text string) (node, error) {
	if len(text) > maxDocument {
		return node{}, Errorf(Invalid, "the document is longer than %d bytes", maxDocument)
	}
	p := &nodeParser{text: text, dec: json.NewDecoder(strings.NewReader(text))}
	p.dec.UseNumber()
	n, err := p.value("", 0)
	if err != nil {
		return node{}, p.located(err)
	}
	if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
		return node{}, Errorf(Invalid, "line %d: there is something behind the end of the document", p.line())
	}
	return n, nil
}

type nodeParser struct {
	text  string
	dec   *json.Decoder
	at    int // offset up to which lines were counted
	lines int
}

// line is the line of the last token, counted from one. It counts on from where it
// was asked last, for a document has many tokens.
func (p *nodeParser) line() int {
	offset := int(p.dec.InputOffset())
	p.lines += strings.Count(p.text[p.at:offset], "\n")
	p.at = offset
	return 1 + p.lines
}

// located gives a mistake of the JSON itself its line.
func (p *nodeParser) located(err error) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	line := p.line()
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		line = 1 + strings.Count(p.text[:p.faultAt(syntax.Offset)], "\n")
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return Errorf(Invalid, "line %d: the document ends before it is complete", line)
	}
	return Errorf(Invalid, "line %d: this is not JSON: %w", line, err)
}

// faultAt is the offset of the character at fault. The scanner of encoding/json
// counts it from one; errors about a token that is out of place give the offset
// where the last token ended, with blanks before the character to be passed over.
func (p *nodeParser) faultAt(offset int64) int {
	at := min(max(int(offset)-1, 0), len(p.text))
	if offset == p.dec.InputOffset() {
		at = min(int(offset), len(p.text))
	}
	return len(p.text) - len(strings.TrimLeft(p.text[at:], " \t\r\n"))
}

// maxDepth bounds nesting; a connection document needs three levels.
const maxDepth = 16

func (p *nodeParser) value(path string, depth int) (node, error) {
	if depth > maxDepth {
		return node{}, Errorf(Invalid, "line %d: the document is nested too deeply", p.line())
	}
	token, err := p.dec.Token()
	if err != nil {
		return node{}, err
	}
	n := node{path: path, line: p.line()}
	switch v := token.(type) {
	case json.Delim:
		n.kind = byte(v)
		if v == '{' {
			err = p.object(&n, depth)
		} else {
			err = p.array(&n, depth)
		}
	case string:
		n.kind, n.text = '"', v
	case json.Number:
		n.kind, n.text = '0', v.String()
	case bool:
		n.kind, n.text = 't', fmt.Sprint(v)
	case nil:
		n.kind = 'n'
	}
	return n, err
}

func (p *nodeParser) object(n *node, depth int) error {
	seen := map[string]int{}
	for p.dec.More() {
		token, err := p.dec.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		line := p.line()
		path := strings.TrimPrefix(n.path+"."+name, ".")
		if first, twice := seen[name]; twice {
			return Errorf(Invalid, "line %d: %q stands twice in %s (first on line %d); keep one", line, name, n.name(), first)
		}
		seen[name] = line
		value, err := p.value(path, depth+1)
		if err != nil {
			return err
		}
		n.members = append(n.members, member{name: name, line: line, value: value})
	}
	_, err := p.dec.Token()
	return err
}

func (p *nodeParser) array(n *node, depth int) error {
	for p.dec.More() {
		item, err := p.value(fmt.Sprintf("%s[%d]", n.path, len(n.items)), depth+1)
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
	}
	_, err := p.dec.Token()
	return err
}

// name is how a message calls the node.
func (n node) name() string {
	if n.path == "" {
		return "the document"
	}
	return n.path
}
