package minicrmsim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestLimitsAnswerWith429InPlainText(t *testing.T) {
	b := start(t, Options{Limits: true})
	for range 60 {
		b.want("GET", "/Api/R3/Category", "")
		b.clock.advance(500 * time.Millisecond)
	}
	b.refused("GET", "/Api/R3/Category", "", 429, "Too Many Requests")
	b.want("GET", "/Api/Order/List", "")
	b.clock.advance(30*time.Second + time.Millisecond)
	b.want("GET", "/Api/R3/Category", "")
	stats := b.want("GET", "/_sim/stats", "")
	if calls := stats["calls"].(map[string]any); calls["Category"] != 62.0 || calls["Order/List"] != 1.0 || stats["rate_limited"] != 1.0 {
		t.Errorf("stats = %v", stats)
	}
}

func TestSyncFeedHasALimitOfItsOwn(t *testing.T) {
	b := start(t, Options{Limits: true})
	for range 180 {
		b.want("POST", "/Api/SyncFeed/51432/Upload", feedOf())
	}
	b.refused("POST", "/Api/SyncFeed/51432/Upload", feedOf(), 429, "Too Many Requests")
	b.want("POST", "/_sim/clock", `{"advance":"1h"}`)
	b.want("POST", "/Api/SyncFeed/51432/Upload", feedOf())
	if got := b.want("GET", "/_sim/stats", "")["documents"]; got != 181.0 {
		t.Errorf("%v documents; want the accepted ones", got)
	}
}

