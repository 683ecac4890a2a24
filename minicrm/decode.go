package minicrm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// shape is what a JSON value is.
type shape uint8

const (
	null shape = iota
	scalar
	object
	array
)

// value is a JSON value that keeps the order of an object's members, which is the order of a drop-down's options.
// MiniCRM writes numbers as strings and strings as numbers, [] for {}, null for nothing: its readers are lenient.
type value struct {
	shape   shape
	text    string   // of a scalar; true and false are "1" and "0"
	members []member // of an object or an array
}

type member struct {
	key   string // "" in an array
	value value
}

const (
	maxDepth  = 64      // of nested objects and arrays; MiniCRM's answers have four
	maxValues = 1 << 18 // keys and values in one answer: a page of 100 rows has some thousands
)

var byteOrderMark = []byte("\ufeff")

// decode reads the JSON of an answer: one value, before it byte order marks, of which MiniCRM may send several.
func decode(body []byte) (value, error) {
	for {
		body = bytes.TrimSpace(body)
		rest, found := bytes.CutPrefix(body, byteOrderMark)
		if !found {
			break
		}
		body = rest
	}
	d := &decoder{Decoder: json.NewDecoder(bytes.NewReader(body))}
	d.UseNumber()
	v, err := d.value(0)
	if err != nil {
		return value{}, fmt.Errorf("reading JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return value{}, errors.New("reading JSON: something follows the value")
	}
	return v, nil
}

// decoder walks over the tokens of one answer.
type decoder struct {
	*json.Decoder
	values int
}

func (d *decoder) value(depth int) (value, error) {
	if d.values++; d.values > maxValues {
		return value{}, fmt.Errorf("more than %d values", maxValues)
	}
	token, err := d.Token()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return value{}, err
	}
	switch token := token.(type) {
	case string:
		return value{shape: scalar, text: token}, nil
	case json.Number:
		return value{shape: scalar, text: token.String()}, nil
	case bool:
		text := "0"
		if token {
			text = "1"
		}
		return value{shape: scalar, text: text}, nil
	case json.Delim:
		if depth == maxDepth {
			return value{}, fmt.Errorf("more than %d values in one another", maxDepth)
		}
		return d.members(token, depth+1)
	}
	return value{}, nil
}

func (d *decoder) members(open json.Delim, depth int) (value, error) {
	v := value{shape: object}
	if open == '[' {
		v.shape = array
	}
	for d.More() {
		key := ""
		if v.shape == object {
			name, err := d.value(depth)
			if err != nil {
				return value{}, err
			}
			key = name.text
		}
		element, err := d.value(depth)
		if err != nil {
			return value{}, err
		}
		v.members = append(v.members, member{key, element})
	}
	if _, err := d.Token(); err != nil { // the closing bracket
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return value{}, err
	}
	return v, nil
}

// field returns the member of an object by its name, null if there is none.
func (v value) field(name string) value {
	if v.shape != object {
		return value{}
	}
	for _, m := range v.members {
		if m.key == name {
			return m.value
		}
	}
	return value{}
}

// isRecord says whether v can be a record: an object, or the [] that stands for an empty one.
func (v value) isRecord() bool {
	return v.shape == object || v.shape == array && len(v.members) == 0
}

// string returns a scalar as it was written, "" for null and what is no scalar.
func (v value) string() string { return v.text }

// list returns a scalar, or the scalars of a list joined by ", ", which is how MiniCRM prints a multiple choice.
func (v value) list() string {
	if !v.isList() {
		return v.text
	}
	return strings.Join(v.texts(), choiceSeparator)
}

// isList says whether v is an array, or the object with numbers for names as which PHP prints an array with gaps.
func (v value) isList() bool {
	if v.shape != object {
		return v.shape == array
	}
	for _, m := range v.members {
		if _, err := strconv.ParseUint(m.key, 10, 63); err != nil {
			return false
		}
	}
	return true
}

