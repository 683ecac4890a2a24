package unassim

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// answer is status and body of a call in one text.
func (v *visit) answer(endpoint, body string) string {
	v.t.Helper()
	status, text := v.call(endpoint, body)
	return fmt.Sprint(status, " ", text)
}

// asks is an act of one call.
func asks(endpoint, body string) func(*visit) string {
	return func(v *visit) string { return v.answer(endpoint, body) }
}

// asksAgain is an act of so many calls; the last one's answer counts.
func asksAgain(times int, endpoint, body string) func(*visit) string {
	return func(v *visit) string {
		for range times - 1 {
			v.call(endpoint, body)
		}
		return v.answer(endpoint, body)
	}
}

// head is the headers of a call's answer.
func (v *visit) head(endpoint, body string, header http.Header) http.Header {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), "POST", v.url+"/shop/"+endpoint, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header = header
	r.Header.Set("Authorization", "Bearer "+v.token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	answer.Body.Close()
	return answer.Header
}

const (
	loginBody = "<Params><ApiKey>" + DefaultAPIKey + "</ApiKey></Params>"
	badFilter = "<Params><LimitNum>x</LimitNum></Params>"
	setDetail = "<Orders><Order><Action>modify</Action><Key>71823-9001</Key><StatusDetails>x</StatusDetails></Order></Orders>"
	addOrder  = "<Orders><Order><Action>add</Action><Items><Item><Id>1</Id></Item></Items></Order></Orders>"
)

// switchCase is a switch, what is done, and what of the answer shows each side.
type switchCase struct {
	options      Options
	on           Switches
	act          func(*visit) string
	usual, other string // never both in one answer: part of the answer with the switch at its zero value, and as in on
}

