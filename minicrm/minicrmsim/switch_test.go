package minicrmsim

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// status is the code that a call answers with.
func (b *bench) status(method, path, body string) string {
	b.t.Helper()
	code, _ := b.call(method, path, body)
	return fmt.Sprint(code)
}

// text is the body that a call answers with.
func (b *bench) text(method, path, body string) string {
	b.t.Helper()
	_, text := b.call(method, path, body)
	return text
}

// header is a header of the answer to a GET.
func (b *bench) header(path, name string) string {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), "GET", b.server.URL+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	request.SetBasicAuth(b.user, b.key)
	response, err := b.server.Client().Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	return response.Header.Get(name)
}

// sold brings one order of a customer in by XML: card 1 and contact 1 are the
// customer's, card 2 and document 1 the order's.
func (b *bench) sold(status string) {
	b.t.Helper()
	b.taken(customer(14353, orders(bought(9001, "<Status>"+status+"</Status>"))))
}

// A choice is a switch with what a caller sees on either side of it.
type choice struct {
	on  Switches
	see func(b *bench) string
	off string
	set string
}

func (o choice) field() string {
	v := reflect.ValueOf(o.on)
	for i := range v.NumField() {
		if !v.Field(i).IsZero() {
			return v.Type().Field(i).Name
		}
	}
	return ""
}

func show(t *testing.T, choices []choice, o Options) {
	t.Helper()
	for _, one := range choices {
		t.Run(one.field(), func(t *testing.T) {
			for i, side := range []struct {
				switches Switches
				want     string
			}{{Switches{}, one.off}, {one.on, one.set}} {
				set := o
				set.Switches = side.switches
				if got := one.see(start(t, set)); got != side.want {
					t.Errorf("with %s %s a caller sees %q; want %q", one.field(), []string{"off", "on"}[i], got, side.want)
				}
			}
		})
	}
}

