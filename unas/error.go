package unas

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// Kind says what kind of no an answer is.
type Kind string

// The kinds of errors. The texts behind them stand at classify.
const (
	BadKey            Kind = "bad_key"            // the key is wrong, deleted or refused
	PlanTooSmall      Kind = "plan_too_small"     // the shop's plan has no API, or not this call
	PermissionMissing Kind = "permission_missing" // the key may not make this call
	AddressRefused    Kind = "address_refused"    // our address is not on the key's allow-list
	Banned            Kind = "banned"             // a limit was broken; nothing before Error.Until
	TokenGone         Kind = "token_gone"         // the token is refused, a fresh one too
	EndOfRange        Kind = "end_of_range"       // asked for rows behind the last one: there are no more
	Malformed         Kind = "malformed"          // not the XML that was asked for, truncated, or too large
	Silence           Kind = "silence"            // no answer; may mean that our address is blocked
	Unavailable       Kind = "unavailable"        // HTTP 5xx
	Refused           Kind = "refused"            // another text or HTTP status
	Unsettled         Kind = "unsettled"          // a list moved during every reading, or the service ignores offsets
)

// Error is an answer of no use, or the lack of one. It holds no key, no token
// and nothing from an order.
type Error struct {
	Call   string    // endpoint, such as getOrder
	Kind   Kind      // what kind of no
	Text   string    // the service's own words, shortened; empty if it had none
	Until  time.Time // end of a ban, else zero
	Status int       // HTTP status, 0 if there was none
	Err    error     // cause, may be nil
}

// Error says which call got which no.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("calling " + e.Call + ": " + sentences[e.Kind])
	if e.Kind == Banned && !e.Until.IsZero() {
		b.WriteString(" until " + e.Until.UTC().Format(time.RFC3339))
	}
	if e.Text != "" {
		fmt.Fprintf(&b, ": %q", e.Text)
	}
	if e.Status != 0 && e.Status != http.StatusOK {
		fmt.Fprintf(&b, " (HTTP %d)", e.Status)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

var sentences = map[Kind]string{
	BadKey:            "the shop refuses the API key",
	PlanTooSmall:      "the shop's plan is too small for this call",
	PermissionMissing: "the API key may not make this call",
	AddressRefused:    "the API key is not for this address",
	Banned:            "the shop bans this address",
	TokenGone:         "the shop refuses a fresh token",
	EndOfRange:        "there are no more rows",
	Malformed:         "the answer can't be read",
	Silence:           "there was no answer",
	Unavailable:       "the service is not available",
	Refused:           "the service refuses the call",
	Unsettled:         "the list moved while it was read",
}

// mayBePermission reports whether a call that stands not among the key's permissions
// was most likely refused for that: no document tells the words for it.
func (e *Error) mayBePermission() bool {
	switch e.Kind {
	case TokenGone:
		return true
	case Refused:
		return e.Status == http.StatusBadRequest
	}
	return false
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Temporary reports whether the same call may succeed later though nobody changes
// anything. A refusal in words nobody knows counts as temporary: it may be
// maintenance, and whoever repeats calls must slow down by itself anyway.
func (e *Error) Temporary() bool {
	switch e.Kind {
	case BadKey, PlanTooSmall, PermissionMissing, AddressRefused, EndOfRange:
		return false
	}
	return true
}

// The known texts. The service answers everything with HTTP 400 and a sentence, so
// the sentence decides. Of these only the ban and the "invalid ApiKey" and "PREMIUM
// package" texts are known word by word; the others are matched by the words that
// working clients look for, and by what such a sentence can hardly do without.
var (
	banned     = regexp.MustCompile(`(?i)\btoo much\b|\bbanned\b`)
	bannedTill = regexp.MustCompile(`banned till ([0-9.]+ [0-9:]+)`)
	endOfRange = regexp.MustCompile(`(?i)end of the range`)
	plan       = regexp.MustCompile(`(?i)\bpackage needed\b`)
	permission = regexp.MustCompile(`(?i)\bpermission\b|\bnot permitted\b`)
	address    = regexp.MustCompile(`\bIP\b|(?i)\bip[ -]?(address|range)\b`)
	key        = regexp.MustCompile(`(?i)\bapi ?key\b`)
	token      = regexp.MustCompile(`(?i)\bauthentication error\b|\btoken\b`)
)

// classify finds the kind of a known text; unknown ones are Refused and keep their
// words. Until is left to the caller, who knows the shop's zone.
func classify(call, text string) *Error {
	e := unknown(call, text)
	switch {
	case banned.MatchString(text):
		e.Kind = Banned
	case endOfRange.MatchString(text):
		e.Kind = EndOfRange
	case plan.MatchString(text):
		e.Kind = PlanTooSmall
	case permission.MatchString(text):
		e.Kind = PermissionMissing
	case address.MatchString(text):
		e.Kind = AddressRefused
	case key.MatchString(text):
		e.Kind = BadKey
	case token.MatchString(text):
		e.Kind = TokenGone
		if call == login {
			e.Kind = BadKey // there is no token yet: what is refused is the key
		}
	}
	return e
}

// unknown is the Error of words that nobody knows.
func unknown(call, text string) *Error { return &Error{Call: call, Kind: Refused, Text: shorten(text)} }

// tag is markup in an answer that should have none.
var tag = regexp.MustCompile(`(?s)<(script|style).*?</(script|style)>|<[^>]*>`)

// refusalText finds the words of an answer that is not 2xx. own says that they are
// the service's: those of an Error document, or a ban. Otherwise they are whatever a
// person would read there, such as a proxy's page, in which the word IP means little.
// Another list of rows is no refusal in words, and may hold people's data.
func refusalText(body []byte) (text string, own bool) {
	err := decode(bytes.NewReader(body), "Error", nil)
	if answered, ok := errors.AsType[answeredError](err); ok {
		return string(answered), true
	}
	if errors.Is(err, errOtherRoot) && !bytes.Contains(bytes.ToLower(body), []byte("<html")) {
		return "", true
	}
	text = html.UnescapeString(string(tag.ReplaceAll(bytes.ToValidUTF8(body, []byte("\uFFFD")), []byte(" "))))
	return text, bannedTill.MatchString(text)
}

// longestText is how many characters of the service's words an error keeps.
const longestText = 300

// shorten makes the service's words fit for a line of a log.
func shorten(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	})
	text = strings.Join(words, " ")
	if r := []rune(text); len(r) > longestText {
		text = string(r[:longestText]) + "…"
	}
	return text
}

// banTime is how the end of a ban is printed, month first, unlike all other times.
const banTime = "01.02.2006 15:04:05"

// longestBan is what an end of a ban is believed up to. A ban lasts an hour; an end that
// lies days ahead is a date written in another order than we know, and to wait for
// that would be to stand still for months.
const longestBan = 24 * time.Hour

// banEnd finds the end of a ban in its text. A ban lasts an hour: that is assumed
// if no end can be read, or one that is over or that no ban has.
func banEnd(text string, zone *time.Location, now time.Time) time.Time {
	if m := bannedTill.FindStringSubmatch(text); m != nil {
		t, err := time.ParseInLocation(banTime, m[1], zone)
		if err == nil {
			// In the repeated hour of autumn the later meaning is the safe one.
			if later := t.Add(time.Hour); later.Format(banTime) == t.Format(banTime) {
				t = later
			}
			if t.After(now) && t.Sub(now) <= longestBan {
				return t
			}
		}
	}
	return now.Add(time.Hour)
}
