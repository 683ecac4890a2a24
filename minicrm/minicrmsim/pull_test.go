package minicrmsim

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestPullDownloadsBeforeItAnswersAndProcessesLater(t *testing.T) {
	asked := ""
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		asked = user + ":" + password
		if r.URL.Path != "/feed" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, feedOf(customer(1)))
	}))
	defer source.Close()
	b := start(t, Options{AllowPrivateSources: true, Delay: time.Minute})
	address := strings.Replace(source.URL, "http://", "http%3A%2F%2Fme%3Asecret%40", 1)
	b.want("GET", "/Api/SyncFeed/51432?Source="+address+"%2Ffeed", "")
	if asked != "me:secret" {
		t.Errorf("the source was asked by %q; want the user of its address", asked)
	}
	if got := len(b.crm.Cards()); got != 0 {
		t.Errorf("%d cards at once; want none before the delay", got)
	}
	b.clock.advance(time.Minute)
	if got := len(b.crm.Cards()); got != 1 {
		t.Errorf("%d cards after the delay; want one", got)
	}
	b.refused("GET", "/Api/SyncFeed/51432?Source="+address+"%2Fother", "", 400, "SyncFeed (GET): The source cannot be downloaded")
	b.refused("GET", "/Api/SyncFeed/51432?Source=gopher%3A%2F%2Fexample.com", "", 400, "only http, https, ftp and ftps")
	b.refused("GET", "/Api/SyncFeed/51432?Source=feed.xml", "", 400, "no address")
	b.refused("GET", "/Api/SyncFeed/51432", "", 400, `Missing parameter: "Source"`)
	b.refused("POST", "/Api/SyncFeed/51432", "", 405, "not allowed")
	b.refused("GET", "/Api/SyncFeed/51432/Upload", "", 405, "not allowed")
	if got := b.want("GET", "/_sim/stats", "")["documents"]; got != 1.0 {
		t.Errorf("%v documents; want only the accepted one", got)
	}
}

func TestPullRefusesPrivateSources(t *testing.T) {
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		t.Error("a private source was asked")
	}))
	defer source.Close()
	b := start(t, Options{})
	b.refused("GET", "/Api/SyncFeed/51432?Source="+source.URL, "", 400, "is not a public address")
	for _, address := range []string{"10.0.0.1:80", "192.168.1.1:80", "127.0.0.1:80", "[::1]:80", "169.254.1.1:80", "0.0.0.0:80", "[fd00::1]:80", "[::ffff:10.0.0.1]:80", "100.64.0.1:80"} {
		if publicOnly(address) == nil {
			t.Errorf("publicOnly(%s) = nil; want it refused", address)
		}
	}
	if err := publicOnly("195.228.75.210:443"); err != nil {
		t.Errorf("publicOnly of a public address = %v", err)
	}
}

func TestADownloadThatFailsAnswersAsTheSwitchesSay(t *testing.T) {
	source := "/Api/SyncFeed/51432?Source=http%3A%2F%2F127.0.0.1%3A1%2F"
	accepted := start(t, Options{Switches: Switches{DownloadAccepted: true, FeedAnswer: "OK"}})
	if status, text := accepted.call("GET", source, ""); status != 200 || text != "OK" {
		t.Errorf("a failed download = %d %q; want 200 OK", status, text)
	}
	if got := accepted.want("GET", "/_sim/stats", "")["documents"]; got != 0.0 {
		t.Errorf("%v documents; want none", got)
	}
	other := start(t, Options{Switches: Switches{DownloadStatus: 502, NoUpload: true}})
	other.refused("GET", source, "", 502, "SyncFeed (GET)")
	other.refused("POST", "/Api/SyncFeed/51432/Upload", feedOf(), 404, "Not Found")
}

