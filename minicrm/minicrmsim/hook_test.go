package minicrmsim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// A listener is where webhooks go. It answers 200 until told otherwise.
type listener struct {
	server *httptest.Server
	status int
	bodies []map[string]any
}

func listen(t *testing.T) *listener {
	t.Helper()
	l := &listener{status: 200}
	l.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		var body map[string]any
		if err != nil || json.Unmarshal(raw, &body) != nil || r.Method != http.MethodPost {
			t.Errorf("a webhook came by %s with %s", r.Method, raw)
		}
		l.bodies = append(l.bodies, body)
		w.WriteHeader(l.status)
	}))
	t.Cleanup(l.server.Close)
	return l
}

func changed(body map[string]any) []string {
	var all []string
	for _, name := range body["Changed"].([]any) {
		all = append(all, name.(string))
	}
	return all
}

func TestAWebhookTellsWhatChangedOfACard(t *testing.T) {
	l := listen(t)
	b := start(t, Options{Webhooks: []Webhook{{URL: l.server.URL, Type: "Project", CategoryID: 4}}})
	company, person := b.company("Alma")
	id := b.newCard(4, person, `,"Name":"First","Set1231":"Gift, Urgent"`)
	b.newCard(3, person, "") // of another module
	if got := b.crm.Deliver(t.Context()); got != 1 {
		t.Fatalf("Deliver made %d requests; want 1", got)
	}
	data := l.bodies[0]["Data"].(map[string]any)
	for name, want := range map[string]any{
		"CategoryId": "4", "ContactId": fmt.Sprint(person), "MainContactId": fmt.Sprint(company), "StatusId": "2901",
		"UserId": "100001", "Name": "First", "Set1231": 6.0, "UpdatedAt": "2026-03-10 12:00:00",
		"InternalUrl": fmt.Sprintf("https://r3.minicrm.hu/51432/#Project-4/%d", id),
	} {
		if data[name] != want {
			t.Errorf("Data has %s %v; want %v", name, data[name], want)
		}
	}
	if l.bodies[0]["Id"] != fmt.Sprint(id) || l.bodies[0]["Type"] != "Project" {
		t.Errorf("the message reads %v", l.bodies[0])
	}
	b.clock.advance(time.Minute)
	b.want("PUT", fmt.Sprint("/Api/R3/Project/", id), `{"AWB":"7"}`)
	b.want("PUT", fmt.Sprint("/Api/R3/Project/", id), `{"StatusId":"Completed"}`)
	b.crm.Deliver(t.Context())
	if len(l.bodies) != 3 {
		t.Fatalf("%d messages; want one for each change", len(l.bodies))
	}
	if got := changed(l.bodies[1]); !slices.Equal(got, []string{"UpdatedAt", "AWB"}) {
		t.Errorf("Changed = %v; want UpdatedAt and AWB", got)
	}
	if got := changed(l.bodies[2]); !slices.Equal(got, []string{"StatusId"}) {
		t.Errorf("Changed = %v; want StatusId alone", got)
	}
	if got := b.crm.Deliver(t.Context()); got != 0 {
		t.Errorf("Deliver with nothing to tell made %d requests", got)
	}
}

func TestAWebhookTellsOnlyOfTheFieldsItWasSetUpFor(t *testing.T) {
	l := listen(t)
	b := start(t, Options{Webhooks: []Webhook{{URL: l.server.URL, Type: "Project", Fields: []string{"StatusId"}}}})
	path := fmt.Sprint("/Api/R3/Project/", b.newCard(3, b.person("Pop", ""), ""))
	b.crm.Deliver(t.Context())
	b.want("PUT", path, `{"Name":"Other"}`)
	if got := b.crm.Deliver(t.Context()); got != 0 {
		t.Errorf("a change of the name made %d requests; want none", got)
	}
	b.want("PUT", path, `{"StatusId":"Won"}`)
	if got := b.crm.Deliver(t.Context()); got != 1 {
		t.Errorf("a change of the status made %d requests; want 1", got)
	}
}

