package minicrmsim

import (
	_ "embed"
	"strings"
)

// countryTable has a line for each country: its ISO code, the number that the
// document API prints for it (it looks like the dialling code; 0 where none is
// known), and its label in English, Hungarian and Romanian.
//
//go:embed country.tsv
var countryTable string

// A country as one account knows it.
type country struct {
	number string // as the document API prints it
	label  string // in the account's language, the only one that it accepts
}

// countries are the countries of one account, by label and by number.
type countries struct {
	byLabel  map[string]country
	byNumber map[string]country
}

func readCountries(l language) countries {
	all := countries{byLabel: make(map[string]country), byNumber: make(map[string]country)}
	for line := range strings.Lines(countryTable) {
		column := strings.Split(strings.TrimSpace(line), "\t")
		known := country{number: column[1], label: column[2+int(l)]}
		if known.number == "0" {
			known.number = ""
		} else {
			all.byNumber[known.number] = known
		}
		all.byLabel[known.label] = known
	}
	return all
}
