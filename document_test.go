package punte_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"punte"
)

// labels are the names of two states in an account's language.
func labels(label string) (punte.State, bool) {
	state, ok := map[string]punte.State{"Folyamatban": punte.Issued, "Sikeres": punte.Paid}[label]
	return state, ok
}

// sameConnection compares zones by name and keys by what they hide.
var sameConnection = cmp.Options{
	cmp.Comparer(func(a, b *time.Location) bool {
		return (a == nil) == (b == nil) && (a == nil || a.String() == b.String())
	}),
	cmp.Comparer(func(a, b *punte.Secret) bool { return (a == nil) == (b == nil) && a.Reveal() == b.Reveal() }),
}

// row is a setting of a document and its value as JSON.
type row struct{ name, value string }

// shortest is a document with what is required, from line 2 on.
func shortest() []row {
	return []row{
		{"name", `"Magazin"`},
		{"unas", `{"api_key": "shop-key"}`},
		{"minicrm", `{"system_id": "12345", "api_key": "crm-key"}`},
		{"orders_category", `4`},
		{"webshop_category", `5`},
		{"owner", `100001`},
		{"status_map", `{"Kész": "Completed"}`},
		{"start_date", `"2026-01-01"`},
	}
}

// document writes the shortest document with the changes: one line a setting, the
// new ones last. It returns the line of the first change, too.
func document(changes ...row) (text string, line int) {
	rows := shortest()
	for _, change := range changes {
		at := slices.IndexFunc(rows, func(r row) bool { return r.name == change.name })
		if at < 0 {
			at = len(rows)
			rows = append(rows, change)
		}
		rows[at] = change
		if line == 0 {
			line = at + 2
		}
	}
	var lines []string
	for _, r := range rows {
		lines = append(lines, fmt.Sprintf("%q: %s", r.name, r.value))
	}
	return "{\n" + strings.Join(lines, ",\n") + "\n}", line
}

// without writes the shortest document without a setting.
func without(name string) string {
	var lines []string
	for _, r := range shortest() {
		if r.name != name {
			lines = append(lines, fmt.Sprintf("%q: %s", r.name, r.value))
		}
	}
	return "{\n" + strings.Join(lines, ",\n") + "\n}"
}