func TestAWebhookTellsOfContacts(t *testing.T) {
	l := listen(t)
	seed := defaultSeed(english)
	seed.Webhooks = []Webhook{{URL: l.server.URL, Type: "Contact"}}
	b := start(t, Options{Seed: seed})
	b.person("Pop", "pop@example.ro")
	b.want("PUT", "/Api/R3/Contact/1", `{"Phone":"+40721000111"}`)
	b.crm.Deliver(t.Context())
	if len(l.bodies) != 2 || l.bodies[1]["Type"] != "Contact" || !slices.Equal(changed(l.bodies[1]), []string{"Phone"}) {
		t.Errorf("messages = %v; want a new contact and its phone", l.bodies)
	}
}

func TestDocumentsOfXMLAreToldToo(t *testing.T) {
	l := listen(t)
	b := start(t, Options{Webhooks: []Webhook{{URL: l.server.URL, Type: "Project", CategoryID: 4}}})
	b.sold("Issued")
	if got := b.crm.Deliver(t.Context()); got != 1 || l.bodies[0]["Head"].(map[string]any)["Number"] != "N-9001" {
		t.Errorf("Deliver made %d requests: %v; want the order's card and its document", got, l.bodies)
	}
}

func TestARefusedWebhookIsRepeatedSixTimesAndDropped(t *testing.T) {
	l := listen(t)
	l.status = 500
	b := start(t, Options{Webhooks: []Webhook{{URL: l.server.URL, Type: "Contact"}}})
	b.person("Pop", "")
	if got := b.crm.Deliver(t.Context()); got != 1 {
		t.Fatalf("the first attempt made %d requests; want 1", got)
	}
	if got := b.text("GET", "/_sim/webhooks", ""); !strings.Contains(got, `"due":"2026-03-10 12:00:10","attempts":1,`) {
		t.Errorf("/_sim/webhooks = %s; want one that waits ten seconds", got)
	}
	for i, pause := range []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour} {
		b.clock.advance(pause - time.Second)
		if got := b.crm.Deliver(t.Context()); got != 0 {
			t.Errorf("a second before repetition %d: %d requests; want none", i+1, got)
		}
		b.clock.advance(time.Second)
		if got := b.crm.Deliver(t.Context()); got != 1 {
			t.Errorf("repetition %d after %s: %d requests; want 1", i+1, pause, got)
		}
	}
	if got := b.text("GET", "/_sim/webhooks", ""); got != `{"waiting":[],"dropped":1}`+"\n" {
		t.Errorf("/_sim/webhooks = %s; want the message dropped", got)
	}
	b.clock.advance(24 * time.Hour)
	if got := b.crm.Deliver(t.Context()); got != 0 || len(l.bodies) != 7 {
		t.Errorf("a day later %d requests, %d in all; want it dropped after seven", got, len(l.bodies))
	}
	l.status = 204
	b.person("Rus", "")
	b.crm.Deliver(t.Context())
	l.status = 200
	b.clock.advance(10 * time.Second)
	if got := b.crm.Deliver(t.Context()); got != 1 {
		t.Errorf("after an answer other than 200 the repetition made %d requests; want 1", got)
	}
	b.clock.advance(time.Hour)
	if got := b.crm.Deliver(t.Context()); got != 0 {
		t.Errorf("after a 200 there were %d more requests", got)
	}
}

func TestWebhookPlainLeavesOutSchemaAndHead(t *testing.T) {
	l := listen(t)
	for plain, want := range map[bool]bool{false: true, true: false} {
		l.bodies = nil
		b := start(t, Options{Switches: Switches{WebhookPlain: plain}, Webhooks: []Webhook{{URL: l.server.URL, Type: "Project", CategoryID: 4}}})
		b.sold("Issued")
		b.crm.Deliver(t.Context())
		_, schema := l.bodies[0]["Schema"]
		_, head := l.bodies[0]["Head"]
		if schema != want || head != want {
			t.Errorf("with WebhookPlain %t: Schema %t, Head %t; want %t", plain, schema, head, want)
		}
		if schema {
			labels := l.bodies[0]["Schema"].(map[string]any)
			if _, text := labels["AWB"]; text || labels["StatusId"].(map[string]any)["2902"] != "In progress" {
				t.Errorf("Schema = %v; want labels of ids and nothing else", labels)
			}
		}
	}
}
