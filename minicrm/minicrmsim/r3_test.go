package minicrmsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestBadCredentialsAreRefusedInPlainText(t *testing.T) {
	for _, test := range []struct {
		user, key string
		switches  Switches
		want      int
	}{
		{"51432", "wrong", Switches{}, 401},
		{"1", DefaultAPIKey, Switches{}, 401},
		{"51432", "wrong", Switches{AccessDenied404: true}, 404},
	} {
		b := start(t, Options{Switches: test.switches})
		b.user, b.key = test.user, test.key
		b.refused("GET", "/Api/R3/Category", "", test.want, "Unauthorized: Access denied")
	}
	b := start(t, Options{})
	b.refused("GET", "/Api/SyncFeed/99999?Source=http://example.com/", "", 401, "Access denied")
}

func TestModulesAreNamedInTheSystemsLanguage(t *testing.T) {
	for language, want := range map[string]string{
		"en": `{"3":"Sales","4":"Orders","5":"Webshop"}`,
		"hu": `{"3":"Értékesítés","4":"Megrendelés","5":"Webshop"}`,
		"ro": `{"3":"Vânzări","4":"Comenzi","5":"Webshop"}`,
	} {
		b := start(t, Options{Language: language, Switches: Switches{PlainJSON: true}})
		if _, got := b.call("GET", "/Api/R3/Category", ""); got != want {
			t.Errorf("Category in %q = %s; want %s", language, got, want)
		}
	}
}

func TestCategoryDetailedPrintsOneModuleEach(t *testing.T) {
	b := start(t, Options{})
	webshop := b.want("GET", "/Api/R3/Category?Detailed=1", "")["5"].(map[string]any)
	if webshop["Name"] != "Webshop" || webshop["Type"] != "Webshop" || webshop["Id"] == 5.0 {
		t.Errorf("Category?Detailed=1 has %v; want the Webshop module under a number of its own", webshop)
	}
}

func TestSchemaListsTypesUsersAndStatuses(t *testing.T) {
	b := start(t, Options{Language: "ro"})
	schema := b.want("GET", "/Api/R3/Schema/Project/4", "")
	for name, want := range map[string]string{
		"LinkPdf": "Text(1024)", "StatusUnas": "Text(255)", "Observatii": "Text(4096)", "AWB": "Text(128)", "ShippingMethod": "Text(255)",
	} {
		if schema[name] != want {
			t.Errorf("schema has %s %v; want %s", name, schema[name], want)
		}
	}
	if got := fmt.Sprint(schema["UserId"]); got != "map[100001:Ana Ionescu 100002:Kiss Béla]" {
		t.Errorf("schema has users %s", got)
	}
	if got := fmt.Sprint(schema["StatusId"]); got != "map[2901:Ciornă 2902:În curs 2903:Finalizată 2904:Reușită 2905:Eșuată]" {
		t.Errorf("schema has statuses %s", got)
	}
	if got := schema["Set1231"].(map[string]any); got["8"] != "Voluminos" {
		t.Errorf("schema has the set %v; want powers of two", got)
	}
	if got := b.want("GET", "/Api/R3/Schema/Person", "")["FirstName"]; got != "Text(255)" {
		t.Errorf("Schema/Person has FirstName %v", got)
	}
	if got := b.want("GET", "/Api/R3/Schema/Business", "")["Name"]; got != "Text(1000)" {
		t.Errorf("Schema/Business has Name %v", got)
	}
	b.refused("GET", "/Api/R3/Schema/Project/77", "", 404, "Schema (GET): Nu a fost găsit")
}

// person makes a contact and returns its id.
func (b *bench) person(last, email string) int {
	b.t.Helper()
	body := fmt.Sprintf(`{"Type":"Person","FirstName":"Dana","LastName":%q,"Email":%q}`, last, email)
	return int(b.want("PUT", "/Api/R3/Contact", body)["Id"].(float64))
}

