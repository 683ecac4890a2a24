package unassim

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// receiver stands for whoever gets webhooks. It answers 200, or what statuses say one after the other.
type receiver struct {
	statuses []int
	got      []*http.Request
	bodies   []string
}

func (r *receiver) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	r.got, r.bodies = append(r.got, request), append(r.bodies, string(body))
	status := http.StatusOK
	if len(r.statuses) > 0 {
		status, r.statuses = r.statuses[0], r.statuses[1:]
	}
	if status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader("")), Header: http.Header{"Location": {"http://elsewhere.example/"}}, Request: request}, nil
}

// topics are the events received since the last time.
func (r *receiver) topics() string {
	var list []string
	for i, request := range r.got {
		list = append(list, strings.TrimSuffix(request.Header.Get("X-Unas-Topic")+" "+subjectOf(r.bodies[i]), " "))
	}
	r.got, r.bodies = nil, nil
	return strings.Join(list, ", ")
}

func subjectOf(body string) string {
	var named struct{ OrderID, CustomerID string }
	if err := json.Unmarshal([]byte(body), &named); err != nil {
		return err.Error()
	}
	return named.OrderID + named.CustomerID
}

// openHooked is a VIP shop of six orders that sends webhooks to a receiver.
func openHooked(t *testing.T, switches Switches) (*visit, *receiver) {
	t.Helper()
	r := &receiver{}
	return openSix(t, Options{Plan: PlanVIP, Webhook: "http://bridge.example/hook", WebhookSecret: "só és bors", Transport: r, Switches: switches}), r
}

// deliver sends what is due and demands so many calls.
func (v *visit) deliver(want int) {
	v.t.Helper()
	if got := v.shop.Deliver(v.t.Context()); got != want {
		v.t.Errorf("Deliver() = %d; want %d", got, want)
	}
}

func TestEveryChangeOfTheWorldRaisesItsEvent(t *testing.T) {
	v, r := openHooked(t, Switches{})
	v.deliver(0)
	for _, tt := range []struct {
		act  func()
		want string
	}{
		{func() { v.good("setOrder", setDetail) }, "order_modify_admin 71823-9001"},
		{func() {
			v.good("setOrder", "<Orders><Order><Action>modify</Action><Key>9001</Key><Status>8</Status></Order></Orders>")
		}, "order_status_modify 71823-9001"},
		{func() { v.good("setOrder", addOrder) }, "order_send_thirdparty 71823-100001"},
		{func() {
			v.good("setOrder", "<Orders><Order><Action>delete</Action><Key>9002</Key></Order></Orders>")
		}, "order_delete 71823-9002"},
		{func() { v.control("DELETE", "orders/9003", "", 200) }, "order_delete 71823-9003"},
		{func() {
			v.control("POST", "orders", "<Orders><Order><Id>80</Id><Key>71823-80</Key><Customer><Id>600</Id><Email>u@kert.example</Email></Customer></Order><Order><Id>81</Id><Key>1234</Key><InternalKey>71823-81</InternalKey></Order></Orders>", 200)
		}, "customer_registration 600, order_send 71823-80, order_send_thirdparty 1234"},
		{func() {
			v.control("POST", "orders", "<Orders><Order><Id>80</Id><Key>71823-80</Key><Status>Kész</Status><StatusID>8</StatusID></Order></Orders>", 200)
		}, "order_status_modify 71823-80"},
		{func() {
			v.control("POST", "customers", "<Customers><Customer><Id>600</Id></Customer><Customer><Id>601</Id></Customer></Customers>", 200)
		}, "customer_modification 600, customer_registration 601"},
		{func() {
			v.good("setCustomer", "<Customers><Customer><Action>modify</Action><Id>601</Id><Email>uj@kert.example</Email><Comment>x</Comment></Customer></Customers>")
		}, "customer_modify_admin 601"},
		{func() {
			v.good("setCustomer", "<Customers><Customer><Action>add</Action><Email>harmadik@kert.example</Email></Customer></Customers>")
		}, "customer_registration 51000001"},
		{func() {
			v.good("setCustomer", "<Customers><Customer><Action>delete</Action><Id>601</Id></Customer></Customers>")
		}, "customer_delete 601"},
	} {
		tt.act()
		v.shop.Deliver(t.Context())
		if got := r.topics(); got != tt.want {
			t.Errorf("events = %q; want %q", got, tt.want)
		}
	}
}