func parse(t *testing.T, text string) *punte.Connection {
	t.Helper()
	c, err := punte.ParseConnection(text, labels)
	if err != nil {
		t.Fatalf("ParseConnection(%s): %v", text, err)
	}
	return c
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestTheShortestDocumentHasDefaults(t *testing.T) {
	text, _ := document()
	budapest := zone(t, "Europe/Budapest")
	want := &punte.Connection{
		Name:           "Magazin",
		UNAS:           punte.UNASAccess{BaseURL: "https://api.unas.eu/shop/", APIKey: punte.SecretRef{Value: punte.NewSecret("shop-key")}, Zone: budapest},
		MiniCRM:        punte.MiniCRMAccess{BaseURL: "https://r3.minicrm.hu", SystemID: "12345", APIKey: punte.SecretRef{Value: punte.NewSecret("crm-key")}, Zone: budapest},
		OrdersCategory: 4, WebshopCategory: 5, Owner: "100001",
		LinkSource: "auto", StatusMap: punte.StatusMap{{Shop: "Kész", State: punte.Completed}},
		StartDate: punte.Date{Year: 2026, Month: time.January, Day: 1},
		Folder:    "UNAS", SendSKU: true, DeletedOrders: "fail", Customers: "since_start", Contacts: "match", Existing: "leave",
	}
	if diff := cmp.Diff(want, parse(t, text), sameConnection); diff != "" {
		t.Errorf("ParseConnection differs (-want +got):\n%s", diff)
	}
}

// complete is a document with every setting, none at its default.
const complete = `{
  "name": "Két bolt, „a második”",
  "unas":    {"base_url": "http://127.0.0.1:8081/shop/", "api_key": {"env": "SHOP_KEY"}, "time_zone": "Europe/Bucharest"},
  "minicrm": {"base_url": "https://r3.minicrm.ro/", "system_id": 4711, "api_key": {"file": "/run/keys/crm"}, "language": "ro", "time_zone": "UTC"},
  "orders_category": "24",
  "webshop_category": 25,
  "owner": " Ana Ionescu ",
  "link_field": "LinkPdf",
  "link_source": "template:https://shop.example/o/{key}?id={id}",
  "status_field": "StatusUnas",
  "status_map": {"Új": "Issued", "Úton": "Folyamatban", "Kész": "Zárt", "Teszt": null, "Fizetve": " Sikeres "},
  "status_names": {"Zárt": "Completed"},
  "field_map": {"Observatii": "comment.customer", "AWB": "shipping.package_number", "Kivanat": "param:Kívánság"},
  "customer_field_map": {"Newsletter": "newsletter.consent", "Szuletett": "param:Születésnap"},
  "start_date": "2025-12-31",
  "delivery": "push",
  "folder": "Magazin 2",
  "send_sku": false,
  "deleted_orders": "keep",
  "customers": "buyers",
  "contacts": "new",
  "existing": "adopt",
  "shop_number": 99,
  "shared_addresses": ["comenzi@magazin.ro", "info@magazin.ro"]
}`

func completeConnection(t *testing.T) *punte.Connection {
	t.Helper()
	return &punte.Connection{
		Name:           "Két bolt, „a második”",
		UNAS:           punte.UNASAccess{BaseURL: "http://127.0.0.1:8081/shop/", APIKey: punte.SecretRef{Env: "SHOP_KEY"}, Zone: zone(t, "Europe/Bucharest")},
		MiniCRM:        punte.MiniCRMAccess{BaseURL: "https://r3.minicrm.ro", SystemID: "4711", APIKey: punte.SecretRef{File: "/run/keys/crm"}, Language: "ro", Zone: zone(t, "UTC")},
		OrdersCategory: 24, WebshopCategory: 25, Owner: "Ana Ionescu",
		LinkField: "LinkPdf", LinkSource: "template:https://shop.example/o/{key}?id={id}", StatusField: "StatusUnas",
		StatusNames: map[string]punte.State{"Zárt": punte.Completed},
		StatusMap: punte.StatusMap{
			{Shop: "Új", State: punte.Issued},
			{Shop: "Úton", State: punte.Issued},
			{Shop: "Kész", State: punte.Completed},
			{Shop: "Teszt"},
			{Shop: "Fizetve", State: punte.Paid},
		},
		FieldMap: []punte.FieldPair{
			{Field: "AWB", Source: "shipping.package_number"},
			{Field: "Kivanat", Source: "param:Kívánság"},
			{Field: "Observatii", Source: "comment.customer"},
		},
		CustomerFields: []punte.FieldPair{{Field: "Newsletter", Source: "newsletter.consent"}, {Field: "Szuletett", Source: "param:Születésnap"}},
		StartDate:      punte.Date{Year: 2025, Month: time.December, Day: 31},
		Delivery:       "push", Folder: "Magazin 2", DeletedOrders: "keep", Customers: "buyers", Contacts: "new", Existing: "adopt",
		ShopNumber: 99, SharedAddresses: []string{"comenzi@magazin.ro", "info@magazin.ro"}, SharedAddressesGiven: true,
	}
}

func TestEverySettingIsRead(t *testing.T) {
	if diff := cmp.Diff(completeConnection(t), parse(t, complete), sameConnection); diff != "" {
		t.Errorf("ParseConnection differs (-want +got):\n%s", diff)
	}
}

func TestADocumentPastedWithTypographyIsRead(t *testing.T) {
	text, _ := document(row{"status_map", "{“Új „sürgős” rendelés”\u00a0:\u00a0„Issued”\u00a0,\u200b«Kész» : ‘Completed’}"})
	want := punte.StatusMap{{Shop: "Új „sürgős” rendelés", State: punte.Issued}, {Shop: "Kész", State: punte.Completed}}
	if diff := cmp.Diff(want, parse(t, text).StatusMap); diff != "" {
		t.Errorf("the status map differs (-want +got):\n%s", diff)
	}
}

func TestJSONEscapesAreRead(t *testing.T) {
	text, _ := document(
		row{"name", `"A \"nagy\" bolt \\ \u0151\n\ud83d\ude80"`},
		row{"status_map", `{"\u004b\u00e9sz\/k\u00fcldve": "\u0050aid"}`},
	)
	c := parse(t, text)
	if want := "A \"nagy\" bolt \\ ő\n🚀"; c.Name != want {
		t.Errorf("the name reads %q; want %q", c.Name, want)
	}
	if want := (punte.StatusPair{Shop: "Kész/küldve", State: punte.Paid}); len(c.StatusMap) != 1 || c.StatusMap[0] != want {
		t.Errorf("the status map reads %+v; want %+v", c.StatusMap, want)
	}
}

func TestStatusLabelsAreEnglishWordsThenStatusNamesThenTheAccounts(t *testing.T) {
	tests := []struct {
		label, names string
		want         punte.State
	}{
		{"Paid", `{}`, punte.Paid},
		{" Paid ", `{}`, punte.Paid},
		{"Paid", `{"Paid": "Failed"}`, punte.Paid},
		{"Sikeres", `{}`, punte.Paid},
		{"Sikeres", `{"Sikeres": "Failed"}`, punte.Failed},
		{"Átadva", `{"Átadva": "Completed"}`, punte.Completed},
		{"Piszkozat", `{"Piszkozat": "Draft"}`, punte.Draft},
	}
	for _, tt := range tests {
		// Above and below the map, for the order of settings means nothing.
		for _, turned := range []bool{false, true} {
			statuses := fmt.Sprintf(`"status_map": {"Kész": %q}`, tt.label)
			names := fmt.Sprintf(`"status_names": %s`, tt.names)
			if turned {
				statuses, names = names, statuses
			}
			text := strings.TrimSuffix(without("status_map"), "\n}") + ",\n" + statuses + ",\n" + names + "\n}"
			if got := parse(t, text).StatusMap[0].State; got != tt.want {
				t.Errorf("with status_names %s the label %q means %q; want %q", tt.names, tt.label, got, tt.want)
			}
		}
	}
}

func TestNullIsAsGoodAsNothing(t *testing.T) {
	optional := []string{
		"link_field", "link_source", "status_field", "status_names", "field_map", "customer_field_map", "delivery", "folder",
		"send_sku", "deleted_orders", "customers", "contacts", "existing", "shop_number", "shared_addresses",
	}
	var nulls []row
	for _, name := range optional {
		nulls = append(nulls, row{name, "null"})
	}
	nulls = append(nulls,
		row{"unas", `{"base_url": null, "api_key": "shop-key", "time_zone": null}`},
		row{"minicrm", `{"base_url": null, "system_id": "12345", "api_key": "crm-key", "language": null, "time_zone": null}`})
	bare, _ := document()
	text, _ := document(nulls...)
	if diff := cmp.Diff(parse(t, bare), parse(t, text), sameConnection); diff != "" {
		t.Errorf("a document with nulls differs (-without +with):\n%s", diff)
	}
}

func TestAnEmptyListOfSharedAddressesIsNotTheShopsOwn(t *testing.T) {
	text, _ := document(row{"shared_addresses", "[]"})
	if c := parse(t, text); !c.SharedAddressesGiven || len(c.SharedAddresses) != 0 {
		t.Errorf("an empty list reads %q, given %t; want it given and empty", c.SharedAddresses, c.SharedAddressesGiven)
	}
}

func TestEmptyFieldsAreLeftAlone(t *testing.T) {
	text, _ := document(row{"link_field", `""`}, row{"status_field", `""`})
	if c := parse(t, text); c.LinkField != "" || c.StatusField != "" {
		t.Errorf("empty fields read %q and %q", c.LinkField, c.StatusField)
	}
}

func TestKeysMayStandElsewhere(t *testing.T) {
	tests := []struct {
		value string
		want  punte.SecretRef
	}{
		{`"abc"`, punte.SecretRef{Value: punte.NewSecret("abc")}},
		{`" abc\n"`, punte.SecretRef{Value: punte.NewSecret("abc")}},
		{`{"env": "SHOP_KEY"}`, punte.SecretRef{Env: "SHOP_KEY"}},
		{`{"file": "/run/keys/shop"}`, punte.SecretRef{File: "/run/keys/shop"}},
	}
	for _, tt := range tests {
		text, _ := document(row{"unas", `{"api_key": ` + tt.value + `}`})
		if diff := cmp.Diff(tt.want, parse(t, text).UNAS.APIKey, sameConnection); diff != "" {
			t.Errorf("api_key %s differs (-want +got):\n%s", tt.value, diff)
		}
	}
}

// mistakes are the lines of an error.
func mistakes(t *testing.T, text string) []string {
	t.Helper()
	c, err := punte.ParseConnection(text, labels)
	if c != nil || punte.ErrorCode(err) != punte.Invalid {
		t.Errorf("ParseConnection(%s) = %v, %v; want an invalid error", text, c, err)
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

func TestMissingSettingsAreNamed(t *testing.T) {
	for _, r := range shortest() {
		want := []string{"line 1: " + r.name + " is missing; it is required"}
		if diff := cmp.Diff(want, mistakes(t, without(r.name))); diff != "" {
			t.Errorf("without %s (-want +got):\n%s", r.name, diff)
		}
		null, _ := document(row{r.name, "null"})
		if diff := cmp.Diff(want, mistakes(t, null)); diff != "" {
			t.Errorf("with %s null (-want +got):\n%s", r.name, diff)
		}
	}
	nested := []struct {
		change row
		want   string
	}{
		{row{"unas", `{}`}, "line 3: unas.api_key is missing; it is required"},
		{row{"unas", `{"api_key": null}`}, "line 3: unas.api_key is missing; it is required"},
		{row{"minicrm", `{"system_id": "1"}`}, "line 4: minicrm.api_key is missing; it is required"},
		{row{"minicrm", `{"api_key": "k"}`}, "line 4: minicrm.system_id is missing; it is required"},
	}
	for _, tt := range nested {
		text, _ := document(tt.change)
		if diff := cmp.Diff([]string{tt.want}, mistakes(t, text)); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", tt.change.name, tt.change.value, diff)
		}
	}
	if got := len(mistakes(t, "{}")); got != len(shortest()) {
		t.Errorf("an empty document has %d mistakes; want %d", got, len(shortest()))
	}
}

func TestUnknownSettingsAreNamed(t *testing.T) {
	tests := []struct {
		change row
		want   string
	}{
		{row{"colour", `"blue"`}, `line 10: the document has no setting "colour"`},
		{row{"Name", `"x"`}, `line 10: the document has no setting "Name"`},
		{row{"", `null`}, `line 10: the document has no setting ""`},
		{row{"unas", `{"api_key": "k", "apikey": "k"}`}, `line 3: unas has no setting "apikey"`},
		{row{"minicrm", `{"api_key": "k", "system_id": "1",` + "\n" + `"user": null}`}, `line 5: minicrm has no setting "user"`},
	}
	for _, tt := range tests {
		text, _ := document(tt.change)
		if got := mistakes(t, text); len(got) != 1 || !strings.HasPrefix(got[0], tt.want) {
			t.Errorf("%s: mistakes %q; want %q", tt.change.name, got, tt.want)
		}
	}
}

func TestWrongValuesAreNamedWithTheirLine(t *testing.T) {
	inUNAS := func(name, value string) row { return row{"unas", `{"api_key": "k", "` + name + `": ` + value + `}`} }
	inMiniCRM := func(name, value string) row {
		return row{"minicrm", `{"system_id": "1", "api_key": "k", "` + name + `": ` + value + `}`}
	}
	tests := []struct {
		path   string
		values []string
		change func(name, value string) row // nil: the setting itself
	}{
		{path: "name", values: []string{`""`, `" "`, `5`, `true`, `[]`, `{}`}},
		{path: "unas", values: []string{`"key"`, `[]`, `5`, `true`}},
		{path: "minicrm", values: []string{`"key"`, `[]`, `5`, `false`}},
		{path: "orders_category", values: []string{`0`, `-4`, `4.5`, `"Orders"`, `""`, `true`, `{}`, `99999999999`, `1e1`}},
		{path: "webshop_category", values: []string{`0`, `-4`, `4.5`, `"Webshop"`, `""`, `true`, `[]`, `99999999999`}},
		{path: "owner", values: []string{`""`, `"\t"`, `true`, `[1]`, `{}`}},
		{path: "link_field", values: []string{`"Link Pdf"`, `"1Link"`, `"Linképdf"`, `"[Project.Link]"`, `"UserId"`, `"StatusId"`, `"Name"`, `"CategoryId"`, `"Id"`, `"A<b"`, `5`, `{}`}},
		{path: "status_field", values: []string{`"Status Unas"`, `"StatusId"`, `"-x"`, `"x:y"`, `" x"`, `5`, `[]`}},
		{path: "link_source", values: []string{`""`, `"pdf"`, `"AUTO"`, `"param:"`, `"template:"`, `"template:/o/{key}"`, `"template:javascript:alert(1)"`, `"template:https://"`, `"template:ftp://x/{key}"`, `7`}},
		{path: "status_map", values: []string{`[]`, `"x"`, `5`, `true`}},
		{path: "status_map.Kész", values: []string{`5`, `true`, `[]`, `{}`, `""`, `"Completd"`, `"completed"`, `"Zárt"`}, change: inside("status_map")},
		{path: "status_names", values: []string{`[]`, `"x"`, `5`}},
		{path: "status_names.Zárt", values: []string{`"Kész"`, `"issued"`, `"Sikeres"`}, change: inside("status_names")},
		{path: "field_map", values: []string{`[]`, `"AWB"`, `5`}},
		{path: "field_map.AWB", values: []string{`""`, `"order"`, `"order.Key"`, `"param:"`, `"customer_param:"`, `"newsletter.consent"`}, change: inside("field_map")},
		{path: "field_map.Bad name", values: []string{`"order.key"`}, change: inside("field_map")},
		{path: "field_map.UserId", values: []string{`"order.key"`}, change: inside("field_map")},
		{path: "customer_field_map", values: []string{`[]`, `"News"`, `5`}},
		{path: "customer_field_map.News", values: []string{`""`, `"newsletter"`, `"param:"`, `"order.key"`, `"customer_param:x"`}, change: inside("customer_field_map")},
		{path: "customer_field_map.Bad name", values: []string{`"customer.group"`}, change: inside("customer_field_map")},
		{path: "start_date", values: []string{`""`, `"2026-02-29"`, `"2026-1-1"`, `"01.01.2026"`, `"2026-01-01T00:00:00Z"`, `" 2026-01-01"`, `"tomorrow"`}},
		{path: "delivery", values: []string{`""`, `"Pull"`, `"mail"`}},
		{path: "folder", values: []string{`""`, `"  "`, `5`}},
		{path: "send_sku", values: []string{`"true"`, `1`, `[]`}},
		{path: "deleted_orders", values: []string{`""`, `"delete"`}},
		{path: "customers", values: []string{`""`, `"everybody"`}},
		{path: "contacts", values: []string{`""`, `"none"`}},
		{path: "existing", values: []string{`""`, `"overwrite"`}},
		{path: "shop_number", values: []string{`-1`, `100`, `1.5`, `1e1`, `"1"`, `true`, `99999999999999999999`}},
		{path: "shared_addresses", values: []string{`"a@b.ro"`, `{}`, `true`}},
		{path: "shared_addresses[1]", values: []string{`""`, `5`, `null`, `["x"]`}, change: func(_, value string) row {
			return row{"shared_addresses", `["a@b.ro", ` + value + `]`}
		}},
		{path: "unas.base_url", values: []string{`""`, `"api.unas.eu"`, `"ftp://api.unas.eu/"`, `"https://"`, `"https://u:p@api.unas.eu/"`, `"https://api.unas.eu/?a=b"`, `"https://api.unas.eu/#x"`, `"https://a b/"`, `"\u0000"`, `5`}, change: inUNAS},
		{path: "unas.time_zone", values: []string{`""`, `"Local"`, `"Budapest"`, `"+01:00"`, `"../../etc/passwd"`}, change: inUNAS},
		{path: "minicrm.base_url", values: []string{`""`, `"/"`, `"r3.minicrm.hu"`, `"file:///etc"`, `"https://u@r3.minicrm.hu"`, `"https://r3.minicrm.hu/?x=1"`, `5`}, change: inMiniCRM},
		{path: "minicrm.language", values: []string{`""`, `"de"`, `"HU"`, `"hungarian"`}, change: inMiniCRM},
		{path: "minicrm.time_zone", values: []string{`""`, `"Local"`, `"Mars/Olympus"`}, change: inMiniCRM},
		{path: "minicrm.system_id", values: []string{`"abc"`, `-1`, `1.5`, `"12 345"`, `"99999999999"`}, change: func(_, value string) row {
			return row{"minicrm", `{"api_key": "k", "system_id": ` + value + `}`}
		}},
		{path: "unas.api_key", values: wrongKeys, change: func(_, value string) row { return row{"unas", `{"api_key": ` + value + `}`} }},
		{path: "minicrm.api_key", values: wrongKeys, change: func(_, value string) row {
			return row{"minicrm", `{"system_id": "1", "api_key": ` + value + `}`}
		}},
	}
	for _, tt := range tests {
		for _, value := range tt.values {
			change := row{tt.path, value}
			if tt.change != nil {
				_, name, _ := strings.Cut(tt.path, ".")
				change = tt.change(name, value)
			}
			text, line := document(change)
			want := fmt.Sprintf("line %d: %s: ", line, tt.path)
			got := mistakes(t, text)
			if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, want) }) {
				t.Errorf("%s %s: mistakes %q; want %q", tt.path, value, got, want)
			}
			if i := slices.IndexFunc(got, func(s string) bool { return !strings.HasPrefix(s, want) }); i >= 0 {
				t.Errorf("%s %s: the mistake %q is not about it", tt.path, value, got[i])
			}
		}
	}
}

