package unassim

import (
	"strings"
	"testing"
)

func TestSetOrderStatusAddsModifiesAndDeletes(t *testing.T) {
	v := open(t, Options{})
	v.shop.Generate(1, 30, 10)
	v.login()
	set := func(body string) *node {
		t.Helper()
		return one(t, v.good("setOrderStatus", "<OrderStatuses><OrderStatus>"+body+"</OrderStatus></OrderStatuses>"))
	}
	added := set("<Name>Reklamáció</Name><Type>close_fault</Type><InvoiceStatus>not_billable</InvoiceStatus><Text>Sajnáljuk</Text>")
	id := added.at("Id")
	if added.at("Action") != "add" || added.at("Status") != "ok" || id == "" {
		t.Fatalf("setOrderStatus without Action = %s; want an add", rendered(added, 0))
	}
	show := func() string { return v.good("getOrderStatus", "<Params><Id>"+id+"</Id></Params>") }
	want := "<Name><![CDATA[Reklamáció]]></Name>\n\t\t<Type>close_fault</Type>\n\t\t<Order>7</Order>\n\t\t<Text><![CDATA[Sajnáljuk]]></Text>\n\t\t<Alert>"
	if got := show(); !strings.Contains(got, want) || !strings.Contains(got, "<InvoiceStatus>not_billable</InvoiceStatus>") {
		t.Errorf("getOrderStatus = %s; want %s", got, want)
	}
	if n := set("<Action>modify</Action><Id>" + id + "</Id><Text></Text><Color>7</Color>"); n.at("Status") != "ok" {
		t.Errorf("modify = %s", rendered(n, 0))
	}
	if got := show(); strings.Contains(got, "<Text>") || !strings.Contains(got, "<Color>7</Color>") || !strings.Contains(got, "Reklamáció") {
		t.Errorf("after clearing the Text: %s; want no Text, colour 7, the name as it was", got)
	}
	set("<Action>modify</Action><Id>4058508</Id><Name>Beérkezett</Name>")
	if got := v.good("getOrder", "<Params><StatusName>Beérkezett</StatusName></Params>"); !strings.Contains(got, "<Status><![CDATA[Beérkezett]]></Status>") {
		t.Errorf("orders in a renamed status do not show its new name: %.400s", got)
	}
	for body, want := range map[string]string{
		"<Action>add</Action>":                                          "Name is missing",
		"<Name>Visszamondva</Name>":                                     `Name is empty or not unique: "Visszamondva"`,
		"<Name>Új</Name><Type>lost</Type>":                              "Type not valid: lost",
		"<Name>Új</Name><Type>open_prepare</Type>":                      "Type not valid: open_prepare",
		"<Name>Új</Name><InvoiceStatus>2</InvoiceStatus>":               "InvoiceStatus not valid: 2",
		"<Name>Új</Name><Color>20</Color>":                              "Color not valid",
		"<Name>Új</Name><Alert><Email>no</Email><SMS>yes</SMS></Alert>": "Alert SMS needs Email",
		"<Name>Új</Name><Order>elöl</Order>":                            "Order not valid: elöl",
		"<Action>modify</Action><Id>77</Id>":                            "Status not found: 77",
		"<Action>modify</Action><Id>" + id + "</Id><Name></Name>":       `Name is empty or not unique: ""`,
		"<Action>paint</Action><Id>" + id + "</Id>":                     "Unknown Action: paint",
	} {
		if n := set(body); n.at("Status") != "error" || n.at("Error") != want {
			t.Errorf("setOrderStatus %s = %s; want %s", body, rendered(n, 0), want)
		}
	}
	set("<Action>delete</Action><Id>" + id + "</Id>")
	if got := show(); strings.Contains(got, "<OrderStatus>") {
		t.Errorf("a deleted status is listed: %s", got)
	}
	vip := open(t, Options{Plan: PlanVIP})
	vip.login()
	if n := one(t, vip.good("setOrderStatus", "<OrderStatuses><OrderStatus><Name>Előrendelés</Name><Type>open_prepare</Type></OrderStatus></OrderStatuses>")); n.at("Status") != "ok" {
		t.Errorf("open_prepare in a VIP shop = %s", rendered(n, 0))
	}
}

