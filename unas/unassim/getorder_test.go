package unassim

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func prefixes(list ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, p := range list {
		all = append(all, netip.MustParsePrefix(p))
	}
	return all
}

// unix is a shop-local moment of 2026 as filters want it.
func unix(month, day, hour, minute, second int) int64 {
	return time.Date(2026, time.Month(month), day, hour, minute, second, 0, budapest()).Unix()
}

func TestGetOrderHonoursEveryFilter(t *testing.T) {
	v := openSix(t, Options{})
	for _, tt := range []struct{ filter, want string }{
		{"", "11 12 13 14 15 100"},
		{"<Key>71823-9002</Key>", "12"},
		{"<Key>9002</Key>", "12"},
		{"<Key>88990011</Key>", "100"},
		{"<Key>71823-9004</Key>", ""},
		{"<Key>71823-1</Key>", ""},
		{"<Status>close_ok</Status>", "12 13 15"},
		{"<Status>close_fault</Status>", "14"},
		{"<Status>1</Status>", "11 100"},
		{"<Status>Új</Status>", ""},
		{"<StatusName>Új|Visszamondva</StatusName>", "11 14 100"},
		{"<StatusName>Kész</StatusName>", "13 15"},
		{"<StatusID>0</StatusID>", "11 100"},
		{"<StatusID>7, 8</StatusID>", "12 13 15"},
		{"<Email>bela@kert.example</Email>", "11 12"},
		{"<InvoiceStatus>0</InvoiceStatus>", "11 14 15 100"},
		{"<InvoiceStatus>1</InvoiceStatus>", "12"},
		{"<DateStart>2026.03.02</DateStart><DateEnd>2026.03.02</DateEnd>", "12 13"},
		{"<DateStart>2026-03-03</DateStart>", "15 100"},
		{fmt.Sprintf("<TimeStart>%d</TimeStart><TimeEnd>%d</TimeEnd>", unix(3, 1, 10, 0, 0), unix(3, 2, 0, 0, 0)), "11 12"},
		{fmt.Sprintf("<TimeModStart>%d</TimeModStart>", unix(3, 5, 10, 0, 0)), "11 12 15"},
		{fmt.Sprintf("<TimeModEnd>%d</TimeModEnd>", unix(3, 3, 12, 0, 0)), "14 100"},
		{fmt.Sprintf("<TimeModStart>%d</TimeModStart><TimeModEnd>%d</TimeModEnd>", unix(3, 7, 0, 0, 0), unix(3, 1, 0, 0, 0)), ""},
		{fmt.Sprintf("<TimeModStart>%d</TimeModStart><StatusID>8</StatusID><Order>modify_time_asc</Order>", unix(3, 1, 0, 0, 0)), "13 15"},
		{"<Order>modify_time_asc</Order>", "14 100 13 12 11 15"},
		{"<Order>order_time_asc</Order>", "14 11 12 13 100 15"},
		{"<Order>unheard_of</Order>", "11 12 13 14 15 100"},
		{"<LimitNum>2</LimitNum>", "11 12"},
		{"<LimitNum>2</LimitNum><LimitStart>0</LimitStart>", "11 12"},
		{"<LimitNum>4</LimitNum><LimitStart>3</LimitStart>", "14 15 100"},
		{"<LimitNum>2</LimitNum><LimitStart>6</LimitStart>", ""},
		{"<LimitStart>3</LimitStart>", "11 12 13 14 15 100"},
		{"<Order>modify_time_asc</Order><LimitNum>2</LimitNum><LimitStart>1</LimitStart>", "100 13"},
	} {
		if got := ids(v.good("getOrder", "<Params>"+tt.filter+"</Params>")); got != tt.want {
			t.Errorf("getOrder %s = %q; want %q", tt.filter, got, tt.want)
		}
	}
}