var wrongKeys = []string{
	`""`, `" "`, `5`, `true`, `[]`, `{}`, `{"env": ""}`, `{"env": 5}`, `{"vault": "x"}`, `{"env": "A", "file": "b"}`, `{"file": null}`,
}

// inside changes one member of an object.
func inside(object string) func(name, value string) row {
	return func(name, value string) row { return row{object, fmt.Sprintf("{%q: %s}", name, value)} }
}

func TestAllMistakesAreReportedTogether(t *testing.T) {
	text := `{
  "name": "",
  "unas": {
    "base_url": "shop",
    "api_key": "k",
    "retries": 3
  },
  "minicrm": {"system_id": "x", "api_key": 5},
  "orders_category": 0,
  "owner": 100001,
  "link_field": "Link Pdf",
  "status_map": {
    "Kész": "Completed",
    "Új": "Nieuw",
    "Régi": 4
  },
  "field_map": {"AWB": "awb"},
  "start_date": "2026-13-01",
  "shop_number": 100
}`
	starts := []string{
		"line 2: name: is empty",
		"line 4: unas.base_url: must be an address",
		`line 6: unas has no setting "retries"`,
		"line 8: minicrm.system_id: must be the number",
		"line 8: minicrm.api_key: must be the key",
		"line 9: orders_category: must be the number of a module",
		`line 11: link_field: "Link Pdf" can't be the name`,
		`line 17: field_map.AWB: there is no source "awb"`,
		`line 18: start_date: "2026-13-01" is not a date`,
		"line 19: shop_number: must be a number from 0 to 99",
		"line 1: webshop_category is missing",
		`line 14: status_map.Új: "Nieuw" is not a status`,
		"line 15: status_map.Régi: must be a status",
	}
	got := mistakes(t, text)
	for _, start := range starts {
		if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, start) }) {
			t.Errorf("the mistake %q is not among\n%s", start, strings.Join(got, "\n"))
		}
	}
	if len(got) != len(starts) {
		t.Errorf("there are %d mistakes; want %d:\n%s", len(got), len(starts), strings.Join(got, "\n"))
	}
}

