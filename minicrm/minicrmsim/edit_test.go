package minicrmsim

import (
	"fmt"
	"strings"
	"testing"
)

// company makes a business and a person of it.
func (b *bench) company(name string) (business, person int) {
	b.t.Helper()
	business = int(b.want("PUT", "/Api/R3/Contact", fmt.Sprintf(`{"Type":"Business","Name":%q}`, name))["Id"].(float64))
	body := fmt.Sprintf(`{"Type":"Person","LastName":"Of %s","BusinessId":%d,"Tags":["a","b"]}`, name, business)
	return business, int(b.want("PUT", "/Api/R3/Contact", body)["Id"].(float64))
}

func TestACardStaysWithItsCompany(t *testing.T) {
	b := start(t, Options{})
	first, person := b.company("First")
	other, stranger := b.company("Other")
	alone := b.person("Alone", "")
	id := b.newCard(3, person, "")
	path := fmt.Sprint("/Api/R3/Project/", id)
	b.refused("PUT", path, fmt.Sprintf(`{"ContactId":%d}`, stranger), 400, "ContactId")
	b.refused("PUT", path, fmt.Sprintf(`{"ContactId":%d}`, alone), 400, "ContactId")
	b.refused("PUT", path, fmt.Sprintf(`{"ContactId":%d,"BusinessId":%d}`, stranger, first), 400, "ContactId")
	b.refused("PUT", path, fmt.Sprintf(`{"ContactId":%d,"BusinessId":%d}`, person, other), 400, "ContactId")
	b.refused("PUT", path, fmt.Sprintf(`{"ContactId":%d,"BusinessId":%d}`, alone, other), 400, "ContactId")
	b.refused("PUT", path, fmt.Sprintf(`{"BusinessId":%d}`, other), 400, "BusinessId")
	b.want("PUT", path, fmt.Sprintf(`{"BusinessId":%d}`, first))
	b.want("PUT", path, fmt.Sprintf(`{"ContactId":%d,"BusinessId":%d}`, stranger, other))
	if got := b.want("GET", path, ""); got["ContactId"] != float64(stranger) || got["BusinessId"] != float64(other) {
		t.Errorf("the moved card reads %v", got)
	}
	b.refused("PUT", fmt.Sprint("/Api/R3/Contact/", stranger), fmt.Sprintf(`{"BusinessId":%d}`, first), 400, "BusinessId")
	if got := b.want("GET", fmt.Sprint("/Api/R3/Project?MainContactId=", other), "")["Count"]; got != 1.0 {
		t.Errorf("MainContactId finds %v cards; want 1", got)
	}
}

func TestCardsOfOrdersMayBeLockedAndReferencesWritten(t *testing.T) {
	b := start(t, Options{Switches: Switches{LockedOrderCards: true, WritableReference: true}})
	b.taken(customer(1, orders(bought(9))))
	b.refused("PUT", "/Api/R3/Project/2", `{"AWB":"1"}`, 400, "Id")
	b.want("PUT", "/Api/R3/Project/1", `{"ReferenceId":44}`)
	b.refused("GET", "/Api/R3/Project?ReferenceId=1", "", 404, "Not Found")
	if got := b.want("GET", "/Api/R3/Project?ReferenceId=44", "")["Id"]; got != 1.0 {
		t.Errorf("ReferenceId=44 is card %v; want 1", got)
	}
	open := start(t, Options{})
	open.taken(customer(1, orders(bought(9, `<Status>Issued</Status>`))))
	open.want("PUT", "/Api/R3/Project/2", `{"AWB":"1","StatusId":"Failed"}`)
	if o := open.order(9); o.Status != "Failed" || o.Fields["AWB"] != "1" || open.card(1).Status != "Registered" {
		t.Errorf("order = %+v; want its document to follow its card", o)
	}
}

