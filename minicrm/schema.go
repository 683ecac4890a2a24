package minicrm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
)

var errNoObject = errors.New("the answer is not an object")

// The types of fields. A type that MiniCRM's documents do not name is kept as sent.
const (
	TypeText     = "Text"
	TypeInt      = "Int"
	TypeFloat    = "Float"
	TypeBoolean  = "Boolean"
	TypeDateTime = "DateTime"
	TypeFile     = "File"
	TypeEnum     = "Enum" // one choice
	TypeSet      = "Set"  // several choices
)

// Schema is the list of a module's fields in the order sent.
type Schema struct {
	Fields []Field
}

// Field is a field of a module's cards.
type Field struct {
	Name    string // the API name, which is also the name of its element in a document
	Type    string
	Length  int // of a Text, in characters; 0 if not told
	Options []Option
}

// Option is a choice of an Enum or Set field.
type Option struct {
	ID    int64
	Label string
}

// Field returns the field of that API name, whose case counts.
func (s Schema) Field(name string) (Field, bool) {
	for _, f := range s.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// Users returns the users who can own a card of the module (UserId). MiniCRM has no other list of users.
func (s Schema) Users() []Option { return s.options("UserId") }

// Statuses returns the statuses of the module (StatusId).
func (s Schema) Statuses() []Option { return s.options("StatusId") }

func (s Schema) options(name string) []Option {
	f, _ := s.Field(name)
	return f.Options
}

// ProjectSchema returns the fields of a module's cards.
func (c *Client) ProjectSchema(ctx context.Context, category int64) (Schema, error) {
	const endpoint = "R3/Schema/Project"
	v, err := c.get(ctx, endpoint, endpoint+"/"+strconv.FormatInt(category, 10), nil)
	if err != nil {
		return Schema{}, err
	}
	s, err := schema(v)
	if err != nil {
		return Schema{}, malformed(Call{endpoint}, http.StatusOK, err)
	}
	return s, nil
}

func schema(v value) (Schema, error) {
	if !v.isRecord() {
		return Schema{}, errNoObject
	}
	var s Schema
	for _, m := range v.members {
		f, err := field(m.key, m.value)
		if err != nil {
			return Schema{}, fmt.Errorf("reading the field %.100q: %w", m.key, err)
		}
		s.Fields = append(s.Fields, f)
	}
	return s, nil
}

// typeAndSize is the form of "Text(512)" and "File(10MB)".
var typeAndSize = regexp.MustCompile(`^([A-Za-z]+)\((\d{1,9})([A-Za-z]*)\)$`)

func field(name string, v value) (Field, error) {
	f := Field{Name: name, Type: v.text}
	if v.shape == object || v.shape == array {
		options, err := options(v)
		if err != nil {
			return Field{}, err
		}
		f.Options, f.Type = options, TypeEnum
		if isSet(name, options) {
			f.Type = TypeSet
		}
		return f, nil
	}
	if found := typeAndSize.FindStringSubmatch(v.text); found != nil {
		f.Type = found[1]
		if found[3] == "" {
			f.Length, _ = strconv.Atoi(found[2]) // nine digits at most
		}
	}
	return f, nil
}

// options reads {"1507": "label", ...}; an option without id is the empty choice and left out. PHP prints an array if
// the ids are 0, 1, 2 and so on.
func options(v value) ([]Option, error) {
	var list []Option
	for i, m := range v.members {
		if v.shape == array {
			list = append(list, Option{ID: int64(i), Label: m.value.string()})
			continue
		}
		if m.key == "" {
			continue
		}
		id, err := strconv.ParseInt(m.key, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("the id %.40q of an option is not a number", m.key)
		}
		list = append(list, Option{ID: id, Label: m.value.string()})
	}
	return list, nil
}

// isSet guesses whether a field takes several choices: nothing in the answer says so, but then the ids are bits. One
// choice alone does not tell, nor do the fields that every card has.
func isSet(name string, options []Option) bool {
	switch name {
	case "StatusId", "UserId", "CategoryId", "CreatedBy", "UpdatedBy":
		return false
	}
	for _, o := range options {
		if o.ID <= 0 || o.ID&(o.ID-1) != 0 {
			return false
		}
	}
	return len(options) > 1
}
