package minicrm

import (
	"strings"
	"time"
)

// Limit is how many calls MiniCRM takes from one system in a time. Whether its window is fixed or slides is not
// published: what holds for any window of that length holds for both.
type Limit struct {
	Path   string // of the calls that it counts together, after /Api/
	Calls  int    // at most; 0: no limit
	Window time.Duration
	Stated bool // by MiniCRM; else it is an assumption on the safe side
}

// pathR3 is the path of the REST interface, whose limit is also that of the documents.
const pathR3 = "R3"

// Limits returns all limits. One that is not Stated counts its calls together with those of R3: MiniCRM is silent about
// the documents other than invoices. Source: MiniCRM Integrations Manual, "API limits"; no answer tells them.
func Limits() []Limit {
	return []Limit{
		{Path: pathR3, Calls: 60, Window: time.Minute, Stated: true},
		{Path: "SyncFeed", Calls: 180, Window: time.Hour, Stated: true},
		{Path: "Invoice", Stated: true},
		{Path: "Order", Calls: 60, Window: time.Minute},
		{Path: "Offer", Calls: 60, Window: time.Minute},
	}
}

// Limit returns the limit that counts the call, that of R3 for an unknown path.
func (c Call) Limit() Limit {
	first, _, _ := strings.Cut(c.Endpoint, "/")
	all := Limits()
	for _, limit := range all {
		if limit.Path == first {
			return limit
		}
	}
	return all[0]
}

// Scope names the calls that the call is counted together with: R3, SyncFeed, or "" if no limit counts it.
func (c Call) Scope() string {
	limit := c.Limit()
	switch {
	case limit.Calls == 0:
		return ""
	case !limit.Stated:
		return pathR3
	}
	return limit.Path
}
