package unassim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Switches are the behaviours of UNAS that no document settles, or that documents contradict each other
// about. The zero value is the recommended reading: what most working clients count on. In JSON, at
// GET and POST /_sim/switches, each has the name of its tag.
type Switches struct {
	// The look of requests and answers.

	StrictRoot      bool   `json:"strict_root"`        // get requests must have the root Params (default: any root is taken)
	LooseAddresses  bool   `json:"loose_addresses"`    // a trailing slash and other capitals in an endpoint's name are taken (default: unknown function)
	BareToken       bool   `json:"bare_token"`         // Authorization may hold the token without "Bearer" (default: the token is then missing)
	NoFormParams    bool   `json:"no_form_params"`     // a form's field params is not taken for the document (default: it is)
	ContentType     string `json:"content_type"`       // of answers: "" text/xml; charset=UTF-8, "application/xml", "text/html", "none"
	Gzip            bool   `json:"gzip"`               // answers are compressed for those who accept it (default: never)
	ErrorChildren   bool   `json:"error_children"`     // Error holds Code and Message (default: the sentence itself)
	OtherWords      bool   `json:"other_words"`        // the sentences that no document prints read differently, see words
	MethodStatus    int    `json:"method_status"`      // HTTP status of any method but POST: 0 means 400, or 405
	KeyStatus       int    `json:"key_status"`         // of a refused login: 0 means 400, or 401, 403
	TokenStatus     int    `json:"token_status"`       // of a bad or expired token: 0 means 400, or 401, 403
	PermitStatus    int    `json:"permit_status"`      // of a missing permission: 0 means 400, or 401, 403
	AddressStatus   int    `json:"address_status"`     // of an address the key may not be used from: 0 means 400, or 401, 403
	BanStatus       int    `json:"ban_status"`         // of a ban: 0 means 400, or 403, 429
	BanExclamation  bool   `json:"ban_exclamation"`    // the ban sentence ends with "!", as in 2019
	EndOfRangeError bool   `json:"end_of_range_error"` // paging past the last row is HTTP 400 "... end of the range" (default: an empty list)

	// Login.

	NoExpireTime     bool `json:"no_expire_time"`     // login leaves ExpireTime out, as in answers before 2025
	DayFirstExpire   bool `json:"day_first_expire"`   // login prints Expire as d.m.Y H:i:s, as in 2019
	OneToken         bool `json:"one_token"`          // a new login ends the tokens of its key before it (default: tokens live side by side)
	OneTraderAddress bool `json:"one_trader_address"` // WebshopInfo prints the seat alone as the trader's Address (default: the place of handing over as a second Address)

	// Limits.

	ClockHour       bool   `json:"clock_hour"`        // limits count per clock hour (default: the last sixty minutes)
	BanEndpointOnly bool   `json:"ban_endpoint_only"` // a ban closes only the endpoint it names (default: the whole shop for that address)
	FailedCallsFree bool   `json:"failed_calls_free"` // a failed call takes nothing out of the hourly limits (default: it counts)
	SingleCalls     string `json:"single_calls"`      // which get calls count as single: "" with one identifying value, "lists" with several too, "none"
	SilenceHangs    bool   `json:"silence_hangs"`     // silence leaves the connection open until the caller gives up (default: closes it)
	Maintenance     string `json:"maintenance"`       // what calls get between 23:55 and 00:10 shop time: "" an answer, "503", "drop" a closed connection

	// Lists.

	LimitNumError    bool   `json:"limit_num_error"`    // LimitNum above the highest is an error (default: taken as the highest)
	ListMaximum      int    `json:"list_maximum"`       // highest LimitNum of getCustomer and getProduct: 0 means none
	ExclusiveTimes   bool   `json:"exclusive_times"`    // filters by unix seconds exclude their own second (default: include)
	NewestFirst      bool   `json:"newest_first"`       // getOrder lists by id descending when no Order is asked (default: ascending)
	IgnoreOrder      bool   `json:"ignore_order"`       // the Order parameter of getOrder has no effect
	IgnoreBadFilters bool   `json:"ignore_bad_filters"` // unreadable filter values are passed over (default: HTTP 400)
	KeyForm          string `json:"key_form"`           // what getOrder and setOrder take as Key: "" full key or number, "full", "number"
	InternalKey      bool   `json:"internal_key"`       // Key also finds marketplace orders by their InternalKey
	CustomerLang     bool   `json:"customer_lang"`      // getOrder without Lang answers in the customer's language (default: the shop's)
	StatusTimeFilter string `json:"status_time_filter"` // getOrder filters by the last status change with this word + Start and End; "" not at all
	AutoSetByZero    bool   `json:"auto_set_by_zero"`   // InvoiceAutoSet bills with 0 as well, by merely standing there (default: 1 only)
	AutoSetShown     bool   `json:"auto_set_shown"`     // the answer that bills shows the new state already (default: the state before)

	// What the documentation's own examples show otherwise.

	DocumentedOrder       bool `json:"documented_order"`        // getOrder prints Action and StatusEmail, and no StatusType (default: the reverse, as clients read it)
	StatusWithoutType     bool `json:"status_without_type"`     // getOrderStatus leaves Type out (default: prints it)
	NewsletterWithoutTime bool `json:"newsletter_without_time"` // getNewsletter leaves Time out (default: prints it)
	PricesOnlyFull        bool `json:"prices_only_full"`        // Prices appear with ContentType full only (default: from short on)

	// setOrder.

	QuietSetOrder  bool   `json:"quiet_set_order"`  // setOrder leaves DateMod alone (default: it sets it)
	SetOrderResult string `json:"set_order_result"` // what a result of setOrder identifies its order by: "" Key, "id", "both"
	FullResultKey  bool   `json:"full_result_key"`  // the result of an added order prints SHOPID-NUMBER (default: the number alone)
	MergeItems     bool   `json:"merge_items"`      // Items changes the lines it names by Id (default: it is the whole new list)
	ReuseKeys      bool   `json:"reuse_keys"`       // an added order takes the key of the last deleted one

	// Webhooks.

	WebhookFlow     string `json:"webhook_flow"`      // "" each event once and in order, "lost" never sent, "doubled", "reordered" newest first
	WebhookLate     bool   `json:"webhook_late"`      // instant ones leave five minutes after the event (default: at once)
	NoWebhookTopic  bool   `json:"no_webhook_topic"`  // the header X-Unas-Topic is left out
	BareWebhooks    bool   `json:"bare_webhooks"`     // bodies of events whose shape is unknown hold shopID alone
	NoEmptyDiscount bool   `json:"no_empty_discount"` // an order without a discount has no discountPercent in its body (default: one of 0)
}

