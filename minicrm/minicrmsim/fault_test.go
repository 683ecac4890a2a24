package minicrmsim

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestFaultsStrikeTheirEndpointOnce(t *testing.T) {
	b := start(t, Options{})
	b.want("POST", "/_sim/faults", `{"endpoint":"R3/Category","kind":"500","times":2}`)
	b.want("GET", "/Api/R3/Schema/Project/4", "")
	b.refused("GET", "/Api/R3/Category", "", 500, "Internal error")
	b.refused("GET", "/Api/R3/Category?Detailed=1", "", 500, "Internal error")
	b.want("GET", "/Api/R3/Category", "")
	for _, kind := range []string{"429", "ban"} {
		b.fault("Category", kind)
		b.refused("GET", "/Api/R3/Category", "", 429, "Too Many Requests")
	}
	b.fault("Order/List", "malformed")
	if _, got := b.call("GET", "/Api/Order/List", ""); json.Valid([]byte(got)) {
		t.Errorf("malformed answer %q is valid JSON", got)
	}
	b.fault("*", "500")
	b.want("DELETE", "/_sim/faults", "")
	b.want("GET", "/Api/R3/Category", "")
}

func TestFaultsOfTheConnectionDoTheWorkOrNot(t *testing.T) {
	for kind, want := range map[string]int{"silence": 0, "lost-answer": 1, "cut": 1} {
		b := start(t, Options{})
		b.fault("SyncFeed/Upload", kind)
		if status, text, err := b.try("POST", "/Api/SyncFeed/51432/Upload", feedOf(customer(1))); err == nil {
			t.Errorf("%s: answered %d %q; want a broken connection", kind, status, text)
		}
		b.crm.Settle()
		if got := len(b.crm.Cards()); got != want {
			t.Errorf("%s: %d cards; want %d", kind, got, want)
		}
	}
}

func TestASlowAnswerComesAfterTheWork(t *testing.T) {
	b := start(t, Options{})
	b.want("POST", "/_sim/faults", `{"endpoint":"SyncFeed/Upload","kind":"slow","seconds":0}`)
	b.want("POST", "/Api/SyncFeed/51432/Upload", feedOf(customer(1)))
	b.crm.Settle()
	if got := len(b.crm.Cards()); got != 1 {
		t.Errorf("%d cards; want 1", got)
	}
}

// Every kind strikes each of these once and is gone.
func TestEveryFaultStrikesReadingAndWriting(t *testing.T) {
	type outcome struct {
		status int // 0: no answer
		done   bool
	}
	for kind, want := range map[string]outcome{
		"500": {500, false}, "ban": {429, false}, "429": {429, false}, "silence": {0, false},
		"cut": {0, true}, "slow": {200, true}, "malformed": {200, true}, "lost-answer": {0, true},
	} {
		b := start(t, Options{})
		fault := func(endpoint string) {
			b.want("POST", "/_sim/faults", fmt.Sprintf(`{"endpoint":%q,"kind":%q,"seconds":0}`, endpoint, kind))
		}
		fault("Category")
		if status, _, _ := b.try("GET", "/Api/R3/Category", ""); status != want.status && kind != "cut" {
			t.Errorf("%s: Category = %d; want %d", kind, status, want.status)
		}
		b.want("GET", "/Api/R3/Category", "")
		fault("Contact")
		status, text, err := b.try("PUT", "/Api/R3/Contact", `{"Type":"Person","LastName":"Pop"}`)
		if broken := kind == "cut" || want.status == 0; broken != (err != nil) || !broken && status != want.status {
			t.Errorf("%s: PUT Contact = %d %q, %v; want %d", kind, status, text, err, want.status)
		}
		if kind == "malformed" == json.Valid([]byte(text)) && want.status == 200 {
			t.Errorf("%s: PUT Contact answers %q", kind, text)
		}
		if got := b.want("GET", "/Api/R3/Contact", "")["Count"]; (got == 1.0) != want.done {
			t.Errorf("%s: %v contacts; want the work done %t", kind, got, want.done)
		}
	}
}

func TestASlowAnswerTakesItsSeconds(t *testing.T) {
	t.Parallel()
	b := start(t, Options{})
	b.want("POST", "/_sim/faults", `{"endpoint":"Category","kind":"slow","seconds":1}`)
	started := time.Now()
	b.want("GET", "/Api/R3/Category", "")
	if took := time.Since(started); took < time.Second {
		t.Errorf("a slow answer came after %s; want one second", took)
	}
}

func TestFaultsOfAPullStrikeAfterTheDownload(t *testing.T) {
	server := source(t)
	b := start(t, Options{AllowPrivateSources: true, Delay: 2 * time.Second})
	pull := "/Api/SyncFeed/51432?Source=" + server.URL + "/feed"
	b.fault("SyncFeed", "lost-answer")
	if status, text, err := b.try("GET", pull, ""); err == nil {
		t.Errorf("lost-answer: %d %s; want none", status, text)
	}
	b.fault("SyncFeed", "late")
	b.want("GET", pull, "")
	b.clock.advance(29 * time.Second)
	if got := b.crm.Log(); got[0].Time == "" || got[1].Time != "" {
		t.Errorf("log = %+v; want the first processed and the late one waiting", got)
	}
	b.clock.advance(time.Second)
	if got := b.crm.Log(); got[1].Time == "" {
		t.Errorf("log = %+v; want the late one processed after 30 s", got)
	}
}

func TestAnEndpointIsNamedAsPeopleWriteIt(t *testing.T) {
	for _, test := range []struct{ name, method, path string }{
		{"Category", "GET", "/Api/R3/Category"},
		{"R3/Category", "GET", "/Api/R3/Category"},
		{"/Api/R3/Category/", "GET", "/Api/R3/Category?Detailed=1"},
		{"Schema/Project", "GET", "/Api/R3/Schema/Project/4"},
		{"R3/Schema/Project/4", "GET", "/Api/R3/Schema/Project/5"},
		{"Project", "GET", "/Api/R3/Project/17"},
		{"Order/List", "GET", "/Api/Order/List?Page=0"},
		{"Order", "POST", "/Api/Order/17"},
		{"Order/Paid", "POST", "/Api/Order/17/Paid"},
		{"SyncFeed", "GET", "/Api/SyncFeed/51432?Source=x"},
		{"SyncFeed/51432/Upload", "POST", "/Api/SyncFeed/51432/Upload"},
		{"*", "GET", "/Api/R3/Template/1"},
	} {
		b := start(t, Options{})
		b.fault(test.name, "500")
		b.refused(test.method, test.path, "{}", 500, "Internal error")
		if _, left := b.call("GET", "/_sim/faults", ""); left != "[]\n" {
			t.Errorf("after a fault of %s struck %s are left", test.name, left)
		}
	}
}

func TestFaultsComeInTheOrderTheyWereAskedFor(t *testing.T) {
	b := start(t, Options{})
	b.want("POST", "/_sim/faults", `{"endpoint":"Category","kind":"500","times":2}`)
	b.fault("Category", "429")
	for _, want := range []int{500, 500, 429, 200} {
		if status, _ := b.call("GET", "/Api/R3/Category", ""); status != want {
			t.Errorf("Category = %d; want %d", status, want)
		}
	}
	b.want("POST", "/_sim/faults", `{"endpoint":"Category","kind":"ban","times":3}`)
	if _, got := b.call("GET", "/_sim/faults", ""); !strings.Contains(got, `{"endpoint":"Category","kind":"ban","times":3,"seconds":5}`) {
		t.Errorf("/_sim/faults = %s", got)
	}
}
