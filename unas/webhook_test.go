package unas

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestVerifyWebhook(t *testing.T) {
	const secret, body = "titok", `{"orderID":"4711-1"}`
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	sum := mac.Sum(nil)
	good := base64.StdEncoding.EncodeToString(sum)
	for _, tt := range []struct {
		name, secret, body, signature string
		ok                            bool
	}{
		{"right", secret, body, good, true},
		{"right with blanks", secret, body, " " + good + "\n", true},
		{"another secret", "Titok", body, good, false},
		{"another body", secret, body + " ", good, false},
		{"no signature", secret, body, "", false},
		{"hexadecimal", secret, body, hex.EncodeToString(sum), false},
		{"half of it", secret, body, base64.StdEncoding.EncodeToString(sum[:16]), false},
		{"no base64", secret, body, "%%%", false},
		{"no secret", "", body, good, false},
	} {
		err := VerifyWebhook(NewSecret(tt.secret), []byte(tt.body), tt.signature)
		if (err == nil) != tt.ok || err != nil && !errors.Is(err, ErrSignature) {
			t.Errorf("%s: VerifyWebhook() = %v; want ok %v", tt.name, err, tt.ok)
		}
	}
	// Computed with another program: printf '{"id":1}' | openssl dgst -sha256 -hmac kulcs -binary | base64
	if err := VerifyWebhook(NewSecret("kulcs"), []byte(`{"id":1}`), "EH53IvNdPX0FyRwV/p+E5KQs7yBbO+xms7RjbeTdAAg="); err != nil {
		t.Errorf("a signature of another program: %v", err)
	}
}

func TestDecodeWebhookOfAnOrder(t *testing.T) {
	const body = `{"shopID":"4711","orderID":"4711-200017","grandTotal":12570.50,"time":1790000000,"comment":"x","currency":"Ft",
		"currencyCode":"HUF","orderStatus":{"id":0,"name":"Új"},
		"products":{"10":{"ID":"7","sku":"B"},"2":{"ID":600,"sku":"A","name":"Ecset","quantity":1.5,"unit":"db","netPrice":100,"grossPrice":127,"VATRate":27}},
		"customer":{"contact":{"name":"Kis Éva"},"email":"eva@posta.example","lang":"hu","subscribedToNewsletter":true}}`
	got, err := DecodeWebhook("order_send", []byte(body))
	want := Hint{
		Topic: "order_send", ShopID: "4711", OrderID: "4711-200017", Email: "eva@posta.example", Time: "1790000000", Lang: "hu",
		StatusID: "0", Status: "Új", Total: "12570.50", Currency: "HUF", Subscribed: "true",
		Products: []HintProduct{
			{ID: "600", SKU: "A", Name: "Ecset", Quantity: "1.5", Unit: "db", PriceNet: "100", PriceGross: "127", VATRate: "27"},
			{ID: "7", SKU: "B"},
		},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("DecodeWebhook() %v (-want +got):\n%s", err, diff)
	}
}

func TestDecodeWebhookOfARegistration(t *testing.T) {
	const body = `{"username":"","email":"eva@posta.example","contact":{"name":"Kis Éva"},"customer_language":"hu","shopID":4711,
		"customerID":9001,"subscribedToNewsletter":false,"newsletterSubscriptionConfirmed":true,"language":"ro",
		"customerParameters":{"70":{"name":"Szakma","value":"mázoló"},"8":{"name":"Kor","value":44}}}`
	got, err := DecodeWebhook("", []byte(body))
	want := Hint{
		ShopID: "4711", CustomerID: "9001", Email: "eva@posta.example", Lang: "hu", Subscribed: "false", Confirmed: "true",
		Params: []Param{{"8", "Kor", "44"}, {"70", "Szakma", "mázoló"}},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("DecodeWebhook() %v (-want +got):\n%s", err, diff)
	}
}

func TestDecodeWebhookIsLenientAboutShapesAndStrictAboutSize(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want Hint
		ok   bool
	}{
		{`{}`, Hint{Topic: "x"}, true},
		{`{"OrderId":7,"shopid":"1"}`, Hint{Topic: "x", OrderID: "7", ShopID: "1"}, true},
		{`{"customerID":{"a":1},"orderStatus":"Kész","products":[{"id":1},2],"customer":[]}`, Hint{Topic: "x", Products: []HintProduct{{ID: "1"}}}, true},
		{`{"products":[],"customerParameters":[]}`, Hint{Topic: "x"}, true},
		{"{\"email\":\"\xe1@b\"}", Hint{Topic: "x", Email: "\uFFFD@b"}, true},
		{` {"orderID":"1"} ` + "\n", Hint{Topic: "x", OrderID: "1"}, true},
		{`{"orderID":"1"}{}`, Hint{}, false},
		{`{"orderID":"1`, Hint{}, false},
		{`[]`, Hint{}, false},
		{`null`, Hint{}, false},
		{`"x"`, Hint{}, false},
		{``, Hint{}, false},
		{`<Order/>`, Hint{}, false},
		{`{"a":` + strings.Repeat("[", 20_000), Hint{}, false},
		{`{"a":"` + strings.Repeat("x", LongestWebhook) + `"}`, Hint{}, false},
	} {
		got, err := DecodeWebhook("x", []byte(tt.in))
		if diff := cmp.Diff(tt.want, got); (err == nil) != tt.ok || diff != "" {
			t.Errorf("DecodeWebhook(%.60q): %v; want ok %v (-want +got):\n%s", tt.in, err, tt.ok, diff)
		}
		if err != nil && len(err.Error()) > 100 {
			t.Errorf("DecodeWebhook(%.60q): the error is %d bytes long", tt.in, len(err.Error()))
		}
	}
}

func FuzzDecodeWebhook(f *testing.F) {
	f.Add("order_send", []byte(`{"shopID":"1","orderID":"1-2","products":{"1":{"ID":"7","quantity":1e3}},"orderStatus":{"id":0}}`))
	f.Add("", []byte(`{"customerID":"5","customerParameters":[{"id":1,"name":"a","value":true}],"customer":{"lang":"hu"}}`))
	f.Add("x\x00", []byte("{\"email\":\"\xff\",\"EMAIL\":1}"))
	f.Fuzz(func(t *testing.T, topic string, body []byte) {
		got, err := DecodeWebhook(topic, body)
		again, errAgain := DecodeWebhook(topic, body)
		if (err == nil) != (errAgain == nil) || cmp.Diff(got, again) != "" {
			t.Fatalf("DecodeWebhook(%q) reads differently the second time: %v", body, cmp.Diff(got, again))
		}
		var plain map[string]any // nil for null
		if json.Unmarshal(body, &plain) != nil || plain == nil || len(body) > LongestWebhook {
			return
		}
		if err != nil {
			t.Fatalf("DecodeWebhook(%q) = %v; want a hint", body, err)
		}
		if key, ok := plain["orderID"].(string); ok && key != "" && utf8.Valid(body) && got.OrderID != key {
			t.Fatalf("DecodeWebhook(%q) is of order %q; want %q", body, got.OrderID, key)
		}
	})
}
