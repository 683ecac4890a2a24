package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
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
)

const (
	shopHost = "shop.example"
	crmHost  = "crm.example"
	feedHost = "punte.example"

	crmKey = "Zz81pQ0mTy27bWn5LcRk93xVfHs6Jd4A"
)

// noon is when the tests begin, in Budapest's summer time.
var noon = time.Date(2026, 6, 10, 10, 0, 0, 0, time.UTC)

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

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// network carries calls to the handlers of the simulators without a socket.
type network struct {
	hosts map[string]http.Handler
	// before and after may fail a call before it is made, or lose its answer.
	before, after func(r *http.Request) error

	mu    sync.Mutex
	calls map[string]int // by host
}

func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	handler, ok := n.hosts[r.URL.Host]
	if !ok {
		return nil, fmt.Errorf("there is no host %s", r.URL.Host)
	}
	n.mu.Lock()
	n.calls[r.URL.Host]++
	n.mu.Unlock()
	if n.before != nil {
		if err := n.before(r); err != nil {
			return nil, err
		}
	}
	served := r.Clone(r.Context())
	served.RequestURI, served.RemoteAddr = r.URL.RequestURI(), "192.0.2.7:4711"
	if served.Body == nil {
		served.Body = http.NoBody
	}
	defer served.Body.Close()
	answer, err := serve(handler, served)
	if err != nil {
		return nil, err
	}
	if n.after != nil {
		if err := n.after(r); err != nil {
			return nil, err
		}
	}
	if r.Context().Err() != nil {
		return nil, r.Context().Err()
	}
	return answer, nil
}

// serve calls a handler. One that drops its connection gives what was written so
// far and then an error.
func serve(handler http.Handler, r *http.Request) (answer *http.Response, err error) {
	recorder := httptest.NewRecorder()
	defer func() {
		if recover() == nil {
			return
		}
		if recorder.Body.Len() == 0 {
			answer, err = nil, io.ErrUnexpectedEOF
			return
		}
		answer = recorder.Result()
		answer.Body = io.NopCloser(io.MultiReader(answer.Body, broken{}))
	}()
	handler.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

// broken is a connection that breaks off.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// world is a shop, a CRM, and an engine between them.
type world struct {
	t     *testing.T
	clock *clock
	shop  *unassim.Shop
	crm   *minicrmsim.CRM
	net   *network

	dsn    string
	keys   *store.Keyring
	store  *store.Store
	engine *engine.Engine
	id     string

	document map[string]any
	said     bytes.Buffer // log and notices

	probeDocuments int // of a probe that was made
}

// options are how a world differs from the usual one.
type options struct {
	shop    unassim.Options
	crm     minicrmsim.Options
	orders  int // generated
	seed    uint64
	change  func(document map[string]any)
	pull    bool // MiniCRM fetches documents
	limited bool // budgets are kept
}

// long skips a test that only volume makes worth while, and that the race detector
// would make last minutes.
func long(t *testing.T) {
	t.Helper()
	if raced {
		t.Skip("it has one goroutine and much to do: it runs without the race detector")
	}
}

// newWorld makes a world, and its test one that runs beside others.
func newWorld(t *testing.T, kind string, o options) *world {
	t.Helper()
	t.Parallel()
	w := &world{t: t, clock: &clock{now: noon}, dsn: storetest.Database(t, kind)}
	o.shop.Now, o.crm.Now = w.clock.Now, w.clock.Now
	o.crm.APIKey = crmKey
	if o.crm.Delay == 0 {
		o.crm.Delay = 3 * time.Second
	}
	w.net = &network{calls: map[string]int{}}
	o.crm.Download = w.net
	w.shop, w.crm = unassim.New(o.shop), minicrmsim.New(o.crm)
	t.Cleanup(w.crm.Close)
	w.net.hosts = map[string]http.Handler{shopHost: w.shop, crmHost: dated(w.clock, w.crm)}
	if o.orders > 0 {
		w.shop.Generate(max(o.seed, 1), o.orders, o.orders/3+1)
	}
	keys, err := store.LoadKeyring("", filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatalf("LoadKeyring: %v", err)
	}
	w.keys = keys
	w.document = w.plainDocument()
	if o.pull {
		w.document["delivery"] = "pull"
	}
	if o.change != nil {
		o.change(w.document)
	}
	w.start(!o.limited)
	w.register()
	return w
}

// dated prints the Date that the simulator leaves to its server.
func dated(c *clock, handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", c.Now().UTC().Format(http.TimeFormat))
		handler.ServeHTTP(w, r)
	})
}

