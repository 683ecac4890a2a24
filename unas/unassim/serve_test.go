package unassim

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// from is the status of a getOrder call that comes from an address.
func (v *visit) from(address string) int {
	r := httptest.NewRequest("POST", "/shop/getOrder", strings.NewReader("<Params/>"))
	r.RemoteAddr = address
	r.Header.Set("Authorization", "Bearer "+v.token)
	w := httptest.NewRecorder()
	v.shop.ServeHTTP(w, r)
	return w.Code
}

func TestEachKeyHasItsOwnPermissionsAndAddresses(t *testing.T) {
	v := openSix(t, Options{Permissions: []string{"getOrder"}, Keys: []Key{
		{APIKey: "methods", Permissions: []string{"getMethod"}},
		{APIKey: "elsewhere", Allowed: prefixes("192.0.2.0/24", "127.0.0.0/30")},
	}})
	v.good("getOrder", "<Params/>")
	v.refused("getMethod", "<Params/>", "Authentication Error: permission denied")
	first := v.token
	body := v.good("login", "<Params><ApiKey>methods</ApiKey></Params>")
	if strings.Contains(body, "<Permission>getOrder<") || !strings.Contains(body, "<Permission>getMethod<") {
		t.Errorf("login with the second key = %s; want getMethod alone", body)
	}
	v.token = between(body, "<Token>", "</Token>")
	v.good("getMethod", "<Params/>")
	v.refused("getOrder", "<Params/>", "Authentication Error: permission denied")
	v.token = between(v.good("login", "<Params><ApiKey>elsewhere</ApiKey></Params>"), "<Token>", "</Token>")
	v.good("getMethod", "<Params/>")
	for address, want := range map[string]int{"192.0.2.9:1": 200, "127.0.0.2:1": 200, "127.0.0.9:1": 400, "[2001:db8::1]:1": 400, "[::ffff:192.0.2.9]:1": 200} {
		if got := v.from(address); got != want {
			t.Errorf("getOrder from %s = %d; want %d", address, got, want)
		}
	}
	v.token = first
	v.good("getOrder", "<Params/>")
}

func TestOnlyBearerTokensAreTaken(t *testing.T) {
	v := openSix(t, Options{})
	for header, want := range map[string]int{
		"Bearer " + v.token: 200, "bearer " + v.token: 200, "BEARER  " + v.token: 200, " Bearer " + v.token + " ": 200,
		v.token: 400, "Token " + v.token: 400, "Bearer": 400, "": 400, "Bearer " + strings.ToUpper(v.token) + "0": 400,
	} {
		if got, body := v.do("POST", "/shop/getOrder", "<Params/>", http.Header{"Authorization": {header}}); got != want {
			t.Errorf("Authorization %q = %d %s; want %d", header, got, body, want)
		}
	}
}

func TestEndpointsAreNamedAsPrinted(t *testing.T) {
	v := openSix(t, Options{})
	for _, name := range []string{"getorder", "GETORDER", "getOrder/", "getOrder/x", "getNothing", "unknown"} {
		v.refused(name, "<Params/>", "Unknown function")
	}
	if status, _ := v.do("POST", "/shop/", "<Params/>", nil); status != 400 {
		t.Errorf("POST /shop/ = %d; want 400", status)
	}
	for _, method := range []string{"GET", "PUT", "DELETE", "PATCH", "OPTIONS", "post"} {
		if status, body := v.do(method, "/shop/getOrder", "<Params/>", http.Header{"Authorization": {"Bearer " + v.token}}); status != 400 || !strings.Contains(body, "Only POST is allowed") {
			t.Errorf("%s = %d %s; want 400", method, status, body)
		}
	}
}

func TestARequestEndsAtItsLargestSize(t *testing.T) {
	v := openSix(t, Options{})
	r := httptest.NewRequest("POST", "/shop/getOrder", strings.NewReader("<Params/>"))
	r.Header.Set("Authorization", "Bearer "+v.token)
	r.ContentLength = 128<<20 + 1
	w := httptest.NewRecorder()
	v.shop.ServeHTTP(w, r)
	if w.Code != 400 || !strings.Contains(w.Body.String(), "too large") {
		t.Errorf("a request of 128 MB and a byte = %d %s; want 400", w.Code, w.Body)
	}
	for size, want := range map[int]bool{10: true, 11: false} {
		r := httptest.NewRequest("POST", "/", io.LimitReader(strings.NewReader(strings.Repeat("x", 20)), int64(size)))
		r.ContentLength = -1
		body, err := readBody(httptest.NewRecorder(), r, 10)
		if got := err == nil && len(body) == size; got != want {
			t.Errorf("readBody of %d bytes, 10 allowed: %v, %v", size, got, err)
		}
	}
}