var restChoices = []choice{
	{Switches{AccessDenied404: true}, func(b *bench) string {
		b.key = strings.Repeat("x", 32)
		code, text := b.call("GET", "/Api/R3/Category", "")
		return fmt.Sprint(code, " ", text)
	}, "401 Unauthorized: Access denied", "404 Unauthorized: Access denied"},
	{Switches{NoAddOn: true}, func(b *bench) string {
		return b.status("GET", "/Api/R3/Category", "") + b.status("GET", "/Api/Order/List", "")
	}, "200200", "404404"},
	{Switches{ToDoByPost: true}, func(b *bench) string {
		body := fmt.Sprintf(`{"ProjectId":%d}`, b.newCard(3, b.person("Pop", ""), ""))
		return b.status("PUT", "/Api/R3/ToDo/", body) + b.status("POST", "/Api/R3/ToDo/", body)
	}, "200405", "405200"},
	{Switches{PurgePersonMethod: "PUT"}, purging, "200200", "405200"},
	{Switches{PurgePersonMethod: "GET"}, purging, "200200", "200405"},
	{Switches{ReferenceList: true}, func(b *bench) string {
		b.sold("Issued")
		return b.text("GET", "/Api/R3/Project?ReferenceId=14353", "")[:10] + b.status("GET", "/Api/R3/Project?ReferenceId=5", "")
	}, `{"Id":1,"C404`, `{"Count":1200`},
	{Switches{R3IDsAsStrings: true}, func(b *bench) string {
		b.newCard(3, b.person("Pop", ""), "")
		return b.text("GET", "/Api/R3/Project", "")[22:34]
	}, `"1":{"Id":1,`, `"1":{"Id":"1`},
	{Switches{UnknownOption500: true}, func(b *bench) string {
		return b.status("PUT", "/Api/R3/Project", fmt.Sprintf(`{"CategoryId":4,"ContactId":%d,"Enum1221":"Fax"}`, b.person("Pop", "")))
	}, "400", "500"},
	{
		Switches{EmptyObject: true},
		func(b *bench) string { return b.text("GET", "/Api/R3/Project", "") },
		`{"Count":0,"Results":[]}`, `{"Count":0,"Results":{}}`,
	},
	{
		Switches{SameCategoryIDs: true},
		func(b *bench) string { return b.text("GET", "/Api/R3/Category?Detailed=1", "")[:13] },
		`{"3":{"Id":1,`, `{"3":{"Id":3,`,
	},
	{Switches{UnknownParameterIgnored: true}, func(b *bench) string {
		card := fmt.Sprint("/Api/R3/Project/", b.newCard(3, b.person("Pop", ""), ""))
		seen := b.status("GET", "/Api/R3/Project?Colour=red", "") + b.status("GET", "/Api/R3/Contact?Colour=red", "") +
			b.status("GET", "/Api/Order/List?Colour=red", "")
		for path, body := range map[string]string{
			card: "", "/Api/R3/Contact/1": "", "/Api/R3/Address": `"ContactId":1,"Name":"N",`, "/Api/R3/ToDo": `"ProjectId":1,`,
			"/Api/R3/Product": `"Name":"P",`, "/Api/R3/CreateProjectConnection": `"FromProjectId":1,"ToProjectId":2,`,
		} {
			b.newCard(3, 1, "")
			seen += b.status("PUT", path, `{`+body+`"Colour":"red"}`)
		}
		for _, inner := range []string{`"Colour":1`, `"Customer":{"Name":"N","Colour":1}`, `"Items":[{"Name":"I","Colour":1}]`} {
			seen += b.status("POST", "/Api/Order", `{"CustomerId":1,`+inner+`}`)
		}
		return seen
	}, strings.Repeat("400", 12), strings.Repeat("200", 12)},
	{Switches{InvitedList: true}, func(b *bench) string {
		return fmt.Sprintf("%q", b.want("GET", fmt.Sprint("/Api/R3/Project/", b.newCard(3, b.person("Pop", ""), "")), "")["Invited"])
	}, `""`, `[]`},
	{Switches{LongTextCut: true}, func(b *bench) string {
		path := fmt.Sprint("/Api/R3/Project/", b.newCard(4, b.person("Pop", ""), ""))
		code := b.status("PUT", path, `{"AWB":"`+strings.Repeat("ő", 129)+`"}`)
		return fmt.Sprint(code, " ", len([]rune(b.want("GET", path, "")["AWB"].(string))))
	}, "400 0", "200 128"},
	{Switches{FilesAsSent: true}, func(b *bench) string {
		path := fmt.Sprint("/Api/R3/Project/", b.newCard(3, b.person("Pop", ""), `,"File1103":"https://shop.example/a.pdf"`))
		return b.want("GET", path, "")["File1103"].(string)
	}, "https://r3.minicrm.hu/51432/Download/S3/?t=project&inline=&e=1-File1103-0", "https://shop.example/a.pdf"},
	{Switches{MailsListed: true}, func(b *bench) string {
		b.newCard(3, b.person("Pop", ""), "")
		b.want("POST", "/_sim/mails", `{"card_id":1,"subject":"Hello"}`)
		return b.text("GET", "/Api/R3/EmailList/1", "")[:25]
	}, `{"Count":1,"Results":{"1":{`[:25], `{"Count":1,"Results":[{"Id":1`[:25]},
	{Switches{URLBase: "http://127.0.0.1:8101/"}, func(b *bench) string {
		b.newCard(3, b.person("Pop", ""), "")
		return b.want("GET", "/Api/R3/Contact", "")["Results"].(map[string]any)["1"].(map[string]any)["Url"].(string)
	}, "https://r3.minicrm.hu/Api/R3/Contact/1", "http://127.0.0.1:8101/Api/R3/Contact/1"},
	{Switches{UpdatedSinceExclusive: true}, func(b *bench) string {
		b.newCard(3, b.person("Pop", ""), "")
		return fmt.Sprint(b.want("GET", "/Api/R3/Project?UpdatedSince=2026-03-10+12:00:00", "")["Count"])
	}, "1", "0"},
	{Switches{OrderReferences: true}, func(b *bench) string {
		b.sold("Issued")
		return b.status("GET", "/Api/R3/Project?ReferenceId=9001", "")
	}, "404", "200"},
	{Switches{WritableReference: true}, func(b *bench) string {
		b.sold("Issued")
		return b.status("PUT", "/Api/R3/Project/1", `{"ReferenceId":44}`) + b.status("GET", "/Api/R3/Project?ReferenceId=44", "")
	}, "400404", "200200"},
	{Switches{LockedOrderCards: true}, func(b *bench) string {
		b.sold("Issued")
		return b.status("PUT", "/Api/R3/Project/2", `{"AWB":"1"}`) + b.status("PUT", "/Api/R3/Project/1", `{"Newsletter":"1"}`)
	}, "200200", "400200"},
}