func TestLimitSwitches(t *testing.T) {
	b := start(t, Options{Limits: true, Switches: Switches{LimitDocuments: true, RetryAfter: true, FixedWindow: true}})
	b.clock.advance(50 * time.Second)
	for range 60 {
		b.want("GET", "/Api/Order/List", "")
	}
	request, err := http.NewRequestWithContext(t.Context(), "GET", b.server.URL+"/Api/R3/Category", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(b.user, b.key)
	response, err := b.server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if got := response.Header.Get("Retry-After"); response.StatusCode != 429 || got != "10" {
		t.Errorf("the 61st call = %d with Retry-After %q; want 429 and 10", response.StatusCode, got)
	}
	b.clock.advance(10 * time.Second)
	b.want("GET", "/Api/R3/Category", "")
	counted := window{length: time.Minute, most: 1}
	now := b.clock.Now()
	for i, want := range []bool{true, false, false} {
		at := now.Add(time.Duration(i) * 40 * time.Second)
		if _, ok := counted.admit(at, Switches{CountRefused: true}); ok != want {
			t.Errorf("call %d with refused ones counted = %t; want %t", i, ok, want)
		}
	}
}

func TestALateDocumentIsOvertaken(t *testing.T) {
	b := start(t, Options{Delay: 2 * time.Second})
	b.fault("SyncFeed/Upload", "late")
	b.want("POST", "/Api/SyncFeed/51432/Upload", feedOf(customer(1)))
	b.want("POST", "/Api/SyncFeed/51432/Upload", feedOf(customer(2)))
	for _, step := range []struct {
		by   time.Duration
		want int
	}{{2 * time.Second, 1}, {27 * time.Second, 1}, {time.Second, 2}} {
		b.clock.advance(step.by)
		if got := len(b.crm.Cards()); got != step.want {
			t.Errorf("%s later: %d cards; want %d", step.by, got, step.want)
		}
	}
}

func TestAHalfDocumentAppliesItsFirstHalf(t *testing.T) {
	b := start(t, Options{})
	b.fault("SyncFeed/Upload", "half")
	log := b.send(customer(1), customer(2), customer(3), customer(4))
	if fmt.Sprint(log.Taken) != "[1 2]" || len(log.Notes) != 1 {
		t.Errorf("log = %+v; want the first two", log)
	}
}

func TestBadControlInputIsRefusedAsJSON(t *testing.T) {
	b := start(t, Options{})
	for _, test := range []struct {
		method, path, body string
		want               int
	}{
		{"POST", "/_sim/faults", `{"endpoint":"Category","kind":"fire"}`, 400},
		{"POST", "/_sim/faults", `{"endpoint":"","kind":"500"}`, 400},
		{"POST", "/_sim/faults", `{"endpoint":"Category","kind":"late"}`, 400},
		{"POST", "/_sim/faults", `{"endpoint":"Category","kind":"500","times":0}`, 400},
		{"POST", "/_sim/faults", `{"endpoint":"Category","kind":"500","colour":1}`, 400},
		{"POST", "/_sim/faults", `{"endpoint":"Projects","kind":"500"}`, 400},
		{"POST", "/_sim/faults", `{"endpoint":"Category","kind":"500"} {"endpoint":"Contact","kind":"500"}`, 400},
		{"POST", "/_sim/clock", `{"advance":"soon"}`, 400},
		{"POST", "/_sim/clock", `{"advance":"2540400h"}`, 400},
		{"POST", "/_sim/clock", `{"advance":"1h"}]`, 400},
		{"POST", "/_sim/clock", `{"advance":"-1h"}`, 400},
		{"POST", "/_sim/clock", `{`, 400},
		{"POST", "/_sim/person", `{"card_id":9}`, 400},
		{"POST", "/_sim/stats", `{}`, 405},
		{"GET", "/_sim/clock", ``, 405},
		{"GET", "/_sim/nothing", ``, 404},
	} {
		status, text := b.call(test.method, test.path, test.body)
		var answer struct{ Error string }
		if err := json.Unmarshal([]byte(text), &answer); err != nil || answer.Error == "" || status != test.want {
			t.Errorf("%s %s %s = %d %s; want %d with an error", test.method, test.path, test.body, status, text, test.want)
		}
	}
}

func TestAPersonEditsACardByHand(t *testing.T) {
	b := start(t, Options{})
	b.taken(customer(1, orders(bought(9, `<Status>Issued</Status>`))))
	b.clock.advance(time.Hour)
	b.want("POST", "/_sim/person", `{"card_id":2,"status":"Completed","owner":"Kiss Béla","fields":{"AWB":"99","Set1231":"Gift"}}`)
	o := b.order(9)
	if o.Status != "Completed" || o.CardStatus != "Completed" || o.Owner != "Kiss Béla" || o.Fields["AWB"] != "99" || o.Fields["Set1231"] != "Gift" {
		t.Errorf("order = %+v", o)
	}
	if got := b.listed("?UpdatedSince=2026-03-10+13:00"); got != "1" {
		t.Errorf("the changed document is not listed: %q", got)
	}
	b.taken(customer(1, orders(bought(9))))
	if o := b.order(9); o.Status != "Completed" || o.Owner != "Kiss Béla" || o.Fields["AWB"] != "99" {
		t.Errorf("a document that names none of it undid it: %+v", o)
	}
}

func TestControlOrdersHaveExactlyTheDocumentedKeys(t *testing.T) {
	b := start(t, Options{})
	b.taken(customer(14353, orders(bought(9))))
	_, got := b.call("GET", "/_sim/orders", "")
	want := `[{"external_id":9,"number":"N-9","status":"Draft","card_status":"Draft","owner":"Ana Ionescu","amount":"151.25","currency":"RON",` +
		`"card_id":2,"customer_external_id":14353,"fields":{},"items":[{"external_id":71,"name":"Thing 71","sku":"S-71","price_net":"12.5","quantity":"10","vat":"21"}]}]` + "\n"
	if got != want {
		t.Errorf("/_sim/orders = %s; want %s", got, want)
	}
	_, got = b.call("GET", "/_sim/cards", "")
	want = `[{"id":1,"external_id":14353,"category":5,"name":"Customer 14353","status":"Registered","owner":"Ana Ionescu",` +
		`"fields":{"WebshopOrderCount":"0","WebshopTurnover":"0"},"contacts":[{"id":1,"external_id":0,"name":"Customer 14353","last_name":"Customer 14353","email":"","phone":""}],"business":null,"orders":[9]},`
	if !strings.HasPrefix(got, want) {
		t.Errorf("/_sim/cards = %s; want %s first", got, want)
	}
	_, got = b.call("GET", "/_sim/log", "")
	if !strings.Contains(got, `"document":1,"kind":"push"`) || !strings.Contains(got, `"taken":[14353],"refused":[],"notes":[]`) {
		t.Errorf("/_sim/log = %s", got)
	}
	if _, got := b.call("GET", "/_sim/stats", ""); got != `{"calls":{"SyncFeed/Upload":1},"rate_limited":0,"documents":1}`+"\n" {
		t.Errorf("/_sim/stats = %s", got)
	}
}

func TestASeedReplacesTheWorld(t *testing.T) {
	seed, err := ReadSeed(strings.NewReader(`{"users":[{"id":7,"name":"Eva"}],"modules":[
		{"id":21,"name":"Shop","kind":"webshop"},
		{"id":22,"name":"Rendelés","kind":"orders","fields":[{"name":"Link","type":"Text(64)"},{"name":"Source","options":[{"id":5,"label":"Web"}]}],
		 "statuses":[{"id":1,"name":"Neu","state":"Draft","group":"Lead"},{"id":2,"name":"Offen","state":"Issued","group":"Open"},{"id":3,"name":"Fertig","state":"Completed","group":"Open"},{"id":4,"name":"Gut","state":"Paid","group":"Success"},{"id":5,"name":"Aus","state":"Failed","group":"Failed"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	b := start(t, Options{Seed: seed})
	b.taken(strings.Replace(customer(1, orders(bought(9, `<Status>Issued</Status><Project><Source>Web</Source><ShippingMethod>GLS</ShippingMethod></Project>`))), ">5<", ">21<", 1))
	if o := b.order(9); o.CardStatus != "Offen" || o.Owner != "Eva" || o.Fields["Source"] != "Web" || o.Fields["ShippingMethod"] != "GLS" {
		t.Errorf("order = %+v", o)
	}
}

func TestASeedWithMistakesIsRefused(t *testing.T) {
	for _, test := range []struct{ seed, want string }{
		{`{`, "unexpected EOF"},
		{`{}`, "there is no user"},
		{`{"users":[{"id":1,"name":"A"}],"modules":[],"colour":1}`, "unknown field"},
		{`{"users":[{"id":1,"name":"A"}],"modules":[{"id":1,"name":"A","kind":"orders"},{"id":2,"name":"B","kind":"orders"}]}`, "a second one"},
		{`{"users":[{"id":1,"name":"A"}],"modules":[{"id":1,"name":"A","fields":[{"name":"X","type":"Money"}]}]}`, `unknown type "Money"`},
		{`{"users":[{"id":1,"name":"A"}],"modules":[{"id":1,"name":"A","fields":[{"name":"Name","type":"Int"}]}]}`, "cannot be the name"},
		{`{"users":[{"id":1,"name":"A"}],"modules":[{"id":1,"name":"A","fields":[{"name":"X","set":true,"options":[{"id":3,"label":"c"}]}]}]}`, "bad option"},
		{`{"users":[{"id":1,"name":"A"}],"modules":[{"id":1,"name":"A","kind":"orders","statuses":[{"id":3,"name":"c","state":"Draft"}]}]}`, "no status stands for"},
	} {
		if _, err := ReadSeed(strings.NewReader(test.seed)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("ReadSeed(%s) = %v; want %q", test.seed, err, test.want)
		}
	}
}

func TestManyOrdersStayQuickToListAndChange(t *testing.T) {
	const n = 5000
	b := start(t, Options{})
	var all strings.Builder
	all.WriteString("<Projects>")
	for i := 1; i <= n; i++ {
		all.WriteString(customer(i, orders(bought(i, `<Status>Issued</Status>`))))
	}
	all.WriteString("</Projects>")
	b.want("POST", "/Api/SyncFeed/51432/Upload", all.String())
	b.crm.Settle()
	for range 3 {
		b.taken(customer(5, orders(bought(5))))
	}
	if got := b.listed("?Page=49"); !strings.HasSuffix(got, " 2 1") {
		t.Errorf("the last page is %q; want the oldest changes", got)
	}
	if got := b.listed(""); !strings.HasPrefix(got, "5 5000 4999") {
		t.Errorf("the first page is %q; want the newest change first", got)
	}
	if got := len(b.crm.recent.slots); got > 2*n+1000 {
		t.Errorf("%d slots for %d orders; want them packed", got, n)
	}
}

func TestTheOrderingIsPackedAndKept(t *testing.T) {
	var r recency
	all := make([]*order, 10)
	for i := range all {
		all[i] = &order{id: int64(i), slot: -1}
		r.touch(all[i])
	}
	for range 500 {
		for _, o := range all {
			r.touch(o)
		}
	}
	if len(r.slots) > 2*len(all)+1001 || r.live != len(all) {
		t.Fatalf("%d slots, %d live; want at most %d and %d", len(r.slots), r.live, 2*len(all)+1001, len(all))
	}
	next := 0
	for _, o := range r.slots {
		if o == nil {
			continue
		}
		if o != all[next] {
			t.Fatalf("place %d has order %d", next, o.id)
		}
		next++
	}
}

func TestManyCallersAtOnceAndNothingLeftBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	crm := New(Options{Language: "en"})
	server := httptest.NewServer(crm)
	b := &bench{t: t, crm: crm, server: server, user: DefaultSystemID, key: DefaultAPIKey}
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for n := range 10 {
				id := 100*i + n + 1
				for _, call := range [][3]string{
					{"POST", "/Api/SyncFeed/51432/Upload", feedOf(customer(id, orders(bought(id))))},
					{"GET", "/Api/R3/Project?CategoryId=5", ""},
					{"GET", "/Api/Order/List", ""},
					{"GET", "/_sim/cards", ""},
					{"GET", "/", ""},
					{"GET", "/?q=9", ""},
					{"POST", "/_sim/switches", `{"retry_after":true}`},
				} {
					if status, text, err := b.try(call[0], call[1], call[2]); err != nil || status != 200 {
						t.Errorf("%s %s = %d %s, %v", call[0], call[1], status, text, err)
					}
				}
				if err := crm.Save(io.Discard); err != nil {
					t.Errorf("Save = %v", err)
				}
			}
		})
	}
	wait.Wait()
	crm.Settle()
	if got := len(crm.Orders()); got != 80 {
		t.Errorf("%d orders; want 80", got)
	}
	server.Close()
	crm.Close()
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines; want the %d from before", runtime.NumGoroutine(), before)
		}
	}
}

func TestAnswersAreDatedByTheClockOfThisWorld(t *testing.T) {
	b := start(t, Options{})
	b.want("POST", "/_sim/clock", `{"advance":"36h"}`)
	req, err := http.NewRequest("GET", b.server.URL+"/Api/R3/Category", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(DefaultSystemID, DefaultAPIKey)
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	got, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil || got.Sub(b.crm.now()).Abs() > time.Second {
		t.Errorf("Date = %v, %v; want %v", got, err, b.crm.now())
	}
}
