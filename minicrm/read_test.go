package minicrm_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"punte/minicrm"
)

func TestCategoriesComeInTheOrderOfTheMenu(t *testing.T) {
	tests := []struct {
		answer string
		want   []minicrm.Category
	}{
		{fixture(t, "category-detailed.json"), []minicrm.Category{
			{ID: 9, Name: "Értékesítés", Type: "Generic", InnerID: 2, OrderID: 10, SenderName: "Bolt", SenderEmail: "bolt@example.hu"},
			{ID: 31, Name: "Megrendelés", InnerID: 7, OrderID: 20},
			{ID: 12, Name: "Webshop", Type: "Webshop", InnerID: 4, OrderID: 30, SenderName: "Bolt", SenderEmail: "bolt@example.hu", Phone: "36105550101"},
		}},
		{fixture(t, "category-plain.json"), []minicrm.Category{
			{ID: 9, Name: "Vânzări"}, {ID: 12, Name: "Webshop"}, {ID: 31, Name: "Comenzi"},
		}},
		{"[]", []minicrm.Category{}},
	}
	for _, tt := range tests {
		s, client := system(t, says(200, tt.answer))
		got, err := client.Categories(t.Context())
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("Categories() of %.40q = %v, differs (-want +got):\n%s", tt.answer, err, diff)
		}
		got, err = client.CategoryNames(t.Context()) // either call may get either answer
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" || s.asked()[1] != "GET /Api/R3/Category" {
			t.Errorf("CategoryNames() of %.40q, asked %q = %v, differs (-want +got):\n%s", tt.answer, s.asked(), err, diff)
		}
	}
}

func TestProjectSchemaKeepsTheOrderOfFieldsAndOptions(t *testing.T) {
	_, client := system(t, says(200, fixture(t, "schema-orders.json")))
	got, err := client.ProjectSchema(t.Context(), 31)
	statuses := []minicrm.Option{{3050, "Piszkozat"}, {3010, "Folyamatban"}, {3020, "Teljesített"}, {3040, "Sikeres"}, {3030, "Sikertelen"}}
	users := []minicrm.Option{{64, "Kiss Ilona"}, {2, "Pop Andrei"}, {128, "Nagy Béla"}}
	want := minicrm.Schema{Fields: []minicrm.Field{
		{Name: "Id", Type: "Int"},
		{Name: "CategoryId", Type: "Enum", Options: []minicrm.Option{{9, "Értékesítés"}, {31, "Megrendelés"}}},
		{Name: "ContactId", Type: "Int"},
		{Name: "StatusId", Type: "Enum", Options: statuses},
		{Name: "UserId", Type: "Enum", Options: users}, // powers of two, and still one choice
		{Name: "Name", Type: "Text", Length: 512},
		{Name: "StatusUpdatedAt", Type: "DateTime"},
		{Name: "IsPrivate", Type: "Boolean"},
		{Name: "Invited", Type: "Text", Length: 65535},
		{Name: "Suly", Type: "Float"},
		{Name: "Szamla", Type: "File", MaxSize: 10 << 20},
		{Name: "RendelesLink", Type: "Text", Length: 1024},
		{Name: "Jegyzet", Type: "Link"},
		{Name: "BoltiAllapot", Type: "Enum", Options: []minicrm.Option{{771, "Új"}, {774, "Csomagolás"}, {772, "Feladva"}}},
		{Name: "Cimkek", Type: "Set", Options: []minicrm.Option{{1, "ajándék"}, {2, "sürgős"}, {8, "törékeny"}}, MaybeSet: true},
		{Name: "Ures", Type: "Enum"},
		{Name: "Jel", Type: "Enum", Options: []minicrm.Option{{0, "nem"}, {1, "igen"}}},
		{Name: "Valaszthato", Type: "Enum", Options: []minicrm.Option{{5, "egyik"}}},
		{Name: "Ismeretlen"},
	}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatalf("ProjectSchema(31) = %v, differs (-want +got):\n%s", err, diff)
	}
	if diff := cmp.Diff(statuses, got.Statuses()); diff != "" {
		t.Errorf("Statuses() differ:\n%s", diff)
	}
	if diff := cmp.Diff(users, got.Users()); diff != "" {
		t.Errorf("Users() differ:\n%s", diff)
	}
	if f, ok := got.Field("RendelesLink"); !ok || f.Length != 1024 {
		t.Errorf("Field(RendelesLink) = %+v, %v; want a text of 1024", f, ok)
	}
	if f, ok := got.Field("rendeleslink"); ok {
		t.Errorf("Field(rendeleslink) = %+v; want none, for case counts", f)
	}
}

