package sheet

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/govalues/decimal"

	"punte"
)

// cells are a line of the order, ready to be drawn.
type cells struct {
	name   string
	detail []string
	texts  [6]string // quantity, unit, net, VAT, gross, total
}

// grid is where the columns of the lines are.
type grid struct {
	size  float64 // of the figures, in points
	name  float64 // width of the first column
	edges [6]float64
	heads [6]string
}

const (
	columnGap = 4.0
	leastName = 50.0
	padding   = 1.9
	unitAt    = 1 // the column that is not of figures
)

// table draws the lines of the order.
func (d *drawing) table() {
	lines := d.Order.Lines[:min(len(d.Order.Lines), mostLines)]
	rows := make([]cells, 0, len(lines))
	for _, line := range lines {
		rows = append(rows, d.cells(line))
	}
	g := d.grid(rows)
	first := 2 * font{"", 9.5, ink}.height() // of the remark that there are none
	if len(rows) > 0 {
		first = d.laid(g, rows[0]).high + 2*padding
	}
	d.need(d.headFont(g).height() + 1.2 + first) // the head never stands alone
	d.tableHead(g)
	d.turn = func() {
		d.continued()
		d.tableHead(g)
	}
	for _, row := range rows {
		d.row(g, row)
	}
	d.turn = d.continued
	if len(rows) == 0 {
		d.note(d.words.noLines, gray)
	}
	if left := len(d.Order.Lines) - len(rows); left > 0 {
		d.note(fmt.Sprintf(d.words.moreLines, strconv.Itoa(left)), amber)
	}
	d.y += 6
}

func (d *drawing) cells(line punte.Line) cells {
	w := d.words
	name := line.Name
	if trimSpace(name) == "" {
		name = line.SKU
	}
	if trimSpace(name) == "" {
		name = line.Item
	}
	c := cells{name: d.text(name, mostText)}
	if sku := d.text(line.SKU, mostText); sku != c.name && !special(line.Item) {
		c.detail = d.filled(sku)
	}
	var chosen []string
	for _, v := range line.Variants {
		chosen = append(chosen, v.Name+": "+v.Value)
	}
	for _, p := range line.Params {
		chosen = append(chosen, p.Name+": "+p.Value)
	}
	if text := d.text(strings.Join(chosen, " · "), mostDetail); text != "" {
		c.detail = append(c.detail, text)
	}
	net, total := "–", "–"
	if amount, err := line.UnitNet(); err == nil {
		net = w.number(amount, d.money.decimals, 2)
	}
	if amount, err := line.Sum(); err == nil {
		total = w.number(amount, d.money.decimals, 2)
	}
	c.texts = [6]string{
		w.number(line.Quantity, 0, 4), d.text(punte.Unit(line.Unit, w.piece), 24), net,
		w.number(line.VAT, 0, 2) + w.percent, w.number(line.Gross, d.money.decimals, 4), total,
	}
	return c
}

// special says whether a line is a fee or a discount: its SKU is a word of the
// shop's program.
func special(item string) bool {
	_, err := strconv.ParseInt(item, 10, 64)
	return err != nil
}

// grid gives each column of figures the width its widest text needs; the name gets
// the rest. Figures that would leave the name too little are written smaller.
func (d *drawing) grid(rows []cells) grid {
	w := d.words
	g := grid{size: 9.5, heads: [6]string{w.quantity, w.unit, w.net, w.vat, w.gross, w.total + ", " + d.text(d.money.sign, 10)}}
	for ; ; g.size -= 0.5 {
		widths, used := d.columnWidths(g, rows)
		if used <= width-leastName || g.size <= 4 {
			x := right
			for i := 5; i >= 0; i-- {
				g.edges[i] = x
				x -= widths[i] + columnGap
			}
			g.name = x - margin
			return g
		}
	}
}