func TestFieldsHoldTheirTypes(t *testing.T) {
	b := start(t, Options{})
	id := b.newCard(5, b.person("Pop", ""), "")
	path := fmt.Sprint("/Api/R3/Project/", id)
	b.want("PUT", path, `{"WebshopDisabled":true,"WebshopLostBasketValue":12.50,"WebshopLostBasketDate":"2026-03-01"}`)
	got := b.want("GET", path, "")
	if got["WebshopDisabled"] != 1.0 || got["WebshopLostBasketValue"] != "12.5" || got["WebshopLostBasketDate"] != "2026-03-01" {
		t.Errorf("detail = %v", got)
	}
	for name, value := range map[string]string{
		"WebshopDisabled": `"yes"`, "WebshopLostBasketValue": `"1,5"`, "WebshopLostBasketDate": `"1 March"`, "WebshopOrderCount": `1`, "Newsletter": `{"a":1}`,
	} {
		b.refused("PUT", path, fmt.Sprintf(`{%q:%s}`, name, value), 400, name)
	}
}

func TestADraftTakesTheContactsOwnAddress(t *testing.T) {
	b := start(t, Options{Language: "hu"})
	business, _ := b.company("Alma Kft.")
	b.want("PUT", "/Api/R3/Address", fmt.Sprintf(`{"ContactId":%d,"Name":"Main","CountryId":"Magyarország","County":"Baranya","City":"Pécs","PostalCode":"7621","Address":"Fő tér 1","Type":"Headquarter","Default":1}`, business))
	made := b.want("POST", "/Api/Order/", fmt.Sprintf(`{"CustomerId":%d,"Subject":"By hand","PaymentMethod":"Cash","Performance":"2026-03-01","Items":[{"Name":"A","SKU":"a","EAN":"1","Description":"d","PriceNet":"1","Quantity":"2","Unit":"m","VAT":"5"}]}`, business))
	buyer := made["Customer"].(map[string]any)
	if buyer["Name"] != "Alma Kft." || buyer["CountryId"] != "36" || buyer["City"] != "Pécs" || made["CurrencyCode"] != "HUF" || made["Performance"] != "2026-03-01" {
		t.Errorf("draft = %v", made)
	}
	for _, body := range []string{
		`"CurrencyCode":"EUR"`, `"Performance":"soon"`, `"Customer":"me"`, `"Customer":{"Planet":"x"}`, `"Customer":{"Country":"Hungary"}`,
		`"Items":"none"`, `"Items":["x"]`, `"Items":[{"Id":"77"}]`, `"Items":[{"PriceNet":"1"}]`, `"Items":[{"Name":"A","PriceNet":"x"}]`,
		`"Items":[{"Name":"A","Colour":"x"}]`, `"Colour":1`,
	} {
		b.refused("POST", "/Api/Order/1", fmt.Sprintf(`{"CustomerId":%d,%s}`, business, body), 400, "Order (POST)")
	}
	if got := b.want("GET", "/Api/Order/1", ""); got["Amount"] != "2.1" || len(got["Items"].([]any)) != 1 {
		t.Errorf("after refused changes the draft reads %v", got)
	}
}

func TestTasksReadBackAndTakeParametersOfTheQuery(t *testing.T) {
	b := start(t, Options{})
	card := b.newCard(3, b.person("Pop", ""), "")
	id := b.want("PUT", fmt.Sprintf("/Api/R3/ToDo/?ProjectId=%d&Comment=Ring&UserId=100002&Deadline=2026-03-11", card), "")["Id"]
	got := b.want("GET", fmt.Sprint("/Api/R3/ToDo/", id), "")
	if got["Comment"] != "Ring" || got["UserId"] != "Kiss Béla" || got["Status"] != "Open" || got["Deadline"] != "2026-03-11" {
		t.Errorf("task = %v", got)
	}
	b.want("POST", fmt.Sprint("/Api/R3/ToDo/", id), `{"Status":"Closed","ClosedAt":"2026-03-01 10:00:00"}`)
	if got := b.want("GET", fmt.Sprint("/Api/R3/ToDo/", id), ""); got["ClosedAt"] != "2026-03-01 10:00:00" {
		t.Errorf("closed task = %v", got)
	}
	b.refused("PUT", "/Api/R3/ToDo/", `{"Comment":"x"}`, 400, `Missing parameter: "ProjectId"`)
	b.refused("GET", "/Api/R3/ToDo/99", "", 404, "Not Found")
}

