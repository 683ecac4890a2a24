package unassim

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, seed)) }

// newHookServer serves a receiver and returns its address.
func newHookServer(t *testing.T, r *receiver) string {
	t.Helper()
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		answer, err := r.RoundTrip(request)
		if err != nil {
			t.Error(err)
			return
		}
		answer.Body.Close()
		w.WriteHeader(answer.StatusCode)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/hook"
}

// automatismXML is a setAutomatism request for a webhook. head holds Name and whatever else, config the Config.
func automatismXML(head, event, config string) string {
	if !strings.Contains(head, "<Schedule>") {
		head += "<Schedule><Type>instant</Type></Schedule>"
	}
	return "<Automatisms><Automatism>" + head + "<Event><Type>" + event + "</Type></Event><Operation><Type>webhook</Type><Config>" + config + "</Config></Operation></Automatism></Automatisms>"
}

const hookConfig = "<WebhookUrl>https://bridge.example/h?a=1&amp;b=2</WebhookUrl>"

func TestAutomatismsAreAddedChangedListedAndDeleted(t *testing.T) {
	v := openSix(t, Options{Plan: PlanVIP})
	answer := v.good("setAutomatism", automatismXML("<Action>add</Action><Name>Híd &amp; társa</Name>", "order_send", hookConfig))
	if !strings.Contains(answer, "<Automatisms>\n\t<Automatism>\n\t\t<Action>add</Action>\n\t\t<Id>1</Id>\n\t\t<Status>ok</Status>\n\t</Automatism>") {
		t.Errorf("adding = %s", answer)
	}
	v.good("setAutomatism", automatismXML("<Name>Kettő</Name><Active>no</Active><Schedule><Type>delayed</Type><Unit>hour</Unit><Value>2</Value></Schedule>", "order_delete", hookConfig))
	list := v.good("getAutomatism", "<Params/>")
	for _, want := range []string{
		"<Id>1</Id>", "<Name><![CDATA[Híd & társa]]></Name>", "<Active>yes</Active>", "<Type>order_send</Type>",
		"<WebhookUrl><![CDATA[https://bridge.example/h?a=1&b=2]]></WebhookUrl>", "<Unit>hour</Unit>", "<Value><![CDATA[2]]></Value>",
	} {
		if !strings.Contains(list, want) {
			t.Errorf("getAutomatism lacks %s: %s", want, list)
		}
	}
	order := []string{"<Id>1<", "<Name>", "<Active>", "<Schedule>", "<Event>", "<Operation>"}
	for i := 1; i < len(order); i++ {
		if strings.Index(list, order[i-1]) > strings.Index(list, order[i]) {
			t.Errorf("getAutomatism prints %s before %s: %s", order[i], order[i-1], list)
		}
	}
	for filter, want := range map[string]string{
		"<Id>2</Id>": "2", "<Active>yes</Active>": "1", "<Active>no</Active>": "2", "<Schedule>delayed</Schedule>": "2", "<Event>order_send</Event>": "1",
		"<Event><Type>order_delete</Type></Event>": "2", "<Operation>webhook</Operation>": "1 2", "<Operation>email</Operation>": "", "<Id>9</Id>": "",
	} {
		if got := automatismIDs(v.good("getAutomatism", "<Params>"+filter+"</Params>")); got != want {
			t.Errorf("getAutomatism %s = %q; want %q", filter, got, want)
		}
	}
	v.good("setAutomatism", "<Automatisms><Automatism><Action>modify</Action><Id>1</Id><Active>no</Active><Operation><Config><WebhookUrl>https://new.example/</WebhookUrl></Config></Operation></Automatism></Automatisms>")
	list = v.good("getAutomatism", "<Params><Id>1</Id></Params>")
	for _, want := range []string{"<Active>no</Active>", "https://new.example/", "<Type>webhook</Type>", "Híd & társa"} {
		if !strings.Contains(list, want) {
			t.Errorf("the changed automatism lacks %s: %s", want, list)
		}
	}
	v.good("setAutomatism", "<Automatisms><Automatism><Action>delete</Action><Id>1</Id></Automatism></Automatisms>")
	if got := automatismIDs(v.good("getAutomatism", "<Params/>")); got != "2" {
		t.Errorf("automatisms = %q; want 2 alone", got)
	}
	v.good("setAutomatism", automatismXML("<Name>Híd &amp; társa</Name>", "order_send", hookConfig))
	if got := automatismIDs(v.good("getAutomatism", "<Params/>")); got != "2 3" {
		t.Errorf("automatisms = %q; want a new id for the name that is free again", got)
	}
}