func TestGetOrderSwitches(t *testing.T) {
	window := fmt.Sprintf("<TimeModStart>%d</TimeModStart><TimeModEnd>%d</TimeModEnd>", unix(3, 4, 10, 0, 0), unix(3, 6, 10, 0, 0))
	for _, tt := range []struct {
		name, filter, want string
		switches           Switches
	}{
		{"default", window, "11 12 13", Switches{}},
		{"ExclusiveTimes", window, "12", Switches{ExclusiveTimes: true}},
		{"NewestFirst", "<LimitNum>2</LimitNum>", "100 15", Switches{NewestFirst: true}},
		{"IgnoreOrder", "<Order>modify_time_asc</Order>", "11 12 13 14 15 100", Switches{IgnoreOrder: true}},
		{"KeyForm full", "<Key>9002</Key>", "", Switches{KeyForm: "full"}},
		{"KeyForm number", "<Key>71823-9002</Key>", "", Switches{KeyForm: "number"}},
		{"KeyForm number", "<Key>9002</Key>", "12", Switches{KeyForm: "number"}},
		{"InternalKey", "<Key>71823-9004</Key>", "100", Switches{InternalKey: true}},
		{"IgnoreBadFilters", "<TimeStart>x</TimeStart>", "11 12 13 14 15 100", Switches{IgnoreBadFilters: true}},
	} {
		v := openSix(t, Options{Switches: tt.switches})
		if got := ids(v.good("getOrder", "<Params>"+tt.filter+"</Params>")); got != tt.want {
			t.Errorf("%s: getOrder %s = %q; want %q", tt.name, tt.filter, got, tt.want)
		}
	}
	v := openSix(t, Options{Switches: Switches{EndOfRangeError: true, LimitNumError: true}})
	v.refused("getOrder", "<Params><LimitNum>2</LimitNum><LimitStart>6</LimitStart></Params>", "LimitStart is after the end of the range")
	v.refused("getOrder", "<Params><LimitNum>501</LimitNum></Params>", "Parameter Error: LimitNum")
}

func TestAnEmptyListKeepsItsRoot(t *testing.T) {
	v := openSix(t, Options{})
	want := "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<Orders>\n</Orders>\n"
	if got := v.good("getOrder", "<Params><Key>1</Key></Params>"); got != want {
		t.Errorf("getOrder without a match = %q; want %q", got, want)
	}
}

func TestAPageHoldsAtMost500Orders(t *testing.T) {
	v := open(t, Options{})
	batch := make([]*order, 1203)
	for i := range batch {
		batch[i] = plainOrder(i+1, int64(i), int64(i))
	}
	v.shop.storeOrders(batch)
	v.login()
	seen := map[string]bool{}
	for start, want := range map[int]int{0: 500, 500: 500, 1000: 203, 1500: 0} {
		page := strings.Fields(ids(v.good("getOrder", fmt.Sprintf("<Params><LimitNum>9999</LimitNum><LimitStart>%d</LimitStart></Params>", start))))
		if len(page) != want {
			t.Errorf("page at %d holds %d orders; want %d", start, len(page), want)
		}
		for _, id := range page {
			seen[id] = true
		}
	}
	if len(seen) != 1203 {
		t.Errorf("all pages hold %d different orders; want 1203", len(seen))
	}
	if n := len(strings.Fields(ids(v.good("getOrder", "<Params/>")))); n != 500 {
		t.Errorf("getOrder without LimitNum = %d orders; want 500", n)
	}
}

func TestInvoiceAutoSetBillsWhatItReturned(t *testing.T) {
	v := openSix(t, Options{})
	ask := "<Params><InvoiceStatus>1</InvoiceStatus><InvoiceAutoSet>1</InvoiceAutoSet></Params>"
	if got := ids(v.good("getOrder", ask)); got != "12" {
		t.Fatalf("first ask = %q; want 12", got)
	}
	if got := ids(v.good("getOrder", ask)); got != "" {
		t.Errorf("second ask = %q; want nothing left to bill", got)
	}
	body := v.good("getOrder", "<Params><Key>9002</Key></Params>")
	if !strings.Contains(body, "<Status>2</Status>") || !strings.Contains(body, "Számlázva") || !strings.Contains(body, "<DateMod>2026.03.10 10:30:00</DateMod>") {
		t.Errorf("order after InvoiceAutoSet = %s; want billed and modified now", body)
	}
	if got := ids(v.good("getOrder", "<Params><Order>modify_time_asc</Order><LimitNum>1</LimitNum><LimitStart>5</LimitStart></Params>")); got != "12" {
		t.Errorf("last modified = %q; want 12", got)
	}
}

