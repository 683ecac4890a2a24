package minicrmsim

import (
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
	b.refused("GET", "/Api/SyncFeed/51432?Source=ftp%3A%2F%2Fexample.com", "", 400, "only http and https")
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