// start opens the store and makes an engine, as a new process does.
func (w *world) start(rehearsal bool) {
	w.t.Helper()
	w.store = storetest.At(w.t, w.dsn, store.Options{Keys: w.keys})
	log := slog.New(slog.NewTextHandler(&w.said, nil))
	w.engine = &engine.Engine{
		Store: w.store, Now: w.clock.Now, Transport: w.net, PublicURL: "https://" + feedHost,
		Rehearsal: rehearsal, Log: log,
		Notice: func(_, sentence string) { fmt.Fprintln(&w.said, sentence) },
	}
	allow, err := web.ParseAllowList("192.0.2.0/24")
	if err != nil {
		w.t.Fatal(err)
	}
	w.net.hosts[feedHost] = web.Handler(web.Options{Engine: w.engine, Allow: allow, Log: log})
}

// kill ends the process without a word, and restart begins another.
func (w *world) kill() {
	_ = w.store.Close()
}

func (w *world) restart() {
	w.t.Helper()
	rehearsal := w.engine.Rehearsal
	w.kill()
	w.start(rehearsal)
}

// forget loses the database: the next process begins with an empty one.
func (w *world) forget(kind string) {
	w.t.Helper()
	w.dsn = storetest.Database(w.t, kind)
	w.restart()
	w.register()
}

func (w *world) plainDocument() map[string]any {
	states := map[string]string{"open_normal": "Issued", "open_prepare": "Draft", "close_ok": "Completed", "close_fault": "Failed"}
	statuses := map[string]any{}
	for _, s := range w.shop.Statuses() {
		statuses[s.Name] = states[s.Type]
	}
	return map[string]any{
		"name":            "Test",
		"unas":            map[string]any{"base_url": "https://" + shopHost + "/shop/", "api_key": unassim.DefaultAPIKey},
		"minicrm":         map[string]any{"base_url": "https://" + crmHost, "system_id": minicrmsim.DefaultSystemID, "api_key": crmKey},
		"orders_category": 4, "webshop_category": 5, "owner": "Ana Ionescu",
		"link_field": "LinkPdf", "link_source": "invoice", "status_field": "StatusUnas",
		"field_map":  map[string]any{"Observatii": "comment.customer", "AWB": "shipping.package_number"},
		"status_map": statuses, "start_date": "2026-01-01", "delivery": "push",
	}
}

// connection reads the document as it is now.
func (w *world) connection() (*punte.Connection, engine.Keys) {
	w.t.Helper()
	text, err := json.Marshal(w.document)
	if err != nil {
		w.t.Fatal(err)
	}
	conn, err := engine.ParseConnection(string(text))
	if err != nil {
		w.t.Fatalf("ParseConnection: %v", err)
	}
	return conn, engine.Keys{UNAS: conn.UNAS.APIKey.Value, MiniCRM: conn.MiniCRM.APIKey.Value}
}

// register saves the connection.
func (w *world) register() {
	w.t.Helper()
	conn, keys := w.connection()
	id, err := w.engine.Register(w.t.Context(), conn, keys)
	if err != nil {
		w.t.Fatalf("Register: %v", err)
	}
	w.id = id
}

func (w *world) begin(once bool) {
	w.t.Helper()
	if _, err := w.engine.Begin(w.t.Context(), w.id, once); err != nil {
		w.t.Fatalf("Begin: %v", err)
	}
}

