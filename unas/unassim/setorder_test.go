package unassim

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// has checks that an order, asked by its number, holds all these texts.
func (v *visit) has(number string, want ...string) {
	v.t.Helper()
	body := v.good("getOrder", "<Params><Key>"+number+"</Key></Params>")
	for _, text := range want {
		if !strings.Contains(body, text) {
			v.t.Errorf("order %s lacks %s: %s", number, text, body)
		}
	}
}

func TestAStatusChangeBringsAllThatFollowsFromIt(t *testing.T) {
	v := openSix(t, Options{})
	v.control("POST", "statuses", `<OrderStatuses><OrderStatus><Id>8</Id><Name>Kész</Name><Type>close_ok</Type><InvoiceStatus>billable</InvoiceStatus></OrderStatus></OrderStatuses>`, 200)
	for _, status := range []string{"8", "Kész"} {
		answer := v.good("setOrder", "<Orders><Order><Action>modify</Action><Key>71823-9001</Key><Status><![CDATA["+status+"]]></Status><StatusDetails>átadva</StatusDetails></Order></Orders>")
		if !strings.Contains(answer, "<Action>modify</Action>\n\t\t<Key>71823-9001</Key>\n\t\t<Status>ok</Status>") {
			t.Fatalf("setOrder = %s", answer)
		}
		v.has("9001", "<Status><![CDATA[Kész]]></Status>", "<StatusID>8</StatusID>", "<StatusType>close_ok</StatusType>",
			"<StatusDateMod>2026.03.10 10:30:00</StatusDateMod>", "<DateMod>2026.03.10 10:30:00</DateMod>",
			"<StatusDetails><![CDATA[átadva]]></StatusDetails>", "<StatusText><![CDATA[Számlázható]]></StatusText>", "<SumPriceGross>10.50</SumPriceGross>")
	}
	if got := ids(v.good("getOrder", "<Params><StatusID>0</StatusID></Params>")); got != "100" {
		t.Errorf("orders left in status 0 = %q; want 100", got)
	}
}

func TestSetOrderMergesWhatItIsGiven(t *testing.T) {
	v := openSix(t, Options{})
	set := func(inside string) {
		t.Helper()
		answer := v.good("setOrder", "<Orders><Order><Action>modify</Action><Key>9001</Key>"+inside+"</Order></Orders>")
		if !strings.Contains(answer, "<Status>ok</Status>") {
			t.Errorf("setOrder %s = %s", inside, answer)
		}
	}
	set("<Invoice><Status>2</Status><Number>K-1</Number><Url>https://szamla.example/k-1.pdf?a=1&amp;b=2</Url></Invoice>")
	set("<Shipping><PackageNumber>CS1</PackageNumber><TrackingUrl>https://kovetes.example/</TrackingUrl></Shipping>")
	set("<Comments><Comment><Type>admin</Type><Text>egy ]]&gt; kettő</Text></Comment></Comments>")
	set("<Comments><Comment><Type>customer</Type><Text>tőlem</Text></Comment></Comments>")
	set("<Storno><Number>S-1</Number></Storno>")
	set("<Invoice><Number></Number></Invoice>")
	v.has("9001", "<Status>2</Status>", "<Number><![CDATA[]]></Number>", "<Url><![CDATA[https://szamla.example/k-1.pdf?a=1&b=2]]></Url>",
		"<Name><![CDATA[Futár]]></Name>", "<PackageNumber><![CDATA[CS1]]></PackageNumber>",
		"<![CDATA[egy ]]]]><![CDATA[> kettő]]>", "tőlem", "<Storno>")
	var state OrderState
	for _, o := range v.shop.Orders() {
		if o.ID == "11" {
			state = o
		}
	}
	if len(state.Comments) != 2 || state.Comments[0].Text != "egy ]]> kettő" || state.InvoiceURL != "https://szamla.example/k-1.pdf?a=1&b=2" {
		t.Errorf("state = %+v; want both comments and the invoice's address", state)
	}
}