func TestLiveRaisesEvents(t *testing.T) {
	r := &receiver{}
	v := open(t, Options{Plan: PlanVIP, Webhook: "http://bridge.example/hook", Transport: r})
	v.shop.Generate(1, 60, 20)
	v.deliver(0)
	rng := newRand(1)
	for step := range 150 {
		v.shop.Live(step, rng)
		if v.shop.Deliver(t.Context()) == 0 {
			t.Errorf("step %d raised no event", step)
		}
	}
	got := r.topics()
	for _, want := range []string{"order_send ", "order_send_thirdparty ", "order_status_modify ", "order_modify_admin ", "customer_registration "} {
		if !strings.Contains(got, want) {
			t.Errorf("150 steps raised %q; want %q among them", got, want)
		}
	}
}

func TestOnlyVIPHasWebhooks(t *testing.T) {
	r := &receiver{}
	v := openSix(t, Options{Webhook: "http://bridge.example/hook", Transport: r})
	v.good("setOrder", setDetail)
	v.deliver(0)
	v.refused("getAutomatism", "<Params/>", "Authentication Error: VIP package needed")
	v.refused("setAutomatism", "<Automatisms/>", "Authentication Error: VIP package needed")
}

func TestAnythingBut200IsTriedAgainEveryFiveMinutesFiveTimesInAll(t *testing.T) {
	v, r := openHooked(t, Switches{})
	r.statuses = []int{500, 204, 302, 0, 404}
	v.good("setOrder", setDetail)
	v.deliver(1)
	for range 4 {
		v.shop.Advance(5*time.Minute - time.Second)
		v.deliver(0)
		v.shop.Advance(time.Second)
		v.deliver(1)
	}
	v.shop.Advance(time.Hour)
	v.deliver(0)
	var list map[string][]struct {
		Event, Last, State string
		Attempts           int
	}
	if err := json.Unmarshal([]byte(v.control("GET", "webhooks", "", 200)), &list); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(list); got != "map[delivered:[] dropped:[{order_modify_admin 404 dropped 5}] lost:[] waiting:[]]" {
		t.Errorf("GET /_sim/webhooks = %s; want one dropped after five attempts", got)
	}
	r.statuses = []int{503, 503, 503, 503, 200}
	v.good("setOrder", setDetail)
	for range 5 {
		v.deliver(1)
		v.shop.Advance(5 * time.Minute)
	}
	if got := v.control("GET", "webhooks", "", 200); !strings.Contains(got, `"attempts":5,"state":"delivered","last":"200"`) {
		t.Errorf("GET /_sim/webhooks = %s; want the second delivered at its fifth attempt", got)
	}
	v.control("DELETE", "webhooks", "", 200)
	if got := v.control("GET", "webhooks", "", 200); got != `{"waiting":[],"delivered":[],"dropped":[],"lost":[]}`+"\n" {
		t.Errorf("GET /_sim/webhooks after DELETE = %s; want nothing", got)
	}
}

func TestAnAttemptThatItsCallerCutShortDoesNotCount(t *testing.T) {
	v, r := openHooked(t, Switches{})
	v.good("setOrder", setDetail)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := v.shop.Deliver(ctx); got != 0 {
		t.Errorf("Deliver() of an ended context = %d; want 0", got)
	}
	r.topics()
	v.deliver(1)
	if got := v.control("GET", "webhooks", "", 200); !strings.Contains(got, `"attempts":1,"state":"delivered"`) {
		t.Errorf("GET /_sim/webhooks = %s; want one attempt", got)
	}
}

// patient is a receiver that never answers.
type patient struct{}

func (patient) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, context.Cause(r.Context())
}

func TestAReceiverHasTwoMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Plan: PlanVIP, Webhook: "http://bridge.example/hook", Transport: patient{}})
		s.Generate(1, 10, 5)
		s.Live(0, newRand(1))
		began := time.Now()
		sent := s.Deliver(t.Context())
		if took := time.Since(began); sent == 0 || took != time.Duration(sent)*2*time.Minute {
			t.Errorf("%d webhooks to somebody who never answers took %v; want two minutes each", sent, took)
		}
	})
}