// step does a slice and says when the next one is due.
func (w *world) step(ctx context.Context) (time.Time, error) {
	work, err := w.engine.Open(ctx, w.id)
	if err != nil {
		return time.Time{}, err
	}
	return work.Step(ctx)
}

// mostSlices bounds loops: a test that needs more has found an engine that spins.
const mostSlices = 5000

// runFor lets the engine work until that much time has gone by.
func (w *world) runFor(d time.Duration) {
	w.t.Helper()
	end := w.clock.Now().Add(d)
	for range mostSlices {
		due, err := w.step(w.t.Context())
		if err != nil {
			w.t.Fatalf("Step: %v", err)
		}
		left := end.Sub(w.clock.Now())
		if left <= 0 {
			return
		}
		w.clock.Advance(min(left, max(due.Sub(w.clock.Now()), time.Millisecond)))
	}
	w.t.Fatalf("there was no end of slices")
}

// once runs a run that ends by itself and returns it.
func (w *world) once() store.Run {
	w.t.Helper()
	w.begin(true)
	return w.finish()
}

// finish works until the run that ends by itself has ended.
func (w *world) finish() store.Run {
	w.t.Helper()
	for range mostSlices {
		due, err := w.step(w.t.Context())
		if err != nil {
			w.t.Fatalf("Step: %v", err)
		}
		run, err := w.store.LastRun(w.t.Context(), w.id, "once")
		if err != nil {
			w.t.Fatal(err)
		}
		if !run.Ended.IsZero() {
			return run
		}
		w.clock.Advance(max(due.Sub(w.clock.Now()), time.Millisecond))
	}
	w.t.Fatalf("the run did not end; said:\n%s", w.said.String())
	return store.Run{}
}

// standing is where all orders stand.
func (w *world) standing() punte.Report {
	w.t.Helper()
	r, err := w.engine.Standing(w.t.Context(), w.id)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// control posts to a control address of a simulator.
func (w *world) control(handler http.Handler, path, body string) {
	w.t.Helper()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, path, strings.NewReader(body)))
	if recorder.Code != http.StatusOK {
		w.t.Fatalf("%s: %d %s", path, recorder.Code, recorder.Body)
	}
}

// fault spoils the next calls of the CRM.
func (w *world) crmFault(endpoint, kind string, times int) {
	w.t.Helper()
	w.control(w.crm, "/_sim/faults", fmt.Sprintf(`{"endpoint":%q,"kind":%q,"times":%d}`, endpoint, kind, times))
}

// place puts orders into the shop; their DateMod becomes now.
func (w *world) place(orders ...sale) {
	w.t.Helper()
	var text strings.Builder
	text.WriteString("<Orders>")
	for _, o := range orders {
		text.WriteString(o.xml(w.clock.Now()))
	}
	text.WriteString("</Orders>")
	w.control(w.shop, "/_sim/orders", text.String())
}

// sale is an order of the tests.
type sale struct {
	id, number int
	key        string // default: shop and number
	placed     time.Time
	status     string // id, name
	email      string
	comment    string
	awb        string
	quantity   string
	extra      string // more XML inside the order
	items      string // instead of the usual line
	rawID      string // instead of the number
	currency   string
	country    string
}

