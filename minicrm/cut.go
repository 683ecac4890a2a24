package minicrm

import (
	"unicode"
	"unicode/utf8"
)

const zeroWidthJoiner = '\u200d'

// Cut returns the beginning of s that has at most length characters (code points). It cuts neither inside a rune nor
// inside what a reader sees as one letter: before a combining mark, a variation selector or a skin tone, on either
// side of a zero-width joiner, inside a flag, between CR and LF. Where that would leave nothing, it
// cuts at length.
func Cut(s string, length int) string {
	if len(s) <= length {
		return s
	}
	end, n := 0, 0
	for end < len(s) && n < length {
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
		n++
	}
	hard := end
	for end > 0 && end < len(s) && !boundary(s, end) {
		_, size := utf8.DecodeLastRuneInString(s[:end])
		end -= size
	}
	if end == 0 {
		return s[:hard]
	}
	return s[:end]
}

// boundary says whether s may be cut at i, 0 < i < len(s).
func boundary(s string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i:])
	switch {
	case unicode.Is(unicode.M, after), after == zeroWidthJoiner, before == zeroWidthJoiner:
		return false
	case skinTone(after), tag(after):
		return false
	case before == '\r' && after == '\n':
		return false
	case regionalIndicator(before) && regionalIndicator(after):
		return indicatorsBefore(s, i)%2 == 0
	}
	return true
}

// tag says whether r is one of the invisible letters behind the flag of a region.
func tag(r rune) bool { return 0xE0020 <= r && r <= 0xE007F }

func skinTone(r rune) bool { return 0x1F3FB <= r && r <= 0x1F3FF }

// regionalIndicator says whether r is one of the letters two of which make a flag.
func regionalIndicator(r rune) bool { return 0x1F1E6 <= r && r <= 0x1F1FF }

// indicatorsBefore counts the regional indicators that end at i without a gap.
func indicatorsBefore(s string, i int) int {
	n := 0
	for i > 0 {
		r, size := utf8.DecodeLastRuneInString(s[:i])
		if !regionalIndicator(r) {
			break
		}
		i -= size
		n++
	}
	return n
}
