package minicrmsim

import (
	"fmt"
	"strings"
	"testing"
)

// office is the default world with a module for offers and one for invoices.
func office() *Seed {
	seed := defaultSeed(english)
	seed.Modules = append(seed.Modules,
		SeedModule{ID: 6, Name: "Offers", Kind: "offers", Fields: []SeedField{{Name: "Float1911", Type: "Float"}}},
		SeedModule{ID: 2, Name: "Invoicing", Kind: "invoices"})
	return seed
}

const billed = `"Customer":{"Name":"Alma Ltd.","CountryId":"36","PostalCode":"7621","City":"Pécs","Address":"Fő tér 1"},` +
	`"Items":[{"Name":"Cable","PriceNet":"1250.50","Quantity":"2","Unit":"m","VAT":"27"}]`

func TestAnOfferIsMadeShownListedAndItsCardChanged(t *testing.T) {
	b := start(t, Options{Seed: office(), Switches: Switches{PlainJSON: true}})
	b.person("Pop", "")
	made := b.want("POST", "/Api/Offer", `{"CustomerId":1,"CurrencyCode":"HUF","Language":"RO","VATMode":"NormalVAT",`+billed+`}`)
	for name, want := range map[string]any{
		"Id": "1", "InvoicePadCounter": "00001", "Number": "A2026-E/00001", "Type": "Offer", "Media": "PKI", "Language": "RO",
		"CurrencyCode": "HUF", "AmountNet": "2501", "AmountVat": "675.27", "Amount": "3176.27", "VATMode": "NormalVAT", "Paid": "",
		"DocumentUrl": "https://r3.minicrm.hu/51432/Download/S3/?t=doc&inline=0&e=offer1",
	} {
		if made[name] != want {
			t.Errorf("offer has %s %v; want %v", name, made[name], want)
		}
	}
	if own := made["Project"].(map[string]any); own["StatusId"] != "61" {
		t.Errorf("the offer's card reads %v; want the first status", own)
	}
	changed := b.want("POST", "/Api/Offer/1/Project", `{"StatusId":"Accepted","Float1911":"1.5"}`)["Project"].(map[string]any)
	if changed["StatusId"] != "63" || changed["Float1911"] != "1.5" {
		t.Errorf("the changed card reads %v", changed)
	}
	row := b.want("GET", "/Api/Offer/List?StatusGroup=Success", "")["Results"].(map[string]any)["1"].(map[string]any)
	if row["Status"] != "Accepted" || row["Amount"] != "3176.2700" || row["Type"] != "Offer" {
		t.Errorf("Offer/List has the row %v", row)
	}
	b.refused("POST", "/Api/Offer/1/Project", `{"UserId":100002}`, 400, `Invalid parameter: "UserId"`)
	b.refused("POST", "/Api/Offer/1", `{"Items":[]}`, 405, "Offer (POST)")
	b.refused("GET", "/Api/Offer/9", "", 404, "Not Found")
	b.refused("GET", "/Api/Invoice/1", "", 404, "Not Found")
	b.refused("POST", "/Api/Offer", `{"CustomerId":1}`, 400, `Missing parameter: "Items"`)
	b.refused("POST", "/Api/Offer", `{"CustomerId":1,"VATMode":"None",`+billed+`}`, 400, "VATMode")
	plain := start(t, Options{})
	plain.refused("POST", "/Api/Offer", `{"CustomerId":1,`+billed+`}`, 404, "Not Found")
}

func TestAnInvoiceIsPaidAndCancelled(t *testing.T) {
	b := start(t, Options{Seed: office(), Limits: true})
	b.person("Pop", "")
	made := b.want("POST", "/Api/Invoice", `{"CustomerId":"1","Type":"Invoice","CurrencyCode":"EUR","PaymentMethod":"Card",`+billed+`}`)
	line := made["Items"].([]any)[0].(map[string]any)
	for name, want := range map[string]any{
		"PriceNet": "1 250,50", "PriceNetTotal": "2 501,00", "PriceTotal": "3 176,27", "Quantity": "2", "VAT": "27%", "Unit": "m",
	} {
		if line[name] != want {
			t.Errorf("item has %s %v; want %v", name, line[name], want)
		}
	}
	for name, want := range map[string]any{
		"Number": "2026-E/00001", "Paid": "0000-00-00", "Amount": "3176.27", "IsReverseCharge": "0", "Media": "PKI",
		"DocumentFileName": "invoice-2026-e-00001-1.pdf",
	} {
		if made[name] != want {
			t.Errorf("invoice has %s %v; want %v", name, made[name], want)
		}
	}
	if got := b.want("POST", "/Api/Invoice/1/Paid", `{"Customer":{"Name":"Alma","VatNumber":"1-2-3"}}`)["Paid"]; got != "2026-03-10" {
		t.Errorf("Paid = %v; want today", got)
	}
	if got := b.want("GET", "/Api/R3/Contact/1", "")["VatNumber"]; got != "1-2-3" {
		t.Errorf("the contact's VatNumber is %v; want the invoice's", got)
	}
	b.refused("POST", "/Api/Invoice/1/Paid", `{}`, 405, "not allowed")
	storno := b.want("POST", "/Api/Invoice/1/Storno", `{}`)
	if storno["Id"] != "2" || storno["Amount"] != "-3176.27" || storno["Number"] != "2026-E/00002" {
		t.Errorf("Storno = %v; want a new negative invoice", storno)
	}
	b.refused("POST", "/Api/Invoice/1/Storno", `{}`, 405, "not allowed")
	row := b.want("GET", "/Api/Invoice/List", "")["Results"].(map[string]any)["2"].(map[string]any)
	if row["StornedId"] != "1" || row["Type"] != "Invoice" {
		t.Errorf("Invoice/List has the row %v; want it to name what it cancels", row)
	}
	if got := b.want("POST", "/Api/Invoice", `{"CustomerId":"1","Type":"Proforma",`+billed+`}`)["Number"]; got != "D2026-E/00001" {
		t.Errorf("a pro forma has the number %v", got)
	}
	b.refused("GET", "/Api/Invoice/1/Paid", "", 405, "Invoice (GET)")
	b.refused("POST", "/Api/Invoice", `{"CustomerId":"1","Type":"Letter",`+billed+`}`, 400, "Letter")
	for range 100 {
		b.want("GET", "/Api/Invoice/1", "") // without a limit
	}
}