func (s sale) xml(now time.Time) string {
	if s.placed.IsZero() {
		s.placed = now
	}
	or := func(text, usual string) string {
		if text == "" {
			return usual
		}
		return text
	}
	status, name, _ := strings.Cut(or(s.status, statusNew), "|")
	items := or(s.items, fmt.Sprintf(`<Item><Id>7001</Id><Sku>KAV-1</Sku><Name>Kávé</Name><Unit>db</Unit><Quantity>%s</Quantity>`+
		`<PriceNet>1000</PriceNet><PriceGross>1270</PriceGross><Vat>27%%</Vat></Item>`, or(s.quantity, "2")))
	zone, err := time.LoadLocation("Europe/Budapest")
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`<Order><Key>%s</Key><Id>%s</Id><Date>%s</Date><Lang>hu</Lang><Customer><Email>%s</Email>`+
		`<Contact><Name>Teszt Elek</Name><Phone>+3612345678</Phone></Contact><Addresses><Invoice><Name>Teszt Elek</Name><ZIP>1011</ZIP>`+
		`<City>Budapest</City><Street>Fő utca 1.</Street><Country>Magyarország</Country><CountryCode>%s</CountryCode></Invoice></Addresses></Customer>`+
		`<Currency>%s</Currency><Status>%s</Status><StatusID>%s</StatusID><Payment><Name>Utánvét</Name><Type>cod</Type></Payment>`+
		`<Shipping><Name>Futár</Name><PackageNumber>%s</PackageNumber></Shipping>`+
		`<Comments><Comment><Type>customer</Type><Text>%s</Text></Comment></Comments>`+
		`<SumPriceGross>%s</SumPriceGross><Items>%s</Items>%s</Order>`,
		or(s.key, "71823-"+strconv.Itoa(s.number)), or(s.rawID, strconv.Itoa(s.id)), s.placed.In(zone).Format("2006.01.02 15:04:05"),
		or(s.email, fmt.Sprintf("vevo%d@example.com", s.id)), or(s.country, "hu"), or(s.currency, "HUF"), name, status, s.awb, s.comment,
		gross(or(s.quantity, "2")), items, s.extra)
}

func gross(quantity string) string {
	n, err := strconv.Atoi(quantity)
	if err != nil {
		return "2540"
	}
	return strconv.Itoa(n * 1270)
}

// The statuses that a shop begins with, as id|name. newWorld checks them.
var statusNew, statusDone, statusFailed string

func init() { //nolint:gochecknoinits // names of the simulator's own statuses, read once
	for _, s := range unassim.New(unassim.Options{}).Statuses() {
		text := s.ID + "|" + s.Name
		switch {
		case s.Type == "close_ok":
			statusDone = text
		case s.Type == "close_fault":
			statusFailed = text
		case s.Type == "open_normal" && statusNew == "":
			statusNew = text
		}
	}
}

// order finds an order in MiniCRM by its external id.
func (w *world) order(id int64) (minicrmsim.OrderState, bool) {
	for _, o := range w.crm.Orders() {
		if o.ExternalID == id {
			return o, true
		}
	}
	return minicrmsim.OrderState{}, false
}

// cardOf is a customer's card in MiniCRM.
func (w *world) cardOf(external int64) minicrmsim.CardState {
	w.t.Helper()
	for _, c := range w.crm.Cards() {
		if c.ExternalID == external && c.Category == 5 {
			return c
		}
	}
	w.t.Fatalf("MiniCRM has no card %d", external)
	return minicrmsim.CardState{}
}

// put changes something in MiniCRM as another program with its key does.
func (w *world) put(path, body string) {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPut, "/Api/"+path, strings.NewReader(body))
	r.SetBasicAuth(minicrmsim.DefaultSystemID, crmKey)
	recorder := httptest.NewRecorder()
	w.crm.ServeHTTP(recorder, r)
	if recorder.Code != http.StatusOK {
		w.t.Fatalf("PUT %s: %d %s", path, recorder.Code, recorder.Body)
	}
}

// duty is where one order stands.
func (w *world) duty(ref string) store.SavedOrder {
	w.t.Helper()
	o, err := w.store.Order(w.t.Context(), w.id, ref)
	if err != nil {
		w.t.Fatalf("Order(%s): %v", ref, err)
	}
	return o
}

// documents is how many documents MiniCRM was given.
func (w *world) documents() int { return len(w.crm.Log()) }

// isStopped says that an error is a connection that stopped.
func isStopped(err error) (*engine.StoppedError, bool) {
	return errors.AsType[*engine.StoppedError](err)
}

// ids lists which cards there are, and of what module.
func ids(cards []minicrmsim.CardState) []string {
	list := make([]string, 0, len(cards))
	for _, c := range cards {
		list = append(list, fmt.Sprintf("%d/%d/%d/%v", c.ID, c.ExternalID, c.Category, c.Orders))
	}
	return list
}
