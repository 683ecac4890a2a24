package punte

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// quotes are the typographic marks that people paste instead of the plain one.
const quotes = "“”„‟«»‹›‘’‚‛″＂"

// PlainJSON makes pasted JSON plain: typographic quotation marks of every kind
// around names and values become the plain one, and no-break and other special
// blanks between them become spaces. What stands inside plain quotation marks is
// left as it is. Lines stay where they were.
func PlainJSON(text string) string {
	text = strings.TrimPrefix(text, "\ufeff")
	var out strings.Builder
	out.Grow(len(text))
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '"':
			end := plainEnd(text, i+1)
			out.WriteString(text[i:end])
			i = end
		case strings.ContainsRune(quotes, r):
			end, next := typographicEnd(text, i+size)
			out.WriteString(quote(text[i+size : end]))
			i = next
		case r != '\n' && r != '\r' && r != '\t' && (unicode.IsSpace(r) || invisible(r)):
			out.WriteByte(' ')
			i += size
		default:
			out.WriteString(text[i : i+size])
			i += size
		}
	}
	return out.String()
}

// invisible says that a character takes no room: zero-width blanks come along when
// people copy from web pages.
func invisible(r rune) bool {
	return r == '\u200b' || r == '\u200c' || r == '\u200d' || r == '\u2060' || r == '\ufeff'
}

// plainEnd is the offset behind the closing mark of a plainly quoted text that
// begins at from.
func plainEnd(text string, from int) int {
	for i := from; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// typographicEnd finds the closing mark of a text that began with a typographic
// one: the first mark of any kind that a colon, a comma, a bracket or the end
// follows. So marks within a name survive.
func typographicEnd(text string, from int) (end, next int) {
	for i := from; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == '\n' {
			return i, i
		}
		if r == '"' || strings.ContainsRune(quotes, r) {
			rest := strings.TrimLeftFunc(text[i+size:], func(r rune) bool { return unicode.IsSpace(r) || invisible(r) })
			if rest == "" || strings.ContainsRune(":,}]", rune(rest[0])) {
				return i, i + size
			}
		}
		i += size
	}
	return len(text), len(text)
}

// quote writes a text between plain marks; an escape that stands in it already is kept.
func quote(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			out.WriteString(text[i : i+2])
			i++
		case text[i] == '"' || text[i] == '\\':
			out.WriteByte('\\')
			out.WriteByte(text[i])
		default:
			out.WriteByte(text[i])
		}
	}
	out.WriteByte('"')
	return out.String()
}
