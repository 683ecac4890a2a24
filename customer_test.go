package punte_test

import (
	"slices"
	"testing"

	"punte"
)

func TestSplitNameFollowsTheOrderOfTheLanguage(t *testing.T) {
	tests := []struct{ name, language, first, last string }{
		{"Ana Ionescu", "ro", "Ana", "Ionescu"},
		{"Ana Maria Ionescu", "ro", "Ana Maria", "Ionescu"},
		{"Ana-Maria Ionescu-Pop", "ro", "Ana-Maria", "Ionescu-Pop"},
		{"Jane Doe", "en", "Jane", "Doe"},
		{"Jane Doe", "", "Jane", "Doe"},
		{"Kiss Béla", "hu", "Béla", "Kiss"},
		{"Kiss Béla Gábor", "hu", "Béla Gábor", "Kiss"},
		{"Dr. Kovács Éva", "hu", "Éva", "Dr. Kovács"},
		{"dr Kovács Éva Mária", "hu", "Éva Mária", "dr Kovács"},
		{"Prof. Dr. Kovács Éva", "hu", "Éva", "Prof. Dr. Kovács"},
		{"ÖZV. Nagy Pálné", "hu", "Pálné", "ÖZV. Nagy"},
		{"ifj. Szabó István", "hu", "István", "ifj. Szabó"},
		{"Dr. Éva", "hu", "Éva", "Dr."},
		{"  Kiss \t Béla\u00a0 ", "hu", "Béla", "Kiss"},
		{"Cher", "hu", "Cher", ""},
		{"Cher", "ro", "Cher", ""},
		{"", "hu", "", ""},
		{" \n ", "ro", "", ""},
	}
	for _, tt := range tests {
		if first, last := punte.SplitName(tt.name, tt.language); first != tt.first || last != tt.last {
			t.Errorf("SplitName(%q, %q) = %q, %q; want %q, %q", tt.name, tt.language, first, last, tt.first, tt.last)
		}
	}
}

func TestACompanyIsWhatSaysSoAndHasAName(t *testing.T) {
	tests := []struct {
		name    string
		invoice punte.Address
		want    bool
	}{
		{"company", punte.Address{Kind: "company", Name: "Bolt Kft."}, true},
		{"company without a tax number", punte.Address{Kind: "company", Name: "Bolt Kft.", TaxNumber: ""}, true},
		{"company without a name", punte.Address{Kind: "company", Name: " ", TaxNumber: "1"}, false},
		{"association", punte.Address{Kind: "other_customer_without_tax_number", Name: "Kör"}, true},
		{"private", punte.Address{Kind: "private", Name: "Ana Ionescu"}, false},
		{"private with a tax number", punte.Address{Kind: "private", Name: "Ana Ionescu", TaxNumber: "1", EUTaxNumber: "RO1"}, false},
		{"no kind", punte.Address{Name: "Ana Ionescu"}, false},
		{"no kind, tax number", punte.Address{Name: "Bolt SRL", TaxNumber: "RO123"}, true},
		{"no kind, EU tax number", punte.Address{Name: "Bolt SRL", EUTaxNumber: "RO123"}, true},
		{"no kind, blank tax numbers", punte.Address{Name: "Ana Ionescu", TaxNumber: " ", EUTaxNumber: "\t"}, false},
		{"unknown kind, tax number", punte.Address{Kind: "new_kind", Name: "Bolt SRL", TaxNumber: "1"}, true},
		{"unknown kind", punte.Address{Kind: "new_kind", Name: "Bolt SRL"}, false},
		{"nothing", punte.Address{}, false},
	}
	for _, tt := range tests {
		if got := (punte.Buyer{Invoice: tt.invoice}).Company(); got != tt.want {
			t.Errorf("%s: Company() = %t; want %t", tt.name, got, tt.want)
		}
	}
}