// purging purges two persons, one by GET and one by PUT.
func purging(b *bench) string {
	b.person("Pop", "")
	b.person("Rus", "")
	return b.status("GET", "/Api/R3/PurgePerson/1", "") + b.status("PUT", "/Api/R3/PurgePerson/2", "")
}

func TestSwitchesOfR3ShowBothSides(t *testing.T) { show(t, restChoices, Options{}) }

var lookChoices = []choice{
	{
		Switches{PlainJSON: true},
		func(b *bench) string { return b.text("GET", "/Api/R3/Category", "")[:17] },
		`{"3":"\u00c9rt\u00e9kes`[:17], `{"3":"Értékesítés"`[:17],
	},
	{Switches{BOM: true}, func(b *bench) string { return fmt.Sprintf("%q", b.text("GET", "/Api/R3/Category", "")[:4]) }, `"{\"3\""`, `"\ufeff{"`},
	{Switches{PlainContactType: true}, func(b *bench) string {
		b.person("Nagy", "")
		return b.want("GET", "/Api/R3/Contact/1", "")["Type"].(string)
	}, "Személy", "Person"},
	{Switches{LocalisedTooMany: true}, func(b *bench) string {
		b.fault("Category", "429")
		return b.text("GET", "/Api/R3/Category", "")
	}, "Too Many Requests", "Túl sok kérés"},
}

func TestSwitchesOfTheLookShowBothSides(t *testing.T) { show(t, lookChoices, Options{Language: "hu"}) }

var documentChoices = []choice{
	{Switches{DocumentIDsAsNumber: true}, func(b *bench) string {
		b.sold("Issued")
		return b.text("GET", "/Api/Order/1", "")[:10]
	}, `{"Id":"1",`, `{"Id":1,"P`},
	{Switches{OrderListUnderOffer: true}, func(b *bench) string {
		b.sold("Issued")
		return b.status("GET", "/Api/Order/List", "") + fmt.Sprint(b.want("GET", "/Api/Offer/List", "")["Count"])
	}, "2000", "4041"},
	{Switches{NoOrderList: true}, func(b *bench) string { return b.status("GET", "/Api/Order/List", "") }, "200", "405"},
	{Switches{ActionsByGet: true}, func(b *bench) string {
		b.sold("Issued")
		return b.status("GET", "/Api/Order/1/Complete", "") + " " + b.order(9001).Status
	}, "405 Issued", "200 Completed"},
	{Switches{StornoFromFailed: true}, func(b *bench) string {
		b.sold("Paid")
		first := b.status("POST", "/Api/Order/1/Storno", "{}")
		b.taken(customer(14353, orders(bought(9001, "<Status>Failed</Status>"))))
		return first + b.status("POST", "/Api/Order/1/Storno", "{}")
	}, "200405", "405200"},
	{Switches{DraftsListed: true}, func(b *bench) string {
		b.sold("Draft")
		return fmt.Sprint(b.want("GET", "/Api/Order/List", "")["Count"])
	}, "0", "1"},
	{Switches{OrdersDriveStock: true}, func(b *bench) string {
		b.sold("Draft")
		b.want("PUT", "/Api/R3/Product/1", `{"Quantity":12}`)
		b.want("POST", "/Api/Order/1/Finalize", "{}")
		return b.pieces(1)
	}, "12", "2"},
	{Switches{DocumentsGenerated: true}, func(b *bench) string {
		b.sold("Issued")
		return b.want("GET", "/Api/Order/List", "")["Results"].(map[string]any)["1"].(map[string]any)["DocumentUrl"].(string)
	}, "", "https://r3.minicrm.hu/51432/Download/S3/?t=doc&inline=0&e=order1"},
}