// switchChoices are the values of those switches that are not simply on or off.
var switchChoices = map[string][]string{
	"content_type":     {"", "application/xml", "text/html", "none"},
	"method_status":    {"0", "400", "405"},
	"key_status":       {"0", "400", "401", "403"},
	"token_status":     {"0", "400", "401", "403"},
	"permit_status":    {"0", "400", "401", "403"},
	"address_status":   {"0", "400", "401", "403"},
	"ban_status":       {"0", "400", "403", "429"},
	"single_calls":     {"", "lists", "none"},
	"maintenance":      {"", "503", "drop"},
	"key_form":         {"", "full", "number"},
	"set_order_result": {"", "id", "both"},
	"webhook_flow":     {"", "lost", "doubled", "reordered"},
}

var filterWord = regexp.MustCompile(`^[A-Za-z]*$`)

// Check refuses values that no shop can have, naming each switch and what is possible.
func (s Switches) Check() error {
	var faults []error
	value := reflect.ValueOf(s)
	for i := range value.NumField() {
		name := value.Type().Field(i).Tag.Get("json")
		choices, limited := switchChoices[name]
		if given := fmt.Sprint(value.Field(i).Interface()); limited && !slices.Contains(choices, given) {
			faults = append(faults, fmt.Errorf("switch %s: %q is not possible; it takes one of %q", name, given, choices))
		}
	}
	if s.ListMaximum < 0 {
		faults = append(faults, fmt.Errorf("switch list_maximum: %d is not possible; it takes 0 for none, or a number above", s.ListMaximum))
	}
	if !filterWord.MatchString(s.StatusTimeFilter) {
		faults = append(faults, fmt.Errorf("switch status_time_filter: %q is not possible; it takes a word of letters", s.StatusTimeFilter))
	}
	return errors.Join(faults...)
}

