package unassim

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestAPageOfTheProductTableMayBeAskedForBeyondAllNumbers(t *testing.T) {
	v := open(t, Options{})
	v.login()
	for _, page := range []string{
		"<LimitNum>9223372036854775807</LimitNum><LimitStart>1</LimitStart>",
		"<LimitNum>1</LimitNum><LimitStart>9223372036854775807</LimitStart>",
	} {
		if answer := v.good("getProductDB", "<Params>"+page+"</Params>"); !strings.Contains(answer, "<Url>") {
			t.Errorf("getProductDB with %s = %s", page, answer)
		}
	}
}

func TestSetOrderChangesEachParameterOfABuyerByItsId(t *testing.T) {
	v := openSix(t, Options{})
	set := func(params string) {
		t.Helper()
		answer := v.good("setOrder", "<Orders><Order><Action>modify</Action><Key>9001</Key><Customer><Params>"+params+"</Params></Customer></Order></Orders>")
		if !strings.Contains(answer, "<Status>ok</Status>") {
			t.Fatalf("setOrder = %s", answer)
		}
	}
	set("<Param><Id>1</Id><Name>a</Name><Value>egy</Value></Param><Param><Id>2</Id><Name>b</Name><Value>kettő</Value></Param>")
	set("<Param><Id>1</Id><Name>a</Name><Value>három</Value></Param><Param><Id>2</Id><Name>b</Name><Value>négy</Value></Param>")
	n := one(t, v.good("getOrder", "<Params><Key>9001</Key></Params>")).kid("Customer", "Params")
	var got []string
	for _, p := range n.all("Param") {
		got = append(got, p.at("Id")+" "+p.at("Value"))
	}
	if strings.Join(got, ", ") != "1 három, 2 négy" {
		t.Errorf("parameters = %q; want 1 három, 2 négy", got)
	}
}

func TestRulesGivenReplaceTheRulesOfAnAutomatism(t *testing.T) {
	v := openSix(t, Options{Plan: PlanVIP})
	v.good("setAutomatism", automatismXML("<Name>N</Name>", "order_send", hookConfig))
	change := func(rules string) {
		t.Helper()
		answer := v.good("setAutomatism", "<Automatisms><Automatism><Action>modify</Action><Id>1</Id><Event><Rules>"+rules+"</Rules></Event></Automatism></Automatisms>")
		if !strings.Contains(answer, "<Status>ok</Status>") {
			t.Fatalf("setAutomatism = %s", answer)
		}
	}
	currency := func(values string) string {
		return "<Rule><Entity>currency</Entity><Relation>equal</Relation><Values>" + values + "</Values></Rule>"
	}
	total := func(value string) string {
		return "<Rule><Entity>total</Entity><Relation>less_than</Relation><Values><Value>" + value + "</Value></Values></Rule>"
	}
	for _, c := range []struct{ rules, want string }{
		{currency("<Value>HUF</Value><Value>RON</Value>") + total("100"), "currency HUF RON, total 100"},
		{total("7") + currency("<Value>EUR</Value><Value>USD</Value>"), "total 7, currency EUR USD"},
		{currency("<Value>HUF</Value>"), "currency HUF"},
		{total("8"), "total 8"},
	} {
		change(c.rules)
		var got []string
		for _, r := range one(t, v.good("getAutomatism", "<Params/>")).kid("Event", "Rules").all("Rule") {
			line := r.at("Entity")
			for _, value := range r.kid("Values").all("Value") {
				line += " " + value.text
			}
			got = append(got, line)
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("rules after %s = %q; want %s", c.rules, got, c.want)
		}
	}
}

// The hour from 2 to 3 comes twice on 25 October 2026: first at 00:00, then at 01:00 UTC.
func TestWhatChangesInTheRepeatedHourIsFoundByItsTrueTime(t *testing.T) {
	for _, at := range []time.Time{time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC)} {
		v := openSix(t, Options{Now: func() time.Time { return at }})
		v.good("setOrder", "<Orders><Order><Action>add</Action><Customer><Id>990</Id><Email>ket@ora.example</Email></Customer><Items/></Order></Orders>")
		v.good("setCustomer", "<Customers><Customer><Action>add</Action><Email>uj@ora.example</Email></Customer></Customers>")
		v.control("POST", "customers", "<Customers><Customer><Id>991</Id><Email>jo@ora.example</Email></Customer></Customers>", 200)
		minute := func(from, to string) string {
			return fmt.Sprintf("<Params><%[1]s>%[2]d</%[1]s><%[3]s>%[4]d</%[3]s></Params>", from, at.Unix()-60, to, at.Unix()+60)
		}
		for _, filter := range []string{"TimeMod", "Time"} {
			if answer := v.good("getOrder", minute(filter+"Start", filter+"End")); !strings.Contains(answer, "ket@ora.example") {
				t.Errorf("at %s the added order is not among those of its minute by %s: %s", at, filter, answer)
			}
		}
		for _, filter := range []string{"ModTime", "RegTime"} {
			answer := v.good("getCustomer", minute(filter+"Start", filter+"End"))
			for _, email := range []string{"uj@", "jo@", "ket@"} {
				if !strings.Contains(answer, email) {
					t.Errorf("at %s %s is not among the customers of its minute by %s: %s", at, email, filter, answer)
				}
			}
		}
		v.shop.Advance(time.Hour)
		v.good("setCustomer", "<Customers><Customer><Action>modify</Action><Email>uj@ora.example</Email><Comment>c</Comment></Customer></Customers>")
		if answer := v.good("getCustomer", minute("RegTimeStart", "RegTimeEnd")); !strings.Contains(answer, "uj@") {
			t.Errorf("at %s a change moved the registration: %s", at, answer)
		}
	}
}

func TestOnlySetCallsTakeLargeDocuments(t *testing.T) {
	v := open(t, Options{})
	v.login()
	large := "<Params><Key>1</Key>" + strings.Repeat(" ", maxAsking) + "</Params>"
	for _, endpoint := range []string{"login", "getOrder", "checkCustomer"} {
		v.refused(endpoint, large, "The document is too large")
	}
	v.good("setOrder", large)
}
