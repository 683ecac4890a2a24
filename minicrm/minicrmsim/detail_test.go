package minicrmsim

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestACardsDetailHasEveryStandardFieldAndLabels(t *testing.T) {
	b := start(t, Options{Language: "hu"})
	b.company("Alma Kft.")
	b.newCard(3, 2, `,"Name":"Ajánlat","Int1107":"12","Float1910":"1.50","Date1912":"0000-00-00 00:00:00","Bool1913":true,`+
		`"File1103":"https://u:p@shop.example/a.pdf, https://shop.example/b.pdf"`)
	got := b.want("GET", "/Api/R3/Project/1", "")
	hash, mail := got["ProjectHash"].(string), got["ProjectEmail"].(string)
	if hash == "" || !strings.Contains(mail, "@") {
		t.Errorf("ProjectHash %q, ProjectEmail %q; want both", hash, mail)
	}
	file := "https://r3.minicrm.hu/51432/Download/S3/?t=project&inline=&e=1-File1103-"
	b.as("/Api/R3/Project/1", fmt.Sprintf(`{"Id":1,"CategoryId":3,"ContactId":2,"BusinessId":1,"StatusId":"Érdeklődő",
		"UserId":"Ana Ionescu","Name":"Ajánlat","StatusUpdatedAt":"2026-03-10 12:00:00","IsPrivate":0,"Invited":"","Deleted":0,
		"CreatedBy":"MiniCRM","CreatedAt":"2026-03-10 12:00:00","UpdatedBy":"MiniCRM","UpdatedAt":"2026-03-10 12:00:00",
		"ProjectHash":%q,"ProjectEmail":%q,"File1103":%q,"Int1107":12,"Float1910":"1.5","Date1912":"0000-00-00 00:00:00",
		"Bool1913":1}`, hash, mail, file+"0,"+file+"1"))
	for name, value := range map[string]string{"File1103": "a.pdf", "Int1107": "1.5", "Float1910": "x", "Date1912": "soon", "Bool1913": "2"} {
		b.refused("PUT", "/Api/R3/Project/1", fmt.Sprintf(`{%q:%q}`, name, value), 400, name)
	}
}

func TestSchemaPrintsEveryType(t *testing.T) {
	b := start(t, Options{Seed: &Seed{
		Users: []User{{1, "A"}, {2, "B"}},
		Modules: []SeedModule{{ID: 9, Name: "All", Users: []int64{2}, Statuses: []SeedStatus{{ID: 5, Name: "On", Group: "Open"}}, Fields: []SeedField{
			{Name: "I", Type: "Int"},
			{Name: "F", Type: "Float"},
			{Name: "B", Type: "Boolean"},
			{Name: "D", Type: "DateTime"},
			{Name: "T", Type: "Text(1024)"},
			{Name: "L", Type: "File(10MB)"},
			{Name: "E", Options: []Option{{1507, "One"}, {1508, "Two"}}},
			{Name: "S", Set: true, Options: []Option{{1, "a"}, {2, "b"}, {1 << 35, "c"}}},
		}}},
		PersonFields: []SeedField{{Name: "Shoe", Type: "Int"}},
	}})
	b.as("/Api/R3/Schema/Project/9", `{"Id":"Int","CategoryId":{"9":"All"},"ContactId":"Int","BusinessId":"Int","StatusId":{"5":"On"},
		"UserId":{"2":"B"},"Name":"Text(512)","StatusUpdatedAt":"DateTime","IsPrivate":"Int","Invited":"Text(65535)","Deleted":"Int",
		"CreatedBy":{"2":"B"},"CreatedAt":"DateTime","UpdatedBy":{"2":"B"},"UpdatedAt":"DateTime",
		"I":"Int","F":"Float","B":"Boolean","D":"DateTime","T":"Text(1024)","L":"File(10MB)",
		"E":{"1507":"One","1508":"Two"},"S":{"1":"a","2":"b","34359738368":"c"}}`)
	b.as("/Api/R3/Schema/Person", `{"Id":"Int","BusinessId":"Int","ParentId":"Int","FirstName":"Text(255)","LastName":"Text(255)",
		"Email":"Text(128)","EmailType":"Text(1024)","Phone":"Text(128)","PhoneType":"Text(1024)","Description":"Text(4096)",
		"Deleted":"Boolean","Shoe":"Int"}`)
	b.as("/Api/R3/Schema/Business", `{"Id":"Int","BusinessId":"Int","ParentId":"Int","Name":"Text(1000)","Email":"Text(128)",
		"EmailType":"Text(1024)","Phone":"Text(128)","PhoneType":"Text(1024)","Description":"Text(4096)","Deleted":"Boolean"}`)
	card := fmt.Sprint("/Api/R3/Project/", b.newCard(9, b.person("Pop", ""), `,"UserId":"A","S":[1,"c"]`))
	if got := b.want("GET", card, ""); got["UserId"] != "B" || got["S"] != "a, c" {
		t.Errorf("the card reads %v; want a user with access and both options", got)
	}
	if got := b.want("GET", "/Api/R3/Project?S=34359738369", "")["Count"]; got != 1.0 {
		t.Errorf("%v cards with that set; want 1", got)
	}
}

