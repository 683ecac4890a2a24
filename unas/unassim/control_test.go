package unassim

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestPostedOrdersAreServedAsTheyCame(t *testing.T) {
	v := openSix(t, Options{})
	odd := "\n\t<Weird a='1'>x &amp; <b/></Weird><!-- note --><Id>900</Id><Key> 71823-77 </Key>\n" +
		"<Items><Item><PriceGross></PriceGross><Quantity>kettő</Quantity></Item></Items>" +
		"<Comments><Comment><Text><![CDATA[a \x01\x0b ]]]]><![CDATA[> 😀 \u202eابج &]]>&#2;</Text></Comment></Comments><Date>tegnap</Date>"
	v.control("POST", "orders", "\ufeff<Orders><Order>"+odd+"</Order></Orders>", 200)
	body := v.good("getOrder", "<Params><Key>77</Key></Params>")
	for _, want := range []string{odd, "<Date>tegnap</Date>\n\t\t<DateMod>2026.03.10 10:30:00</DateMod>"} {
		if !strings.Contains(body, want) {
			t.Errorf("served order = %s; want it to hold %s", body, want)
		}
	}
	states := v.shop.Orders()
	last := states[len(states)-1]
	if last.ID != "900" || last.Comments[0].Text != "a  ]]> 😀 \u202eابج &" || last.Lines[0].Quantity != "kettő" {
		t.Errorf("state = %+v; want the text without what XML forbids", last)
	}
}

func TestAPostedOrderReplacesTheOneWithItsId(t *testing.T) {
	v := openSix(t, Options{})
	answer := v.control("POST", "orders", `<Orders><Order><Id>11</Id><Key>71823-9001</Key><DateMod>2020.01.01 00:00:00</DateMod><SumPriceGross>99.90</SumPriceGross></Order>
		<Order><Id>16</Id><Key>71823-9016</Key><Date>2026.03.09 08:00:00</Date><Customer><Id>777</Id><Email>uj@kert.example</Email></Customer><Status>Csomagolás</Status><StatusID>44</StatusID><StatusType>open_normal</StatusType></Order>
		<Order><Id>17</Id><Key>71823-9017</Key><Date>2026.03.08 08:00:00</Date><Customer><Id>777</Id><Email>uj@kert.example</Email></Customer></Order></Orders>`, 200)
	if answer != "{\"added\":2,\"replaced\":1}\n" {
		t.Errorf("POST /_sim/orders = %s", answer)
	}
	var list []map[string]string
	if err := json.Unmarshal([]byte(v.control("GET", "orders", "", 200)), &list); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"id": "11", "key": "71823-9001", "status": "", "sum_gross": "99.90", "date": "", "date_mod": "2026.03.10 10:30:00"}
	if len(list) != 8 || fmt.Sprint(list[0]) != fmt.Sprint(want) {
		t.Errorf("GET /_sim/orders = %v of %d; want %v of 8", list[0], len(list), want)
	}
	if got := v.good("getCustomer", "<Params><Id>777</Id></Params>"); !strings.Contains(got, "<Registration>2026.03.08 08:00:00</Registration>") || !strings.Contains(got, "<Modification>2026.03.10 10:30:00</Modification>") {
		t.Errorf("new customer = %s; want them registered at their first order", got)
	}
	if got := v.good("getOrderStatus", "<Params><Id>44</Id></Params>"); !strings.Contains(got, "Csomagolás") {
		t.Errorf("status 44 = %s; want the posted one", got)
	}
}

