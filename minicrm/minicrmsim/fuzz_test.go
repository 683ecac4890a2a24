package minicrmsim

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// FuzzRESTAnswersWhateverComes sends a call to a small world and then reads all
// of it back: every answer is JSON or a refusal in words, never a crash.
func FuzzRESTAnswersWhateverComes(f *testing.F) {
	for _, seed := range []struct{ method, path, query, body string }{
		{"PUT", "R3/Project/1", "", `{"Int1107":"+7","Float1910":".5","StatusId":2803,"Set1231":[1,"x"]}`},
		{"PUT", "R3/Contact/1", "", `{"Employees":"+12","Tags":",,","Email":"ű@x"}`},
		{"PUT", "R3/ToDo", "", `{"ProjectId":1,"Duration":"+5","Reminder":"007","Members":[{"Entity":1,"EntityId":null}],"Attachments":["http://h/%41"]}`},
		{"POST", "R3/ToDo/1", "", `{"ClosedAt":"2026-03-10"}`},
		{"PUT", "R3/Address", "", `{"ContactId":1,"Name":"\u0000","CountryId":"Hungary"}`},
		{"PUT", "R3/Product", "", `{"Name":"P","SKU":"S","Quantity":"1e30","PriceNet":"-0"}`},
		{"PUT", "R3/CreateProjectConnection", "", `{"FromProjectId":1,"ToProjectId":2}`},
		{"GET", "R3/Project", "Query=a&UpdatedSince=2026&Page=9223372036854775807", ""},
		{"GET", "R3/Project", "ReferenceId=14353", ""},
		{"GET", "R3/Contact", "Phone=%00&Type=Person", ""},
		{"POST", "Order", "", `{"CustomerId":1,"Items":[{"Name":"I","PriceNet":"9e18","Quantity":9,"VAT":"27%"}]}`},
		{"POST", "Order/1", "", `{"ReferenceId":14353,"Items":[{"Id":1,"Quantity":"-1"}]}`},
		{"POST", "Invoice", "", `{"CustomerId":1,"Issued":"2","Items":[{"Name":"I","PriceNet":1}]}`},
		{"POST", "Signup", "FormHash=3f9c2a7d51&Contact[0][LastName]=x", ""},
		{"POST", "CallLog", "", `{"ApiKey":"` + DefaultVOIPKey + `"}`},
		{"GET", "SharedFilter", "Hash=b81e04c6aa&Type=Project", ""},
		{"DELETE", "R3//Project/-1", "", "\x00"},
	} {
		f.Add(seed.method, seed.path, seed.query, seed.body)
	}
	at := time.Date(2026, 3, 10, 11, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		if len(body) > 1<<16 || strings.ContainsFunc(method, func(r rune) bool { return r < 'A' || r > 'Z' }) || method == "" {
			return
		}
		crm := New(Options{Language: "en", Seed: office(), Now: func() time.Time { return at }, Webhooks: []Webhook{{URL: "http://localhost", Type: "Project"}}})
		defer crm.Close()
		call := func(method, path, query, body string) {
			request := httptest.NewRequest(method, "/", strings.NewReader(body))
			request.URL = &url.URL{Path: "/Api/" + path, RawQuery: query}
			request.SetBasicAuth(DefaultSystemID, DefaultAPIKey)
			answer := httptest.NewRecorder()
			crm.ServeHTTP(answer, request)
			text := answer.Body.String()
			switch kind := answer.Header().Get("Content-Type"); {
			case answer.Code == 200 && strings.HasPrefix(kind, "application/json"):
				if !json.Valid([]byte(text)) {
					t.Errorf("%s %s?%s %q answers %s; want JSON", method, path, query, body, text)
				}
			case answer.Code == 200 && !strings.HasPrefix(kind, "text/csv"), text == "":
				t.Errorf("%s %s?%s %q answers %d %s %q", method, path, query, body, answer.Code, kind, text)
			}
		}
		call("POST", "SyncFeed/51432/Upload", "", feedOf(customer(14353, orders(bought(9001)))))
		crm.Settle()
		call("PUT", "R3/ToDo", "", `{"ProjectId":1}`)
		call(method, path, query, body)
		for _, look := range []string{
			"R3/Project/1", "R3/Project", "R3/Contact/1", "R3/Contact", "R3/AddressList/1", "R3/ToDoList/1", "R3/ToDo/1", "R3/ToDo/2",
			"R3/Address/1", "R3/ProjectHistory/1", "Order/1", "Order/2", "Order/List", "Invoice/List", "Invoice/1", "Offer/1",
		} {
			call("GET", look, "", "")
		}
	})
}
