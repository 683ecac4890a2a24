package minicrm_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"punte/minicrm"
)

// refused asks for something and returns the no it gets.
func refused(t *testing.T, status int, text string) *minicrm.Error {
	t.Helper()
	_, client := system(t, says(status, text))
	_, err := client.Project(t.Context(), 5)
	e, ok := errors.AsType[*minicrm.Error](err)
	if !ok {
		t.Fatalf("Project(5) answered %d %q = %v; want a *minicrm.Error", status, text, err)
	}
	return e
}

func TestRefusalsAreTakenApartInThreeLanguages(t *testing.T) {
	tests := []struct {
		status                   int
		text                     string
		kind                     minicrm.Kind
		endpoint, method, saying string
		field                    string
	}{
		{400, "Project (PUT): Invalid value 'Blue' for the Lead source field.", minicrm.BadRequest, "Project", "PUT", "Invalid value 'Blue' for the Lead source field.", "Lead source"},
		{400, "Project (PUT): Érvénytelen érték 'Kék' a(z) Forrás mező esetén.", minicrm.BadRequest, "Project", "PUT", "Érvénytelen érték 'Kék' a(z) Forrás mező esetén.", "Forrás"},
		{400, "Project (PUT): Érvénytelen érték ('Kék') ebben a mezőben: Ügyfél forrása.", minicrm.BadRequest, "Project", "PUT", "Érvénytelen érték ('Kék') ebben a mezőben: Ügyfél forrása.", "Ügyfél forrása"},
		{400, "Project (PUT): Valoare nevalidă 'Albastru' pentru câmpul Sursa clientului.", minicrm.BadRequest, "Project", "PUT", "Valoare nevalidă 'Albastru' pentru câmpul Sursa clientului.", "Sursa clientului"},
		{400, `ToDo (PUT): Nem megfelelő paraméter: "Data (JSON)"`, minicrm.BadRequest, "ToDo", "PUT", `Nem megfelelő paraméter: "Data (JSON)"`, "Data (JSON)"},
		{400, "Contact (PUT): Hiányzó paraméter: FirstName", minicrm.BadRequest, "Contact", "PUT", "Hiányzó paraméter: FirstName", "FirstName"},
		{400, "Contact (PUT): Hiányzó kötelező mező: „FirstName”", minicrm.BadRequest, "Contact", "PUT", "Hiányzó kötelező mező: „FirstName”", "FirstName"},
		{400, `Contact (PUT): Parametru lipsă: "FirstName"`, minicrm.BadRequest, "Contact", "PUT", `Parametru lipsă: "FirstName"`, "FirstName"},
		{400, "Contact (PUT): Missing parameter: FirstName", minicrm.BadRequest, "Contact", "PUT", "Missing parameter: FirstName", "FirstName"},
		{400, "Project (GET): The 'Foo' parameter is unknown", minicrm.BadRequest, "Project", "GET", "The 'Foo' parameter is unknown", "Foo"},
		{400, "Project (GET): A „Foo” nevű paraméter ismeretlen", minicrm.BadRequest, "Project", "GET", "A „Foo” nevű paraméter ismeretlen", "Foo"},
		{400, "Project (PUT): that can't be", minicrm.BadRequest, "Project", "PUT", "that can't be", ""},
		{400, "Something (odd): is not so", minicrm.BadRequest, "", "", "Something (odd): is not so", ""},
		{401, "Unauthorized", minicrm.BadCredentials, "", "", "Unauthorized", ""},
		{404, "Project (GET): Unauthorized: Access denied", minicrm.BadCredentials, "Project", "GET", "Unauthorized: Access denied", ""},
		{404, "Hozzáférés megtagadva", minicrm.BadCredentials, "", "", "Hozzáférés megtagadva", ""},
		{404, "Acces interzis", minicrm.BadCredentials, "", "", "Acces interzis", ""},
		{404, "Project (GET): Nem található", minicrm.NotFound, "Project", "GET", "Nem található", ""},
		{404, "Project (GET): Nu a fost găsit", minicrm.NotFound, "Project", "GET", "Nu a fost găsit", ""},
		{404, "", minicrm.NotFound, "", "", "", ""},
		{405, "ToDo (POST): A metódus nem engedélyezett!", minicrm.MethodNotAllowed, "ToDo", "POST", "A metódus nem engedélyezett!", ""},
		{405, "ToDo (POST): Metoda nu este permisă!", minicrm.MethodNotAllowed, "ToDo", "POST", "Metoda nu este permisă!", ""},
		{429, "Too Many Requests", minicrm.RateLimited, "", "", "Too Many Requests", ""},
		{500, "Project (PUT): Belső hiba", minicrm.Unavailable, "Project", "PUT", "Belső hiba", ""},
		{500, "Project (PUT): Érvénytelen érték ('Kék') ebben a mezőben: Forrás.", minicrm.BadRequest, "Project", "PUT", "Érvénytelen érték ('Kék') ebben a mezőben: Forrás.", "Forrás"},
		{500, "Project (PUT): Invalid value 'Blue' for the Lead source field.", minicrm.BadRequest, "Project", "PUT", "Invalid value 'Blue' for the Lead source field.", "Lead source"},
		{500, "A mező: rossz", minicrm.Unavailable, "", "", "A mező: rossz", ""},
		{502, "Project (PUT): Invalid value 'Blue' for the Lead source field.", minicrm.Unavailable, "Project", "PUT", "Invalid value 'Blue' for the Lead source field.", ""},
		{500, "Schema/Project (GET): no", minicrm.Unavailable, "Schema/Project", "GET", "no", ""},
	}
	for _, tt := range tests {
		e := refused(t, tt.status, tt.text)
		if e.Kind != tt.kind || e.Field != tt.field || e.Text != tt.text {
			t.Errorf("%d %q = kind %q, field %q, text %q; want %q, %q and the text itself", tt.status, tt.text, e.Kind, e.Field, e.Text, tt.kind, tt.field)
		}
		if e.Endpoint != tt.endpoint || e.Method != tt.method || e.Message != tt.saying {
			t.Errorf("%d %q = %q, %q, %q; want %q, %q, %q", tt.status, tt.text, e.Endpoint, e.Method, e.Message, tt.endpoint, tt.method, tt.saying)
		}
	}
}

