package minicrmsim

import (
	"net/http"
	"net/url"
	"time"
)

// A recentCall is one request to the API, for a person to see.
type recentCall struct {
	At     string `json:"at"` // in the system's zone
	Method string `json:"method"`
	Path   string `json:"path"`   // without what is secret in it
	Status int    `json:"status"` // 0: the connection was closed without an answer
}

// ringSize is how many calls the system remembers.
const ringSize = 200

// A ring keeps the latest calls.
type ring struct {
	calls []recentCall
	next  int // the place of the oldest one, once the ring is full
}

func (r *ring) add(one recentCall) {
	if len(r.calls) < ringSize {
		r.calls = append(r.calls, one)
		return
	}
	r.calls[r.next] = one
	r.next = (r.next + 1) % ringSize
}

// newestFirst are the calls from the latest to the oldest.
func (r *ring) newestFirst() []recentCall {
	all := make([]recentCall, 0, len(r.calls))
	for i := range r.calls {
		all = append(all, r.calls[(r.next+len(r.calls)-1-i)%len(r.calls)])
	}
	return all
}

// A seenWriter remembers the status that it was given.
type seenWriter struct {
	http.ResponseWriter
	status int
}

func (w *seenWriter) WriteHeader(status int) {
	if status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *seenWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// remember keeps a call when it is over, however it ended.
func (c *CRM) remember(k call, at time.Time, w *seenWriter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.recently.add(recentCall{c.stamp(at), k.method, harmless(k.request.URL), w.status})
	c.revision++
}

// secretParameters are those of the query that a page must not show.
var secretParameters = []string{"ApiKey", "FormHash", "Hash"}

// harmless prints the address of a call without secrets. Of a source only the
// host is left: the rest of its address is what keeps it private.
func harmless(u *url.URL) string {
	query := u.Query()
	for _, name := range secretParameters {
		if query.Has(name) {
			query.Set(name, "...")
		}
	}
	if query.Has("Source") {
		shown := "..."
		if source, err := url.Parse(query.Get("Source")); err == nil && source.Host != "" {
			shown = source.Scheme + "://" + source.Host + "/..."
		}
		query.Set("Source", shown)
	}
	text, err := url.QueryUnescape(query.Encode())
	if err != nil || text == "" {
		return u.Path
	}
	return u.Path + "?" + text
}
