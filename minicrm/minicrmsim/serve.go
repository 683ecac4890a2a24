package minicrmsim

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxBody bounds the body of a JSON call, in bytes.
const maxBody = 8 << 20

const accessDenied = "Unauthorized: Access denied"

// A call is one request to the API, taken apart.
type call struct {
	method   string
	endpoint string   // the path after /Api/ without ids: "R3/Project"
	parts    []string // the path after /Api/, all of it
	query    url.Values
	request  *http.Request
}

// part is the i-th element of the path after /Api/, empty beyond its end.
func (c call) part(i int) string {
	if i < len(c.parts) {
		return c.parts[i]
	}
	return ""
}

// id is an element of the path as an id, 0 if it is none.
func (c call) id(i int) int64 {
	id, err := strconv.ParseInt(c.part(i), 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}

// names says whether an element of the path can be meant: it is an id, or it is
// absent. A client of MiniCRM's own writes 0 where it makes something new.
func (c call) names(i int) bool {
	return c.part(i) == "" || c.id(i) != 0 || c.part(i) == "0" && c.method == http.MethodPut
}

// An answer is what a call returns, before any fault spoils it.
type answer struct {
	status int
	kind   string
	body   []byte
}

func (a answer) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the caller may have gone; there is nobody to tell
}

// A refusal is an answer in plain text.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

func (c *CRM) bad(p phrase, args ...any) error {
	return &refusal{http.StatusBadRequest, c.say(p, args...)}
}

func (c *CRM) notFound() error   { return &refusal{http.StatusNotFound, c.say(sayNotFound)} }
func (c *CRM) notAllowed() error { return &refusal{http.StatusMethodNotAllowed, c.say(sayNotAllowed)} }

// badOption is the answer to a value that a field cannot take.
func (c *CRM) badOption(field, value string) error {
	status := http.StatusBadRequest
	if c.o.Switches.UnknownOption500 {
		status = http.StatusInternalServerError
	}
	return &refusal{status, c.say(sayInvalidValue, value, field)}
}

func (c *CRM) refuse(w http.ResponseWriter, status int, text string) {
	answer{status, "text/plain; charset=utf-8", []byte(text)}.write(w)
}

// ServeHTTP answers the API under /Api/, the control addresses under /_sim/
// and a page for people at /.
func (c *CRM) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.Trim(r.URL.Path, "/")
	root, rest, _ := strings.Cut(path, "/")
	switch {
	case root == "Api":
		c.serveAPI(w, r, rest)
	case root == "_sim":
		c.catchUp()
		c.control(w, r, rest)
	case path == "":
		c.catchUp()
		c.page(w, r.URL.Query())
	case root == "card":
		c.catchUp()
		c.cardPage(w, rest)
	default:
		http.NotFound(w, r)
	}
}

// lastValues keeps the last of a parameter given twice, as PHP does.
func lastValues(query url.Values) url.Values {
	for name, values := range query {
		query[name] = values[len(values)-1:]
	}
	return query
}

func (c *CRM) serveAPI(w http.ResponseWriter, r *http.Request, path string) {
	c.catchUp()
	parts := strings.Split(path, "/")
	k := call{method: r.Method, endpoint: endpoint(parts), parts: parts, query: lastValues(r.URL.Query()), request: r}

	c.mu.Lock()
	c.calls[strings.TrimPrefix(k.endpoint, "R3/")]++
	f := c.takeFault(k.endpoint)
	now, switches := c.now(), c.o.Switches
	c.mu.Unlock()
	seen := &seenWriter{ResponseWriter: w}
	defer c.remember(k, now, seen)

	// The server's own clock would tell the machine's time, not that of this world.
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	if f.before(c, seen) {
		return
	}
	if denied := c.denial(r, k); denied != nil {
		c.refuse(seen, denied.status, denied.text)
		return
	}
	c.mu.Lock()
	wait, ok := c.admit(k.endpoint)
	if !ok {
		c.limited++
	}
	c.mu.Unlock()
	if !ok {
		if switches.RetryAfter {
			w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
		}
		c.refuse(seen, http.StatusTooManyRequests, c.tooManyText())
		return
	}
	a := c.answer(k, f)
	if f.after(seen, r, a) {
		return
	}
	a.write(seen)
}

// endpoint names a call: its path without ids. The system id of SyncFeed goes
// whatever it looks like.
func endpoint(parts []string) string {
	var kept []string
	for i, part := range parts {
		if part == "" || i == 1 && parts[0] == "SyncFeed" {
			continue
		}
		if _, err := strconv.ParseUint(part, 10, 64); err == nil {
			continue
		}
		kept = append(kept, part)
	}
	return strings.Join(kept, "/")
}

// denial is the answer to bad credentials, nil if they are good.
func (c *CRM) denial(r *http.Request, k call) *refusal {
	c.gate.RLock()
	defer c.gate.RUnlock()
	if !c.o.Switches.NoAddOn && (k.outside() || c.authorised(r, k)) {
		return nil
	}
	return c.denied()
}

