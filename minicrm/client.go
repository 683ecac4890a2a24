package minicrm

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	maxBody      = 32 << 20 // bytes of an answer
	maxErrorBody = 64 << 10 // bytes of an answer that says no

	callTime = 30 * time.Second  // for a call of the REST interface or of the documents
	feedTime = 130 * time.Second // for SyncFeed, which may take 120 s to download a document before it answers
)

// Options say how to reach one MiniCRM system.
type Options struct {
	BaseURL  string                 // scheme and host, "https://r3.minicrm.hu"; a slash at the end does not matter
	SystemID string                 // the number after the host in the browser
	APIKey   func() (string, error) // asked for at each call and not kept
	Zone     *time.Location         // in which MiniCRM prints and reads times: Europe/Budapest. nil: UTC

	Transport http.RoundTripper // nil: a copy of http.DefaultTransport
	Now       func() time.Time  // nil: time.Now

	// Reserve is asked before each HTTP call; if it returns an error, that comes back wrapped and the call is not
	// made. nil: no limit.
	Reserve func(ctx context.Context, c Call) error
}

// Call names what a budget counts: the path after /Api/ without ids, "R3/Category", "R3/Schema/Project", "R3/Project",
// "Order/List", "Order", "Order/Action", "SyncFeed", "SyncFeed/Upload" and so on. See Call.Limit.
type Call struct {
	Endpoint string
}

// Client talks to one MiniCRM system. Its methods may be called at the same time.
type Client struct {
	o    Options
	base string
	http *http.Client

	mu      sync.Mutex
	date    time.Time // what the Date header of the last answer said
	arrived time.Time // when that was by our clock
}