func switchCases() []switchCase {
	beforeMidnight := func() time.Time { return time.Date(2026, 3, 10, 22, 56, 0, 0, time.UTC) }
	limits := Options{Limits: true}
	return []switchCase{
		{on: Switches{StrictRoot: true}, act: asks("getOrder", "<Orders/>"), usual: "200", other: "400"},
		{on: Switches{LooseAddresses: true}, act: asks("getorder/", "<Params/>"), usual: "400", other: "200"},
		{on: Switches{LooseAddresses: true}, act: asks("LOGIN", loginBody), usual: "400", other: "200"},
		{on: Switches{BareToken: true}, act: bareToken, usual: "400", other: "200"},
		{on: Switches{NoFormParams: true}, act: asks("getOrder", "params=%3CParams%2F%3E"), usual: "200", other: "400"},
		{on: Switches{ContentType: "application/xml"}, act: contentType, usual: "[text/xml; charset=UTF-8]", other: "[application/xml]"},
		{on: Switches{ContentType: "text/html"}, act: contentType, usual: "[text/xml; charset=UTF-8]", other: "[text/html]"},
		{on: Switches{ContentType: "none"}, act: contentType, usual: "[text/xml; charset=UTF-8]", other: "[]"},
		{on: Switches{Gzip: true}, act: contentEncoding, usual: "[]", other: "[gzip]"},
		{on: Switches{ErrorChildren: true}, act: asks("getOrder", badFilter), usual: "<Error>Parameter Error: LimitNum</Error>", other: "<Error>\n\t<Code>400</Code>\n\t<Message>Parameter Error: LimitNum</Message>\n</Error>"},
		{on: Switches{OtherWords: true}, act: asks("getNothing", "<Params/>"), usual: "<Error>Unknown function</Error>", other: "<Error>No such endpoint</Error>"},
		{on: Switches{MethodStatus: 405}, act: getMethodByGET, usual: "400", other: "405"},
		{on: Switches{KeyStatus: 403}, act: asks("login", "<Params><ApiKey>k</ApiKey></Params>"), usual: "400", other: "403"},
		{on: Switches{TokenStatus: 401}, act: wrongToken, usual: "400", other: "401"},
		{options: Options{Permissions: []string{"getMethod"}}, on: Switches{PermitStatus: 403}, act: asks("getOrder", "<Params/>"), usual: "400", other: "403"},
		{options: Options{Keys: []Key{{APIKey: "far", Allowed: prefixes("192.0.2.0/24")}}}, on: Switches{AddressStatus: 403}, act: asks("login", "<Params><ApiKey>far</ApiKey></Params>"), usual: "400", other: "403"},
		{options: limits, on: Switches{BanStatus: 429}, act: asksAgain(31, "getOrder", "<Params/>"), usual: "400", other: "429"},
		{options: limits, on: Switches{BanExclamation: true}, act: asksAgain(31, "getOrder", "<Params/>"), usual: "11:30:00<", other: "11:30:00!<"},
		{on: Switches{EndOfRangeError: true}, act: asks("getOrder", "<Params><LimitNum>5</LimitNum><LimitStart>99</LimitStart></Params>"), usual: "<Orders>\n</Orders>", other: "end of the range"},
		{on: Switches{NoExpireTime: true}, act: asks("login", loginBody), usual: "</Expire>\n\t<ExpireTime>", other: "</Expire>\n\t<ShopId>"},
		{on: Switches{DayFirstExpire: true}, act: asks("login", loginBody), usual: "<Expire>2026.03.10 12:30:00<", other: "<Expire>10.03.2026 12:30:00<"},
		{on: Switches{OneToken: true}, act: secondLogin, usual: "200", other: "400"},
		{on: Switches{OneTraderAddress: true}, act: traderAddresses, usual: "2 addresses", other: "1 addresses"},
		{options: limits, on: Switches{ClockHour: true}, act: over10, usual: "400", other: "200"},
		{options: limits, on: Switches{BanEndpointOnly: true}, act: otherEndpointWhileBanned, usual: "400", other: "200"},
		{options: limits, on: Switches{FailedCallsFree: true}, act: thirtyFailures, usual: "400", other: "200"},
		{options: limits, on: Switches{SingleCalls: "none"}, act: asksAgain(31, "getOrder", "<Params><Key>9001</Key></Params>"), usual: "200", other: "400"},
		{options: limits, on: Switches{SingleCalls: "lists"}, act: asksAgain(31, "getOrder", "<Params><Key>9001,9002</Key></Params>"), usual: "400", other: "200"},
		{options: limits, on: Switches{SilenceHangs: true}, act: silenced, usual: "EOF", other: "deadline exceeded"},
		{options: Options{Now: beforeMidnight}, on: Switches{Maintenance: "503"}, act: asks("login", loginBody), usual: "200", other: "503"},
		{options: Options{Now: beforeMidnight}, on: Switches{Maintenance: "drop"}, act: asks("login", loginBody), usual: "200 ", other: "EOF"},
		{on: Switches{LimitNumError: true}, act: asks("getOrder", "<Params><LimitNum>501</LimitNum></Params>"), usual: "200", other: "400"},
		{on: Switches{ListMaximum: 1}, act: customersListed, usual: "2 customers", other: "1 customers"},
		{on: Switches{ListMaximum: 1, LimitNumError: true}, act: asks("getCustomer", "<Params><LimitNum>5</LimitNum></Params>"), usual: "200", other: "400"},
		{on: Switches{ExclusiveTimes: true}, act: sinceExactly, usual: "<Id>15</Id>", other: "<Orders>\n</Orders>"},
		{on: Switches{NewestFirst: true}, act: idsFor("<Params/>"), usual: "[11 12 13 14 15 100]", other: "[100 15 14 13 12 11]"},
		{on: Switches{IgnoreOrder: true}, act: idsFor("<Params><Order>order_time_asc</Order></Params>"), usual: "[14 11 12 13 100 15]", other: "[11 12 13 14 15 100]"},
		{on: Switches{IgnoreBadFilters: true}, act: asks("getOrder", badFilter), usual: "400", other: "200"},
		{on: Switches{KeyForm: "full"}, act: idsFor("<Params><Key>9001</Key></Params>"), usual: "[11]", other: "[]"},
		{on: Switches{KeyForm: "number"}, act: idsFor("<Params><Key>71823-9001</Key></Params>"), usual: "[11]", other: "[]"},
		{on: Switches{InternalKey: true}, act: idsFor("<Params><Key>71823-9004</Key></Params>"), usual: "[]", other: "[100]"},
		{on: Switches{CustomerLang: true}, act: romanianOrder, usual: "Utánvét", other: "Ramburs"},
		{on: Switches{StatusTimeFilter: "TimeStatus"}, act: statusChangedSince, usual: "[11 12 13 14 15 100]", other: "[11]"},
		{on: Switches{AutoSetByZero: true}, act: billedBy("0"), usual: "[13]", other: "[11 13]"},
		{on: Switches{AutoSetShown: true}, act: asks("getOrder", "<Params><Key>9001</Key><InvoiceAutoSet>1</InvoiceAutoSet></Params>"), usual: "<DateMod>2026.03.06 10:00:00<", other: "<StatusText><![CDATA[Számlázva]]>"},
		{on: Switches{DocumentedOrder: true}, act: asks("getOrder", "<Params><Key>9003</Key></Params>"), usual: "<StatusType>", other: "<Order>\n\t\t<Action>modify</Action>\n\t\t<StatusEmail>no</StatusEmail>"},
		{on: Switches{StatusWithoutType: true}, act: asks("getOrderStatus", "<Params><Id>8</Id></Params>"), usual: "</Name>\n\t\t<Type>", other: "</Name>\n\t\t<Order>"},
		{on: Switches{NewsletterWithoutTime: true}, act: newsletterOfOne, usual: "</Type>\n\t\t<Time>2026.03.10 10:30:00</Time>", other: "</Type>\n\t\t<Name>"},
		{on: Switches{PricesOnlyFull: true}, act: pricesInShort, usual: "with Prices", other: "without"},
		{on: Switches{QuietSetOrder: true}, act: after9001(setDetail), usual: "<DateMod>2026.03.10 10:30:00<", other: "<DateMod>2026.03.06 10:00:00<"},
		{on: Switches{SetOrderResult: "id"}, act: asks("setOrder", setDetail), usual: "<Key>71823-9001</Key>\n\t\t<Status>", other: "<Action>modify</Action>\n\t\t<Id>11</Id>\n\t\t<Status>"},
		{on: Switches{SetOrderResult: "both"}, act: asks("setOrder", setDetail), usual: "</Action>\n\t\t<Key>", other: "<Id>11</Id>\n\t\t<Key>71823-9001</Key>"},
		{on: Switches{FullResultKey: true}, act: asks("setOrder", addOrder), usual: "<Key>100001</Key>", other: "<Key>71823-100001</Key>"},
		{on: Switches{MergeItems: true}, act: itemsChanged, usual: "[b=5] 5", other: "[a=1 b=5] 6"},
		{on: Switches{ReuseKeys: true}, act: addedAfterDeletion, usual: "<Key>100001</Key>", other: "<Key>9002</Key>"},
	}
}

