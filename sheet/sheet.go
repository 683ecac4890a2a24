package sheet

import (
	"bytes"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"punte"
)

// Bounds of what is drawn, so that no order takes long or fills the memory. What is
// left out is said on the sheet.
const (
	mostLines   = 2000
	mostText    = 200  // characters of a name or a line of an address
	mostDetail  = 600  // of what stands below the name of a line
	mostComment = 3000 // of a comment
)

// Sheet is what is drawn.
type Sheet struct {
	Order    punte.Order
	Shop     punte.Shop
	Name     string         // of the shop, if Shop has none
	Language string         // ro, hu or en
	Zone     *time.Location // of the times that are written
}

// Title is the title of the sheet in its language and the order's key.
func (s Sheet) Title() string { return languages[s.Language].title + " " + s.Order.Key }

// PDF draws the sheet. An unknown language is an Invalid error.
func (s Sheet) PDF() ([]byte, error) {
	w, ok := languages[s.Language]
	if !ok {
		return nil, punte.Errorf(punte.Invalid, "drawing the sheet of order %s: there are no words in %q; sheets are ro, hu or en", s.Order.Key, s.Language)
	}
	d := &drawing{Sheet: s, words: w, money: currencyOf(s.Order.Currency)}
	d.begin()
	d.header()
	d.parties()
	d.table()
	d.totals()
	d.comments()
	d.footers()
	var out bytes.Buffer
	if err := d.pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("drawing the sheet of order %s: %w", s.Order.Key, err)
	}
	return out.Bytes(), nil
}

// drawing is a sheet on its paper.
type drawing struct {
	Sheet
	paper
	words words
	money currency
}

// begin lays out the first page. Nothing of it depends on when it is drawn.
func (d *drawing) begin() {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(d.Order.Placed.UTC())
	pdf.SetModificationDate(d.Order.Modified.UTC())
	pdf.SetProducer("Punte", true)
	pdf.SetLang(d.Language)
	pdf.SetMargins(margin, top, margin)
	pdf.SetAutoPageBreak(false, 0)
	pdf.AddUTF8FontFromBytes("inter", "", []byte(regular))
	pdf.AddUTF8FontFromBytes("inter", "B", []byte(semiBold))
	d.pdf, d.widths, d.y = pdf, map[string]map[rune]float64{}, top
	d.turn = d.continued
	pdf.SetTitle(d.text(d.Title(), mostText), true)
	pdf.AddPage()
}

// text is a printable text of one line, clipped.
func (d *drawing) text(text string, most int) string {
	text, _ = clip(text, most)
	text = d.clean(text)
	line := []byte(text)
	for i := range line {
		if line[i] == '\n' {
			line[i] = ' '
		}
	}
	return trimSpace(string(line))
}

// continued is the head of every page but the first.
func (d *drawing) continued() {
	small := font{"", 8, gray}
	d.left(font{"B", 8, blue}, margin, d.y, d.shorten(font{"B", 8, blue}, d.shopName(), width/2))
	d.right(small, right, d.y, d.shorten(small, d.text(d.Title(), mostText)+" · "+d.words.continued, width/2))
	d.y += 5.5
	d.line(margin, d.y, 0.3, blue)
	d.y += 5
}

// shorten cuts a text at a width.
func (d *drawing) shorten(f font, text string, wide float64) string {
	if d.measure(f, text) <= wide {
		return text
	}
	wide -= d.measure(f, "…")
	for i, r := range text {
		if wide -= d.rune(f.weight, r) * f.size; wide < 0 {
			return text[:i] + "…"
		}
	}
	return text
}

func (d *drawing) shopName() string {
	for _, name := range []string{d.Shop.Name, d.Name} {
		if text := d.text(name, mostText); text != "" {
			return text
		}
	}
	return ""
}

// header tells whose order it is and which.
func (d *drawing) header() {
	const wide, narrow = 104.0, width - 104.0 - 6
	w, o := d.words, d.Order
	name, lines := font{"B", 14, blue}, font{"", 8.5, gray}
	y := d.block(name, margin, d.y, wide, d.shopName()) + 1
	for _, parts := range d.firm() {
		for _, text := range d.flow(lines, wide, parts) {
			y = d.block(lines, margin, y, wide, text)
		}
	}
	title, key := font{"B", 16, ink}, font{"B", 13, ink}
	d.right(title, right, d.y-0.6, w.title)
	other := d.y + title.height()
	facts := []string{w.placed + ": " + w.time(o.Placed.In(d.Zone))}
	if status := d.text(o.Status.Name, mostText); status != "" {
		facts = append(facts, w.status+": "+status)
	}
	if number := d.text(o.Invoice.Number, mostText); number != "" {
		facts = append(facts, w.invoiceNumber+": "+number)
	}
	other = d.ragged(key, other, narrow, d.text(o.Key, mostText)) + 1
	for _, text := range facts {
		other = d.ragged(font{"", 9, ink}, other, narrow, text)
	}
	d.y = max(y, other) + 4
	d.line(margin, d.y, 0.6, blue)
	d.y += 7.5
}

// ragged writes a text in lines that end at the right margin.
func (d *drawing) ragged(f font, y, wide float64, text string) float64 {
	for _, line := range d.wrap(f, text, wide) {
		d.right(f, right, y, line)
		y += f.height()
	}
	return y
}

// firm is what the shop tells of the firm behind it, in three lines of parts.
func (d *drawing) firm() [][]string {
	s, w := d.Shop, d.words
	return [][]string{
		d.filled(s.Firm, labelled(w.taxNumber, s.TaxNumber), labelled(w.euTaxNumber, s.EUTaxNumber), labelled(w.registration, s.RegistrationNumber)),
		d.filled(d.place(s.Address)),
		d.filled(s.Website, s.Email, s.Phone),
	}
}

// flow puts as many parts on a line as fit, with dots between them.
func (d *drawing) flow(f font, wide float64, parts []string) []string {
	var lines []string
	for _, part := range parts {
		last := len(lines) - 1
		if last < 0 || d.measure(f, lines[last]+" · "+part) > wide {
			lines = append(lines, part)
			continue
		}
		lines[last] += " · " + part
	}
	return lines
}

// footers are written last, when the number of pages is known.
func (d *drawing) footers() {
	small := font{"", 7.5, gray}
	pages := d.pdf.PageNo()
	note := d.words.notInvoice
	if !d.Order.Modified.IsZero() {
		note += " " + fmt.Sprintf(d.words.asOf, d.words.time(d.Order.Modified.In(d.Zone)))
	}
	for page := 1; page <= pages; page++ {
		d.pdf.SetPage(page)
		d.line(margin, footerY-3, 0.2, hair)
		d.left(small, margin, footerY, note)
		d.right(small, right, footerY, fmt.Sprintf(d.words.page, page, pages))
	}
}