func TestWhatStandsTwiceIsNamedWithBothLines(t *testing.T) {
	tests := []struct{ text, want string }{
		{"{\n\"name\": \"a\",\n\"owner\": 1,\n\"name\": \"b\"\n}", `line 4: "name" stands twice in the document (first on line 2); keep one`},
		{"{\"status_map\": {\n\"Kész\": \"Paid\",\n\"Új\": \"Issued\",\n\n\"Kész\": \"Failed\"}}", `line 5: "Kész" stands twice in status_map (first on line 2); keep one`},
		{"{\"status_map\": {\n\"Kész\": \"Paid\",\n\"Kész\": \"Paid\"}}", `line 3: "Kész" stands twice in status_map (first on line 2); keep one`},
		{"{\"status_map\": {\n\"Kész\": \"Paid\",\n\"K\\u00e9sz\": null}}", `line 3: "Kész" stands twice in status_map (first on line 2); keep one`},
		{"{\"status_map\": {\n“Kész”: \"Paid\",\n„Kész”: null}}", `line 3: "Kész" stands twice in status_map (first on line 2); keep one`},
		{"{\"unas\": {\"api_key\": \"a\",\n\"api_key\": \"b\"}}", `line 2: "api_key" stands twice in unas (first on line 1); keep one`},
		{"{\"field_map\": {\"AWB\": \"order.key\",\n\"AWB\": \"order.key\"}}", `line 2: "AWB" stands twice in field_map (first on line 1); keep one`},
	}
	for _, tt := range tests {
		if got := mistakes(t, tt.text); len(got) != 1 || got[0] != tt.want {
			t.Errorf("ParseConnection(%q): mistakes %q; want %q", tt.text, got, tt.want)
		}
	}
}