func TestLangDecidesTheLanguageOfTheShopsTexts(t *testing.T) {
	v := open(t, Options{})
	v.shop.Generate(5, 60, 20)
	v.login()
	base := v.good("getOrder", "<Params><Lang>base</Lang></Params>")
	if strings.Contains(base, "Cost de livrare") || !strings.Contains(base, "<![CDATA[Szállítási költség]]>") {
		t.Errorf("Lang=base is not in the shop's language alone")
	}
	if plain := v.good("getOrder", "<Params/>"); plain != base {
		t.Errorf("getOrder without Lang differs from Lang=base")
	}
	theirs := v.good("getOrder", "<Params><Lang>customer</Lang></Params>")
	if !strings.Contains(theirs, "Cost de livrare") || !strings.Contains(theirs, "Szállítási költség") {
		t.Errorf("Lang=customer is not in the customers' languages")
	}
}

func TestListsOfALoadedShopAreItsOwn(t *testing.T) {
	v := openSix(t, Options{})
	statuses := v.good("getOrderStatus", "<Params/>")
	for _, want := range []string{"<Id>0</Id>", "<Name><![CDATA[Új]]></Name>", "<Id>9</Id>"} {
		if !strings.Contains(statuses, want) {
			t.Errorf("getOrderStatus lacks %s: %s", want, statuses)
		}
	}
	if strings.Contains(statuses, "Feldolgozásra vár") {
		t.Errorf("getOrderStatus lists a built-in status: %s", statuses)
	}
	if got := strings.Count(v.good("getOrderStatus", "<Params><Type>close_ok</Type></Params>"), "<OrderStatus>"); got != 2 {
		t.Errorf("getOrderStatus Type=close_ok lists %d; want 2", got)
	}
	if got := v.good("getOrderStatus", "<Params><Id>7</Id></Params>"); !strings.Contains(got, "Kész | volt") || strings.Count(got, "<OrderStatus>") != 1 {
		t.Errorf("getOrderStatus Id=7 = %s", got)
	}
	if got := v.good("getMethod", "<Params><Type>payment</Type></Params>"); strings.Count(got, "<Method>") != 1 || !strings.Contains(got, "<SubType>cod</SubType>") {
		t.Errorf("getMethod Type=payment = %s; want the one of the orders", got)
	}
	if got := v.good("getOrderType", "<Params/>"); strings.Count(got, "<OrderType>") != 1 || !strings.Contains(got, "Csere") {
		t.Errorf("getOrderType = %s; want Csere", got)
	}
}

func TestCustomersOfOrdersAreRegisteredAtTheirFirstOrder(t *testing.T) {
	v := openSix(t, Options{})
	all := v.good("getCustomer", "<Params/>")
	if strings.Count(all, "\n\t<Customer>") != 2 || strings.Contains(all, "vendeg@") {
		t.Errorf("getCustomer = %s; want the two registered customers", all)
	}
	for _, tt := range []struct{ filter, want string }{
		{"<Id>502</Id>", "502"},
		{"<Email>BELA@kert.example</Email>", "501"},
		{fmt.Sprintf("<RegTimeStart>%d</RegTimeStart>", unix(3, 1, 10, 0, 0)), "501"},
		{fmt.Sprintf("<RegTimeEnd>%d</RegTimeEnd>", unix(2, 20, 8, 0, 0)), "502"},
		{fmt.Sprintf("<ModTimeStart>%d</ModTimeStart>", unix(3, 1, 10, 0, 0)), "501"},
		{fmt.Sprintf("<LoginTimeEnd>%d</LoginTimeEnd>", unix(2, 21, 0, 0, 0)), "502"},
		{"<LimitNum>1</LimitNum><LimitStart>1</LimitStart>", "502"},
		{"<Username>nobody</Username>", ""},
	} {
		answer := v.good("getCustomer", "<Params>"+tt.filter+"</Params>")
		if got := between(answer, "<Id>", "</Id>"); got != tt.want || strings.Count(answer, "\n\t<Customer>") > 1 {
			t.Errorf("getCustomer %s = %s; want %s", tt.filter, answer, tt.want)
		}
	}
}
