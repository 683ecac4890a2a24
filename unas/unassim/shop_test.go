package unassim

import (
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
)

// springMorning is when most tests take place: 10:30 in Budapest, one hour ahead of UTC.
var springMorning = time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC)

// visit is a shop behind a real server and a client of it.
type visit struct {
	t     *testing.T
	shop  *Shop
	url   string
	token string
}

// open starts a shop whose clock stands still at springMorning but for Advance.
func open(t *testing.T, o Options) *visit {
	t.Helper()
	if o.Now == nil {
		o.Now = func() time.Time { return springMorning }
	}
	shop := New(o)
	server := httptest.NewServer(shop)
	t.Cleanup(server.Close)
	return &visit{t: t, shop: shop, url: server.URL}
}

// do sends a request and returns status and body; status 0 means that no whole answer came.
func (v *visit) do(method, path, body string, header http.Header) (int, string) {
	v.t.Helper()
	r, err := http.NewRequest(method, v.url+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	maps.Copy(r.Header, header)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	whole, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, string(whole)
	}
	return answer.StatusCode, string(whole)
}

func (v *visit) call(endpoint, body string) (int, string) {
	v.t.Helper()
	return v.do("POST", "/shop/"+endpoint, body, http.Header{"Authorization": {"Bearer " + v.token}})
}

// login logs in and keeps the token for later calls.
func (v *visit) login() string {
	v.t.Helper()
	status, body := v.call("login", "<Params><ApiKey>"+v.shop.options.APIKey+"</ApiKey></Params>")
	if status != 200 {
		v.t.Fatalf("login = %d %s", status, body)
	}
	v.token = between(body, "<Token>", "</Token>")
	return body
}

// good is the body of a call that has to succeed.
func (v *visit) good(endpoint, body string) string {
	v.t.Helper()
	status, answer := v.call(endpoint, body)
	if status != 200 {
		v.t.Fatalf("%s %s = %d %s", endpoint, body, status, answer)
	}
	return answer
}

// refused checks that a call is answered with an <Error> of this text and HTTP 400.
func (v *visit) refused(endpoint, body, want string) {
	v.t.Helper()
	status, answer := v.call(endpoint, body)
	if status != 400 || !strings.Contains(answer, "<Error>"+want+"</Error>") {
		v.t.Errorf("%s %s = %d %s; want 400 <Error>%s</Error>", endpoint, body, status, answer, want)
	}
}

// control sends to a control address and demands the status.
func (v *visit) control(method, path, body string, want int) string {
	v.t.Helper()
	status, answer := v.do(method, "/_sim/"+path, body, nil)
	if status != want {
		v.t.Fatalf("%s /_sim/%s = %d %s; want %d", method, path, status, answer, want)
	}
	return answer
}

// ids are the ids of the orders in an answer, in their order.
func ids(answer string) string {
	var list struct {
		Order []struct {
			ID string `xml:"Id"`
		}
	}
	if err := xml.Unmarshal([]byte(answer), &list); err != nil {
		return err.Error()
	}
	found := make([]string, 0, len(list.Order))
	for _, o := range list.Order {
		found = append(found, o.ID)
	}
	return strings.Join(found, " ")
}

func between(text, from, to string) string {
	_, text, _ = strings.Cut(text, from)
	text, _, _ = strings.Cut(text, to)
	return text
}

