package unassim

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

// The rules of delivery ("Automata folyamatok", webhook).
const (
	webhookTimeout  = 2 * time.Minute // of one call
	webhookPause    = 5 * time.Minute // before the next attempt
	webhookAttempts = 5               // in all; then it is dropped
	webhookLateness = 5 * time.Minute // an instant automatism runs within this time
	keptDeliveries  = 1000            // of those done with, for GET /_sim/webhooks
)

// The states of a delivery.
const (
	deliveryWaiting   = "waiting"
	deliveryDelivered = "delivered"
	deliveryDropped   = "dropped"
	deliveryLost      = "lost" // never sent, as the switch WebhookFlow asks
)

// delivery is one webhook on its way.
type delivery struct {
	ID       int             `json:"id"`
	Event    string          `json:"event"`
	URL      string          `json:"url"`
	Body     json.RawMessage `json:"body"`
	Raised   time.Time       `json:"raised"` // when the event happened
	Due      time.Time       `json:"due"`    // of the next attempt; of those done with, of the last
	Attempts int             `json:"attempts"`
	State    string          `json:"state"`
	Last     string          `json:"last,omitempty"` // what the last attempt brought: an HTTP status or an error
}

// webhooks are the deliveries of a shop.
type webhooks struct {
	Sent    int // ids given out
	Waiting []*delivery
	Done    []*delivery // the last ones delivered, dropped or lost
}

// event is something that happened to an order or a customer.
type event struct {
	kind     string
	order    *order
	customer *customer
	source   string // of an order that came from elsewhere: unas_api, emag_api, arukereso_hu
}

// raise runs the automatisms of an event. Only a VIP shop has any. The caller holds the lock.
func (s *Shop) raise(e event) {
	if s.options.Plan != PlanVIP {
		return
	}
	for _, a := range slices.Clone(s.automatisms) {
		if !a.active() || a.event() != e.kind || !s.rulesHold(a, e) {
			continue
		}
		config := a.given.kid("Operation", "Config")
		switch a.given.at("Operation", "Type") {
		case operationWebhook:
			s.enqueue(e, config.at("WebhookUrl"), a.delay(s.options.Switches.WebhookLate))
		case operationOrderStatus:
			s.obey(e.order, leaf("Status", config.at("OrderStatus")))
		case operationInvoiceStatus:
			s.obey(e.order, branch("Invoice", leaf("Status", config.at("InvoiceStatus"))))
		}
	}
}

// obey changes an order as an automatism says. One that cannot be changed, such as one whose status is gone,
// stays as it is.
func (s *Shop) obey(o *order, change *node) {
	if current := s.orders[o.id]; current != nil {
		_ = s.modifyOrder(current, branch("Order", change)) // nobody is there to be told
	}
}

// enqueue puts a webhook into the row of those waiting. Its body shows the world at the event.
func (s *Shop) enqueue(e event, to string, delay time.Duration) {
	now := s.now()
	copies := 1
	if s.options.Switches.WebhookFlow == "doubled" {
		copies = 2
	}
	body := s.payload(e)
	for range copies {
		s.hooks.Sent++
		d := &delivery{ID: s.hooks.Sent, Event: e.kind, URL: to, Body: body, Raised: now, Due: now.Add(delay), State: deliveryWaiting}
		if s.options.Switches.WebhookFlow == "lost" {
			s.finish(d, deliveryLost)
			continue
		}
		s.hooks.Waiting = append(s.hooks.Waiting, d)
	}
}

// finish puts a delivery among those done with.
func (s *Shop) finish(d *delivery, state string) {
	d.State = state
	s.hooks.Done = append(s.hooks.Done, d)
	if extra := len(s.hooks.Done) - keptDeliveries; extra > 0 {
		s.hooks.Done = slices.Delete(s.hooks.Done, 0, extra)
	}
}

