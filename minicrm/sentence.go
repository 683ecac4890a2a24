package minicrm

import (
	"html"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// sentence is the form in which the interfaces say no: Project (PUT): Invalid value 'X' for the Lead source field.
var sentence = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9/ ]{0,60}?) ?\(([A-Z]{3,7})\): ?(.*)$`)

// splitSentence takes such a text apart. A text of another form is all message.
func splitSentence(text string) (endpoint, method, message string) {
	found := sentence.FindStringSubmatch(text)
	if found == nil {
		return "", "", text
	}
	return found[1], found[2], found[3]
}

// accessDenied is how a 404 says that it means the credentials, in each language of an account. "Not allowed" alone is
// not enough: a key that is taken for refused stops whoever uses it.
var accessDenied = regexp.MustCompile(`(?i)\b(?:access denied|unauthori[sz]ed|hozzáférés megtagadva|jogosulatlan hozzáférés|` +
	`acces (?:refuzat|interzis|respins)|accesul (?:a fost )?(?:refuzat|interzis|respins)|neautorizat)`)

// The ways in which sentences name a field or a parameter: English and Hungarian as the manual prints them and as they
// were seen, Romanian and the rest by their likeness. The first that fits wins.
var fieldSentences = []*regexp.Regexp{
	regexp.MustCompile(`(?i)\bfor the ["'„”“]?(.{1,200}?)["'”“]? (?:field|parameter)\b`),
	regexp.MustCompile(`(?i)` + fieldWord + `(?:(?: is)? \pL{1,20}){0,2} ?:? ?["'„”“]([^"'„”“]{1,200})["'”“]`),
	regexp.MustCompile(`(?i)["'„”“]([^"'„”“]{1,200})["'”“] (?:nevű )?(?:field|parameter|mező|paraméter)`),
	regexp.MustCompile(`(?i)` + fieldWord + `(?: \pL{1,20})?: ?([^"'„”“.:;]{1,200})`),
	regexp.MustCompile(`(?i)(?:pentru|la|în) câmpul ["'„”“]?([^"'„”“.:;!]{1,200})`),
	regexp.MustCompile(`(?i)\ba(?:z|\(z\))? ["'„”“]?([^"'„”“.:;]{1,200}?)["'”“]? (?:mező|paraméter)`),
}

// fieldWord is "field" or "parameter" in the three languages, with the endings it may have.
const fieldWord = `(?:param[eé]ter\pL{0,3}|parametr\pL{1,3}|fields?|mező\pL{0,5}|câmp\pL{0,4})`

// namedField finds the field or parameter that a refusal is about, "" if it names none.
func namedField(message string) string {
	for _, form := range fieldSentences {
		if found := form.FindStringSubmatch(message); found != nil {
			return strings.TrimSpace(found[1])
		}
	}
	return ""
}

var (
	pageStart   = regexp.MustCompile(`(?i)^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,200}?-->\s*)?<(?:!doctype html|html|head|body)\b`)
	pageSecrets = regexp.MustCompile(`(?is)<(script|style)\b.*?(?:</(?:script|style)\s*>|$)|<!--.*?(?:-->|$)`)
	pageTag     = regexp.MustCompile(`(?s)<[^>]*>`)
)

// pageText returns the words of a web page, which is what a proxy or a server under repair sends in place of an answer;
// false if body is none.
func pageText(body []byte) (string, bool) {
	text := strings.TrimLeft(string(body[:min(len(body), maxErrorBody)]), "\ufeff")
	if !pageStart.MatchString(text) {
		return "", false
	}
	text = pageSecrets.ReplaceAllString(text, " ")
	return html.UnescapeString(pageTag.ReplaceAllString(text, " ")), true
}

const longestRetryAfter = 24 * time.Hour

// retryAfter reads the header of that name: seconds, or a date. MiniCRM documents none, proxies before it may send one.
// What lies in the past or can't be read is 0.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, longestRetryAfter)
	}
	date, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return min(max(date.Sub(now), 0), longestRetryAfter)
}
