package minicrmsim

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"
)

func TestAmountsAreComputedFromTheLines(t *testing.T) {
	for _, test := range []struct{ price, quantity, vat, net, gross string }{
		{"500", "15", "27%", "7500.0000", "9525.00"},
		{"0.8264462809917355", "3", "21%", "2.4793", "3.00"},
		{"-12.5", "1", "11%", "-12.5000", "-13.88"},
		{"12.5", "1", "11%", "12.5000", "13.88"},
		{"0.0000005", "1", "0%", "0.0000", "0.00"},
		{"1", "0.00005", "0%", "0.0001", "0.00"},
		{"1549.606299", "10", "27%", "15496.0630", "19680.00"},
	} {
		b := start(t, Options{})
		b.taken(customer(1, orders(`<Order Id="9">`+performance+invoiceTo+products(item(1, test.price, test.quantity, test.vat))+`</Order>`)))
		items := b.want("GET", "/Api/Order/1", "")["Items"].([]any)
		line := items[0].(map[string]any)
		if line["PriceNetTotal"] != test.net || line["PriceTotal"] != test.gross {
			t.Errorf("%s x %s at %s = %v, %v; want %s, %s", test.price, test.quantity, test.vat,
				line["PriceNetTotal"], line["PriceTotal"], test.net, test.gross)
		}
	}
}

func TestRoundingGoesAwayFromZero(t *testing.T) {
	for _, test := range []struct {
		in    string
		scale int
		want  string
	}{{"0.005", 2, "0.01"}, {"-0.005", 2, "-0.01"}, {"0.0049999", 2, "0.00"}, {"2.5", 0, "3"}, {"-2.5", 0, "-3"}, {"1.25", 4, "1.2500"}, {"9.995", 2, "10.00"}} {
		got, err := round(decimal.MustParse(test.in), test.scale)
		if err != nil || got.String() != test.want {
			t.Errorf("round(%s, %d) = %s, %v; want %s", test.in, test.scale, got, err, test.want)
		}
	}
}

func TestSumsBeyondAllRangeRefuseTheProject(t *testing.T) {
	b := start(t, Options{})
	log := b.send(customer(1, orders(`<Order Id="9">`+performance+invoiceTo+products(item(1, "9999999999999", "9999999999", "21%"))+`</Order>`)))
	if len(log.Refused) != 1 {
		t.Errorf("log = %+v; want the order refused", log)
	}
}

func TestOrderDetailPrintsStringsAndTheCardsFields(t *testing.T) {
	b := start(t, Options{Switches: Switches{PlainJSON: true}})
	b.taken(customer(1, orders(bought(9001, `<Status>Completed</Status><PaymentMethod>Card</PaymentMethod><Project><AWB>77</AWB></Project>`))))
	got := b.want("GET", "/Api/Order/1/", "")
	for name, want := range map[string]any{
		"Id": "1", "ProjectId": "2", "CustomerId": "1", "Number": "N-9001", "PaymentMethod": "Card", "Performance": "2026-03-09",
		"CurrencyCode": "RON", "AmountNet": "125", "AmountVat": "26.25", "Amount": "151.25", "InvoiceMode": "Normal", "OSS": "0",
	} {
		if got[name] != want {
			t.Errorf("%s = %v; want %v", name, got[name], want)
		}
	}
	if buyer := got["Customer"].(map[string]any); buyer["CountryId"] != "40" || buyer["City"] != "Cluj" {
		t.Errorf("Customer = %v", buyer)
	}
	line := got["Items"].([]any)[0].(map[string]any)
	if line["PriceNet"] != "12.500000" || line["Quantity"] != "10.0000" || line["VAT"] != "21%" {
		t.Errorf("item = %v", line)
	}
	if own := got["Project"].(map[string]any); own["AWB"] != "77" || own["Name"] != "N-9001 (Ilie Vera)" {
		t.Errorf("Project = %v", own)
	}
	b.refused("GET", "/Api/Order/99", "", 404, "Order (GET): Not Found")
}

// listed are the ids of an order list in the order that they are printed in.
func (b *bench) listed(query string) string {
	b.t.Helper()
	status, text := b.call("GET", "/Api/Order/List"+query, "")
	if status != 200 {
		b.t.Fatalf("Order/List%s = %d %s", query, status, text)
	}
	var ids []string
	for _, part := range strings.Split(text, `{"Id":"`)[1:] {
		id, _, _ := strings.Cut(part, `"`)
		ids = append(ids, id)
	}
	return strings.Join(ids, " ")
}