func automatismIDs(list string) string {
	var found []string
	for _, part := range strings.Split(list, "<Id>")[1:] {
		id, _, _ := strings.Cut(part, "<")
		found = append(found, id)
	}
	return strings.Join(found, " ")
}

func TestImpossibleAutomatismsAreRefusedAndTheCallEnds(t *testing.T) {
	v := openSix(t, Options{Plan: PlanVIP})
	v.good("setAutomatism", automatismXML("<Name>Foglalt</Name>", "order_send", hookConfig))
	good := automatismXML("<Name>N</Name>", "order_send", hookConfig)
	delayed := func(unit, value string) string {
		return automatismXML("<Name>N</Name><Schedule><Type>delayed</Type><Unit>"+unit+"</Unit><Value>"+value+"</Value></Schedule>", "order_send", hookConfig)
	}
	ruled := func(entity, relation string) string {
		return strings.Replace(good, "</Event>", "<Rules><Rule><Entity>"+entity+"</Entity><Relation>"+relation+"</Relation></Rule></Rules></Event>", 1)
	}
	for _, tt := range []struct{ body, want string }{
		{automatismXML("", "order_send", hookConfig), "Name is missing"},
		{automatismXML("<Name>Foglalt</Name>", "order_send", hookConfig), "Name is not unique: Foglalt"},
		{automatismXML("<Name>"+strings.Repeat("ő", 256)+"</Name>", "order_send", hookConfig), "Name is too long"},
		{automatismXML("<Name>N</Name><Active>maybe</Active>", "order_send", hookConfig), "Active not valid: maybe"},
		{automatismXML("<Name>N</Name>", "order_sent", hookConfig), "Event Type not valid: order_sent"},
		{automatismXML("<Name>N</Name>", "order_send", ""), "WebhookUrl not valid: "},
		{automatismXML("<Name>N</Name>", "order_send", "<WebhookUrl>ftp://x/</WebhookUrl>"), "WebhookUrl not valid: ftp://x/"},
		{automatismXML("<Name>N</Name><Schedule><Type>soon</Type></Schedule>", "order_send", hookConfig), "Schedule Type not valid: soon"},
		{delayed("minute", "19"), "Schedule Value not valid: 19"},
		{delayed("hour", "0"), "Schedule Value not valid: 0"},
		{delayed("week", "1"), "Schedule Unit not valid: week"},
		{ruled("weather", "equal"), "Rule Entity not valid: weather"},
		{ruled("source_of_order", "equal"), "Rule Entity not valid: source_of_order"},
		{ruled("total", "greater_than_or_equal"), "Rule Relation not valid: greater_than_or_equal"},
		{strings.Replace(good, "webhook", "fax", 1), "Operation Type not valid: fax"},
		{strings.Replace(good, "webhook", "change_order_status", 1), "Operation Type not valid for order_send: change_order_status"},
		{strings.Replace(strings.Replace(good, "webhook", "change_order_status", 1), "order_send", "successful_payment", 1), "OrderStatus not valid: "},
		{strings.Replace(strings.Replace(good, "webhook", "change_invoice_status", 1), "order_send", "successful_payment", 1), "InvoiceStatus not valid: "},
		{"<Automatisms><Automatism><Action>modify</Action><Id>77</Id></Automatism></Automatisms>", "Automatism not found"},
		{"<Automatisms><Automatism><Action>dance</Action><Id>1</Id></Automatism></Automatisms>", "Unknown Action: dance"},
		{"<Automatisms><Automatism><Action>modify</Action><Id>1</Id><Name></Name></Automatism></Automatisms>", "Name is missing"},
	} {
		answer := v.good("setAutomatism", tt.body)
		if !strings.Contains(answer, "<Status>error</Status>\n\t\t<Error>"+tt.want+"</Error>") {
			t.Errorf("setAutomatism %s = %s; want the error %q", tt.body, answer, tt.want)
		}
	}
	both := strings.Replace(good, "<Automatisms>", "<Automatisms><Automatism><Action>delete</Action><Id>77</Id></Automatism>", 1)
	if answer := v.good("setAutomatism", both); strings.Count(answer, "<Automatism>") != 1 {
		t.Errorf("a call with a wrong first automatism = %s; want it to end there", answer)
	}
	for _, body := range []string{delayed("minute", "20"), automatismXML("<Name>"+strings.Repeat("ő", 255)+"</Name>", "order_send", hookConfig)} {
		if answer := v.good("setAutomatism", body); !strings.Contains(answer, "<Status>ok</Status>") {
			t.Errorf("setAutomatism %s = %s; want ok", body, answer)
		}
	}
	if got := automatismIDs(v.good("getAutomatism", "<Params/>")); got != "1 2 3" {
		t.Errorf("automatisms = %q; want the first and the two right ones", got)
	}
}

