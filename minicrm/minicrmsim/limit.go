package minicrmsim

import (
	"strings"
	"time"
)

// A window counts calls over a length of time.
type window struct {
	length time.Duration
	most   int
	calls  []time.Time
}

// admit counts one call and says whether it is within the limit; if not, how
// long until the next one would be.
func (w *window) admit(now time.Time, s Switches) (wait time.Duration, ok bool) {
	oldest := now.Add(-w.length)
	if s.FixedWindow {
		oldest = now.Truncate(w.length).Add(-1)
	}
	for len(w.calls) > 0 && !w.calls[0].After(oldest) {
		w.calls = w.calls[1:]
	}
	if len(w.calls) < w.most {
		w.calls = append(w.calls, now)
		return 0, true
	}
	wait = w.calls[0].Sub(oldest)
	if s.FixedWindow {
		wait = now.Truncate(w.length).Add(w.length).Sub(now)
	}
	if s.CountRefused {
		w.calls = append(w.calls[1:], now)
	}
	return wait, false
}

// admit counts a call against the limit of its endpoint. Callers hold mu.
func (c *CRM) admit(endpoint string) (wait time.Duration, ok bool) {
	if !c.o.Limits {
		return 0, true
	}
	switch root, _, _ := strings.Cut(endpoint, "/"); root {
	case "SyncFeed":
		return c.hour.admit(c.now(), c.o.Switches)
	case "R3":
		return c.minute.admit(c.now(), c.o.Switches)
	case "Order", "Offer":
		if c.o.Switches.LimitDocuments {
			return c.minute.admit(c.now(), c.o.Switches)
		}
	}
	return 0, true
}

// tooManyText is the body of a 429.
func (c *CRM) tooManyText() string {
	c.gate.RLock()
	defer c.gate.RUnlock()
	if c.o.Switches.LocalisedTooMany {
		return c.say(sayTooMany)
	}
	return sayTooMany[english]
}