func newsletterOfOne(v *visit) string {
	v.good("setNewsletter", "<Subscribers><Subscriber><Email>a@b.example</Email></Subscriber></Subscribers>")
	return v.good("getNewsletter", "<Params/>")
}

func pricesInShort(v *visit) string {
	v.good("setProduct", "<Products><Product><Sku>P</Sku><Name>P</Name><Unit>db</Unit><Prices><Price><Type>normal</Type></Price></Prices><Categories><Category><Type>base</Type></Category></Categories></Product></Products>")
	const short, full = "<Params><ContentType>short</ContentType></Params>", "<Params><ContentType>full</ContentType></Params>"
	if !strings.Contains(v.good("getProduct", full), "<Prices>") {
		return "not even in full"
	}
	if strings.Contains(v.good("getProduct", short), "<Prices>") {
		return "with Prices"
	}
	return "without"
}

func TestEachSwitchTurnsOneReadingIntoTheOther(t *testing.T) {
	for _, tt := range switchCases() {
		for _, on := range []bool{false, true} {
			o, want := tt.options, tt.usual
			if on {
				o.Switches, want = tt.on, tt.other
			}
			got := tt.act(openSixOr(t, o))
			if strings.Contains(got, tt.usual) == on || strings.Contains(got, tt.other) != on {
				t.Errorf("with %+v on %v the answer is %s; want %q", tt.on, on, got, want)
			}
		}
	}
}

// openSixOr is openSix for shops that may be closed at the moment.
func openSixOr(t *testing.T, o Options) *visit {
	t.Helper()
	if o.Switches.Maintenance == "" {
		return openSix(t, o)
	}
	return open(t, o)
}

func bareToken(v *visit) string {
	status, _ := v.do("POST", "/shop/getOrder", "<Params/>", http.Header{"Authorization": {v.token}})
	return fmt.Sprint(status)
}

func contentType(v *visit) string {
	return fmt.Sprint(v.head("getOrder", "<Params/>", http.Header{})["Content-Type"])
}

func contentEncoding(v *visit) string {
	return fmt.Sprint(v.head("getOrder", "<Params/>", http.Header{"Accept-Encoding": {"gzip, deflate"}})["Content-Encoding"])
}

