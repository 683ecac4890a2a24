package minicrmsim

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestTheWorkerHearsThatTheClockMoved(t *testing.T) {
	crm := New(Options{Language: "en", Delay: time.Hour})
	server := httptest.NewServer(crm)
	defer server.Close()
	defer crm.Close()
	b := &bench{t: t, crm: crm, server: server, user: DefaultSystemID, key: DefaultAPIKey}
	b.want("POST", "/Api/SyncFeed/51432/Upload", feedOf(customer(1)))
	b.want("POST", "/_sim/clock", `{"advance":"59m59.9s"}`)
	for deadline := time.Now().Add(10 * time.Second); len(crm.Cards()) == 0; {
		if time.Now().After(deadline) {
			t.Fatal("ten seconds after the clock was moved to 0.1 s before the document it was not processed")
		}
	}
}

func TestTheClockNeverComesRound(t *testing.T) {
	b := start(t, Options{})
	b.want("POST", "/_sim/clock", `{"advance":"876000h"}`)
	for _, step := range []string{"876000h", "2540400h"} {
		if status, text := b.call("POST", "/_sim/clock", `{"advance":"`+step+`"}`); status != 400 || !strings.Contains(text, "the year 2200") {
			t.Errorf("moving the clock by %s = %d %s; want it refused", step, status, text)
		}
	}
	person := b.person("Pop", "")
	card := b.newCard(3, person, "")
	if got := b.want("GET", fmt.Sprint("/Api/R3/Project/", card), "")["CreatedAt"]; got != "2126-02-14 12:00:00" {
		t.Errorf("CreatedAt = %v; want a hundred years of hours later", got)
	}
}

func TestWhatFollowsABodyIsNotPassedOver(t *testing.T) {
	b := start(t, Options{})
	b.refused("PUT", "/Api/R3/Contact", `{"Type":"Person","LastName":"Pop"} {"Type":"Person"}`, 400, `Invalid parameter: "Data (JSON)"`)
	b.refused("PUT", "/Api/R3/Contact", `{"Type":"Person","LastName":"Pop"}x`, 400, `Invalid parameter: "Data (JSON)"`)
	b.want("PUT", "/Api/R3/Contact", "\n"+`{"Type":"Person","LastName":"Pop"}`+"\r\n ")
}

func TestAPathWithoutAnIDMakesNothing(t *testing.T) {
	b := start(t, Options{})
	person := b.person("Pop", "")
	b.newCard(3, person, "")
	for path, body := range map[string]string{
		"Project": `{"CategoryId":3,"ContactId":1}`, "Contact": `{"Type":"Person","LastName":"Rus"}`,
		"Address": `{"ContactId":1,"Name":"Home"}`, "ToDo": `{"ProjectId":1}`, "Product": `{"Name":"Cable"}`,
	} {
		for _, id := range []string{"x", "-1", "1x", "99999999999999999999"} {
			b.refused("PUT", "/Api/R3/"+path+"/"+id, body, 404, "Not Found")
		}
		b.want("PUT", "/Api/R3/"+path+"/0", body)
	}
	for _, path := range []string{"Project", "Contact", "Address"} {
		b.refused("GET", "/Api/R3/"+path+"/0", "", 404, "Not Found")
	}
}

func TestAnyFieldOfTheSchemaFiltersAndCardsComeByID(t *testing.T) {
	b := start(t, Options{})
	person := b.person("Pop", "")
	for _, module := range []int{5, 3, 4, 3} {
		b.newCard(module, person, "")
	}
	for _, filter := range []string{"", "IsPrivate=0", "Invited=", "CreatedBy=MiniCRM", "UpdatedBy=MiniCRM"} {
		_, text := b.call("GET", "/Api/R3/Project?"+filter, "")
		place := -1
		for _, id := range []string{`"1":{`, `"2":{`, `"3":{`, `"4":{`} {
			at := strings.Index(text, id)
			if at <= place {
				t.Errorf("%s lists %s; want the cards 1 to 4 in this order", filter, text)
			}
			place = at
		}
	}
	if got := b.want("GET", "/Api/R3/Project?IsPrivate=1", "")["Count"]; got != 0.0 {
		t.Errorf("%v cards are private; want none", got)
	}
}

func TestUpdatedSinceInAnHourThatSpringLeavesOut(t *testing.T) {
	b := start(t, Options{})
	b.clock.now = time.Date(2026, 3, 29, 1, 10, 0, 0, time.UTC) // ten minutes into summer time: 03:10
	b.newCard(3, b.person("Pop", ""), "")
	for since, want := range map[string]float64{
		"01:59:59": 1, "02:00:00": 1, "02:30:00": 1, "02:59:59": 1, "03:10:00": 1, "03:10:01": 0,
	} {
		if got := b.want("GET", "/Api/R3/Project?UpdatedSince=2026-03-29+"+since, "")["Count"]; got != want {
			t.Errorf("since %s: %v cards; want %v of the one of 03:10", since, got, want)
		}
	}
}

func TestUpdatedSinceMeetsBothPassesOfTheAutumnHour(t *testing.T) {
	b := start(t, Options{})
	person := b.person("Pop", "")
	for _, minutes := range []int{30, 90} { // 02:30 twice
		b.clock.now = time.Date(2026, 10, 25, 0, minutes, 0, 0, time.UTC)
		b.newCard(3, person, "")
	}
	for since, want := range map[string]float64{"02:30:00": 2, "02:30:01": 0} {
		if got := b.want("GET", "/Api/R3/Project?CategoryId=3&UpdatedSince=2026-10-25+"+since, "")["Count"]; got != want {
			t.Errorf("since %s: %v cards; want %v, for both carry the same time", since, got, want)
		}
	}
}

func TestTagsOfAListCarryNoBlanks(t *testing.T) {
	b := start(t, Options{})
	b.want("PUT", "/Api/R3/Contact", `{"Type":"Person","LastName":"Pop","Tags":["vip","long time "," "]}`)
	if got, _ := b.want("GET", "/Api/R3/Contact/1", "")["Tags"].([]any); len(got) != 2 || got[0] != "vip" || got[1] != "long time" {
		t.Errorf("Tags = %q; want vip and long time", got)
	}
}

func TestARedirectedWebhookWasNotTaken(t *testing.T) {
	var paths []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.Path)
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		}
	}))
	t.Cleanup(server.Close)
	b := start(t, Options{Webhooks: []Webhook{{URL: server.URL, Type: "Contact"}}})
	b.person("Pop", "")
	b.crm.Deliver(t.Context())
	if got := b.text("GET", "/_sim/webhooks", ""); len(paths) != 1 || !strings.Contains(got, `"attempts":1,`) {
		t.Errorf("the requests went to %v, then /_sim/webhooks = %s; want one that waits for its second attempt", paths, got)
	}
}

func TestStoppingCostsAWebhookNoAttempt(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the server would not see the caller go
		stop()
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	b := start(t, Options{Webhooks: []Webhook{{URL: server.URL, Type: "Contact"}}})
	b.person("Pop", "")
	b.crm.Deliver(ctx)
	if got := b.text("GET", "/_sim/webhooks", ""); !strings.Contains(got, `"attempts":0,`) {
		t.Errorf("/_sim/webhooks = %s; want the message as if it had not been tried", got)
	}
}
