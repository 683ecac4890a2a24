package unas

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"punte/xmlstream"
)

const login = "login"

// hidden is what a Secret shows.
const hidden = "(secret)"

// Secret is a text that cannot print itself. It holds a pointer, because package
// fmt would look straight into a string.
type Secret struct{ value *string }

// NewSecret hides value.
func NewSecret(value string) Secret { return Secret{&value} }

// Reveal returns the hidden text, "" for the zero Secret.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Format hides the text from every verb of package fmt.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText hides the text from JSON and XML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue hides the text from log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// Token is the leave to make calls, good for about two hours and any number of
// them. Its Value shows neither in print nor in JSON: who saves a token writes
// Value.Reveal() and reads NewSecret.
type Token struct {
	Value        Secret
	Expires      time.Time
	ShopID       string
	Subscription string   // plan, such as vip-100000
	Permissions  []string // endpoints the key may call; newer endpoints may be missing

	// Ahead is how far the times the shop prints, read in Options.Zone, are ahead of
	// true time; zero if they agree or if it isn't known. It is found at the login,
	// where the shop gives one time in both forms.
	Ahead time.Duration
}

// lacks reports whether the key's permissions are known and don't name the endpoint.
func (t Token) lacks(endpoint string) bool {
	return len(t.Permissions) > 0 && !slices.Contains(t.Permissions, endpoint)
}

// affords reports whether the plan has such calls at all, as far as it is known.
func (t Token) affords(c Call) bool {
	if !strings.HasPrefix(strings.ToLower(t.Subscription), string(Premium)) {
		return true
	}
	calls, known := LimitOf(Premium, c)
	return calls > 0 || !known
}

// Login is the answer to a login.
type Login struct {
	Token Token
	Info  *WebshopInfo // nil if the shop sent none
}

// tokenLife is how long a token is good by the service's documentation; tokenMargin
// is how long before its end it is no longer used.
const (
	tokenLife   = 2 * time.Hour
	tokenMargin = 5 * time.Minute
)

// Token returns the kept token if it is good for five minutes more, else that of a
// new login.
func (c *Client) Token(ctx context.Context) (Token, error) {
	if t := c.kept(); c.isGood(t) {
		return t, nil
	}
	if err := c.beginLogin(ctx); err != nil {
		return Token{}, err
	}
	defer c.endLogin()
	if t := c.kept(); c.isGood(t) { // somebody else logged in meanwhile
		return t, nil
	}
	l, err := c.login(ctx)
	return l.Token, err
}

// beginLogin waits until nobody else logs in.
func (c *Client) beginLogin(ctx context.Context) error {
	select {
	case c.signing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for another login: %w", ctx.Err())
	}
}

func (c *Client) endLogin() { <-c.signing }

// renew returns another token than refused: that of a login, or one that somebody
// else got meanwhile, so that a refused token costs one login however many calls use
// it.
func (c *Client) renew(ctx context.Context, refused Token) (Token, error) {
	if err := c.beginLogin(ctx); err != nil {
		return Token{}, err
	}
	defer c.endLogin()
	if t := c.kept(); c.isGood(t) && t.Value != refused.Value {
		return t, nil
	}
	l, err := c.login(ctx)
	return l.Token, err
}

func (c *Client) kept() Token {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token
}

func (c *Client) isGood(t Token) bool {
	return t.Value.Reveal() != "" && t.Expires.Sub(c.ShopTime()) >= tokenMargin
}

// Login makes one login call, keeps the token and saves it. After an Error of kind
// BadKey nobody should call again with the same key: five such calls in an hour ban
// this address from the shop, ten in ten minutes from all shops.
func (c *Client) Login(ctx context.Context) (Login, error) {
	if err := c.beginLogin(ctx); err != nil {
		return Login{}, err
	}
	defer c.endLogin()
	return c.login(ctx)
}

func (c *Client) login(ctx context.Context) (Login, error) {
	if c.options.APIKey == nil {
		return Login{}, &Error{Call: login, Kind: BadKey}
	}
	key, err := c.options.APIKey()
	if err != nil {
		return Login{}, fmt.Errorf("reading the shop's API key: %w", err)
	}
	if key == "" {
		return Login{}, &Error{Call: login, Kind: BadKey} // a call without a key would count as a refused one
	}
	r := request{Call: Call{Endpoint: login}, timeout: loginTime}
	r.params.add("ApiKey", key)
	r.params.add("WebshopInfo", "true")
	var w loginAnswer
	err = c.perform(ctx, r, NewSecret(key), func(body io.Reader) error {
		w = loginAnswer{}
		return decode(body, "Login", w.read)
	})
	if err != nil {
		return Login{}, err
	}
	l, err := w.login(c.options.Zone, c.ShopTime())
	if err != nil {
		return Login{}, err
	}
	c.mu.Lock()
	c.token = l.Token
	c.mu.Unlock()
	if save := c.options.SaveToken; save != nil {
		if err := save(ctx, l.Token); err != nil {
			return Login{}, fmt.Errorf("saving the shop's token: %w", err)
		}
	}
	return l, nil
}

// loginAnswer is the Login element as it is printed.
type loginAnswer struct {
	token, expire, expireTime, shopID string
	subscription, status, error       string
	permissions                       []string
	info                              *WebshopInfo
}

// login makes sense of the answer. An end that can't be right, because it is over or
// days away, gives way to the documented two hours.
func (w *loginAnswer) login(zone *time.Location, now time.Time) (Login, error) {
	if w.status != "ok" && w.status != "" {
		e := classify(login, w.error)
		if w.error == "" {
			e.Text = "Status: " + shorten(w.status)
		}
		return Login{}, e
	}
	if w.token == "" {
		return Login{}, &Error{Call: login, Kind: Malformed, Err: errNoToken}
	}
	t := Token{
		Value: NewSecret(w.token), ShopID: w.shopID, Subscription: w.subscription, Permissions: w.permissions,
	}
	printed, printedOK := parseExpire(w.expire, zone)
	seconds, err := strconv.ParseInt(w.expireTime, 10, 64)
	if err == nil {
		t.Expires = time.Unix(seconds, 0).UTC()
		if printedOK && !(span{printed.Unix(), printed.Unix()}).repeatedHours(zone).touches() {
			t.Ahead = printed.Sub(t.Expires)
		}
	} else if printedOK {
		t.Expires = printed.UTC()
	}
	if left := t.Expires.Sub(now); left < tokenMargin || left > 12*tokenLife {
		t.Expires = now.Add(tokenLife).UTC()
	}
	return Login{Token: t, Info: w.info}, nil
}

var errNoToken = errors.New("there is no token in it")

// parseExpire reads the printed end of a token; in 2019 the day came first.
func parseExpire(s string, zone *time.Location) (time.Time, bool) {
	for _, layout := range []string{printedTime, "02.01.2006 15:04:05"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func (w *loginAnswer) read(s *xmlstream.Scanner) error {
	return s.Children(func(name string) error {
		switch name {
		case "Permissions":
			return list(s, "Permission", &w.permissions, decodeText)
		case "WebshopInfo":
			w.info = &WebshopInfo{}
			return decodeWebshopInfo(s, w.info)
		}
		return fields(s, w.field)(name)
	})
}

func (w *loginAnswer) field(name string) *string {
	switch name {
	case "Token":
		return &w.token
	case "Expire":
		return &w.expire
	case "ExpireTime":
		return &w.expireTime
	case "ShopId":
		return &w.shopID
	case "Subscription":
		return &w.subscription
	case "Status":
		return &w.status
	case "Error":
		return &w.error
	}
	return nil
}