// With is s with the switches of a JSON object put in, such as {"clock_hour": true}. Unknown names and
// impossible values are refused by name, together with what is possible.
func (s Switches) With(object []byte) (Switches, error) {
	d := json.NewDecoder(bytes.NewReader(object))
	d.DisallowUnknownFields()
	err := d.Decode(&s)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		return s, fmt.Errorf("switch %s: %s is not possible; it takes a %s", wrong.Field, wrong.Value, wrong.Type)
	}
	if err != nil && strings.Contains(err.Error(), "unknown field") {
		return s, fmt.Errorf("reading switches: %w; there are %s", err, strings.Join(switchNames(), ", "))
	}
	if err != nil {
		return s, fmt.Errorf("reading switches: %w", err)
	}
	return s, s.Check()
}

func switchNames() []string {
	kind := reflect.TypeFor[Switches]()
	names := make([]string, kind.NumField())
	for i := range names {
		names[i] = kind.Field(i).Tag.Get("json")
	}
	return names
}

// Switches are the switches as they are now.
func (s *Shop) Switches() Switches {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.options.Switches
}

// SetSwitches changes the switches between two calls. It refuses what Check refuses.
func (s *Shop) SetSwitches(next Switches) error {
	if err := next.Check(); err != nil {
		return err
	}
	// Endpoints read switches with and without the lock of the world; the gate keeps both out.
	s.gate.Lock()
	defer s.gate.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.options.Switches = next
	return nil
}

func (s *Shop) showSwitches(*http.Request, []byte) (any, error) { return s.Switches(), nil }

func (s *Shop) postSwitches(_ *http.Request, body []byte) (any, error) {
	next, err := s.Switches().With(body)
	if err != nil {
		return nil, err
	}
	return next, s.SetSwitches(next)
}

// pageUpTo is LimitNum and LimitStart of a list whose highest LimitNum is not documented: there is none unless
// the switch ListMaximum says one.
func (f *filters) pageUpTo(switches Switches) (count, start int) {
	most := switches.ListMaximum
	if most == 0 {
		return f.page(1 << 30)
	}
	count, start = f.page(most)
	if count > most && switches.LimitNumError {
		f.bad("LimitNum")
	}
	return min(count, most), start
}

// The sentences that no document prints. The second of each pair is what OtherWords says instead: a client
// must not lean on either, beyond what working clients do.
var (
	expiredToken    = words{"Authentication Error: expired Token", "The Token is not valid: expired Token"}
	permissionGone  = words{"Authentication Error: permission denied", "No right to use this function"}
	addressRefused  = words{"Authentication Error: IP", "The IP address is not allowed"}
	malformedXML    = words{"XML Error", "The document could not be parsed"}
	unknownFunction = words{"Unknown function", "No such endpoint"}
	wrongMethod     = words{"Only POST is allowed", "Method not supported"}
	vipOnly         = words{"Authentication Error: VIP package needed", "This function belongs to a larger package"}
	pastTheEnd      = words{"LimitStart is after the end of the range", "Start is out of the end of the range"}
)

// words are two ways to say the same.
type words struct{ usual, other string }

// say is the sentence as the switches want it.
func (s *Shop) say(w words) string {
	if s.options.Switches.OtherWords {
		return w.other
	}
	return w.usual
}

// statusOf is the HTTP status a switch asks for.
func statusOf(asked int) int {
	if asked == 0 {
		return http.StatusBadRequest
	}
	return asked
}
