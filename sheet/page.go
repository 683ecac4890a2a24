package sheet

import (
	"strings"

	"codeberg.org/go-pdf/fpdf"
)

// Measures of the page, in millimetres.
const (
	paperWidth  = 210.0
	paperHeight = 297.0
	margin      = 16.0
	top         = 17.0
	bottom      = paperHeight - 21
	footerY     = paperHeight - 13
	width       = paperWidth - 2*margin
	right       = paperWidth - margin

	millimetre = 25.4 / 72 // of a point
)

// color is red, green and blue.
type color [3]int

var (
	ink    = color{0x1B, 0x25, 0x33}
	gray   = color{0x54, 0x60, 0x6F}
	blue   = color{0x17, 0x45, 0x7F}
	green  = color{0x1C, 0x6B, 0x3F}
	amber  = color{0x8A, 0x50, 0x00}
	paleG  = color{0xE3, 0xF3, 0xE9}
	paleA  = color{0xFD, 0xF1, 0xDC}
	hair   = color{0xDC, 0xE2, 0xEA}
	strong = color{0x85, 0x93, 0xA6}
)

// font is a weight, a size in points and a color.
type font struct {
	weight string // "" or "B"
	size   float64
	color  color
}

// height is the distance of two lines, in millimetres.
func (f font) height() float64 { return f.size * 1.4 * millimetre }

// paper is what is drawn on.
type paper struct {
	pdf    *fpdf.Fpdf
	y      float64 // where the next thing begins
	widths map[string]map[rune]float64
	boxed  bool // a character was missing in the fonts
	turn   func()
}

// clean makes a text printable and notes if a box had to stand for something.
func (p *paper) clean(text string) string {
	text, boxed := clean(text)
	p.boxed = p.boxed || boxed
	return text
}

// use makes a font the current one.
func (p *paper) use(f font) {
	p.pdf.SetFont("inter", f.weight, f.size)
	p.pdf.SetTextColor(f.color[0], f.color[1], f.color[2])
}

// rune is the width of a character, at a size of one point.
func (p *paper) rune(weight string, r rune) float64 {
	known := p.widths[weight]
	if known == nil {
		known = map[rune]float64{}
		p.widths[weight] = known
	}
	wide, ok := known[r]
	if !ok {
		p.pdf.SetFont("inter", weight, 1000)
		wide = p.pdf.GetStringWidth(string(r)) / 1000
		known[r] = wide
	}
	return wide
}

// measure is the width of a printable text.
func (p *paper) measure(f font, text string) float64 {
	var sum float64
	for _, r := range text {
		sum += p.rune(f.weight, r) * f.size
	}
	return sum
}

// left writes one line with its upper edge at y.
func (p *paper) left(f font, x, y float64, text string) {
	if text == "" {
		return
	}
	p.use(f)
	p.pdf.Text(x, y+f.size*1.04*millimetre, text)
}

// right writes one line that ends at x.
func (p *paper) right(f font, x, y float64, text string) {
	p.left(f, x-p.measure(f, text), y, text)
}

// wrap breaks a printable text into lines of a width: at spaces, and inside words
// that are wider than a line.
func (p *paper) wrap(f font, text string, wide float64) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		line, used := "", 0.0
		for _, word := range strings.FieldsFunc(paragraph, func(r rune) bool { return r == ' ' }) {
			length := p.measure(f, word)
			space := p.measure(f, " ")
			if line != "" && used+space+length <= wide {
				line, used = line+" "+word, used+space+length
				continue
			}
			if line != "" {
				lines = append(lines, line)
			}
			broken := p.pieces(f, word, wide)
			lines = append(lines, broken[:len(broken)-1]...)
			line = broken[len(broken)-1]
			used = p.measure(f, line)
		}
		lines = append(lines, line)
	}
	return lines
}

// pieces breaks a word that is wider than a line, behind a hyphen or the like if
// there is one near the end.
func (p *paper) pieces(f font, word string, wide float64) []string {
	var pieces []string
	begin, used, after := 0, 0.0, 0
	for i, r := range word {
		step := p.rune(f.weight, r) * f.size
		if used+step > wide && i > begin {
			end := i
			if after > begin && p.measure(f, word[begin:after]) > wide/2 {
				end = after
			}
			pieces = append(pieces, word[begin:end])
			begin, used = end, p.measure(f, word[end:i])
		}
		used += step
		if strings.ContainsRune("-/@._,;", r) {
			after = i + len(string(r))
		}
	}
	return append(pieces, word[begin:])
}

// block writes a text in lines of a width at x and returns the y below it.
func (p *paper) block(f font, x, y, wide float64, text string) float64 {
	for _, line := range p.wrap(f, text, wide) {
		p.left(f, x, y, line)
		y += f.height()
	}
	return y
}

// line draws a horizontal line from x to the right margin.
func (p *paper) line(x, y, thick float64, c color) {
	p.pdf.SetDrawColor(c[0], c[1], c[2])
	p.pdf.SetLineWidth(thick)
	p.pdf.Line(x, y, right, y)
}

// pill writes a word on a rounded ground and returns the y below it.
func (p *paper) pill(f font, ground color, x, y float64, text string) float64 {
	p.pdf.SetFillColor(ground[0], ground[1], ground[2])
	high := f.height() + 1
	p.pdf.RoundedRect(x, y, p.measure(f, text)+4, high, high/2, "1234", "F")
	p.left(f, x+2, y+0.75, text)
	return y + high
}

// need begins a new page if less than so much is left of this one.
func (p *paper) need(height float64) {
	if p.y+height <= bottom {
		return
	}
	p.pdf.AddPage()
	p.y = top
	p.turn()
}