// newCard makes a card of the Sales module with more fields.
func (b *bench) newCard(module, contact int, fields string) int {
	b.t.Helper()
	body := fmt.Sprintf(`{"Id":0,"CategoryId":%d,"ContactId":%d%s}`, module, contact, fields)
	return int(b.want("PUT", "/Api/R3/Project/", body)["Id"].(float64))
}

func TestPutProjectTakesLabelsAndIDsAndDetailPrintsLabels(t *testing.T) {
	b := start(t, Options{})
	id := b.newCard(4, b.person("Pop", "pop@example.ro"), `,"Name":"By hand","StatusId":"Completed","UserId":100002,"Enum1221":"Phone","Set1231":"Gift, Urgent","AWB":"77"`)
	detail := b.want("GET", fmt.Sprint("/Api/R3/Project/", id), "")
	for name, want := range map[string]any{
		"Name": "By hand", "StatusId": "Completed", "UserId": "Kiss Béla", "Enum1221": "Phone", "Set1231": "Gift, Urgent",
		"AWB": "77", "CategoryId": 4.0, "Deleted": 0.0, "UpdatedAt": "2026-03-10 12:00:00",
	} {
		if detail[name] != want {
			t.Errorf("detail has %s %v; want %v", name, detail[name], want)
		}
	}
	b.want("PUT", fmt.Sprint("/Api/R3/Project/", id), `{"StatusId":2904,"Enum1221":1509,"Set1231":9}`)
	detail = b.want("GET", fmt.Sprint("/Api/R3/Project/", id), "")
	if detail["StatusId"] != "Successful" || detail["Enum1221"] != "Webshop" || detail["Set1231"] != "Fragile, Oversize" || detail["AWB"] != "77" {
		t.Errorf("after a partial change the detail has %v", detail)
	}
}

func TestPutProjectRefusesInPlainTextAndWritesNothing(t *testing.T) {
	b := start(t, Options{Language: "hu"})
	person := b.person("Nagy", "nagy@example.hu")
	id := b.newCard(4, person, `,"AWB":"1"`)
	path := fmt.Sprint("/Api/R3/Project/", id)
	b.refused("PUT", path, `{"AWB":"2","Enum1221":"Fax"}`, 400, "Project (PUT): Érvénytelen érték ('Fax')")
	b.refused("PUT", path, `{}`, 400, `Project (PUT): Nem megfelelő paraméter: "Data (JSON)"`)
	b.refused("PUT", path, `{"Awb":"2"}`, 400, `Nem megfelelő paraméter: "Awb"`)
	b.refused("PUT", path, `{"AWB":"`+strings.Repeat("é", 129)+`"}`, 400, "AWB")
	b.refused("PUT", path, `{"CategoryId":3}`, 400, "CategoryId")
	b.refused("PUT", path, `{"ReferenceId":3}`, 400, "ReferenceId")
	b.refused("PUT", path, `{"AWB":`, 400, "Data (JSON)")
	b.refused("PUT", "/Api/R3/Project/4711", `{"AWB":"2"}`, 404, "Nem található")
	b.refused("PUT", "/Api/R3/Project", `{"CategoryId":4}`, 400, `Hiányzó paraméter: "ContactId"`)
	b.refused("PUT", "/Api/R3/Project", fmt.Sprintf(`{"ContactId":%d}`, person), 400, `Hiányzó paraméter: "CategoryId"`)
	b.refused("POST", path, `{"AWB":"2"}`, 405, "Project (POST): A metódus nem engedélyezett!")
	b.refused("GET", "/Api/R3/Nothing", "", 404, "Nem található")
	if got := b.want("GET", path, "")["AWB"]; got != "1" {
		t.Errorf("after refused changes AWB is %v; want 1", got)
	}
	other := start(t, Options{Switches: Switches{UnknownOption500: true}})
	id = other.newCard(4, other.person("Nagy", ""), "")
	other.refused("PUT", fmt.Sprint("/Api/R3/Project/", id), `{"StatusId":"Nowhere"}`, 500, "Invalid value 'Nowhere' for the StatusId field.")
}

