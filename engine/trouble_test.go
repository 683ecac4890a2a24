package engine_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"punte"
	"punte/minicrm/minicrmsim"
	"punte/store"
	"punte/store/storetest"
	"punte/unas/unassim"
)

// A refused key stops the connection after one call; nothing is tried again.
func TestAWrongKeyStopsAfterOneCall(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		for _, host := range []string{shopHost, crmHost} {
			t.Run(host, func(t *testing.T) {
				w := newWorld(t, kind, options{orders: 5})
				code := "minicrm.key"
				if host == shopHost {
					code = "unas.key"
					w.net.hosts[shopHost] = unassim.New(unassim.Options{Now: w.clock.Now, APIKey: "unas-another-key-000000000000000"})
				} else {
					crm := minicrmsim.New(minicrmsim.Options{Now: w.clock.Now, APIKey: strings.Repeat("x", 32)})
					t.Cleanup(crm.Close)
					w.net.hosts[crmHost] = crm
				}
				w.clock.Advance(3 * time.Hour) // the kept token is over
				w.begin(false)
				w.net.calls = map[string]int{}
				var stopped error
				for range 10 {
					due, err := w.step(t.Context())
					if err != nil {
						stopped = err
						break
					}
					w.clock.Advance(max(due.Sub(w.clock.Now()), time.Millisecond))
				}
				e, ok := isStopped(stopped)
				if !ok || e.Code != code || !strings.Contains(e.Text, "make a new key") {
					t.Fatalf("Step = %v; want stopped with %s and what to do", stopped, code)
				}
				if n := w.net.calls[host]; n != 1 {
					t.Errorf("%d calls were made with the refused key; want 1", n)
				}
				saved, err := w.store.Connection(t.Context(), w.id)
				if err != nil || saved.State != store.Stopped || saved.StopCode != code {
					t.Errorf("Connection = %s, %s, %v; want it stopped", saved.State, saved.StopCode, err)
				}
			})
		}
	})
}

// Nothing of an answer that breaks off or can't be read is applied, and the next
// poll goes on.
func TestBrokenAnswersOfTheShopApplyNothing(t *testing.T) {
	const kind = storetest.SQLite // the database has no part in this
	for _, fault := range []string{"cut", "malformed", "500", "silence"} {
		t.Run(fault, func(t *testing.T) {
			w := newWorld(t, kind, options{orders: 30})
			if err := w.shop.Inject(unassim.Fault{Endpoint: "getOrder", Kind: fault, Times: 2}); err != nil {
				t.Fatal(err)
			}
			w.begin(true)
			w.clock.Advance(10 * time.Second)
			if _, err := w.step(t.Context()); err != nil {
				t.Fatalf("Step: %v", err)
			}
			if r := w.standing(); r != (punte.Report{}) {
				t.Errorf("standing after a broken answer = %+v; want nothing", r)
			}
			if _, begun, _ := w.store.Cursor(t.Context(), w.id, "orders"); begun {
				t.Error("the cursor moved over an answer that was not read whole")
			}
			w.finish()
			w.checkAgreement()
		})
	}
}

func TestABanIsWaitedFor(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{orders: 5})
		if err := w.shop.Inject(unassim.Fault{Endpoint: "getOrder", Kind: "ban"}); err != nil {
			t.Fatal(err)
		}
		w.begin(false)
		w.runFor(10 * time.Second)
		calls := w.net.calls[shopHost]
		w.runFor(30 * time.Minute)
		w.begin(true) // somebody presses a button
		w.runFor(25 * time.Minute)
		if n := w.net.calls[shopHost] - calls; n != 0 {
			t.Errorf("%d calls to the shop during the ban; want none", n)
		}
		w.runFor(15 * time.Minute)
		w.checkAgreement()
	})
}

// oversized answers getOrder without end.
type oversized struct{ shop http.Handler }

