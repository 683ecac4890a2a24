package minicrmsim

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func (b *bench) page(path string) string {
	b.t.Helper()
	status, text := b.call("GET", path, "")
	if status != http.StatusOK {
		b.t.Fatalf("%s = %d %s", path, status, text)
	}
	return text
}

func (b *bench) shows(path string, wanted ...string) {
	b.t.Helper()
	text := b.page(path)
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			b.t.Errorf("%s does not show %q in\n%s", path, want, text)
		}
	}
}

func TestThePageShowsTheWholeWorld(t *testing.T) {
	b := start(t, Options{Limits: true, Delay: time.Minute, Switches: Switches{RetryAfter: true}})
	b.taken(customer(14353, `<UserId>Kiss Béla</UserId><Contacts><Contact><LastName>Rus</LastName><Email>rus@example.ro</Email></Contact></Contacts>`,
		orders(bought(9, `<Status>Issued</Status><Project><AWB>AW-1</AWB></Project>`))))
	b.send(customer(2, `<StatusId>Regular</StatusId>`), customer(3, `<UserId>Nobody</UserId>`))
	b.want("POST", "/Api/SyncFeed/51432/Upload", feedOf(customer(4)))
	b.want("POST", "/_sim/faults", `{"endpoint":"Category","kind":"cut","times":7}`)
	b.want("POST", "/_sim/clock", `{"advance":"1s"}`)
	b.refused("GET", "/Api/R3/Project/77?Query=x", "", 404, "")
	b.shows("/", "system 51432", "2026-03-10 12:00:01", "moved on by 1s", "1 of 60", "3 of 180", "retry_after",
		"N-9", "In progress", "Kiss Béla", "151.25 RON", "AWB: AW-1", "rus@example.ro", "Customer 14353",
		`Project 2: the module Webshop has no status &#34;Regular&#34;`, "Project 3: there is no user", "waits",
		"Thing 71", "S-71", "UNAS", "cut", ">7<", "GET /Api/R3/Project/77?Query=x", ">404<")
}

func TestACardHasAPageOfItsOwn(t *testing.T) {
	b := start(t, Options{})
	b.taken(customer(1, `<Business><Name>Alma SRL</Name><VatNumber>RO1</VatNumber><Addresses><Address><City>Arad</City></Address></Addresses></Business><Contacts><Contact><LastName>Rus</LastName></Contact></Contacts><Newsletter>yes</Newsletter>`,
		orders(bought(9, `<Status>Paid</Status><PaymentMethod>Card</PaymentMethod>`))))
	b.taken(customer(2, orders(bought(10))))
	b.send(customer(1, orders(bought(9, `<Status>Sent</Status>`))))
	b.shows("/card/1", "Customer 1", "Card 1 of Webshop, external id 1", "Alma SRL", "RO1", "Arad", "Rus", "Newsletter", "yes",
		"N-9", "Successful", "2026-03-09 10:15:00", "Ilie Vera, Romania, 400001 Cluj, Strada Lunga 3", "Thing 71", "10 piece", "12.5", "21 %", "151.25",
		`href="/card/2"`, "unknown Status &#34;Sent&#34;")
	b.shows("/card/2", "N-9 (Ilie Vera)", `href="/card/1"`, "Customer 1", "unknown Status")
	if text := b.page("/card/4"); strings.Contains(text, "unknown Status") || !strings.Contains(text, "N-10") {
		t.Errorf("the card of another order shows a foreign history:\n%s", text)
	}
	b.want("POST", "/_sim/person", `{"card_id":1,"deleted":true}`)
	b.shows("/card/1", "in the Trash")
	for _, path := range []string{"/card/99", "/card/x", "/card/", "/card/1/2"} {
		b.refused("GET", path, "", 404, "no such card")
	}
}

