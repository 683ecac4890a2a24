package year_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"punte"
	"punte/engine"
	"punte/minicrm/minicrmsim"
	"punte/store"
	"punte/store/storetest"
	"punte/unas/unassim"
	"punte/web"
	"punte/year/oracle"
)

const (
	shopHost = "shop.example"
	crmHost  = "crm.example"
	ownHost  = "punte.example"
	crmKey   = "Qm4tYx80LsVc61pKd7Wz25RfHb93JnGe"
)

// clock stands still until it is moved.
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

// wires carries calls to the simulators without a socket.
type wires map[string]http.Handler

func (n wires) RoundTrip(r *http.Request) (answer *http.Response, err error) {
	served := r.Clone(r.Context())
	served.RequestURI, served.RemoteAddr = r.URL.RequestURI(), "192.0.2.7:4711"
	if served.Body == nil {
		served.Body = http.NoBody
	}
	defer func() { _ = served.Body.Close() }()
	recorder := httptest.NewRecorder()
	defer func() {
		if recover() != nil { // how a simulator drops a connection
			answer, err = nil, io.ErrUnexpectedEOF
		}
	}()
	n[r.URL.Host].ServeHTTP(recorder, served)
	return recorder.Result(), nil
}

// world is a shop, a MiniCRM system, Punte between them, and what ought to come of it.
type world struct {
	t     *testing.T
	zone  *time.Location
	clock *clock
	shop  *unassim.Shop
	crm   *minicrmsim.CRM
	wires wires

	dsn    string
	keys   *store.Keyring
	store  *store.Store
	engine *engine.Engine
	id     string
	said   bytes.Buffer

	document map[string]any
	sales    map[int]*sale
	model    *oracle.Model
	excused  *regexp.Regexp // differences that nobody can help; nil: none
}

// switches are how the two services behave where nobody knows.
type switches struct {
	shop unassim.Switches
	crm  minicrmsim.Switches
}

func newWorld(t *testing.T, kind string, begin time.Time, behave switches) *world {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Budapest")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, zone: zone, clock: &clock{now: begin}, dsn: storetest.Database(t, kind), sales: map[int]*sale{}}
	w.wires = wires{}
	w.shop = unassim.New(unassim.Options{Limits: true, Now: w.clock.Now, Switches: behave.shop})
	w.crm = minicrmsim.New(minicrmsim.Options{
		Limits: true, Now: w.clock.Now, APIKey: crmKey, Language: "hu", Delay: 20 * time.Second, Switches: behave.crm, Download: w.wires,
	})
	t.Cleanup(w.crm.Close)
	w.wires[shopHost] = w.shop
	w.wires[crmHost] = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Date", w.clock.Now().UTC().Format(http.TimeFormat))
		w.crm.ServeHTTP(rw, r)
	})
	if w.keys, err = store.LoadKeyring("", filepath.Join(t.TempDir(), "key")); err != nil {
		t.Fatal(err)
	}
	w.ask(w.shop, http.MethodPost, "/_sim/statuses", statusDocument("10", "Csomagolva", "open_prepare"))
	names := map[string]string{}
	for _, s := range w.shop.Statuses() {
		names[s.ID] = s.Name
	}
	w.document = map[string]any{
		"name":            "Évkönyv",
		"unas":            map[string]any{"base_url": "https://" + shopHost + "/shop/", "api_key": unassim.DefaultAPIKey},
		"minicrm":         map[string]any{"base_url": "https://" + crmHost, "system_id": minicrmsim.DefaultSystemID, "api_key": crmKey},
		"orders_category": 4, "webshop_category": 5, "owner": 100001,
		"status_field": "StatusUnas", "start_date": "2026-01-01", "delivery": "push", "link_source": "invoice",
		"field_map":        map[string]any{"Observatii": "comment.customer", "AWB": "shipping.package_number"},
		"status_map":       w.plainMap(),
		"shared_addresses": []string{"kozos@example.com"},
	}
	if behave.crm.NoUpload {
		w.document["delivery"] = "pull"
	}
	if w.model, err = oracle.New(w.text(), zone, "Ana Ionescu", names); err != nil {
		t.Fatal(err)
	}
	w.start()
	w.configure()
	return w
}

// plainMap maps the shop's own statuses by their types.
func (w *world) plainMap() map[string]any {
	pairs := map[string]any{}
	for _, s := range w.shop.Statuses() {
		pairs[s.Name] = map[string]string{"open_normal": "Issued", "open_prepare": "Issued", "close_ok": "Completed", "close_fault": "Failed"}[s.Type]
	}
	return pairs
}

