package punte_test

import (
	"testing"

	"punte"
)

func TestLinksComeFromTheirSource(t *testing.T) {
	const sheet, invoice = "https://punte.example/sheet/x", "https://shop.example/invoice/5"
	o := punte.Order{
		ID: 7001, Key: "31337-100/ő &?#%", Invoice: punte.Invoice{URL: invoice},
		Params: []punte.Param{{Name: "Scrisoare", Value: ""}, {Name: "Scrisoare", Value: "https://x.example/a"}, {Name: "Other", Value: "b"}},
	}
	bare := punte.Order{ID: 7001, Key: "100"}
	tests := []struct {
		source string
		order  punte.Order
		sheet  string
		want   string
	}{
		{"auto", o, sheet, sheet},
		{"auto", o, "", invoice},
		{"auto", bare, sheet, sheet},
		{"auto", bare, "", ""},
		{"", o, sheet, sheet},
		{"sheet", o, sheet, sheet},
		{"sheet", o, "", ""},
		{"invoice", o, sheet, invoice},
		{"invoice", bare, sheet, ""},
		{"param:Scrisoare", o, sheet, "https://x.example/a"},
		{"param:scrisoare", o, sheet, ""},
		{"param:Missing", o, sheet, ""},
		{"template:https://shop.example/o/{id}", o, sheet, "https://shop.example/o/7001"},
		{"template:https://shop.example/o/{key}", bare, sheet, "https://shop.example/o/100"},
		{"template:https://shop.example/{id}/{key}/{id}", bare, "", "https://shop.example/7001/100/7001"},
		{"template:https://shop.example/o/{key}", o, sheet, "https://shop.example/o/31337-100%2F%C5%91%20&%3F%23%25"},
		{"template:https://shop.example/o/{key}", punte.Order{Key: "{id}", ID: 5}, "", "https://shop.example/o/%7Bid%7D"},
		{"template:https://shop.example/all", o, sheet, "https://shop.example/all"},
	}
	for _, tt := range tests {
		c := punte.Connection{LinkSource: tt.source}
		if got := c.Link(tt.order, tt.sheet); got != tt.want {
			t.Errorf("Link with link_source %q, key %q, sheet %q = %q; want %q", tt.source, tt.order.Key, tt.sheet, got, tt.want)
		}
	}
}
