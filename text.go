package punte

import (
	"strings"
	"unicode"
)

// blank says that a text holds nothing a person could read: blanks of any kind, and
// characters without a shape such as the zero-width ones that copying brings along.
func blank(s string) bool {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }) == ""
}
