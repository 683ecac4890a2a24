package unassim

import (
	"fmt"
	"strings"
	"testing"
)

// page is an address of the shop as a browser gets it.
func (v *visit) page(path string) string {
	v.t.Helper()
	status, body := v.do("GET", path, "", nil)
	if status != 200 {
		v.t.Fatalf("GET %s = %d %s", path, status, body)
	}
	return body
}

func holdsAll(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s lacks %q", what, part)
		}
	}
}

func TestThePageShowsTheShopAndItsLatestCalls(t *testing.T) {
	v := openSix(t, Options{Limits: true, Switches: Switches{EndOfRangeError: true, KeyForm: "full"}})
	v.good("getOrder", "<Params/>")
	v.refused("getOrder", "<Params><LimitNum>x</LimitNum></Params>", "Parameter Error: LimitNum")
	v.control("POST", "faults", `{"endpoint":"getOrder","kind":"silence","times":2}`, 200)
	if status, _ := v.call("getOrder", "<Params/>"); status != 0 {
		t.Fatalf("a silent call = %d", status)
	}
	v.control("POST", "clock", `{"advance":"90m"}`, 200)
	page := v.page("/")
	holdsAll(t, "the page", page,
		"Simulated UNAS shop 71823", "6 orders · 2 registered customers · 0 products · plan premium",
		"Shop time 2026.03.10 12:00:00 (Europe/Budapest), clock moved by 1h30m0s",
		`<a href="/order/71823-9001">71823-9001</a>`, "Visszamondva", "bela@kert.example",
		"EndOfRangeError = true", "KeyForm = full", "getOrder: silence, 1 more",
		"logged in", "Parameter Error: LimitNum", "connection closed", "127.0.0.1")
	if strings.Contains(page, "<script") || strings.Contains(page, `http-equiv="refresh"`) {
		t.Error("the page runs a script or refreshes unasked")
	}
	holdsAll(t, "the page with refresh=3", v.page("/?refresh=3"), `<meta http-equiv="refresh" content="3">`)
	for _, bad := range []string{"0", "x", "-1", "99999"} {
		if strings.Contains(v.page("/?refresh="+bad), `http-equiv="refresh"`) {
			t.Errorf("refresh=%s refreshes", bad)
		}
	}
}

func TestThePageShowsLimitsAndBans(t *testing.T) {
	v := open(t, Options{Limits: true})
	v.login()
	for range 31 {
		v.call("getOrderStatus", "<Params/>")
	}
	holdsAll(t, "the page", v.page("/"), "getOrderStatus many: 30", "banned by getOrderStatus till 2026.03.10 11:30:00",
		"Too much getOrderStatus query, IP is banned till 03.10.2026 11:30:00")
}

func TestThePageFindsOrdersAndCustomers(t *testing.T) {
	v := openSix(t, Options{})
	for query, want := range map[string]string{
		"9002": "71823-9002", "KERT.example": "71823-9001", "88990011": "88990011", "71823-9004": "88990011", "visszamondva": "71823-9005",
	} {
		if page := v.page("/?q=" + query); !strings.Contains(page, "/order/"+want+`"`) {
			t.Errorf("q=%s does not find order %s", query, want)
		}
	}
	if page := v.page("/?q=nincs-ilyen"); strings.Contains(page, "/order/") || !strings.Contains(page, "None.") {
		t.Error("a query without a match shows orders")
	}
	if page := v.page("/?q=nagy+réka"); strings.Contains(page, "<td>502<td") {
		t.Error("a query for another name shows customer 502")
	}
	if page := v.page("/?q=502"); !strings.Contains(page, "<td>502<td") || strings.Contains(page, "<td>501<td") {
		t.Error("q=502 does not show customer 502 alone")
	}
}

func TestAnOrderHasAPageOfItsOwn(t *testing.T) {
	v := open(t, Options{})
	v.shop.Generate(1, 120, 30)
	for _, o := range v.shop.Orders() {
		page := v.page("/order/" + o.Key)
		holdsAll(t, "the page of "+o.Key, page, "<h1>Order "+o.Key+"</h1>", "&lt;Id&gt;"+o.ID+"&lt;/Id&gt;", o.SumPriceGross)
		if got := strings.Count(page, "<tr>"); got != 1+len(o.Lines) {
			t.Errorf("the page of %s has %d lines; want %d", o.Key, got-1, len(o.Lines))
		}
	}
	holdsAll(t, "the page of a returned order", v.page("/order/71823-100012"), "<dt>ReturnedTo<dd><a href=\"/order/71823-1000")
	if status, _ := v.do("GET", "/order/1", "", nil); status != 404 {
		t.Errorf("GET /order/1 = %d; want 404", status)
	}
}

