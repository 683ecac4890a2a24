package unassim

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// tableLife is how long a product table can be downloaded ("Termék adatbázis lekérdezése").
const tableLife = time.Hour

// table is a product table to download.
type table struct {
	Made time.Time `json:"made"`
	Text []byte    `json:"text"`
}

// tableColumns are the headings of a product table and where a product holds what stands below.
var tableColumns = []struct {
	heading string
	path    []string
}{
	{"Cikkszám", []string{"Sku"}},
	{"Termék Név", []string{"Name"}},
	{"Nettó Ár", []string{"Prices", "Price", "Net"}},
	{"Bruttó Ár", []string{"Prices", "Price", "Gross"}},
	{"ÁFA", []string{"Prices", "Vat"}},
	{"Egység", []string{"Unit"}},
	{"Kategória", []string{"Categories", "Category", "Name"}},
	{"Termék Azonosító", []string{"Id"}},
}

// getProductDB writes a table of the living products and answers with its address, good for an hour. Formats
// csv, csv2 (with semicolons, the default) and txt (with tabs) are made, the others are refused; the flags for
// single columns are passed over.
func (s *Shop) getProductDB(c *call) ([]byte, error) {
	f := filters{params: c.params, lenient: s.options.Switches.IgnoreBadFilters}
	format := cmp.Or(f.oneOf("Format", "csv", "csv2", "txt"), "csv2")
	sort := cmp.Or(f.oneOf("Order", "category", "price", "name", "sku", "id"), "id")
	modified := f.modified(s)
	count, start := f.page(1 << 30)
	if f.err != nil {
		return nil, f.err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows []*node
	for _, r := range s.world.Products {
		n := r.tree("Product")
		if n.at("State") != "deleted" && modified.has(r.Modified) && isAsked(n, branch("Params", leaf("CategoryId", c.params.at("Category")))) {
			rows = append(rows, n)
		}
	}
	slices.SortStableFunc(rows, productOrder(sort))
	rows = rows[min(start, len(rows)):]
	rows = rows[:min(count, len(rows))]
	now := s.now()
	for name, old := range s.world.Tables {
		if now.Sub(old.Made) >= tableLife {
			delete(s.world.Tables, name)
		}
	}
	text, err := tableText(rows, map[string]rune{"csv": ',', "csv2": ';', "txt": '\t'}[format])
	if err != nil {
		return nil, err
	}
	if s.world.Tables == nil {
		s.world.Tables = map[string]table{}
	}
	name := fmt.Sprintf("productdb_%s_%s.%s", s.options.ShopID, s.world.newID(), strings.TrimSuffix(format, "2"))
	s.world.Tables[name] = table{Made: now, Text: text}
	return document(branch("getProductDB", leaf("Url", "http://"+c.host+"/download/"+name))), nil
}

func productOrder(by string) func(a, b *node) int {
	path := map[string][]string{"category": {"Categories", "Category", "Name"}, "name": {"Name"}, "sku": {"Sku"}}[by]
	return func(a, b *node) int {
		switch by {
		case "price":
			return decimalOr0(a.at("Prices", "Price", "Gross")).Cmp(decimalOr0(b.at("Prices", "Price", "Gross")))
		case "id":
			return cmp.Compare(numeric(a.at("Id")), numeric(b.at("Id")))
		}
		return cmp.Compare(a.at(path...), b.at(path...))
	}
}

func tableText(rows []*node, comma rune) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = comma
	heading := make([]string, len(tableColumns))
	for i, column := range tableColumns {
		heading[i] = column.heading
	}
	lines := [][]string{heading}
	for _, n := range rows {
		line := make([]string, len(tableColumns))
		for i, column := range tableColumns {
			line[i] = n.at(column.path...)
		}
		lines = append(lines, line)
	}
	if err := w.WriteAll(lines); err != nil {
		return nil, fmt.Errorf("writing the product table: %w", err)
	}
	return b.Bytes(), nil
}

// serveTable serves a product table for an hour.
func (s *Shop) serveTable(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	t, known := s.world.Tables[r.PathValue("name")]
	old := s.now().Sub(t.Made) >= tableLife
	s.mu.Unlock()
	if !known || old {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Write(t.Text) // a client that went away is not our trouble
}
