package punte_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"punte"
)

// TestChangesTellWhatIsDifferentAndNothingOfTheBuyer
func TestChangesTellWhatIsDifferentAndNothingOfTheBuyer(t *testing.T) {
	line := punte.Line{Item: "5", Name: "Tea", Quantity: decimal.MustParse("2"), Gross: decimal.MustParse("10.0")}
	before := punte.Order{
		Key: "K-1", Status: punte.ShopStatus{Name: "New"}, Currency: "RON", Gross: decimal.MustParse("20.00"),
		Lines: []punte.Line{line}, Buyer: punte.Buyer{Name: "Ana Pop", Email: "ana@example.com"},
	}
	for name, tt := range map[string]struct {
		change func(*punte.Order)
		want   []string
	}{
		"status":   {func(o *punte.Order) { o.Status.Name = "Done" }, []string{"status New -> Done"}},
		"total":    {func(o *punte.Order) { o.Gross = decimal.MustParse("25") }, []string{"total 20 RON -> 25 RON"}},
		"lines":    {func(o *punte.Order) { o.Lines = append([]punte.Line{line}, line) }, []string{"lines 1 -> 2"}},
		"one line": {func(o *punte.Order) { l := line; l.Name = "Cup"; o.Lines = []punte.Line{l} }, []string{"what the lines say"}},
		"equal decimals": {func(o *punte.Order) {
			l := line
			l.Gross = decimal.MustParse("10.000")
			o.Lines, o.Gross, o.Coupon = []punte.Line{l}, decimal.MustParse("20"), "X"
		}, []string{"other data"}},
		"buyer":       {func(o *punte.Order) { o.Buyer.Name, o.Buyer.Email = "Maria Rus", "maria@example.com" }, []string{"buyer"}},
		"address":     {func(o *punte.Order) { o.Buyer.Invoice.Street = "Strada Lungă 7" }, []string{"invoice address"}},
		"comment":     {func(o *punte.Order) { o.Comments = []punte.Comment{{Type: "customer", Text: "ring twice"}} }, []string{"comments"}},
		"status gone": {func(o *punte.Order) { o.Status.Name = "" }, []string{"status New -> -"}},
	} {
		after := before
		tt.change(&after)
		got := after.Changes(before)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: Changes = %q; want %q", name, got, tt.want)
		}
		for _, secret := range []string{"Ana", "Maria", "Strada", "ring", "@"} {
			if strings.Contains(strings.Join(got, " "), secret) {
				t.Errorf("%s: Changes = %q holds %q", name, got, secret)
			}
		}
	}
}
