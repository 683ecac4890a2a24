package engine_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"punte"
	"punte/engine"
	"punte/store"
	"punte/store/storetest"
	"punte/unas/unassim"
)

const hookSecret = "titok-71823"

// hookedWorld is a VIP shop that reports to its connection.
func hookedWorld(t *testing.T, kind string, switches unassim.Switches) *world {
	t.Helper()
	net := &network{calls: map[string]int{}}
	w := newWorld(t, kind, options{limited: true, shop: unassim.Options{
		Plan: unassim.PlanVIP, Limits: true, WebhookSecret: hookSecret, Transport: net, Switches: switches,
	}})
	net.hosts = w.net.hosts
	addHooks(t, w)
	return w
}

func addHooks(t *testing.T, w *world) {
	t.Helper()
	if _, err := w.engine.AddHooks(t.Context(), w.id, "https://"+feedHost, punte.NewSecret(hookSecret)); err != nil {
		t.Fatal(err)
	}
}

func TestAWebhookBringsItsOrderAtOnce(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for name, switches := range map[string]unassim.Switches{
			"usual": {}, "doubled": {WebhookFlow: "doubled"}, "reordered": {WebhookFlow: "reordered"}, "no topic": {NoWebhookTopic: true},
		} {
			t.Run(name, func(t *testing.T) {
				w := hookedWorld(t, kind, switches)
				w.begin(false)
				w.runFor(10 * time.Second)
				lists := w.listCalls()
				w.place(sale{id: 901, number: 1}, sale{id: 902, number: 2})
				w.place(sale{id: 901, number: 1, placed: noon, quantity: "5"})
				if sent := w.shop.Deliver(t.Context()); sent < 2 {
					t.Fatalf("the shop sent %d webhooks", sent)
				}
				w.runFor(5 * time.Second) // a poll comes every 48 s
				if o, ok := w.order(901); !ok || o.Items[0].Quantity != "5" {
					t.Errorf("order 901 = %+v, %t; want it as it is now", o, ok)
				}
				if _, ok := w.order(902); !ok {
					t.Error("order 902 is not there")
				}
				if w.listCalls() != lists {
					t.Error("a webhook started a list call")
				}
				w.shop.Deliver(t.Context())
				w.runFor(2 * time.Minute)
				w.checkAgreement()
				if documents := w.documents(); documents > 2 {
					t.Errorf("MiniCRM got %d documents; want nothing sent twice", documents)
				}
			})
		}
	})
}

func (w *world) listCalls() int { return stats[shopStats](w.t, w.shop).Calls["getOrder"] - w.singles() }