func TestProjectsGoThroughAllPages(t *testing.T) {
	pages := map[string]string{"0": fixture(t, "projects-0.json"), "1": fixture(t, "projects-1.json")}
	s, client := system(t, func(w http.ResponseWriter, r *http.Request) {
		says(200, pages[r.URL.Query().Get("Page")])(w, r)
	})
	filter := minicrm.ProjectFilter{
		CategoryID: 31, StatusID: 3010, UserID: 64, ContactID: 7, MainContactID: 8, StatusGroup: "Open",
		Name: "Ó & Ő", Query: "fagyi", Deleted: true, UpdatedAt: time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), Fields: []minicrm.FeedField{{Name: "Enum1221", Value: "Új"}},
		UpdatedSince: time.Date(2026, 3, 29, 0, 59, 59, 0, time.UTC), // the last second of winter time
	}
	var got []minicrm.ProjectRow
	for row, err := range client.Projects(t.Context(), filter) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row)
	}
	want := []minicrm.ProjectRow{
		{ID: 9102, Name: "Kovács Réka", URL: "https://r3.minicrm.hu/Api/R3/Project/9102", ContactID: 811, StatusID: 3010, UserID: 64},
		{ID: 870, Name: "Fagyi Kft.", URL: "https://r3.minicrm.hu/Api/R3/Project/870", ContactID: 812, BusinessID: 813, StatusID: 3020, UserID: 2, Deleted: true},
		{ID: 955, Name: "Dan Ilie", ContactID: 820, StatusID: 3010, UserID: 64},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Projects() differ (-want +got):\n%s", diff)
	}
	asked := s.asked()
	if len(asked) != 2 { // Count was reached: no third call
		t.Fatalf("asked %q; want two pages", asked)
	}
	address, err := url.Parse(strings.TrimPrefix(asked[1], "GET "))
	if err != nil {
		t.Fatal(err)
	}
	query := url.Values{
		"CategoryId": {"31"}, "StatusId": {"3010"}, "UserId": {"64"}, "ContactId": {"7"}, "MainContactId": {"8"},
		"StatusGroup": {"Open"}, "Name": {"Ó & Ő"}, "Query": {"fagyi"}, "Deleted": {"1"}, "Enum1221": {"Új"},
		"UpdatedSince": {"2026-03-29 01:59:59"}, "UpdatedAt": {"2026-03-29 03:00:00"}, "Page": {"1"},
	}
	if diff := cmp.Diff(query, address.Query()); diff != "" {
		t.Errorf("the second page was asked differently (-want +got):\n%s", diff)
	}
}