func TestSetOrderKeepsTheParametersItIsNotGiven(t *testing.T) {
	v := openSix(t, Options{})
	for _, tt := range []struct{ params, want string }{
		{"<Param><Id>1</Id><Value>a</Value></Param><Param><Id>2</Id><Value>b</Value></Param>", "[{1  a} {2  b}]"},
		{"<Param><Id>2</Id><Value></Value></Param><Param><Id>3</Id><Name>AWB</Name><Value>c</Value></Param>", "[{1  a} {2  } {3 AWB c}]"},
		{"", "[]"},
	} {
		v.good("setOrder", "<Orders><Order><Action>modify</Action><Key>9001</Key><Params>"+tt.params+"</Params></Order></Orders>")
		if got := fmt.Sprint(v.shop.Orders()[0].Params); got != tt.want {
			t.Errorf("parameters after %s = %s; want %s", tt.params, got, tt.want)
		}
	}
}

func TestSetOrderLeavesWhatItCannotChange(t *testing.T) {
	v := openSix(t, Options{})
	v.good("setOrder", "<Orders><Order><Action>modify</Action><Key>9001</Key><Id>999</Id><Date>2001.01.01 00:00:00</Date><Lang>de</Lang><ExchangeValue>2</ExchangeValue><VatCountryCode>ro</VatCountryCode><Coupon>K</Coupon><SumPriceGross>1</SumPriceGross><StatusEmail>yes</StatusEmail><Weight>3</Weight></Order></Orders>")
	o := v.shop.Orders()[0]
	if o.ID != "11" || o.Key != "71823-9001" || o.Date != "2026.03.01 10:00:00" || o.Lang+o.ExchangeValue+o.VATCountryCode+o.Coupon+o.Weight != "" || o.SumPriceGross != "10.50" {
		t.Errorf("order = %+v; want all that only add may set as it was", o)
	}
}

func TestAnAddedOrderKeepsWhatOnlyAddMaySet(t *testing.T) {
	v := openSix(t, Options{})
	v.good("setOrder", `<Orders><Order><Action>add</Action><Key>5</Key><Date>2026.01.02 03:04:05</Date><Lang>ro</Lang><Currency>RON</Currency><ExchangeValue>0.012</ExchangeValue><VatCountryCode>ro</VatCountryCode><Coupon>K</Coupon>
		<OrderType>Csere</OrderType><Status>Kész</Status><Items><Item><Id>1</Id><Quantity>2</Quantity><PriceGross>10.5</PriceGross></Item><Item><Id>shipping-cost</Id><Quantity>1</Quantity><PriceGross>9</PriceGross></Item></Items></Order></Orders>`)
	var o OrderState
	for _, state := range v.shop.Orders() {
		if state.Key == "71823-100001" {
			o = state
		}
	}
	got := []string{o.Date, o.Lang, o.Currency, o.ExchangeValue, o.VATCountryCode, o.Coupon, o.OrderType, o.Status, o.StatusID, o.StatusType, o.SumPriceGross}
	want := []string{"2026.01.02 03:04:05", "ro", "RON", "0.012", "ro", "K", "Csere", "Kész", "8", "close_ok", "30"}
	if !slices.Equal(got, want) {
		t.Errorf("added order = %q; want %q", got, want)
	}
}

func TestSetOrderStopsAtTheFirstErrorAndKeepsWhatWasDone(t *testing.T) {
	v := openSix(t, Options{})
	answer := v.good("setOrder", `<Orders>
		<Order><Action>modify</Action><Key>9001</Key><StatusDetails>első</StatusDetails></Order>
		<Order><Action>modify</Action><Key>9002</Key><Status>nincs ilyen</Status></Order>
		<Order><Action>modify</Action><Key>9003</Key><StatusDetails>harmadik</StatusDetails></Order></Orders>`)
	if strings.Count(answer, "<Order>") != 2 || !strings.Contains(answer, "<Status>error</Status>\n\t\t<Error>Status not found: nincs ilyen</Error>") {
		t.Errorf("setOrder = %s; want two results, the second an error", answer)
	}
	v.has("9001", "első")
	if body := v.good("getOrder", "<Params><Key>9003</Key></Params>"); strings.Contains(body, "harmadik") {
		t.Errorf("the order behind the error was changed: %s", body)
	}
	for inside, want := range map[string]string{
		"<Action>modify</Action><Key>1</Key>":                                         "Order not found",
		"<Action>modify</Action><Key>9001</Key><Invoice><Status>9</Status></Invoice>": "Invoice Status not valid: 9",
		"<Action>dance</Action><Key>9001</Key>":                                       "Unknown Action: dance",
	} {
		if answer := v.good("setOrder", "<Orders><Order>"+inside+"</Order></Orders>"); !strings.Contains(answer, "<Error>"+want+"</Error>") {
			t.Errorf("setOrder %s = %s; want %s", inside, answer, want)
		}
	}
}