func TestASourceMayComeFromAProgramsOwnTransport(t *testing.T) {
	fetch := roundTrip(func(r *http.Request) (*http.Response, error) {
		answer := httptest.NewRecorder()
		fmt.Fprint(answer, feedOf(customer(1)))
		return answer.Result(), nil
	})
	b := start(t, Options{Download: fetch})
	b.want("GET", "/Api/SyncFeed/51432?Source=https%3A%2F%2Ffeed.example%2F1", "")
	b.crm.Settle()
	if got := len(b.crm.Cards()); got != 1 {
		t.Errorf("%d cards; want 1", got)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A source answers one path each way a source can.
func source(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/feed", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, feedOf(customer(1))) })
	mux.Handle("/moved", http.RedirectHandler("/feed", http.StatusFound))
	mux.Handle("/loop", http.RedirectHandler("/loop", http.StatusFound))
	mux.HandleFunc("/none", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/login", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	mux.HandleFunc("/html", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") })
	mux.HandleFunc("/packed", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("Accept-Encoding = %q; want gzip", r.Header.Get("Accept-Encoding"))
		}
		w.Header().Set("Content-Encoding", "gzip")
		packed := gzip.NewWriter(w)
		fmt.Fprint(packed, feedOf(customer(1)))
		_ = packed.Close() // the download shows it
	})
	mux.HandleFunc("/short", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "<Projects>")
	})
	mux.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, feedOf(strings.Repeat(" ", 2000))) })
	mux.HandleFunc("/stuck", func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func TestEverySourceIsDownloadedOrRefusedForAReason(t *testing.T) {
	server := source(t)
	for path, want := range map[string]string{
		"/feed": "", "/moved": "", "/packed": "",
		"/loop":  "stopped after 10 redirects",
		"/none":  "the source answered 204",
		"/login": "the source answered 403",
		"/short": "downloading: unexpected EOF",
		"/long":  "the document is longer than 1000 bytes",
		"/stuck": "deadline exceeded",
	} {
		b := start(t, Options{AllowPrivateSources: true, MaxDocument: 1000, DownloadTimeout: 200 * time.Millisecond})
		address := "/Api/SyncFeed/51432?Source=" + server.URL + path
		if want != "" {
			b.refused("GET", address, "", 400, want)
			continue
		}
		b.want("GET", address, "")
		b.crm.Settle()
		if got := len(b.crm.Cards()); got != 1 {
			t.Errorf("%s: %d cards; want 1", path, got)
		}
	}
}

func TestASourceThatIsNoDocumentIsAcceptedAndThenRefusedInTheLog(t *testing.T) {
	server := source(t)
	b := start(t, Options{AllowPrivateSources: true})
	b.want("GET", "/Api/SyncFeed/51432?Source="+server.URL+"/html", "")
	b.crm.Settle()
	if log := b.crm.Log()[0]; !strings.Contains(log.Refused[0].Reason, "unexpected element html") || log.Kind != "pull" {
		t.Errorf("log = %+v", log)
	}
	b = start(t, Options{AllowPrivateSources: true, Switches: Switches{XMLChecked: true}})
	b.refused("GET", "/Api/SyncFeed/51432?Source="+server.URL+"/html", "", 400, "The document is not well-formed")
}

func TestUploadTakesAnyContentTypeAndRefusesWhatIsTooLong(t *testing.T) {
	b := start(t, Options{MaxDocument: 1000})
	for i, kind := range []string{"application/xml", "application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""} {
		request, err := http.NewRequestWithContext(t.Context(), "POST", b.server.URL+"/Api/SyncFeed/51432/Upload", strings.NewReader(feedOf(customer(i+1))))
		if err != nil {
			t.Fatal(err)
		}
		request.Header["Content-Type"] = []string{kind}
		request.SetBasicAuth(b.user, b.key)
		response, err := b.server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		b.crm.Settle()
		if got := len(b.crm.Cards()); response.StatusCode != 200 || got != i+1 {
			t.Errorf("Content-Type %q = %d, %d cards; want 200 and %d", kind, response.StatusCode, got, i+1)
		}
	}
	b.refused("POST", "/Api/SyncFeed/51432/Upload", strings.Repeat(" ", 1001), 400, "SyncFeed/Upload (POST)")
}

func TestDocumentsAreProcessedInTheOrderTheyWereAccepted(t *testing.T) {
	b := start(t, Options{Delay: time.Minute})
	for _, name := range []string{"first", "second", "third"} {
		b.want("POST", "/Api/SyncFeed/51432/Upload", feedOf(`<Project Id="1"><Name>`+name+`</Name><CategoryId>5</CategoryId></Project>`))
	}
	b.clock.advance(time.Hour)
	if got := b.card(1).Name; got != "third" {
		t.Errorf("the card is named %q; want what came last", got)
	}
	if got := b.want("GET", "/Api/R3/Project/1", "")["UpdatedAt"]; got != "2026-03-10 12:01:00" {
		t.Errorf("UpdatedAt = %v; want when the document was due, not when somebody looked", got)
	}
}
