package minicrmsim

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A fault waits for the next calls of an endpoint.
type fault struct {
	endpoint string // without "R3/", or "*"
	kind     string
	times    int
	pause    time.Duration
}

// faultKinds are what POST /_sim/faults may ask for.
//
//	500          the call answers 500, nothing is done
//	ban, 429     the call answers 429, nothing is done
//	silence      the connection is closed without an answer, nothing is done
//	cut          the work is done, the answer breaks off in the middle
//	slow         the work is done, the answer comes after "seconds" (5)
//	malformed    the work is done, the answer is not JSON
//	lost-answer  the work is done, the connection is closed without an answer
//	late         SyncFeed: the document is processed after ten times the delay, 30 s at least
//	half         SyncFeed: only the first half of the document's Projects is applied
var faultKinds = []string{"500", "ban", "429", "silence", "cut", "slow", "malformed", "lost-answer", "late", "half"}

// endpoints are the names that calls have.
var endpoints = []string{
	"Category", "Schema/Project", "Schema/Person", "Schema/Business", "Project", "ProjectHistory", "Contact", "PurgePerson",
	"Address", "AddressList", "ToDo", "ToDoList", "EmailList", "Template", "TemplateList", "Product",
	"CreateProjectConnection", "UpdateProjectConnection", "DeleteProjectConnection", "ListProjectConnection",
	"Order", "Order/List", "Order/DeleteItem", "Order/Project",
	"Order/Finalize", "Order/Edit", "Order/Complete", "Order/Paid", "Order/Storno",
	"Offer", "Offer/List", "Offer/Project", "Invoice", "Invoice/List", "Invoice/Project", "Invoice/Paid", "Invoice/Storno",
	"SyncFeed", "SyncFeed/Upload", "CallLog", "Signup", "SharedFilter",
}

const slowPause = 5 * time.Second

func (f *fault) check() error {
	if !slices.Contains(faultKinds, f.kind) {
		return fmt.Errorf("unknown kind %q, there are %s", f.kind, strings.Join(faultKinds, ", "))
	}
	if f.endpoint == "" {
		return fmt.Errorf("the endpoint is missing")
	}
	if f.endpoint != "*" && !slices.Contains(endpoints, f.endpoint) {
		return fmt.Errorf("unknown endpoint %q, there are *, %s", f.endpoint, strings.Join(endpoints, ", "))
	}
	if f.times < 1 {
		return fmt.Errorf("times must be at least 1")
	}
	if f.pause < 0 {
		return fmt.Errorf("seconds must not be negative")
	}
	if (f.kind == "late" || f.kind == "half") && !strings.HasPrefix(f.endpoint, "SyncFeed") {
		return fmt.Errorf("kind %q is for SyncFeed and SyncFeed/Upload", f.kind)
	}
	return nil
}

// takeFault uses up the first fault that waits for an endpoint, nil if none
// does. Callers hold mu.
func (c *CRM) takeFault(endpoint string) *fault {
	name := strings.TrimPrefix(endpoint, "R3/")
	for i, f := range c.faults {
		if f.endpoint != name && f.endpoint != "*" {
			continue
		}
		taken := *f
		f.times--
		if f.times == 0 {
			c.faults = slices.Delete(c.faults, i, i+1)
		}
		return &taken
	}
	return nil
}

// hangUp closes the connection without an answer. The interim line before it
// tells a client that its call arrived: on a connection that was used before
// many would take the end for an old one, and send again by themselves.
func hangUp(w http.ResponseWriter) {
	w.WriteHeader(http.StatusContinue)
	panic(http.ErrAbortHandler) // the server closes the connection, as net/http documents
}

// before does what a fault does instead of the call's work. It reports whether
// the call is over.
func (f *fault) before(c *CRM, w http.ResponseWriter) bool {
	switch {
	case f == nil:
		return false
	case f.kind == "500":
		c.refuse(w, http.StatusInternalServerError, c.say(sayInternal))
	case f.kind == "ban" || f.kind == "429":
		c.refuse(w, http.StatusTooManyRequests, c.tooManyText())
	case f.kind == "silence":
		hangUp(w)
	default:
		return false
	}
	return true
}

// after spoils the answer to work that was done. It reports whether the answer
// is written.
func (f *fault) after(w http.ResponseWriter, r *http.Request, a answer) bool {
	if f == nil {
		return false
	}
	switch f.kind {
	case "lost-answer":
		hangUp(w)
	case "cut":
		w.Header().Set("Content-Type", a.kind)
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)+1))
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body[:len(a.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case "malformed":
		a.body = append(a.body[:len(a.body)/2:len(a.body)/2], "<br />\nWarning: "...)
		a.write(w)
		return true
	case "slow":
		timer := time.NewTimer(f.pause)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
	return false
}
