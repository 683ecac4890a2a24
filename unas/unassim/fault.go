package unassim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// The kinds of faults.
const (
	fault500       = "500"         // HTTP 500 with an HTML page; the call has no effect
	faultBan       = "ban"         // the ban sentence, one hour ahead; the address is not really banned; no effect
	faultSilence   = "silence"     // the connection is closed without an answer; no effect
	faultCut       = "cut"         // the call takes effect, half of its answer arrives, the connection is closed
	faultSlow      = "slow"        // the answer comes after a pause
	faultLost      = "lost-answer" // the call takes effect, the connection is closed without an answer
	faultMalformed = "malformed"   // the call takes effect, its answer is HTTP 200 with broken XML
)

var faultKinds = []string{fault500, faultBan, faultSilence, faultCut, faultLost, faultSlow, faultMalformed}

// slowPause is how long a slow answer takes when the fault does not say.
const slowPause = 3 * time.Second

// Fault spoils the next calls to an endpoint.
type Fault struct {
	Endpoint string        `json:"endpoint"` // as in the path after /shop/
	Kind     string        `json:"kind"`     // 500, ban, silence, cut, lost-answer, slow or malformed
	Times    int           `json:"times"`    // how many calls; 0 means one
	Pause    time.Duration `json:"-"`        // of kind slow; 0 means three seconds
}

// UnmarshalJSON takes Pause as text, such as "250ms", and refuses unknown keys.
func (f *Fault) UnmarshalJSON(text []byte) error {
	type plain Fault
	given := struct {
		*plain
		Pause string `json:"pause"`
	}{plain: (*plain)(f)}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&given); err != nil {
		return err
	}
	if given.Pause == "" {
		return nil
	}
	pause, err := time.ParseDuration(given.Pause)
	if err != nil {
		return fmt.Errorf("pause: %w", err)
	}
	f.Pause = pause
	return nil
}

// Inject queues a fault behind those that are waiting for the same endpoint. It refuses endpoints UNAS does
// not know and unknown kinds.
func (s *Shop) Inject(f Fault) error {
	if f.Endpoint == "unknown" || counted(f.Endpoint) != f.Endpoint {
		return fmt.Errorf("endpoint: there is none named %q", f.Endpoint)
	}
	if !slices.Contains(faultKinds, f.Kind) {
		return fmt.Errorf("kind: %q is none of %q", f.Kind, faultKinds)
	}
	if f.Times < 0 || f.Pause < 0 || f.Pause > time.Hour {
		return fmt.Errorf("times and pause: out of range")
	}
	f.Times = max(f.Times, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
	s.faults[f.Endpoint] = append(s.faults[f.Endpoint], &f)
	return nil
}

// takeFault is the fault that the next call to the endpoint has to suffer, nil if there is none.
func (s *Shop) takeFault(endpoint string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := s.faults[endpoint]
	if len(waiting) == 0 {
		return nil
	}
	waiting[0].Times--
	taken := *waiting[0]
	if waiting[0].Times == 0 {
		s.faults[endpoint] = waiting[1:]
	}
	return &taken
}

// before plays the part of a fault that comes before the call; done means that there is no call.
func (f *Fault) before(s *Shop, w http.ResponseWriter, r *http.Request, endpoint string) (done bool) {
	switch f.Kind {
	case fault500:
		w.Header().Set("Date", s.Now().UTC().Format(http.TimeFormat))
		http.Error(w, "<html><body><h1>500 Internal Server Error</h1></body></html>", http.StatusInternalServerError)
		return true
	case faultBan:
		s.mu.Lock()
		s.stats.Bans[counted(endpoint)]++
		sentence := s.banSentence(endpoint, second(s.now()).Add(banLength))
		s.mu.Unlock()
		s.send(w, r, sentence.status, errorDocument(sentence.status, sentence.text, s.Switches()), nil)
		return true
	case faultSilence:
		s.note(endpoint, false)
		panic(http.ErrAbortHandler)
	case faultSlow:
		pause := f.Pause
		if pause == 0 {
			pause = slowPause
		}
		timer := time.NewTimer(pause)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			return true
		}
	}
	return false
}

// spoil breaks a malformed answer: its root is closed by a wrong tag, as in an example UNAS itself printed.
func (f *Fault) spoil(answer []byte) []byte {
	if f.Kind != faultMalformed {
		return answer
	}
	last := bytes.LastIndex(answer, []byte("</"))
	return append(bytes.Clone(answer[:max(last, 0)]), []byte("<Id>123</Name>\n")...)
}
