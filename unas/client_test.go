package unas

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// shop is a small service: login always works and counts tokens up, all else is the
// test's.
type shop struct {
	t      *testing.T
	answer http.HandlerFunc // all but login
	login  http.HandlerFunc // instead of the usual login, if set

	mu     sync.Mutex
	logins int
	calls  []string // endpoints in the order of the calls
	bodies []string
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	endpoint := strings.TrimPrefix(r.URL.Path, "/shop/")
	s.mu.Lock()
	s.calls = append(s.calls, endpoint)
	s.bodies = append(s.bodies, string(body))
	s.mu.Unlock()
	if r.Method != http.MethodPost {
		s.t.Errorf("%s %s; want POST", r.Method, endpoint)
	}
	if endpoint != login {
		s.answer(w, r)
		return
	}
	if r.Header.Get("Authorization") != "" || !strings.Contains(string(body), "<ApiKey>key&amp;1</ApiKey>") {
		s.t.Errorf("login with %q and body %s", r.Header.Get("Authorization"), body)
	}
	if s.login != nil {
		s.login(w, r)
		return
	}
	s.mu.Lock()
	s.logins++
	n := s.logins
	s.mu.Unlock()
	fmt.Fprintf(w, "<Login><Token>tok-%d</Token><ExpireTime>%d</ExpireTime><Permissions><Permission>getOrder</Permission></Permissions><Status>ok</Status></Login>",
		n, testNow.Add(2*time.Hour).Unix())
}

// testNow is what the clocks of shop and client show.
var testNow = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

