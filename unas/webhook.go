package unas

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Headers of a webhook. The signature is documented; the topic was seen, but not what
// values it has.
const (
	SignatureHeader = "X-UNAS-HMAC"
	TopicHeader     = "X-Unas-Topic"
)

// LongestWebhook is how many bytes the body of a webhook may have.
const LongestWebhook = 1 << 20

// ErrSignature says that a webhook is not from the shop.
var ErrSignature = errors.New("the webhook's signature is missing or wrong")

// VerifyWebhook reports whether the shop that shares secret with us sent body:
// signature, which is its X-UNAS-HMAC header, must be the HMAC-SHA256 of the very bytes
// that came, in base64. Otherwise the error is ErrSignature. An empty secret verifies
// nothing. Source: UNAS API documentation, "Automata folyamatok".
func VerifyWebhook(secret Secret, body []byte, signature string) error {
	if secret.Reveal() == "" {
		return fmt.Errorf("verifying a webhook: there is no secret: %w", ErrSignature)
	}
	given, err := base64.StdEncoding.DecodeString(strings.TrimSpace(signature))
	if err != nil {
		return ErrSignature
	}
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	mac.Write(body)
	if !hmac.Equal(given, mac.Sum(nil)) {
		return ErrSignature
	}
	return nil
}

// Hint is what a webhook tells: that something happened, never what is true now. Who
// gets one asks the shop, for a webhook holds no time of modification and may come
// late, twice or out of order. All fields may be empty.
type Hint struct {
	Topic      string // of the header, such as an Event of an automatism
	ShopID     string
	OrderID    string // the order's Key; its Id is not told
	CustomerID string
	Email      string
	Time       string // Unix seconds, of an order's placing
	Lang       string

	StatusID, Status string // of an order
	Total            string // gross
	Currency         string // ISO code
	Products         []HintProduct

	Subscribed string // to the newsletter: true, false
	Confirmed  string // the subscription: true, false
	Params     []Param
}

// HintProduct is one line of an order as a webhook tells it.
type HintProduct struct {
	ID, SKU, Name        string
	Quantity, Unit       string
	PriceNet, PriceGross string // of one unit
	VATRate              string // a number without "%", unlike in orders
}

// DecodeWebhook reads the body of a webhook; topic is its X-Unas-Topic header, if it
// has one. Only the bodies of order_send and customer_registration are known. The
// others, and fields of other shapes, are read as far as they are alike: numbers and
// texts count alike, lists may be arrays or objects keyed by their position, and names
// may be written in any case. The body must be one JSON object of at most
// LongestWebhook bytes. Errors hold nothing of it.
func DecodeWebhook(topic string, body []byte) (Hint, error) {
	if len(body) > LongestWebhook {
		return Hint{}, fmt.Errorf("reading a webhook: it is larger than %d bytes", LongestWebhook)
	}
	if !utf8.Valid(body) {
		body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var root map[string]any
	if err := d.Decode(&root); err != nil || root == nil {
		return Hint{}, fmt.Errorf("reading a webhook: it is no JSON object (byte %d)", d.InputOffset())
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Hint{}, fmt.Errorf("reading a webhook: something follows the JSON object (byte %d)", d.InputOffset())
	}
	o := object(root)
	customer, status := o.object("customer"), o.object("orderStatus")
	h := Hint{
		Topic: shorten(topic), ShopID: o.text("shopID", "shop_id"), OrderID: o.text("orderID", "order_id"),
		CustomerID: cmp.Or(o.text("customerID", "customer_id"), customer.text("ID", "customerID")),
		Email:      cmp.Or(o.text("email"), customer.text("email")),
		Time:       o.text("time"),
		Lang:       cmp.Or(o.text("customer_language", "language", "lang"), customer.text("lang")),
		StatusID:   status.text("id"), Status: status.text("name"),
		Total: o.text("grandTotal"), Currency: o.text("currencyCode"),
		Subscribed: cmp.Or(o.text("subscribedToNewsletter"), customer.text("subscribedToNewsletter")),
		Confirmed:  o.text("newsletterSubscriptionConfirmed"),
	}
	for _, row := range o.rows("products") {
		h.Products = append(h.Products, HintProduct{
			ID: row.text("ID"), SKU: row.text("sku"), Name: row.text("name"), Quantity: row.text("quantity"), Unit: row.text("unit"),
			PriceNet: row.text("netPrice"), PriceGross: row.text("grossPrice"), VATRate: row.text("VATRate"),
		})
	}
	for _, row := range o.rows("customerParameters") {
		h.Params = append(h.Params, Param{ID: cmp.Or(row.text("id"), row.text(rowKey)), Name: row.text("name"), Value: row.text("value")})
	}
	return h, nil
}

// object is a JSON object; the nil one is empty.
type object map[string]any

// value finds a member by its exact name, else in any case: then the first by its
// name, so that the same body always reads the same.
func (o object) value(name string) any {
	if v, ok := o[name]; ok {
		return v
	}
	for _, key := range slices.Sorted(maps.Keys(o)) {
		if strings.EqualFold(key, name) {
			return o[key]
		}
	}
	return nil
}

// text returns the first member that is a text, a number, true or false, and not
// empty.
func (o object) text(names ...string) string {
	for _, name := range names {
		var text string
		switch v := o.value(name).(type) {
		case string:
			text = v
		case json.Number:
			text = v.String()
		case bool:
			text = strconv.FormatBool(v)
		}
		if text != "" {
			return text
		}
	}
	return ""
}

func (o object) object(name string) object {
	inner, _ := o.value(name).(map[string]any)
	return inner
}

// rowKey is where rows notes under which key a row stood. No member of a JSON object
// that the service sends is called so.
const rowKey = "\x00key"

// rows returns the objects of a list, which is an array or an object keyed by
// position or id.
func (o object) rows(name string) []object {
	var rows []object
	switch list := o.value(name).(type) {
	case []any:
		for _, v := range list {
			if row, ok := v.(map[string]any); ok {
				rows = append(rows, row)
			}
		}
	case map[string]any:
		keys := slices.SortedFunc(maps.Keys(list), func(a, b string) int {
			return compareIDs(a, b) // 10 behind 9
		})
		for _, key := range keys {
			if row, ok := list[key].(map[string]any); ok {
				row[rowKey] = key
				rows = append(rows, row)
			}
		}
	}
	return rows
}