func (w *world) text() string {
	w.t.Helper()
	text, err := json.Marshal(w.document)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// start begins a process, and kill ends it without a word.
func (w *world) start() {
	w.t.Helper()
	w.store = storetest.At(w.t, w.dsn, store.Options{Keys: w.keys})
	w.engine = &engine.Engine{
		Store: w.store, Now: w.clock.Now, Transport: w.wires, Log: slog.New(slog.NewTextHandler(&w.said, nil)),
		Notice:    func(_, sentence string) { fmt.Fprintln(&w.said, sentence) },
		PublicURL: "https://" + ownHost,
	}
	allow, err := web.ParseAllowList("192.0.2.7")
	if err != nil {
		w.t.Fatal(err)
	}
	w.wires[ownHost] = web.Handler(web.Options{Engine: w.engine, Allow: allow, Log: w.engine.Log})
}

func (w *world) kill() {
	w.t.Helper()
	if err := w.store.Close(); err != nil {
		w.t.Fatal(err)
	}
}

// off leaves the machine without power up to a moment of the shop's calendar.
func (w *world) off(text string) {
	w.t.Helper()
	w.kill()
	w.clock.advance(w.moment(text).Sub(w.clock.Now()))
	w.start()
	w.begin()
}

// configure saves the connection document, as a person does, and starts it.
func (w *world) configure() {
	w.t.Helper()
	conn, err := punte.ParseConnection(w.text(), nil)
	if err != nil {
		w.t.Fatalf("ParseConnection: %v", err)
	}
	id, err := w.engine.Register(w.t.Context(), conn, engine.Keys{UNAS: conn.UNAS.APIKey.Value, MiniCRM: conn.MiniCRM.APIKey.Value})
	if err != nil {
		w.t.Fatalf("Register: %v", err)
	}
	w.id = id
	if err := w.model.Configure(w.text()); err != nil {
		w.t.Fatal(err)
	}
	w.begin()
}

func (w *world) begin() {
	w.t.Helper()
	if _, err := w.engine.Begin(w.t.Context(), w.id, false); err != nil {
		w.t.Fatalf("Begin: %v", err)
	}
}

// run lets the engine work for that long.
func (w *world) run(d time.Duration) {
	w.t.Helper()
	end := w.clock.Now().Add(d)
	for range 200_000 {
		work, err := w.engine.Open(w.t.Context(), w.id)
		if err != nil {
			w.t.Fatalf("Open: %v", err)
		}
		due, err := work.Step(w.t.Context())
		if err != nil {
			w.t.Fatalf("Step at %s: %v; said:\n%s", w.clock.Now().In(w.zone), err, w.tail())
		}
		left := end.Sub(w.clock.Now())
		if left <= 0 {
			return
		}
		w.clock.advance(min(left, max(due.Sub(w.clock.Now()), time.Millisecond)))
	}
	w.t.Fatalf("there was no end of slices; said:\n%s", w.tail())
}

// probe lets Punte find out how this MiniCRM behaves. The time that passes meanwhile is
// that of the clock.
func (w *world) probe() {
	w.t.Helper()
	conn, err := punte.ParseConnection(w.text(), nil)
	if err != nil {
		w.t.Fatalf("ParseConnection: %v", err)
	}
	w.engine.Pause = func(_ context.Context, d time.Duration) error {
		w.clock.advance(d)
		return nil
	}
	defer func() { w.engine.Pause = nil }()
	keys := engine.Keys{UNAS: conn.UNAS.APIKey.Value, MiniCRM: conn.MiniCRM.APIKey.Value}
	if _, err := w.engine.Probe(w.t.Context(), conn, keys, engine.ProbeOptions{}); err != nil {
		w.t.Fatalf("Probe: %v", err)
	}
}

func (w *world) tail() string {
	lines := strings.Split(strings.TrimSpace(w.said.String()), "\n")
	return strings.Join(lines[max(0, len(lines)-12):], "\n")
}

// settle lets everything arrive, and holds MiniCRM against the oracle.
func (w *world) settle(occasion string) {
	w.t.Helper()
	for range 100 {
		w.run(15 * time.Minute)
		counts, err := w.store.Counts(w.t.Context(), w.id)
		if err != nil {
			w.t.Fatal(err)
		}
		if counts[punte.Owed]+counts[punte.Sent] == 0 {
			w.compare(occasion)
			return
		}
	}
	counts, err := w.store.Counts(w.t.Context(), w.id)
	w.t.Fatalf("%s: a day later there is still something owed: %v, %v; said:\n%s", occasion, counts, err, w.tail())
}

func (w *world) compare(occasion string) {
	w.t.Helper()
	if err := w.model.Synced(); err != nil {
		w.t.Fatal(err)
	}
	wrong, err := w.model.Differences(w.get(w.crm, "/_sim/orders"))
	if err != nil {
		w.t.Fatal(err)
	}
	wrong = slices.DeleteFunc(wrong, func(s string) bool { return w.excused != nil && w.excused.MatchString(s) })
	for i, sentence := range wrong {
		if i == 12 {
			w.t.Errorf("%s: and %d more", occasion, len(wrong)-i)
			break
		}
		w.t.Errorf("%s: %s", occasion, sentence)
	}
	if len(wrong) == 0 {
		return
	}
	list, err := w.engine.Attention(w.t.Context(), w.id)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, a := range list {
		w.t.Logf("told: %s %s: %s", a.Order, a.Kind, a.Text)
	}
	w.t.Logf("said:\n%s", w.tail())
	w.t.FailNow()
}

// unharmed says that no limit of either service was touched.
func (w *world) unharmed() {
	w.t.Helper()
	var shop struct{ Bans map[string]int }
	var crm struct {
		RateLimited int `json:"rate_limited"`
	}
	for _, part := range []struct {
		text []byte
		to   any
	}{{w.get(w.shop, "/_sim/stats"), &shop}, {w.get(w.crm, "/_sim/stats"), &crm}} {
		if err := json.Unmarshal(part.text, part.to); err != nil {
			w.t.Fatal(err)
		}
	}
	if len(shop.Bans) > 0 || crm.RateLimited > 0 {
		w.t.Errorf("bans %v, refused by MiniCRM's limits %d; want none", shop.Bans, crm.RateLimited)
	}
}

func (w *world) get(handler http.Handler, path string) []byte {
	w.t.Helper()
	return w.ask(handler, http.MethodGet, path, "")
}

func (w *world) ask(handler http.Handler, method, path, body string) []byte {
	w.t.Helper()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(method, path, strings.NewReader(body)))
	if recorder.Code != http.StatusOK {
		w.t.Fatalf("%s %s: %d %s", method, path, recorder.Code, recorder.Body)
	}
	return recorder.Body.Bytes()
}

