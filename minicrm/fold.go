package minicrm

import (
	"strings"
	"unicode"
)

// fold makes two spellings of one label equal: case, the accents of Hungarian and Romanian (with comma, cedilla, as
// one character or as two), typographic apostrophes, hyphens and white space do not count.
func fold(s string) string {
	var b strings.Builder
	for _, r := range s {
		r = unicode.ToLower(r)
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsSpace(r), r == '-', r == '\u2010', r == '\u2011':
			b.WriteByte(' ')
		case r == '\u2019':
			b.WriteByte('\'')
		default:
			b.WriteRune(unaccented(r))
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// unaccented returns the bare letter of a lower-case letter of the three languages, other runes as they are.
func unaccented(r rune) rune {
	switch r {
	case 'á', 'â', 'ă', 'ã':
		return 'a'
	case 'é':
		return 'e'
	case 'í', 'î':
		return 'i'
	case 'ó', 'ö', 'ő', 'ô':
		return 'o'
	case 'ú', 'ü', 'ű':
		return 'u'
	case 'ș', 'ş':
		return 's'
	case 'ț', 'ţ':
		return 't'
	}
	return r
}