func TestAnUnknownUserGivesTheCardToSomebody(t *testing.T) {
	b := start(t, Options{})
	id := b.newCard(3, b.person("Pop", ""), `,"UserId":"Nobody Here"`)
	if got := b.want("GET", fmt.Sprint("/Api/R3/Project/", id), "")["UserId"]; got != "Ana Ionescu" {
		t.Errorf("the owner is %v; want one of the users", got)
	}
}

func TestSearchPagesByHundredFromZero(t *testing.T) {
	b := start(t, Options{})
	person := b.person("Pop", "")
	for range 205 {
		b.newCard(3, person, "")
	}
	for page, want := range map[int]int{0: 100, 1: 100, 2: 5} {
		answer := b.want("GET", fmt.Sprint("/Api/R3/Project?CategoryId=3&Page=", page), "")
		if got := len(answer["Results"].(map[string]any)); got != want || answer["Count"] != 205.0 {
			t.Errorf("page %d has %d rows of %v; want %d of 205", page, got, answer["Count"], want)
		}
	}
	if _, got := b.call("GET", "/Api/R3/Project?CategoryId=3&Page=3", ""); got != `{"Count":205,"Results":[]}` {
		t.Errorf("beyond the end: %s", got)
	}
	for _, page := range []string{"2147483647", "92233720368547759", "9223372036854775807"} {
		if _, got := b.call("GET", "/Api/R3/Project?CategoryId=3&Page="+page, ""); got != `{"Count":205,"Results":[]}` {
			t.Errorf("page %s: %s; want none of its rows", page, got)
		}
	}
	b.refused("GET", "/Api/R3/Project?Page=x", "", 400, `Invalid parameter: "Page"`)
}

func TestEmptyResultsMayBeAnObject(t *testing.T) {
	b := start(t, Options{Switches: Switches{EmptyObject: true}})
	if _, got := b.call("GET", "/Api/R3/Project", ""); got != `{"Count":0,"Results":{}}` {
		t.Errorf("no results print as %s", got)
	}
}

func TestSearchFiltersAreAnded(t *testing.T) {
	b := start(t, Options{})
	person := b.person("Pop", "")
	first := b.newCard(4, person, `,"Name":"First","StatusId":"Completed","UserId":100002,"AWB":"X1","Enum1221":"Phone","Observatii":"Lásd a bejáratot"`)
	b.clock.advance(time.Hour)
	second := b.newCard(4, person, `,"Name":"Second","StatusId":"Failed","AWB":"X2"`)
	third := b.newCard(3, person, `,"Name":"Third"`)
	b.want("PUT", fmt.Sprint("/Api/R3/Project/", third), `{"Deleted":1}`)
	for query, want := range map[string][]int{
		"CategoryId=4":                          {first, second},
		"":                                      {first, second},
		"StatusId=2903":                         {first},
		"StatusId=Completed":                    {first},
		"UserId=100002":                         {first},
		"CategoryId=4&StatusGroup=Failed":       {second},
		"Name=Second":                           {second},
		"AWB=X1":                                {first},
		"AWB=X1&StatusGroup=Failed":             {},
		"Enum1221=1508":                         {first},
		"Enum1221=Phone":                        {first},
		"Query=BEJARATOT":                       {first},
		"Query=bejarat":                         {},
		"UpdatedSince=2026-03-10+12:30:00":      {second},
		"UpdatedSince=2026-03-10+13:00:00":      {second},
		"UpdatedSince=2026-03-10":               {first, second},
		"UpdatedAt=2026-03-10+12:00:00":         {first},
		fmt.Sprint("ContactId=", person):        {first, second},
		"CategoryId=3&Deleted=1":                {third},
		"CategoryId=3":                          {},
		"CategoryId=4&Deleted=1&Name=Something": {},
	} {
		answer := b.want("GET", "/Api/R3/Project?"+query, "")
		rows, _ := answer["Results"].(map[string]any)
		found := len(rows) == len(want) && answer["Count"] == float64(len(want))
		for _, id := range want {
			found = found && rows[fmt.Sprint(id)] != nil
		}
		if !found {
			t.Errorf("Project?%s = %v; want the cards %v", query, answer, want)
		}
	}
	b.refused("GET", "/Api/R3/Project?Deleted=1", "", 400, "CategoryId")
	b.refused("GET", "/Api/R3/Project?Whatever=1", "", 400, "Whatever")
	b.refused("GET", "/Api/R3/Project?UpdatedSince=yesterday", "", 400, "UpdatedSince")
	strict := start(t, Options{Switches: Switches{UpdatedSinceExclusive: true}})
	strict.newCard(3, strict.person("Pop", ""), "")
	if got := strict.want("GET", "/Api/R3/Project?UpdatedSince=2026-03-10+12:00:00", "")["Count"]; got != 0.0 {
		t.Errorf("with the switch UpdatedSince still counts its own second: %v rows", got)
	}
}