func TestASetCallStopsAtItsFirstErrorAndKeepsWhatCameBefore(t *testing.T) {
	v := open(t, Options{})
	v.login()
	for _, tt := range []struct{ endpoint, list, element, good, bad, get string }{
		{"setOrderStatus", "OrderStatuses", "OrderStatus", "<Name>%</Name>", "<Action>modify</Action><Id>1</Id>", "getOrderStatus"},
		{"setOrderType", "OrderTypes", "OrderType", "<Name>%</Name>", "<Action>modify</Action><Id>1</Id>", "getOrderType"},
		{"setMethod", "Methods", "Method", "<Name>%</Name><Type>payment</Type>", "<Action>delete</Action><Id>1</Id>", "getMethod"},
		{"setCustomer", "Customers", "Customer", "<Email>%@posta.example</Email>", "<Email></Email>", "getCustomer"},
		{"setCustomerGroup", "CustomerGroups", "CustomerGroup", "<Name>%</Name>", "<Action>delete</Action><Id>1</Id>", "getCustomerGroup"},
		{"setNewsletter", "Subscribers", "Subscriber", "<Email>%@posta.example</Email>", "<Email>nincs</Email>", "getNewsletter"},
		{"setCategory", "Categories", "Category", "<Name>%</Name>", "<Action>modify</Action><Id>1</Id>", "getCategory"},
	} {
		entity := func(inside string) string { return "<" + tt.element + ">" + inside + "</" + tt.element + ">" }
		answer := v.good(tt.endpoint, "<"+tt.list+">"+entity(strings.ReplaceAll(tt.good, "%", "elso"))+entity(tt.bad)+entity(strings.ReplaceAll(tt.good, "%", "utolso"))+"</"+tt.list+">")
		if got := texts(t, answer, "Status"); got != "ok error" || !strings.Contains(answer, "<"+tt.list+">") {
			t.Errorf("%s: results %q in %s; want ok and error in %s", tt.endpoint, got, answer, tt.list)
		}
		if got := v.good(tt.get, "<Params/>"); !strings.Contains(got, "elso") || strings.Contains(got, "utolso") {
			t.Errorf("%s after it: %s; want what stood before the error and nothing after it", tt.get, got)
		}
	}
}

func TestBuiltInOrderTypesChangeOnlyTheirPlace(t *testing.T) {
	v := open(t, Options{})
	v.login()
	set := func(body string) string {
		return one(t, v.good("setOrderType", "<OrderTypes><OrderType>"+body+"</OrderType></OrderTypes>")).at("Status")
	}
	for body, want := range map[string]string{
		"<Action>modify</Action><Id>3101</Id><Order>9</Order>":      "ok",
		"<Action>modify</Action><Id>3101</Id><Name>Más</Name>":      "error",
		"<Action>delete</Action><Id>3101</Id>":                      "error",
		"<Action>modify</Action><Id>3102</Id><Name>Garancia</Name>": "ok",
		"<Action>modify</Action><Id>3102</Id><Order>elöl</Order>":   "error",
		"<Action>add</Action><Name>Visszáru</Name><Order>x</Order>": "error",
		"<Action>paint</Action><Id>3102</Id>":                       "error",
		"<Action>add</Action>":                                      "error",
		"<Action>add</Action><Name>Visszáru</Name><Order>4</Order>": "ok",
	} {
		if got := set(body); got != want {
			t.Errorf("setOrderType %s = %s; want %s", body, got, want)
		}
	}
	if got := texts(t, v.good("getOrderType", "<Params/>"), "Name"); got != "Normál Garancia Visszáru" {
		t.Errorf("order types = %q", got)
	}
	n := one(t, v.good("getOrderType", "<Params><Id>3101</Id></Params>"))
	if n.at("Default") != "yes" || n.at("Order") != "9" || n.at("Creation") == "" {
		t.Errorf("getOrderType Id=3101 = %s", rendered(n, 0))
	}
	set("<Action>delete</Action><Id>3102</Id>")
	if got := texts(t, v.good("getOrderType", "<Params/>"), "Name"); got != "Normál Visszáru" {
		t.Errorf("order types after deleting one = %q", got)
	}
}