func TestBrokenJSONIsNamedWithItsLine(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", "line 1: the document ends before it is complete"},
		{" \n ", "line 1: the document ends before it is complete"},
		{"{\n\"name\": \"x\"", "line 2: the document ends before it is complete"},
		{"{\n\"name\": \"x", "line 2: the document ends before it is complete"},
		{"{\n\"name\": \"x\",\n }", "line 3: this is not JSON"},
		{"{\n\"name\" \"x\"}", "line 2: this is not JSON"},
		{"{\n\"name\": \"x\"\n \"owner\": 1}", "line 3: this is not JSON"},
		{"{\n\n  'name': 1}", "line 3: this is not JSON"},
		{"{\n\"name\": tru}", "line 2: this is not JSON"},
		{"{\n\"name\": \"a\tb\"}", "line 2: this is not JSON"},
		{"{\n\"name\": \"\\x\"}", "line 2: this is not JSON"},
		{"{\n\"name\": 01}", "line 2: this is not JSON"},
		{"{\n 1: 2}", "line 2: this is not JSON"},
		{"{}\n{}", "line 2: there is something behind the end of the document"},
		{"{}\n]", "line 2: there is something behind the end of the document"},
		{"[]", "line 1: a connection document is a JSON object"},
		{"\n\"x\"", "line 2: a connection document is a JSON object"},
		{"null", "line 1: a connection document is a JSON object"},
		{"{\"a\":\n" + strings.Repeat("[", 1000), "line 2: the document is nested too deeply"},
		{"{\"a\": \"" + strings.Repeat("x", 4<<20) + "\"}", "the document is longer than 4194304 bytes"},
	}
	for _, tt := range tests {
		got := mistakes(t, tt.text)
		if len(got) != 1 || !strings.HasPrefix(got[0], tt.want) {
			t.Errorf("ParseConnection(%.60q): mistakes %q; want %q", tt.text, got, tt.want)
		}
	}
}

