package minicrmsim

import (
	"bytes"
	"net/http/httptest"
	"testing"
	"time"
)

// Whatever is uploaded, the system answers, logs every document, prints itself
// and can be saved and restored.
func FuzzADocumentNeverBreaksTheSystem(f *testing.F) {
	whole := customer(1, `<UserId>Kiss Béla</UserId><WebshopLostBasketValue>1.5</WebshopLostBasketValue><Business><Name>B</Name><Addresses><Address><CountryId>Romania</CountryId></Address></Addresses></Business><Contacts><Contact Id="5"><FirstName>A</FirstName><Email>a@example.ro</Email></Contact></Contacts>`,
		orders(bought(9, `<Status>Issued</Status><PaymentMethod>Card</PaymentMethod><Project><Set1231>Gift, Urgent</Set1231><AWB><![CDATA[1]]></AWB></Project>`)))
	f.Add([]byte(feedOf(whole, customer(2), whole)), false)
	f.Add([]byte("\uFEFF"+feedOf(customer("x"), customer(3, "<StatusId>Loyal</StatusId>"))), true)
	f.Add([]byte("<Projects><Project Id=\"1\">"), true)
	f.Add([]byte(feedOf(customer(1, orders(`<Order Id="9">`+performance+invoiceTo+products(item(1, "9999999999999", "99999", "99%"), item(1, "-0.0000001", "1e5", "0%"))+`</Order>`)))), false)
	at := time.Date(2026, 3, 10, 11, 0, 0, 0, time.UTC)
	odd := Switches{
		FeedModules: "any", AlphanumericIDs: true, EmptyRequiredTaken: true, LongXMLTextCut: true, VATWithoutPercent: true, BrokenXMLHalf: true,
		MissingLinesKept: true, ContactsByEmail: true, StockBySKU: true, UnknownFieldSkipped: true, UnknownStatusSkipped: true, OrdersDriveStock: true,
	}
	f.Fuzz(func(t *testing.T, body []byte, lenient bool) {
		o := Options{Language: "en", Now: func() time.Time { return at }, MaxDocument: 1 << 20}
		if lenient {
			o.Switches = odd
		}
		crm, again := New(o), New(o)
		for range 2 {
			request := httptest.NewRequest("POST", "/Api/SyncFeed/51432/Upload", bytes.NewReader(body))
			request.SetBasicAuth(DefaultSystemID, DefaultAPIKey)
			crm.ServeHTTP(httptest.NewRecorder(), request)
			crm.Settle()
		}
		for _, path := range []string{"/", "/card/1", "/_sim/orders", "/Api/Order/List", "/Api/Order/1", "/Api/R3/Project/1", "/Api/R3/Contact"} {
			request := httptest.NewRequest("GET", path, nil)
			request.SetBasicAuth(DefaultSystemID, DefaultAPIKey)
			answer := httptest.NewRecorder()
			crm.ServeHTTP(answer, request)
			if answer.Code >= 500 {
				t.Errorf("%s = %d %s", path, answer.Code, answer.Body)
			}
		}
		for _, l := range crm.Log() {
			if l.Time == "" {
				t.Errorf("document %d was not processed", l.Document)
			}
		}
		var saved bytes.Buffer
		if err := crm.Save(&saved); err != nil {
			t.Fatalf("Save = %v", err)
		}
		first := bytes.Clone(saved.Bytes())
		if err := again.Restore(&saved); err != nil {
			t.Fatalf("Restore = %v", err)
		}
		if err := again.Save(&saved); err != nil || !bytes.Equal(saved.Bytes(), first) {
			t.Errorf("the restored world saves as\n%s, %v; want\n%s", saved.Bytes(), err, first)
		}
	})
}
