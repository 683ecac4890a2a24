package unassim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// restless is a shop in which everything that a snapshot keeps is different from a new one.
func restless(t *testing.T) *visit {
	t.Helper()
	r := &receiver{statuses: []int{500, 200}}
	v := open(t, Options{Plan: PlanVIP, Limits: true, Webhook: "http://bridge.example/hook", Transport: r})
	v.shop.Generate(3, 40, 20)
	v.login()
	v.control("POST", "orders", strings.ReplaceAll("<Orders><Order><Id>n1</Id><Key>71823-9</Key><Date>tegnap</Date><Type>Csere</Type><Payment><Id>77</Id><Name>Zseton</Name></Payment><Status>Új</Status><Comments><Comment><Text>a \x01\x02 &#2; ]]&gt;</Text></Comment></Comments></Order></Orders>", "\x02", "\xff"), 200)
	v.good("setOrder", strings.Replace(setDetail, "71823-9001", "71823-100003", 1))
	v.good("setOrder", strings.Replace(addOrder, "<Items>", "<Invoice><Number>K-1</Number></Invoice><Items>", 1))
	v.good("setOrder", "<Orders><Order><Action>delete</Action><Key>71823-100004</Key></Order></Orders>")
	v.control("POST", "statuses", "<OrderStatuses><OrderStatus><Id>8</Id><Name>Kész</Name></OrderStatus></OrderStatuses>", 200)
	v.control("POST", "faults", `{"endpoint":"getOrder","kind":"slow","times":2,"pause":"1ms"}`, 200)
	v.shop.Advance(90 * time.Second)
	v.shop.Deliver(t.Context())
	v.call("login", "<Params><ApiKey>wrong</ApiKey></Params>")
	v.call("getNothing", "<Params/>")
	v.fill("getMethod many", 90)
	v.refused("getMethod", "<Params/>", "Too much getMethod query, IP is banned till 03.10.2026 11:31:30")
	return v
}

// saved is the shop's snapshot as text, without its revision, which only grows.
func saved(t *testing.T, s *Shop) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.Save(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(b.String(), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, `"revision":`) {
			lines[i] = "\n"
		}
	}
	return strings.Join(lines, "")
}

func TestARestoredShopIsTheShopThatWasSaved(t *testing.T) {
	v := restless(t)
	want := saved(t, v.shop)
	again := open(t, Options{Plan: PlanVIP, Limits: true})
	if err := again.shop.Restore(strings.NewReader(want)); err != nil {
		t.Fatal(err)
	}
	if got := saved(t, again.shop); got != want {
		t.Errorf("the restored shop saves %s;\nwant %s", got, want)
	}
	if got, want := fmt.Sprintf("%+v", again.shop.Orders()), fmt.Sprintf("%+v", v.shop.Orders()); got != want {
		t.Errorf("Orders() of the restored shop = %s; want %s", got, want)
	}
	again.token = v.token
	banned := "Too much getMethod query, IP is banned till 03.10.2026 11:31:30"
	again.refused("getOrder", "<Params/>", banned)
	for _, shop := range []*visit{v, again} {
		shop.control("DELETE", "faults", "", 200)
		shop.shop.Advance(time.Hour)
	}
	for _, body := range []string{
		"<Params/>", "<Params><Order>modify_time_asc</Order></Params>", "<Params><Order>order_time_asc</Order><LimitNum>7</LimitNum><LimitStart>3</LimitStart></Params>",
		"<Params><Key>9</Key></Params>", "<Params><Status>open_normal</Status></Params>",
	} {
		if got, want := again.good("getOrder", body), v.good("getOrder", body); got != want {
			t.Errorf("getOrder %s of the restored shop = %s; want %s", body, got, want)
		}
	}
	for _, name := range []string{"getCustomer", "getOrderStatus", "getOrderType", "getMethod", "getAutomatism"} {
		if got, want := again.good(name, "<Params/>"), v.good(name, "<Params/>"); got != want {
			t.Errorf("%s of the restored shop = %s; want %s", name, got, want)
		}
	}
	if got, want := again.good("setOrder", addOrder), v.good("setOrder", addOrder); got != want {
		t.Errorf("a new order of the restored shop = %s; want the same key as in the other, %s", got, want)
	}
	live, restored := newRand(9), newRand(9)
	for step := range 20 {
		if got, want := again.shop.Live(step, restored), v.shop.Live(step, live); got != want {
			t.Errorf("step %d of the restored shop: %s; want %s", step, got, want)
		}
	}
}