func TestBadControlInputIsRefusedByPlace(t *testing.T) {
	v := openSix(t, Options{})
	for _, tt := range []struct{ path, body, want string }{
		{"orders", "<Orders><Order><Id>1</Id><Key>k</Key></Order><Order><Key>71823-5</Key></Order></Orders>", "reading orders: order 2: Key 71823-5: Id is missing"},
		{"orders", "<Orders><Order><Id>5</Id></Order></Orders>", "reading orders: order 1: Id 5: Key is missing"},
		{"orders", "<Orders><Order><Id>5</Order></Orders>", "reading orders: inside Id: XML syntax error on line 1"},
		{"orders", "<Orders><Order><Id>5</Id><Key>5</Key></Order>", "reading orders: XML syntax error on line 1: unexpected EOF"},
		{"orders", "<Params/>", "the root element is Params; Orders is wanted"},
		{"orders", "<Orders><Customer/></Orders>", "element 1: Customer where an Order should be"},
		{"orders", "", "the document is empty"},
		{"customers", "<Customers><Customer><Email>x@y.example</Email></Customer></Customers>", "customer 1: Id is missing"},
		{"statuses", "<OrderStatuses><OrderStatus><Name>N</Name></OrderStatus></OrderStatuses>", "status 1: Id is missing"},
		{"faults", `{"endpoint":"getOder","kind":"500"}`, "there is none named"},
		{"faults", `{"endpoint":"getOrder","kind":"flood"}`, "flood"},
		{"faults", `{"endpoint":"getOrder","kind":"500","tmies":3}`, "tmies"},
		{"faults", `{"endpoint":`, "reading the fault"},
		{"clock", `{"advance":"soon"}`, "advance"},
	} {
		answer := v.control("POST", tt.path, tt.body, 400)
		var said struct{ Error string }
		if err := json.Unmarshal([]byte(answer), &said); err != nil || !strings.Contains(said.Error, tt.want) {
			t.Errorf("POST %s %s = %s; want an error with %q", tt.path, tt.body, answer, tt.want)
		}
	}
	if got := len(v.shop.Orders()); got != 6 {
		t.Errorf("orders after refused documents = %d; want 6 as before", got)
	}
}

func TestARenamedStatusShowsOnItsOrders(t *testing.T) {
	v := openSix(t, Options{})
	v.control("POST", "statuses", "<OrderStatuses><OrderStatus><Id>8</Id><Name><![CDATA[Kész & átvett]]></Name><Type>close_ok</Type></OrderStatus><OrderStatus><Id>60</Id><Name>Vár</Name><Type>open_normal</Type></OrderStatus></OrderStatuses>", 200)
	v.has("9003", "<Status><![CDATA[Kész & átvett]]></Status>", "<DateMod>2026.03.04 10:00:00</DateMod>")
	if got := strings.Count(v.good("getOrderStatus", "<Params/>"), "<OrderStatus>"); got != 5 {
		t.Errorf("statuses = %d; want 5", got)
	}
}

func TestPostedCustomersAreModifiedNow(t *testing.T) {
	v := openSix(t, Options{})
	v.shop.Advance(time.Hour)
	v.control("POST", "customers", `<Customers><Customer><Id>501</Id><Email>bela@kert.example</Email><Dates><Registration>2024.01.02 03:04:05</Registration></Dates><Extra>é</Extra></Customer></Customers>`, 200)
	got := v.good("getCustomer", fmt.Sprintf("<Params><ModTimeStart>%d</ModTimeStart></Params>", springMorning.Add(time.Hour).Unix()))
	for _, want := range []string{"<Id>501</Id>", "<Registration>2024.01.02 03:04:05</Registration>", "<Modification>2026.03.10 11:30:00</Modification>", "<Extra>é</Extra>"} {
		if !strings.Contains(got, want) {
			t.Errorf("customer = %s; want %s", got, want)
		}
	}
}

func TestATenMegabyteCommentPasses(t *testing.T) {
	v := openSix(t, Options{})
	comment := strings.Repeat("hosszú ", 10<<20/8)
	v.control("POST", "orders", "<Orders><Order><Id>18</Id><Key>71823-9018</Key><Comments><Comment><Text>"+comment+"</Text></Comment></Comments></Order></Orders>", 200)
	if got := v.good("getOrder", "<Params><Key>9018</Key></Params>"); !strings.Contains(got, comment) {
		t.Errorf("served %d bytes; want the whole comment of %d", len(got), len(comment))
	}
}