func TestADeletedOrderLeavesNoTraceAndItsKeyMayComeAgain(t *testing.T) {
	v := openSix(t, Options{})
	v.good("setOrder", "<Orders><Order><Action>delete</Action><Key>71823-9002</Key></Order></Orders>")
	v.control("DELETE", "orders/88990011", "", 200)
	v.control("DELETE", "orders/88990011", "", 404)
	if got := ids(v.good("getOrder", "<Params/>")); got != "11 13 14 15" {
		t.Errorf("orders = %q; want the two deleted ones gone", got)
	}
	v.control("POST", "orders", "<Orders><Order><Id>77</Id><Key>71823-9002</Key></Order></Orders>", 200)
	if got := ids(v.good("getOrder", "<Params><Key>71823-9002</Key></Params>")); got != "77" {
		t.Errorf("order under the key given out again = %q; want 77", got)
	}
}

func TestAnAddedOrderGetsAnIdAndAKey(t *testing.T) {
	v := openSix(t, Options{})
	answer := v.good("setOrder", `<Orders><Order><Action>add</Action><Lang>hu</Lang><Currency>HUF</Currency><Items><Item><Id>1</Id></Item></Items></Order></Orders>`)
	number := between(answer, "<Key>", "</Key>")
	v.has(number, "<Key>71823-"+number+"</Key>", "<Date>2026.03.10 10:30:00</Date>", "<StatusID>0</StatusID>", "<Item>")
}

func TestQuietSetOrderLeavesDateMod(t *testing.T) {
	v := openSix(t, Options{Switches: Switches{QuietSetOrder: true}})
	v.good("setOrder", "<Orders><Order><Action>modify</Action><Key>9001</Key><StatusDetails>x</StatusDetails></Order></Orders>")
	v.has("9001", "<DateMod>2026.03.06 10:00:00</DateMod>", "<StatusDetails><![CDATA[x]]></StatusDetails>")
}

func TestMoreThan100OrdersACallCountAgainstTheSmallLimit(t *testing.T) {
	v := limited(t, Options{})
	one := "<Order><Action>modify</Action><Key>9001</Key><StatusDetails>x</StatusDetails></Order>"
	v.times(31, "setOrder", "<Orders>"+strings.Repeat(one, 3)+"</Orders>")
	many := "<Orders>" + strings.Repeat(one, 101) + "</Orders>"
	v.times(30, "setOrder", many)
	v.refused("setOrder", many, fmt.Sprintf("Too much setOrder query, IP is banned till %s", "03.10.2026 11:30:00"))
}

func TestManualTransactionsAddUpToThePayment(t *testing.T) {
	v := openSix(t, Options{})
	pay := func(amount string) {
		t.Helper()
		answer := v.good("setOrder", "<Orders><Order><Action>modify</Action><Key>9001</Key><Payment><Transactions><Transaction><Id>manual</Id><Status>finish</Status><Amount>"+amount+"</Amount></Transaction></Transactions></Payment></Order></Orders>")
		if !strings.Contains(answer, "<Status>ok</Status>") {
			t.Errorf("paying %s = %s", amount, answer)
		}
	}
	pay("4.2")
	v.has("9001", "<Status>partly paid</Status>", "<Paid>4.2</Paid>", "<Unpaid>6.3</Unpaid>", "<Name><![CDATA[Utánvét]]></Name>")
	pay("6.30")
	v.has("9001", "<Status>paid</Status>", "<Paid>10.5</Paid>", "<Unpaid>0</Unpaid>", "<Amount>4.2</Amount>", "<Amount>6.30</Amount>")
	pay("1")
	v.has("9001", "<Status>overpaid</Status>", "<Paid>11.5</Paid>")
	answer := v.good("setOrder", "<Orders><Order><Action>modify</Action><Key>9001</Key><Payment><Transactions><Transaction><Status>finish</Status><Amount>sok</Amount></Transaction></Transactions></Payment></Order></Orders>")
	if !strings.Contains(answer, "<Error>Transaction Amount not valid: sok</Error>") {
		t.Errorf("paying sok = %s; want an error", answer)
	}
}