func TestSwitchInvoicePricesPlainShowsBothSides(t *testing.T) {
	show(t, []choice{{Switches{InvoicePricesPlain: true}, func(b *bench) string {
		b.person("Pop", "")
		item := `{"Name":"Cable","PriceNet":"-1234567.5","Quantity":"1","Unit":"m","VAT":"0"}`
		made := b.want("POST", "/Api/Invoice", `{"CustomerId":"1","Items":[`+item+`]}`)
		return made["Items"].([]any)[0].(map[string]any)["PriceNet"].(string)
	}, "-1 234 567,50", "-1234567.50"}}, Options{Seed: office()})
}

func TestAContactsBillingAddressFillsAnOrder(t *testing.T) {
	b := start(t, Options{Language: "hu"})
	b.person("Nagy", "")
	address := func(kind, city string, main int) {
		b.want("PUT", "/Api/R3/Address", fmt.Sprintf(`{"ContactId":1,"Name":"N","Type":%q,"CountryId":"Magyarország","City":%q,"PostalCode":"1","Address":"A","Default":%d}`, kind, city, main))
	}
	address("", "Elsőfalva", 0)
	address("", "Alapfalva", 1)
	city := func() any {
		return b.want("POST", "/Api/Order", `{"CustomerId":1}`)["Customer"].(map[string]any)["City"]
	}
	if got := city(); got != "Alapfalva" {
		t.Errorf("the order goes to %v; want the default address", got)
	}
	address("Számlázási cím", "Számlafalva", 0)
	if got := city(); got != "Számlafalva" {
		t.Errorf("the order goes to %v; want the billing address", got)
	}
	b.want("POST", "/Api/Order", `{"CustomerId":1,"Customer":{"Name":"Nagy","Country":"36","City":"Újfalva","PostalCode":"2","Address":"B"}}`)
	newest := b.want("GET", "/Api/R3/Address/4", "")
	if newest["City"] != "Újfalva" || newest["Default"] != 1.0 || newest["Type"] != "Számlázási cím" {
		t.Errorf("the new address reads %v; want the default billing address", newest)
	}
}

func TestAnOrderMayNameACardOrAPersonOfSyncFeed(t *testing.T) {
	b := start(t, Options{})
	b.taken(customer(14353, `<Contacts><Contact Id="77"><LastName>Pop</LastName></Contact></Contacts>`))
	for reference, want := range map[string]int{"14353": 200, "77": 200, "78": 400} {
		if got, text := b.call("POST", "/Api/Order", `{"ReferenceId":`+reference+`}`); got != want {
			t.Errorf("POST Order with the ReferenceId %s = %d %s; want %d", reference, got, text, want)
		}
	}
	made := b.want("POST", "/Api/Order", `{"ReferenceId":"14353","Subject":"S","PaymentMethod":"Cash","Performance":"2026-03-12"}`)
	if made["CurrencyCode"] != "EUR" || made["Performance"] != "2026-03-12" || made["PaymentMethod"] != "Cash" || made["Amount"] != "0" {
		t.Errorf("an order without items reads %v", made)
	}
	path := "/Api/Order/" + made["Id"].(string)
	b.refused("POST", path, `{"Subject":"T"}`, 400, `Missing parameter: "CustomerId"`)
	b.refused("POST", path, `{"ReferenceId":"14353","CurrencyCode":"HUF"}`, 400, "CurrencyCode")
	b.refused("POST", path+"/Print", `{}`, 404, "Not Found")
	b.refused("DELETE", path, ``, 405, "not allowed")
}

func TestStockFollowsAnOrderThroughItsStates(t *testing.T) {
	b := start(t, Options{Switches: Switches{OrdersDriveStock: true}})
	b.sold("Draft") // ten pieces
	b.want("PUT", "/Api/R3/Product/1", `{"Quantity":"12"}`)
	for _, step := range []struct{ action, want string }{{"Finalize", "2"}, {"Edit", "12"}, {"Finalize", "2"}, {"Complete", "2"}, {"Storno", "12"}, {"Paid", "2"}} {
		b.want("POST", "/Api/Order/1/"+step.action, "{}")
		if got := b.pieces(1); got != step.want {
			t.Errorf("after %s there are %s pieces; want %s", step.action, got, step.want)
		}
	}
	b.taken(strings.Replace(customer(14353, orders(bought(9001, "<Status>Paid</Status>"))), "<Quantity>10<", "<Quantity>4.5<", 1))
	if got := b.pieces(1); got != "7.5" {
		t.Errorf("after the order shrank to 4.5 there are %s pieces; want 7.5", got)
	}
}
