package minicrm

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
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

// Field is a field of a module's cards, or of a person or business.
type Field struct {
	Name    string // the API name, which is also the name of its element in a document
	Type    string
	Length  int   // of a Text, in characters; 0 if not told
	MaxSize int64 // of a File, in bytes; 0 if not told
	Options []Option

	// MaybeSet says that Type was guessed from the ids of the options, since nothing in the answer tells one choice from
	// several: all ids are powers of two, so that the field may be either. See ProjectSchema.
	MaybeSet bool
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
//
// The answer shows a drop-down and a multiple choice alike, as ids and labels. Only the ids hint at several choices, for
// they are bits then. A drop-down may have such ids by chance, above all one with a single option or two. So a field is
// taken for a Set if it has three options or more and all their ids are powers of two; with one or two it is taken for
// an Enum. MaybeSet marks both. A field whose name says what it is (Enum1221, StatusId) is not guessed at. Field.Value
// and Field.Choices serve either kind. Source: MiniCRM Integrations Manual, "Schema of the card"; the powers of two
// were seen in recorded answers.
func (c *Client) ProjectSchema(ctx context.Context, category int64) (Schema, error) {
	const endpoint = "R3/Schema/Project"
	return read(ctx, c, endpoint, endpoint+"/"+strconv.FormatInt(category, 10), nil, schema)
}

// PersonSchema returns the fields of persons. Source: MiniCRM's help, "REST API", Schema.
func (c *Client) PersonSchema(ctx context.Context) (Schema, error) {
	const endpoint = "R3/Schema/Person"
	return read(ctx, c, endpoint, endpoint, nil, schema)
}

// BusinessSchema returns the fields of companies.
func (c *Client) BusinessSchema(ctx context.Context) (Schema, error) {
	const endpoint = "R3/Schema/Business"
	return read(ctx, c, endpoint, endpoint, nil, schema)
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
		f.Options = options
		f.Type, f.MaybeSet = choiceType(name, options)
		return f, nil
	}
	found := typeAndSize.FindStringSubmatch(v.text)
	if found == nil {
		return f, nil
	}
	f.Type = found[1]
	size, _ := strconv.ParseInt(found[2], 10, 64) // nine digits at most
	if found[3] == "" {
		f.Length = int(size)
		return f, nil
	}
	f.MaxSize = size * unitBytes(found[3])
	return f, nil
}

// unitBytes returns how many bytes a unit of file sizes has, 0 for an unknown one.
func unitBytes(unit string) int64 {
	switch strings.ToUpper(unit) {
	case "B":
		return 1
	case "KB":
		return 1 << 10
	case "MB":
		return 1 << 20
	case "GB":
		return 1 << 30
	}
	return 0
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

// fewestBits is the number of options from which powers of two are taken for the bits of a Set.
const fewestBits = 3

var enumName = regexp.MustCompile(`^Enum\d+$`)

// choiceType says whether a field takes one choice or several, and whether that is a guess.
func choiceType(name string, options []Option) (typ string, maybeSet bool) {
	switch name {
	case "StatusId", "UserId", "CategoryId", "CreatedBy", "UpdatedBy":
		return TypeEnum, false
	}
	if enumName.MatchString(name) || !bits(options) {
		return TypeEnum, false
	}
	if len(options) < fewestBits {
		return TypeEnum, true
	}
	return TypeSet, true
}

// bits says whether the ids of options are different powers of two.
func bits(options []Option) bool {
	var seen int64
	for _, o := range options {
		if o.ID <= 0 || o.ID&(o.ID-1) != 0 || seen&o.ID != 0 {
			return false
		}
		seen |= o.ID
	}
	return len(options) > 0
}