func (d *drawing) columnWidths(g grid, rows []cells) (widths [6]float64, used float64) {
	head, figures := d.headFont(g), font{"", g.size, ink}
	for i := range widths {
		widths[i] = d.measure(head, g.heads[i])
		for _, row := range rows {
			widths[i] = max(widths[i], d.measure(figures, row.texts[i]))
		}
		if i == unitAt {
			widths[i] = min(widths[i], 24)
		}
		used += widths[i] + columnGap
	}
	return widths, used
}

func (d *drawing) headFont(g grid) font { return font{"B", min(8, g.size), gray} }

func (d *drawing) tableHead(g grid) {
	f := d.headFont(g)
	d.left(f, margin, d.y, d.words.item)
	for i, head := range g.heads {
		d.cell(f, g, i, d.y, head)
	}
	d.y += f.height() + 1.2
	d.line(margin, d.y, 0.3, strong)
}

// cell writes a text into a column: units begin where their column does, figures
// end there.
func (d *drawing) cell(f font, g grid, i int, y float64, text string) {
	if i == unitAt {
		d.left(f, g.edges[0]+columnGap, y, text)
		return
	}
	d.right(f, g.edges[i], y, text)
}

// laidRow is a line of the order, broken into the lines it takes.
type laidRow struct {
	names, details, units []string
	high                  float64 // millimetres, without the padding
}

// fonts are those of a row: of names, what stands below them, and figures.
func (g grid) fonts() (name, small, figures font) {
	return font{"", 9.5, ink}, font{"", 8, gray}, font{"", g.size, ink}
}

func (d *drawing) laid(g grid, row cells) laidRow {
	name, small, figures := g.fonts()
	l := laidRow{names: d.wrap(name, row.name, g.name)}
	for _, text := range row.detail {
		l.details = append(l.details, d.wrap(small, text, g.name)...)
	}
	l.units = d.wrap(figures, row.texts[unitAt], g.edges[unitAt]-g.edges[0]-columnGap+0.1)
	l.high = float64(len(l.names))*name.height() + float64(len(l.details))*small.height()
	l.high = max(l.high, float64(len(l.units))*figures.height())
	return l
}

// row draws a line of the order, on one page.
func (d *drawing) row(g grid, row cells) {
	name, small, figures := g.fonts()
	l := d.laid(g, row)
	d.need(l.high + 2*padding)
	y := d.y + padding
	for i, text := range row.texts {
		if i != unitAt {
			d.cell(figures, g, i, y, text)
		}
	}
	for i, text := range l.units {
		d.cell(figures, g, unitAt, y+float64(i)*figures.height(), text)
	}
	for _, text := range l.names {
		d.left(name, margin, y, text)
		y += name.height()
	}
	for _, text := range l.details {
		d.left(small, margin, y, text)
		y += small.height()
	}
	d.y += l.high + 2*padding
	d.line(margin, d.y, 0.2, hair)
}

// note writes a remark over the whole width.
func (d *drawing) note(text string, c color) {
	f := font{"", 8.5, c}
	lines := d.wrap(f, text, width)
	d.need(float64(len(lines))*f.height() + 2*padding)
	d.y = d.block(f, margin, d.y+padding, width, text) + padding
}