func TestSwitchesWebhooksAndCallsMayMeet(t *testing.T) {
	v, _ := openHooked(t, Switches{})
	var all sync.WaitGroup
	for _, act := range []func(){
		func() {
			v.do("POST", "/_sim/switches", `{"gzip":true,"newest_first":true,"webhook_flow":"doubled"}`, nil)
		},
		func() { v.do("POST", "/_sim/switches", `{"gzip":false,"newest_first":false,"webhook_flow":""}`, nil) },
		func() { v.shop.Deliver(t.Context()) },
		func() { v.call("setOrder", setDetail) },
		func() { v.call("getOrder", "<Params/>") },
		func() { _ = v.shop.Save(io.Discard) },
		func() { v.do("GET", "/_sim/webhooks", "", nil) },
	} {
		all.Go(func() {
			for range 10 {
				act()
			}
		})
	}
	all.Wait()
	v.shop.Deliver(t.Context())
	if got := v.control("GET", "webhooks", "", 200); strings.Count(got, `"state":"delivered"`) < 10 {
		t.Errorf("GET /_sim/webhooks = %s; want at least the ten changes delivered", got)
	}
}

func TestWebhooksAreSignedPOSTsOfJSON(t *testing.T) {
	v, r := openHooked(t, Switches{})
	v.good("setOrder", setDetail)
	v.deliver(1)
	request, body := r.got[0], r.bodies[0]
	if request.Method != "POST" || request.URL.String() != "http://bridge.example/hook" || request.Header.Get("Content-Type") != "application/json" || request.Header.Get("X-Unas-Topic") != "order_modify_admin" {
		t.Errorf("webhook = %s %s %v; want a POST of JSON with its topic", request.Method, request.URL, request.Header)
	}
	if got, want := request.Header.Get("X-UNAS-HMAC"), signature([]byte(body), "só és bors"); got != want {
		t.Errorf("X-UNAS-HMAC = %q; want %q", got, want)
	}
	// Computed with openssl dgst -sha256 -hmac.
	if got, want := signature([]byte(`{"shopID":"71823"}`), "titok"), "BPRQZJyLaA14hqBNwznaQOoJj8UKrYeerTguQ4hnX+Y="; got != want {
		t.Errorf("signature() = %q; want %q", got, want)
	}
	unsigned := openSix(t, Options{Plan: PlanVIP, Webhook: "http://bridge.example/hook", Transport: r})
	unsigned.good("setOrder", setDetail)
	unsigned.deliver(1)
	if got := r.got[1].Header; got["X-Unas-Hmac"] != nil {
		t.Errorf("headers without a secret = %v; want no X-UNAS-HMAC", got)
	}
}

func TestAWebhookReachesARealServer(t *testing.T) {
	var r receiver
	v := openSix(t, Options{Plan: PlanVIP})
	server := newHookServer(t, &r)
	v.good("setAutomatism", automatismXML("<Name>n</Name>", "order_modify_admin", "<WebhookUrl>"+server+"</WebhookUrl>"))
	v.good("setOrder", setDetail)
	v.deliver(1)
	if got := r.topics(); got != "order_modify_admin 71823-9001" {
		t.Errorf("received = %q; want the change of 71823-9001", got)
	}
}

