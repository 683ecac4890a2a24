package minicrm_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"punte/minicrm"
)

const (
	systemID = "51000"
	apiKey   = "k3yK3yk3yK3yk3yK3yk3yK3yk3yK3y00"
)

// fixture returns a written answer of testdata.
func fixture(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// budapest is the zone of MiniCRM's times.
func budapest(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Budapest")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// crm is a system that answers every request by one function, and what it was asked.
type crm struct {
	*httptest.Server
	mu       sync.Mutex
	requests []string // method, path and query
	calls    []string // endpoints reserved
}

func (c *crm) asked() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.requests...)
}

// system starts a crm and a client of it.
func system(t *testing.T, answer http.HandlerFunc) (*crm, *minicrm.Client) {
	t.Helper()
	s := &crm{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r.Method+" "+r.URL.RequestURI())
		s.mu.Unlock()
		if id, key, ok := r.BasicAuth(); !ok || id != systemID || key != apiKey {
			t.Errorf("%s %s came with the credentials %q, %q", r.Method, r.URL, id, key)
		}
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s, minicrm.New(s.options(t))
}

func (c *crm) options(t *testing.T) minicrm.Options {
	return minicrm.Options{
		BaseURL:  c.URL + "/",
		SystemID: systemID,
		APIKey:   func() (string, error) { return apiKey, nil },
		Zone:     budapest(t),
		Reserve: func(_ context.Context, call minicrm.Call) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.calls = append(c.calls, call.Endpoint)
			return nil
		},
	}
}

// says answers every request with one text.
func says(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, text)
	}
}

func TestEveryAnswerThatIsANoHasItsKind(t *testing.T) {
	tests := []struct {
		status    int
		text      string
		kind      minicrm.Kind
		field     string
		temporary bool
	}{
		{400, "Project (PUT): Invalid value 'X' for the Lead source field.", minicrm.BadRequest, "Lead source", false},
		{400, `ToDo (PUT): Nem megfelelő paraméter: "Data (JSON)"`, minicrm.BadRequest, "Data (JSON)", false},
		{400, "Project (GET): 'Foo' parameter is unknown", minicrm.BadRequest, "Foo", false},
		{400, "Project (GET): no", minicrm.BadRequest, "", false},
		{422, "no", minicrm.BadRequest, "", false},
		{401, "", minicrm.BadCredentials, "", false},
		{403, "Forbidden", minicrm.BadCredentials, "", false},
		{404, "Unauthorized: Access denied", minicrm.BadCredentials, "", false},
		{404, "Unauthorized", minicrm.BadCredentials, "", false},
		{404, "Not Found", minicrm.NotFound, "", false},
		{405, "ToDo (POST): A metódus nem engedélyezett!", minicrm.MethodNotAllowed, "", false},
		{408, "", minicrm.Unavailable, "", true},
		{429, "Too Many Requests", minicrm.RateLimited, "", true},
		{500, "Internal Server Error", minicrm.Unavailable, "", true},
		{503, "", minicrm.Unavailable, "", true},
		{302, "", minicrm.Malformed, "", false},
		{200, "<html>karbantartás</html>", minicrm.Malformed, "", false},
		{200, `{"9":"Sales"`, minicrm.Malformed, "", false},
		{200, `{"9":"Sales"} Warning: x`, minicrm.Malformed, "", false},
		{200, `{"nine":"Sales"}`, minicrm.Malformed, "", false},
		{200, `"Sales"`, minicrm.Malformed, "", false},
		{200, ``, minicrm.Malformed, "", false},
	}
	for _, tt := range tests {
		_, client := system(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "https://elsewhere.invalid/")
			says(tt.status, tt.text)(w, r)
		})
		_, err := client.Categories(t.Context())
		e, ok := errors.AsType[*minicrm.Error](err)
		if !ok {
			t.Errorf("Categories() answered %d %q = %v; want a *minicrm.Error", tt.status, tt.text, err)
			continue
		}
		if e.Kind != tt.kind || e.Field != tt.field || e.Status != tt.status || e.Temporary() != tt.temporary {
			t.Errorf("Categories() answered %d %q = kind %q, field %q, status %d, temporary %v; want %q, %q, %d, %v",
				tt.status, tt.text, e.Kind, e.Field, e.Status, e.Temporary(), tt.kind, tt.field, tt.status, tt.temporary)
		}
		if e.Call.Endpoint != "R3/Category" {
			t.Errorf("error of the call %q; want R3/Category", e.Call.Endpoint)
		}
		if tt.status/100 == 4 && e.Text != tt.text {
			t.Errorf("error keeps the text %q; want %q", e.Text, tt.text)
		}
	}
}