func TestOrderListHidesDraftsAndPutsTheNewestChangeFirst(t *testing.T) {
	b := start(t, Options{})
	b.taken(customer(1, orders(bought(1, `<Status>Issued</Status>`), bought(2, `<Status>Paid</Status>`), bought(3), bought(4, `<Status>Failed</Status>`))))
	b.clock.advance(time.Hour)
	b.taken(customer(1, orders(bought(2))))
	for query, want := range map[string]string{
		"": "2 4 1", "?StatusGroup=Success": "2", "?StatusGroup=Open": "1", "?StatusGroup=Lead": "",
		"?UpdatedSince=2026-03-10+12:30": "2", "?UpdatedSince=2026-03-10+13:00:00": "2", "?UpdatedSince=2026-03-11": "", "?Page=1": "",
	} {
		if got := b.listed(query); got != want {
			t.Errorf("Order/List%s = %q; want %q", query, got, want)
		}
	}
	row := b.want("GET", "/Api/Order/List?StatusGroup=Success", "")["Results"].(map[string]any)["2"].(map[string]any)
	if row["Status"] != "Successful" || row["StatusGroup"] != "Success" || row["Amount"] != "151.2500" || row["Number"] != "N-2" || row["Paid"] != "2026-03-10" {
		t.Errorf("row = %v", row)
	}
	b.refused("GET", "/Api/Order/List?StatusGroup=Completed", "", 400, "StatusGroup")
	if got := b.want("GET", "/Api/Invoice/List", "")["Count"]; got != 0.0 {
		t.Errorf("Invoice/List counts %v", got)
	}
}

func TestWhereOrdersAreListedIsASwitch(t *testing.T) {
	b := start(t, Options{Switches: Switches{OrderListUnderOffer: true, DraftsListed: true}})
	b.taken(customer(1, orders(bought(1))))
	b.refused("GET", "/Api/Order/List", "", 404, "Not Found")
	if got := b.want("GET", "/Api/Offer/List", "")["Count"]; got != 1.0 {
		t.Errorf("Offer/List counts %v; want the draft", got)
	}
	none := start(t, Options{Switches: Switches{NoOrderList: true}})
	none.refused("GET", "/Api/Order/List", "", 405, "not allowed")
}

func TestActionsFollowTheStateMachine(t *testing.T) {
	allowed := map[string]string{
		"Draft Finalize": "In progress", "Issued Edit": "Draft", "Issued Complete": "Completed", "Completed Paid": "Successful",
		"Failed Paid": "Successful", "Completed Storno": "Failed", "Paid Storno": "Failed",
	}
	for _, from := range states {
		for _, name := range []string{"Finalize", "Edit", "Complete", "Paid", "Storno"} {
			b := start(t, Options{})
			b.taken(customer(1, orders(bought(9, `<Status>`+string(from)+`</Status>`))))
			want, ok := allowed[string(from)+" "+name]
			if !ok {
				b.refused("POST", "/Api/Order/1/"+name, "{}", 405, "Order (POST): The method is not allowed!")
				continue
			}
			b.refused("GET", "/Api/Order/1/"+name, "", 405, "not allowed")
			b.want("POST", "/Api/Order/1/"+name, "{}")
			if got := b.order(9).CardStatus; got != want {
				t.Errorf("%s from %s gives %s; want %s", name, from, got, want)
			}
		}
	}
	literal := start(t, Options{Switches: Switches{StornoFromFailed: true, ActionsByGet: true}})
	literal.taken(customer(1, orders(bought(9, `<Status>Paid</Status>`))))
	literal.refused("GET", "/Api/Order/1/Storno", "", 405, "not allowed")
}

func TestADraftIsMadeChangedAndFinalisedByREST(t *testing.T) {
	b := start(t, Options{})
	b.taken(customer(14353, `<UserId>Kiss Béla</UserId>`))
	made := b.want("POST", "/Api/Order", `{"ReferenceId":"14353","CurrencyCode":"HUF","Customer":{"Name":"John Ltd.","Country":"36","City":"Pécs"},"Items":[{"Name":"Cable","PriceNet":"500.00","Quantity":"15","Unit":"m","VAT":"27"}]}`)
	if made["Amount"] != "9525" || made["Number"] != "" || made["Project"].(map[string]any)["Name"] != "To be issued (John Ltd.)" {
		t.Fatalf("POST Order = %v", made)
	}
	path := "/Api/Order/" + made["Id"].(string)
	changed := b.want("POST", path, `{"ReferenceId":14353,"Items":[{"Id":"1","Quantity":1},{"Name":"Box","PriceNet":1,"VAT":"0%"}]}`)
	if changed["Amount"] != "636" || len(changed["Items"].([]any)) != 2 {
		t.Errorf("after the change = %v; want 636 from two items", changed)
	}
	if got := b.want("GET", path+"/DeleteItem/2", ""); got["Amount"] != "635" {
		t.Errorf("after deleting an item = %v; want 635", got["Amount"])
	}
	b.want("POST", path+"/Project", `{"AWB":"55"}`)
	b.want("POST", path+"/Finalize", "{}")
	got := b.want("GET", path, "")
	if got["Number"] == "" || got["Project"].(map[string]any)["AWB"] != "55" {
		t.Errorf("finalised = %v; want a number and the field", got)
	}
	b.refused("POST", path, `{"ReferenceId":14353,"Subject":"late"}`, 405, "not allowed")
	b.refused("GET", path+"/DeleteItem/1", "", 405, "not allowed")
	b.refused("POST", "/Api/Order", `{"Items":[]}`, 400, `Missing parameter: "CustomerId"`)
	b.refused("POST", "/Api/Order", `{"CustomerId":"99"}`, 400, "CustomerId")
	b.refused("POST", path+"/Project", `{"Nothing":"55"}`, 400, "Nothing")
	if card := b.card(14353); card.Fields["WebshopOrderCount"] != "1" || card.Status != "New" {
		t.Errorf("card = %+v; want the order counted", card)
	}
}

