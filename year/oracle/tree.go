package oracle

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// element is a piece of XML as it was written.
type element struct {
	name     string
	text     string
	children []*element
}

func parse(text string) (*element, error) {
	decoder := xml.NewDecoder(strings.NewReader(text))
	root := &element{}
	open := []*element{root}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading XML: %w", err)
		}
		at := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			child := &element{name: t.Name.Local}
			at.children = append(at.children, child)
			open = append(open, child)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			at.text += string(t)
		}
	}
	if len(root.children) != 1 {
		return nil, fmt.Errorf("reading XML: %d elements at the top, want one", len(root.children))
	}
	return root.children[0], nil
}

// at follows a path of names, the first element of each; never nil.
func (e *element) at(path string) *element {
	for name := range strings.SplitSeq(path, "/") {
		var next *element
		for _, child := range e.children {
			if child.name == name {
				next = child
				break
			}
		}
		if next == nil {
			return &element{}
		}
		e = next
	}
	return e
}

// get is the text at a path without outer white space.
func (e *element) get(path string) string { return strings.TrimSpace(e.at(path).text) }

func (e *element) all(name string) []*element {
	var found []*element
	for _, child := range e.children {
		if child.name == name {
			found = append(found, child)
		}
	}
	return found
}