func TestErrorsShowNeitherKeyNorPerson(t *testing.T) {
	source := "https://kapu.example.hu/feed/0123456789abcdef0123456789abcdef?x=1"
	text := "No: " + apiKey + ", " + source + " " + url.QueryEscape(source) + ` "https:\/\/kapu.example.hu\/feed\/0123456789abcdef0123456789abcdef"` +
		" path /feed/0123456789abcdef0123456789abcdef anna.kis@example.hu +36 30 555 0199 0040722555019 at 0000-00-00 00:00:00\x00\r\n\xff" +
		strings.Repeat(" é", 2000)
	for _, status := range []int{200, 400, 500} {
		_, client := system(t, says(status, text))
		answer, err := client.Pull(t.Context(), source)
		shown := answer.Text
		if err != nil {
			shown = err.Error()
		}
		for _, secret := range []string{apiKey, "0123456789abcdef", "anna", "555 0199", "0722555", "\x00", "\n", "\xff"} {
			if strings.Contains(shown, secret) {
				t.Errorf("answer %d shows %q in %q", status, secret, shown)
			}
		}
		if !strings.Contains(shown, "0000-00-00 00:00:00 \ufffd é") || len([]rune(shown)) > 600 {
			t.Errorf("answer %d is shown as %q; want its plain words, at most 500 characters", status, shown)
		}
	}
}

func TestErrorsOfTheLineShowNoAddress(t *testing.T) {
	s, client := system(t, says(200, "{}"))
	s.Close()
	_, err := client.Pull(t.Context(), "https://kapu.example.hu/feed/0123456789abcdef")
	e, ok := errors.AsType[*minicrm.Error](err)
	if !ok || e.Kind != minicrm.Silence || !e.Temporary() || e.Status != 0 || e.Unwrap() == nil {
		t.Fatalf("Pull() of a dead server = %v; want a Silence", err)
	}
	if strings.Contains(err.Error(), "feed") {
		t.Errorf("the error shows the address of the document: %v", err)
	}
}

func TestABrokenOffAnswerIsSilence(t *testing.T) {
	_, client := system(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, `{"9":"Sa`)
	})
	_, err := client.Categories(t.Context())
	if e, ok := errors.AsType[*minicrm.Error](err); !ok || e.Kind != minicrm.Silence || e.Status != 200 {
		t.Errorf("Categories() broken off = %v; want a Silence", err)
	}
}

func TestATooLongAnswerIsRefused(t *testing.T) {
	piece := strings.Repeat(" ", 1<<20)
	_, client := system(t, func(w http.ResponseWriter, _ *http.Request) {
		for range 33 {
			io.WriteString(w, piece)
		}
	})
	_, err := client.Categories(t.Context())
	if e, ok := errors.AsType[*minicrm.Error](err); !ok || e.Kind != minicrm.Malformed {
		t.Errorf("Categories() of 33 MiB = %v; want a Malformed", err)
	}
}