// TestNoFieldOfTheWorldIsForgotten fails when a field of Shop is neither saved nor named in notKept, when the
// restless shop leaves a saved field as it is in a new shop, or when notKept names a field that is gone.
func TestNoFieldOfTheWorldIsForgotten(t *testing.T) {
	var filled, fresh struct{ World map[string]json.RawMessage }
	for shop, into := range map[*Shop]any{restless(t).shop: &filled, open(t, Options{}).shop: &fresh} {
		var b bytes.Buffer
		if err := shop.Save(&b); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b.Bytes(), into); err != nil {
			t.Fatal(err)
		}
	}
	constant := map[string]bool{"anyShopID": true} // the same in both
	for field := range reflect.TypeFor[Shop]().Fields() {
		raw, kept := filled.World[field.Name]
		if kept == (notKept[field.Name] != "") {
			t.Errorf("the field %s is saved: %v; notKept says %q", field.Name, kept, notKept[field.Name])
		}
		if kept && !constant[field.Name] && string(raw) == string(fresh.World[field.Name]) {
			t.Errorf("the field %s of the restless shop is that of a new one, so nothing shows that it is saved: %s", field.Name, raw)
		}
	}
	for name := range notKept {
		if _, found := reflect.TypeFor[Shop]().FieldByName(name); !found {
			t.Errorf("notKept names %s, which Shop does not have", name)
		}
	}
}

func TestARestoredShopGoesOnDelivering(t *testing.T) {
	v, _ := openHooked(t, Switches{})
	v.good("setOrder", setDetail)
	r := &receiver{statuses: []int{500}}
	again := open(t, Options{Plan: PlanVIP, Transport: r})
	if err := again.shop.Restore(strings.NewReader(saved(t, v.shop))); err != nil {
		t.Fatal(err)
	}
	again.deliver(1)
	again.shop.Advance(5 * time.Minute)
	again.deliver(1)
	again.deliver(0)
	if got := r.topics(); got != "order_modify_admin 71823-9001, order_modify_admin 71823-9001" {
		t.Errorf("received = %q; want the waiting webhook twice", got)
	}
}

// Whoever starts the program says where its webhooks go, not the file of an earlier start.
func TestARestoredShopSendsItsWebhooksToTheAddressGivenNow(t *testing.T) {
	const now = "http://now.example/"
	for _, before := range []string{"", "http://before.example/"} {
		v := openSix(t, Options{Plan: PlanVIP, Webhook: before})
		v.good("setOrder", setDetail)
		again := open(t, Options{Plan: PlanVIP, Webhook: now})
		automatisms := len(again.shop.automatisms)
		if err := again.shop.Restore(strings.NewReader(saved(t, v.shop))); err != nil {
			t.Fatal(err)
		}
		if n := len(again.shop.automatisms); n != automatisms {
			t.Errorf("saved with --webhook %q, the shop has %d automatisms; want %d", before, n, automatisms)
		}
		again.token = v.token // it belongs to the world that was restored
		again.good("setOrder", setDetail)
		waiting := again.shop.hooks.Waiting
		if len(waiting) == 0 || waiting[len(waiting)-1].URL != now {
			t.Errorf("saved with --webhook %q, what waits is %+v; want the newest for %s", before, waiting, now)
		}
	}
}

func TestABrokenSnapshotChangesNothing(t *testing.T) {
	v := openSix(t, Options{})
	before := saved(t, v.shop)
	for text, want := range map[string]string{
		``:                                    "EOF",
		`{"version":1,"world":`:               "EOF",
		`{"version":1,"world":{"orders":{}`:   "EOF",
		`{"version":99,"world":{}}`:           "the file has version 99; this program reads version 1",
		`{"version":1}`:                       "the file holds no world",
		`[]`:                                  "[ where an object should be",
		`{"version":1,"whirled":{}}`:          `there is no "whirled" in a saved shop`,
		`{"version":1,"world":{"mux":{}}}`:    `there is no "mux" in a shop`,
		`{"version":1,"world":{"weather":1}}`: `there is no "weather" in a shop`,
		`{"version":1,"world":{"orders":{},"advanced":"x"}}`:        "advanced: json: cannot unmarshal string",
		`{"version":1,"world":{"orders":{"1":{"colour":"red"}}}}`:   `orders: 1: there is no "colour" in a unassim.order`,
		`{"version":1,"world":{"orders":{"1":[]}}}`:                 "orders: 1: [ where an object should be",
		`{"version":1,"world":{"visitors":{"nobody":{}}}}`:          `unable to parse IP`,
		`{"version":1,"world":{"orders":{},"automatisms":{"a":1}}}`: "automatisms: { where a list should be",
	} {
		if err := v.shop.Restore(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "restoring the shop: ") {
			t.Errorf("Restore(%s) = %v; want %q", text, err, want)
		}
	}
	if got := saved(t, v.shop); got != before {
		t.Errorf("the shop after refused snapshots = %s; want %s", got, before)
	}
}