func TestAFieldIsTheTargetOfOneSettingOnly(t *testing.T) {
	tests := []struct {
		changes []row
		want    []string // what the mistake names
	}{
		{[]row{{"link_field", `"AWB"`}, {"status_field", `"AWB"`}}, []string{"AWB", "link_field", "status_field"}},
		{[]row{{"link_field", `"AWB"`}, {"field_map", `{"AWB": "order.key"}`}}, []string{"AWB", "link_field", "field_map"}},
		{[]row{{"status_field", `"AWB"`}, {"field_map", `{"AWB": "order.key"}`}}, []string{"AWB", "status_field", "field_map"}},
	}
	for _, tt := range tests {
		text, _ := document(tt.changes...)
		got := mistakes(t, text)
		if len(got) != 1 {
			t.Errorf("%v: mistakes %q; want one", tt.changes, got)
			continue
		}
		for _, name := range tt.want {
			if !strings.Contains(got[0], name) {
				t.Errorf("%v: the mistake %q does not name %s", tt.changes, got[0], name)
			}
		}
	}
	// The customer's card is another card.
	text, _ := document(row{"link_field", `"AWB"`}, row{"customer_field_map", `{"AWB": "customer.group"}`})
	parse(t, text)
}

func TestEverySourceOfTheCatalogueCanBeMapped(t *testing.T) {
	var orders, customers []string
	for i, name := range append(punte.Sources(), "param:x", "customer_param:x") {
		orders = append(orders, fmt.Sprintf(`"F%d": %q`, i, name))
	}
	for i, name := range append(punte.CustomerSources(), "param:x") {
		customers = append(customers, fmt.Sprintf(`"F%d": %q`, i, name))
	}
	text, _ := document(
		row{"field_map", "{" + strings.Join(orders, ",") + "}"},
		row{"customer_field_map", "{" + strings.Join(customers, ",") + "}"})
	c := parse(t, text)
	if len(c.FieldMap) != len(orders) || len(c.CustomerFields) != len(customers) {
		t.Errorf("%d and %d pairs were read; want %d and %d", len(c.FieldMap), len(c.CustomerFields), len(orders), len(customers))
	}
}