func (o oversized) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "getOrder") {
		o.shop.ServeHTTP(w, r)
		return
	}
	_, _ = io.WriteString(w, "<Orders><Order><Id>1</Id><Key>1</Key><Comments><Comment><Text>")
	chunk := strings.Repeat("x", 1<<20)
	for range 40 {
		_, _ = io.WriteString(w, chunk)
	}
}

func TestAnOversizedAnswerAppliesNothing(t *testing.T) {
	long(t)
	w := newWorld(t, storetest.SQLite, options{orders: 5, change: mapped("buyers")})
	w.net.hosts[shopHost] = oversized{w.shop}
	w.begin(true)
	w.runFor(10 * time.Second)
	if r := w.standing(); r != (punte.Report{}) {
		t.Errorf("standing after an oversized answer = %+v; want nothing", r)
	}
	w.net.hosts[shopHost] = w.shop
	w.finish()
	w.checkAgreement()
}

// A module, a field or a user that vanished: nothing is sent, the orders wait and go
// when it is back.
func TestWhatVanishedInMiniCRMHoldsTheOrders(t *testing.T) {
	const kind = storetest.SQLite // the database has no part in this
	for name, spoil := range map[string]func(path, body string) string{
		"there is no module 4": func(path, body string) string { return replaceIn(path, "/Category", body, `"4"`, `"44"`) },
		"there is no module 5": func(path, body string) string { return replaceIn(path, "/Category", body, `"5"`, `"55"`) },
		"no field StatusUnas": func(path, body string) string {
			return replaceIn(path, "/Schema/Project/4", body, `"StatusUnas"`, `"Other"`)
		},
		"no user Ana Ionescu": func(path, body string) string {
			return replaceIn(path, "/Schema/Project/4", body, "Ana Ionescu", "Ana Pop")
		},
		"LinkPdf (link_field) is ": func(path, body string) string { return replaceIn(path, "/Schema/Project/4", body, "Text(1024)", "Int") },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, kind, options{orders: 5})
			w.net.hosts[crmHost] = spoiled{w.crm, spoil}
			run := w.once()
			if !strings.Contains(run.Report.Failed, name) {
				t.Errorf("the run failed with %q; want it to name %q", run.Report.Failed, name)
			}
			if n := w.documents(); n != 0 {
				t.Errorf("%d documents were sent; want none", n)
			}
			w.net.hosts[crmHost] = w.crm
			w.once()
			w.checkAgreement()
		})
	}
}

func replaceIn(path, end, body, old, with string) string {
	if !strings.HasSuffix(path, end) {
		return body
	}
	return strings.ReplaceAll(body, old, with)
}

// spoiled changes answers of MiniCRM.
type spoiled struct {
	crm    http.Handler
	change func(path, body string) string
}

func (s spoiled) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := serve(s.crm, r)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", answer.Header.Get("Content-Type"))
	w.WriteHeader(answer.StatusCode)
	_, _ = io.WriteString(w, s.change(r.URL.Path, string(body)))
}

// Odd texts arrive as they were, less the characters that XML forbids, cut to the
// field's length.
func TestOddTextsArrive(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{})
		characters := 5 << 20
		if raced {
			characters = 1 << 16
		}
		long := strings.Repeat("ő", characters)
		w.place(
			sale{id: 901, number: 1, comment: "a &lt;b&gt; &amp; ]]&gt; 🎁 שלום\u00a0ș"},
			sale{id: 902, number: 2, comment: long},
			sale{id: 903, number: 3, comment: "<![CDATA[<x>&]]>"})
		w.net.hosts[shopHost] = bell{w.shop}
		w.once()
		for id, want := range map[int64]string{901: "a <b> & ]]> 🎁 שלום\u00a0ș", 903: "<x>&"} {
			if o, _ := w.order(id); o.Fields["Observatii"] != want {
				t.Errorf("order %d: Observatii = %q; want %q", id, o.Fields["Observatii"], want)
			}
		}
		o, ok := w.order(902)
		if text := o.Fields["Observatii"]; !ok || utf8.RuneCountInString(text) != 4096 || !strings.HasPrefix(long, text) {
			t.Errorf("order 902: %d characters arrived; want the first 4096", utf8.RuneCountInString(text))
		}
	})
}

