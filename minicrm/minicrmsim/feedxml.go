package minicrmsim

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// An element is one XML element with its children.
type element struct {
	name     string
	id       string // the attribute Id
	text     string // the character data directly inside
	children []*element
}

const maxDepth = 12 // of elements inside a Project

func readElement(d *xml.Decoder, start xml.StartElement, depth int) (*element, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("elements are nested more than %d deep", maxDepth)
	}
	e := &element{name: start.Name.Local}
	for _, a := range start.Attr {
		if a.Name.Local == "Id" {
			e.id = a.Value
		}
	}
	var text strings.Builder
	for {
		at := d.InputOffset()
		token, err := d.Token()
		if err == nil {
			err = wellFormed(token, at, true)
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			child, err := readElement(d, token, depth+1)
			if err != nil {
				return nil, err
			}
			e.children = append(e.children, child)
		case xml.CharData:
			text.Write(token)
		case xml.EndElement:
			e.text = text.String()
			return e, nil
		}
	}
}

// readProjects takes a document apart. With an error come the Projects that
// stand before it.
func readProjects(body []byte) ([]*element, error) {
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\uFEFF"))))
	var all []*element
	begun, ended := false, false
	for {
		at := d.InputOffset()
		token, err := d.Token()
		if errors.Is(err, io.EOF) && begun {
			return all, nil
		}
		if errors.Is(err, io.EOF) {
			return all, errors.New("there is no root element Projects")
		}
		if err == nil {
			err = wellFormed(token, at, begun && !ended)
		}
		if err != nil {
			return all, err
		}
		start, ok := token.(xml.StartElement)
		switch _, end := token.(xml.EndElement); {
		case end:
			ended = true // of the root: those of Projects are read with them
		case !ok:
		case !begun && start.Name.Local == "Projects":
			begun = true
		case begun && !ended && start.Name.Local == "Project":
			project, err := readElement(d, start, 0)
			if err != nil {
				return all, err
			}
			all = append(all, project)
		default:
			return all, fmt.Errorf("unexpected element %s", start.Name.Local)
		}
	}
}

// wellFormed refuses what encoding/xml lets pass and MiniCRM's parser would
// not: a declaration that does not come first, text and document types at wrong
// places, an attribute given twice. At is where the token begins.
func wellFormed(token xml.Token, at int64, inside bool) error {
	switch token := token.(type) {
	case xml.ProcInst:
		if strings.EqualFold(token.Target, "xml") && at > 0 {
			return fmt.Errorf("the XML declaration stands at byte %d, not at the beginning", at)
		}
	case xml.Directive:
		if inside {
			return errors.New("a document type stands inside of an element")
		}
	case xml.CharData:
		if !inside && len(bytes.TrimSpace(token)) > 0 {
			return fmt.Errorf("text stands outside of the root element: %q", clip(strings.ToValidUTF8(string(token), "\uFFFD")))
		}
	case xml.StartElement:
		for i, a := range token.Attr {
			if slices.ContainsFunc(token.Attr[:i], func(other xml.Attr) bool { return other.Name == a.Name }) {
				return fmt.Errorf("the attribute %s of %s is given twice", a.Name.Local, token.Name.Local)
			}
		}
	}
	return nil
}

// child is the first child of a name, nil if there is none.
func (e *element) child(name string) *element {
	for _, child := range e.children {
		if child.name == name {
			return child
		}
	}
	return nil
}

// value is the text of a child and whether the child is there.
func (e *element) value(name string) (string, bool) {
	child := e.child(name)
	if child == nil {
		return "", false
	}
	return child.text, true
}

// word is a child's text without outer white space.
func (e *element) word(name string) string {
	text, _ := e.value(name)
	return strings.TrimSpace(text)
}
