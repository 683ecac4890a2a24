package minicrmsim

import (
	"fmt"
	"strings"
	"testing"
)

func TestEachProjectIsTakenOrRefusedWithAReason(t *testing.T) {
	order := func(parts ...string) string {
		return customer(2, orders(`<Order Id="9">`+strings.Join(parts, "")+`</Order>`))
	}
	good := products(item(1, "1", "1", "21%"))
	without := func(name string) string {
		line := item(1, "1", "1", "21%")
		from, rest, _ := strings.Cut(line, "<"+name+">")
		_, to, _ := strings.Cut(rest, "</"+name+">")
		return order(performance, invoiceTo, products(from+to))
	}
	for project, reason := range map[string]string{
		`<Project Id="2"><CategoryId>5</CategoryId></Project>`:               "element Name is missing",
		`<Project Id="2"><Name> </Name><CategoryId>5</CategoryId></Project>`: "element Name is missing",
		`<Project Id="2"><Name>A</Name></Project>`:                           "element CategoryId is missing",
		`<Project Id="2"><Name>A</Name><CategoryId>9</CategoryId></Project>`: `no module with the CategoryId "9"`,
		`<Project><Name>A</Name><CategoryId>5</CategoryId></Project>`:        "Id of Project is missing",
		customer("68-1"):        "not an integer",
		customer("10000000000"): "not between",
		customer("0"):           "not between",
		customer(2, `<StatusId>Regular</StatusId>`):                                                                                `no status "Regular"`,
		customer(2, `<Nickname>Z</Nickname>`):                                                                                      "has no field Nickname",
		customer(2, `<WebshopOrderCount>3</WebshopOrderCount>`):                                                                    "read-only",
		customer(2, `<WebshopDisabled>yes</WebshopDisabled>`):                                                                      "neither 0 nor 1",
		customer(2, `<WebshopLostBasketValue>much</WebshopLostBasketValue>`):                                                       "not a number",
		customer(2, `<Newsletter>`+strings.Repeat("ű", 33)+`</Newsletter>`):                                                        "longer than 32 characters",
		customer(2, `<ContactId>88</ContactId>`):                                                                                   `no contact "88"`,
		customer(2, `<Business><VatNumber>1</VatNumber></Business>`):                                                               "element Name is missing",
		customer(2, `<Business><Name>X</Name><Addresses><Address><CountryId>Ungaria</CountryId></Address></Addresses></Business>`): `"Ungaria" is no country`,
		order(invoiceTo, good):   "element Performance is missing",
		order(performance, good): "element Customer is missing",
		order(performance, strings.Replace(invoiceTo, "Cluj", " ", 1), good):          "Customer/City is missing",
		order(performance, strings.Replace(invoiceTo, "Romania", "România", 1), good): `"România" is no country`,
		order(performance, invoiceTo):                                                                     "Products/Product is missing",
		order(performance, invoiceTo, `<Status>InProgress</Status>`, good):                                `unknown Status "InProgress"`,
		order(performance, invoiceTo, `<Status>issued</Status>`, good):                                    `unknown Status "issued"`,
		order(performance, invoiceTo, `<Project><Link>x</Link></Project>`, good):                          "Orders has no field Link",
		order(performance, invoiceTo, `<Project><Enum1221>Fax</Enum1221></Project>`, good):                "no such option",
		order(performance, invoiceTo, `<Project><Set1231>Gift, Odd</Set1231></Project>`, good):            "no such option",
		order(performance, invoiceTo, `<Project><AWB>`+strings.Repeat("x", 129)+`</AWB></Project>`, good): "longer than 128",
		order(performance, invoiceTo, products(item("a", "1", "1", "21%"))):                               "not an integer",
		order(performance, invoiceTo, products(item(1, "1,5", "1", "21%"))):                               "PriceNet is not a number",
		order(performance, invoiceTo, products(item(1, "1", "1", "21"))):                                  "no percent sign",
		order(performance, invoiceTo, products(item(1, "1", "1", "x%"))):                                  "not between 0% and 100%",
		strings.Replace(order(performance, invoiceTo, good), `Order Id="9"`, `Order`, 1):                  "Id of Order is missing",
		strings.Replace(order(performance, invoiceTo, good), `2026-03-09`, `9 March`, 1):                  "Performance is not a date",
		without("Name"): "element Name is missing", without("PriceNet"): "element PriceNet is missing",
		without("Quantity"): "element Quantity is missing", without("Unit"): "element Unit is missing",
		without("VAT"): "element VAT is missing", without("FolderName"): "element FolderName is missing",
	} {
		b := start(t, Options{})
		log := b.send(customer(1), project, customer(3))
		if len(log.Refused) != 1 || !strings.Contains(log.Refused[0].Reason, reason) {
			t.Errorf("%s: refused %+v; want %q", project, log.Refused, reason)
		}
		if fmt.Sprint(log.Taken) != "[1 3]" || len(b.crm.Cards()) != 2 || len(b.crm.Orders()) != 0 {
			t.Errorf("%s: taken %v; want the others and nothing of it", project, log.Taken)
		}
	}
}