func TestFaultsSpoilExactlyTheCallsTheyNameAndCount(t *testing.T) {
	v := openSix(t, Options{})
	inject := func(kind string, times int) {
		v.control("POST", "faults", fmt.Sprintf(`{"endpoint":"getOrder","kind":%q,"times":%d,"pause":"20ms"}`, kind, times), 200)
	}
	inject("500", 2)
	for range 2 {
		v.good("getMethod", "<Params/>")
		if status, _ := v.call("getOrder", "<Params/>"); status != 500 {
			t.Errorf("kind 500 = %d", status)
		}
	}
	v.good("getOrder", "<Params/>")
	inject("ban", 1)
	v.refused("getOrder", "<Params/>", "Too much getOrder query, IP is banned till 03.10.2026 11:30:00")
	inject("silence", 1)
	if status, _ := v.call("getOrder", "<Params/>"); status != 0 {
		t.Errorf("kind silence = %d; want no answer", status)
	}
	inject("cut", 1)
	if status, body := v.call("getOrder", "<Params/>"); status != 0 || !strings.HasPrefix(body, "<?xml") || strings.Contains(body, "</Orders>") {
		t.Errorf("kind cut = %d %s; want half of a document", status, body)
	}
	inject("malformed", 1)
	status, body := v.call("getOrder", "<Params/>")
	if err := xml.Unmarshal([]byte(body), new(struct{ Order []struct{} })); status != 200 || err == nil {
		t.Errorf("kind malformed = %d, %v; want 200 and broken XML", status, err)
	}
	inject("slow", 1)
	began := time.Now()
	v.good("getOrder", "<Params/>")
	if took := time.Since(began); took < 20*time.Millisecond {
		t.Errorf("kind slow took %v; want 20ms or more", took)
	}
	v.good("getOrder", "<Params/>")
	want := `{"calls":{"getMethod":2,"getOrder":9,"login":1},"failures":{"getOrder":6},"bans":{"getOrder":1}}` + "\n"
	if got := v.control("GET", "stats", "", 200); got != want {
		t.Errorf("stats = %s; want %s", got, want)
	}
}

func TestASlowAnswerEndsWithItsCaller(t *testing.T) {
	v := openSix(t, Options{})
	if err := v.shop.Inject(Fault{Endpoint: "getOrder", Kind: "slow", Pause: time.Hour}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "POST", v.url+"/shop/getOrder", strings.NewReader("<Params/>"))
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := http.DefaultClient.Do(r); err == nil {
		answer.Body.Close()
		t.Errorf("a slow call was answered %d; want the caller's own end", answer.StatusCode)
	}
}

func TestThePageShowsTheNewestOrders(t *testing.T) {
	v := openSix(t, Options{})
	if status, body := v.do("GET", "/", "", nil); status != 200 || !strings.Contains(body, "71823-9006") || !strings.Contains(body, "6 orders") {
		t.Errorf("GET / = %d %s", status, body)
	}
}

func TestManyMayUseTheShopAtOnce(t *testing.T) {
	v := open(t, Options{Limits: true, Plan: PlanVIP})
	v.shop.Generate(9, 20, 10)
	v.login()
	var all sync.WaitGroup
	for worker := range 3 {
		all.Go(func() {
			rng := rand.New(rand.NewPCG(1, uint64(worker)))
			for i := range 8 {
				v.shop.Live(i, rng)
				v.call("getOrder", "<Params><Order>modify_time_asc</Order></Params>")
				v.do("GET", "/_sim/orders", "", nil)
				v.do("POST", "/_sim/orders", fmt.Sprintf("<Orders><Order><Id>%d</Id><Key>%[1]d</Key></Order></Orders>", i), nil)
				v.shop.Orders()
			}
		})
	}
	all.Wait()
	if got := len(v.shop.Orders()); got < 20+8+3*3 {
		t.Errorf("orders = %d; want at least 37", got)
	}
}