func TestRowsCarryNumbersAndTheHungarianAddress(t *testing.T) {
	b := start(t, Options{})
	id := b.newCard(3, b.person("Pop", ""), "")
	_, got := b.call("GET", "/Api/R3/Project?CategoryId=3", "")
	want := fmt.Sprintf(`{"Count":1,"Results":{"%d":{"Id":%d,"Name":"Pop Dana","Url":"https:\/\/r3.minicrm.hu\/Api\/R3\/Project\/%d",`+
		`"ContactId":1,"StatusId":2801,"UserId":100001,"Deleted":0}}}`, id, id, id)
	if got != want {
		t.Errorf("Project = %s; want %s", got, want)
	}
}

func TestTrashTakesAndGivesBack(t *testing.T) {
	b := start(t, Options{})
	path := fmt.Sprint("/Api/R3/Project/", b.newCard(3, b.person("Pop", ""), ""))
	b.want("PUT", path, `{"Deleted":1}`)
	b.want("PUT", path, `{"Name":"Changed in the Trash"}`)
	if got := b.want("GET", path, ""); got["Deleted"] != 1.0 || got["Name"] != "Changed in the Trash" {
		t.Errorf("a card in the Trash reads %v", got)
	}
	if got := len(b.crm.Cards()); got != 0 {
		t.Errorf("%d cards outside the Trash; want none", got)
	}
	b.want("PUT", path, `{"Deleted":0}`)
	if got := len(b.crm.Cards()); got != 1 {
		t.Errorf("%d cards after giving it back; want 1", got)
	}
}