func TestRulesChooseTheOrdersThatAutomatismsSee(t *testing.T) {
	rule := func(entity, relation string, values ...string) string {
		list := ""
		for _, value := range values {
			list += "<Value>" + value + "</Value>"
		}
		return "<Rule><Entity>" + entity + "</Entity><Relation>" + relation + "</Relation><Values>" + list + "</Values></Rule>"
	}
	for _, tt := range []struct {
		rules string
		holds bool
	}{
		{"", true},
		{rule("total", "equal", "2999.5"), true},
		{rule("total", "less_than", "2999.5"), false},
		{rule("total", "less_than_or_equal", "2999.5"), true},
		{rule("total", "greater_than", "300"), true},
		{rule("total", "greather_than_or_equal", "3000"), false},
		{rule("currency", "equal", "EUR", "HUF"), true},
		{rule("currency", "not_equal", "EUR", "HUF"), false},
		{rule("currency", "not_equal", "EUR"), true},
		{rule("email", "starts_with", "bela@"), true},
		{rule("email", "ends_with", ".com"), false},
		{rule("email", "contains", "kert"), true},
		{rule("ordered_products_sku", "equal", "ASO"), true},
		{rule("ordered_products_sku", "equal", "FURO"), false},
		{rule("payment_method", "equal", "Utánvét"), true},
		{rule("shipping_method", "equal", "2"), true},
		{rule("customer_group", "equal", "Nagyker"), true},
		{rule("customer_billing_city", "equal", "Győr"), true},
		{rule("customer_billing_county", "equal", "Győr"), true},
		{rule("customer_shipping_zip", "starts_with", "90"), true},
		{rule("customer_shipping_country", "equal", "Magyarország"), false},
		{rule("customer_billing_name", "contains", "Kft"), true},
		{rule("number_of_orders", "equal", "3"), true},
		{rule("total_ordered_amount", "equal", "3010"), true},
		{rule("newsletter_auth", "yes"), false},
		{rule("newsletter_auth", "no"), true},
		{rule("total", "greater_than", "300") + rule("currency", "equal", "EUR"), false},
		{rule("total", "greater_than", "300") + rule("currency", "equal", "HUF"), true},
	} {
		r := &receiver{}
		v := openSix(t, Options{Plan: PlanVIP, Transport: r})
		body := strings.Replace(automatismXML("<Name>n</Name>", "order_send", hookConfig), "</Event>", "<Rules>"+tt.rules+"</Rules></Event>", 1)
		if answer := v.good("setAutomatism", body); !strings.Contains(answer, "<Status>ok</Status>") {
			t.Errorf("%s: %s", tt.rules, answer)
			continue
		}
		v.control("POST", "orders", hookedOrder, 200)
		if got := v.shop.Deliver(t.Context()) == 1; got != tt.holds {
			t.Errorf("rules %s hold: %v; want %v", tt.rules, got, tt.holds)
		}
	}
}