// totals draws what the lines of each VAT rate add up to, and the shop's total.
func (d *drawing) totals() {
	s, err := total(d.Order, d.money.decimals)
	if err != nil {
		d.need(24)
		d.note(d.words.unknown, amber)
		d.bottomLine(rate{}, true)
		return
	}
	const edge = margin + 66
	w, head, f := d.words, font{"B", 8, gray}, font{"", 9.5, ink}
	d.need(float64(min(len(s.rates), 8)+2)*8 + 12)
	d.left(head, edge, d.y, w.rates)
	d.threeOf(head, d.y, w.withoutVAT, w.vat, w.withVAT)
	d.y += head.height() + 1.2
	d.line(edge, d.y, 0.3, strong)
	for _, r := range s.rates {
		d.need(9)
		d.left(f, edge, d.y+padding, w.vat+" "+w.number(r.percent, 0, 2)+w.percent)
		d.threeOf(f, d.y+padding, d.amount(r.net), d.amount(r.tax), d.amount(r.gross))
		d.y += f.height() + 2*padding
		d.line(edge, d.y, 0.2, hair)
	}
	if !s.rounding.IsZero() {
		d.need(18)
		d.left(f, edge, d.y+padding, w.rounding)
		d.threeOf(f, d.y+padding, "", "", d.amount(s.rounding))
		d.y += f.height() + 2*padding
	}
	d.bottomLine(s.all, len(s.rates) == 0)
	if !s.proof.OK() {
		d.note(fmt.Sprintf(w.differs, w.money(s.proof.Lines, d.money), w.money(s.proof.Total, d.money), w.money(s.proof.Off, d.money)), amber)
	}
}

func (d *drawing) amount(a decimal.Decimal) string { return d.words.number(a, d.money.decimals, 2) }

// threeOf writes the figures of a row of the totals.
func (d *drawing) threeOf(f font, y float64, net, tax, gross string) {
	for i, text := range []string{net, tax, gross} {
		small := f
		for d.measure(small, text) > 27 && small.size > 4 {
			small.size -= 0.5
		}
		d.right(small, right-float64(2-i)*31, y, text)
	}
}

// bottomLine is the shop's total, with what the lines say of net and tax.
func (d *drawing) bottomLine(all rate, unknown bool) {
	const edge = margin + 66
	d.need(14)
	d.line(edge, d.y, 0.5, ink)
	bold, big := font{"B", 9.5, ink}, font{"B", 14, ink}
	d.y += padding + 0.6
	text := d.words.money(d.Order.Gross, currency{d.text(d.money.sign, 10), d.money.decimals})
	d.left(bold, edge, d.y+1.1, d.words.sum)
	free := width - 66 - d.measure(bold, d.words.sum) - 6
	if !unknown {
		d.threeOf(bold, d.y+1.1, d.amount(all.net), d.amount(all.tax), "")
		free = 35
	}
	if d.measure(big, text) > free && !unknown { // a long total has a line of its own
		d.y += bold.height() + 1
		free = width - 66
	}
	for d.measure(big, text) > free && big.size > 5 {
		big.size -= 0.5
	}
	d.right(big, right, d.y, text)
	d.y += big.height() + padding
}

// comments draws what the customer wrote, and what stands for missing characters.
func (d *drawing) comments() {
	head, f := font{"B", 8.5, gray}, font{"", 9.5, ink}
	for _, kind := range []struct{ name, head string }{
		{"customer", d.words.comment}, {"customer_shipping", d.words.shippingComment},
	} {
		for _, comment := range d.Order.Comments {
			if comment.Type != kind.name || trimSpace(comment.Text) == "" {
				continue
			}
			text, cut := clip(strings.TrimSpace(strings.ReplaceAll(comment.Text, "\r\n", "\n")), mostComment)
			d.y += 4
			d.need(20)
			d.left(head, margin, d.y, kind.head)
			d.y += head.height() + 0.6
			d.paragraphs(f, d.clean(text))
			if cut {
				d.note(d.words.cut, gray)
			}
		}
	}
	if d.boxed {
		d.y += 3
		d.note(d.words.boxes, gray)
	}
}

// mostBlank is how many empty lines of a comment are kept in a row.
const mostBlank = 1

// paragraphs draws a long text, over as many pages as it takes.
func (d *drawing) paragraphs(f font, text string) {
	blank := 0
	for _, line := range d.wrap(f, text, width) {
		if line == "" {
			blank++
		} else {
			blank = 0
		}
		if blank > mostBlank {
			continue
		}
		d.need(f.height())
		d.left(f, margin, d.y, line)
		d.y += f.height()
	}
}
