package year_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"punte/store/storetest"
)

// turned is one switch of one of the two services, at one of its other positions.
type turned struct {
	name string
	set  switches
	turn func(*switches) // sets it beside others
}

// everySwitch lists every switch of both simulators at every other position.
func everySwitch(t *testing.T) []turned {
	t.Helper()
	var all []turned
	for _, service := range []struct {
		name string
		part func(*switches) reflect.Value
	}{
		{"shop", func(s *switches) reflect.Value { return reflect.ValueOf(&s.shop).Elem() }},
		{"crm", func(s *switches) reflect.Value { return reflect.ValueOf(&s.crm).Elem() }},
	} {
		fields := service.part(&switches{}).Type()
		for i := range fields.NumField() {
			f := fields.Field(i)
			for _, value := range positions(t, f) {
				one := turned{name: fmt.Sprintf("%s %s=%v", service.name, f.Tag.Get("json"), value)}
				one.turn = func(s *switches) { service.part(s).Field(i).Set(reflect.ValueOf(value).Convert(f.Type)) }
				one.turn(&one.set)
				all = append(all, one)
			}
		}
	}
	return all
}

// positions are the other positions of a switch. What a text or a number may be stands
// in its tag, or here.
func positions(t *testing.T, f reflect.StructField) []any {
	t.Helper()
	switch f.Type.Kind() {
	case reflect.Bool:
		return []any{true}
	case reflect.String, reflect.Int:
	default:
		t.Fatalf("the switch %s is a %s; say what it may be", f.Name, f.Type)
	}
	if list, ok := further[f.Tag.Get("json")]; ok {
		return list
	}
	var list []any
	for text := range strings.FieldsSeq(f.Tag.Get("oneof")) {
		list = append(list, text)
	}
	if low, _, ok := strings.Cut(f.Tag.Get("range"), " "); ok {
		n, err := strconv.Atoi(low)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, n)
	}
	if len(list) == 0 {
		t.Fatalf("the switch %s: say what it may be", f.Name)
	}
	return list
}

// further are the positions of switches that are not simply on or off.
var further = map[string][]any{
	"content_type": {"application/xml", "text/html", "none"}, "method_status": {405}, "key_status": {401, 403},
	"token_status": {401, 403}, "permit_status": {401, 403}, "address_status": {401, 403}, "ban_status": {403, 429},
	"single_calls": {"lists", "none"}, "maintenance": {"503", "drop"}, "list_maximum": {5}, "key_form": {"full", "number"},
	"status_time_filter": {"TimeStatus"}, "set_order_result": {"id", "both"}, "webhook_flow": {"lost", "doubled", "reordered"},
	"url_base": {"https://r3.minicrm.io"}, "feed_answer": {"OK"},
}

// excused are differences that a service forces on everybody, by switch. A person is
// told of each: such an order "could not be sent".
var excused = map[string]string{
	// A person completed the order, and MiniCRM changes no completed order.
	"crm closed_orders_frozen=true": `^order 1010 `,
	// The cards of the probe's own orders can't be put to the Trash.
	"crm locked_order_cards=true": `in MiniCRM is none of the shop's$`,
}

// hopeless are switches with which there is no year.
var hopeless = map[string]string{
	"crm no_add_on=true": "MiniCRM refuses every call: the connection stops at once, which package engine tests",
}

// apart are switches that have a year of their own only. Without a list of orders
// nobody can see what else MiniCRM refused, the probe no more than the work. A shop that
// refuses long lists and takes five customers at a time tells nobody what it would take.
var apart = map[string]bool{"crm no_order_list=true": true, "shop limit_num_error=true": true}

func begin() time.Time { return time.Date(2026, 1, 10, 8, 0, 0, 0, time.UTC) }

// each asks for a year of every switch by itself, which takes the better part of an hour.
const each = "PUNTE_YEARS"

func TestAYearOfEverySwitch(t *testing.T) {
	if os.Getenv(each) == "" {
		t.Skip("it lets the shop live through a hundred years; set " + each + "=each, or run make years. TestYearsOfManySwitches turns them together")
	}
	for _, s := range everySwitch(t) {
		t.Run(s.name, func(t *testing.T) {
			if why := hopeless[s.name]; why != "" {
				t.Skip(why)
			}
			t.Parallel()
			w := newWorld(t, storetest.SQLite, begin(), s.set)
			if pattern := excused[s.name]; pattern != "" {
				w.excused = regexp.MustCompile(pattern)
			}
			(&year{world: w}).live()
		})
	}
}

// TestYearsOfManySwitches turns about half of all switches at a time, each of them in
// some years and not in others.
func TestYearsOfManySwitches(t *testing.T) {
	if raced {
		t.Skip("it has one goroutine and much to do: it runs without the race detector")
	}
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			draw := rand.New(rand.NewPCG(seed/2, 11))
			var behave switches
			var names []string
			for _, s := range everySwitch(t) {
				turn := draw.IntN(2) == int(seed%2) // the seed after this one turns the others
				if _, alone := excused[s.name]; !turn || alone || apart[s.name] || hopeless[s.name] != "" {
					continue
				}
				s.turn(&behave)
				names = append(names, s.name)
			}
			t.Log(strings.Join(names, ", "))
			(&year{world: newWorld(t, storetest.SQLite, begin(), behave)}).live()
		})
	}
}