// silent is a line on which nothing ever comes back.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestEveryCallEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := minicrm.New(minicrm.Options{
			BaseURL: "https://r3.minicrm.hu", SystemID: systemID, Transport: silent{},
			APIKey: func() (string, error) { return apiKey, nil },
		})
		tests := []struct {
			name string
			call func() error
			want time.Duration
		}{
			{"Categories", func() error { _, err := client.Categories(t.Context()); return err }, 30 * time.Second},
			{"Order", func() error { _, err := client.Order(t.Context(), 1); return err }, 30 * time.Second},
			{"TrashProject", func() error { return client.TrashProject(t.Context(), 1) }, 30 * time.Second},
			{"MoveOrder", func() error { _, err := client.MoveOrder(t.Context(), 1, minicrm.ActionEdit); return err }, 30 * time.Second},
			{"Upload", func() error { _, err := client.Upload(t.Context(), strings.NewReader("x")); return err }, 130 * time.Second},
			{"Pull", func() error { _, err := client.Pull(t.Context(), "https://kapu.example.hu"); return err }, 130 * time.Second},
		}
		for _, tt := range tests {
			begin := time.Now()
			err := tt.call()
			e, ok := errors.AsType[*minicrm.Error](err)
			if took := time.Since(begin); took != tt.want || !ok || e.Kind != minicrm.Silence {
				t.Errorf("%s on a silent line = %v after %v; want a Silence after %v", tt.name, err, took, tt.want)
			}
		}
	})
}

func TestAReservationRefusedMakesNoCall(t *testing.T) {
	s, _ := system(t, says(200, "{}"))
	spent := errors.New("budget spent")
	o := s.options(t)
	o.Reserve = func(context.Context, minicrm.Call) error { return spent }
	if _, err := minicrm.New(o).Categories(t.Context()); !errors.Is(err, spent) {
		t.Errorf("Categories() = %v; want %v", err, spent)
	}
	o = s.options(t)
	o.APIKey = func() (string, error) { return "", spent }
	if _, err := minicrm.New(o).Categories(t.Context()); !errors.Is(err, spent) {
		t.Errorf("Categories() without a key = %v; want %v", err, spent)
	}
	if asked := s.asked(); len(asked) != 0 {
		t.Errorf("the server was asked %q; want nothing", asked)
	}
}

func TestABaseAddressThatIsNoneIsNotShown(t *testing.T) {
	for _, base := range []string{"", "r3.minicrm.hu", "ftp://51000:" + apiKey + "@r3.minicrm.hu", "https://:" + apiKey + "@%zz"} {
		client := minicrm.New(minicrm.Options{BaseURL: base, SystemID: systemID, APIKey: func() (string, error) { return apiKey, nil }})
		if _, err := client.Categories(t.Context()); err == nil || strings.Contains(err.Error(), apiKey) {
			t.Errorf("Categories() at %q = %v; want an error without the key", base, err)
		}
	}
}