func TestACompressedAnswerIsTheSameAnswer(t *testing.T) {
	v := openSix(t, Options{Switches: Switches{Gzip: true}})
	plain := v.good("getOrder", "<Params/>") // Go's client asks for gzip and unpacks by itself
	r, err := http.NewRequestWithContext(t.Context(), "POST", v.url+"/shop/getOrder", strings.NewReader("<Params/>"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Authorization": {"Bearer " + v.token}, "Accept-Encoding": {"gzip"}}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	z, err := gzip.NewReader(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(z)
	if err != nil || string(whole) != plain || ids(plain) != "11 12 13 14 15 100" {
		t.Errorf("unpacked = %s, %v; want %s", whole, err, plain)
	}
	if status, body := v.do("POST", "/shop/getOrder", "<Params/>", http.Header{"Authorization": {"Bearer " + v.token}, "Accept-Encoding": {"identity"}}); status != 200 || body != plain {
		t.Errorf("for those who ask for no compression = %d %s", status, body)
	}
}

// TestTheMaintenanceWindowFollowsTheWall holds over midnight, over new year and in the nights when the clocks change.
func TestTheMaintenanceWindowFollowsTheWall(t *testing.T) {
	zone := budapest()
	for _, day := range []time.Time{
		time.Date(2026, 3, 10, 0, 0, 0, 0, zone), time.Date(2026, 7, 1, 0, 0, 0, 0, zone), time.Date(2027, 1, 1, 0, 0, 0, 0, zone),
		time.Date(2026, 3, 29, 0, 0, 0, 0, zone), time.Date(2026, 3, 30, 0, 0, 0, 0, zone),
		time.Date(2026, 10, 25, 0, 0, 0, 0, zone), time.Date(2026, 10, 26, 0, 0, 0, 0, zone),
	} {
		for from, want := range map[time.Duration]int{
			-5*time.Minute - time.Second: 200, -5 * time.Minute: 503, -time.Second: 503, 0: 503,
			10*time.Minute - time.Second: 503, 10 * time.Minute: 200, 2*time.Hour + 30*time.Minute: 200, 12 * time.Hour: 200,
		} {
			at := day.Add(from)
			v := open(t, Options{Now: func() time.Time { return at }, Switches: Switches{Maintenance: "503"}})
			if got, _ := v.call("login", loginBody); got != want {
				t.Errorf("login at %s = %d; want %d", at, got, want)
			}
		}
	}
}

func TestALostAnswerWasDoneAllTheSame(t *testing.T) {
	v := openSix(t, Options{})
	v.control("POST", "faults", `{"endpoint":"setOrder","kind":"lost-answer"}`, 200)
	if status, body := v.call("setOrder", setDetail); status != 0 || strings.Contains(body, "<Orders>") {
		t.Errorf("lost-answer = %d %s; want no answer", status, body)
	}
	v.has("9001", "<StatusDetails><![CDATA[x]]></StatusDetails>")
	if got := v.control("GET", "stats", "", 200); !strings.Contains(got, `"failures":{"setOrder":1}`) {
		t.Errorf("stats = %s; want the lost answer among the failures", got)
	}
}

func TestFaultsAreListedAndForgotten(t *testing.T) {
	v := openSix(t, Options{})
	v.control("POST", "faults", `{"endpoint":"setOrder","kind":"cut","times":3}`, 200)
	v.control("POST", "faults", `{"endpoint":"getOrder","kind":"500"}`, 200)
	v.control("POST", "faults", `{"endpoint":"unknown","kind":"500"}`, 400)
	v.call("setOrder", setDetail)
	if got, want := v.control("GET", "faults", "", 200), `[{"endpoint":"getOrder","kind":"500","times":1},{"endpoint":"setOrder","kind":"cut","times":2}]`+"\n"; got != want {
		t.Errorf("GET /_sim/faults = %s; want %s", got, want)
	}
	v.control("DELETE", "faults", "", 200)
	if got := v.control("GET", "faults", "", 200); got != "[]\n" {
		t.Errorf("GET /_sim/faults after DELETE = %s; want none", got)
	}
	v.good("setOrder", setDetail)
}

func TestTheClockIsShownAndMoved(t *testing.T) {
	v := open(t, Options{})
	if got := v.control("GET", "clock", "", 200); got != `{"now":"2026-03-10T09:30:00Z"}`+"\n" {
		t.Errorf("GET /_sim/clock = %s", got)
	}
	if got := v.control("POST", "clock", `{"advance":"90m"}`, 200); got != `{"now":"2026-03-10T11:00:00Z"}`+"\n" {
		t.Errorf("POST /_sim/clock = %s", got)
	}
}

func TestALoadedShopHasTheNumberOfItsKeys(t *testing.T) {
	foreign := strings.NewReplacer("71823-", "69312-").Replace(sixOrders)
	v := open(t, Options{})
	if err := v.shop.Load(strings.NewReader(foreign)); err != nil {
		t.Fatal(err)
	}
	if body := v.login(); !strings.Contains(body, "<ShopId>69312</ShopId>") {
		t.Errorf("login = %s; want the shop's number 69312", body)
	}
	v.good("setOrder", addOrder)
	if got := ids(v.good("getOrder", "<Params><Key>69312-100001</Key></Params>")); got != "530210001" {
		t.Errorf("the new order under 69312-100001 = %q; want 530210001", got)
	}
	named := open(t, Options{ShopID: "5"})
	if err := named.shop.Load(strings.NewReader(foreign)); err != nil {
		t.Fatal(err)
	}
	if body := named.login(); !strings.Contains(body, "<ShopId>5</ShopId>") {
		t.Errorf("login = %s; want the number that was asked for", body)
	}
}

func TestInvoiceAutoSetBillsTheOrdersOfItsAnswer(t *testing.T) {
	v := openSix(t, Options{})
	v.good("getOrder", "<Params><InvoiceStatus>1</InvoiceStatus><InvoiceAutoSet>0</InvoiceAutoSet></Params>")
	v.has("9002", "<DateMod>2026.03.05 10:00:00</DateMod>")
	if got := ids(v.good("getOrder", "<Params><LimitNum>2</LimitNum><InvoiceAutoSet>1</InvoiceAutoSet></Params>")); got != "11 12" {
		t.Errorf("answer = %q; want 11 12", got)
	}
	for _, number := range []string{"9001", "9002"} {
		v.has(number, "<StatusText><![CDATA[Számlázva]]></StatusText>", "<DateMod>2026.03.10 10:30:00</DateMod>")
	}
	if got := ids(v.good("getOrder", "<Params><InvoiceStatus>2</InvoiceStatus></Params>")); got != "11 12 13" {
		t.Errorf("billed orders = %q; want the two of the answer and the one before", got)
	}
}

func TestAStatusDecidesTheInvoiceOfOrdersThatEnterIt(t *testing.T) {
	for state, want := range map[string]string{"default": "1", "not_billable": "0", "billable": "1", "billed": "2"} {
		v := openSix(t, Options{})
		v.control("POST", "statuses", "<OrderStatuses><OrderStatus><Id>50</Id><Name>Belép</Name><Type>open_normal</Type><InvoiceStatus>"+state+"</InvoiceStatus></OrderStatus></OrderStatuses>", 200)
		v.good("setOrder", "<Orders><Order><Action>modify</Action><Key>9002</Key><Status>Belép</Status></Order></Orders>")
		if got := v.shop.Orders()[1].InvoiceStatus; got != want {
			t.Errorf("a billable order that entered a status of %s has the invoice state %q; want %q", state, got, want)
		}
	}
}

func TestADocumentMayComeAsAFieldOfAForm(t *testing.T) {
	v := openSix(t, Options{})
	one := url.QueryEscape("<Params><Key>9001</Key></Params>")
	for body, want := range map[string]string{
		"params=" + one:                                        "<Id>11</Id>",
		"auth=%3CAuth%2F%3E&params=" + one:                     "<Id>11</Id>",
		"<Params><Key>9001</Key></Params>":                     "<Id>11</Id>",
		"\ufeff\n<Params><Key>9001&amp;params=</Key></Params>": "<Orders>\n</Orders>",
		"params=9001":                                          "<Error>XML Error</Error>",
		"parameters=" + one:                                    "<Error>XML Error</Error>",
		"params=%3CParams%3":                                   "<Error>XML Error</Error>",
	} {
		if _, got := v.call("getOrder", body); !strings.Contains(got, want) {
			t.Errorf("getOrder with the body %q answers %s; want %s", body, got, want)
		}
	}
}
