package web_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"punte/engine"
	"punte/store"
	"punte/store/storetest"
	"punte/web"
)

func TestTheServersRoutes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		list, err := web.ParseAllowList("any")
		if err != nil {
			t.Fatal(err)
		}
		e := &engine.Engine{Store: s, Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler)}
		woken := 0
		handler := web.Handler(web.Options{Engine: e, Allow: list, Log: e.Log, Wake: func() { woken++ }})
		ask := func(method, path, body string) *httptest.ResponseRecorder {
			recorder := httptest.NewRecorder()
			handler.ServeHTTP(recorder, httptest.NewRequest(method, path, strings.NewReader(body)))
			return recorder
		}
		for _, tt := range []struct {
			method, path string
			want         int
		}{
			{http.MethodGet, "/healthz", 200},
			{http.MethodHead, "/healthz", 200},
			{http.MethodPost, "/healthz", 405},
			{http.MethodGet, "/robots.txt", 200},
			{http.MethodGet, "/feed/wrong", 404},
			{http.MethodGet, "/sheet/wrong", 404},
			{http.MethodPost, "/hook/nobody", 401},
			{http.MethodGet, "/hook/nobody", 405},
			{http.MethodGet, "/", 404},
		} {
			if got := ask(tt.method, tt.path, "{}"); got.Code != tt.want {
				t.Errorf("%s %s = %d; want %d", tt.method, tt.path, got.Code, tt.want)
			}
		}
		if got := ask(http.MethodGet, "/robots.txt", "").Body.String(); got != "User-agent: *\nDisallow: /\n" {
			t.Errorf("robots.txt = %q", got)
		}
		if woken != 0 {
			t.Error("a webhook of a stranger woke the work")
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if got := ask(http.MethodGet, "/healthz", ""); got.Code != http.StatusServiceUnavailable {
			t.Errorf("GET /healthz without a database = %d; want 503", got.Code)
		}
	})
}