func TestMethodsShowWhatBelongsToThem(t *testing.T) {
	v := open(t, Options{})
	v.login()
	n := one(t, v.good("getMethod", "<Params><Id>6120421</Id></Params>"))
	fees := n.kid("ShippingFee").all("Fee")
	if n.at("ProviderId") != "mpl_hu" || n.at("Tax") != "27" || n.first("SubType") != nil || len(fees) != 3 || fees[2].at("UpperLimit") != "-" || n.at("ShippingFee", "Type") != "amount" {
		t.Errorf("a way to ship = %s", rendered(n, 0))
	}
	n = one(t, v.good("getMethod", "<Params><Id>6120402</Id></Params>"))
	if n.at("SubType") != "cod" || n.at("AdditionalCosts", "Amount") != "490" || n.first("ShippingFee") != nil || n.first("ProviderId") != nil {
		t.Errorf("a way to pay = %s", rendered(n, 0))
	}
	if got := texts(t, v.good("getMethod", "<Params><Type>shipping</Type></Params>"), "Id"); got != "6120421 6120422 6120423" {
		t.Errorf("ways to ship = %q", got)
	}
	set := func(body string) *node {
		return one(t, v.good("setMethod", "<Methods><Method>"+body+"</Method></Methods>"))
	}
	id := set("<Name>Futár</Name><Type>shipping</Type><AlterText>Másnapra</AlterText><ShippingFee><Type>fix_amount</Type><Fee><Amount>1500</Amount></Fee></ShippingFee>").at("Id")
	set("<Action>modify</Action><Id>" + id + "</Id><Active>no</Active><AlterText></AlterText>")
	n = one(t, v.good("getMethod", "<Params><Id>"+id+"</Id></Params>"))
	if n.at("Name") != "Futár" || n.at("Active") != "no" || n.at("AlterText") != "" || n.first("AlterText") == nil || n.at("ShippingFee", "Fee", "Amount") != "1500" {
		t.Errorf("a method that was set = %s", rendered(n, 0))
	}
	for _, bad := range []string{"<Type>shipping</Type>", "<Name>X</Name><Type>gift</Type>", "<Name>X</Name><Type>payment</Type><Order>x</Order>", "<Action>modify</Action><Id>1</Id>", "<Action>paint</Action>"} {
		if n := set(bad); n.at("Status") != "error" {
			t.Errorf("setMethod %s = %s; want an error", bad, rendered(n, 0))
		}
	}
	set("<Action>delete</Action><Id>" + id + "</Id>")
	if got := texts(t, v.good("getMethod", "<Params><Id>"+id+"</Id></Params>"), "Id"); got != "" {
		t.Error("a deleted method is listed")
	}
}

func TestAStatusThatCameWithoutItsTypeCanBeChanged(t *testing.T) {
	v := openSix(t, Options{})
	v.control("POST", "statuses", "<OrderStatuses><OrderStatus><Id>90001</Id><Name>Kész</Name></OrderStatus></OrderStatuses>", 200)
	answer := v.good("setOrderStatus", "<OrderStatuses><OrderStatus><Action>modify</Action><Id>90001</Id><Name>Elkészült</Name></OrderStatus></OrderStatuses>")
	if !strings.Contains(answer, "<Status>ok</Status>") {
		t.Errorf("setOrderStatus = %s", answer)
	}
	if n := one(t, v.good("getOrderStatus", "<Params><Id>90001</Id></Params>")); n.at("Name") != "Elkészült" || n.at("Type") != "open_normal" {
		t.Errorf("the status is named %q, of type %q; want Elkészült, open_normal", n.at("Name"), n.at("Type"))
	}
}