// New returns a client of the system that o describes. It makes no call.
func New(o Options) *Client {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
		if t, ok := http.DefaultTransport.(*http.Transport); ok {
			o.Transport = t.Clone()
		}
	}
	return &Client{
		o:    o,
		base: strings.TrimRight(o.BaseURL, "/"),
		http: &http.Client{
			Transport: o.Transport,
			// The interface never redirects, and a redirection must not carry the key anywhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Now returns MiniCRM's time: what the Date header of its last answer said, moved on by our clock since. Before the
// first answer it is our clock. UTC.
func (c *Client) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.date.IsZero() {
		return c.o.Now().UTC()
	}
	return c.date.Add(c.o.Now().Sub(c.arrived)).UTC()
}

func (c *Client) noteDate(header string) {
	date, err := http.ParseTime(header)
	if err != nil {
		return // no time is no reason to lose an answer
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.date, c.arrived = date, c.o.Now()
}

// request is one HTTP call.
type request struct {
	call        Call
	method      string
	path        string // after "/Api/", no query
	query       url.Values
	body        io.Reader
	contentType string
	secret      string // a part of the request that MiniCRM may repeat and nobody may read
	time        time.Duration
}

// answer is an answer of status 2xx, read to its end.
type answer struct {
	status  int
	body    []byte
	secrets []string // to be blotted out of what is shown of the body
}

// get asks the REST interface or the documents.
func (c *Client) get(ctx context.Context, endpoint, path string, query url.Values) (value, error) {
	call := Call{Endpoint: endpoint}
	a, err := c.do(ctx, request{call: call, method: http.MethodGet, path: path, query: query, time: callTime})
	if err != nil {
		return value{}, err
	}
	return a.value(call)
}

// read asks for something and decodes it; an answer that decode does not take is Malformed.
func read[T any](ctx context.Context, c *Client, endpoint, path string, query url.Values, decode func(value) (T, error)) (T, error) {
	var none T
	v, err := c.get(ctx, endpoint, path, query)
	if err != nil {
		return none, err
	}
	t, err := decode(v)
	if err != nil {
		return none, malformed(Call{endpoint}, http.StatusOK, err)
	}
	return t, nil
}

// value decodes the JSON of an answer.
func (a answer) value(call Call) (value, error) {
	v, err := decode(a.body)
	if err == nil {
		return v, nil
	}
	if _, ok := pageText(a.body); ok {
		err = fmt.Errorf("it is a web page, not JSON: %s", plainText(a.body, a.secrets...))
	}
	return value{}, malformed(call, a.status, err)
}

func malformed(call Call, status int, err error) *Error {
	return &Error{Call: call, Kind: Malformed, Status: status, Text: err.Error(), Message: err.Error(), Err: err}
}

// do makes one call and reads its answer.
func (c *Client) do(ctx context.Context, r request) (answer, error) {
	key, err := c.o.APIKey()
	if err != nil {
		return answer{}, fmt.Errorf("reading the key of MiniCRM: %w", err)
	}
	// Before the call's own time begins: whoever reserves may have to wait for a place.
	if c.o.Reserve != nil {
		if err := c.o.Reserve(ctx, r.call); err != nil {
			return answer{}, fmt.Errorf("reserving a call of MiniCRM's %s: %w", r.call.Endpoint, err)
		}
	}
	caller := ctx
	ctx, cancel := context.WithTimeout(caller, r.time)
	defer cancel()
	req, err := c.request(ctx, r, key)
	if err != nil {
		return answer{}, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, silence(caller, ctx, r.call, 0, err)
	}
	defer res.Body.Close()
	c.noteDate(res.Header.Get("Date"))

	secrets := append(secretParts(r.secret), key, base64.StdEncoding.EncodeToString([]byte(c.o.SystemID+":"+key))) // as the header carries it
	if res.StatusCode/100 != 2 {
		body, _ := io.ReadAll(io.LimitReader(res.Body, maxErrorBody)) // what can be read of the text is enough
		no := refusal(r.call, res.StatusCode, plainText(body, secrets...))
		no.RetryAfter = retryAfter(res.Header.Get("Retry-After"), c.Now())
		return answer{}, no
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if err != nil {
		return answer{}, silence(caller, ctx, r.call, res.StatusCode, err)
	}
	if len(body) > maxBody {
		return answer{}, malformed(r.call, res.StatusCode, fmt.Errorf("the answer is longer than %d bytes", maxBody))
	}
	return answer{status: res.StatusCode, body: body, secrets: secrets}, nil
}

func (c *Client) request(ctx context.Context, r request, key string) (*http.Request, error) {
	address := c.base + "/Api/" + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, r.body)
	// The error's text is not shown, nor the address: people paste it with the key in it, as the manual prints it.
	if err != nil || req.URL.Scheme != "https" && req.URL.Scheme != "http" || req.URL.Host == "" {
		return nil, fmt.Errorf("calling MiniCRM's %s: the base address is not one", r.call.Endpoint)
	}
	req.SetBasicAuth(c.o.SystemID, key)
	req.Header.Set("Accept", "application/json, text/plain;q=0.9, */*;q=0.1")
	req.Header.Set("User-Agent", "Punte")
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	return req, nil
}

// silence describes a call that got no whole answer. The address that net/http puts into its errors is left out: it may
// hold the secret address of a document. A caller who gave up or whose own time is over gets the reason back: that is no
// fault of MiniCRM. ctx is caller's with the time of the call.
func silence(caller, ctx context.Context, call Call, status int, err error) error {
	if inURL, ok := errors.AsType[*url.Error](err); ok {
		err = inURL.Err
	}
	if caller.Err() != nil {
		return fmt.Errorf("calling MiniCRM's %s: %w", call.Endpoint, context.Cause(caller))
	}
	text := plainText([]byte(err.Error()))
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		text = "it took too long"
	}
	return &Error{Call: call, Kind: Silence, Status: status, Text: text, Message: text, Err: err}
}

// wireTime prints t as MiniCRM's filters read it. In autumn an hour is printed twice: what lies in its first pass is
// moved to the hour before, so that "since" means too much rather than too little.
func (c *Client) wireTime(t time.Time, layout string) string {
	local := t.In(c.o.Zone)
	if later := local.Add(time.Hour); later.Format(layout) == local.Format(layout) {
		local = local.Add(-time.Hour)
	}
	return local.Format(layout)
}

// Time reads a time or a date as MiniCRM prints it in its zone: "2006-01-02 15:04:05", to the minute, or the day alone,
// which is its first moment. Nothing, and the zeros that stand for it, are the zero time. Of the hour that autumn prints
// twice, either may be meant.
func (c *Client) Time(text string) (time.Time, error) {
	text = value{text: strings.TrimSpace(text)}.date()
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateTime, "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, c.o.Zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("reading a time of MiniCRM: %.40q is none", text)
}
