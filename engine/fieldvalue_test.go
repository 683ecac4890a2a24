package engine

import (
	"strings"
	"testing"

	"punte/minicrm"
)

func TestAValueIsWrittenAsItsFieldTakesIt(t *testing.T) {
	text := func(n int) minicrm.Field { return minicrm.Field{Type: minicrm.TypeText, Length: n} }
	of := func(typ string) minicrm.Field { return minicrm.Field{Type: typ} }
	choice := minicrm.Field{Type: minicrm.TypeEnum, Options: []minicrm.Option{{ID: 1507, Label: "Személyes"}, {ID: 7, Label: "1507"}, {ID: 9, Label: "kék"}, {ID: 10, Label: "KÉK"}}}
	several := minicrm.Field{Type: minicrm.TypeSet, Options: []minicrm.Option{{ID: 1, Label: "Törékeny"}, {ID: 2, Label: "Ajándék"}, {ID: 4, Label: "Nagy, nehéz"}}}
	maybe := minicrm.Field{Type: minicrm.TypeEnum, MaybeSet: true, Options: []minicrm.Option{{ID: 1, Label: "a"}, {ID: 2, Label: "b"}}}
	tests := []struct {
		field      minicrm.Field
		text, want string
		fits       bool
	}{
		{text(5), "árvíztűrő", "árvíz", true},
		{text(0), strings.Repeat("x", 70000), strings.Repeat("x", 70000), true},
		{text(5), "  ", "", true},
		{text(255), " a ", " a ", true},
		{of("Colour"), "anything", "anything", true}, // a type nobody documents

		{of(minicrm.TypeInt), "42", "42", true},
		{of(minicrm.TypeInt), " -3 ", "-3", true},
		{of(minicrm.TypeInt), "12.00", "12", true},
		{of(minicrm.TypeInt), "12.5", "", false},
		{of(minicrm.TypeInt), "71823-100321", "", false},
		{of(minicrm.TypeFloat), "274.490", "274.49", true},
		{of(minicrm.TypeFloat), "1,5", "", false},
		{of(minicrm.TypeFloat), "1e3", "1000", true},
		{of(minicrm.TypeFloat), "NaN", "", false},
		{of(minicrm.TypeFloat), "", "", true},

		{of(minicrm.TypeBoolean), "yes", "1", true},
		{of(minicrm.TypeBoolean), "no", "0", true},
		{of(minicrm.TypeBoolean), "Igen", "1", true},
		{of(minicrm.TypeBoolean), "NU", "0", true},
		{of(minicrm.TypeBoolean), "2", "", false},
		{of(minicrm.TypeBoolean), "", "", true},

		{of(minicrm.TypeDateTime), "2026.03.14 09:05:00", "2026-03-14 09:05:00", true},
		{of(minicrm.TypeDateTime), "2026-03-14 09:05", "2026-03-14 09:05:00", true},
		{of(minicrm.TypeDateTime), "2026.03.14", "2026-03-14", true},
		{of(minicrm.TypeDateTime), "14/03/2026", "", false}, // a day or a month first: nobody knows
		{of(minicrm.TypeDateTime), "2026.02.30", "", false},

		{choice, "Személyes", "1507", true},
		{choice, "személyes", "1507", true},
		{choice, "1507", "7", true}, // the label goes before the id
		{choice, "9", "9", true},
		{choice, "Kék", "", false}, // two fit without case
		{choice, "Személyes, kék", "", false},
		{choice, "Telefon", "", false},
		{several, "Ajándék", "2", true},
		{several, "Törékeny; Ajándék", "Törékeny, Ajándék", true},
		{several, "Törékeny\najándék\n", "Törékeny, Ajándék", true},
		{several, "Nagy, nehéz", "4", true},
		{several, "Törékeny, Sárga", "", false},
		{maybe, "a,b", "a, b", true},

		{of(minicrm.TypeFile), "https://shop.example/a.pdf", "https://shop.example/a.pdf", true},
		{of(minicrm.TypeFile), "https://shop.example/a.pdf\nhttp://shop.example/b.pdf", "https://shop.example/a.pdf,http://shop.example/b.pdf", true},
		{of(minicrm.TypeFile), "a.pdf", "", false},
		{of(minicrm.TypeFile), "file:///etc/passwd", "", false},
	}
	for _, tt := range tests {
		got, err := fieldValue(tt.field, tt.text)
		if got != tt.want || (err == nil) != tt.fits {
			t.Errorf("fieldValue(%s, %.40q) = %.40q, %v; want %.40q, fits %t", tt.field.Type, tt.text, got, err, tt.want, tt.fits)
		}
	}
}