func TestFaultsStillToComeAreListed(t *testing.T) {
	b := start(t, Options{})
	b.want("POST", "/_sim/faults", `{"endpoint":"R3/Project","kind":"slow","times":3}`)
	b.fault("Category", "500")
	if _, got := b.call("GET", "/_sim/faults", ""); got != `[{"endpoint":"Project","kind":"slow","times":3,"seconds":5},{"endpoint":"Category","kind":"500","times":1,"seconds":5}]`+"\n" {
		t.Errorf("/_sim/faults = %s", got)
	}
}

func TestDocumentIDsMayBeNumbers(t *testing.T) {
	b := start(t, Options{Switches: Switches{DocumentIDsAsNumber: true, R3IDsAsStrings: true}})
	b.taken(customer(1, orders(bought(9, `<Status>Issued</Status>`))))
	if _, got := b.call("GET", "/Api/Order/List", ""); !strings.Contains(got, `{"Id":1,"ProjectId":2,`) {
		t.Errorf("Order/List = %s; want numbers", got)
	}
	if _, got := b.call("GET", "/Api/R3/Project", ""); !strings.Contains(got, `{"Id":"1",`) {
		t.Errorf("Project = %s; want strings", got)
	}
}

func TestMarksInXMLAreReadWithOrWithoutAByteOrderMark(t *testing.T) {
	b := start(t, Options{})
	b.want("POST", "/Api/SyncFeed/51432/Upload", "\uFEFF"+feedOf(customer(1)))
	b.crm.Settle()
	if got := len(b.crm.Cards()); got != 1 {
		t.Errorf("%d cards; want 1", got)
	}
}

func TestAnOrdersCardTakesTheCustomersOwnerOnlyOnce(t *testing.T) {
	b := start(t, Options{})
	b.taken(customer(1, `<UserId>100002</UserId>`, orders(bought(9))))
	if got := b.order(9).Owner; got != "Kiss Béla" {
		t.Errorf("the order's owner is %s; want the customer's", got)
	}
	b.taken(customer(1, `<UserId>100001</UserId>`, orders(bought(9))))
	if got := b.order(9).Owner; got != "Kiss Béla" {
		t.Errorf("after the customer's card changed hands the order's owner is %s; want it kept", got)
	}
}

func TestACustomerOfADocumentIsWrittenBackToTheContact(t *testing.T) {
	b := start(t, Options{Language: "hu"})
	business, _ := b.company("Alma Kft.")
	body := fmt.Sprintf(`{"CustomerId":%d,"Customer":{"Name":"Alma Kft.","Country":"36","PostalCode":"7621","City":"Pécs","Address":"Fő tér 1","VatNumber":"12345678-2-02","AccountNumber":"1-2-3"}}`, business)
	for range 2 {
		b.want("POST", "/Api/Order", body)
	}
	if got := b.want("GET", fmt.Sprint("/Api/R3/Contact/", business), ""); got["VatNumber"] != "12345678-2-02" || got["BankAccount"] != "1-2-3" {
		t.Errorf("the contact reads %v; want the document's numbers", got)
	}
	if got := b.want("GET", fmt.Sprint("/Api/R3/AddressList/", business), "")["Count"]; got != 1.0 {
		t.Errorf("%v addresses; want the new one once", got)
	}
	if got := b.want("GET", "/Api/R3/Address/1", ""); got["CountryId"] != "Magyarország" || got["City"] != "Pécs" || got["Default"] != 1.0 {
		t.Errorf("the address reads %v", got)
	}
}
