package minicrmsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// rehearsal is a system of every kind of module whose webhooks nobody takes.
func rehearsal() Options {
	return Options{
		Language: "hu", Limits: true, Delay: time.Minute, Seed: office(), Switches: Switches{OrdersDriveStock: true},
		Webhooks:  []Webhook{{URL: "http://hook.invalid/", Type: "Contact"}},
		Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("nobody is there") }),
	}
}

// full is a system in which every kind of thing exists and every field of it
// is set somewhere.
func full(t *testing.T) *bench {
	t.Helper()
	b := start(t, rehearsal())
	hungarian := func(project string) string { return strings.ReplaceAll(project, "Romania", "Románia") }
	company, person := b.company("Alma Kft.")
	b.want("PUT", "/Api/R3/Contact", `{"Type":"Person","LastName":"Gone","Email":"gone@example.hu"}`)
	b.want("PUT", "/Api/R3/PurgePerson/3", "")
	b.want("PUT", fmt.Sprint("/Api/R3/Address?ContactId=", company, "&Name=Office&Type=Site&CountryId=Románia&County=Cluj&City=Cluj&PostalCode=4&Address=Lunga"), "")
	card := b.newCard(3, person, "")
	b.want("PUT", fmt.Sprint("/Api/R3/Project/", card), `{"Deleted":1}`)
	todo := b.want("PUT", "/Api/R3/ToDo", fmt.Sprintf(`{"ProjectId":%d,"Type":"call","Comment":"now","Deadline":"2026-03-11"}`, card))
	b.want("PUT", fmt.Sprint("/Api/R3/ToDo/", todo["Id"]), `{"Status":"Closed"}`)
	b.aside(card)
	b.taken(hungarian(customer(14353, `<Business><Name>Alma</Name></Business><Contacts><Contact Id="7"><FirstName>A</FirstName><Email>a@example.hu</Email></Contact><Contact><LastName>B</LastName></Contact></Contacts>`,
		orders(bought(9, `<Status>Paid</Status><Language>_HU</Language><PaymentMethod>Card</PaymentMethod><Subject>S</Subject>`)))))
	b.want("POST", "/Api/Order", fmt.Sprintf(`{"CustomerId":%d,"Customer":{"Name":"Alma","Country":"36","County":"Pest","PostalCode":"1","City":"Pécs","Address":"Fő tér","AccountNumber":"1","VatNumber":"2","EUVatNumber":"3","RegistrationNumber":"4","GroupIdentificationNumber":"5"},"Items":[{"Name":"Box","EAN":"590","Description":"red","PriceNet":1,"VAT":"27"}]}`, company))
	b.taken(hungarian(customer(14353, orders(bought(9)))))
	b.send(customer("x"), hungarian(customer(14353, orders(bought(9, `<PaymentMethod>Barter</PaymentMethod>`)))))
	b.fault("Category", "ban")
	b.want("POST", "/_sim/faults", `{"endpoint":"SyncFeed/Upload","kind":"half"}`)
	b.want("POST", "/Api/SyncFeed/51432/Upload", feedOf(customer(2), customer(3)))
	b.want("POST", "/_sim/clock", `{"advance":"1s"}`)
	b.want("POST", "/Api/SyncFeed/51432/Upload", feedOf(hungarian(customer(4, orders(bought(10, `<Status>Issued</Status>`))))))
	for range 60 {
		_, _ = b.call("GET", "/Api/R3/Schema/Person", "")
	}
	b.want("POST", "/_sim/person", `{"card_id":1,"name":"By hand"}`)
	b.want("POST", "/_sim/module", `{"category":4,"trashed":false,"users":[100001,100002],"add_field":{"name":"Late","type":"Int","set":true,"required":true,"options":[{"id":1,"label":"One"}]},"rename_status":{"id":2903,"name":"Late"}}`)
	b.want("POST", "/_sim/module", `{"category":4,"remove_field":"Late"}`)
	return b
}