func budapest(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Budapest")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// start serves s and returns a Client of it; change may alter its options.
func start(t *testing.T, s *shop, change func(*Options)) *Client {
	t.Helper()
	s.t = t
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", testNow.Format(http.TimeFormat))
		s.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	o := Options{
		BaseURL: server.URL + "/shop/",
		APIKey:  func() (string, error) { return "key&1", nil },
		Zone:    budapest(t),
		Now:     func() time.Time { return testNow },
	}
	if change != nil {
		change(&o)
	}
	return New(o)
}

func text(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestRefusedTokenOfACallTheKeyMayNotMakeIsAMissingPermission(t *testing.T) {
	c := start(t, &shop{answer: text(403, "")}, nil)
	if _, err := c.OrderStatuses(t.Context()); !isKind(err, PermissionMissing) {
		t.Errorf("OrderStatuses() = %v; want %s", err, PermissionMissing)
	}
}

func TestConnectionClosedWithoutAnAnswerIsSilence(t *testing.T) {
	c := start(t, &shop{answer: func(w http.ResponseWriter, _ *http.Request) { hangUp(t, w, "") }}, nil)
	if _, err := c.collect(t.Context(), OrderQuery{}); !isKind(err, Silence) {
		t.Errorf("collect() = %v; want %s", err, Silence)
	}
}

func TestAnswerThatIsCutIsMalformed(t *testing.T) {
	c := start(t, &shop{answer: func(w http.ResponseWriter, _ *http.Request) {
		hangUp(t, w, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<Orders><Order><Id>1</Id></Order>")
	}}, nil)
	got, err := c.collect(t.Context(), OrderQuery{})
	if !isKind(err, Malformed) || !errors.Is(err, io.ErrUnexpectedEOF) || got != nil {
		t.Errorf("collect() = %d orders, %v; want %s", len(got), err, Malformed)
	}
}

func hangUp(t *testing.T, w http.ResponseWriter, first string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	_, _ = io.WriteString(conn, first)
	if err := conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

// slow is a transport that answers when the request's time is over.
type slow struct{ limit time.Duration }

func (s *slow) RoundTrip(r *http.Request) (*http.Response, error) {
	deadline, _ := r.Context().Deadline()
	s.limit = time.Until(deadline).Round(time.Second)
	return nil, context.DeadlineExceeded
}

func TestCallsAreLimitedInTime(t *testing.T) {
	for key, want := range map[string]time.Duration{"": listTime, "1": singleTime} {
		transport := &slow{}
		c := New(Options{
			BaseURL: "http://shop.example", Transport: transport, Now: func() time.Time { return testNow },
			Token: Token{Value: NewSecret("x"), Expires: testNow.Add(time.Hour)},
		})
		if _, err := c.collect(t.Context(), OrderQuery{Key: key}); !isKind(err, Silence) || transport.limit != want {
			t.Errorf("key %q: %v within %v; want %s within %v", key, err, transport.limit, Silence, want)
		}
	}
}

func TestEndOfTheCallersContextIsNotTheShopsFault(t *testing.T) {
	answers := map[string]func(w http.ResponseWriter){
		"no answer":       func(http.ResponseWriter) {},
		"half an answer":  func(w http.ResponseWriter) { fmt.Fprint(w, "<Orders><Order>") },
		"half a refusal":  func(w http.ResponseWriter) { w.WriteHeader(400); fmt.Fprint(w, "<Error>Authen") },
		"half a bad page": func(w http.ResponseWriter) { w.WriteHeader(502); fmt.Fprint(w, "<html>") },
	}
	for name, begin := range answers {
		for _, want := range []error{context.Canceled, context.DeadlineExceeded} {
			ctx, cancel := context.WithCancel(t.Context())
			if want == context.DeadlineExceeded {
				ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
			}
			c := start(t, &shop{answer: func(w http.ResponseWriter, r *http.Request) {
				begin(w)
				_ = http.NewResponseController(w).Flush()
				if want == context.Canceled {
					cancel()
				}
				<-r.Context().Done()
			}}, func(o *Options) { o.Token = Token{Value: NewSecret("x"), Expires: testNow.Add(time.Hour)} })
			_, err := c.collect(ctx, OrderQuery{})
			if _, ok := errors.AsType[*Error](err); ok || !errors.Is(err, want) {
				t.Errorf("%s: collect() = %v; want %v", name, err, want)
			}
			cancel()
		}
	}
}

// late notices the end of a request's time before its context does, as a dialer may.
type late struct{}

func (late) RoundTrip(r *http.Request) (*http.Response, error) {
	deadline, _ := r.Context().Deadline()
	for time.Now().Before(deadline) {
		runtime.Gosched()
	}
	return nil, os.ErrDeadlineExceeded
}

func TestDeadlineOfTheCallerCountsEvenIfTheConnectionNoticesItFirst(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	c := New(Options{
		BaseURL: "http://shop.example", Transport: late{}, Now: func() time.Time { return testNow },
		Token: Token{Value: NewSecret("x"), Expires: testNow.Add(time.Hour)},
	})
	_, err := c.collect(ctx, OrderQuery{})
	if _, ok := errors.AsType[*Error](err); ok || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("collect() = %v; want context.DeadlineExceeded", err)
	}
}

func TestNoCallIsMadeOrReservedForACallerWhoIsGone(t *testing.T) {
	s := &shop{answer: text(200, "<Orders/>")}
	c := start(t, s, func(o *Options) {
		o.Reserve = func(context.Context, Call) error { t.Error("a call was reserved"); return nil }
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.collect(ctx, OrderQuery{}); !errors.Is(err, context.Canceled) || len(s.calls) != 0 {
		t.Errorf("collect() = %v after %d calls; want context.Canceled after none", err, len(s.calls))
	}
}

func TestWhoWaitsForAnothersLoginCanGiveUp(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	s := &shop{login: func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-leave
		fmt.Fprint(w, "<Login><Token>x</Token><Status>ok</Status></Login>")
	}}
	c := start(t, s, nil)
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := c.Token(t.Context()); err != nil {
			t.Error(err)
		}
	})
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Token(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Token() = %v; want context.Canceled", err)
	}
	close(leave)
	wg.Wait()
}

func TestAnswersAreLimitedInSize(t *testing.T) {
	r := &bounded{src: io.MultiReader(strings.NewReader("<Orders>"), endless("<Order/>")), left: 1 << 20}
	n := 0
	var last error
	for _, last = range DecodeOrders(r) {
		n++
	}
	if !errors.Is(last, errTooLarge) || n < 100_000 {
		t.Errorf("%d orders, %v; want %v", n, last, errTooLarge)
	}
	r = &bounded{src: strings.NewReader("<Orders/>"), left: 9}
	if b, err := io.ReadAll(r); err != nil || string(b) != "<Orders/>" {
		t.Errorf("an answer of just that size: %q, %v", b, err)
	}
}

type endless string

func (e endless) Read(p []byte) (int, error) {
	return copy(p, bytes.Repeat([]byte(e), len(p)/len(e))), nil
}

func TestReserveIsAskedBeforeEachCallAndCanForbidIt(t *testing.T) {
	s := &shop{answer: text(200, "<Orders/>")}
	var asked []Call
	spent := errors.New("the budget is spent")
	c := start(t, s, func(o *Options) {
		o.Reserve = func(_ context.Context, c Call) error {
			asked = append(asked, c)
			if len(asked) > 4 {
				return spent
			}
			return nil
		}
	})
	_, found, err := c.OrderByKey(t.Context(), "4711-8")
	if found || err != nil {
		t.Fatal(found, err)
	}
	if _, err := c.collect(t.Context(), OrderQuery{Key: "1,2"}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.OrderStatuses(t.Context()); !errors.Is(err, spent) {
		t.Errorf("OrderStatuses() = %v; want %v", err, spent)
	}
	want := []Call{{login, false}, {"getOrder", true}, {"getOrder", true}, {"getOrder", false}, {"getOrderStatus", false}}
	if diff := cmp.Diff(want, asked); diff != "" || len(s.calls) != 4 {
		t.Errorf("%d calls were made, asked for (-want +got):\n%s", len(s.calls), diff)
	}
}

func TestOrderByKeyTakesOnlyTheOrderAskedFor(t *testing.T) {
	rows := map[string]string{
		"4711-8": "", "8": "<Order><Id>1</Id><Key>4711-8</Key></Order>",
		"4711-9": "<Order><Id>2</Id><Key>4711-9</Key></Order>",
		"E-5":    "", "5": "<Order><Id>3</Id><Key>4711-5</Key></Order>",
		"4711-7": "<Order><Id>4</Id><Key>M77</Key><InternalKey>4711-7</InternalKey></Order>",
		"4711-6": "<Order><Id>9</Id><Key>4711</Key></Order>", "6": "<Order><Id>6</Id><Key>4711-6</Key></Order>",
	}
	for _, tt := range []struct {
		key, id string
		calls   int
	}{
		{"4711-8", "1", 2}, {"4711-9", "2", 1}, {"E-5", "", 2}, {"4711-7", "4", 1}, {"4711-6", "6", 2}, {"77", "", 1}, {"x-", "", 1}, {"", "", 0},
	} {
		s := &shop{}
		s.answer = func(w http.ResponseWriter, _ *http.Request) {
			_, key, _ := strings.Cut(s.bodies[len(s.bodies)-1], "<Key>")
			key, _, _ = strings.Cut(key, "</Key>")
			text(200, "<Orders>"+rows[key]+"</Orders>")(w, nil)
		}
		c := start(t, s, func(o *Options) { o.Token = Token{Value: NewSecret("x"), Expires: testNow.Add(time.Hour)} })
		got, found, err := c.OrderByKey(t.Context(), tt.key)
		if err != nil || got.ID != tt.id || found != (tt.id != "") || len(s.calls) != tt.calls {
			t.Errorf("OrderByKey(%q) = %q, %v, %v after %d calls; want %q after %d", tt.key, got.ID, found, err, len(s.calls), tt.id, tt.calls)
		}
	}
}

// A shop that was seen to take a key is asked once for the next one like it.
func TestOrderByKeyRemembersWhatTheShopTakes(t *testing.T) {
	for name, tt := range map[string]struct {
		takes  string // the form of the key of order 8
		keys   string
		asked  string
		orders int
	}{
		"whole":           {"4711-8", "4711-8 4711-9", "4711-8 4711-9", 1},
		"number":          {"8", "4711-8 4711-9", "4711-8 8 9", 1},
		"not yet known":   {"8", "4711-9 4711-8", "4711-9 9 4711-8 8", 1},
		"another's shape": {"4711-8", "4711-8 E-9", "4711-8 E-9 9", 1},
	} {
		s := &shop{}
		var asked []string
		s.answer = func(w http.ResponseWriter, _ *http.Request) {
			_, key, _ := strings.Cut(s.bodies[len(s.bodies)-1], "<Key>")
			key, _, _ = strings.Cut(key, "</Key>")
			asked = append(asked, key)
			row := ""
			if key == tt.takes {
				row = "<Order><Id>1</Id><Key>4711-8</Key></Order>"
			}
			text(200, "<Orders>"+row+"</Orders>")(w, nil)
		}
		c := start(t, s, func(o *Options) { o.Token = Token{Value: NewSecret("x"), Expires: testNow.Add(time.Hour)} })
		orders := 0
		for key := range strings.FieldsSeq(tt.keys) {
			_, found, err := c.OrderByKey(t.Context(), key)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if found {
				orders++
			}
		}
		if got := strings.Join(asked, " "); got != tt.asked || orders != tt.orders {
			t.Errorf("%s: asked for %q, found %d; want %q, %d", name, got, orders, tt.asked, tt.orders)
		}
	}
}

func TestOrderQuerySendsEveryFilterAndNothingElse(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	q := OrderQuery{
		Key: "1-2", Status: "open_normal", StatusNames: []string{"A & B", "C"}, StatusIDs: []string{"0", "5"},
		Email: "a@b.example", InvoiceStatus: "1", PlacedFrom: at(1), PlacedUntil: at(2), ModifiedFrom: at(3), ModifiedUntil: at(4),
		PlacedOnFrom: time.Date(2026, 1, 1, 23, 30, 0, 0, time.UTC), PlacedOnUntil: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC),
		Sort: ByPlacing, Limit: 10, Start: 20, Lang: "base",
	}
	const head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Params>"
	want := head + "<Key>1-2</Key><Status>open_normal</Status><StatusName>A &amp; B|C</StatusName><StatusID>0,5</StatusID>" +
		"<Email>a@b.example</Email><InvoiceStatus>1</InvoiceStatus><TimeStart>1</TimeStart><TimeEnd>2</TimeEnd>" +
		"<DateStart>2026.01.02</DateStart><DateEnd>2026.01.05</DateEnd><TimeModStart>3</TimeModStart><TimeModEnd>4</TimeModEnd>" +
		"<Order>order_time_asc</Order><LimitNum>10</LimitNum><LimitStart>20</LimitStart><Lang>base</Lang></Params>"
	for _, tt := range []struct {
		q    OrderQuery
		want string
	}{{q, want}, {OrderQuery{}, head + "</Params>"}, {OrderQuery{Start: 5}, head + "</Params>"}} {
		r := tt.q.request(budapest(t))
		if got := string(r.document()); got != tt.want {
			t.Errorf("request body\n%s; want\n%s", got, tt.want)
		}
	}
}

func TestOrderStatuses(t *testing.T) {
	c := start(t, &shop{answer: text(200, string(readTestdata(t, "statuses.xml")))}, nil)
	got, err := c.OrderStatuses(t.Context())
	want := []Status{
		{
			ID: "0", Name: "Feldolgozásra vár", Type: "open_normal", Order: "1", AlertEmail: "no", AlertSMS: "no", InvoiceStatus: "default",
			Color: "not_specified", StockColor: "not_specified", Creation: "2023.01.02 03:04:05", Modification: "2024.01.02 03:04:05",
		},
		{ID: "3310", Name: "Átadva & lezárva", Type: "close_ok", OrderType: "Nagyker", Order: "7", Text: "Köszönjük!", InvoiceStatus: "billed", Color: "19", StockColor: "3"},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("OrderStatuses(): %v (-want +got):\n%s", err, diff)
	}
}

func TestShopTimeFollowsTheDateOfTheLastAnswer(t *testing.T) {
	ours := testNow.Add(-3 * time.Minute) // our clock is late
	c := start(t, &shop{answer: text(200, "<Orders/>")}, func(o *Options) { o.Now = func() time.Time { return ours } })
	if got := c.ShopTime(); !got.Equal(ours) {
		t.Errorf("ShopTime() before the first answer = %v; want ours", got)
	}
	if _, err := c.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	ours = ours.Add(10 * time.Second)
	if got := c.ShopTime(); !got.Equal(testNow.Add(10 * time.Second)) {
		t.Errorf("ShopTime() = %v; want %v", got, testNow.Add(10*time.Second))
	}
}

func TestFailuresOfTheOptionsAreReturned(t *testing.T) {
	broken := errors.New("the store is closed")
	for name, change := range map[string]func(*Options){
		"APIKey":    func(o *Options) { o.APIKey = func() (string, error) { return "", broken } },
		"SaveToken": func(o *Options) { o.SaveToken = func(context.Context, Token) error { return broken } },
	} {
		if _, err := start(t, &shop{}, change).Token(t.Context()); !errors.Is(err, broken) {
			t.Errorf("%s fails: Token() = %v; want %v", name, err, broken)
		}
	}
	s := &shop{}
	c := start(t, s, func(o *Options) { o.APIKey = func() (string, error) { return "", nil } })
	if _, err := c.Token(t.Context()); !isKind(err, BadKey) || len(s.calls) != 0 {
		t.Errorf("without a key: %v after %d calls; want %s after none", err, len(s.calls), BadKey)
	}
}

func TestOneLoginForManyGoroutines(t *testing.T) {
	const callers = 8
	for name, kept := range map[string]Token{
		"no token yet":            {},
		"the kept one is no good": {Value: NewSecret("old"), Expires: testNow.Add(time.Hour)},
	} {
		refused := make(chan struct{}, callers)
		s := &shop{answer: func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer old" {
				fmt.Fprint(w, "<Orders/>")
				return
			}
			refused <- struct{}{} // all of them with the same token, before any of them is answered
			for len(refused) < callers {
				runtime.Gosched()
			}
			text(401, "")(w, r)
		}}
		c := start(t, s, func(o *Options) { o.Token = kept })
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				if _, err := c.collect(t.Context(), OrderQuery{}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if s.logins != 1 {
			t.Errorf("%s: %d logins; want 1", name, s.logins)
		}
	}
}