// pieces are how many of a product the stock holds.
func (b *bench) pieces(id int) string {
	b.t.Helper()
	return b.want("GET", "/_sim/stock", "")["products"].([]any)[id-1].(map[string]any)["quantity"].(string)
}

func TestSwitchesOfDocumentsShowBothSides(t *testing.T) { show(t, documentChoices, Options{}) }

var limitChoices = []choice{
	{Switches{LimitDocuments: true}, func(b *bench) string {
		var last string
		for range 61 {
			last = b.status("GET", "/Api/Order/List", "")
		}
		return last + b.status("GET", "/Api/Invoice/List", "")
	}, "200200", "429200"},
	{Switches{FixedWindow: true}, func(b *bench) string {
		b.clock.advance(50 * time.Second) // ten seconds before the minute ends
		b.exhaust()
		b.clock.advance(10 * time.Second)
		return b.status("GET", "/Api/R3/Category", "")
	}, "429", "200"},
	{Switches{CountRefused: true}, func(b *bench) string {
		b.exhaust()
		b.clock.advance(30 * time.Second)
		for range 60 {
			b.refused("GET", "/Api/R3/Category", "", 429, "")
		}
		b.clock.advance(30 * time.Second)
		return b.status("GET", "/Api/R3/Category", "")
	}, "200", "429"},
	{Switches{RetryAfter: true}, func(b *bench) string {
		b.exhaust()
		b.clock.advance(20 * time.Second)
		return b.header("/Api/R3/Category", "Retry-After")
	}, "", "40"},
}

// exhaust uses up the calls of a minute.
func (b *bench) exhaust() {
	b.t.Helper()
	for range 60 {
		b.want("GET", "/Api/R3/Category", "")
	}
}

func TestSwitchesOfLimitsShowBothSides(t *testing.T) {
	show(t, limitChoices, Options{Limits: true})
}

func TestTheSixtyFirstCallWaitsForTheFirstToBeAMinuteOld(t *testing.T) {
	b := start(t, Options{Limits: true})
	for i := range 60 {
		path := []string{"/Api/R3/Category", "/Api/R3/Schema/Project/4", "/Api/R3/Contact", "/Api/R3/Project?CategoryId=5"}[i%4]
		if got := b.status("GET", path, ""); got != "200" {
			t.Fatalf("call %d = %s; want 200", i+1, got)
		}
		b.clock.advance(500 * time.Millisecond)
	}
	for _, path := range []string{"/Api/R3/Category", "/Api/R3/Project/1", "/Api/R3/Nothing"} {
		if got := b.status("GET", path, ""); got != "429" {
			t.Errorf("%s beyond the limit = %s; want 429", path, got)
		}
	}
	b.clock.advance(30*time.Second - time.Millisecond)
	if got := b.status("GET", "/Api/R3/Category", ""); got != "429" {
		t.Errorf("59.999 s after the first call = %s; want 429", got)
	}
	b.clock.advance(time.Millisecond)
	if got := b.status("GET", "/Api/R3/Category", "") + b.status("GET", "/Api/R3/Category", ""); got != "200429" {
		t.Errorf("60 s after the first call = %s; want one call free and no second", got)
	}
	if got := b.header("/Api/R3/Category", "Retry-After"); got != "" {
		t.Errorf("Retry-After = %q; want none", got)
	}
	if got := b.status("GET", "/Api/Invoice/List", ""); got != "200" {
		t.Errorf("Invoice/List = %s; want no limit there", got)
	}
}

func TestTheHundredEightyFirstDocumentWaitsForTheHour(t *testing.T) {
	b := start(t, Options{Limits: true})
	upload := func() string { return b.status("POST", "/Api/SyncFeed/51432/Upload", feedOf()) }
	for i := range 180 {
		if got := upload(); got != "200" {
			t.Fatalf("document %d = %s; want 200", i+1, got)
		}
		b.clock.advance(10 * time.Second)
	}
	b.clock.advance(30*time.Minute - time.Second)
	if got := upload(); got != "429" {
		t.Errorf("the 181st within the hour = %s; want 429", got)
	}
	b.clock.advance(time.Second)
	if got := upload(); got != "200" {
		t.Errorf("an hour after the first = %s; want 200", got)
	}
}
