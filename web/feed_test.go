package web_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"punte"
	"punte/engine"
	"punte/store"
	"punte/store/storetest"
	"punte/web"
)

var noon = time.Date(2026, 6, 10, 10, 0, 0, 0, time.UTC)

const secret = "A7QK2NPLWX5ZUV3M"

// feed serves one document that was made at noon.
type feed struct {
	store *store.Store
	now   time.Time
	http.Handler
}

func newFeed(t *testing.T, s *store.Store, allow string) *feed {
	t.Helper()
	f := &feed{store: s, now: noon}
	list, err := web.ParseAllowList(allow)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	e := &engine.Engine{Store: s, Now: func() time.Time { return f.now }, Log: log}
	f.Handler = web.FeedHandler(e, list, log)
	err = errors.Join(
		s.SaveConnection(t.Context(), store.Connection{ID: "c", Name: "c", StartDate: "2026-01-01", Document: []byte("{}")}, noon),
		makeDocument(t, s))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func makeDocument(t *testing.T, s *store.Store) error {
	t.Helper()
	_, err := s.MakeDocument(t.Context(), store.Document{
		ID: "d", Connection: "c", Delivery: "pull", SecretHash: engine.SecretHash(secret), Expires: noon.Add(6 * time.Hour),
		Orders: 1, Cards: 1, Body: []byte("<Projects/>"),
	}, nil, noon)
	return err
}

func (f *feed) get(method, path, remote string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.RemoteAddr = remote
	recorder := httptest.NewRecorder()
	f.ServeHTTP(recorder, r)
	return recorder
}

// state is the document's, empty once it is no longer open.
func (f *feed) state(t *testing.T) string {
	t.Helper()
	open, err := f.store.OpenDocuments(t.Context(), "c")
	if err != nil {
		t.Fatal(err)
	}
	if len(open) == 0 {
		return ""
	}
	return open[0].State
}

const miniCRM = "195.228.254.43:40000"

func TestFeedServesADocumentOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		f := newFeed(t, s, "")
		got := f.get(http.MethodGet, "/feed/"+secret, miniCRM)
		if got.Code != http.StatusOK || got.Body.String() != "<Projects/>" {
			t.Fatalf("GET = %d %q; want the document", got.Code, got.Body)
		}
		for header, want := range map[string]string{
			"Content-Type": "application/xml; charset=utf-8", "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow",
			"Content-Length": "11",
		} {
			if v := got.Header().Get(header); v != want {
				t.Errorf("%s = %q; want %q", header, v, want)
			}
		}
		if state := f.state(t); state != store.Taken {
			t.Errorf("the document is %q; want taken", state)
		}
		if again := f.get(http.MethodGet, "/feed/"+secret, miniCRM); again.Code != http.StatusNotFound {
			t.Errorf("the second GET = %d; want 404", again.Code)
		}
	})
}

func TestFeedLetsOnlyAllowedAddressesDownload(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		f := newFeed(t, s, "")
		for _, remote := range []string{"192.0.2.1:1", "[2001:db8::1]:1", "195.228.75.205:1", "nonsense"} {
			if got := f.get(http.MethodGet, "/feed/"+secret, remote); got.Code != http.StatusForbidden {
				t.Errorf("GET from %s = %d; want 403", remote, got.Code)
			}
		}
		if state := f.state(t); state != store.Made {
			t.Errorf("the document is %q; want it not taken", state)
		}
	})
}

func TestFeedHidesWhatIsNotThere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		f := newFeed(t, s, "any")
		for _, path := range []string{"/feed/wrong", "/feed/" + strings.ToLower(secret), "/feed/" + engine.SecretHash(secret), "/feed/", "/"} {
			if got := f.get(http.MethodGet, path, miniCRM); got.Code != http.StatusNotFound {
				t.Errorf("GET %s = %d; want 404", path, got.Code)
			}
		}
		if got := f.get(http.MethodPost, "/feed/"+secret, miniCRM); got.Code != http.StatusMethodNotAllowed {
			t.Errorf("POST = %d; want 405", got.Code)
		}
		f.now = noon.Add(6 * time.Hour)
		if got := f.get(http.MethodGet, "/feed/"+secret, miniCRM); got.Code != http.StatusNotFound {
			t.Errorf("GET after six hours = %d; want 404", got.Code)
		}
	})
}

// Asking whether the document is there is no download.
func TestFeedIsNotTakenByHead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		f := newFeed(t, s, "")
		if got := f.get(http.MethodHead, "/feed/"+secret, miniCRM); got.Code != http.StatusOK || got.Body.Len() != 0 {
			t.Errorf("HEAD = %d, %d bytes; want 200 and none", got.Code, got.Body.Len())
		}
		if state := f.state(t); state != store.Made {
			t.Errorf("after HEAD the document is %q; want it not taken", state)
		}
	})
}