const hookedOrder = `<Orders><Order><Id>90</Id><Key>71823-90</Key><Date>2026.03.10 09:00:00</Date><Lang>hu</Lang>
	<Customer><Id>501</Id><Email>bela@kert.example</Email><Contact><Name>Kis Béla</Name><Phone>061</Phone><Mobile>0620</Mobile></Contact>
		<Addresses><Invoice><Name>Kis Kft.</Name><ZIP>0110</ZIP><City>Győr</City><Street>Fő út 1.</Street><County>Győr</County><Country>Magyarország</Country><CountryCode>hu</CountryCode></Invoice>
		<Shipping><Name>Kis Béla</Name><ZIP>9021</ZIP><CountryCode>hu</CountryCode></Shipping></Addresses><Group><Id>3</Id><Name>Nagyker</Name></Group></Customer>
	<Currency>HUF</Currency><Status>Új</Status><StatusID>0</StatusID>
	<Payment><Id>1</Id><Name>Utánvét</Name></Payment><Shipping><Id>2</Id><Name>Futár</Name></Shipping>
	<Params><Param><Id>7</Id><Name>Kapucsengő?</Name><Value>12</Value></Param></Params>
	<Comments><Comment><Type>admin</Type><Text>belső</Text></Comment><Comment><Type>customer</Type><Text>a &lt; b &amp; "c"</Text></Comment></Comments>
	<Items><Item><Id>5</Id><Sku>KAPA</Sku><Name>Kapa</Name><Unit>db</Unit><Quantity>1.50</Quantity><PriceNet>1000</PriceNet><PriceGross>1270.0</PriceGross><Vat>27%</Vat>
		<ProductParams><ProductParam><Name>Nyél</Name><Value>hosszú</Value></ProductParam></ProductParams></Item>
	<Item><Id>6</Id><Sku>ASO</Sku><Name>Ásó</Name><Unit>db</Unit><Quantity>1</Quantity><PriceNet></PriceNet><PriceGross>0</PriceGross><Vat>5%</Vat></Item>
	<Item><Id>shipping-cost</Id><Name>Szállítás</Name><Quantity>1</Quantity><PriceGross>990</PriceGross></Item>
	<Item><Id>handel-cost</Id><Name>Kezelés</Name><Quantity>1</Quantity><PriceGross>200</PriceGross></Item>
	<Item><Id>discount-percent</Id><Name>Kupon</Name><Quantity>1</Quantity><PriceGross>-95.5</PriceGross><Percent>5</Percent></Item></Items>
	<SumPriceGross>2999.50</SumPriceGross></Order></Orders>`

const hookedBody = `{"shopID":"71823","orderID":"71823-90","grandTotal":2999.5,"time":1773129600,"comment":"a < b & \"c\"","currency":"Ft","currencyCode":"HUF",
	"orderStatus":{"id":0,"name":"Új"},
	"products":{"1":{"ID":"5","sku":"KAPA","skuType":"normal","name":"Kapa","category":{"ID":"","name":""},"quantity":1.5,"unit":"db","netPrice":1000,"grossPrice":1270,"VATRate":27,"discounted":false,"productParameters":{"Nyél":"hosszú"}},
		"2":{"ID":"6","sku":"ASO","skuType":"normal","name":"Ásó","category":{"ID":"","name":""},"quantity":1,"unit":"db","netPrice":0,"grossPrice":0,"VATRate":5,"discounted":false,"productParameters":null}},
	"customer":{"contact":{"name":"Kis Béla","phone":"061","mobile":"0620"},
		"shipping":{"name":"Kis Béla","zip":"9021","city":"","street":"","country":"hu","county":""},
		"invoice":{"name":"Kis Kft.","zip":"0110","city":"Győr","street":"Fő út 1.","country":"hu","county":"Győr"},
		"news_auth":"0","group":"3","lang":"hu","subscribedToNewsletter":true,"email":"bela@kert.example"},
	"shipping":{"name":"Futár","type":"","cost":990},"payment":{"name":"Utánvét","cost":200},
	"orderParameters":{"7":{"orig_question":"Kapucsengő?","orig_answer":"12","act_question":"Kapucsengő?","act_answer":"12"}},
	"discountPercent":{"price":95.5,"title":"Kupon","percent":"5"}}`

const registeredCustomer = `<Customers><Customer><Id>700</Id><Email>eva@kert.example</Email><Username>eva</Username>
	<Contact><Name>Nagy Éva</Name><Mobile>+3620</Mobile><Lang>hu</Lang></Contact>
	<Addresses><Invoice><Name>Nagy Éva</Name><ZIP>6720</ZIP><City>Szeged</City><Street>Tisza u. 2.</Street><CountryCode>hu</CountryCode><CustomerType>private</CustomerType></Invoice></Addresses>
	<Params><Param><Id>9</Id><Name>Kert</Name><Value>nagy</Value></Param></Params>
	<Newsletter><Subscribed>yes</Subscribed><Authorized>no</Authorized></Newsletter></Customer></Customers>`

const registeredBody = `{"username":"eva","email":"eva@kert.example","contact":{"name":"Nagy Éva","phone":"","mobile":"+3620"},
	"shipping":{"name":"","zip":"","city":"","street":"","country":"","county":""},
	"invoice":{"name":"Nagy Éva","zip":"6720","city":"Szeged","street":"Tisza u. 2.","country":"hu","county":""},
	"customer_language":"hu","hook_service_section":"cust","shopID":"71823","customerID":"700","subscribedToNewsletter":true,"newsletterSubscriptionConfirmed":false,
	"language":"hu","customerType":"private","customerParameters":{"9":{"name":"Kert","value":"nagy"}}}`

