package unassim

import (
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// DefaultAPIKey is the key a shop accepts when Options names none.
const DefaultAPIKey = "unas-demo-key-0123456789abcdef"

// The plans of a shop. Only PREMIUM and VIP may use the API; PlanSmall stands for all smaller ones.
const (
	PlanPremium = "premium"
	PlanVIP     = "vip"
	PlanSmall   = "small"
)

// wireTime is how UNAS prints moments: shop-local, no zone, whole seconds.
const wireTime = "2006.01.02 15:04:05"

// Options describes the shop to build. The zero value is a PREMIUM shop without limits.
type Options struct {
	APIKey      string           // default DefaultAPIKey
	ShopID      string           // the part of an order key before the dash; default "71823", or what a loaded document's keys say
	Plan        string           // PlanPremium (default), PlanVIP or PlanSmall
	Limits      bool             // count calls and ban as the documentation says; false: no limits, no bans
	Zone        *time.Location   // zone of printed times and of days in filters; default Europe/Budapest, UTC where the zone data is missing
	Now         func() time.Time // base clock, default time.Now; POST /_sim/clock adds to it
	Permissions []string         // endpoints the key may call; default all
	Allowed     []netip.Prefix   // addresses the key may be used from; empty: every address
	Keys        []Key            // further keys, each with its own permissions and addresses
	Switches    Switches         // answers to what nobody documents

	Webhook       string            // address that a VIP shop sends webhooks to from the start; empty: none
	WebhookSecret string            // signs webhooks; empty: they carry no X-UNAS-HMAC
	Transport     http.RoundTripper // sends webhooks; default http.DefaultTransport
}

// Shop is a UNAS webshop in memory. It is an http.Handler and safe for concurrent use.
type Shop struct {
	options    Options
	mux        *http.ServeMux
	delivering sync.Mutex   // one Deliver at a time
	gate       sync.RWMutex // held while an endpoint runs: switches change between two calls

	mu         sync.Mutex
	revision   uint64
	advanced   time.Duration // added to the base clock by POST /_sim/clock
	tokens     map[string]token
	visitors   map[netip.Addr]*visitor
	faults     map[string][]*Fault
	stats      stats
	people     []*person // whom Generate invented; Live lets them buy again
	statuses   []*status
	methods    []*method
	orderTypes []*orderType

	journal    journal
	world      world // products, groups and what else there is
	customers  map[string]*customer
	byCustomer []*customer // by id, ascending

	orders       map[string]*order // by id
	keys         keyIndex          // by full key
	numbers      keyIndex          // by the part of the key after the last dash
	internalKeys keyIndex
	byID         index
	byPlaced     index
	byModified   index
	lastID       uint64 // highest order id seen; a new order takes a higher one
	lastNumber   int    // highest number behind ShopID- in a key
	freedKey     string // of the order deleted last
	anyShopID    bool   // none was asked for: Load takes the one of the orders it reads

	automatisms    []*automatism
	lastAutomatism int
	hooks          webhooks
	invoices       int // invoice numbers handed out
}

// New returns a shop without orders and customers, with built-in statuses, methods and order types.
func New(o Options) *Shop {
	if o.APIKey == "" {
		o.APIKey = DefaultAPIKey
	}
	anyShopID := o.ShopID == ""
	if anyShopID {
		o.ShopID = "71823"
	}
	if o.Plan == "" {
		o.Plan = PlanPremium
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = budapest()
	}
	if o.Permissions == nil {
		o.Permissions = endpointNames()
	}
	o.Keys = slices.Concat([]Key{{o.APIKey, o.Permissions, o.Allowed}}, o.Keys)
	for i := range o.Keys {
		if o.Keys[i].Permissions == nil {
			o.Keys[i].Permissions = endpointNames()
		}
	}
	s := &Shop{
		options:      o,
		tokens:       map[string]token{},
		visitors:     map[netip.Addr]*visitor{},
		faults:       map[string][]*Fault{},
		stats:        stats{Calls: map[string]int{}, Failures: map[string]int{}, Bans: map[string]int{}},
		customers:    map[string]*customer{},
		orders:       map[string]*order{},
		keys:         keyIndex{},
		numbers:      keyIndex{},
		internalKeys: keyIndex{},
		byID:         index{compare: compareID},
		byPlaced:     index{compare: comparePlaced},
		byModified:   index{compare: compareModified},
		lastID:       530210000,
		lastNumber:   100000,
		anyShopID:    anyShopID,
	}
	s.addBuiltIns()
	s.addWebhooks()
	s.mux = s.routes()
	return s
}

// budapest is the zone of UNAS' shops. A machine without zone data gets UTC: the program embeds the data.
func budapest() *time.Location {
	zone, err := time.LoadLocation("Europe/Budapest")
	if err != nil {
		return time.UTC
	}
	return zone
}

// Now is the shop's time: the base clock and what POST /_sim/clock added.
func (s *Shop) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

// Advance moves the shop's clock; a negative duration moves it back.
func (s *Shop) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advanced += d
	s.revision++
}

// now is Now for those who hold the lock.
func (s *Shop) now() time.Time { return s.options.Now().Add(s.advanced) }

// print is a moment as UNAS prints it.
func (s *Shop) print(t time.Time) string { return t.In(s.options.Zone).Format(wireTime) }

// moment reads a printed moment; ok is false for anything UNAS would not print.
func (s *Shop) moment(text string) (t time.Time, ok bool) {
	t, err := time.ParseInLocation(wireTime, text, s.options.Zone)
	return t, err == nil
}

// momentOf is moment for a text that may be the printed form of one of the known moments: in the repeated hour of
// autumn a text has two meanings, and what the shop printed itself must not move by an hour.
func (s *Shop) momentOf(text string, known ...time.Time) (t time.Time, ok bool) {
	for _, k := range known {
		if s.print(k) == text {
			return second(k), true
		}
	}
	return s.moment(text)
}

// ServeHTTP serves the API under /shop/, the control addresses under /_sim/ and a page at /.
func (s *Shop) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

func (s *Shop) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("/shop/{endpoint...}", s.journalled(s.serveShop))
	s.controlRoutes(mux)
	mux.HandleFunc("GET /download/{name}", s.serveTable)
	mux.HandleFunc("GET /{$}", s.servePage)
	mux.HandleFunc("GET /order/{key...}", s.serveOrder)
	return mux
}