func TestHostileTextsDoNotReachTheBrowserAsMarkup(t *testing.T) {
	const evil = `<script>alert(1)</script>"'><img src=x onerror=y>]]`
	quoted := "<![CDATA[" + evil + "]]>"
	v := open(t, Options{})
	v.control("POST", "orders", fmt.Sprintf(`<Orders><Order><Key>%[1]s</Key><Id>5</Id><Status>%[1]s</Status><Customer><Email>%[1]s</Email><Contact><Name>%[1]s</Name></Contact></Customer>
		<Comments><Comment><Type>customer</Type><Text>%[1]s</Text></Comment></Comments><Items><Item><Id>%[1]s</Id><Name>%[1]s</Name></Item></Items></Order></Orders>`, quoted), 200)
	v.control("POST", "customers", "<Customers><Customer><Id>"+quoted+"</Id><Email>x</Email><Contact><Name>"+quoted+"</Name></Contact></Customer></Customers>", 200)
	v.do("POST", "/shop/%3Cscript%3E", "", nil)
	for _, path := range []string{"/", "/?q=%3Cscript%3Ealert(1)%22%3E", "/order/%3Cscript%3Ealert(1)%3C%2Fscript%3E%22%27%3E%3Cimg%20src=x%20onerror=y%3E]]"} {
		page := v.page(path)
		if strings.Contains(page, "<script") || strings.Contains(page, "<img") || !strings.Contains(page, "&lt;script&gt;") {
			t.Errorf("GET %s does not escape: %s", path, page)
		}
	}
}

func TestTheJournalKeepsTheLatestCallsOnly(t *testing.T) {
	v := openSix(t, Options{})
	for range journalLength + 20 {
		v.good("getOrderStatus", "<Params/>")
	}
	if n := len(v.shop.journal.Entries); n != journalLength {
		t.Errorf("the journal holds %d calls; want %d", n, journalLength)
	}
	v.good("getMethod", "<Params/>")
	if last := v.shop.journal.Entries[journalLength-1]; last.Endpoint != "getMethod" || last.Status != 200 || last.Address != "127.0.0.1" || !last.At.Equal(springMorning) {
		t.Errorf("the latest call = %+v; want getMethod, 200, 127.0.0.1, now", last)
	}
}

func TestThePageShowsAutomatismsAndTheirWebhooks(t *testing.T) {
	r := &receiver{statuses: []int{500}}
	v := open(t, Options{Plan: PlanVIP, Webhook: "http://bridge.example/hook", Transport: r})
	if err := v.shop.Load(strings.NewReader(sixOrders)); err != nil {
		t.Fatal(err)
	}
	v.login()
	v.good("setOrder", "<Orders><Order><Action>modify</Action><Key>71823-9001</Key><Status>Kész</Status></Order></Orders>")
	holdsAll(t, "the page", v.page("/"), "order_status_modify", "http://bridge.example/hook", "waiting")
	v.shop.Deliver(t.Context())
	holdsAll(t, "the page after an attempt", v.page("/"), "500")
}

func TestThePageLeadsToOrdersWithKeysOfAnyShape(t *testing.T) {
	v := open(t, Options{})
	for i, key := range []string{"a//b", "../../etc", "A?b#c", "50%25", "é/ő"} {
		order := fmt.Sprintf("<Orders><Order><Id>%d</Id><Key>%s</Key><Info><CopiedFrom><Key>%[2]s</Key></CopiedFrom></Info></Order></Orders>", 700+i, key)
		v.control("POST", "orders", order, 200)
		for page, where := range map[string]string{"shop": "/", "order": orderPath(key)} {
			path := between(v.page(where), `<a href="/order/`, `"`)
			if body := v.page("/order/" + path); !strings.Contains(body, fmt.Sprintf("<dd>%d", 700+i)) {
				t.Errorf("the page of the %s leads to %s for the key %q: %s", page, path, key, body)
			}
		}
	}
}