func TestAWebPageKeepsItsWordsAlone(t *testing.T) {
	page := "\ufeff<!DOCTYPE html>\n<html><head><title>502 Bad&nbsp;Gateway</title><style>p{color:red}</style><script>alert(1)</script></head>" +
		"<body><h1>Karbantartás</h1><!-- build 7 --><p>Vissza &amp; hamarosan</p></body></html>"
	want := "502 Bad Gateway Karbantartás Vissza & hamarosan"
	if e := refused(t, 502, page); e.Kind != minicrm.Unavailable || e.Text != want {
		t.Errorf("502 with a page = %q, %q; want %q, %q", e.Kind, e.Text, minicrm.Unavailable, want)
	}
	if e := refused(t, 200, page); e.Kind != minicrm.Malformed || !strings.HasSuffix(e.Text, ": "+want) {
		t.Errorf("200 with a page = %q, %q; want %q and the words", e.Kind, e.Text, minicrm.Malformed)
	}
	if e := refused(t, 404, "<html><body><h1>Access Denied</h1></body></html>"); e.Kind != minicrm.BadCredentials {
		t.Errorf("404 with a page that denies access = %q; want %q", e.Kind, minicrm.BadCredentials)
	}
	if e := refused(t, 400, "a < b > c"); e.Text != "a < b > c" {
		t.Errorf("a text with angle brackets = %q; want it as it is", e.Text)
	}
}

func TestLongTextsAreCut(t *testing.T) {
	for _, text := range []string{strings.Repeat("é", 1<<20), "<html>" + strings.Repeat("<p>é</p>", 1<<17), "Project (PUT): " + strings.Repeat("x", 1<<20)} {
		e := refused(t, 400, text)
		for name, part := range map[string]string{"Text": e.Text, "Message": e.Message, "Field": e.Field} {
			if n := len([]rune(part)); n > 501 {
				t.Errorf("%s of %.20q has %d characters; want 500 and a mark at most", name, text, n)
			}
		}
	}
}

func TestRetryAfterIsReadWhereItIsSent(t *testing.T) {
	now := "Mon, 02 Mar 2026 10:00:00 GMT"
	tests := []struct {
		header string
		want   time.Duration
	}{
		{"", 0},
		{"30", 30 * time.Second},
		{" 0 ", 0},
		{"-5", 0},
		{"soon", 0},
		{"Mon, 02 Mar 2026 10:01:30 GMT", 90 * time.Second},
		{"Mon, 02 Mar 2026 09:00:00 GMT", 0},
		{"2000000000", 24 * time.Hour},
		{"99999999999999999999", 0},
	}
	ours := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC) // our clock is a day behind, and that must not count
	for _, tt := range tests {
		s, _ := system(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Date"] = []string{now}
			if tt.header != "" {
				w.Header().Set("Retry-After", tt.header)
			}
			w.WriteHeader(http.StatusTooManyRequests)
		})
		o := s.options(t)
		o.Now = func() time.Time { return ours }
		_, err := minicrm.New(o).Categories(t.Context())
		e, ok := errors.AsType[*minicrm.Error](err)
		if !ok || e.Kind != minicrm.RateLimited || !e.Temporary() || e.RetryAfter != tt.want {
			t.Errorf("429 with Retry-After %q = %+v; want %v", tt.header, e, tt.want)
		}
		if n := len(s.asked()); n != 1 {
			t.Errorf("429 was asked %d times; want once, for a client does not retry", n)
		}
	}
}

func TestNothingIsRetried(t *testing.T) {
	for _, status := range []int{400, 401, 404, 405, 429, 500, 503} {
		s, client := system(t, says(status, "no"))
		if _, err := client.CreateProject(t.Context(), minicrm.ProjectInput{CategoryID: 31, ContactID: 7}); err == nil {
			t.Errorf("CreateProject() answered %d = nil; want an error", status)
		}
		if asked := s.asked(); len(asked) != 1 {
			t.Errorf("answered %d it asked %q; want once", status, asked)
		}
	}
}

func TestTheCallersEndIsNotMiniCRMsSilence(t *testing.T) {
	arrived := make(chan struct{})
	_, client := system(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("shutting down")
	go func() { <-arrived; cancel(stop) }()
	_, err := client.Categories(ctx)
	if _, ok := errors.AsType[*minicrm.Error](err); ok || !errors.Is(err, stop) {
		t.Errorf("Categories() cancelled = %v; want %v", err, stop)
	}
}

func TestTheCallersDeadlineIsNotMiniCRMsSilence(t *testing.T) {
	_, client := system(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := client.Categories(ctx)
	if e, ok := errors.AsType[*minicrm.Error](err); ok || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Categories() past the caller's deadline = %v (%v); want a deadline exceeded that is nobody's fault", err, e)
	}
}

func TestTheCallersEndInTheMiddleOfAnAnswerIsNotSilence(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("shutting down")
	_, client := system(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"9":`)
		http.NewResponseController(w).Flush()
		cancel(stop)
		<-r.Context().Done()
	})
	if _, err := client.Categories(ctx); !errors.Is(err, stop) {
		t.Errorf("Categories() cancelled in the middle = %v; want %v", err, stop)
	}
}
