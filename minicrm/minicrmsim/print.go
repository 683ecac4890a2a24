package minicrmsim

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// An object is a JSON object whose keys keep their order, as PHP's arrays do.
type object []member

type member struct {
	key   string
	value any
}

// with appends one member.
func (o object) with(key string, value any) object {
	return append(o, member{key, value})
}

// results is the body of a list: the number of all results and the hundred of
// one page, an object by id.
func (c *CRM) results(count int, rows object) object {
	var list any = rows
	if len(rows) == 0 {
		list = c.emptyResults()
	}
	return object{{"Count", count}, {"Results", list}}
}

func (c *CRM) emptyResults() any {
	if c.o.Switches.EmptyObject {
		return object{}
	}
	return []any{}
}

// print writes a value the way MiniCRM does: one line, and unless the switch
// says otherwise with the escapes of PHP's json_encode.
func (c *CRM) print(v any) []byte {
	var out []byte
	if c.o.Switches.BOM {
		out = append(out, "\uFEFF"...)
	}
	return appendJSON(out, v, !c.o.Switches.PlainJSON)
}

func appendJSON(out []byte, v any, php bool) []byte {
	switch v := v.(type) {
	case string:
		return appendString(out, v, php)
	case int:
		return strconv.AppendInt(out, int64(v), 10)
	case int64:
		return strconv.AppendInt(out, v, 10)
	case json.Number:
		return append(out, v...)
	case object:
		return appendObject(out, v, php)
	case []any:
		out = append(out, '[')
		for i, element := range v {
			out = appendComma(out, i)
			out = appendJSON(out, element, php)
		}
		return append(out, ']')
	}
	panic("minicrmsim: a value that JSON answers never contain")
}

func appendObject(out []byte, o object, php bool) []byte {
	out = append(out, '{')
	for i, m := range o {
		out = appendComma(out, i)
		out = appendString(out, m.key, php)
		out = append(out, ':')
		out = appendJSON(out, m.value, php)
	}
	return append(out, '}')
}

func appendComma(out []byte, i int) []byte {
	if i == 0 {
		return out
	}
	return append(out, ',')
}

func appendString(out []byte, s string, php bool) []byte {
	out = append(out, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r == '/' && php:
			out = append(out, '\\', '/')
		case r == '\n':
			out = append(out, '\\', 'n')
		case r == '\r':
			out = append(out, '\\', 'r')
		case r == '\t':
			out = append(out, '\\', 't')
		case r < 0x20:
			out = appendEscape(out, r)
		case r < utf8.RuneSelf || !php:
			out = utf8.AppendRune(out, r)
		case r > 0xFFFF:
			r -= 0x10000
			out = appendEscape(out, 0xD800+r>>10)
			out = appendEscape(out, 0xDC00+r&0x3FF)
		default:
			out = appendEscape(out, r)
		}
	}
	return append(out, '"')
}

func appendEscape(out []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	return append(out, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}
