package unassim

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The largest request bodies. That of set calls is documented; what only asks is small, and is held to a size that
// lets nobody without a token keep the shop busy.
const (
	maxDocument = 128 << 20
	maxAsking   = 4 << 20
)

// largest is the largest body of a call to an endpoint.
func largest(endpoint string) int64 {
	if strings.HasPrefix(endpoint, "set") {
		return maxDocument
	}
	return maxAsking
}

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
	params  *node    // the root of the request
	key     *Key     // the key its token was given to
	buckets []string // of the limits it was counted in
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
	case "getAutomatism":
		return endpoint{(*Shop).getAutomatism, list}, true
	case "setAutomatism":
		return endpoint{(*Shop).setAutomatism, list}, true
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
	switches := s.Switches()
	name, address := endpointName(r, switches), clientAddress(r)
	body, err := readBody(w, r, largest(name))
	if s.silent(address) {
		s.note(name, false)
		if switches.SilenceHangs {
			hang(r)
		}
		panic(http.ErrAbortHandler)
	}
	resting := switches.Maintenance != "" && s.maintenance()
	if resting && switches.Maintenance == "drop" {
		s.note(name, false)
		panic(http.ErrAbortHandler)
	}
	fault := s.takeFault(name)
	if fault != nil && fault.before(s, w, r, name) {
		s.note(name, false)
		return
	}
	var answer []byte
	switch {
	case resting:
		err = &refusal{status: http.StatusServiceUnavailable, text: "Maintenance"}
	case err == nil:
		if !switches.NoFormParams {
			body = formParams(body)
		}
		answer, err = s.answer(name, r, &call{address: address, host: r.Host, body: body})
	}
	status := http.StatusOK
	if refused, ok := errors.AsType[*refusal](err); ok {
		status, answer = refused.status, errorDocument(refused.status, refused.text, switches)
	} else if err != nil {
		status, answer = http.StatusInternalServerError, errorDocument(http.StatusInternalServerError, err.Error(), switches)
	}
	s.note(name, status == http.StatusOK && (fault == nil || fault.Kind == faultSlow))
	if fault != nil {
		answer = fault.spoil(answer)
	}
	s.send(w, r, status, answer, fault)
}

// endpointName is the part of the path after /shop/. Names are case-sensitive as printed in the documentation.
func endpointName(r *http.Request, switches Switches) string {
	name := r.PathValue("endpoint")
	if !switches.LooseAddresses {
		return name
	}
	name = strings.TrimSuffix(name, "/")
	for _, known := range append(endpointNames(), "login") {
		if strings.EqualFold(known, name) {
			return known
		}
	}
	return name
}

// readBody reads a request of at most so many bytes.
func readBody(w http.ResponseWriter, r *http.Request, most int64) ([]byte, error) {
	if r.ContentLength > most {
		return nil, failure("The document is too large")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, failure("The document is too large")
	}
	if err != nil {
		return nil, failure("The document did not arrive")
	}
	return body, nil
}