func TestThirdPartyRulesKnowTheSource(t *testing.T) {
	r := &receiver{}
	v := openSix(t, Options{Plan: PlanVIP, Transport: r})
	body := automatismXML("<Name>n</Name>", "order_send_thirdparty", hookConfig)
	v.good("setAutomatism", strings.Replace(body, "</Event>", "<Rules><Rule><Entity>source_of_order</Entity><Relation>equal</Relation><Values><Value>unas_api</Value></Values></Rule></Rules></Event>", 1))
	v.control("POST", "orders", "<Orders><Order><Id>81</Id><Key>1234</Key><InternalKey>71823-81</InternalKey></Order></Orders>", 200)
	v.deliver(0)
	v.good("setOrder", addOrder)
	v.deliver(1)
}

func TestADelayedAutomatismWaitsAndADisabledOneNeverRuns(t *testing.T) {
	r := &receiver{}
	v := openSix(t, Options{Plan: PlanVIP, Transport: r})
	v.good("setAutomatism", automatismXML("<Name>a</Name><Schedule><Type>delayed</Type><Unit>minute</Unit><Value>20</Value></Schedule>", "order_modify_admin", hookConfig))
	v.good("setAutomatism", automatismXML("<Name>b</Name><Active>no</Active>", "order_modify_admin", hookConfig))
	v.good("setOrder", setDetail)
	v.shop.Advance(20*time.Minute - time.Second)
	v.deliver(0)
	v.shop.Advance(time.Second)
	v.deliver(1)
}

func TestAPaymentMovesTheOrderAsItsAutomatismSays(t *testing.T) {
	v := openSix(t, Options{Plan: PlanVIP})
	for name, operation := range map[string]string{
		"a": "<Type>change_order_status</Type><Config><OrderStatus>8</OrderStatus></Config>",
		"b": "<Type>change_invoice_status</Type><Config><InvoiceStatus>1</InvoiceStatus></Config>",
	} {
		v.good("setAutomatism", "<Automatisms><Automatism><Name>"+name+"</Name><Schedule><Type>instant</Type></Schedule><Event><Type>successful_payment</Type></Event><Operation>"+operation+"</Operation></Automatism></Automatisms>")
	}
	pay := "<Orders><Order><Action>modify</Action><Key>9001</Key><Payment><Transactions><Transaction><Id>manual</Id><Status>finish</Status><Amount>%s</Amount></Transaction></Transactions></Payment></Order></Orders>"
	v.good("setOrder", strings.Replace(pay, "%s", "5", 1))
	v.has("9001", "<Status>partly paid</Status>", "<StatusID>0</StatusID>")
	v.good("setOrder", strings.Replace(pay, "%s", "5.5", 1))
	v.has("9001", "<Status>paid</Status>", "<StatusID>8</StatusID>", "<StatusText><![CDATA[Számlázható]]></StatusText>")
}

func TestAnAbandonedCartIsAnEventOfItsCustomer(t *testing.T) {
	r := &receiver{}
	v := openSix(t, Options{Plan: PlanVIP, Transport: r})
	v.good("setAutomatism", automatismXML("<Name>n</Name>", "abandoned_cart", hookConfig))
	cart := "<Customers><Customer><Id>501</Id><AbandonedCart><Items><Item><Sku>KAPA</Sku><Quantity>1</Quantity></Item></Items></AbandonedCart></Customer></Customers>"
	v.control("POST", "customers", cart, 200)
	v.deliver(1)
	if got := r.topics(); got != "abandoned_cart 501" {
		t.Errorf("events = %q; want the cart of 501", got)
	}
	v.control("POST", "customers", cart, 200)
	v.deliver(0)
}