func getMethodByGET(v *visit) string {
	status, _ := v.do("GET", "/shop/getMethod", "", http.Header{"Authorization": {"Bearer " + v.token}})
	return fmt.Sprint(status)
}

func wrongToken(v *visit) string {
	v.token = "unheard-of"
	return v.answer("getOrder", "<Params/>")
}

func secondLogin(v *visit) string {
	first := v.token
	v.login()
	v.token = first
	return v.answer("getOrder", "<Params/>")
}

func traderAddresses(v *visit) string {
	info := v.good("login", "<Params><ApiKey>"+DefaultAPIKey+"</ApiKey><WebshopInfo>true</WebshopInfo></Params>")
	return fmt.Sprint(strings.Count(info, "<Address>"), " addresses")
}

// over10 asks thirty lists at half past nine and one more at ten.
func over10(v *visit) string {
	v.times(30, "getOrder", "<Params/>")
	v.shop.Advance(30 * time.Minute)
	return v.answer("getOrder", "<Params/>")
}

func otherEndpointWhileBanned(v *visit) string {
	asksAgain(31, "getOrder", "<Params/>")(v)
	return v.answer("getMethod", "<Params/>")
}

// thirtyFailures fails thirty lists, never more than twenty in a row, and asks one that is right.
func thirtyFailures(v *visit) string {
	for range 2 {
		asksAgain(15, "getOrder", badFilter)(v)
		v.good("getOrder", "<Params><Key>9001</Key></Params>")
	}
	return v.answer("getOrder", "<Params/>")
}

// silenced is how a call of an address that gets no answer ends.
func silenced(v *visit) string {
	v.token = "unheard-of"
	asksAgain(10, "getOrder", "<Params/>")(v)
	client := http.Client{Timeout: 100 * time.Millisecond}
	answer, err := client.Post(v.url+"/shop/getOrder", "", strings.NewReader("<Params/>"))
	if err != nil {
		return err.Error()
	}
	answer.Body.Close()
	return answer.Status
}

func customersListed(v *visit) string {
	list := v.good("getCustomer", "<Params><LimitNum>5</LimitNum></Params>")
	return fmt.Sprint(strings.Count(list, "\n\t<Customer>"), " customers")
}

func sinceExactly(v *visit) string {
	return v.answer("getOrder", fmt.Sprintf("<Params><TimeModStart>%d</TimeModStart></Params>", time.Date(2026, 3, 7, 7, 0, 0, 0, time.UTC).Unix()))
}

// idsFor is the ids of the orders found.
func idsFor(params string) func(*visit) string {
	return func(v *visit) string { return "[" + ids(v.good("getOrder", params)) + "]" }
}

func romanianOrder(v *visit) string {
	v.control("POST", "orders", "<Orders><Order><Id>70</Id><Key>71823-70</Key><Lang>ro</Lang><Payment><Id>1</Id><Name><![CDATA[Utánvét]]></Name></Payment></Order></Orders>", 200)
	return v.answer("getOrder", "<Params><Key>70</Key></Params>")
}

func statusChangedSince(v *visit) string {
	v.good("setOrder", "<Orders><Order><Action>modify</Action><Key>9001</Key><Status>8</Status></Order></Orders>")
	return "[" + ids(v.good("getOrder", fmt.Sprintf("<Params><TimeStatusStart>%d</TimeStatusStart></Params>", springMorning.Unix()))) + "]"
}

// billedBy asks one order with InvoiceAutoSet and lists what is billed then.
func billedBy(value string) func(*visit) string {
	return func(v *visit) string {
		v.good("getOrder", "<Params><Key>9001</Key><InvoiceAutoSet>"+value+"</InvoiceAutoSet></Params>")
		return "[" + ids(v.good("getOrder", "<Params><InvoiceStatus>2</InvoiceStatus></Params>")) + "]"
	}
}

// after9001 is order 9001 after a change.
func after9001(change string) func(*visit) string {
	return func(v *visit) string {
		v.good("setOrder", change)
		return v.answer("getOrder", "<Params><Key>9001</Key></Params>")
	}
}

// itemsChanged gives an order a line a, then sets a line b of five, and lists lines and total.
func itemsChanged(v *visit) string {
	item := func(id string, price int) string {
		return fmt.Sprintf("<Item><Id>%s</Id><Quantity>1</Quantity><PriceGross>%d</PriceGross></Item>", id, price)
	}
	for _, items := range []string{item("a", 1) + item("b", 2), item("b", 5)} {
		v.good("setOrder", "<Orders><Order><Action>modify</Action><Key>9001</Key><Items>"+items+"</Items></Order></Orders>")
	}
	order := v.shop.Orders()[0]
	var lines []string
	for _, l := range order.Lines {
		lines = append(lines, l.ID+"="+l.PriceGross)
	}
	return fmt.Sprint(lines, " ", order.SumPriceGross)
}