// singles are the single calls that the store counts.
func (w *world) singles() int {
	w.t.Helper()
	saved, err := w.store.Connection(w.t.Context(), w.id)
	if err != nil {
		w.t.Fatal(err)
	}
	n, err := w.store.Spent(w.t.Context(), w.clock.Now(), store.Budget{Scope: "unas:" + saved.Shop + ":single:getOrder", Limit: 2800, Window: time.Hour})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// Webhooks that never come are no loss: polls go on.
func TestLostWebhooksLoseNothing(t *testing.T) {
	for name, switches := range map[string]unassim.Switches{"lost": {WebhookFlow: "lost"}, "bare": {BareWebhooks: true}} {
		t.Run(name, func(t *testing.T) {
			w := hookedWorld(t, storetest.SQLite, switches)
			w.begin(false)
			w.runFor(time.Minute)
			w.place(sale{id: 901, number: 1})
			w.clock.Advance(time.Second)
			w.place(sale{id: 901, number: 1, placed: noon, status: statusDone})
			w.shop.Deliver(t.Context())
			w.runFor(2 * time.Minute)
			w.checkAgreement()
		})
	}
}

// post sends a body to the connection's webhook address.
func (w *world) post(id, signature, body string) int {
	r := httptest.NewRequest(http.MethodPost, "https://"+feedHost+engine.HookPath+id, strings.NewReader(body))
	r.Header.Set("X-UNAS-HMAC", signature)
	r.Header.Set("X-Unas-Topic", "order_status_modify")
	recorder := httptest.NewRecorder()
	w.net.hosts[feedHost].ServeHTTP(recorder, r)
	return recorder.Code
}

func sign(secret, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func TestAWebhookThatIsNotTheShopsIsRefused(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := hookedWorld(t, kind, unassim.Switches{})
		body := `{"shopID":"71823","orderID":"71823-1"}`
		other := `{"shopID":"4711","orderID":"4711-1"}`
		unprintable := `{"shopID":"71823","orderID":"71823-\u0000-1"}`
		large := `{"orderID":"` + strings.Repeat("7", 2<<20) + `"}`
		for name, tt := range map[string]struct {
			id, signature, body string
			want, questions     int
		}{
			"right":             {w.id, sign(hookSecret, body), body, 200, 1},
			"another secret":    {w.id, sign("x", body), body, 401, 0},
			"another body":      {w.id, sign(hookSecret, body), body + " ", 401, 0},
			"no signature":      {w.id, "", body, 401, 0},
			"no connection":     {"nobody", sign(hookSecret, body), body, 401, 0},
			"an empty secret":   {"nobody", sign("", body), body, 401, 0},
			"too large":         {w.id, sign(hookSecret, large), large, 413, 0},
			"another shop":      {w.id, sign(hookSecret, other), other, 200, 0},
			"no JSON":           {w.id, sign(hookSecret, "{"), "{", 200, 0},
			"nothing to ask":    {w.id, sign(hookSecret, "{}"), "{}", 200, 0},
			"a key of a novel":  {w.id, sign(hookSecret, large[:300]+`"}`), large[:300] + `"}`, 200, 0},
			"a key of no text":  {w.id, sign(hookSecret, unprintable), unprintable, 200, 0},
			"right, once again": {w.id, sign(hookSecret, body), body, 200, 1},
		} {
			got := w.post(tt.id, tt.signature, tt.body)
			questions, err := w.store.Questions(t.Context(), w.id, w.clock.Now(), 10)
			if got != tt.want || len(questions) != tt.questions || err != nil {
				t.Errorf("%s: %d, %d questions, %v; want %d, %d", name, got, len(questions), err, tt.want, tt.questions)
			}
			for _, q := range questions {
				if q.Kind != store.QuestionOrder || q.Key != "71823-1" || q.Reason != "hook" {
					t.Errorf("%s: the question is %+v", name, q)
				}
				if err := w.store.Answered(t.Context(), w.id, q); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

func TestWebhooksOfCustomersAskForThem(t *testing.T) {
	w := hookedWorld(t, storetest.SQLite, unassim.Switches{})
	for topic, body := range map[string]string{
		"customer_delete": `{"customerID":"52900001"}`, "newsletter_unsubscribe": `{"shopID":"71823","customerID":"52900001","orderID":"71823-9"}`,
	} {
		if err := w.engine.Hooked(t.Context(), w.id, []byte(body), sign(hookSecret, body), topic); err != nil {
			t.Fatal(err)
		}
		asked, err := w.store.Questions(t.Context(), w.id, w.clock.Now(), 10)
		if err != nil || len(asked) != 1 || asked[0].Kind != store.QuestionCustomer || asked[0].Key != "52900001" {
			t.Errorf("%s: questions = %+v, %v; want one for the customer", topic, asked, err)
		}
	}
}

func TestWebhooksAreSetUpOnceHoweverOften(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := hookedWorld(t, kind, unassim.Switches{})
		before := stats[shopStats](t, w.shop).Calls["setAutomatism"]
		for range 2 {
			states, err := w.engine.AddHooks(t.Context(), w.id, "https://"+feedHost, punte.NewSecret(hookSecret))
			if err != nil || len(states) != before {
				t.Fatalf("AddHooks = %d states, %v; want %d", len(states), err, before)
			}
		}
		if calls := stats[shopStats](t, w.shop).Calls["setAutomatism"]; calls != before {
			t.Errorf("setting up again made %d calls; want none", calls-before)
		}
		moved, err := w.engine.AddHooks(t.Context(), w.id, "https://elsewhere.example", punte.NewSecret(hookSecret))
		if err != nil || !moved[0].Right || !strings.HasPrefix(moved[0].URL, "https://elsewhere.example/hook/") {
			t.Errorf("AddHooks elsewhere = %+v, %v", moved, err)
		}
		if n, err := w.engine.RemoveHooks(t.Context(), w.id); err != nil || n != before {
			t.Errorf("RemoveHooks = %d, %v; want %d", n, err, before)
		}
		states, err := w.engine.Hooks(t.Context(), w.id, "https://"+feedHost)
		if err != nil || states[0].URL != "" || states[0].Right {
			t.Errorf("Hooks = %+v, %v; want none left", states, err)
		}
		if _, ok, err := w.store.Hook(t.Context(), w.id); ok || err != nil {
			t.Errorf("the secret is still there (%v)", err)
		}
	})
}

func TestAPremiumShopIsToldThatItHasNoWebhooks(t *testing.T) {
	w := newWorld(t, storetest.SQLite, options{limited: true})
	_, err := w.engine.AddHooks(t.Context(), w.id, "https://"+feedHost, punte.NewSecret(hookSecret))
	if err == nil || !strings.Contains(err.Error(), "VIP") || punte.ErrorCode(err) != punte.Conflict {
		t.Errorf("AddHooks = %v; want a sentence about VIP", err)
	}
	if saved, err := w.store.Connection(t.Context(), w.id); err != nil || saved.State != store.Active {
		t.Errorf("the connection is %s, %v; want it at work", saved.State, err)
	}
}

// The secret stands in the database sealed only.
func TestTheSecretOfWebhooksIsSealed(t *testing.T) {
	w := hookedWorld(t, storetest.SQLite, unassim.Switches{})
	var sealed []byte
	if err := w.store.DB().QueryRowContext(t.Context(), "SELECT secret FROM hooks").Scan(&sealed); err != nil {
		t.Fatal(err)
	}
	if len(sealed) == 0 || bytes.Contains(sealed, []byte(hookSecret)) {
		t.Errorf("the store keeps %q", sealed)
	}
	if text := fmt.Sprintf("%v %s", errors.Join(nil, engine.ErrHook), w.said.String()); strings.Contains(text, hookSecret) {
		t.Errorf("the log holds the secret: %s", text)
	}
}

// Whoever has the shop's secret can send hints of orders that are not there. They cost
// a part of the single calls at most, and no poll waits for them.
func TestAFloodOfWebhooksKeepsNothingWaiting(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := hookedWorld(t, kind, unassim.Switches{})
		w.begin(false)
		w.runFor(time.Minute)
		for n := range 1200 {
			body := fmt.Sprintf(`{"shopID":"71823","orderID":"71823-9%04d"}`, n)
			if got := w.post(w.id, sign(hookSecret, body), body); got != 200 {
				t.Fatalf("webhook %d: %d", n, got)
			}
		}
		w.net.before = func(r *http.Request) error {
			if r.URL.Host == shopHost {
				w.clock.Advance(400 * time.Millisecond)
			}
			return nil
		}
		w.place(sale{id: 901, number: 1}) // its own webhook is lost
		w.runFor(65 * time.Second)
		if _, ok := w.order(901); !ok {
			t.Error("65 seconds after it was placed MiniCRM does not have the order: the poll waited for the flood")
		}
		w.runFor(50 * time.Minute)
		if spent := w.singles(); spent > 2800/3 || spent < 400 {
			t.Errorf("%d single calls were made within the hour; want a third of 2800 at most, and the hints followed so far", spent)
		}
		// A question that is not of a webhook is asked at once.
		before := w.singles()
		err := w.store.Ask(t.Context(), w.id, []store.Question{{Kind: store.QuestionOrder, Key: "71823-1", Reason: "missing", Due: w.clock.Now()}}, w.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		w.runFor(10 * time.Second)
		if w.singles() <= before {
			t.Error("another question waited for the hints")
		}
		w.runFor(3 * time.Hour)
		if o, err := w.store.Outlook(t.Context(), w.id, w.clock.Now()); err != nil || o.Hint.Some || o.Question.Some {
			t.Errorf("a question still waits: %+v, %v; want all hints followed in the end", o, err)
		}
	})
}

// However often a webhook names an order before it is asked for, it is asked for once.
func TestWebhooksOfOneOrderAreOneQuestion(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := hookedWorld(t, kind, unassim.Switches{})
		w.begin(false)
		w.runFor(time.Minute)
		asked := 0
		w.net.before = func(r *http.Request) error {
			if !strings.HasSuffix(r.URL.Path, "/getOrder") {
				return nil
			}
			text, err := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(text))
			if bytes.Contains(text, []byte("71823-1<")) {
				asked++
			}
			return err
		}
		body := `{"shopID":"71823","orderID":"71823-1"}`
		for range 200 {
			if got := w.post(w.id, sign(hookSecret, body), body); got != 200 {
				t.Fatalf("the webhook got %d", got)
			}
		}
		w.runFor(30 * time.Second)
		if asked != 1 {
			t.Errorf("200 webhooks of one order took %d calls; want one", asked)
		}
	})
}

func TestSoManyHintsAsNobodyCanFollowAreDropped(t *testing.T) {
	w := hookedWorld(t, storetest.SQLite, unassim.Switches{})
	var questions []store.Question
	for n := range 3000 {
		questions = append(questions, store.Question{Kind: store.QuestionOrder, Key: fmt.Sprint("71823-", n), Reason: "hook", Due: w.clock.Now()})
	}
	if err := w.store.Ask(t.Context(), w.id, questions, w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	body := `{"shopID":"71823","orderID":"71823-77777"}`
	if got := w.post(w.id, sign(hookSecret, body), body); got != 200 {
		t.Errorf("one webhook more got %d; want 200, else the shop sends it again", got)
	}
	waiting, err := w.store.Waiting(t.Context(), w.id)
	if err != nil || waiting[store.Matter{Kind: store.QuestionOrder, Reason: "hook"}] != 3000 || !strings.Contains(w.said.String(), "left to the polls") {
		t.Errorf("%v wait, %v; want the 3000 that were there, and a word in the log", waiting, err)
	}
}