func TestProjectsEndWhereTheAnswersEnd(t *testing.T) {
	full := `{"Results":{"5":{"Id":5}}}`
	tests := []struct {
		name  string
		pages []string // the last one is repeated
		rows  int
		kind  minicrm.Kind
		calls int
	}{
		{"empty as []", []string{`{"Count":0,"Results":[]}`}, 0, "", 1},
		{"empty as {}", []string{`{"Count":"0","Results":{}}`}, 0, "", 1},
		{"empty as null", []string{`{"Count":0,"Results":null}`}, 0, "", 1},
		{"nothing at all", []string{`[]`}, 0, "", 1},
		{"no Count", []string{full, `{"Results":{"6":{"Id":6}}}`, `{"Results":[]}`}, 2, "", 3},
		{"Count too high", []string{`{"Count":9,"Results":{"5":{}}}`, `{"Count":9,"Results":[]}`}, 1, "", 2},
		{"the same page for ever", []string{full}, 1, minicrm.Malformed, 2},
		{"an error on the second page", []string{`{"Count":9,"Results":{"5":{"Id":5}}}`, `no`}, 1, minicrm.Malformed, 2},
		{"a row without id", []string{`{"Results":[{"Name":"x"}]}`}, 0, minicrm.Malformed, 1},
		{"a row that is none", []string{`{"Results":{"5":"x"}}`}, 0, minicrm.Malformed, 1},
		{"a name for an id", []string{`{"Results":{"5":{"UserId":"Kiss Ilona"}}}`}, 0, minicrm.Malformed, 1},
		{"a count that is none", []string{`{"Count":"many","Results":[]}`}, 0, minicrm.Malformed, 1},
		{"a text for results", []string{`{"Count":1,"Results":"x"}`}, 0, minicrm.Malformed, 1},
	}
	for _, tt := range tests {
		next := 0
		s, client := system(t, func(w http.ResponseWriter, r *http.Request) {
			says(200, tt.pages[min(next, len(tt.pages)-1)])(w, r)
			next++
		})
		rows, kind := 0, minicrm.Kind("")
		for _, err := range client.Projects(t.Context(), minicrm.ProjectFilter{}) {
			if err == nil {
				rows++
				continue
			}
			if e, ok := errors.AsType[*minicrm.Error](err); ok {
				kind = e.Kind
			}
			if strings.Contains(err.Error(), "Ilona") {
				t.Errorf("%s: the error names a person: %v", tt.name, err)
			}
		}
		if calls := len(s.asked()); rows != tt.rows || kind != tt.kind || calls != tt.calls {
			t.Errorf("%s: %d rows, error %q, %d calls; want %d, %q, %d", tt.name, rows, kind, calls, tt.rows, tt.kind, tt.calls)
		}
	}
}

func TestProjectsStopWhenNobodyWantsMore(t *testing.T) {
	s, client := system(t, says(200, fixture(t, "projects-0.json")))
	for row, err := range client.Projects(t.Context(), minicrm.ProjectFilter{}) {
		if err != nil || row.ID != 9102 {
			t.Fatalf("first row = %+v, %v; want 9102", row, err)
		}
		break
	}
	if asked := s.asked(); len(asked) != 1 {
		t.Errorf("asked %q; want one page", asked)
	}
}

func TestProjectShowsLabels(t *testing.T) {
	want := minicrm.Card{
		ID: 9102, Name: "Kovács Réka", CategoryID: 12, ContactID: 811, Status: "Egyszeri vevő", User: "Kiss Ilona",
		Values: map[string]string{
			"Id": "9102", "CategoryId": "12", "ContactId": "811", "StatusId": "Egyszeri vevő", "UserId": "Kiss Ilona",
			"Name": "Kovács Réka", "StatusUpdatedAt": "2026-03-04 10:11:12", "IsPrivate": "0", "Invited": "", "Deleted": "0",
			"CreatedBy": "MiniCRM", "Cimkek": "ajándék, sürgős", "Tags": "a, b", "Osszeg": "1250.5", "Hianyzik": "",
		},
	}
	_, client := system(t, says(200, fixture(t, "project.json")))
	got, err := client.Project(t.Context(), 9102)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("Project(9102) = %v, differs (-want +got):\n%s", err, diff)
	}
	got, ok, err := client.ProjectByReference(t.Context(), 14353)
	if diff := cmp.Diff(want, got); err != nil || !ok || diff != "" {
		t.Errorf("ProjectByReference(14353) = %v, %v, differs (-want +got):\n%s", ok, err, diff)
	}
}

func TestProjectByReferenceKnowsWhenThereIsNone(t *testing.T) {
	tests := []struct {
		status int
		text   string
		found  bool
		kind   minicrm.Kind
	}{
		{404, "Project (GET): Not Found", false, ""},
		{404, "Unauthorized: Access denied", false, minicrm.BadCredentials},
		{200, "[]", false, ""},
		{200, "{}", false, ""},
		{200, "null", false, ""},
		{200, `{"Count":0,"Results":[]}`, false, ""},
		{200, `{"Count":2,"Results":{"5":{},"6":{}}}`, false, minicrm.Malformed},
		{200, `{"Name":"no id"}`, false, minicrm.Malformed},
		{500, "", false, minicrm.Unavailable},
	}
	for _, tt := range tests {
		_, client := system(t, says(tt.status, tt.text))
		card, found, err := client.ProjectByReference(t.Context(), 5)
		var kind minicrm.Kind
		if e, ok := errors.AsType[*minicrm.Error](err); ok {
			kind = e.Kind
		}
		if found != tt.found || kind != tt.kind {
			t.Errorf("ProjectByReference() answered %d %q = %+v, %v, %v; want %v, %q", tt.status, tt.text, card, found, err, tt.found, tt.kind)
		}
	}
}

