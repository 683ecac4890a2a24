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

func TestContactsAreFoundByEveryFilter(t *testing.T) {
	s, client := system(t, says(200, `{"Count":"2","Results":{"811":{"Id":811,"Name":"Kovács Réka","Url":"u1","Type":"Person","Email":"reka@example.hu","Phone":"+36305550123","BusinessId":"813"},`+
		`"813":{"Id":"813","Name":"Fagyi Kft.","Url":"u2","Type":"Business","Email":"","Phone":null}}}`))
	filter := minicrm.ContactFilter{
		Name: "Kov & Fia", Email: "reka@example.hu", Phone: "+36305550123", Query: "fagyi", Type: minicrm.ContactPerson, MainContactID: 813,
		UpdatedSince: time.Date(2026, 7, 1, 10, 0, 0, 0, time.UTC), Fields: []minicrm.FeedField{{Name: "Enum55", Value: "VIP"}},
	}
	var got []minicrm.ContactRow
	for row, err := range client.Contacts(t.Context(), filter) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row)
	}
	want := []minicrm.ContactRow{
		{ID: 811, Type: minicrm.ContactPerson, TypeLabel: "Person", Name: "Kovács Réka", URL: "u1", Email: "reka@example.hu", Phone: "+36305550123", BusinessID: 813},
		{ID: 813, Type: minicrm.ContactBusiness, TypeLabel: "Business", Name: "Fagyi Kft.", URL: "u2"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Contacts() differ (-want +got):\n%s", diff)
	}
	asked := s.asked()
	address, err := url.Parse(strings.TrimPrefix(asked[0], "GET "))
	if err != nil || len(asked) != 1 {
		t.Fatalf("asked %q, %v; want one call", asked, err)
	}
	query := url.Values{
		"Name": {"Kov & Fia"}, "Email": {"reka@example.hu"}, "Phone": {"+36305550123"}, "Query": {"fagyi"}, "Type": {"Person"},
		"MainContactId": {"813"}, "UpdatedSince": {"2026-07-01 12:00:00"}, "Enum55": {"VIP"}, "Page": {"0"},
	}
	if diff := cmp.Diff(query, address.Query()); diff != "" {
		t.Errorf("asked differently (-want +got):\n%s", diff)
	}
	if !strings.Contains(asked[0], "Phone=%2B36305550123") {
		t.Errorf("asked %s; want the + of the telephone number escaped", asked[0])
	}
}

func TestTheTypeOfAContactIsKnownInThreeLanguages(t *testing.T) {
	tests := []struct {
		label string
		want  minicrm.ContactType
	}{
		{"Személy", minicrm.ContactPerson},
		{"Cég", minicrm.ContactBusiness},
		{"Persoană", minicrm.ContactPerson},
		{"persoana", minicrm.ContactPerson},
		{"Companie", minicrm.ContactBusiness},
		{"Person", minicrm.ContactPerson},
		{"Business", minicrm.ContactBusiness},
		{"Osoba", ""},
		{"", ""},
	}
	for _, tt := range tests {
		_, client := system(t, says(200, `{"Id":5,"Type":"`+tt.label+`"}`))
		got, err := client.Contact(t.Context(), 5)
		if err != nil || got.Type != tt.want || got.TypeLabel != tt.label {
			t.Errorf("Contact() of the type %q = %q, label %q, %v; want %q and the label", tt.label, got.Type, got.TypeLabel, err, tt.want)
		}
	}
}

func TestAddressesAreListedInBothForms(t *testing.T) {
	tests := []struct {
		structured     bool
		answer, asking string
		want           minicrm.AddressList
	}{
		{
			false, `{"Results":{"307":"Raktár (Szeged, Kárász utca 2.)","310":"Iroda"},"Count":2}`, "GET /Api/R3/AddressList/811",
			minicrm.AddressList{Count: 2, Rows: []minicrm.AddressRow{{ID: 307, Address: "Raktár (Szeged, Kárász utca 2.)"}, {ID: 310, Address: "Iroda"}}},
		},
		{
			true, `{"Results":{"307":{"Id":"307","Address":"Raktár","Url":"https:\/\/r3.minicrm.hu\/Api\/R3\/Address\/307"}},"Count":"1"}`,
			"GET /Api/R3/AddressList/811?Structured=1",
			minicrm.AddressList{Count: 1, Rows: []minicrm.AddressRow{{ID: 307, Address: "Raktár", URL: "https://r3.minicrm.hu/Api/R3/Address/307"}}},
		},
		{
			true, `{"Count":1,"Results":[{"Id":307,"Address":"Raktár","Url":"u"}]}`, "GET /Api/R3/AddressList/811?Structured=1",
			minicrm.AddressList{Count: 1, Rows: []minicrm.AddressRow{{ID: 307, Address: "Raktár", URL: "u"}}},
		},
		{false, `{"Results":[],"Count":0}`, "GET /Api/R3/AddressList/811", minicrm.AddressList{Rows: []minicrm.AddressRow{}}},
		{false, `[]`, "GET /Api/R3/AddressList/811", minicrm.AddressList{Rows: []minicrm.AddressRow{}}},
	}
	for _, tt := range tests {
		s, client := system(t, says(200, tt.answer))
		got, err := client.AddressList(t.Context(), 811, tt.structured)
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" || s.asked()[0] != tt.asking {
			t.Errorf("AddressList() of %s, asked %q = %v, differs (-want +got):\n%s", tt.answer, s.asked(), err, diff)
		}
	}
}

