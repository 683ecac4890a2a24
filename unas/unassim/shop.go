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
	ShopID      string           // default "71823"; the part of an order key before the dash
	Plan        string           // PlanPremium (default), PlanVIP or PlanSmall
	Limits      bool             // count calls and ban as the documentation says; false: no limits, no bans
	Zone        *time.Location   // zone of printed times and of days in filters; default Europe/Budapest, UTC where the zone data is missing
	Now         func() time.Time // base clock, default time.Now; POST /_sim/clock adds to it
	Permissions []string         // endpoints the key may call; default all that the documentation lists
	Allowed     []netip.Prefix   // addresses the key may be used from; empty: every address
	Switches    Switches         // answers to what nobody documents
}

// Switches are the behaviours of UNAS that no document settles. The zero value is the recommended reading.
type Switches struct {
	StrictRoot       bool   // get requests must have the root Params (default: any root is taken)
	NoExpireTime     bool   // login leaves ExpireTime out, as in answers before 2025
	DayFirstExpire   bool   // login prints Expire as d.m.Y H:i:s, as in 2019
	OneToken         bool   // a new login ends the token before it (default: tokens live side by side)
	TokenStatus      int    // HTTP status of a bad or expired token: 0 means 400; 401 and 403 are believed possible
	BanStatus        int    // HTTP status of a ban: 0 means 400; 429 is believed possible
	BanExclamation   bool   // the ban sentence ends with "!", as in 2019
	BanEndpointOnly  bool   // a ban closes only the endpoint it names (default: the whole shop for that address)
	ClockHour        bool   // limits count per clock hour (default: the last sixty minutes)
	EndOfRangeError  bool   // paging past the last row is HTTP 400 "... end of the range" (default: an empty list)
	LimitNumError    bool   // LimitNum above 500 is an error (default: taken as 500)
	ExclusiveTimes   bool   // TimeStart, TimeEnd, TimeModStart, TimeModEnd exclude their own second (default: include)
	NewestFirst      bool   // getOrder lists by id descending when no Order is asked (default: ascending)
	IgnoreOrder      bool   // the Order parameter of getOrder has no effect
	IgnoreBadFilters bool   // unreadable filter values are passed over (default: HTTP 400)
	KeyForm          string // what getOrder and setOrder take as Key: "" full key or number, "full", "number"
	InternalKey      bool   // Key also finds marketplace orders by their InternalKey
	CustomerLang     bool   // getOrder without Lang answers in the customer's language (default: the shop's)
	QuietSetOrder    bool   // setOrder leaves DateMod alone (default: it sets it)
	Maintenance      string // what calls get between 23:55 and 00:10 shop time: "" an answer, "503", "drop" a closed connection
}

// Shop is a UNAS webshop in memory. It is an http.Handler and safe for concurrent use.
type Shop struct {
	options Options
	mux     *http.ServeMux

	mu         sync.Mutex
	advanced   time.Duration // added to the base clock by POST /_sim/clock
	tokens     map[string]time.Time
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
	invoices     int    // invoice numbers handed out
}

// New returns a shop without orders and customers, with built-in statuses, methods and order types.
func New(o Options) *Shop {
	if o.APIKey == "" {
		o.APIKey = DefaultAPIKey
	}
	if o.ShopID == "" {
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
		o.Permissions = slices.Clone(documentedPermissions[:])
	}
	s := &Shop{
		options:      o,
		tokens:       map[string]time.Time{},
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
	}
	s.addBuiltIns()
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

// ServeHTTP serves the API under /shop/, the control addresses under /_sim/ and a page at /.
func (s *Shop) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

func (s *Shop) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("/shop/{endpoint...}", s.journalled(s.serveShop))
	mux.HandleFunc("GET /_sim/stats", s.control(s.showStats))
	mux.HandleFunc("GET /_sim/orders", s.control(s.listOrders))
	mux.HandleFunc("POST /_sim/orders", s.control(s.postOrders))
	mux.HandleFunc("DELETE /_sim/orders/{key...}", s.control(s.deleteOrder))
	mux.HandleFunc("POST /_sim/customers", s.control(s.postCustomers))
	mux.HandleFunc("POST /_sim/statuses", s.control(s.postStatuses))
	mux.HandleFunc("POST /_sim/faults", s.control(s.postFault))
	mux.HandleFunc("POST /_sim/clock", s.control(s.postClock))
	mux.HandleFunc("GET /download/{name}", s.serveTable)
	mux.HandleFunc("GET /{$}", s.servePage)
	mux.HandleFunc("GET /order/{key...}", s.serveOrder)
	return mux
}