// bell puts control characters into every answer.
type bell struct{ shop http.Handler }

func (b bell) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	spoiled{b.shop, func(_, body string) string { return strings.ReplaceAll(body, "🎁", "\a🎁\x01") }}.ServeHTTP(w, r)
}

// The machine's clock jumps an hour ahead and back.
func TestClockJumpsLoseNothing(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{orders: 10, limited: true})
		ours := &clock{now: noon} // the services' clocks run on
		w.engine.Now = ours.Now
		w.begin(false)
		for i, jump := range []time.Duration{time.Hour, -2 * time.Hour, time.Hour} {
			for range 60 {
				if _, err := w.step(t.Context()); err != nil {
					t.Fatalf("Step: %v", err)
				}
				w.clock.Advance(10 * time.Second)
				ours.Advance(10 * time.Second)
			}
			ours.Advance(jump)
			w.place(sale{id: 6000 + i, number: i})
		}
		for range 500 {
			if _, err := w.step(t.Context()); err != nil {
				t.Fatalf("Step: %v", err)
			}
			w.clock.Advance(20 * time.Second)
			ours.Advance(20 * time.Second)
		}
		w.checkAgreement()
	})
}

// secrets are what nobody may read anywhere.
func TestSecretsAreNowhereInWhatIsSaid(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{orders: 10, pull: true})
		var tokens []string
		w.net.before = func(r *http.Request) error {
			if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
				tokens = append(tokens, token)
			}
			if source := r.URL.Query().Get("Source"); source != "" {
				tokens = append(tokens, source[strings.LastIndex(source, "/")+1:])
			}
			return nil
		}
		var errs []string
		for _, fault := range []string{"500", "silence", "cut", "malformed"} {
			for _, endpoint := range []string{"SyncFeed", "Order/List", "Project", "Category"} {
				w.crmFault(endpoint, fault, 1)
			}
			if err := w.shop.Inject(unassim.Fault{Endpoint: "getOrder", Kind: fault}); err != nil {
				t.Fatal(err)
			}
		}
		w.once()
		w.net.hosts[crmHost] = echo{}
		w.net.hosts[shopHost] = echo{}
		w.clock.Advance(3 * time.Hour)
		w.begin(true)
		for range 30 {
			due, err := w.step(t.Context())
			if err != nil {
				errs = append(errs, err.Error())
				break
			}
			w.clock.Advance(max(due.Sub(w.clock.Now()), time.Millisecond))
		}
		said := w.said.String() + strings.Join(errs, "\n")
		runs, err := w.store.Runs(t.Context(), w.id, 10)
		if err != nil {
			t.Fatal(err)
		}
		said += fmt.Sprintf("%+v %#v", runs, w.engine)
		basic := base64.StdEncoding.EncodeToString([]byte(minicrmsim.DefaultSystemID + ":" + crmKey))
		for _, secret := range append(tokens, unassim.DefaultAPIKey, crmKey, basic) {
			if secret != "" && strings.Contains(said, secret) {
				t.Errorf("%q was said in:\n%s", secret, said)
			}
		}
		if len(tokens) < 3 || len(said) < 1000 {
			t.Errorf("only %d tokens and %d characters were seen", len(tokens), len(said))
		}
	})
}

// echo answers with everything it was sent.
type echo struct{}

func (echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.WriteHeader(http.StatusBadRequest)
	user, password, _ := r.BasicAuth()
	_, _ = fmt.Fprintf(w, "<Error>odd: %s %s %s %s %v %s</Error>", r.URL, user, password, body, r.Header, r.URL.Query().Get("Source"))
}
