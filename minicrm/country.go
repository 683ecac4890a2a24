package minicrm

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed country.tsv
var countryTable string

// countryNames holds what country.tsv says, read once.
type countryNames struct {
	labels map[string][3]string // by code; English, Hungarian, Romanian
	exact  map[string]string    // code by label as it stands in the table
	folded map[string]string    // code by label or other form, see fold; "" where two countries share it
}

// otherCountryForms are names that people and shops write for a country that no account uses as its label.
var otherCountryForms = map[string][]string{
	"BA": {"Bosnia & Herzegovina", "Bosznia és Hercegovina", "Bosnia-Herțegovina", "Bosnia și Herțegovina"},
	"CI": {"Côte d'Ivoire", "Cote d’Ivoire"},
	"CZ": {"Czechia", "Csehország", "Cehia"},
	"DE": {"Deutschland"},
	"AT": {"Österreich"},
	"GB": {"UK", "Great Britain", "Nagy-Britannia", "Regatul Unit", "Regatul Unit al Marii Britanii"},
	"HU": {"Ungarn"},
	"KP": {"Coreea de Nord"},
	"KR": {"Coreea de Sud", "Republic of Korea"},
	"KZ": {"Kazahstan"},
	"MD": {"Republica Moldova", "Moldova, Republica", "Republic of Moldova", "Moldova, Republic of", "Moldovai Köztársaság", "Moldávia"},
	"MK": {"North Macedonia", "Észak-Macedónia", "Macedonia de Nord"},
	"NL": {"The Netherlands", "Holland", "Țările de Jos"},
	"RU": {"Russian Federation", "Oroszországi Föderáció", "Federația Rusă"},
	"SK": {"Slovak Republic", "Szlovák Köztársaság", "Republica Slovacă"},
	"SZ": {"Eswatini"},
	"TR": {"Türkiye"},
	"US": {"United States of America", "Amerikai Egyesült Államok", "Egyesült Államok", "SUA", "S.U.A.", "Statele Unite ale Americii"},
	"VA": {"Vatican City", "Vatikánváros"},
}

var countries = sync.OnceValue(readCountries)

func readCountries() countryNames {
	names := countryNames{labels: map[string][3]string{}, exact: map[string]string{}, folded: map[string]string{}}
	for line := range strings.Lines(countryTable) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(cells) != 4 {
			panic("country.tsv: a line without four cells: " + line)
		}
		code := cells[0]
		names.labels[code] = [3]string(cells[1:])
		for _, label := range cells[1:] {
			names.exact[label] = code
			names.addForm(label, code)
		}
	}
	for code, forms := range otherCountryForms {
		for _, form := range forms {
			names.addForm(form, code)
		}
	}
	return names
}

// addForm notes that form means code; a form of two countries means neither.
func (n countryNames) addForm(form, code string) {
	key := fold(form)
	if other, taken := n.folded[key]; taken && other != code {
		code = ""
	}
	n.folded[key] = code
}

// CountryLabel returns the name that a MiniCRM account in language (hu, ro or en) has for a country, which is what
// CountryId holds in documents. The code is ISO 3166 alpha-2 in any case. MiniCRM's labels differ from those of
// others in places; a code that is not in its list is unknown, as is another language.
func CountryLabel(code, language string) (string, bool) {
	labels, ok := countries().labels[strings.ToUpper(code)]
	if !ok {
		return "", false
	}
	switch language {
	case "en":
		return labels[0], true
	case "hu":
		return labels[1], true
	case "ro":
		return labels[2], true
	}
	return "", false
}

// CountryByName returns the code of the country that name means: one of MiniCRM's labels in any of its three
// languages, else the same without regard to case, accents and outer space, else one of a few other common forms.
func CountryByName(name string) (code string, ok bool) {
	names := countries()
	if code, ok := names.exact[name]; ok {
		return code, true
	}
	code = names.folded[fold(name)]
	return code, code != ""
}
