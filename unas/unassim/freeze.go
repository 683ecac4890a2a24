package unassim

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"unsafe"
)

// freezer writes values of any shape as JSON, unexported fields too, so that a field added to any part of the
// world is saved without anybody thinking of it. What cannot be saved is an error, never left out.
type freezer struct {
	out  *bytes.Buffer
	seen map[uintptr]bool // pointers met so far
}

// opened is v with its unexported fields open to reading and writing; v is addressable.
func opened(v reflect.Value) reflect.Value {
	return reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
}

// settled are copies of map elements, which cannot be addressed where they are.
func settled(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	c.Set(v)
	return c
}

// selfWritten tells whether a type knows its own JSON: times, addresses, decimals.
func selfWritten(t reflect.Type) bool {
	return t.Kind() != reflect.Pointer && (t.Implements(reflect.TypeFor[json.Marshaler]()) || t.Implements(reflect.TypeFor[encoding.TextMarshaler]()))
}

func (f *freezer) value(v reflect.Value) error {
	switch t := v.Type(); {
	case whole(t):
		return f.plain(v)
	case t.Kind() == reflect.Pointer:
		return f.pointer(v)
	case t.Kind() == reflect.Struct:
		return f.fields(v)
	case t.Kind() == reflect.Array:
		return f.list(v)
	case v.IsNil():
		f.out.WriteString("null")
		return nil
	case t.Kind() == reflect.Map:
		return f.table(v)
	}
	return f.list(v)
}

// plain writes what the json package writes whole. It refuses functions, channels and interfaces.
func (f *freezer) plain(v reflect.Value) error {
	if v.Kind() == reflect.Interface {
		return fmt.Errorf("a %s cannot be saved", v.Type())
	}
	text, err := json.Marshal(v.Interface())
	f.out.Write(text)
	return err
}

func (f *freezer) pointer(v reflect.Value) error {
	if v.IsNil() {
		f.out.WriteString("null")
		return nil
	}
	if f.seen[v.Pointer()] {
		return fmt.Errorf("a %s is reachable twice: it would come back as two", v.Type())
	}
	f.seen[v.Pointer()] = true
	return f.value(v.Elem())
}

func (f *freezer) list(v reflect.Value) error {
	f.out.WriteByte('[')
	for i := range v.Len() {
		if i > 0 {
			f.out.WriteByte(',')
		}
		if err := f.value(v.Index(i)); err != nil {
			return err
		}
	}
	f.out.WriteByte(']')
	return nil
}

// table writes a map by ascending key, each entry on a line.
func (f *freezer) table(v reflect.Value) error {
	byText := map[string]reflect.Value{}
	for _, k := range v.MapKeys() {
		text, err := keyText(k)
		if err != nil {
			return err
		}
		byText[text] = v.MapIndex(k)
	}
	names := make([]string, 0, len(byText))
	for text := range byText {
		names = append(names, text)
	}
	slices.Sort(names)
	f.out.WriteByte('{')
	for i, text := range names {
		if i > 0 {
			f.out.WriteByte(',')
		}
		name, err := json.Marshal(text)
		if err != nil {
			return err
		}
		f.out.WriteByte('\n')
		f.out.Write(name)
		f.out.WriteByte(':')
		if err := f.value(settled(byText[text])); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	f.out.WriteByte('}')
	return nil
}

func keyText(k reflect.Value) (string, error) {
	if m, ok := reflect.TypeAssert[encoding.TextMarshaler](k); ok {
		text, err := m.MarshalText()
		return string(text), err
	}
	if k.Kind() != reflect.String {
		return "", fmt.Errorf("a map by %s cannot be saved", k.Type())
	}
	return k.String(), nil
}

// fields writes the fields of a struct that are not zero.
func (f *freezer) fields(v reflect.Value) error {
	f.out.WriteByte('{')
	comma := ""
	for i := range v.NumField() {
		field := opened(v.Field(i))
		if field.IsZero() {
			continue
		}
		name := v.Type().Field(i).Name
		fmt.Fprintf(f.out, "%s%q:", comma, name)
		if err := f.value(field); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		comma = ","
	}
	f.out.WriteByte('}')
	return nil
}

// whole tells whether the json package reads and writes values of a type in one piece.
func whole(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice:
		return selfWritten(t) || t.Elem().Kind() == reflect.Uint8
	case reflect.Struct, reflect.Map, reflect.Array:
		return selfWritten(t)
	case reflect.Pointer:
		return whole(t.Elem())
	}
	return true
}

// thaw reads into v, which is addressable, what a freezer wrote. It goes from token to token, for a world can
// have hundreds of megabytes.
func thaw(d *json.Decoder, v reflect.Value) error {
	if whole(v.Type()) {
		return d.Decode(v.Addr().Interface())
	}
	opening, err := d.Token()
	if err != nil {
		return err
	}
	if opening == nil {
		v.SetZero()
		return nil
	}
	for v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Map:
		return thawTable(d, opening, v)
	case reflect.Struct:
		return thawFields(d, opening, v)
	}
	return thawList(d, opening, v)
}

// errNothing is what a file of a changed hand can hold and no shop can live with.
var errNothing = errors.New("null where something should be")

// thawThere is thaw for what a list or a map holds: no entry of one is nothing.
func thawThere(d *json.Decoder, v reflect.Value) error {
	err := thaw(d, v)
	if err == nil && v.Kind() == reflect.Pointer && v.IsNil() {
		return errNothing
	}
	return err
}

func thawList(d *json.Decoder, opening json.Token, v reflect.Value) error {
	if opening != json.Delim('[') {
		return fmt.Errorf("%v where a list should be", opening)
	}
	if v.Kind() == reflect.Slice {
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	}
	for i := 0; d.More(); i++ {
		switch {
		case v.Kind() == reflect.Slice:
			v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
		case i == v.Len():
			return fmt.Errorf("more than %d elements", i)
		}
		if err := thawThere(d, v.Index(i)); err != nil {
			return fmt.Errorf("%d: %w", i, err)
		}
	}
	_, err := d.Token() // the closing one
	return err
}

func thawTable(d *json.Decoder, opening json.Token, v reflect.Value) error {
	t := v.Type()
	v.Set(reflect.MakeMap(t))
	return members(d, opening, func(text string) error {
		key, value := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		if m, ok := reflect.TypeAssert[encoding.TextUnmarshaler](key.Addr()); ok {
			if err := m.UnmarshalText([]byte(text)); err != nil {
				return err
			}
		} else {
			key.SetString(text)
		}
		if err := thawThere(d, value); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
		v.SetMapIndex(key, value)
		return nil
	})
}

func thawFields(d *json.Decoder, opening json.Token, v reflect.Value) error {
	return members(d, opening, func(text string) error {
		field := v.FieldByName(text)
		if !field.IsValid() {
			return fmt.Errorf("there is no %q in a %s", text, v.Type())
		}
		if err := thaw(d, opened(field)); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
		return nil
	})
}

// object reads an object; take has to read the value behind each name.
func object(d *json.Decoder, take func(name string) error) error {
	opening, err := d.Token()
	if err != nil {
		return err
	}
	return members(d, opening, take)
}

// members is object for those who have read the first token.
func members(d *json.Decoder, opening json.Token, take func(name string) error) error {
	if opening != json.Delim('{') {
		return fmt.Errorf("%v where an object should be", opening)
	}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string) // the decoder allows nothing else here
		if err := take(name); err != nil {
			return err
		}
	}
	_, err := d.Token() // the closing one
	return err
}