func TestBodiesOfWebhooksHaveTheKnownShapes(t *testing.T) {
	v, r := openHooked(t, Switches{})
	v.control("POST", "customers", `<Customers><Customer><Id>501</Id><Newsletter><Subscribed>yes</Subscribed><Authorized>no</Authorized></Newsletter></Customer></Customers>`, 200)
	v.shop.Deliver(t.Context())
	r.topics()
	v.control("POST", "orders", hookedOrder, 200)
	v.control("POST", "customers", registeredCustomer, 200)
	v.deliver(2)
	for i, want := range []string{hookedBody, registeredBody} {
		if diff := cmp.Diff(decoded(t, want), decoded(t, r.bodies[i])); diff != "" {
			t.Errorf("body %d (-want +got):\n%s", i, diff)
		}
	}
	v.control("POST", "customers", registeredCustomer, 200)
	v.deliver(1)
	v.good("setCustomer", "<Customers><Customer><Action>delete</Action><Id>700</Id></Customer></Customers>")
	v.deliver(1)
	if got, want := r.bodies[3], `{"customerID":"700"}`; got != want {
		t.Errorf("body of customer_delete = %s; want %s", got, want)
	}
	if got, want := r.bodies[2], `{"customerID":"700","shopID":"71823"}`; got != want {
		t.Errorf("body of customer_modification = %s; want %s", got, want)
	}
}

func TestAnOrderWithoutDiscountSaysSoInItsBody(t *testing.T) {
	plain := `<Orders><Order><Id>91</Id><Key>71823-91</Key><Date>2026.03.10 09:00:00</Date></Order></Orders>`
	for _, tt := range []struct {
		on   Switches
		want string
	}{
		{Switches{}, `"discountPercent":{"price":0,"title":"","percent":"0"}`},
		{Switches{NoEmptyDiscount: true}, ""},
	} {
		v, r := openHooked(t, tt.on)
		v.control("POST", "orders", plain, 200)
		v.deliver(1)
		if got := r.bodies[0]; !strings.Contains(got, tt.want) || strings.Contains(got, "discountPercent") != (tt.want != "") {
			t.Errorf("with %+v the body is %s; want %q in it", tt.on, got, tt.want)
		}
	}
}

// decoded keeps numbers as they are written.
func decoded(t *testing.T, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestWebhookSwitches(t *testing.T) {
	twice := "order_modify_admin 71823-9001, order_modify_admin 71823-9002"
	for _, tt := range []struct {
		on   Switches
		want string
	}{
		{Switches{}, twice},
		{Switches{WebhookFlow: "lost"}, ""},
		{Switches{WebhookFlow: "doubled"}, "order_modify_admin 71823-9001, order_modify_admin 71823-9001, order_modify_admin 71823-9002, order_modify_admin 71823-9002"},
		{Switches{WebhookFlow: "reordered"}, "order_modify_admin 71823-9002, order_modify_admin 71823-9001"},
		{Switches{WebhookLate: true}, ""},
		{Switches{NoWebhookTopic: true}, " 71823-9001,  71823-9002"},
		{Switches{BareWebhooks: true}, "order_modify_admin, order_modify_admin"},
	} {
		v, r := openHooked(t, tt.on)
		v.good("setOrder", setDetail)
		v.good("setOrder", strings.Replace(setDetail, "9001", "9002", 1))
		v.shop.Deliver(t.Context())
		if got := r.topics(); got != tt.want {
			t.Errorf("with %+v received %q; want %q", tt.on, got, tt.want)
		}
		v.shop.Advance(5 * time.Minute)
		v.shop.Deliver(t.Context())
		if got := r.topics(); tt.on.WebhookLate && got != twice || !tt.on.WebhookLate && got != "" {
			t.Errorf("with %+v received %q five minutes later", tt.on, got)
		}
		if lost := strings.Count(v.control("GET", "webhooks", "", 200), `"state":"lost"`); lost != map[bool]int{true: 2}[tt.on.WebhookFlow == "lost"] {
			t.Errorf("with %+v %d are lost", tt.on, lost)
		}
	}
}