func TestContactsLiveWithTheirCompanyAndAddresses(t *testing.T) {
	b := start(t, Options{Language: "hu", Switches: Switches{PlainJSON: true}})
	company := int(b.want("PUT", "/Api/R3/Contact/", `{"Type":"Business","Name":"Alma Kft.","VatNumber":"12345678-2-41"}`)["Id"].(float64))
	person := int(b.want("PUT", "/Api/R3/Contact", fmt.Sprintf(`{"Type":"Person","FirstName":"Éva","LastName":"Tóth","Email":"Eva@example.hu","Phone":"+36201112233","BusinessId":%d}`, company))["Id"].(float64))
	for query, want := range map[string]float64{
		"Email=eva@example.hu": 1, "Phone=1112233": 1, "Name=tóth": 1, "Type=Person": 1, "Type=Business": 1, "Query=toth": 1,
		fmt.Sprint("MainContactId=", company): 2, "Email=other@example.hu": 0, "UpdatedSince=2026-03-11": 0,
	} {
		if got := b.want("GET", "/Api/R3/Contact?"+query, "")["Count"]; got != want {
			t.Errorf("Contact?%s counts %v; want %v", query, got, want)
		}
	}
	detail := b.want("GET", fmt.Sprint("/Api/R3/Contact/", person), "")
	if detail["Type"] != "Személy" || detail["BusinessId"] != float64(company) || fmt.Sprint(detail["Tags"]) != "[]" {
		t.Errorf("the person reads %v", detail)
	}
	if got := b.want("GET", fmt.Sprint("/Api/R3/Contact/", company), ""); got["Type"] != "Cég" || got["VatNumber"] != "12345678-2-41" {
		t.Errorf("the company reads %v", got)
	}
	b.refused("PUT", "/Api/R3/Contact", `{"Type":"7","FirstName":"A"}`, 400, "Type")
	b.refused("PUT", "/Api/R3/Contact", `{"Type":"Business"}`, 400, "Name")
	b.refused("PUT", "/Api/R3/Contact", `{"Type":"Person","Email":"a@example.hu"}`, 400, "FirstName")
	address := fmt.Sprintf(`{"ContactId":%d,"Name":"Central","CountryId":"Magyarország","City":"Pécs","PostalCode":"7621","Address":"Fő tér 1"}`, company)
	id := int(b.want("PUT", "/Api/R3/Address", address)["Id"].(float64))
	if _, got := b.call("GET", fmt.Sprint("/Api/R3/AddressList/", company), ""); got != fmt.Sprintf(`{"Results":{"%d":"Central (Fő tér 1)"},"Count":1}`, id) {
		t.Errorf("AddressList = %s", got)
	}
	rows := b.want("GET", fmt.Sprintf("/Api/R3/AddressList/%d?Structured=1", company), "")["Results"].(map[string]any)
	if got := rows[fmt.Sprint(id)].(map[string]any)["Id"]; got != float64(id) {
		t.Errorf("AddressList?Structured=1 has the row %v", rows)
	}
	if got := b.want("GET", fmt.Sprint("/Api/R3/Address/", id), ""); got["CountryId"] != "Magyarország" || got["Default"] != 1.0 {
		t.Errorf("the address reads %v", got)
	}
	b.refused("PUT", "/Api/R3/Address", fmt.Sprintf(`{"ContactId":%d,"Name":"X","CountryId":"Hungary"}`, company), 400, "CountryId")
}

func TestTasksAreMadeByPutAndClosedForGood(t *testing.T) {
	b := start(t, Options{Language: "hu"})
	card := b.newCard(3, b.person("Nagy", ""), "")
	b.refused("POST", "/Api/R3/ToDo/", fmt.Sprintf(`{"ProjectId":%d}`, card), 405, "ToDo (POST): A metódus nem engedélyezett!")
	b.refused("PUT", "/Api/R3/ToDo/", `{}`, 400, `ToDo (PUT): Nem megfelelő paraméter: "Data (JSON)"`)
	id := int(b.want("PUT", "/Api/R3/ToDo/", fmt.Sprintf(`{"ProjectId":%d,"Comment":"Call back"}`, card))["Id"].(float64))
	b.want("PUT", fmt.Sprint("/Api/R3/ToDo/", id), `{"Status":"Closed"}`)
	b.refused("PUT", fmt.Sprint("/Api/R3/ToDo/", id), `{"Comment":"again"}`, 400, "Status")
	list := b.want("GET", fmt.Sprintf("/Api/R3/ToDoList/%d?Status=Closed", card), "")
	if rows := list["Results"].([]any); len(rows) != 1 {
		t.Errorf("ToDoList = %v; want an array of one", list)
	}
	posted := start(t, Options{Switches: Switches{ToDoByPost: true}})
	card = posted.newCard(3, posted.person("Nagy", ""), "")
	posted.want("POST", "/Api/R3/ToDo/", fmt.Sprintf(`{"ProjectId":%d}`, card))
	posted.refused("PUT", "/Api/R3/ToDo/", fmt.Sprintf(`{"ProjectId":%d}`, card), 405, "ToDo (PUT)")
}