// sixOrders is a small shop: dates and modifications run in different orders, statuses and customers differ.
const sixOrders = `<?xml version="1.0" encoding="UTF-8"?>
<Orders>
	<Order><Key>71823-9001</Key><Id>11</Id><Date>2026.03.01 10:00:00</Date><DateMod>2026.03.06 10:00:00</DateMod>
		<Customer><Id>501</Id><Email>Bela@kert.example</Email><Contact><Name>Béla</Name></Contact></Customer>
		<Status>Új</Status><StatusID>0</StatusID><StatusType>open_normal</StatusType>
		<Payment><Id>1</Id><Name>Utánvét</Name><Type>cod</Type></Payment><Shipping><Id>2</Id><Name>Futár</Name></Shipping><SumPriceGross>10.50</SumPriceGross></Order>
	<Order><Key>71823-9002</Key><Id>12</Id><Date>2026.03.02 00:00:00</Date><DateMod>2026.03.05 10:00:00</DateMod>
		<Customer><Id>501</Id><Email>bela@kert.example</Email></Customer><Invoice><Status>1</Status></Invoice>
		<Status>Kész | volt</Status><StatusID>7</StatusID><StatusType>close_ok</StatusType></Order>
	<Order><Key>71823-9003</Key><Id>13</Id><Date>2026.03.02 23:59:59</Date><DateMod>2026.03.04 10:00:00</DateMod>
		<Customer><Email>vendeg@kert.example</Email></Customer><Invoice><Status>2</Status></Invoice>
		<Status>Kész</Status><StatusID>8</StatusID><StatusType>close_ok</StatusType></Order>
	<Order><Key>88990011</Key><InternalKey>71823-9004</InternalKey><Id>100</Id><Date>2026.03.03 12:00:00</Date><DateMod>2026.03.03 12:00:00</DateMod>
		<Customer><Id>502</Id><Email>ion@gradina.example</Email></Customer>
		<Status>Új</Status><StatusID>0</StatusID><StatusType>open_normal</StatusType></Order>
	<Order><Key>71823-9005</Key><Id>14</Id><Date>2026.02.20 08:00:00</Date>
		<Customer><Id>502</Id><Email>ion@gradina.example</Email></Customer>
		<Status>Visszamondva</Status><StatusID>9</StatusID></Order>
	<Order><Key>71823-9006</Key><Id>15</Id><Date>2026.03.07 08:00:00</Date><DateMod>2026.03.07 08:00:00</DateMod><Type>Csere</Type>
		<Status>Kész</Status><StatusID>8</StatusID></Order>
</Orders>`

func openSix(t *testing.T, o Options) *visit {
	t.Helper()
	v := open(t, o)
	if err := v.shop.Load(strings.NewReader(sixOrders)); err != nil {
		t.Fatal(err)
	}
	v.login()
	return v
}

func TestLoginGivesATokenForTwoHoursInTheShopsZone(t *testing.T) {
	v := open(t, Options{})
	body := v.login()
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(v.token) {
		t.Errorf("Token = %q; want 32 hexadecimal digits", v.token)
	}
	for _, want := range []string{
		"<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<Login>\n\t<Token>",
		"<Expire>2026.03.10 12:30:00</Expire>",
		fmt.Sprintf("<ExpireTime>%d</ExpireTime>", springMorning.Add(2*time.Hour).Unix()),
		"<ShopId>71823</ShopId>", "<Subscription>premium-1000</Subscription>",
		"<Permission>getOrder</Permission>", "<Permission>setOrderType</Permission>", "<Status>ok</Status>",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("login lacks %s: %s", want, body)
		}
	}
	if strings.Contains(body, "WebshopInfo") {
		t.Errorf("login tells WebshopInfo unasked: %s", body)
	}
	_, body = v.call("login", "<Params><ApiKey>"+DefaultAPIKey+"</ApiKey><WebshopInfo>true</WebshopInfo></Params>")
	if !strings.Contains(body, "<WebshopName><![CDATA[Pallér Barkács & Kert]]></WebshopName>") {
		t.Errorf("login with WebshopInfo = %s; want the shop's name", body)
	}
	v.good("getOrder", "<Params/>")
	v.shop.Advance(2*time.Hour - time.Second)
	v.good("getOrder", "<Params/>")
	v.shop.Advance(time.Second)
	v.refused("getOrder", "<Params/>", "Authentication Error: expired Token")
}

func TestLoginSwitchesChangeItsForm(t *testing.T) {
	v := open(t, Options{Plan: PlanVIP, Switches: Switches{NoExpireTime: true, DayFirstExpire: true, OneToken: true, TokenStatus: 401}})
	body := v.login()
	if strings.Contains(body, "ExpireTime") || !strings.Contains(body, "<Expire>10.03.2026 12:30:00</Expire>") || !strings.Contains(body, "vip-100000") {
		t.Errorf("login = %s; want no ExpireTime, a day-first Expire and vip-100000", body)
	}
	old := v.token
	v.login()
	v.good("getMethod", "<Params/>")
	v.token = old
	if status, body := v.call("getMethod", "<Params/>"); status != 401 || !strings.Contains(body, "expired Token") {
		t.Errorf("a call with the token before = %d %s; want 401", status, body)
	}
}