func TestThePageFindsWhatIsLookedFor(t *testing.T) {
	b := start(t, Options{})
	b.taken(customer(1, orders(bought(100))), customer(2, orders(bought(200))),
		customer(3, `<Contacts><Contact><LastName>Țîrlea</LastName><Email>mara@example.ro</Email></Contact></Contacts>`))
	b.send(customer(4, `<StatusId>Regular</StatusId>`))
	for find, want := range map[string]string{
		"": "N-100 N-200 Customer 1 Customer 3 Regular", "n-100": "N-100", "200": "N-200", "CUSTOMER 3": "Customer 3",
		"mara@": "Customer 3", "țîrlea": "Customer 3", "regular": "Regular", "nothing": "",
	} {
		text := strings.ReplaceAll(b.page("/?q="+strings.ReplaceAll(find, " ", "+")), ">Customer 1<", ">Customer 1,<")
		for _, mark := range []string{">N-100<", ">N-200<", ">Customer 3<", "has no status"} {
			name := map[string]string{"has no status": "Regular"}[mark]
			if name == "" {
				name = strings.Trim(mark, "<>")
			}
			if got := strings.Contains(text, mark); got != strings.Contains(want, name) {
				t.Errorf("q=%q shows %s: %t; want %q", find, name, got, want)
			}
		}
	}
}

func TestThePageShowsTextAsText(t *testing.T) {
	const script = `"><script>alert(1)</script>`
	escaped := strings.NewReplacer("<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(script)
	b := start(t, Options{})
	b.taken(`<Project Id="1"><Name>`+escaped+`</Name><CategoryId>5</CategoryId><Newsletter>`+escaped+`</Newsletter></Project>`,
		customer(2, orders(bought(9, `<Number>`+escaped+`</Number><Project><LinkPdf>javascript:alert(1)</LinkPdf><AWB>`+escaped+`</AWB></Project>`))))
	b.send(`<Project Id="`+escaped+`"/>`, customer(3, `<UserId>`+escaped+`</UserId>`))
	_, _ = b.call("GET", "/Api/R3/Project?Name=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "")
	for _, path := range []string{"/", "/card/1", "/card/2", "/card/3", "/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"} {
		if text := b.page(path); strings.Contains(text, "<script") || strings.Contains(text, `"javascript:`) {
			t.Errorf("%s carries a script:\n%s", path, text)
		}
	}
}

func TestThePageRefreshesItselfWhenAsked(t *testing.T) {
	b := start(t, Options{})
	for query, want := range map[string]string{"": "", "?refresh=3": "3", "?refresh=0": "", "?refresh=-1": "", "?refresh=x": "", "?refresh=99999": ""} {
		text := b.page("/" + query)
		if got := strings.Contains(text, `http-equiv="refresh"`); got != (want != "") || want != "" && !strings.Contains(text, `content="`+want+`"`) {
			t.Errorf("/%s refreshes itself: %t; want every %q s", query, got, want)
		}
	}
	b.shows("/?refresh=3&q=a%26b", `href="/?q=a%26b"`, `name="refresh" value="3"`)
}

func TestThePageKeepsSecretsToItself(t *testing.T) {
	b := start(t, Options{Download: roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("no way there") })})
	_, _ = b.call("GET", "/Api/SyncFeed/51432?Source=https%3A%2F%2Fme%3Apassword@shop.invalid%2Ffeed%2Fhidden", "")
	_, _ = b.call("GET", "/Api/SharedFilter?Hash=hidden&Type=Project", "")
	_, _ = b.call("GET", "/Api/SyncFeed/51432?Source=%25hidden", "")
	text := b.page("/")
	if strings.Contains(text, "hidden") || strings.Contains(text, "password") || strings.Contains(text, DefaultAPIKey) {
		t.Errorf("the page shows a secret:\n%s", text)
	}
	if !strings.Contains(text, "Source=https://shop.invalid/...") || !strings.Contains(text, "Hash=...") {
		t.Errorf("the page does not show what was called:\n%s", text)
	}
}

func TestThePageShowsTheLatestTwoHundredCalls(t *testing.T) {
	b := start(t, Options{})
	for i := range 205 {
		_, _ = b.call("GET", fmt.Sprint("/Api/R3/Project/", 1000+i), "")
	}
	text := b.page("/")
	if n := strings.Count(text, "GET /Api/R3/Project/"); n != 200 || strings.Contains(text, "Project/1004<") || !strings.Contains(text, "Project/1005<") {
		t.Errorf("%d calls are shown; want the latest 200", n)
	}
	if newest, oldest := strings.Index(text, "Project/1204<"), strings.Index(text, "Project/1005<"); newest > oldest {
		t.Error("the latest call is not the first one shown")
	}
	b.fault("Category", "silence")
	_, _, err := b.try("GET", "/Api/R3/Category", "")
	if err == nil {
		t.Error("silence was answered")
	}
	b.shows("/", "none, the connection was closed")
}