func (c *CRM) authorised(r *http.Request, k call) bool {
	user, password, ok := r.BasicAuth()
	if !ok || k.part(0) == "SyncFeed" && k.part(1) != c.o.SystemID {
		return false
	}
	same := subtle.ConstantTimeCompare([]byte(user), []byte(c.o.SystemID)) &
		subtle.ConstantTimeCompare([]byte(password), []byte(c.o.APIKey))
	return same == 1
}

// answer does a call's work and prints its result. The switches stay as they
// are meanwhile; whatever may take long comes before the gate.
func (c *CRM) answer(k call, f *fault) answer {
	var body any
	var err error
	if k.part(0) == "SyncFeed" {
		body, err = c.syncFeed(k, f)
		c.gate.RLock()
	} else {
		k.readBody()
		c.gate.RLock()
		body, err = c.do(k)
	}
	defer c.gate.RUnlock()
	if err == nil {
		if raw, isText := body.(rawAnswer); isText {
			return answer{http.StatusOK, "application/json; charset=utf-8", []byte(raw)}
		}
		if table, isCSV := body.(csvAnswer); isCSV {
			return answer{http.StatusOK, "text/csv; charset=utf-8", table}
		}
		return answer{http.StatusOK, "application/json; charset=utf-8", c.print(body)}
	}
	name := strings.TrimPrefix(k.endpoint, "R3/")
	if root, _, _ := strings.Cut(name, "/"); root != "SyncFeed" {
		name = root
	}
	r, ok := errors.AsType[*refusal](err)
	if !ok {
		r = &refusal{http.StatusInternalServerError, err.Error()}
	}
	text := fmt.Sprintf("%s (%s): %s", name, k.method, r.text)
	return answer{r.status, "text/plain; charset=utf-8", []byte(text)}
}

// A rawAnswer is printed as it is.
type rawAnswer string

func (c *CRM) do(k call) (any, error) {
	switch k.part(0) {
	case "R3":
		return c.r3(k)
	case "Order", "Offer", "Invoice":
		return c.document(k)
	case "CallLog":
		return c.callLog(k)
	case "Signup":
		return c.signup(k)
	case "SharedFilter":
		return c.reading(k, c.sharedFilter)
	}
	return nil, c.notFound()
}

// A brokenReader fails.
type brokenReader struct{ err error }

func (b brokenReader) Read([]byte) (int, error) { return 0, b.err }

// readBody takes in a whole body, so that no slow caller holds anybody up. One
// that breaks off breaks off again for whoever reads it.
func (c call) readBody() {
	raw, err := io.ReadAll(io.LimitReader(c.request.Body, maxBody+1))
	read := io.Reader(bytes.NewReader(raw))
	if err != nil {
		read = io.MultiReader(read, brokenReader{err})
	}
	c.request.Body = io.NopCloser(read)
}

// body reads a JSON object. Its values become texts: what MiniCRM reads, it
// reads leniently. Parameters of the query stand in for a missing body.
func (c *CRM) body(k call) (map[string]any, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(nil, k.request.Body, maxBody))
	if err != nil {
		return nil, c.bad(sayBadParameter, "Data (JSON)")
	}
	if strings.TrimSpace(string(raw)) == "" {
		sent := make(map[string]any)
		for name := range k.query {
			sent[name] = k.query.Get(name)
		}
		return sent, nil
	}
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	var sent map[string]any
	if d.Decode(&sent) != nil || !atEnd(d) {
		return nil, c.bad(sayBadParameter, "Data (JSON)")
	}
	return sent, nil
}

// atEnd says whether nothing follows the value that was decoded.
func atEnd(d *json.Decoder) bool {
	_, err := d.Token()
	return errors.Is(err, io.EOF)
}

// fieldsOf is body for calls that need at least one parameter, flattened.
func (c *CRM) fieldsOf(k call) (map[string]string, error) {
	sent, err := c.body(k)
	if err != nil {
		return nil, err
	}
	if len(sent) == 0 {
		return nil, c.bad(sayBadParameter, "Data (JSON)")
	}
	return c.flatten(sent)
}

func (c *CRM) flatten(sent map[string]any) (map[string]string, error) {
	flat := make(map[string]string, len(sent))
	for name, value := range sent {
		text, ok := scalar(value)
		if !ok {
			return nil, c.bad(sayBadParameter, name)
		}
		flat[name] = text
	}
	return flat, nil
}

// scalar reads a JSON value as a text; a list becomes its elements joined.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		if v {
			return "1", true
		}
		return "0", true
	case []any:
		var all []string
		for _, element := range v {
			text, ok := scalar(element)
			if !ok {
				return "", false
			}
			all = append(all, text)
		}
		return strings.Join(all, ", "), true
	}
	return "", false
}