func TestLoginRefusesWhoMayNotIn(t *testing.T) {
	v := open(t, Options{})
	v.refused("login", "<Params><ApiKey>nonsense</ApiKey></Params>", "Login Error: invalid ApiKey")
	v.refused("login", "<Params><ApiKey>", "XML Error")
	small := open(t, Options{Plan: PlanSmall})
	small.refused("login", "<Params><ApiKey>"+DefaultAPIKey+"</ApiKey></Params>", "Login Error: PREMIUM package needed")
	elsewhere := open(t, Options{Allowed: prefixes("192.0.2.0/24")})
	elsewhere.refused("login", "<Params><ApiKey>"+DefaultAPIKey+"</ApiKey></Params>", "Authentication Error: IP")
	here := open(t, Options{Allowed: prefixes("192.0.2.0/24", "127.0.0.0/8")})
	here.login()
}

func TestAnyContentTypeAndAnyRootAreTaken(t *testing.T) {
	v := openSix(t, Options{})
	for _, contentType := range []string{"", "application/x-www-form-urlencoded", "text/xml", "application/xml; charset=UTF-8", "nonsense"} {
		h := http.Header{"Authorization": {"Bearer " + v.token}}
		if contentType != "" {
			h.Set("Content-Type", contentType)
		}
		status, body := v.do("POST", "/shop/getOrder", "<Orders><Key>71823-9001</Key></Orders>", h)
		if status != 200 || ids(body) != "11" {
			t.Errorf("Content-Type %q: %d %s; want order 11", contentType, status, body)
		}
	}
	strict := openSix(t, Options{Switches: Switches{StrictRoot: true}})
	strict.refused("getOrder", "<Orders><Key>71823-9001</Key></Orders>", "XML Error")
	strict.good("getOrder", "<Params><Key>71823-9001</Key></Params>")
}

func TestRefusalsAreHTTP400WithAnErrorRoot(t *testing.T) {
	v := open(t, Options{Permissions: []string{"getOrder", "getMethod"}})
	v.login()
	v.refused("getOrder", "<Params><Key>1</Params>", "XML Error")
	v.refused("getOrder", "", "XML Error")
	v.refused("getOrder", "<Params/><Params/>", "XML Error")
	v.refused("getOrder", "<Params>\x01</Params>", "XML Error")
	v.refused("getCustomer", "<Params/>", "Authentication Error: permission denied")
	v.refused("getNothing", "<Params/>", "Unknown function")
	v.refused("getPage", "<Params/>", "Unknown function")
	for _, bad := range []string{"LimitNum>0", "LimitNum>x", "TimeStart>2026", "DateStart>yesterday", "InvoiceStatus>3", "Lang>hu"} {
		name, value, _ := strings.Cut(bad, ">")
		if value == "2026" {
			value = "20-26"
		}
		v.refused("getOrder", "<Params><"+name+">"+value+"</"+name+"></Params>", "Parameter Error: "+name)
	}
	status, body := v.do("GET", "/shop/getOrder", "", http.Header{"Authorization": {"Bearer " + v.token}})
	if status != 400 || !strings.Contains(body, "<Error>") {
		t.Errorf("GET = %d %s; want 400", status, body)
	}
	v.token = "unheard-of"
	v.refused("getOrder", "<Params/>", "Authentication Error: expired Token")
}

func TestTheDateHeaderIsTheShopsClock(t *testing.T) {
	v := open(t, Options{})
	v.control("POST", "clock", `{"advance":"90m"}`, 200)
	answer, err := http.Post(v.url+"/shop/login", "", strings.NewReader("<Params><ApiKey>"+DefaultAPIKey+"</ApiKey></Params>"))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if got, want := answer.Header.Get("Date"), "Tue, 10 Mar 2026 11:00:00 GMT"; got != want {
		t.Errorf("Date = %q; want %q", got, want)
	}
}

func TestMaintenanceRefusesAroundMidnight(t *testing.T) {
	late := time.Date(2026, 3, 10, 22, 56, 0, 0, time.UTC) // 23:56 in Budapest
	for kind, want := range map[string]int{"503": 503, "drop": 0} {
		v := open(t, Options{Now: func() time.Time { return late }, Switches: Switches{Maintenance: kind}})
		if status, _ := v.call("login", "<Params/>"); status != want {
			t.Errorf("login at 23:56 with %q = %d; want %d", kind, status, want)
		}
		v.shop.Advance(15 * time.Minute)
		v.login()
	}
}
