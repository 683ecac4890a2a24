package punte_test

import (
	"fmt"
	"strings"
	"testing"

	"punte"
)

func TestASecretBehindAnUnexportedFieldDoesNotShow(t *testing.T) {
	s := punte.NewSecret(key)
	for _, value := range []any{&struct{ key *punte.Secret }{s}, struct{ key **punte.Secret }{&s}, *s, struct{ key punte.Secret }{*s}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%t", "%x"} {
			if got := fmt.Sprintf(verb, value); shows(got) {
				t.Errorf("Sprintf(%q, %T) = %s", verb, value, got)
			}
		}
	}
}

func TestBrokenJSONAtTheStartOfALineIsNamedWithItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"{\n\"name\": \"x\"\n\"owner\": 1}": "line 3: this is not JSON",
		"{\n\"name\": \"x\",\n}":            "line 3: this is not JSON",
		"{\n\n'name': 1}":                   "line 3: this is not JSON",
		"{\n1: 2}":                          "line 2: this is not JSON",
	} {
		if got := mistakes(t, text); len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("ParseConnection(%q): mistakes %q; want %q", text, got, want)
		}
	}
}

func TestAmountsAreExactOrRefused(t *testing.T) {
	for _, text := range []string{"999999999999999999.99", "9999999999999999999.5", "12345678901234.123456789", "1e20"} {
		if got, err := punte.ParseAmount(text); punte.ErrorCode(err) != punte.Invalid {
			t.Errorf("ParseAmount(%q) = %s, %v; want an invalid error", text, got, err)
		}
	}
}

func TestAMistakeIsReportedOnce(t *testing.T) {
	for _, r := range []row{
		{"delivery", `5`},
		{"start_date", `5`},
		{"status_names", `{"a": 5}`},
		{"link_source", `5`},
		{"field_map", `{"A": 5}`},
		{"unas", `{"api_key": "k", "base_url": 5}`},
		{"minicrm", `{"api_key": "k", "system_id": ""}`},
	} {
		text, _ := document(r)
		if got := mistakes(t, text); len(got) != 1 {
			t.Errorf("%s %s: mistakes %q; want one", r.name, r.value, got)
		}
	}
}

func TestAFieldOfTwoSettingsIsNamedWithTheLineOfTheSecond(t *testing.T) {
	text, line := document(row{"status_field", `"A"`}, row{"link_field", `"A"`})
	if got := mistakes(t, text); len(got) != 1 || strings.HasPrefix(got[0], "line 1:") {
		t.Errorf("mistakes %q; want line %d or %d", got, line, line+1)
	}
}

func TestBlanksAroundStatusNamesMeanNothing(t *testing.T) {
	text, _ := document(row{"status_map", `{"a": " Zárt "}`}, row{"status_names", `{" Zárt ": "Paid"}`})
	if c, err := punte.ParseConnection(text, labels); err != nil || c.StatusMap[0].State != punte.Paid {
		t.Errorf("ParseConnection = %+v, %v; want Paid", c, err)
	}
}

func TestBaseAddressesHaveAHostAndNoEmptyQuery(t *testing.T) {
	for _, value := range []string{`"https://h?"`, `"https://h#"`, `"https://:443"`} {
		text, _ := document(row{"minicrm", `{"system_id": "1", "api_key": "k", "base_url": ` + value + `}`})
		if c, err := punte.ParseConnection(text, labels); err == nil {
			t.Errorf("base_url %s reads %q; want an error", value, c.MiniCRM.BaseURL)
		}
	}
}

func TestNoKnownLabelsIsNoPanic(t *testing.T) {
	text, _ := document(row{"status_map", `{"a": "b"}`})
	if _, err := punte.ParseConnection(text, nil); punte.ErrorCode(err) != punte.Invalid {
		t.Errorf("ParseConnection without labels: %v; want an invalid error", err)
	}
}

func TestAParameterInATemplatesQueryIsEscaped(t *testing.T) {
	c := punte.Connection{LinkSource: "template:https://shop.example/o?key={key}&x=1"}
	if got, want := c.Link(punte.Order{Key: "a&b+c"}, ""), "https://shop.example/o?key=a%26b%2Bc&x=1"; got != want {
		t.Errorf("Link = %q; want %q", got, want)
	}
}

func TestLeadingZerosMeanNothingWithVariantsEither(t *testing.T) {
	got := positions(t, 0, withVariants(product("8800", "127", "1"), "Méret", "XL"), withVariants(product("08800", "127", "1"), "Méret", "XL"))
	if len(got) != 1 {
		t.Errorf("Positions = %+v; want one line", sentOf(got))
	}
}

func TestAProductNumberedLikeAReservedWordIsAnotherThing(t *testing.T) {
	got := positions(t, 0, product("shipping-cost", "127", "1"), product("4999999001", "127", "1"))
	if len(got) != 2 || got[0].ID == got[1].ID || got[0].Identity.Source() == got[1].Identity.Source() {
		t.Errorf("Positions = %+v; want two lines of two identities", sentOf(got))
	}
}
