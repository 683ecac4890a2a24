package minicrmsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// raw sends a request with exactly these headers and no credentials but those.
func (b *bench) raw(method, path, body string, header map[string]string) (int, string) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.server.URL+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := b.server.Client().Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(response.Body); err != nil {
		b.t.Fatal(err)
	}
	return response.StatusCode, text.String()
}

// as compares the JSON of an answer with what is wanted, member by member.
func (b *bench) as(path, want string) {
	b.t.Helper()
	var wanted map[string]any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		b.t.Fatalf("reading what %s should be: %v", path, err)
	}
	if diff := cmp.Diff(wanted, b.want("GET", path, "")); diff != "" {
		b.t.Errorf("GET %s differs (-want +got):\n%s", path, diff)
	}
}

func TestOnlyTheSystemsNumberAndKeyOpenIt(t *testing.T) {
	b := start(t, Options{})
	for header, want := range map[string]int{
		"":                                  401,
		"Basic NTE0MzI6d3Jvbmc=":            401, // another key
		"Bearer " + DefaultAPIKey:           401,
		"Basic !!":                          401,
		"Basic " + basic("1", "x"):          401,
		"Basic " + basic("51432", ""):       401,
		"Basic " + basic("", DefaultAPIKey): 401,
		"Basic " + basic(DefaultSystemID, DefaultAPIKey): 200,
	} {
		for _, path := range []string{"/Api/R3/Category", "/Api/Order/List", "/Api/Invoice/List"} {
			if got, text := b.raw("GET", path, "", map[string]string{"Authorization": header}); got != want {
				t.Errorf("GET %s with %q = %d %s; want %d", path, header, got, text, want)
			}
		}
	}
	address := strings.Replace(b.server.URL, "://", "://51432:"+DefaultAPIKey+"@", 1)
	request, err := http.NewRequestWithContext(t.Context(), "GET", address+"/Api/R3/Category", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := b.server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != 200 {
		t.Errorf("with the credentials in the address = %d; want 200", response.StatusCode)
	}
}

func basic(user, key string) string {
	request := http.Request{Header: make(http.Header)}
	request.SetBasicAuth(user, key)
	return strings.TrimPrefix(request.Header.Get("Authorization"), "Basic ")
}

func TestErrorsArePlainTextAndNameTheCall(t *testing.T) {
	b := start(t, Options{Language: "hu"})
	for _, one := range []struct {
		method, path, body string
		status             int
		text               string
	}{
		{"POST", "/Api/R3/Project", `{"a":1}`, 405, "Project (POST): A metódus nem engedélyezett!"},
		{"DELETE", "/Api/R3/Project/1", "", 405, "Project (DELETE): A metódus nem engedélyezett!"},
		{"OPTIONS", "/Api/R3/Project", "", 405, "Project (OPTIONS): A metódus nem engedélyezett!"},
		{"PATCH", "/Api/R3/Contact/1", "", 405, "Contact (PATCH): A metódus nem engedélyezett!"},
		{"PUT", "/Api/R3/Category", "", 405, "Category (PUT): A metódus nem engedélyezett!"},
		{"POST", "/Api/R3/ToDo", `{"ProjectId":1}`, 405, "ToDo (POST): A metódus nem engedélyezett!"},
		{"PUT", "/Api/Order/1/Finalize", "{}", 405, "Order (PUT): A metódus nem engedélyezett!"},
		{"GET", "/Api/R3/Users", "", 404, "Users (GET): Nem található"},
		{"GET", "/Api/R4/Project", "", 404, "R4 (GET): Nem található"},
		{"GET", "/Api/R3/project/1", "", 404, "project (GET): Nem található"},
		{"GET", "/Api/R3/Project/1", "", 404, "Project (GET): Nem található"},
		{"GET", "/Api/R3/Project/x", "", 404, "Project (GET): Nem található"},
		{"GET", "/Api/R3/Project?categoryid=3", "", 400, `Project (GET): Nem megfelelő paraméter: "categoryid"`},
		{"PUT", "/Api/R3/ToDo", `{}`, 400, `ToDo (PUT): Nem megfelelő paraméter: "Data (JSON)"`},
		{"PUT", "/Api/R3/ToDo", `[]`, 400, `ToDo (PUT): Nem megfelelő paraméter: "Data (JSON)"`},
	} {
		status, text := b.call(one.method, one.path, one.body)
		if status != one.status || text != one.text {
			t.Errorf("%s %s = %d %q; want %d %q", one.method, one.path, status, text, one.status, one.text)
		}
	}
	if got := b.header("/Api/R3/Project/1", "Content-Type"); !strings.HasPrefix(got, "text/plain") {
		t.Errorf("an error has the Content-Type %q; want plain text", got)
	}
}

func TestCallsAreReadLeniently(t *testing.T) {
	b := start(t, Options{})
	if got, _ := b.call("GET", "/Api/R3/Category/", `{"Ignored":[1,2]}`); got != 200 {
		t.Errorf("GET with a body and a trailing slash = %d; want 200", got)
	}
	b.person("Pop", "")
	b.want("PUT", "/Api/R3/Project/", `{"Id":0,"CategoryId":"3","ContactId":"1","Name":"By a text"}`)
	b.want("PUT", "/Api/R3/ToDo/?ProjectId=1&Comment=By+the+address", "")
	b.as("/Api/R3/ToDo/1", `{"Id":1,"UserId":"Ana Ionescu","ContactId":1,"ProjectId":1,"SenderUserId":"Ana Ionescu","Type":"",
		"Duration":0,"Reminder":0,"Status":"Open","Mode":"","Deadline":"","Comment":"By the address","AddressId":0,
		"CreatedBy":"MiniCRM","CreatedAt":"2026-03-10 12:00:00","UpdatedBy":"MiniCRM","UpdatedAt":"2026-03-10 12:00:00",
		"ClosedBy":"","ClosedAt":"","Attachments":[],"Members":[],"Notes":[]}`)
}

func TestHistoryTellsEveryMoveNewestFirst(t *testing.T) {
	b := start(t, Options{})
	card := b.newCard(3, b.person("Pop", ""), `,"StatusId":"Negotiation"`)
	path := fmt.Sprint("/Api/R3/Project/", card)
	b.clock.advance(time.Hour)
	b.want("PUT", path, `{"StatusId":"Won"}`)
	b.want("PUT", path, `{"Name":"No move"}`)
	b.as(fmt.Sprintf("/Api/R3/ProjectHistory/%d?Type=StatusHistory", card), `{"Count":"2","Results":{
		"2":{"Id":"2","ProjectId":"1","Type":"StatusHistory","UserId":"0","ClosedAt":"2026-03-10 13:00:00","Status_Old_Id":"2802",
			"Status_New_Id":"2803","Status_Old_Name":"Negotiation","Status_New_Name":"Won"},
		"1":{"Id":"1","ProjectId":"1","Type":"StatusHistory","UserId":"0","ClosedAt":"2026-03-10 12:00:00","Status_Old_Id":"",
			"Status_New_Id":"2802","Status_Old_Name":"","Status_New_Name":"Negotiation"}}}`)
	if got := b.text("GET", fmt.Sprint("/Api/R3/ProjectHistory/", card), ""); strings.Index(got, `"2":`) > strings.Index(got, `"1":`) {
		t.Errorf("history = %s; want the newest first", got)
	}
	b.want("PUT", path, `{"Deleted":1}`)
	b.refused("GET", fmt.Sprint("/Api/R3/ProjectHistory/", card), "", 404, "Not Found")
}

func TestHistoryHoldsTheMovesOfOrdersAndSegments(t *testing.T) {
	b := start(t, Options{})
	b.sold("Issued")
	b.want("POST", "/Api/Order/1/Complete", "{}")
	b.want("POST", "/_sim/clock", `{"advance":"744h"}`) // 31 days
	names := func(card int) string {
		var all []string
		rows := b.want("GET", fmt.Sprint("/Api/R3/ProjectHistory/", card), "")["Results"].(map[string]any)
		for id := 1; id < 20; id++ {
			if row, ok := rows[fmt.Sprint(id)].(map[string]any); ok {
				all = append(all, row["Status_New_Name"].(string))
			}
		}
		return strings.Join(all, ", ")
	}
	if got := names(2); got != "In progress, Completed" {
		t.Errorf("the order's card was %s; want In progress, Completed", got)
	}
	if got := names(1); got != "New, Passive" {
		t.Errorf("the customer's card was %s; want New, Passive", got)
	}
}

func TestMailsOfACardAreListedFromADayOn(t *testing.T) {
	b := start(t, Options{})
	b.newCard(3, b.person("Pop", ""), "")
	for _, at := range []string{"2026-03-01 08:00:00", "2026-03-09 08:00:00"} {
		b.want("POST", "/_sim/mails", fmt.Sprintf(`{"card_id":1,"template_id":1,"from":"a@example.com","to":"b@example.com","subject":"Hi","body":"<p>Hi</p>","created_at":%q,"opened_at":"2026-03-09 09:00:00"}`, at))
	}
	b.as("/Api/R3/EmailList/1?CreatedAt=2026-03-05", `{"Count":1,"Results":{"2":{"Id":2,"TemplateId":1,"From":"a@example.com",
		"To":"b@example.com","Subject":"Hi","Body":"<p>Hi</p>","Status":"Sent","CreatedAt":"2026-03-09 08:00:00",
		"OpenedAt":"2026-03-09 09:00:00","ClickedAt":"","UnsubscribedDate":""}}}`)
	if got := b.want("GET", "/Api/R3/EmailList/1", "")["Count"]; got != 2.0 {
		t.Errorf("EmailList counts %v; want both mails", got)
	}
	b.refused("GET", "/Api/R3/EmailList/1?CreatedAt=soon", "", 400, "CreatedAt")
	b.refused("GET", "/Api/R3/EmailList/9", "", 404, "Not Found")
	b.refused("POST", "/_sim/mails", `{"card_id":9}`, 400, "there is no card 9")
}

func TestTemplatesAreReadAndNeverWritten(t *testing.T) {
	b := start(t, Options{Switches: Switches{PlainJSON: true}})
	want := `{"Count":2,"Results":[{"Id":1,"Type":"Email","Name":"Welcome","Url":"https://r3.minicrm.hu/Api/R3/Template/1"},` +
		`{"Id":2,"Type":"Todo","Name":"Call back","Url":"https://r3.minicrm.hu/Api/R3/Template/2"}]}`
	if got := b.text("GET", "/Api/R3/TemplateList/3", ""); got != want {
		t.Errorf("TemplateList = %s; want %s", got, want)
	}
	if got := b.text("GET", "/Api/R3/TemplateList/5", ""); got != `{"Count":0,"Results":[]}` {
		t.Errorf("TemplateList of a module without any = %s", got)
	}
	if got := b.want("GET", "/Api/R3/Template/1", ""); got["Type"] != "Email" || got["Subject"] != "Welcome!" {
		t.Errorf("Template/1 = %v", got)
	}
	b.refused("PUT", "/Api/R3/Template/1", `{"Name":"x"}`, 405, "not allowed")
	b.refused("GET", "/Api/R3/TemplateList/99", "", 404, "Not Found")
}

func TestCardsAreConnectedDescribedAndParted(t *testing.T) {
	b := start(t, Options{})
	person := b.person("Pop", "")
	for range 3 {
		b.newCard(3, person, "")
	}
	b.want("PUT", "/Api/R3/CreateProjectConnection", `{"FromProjectId":1,"ToProjectId":2,"Description":"before"}`)
	b.want("PUT", "/Api/R3/CreateProjectConnection", `{"FromProjectId":1,"ToProjectId":3}`)
	b.want("PUT", "/Api/R3/UpdateProjectConnection", `{"FromProjectId":1,"ToProjectId":2,"Description":"after"}`)
	b.want("PUT", "/Api/R3/DeleteProjectConnection", `{"FromProjectId":1,"ToProjectId":3}`)
	b.as("/Api/R3/ListProjectConnection?FromProjectId=1", `{"TotalCount":1,"Page":0,"ItemPerPage":100,
		"Connections":{"1":{"Id":1,"FromProjectId":1,"ToProjectId":2,"Description":"after"}}}`)
	b.refused("PUT", "/Api/R3/CreateProjectConnection", `{"FromProjectId":1,"ToProjectId":2}`, 400, "ToProjectId")
	b.refused("PUT", "/Api/R3/CreateProjectConnection", `{"FromProjectId":1}`, 400, `Missing parameter: "ToProjectId"`)
	b.refused("PUT", "/Api/R3/DeleteProjectConnection", `{"FromProjectId":1,"ToProjectId":3}`, 404, "Not Found")
	b.refused("GET", "/Api/R3/ListProjectConnection", "", 400, `Missing parameter: "FromProjectId"`)
}

func TestTheTelephonesKeyAndTheSystemsKeyAreNotTheSame(t *testing.T) {
	b := start(t, Options{})
	if got, text := b.raw("POST", "/Api/CallLog", `{"ApiKey":"`+DefaultVOIPKey+`","Number":"+36201112233"}`, nil); got != 200 || text != `{"Id":1}` {
		t.Errorf("CallLog with its own key = %d %s; want 200", got, text)
	}
	b.refused("POST", "/Api/CallLog", `{"ApiKey":"`+DefaultAPIKey+`","Number":"1"}`, 401, "Access denied")
	b.refused("POST", "/Api/CallLog", `{"Number":"1"}`, 401, "Access denied")
	b.refused("GET", "/Api/CallLog", "", 405, "CallLog (GET)")
	want := `[{"id":1,"at":"2026-03-10 12:00:00","fields":{"Number":"+36201112233"}}]` + "\n"
	if got := b.text("GET", "/_sim/phonecalls", ""); got != want {
		t.Errorf("/_sim/phonecalls = %s; want %s", got, want)
	}
	b.key = DefaultVOIPKey
	b.refused("GET", "/Api/R3/Category", "", 401, "Access denied")
}

func TestAWebFormBecomesAPersonAndACard(t *testing.T) {
	b := start(t, Options{})
	send := func(values map[string]string) (int, string) {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		for name, value := range values {
			if err := form.WriteField(name, value); err != nil {
				t.Fatal(err)
			}
		}
		if err := form.Close(); err != nil {
			t.Fatal(err)
		}
		return b.raw("POST", "/Api/Signup", body.String(), map[string]string{"Content-Type": form.FormDataContentType()})
	}
	good := map[string]string{
		"FormHash": "3f9c2a7d51", "Contact[0][FirstName]": "Dana", "Contact[0][LastName]": "Pop",
		"Contact[0][Email]": "dana@example.com", "Project[0][Int1107]": "7",
	}
	if got, text := send(good); got != 200 {
		t.Fatalf("Signup = %d %s; want 200", got, text)
	}
	card := b.want("GET", "/Api/R3/Project/1", "")
	if card["Name"] != "Pop Dana" || card["CategoryId"] != 3.0 || card["Int1107"] != 7.0 {
		t.Errorf("the form's card reads %v", card)
	}
	if got := b.want("GET", "/Api/R3/Contact?Email=dana@example.com", "")["Count"]; got != 1.0 {
		t.Errorf("%v persons of that address; want 1", got)
	}
	for name, value := range map[string]string{"FormHash": "unknown", "Contact[0][Shoe]": "43", "Project[0][Int1107]": "x", "Odd": "1"} {
		bad := map[string]string{"FormHash": "3f9c2a7d51", "Contact[0][LastName]": "Rus"}
		bad[name] = value
		if got, text := send(bad); got != 400 {
			t.Errorf("Signup with %s = %q answers %d %s; want 400", name, value, got, text)
		}
	}
	if got := len(b.crm.Cards()); got != 1 {
		t.Errorf("%d cards; want nothing of the refused forms", got)
	}
}

func TestASavedSearchIsATableForWhoeverKnowsItsHash(t *testing.T) {
	b := start(t, Options{})
	person := b.person("Pop", "")
	b.newCard(4, person, `,"Name":"One, \"two\"","StatusId":"In progress","AWB":"77"`)
	b.newCard(4, person, `,"Name":"Done","StatusId":"Successful"`)
	got, text := b.raw("GET", "/Api/SharedFilter?Hash=b81e04c6aa&Type=Project", "", nil)
	want := "Id,Name,StatusId,UserId,LinkPdf,StatusUnas,Observatii,AWB,Enum1221,Set1231,ShippingMethod\n" +
		"1,\"One, \"\"two\"\"\",In progress,Ana Ionescu,,,,77,,,\n"
	if got != 200 || text != want {
		t.Errorf("SharedFilter = %d %q; want %q", got, text, want)
	}
	b.refused("GET", "/Api/SharedFilter?Hash=other&Type=Project", "", 404, "Not Found")
	b.refused("GET", "/Api/SharedFilter?Hash=b81e04c6aa&Type=Contact", "", 400, "Type")
}