// formParams takes the document out of a form's field params, if the body is a form that has one. All calls of the
// older interface came so, and a client with a key of today still sends its own so. A document begins with a bracket.
// Sources: the older authentication by user name, and laravel-unas, which is published and in use.
func formParams(body []byte) []byte {
	if start := bytes.TrimLeft(body, "\ufeff \t\r\n"); len(start) == 0 || start[0] == '<' {
		return body
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || !form.Has("params") {
		return body
	}
	return []byte(form.Get("params"))
}

// hangLength is how long a silent connection stays open for a caller who never gives up.
const hangLength = 3 * time.Minute

// hang waits until the caller gives up.
func hang(r *http.Request) {
	timer := time.NewTimer(hangLength)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

// errorDocument is a general failure: its text as the root Error, or in the two children that one client looks for.
func errorDocument(status int, text string, switches Switches) []byte {
	if switches.ErrorChildren {
		return document(branch("Error", leaf("Code", strconv.Itoa(status)), leaf("Message", text)))
	}
	return document(leaf("Error", text))
}

// send writes an answer. The Date header is the shop's clock: clients end their windows by it.
func (s *Shop) send(w http.ResponseWriter, r *http.Request, status int, answer []byte, fault *Fault) {
	switches := s.Switches()
	h := w.Header()
	switch switches.ContentType {
	case "":
		h.Set("Content-Type", "text/xml; charset=UTF-8")
	case "none":
		h["Content-Type"] = nil // keeps net/http from guessing one
	default:
		h.Set("Content-Type", switches.ContentType)
	}
	if switches.Gzip && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		answer = zipped(answer)
	}
	h.Set("Content-Length", strconv.Itoa(len(answer)))
	h.Set("Date", s.Now().UTC().Format(http.TimeFormat))
	if fault != nil && fault.Kind == faultLost {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(status)
	if fault == nil || fault.Kind != faultCut {
		w.Write(answer) // a client that went away is not our trouble
		return
	}
	w.Write(answer[:len(answer)/2])
	http.NewResponseController(w).Flush() // best effort: the connection is about to be cut anyway
	panic(http.ErrAbortHandler)
}

func zipped(answer []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(answer) // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

// answer runs a call through the rules in UNAS' order: who, may they, how often, what.
func (s *Shop) answer(name string, r *http.Request, c *call) ([]byte, error) {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if name == "login" {
		return s.login(r.Method, c)
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
		return nil, s.countFailure(v, c, name, err)
	}
	v.failed[counted(name)] = 0
	return answer, nil
}

// admit checks everything that does not depend on the endpoint and reads the request. Only who has shown a token
// gets a document read, and nobody else waits for that.
func (s *Shop) admit(name string, r *http.Request, c *call) (endpoint, error) {
	if err := s.identify(name, r, c); err != nil {
		return endpoint{}, err
	}
	root, malformed := tree(c.body)
	c.params = root
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.visitor(c.address)
	e, err := s.permitted(name, r.Method, c, malformed)
	if err != nil {
		return endpoint{}, s.countFailure(v, c, name, err)
	}
	rate := rateOf(name)
	if s.single(name, e, root) {
		return e, s.count(v, c, name, name, rate.single.of(s.options.Plan))
	}
	return e, s.count(v, c, name, name+" many", rate.several.of(s.options.Plan))
}

// identify refuses who is banned and who shows no good token.
func (s *Shop) identify(name string, r *http.Request, c *call) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.visitor(c.address)
	if err := s.banned(v, name); err != nil {
		return err
	}
	if err := s.authenticate(v, c, r.Header.Get("Authorization")); err != nil {
		return s.countFailure(v, c, name, err)
	}
	return s.count(v, c, name, "", wholeAPI.of(s.options.Plan))
}

func (s *Shop) permitted(name, method string, c *call, malformed error) (endpoint, error) {
	e, known := endpointNamed(name)
	switches := s.options.Switches
	switch {
	case method != http.MethodPost:
		return e, &refusal{status: statusOf(switches.MethodStatus), text: s.say(wrongMethod)}
	case !c.key.allows(c.address):
		return e, &refusal{status: statusOf(switches.AddressStatus), text: s.say(addressRefused)}
	case !known:
		return e, failure(s.say(unknownFunction))
	case !slices.Contains(c.key.Permissions, name):
		return e, &refusal{status: statusOf(switches.PermitStatus), text: s.say(permissionGone)}
	case rateOf(name).vipOnly && s.options.Plan != PlanVIP:
		return e, &refusal{status: statusOf(switches.PermitStatus), text: s.say(vipOnly)}
	case malformed != nil:
		return e, failure(s.say(malformedXML))
	case switches.StrictRoot && strings.HasPrefix(name, "get") && c.params.name != "Params":
		return e, failure(s.say(malformedXML))
	}
	return e, nil
}

// single tells whether a call counts against the larger limit of its endpoint.
func (s *Shop) single(name string, e endpoint, root *node) bool {
	asked := s.options.Switches.SingleCalls
	if asked == "" || !strings.HasPrefix(name, "get") {
		return e.single(root)
	}
	if asked == "none" {
		return false
	}
	firsts := &node{name: root.name}
	for _, k := range root.kids {
		first, _, _ := strings.Cut(strings.ReplaceAll(k.text, "|", ","), ",")
		firsts.kids = append(firsts.kids, leaf(k.name, first))
	}
	return e.single(firsts)
}

// maintenance tells whether it is the pause around midnight that clients report.
func (s *Shop) maintenance() bool {
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

// note counts a call.
func (s *Shop) note(name string, good bool) {
	name = counted(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
	s.stats.Calls[name]++
	if !good {
		s.stats.Failures[name]++
	}
}

// counted is the name a call is counted under. Names UNAS does not know are counted together, so that nobody
// can fill the memory.
func counted(name string) string {
	if name == "login" || slices.Contains(endpointNames(), name) {
		return name
	}
	return "unknown"
}

// second is a moment in the resolution of everything UNAS prints.
func second(t time.Time) time.Time { return t.Truncate(time.Second) }