// hangsUp fails to write the body, or goes away when it has all of it.
type hangsUp struct {
	*httptest.ResponseRecorder
	write func([]byte) (int, error)
}

func (h hangsUp) Write(p []byte) (int, error) { return h.write(p) }

func TestFeedIsNotTakenByABrokenDownload(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		f := newFeed(t, s, "")
		r := httptest.NewRequest(http.MethodGet, "/feed/"+secret, nil)
		r.RemoteAddr = miniCRM
		w := hangsUp{httptest.NewRecorder(), func([]byte) (int, error) { return 3, io.ErrClosedPipe }}
		f.ServeHTTP(w, r)
		if state := f.state(t); state != store.Made {
			t.Errorf("after a broken download the document is %q; want it not taken", state)
		}
		if got := f.get(http.MethodGet, "/feed/"+secret, miniCRM); got.Code != http.StatusOK {
			t.Errorf("GET after a broken download = %d; want the document again", got.Code)
		}
	})
}

func TestFeedIsTakenByWhoHangsUpAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		f := newFeed(t, s, "")
		ctx, hangUp := context.WithCancel(t.Context())
		r := httptest.NewRequest(http.MethodGet, "/feed/"+secret, nil).WithContext(ctx)
		r.RemoteAddr = miniCRM
		w := hangsUp{httptest.NewRecorder(), func(p []byte) (int, error) {
			hangUp()
			return len(p), nil
		}}
		f.ServeHTTP(w, r)
		if state := f.state(t); state != store.Taken {
			t.Errorf("after a whole download the document is %q; want taken", state)
		}
	})
}

func TestFeedSurvivesDownloadsAtTheSameTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		f := newFeed(t, s, "")
		var all sync.WaitGroup
		codes := make([]int, 8)
		for i := range codes {
			all.Go(func() { codes[i] = f.get(http.MethodGet, "/feed/"+secret, miniCRM).Code })
		}
		all.Wait()
		whole := 0
		for _, code := range codes {
			switch code {
			case http.StatusOK:
				whole++
			case http.StatusNotFound:
			default:
				t.Errorf("a download at the same time = %d; want 200 or 404", code)
			}
		}
		if state := f.state(t); whole == 0 || state != store.Taken {
			t.Errorf("%d downloads, the document is %q; want it taken", whole, state)
		}
	})
}

func TestAllowList(t *testing.T) {
	for _, tt := range []struct {
		list, remote string
		want         bool
	}{
		{"", "195.228.75.201:1", true},
		{"", "195.228.75.203:1", true},
		{"", "195.228.75.205:1", false},
		{"", "[::ffff:195.228.75.201]:1", true},
		{"", "52.29.36.247:65535", true},
		{"", "195.228.75.201", false},
		{"any", "8.8.8.8:1", true},
		{"any", "[2001:db8::7]:1", true},
		{"10.0.0.0/8", "10.255.255.255:1", true},
		{"10.0.0.0/8", "11.0.0.0:1", false},
		{"10.1.2.3/30", "10.1.2.0:1", true},
		{"10.1.2.3/30", "10.1.2.4:1", false},
		{"2001:db8::/32", "[2001:db8:ffff::1]:1", true},
		{"2001:db8::/32", "[2001:db9::]:1", false},
		{"10.0.0.1 - 10.0.0.9, 192.0.2.1", "10.0.0.5:1", true},
		{"10.0.0.1 - 10.0.0.9, 192.0.2.1", "192.0.2.1:1", true},
		{"::1", "[::1%eth0]:1", true},
		{"0.0.0.0/0", "[2001:db8::7]:1", false},
	} {
		list, err := web.ParseAllowList(tt.list)
		if err != nil {
			t.Fatalf("ParseAllowList(%q): %v", tt.list, err)
		}
		if got := list.Allows(tt.remote); got != tt.want {
			t.Errorf("ParseAllowList(%q).Allows(%q) = %t; want %t", tt.list, tt.remote, got, tt.want)
		}
	}
	for _, text := range []string{"everyone", "10.0.0.9-10.0.0.1", "10.0.0.0/33", "10.0.0.1,", "10.0.0.1-", "10.0.0.1-x"} {
		if _, err := web.ParseAllowList(text); punte.ErrorCode(err) != punte.Invalid {
			t.Errorf("ParseAllowList(%q) = %v; want it refused", text, err)
		}
	}
}
