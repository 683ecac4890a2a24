package minicrmsim

import (
	"net/http"
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // the system's clock is Budapest's, wherever it runs
)

// The credentials of a system that was given none.
const (
	DefaultSystemID = "51432"
	DefaultAPIKey   = "kP7vQ2mXz9RtLw4sHb8NcYd6Jf3GaE1u"
	DefaultVOIPKey  = "Zt5uW8nBq1KxMv6rTg0PjCh3Ya9SdF2e"
)

// Options say what kind of system to simulate. The zero value is a Hungarian
// one in the default world, without limits, that processes documents at once.
type Options struct {
	SystemID string           // the user name of every call; DefaultSystemID
	APIKey   string           // its password, 32 letters and digits; DefaultAPIKey
	Language string           // "hu" (also if empty), "ro" or "en": labels, error texts, the country names it accepts
	Limits   bool             // 60 calls a minute on /Api/R3, 180 an hour on /Api/SyncFeed
	Delay    time.Duration    // from accepting a document to processing it
	Zone     *time.Location   // of every time on the wire; Europe/Budapest
	Now      func() time.Time // nil: the machine's clock, with a goroutine of its own; see the package's part about time

	AllowPrivateSources bool              // SyncFeed may download from private and loopback addresses
	Download            http.RoundTripper // fetches sources instead of the network, for programs that have none
	DownloadTimeout     time.Duration     // after which a download is given up; 0 is the service's own, 120 s
	MaxDocument         int64             // bytes of a document, after unpacking; 0 is 256 MB

	VOIPKey   string            // the ApiKey of POST /Api/CallLog; DefaultVOIPKey
	Webhooks  []Webhook         // what Deliver tells, and whom
	Transport http.RoundTripper // carries the webhooks; nil is http.DefaultTransport

	Seed     *Seed // nil: the default world
	Switches Switches
}

// A CRM is one MiniCRM system in memory. It is an http.Handler and safe for
// concurrent use.
type CRM struct {
	o         Options
	language  language
	countries countries
	seed      *Seed
	users     []User
	modules   []*module
	orderly   *module // the Orders module, nil if there is none

	persons, businesses *module // hold their fields beyond the standard ones
	client              *http.Client

	wake chan struct{} // tells the worker that a document or the clock changed
	stop chan struct{}
	once sync.Once
	wait sync.WaitGroup

	delivering sync.Mutex // held while webhooks are sent, before mu

	working sync.Mutex   // held while documents are processed: one at a time, before mu
	gate    sync.RWMutex // held by calls; written to when the switches change; before mu

	mu       sync.Mutex // guards everything below, and writing the switches
	revision uint64     // grows with every change of the world
	recently ring       // the latest calls, for the page
	world
}

// A world is all that a system knows: what Save writes and Restore reads.
type world struct {
	offset     time.Duration // what POST /_sim/clock added to the clock
	segmentDay string        // the day for which segments were computed last

	cards     map[int64]*card
	nextCard  int64
	contacts  map[int64]*contact
	people    []*contact // persons and businesses by id
	addresses map[int64]*address
	nextAddr  int64
	todos     map[int64]*todo
	emails    map[string][]*contact // persons by address in lower case

	orders    map[int64]*order
	byID      []*order
	recent    recency
	nextItem  int64
	projectOf map[projectKey]*card
	personOf  map[int64]*contact
	orderOf   map[int64]*order
	stock     stock
	register  register

	queue     []*document // accepted and not processed, by due time
	documents int
	log       []*DocumentLog
	calls     map[string]int
	limited   int
	faults    []*fault
	edits     []adminEdit // of the modules, since they were begun
	minute    window
	hour      window
}

func newWorld() world {
	return world{
		cards: make(map[int64]*card), contacts: make(map[int64]*contact), addresses: make(map[int64]*address),
		todos: make(map[int64]*todo), emails: make(map[string][]*contact), orders: make(map[int64]*order),
		projectOf: make(map[projectKey]*card), personOf: make(map[int64]*contact), orderOf: make(map[int64]*order),
		stock: newStock(), register: newRegister(), calls: make(map[string]int),
		minute: window{length: time.Minute, most: 60}, hour: window{length: time.Hour, most: 180},
	}
}