func TestCardsAreNamedByCompanyPersonAddressOrFallback(t *testing.T) {
	company := punte.Address{Kind: "company", Name: " Bolt Kft. "}
	tests := []struct {
		name         string
		buyer        punte.Buyer
		person, card string
	}{
		{"person", punte.Buyer{Name: " Kiss Béla ", Email: "b@k.hu"}, "Kiss Béla", "Kiss Béla"},
		{"person on the invoice", punte.Buyer{Invoice: punte.Address{Name: " Kiss Béla "}, Delivery: punte.Address{Name: "Neighbour"}}, "Kiss Béla", "Kiss Béla"},
		{"person on the parcel", punte.Buyer{Delivery: punte.Address{Name: " Kiss Béla "}}, "Kiss Béla", "Kiss Béla"},
		{"company and person", punte.Buyer{Name: "Kiss Béla", Invoice: company}, "Kiss Béla", "Bolt Kft. (Kiss Béla)"},
		{"company and person on the parcel", punte.Buyer{Invoice: company, Delivery: punte.Address{Name: "Kiss Béla"}}, "Kiss Béla", "Bolt Kft. (Kiss Béla)"},
		{"company alone", punte.Buyer{Invoice: company, Email: "b@k.hu"}, "", "Bolt Kft."},
		{"company named twice", punte.Buyer{Name: "Bolt Kft.", Invoice: company}, "Bolt Kft.", "Bolt Kft."},
		{"address", punte.Buyer{Email: " b@k.hu "}, "", "b@k.hu"},
		{"nothing", punte.Buyer{Name: " ", Email: "\t"}, "", "31337-100"},
	}
	for _, tt := range tests {
		if got := tt.buyer.Person(); got != tt.person {
			t.Errorf("%s: Person() = %q; want %q", tt.name, got, tt.person)
		}
		if got := tt.buyer.CardName("31337-100"); got != tt.card {
			t.Errorf("%s: CardName = %q; want %q", tt.name, got, tt.card)
		}
	}
}

func TestTheOrderShowsTheWholeInvoiceAddressIfItSaysWhere(t *testing.T) {
	delivery := punte.Address{Name: "Ana", PostalCode: "400001", City: "Cluj", Street: "Str. Horea 1"}
	tests := []struct {
		name    string
		invoice punte.Address
		known   bool
	}{
		{"city alone", punte.Address{City: "Iași"}, true},
		{"postal code alone", punte.Address{PostalCode: "700001"}, true},
		{"street alone", punte.Address{Street: "Bd. Carol 2"}, true},
		{"name and country alone", punte.Address{Name: "Bolt", Country: "RO", CountryName: "România", County: "Cluj", TaxNumber: "1"}, false},
		{"blank", punte.Address{City: " ", Street: "\t", PostalCode: "\u00a0"}, false},
		{"nothing", punte.Address{}, false},
	}
	for _, tt := range tests {
		if got := tt.invoice.Known(); got != tt.known {
			t.Errorf("%s: Known() = %t; want %t", tt.name, got, tt.known)
		}
		want := delivery
		if tt.known {
			want = tt.invoice
		}
		if got := (punte.Buyer{Invoice: tt.invoice, Delivery: delivery}).Destination(); got != want {
			t.Errorf("%s: Destination() = %+v; want %+v", tt.name, got, want)
		}
	}
}

func TestPhonesAreListedMobileFirstAndOnce(t *testing.T) {
	tests := []struct {
		mobile, phone string
		want          []string
	}{
		{"+40 722 1", "021 1", []string{"+40 722 1", "021 1"}},
		{"+40 722 1", "", []string{"+40 722 1"}},
		{"", " 021 1 ", []string{"021 1"}},
		{"021 1", " 021 1\n", []string{"021 1"}},
		{" ", "\t", nil},
	}
	for _, tt := range tests {
		if got := (punte.Buyer{Mobile: tt.mobile, Phone: tt.phone}).Phones(); !slices.Equal(got, tt.want) {
			t.Errorf("Phones(mobile %q, phone %q) = %q; want %q", tt.mobile, tt.phone, got, tt.want)
		}
	}
}

func TestEmptyTextsBecomeADash(t *testing.T) {
	for text, want := range map[string]string{"": "-", " ": "-", "\t\n\u00a0": "-", "Cluj": "Cluj", " Cluj ": " Cluj ", "-": "-", "0": "0"} {
		if got := punte.OrDash(text); got != want {
			t.Errorf("OrDash(%q) = %q; want %q", text, got, want)
		}
	}
}

func TestAnAddressThatNamesOnlyACountryIsShownWhereThereIsNoOther(t *testing.T) {
	countryOnly := punte.Address{Name: "Ana", Country: "RO", CountryName: "România"}
	tests := []struct {
		name  string
		buyer punte.Buyer
		want  punte.Address
	}{
		{"invoice country, no delivery", punte.Buyer{Invoice: countryOnly}, countryOnly},
		{"invoice country, delivery name only", punte.Buyer{Invoice: countryOnly, Delivery: punte.Address{Name: "Dan"}}, countryOnly},
		{"both countries", punte.Buyer{Invoice: countryOnly, Delivery: punte.Address{Country: "HU"}}, punte.Address{Country: "HU"}},
		{"delivery says where", punte.Buyer{Invoice: countryOnly, Delivery: punte.Address{City: "Cluj"}}, punte.Address{City: "Cluj"}},
		{"nothing at all", punte.Buyer{}, punte.Address{}},
	}
	for _, tt := range tests {
		if got := tt.buyer.Destination(); got != tt.want {
			t.Errorf("%s: Destination() = %+v; want %+v", tt.name, got, tt.want)
		}
	}
}