func TestTheLastOfTwoEqualParametersCounts(t *testing.T) {
	b := start(t, Options{})
	b.person("Nagy", "nagy@example.hu")
	b.person("Kis", "kis@example.hu")
	for query, want := range map[string]float64{
		"Email=&Email=kis@example.hu": 1, "Email=kis@example.hu&Email=nobody@example.hu": 0,
	} {
		if got := b.want("GET", "/Api/R3/Contact?"+query, "")["Count"]; got != want {
			t.Errorf("Contact?%s counts %v; want %v", query, got, want)
		}
	}
}

func TestTasksAreListedBriefAndTheirOwnersByNumber(t *testing.T) {
	b := start(t, Options{Switches: Switches{PlainJSON: true}})
	card := b.newCard(3, b.person("Nagy", ""), "")
	b.want("PUT", "/Api/R3/ToDo/", fmt.Sprintf(`{"ProjectId":%d,"UserId":"Kiss Béla","Type":"Call","Comment":"Ring","Deadline":"2026-12-01 10:00:00","Duration":5}`, card))
	want := `{"Count":1,"Results":[{"Id":1,"Status":"Open","Comment":"Ring","Deadline":"2026-12-01 10:00:00","UserId":100002,"Type":"Call",` +
		`"Url":"https://r3.minicrm.hu/Api/R3/ToDo/1"}]}`
	if _, got := b.call("GET", fmt.Sprint("/Api/R3/ToDoList/", card), ""); got != want {
		t.Errorf("ToDoList = %s; want %s", got, want)
	}
	if got := b.want("GET", "/Api/R3/ToDo/1", "")["UserId"]; got != "Kiss Béla" {
		t.Errorf("the detail has owner %v; want the name", got)
	}
}

func TestAPersonOnACardIsNotPurged(t *testing.T) {
	b := start(t, Options{})
	bound, free := b.person("Pop", ""), b.person("Rus", "")
	b.newCard(3, bound, "")
	for id, want := range map[int]string{bound: "The person is marked as the main contact on one or more cards.", free: "Successfully deleted"} {
		if got := b.want("PUT", fmt.Sprint("/Api/R3/PurgePerson/", id), "")["Message"]; got != want {
			t.Errorf("PurgePerson/%d = %v; want %v", id, got, want)
		}
	}
	b.refused("GET", fmt.Sprint("/Api/R3/Contact/", free), "", 404, "Not Found")
}

func TestAnswersAreEscapedAsPHPDoes(t *testing.T) {
	b := start(t, Options{Language: "ro"})
	id := b.newCard(3, b.person("Țăran", ""), `,"Name":"A/b \"c\" 😀"`)
	_, got := b.call("GET", fmt.Sprint("/Api/R3/Project/", id), "")
	if want := `"Name":"A\/b \"c\" \ud83d\ude00"`; !strings.Contains(got, want) {
		t.Errorf("detail = %s; want %s in it", got, want)
	}
	var decoded map[string]any
	if err := json.Unmarshal([]byte(got), &decoded); err != nil || decoded["Name"] != `A/b "c" 😀` {
		t.Errorf("decoding %s = %v, %v", got, decoded["Name"], err)
	}
	marked := start(t, Options{Switches: Switches{BOM: true, R3IDsAsStrings: true}})
	if _, got := marked.call("GET", "/Api/R3/Category", ""); !strings.HasPrefix(got, "\uFEFF{") {
		t.Errorf("Category = %q; want a byte order mark first", got)
	}
}

func TestAnswersNameTheirContentType(t *testing.T) {
	b := start(t, Options{})
	request, err := http.NewRequestWithContext(t.Context(), "GET", b.server.URL+"/Api/R3/Category", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(b.user, b.key)
	response, err := b.server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if got := response.Header.Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Errorf("Content-Type = %q", got)
	}
}