func addedAfterDeletion(v *visit) string {
	v.good("setOrder", "<Orders><Order><Action>delete</Action><Key>71823-9002</Key></Order></Orders>")
	return v.answer("setOrder", addOrder)
}

func TestEverySwitchHasATestAndATag(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(text)
	}
	for field := range reflect.TypeFor[Switches]().Fields() {
		if !strings.Contains(tests.String(), "Switches{"+field.Name+":") {
			t.Errorf("no test shows the switch %s", field.Name)
		}
		if field.Tag.Get("json") == "" || field.Type.Kind() == reflect.String && field.Name != "StatusTimeFilter" && switchChoices[field.Tag.Get("json")] == nil {
			t.Errorf("the switch %s lacks its name in JSON, or its choices", field.Name)
		}
	}
}

func TestSwitchesAreReadAndMergedAsJSON(t *testing.T) {
	v := openSix(t, Options{Limits: true})
	if got := v.control("GET", "switches", "", 200); !strings.Contains(got, `"strict_root":false`) || !strings.Contains(got, `"webhook_flow":""`) {
		t.Errorf("GET /_sim/switches = %s; want all of them", got)
	}
	got := v.control("POST", "switches", `{"ban_status":429,"key_form":"full"}`, 200)
	if !strings.Contains(got, `"ban_status":429`) || !strings.Contains(got, `"key_form":"full"`) || !strings.Contains(got, `"strict_root":false`) {
		t.Errorf("POST /_sim/switches = %s; want the whole with the two changed", got)
	}
	v.control("POST", "switches", `{"strict_root":true}`, 200)
	before := v.shop.Switches()
	if want := (Switches{BanStatus: 429, KeyForm: "full", StrictRoot: true}); before != want {
		t.Errorf("Switches() = %+v; want %+v", before, want)
	}
	for body, want := range map[string]string{
		`{"strict_roof":true}`:            `unknown field \"strict_roof\"; there are strict_root, loose_addresses`,
		`{"ban_status":200}`:              `switch ban_status: \"200\" is not possible; it takes one of [\"0\" \"400\" \"403\" \"429\"]`,
		`{"strict_root":"yes"}`:           `switch strict_root: string is not possible; it takes a bool`,
		`{"maintenance":"504"}`:           `switch maintenance: \"504\" is not possible`,
		`{"list_maximum":-1}`:             `switch list_maximum: -1 is not possible`,
		`{"status_time_filter":"a b"}`:    `switch status_time_filter: \"a b\" is not possible`,
		`{"strict_root":false,"gzip":"x"`: `reading switches`,
	} {
		if got := v.control("POST", "switches", body, 400); !strings.Contains(got, want) {
			t.Errorf("POST /_sim/switches %s = %s; want %s", body, got, want)
		}
	}
	if got := v.shop.Switches(); got != before {
		t.Errorf("switches after refused ones = %+v; want %+v as before", got, before)
	}
	v.refused("getOrder", "<Orders/>", "XML Error")
}

func TestTheOtherWordsAreSaidEverywhere(t *testing.T) {
	v := openSix(t, Options{Permissions: []string{"getOrder", "getAutomatism"}, Switches: Switches{OtherWords: true, EndOfRangeError: true}})
	v.refused("getOrder", "<Params>", "The document could not be parsed")
	v.refused("getMethod", "<Params/>", "No right to use this function")
	v.refused("getAutomatism", "<Params/>", "This function belongs to a larger package")
	v.refused("getOrder", "<Params><LimitNum>5</LimitNum><LimitStart>99</LimitStart></Params>", "Start is out of the end of the range")
	if _, body := v.do("GET", "/shop/login", "", nil); !strings.Contains(body, "Method not supported") {
		t.Errorf("GET login = %s; want the other words", body)
	}
	v.token = ""
	v.refused("getOrder", "<Params/>", "The Token is not valid: expired Token")
	far := open(t, Options{Allowed: prefixes("192.0.2.0/24"), Switches: Switches{OtherWords: true}})
	far.refused("login", loginBody, "The IP address is not allowed")
}