// keyless is what a stored document can't give back.
func keyless(c punte.Connection) punte.Connection {
	c.UNAS.APIKey, c.MiniCRM.APIKey = punte.SecretRef{}, punte.SecretRef{}
	return c
}

// roundTrip writes a connection and reads it back.
func roundTrip(c *punte.Connection) (*punte.Connection, string, error) {
	text, err := c.Document()
	if err != nil {
		return nil, "", fmt.Errorf("writing: %w", err)
	}
	// The labels of the account are gone from what is stored.
	again, err := punte.ParseStored(string(text), func(string) (punte.State, bool) { return "", false })
	return again, string(text), err
}

func TestAStoredDocumentIsReadBackEqual(t *testing.T) {
	short, _ := document()
	none, _ := document(row{"shared_addresses", "[]"}, row{"status_map", "{}"}, row{"field_map", "{}"}, row{"customer_field_map", "{}"})
	odd, _ := document(
		row{"name", `"<b>&\u2028\"\\ “x”"`},
		row{"status_map", `{"z": "Paid", "a": null, "“m”\n": "Draft", "<&>": "Failed", "": "Issued"}`},
		row{"owner", `"00100001"`})
	for _, text := range []string{short, complete, none, odd} {
		c := parse(t, text)
		again, stored, err := roundTrip(c)
		if err != nil {
			t.Errorf("the stored form of %s can't be read back: %v\n%s", text, err, stored)
			continue
		}
		if diff := cmp.Diff(keyless(*c), *again, sameConnection); diff != "" {
			t.Errorf("read back from what is stored (-before +after):\n%s", diff)
		}
		if _, twice, err := roundTrip(again); err != nil || twice != stored {
			t.Errorf("stored twice it reads %s, %v; want %s", twice, err, stored)
		}
	}
}