func TestTasksOfACardAreListedByStatus(t *testing.T) {
	s, client := system(t, says(200, `{"Count":2,"Results":[{"Id":"1111","Status":"Open","Comment":"Hívd","Deadline":"2026-03-20 23:59:00","UserId":"64","Type":"0","Url":"u"},`+
		`{"Id":7,"Status":"Closed","Comment":null,"Deadline":"0000-00-00 00:00:00","UserId":2,"Type":1566,"Url":""}]}`))
	got, err := client.ToDoList(t.Context(), 9102, minicrm.ToDoAll)
	want := minicrm.ToDoList{Count: 2, Rows: []minicrm.ToDoRow{
		{ID: 1111, Status: "Open", Comment: "Hívd", Deadline: "2026-03-20 23:59:00", UserID: "64", Type: "0", URL: "u"},
		{ID: 7, Status: "Closed", UserID: "2", Type: "1566"},
	}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("ToDoList(9102) = %v, differs (-want +got):\n%s", err, diff)
	}
	if _, err := client.ToDoList(t.Context(), 9102, ""); err != nil {
		t.Fatal(err)
	}
	if asked := strings.Join(s.asked(), ", "); asked != "GET /Api/R3/ToDoList/9102?Status=All, GET /Api/R3/ToDoList/9102" {
		t.Errorf("asked %s", asked)
	}
}

func TestATaskMayHaveOneAttachmentOrSeveral(t *testing.T) {
	one := []minicrm.ToDoAttachment{{FileName: "a.pdf", URL: "u"}}
	for answer, want := range map[string][]minicrm.ToDoAttachment{
		`{"FileName":"a.pdf","Url":"u"}`:       one,
		`[{"FileName":"a.pdf","Url":"u"}]`:     one,
		`{"7":{"FileName":"a.pdf","Url":"u"}}`: one,
		`[]`:                                   nil,
		`""`:                                   nil,
		`null`:                                 nil,
		`[{"FileName":"a.pdf","Url":"u"},{"FileName":"b","Url":null}]`: append(one, minicrm.ToDoAttachment{FileName: "b"}),
	} {
		_, client := system(t, says(200, `{"Id":5,"Attachments":`+answer+`}`))
		got, err := client.ToDo(t.Context(), 5)
		if diff := cmp.Diff(want, got.Attachments); err != nil || diff != "" {
			t.Errorf("the attachments %s = %v, differ (-want +got):\n%s", answer, err, diff)
		}
	}
}

func TestRecordsOfAnotherFormAreRefused(t *testing.T) {
	contact := func(c *minicrm.Client) error { _, err := c.Contact(t.Context(), 1); return err }
	contacts := func(c *minicrm.Client) error {
		_, err := c.ContactPage(t.Context(), minicrm.ContactFilter{}, 0)
		return err
	}
	address := func(c *minicrm.Client) error { _, err := c.Address(t.Context(), 1); return err }
	addresses := func(c *minicrm.Client) error { _, err := c.AddressList(t.Context(), 1, true); return err }
	todo := func(c *minicrm.Client) error { _, err := c.ToDo(t.Context(), 1); return err }
	todos := func(c *minicrm.Client) error { _, err := c.ToDoList(t.Context(), 1, ""); return err }
	tests := []struct {
		answer string
		call   func(c *minicrm.Client) error
	}{
		{`[]`, contact},
		{`{"Id":1,"BusinessId":"Fagyi Kft."}`, contact},
		{`{"Results":{"5":{"BusinessId":{"x":1}}}}`, contacts},
		{`{"Results":{"5":7}}`, contacts},
		{`{"Name":"x"}`, address},
		{`{"Id":1,"ContactId":"x"}`, address},
		{`{"Results":{"x":"Raktár"}}`, addresses},
		{`{"Results":["Raktár"]}`, addresses},
		{`{"Results":{"5":{"Id":"x"}}}`, addresses},
		{`{"Id":1,"ProjectId":[1]}`, todo},
		{`{"Id":1,"Duration":"long"}`, todo},
		{`{"Id":1,"Duration":9223372036854775807}`, todo},
		{`{"Results":[7]}`, todos},
		{`7`, todos},
	}
	for _, tt := range tests {
		_, client := system(t, says(200, tt.answer))
		if e, ok := errors.AsType[*minicrm.Error](tt.call(client)); !ok || e.Kind != minicrm.Malformed {
			t.Errorf("the answer %s = %v; want a Malformed", tt.answer, e)
		}
	}
}

func TestTimesAreReadInMiniCRMsZone(t *testing.T) {
	_, client := system(t, http.NotFound)
	tests := []struct {
		in, want string
		ok       bool
	}{
		{"2026-07-01 12:00:05", "2026-07-01T10:00:05Z", true},
		{"2026-01-01 12:00:05", "2026-01-01T11:00:05Z", true},
		{"2026-01-01 12:00", "2026-01-01T11:00:00Z", true},
		{" 2026-01-01 ", "2025-12-31T23:00:00Z", true},
		{"", "0001-01-01T00:00:00Z", true},
		{"0000-00-00", "0001-01-01T00:00:00Z", true},
		{"0000-00-00 00:00:00", "0001-01-01T00:00:00Z", true},
		{"2026-02-30", "", false},
		{"tegnap", "", false},
		{"2026-01-01T12:00:00Z", "", false},
	}
	for _, tt := range tests {
		got, err := client.Time(tt.in)
		if (err == nil) != tt.ok || tt.ok && got.UTC().Format(time.RFC3339) != tt.want {
			t.Errorf("Time(%q) = %v, %v; want %s, ok = %v", tt.in, got, err, tt.want, tt.ok)
		}
	}
}
