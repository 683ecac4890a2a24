// Package unas is a client of the API of UNAS webshops. It knows the words of that
// API and nothing of ours: values stay the text the shop printed.
//
// A Client makes exactly the calls it is asked for. It never sleeps and never
// repeats a call, except once with a fresh token when the shop refuses the kept
// one, because the service punishes insistence with bans of an hour. What kind of
// no an answer is stands in Error; when to try again is the caller's decision.
//
// Before each HTTP call it asks Options.Reserve; how many calls the service allows is
// told by LimitOf. Lists that go on changing while they are read are read by Changed
// and CustomersChanged, which lose no row; everything else is one call each, or two.
// SetOrders and the calls for webhooks are the only ones that change anything in a
// shop. Answers are decoded as streams, bounded in size and strict about form:
// elements nobody documented are passed over, missing ones read like empty ones, and
// a character that can't be read becomes U+FFFD, counted in the field Damaged.
package unas

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// BaseURL is the address of the service.
const BaseURL = "https://api.unas.eu/shop/"

// Options are what a Client needs to know.
type Options struct {
	BaseURL   string                 // address of the service, with or without a slash at its end; empty: BaseURL
	APIKey    func() (string, error) // asked at the moment of a login only
	Zone      *time.Location         // zone of the times the shop prints; nil: UTC
	Transport http.RoundTripper      // nil: one of the Client's own
	Now       func() time.Time       // nil: time.Now

	// Reserve, if set, is asked before each HTTP call. Its error is returned
	// wrapped, and the call is not made.
	Reserve func(ctx context.Context, c Call) error

	// CustomersAtOnce is how many customers CustomersChanged asks for at once, since the
	// service's maximum isn't documented; 0: 500, which is that of orders.
	CustomersAtOnce int

	Token     Token                                    // kept from before, or zero
	SaveToken func(ctx context.Context, t Token) error // gets each new token; may be nil
}

// Call is one HTTP call as the service counts it. What makes a call a single one is
// not documented for reading: here it is exactly one Key, Id or Sku, as in other
// clients, whatever the answer then holds.
type Call struct {
	Endpoint string // getOrder, login, ...
	Single   bool   // asks for one thing by its key, or sets at most 100: another hourly limit than lists
}

// Limits of one call.
const (
	longestAnswer = 256 << 20
	longestNo     = 64 << 10 // an answer that is not 2xx
	loginTime     = 60 * time.Second
	singleTime    = 60 * time.Second
	listTime      = 120 * time.Second
)

// Client calls the API of one shop with one key. It may be used by several
// goroutines.
type Client struct {
	options Options
	http    http.Client

	signing chan struct{} // full during a login, so that there is one at a time

	mu    sync.Mutex // guards what follows
	token Token
	date  time.Time // Date of the last answer
	since time.Time // when it arrived, by our clock

	keyForms map[string]keyForm // by what comes before the last "-" of a key that was found

	customers learnt
}

// New returns a Client. It makes no call.
func New(o Options) *Client {
	if o.BaseURL == "" {
		o.BaseURL = BaseURL
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Transport == nil {
		o.Transport = newTransport()
	}
	c := &Client{options: o, token: o.Token, signing: make(chan struct{}, 1)}
	c.http.Transport = o.Transport
	// A redirect would carry the token to another place.
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:    15 * time.Second,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           10,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        60 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// ShopTime returns the time by the shop's clock: the Date of its last answer,
// advanced by our clock since then; before the first answer our clock.
func (c *Client) ShopTime() time.Time {
	now := c.options.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.date.IsZero() {
		return now
	}
	return c.date.Add(now.Sub(c.since))
}

func (c *Client) noteDate(h http.Header) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.date, c.since = date, c.options.Now()
}

// request is a call with its body and the time it may take.
type request struct {
	Call
	root    string // of the document; empty: Params
	params  elements
	timeout time.Duration
}

func (r *request) document() []byte {
	root := cmp.Or(r.root, "Params")
	return []byte(xml.Header + "<" + root + ">" + r.params.String() + "</" + root + ">")
}

// call makes a call with the kept token, and once more with a fresh one if the shop
// refuses that. read gets the answer.
func (c *Client) call(ctx context.Context, r request, read func(io.Reader) error) error {
	t, err := c.Token(ctx)
	if err != nil {
		return err
	}
	if !t.affords(r.Call) {
		return &Error{Call: r.Endpoint, Kind: PlanTooSmall}
	}
	err = c.perform(ctx, r, t.Value, read)
	if isKind(err, TokenGone) {
		if t, err = c.renew(ctx, t); err != nil {
			return err
		}
		err = c.perform(ctx, r, t.Value, read)
	}
	if e, ok := errors.AsType[*Error](err); ok && e.mayBePermission() && t.lacks(r.Endpoint) {
		e.Kind = PermissionMissing
	}
	return err
}

// perform makes one HTTP call. secret is the token that goes with it, if any, and
// what must not show up in an error.
func (c *Client) perform(ctx context.Context, r request, secret Secret, read func(io.Reader) error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("calling %s: %w", r.Endpoint, ctx.Err())
	}
	if reserve := c.options.Reserve; reserve != nil {
		if err := reserve(ctx, r.Call); err != nil {
			return fmt.Errorf("reserving a call of %s: %w", r.Endpoint, err)
		}
	}
	limited, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	address := strings.TrimRight(c.options.BaseURL, "/") + "/" + r.Endpoint
	req, err := http.NewRequestWithContext(limited, http.MethodPost, address, bytes.NewReader(r.document()))
	if err != nil {
		return &Error{Call: r.Endpoint, Kind: Refused, Err: errors.New("the base URL is not a URL")}
	}
	req.Header.Set("Content-Type", "application/xml; charset=UTF-8")
	req.Header.Set("User-Agent", "Punte")
	if r.Endpoint != login {
		req.Header.Set("Authorization", "Bearer "+secret.Reveal())
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return silence(ctx, r.Endpoint, 0, err)
	}
	defer resp.Body.Close()
	c.noteDate(resp.Header)
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return c.refusal(ctx, r.Endpoint, resp, secret)
	}
	err = read(&bounded{src: resp.Body, left: longestAnswer})
	switch text, answered := errors.AsType[answeredError](err); {
	case err == nil, errors.Is(err, errStopped):
		return err
	case answered:
		return c.classify(r.Endpoint, string(text), resp.StatusCode, secret)
	case ended(ctx) != nil, isTimeout(err):
		return silence(ctx, r.Endpoint, resp.StatusCode, err)
	}
	return &Error{Call: r.Endpoint, Kind: Malformed, Status: resp.StatusCode, Err: err}
}

