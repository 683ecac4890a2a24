package unassim

import (
	"errors"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxDocument is the largest request body: what UNAS documents for set calls.
const maxDocument = 128 << 20

// refusal is a general failure: an HTTP status and the text of the root <Error> ("Válaszok, hibák").
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

// failure is a refusal with the status UNAS documents for all of them.
func failure(text string) error { return &refusal{status: http.StatusBadRequest, text: text} }

// call is one request to an endpoint.
type call struct {
	address netip.Addr
	host    string // that the client called
	body    []byte
	params  *node // the root of the request
}

// endpoint is one function of the API. single tells whether a request counts against the larger limit.
type endpoint struct {
	run    func(*Shop, *call) ([]byte, error)
	single func(root *node) bool
}

// endpointNamed is the simulated part of the API; login stands apart, it needs no token.
func endpointNamed(name string) (endpoint, bool) {
	list := func(*node) bool { return false }
	switch name {
	case "getOrder":
		return endpoint{(*Shop).getOrder, asksOne("Key")}, true
	case "getCustomer":
		return endpoint{(*Shop).getCustomer, asksOne("Id")}, true
	case "setOrder":
		return endpoint{(*Shop).setOrder, func(root *node) bool { return len(root.kids) <= 100 }}, true
	case "getOrderStatus":
		return endpoint{(*Shop).getOrderStatus, list}, true
	case "getOrderType":
		return endpoint{(*Shop).getOrderType, list}, true
	case "getMethod":
		return endpoint{(*Shop).getMethod, list}, true
	}
	return worldEndpoint(name)
}

// asksOne: what makes a get call single is not documented. Counted as single is a call whose identifying
// parameter holds exactly one value, the cautious reading of a working client.
func asksOne(parameter string) func(*node) bool {
	return func(root *node) bool {
		value := root.at(parameter)
		return value != "" && !strings.ContainsAny(value, ",|")
	}
}

// serveShop answers a call to the API, or spoils the answer as a fault asks.
func (s *Shop) serveShop(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("endpoint")
	address := clientAddress(r)
	resting := s.maintenance()
	if s.silent(address) || resting && s.options.Switches.Maintenance == "drop" {
		s.note(name, false)
		panic(http.ErrAbortHandler)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDocument))
	fault := s.takeFault(name)
	if fault != nil && fault.before(s, w, r, name) {
		s.note(name, false)
		return
	}
	var answer []byte
	switch {
	case resting:
		err = &refusal{status: http.StatusServiceUnavailable, text: "Maintenance"}
	case err != nil:
		err = failure("XML Error")
	default:
		answer, err = s.answer(name, r, &call{address: address, host: r.Host, body: body})
	}
	status := http.StatusOK
	if refused, ok := errors.AsType[*refusal](err); ok {
		status, answer = refused.status, document(leaf("Error", refused.text))
	} else if err != nil {
		status, answer = http.StatusInternalServerError, document(leaf("Error", err.Error()))
	}
	s.note(name, status == http.StatusOK && (fault == nil || fault.Kind == faultSlow))
	if fault != nil {
		answer = fault.spoil(answer)
	}
	s.send(w, status, answer, fault)
}

// send writes an answer. The Date header is the shop's clock: clients end their windows by it.
func (s *Shop) send(w http.ResponseWriter, status int, answer []byte, fault *Fault) {
	h := w.Header()
	h.Set("Content-Type", "text/xml; charset=UTF-8")
	h.Set("Content-Length", strconv.Itoa(len(answer)))
	h.Set("Date", s.Now().UTC().Format(http.TimeFormat))
	w.WriteHeader(status)
	if fault == nil || fault.Kind != faultCut {
		w.Write(answer) // a client that went away is not our trouble
		return
	}
	w.Write(answer[:len(answer)/2])
	http.NewResponseController(w).Flush() // best effort: the connection is about to be cut anyway
	panic(http.ErrAbortHandler)
}

// answer runs a call through the rules in UNAS' order: who, may they, how often, what.
func (s *Shop) answer(name string, r *http.Request, c *call) ([]byte, error) {
	if name == "login" {
		if r.Method != http.MethodPost {
			return nil, failure("Only POST is allowed")
		}
		return s.login(c)
	}
	e, err := s.admit(name, r, c)
	if err != nil {
		return nil, err
	}
	answer, err := e.run(s, c)
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.visitor(c.address)
	if err != nil {
		return nil, s.countFailure(v, name, err)
	}
	v.failed[name] = 0
	return answer, nil
}

// admit checks everything that does not depend on the endpoint and reads the request.
func (s *Shop) admit(name string, r *http.Request, c *call) (endpoint, error) {
	root, malformed := tree(c.body)
	c.params = root
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.visitor(c.address)
	if err := s.banned(v, name); err != nil {
		return endpoint{}, err
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if err := s.authenticate(v, strings.TrimSpace(token)); err != nil {
		return endpoint{}, s.countFailure(v, name, err)
	}
	if err := s.count(v, name, "", wholeAPI.of(s.options.Plan)); err != nil {
		return endpoint{}, err
	}
	e, err := s.permitted(name, r.Method, c, malformed)
	if err != nil {
		return endpoint{}, s.countFailure(v, name, err)
	}
	bucket, most := name+" many", manyEntities
	if e.single(root) {
		bucket, most = name, oneEntity
	}
	return e, s.count(v, name, bucket, most.of(s.options.Plan))
}

func (s *Shop) permitted(name, method string, c *call, malformed error) (endpoint, error) {
	e, known := endpointNamed(name)
	switch {
	case method != http.MethodPost:
		return e, failure("Only POST is allowed")
	case !s.allows(c.address):
		return e, failure("Authentication Error: IP")
	case !known:
		return e, failure("Unknown function")
	case !slices.Contains(s.options.Permissions, name):
		return e, failure("Authentication Error: permission denied")
	case malformed != nil:
		return e, failure("XML Error")
	case s.options.Switches.StrictRoot && strings.HasPrefix(name, "get") && c.params.name != "Params":
		return e, failure("XML Error")
	}
	return e, nil
}

// allows tells whether the key may be used from an address; an empty list allows all.
func (s *Shop) allows(address netip.Addr) bool {
	return len(s.options.Allowed) == 0 || slices.ContainsFunc(s.options.Allowed, func(p netip.Prefix) bool { return p.Contains(address) })
}

// maintenance is the optional pause around midnight that clients report.
func (s *Shop) maintenance() bool {
	if s.options.Switches.Maintenance == "" {
		return false
	}
	t := s.Now().In(s.options.Zone)
	minute := t.Hour()*60 + t.Minute()
	return minute >= 23*60+55 || minute < 10
}

// clientAddress is the address a request came from: limits and allow-lists count per address.
func clientAddress(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.IPv4Unspecified() // handler called without a connection
	}
	return at.Addr().Unmap()
}

// stats counts per endpoint for GET /_sim/stats.
type stats struct {
	Calls    map[string]int `json:"calls"`
	Failures map[string]int `json:"failures"` // calls that got no whole, good answer
	Bans     map[string]int `json:"bans"`     // bans imposed, and ban answers injected
}

// note counts a call. Names UNAS does not know are counted together, so that nobody can fill the memory.
func (s *Shop) note(name string, good bool) {
	if name != "login" && !slices.Contains(documentedPermissions[:], name) {
		name = "unknown"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Calls[name]++
	if !good {
		s.stats.Failures[name]++
	}
}

// second is a moment in the resolution of everything UNAS prints.
func second(t time.Time) time.Time { return t.Truncate(time.Second) }