func TestSegmentsFollowOrdersAndDays(t *testing.T) {
	for _, test := range []struct {
		n, days int
		want    segment
	}{
		{0, 0, registered},
		{0, 60, registered},
		{0, 61, inactive},
		{1, 30, newcomer},
		{1, 31, passive},
		{1, 60, passive},
		{1, 61, lost},
		{2, 60, promising},
		{3, 61, passive},
		{3, 90, passive},
		{2, 91, lost},
		{4, 90, loyal},
		{4, 91, passiveLoyal},
		{9, 365, passiveLoyal},
		{4, 366, lostLoyal},
	} {
		if got := segmentOf(test.n, test.days); got != test.want {
			t.Errorf("segmentOf(%d, %d) = %s; want %s", test.n, test.days, got, test.want)
		}
	}
}

func TestCardsMoveThroughTheSegmentsByThemselves(t *testing.T) {
	b := start(t, Options{Language: "ro"})
	issued := `<Status>Issued</Status>`
	b.taken(customer(1, `<StatusId>Nou</StatusId>`, strings.Replace(orders(bought(1, issued)), "Romania", "România", 1)))
	if got := b.card(1).Status; got != "Nou" {
		t.Errorf("after one order the card is %q; want Nou", got)
	}
	b.taken(strings.Replace(customer(1, orders(bought(2, issued), bought(3, `<Status>Failed</Status>`), bought(4))), "Romania", "România", -1))
	if card := b.card(1); card.Status != "Promițător" || card.Fields["WebshopOrderCount"] != "2" || card.Fields["WebshopTurnover"] != "302.5" {
		t.Errorf("after two that count the card is %+v; want Promițător", card)
	}
	for _, step := range []struct {
		days int
		want string
	}{{59, "Promițător"}, {1, "Pasiv"}, {30, "Pierdut"}} {
		b.want("POST", "/_sim/clock", fmt.Sprintf(`{"advance":"%dh"}`, 24*step.days))
		if got := b.card(1).Status; got != step.want {
			t.Errorf("%d days later the card is %q; want %q", step.days, got, step.want)
		}
	}
	off := start(t, Options{Switches: Switches{SegmentsOff: true}})
	off.taken(customer(1, `<StatusId>3005</StatusId>`))
	if got := off.card(1).Status; got != "Loyal" {
		t.Errorf("with segments off the card is %q; want what was sent", got)
	}
}

func TestStatusInXMLMayBeANameOrAnID(t *testing.T) {
	for form, want := range map[string][2]bool{"": {true, true}, "name": {true, false}, "id": {false, true}} {
		for i, text := range []string{"Registered", "3002"} {
			b := start(t, Options{Switches: Switches{StatusForm: form}})
			log := b.send(customer(1, `<StatusId>`+text+`</StatusId>`))
			if got := len(log.Taken) == 1; got != want[i] {
				t.Errorf("form %q, StatusId %s: taken %t; want %t", form, text, got, want[i])
			}
		}
	}
}

func TestOrderStatusWordsFollowTheSwitches(t *testing.T) {
	send := func(word string, s Switches) (OrderState, DocumentLog) {
		b := start(t, Options{Switches: s})
		log := b.send(customer(1, orders(bought(1, `<Status>`+word+`</Status>`))))
		if len(b.crm.Orders()) == 0 {
			return OrderState{}, log
		}
		return b.order(1), log
	}
	if o, _ := send("InProgress", Switches{MoreStatusWords: true}); o.Status != "Issued" {
		t.Errorf("InProgress became %q; want Issued", o.Status)
	}
	if o, log := send("Sent", Switches{UnknownStatusSkipped: true}); o.Status != "Draft" || len(log.Notes) != 1 {
		t.Errorf("an unknown word became %q, %+v; want a draft and a note", o.Status, log)
	}
	if _, log := send("Paid", Switches{NoPaidWord: true}); len(log.Refused) != 1 {
		t.Errorf("Paid was taken: %+v", log)
	}
}