func TestProjectByReferenceUnderstandsAList(t *testing.T) {
	s, client := system(t, func(w http.ResponseWriter, r *http.Request) {
		text := fixture(t, "project.json")
		if r.URL.Query().Has("ReferenceId") {
			text = `{"Count":1,"Results":{"9102":{"Id":9102,"Name":"Kovács Réka"}}}`
		}
		says(200, text)(w, r)
	})
	card, ok, err := client.ProjectByReference(t.Context(), 14353)
	if err != nil || !ok || card.Status != "Egyszeri vevő" {
		t.Errorf("ProjectByReference(14353) = %+v, %v, %v; want the card itself", card, ok, err)
	}
	if asked := s.asked(); len(asked) != 2 || asked[1] != "GET /Api/R3/Project/9102" {
		t.Errorf("asked %q; want the list, then the card", asked)
	}
}

func TestOrderListKeepsTheOrderSent(t *testing.T) {
	s, client := system(t, says(200, fixture(t, "order-list.json")))
	since := time.Date(2026, 3, 4, 23, 15, 59, 0, time.UTC)
	got, err := client.OrderList(t.Context(), minicrm.OrderFilter{UpdatedSince: since}, 2)
	want := minicrm.OrderPage{Count: 2, Rows: []minicrm.OrderRow{
		{
			ID: 77, ProjectID: 8801, Type: "Order", Number: "100482", Issued: "2026-03-05", Performance: "2026-03-04", Prompt: "2026-03-12", CurrencyCode: "HUF",
			AmountNet: "8000.0000", AmountVat: "2160.0000", Amount: "10160.0000", Status: "Sikeres", StatusGroup: "Success",
			DocumentURL: "https://r3.minicrm.hu/51000/Download/S3/?t=doc&inline=0&e=abc",
		},
		{
			ID: 15, ProjectID: 8702, Number: "100480", Performance: "2026-03-03", CurrencyCode: "RON",
			AmountNet: "100", AmountVat: "21.00", Amount: "121", Status: "Folyamatban", StatusGroup: "Open",
		},
	}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("OrderList() = %v, differs (-want +got):\n%s", err, diff)
	}
	if asked, want := s.asked()[0], "GET /Api/Order/List?Page=2&UpdatedSince=2026-03-05+00%3A15"; asked != want {
		t.Errorf("asked %s; want %s", asked, want)
	}
}

// In the night of 25 October 2026 the hour from 02:00 to 03:00 is printed twice in Budapest; the first pass ends at
// 01:00 UTC. What changed at 02:10 of the second pass must be found since 02:50 of the first.
func TestSinceMeansTooMuchRatherThanTooLittleInAutumn(t *testing.T) {
	tests := []struct{ since, want string }{
		{"2026-10-24T23:50:00Z", "2026-10-25 01:50"},
		{"2026-10-25T00:00:00Z", "2026-10-25 01:00"},
		{"2026-10-25T00:50:00Z", "2026-10-25 01:50"},
		{"2026-10-25T01:10:00Z", "2026-10-25 02:10"},
		{"2026-10-25T02:00:00Z", "2026-10-25 03:00"},
		{"2026-03-29T01:00:00Z", "2026-03-29 03:00"},
	}
	for _, tt := range tests {
		s, client := system(t, says(200, "[]"))
		since, err := time.Parse(time.RFC3339, tt.since)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.OrderList(t.Context(), minicrm.OrderFilter{UpdatedSince: since}, 0); err != nil {
			t.Fatal(err)
		}
		address, err := url.Parse(strings.TrimPrefix(s.asked()[0], "GET "))
		if err != nil {
			t.Fatal(err)
		}
		if got := address.Query().Get("UpdatedSince"); got != tt.want {
			t.Errorf("OrderList(since %s) asks since %q; want %q", tt.since, got, tt.want)
		}
	}
}

