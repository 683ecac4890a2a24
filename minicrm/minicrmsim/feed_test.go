package minicrmsim

import (
	"fmt"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestADocumentIsProcessedOnlyAfterItsDelay(t *testing.T) {
	b := start(t, Options{Delay: 2 * time.Second})
	if answer := b.want("POST", "/Api/SyncFeed/51432/Upload", feedOf(customer(14353, orders(bought(9001))))); answer["Id"] != 1.0 {
		t.Errorf("Upload = %v; want the document's number", answer)
	}
	b.clock.advance(time.Second)
	if got := b.want("GET", "/Api/R3/Project", "")["Count"]; got != 0.0 {
		t.Errorf("%v cards before the delay is over; want none", got)
	}
	b.clock.advance(time.Second)
	if got := b.want("GET", "/Api/R3/Project", "")["Count"]; got != 2.0 {
		t.Errorf("%v cards after the delay; want the customer's and the order's", got)
	}
	b.want("POST", "/Api/SyncFeed/51432/Upload", feedOf(customer(14353)))
	b.clock.advance(time.Hour)
	if got := b.want("GET", "/Api/R3/Project?ReferenceId=14353", "")["UpdatedAt"]; got != "2026-03-10 12:00:04" {
		t.Errorf("UpdatedAt = %v; want the time the second document was due", got)
	}
}

func TestDocumentsAreProcessedInTheOrderTheyCameIn(t *testing.T) {
	b := start(t, Options{Delay: time.Minute})
	for _, status := range states {
		b.want("POST", "/Api/SyncFeed/51432/Upload", feedOf(customer(1, orders(bought(9, `<Status>`+string(status)+`</Status>`)))))
	}
	b.clock.advance(time.Minute)
	if got := b.order(9).Status; got != "Failed" {
		t.Errorf("the order is %s; want what the last document says", got)
	}
}

func TestDocumentsAreProcessedByTheMachinesClockToo(t *testing.T) {
	crm := New(Options{Language: "en", Delay: time.Millisecond})
	server := httptest.NewServer(crm)
	defer server.Close()
	defer crm.Close()
	b := &bench{t: t, crm: crm, server: server, user: DefaultSystemID, key: DefaultAPIKey}
	b.want("POST", "/Api/SyncFeed/51432/Upload", feedOf(customer(1)))
	for deadline := time.Now().Add(10 * time.Second); len(crm.Cards()) == 0; {
		if time.Now().After(deadline) {
			t.Fatal("the document was not processed within ten seconds")
		}
	}
	b.want("POST", "/Api/SyncFeed/51432/Upload", feedOf(customer(2)))
	b.want("POST", "/_sim/clock", `{"advance":"1h"}`)
	if got := len(crm.Cards()); got != 2 {
		t.Errorf("%d cards after moving the clock; want 2", got)
	}
}

func TestAnOrderBecomesADocumentWithACardOfItsOwn(t *testing.T) {
	b := start(t, Options{Language: "en"})
	b.taken(customer(14353, `<UserId>Kiss Béla</UserId><WebshopRegistrationDate>2026-02-10 09:30:00</WebshopRegistrationDate><Newsletter>yes</Newsletter>`,
		`<Contacts><Contact Id="14353"><FirstName>Vera</FirstName><LastName>Ilie</LastName><Emails><Email><Value>vera@example.ro</Value></Email></Emails><Phone>+40722000111</Phone></Contact></Contacts>`,
		orders(bought(9001, `<Language>_RO</Language><Status>Issued</Status><PaymentMethod>CashOnDelivery</PaymentMethod>`,
			`<Project><UserId>100001</UserId><LinkPdf>https://shop.example/9001.pdf</LinkPdf><StatusUnas>Új</StatusUnas><Enum1221>Phone</Enum1221></Project>`))))
	got := b.order(9001)
	want := OrderState{
		ExternalID: 9001, Number: "N-9001", Status: "Issued", CardStatus: "In progress", Owner: "Ana Ionescu", Amount: "151.25",
		Currency: "RON", CardID: 2, CustomerExternalID: 14353,
		Fields: map[string]string{"LinkPdf": "https://shop.example/9001.pdf", "StatusUnas": "Új", "Enum1221": "Phone"},
		Items:  []ItemState{{71, "Thing 71", "S-71", "12.5", "10", "21"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("order = %+v; want %+v", got, want)
	}
	card := b.card(14353)
	if card.Owner != "Kiss Béla" || card.Status != "New" || card.Fields["Newsletter"] != "yes" || card.Fields["WebshopOrderCount"] != "1" ||
		card.Fields["WebshopTurnover"] != "151.25" || card.Fields["WebshopLastOrder"] != "2026-03-09 10:15:00" {
		t.Errorf("card = %+v", card)
	}
	if person := card.Contacts[0]; person.FirstName != "Vera" || person.Email != "vera@example.ro" || person.Phone != "+40722000111" || person.ExternalID != 14353 {
		t.Errorf("contact = %+v", person)
	}
	if got := b.want("GET", "/Api/R3/Project/2", ""); got["Name"] != "N-9001 (Ilie Vera)" || got["StatusId"] != "In progress" || got["ContactId"] != 1.0 {
		t.Errorf("the order's card reads %v", got)
	}
}

func TestSendingAgainChangesAndNeverDoubles(t *testing.T) {
	b := start(t, Options{})
	b.taken(customer(1, `<Contacts><Contact Id="1"><FirstName>A</FirstName><LastName>B</LastName></Contact></Contacts><Newsletter>yes</Newsletter>`,
		orders(bought(9001, `<Status>Completed</Status><Project><AWB>77</AWB></Project>`))))
	b.clock.advance(time.Hour)
	lines := products(item(72, "5", "1", "11%"))
	b.taken(customer(1, orders(`<Order Id="9001">`+performance+invoiceTo+lines+`</Order>`)))
	if orders, cards := len(b.crm.Orders()), len(b.crm.Cards()); orders != 1 || cards != 2 {
		t.Fatalf("%d orders and %d cards; want 1 and 2", orders, cards)
	}
	o := b.order(9001)
	if o.Number != "N-9001" || o.Currency != "RON" || o.Status != "Completed" || o.Fields["AWB"] != "77" {
		t.Errorf("what was left out became %+v; want it kept", o)
	}
	if len(o.Items) != 1 || o.Items[0].ExternalID != 72 || o.Amount != "5.55" {
		t.Errorf("lines are %+v, %s; want them replaced", o.Items, o.Amount)
	}
	if card := b.card(1); len(card.Contacts) != 1 || card.Fields["Newsletter"] != "yes" {
		t.Errorf("card = %+v; want one contact and the field kept", card)
	}
	b.taken(customer(1, orders(bought(9001, `<Status>Failed</Status>`))), customer(1, orders(bought(9001, `<Status>Issued</Status>`))))
	if o := b.order(9001); o.Status != "Issued" || o.CardStatus != "In progress" {
		t.Errorf("status = %s, %s; want any to any by XML", o.Status, o.CardStatus)
	}
}

func TestRepeatedOrdersFollowTheSwitches(t *testing.T) {
	again := customer(1, orders(`<Order Id="9001">`+performance+invoiceTo+products(item(72, "5", "1", "11%"))+`</Order>`))
	first := customer(1, orders(bought(9001, `<Status>Completed</Status>`)))
	b := start(t, Options{Switches: Switches{AbsentStatusDrafts: true, MissingLinesKept: true}})
	b.taken(first, again)
	if o := b.order(9001); o.Status != "Draft" || len(o.Items) != 2 || o.Amount != "156.8" {
		t.Errorf("order = %+v; want a draft with both lines", o)
	}
	frozen := start(t, Options{Switches: Switches{ClosedOrdersFrozen: true}})
	frozen.taken(first)
	if log := frozen.send(again); len(log.Refused) != 1 || !strings.Contains(log.Refused[0].Reason, "cannot be changed") {
		t.Errorf("log = %+v; want the closed order refused", log)
	}
}

func TestUpdatedAtFollowsTheSwitch(t *testing.T) {
	for untouched, want := range map[bool]string{false: "2026-03-10 13:00:00", true: "2026-03-10 12:00:00"} {
		b := start(t, Options{Switches: Switches{UntouchedWhenSame: untouched}})
		project := customer(1, orders(bought(9001, `<Status>Issued</Status>`)))
		b.taken(project)
		b.clock.advance(time.Hour)
		b.taken(project)
		for id := 1; id <= 2; id++ {
			if got := b.want("GET", fmt.Sprint("/Api/R3/Project/", id), "")["UpdatedAt"]; got != want {
				t.Errorf("untouched %t: card %d has UpdatedAt %v; want %s", untouched, id, got, want)
			}
		}
		b.taken(customer(1, `<Newsletter>no</Newsletter>`))
		if got := b.want("GET", "/Api/R3/Project/1", "")["UpdatedAt"]; got != "2026-03-10 13:00:00" {
			t.Errorf("untouched %t: after a change UpdatedAt is %v", untouched, got)
		}
	}
}

func TestOptionalPartsMayBeLeftOut(t *testing.T) {
	b := start(t, Options{})
	line := strings.Replace(item(4, "0", "1.5", "0%"), "<SKU>S-4</SKU>", "", 1)
	b.taken(customer(1, orders(`<Order Id="9">`+performance+invoiceTo+products(line)+`</Order>`)))
	if o := b.order(9); o.Status != "Draft" || o.Number != "" || o.Currency != "EUR" || o.Items[0].Quantity != "1.5" || o.Amount != "0" {
		t.Errorf("order = %+v; want a draft without a number", o)
	}
	if got := b.want("GET", "/Api/R3/Project/2", "")["Name"]; got != "To be issued (Ilie Vera)" {
		t.Errorf("the draft's card is named %v", got)
	}
}

func TestOneErrorMaySpoilTheWholeDocument(t *testing.T) {
	b := start(t, Options{Switches: Switches{ErrorSpoilsDocument: true}})
	log := b.send(customer(1), customer("x"), customer(3))
	if len(log.Taken) != 0 || len(log.Refused) != 1 || len(b.crm.Cards()) != 0 {
		t.Errorf("log = %+v; want everything refused", log)
	}
}

func TestABrokenDocumentIsRefusedAsAWhole(t *testing.T) {
	for _, body := range []string{"", "<html>", "no XML", "<Projects>" + customer(1) + "<Project Id=", "<Projects><Card/></Projects>", "<Projects>\x01</Projects>"} {
		b := start(t, Options{})
		b.want("POST", "/Api/SyncFeed/51432/Upload", body)
		b.crm.Settle()
		if log := b.crm.Log()[0]; len(log.Taken) != 0 || len(log.Refused) != 1 || !strings.Contains(log.Refused[0].Reason, "not well-formed") {
			t.Errorf("document %q: log %+v; want it refused", body, log)
		}
	}
	half := start(t, Options{Switches: Switches{BrokenXMLHalf: true}})
	half.want("POST", "/Api/SyncFeed/51432/Upload", "<Projects>"+customer(1)+"<Project Id=")
	half.crm.Settle()
	if log := half.crm.Log()[0]; len(log.Taken) != 1 {
		t.Errorf("log = %+v; want the Project before the break taken", log)
	}
	checked := start(t, Options{Switches: Switches{XMLChecked: true}})
	checked.refused("POST", "/Api/SyncFeed/51432/Upload", "<Projects>", 400, "SyncFeed/Upload (POST): The document is not well-formed")
}

func TestAnOrderNeverMovesBetweenCards(t *testing.T) {
	b := start(t, Options{})
	b.taken(customer(1, orders(bought(9))))
	log := b.send(customer(2, orders(bought(9))))
	if len(log.Refused) != 1 || !strings.Contains(log.Refused[0].Reason, "cannot move between cards") || b.order(9).CustomerExternalID != 1 {
		t.Errorf("log = %+v; want the move refused", log)
	}
}

func TestIDsOfEachKindAreApart(t *testing.T) {
	b := start(t, Options{})
	b.taken(customer(7, `<Contacts><Contact Id="7"><FirstName>A</FirstName></Contact></Contacts>`,
		orders(strings.Replace(bought(7), `Product Id="71"`, `Product Id="7"`, 1))))
	if b.order(7).Items[0].ExternalID != 7 || b.card(7).Contacts[0].ExternalID != 7 {
		t.Error("one number as card, contact, order and product did not stay four things")
	}
}

func TestEqualProductsCollapseIntoTheLast(t *testing.T) {
	b := start(t, Options{})
	log := b.send(customer(1, orders(`<Order Id="9">`+performance+invoiceTo+products(item(1, "1", "1", "21%"), item(1, "2", "3", "21%"))+`</Order>`)))
	o := b.order(9)
	if len(o.Items) != 1 || o.Items[0].PriceNet != "2" || len(log.Notes) != 1 || log.Notes[0].Order != 9 {
		t.Errorf("items %+v, notes %+v; want the last one and a note", o.Items, log.Notes)
	}
}

func TestAnUnknownUserInXMLIsNoted(t *testing.T) {
	b := start(t, Options{})
	log := b.send(customer(1, `<UserId>Nobody</UserId>`))
	if len(log.Taken) != 1 || len(log.Notes) != 1 || b.card(1).Owner != "Ana Ionescu" {
		t.Errorf("log = %+v; want a note and an arbitrary owner", log)
	}
}

func TestCountriesAreReadInTheAccountsLanguageOnly(t *testing.T) {
	for _, test := range []struct {
		language, label string
		ok              bool
	}{
		{"hu", "Magyarország", true},
		{"hu", "Hungary", false},
		{"ro", "Ungaria", true},
		{"ro", "Magyarország", false},
		{"en", "Hungary", true},
		{"ro", "Mauritius", true},
		{"ro", "Niger", true},
		{"ro", "Nigeria", true},
		{"en", "", false},
	} {
		b := start(t, Options{Language: test.language})
		log := b.send(customer(1, orders(strings.Replace(bought(9), "Romania", test.label, 1))))
		if got := len(log.Taken) == 1; got != test.ok {
			t.Errorf("country %q in %q: %+v; want taken %t", test.label, test.language, log, test.ok)
		}
	}
}

func TestBusinessBecomesTheContactsCompany(t *testing.T) {
	company := `<Business><Name>Alma SRL</Name><VatNumber>RO123456</VatNumber><Addresses><Address><CountryId>Romania</CountryId><City>Arad</City><PostalCode>310001</PostalCode><Address>Strada Mare 2</Address></Address></Addresses><Emails><Email><Value>office@example.ro</Value></Email></Emails></Business>`
	person := `<Contacts><Contact><FirstName>Ion</FirstName><LastName>Rus</LastName><Email>ion@example.ro</Email></Contact></Contacts>`
	b := start(t, Options{})
	b.taken(customer(1, company, person), customer(1, company, person))
	card := b.card(1)
	if card.Business == nil || card.Business.Name != "Alma SRL" || card.Business.VATNumber != "RO123456" || len(card.Contacts) != 1 {
		t.Fatalf("card = %+v; want one company and one person", card)
	}
	contact := b.want("GET", fmt.Sprint("/Api/R3/Contact/", card.Contacts[0].ID), "")
	if contact["BusinessId"] != float64(card.Business.ID) {
		t.Errorf("the person reads %v; want the company's", contact)
	}
	if got := b.want("GET", fmt.Sprint("/Api/R3/AddressList/", card.Business.ID), "")["Count"]; got != 1.0 {
		t.Errorf("%v addresses; want one", got)
	}
	shaped := start(t, Options{Switches: Switches{VATNumberByShape: true}})
	shaped.taken(customer(1, company))
	if got := shaped.want("GET", fmt.Sprint("/Api/R3/Contact/", shaped.card(1).Business.ID), ""); got["EUVatNumber"] != "RO123456" || got["VatNumber"] != "" {
		t.Errorf("with the switch the company reads %v", got)
	}
}

func TestContactsAreMatchedByEmailOnlyWithTheSwitch(t *testing.T) {
	project := customer(1, `<Contacts><Contact Id="5"><FirstName>Ion</FirstName><Email>ION@example.ro</Email></Contact></Contacts>`)
	for matched, want := range map[bool]float64{false: 2, true: 1} {
		b := start(t, Options{Switches: Switches{ContactsByEmail: matched}})
		b.person("Rus", "ion@example.ro")
		b.taken(project)
		if got := b.want("GET", "/Api/R3/Contact", "")["Count"]; got != want {
			t.Errorf("matched %t: %v contacts; want %v", matched, got, want)
		}
	}
}

func TestAnExistingContactIsAttached(t *testing.T) {
	b := start(t, Options{})
	id := b.person("Rus", "ion@example.ro")
	b.taken(customer(1, fmt.Sprintf("<ContactId>%d</ContactId>", id)))
	if got := b.card(1).Contacts; len(got) != 1 || got[0].ID != int64(id) {
		t.Errorf("contacts = %+v; want person %d", got, id)
	}
}

func TestStockRecordsFoldersAndProducts(t *testing.T) {
	b := start(t, Options{})
	b.taken(customer(1, orders(bought(9))), customer(2, orders(bought(10))))
	got := b.want("GET", "/_sim/stock", "")
	if fmt.Sprint(got["folders"]) != "[Products UNAS]" || len(got["products"].([]any)) != 1 {
		t.Errorf("stock = %v; want the folder made and one product", got)
	}
	first := start(t, Options{Switches: Switches{UnknownToFirst: true}})
	first.taken(customer(1, orders(bought(9))))
	if got := fmt.Sprint(first.want("GET", "/_sim/stock", "")["folders"]); got != "[Products]" {
		t.Errorf("folders = %s; want the first only", got)
	}
}

func TestWhereReferencesAreUniqueIsASwitch(t *testing.T) {
	sales := `<Project Id="1"><Name>A</Name><CategoryId>3</CategoryId></Project>`
	b := start(t, Options{})
	if log := b.send(customer(1), sales); len(log.Refused) != 1 || !strings.Contains(log.Refused[0].Reason, "cannot change its module") {
		t.Errorf("log = %+v; want the second module refused", log)
	}
	apart := start(t, Options{Switches: Switches{ReferencesPerModule: true}})
	apart.taken(customer(1), sales)
	if got := apart.want("GET", "/Api/R3/Project?ReferenceId=1&CategoryId=3", "")["Name"]; got != "A" {
		t.Errorf("the card of Sales reads %v", got)
	}
}

func TestAReferenceAnswersTheDetailOrAList(t *testing.T) {
	b := start(t, Options{})
	b.taken(customer(14353))
	if got := b.want("GET", "/Api/R3/Project?ReferenceId=14353", ""); got["StatusId"] != "Registered" || got["Name"] != "Customer 14353" {
		t.Errorf("ReferenceId answers %v; want the detail", got)
	}
	b.refused("GET", "/Api/R3/Project?ReferenceId=1", "", 404, "Not Found")
	list := start(t, Options{Switches: Switches{ReferenceList: true, OrderReferences: true}})
	list.taken(customer(1, orders(bought(9))))
	if got := list.want("GET", "/Api/R3/Project?ReferenceId=9", ""); got["Count"] != 1.0 {
		t.Errorf("ReferenceId answers %v; want a list with the order's card", got)
	}
}

func TestTextArrivesAsItWasSent(t *testing.T) {
	const text = "  1 < 2 && \"x\" ]]> 😀 שלום\nsecond line  "
	escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	b := start(t, Options{})
	b.taken(customer(1, orders(bought(9, `<Project><Observatii>`+escaped+`</Observatii><AWB><![CDATA[a & b]]></AWB></Project>`))))
	if got := b.order(9).Fields; got["Observatii"] != text || got["AWB"] != "a & b" {
		t.Errorf("fields = %q; want %q and the CDATA", got, text)
	}
	b.taken(customer(1, orders(bought(9, `<Project><AWB></AWB></Project>`))))
	if got, set := b.order(9).Fields["AWB"]; set {
		t.Errorf("an empty element left AWB %q; want it cleared", got)
	}
}

func TestOddHeadsAreTakenWithANote(t *testing.T) {
	head := `<Language>Hungarian</Language><PaymentMethod>Barter</PaymentMethod>`
	b := start(t, Options{})
	if log := b.send(customer(1, orders(bought(9, head)))); len(log.Taken) != 1 || len(log.Notes) != 2 {
		t.Errorf("log = %+v; want it taken with two notes", log)
	}
	strict := start(t, Options{Switches: Switches{UnknownPaymentRefused: true, NegativePriceRefused: true, UnknownUserRefused: true}})
	for _, project := range []string{
		customer(1, orders(bought(9, head))), customer(1, `<UserId>Nobody</UserId>`),
		customer(1, orders(strings.Replace(bought(9), "12.5", "-12.5", 1))),
	} {
		if log := strict.send(project); len(log.Refused) != 1 {
			t.Errorf("%s: %+v; want it refused with the switches", project, log)
		}
	}
	lenient := start(t, Options{Switches: Switches{UnknownFieldSkipped: true}})
	if log := lenient.send(customer(1, `<Nickname>Z</Nickname>`)); len(log.Taken) != 1 || len(log.Notes) != 1 {
		t.Errorf("log = %+v; want the field passed over with a note", log)
	}
}

func TestStockIsMatchedBySKUWithTheSwitch(t *testing.T) {
	for matched, want := range map[bool]int{false: 2, true: 1} {
		b := start(t, Options{Switches: Switches{StockBySKU: matched}})
		b.want("PUT", "/Api/R3/Product/", `{"Name":"Old","SKU":"S-71","PriceNet":10}`)
		b.taken(customer(1, orders(bought(9))))
		if got := len(b.want("GET", "/_sim/stock", "")["products"].([]any)); got != want {
			t.Errorf("matched %t: %d products; want %d", matched, got, want)
		}
	}
}
