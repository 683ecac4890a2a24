package sheet

import (
	_ "embed" // the fonts
	"encoding/binary"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Inter of Debian's fonts-inter, made smaller by font/make.py: Latin, Greek and
// Cyrillic letters, with figures of one width. font/OFL.txt is its licence.
var (
	//go:embed font/Inter-Regular.ttf
	regular string
	//go:embed font/Inter-SemiBold.ttf
	semiBold string
)

// box stands for characters the fonts do not have.
const box = '□'

// runes tells which characters the fonts have.
var runes = sync.OnceValue(func() map[rune]bool { return characters(regular) })

// characters reads the characters of a TrueType font of one table of format 4, as
// make.py writes it.
func characters(font string) map[rune]bool {
	data := []byte(font)
	short := func(at int) int { return int(binary.BigEndian.Uint16(data[at:])) }
	long := func(at int) int { return int(binary.BigEndian.Uint32(data[at:])) }
	found := map[rune]bool{}
	for i := range short(4) {
		entry := 12 + 16*i
		if string(data[entry:entry+4]) != "cmap" {
			continue
		}
		cmap := long(entry + 8)
		for j := range short(cmap + 2) {
			table := cmap + long(cmap+4+8*j+4)
			if short(table) != 4 {
				continue
			}
			segments := short(table+6) / 2
			for s := range segments {
				end, start := short(table+14+2*s), short(table+16+2*segments+2*s)
				for c := start; c <= end && c != 0xFFFF; c++ {
					found[rune(c)] = true
				}
			}
		}
	}
	return found
}

// clean makes a text printable: one form for each letter, no control characters or
// marks without a width, and one box for each run of characters that the fonts do
// not have. It says whether there was such a run.
func clean(text string) (printable string, boxed bool) {
	var out strings.Builder
	missing := false
	for _, r := range norm.NFC.String(text) {
		switch {
		case r == '\n':
			out.WriteRune(r)
		case r == '\t', unicode.IsSpace(r) && !runes()[r]:
			out.WriteByte(' ')
		case runes()[r] && r != '\u00ad':
			out.WriteRune(r)
		case unicode.IsControl(r), unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
			continue // a skin colour or a joiner belongs to the character before it
		default:
			if !missing {
				out.WriteRune(box)
			}
			missing, boxed = true, true
			continue
		}
		missing = false
	}
	return out.String(), boxed
}

// clip shortens a text to so many characters.
func clip(text string, most int) (clipped string, cut bool) {
	n := 0
	for i := range text {
		if n == most {
			return strings.TrimRight(text[:i], " ") + "…", true
		}
		n++
	}
	return text, false
}