func TestEveryCallIsReservedUnderItsName(t *testing.T) {
	s, client := system(t, says(200, `{"Id":1}`))
	ctx := t.Context()
	// All of them get one and the same answer, which few of them can read.
	_, _ = client.Categories(ctx)
	_, _ = client.ProjectSchema(ctx, 31)
	_, _ = client.ProjectPage(ctx, minicrm.ProjectFilter{}, 0)
	_, _ = client.Project(ctx, 5)
	_, _, _ = client.ProjectByReference(ctx, 6)
	_, _ = client.OrderList(ctx, minicrm.OrderFilter{}, 0)
	_, _ = client.Order(ctx, 7)
	_, _ = client.CategoryNames(ctx)
	_, _ = client.PersonSchema(ctx)
	_, _ = client.BusinessSchema(ctx)
	_, _ = client.CreateProject(ctx, minicrm.ProjectInput{CategoryID: 31, ContactID: 1})
	_, _ = client.ContactPage(ctx, minicrm.ContactFilter{}, 2)
	_, _ = client.Contact(ctx, 8)
	_, _ = client.CreateContact(ctx, minicrm.ContactInput{Type: minicrm.ContactBusiness, Name: "x"})
	_, _ = client.AddressList(ctx, 8, false)
	_, _ = client.Address(ctx, 9)
	_ = client.UpdateAddress(ctx, 9, minicrm.AddressInput{City: "x"})
	_, _ = client.ToDoList(ctx, 5, minicrm.ToDoOpen)
	_, _ = client.ToDo(ctx, 10)
	_, _ = client.CreateToDo(ctx, minicrm.ToDoInput{ProjectID: 5})
	_, _ = client.MoveOrder(ctx, 7, minicrm.ActionFinalize)
	_, _ = client.SetOrderFields(ctx, 7, []minicrm.FeedField{{Name: "A"}})
	_, _ = client.Upload(ctx, strings.NewReader("<Projects/>"))
	_, _ = client.Pull(ctx, "https://kapu.example.hu/feed/x y")
	_, _, _ = client.ProjectByReferenceIn(ctx, 31, 6)
	_, _ = client.OrderList(ctx, minicrm.OrderFilter{UnderOffer: true}, 1)
	_, _ = client.PutStockItem(ctx, minicrm.StockItem{})
	want := []string{
		"R3/Category", "R3/Schema/Project", "R3/Project", "R3/Project", "R3/Project", "Order/List", "Order",
		"R3/Category", "R3/Schema/Person", "R3/Schema/Business", "R3/Project", "R3/Contact", "R3/Contact", "R3/Contact", "R3/AddressList", "R3/Address",
		"R3/Address", "R3/ToDoList", "R3/ToDo", "R3/ToDo", "Order/Action", "Order/Project", "SyncFeed/Upload", "SyncFeed", "R3/Project", "Offer/List",
	}
	if got := strings.Join(s.calls, " "); got != strings.Join(want, " ") {
		t.Errorf("reserved %s; want %s", got, want)
	}
	addresses := []string{
		"GET /Api/R3/Category?Detailed=1", "GET /Api/R3/Schema/Project/31", "GET /Api/R3/Project?Page=0",
		"GET /Api/R3/Project/5", "GET /Api/R3/Project?ReferenceId=6", "GET /Api/Order/List?Page=0", "GET /Api/Order/7",
		"GET /Api/R3/Category", "GET /Api/R3/Schema/Person", "GET /Api/R3/Schema/Business", "PUT /Api/R3/Project", "GET /Api/R3/Contact?Page=2",
		"GET /Api/R3/Contact/8", "PUT /Api/R3/Contact", "GET /Api/R3/AddressList/8", "GET /Api/R3/Address/9", "PUT /Api/R3/Address/9",
		"GET /Api/R3/ToDoList/5?Status=Open", "GET /Api/R3/ToDo/10", "PUT /Api/R3/ToDo", "POST /Api/Order/7/Finalize", "POST /Api/Order/7/Project",
		"POST /Api/SyncFeed/51000/Upload", "GET /Api/SyncFeed/51000?Source=https%3A%2F%2Fkapu.example.hu%2Ffeed%2Fx+y",
		"GET /Api/R3/Project?CategoryId=31&ReferenceId=6", "GET /Api/Offer/List?Page=1",
	}
	if got := strings.Join(s.asked(), "\n"); got != strings.Join(addresses, "\n") {
		t.Errorf("asked\n%s\nwant\n%s", got, strings.Join(addresses, "\n"))
	}
}

func TestNowFollowsMiniCRMsClock(t *testing.T) {
	ours := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	date := "Sun, 01 Mar 2026 11:58:30 GMT"
	s, _ := system(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"] = []string{date}
		io.WriteString(w, "{}")
	})
	o := s.options(t)
	o.Now = func() time.Time { return ours }
	client := minicrm.New(o)
	if got := client.Now(); !got.Equal(ours) {
		t.Errorf("Now() before any answer = %v; want our own %v", got, ours)
	}
	if _, err := client.Categories(t.Context()); err != nil {
		t.Fatal(err)
	}
	ours = ours.Add(10 * time.Minute)
	want := time.Date(2026, 3, 1, 12, 8, 30, 0, time.UTC)
	if got := client.Now(); !got.Equal(want) || got.Location() != time.UTC {
		t.Errorf("Now() ten minutes after an answer of %s = %v; want %v", date, got, want)
	}
	date = "yesterday"
	if _, err := client.Categories(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := client.Now(); !got.Equal(want) {
		t.Errorf("Now() after an answer without a readable date = %v; want %v", got, want)
	}
}

func TestCallsAtTheSameTimeDoNotDisturbOneAnother(t *testing.T) {
	_, client := system(t, says(200, fixture(t, "category-plain.json")))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := client.Categories(t.Context()); err != nil {
				t.Errorf("Categories() = %v", err)
			}
			client.Now()
		})
	}
	group.Wait()
}
