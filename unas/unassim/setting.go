package unassim

import "strconv"

// getSetting answers the endpoint of that name ("Beállítások"): the VAT rates of a country, or the terms of
// trade, which this shop has not written. Source: UNAS API documentation, getSetting, examples.
func (s *Shop) getSetting(c *call) ([]byte, error) {
	f := filters{params: c.params, lenient: s.options.Switches.IgnoreBadFilters}
	key := f.oneOf("Key", "vat", "terms")
	country := f.oneOf("Country", "hu", "ro")
	if f.err != nil {
		return nil, f.err
	}
	if country == "" {
		country = "hu"
	}
	var settings []*node
	if key != "terms" {
		items := branch("Items")
		for i, rate := range append(vatRates[country], 0) {
			items.kids = append(items.kids, branch("Item", leaf("Id", strconv.Itoa(i+1)), leaf("Value", strconv.FormatInt(rate, 10))))
		}
		settings = append(settings, branch("Setting", leaf("Key", "vat"), leaf("Country", country), items, leaf("CalculateMode", "fromNetToGross")))
	}
	if key != "vat" {
		settings = append(settings, branch("Setting", leaf("Key", "terms"), leaf("Lang", country), leaf("Enabled", "no"), leaf("Type", "HTML"),
			branch("Items", branch("Item", leaf("Id", "1"), leaf("Text", "")))))
	}
	return document(branch("Settings", settings...)), nil
}

// vatRates are today's rates of the two countries, in percent.
var vatRates = map[string][]int64{"hu": {27, 18, 5}, "ro": {21, 11}}