func TestOrderReadsItsDocument(t *testing.T) {
	_, client := system(t, says(200, fixture(t, "order.json")))
	got, err := client.Order(t.Context(), 77)
	want := minicrm.Document{
		ID: 77, ProjectID: 8801, CustomerID: 812, Number: "100482", InvoiceMode: "Normal", PaymentMethod: "CashOnDelivery",
		Performance: "2026-03-04", CurrencyCode: "HUF", AmountNet: "8000", AmountVat: "2160", Amount: "10160",
		Customer: minicrm.DocumentCustomer{
			Name: "Fagyi Kft.", CountryID: "36", PostalCode: "6720", City: "Szeged", Address: "Kárász utca 2.", VatNumber: "11223344-2-06",
		},
		Items: []minicrm.DocumentItem{{
			ID: 301, SKU: "FT-1", Name: "Fagylalttölcsér", PriceNet: "400.000000", Quantity: "20.0000", Unit: "darab",
			VAT: "27%", PriceNetTotal: "8000.0000", PriceTotal: "10160.00",
		}},
		Project: map[string]string{"Name": "100482 (Fagyi Kft.)", "StatusId": "3040", "RendelesLink": "https://bolt.example.hu/r/1"},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("Order(77) = %v, differs (-want +got):\n%s", err, diff)
	}
}

func TestListsAndSchemasOfAnotherFormAreRefused(t *testing.T) {
	tests := []struct {
		answer string
		call   func(c *minicrm.Client) error
	}{
		{`["Text(5)"]`, func(c *minicrm.Client) error { _, err := c.ProjectSchema(t.Context(), 1); return err }},
		{`{"Szin":{"red":"piros"}}`, func(c *minicrm.Client) error { _, err := c.ProjectSchema(t.Context(), 1); return err }},
		{`no`, func(c *minicrm.Client) error { _, err := c.ProjectSchema(t.Context(), 1); return err }},
		{`{"Results":{"5":{"ProjectId":"x"}}}`, func(c *minicrm.Client) error {
			_, err := c.OrderList(t.Context(), minicrm.OrderFilter{}, 0)
			return err
		}},
		{`[1]`, func(c *minicrm.Client) error {
			_, err := c.OrderList(t.Context(), minicrm.OrderFilter{}, 0)
			return err
		}},
		{`no`, func(c *minicrm.Client) error {
			_, err := c.OrderList(t.Context(), minicrm.OrderFilter{}, 0)
			return err
		}},
		{`{"5":{"OrderId":"x"}}`, func(c *minicrm.Client) error { _, err := c.Categories(t.Context()); return err }},
		{`{"Id":1,"ContactId":{"x":1}}`, func(c *minicrm.Client) error { _, err := c.Project(t.Context(), 1); return err }},
		{`[]`, func(c *minicrm.Client) error { _, err := c.Project(t.Context(), 1); return err }},
	}
	for _, tt := range tests {
		_, client := system(t, says(200, tt.answer))
		err := tt.call(client)
		if e, ok := errors.AsType[*minicrm.Error](err); !ok || e.Kind != minicrm.Malformed {
			t.Errorf("the answer %s = %v; want a Malformed", tt.answer, err)
		}
	}
}

func TestOrderRefusesWhatIsNoDocument(t *testing.T) {
	for _, text := range []string{`[]`, `{}`, `{"Id":"x"}`, `{"Id":1,"ProjectId":[1]}`, `{"Id":1,"Items":[3]}`, `{"Id":1,"Items":[{"Id":"a"}]}`, `7`} {
		_, client := system(t, says(200, text))
		d, err := client.Order(t.Context(), 1)
		if e, ok := errors.AsType[*minicrm.Error](err); !ok || e.Kind != minicrm.Malformed {
			t.Errorf("Order(1) answered %s = %+v, %v; want a Malformed", text, d, err)
		}
	}
}