// aside makes what the REST side keeps in its register.
func (b *bench) aside(card int) {
	b.t.Helper()
	b.want("PUT", "/Api/R3/ToDo", fmt.Sprintf(`{"ProjectId":%d,"AddressId":1,"Duration":5,"Reminder":6,"Attachments":["https://a.example/1"],"Members":[{"Entity":"User","EntityId":"1"}]}`, card))
	b.want("PUT", "/Api/R3/Product", `{"Name":"Old","EAN":"1","Description":"red","Warehouse_Name":"W","Quantity":"5.5","Deleted":1}`)
	b.want("POST", "/Api/Offer", `{"CustomerId":1,"Subject":"S","PaymentMethod":"Card","Items":[{"Name":"Cup","SKU":"C","EAN":"1","Description":"red","Unit":"pcs","PriceNet":1,"VAT":"27"}]}`)
	b.want("PUT", "/Api/R3/CreateProjectConnection", fmt.Sprintf(`{"FromProjectId":%d,"ToProjectId":2,"Description":"both"}`, card))
	made := b.want("POST", "/Api/Invoice", `{"CustomerId":1,`+billed+`}`)
	b.want("POST", fmt.Sprintf("/Api/Invoice/%v/Paid", made["Id"]), "")
	b.want("POST", fmt.Sprintf("/Api/Invoice/%v/Storno", made["Id"]), "")
	b.want("POST", "/Api/CallLog", `{"ApiKey":"`+DefaultVOIPKey+`","Number":"+361"}`)
	b.want("POST", "/_sim/mails", fmt.Sprintf(`{"card_id":%d,"template_id":1,"from":"a","to":"b","subject":"c","body":"d","opened_at":"e","clicked_at":"f","unsubscribed_date":"g"}`, card))
	for range 7 { // the last attempt is one too many
		b.crm.Deliver(b.t.Context())
		b.clock.advance(time.Hour)
	}
	b.want("PUT", "/Api/R3/Contact", `{"Type":"Person","LastName":"New"}`)
	b.crm.Deliver(b.t.Context())
	b.want("PUT", "/Api/R3/Contact/1", `{"Name":"Newer"}`)
}

func (b *bench) save() []byte {
	b.t.Helper()
	var out bytes.Buffer
	if err := b.crm.Save(&out); err != nil {
		b.t.Fatal(err)
	}
	return out.Bytes()
}

// again is a new system with the world of another one, at the same time.
func (b *bench) again() *bench {
	b.t.Helper()
	fresh := start(b.t, rehearsal())
	fresh.clock.now = b.clock.Now()
	if err := fresh.crm.Restore(bytes.NewReader(b.save())); err != nil {
		b.t.Fatal(err)
	}
	return fresh
}

func TestARestoredWorldIsTheSavedOne(t *testing.T) {
	b := full(t)
	fresh := b.again()
	if !reflect.DeepEqual(fresh.crm.world, b.crm.world) {
		t.Errorf("restored\n%s\nwant\n%s", fresh.save(), b.save())
	}
}

// configuration is built by New from Options; its cards are found again from
// the cards themselves.
var configuration = []reflect.Type{reflect.TypeFor[module](), reflect.TypeFor[field](), reflect.TypeFor[status]()}

func TestTheSavedWorldLeavesNoFieldUnset(t *testing.T) {
	set, seen := make(map[string]bool), make(map[any]bool)
	survey(reflect.ValueOf(full(t).crm.world), set, seen)
	for name, ok := range set {
		if !ok {
			t.Errorf("nothing in the test's world has %s set: set it there, and save and restore it", name)
		}
	}
	if len(set) < 100 {
		t.Errorf("only %d fields were looked at", len(set))
	}
}

// survey notes for every field of this package's structs whether any value has
// it set.
func survey(v reflect.Value, set map[string]bool, seen map[any]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && !seen[v.Pointer()] {
			seen[v.Pointer()] = true
			survey(v.Elem(), set, seen)
		}
	case reflect.Slice:
		for i := range v.Len() {
			survey(v.Index(i), set, seen)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			survey(v.MapIndex(key), set, seen)
		}
	case reflect.Struct:
		for _, skipped := range configuration {
			if v.Type() == skipped {
				return
			}
		}
		if v.Type().PkgPath() != configuration[0].PkgPath() {
			return
		}
		for field, value := range v.Fields() {
			name := v.Type().Name() + "." + field.Name
			empty := value.Kind() == reflect.Map || value.Kind() == reflect.Slice
			set[name] = set[name] || !value.IsZero() && !(empty && value.Len() == 0)
			survey(value, set, seen)
		}
	}
}

func TestARestoredWorldGoesOnAsTheOldOneWould(t *testing.T) {
	b := full(t)
	fresh := b.again()
	for _, w := range []*bench{b, fresh} {
		w.refused("GET", "/Api/R3/Contact", "", 429, "Too Many Requests")
		w.clock.advance(2 * time.Minute)
		w.refused("GET", "/Api/R3/Category", "", 429, "Too Many Requests") // the fault
		w.want("GET", "/Api/R3/Category", "")
		w.taken(strings.ReplaceAll(customer(14353, orders(bought(9, `<Status>Failed</Status>`), bought(11))), "Romania", "Románia"))
		w.want("PUT", "/Api/R3/Product/", `{"Name":"Box","SKU":"S-71","PriceNet":3}`)
		if log := w.crm.Log(); fmt.Sprint(log[3].Taken, log[4].Taken) != "[2] [4]" {
			t.Errorf("the documents that waited became %+v", log)
		}
	}
	if got, want := fresh.save(), b.save(); !bytes.Equal(got, want) {
		t.Errorf("the restored world became\n%s\nwant\n%s", got, want)
	}
	for _, path := range []string{"/_sim/orders", "/_sim/cards?deleted=1", "/_sim/log", "/_sim/stock", "/_sim/stats", "/_sim/faults", "/Api/Order/List", "/Api/R3/Contact"} {
		_, got := fresh.call("GET", path, "")
		if _, want := b.call("GET", path, ""); got != want {
			t.Errorf("%s = %s; want %s", path, got, want)
		}
	}
}