// errTimeout stands for all the ways in which a call takes too long.
var errTimeout = errors.New("it takes too long")

// silence explains a call without an answer, or with one that doesn't end. The end of
// the caller's own context is not the shop's fault and no Error.
func silence(ctx context.Context, endpoint string, status int, err error) error {
	if end := ended(ctx); end != nil {
		return fmt.Errorf("calling %s: %w", endpoint, end)
	}
	if isTimeout(err) {
		err = errTimeout
	} else if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return &Error{Call: endpoint, Kind: Silence, Status: status, Err: err}
}

// ended returns why the caller's context has ended, nil if it hasn't. A connection
// may notice the deadline a moment before the context does.
func ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= 0 {
		return context.DeadlineExceeded
	}
	return nil
}

func isTimeout(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return true
	}
	n, ok := errors.AsType[net.Error](err)
	return ok && n.Timeout()
}

// refusal explains an answer that is not 2xx. Its text decides if it is a known
// one, only then the HTTP status.
func (c *Client) refusal(ctx context.Context, endpoint string, resp *http.Response, secret Secret) error {
	body, err := io.ReadAll(io.LimitReader(resp.Body, longestNo))
	if end := ended(ctx); err != nil && end != nil {
		return fmt.Errorf("calling %s: %w", endpoint, end)
	}
	text, own := refusalText(body)
	e := c.classify(endpoint, text, resp.StatusCode, secret)
	if !own {
		e = unknown(endpoint, without(secret, text))
		e.Status = resp.StatusCode
	}
	if e.Kind != Refused {
		return e
	}
	switch status := resp.StatusCode; {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		e.Kind = TokenGone
		if endpoint == login {
			e.Kind = BadKey // better to stop than to be blocked for every shop
		}
	case status == http.StatusTooManyRequests:
		e.Kind = Banned
		e.Until = banEnd("", c.options.Zone, c.ShopTime())
	case status >= 500:
		e.Kind = Unavailable
	}
	return e
}

func (c *Client) classify(endpoint, text string, status int, secret Secret) *Error {
	e := classify(endpoint, without(secret, text))
	e.Status = status
	if e.Kind == Banned {
		e.Until = banEnd(text, c.options.Zone, c.ShopTime())
	}
	return e
}

// without takes a secret out of a text.
func without(secret Secret, text string) string {
	if s := secret.Reveal(); s != "" {
		return strings.ReplaceAll(text, s, hidden)
	}
	return text
}

func isKind(err error, k Kind) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Kind == k
}

// bounded reads src and fails if more than left bytes come, unlike io.LimitReader,
// which would make a long answer look like a short one.
type bounded struct {
	src  io.Reader
	left int64
}

var errTooLarge = errors.New("the answer is larger than 256 MiB")

func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errTooLarge
	}
	n, err := b.src.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// elements is the content of a request's root element.
type elements struct{ bytes.Buffer }

// add adds an element unless value is empty: an empty filter would not be the same
// as none, and an empty value in a set call clears what is there. Characters that XML
// forbids become U+FFFD.
func (p *elements) add(name, value string) {
	if value == "" {
		return
	}
	p.WriteString("<" + name + ">")
	_ = xml.EscapeText(&p.Buffer, []byte(value)) // a buffer takes everything
	p.WriteString("</" + name + ">")
}

// nest adds an element with what write adds.
func (p *elements) nest(name string, write func(*elements)) {
	p.WriteString("<" + name + ">")
	write(p)
	p.WriteString("</" + name + ">")
}

// addTime adds a time as Unix seconds, rounded down.
func (p *elements) addTime(name string, t time.Time) {
	if !t.IsZero() {
		p.add(name, strconv.FormatInt(t.Unix(), 10))
	}
}

// addDay adds a day of the shop's calendar.
func (p *elements) addDay(name string, t time.Time, zone *time.Location) {
	if !t.IsZero() {
		p.add(name, t.In(zone).Format(printedDate))
	}
}

// addPage adds which rows are wanted: at most limit, after the first start ones.
// Offsets count from 0, and only together with a limit.
func (p *elements) addPage(limit, start int) {
	if limit <= 0 {
		return
	}
	p.add("LimitNum", strconv.Itoa(limit))
	if start > 0 {
		p.add("LimitStart", strconv.Itoa(start))
	}
}
