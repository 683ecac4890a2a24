package minicrmsim

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
)

func TestAnAdministratorChangesAModule(t *testing.T) {
	b := start(t, Options{})
	b.taken(customer(1, orders(bought(9, `<Status>Issued</Status><Project><AWB>77</AWB></Project>`))))
	schema := func() string {
		t.Helper()
		_, text := b.call("GET", "/Api/R3/Schema/Project/4", "")
		return text
	}
	listed := func() bool {
		t.Helper()
		_, text := b.call("GET", "/Api/R3/Category", "")
		return strings.Contains(text, `"4":`)
	}
	b.want("POST", "/_sim/module", `{"category":4,"remove_field":"AWB"}`)
	if strings.Contains(schema(), `"AWB"`) || b.order(9).Fields["AWB"] != "" {
		t.Errorf("the field is still there: %s, %v", schema(), b.order(9).Fields)
	}
	b.want("POST", "/_sim/module", `{"category":4,"add_field":{"name":"AWB","type":"Text(128)"}}`)
	if !strings.Contains(schema(), `"AWB":"Text(128)"`) || b.order(9).Fields["AWB"] != "77" {
		t.Errorf("the field did not come back with its value: %s, %v", schema(), b.order(9).Fields)
	}
	b.want("POST", "/_sim/module", `{"category":4,"trashed":true}`)
	if listed() {
		t.Error("a module in the Trash is listed")
	}
	b.want("POST", "/_sim/module", `{"category":4,"trashed":false,"users":[100002]}`)
	if !listed() || strings.Contains(schema(), "Ana Ionescu") || b.order(9).Owner != "Ana Ionescu" {
		t.Errorf("users of the module: %s; owner %q", schema(), b.order(9).Owner)
	}
	id := b.crm.module(4).statusOfState("Issued").id
	if err := b.crm.editModule(strings.NewReader(`{"category":4,"rename_status":{"id":` + strconv.FormatInt(id, 10) + `,"name":"Running"}}`)); err != nil {
		t.Fatal(err)
	}
	if got := b.order(9).CardStatus; got != "Running" {
		t.Errorf("the status reads %q; want Running", got)
	}

	var state bytes.Buffer
	if err := b.crm.Save(&state); err != nil {
		t.Fatal(err)
	}
	again := start(t, Options{})
	if err := again.crm.Restore(&state); err != nil {
		t.Fatal(err)
	}
	if got := again.order(9).CardStatus; got != "Running" {
		t.Errorf("after a restoration the status reads %q; want Running", got)
	}
	for _, body := range []string{
		`{"category":44}`, `{"category":4,"remove_field":"Nothing"}`, `{"category":4,"add_field":{"name":"AWB","type":"Text(8)"}}`,
		`{"category":4,"add_field":{"name":"New","type":"Colour"}}`, `{"category":4,"rename_status":{"id":1,"name":"x"}}`, `{"category":4,"users":[7]}`,
	} {
		if status, _ := b.call("POST", "/_sim/module", body); status != 400 {
			t.Errorf("POST /_sim/module %s = %d; want 400", body, status)
		}
	}
}
