package unassim

import (
	"bytes"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// journalLength is how many of the latest calls the shop remembers for its page.
const journalLength = 200

// journal is the latest calls to the API, the newest last.
type journal struct {
	Entries []journalEntry `json:"entries"`
}

// journalEntry is a call and what came of it. Status 0 means that no whole answer was given.
type journalEntry struct {
	At       time.Time `json:"at"` // shop time
	Endpoint string    `json:"endpoint"`
	Address  string    `json:"address"`
	Status   int       `json:"status"`
	Result   string    `json:"result"`
}

func (j *journal) add(e journalEntry) {
	if len(j.Entries) >= journalLength {
		j.Entries = append(j.Entries[:0], j.Entries[len(j.Entries)-journalLength+1:]...)
	}
	j.Entries = append(j.Entries, e)
}

// journalled notes each call to the API in the journal.
func (s *Shop) journalled(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		watch := &watched{ResponseWriter: w}
		whole := false
		defer func() {
			e := journalEntry{Endpoint: cutShort(r.PathValue("endpoint"), 40), Address: clientAddress(r).String(), Status: watch.status, Result: watch.result()}
			if !whole {
				e.Status, e.Result = 0, "connection closed"
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			e.At = s.now()
			s.journal.add(e)
		}()
		serve(watch, r)
		whole = true
	}
}

// watched keeps the beginning of an answer on its way.
type watched struct {
	http.ResponseWriter
	status, size int
	head         []byte
}

// Unwrap lets http.ResponseController reach the connection.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *watched) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *watched) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	const enough = 4096
	w.head = append(w.head, b[:max(0, min(len(b), enough-len(w.head)))]...)
	w.size += len(b)
	return w.ResponseWriter.Write(b)
}

var errorText = regexp.MustCompile(`<Error>([^<]*)</Error>`)

// result is the error an answer tells of, else its size.
func (w *watched) result() string {
	if found := errorText.FindSubmatch(w.head); found != nil {
		return cutShort(string(found[1]), 160)
	}
	if bytes.Contains(w.head, []byte("<Token>")) {
		return "logged in"
	}
	return strconv.Itoa(w.size) + " bytes"
}

// cutShort is a text of at most so many bytes, whole characters only.
func cutShort(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