// texts returns the scalars of an array, or the one that stands without one; nothing is nil.
func (v value) texts() []string {
	if v.shape == scalar && v.text != "" {
		return []string{v.text}
	}
	var texts []string
	for _, m := range v.members {
		if m.value.shape == scalar {
			texts = append(texts, m.value.text)
		}
	}
	return texts
}

// date returns a date or a time as it was written, "" for the zeros that MiniCRM writes for none.
func (v value) date() string {
	if strings.Trim(v.text, "0-: ") == "" {
		return ""
	}
	return v.text
}

// records returns the objects of an array, those of an object by id, or v itself where it is the one object: it has
// the member name.
func (v value) records(name string) []value {
	if v.shape == object {
		for _, m := range v.members {
			if m.key == name {
				return []value{v}
			}
		}
	}
	var list []value
	for _, m := range v.members {
		if m.value.shape == object && len(m.value.members) > 0 { // an empty one may as well be printed as []
			list = append(list, m.value)
		}
	}
	return list
}

// number returns a whole number that may be written as a string or with a fraction of zeros. Nothing is 0.
func (v value) number() (int64, error) {
	if len(v.members) > 0 {
		return 0, errors.New("it is not a number")
	}
	text := strings.TrimSpace(v.text)
	if whole, fraction, found := strings.Cut(text, "."); found && strings.Trim(fraction, "0") == "" {
		text = whole
	}
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, errors.New("it is not a whole number") // its text may be a person's name
	}
	return n, nil
}

// bool reads the forms of yes: 1, "1", true. All else is no.
func (v value) bool() bool { return v.text == "1" || strings.EqualFold(v.text, "true") }

// row is one record of a list with the id it has there.
type row struct {
	value
	id int64
}

// record makes a row of v; id is its own Id, else its key in the list.
func record(key string, v value) (row, error) {
	if !v.isRecord() {
		return row{}, errors.New("reading a record: it is not an object")
	}
	id, err := v.field("Id").number()
	if err != nil {
		return row{}, fmt.Errorf("reading the Id of a record: %w", err)
	}
	if id == 0 && key != "" {
		id, err = strconv.ParseInt(key, 10, 64)
		if err != nil {
			return row{}, errors.New("reading a record: it has no Id and its key is not a number")
		}
	}
	if id <= 0 {
		return row{}, errors.New("reading a record: it has no Id")
	}
	return row{v, id}, nil
}

// numbers reads several number fields of one record and keeps the first error.
type numbers struct {
	of  value
	err error
}

func (n *numbers) field(name string) int64 {
	number, err := n.of.field(name).number()
	if err != nil && n.err == nil {
		n.err = fmt.Errorf("reading %s: %w", name, err)
	}
	return number
}

// decodeList reads {"Count": n, "Results": ...}, whose results are an object by id or an array. Their order is kept.
// A missing Count is 0: it is then not known.
func decodeList(v value) (count int, rows []row, err error) {
	count, members, err := listMembers(v)
	if err != nil {
		return 0, nil, err
	}
	for _, m := range members {
		r, err := record(m.key, m.value)
		if err != nil {
			return 0, nil, err
		}
		rows = append(rows, r)
	}
	return count, rows, nil
}

// listMembers reads the frame of a list.
func listMembers(v value) (count int, members []member, err error) {
	if v.shape == array && len(v.members) == 0 {
		return 0, nil, nil
	}
	if v.shape != object {
		return 0, nil, errors.New("reading a list: it is not an object")
	}
	n, err := v.field("Count").number()
	if err != nil {
		return 0, nil, fmt.Errorf("reading the Count of a list: %w", err)
	}
	results := v.field("Results")
	if results.shape == scalar {
		if results.text != "" {
			return 0, nil, errors.New("reading a list: its Results are neither object nor array")
		}
		return int(n), nil, nil
	}
	return int(n), results.members, nil
}
