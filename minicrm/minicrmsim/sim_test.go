package minicrmsim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// A bench is a system behind a real server on the loopback, with a clock that
// stands still until the test moves it.
type bench struct {
	t      *testing.T
	crm    *CRM
	server *httptest.Server
	clock  *clock
	user   string
	key    string
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// start opens a bench at noon of 10 March 2026 in Budapest.
func start(t *testing.T, o Options) *bench {
	t.Helper()
	b := &bench{t: t, clock: &clock{now: time.Date(2026, 3, 10, 11, 0, 0, 0, time.UTC)}, user: DefaultSystemID, key: DefaultAPIKey}
	o.Now = b.clock.Now
	if o.Language == "" {
		o.Language = "en"
	}
	b.crm = New(o)
	b.server = httptest.NewServer(b.crm)
	t.Cleanup(b.crm.Close)
	t.Cleanup(b.server.Close)
	return b
}

// call sends one request and returns status and body.
func (b *bench) call(method, path, body string) (int, string) {
	b.t.Helper()
	status, text, err := b.try(method, path, body)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	return status, text
}

func (b *bench) try(method, path, body string) (int, string, error) {
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.server.URL+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	request.SetBasicAuth(b.user, b.key)
	response, err := b.server.Client().Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// want sends a request that must succeed and decodes its answer.
func (b *bench) want(method, path, body string) map[string]any {
	b.t.Helper()
	status, text := b.call(method, path, body)
	if status != http.StatusOK {
		b.t.Fatalf("%s %s = %d %s; want 200", method, path, status, text)
	}
	var answer map[string]any
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		b.t.Fatalf("%s %s: %v in %s", method, path, err, text)
	}
	return answer
}

// refused sends a request that must answer this status and text.
func (b *bench) refused(method, path, body string, status int, text string) {
	b.t.Helper()
	got, answer := b.call(method, path, body)
	if got != status || !strings.Contains(answer, text) {
		b.t.Errorf("%s %s = %d %q; want %d with %q", method, path, got, answer, status, text)
	}
}

// send uploads Projects and has them processed.
func (b *bench) send(projects ...string) DocumentLog {
	b.t.Helper()
	b.want("POST", "/Api/SyncFeed/51432/Upload", feedOf(projects...))
	b.crm.Settle()
	log := b.crm.Log()
	return log[len(log)-1]
}

// taken is send for Projects none of which may be refused.
func (b *bench) taken(projects ...string) {
	b.t.Helper()
	if log := b.send(projects...); len(log.Refused) > 0 || len(log.Taken) != len(projects) {
		b.t.Fatalf("document %d: taken %v, refused %v; want all %d taken", log.Document, log.Taken, log.Refused, len(projects))
	}
}

func (b *bench) fault(endpoint, kind string) {
	b.t.Helper()
	b.want("POST", "/_sim/faults", fmt.Sprintf(`{"endpoint":%q,"kind":%q,"times":1}`, endpoint, kind))
}

func (b *bench) order(id int64) OrderState {
	b.t.Helper()
	for _, o := range b.crm.Orders() {
		if o.ExternalID == id {
			return o
		}
	}
	b.t.Fatalf("there is no order %d", id)
	return OrderState{}
}

func (b *bench) card(id int64) CardState {
	b.t.Helper()
	for _, k := range b.crm.Cards() {
		if k.ExternalID == id {
			return k
		}
	}
	b.t.Fatalf("there is no card %d", id)
	return CardState{}
}

func feedOf(projects ...string) string {
	return `<?xml version="1.0" encoding="utf-8"?><Projects>` + strings.Join(projects, "") + `</Projects>`
}

// customer is a Project of the Webshop module with more elements inside.
func customer(id any, inner ...string) string {
	return fmt.Sprintf(`<Project Id="%v"><Name>Customer %v</Name><CategoryId>5</CategoryId>%s</Project>`, id, id, strings.Join(inner, ""))
}

func orders(all ...string) string { return "<Orders>" + strings.Join(all, "") + "</Orders>" }

const (
	performance = `<Performance>2026-03-09 10:15:00</Performance>`
	invoiceTo   = `<Customer><Name>Ilie Vera</Name><CountryId>Romania</CountryId><PostalCode>400001</PostalCode><City>Cluj</City><Address>Strada Lunga 3</Address></Customer>`
)

// bought is an Order of ten units with a few elements of its own.
func bought(id any, inner ...string) string {
	return fmt.Sprintf(`<Order Id="%v"><Number>N-%v</Number><CurrencyCode>RON</CurrencyCode>%s%s%s%s</Order>`,
		id, id, performance, invoiceTo, strings.Join(inner, ""), products(item(71, "12.5", "10", "21%")))
}

func products(all ...string) string { return "<Products>" + strings.Join(all, "") + "</Products>" }

func item(id any, price, quantity, vat string) string {
	return fmt.Sprintf(`<Product Id="%v"><Name>Thing %v</Name><PriceNet>%s</PriceNet><Quantity>%s</Quantity><SKU>S-%v</SKU>`+
		`<Unit>piece</Unit><VAT>%s</VAT><FolderName>UNAS</FolderName></Product>`, id, id, price, quantity, id, vat)
}