func TestAStateThatDoesNotFitChangesNothing(t *testing.T) {
	good := full(t).save()
	edit := func(path string, value any) string {
		var all map[string]any
		if err := json.Unmarshal(good, &all); err != nil {
			t.Fatal(err)
		}
		all[path] = value
		text, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	b := start(t, rehearsal())
	b.taken(customer(1))
	for state, want := range map[string]string{
		"":                         "reading the state",
		string(good[:len(good)/2]): "reading the state",
		edit("colour", 1):          `unknown field "colour"`,
		edit("version", 2):         "version 2, this program reads 1",
		edit("system_id", "1"):     "one of system 1",
		edit("language", "ro"):     `language "ro"`,
		edit("next_card", 99):      "99 were made",
		edit("cards", nil):         "0 cards are there",
		edit("cards", []any{savedCard{ID: 1, Module: 4, Status: 7, User: 100001}}):     "the status 7, which its module 4 does not have",
		edit("cards", []any{savedCard{ID: 1, Module: 4, Status: 2901, User: 7}}):       "user 7, whom this system does not have",
		edit("cards", []any{savedCard{ID: 1, Module: 99, Status: 2901, User: 100001}}): "module 99, which this system does not have",
		edit("people", nil): "the contact is not",
		edit("log", nil):    "were accepted",
		edit("stock", map[string]any{"sku": map[string]int{"a": 1}}): "product 1 is not in the stock",
	} {
		if err := b.crm.Restore(strings.NewReader(state)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Restore(%.60q) = %v; want %q", state, err, want)
		}
	}
	if got := len(b.crm.Cards()); got != 1 {
		t.Errorf("%d cards; want the one from before", got)
	}
}

func TestTheRevisionGrowsWithEveryChange(t *testing.T) {
	b := start(t, Options{Delay: time.Minute})
	last := b.crm.Revision()
	for _, step := range []struct {
		what   string
		do     func()
		change bool
	}{
		{"a call", func() { b.want("GET", "/Api/R3/Category", "") }, true},
		{"a document", func() { b.want("POST", "/Api/SyncFeed/51432/Upload", feedOf(customer(1))) }, true},
		{"looking", func() { b.want("GET", "/_sim/stats", ""); b.call("GET", "/", "") }, false},
		{"time alone", func() { b.clock.advance(time.Second); b.crm.Process() }, false},
		{"processing", func() { b.clock.advance(time.Minute); b.crm.Process() }, true},
		{"a fault", func() { b.fault("Category", "500") }, true},
		{"the clock", func() { b.want("POST", "/_sim/clock", `{"advance":"1s"}`) }, true},
		{"a new day", func() { b.clock.advance(24 * time.Hour); b.crm.Process() }, true},
		{"a switch", func() { b.want("POST", "/_sim/switches", `{"bom":true}`) }, true},
		{"a refused switch", func() { b.call("POST", "/_sim/switches", `{"bom":1}`) }, false},
		{"restoring", func() {
			if err := b.crm.Restore(bytes.NewReader(b.save())); err != nil {
				t.Fatal(err)
			}
		}, true},
	} {
		step.do()
		if got := b.crm.Revision(); got < last || got > last != step.change {
			t.Errorf("%s moved the revision from %d to %d; want a change %t", step.what, last, got, step.change)
		}
		last = b.crm.Revision()
	}
}

func TestProcessSaysHowManyDocumentsWereDue(t *testing.T) {
	b := start(t, Options{Delay: time.Minute})
	b.want("POST", "/Api/SyncFeed/51432/Upload", feedOf(customer(1)))
	b.want("POST", "/Api/SyncFeed/51432/Upload", feedOf(customer(2)))
	if got := b.crm.Process(); got != 0 {
		t.Errorf("Process() = %d before anything is due; want 0", got)
	}
	b.clock.advance(time.Minute)
	if got := b.crm.Process(); got != 2 || b.crm.Process() != 0 {
		t.Errorf("Process() = %d; want both documents, once", got)
	}
}

// What a system has beside its world is built anew, or is gone with the
// program. A field that belongs to neither list belongs into the world.
func TestWhatIsNotSavedIsKnown(t *testing.T) {
	kept := map[string]string{
		"o": "given again", "language": "from o", "countries": "from o", "users": "from o", "modules": "from o", "orderly": "from o", "seed": "from o", "persons": "from o", "businesses": "from o", "client": "from o",
		"wake": "of this process", "stop": "of this process", "once": "of this process", "wait": "of this process",
		"working": "a lock", "delivering": "a lock", "gate": "a lock", "mu": "a lock",
		"revision": "grows over a Restore too", "recently": "for eyes only", "world": "saved",
	}
	for field := range reflect.TypeFor[CRM]().Fields() {
		if kept[field.Name] == "" {
			t.Errorf("CRM.%s is not saved: put it into world, save and restore it", field.Name)
		}
	}
}