// projectKey is the external id of a card; module is 0 unless ids are unique
// per module only.
type projectKey struct{ module, reference int64 }

// New builds a system. An unknown language means Hungarian.
func New(o Options) *CRM {
	if o.SystemID == "" {
		o.SystemID = DefaultSystemID
	}
	if o.APIKey == "" {
		o.APIKey = DefaultAPIKey
	}
	if o.VOIPKey == "" {
		o.VOIPKey = DefaultVOIPKey
	}
	if o.Zone == nil {
		o.Zone = budapest()
	}
	l, known := languages[o.Language]
	if !known {
		l = hungarian
	}
	c := &CRM{
		o: o, language: l, countries: readCountries(l),
		wake: make(chan struct{}, 1), stop: make(chan struct{}),
		world: newWorld(),
	}
	c.client = c.downloader()
	seed := o.Seed
	if seed == nil {
		seed = defaultSeed(l)
	}
	c.seed, c.users = seed, seed.Users
	c.o.Webhooks = append(slices.Clone(o.Webhooks), seed.Webhooks...)
	c.persons = SeedModule{Fields: seed.PersonFields}.build(0, l)
	c.businesses = SeedModule{Fields: seed.BusinessFields}.build(0, l)
	for i, m := range seed.Modules {
		built := m.build(i+1, l)
		c.modules = append(c.modules, built)
		if built.kind == "orders" {
			c.orderly = built
		}
	}
	if o.Now == nil {
		c.wait.Go(c.work)
	}
	return c
}

// budapest is the zone of MiniCRM's servers; tzdata is compiled in.
func budapest() *time.Location {
	zone, err := time.LoadLocation("Europe/Budapest")
	if err != nil {
		return time.UTC
	}
	return zone
}

// Close ends the processing in the background and waits for it. Documents not
// yet processed stay unprocessed.
func (c *CRM) Close() {
	c.once.Do(func() { close(c.stop) })
	c.wait.Wait()
	c.client.CloseIdleConnections()
}

// Process works off the documents that are due by the system's clock and says
// how many there were. With a clock passed in nothing happens by itself, so
// that one goroutine can run the whole world; requests process before they are
// answered.
func (c *CRM) Process() int {
	done, _ := c.process(false)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resegment()
	return done
}

// Revision grows with every change of the world, calls included: they count
// against the limits.
func (c *CRM) Revision() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.revision
}

// Settle processes everything accepted so far, whether it is due or not.
func (c *CRM) Settle() { c.process(true) }

// now is the system's time: the clock it was given plus what POST /_sim/clock
// added. Callers hold mu.
func (c *CRM) now() time.Time {
	if c.o.Now == nil {
		return time.Now().Add(c.offset)
	}
	return c.o.Now().Add(c.offset)
}

// stamp prints a time as the API does.
func (c *CRM) stamp(t time.Time) string { return t.In(c.o.Zone).Format(wireTime) }

// work processes documents when they are due, until Close.
func (c *CRM) work() {
	for {
		_, wait := c.process(false)
		timer := time.NewTimer(wait)
		select {
		case <-c.stop:
			timer.Stop()
			return
		case <-c.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// awaken tells the worker to look again.
func (c *CRM) awaken() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// catchUp does what time alone has brought since the last request: documents
// that fell due, unless a worker sees to them, and segments of a new day.
func (c *CRM) catchUp() {
	if c.o.Now != nil {
		c.process(false)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resegment()
}

// module finds a module by its category id.
func (c *CRM) module(id int64) *module {
	for _, m := range c.modules {
		if m.id == id {
			return m
		}
	}
	return nil
}

// userOf finds a user by exact name or by id.
func (c *CRM) userOf(text string) *User {
	for i := range c.users {
		if c.users[i].Name == text || wireID(c.users[i].ID) == text {
			return &c.users[i]
		}
	}
	return nil
}

// somebody is the owner MiniCRM picks when it was told none, or one that it
// does not know.
func (c *CRM) somebody() int64 { return c.users[0].ID }

func (c *CRM) userName(id int64) string {
	for i := range c.users {
		if c.users[i].ID == id {
			return c.users[i].Name
		}
	}
	return ""
}