func TestTheRevisionGrowsWithEveryChange(t *testing.T) {
	v, _ := openHooked(t, Switches{})
	rng := newRand(1)
	for name, change := range map[string]func(){
		"setOrder":  func() { v.good("setOrder", setDetail) },
		"login":     func() { v.login() },
		"orders":    func() { v.control("POST", "orders", "<Orders><Order><Id>1</Id><Key>1</Key></Order></Orders>", 200) },
		"customers": func() { v.control("POST", "customers", "<Customers><Customer><Id>1</Id></Customer></Customers>", 200) },
		"statuses": func() {
			v.control("POST", "statuses", "<OrderStatuses><OrderStatus><Id>1</Id><Name>n</Name></OrderStatus></OrderStatuses>", 200)
		},
		"deletion": func() { v.control("DELETE", "orders/9003", "", 200) },
		"faults":   func() { v.control("DELETE", "faults", "", 200) },
		"fault": func() {
			if err := v.shop.Inject(Fault{Endpoint: "getStock", Kind: "500"}); err != nil {
				t.Error(err)
			}
		},
		"clock":    func() { v.shop.Advance(time.Second) },
		"live":     func() { v.shop.Live(1, rng) },
		"generate": func() { v.shop.Generate(1, 10, 5) },
		"webhooks": func() { v.good("setOrder", setDetail); v.shop.Deliver(t.Context()) },
		"load": func() {
			if err := v.shop.Load(strings.NewReader(sixOrders)); err != nil {
				t.Error(err)
			}
		},
		"restore": func() {
			if err := v.shop.Restore(strings.NewReader(saved(t, v.shop))); err != nil {
				t.Error(err)
			}
		},
	} {
		before := v.shop.Revision()
		change()
		if got := v.shop.Revision(); got <= before {
			t.Errorf("%s: revision %d after %d; want more", name, got, before)
		}
	}
	v.control("DELETE", "webhooks", "", 200)
	before := v.shop.Revision()
	v.control("GET", "stats", "", 200)
	v.control("GET", "switches", "", 200)
	v.shop.Orders()
	v.deliver(0)
	if got := v.shop.Revision(); got != before {
		t.Errorf("revision after looking = %d; want %d as before", got, before)
	}
}

func TestWhatCannotBeSavedIsSaid(t *testing.T) {
	shared := &node{name: "a"}
	for name, tt := range map[string]struct {
		value any
		want  string
	}{
		"a pointer reachable twice": {&struct{ a, b *node }{shared, shared}, "b: a *unassim.node is reachable twice: it would come back as two"},
		"a function":                {&struct{ f func() }{func() {}}, "f: json: unsupported type: func()"},
		"an interface":              {&struct{ e any }{1}, "e: a interface {} cannot be saved"},
		"a map by number":           {&struct{ m map[int]bool }{map[int]bool{1: true}}, "m: a map by int cannot be saved"},
	} {
		f := freezer{out: &bytes.Buffer{}, seen: map[uintptr]bool{}}
		if err := f.value(reflect.ValueOf(tt.value).Elem()); err == nil || err.Error() != tt.want {
			t.Errorf("saving %s: %v; want %s", name, err, tt.want)
		}
	}
}

func TestASavedShopWithHolesIsRefused(t *testing.T) {
	for _, world := range []string{`"tokens":null`, `"orders":null`, `"orders":{"1":null}`, `"customers":{"1":null}`, `"statuses":[null]`, `"automatisms":[null]`} {
		s := New(Options{Plan: PlanVIP})
		err := s.Restore(strings.NewReader(`{"version":1,"shop_id":"1","world":{` + world + `}}`))
		if !errors.Is(err, errNothing) {
			t.Errorf("Restore with %s = %v; want %v", world, err, errNothing)
		}
	}
}