func TestAModuleInTheTrashAndARequiredFieldOfASeed(t *testing.T) {
	seed := defaultSeed(english)
	seed.Modules[0].Trashed = true
	seed.Modules[1].Fields[0].Required = true // LinkPdf
	b := start(t, Options{Seed: seed})
	for _, path := range []string{"/Api/R3/Category", "/Api/R3/Category?Detailed=1"} {
		if _, listed := b.want("GET", path, "")["3"]; listed {
			t.Errorf("%s lists a module in the Trash", path)
		}
	}
	b.refused("GET", "/Api/R3/Schema/Project/3", "", 404, "Not Found")
	person := b.person("Pop", "")
	b.refused("PUT", "/Api/R3/Project", fmt.Sprintf(`{"CategoryId":4,"ContactId":%d}`, person), 400, `Missing parameter: "LinkPdf"`)
	card := fmt.Sprint("/Api/R3/Project/", b.newCard(4, person, `,"LinkPdf":"x"`))
	b.want("PUT", card, `{"AWB":"1"}`)
	b.refused("PUT", card, `{"LinkPdf":""}`, 400, `Missing parameter: "LinkPdf"`)
}

func TestSeedsOfTextsAreChecked(t *testing.T) {
	const world = `{"users":[{"id":1,"name":"A"}],"modules":[{"id":3,"name":"M"}],`
	for text, want := range map[string]string{
		`"templates":[{"id":1,"category":4,"type":"Email"}]}`:                                                                       "module 4, which there is not",
		`"templates":[{"id":1,"category":3,"type":"Fax"}]}`:                                                                         `unknown type "Fax"`,
		`"templates":[{"id":1,"category":3,"type":"Sms"},{"id":1,"category":3,"type":"Sms"}]}`:                                      "template 1 needs an id",
		`"forms":[{"hash":"a","category":9}]}`:                                                                                      "module 9, which there is not",
		`"forms":[{"hash":"","category":3}]}`:                                                                                       "needs an id or hash",
		`"webhooks":[{"url":"http://localhost:1/","type":"Order"}]}`:                                                                "webhook 1 needs",
		`"webhooks":[{"url":"here","type":"Project"}]}`:                                                                             "webhook 1 needs",
		`"filters":[{"hash":"a","query":"%zz"}]}`:                                                                                   "filter a",
		`"person_fields":[{"name":"Shoe","type":"Number"}]}`:                                                                        `unknown type "Number"`,
		`"business_fields":[{"name":"Size","options":[{"id":0,"label":"x"}]}]}`:                                                     "bad option",
		`"templates":[{"id":1,"category":3,"type":"Sms"}],"filters":[{"hash":"a"}],"person_fields":[{"name":"Shoe","type":"Int"}]}`: "",
	} {
		_, err := ReadSeed(strings.NewReader(world + text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("ReadSeed(%s) = %v; want %q", text, err, want)
		}
	}
}

func TestContactsReadAsMiniCRMPrintsThem(t *testing.T) {
	seed := defaultSeed(hungarian)
	seed.PersonFields = []SeedField{{Name: "Enum9", Options: []Option{{7, "Kék"}, {8, "Zöld"}}}}
	b := start(t, Options{Language: "hu", Seed: seed})
	b.want("PUT", "/Api/R3/Contact", `{"Type":"Business","Name":"Alma Kft.","Employees":12,"Url":"https://alma.example"}`)
	b.want("PUT", "/Api/R3/Contact", `{"Type":"Person","FirstName":"Éva","LastName":"Tóth","Email":"eva@example.hu","EmailType":"Work","Phone":"+36 20 111-2233","BusinessId":1,"Position":"CEO","Tags":"a,b","Enum9":"Zöld"}`)
	b.as("/Api/R3/Contact/1", `{"Id":1,"Type":"Cég","Name":"Alma Kft.","Email":"","Phone":"","Description":"","Deleted":0,
		"CreatedBy":"MiniCRM","CreatedAt":"2026-03-10 12:00:00","UpdatedBy":"MiniCRM","UpdatedAt":"2026-03-10 12:00:00",
		"Url":"https://alma.example","BankAccount":"","Swift":"","RegistrationNumber":"","VatNumber":"","EUVatNumber":"","Industry":"",
		"Region":"","Employees":12,"YearlyRevenue":0,"FoundingYear":0,"Capital":0,"MainActivity":"","BisnodeTrafficLight":"","GroupIdentificationNumber":"",
		"NonGovernmentalOrganization":"No","Tags":[]}`)
	b.as("/Api/R3/Contact/2", `{"Id":2,"BusinessId":1,"Type":"Személy","FirstName":"Éva","LastName":"Tóth","Email":"eva@example.hu",
		"EmailType":"Work","Phone":"+36 20 111-2233","PhoneType":"","Description":"","Deleted":0,
		"CreatedBy":"MiniCRM","CreatedAt":"2026-03-10 12:00:00","UpdatedBy":"MiniCRM","UpdatedAt":"2026-03-10 12:00:00",
		"Position":"CEO","Url":"","BankAccount":"","Swift":"","VatNumber":"","Industry":"","Region":"","YearlyRevenue":0,"Enum9":"Zöld","Tags":["a","b"]}`)
	for query, want := range map[string]float64{
		"Phone=%2B36201112233": 1, "Phone=2011122": 0, "Phone=2233": 1, "Phone=": 0, "Enum9=Z%C3%B6ld": 1, "Enum9=8": 1, "Enum9=7": 0,
		"Name=ALMA": 1, "Position=CEO": 1, "Query=eva": 1, "Query=ev": 0, "Type=Business&Name=a": 1, "MainContactId=1": 2,
	} {
		if got := b.want("GET", "/Api/R3/Contact?"+query, "")["Count"]; got != want {
			t.Errorf("Contact?%s counts %v; want %v", query, got, want)
		}
	}
	for body, name := range map[string]string{
		`{"Employees":"many"}`: "Employees", `{"Deleted":1}`: "Deleted", `{"BusinessId":1}`: "BusinessId", `{"Type":"Person"}`: "Type",
		`{"Enum9":7}`: "Enum9",
	} {
		b.refused("PUT", "/Api/R3/Contact/1", body, 400, name)
	}
	b.refused("PUT", "/Api/R3/Contact/2", `{"Enum9":"Lila"}`, 400, "Enum9")
}

func TestAddressesKeepOneDefault(t *testing.T) {
	b := start(t, Options{})
	b.person("Pop", "")
	for i, kind := range []string{"Headquarter", "Site"} {
		b.want("PUT", "/Api/R3/Address", fmt.Sprintf(`{"ContactId":1,"Name":"N%d","Type":%q,"CountryId":"Romania","County":"Cluj","Default":1}`, i, kind))
	}
	b.as("/Api/R3/Address/1", `{"Id":1,"ContactId":1,"Type":"Headquarter","Name":"N0","CountryId":"Romania","PostalCode":"","City":"",
		"County":"Cluj","Address":"","Default":0,"CreatedBy":"MiniCRM","CreatedAt":"2026-03-10 12:00:00","UpdatedBy":"MiniCRM",
		"UpdatedAt":"2026-03-10 12:00:00"}`)
	b.want("PUT", "/Api/R3/Address/1", `{"City":"Dej"}`)
	if got := b.want("GET", "/Api/R3/Address/1", ""); got["City"] != "Dej" || got["County"] != "Cluj" {
		t.Errorf("the changed address reads %v", got)
	}
	b.refused("DELETE", "/Api/R3/Address/1", "", 405, "not allowed")
	b.refused("PUT", "/Api/R3/Address", `{"ContactId":1}`, 400, `Missing parameter: "Name"`)
	b.refused("PUT", "/Api/R3/Address", `{"Name":"x"}`, 400, `Missing parameter: "ContactId"`)
	b.refused("GET", "/Api/R3/AddressList/9", "", 404, "Not Found")
}

func TestTasksKeepEverythingAndCloseAtATime(t *testing.T) {
	b := start(t, Options{})
	b.newCard(3, b.person("Pop", ""), "")
	b.want("PUT", "/Api/R3/Address", `{"ContactId":1,"Name":"N"}`)
	b.want("PUT", "/Api/R3/ToDo/", `{"ProjectId":1,"UserId":"Kiss Béla","Type":"Call","Comment":"Ring","Deadline":"2026-03-12 10:00:00",
		"Duration":30,"Reminder":"15","Status":"Open","AddressId":1,"Attachments":["https://shop.example/x/a.pdf","https://shop.example/b.png"],
		"Members":[{"Entity":"Person","EntityId":1}]}`)
	b.clock.advance(time.Minute)
	b.refused("PUT", "/Api/R3/ToDo/1", `{"ClosedAt":"2026-03-10 11:00:00"}`, 400, "ClosedAt")
	b.refused("POST", "/Api/R3/ToDo/1", `{"ClosedAt":"yesterday"}`, 400, "ClosedAt")
	b.refused("PUT", "/Api/R3/ToDo/1", `{"ProjectId":2}`, 400, "ProjectId")
	b.want("POST", "/Api/R3/ToDo/1", `{"Status":"Closed","ClosedAt":"2026-03-10 11:00:00"}`)
	b.as("/Api/R3/ToDo/1", `{"Id":1,"UserId":"Kiss Béla","ContactId":1,"ProjectId":1,"SenderUserId":"Kiss Béla","Type":"Call","Duration":30,
		"Reminder":15,"Status":"Closed","Mode":"","Deadline":"2026-03-12 10:00:00","Comment":"Ring","AddressId":1,"CreatedBy":"MiniCRM",
		"CreatedAt":"2026-03-10 12:00:00","UpdatedBy":"MiniCRM","UpdatedAt":"2026-03-10 12:01:00","ClosedBy":"MiniCRM",
		"ClosedAt":"2026-03-10 11:00:00",
		"Attachments":[{"FileName":"a.pdf","Url":"https://r3.minicrm.hu/51432/Download/S3/?t=todo&inline=&e=1-0"},
			{"FileName":"b.png","Url":"https://r3.minicrm.hu/51432/Download/S3/?t=todo&inline=&e=1-1"}],
		"Members":[{"Entity":"Person","EntityId":"1"}],"Notes":[]}`)
	b.refused("PUT", "/Api/R3/ToDo/1", `{"Status":"Open"}`, 400, "Status")
	b.refused("POST", "/Api/R3/ToDo/1", `{"ClosedAt":"2026-03-10 11:30:00"}`, 400, "Status")
	b.want("PUT", "/Api/R3/ToDo", `{"ProjectId":1}`)
	for state, want := range map[string]float64{"": 2, "?Status=All": 2, "?Status=Open": 1, "?Status=Closed": 1} {
		if got := b.want("GET", "/Api/R3/ToDoList/1"+state, "")["Count"]; got != want {
			t.Errorf("ToDoList%s counts %v; want %v", state, got, want)
		}
	}
	for body, name := range map[string]string{
		`{"ProjectId":1,"Deadline":"soon"}`: "Deadline", `{"ProjectId":1,"Duration":"long"}`: "Duration", `{"ProjectId":1,"AddressId":9}`: "AddressId",
		`{"ProjectId":1,"Attachments":["a.pdf"]}`: "Attachments", `{"ProjectId":1,"Members":["x"]}`: "Members", `{"ProjectId":9}`: "ProjectId",
		`{"Comment":"x"}`: "ProjectId", `{"ProjectId":1,"Colour":"x"}`: "Colour",
	} {
		b.refused("PUT", "/Api/R3/ToDo", body, 400, name)
	}
	b.refused("GET", "/Api/R3/ToDoList/1?Status=Late", "", 400, "Status")
}

func TestAProductIsMadeOnceForEachSKU(t *testing.T) {
	b := start(t, Options{Language: "ro"})
	put := func(path, body string) any { return b.want("PUT", path, body)["Id"] }
	if got := put("/Api/R3/Product/", `{"Name":"Plăcintă","SKU":"PL-1","EAN":"590","FolderName":"Nowhere","PriceNet":10,"UnitName":"bucată","Quantity":5,"Warehouse_Name":"W","Description":"d","Deleted":0}`); got != 1.0 {
		t.Errorf("the first product is %v; want 1", got)
	}
	if got := put("/Api/R3/Product/", `{"Name":"Altă plăcintă","SKU":"PL-1","VAT":"11%","CurrencyCode":"EUR"}`); got != 1.0 {
		t.Errorf("a product of a known SKU is %v; want the same", got)
	}
	if got := put("/Api/R3/Product/", `{"Name":"Fără","SKU":""}`); got != 2.0 {
		t.Errorf("a product without SKU is %v; want a new one", got)
	}
	put("/Api/R3/Product/2", `{"SKU":"PL-2","Quantity":"-2.5"}`)
	b.crm.mu.Lock()
	first, second := *b.crm.stock.products[0], *b.crm.stock.products[1]
	b.crm.mu.Unlock()
	if first.name != "Altă plăcintă" || first.vat != "11%" || first.more.Currency != "EUR" || canonical(first.more.Quantity) != "5" || first.folder != "Produse" {
		t.Errorf("the first product reads %+v", first)
	}
	if second.vat != "21%" || second.more.Currency != "RON" || second.sku != "PL-2" || canonical(second.more.Quantity) != "-2.5" {
		t.Errorf("the second product reads %+v; want the country's rate and the system's currency", second)
	}
	for body, name := range map[string]string{
		`{"SKU":"X"}`: "Name", `{"Name":"x","VAT":"19"}`: "VAT", `{"Name":"x","PriceNet":"a"}`: "PriceNet", `{"Name":"x","Quantity":"a"}`: "Quantity",
		`{"Name":"x","CurrencyCode":"lei"}`: "CurrencyCode", `{"Name":"x","Colour":"a"}`: "Colour",
	} {
		b.refused("PUT", "/Api/R3/Product", body, 400, name)
	}
	b.refused("PUT", "/Api/R3/Product/2", `{"SKU":"PL-1"}`, 400, "SKU")
	b.refused("PUT", "/Api/R3/Product/9", `{"Name":"x"}`, 404, "Nu a fost găsit")
	b.refused("GET", "/Api/R3/Product/1", "", 405, "Product (GET)")
}

func TestSearchKnowsFieldsThatRowsDoNotShow(t *testing.T) {
	b := start(t, Options{})
	company, person := b.company("Alma")
	first := b.newCard(3, person, `,"Int1107":5,"Name":"Szürke ló"`)
	b.clock.advance(time.Hour)
	second := b.newCard(3, b.person("Pop", ""), `,"Name":"Szürke"`)
	for query, want := range map[string][]int{
		"CreatedAt=2026-03-10+12:00:00":         {first},
		"StatusUpdatedAt=2026-03-10%2013:00:00": {second},
		"CreatedBy=MiniCRM":                     {first, second},
		"Int1107=5":                             {first},
		"Query=szurke":                          {first, second},
		"Query=LO+szurke":                       {first},
		"Query=szur":                            {},
		fmt.Sprint("Id=", first):                {first},
		fmt.Sprint("MainContactId=", company):   {first},
		fmt.Sprint("BusinessId=", company):      {first},
		fmt.Sprint("ContactId=", company):       {},
		"UpdatedSince=2026-03-10+12:30":         {second},
		"StatusId=9999":                         {},
	} {
		var got []int
		rows, _ := b.want("GET", "/Api/R3/Project?"+query, "")["Results"].(map[string]any)
		for _, id := range []int{first, second} {
			if rows[fmt.Sprint(id)] != nil {
				got = append(got, id)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("Project?%s finds %v; want %v", query, got, want)
		}
	}
	for query, name := range map[string]string{"CategoryId=77": "CategoryId", "StatusGroup=Won": "StatusGroup", "Page=-1": "Page"} {
		b.refused("GET", "/Api/R3/Project?"+query, "", 400, name)
	}
}
