package minicrm

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Kind says what kind of no MiniCRM gave.
type Kind string

const (
	// BadCredentials: the system id or the key is wrong, or the subscription has no REST interface. MiniCRM's manual
	// says 404 with "Access denied", live systems were seen to say 401.
	BadCredentials Kind = "credentials refused"
	// NotFound: there is no such record or address.
	NotFound Kind = "not found"
	// BadRequest: MiniCRM does not take a parameter or a value; Error.Field names it if the answer does. The manual has
	// 400 for it in one chapter and 500 in another.
	BadRequest Kind = "request refused"
	// MethodNotAllowed: this address does not take this method (405).
	MethodNotAllowed Kind = "method not allowed"
	// NotAllowed: the document is not in a state from which this action leads (405 on an order's action). Another
	// method would not help.
	NotAllowed Kind = "not allowed in this state"
	// RateLimited: 60 requests a minute (REST) or 180 an hour (SyncFeed) were exceeded. No answer says when to come
	// back.
	RateLimited Kind = "rate limited"
	// Unavailable: an error inside MiniCRM (5xx). It may say so for a bad value, too; one whose sentence names the field
	// is a BadRequest.
	Unavailable Kind = "unavailable"
	// Malformed: an answer that is not what the interface promises, or one that is too long.
	Malformed Kind = "answer not understood"
	// Silence: no answer, or one that broke off; MiniCRM may have done what was asked for.
	Silence Kind = "no answer"
)

// Error is what a call comes back with when MiniCRM did not do what was asked for. It holds neither key nor personal
// data: keys, e-mail addresses, telephone numbers and web addresses in MiniCRM's words are blotted out.
type Error struct {
	Call   Call
	Kind   Kind
	Status int    // of HTTP; 0 if there was no answer
	Text   string // what MiniCRM said, in the language of the account, or what was wrong with the answer; one line
	Field  string // the parameter or field that a BadRequest is about, "" if the answer names none

	// The parts of a Text such as "Project (PUT): Invalid value". Of another text, all is Message.
	Endpoint, Method, Message string

	RetryAfter time.Duration // after which to come back, if the answer says so; MiniCRM's own never do
	Err        error         // the cause of a Silence or of a Malformed, else nil
}

// Error says which call got which no.
func (e *Error) Error() string {
	s := fmt.Sprintf("MiniCRM, %s: %s", e.Call.Endpoint, e.Kind)
	if e.Status != 0 {
		s += fmt.Sprintf(" (HTTP %d)", e.Status)
	}
	if e.Text != "" {
		s += ": " + e.Text
	}
	return s
}

// Unwrap returns the cause, nil if there is none.
func (e *Error) Unwrap() error { return e.Err }

// Temporary says whether the same call may well succeed later without anybody changing anything.
func (e *Error) Temporary() bool {
	return e.Kind == RateLimited || e.Kind == Unavailable || e.Kind == Silence
}

// refusal reads an answer whose status is not 2xx. Its body is plain text in the language of the account. Errors of
// the source are described in MiniCRM's Integrations Manual, chapter "Error handling"; 401 was seen live.
func refusal(call Call, status int, text string) *Error {
	e := &Error{Call: call, Status: status, Text: text}
	e.Endpoint, e.Method, e.Message = splitSentence(text)
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		e.Kind = BadCredentials
	case status == http.StatusNotFound && accessDenied.MatchString(text):
		e.Kind = BadCredentials
	case status == http.StatusNotFound, status == http.StatusGone:
		e.Kind = NotFound
	case status == http.StatusMethodNotAllowed && call.Endpoint == orderActionEndpoint:
		e.Kind = NotAllowed
	case status == http.StatusMethodNotAllowed:
		e.Kind = MethodNotAllowed
	case status == http.StatusTooManyRequests:
		e.Kind = RateLimited
	case status == http.StatusInternalServerError && e.Method != "" && namedField(e.Message) != "":
		e.Kind, e.Field = BadRequest, namedField(e.Message) // an unknown option, which will not become known by waiting
	case status >= 500, status == http.StatusRequestTimeout:
		e.Kind = Unavailable
	case status >= 400:
		e.Kind = BadRequest
		e.Field = namedField(e.Message)
	default: // a redirection, which would carry the key to another address, or an answer no interface gives
		e.Kind = Malformed
	}
	return e
}

const maxErrorText = 500 // characters

// What may point to a person or open a door, wherever it stands in an answer.
var (
	webAddress   = regexp.MustCompile(`(?i)\b(?:https?|ftps?)(?::|%3A)\S+`)
	emailAddress = regexp.MustCompile(`[^\s"'<>(),;:]+@[^\s"'<>(),;:]+`)
	phoneNumber  = regexp.MustCompile(`(?:\+\d|\b00[1-9])[\d /().-]{6,}\d`)
)

// plainText makes one clean line of the beginning of an answer's body: as UTF-8, without control characters, key,
// and whatever else must not reach a log.
func plainText(body []byte, secrets ...string) string {
	const enough = 16 * maxErrorText // characters to look for addresses in
	body = body[:min(len(body), maxErrorBody)]
	if page, ok := pageText(body); ok {
		body = []byte(page)
	}
	s := strings.ToValidUTF8(strings.TrimLeft(string(body), "\ufeff"), "\ufffd")
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
	for _, secret := range secrets { // after what could stand in the midst of one
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "***")
		}
	}
	s = Cut(strings.Join(strings.Fields(s), " "), enough)
	s = webAddress.ReplaceAllString(s, "***")
	s = emailAddress.ReplaceAllString(s, "***")
	s = phoneNumber.ReplaceAllString(s, "***")
	if short := Cut(s, maxErrorText); len(short) < len(s) {
		return short + "…"
	}
	return s
}

// secretParts returns an address and those of its parts that are long enough to be the secret in it.
func secretParts(address string) []string {
	parts := strings.FieldsFunc(address, func(r rune) bool {
		return r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	parts = slices.DeleteFunc(parts, func(part string) bool { return len(part) < 16 })
	return append([]string{address}, parts...)
}