func TestAStoredDocumentNeedsNoKeysButAllElse(t *testing.T) {
	for _, r := range shortest() {
		if _, err := punte.ParseStored(without(r.name), labels); err == nil {
			t.Errorf("ParseStored without %s gives no error", r.name)
		}
	}
	text, _ := document(row{"unas", "{}"}, row{"minicrm", `{"system_id": "12345"}`})
	if _, err := punte.ParseStored(text, labels); err != nil {
		t.Errorf("ParseStored without keys: %v", err)
	}
}

func TestMistakesNeverShowAKey(t *testing.T) {
	broken := []row{
		{"name", `""`}, {"start_date", `"x"`}, {"more", `1`}, {"status_map", `{"a": "b"}`}, {"link_source", `"x"`},
	}
	for _, r := range broken {
		text, _ := document(r)
		for _, m := range mistakes(t, text) {
			if strings.Contains(m, "shop-key") || strings.Contains(m, "crm-key") {
				t.Errorf("the mistake %q shows a key", m)
			}
		}
	}
	for _, value := range []string{`["hidden-key"]`, `{"env": ["hidden-key"]}`, `{"vault": "hidden-key"}`, `{"env": "hidden-key", "x": 1}`} {
		text, _ := document(row{"unas", `{"api_key": ` + value + `}`})
		if got := strings.Join(mistakes(t, text), "\n"); strings.Contains(got, "hidden-key") {
			t.Errorf("the mistake %q shows the key", got)
		}
	}
}

func FuzzParseConnection(f *testing.F) {
	f.Add(complete)
	short, _ := document()
	f.Add(short)
	for _, name := range slices.Sorted(maps.Keys(seeds)) {
		text, _ := document(row{name, seeds[name]})
		f.Add(text)
	}
	for _, text := range []string{"", "{}", "[]", "null", "{\"name\":", "{“name”: „x”}", "\ufeff{}", strings.Repeat("[", 50), "{\"a\":1,\"a\":2}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := punte.ParseConnection(text, labels)
		if err != nil {
			if e, ok := errors.AsType[*punte.Error](err); !ok || e.Code != punte.Invalid || c != nil {
				t.Errorf("ParseConnection(%q) = %v, %v; want an invalid error alone", text, c, err)
			}
			return
		}
		again, stored, err := roundTrip(c)
		if err != nil {
			t.Fatalf("%q parses, but what is stored of it does not: %v\n%s", text, err, stored)
		}
		if diff := cmp.Diff(keyless(*c), *again, sameConnection); diff != "" {
			t.Errorf("%q read back from what is stored (-before +after):\n%s", text, diff)
		}
	})
}

// seeds are values from which fuzzing finds its way to the readers.
var seeds = map[string]string{
	"status_map":         `{"a": "Sikeres", "b": null, "c": " Paid "}`,
	"status_names":       `{"x": "Draft"}`,
	"field_map":          `{"A": "param:x", "B.c-d": "order.total"}`,
	"customer_field_map": `{"A": "newsletter.consent"}`,
	"link_source":        `"template:https://x/{key}"`,
	"minicrm":            `{"base_url": "https://r3.minicrm.io//", "system_id": 1, "api_key": {"env": "K"}, "language": "en", "time_zone": "UTC"}`,
	"owner":              `1e5`,
	"shared_addresses":   `["a@b", "\ud800"]`,
	"shop_number":        `-0`,
	"start_date":         `"0000-01-01"`,
	"orders_category":    `"+4"`,
}

func TestAFieldThatPunteOrMiniCRMWritesIsNoTarget(t *testing.T) {
	for _, tt := range []struct{ setting, field, source string }{
		{"field_map", "UserId", "order.key"},
		{"field_map", "ContactId", "order.key"},
		{"field_map", "CreatedAt", "order.placed"},
		{"field_map", "ReferenceId", "order.id"},
		{"customer_field_map", "Name", "customer.username"},
		{"customer_field_map", "WebshopDisabled", "newsletter.consent"},
		{"customer_field_map", "WebshopLostBasketValue", "customer.points"},
	} {
		text, line := document(row{tt.setting, fmt.Sprintf("{%q: %q}", tt.field, tt.source)})
		_, err := punte.ParseConnection(text, nil)
		if err == nil || !strings.Contains(err.Error(), tt.field) || !strings.Contains(err.Error(), fmt.Sprintf("line %d:", line)) {
			t.Errorf("%s %s: %v; want it refused with line and name", tt.setting, tt.field, err)
		}
	}
}