// Deliver sends the webhooks that are due by the shop's clock, one after the other, and returns how many it
// sent. Any answer but 200 counts as a failure: the next attempt is due five minutes later, and after five in
// all the webhook is dropped. Calls of Deliver wait for each other. It ends early when ctx does; an attempt
// that ctx cut short does not count.
func (s *Shop) Deliver(ctx context.Context) int {
	s.delivering.Lock()
	defer s.delivering.Unlock()
	client := &http.Client{
		Transport:     s.options.Transport,
		Timeout:       webhookTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	sent := 0
	for _, d := range s.due() {
		status, err := s.post(ctx, client, d)
		if ctx.Err() != nil {
			return sent
		}
		sent++
		s.record(d.ID, status, err)
	}
	return sent
}

// due are copies of the webhooks whose time has come, in the order they go out.
func (s *Shop) due() []delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	var list []delivery
	for _, d := range s.hooks.Waiting {
		if !d.Due.After(now) {
			list = append(list, *d)
		}
	}
	slices.SortStableFunc(list, func(a, b delivery) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) })
	if s.options.Switches.WebhookFlow == "reordered" {
		slices.Reverse(list)
	}
	return list
}

// post makes one attempt.
func (s *Shop) post(ctx context.Context, client *http.Client, d delivery) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(d.Body))
	if err != nil {
		return 0, fmt.Errorf("sending webhook %d: %w", d.ID, err)
	}
	r.Header.Set("Content-Type", "application/json")
	if s.options.WebhookSecret != "" {
		r.Header.Set("X-Unas-Hmac", signature(d.Body, s.options.WebhookSecret))
	}
	if !s.Switches().NoWebhookTopic {
		r.Header.Set("X-Unas-Topic", d.Event)
	}
	answer, err := client.Do(r)
	if err != nil {
		return 0, fmt.Errorf("sending webhook %d: %w", d.ID, err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // only the status counts
	return answer.StatusCode, nil
}

// signature is what the header X-UNAS-HMAC holds: base64 of the HMAC-SHA256 of the raw body.
func signature(body []byte, secret string) string {
	sum := hmac.New(sha256.New, []byte(secret))
	sum.Write(body)
	return base64.StdEncoding.EncodeToString(sum.Sum(nil))
}

// record notes what an attempt brought.
func (s *Shop) record(id, status int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
	at := slices.IndexFunc(s.hooks.Waiting, func(d *delivery) bool { return d.ID == id })
	if at < 0 {
		return // forgotten meanwhile
	}
	d := s.hooks.Waiting[at]
	d.Attempts++
	d.Last = fmt.Sprint(status)
	if err != nil {
		d.Last = err.Error()
	}
	var state string
	switch {
	case status == http.StatusOK:
		state = deliveryDelivered
	case d.Attempts == webhookAttempts:
		state = deliveryDropped
	default:
		d.Due = s.now().Add(webhookPause)
		return
	}
	s.hooks.Waiting = slices.Delete(s.hooks.Waiting, at, at+1)
	s.finish(d, state)
}

// hookList is the answer of GET /_sim/webhooks.
type hookList struct {
	Waiting   []*delivery `json:"waiting"`
	Delivered []*delivery `json:"delivered"`
	Dropped   []*delivery `json:"dropped"`
	Lost      []*delivery `json:"lost"`
}

func (s *Shop) listWebhooks(*http.Request, []byte) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := hookList{Waiting: []*delivery{}, Delivered: []*delivery{}, Dropped: []*delivery{}, Lost: []*delivery{}}
	for _, d := range slices.Concat(s.hooks.Waiting, s.hooks.Done) {
		kept := *d
		switch d.State {
		case deliveryWaiting:
			list.Waiting = append(list.Waiting, &kept)
		case deliveryDelivered:
			list.Delivered = append(list.Delivered, &kept)
		case deliveryDropped:
			list.Dropped = append(list.Dropped, &kept)
		case deliveryLost:
			list.Lost = append(list.Lost, &kept)
		}
	}
	return list, nil
}

// forgetWebhooks empties the lists; what was waiting is not sent.
func (s *Shop) forgetWebhooks(*http.Request, []byte) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	forgotten := len(s.hooks.Waiting) + len(s.hooks.Done)
	s.hooks.Waiting, s.hooks.Done = nil, nil
	return map[string]int{"forgotten": forgotten}, nil
}