// until works up to a moment of the shop's calendar.
func (w *world) until(text string) {
	w.t.Helper()
	w.run(w.moment(text).Sub(w.clock.Now()))
}

func (w *world) moment(text string) time.Time {
	w.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05", text, w.zone)
	if err != nil {
		w.t.Fatal(err)
	}
	return at
}

// place puts orders into the shop, new or changed.
func (w *world) place(sales ...*sale) {
	w.t.Helper()
	var text strings.Builder
	for _, s := range sales {
		if s.placed.IsZero() {
			s.placed = w.clock.Now()
		}
		w.sales[s.id] = s
		one := s.xml(w.zone)
		text.WriteString(one)
		if err := w.model.Changed(one); err != nil {
			w.t.Fatal(err)
		}
	}
	w.ask(w.shop, http.MethodPost, "/_sim/orders", "<Orders>"+text.String()+"</Orders>")
}

// change changes orders of the shop.
func (w *world) change(edit func(s *sale), ids ...int) {
	w.t.Helper()
	var sales []*sale
	for _, id := range ids {
		s := w.sales[id]
		edit(s)
		sales = append(sales, s)
	}
	w.place(sales...)
}

// delete removes orders from the shop without a trace. The oracle is told when the
// deletion is to have been found.
func (w *world) delete(ids ...int) {
	w.t.Helper()
	for _, id := range ids {
		w.ask(w.shop, http.MethodDelete, "/_sim/orders/"+w.sales[id].key, "")
		delete(w.sales, id)
	}
}

func (w *world) found(ids ...int) {
	for _, id := range ids {
		w.model.Deleted(strconv.Itoa(id))
	}
}

// status makes or renames a status of the shop.
func (w *world) status(id, name, kind string) {
	w.t.Helper()
	w.ask(w.shop, http.MethodPost, "/_sim/statuses", statusDocument(id, name, kind))
	w.model.Status(id, name)
}

func statusDocument(id, name, kind string) string {
	return fmt.Sprintf("<OrderStatuses><OrderStatus><Id>%s</Id><Name>%s</Name><Type>%s</Type></OrderStatus></OrderStatuses>", id, name, kind)
}

// edit is a person at MiniCRM's screen who writes into fields of an order's card.
func (w *world) edit(id int, field, value string) {
	w.t.Helper()
	w.person(id, map[string]any{"fields": map[string]string{field: value}})
	w.model.Edited(strconv.Itoa(id), field, value)
}

// move is a person who moves an order to another status.
func (w *world) move(id int, state minicrmsim.State, label string) {
	w.t.Helper()
	w.person(id, map[string]any{"status": label})
	w.model.Moved(strconv.Itoa(id), string(state))
}

func (w *world) person(id int, what map[string]any) {
	w.t.Helper()
	at := slices.IndexFunc(w.crm.Orders(), func(o minicrmsim.OrderState) bool { return o.ExternalID == int64(id) })
	if at < 0 {
		w.t.Fatalf("order %d is not in MiniCRM", id)
	}
	what["card_id"] = w.crm.Orders()[at].CardID
	text, err := json.Marshal(what)
	if err != nil {
		w.t.Fatal(err)
	}
	w.ask(w.crm, http.MethodPost, "/_sim/person", string(text))
}
