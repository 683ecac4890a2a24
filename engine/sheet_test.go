package engine_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"punte"
	"punte/engine"
	"punte/store/storetest"
	"punte/web"
)

const sheetsOf = "https://" + feedHost + engine.SheetPath

// autoLink lets links lead to sheets.
func autoLink(document map[string]any) { document["link_source"] = "auto" }

// link is the link of an order in MiniCRM.
func (w *world) link(id int64) string {
	w.t.Helper()
	o, ok := w.order(id)
	if !ok {
		w.t.Fatalf("MiniCRM has no order %d", id)
	}
	return o.Fields["LinkPdf"]
}

// visit fetches an address of this server as a browser does.
func (w *world) visit(method, address string) *http.Response {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, address, nil)
	r.RemoteAddr = "203.0.113.9:5000" // of nobody who may download documents
	recorder := httptest.NewRecorder()
	web.SheetHandler(w.engine, slog.New(slog.NewTextHandler(&w.said, nil))).ServeHTTP(recorder, r)
	return recorder.Result()
}

// pdf fetches a sheet.
func (w *world) pdf(address string) []byte {
	w.t.Helper()
	answer := w.visit(http.MethodGet, address)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK || !bytes.HasPrefix(body, []byte("%PDF-")) {
		w.t.Fatalf("GET %s: %d, %v, %.80q; want a PDF", address, answer.StatusCode, err, body)
	}
	return body
}

// gone tests that nothing lies under an address.
func (w *world) gone(address string) {
	w.t.Helper()
	answer := w.visit(http.MethodGet, address)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusNotFound || !bytes.Contains(body, []byte("there is no sheet at this address")) {
		w.t.Errorf("GET %s: %d, %v, %q; want 404 and a sentence", address, answer.StatusCode, err, body)
	}
}

func TestTheLinkLeadsToTheSheetOfTheNewestVersion(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: autoLink})
		w.place(sale{id: 501, number: 501}, sale{id: 502, number: 502})
		w.once()
		link := w.link(501)
		if !strings.HasPrefix(link, sheetsOf) || len(link) < len(sheetsOf)+26 || link == w.link(502) {
			t.Fatalf("LinkPdf = %q and %q; want two addresses below %s", link, w.link(502), sheetsOf)
		}
		first := w.pdf(link)
		if again := w.pdf(link); !bytes.Equal(first, again) {
			t.Error("the same order was drawn with other bytes")
		}
		w.clock.Advance(time.Hour)
		w.place(sale{id: 501, number: 501, quantity: "9"})
		w.restart()
		w.once()
		if now := w.link(501); now != link {
			t.Errorf("after a change LinkPdf = %q; want %q as before", now, link)
		}
		if bytes.Equal(first, w.pdf(link)) {
			t.Error("the sheet shows the order as it was before its change")
		}
		if strings.Contains(w.said.String(), strings.TrimPrefix(link, sheetsOf)) {
			t.Error("the secret of a sheet was logged")
		}
	})
}

func TestARevokedSheetGetsANewAddressInMiniCRM(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: autoLink})
		w.place(sale{id: 501, number: 501}, sale{id: 502, number: 502})
		w.once()
		link, other := w.link(501), w.link(502)
		conn, keys := w.connection()
		revoked, err := w.engine.RevokeSheet(t.Context(), conn, keys, "71823-501")
		if err != nil || !revoked {
			t.Fatalf("RevokeSheet = %v, %v; want true", revoked, err)
		}
		w.gone(link)
		w.restart() // a process that is killed here loses nothing
		w.clock.Advance(time.Hour)
		w.once()
		now := w.link(501)
		if now == link || w.link(502) != other {
			t.Fatalf("LinkPdf = %q and %q; want another than %q, and %q as before", now, w.link(502), link, other)
		}
		w.pdf(now)
		w.gone(link)
		if n, err := w.engine.RevokeSheets(t.Context(), conn, keys); err != nil || n != 2 {
			t.Fatalf("RevokeSheets = %d, %v; want 2", n, err)
		}
		w.gone(now)
		w.gone(other)
		w.clock.Advance(time.Hour)
		w.once()
		w.pdf(w.link(501))
		w.pdf(w.link(502))
		if s := w.standing(); s.Confirmed != 2 {
			t.Errorf("%d orders are confirmed; want 2", s.Confirmed)
		}
		_, err = w.engine.RevokeSheet(t.Context(), conn, keys, "no-such-key")
		if punte.ErrorCode(err) != punte.NotFound {
			t.Errorf("RevokeSheet of an unknown order: %v; want %s", err, punte.NotFound)
		}
	})
}

func TestALostDatabaseWritesNewAddressesOnce(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: autoLink})
		w.place(sale{id: 501, number: 501})
		w.once()
		link := w.link(501)
		w.forget(kind)
		w.clock.Advance(time.Hour)
		w.once()
		now := w.link(501)
		if now == link {
			t.Error("an address outlived its database, and with it what was revoked in it")
		}
		w.pdf(now)
		w.gone(link)
		sent := w.documents()
		w.runFor(20 * time.Minute)
		if w.documents() != sent || w.link(501) != now {
			t.Errorf("%d more documents, LinkPdf = %q; want none and %q", w.documents()-sent, w.link(501), now)
		}
	})
}

func TestAnotherPublicAddressAppliesToOrdersThatChangeFromThenOn(t *testing.T) {
	w := newWorld(t, storetest.SQLite, options{change: autoLink})
	w.place(sale{id: 501, number: 501}, sale{id: 502, number: 502})
	w.once()
	link, sent := w.link(501), w.documents()
	w.engine.PublicURL = "https://elsewhere.example/crm"
	w.runFor(20 * time.Minute)
	if w.documents() != sent {
		t.Fatalf("%d documents were sent because of another public address; want none", w.documents()-sent)
	}
	w.place(sale{id: 502, number: 502, quantity: "3"})
	w.runFor(20 * time.Minute)
	if now := w.link(502); !strings.HasPrefix(now, "https://elsewhere.example/crm/sheet/") || w.link(501) != link {
		t.Errorf("LinkPdf = %q and %q; want the new address for the order that changed only", now, w.link(501))
	}
}

func TestWithoutAPublicAddressTheLinkIsTheInvoices(t *testing.T) {
	w := newWorld(t, storetest.SQLite, options{change: autoLink})
	w.engine.PublicURL = ""
	w.place(sale{id: 501, number: 501, extra: "<Invoice><Status>2</Status><Number>1</Number><Url>https://bill.example/1</Url></Invoice>"}, sale{id: 502, number: 502})
	w.once()
	if w.link(501) != "https://bill.example/1" || w.link(502) != "" {
		t.Errorf("LinkPdf = %q and %q; want the invoice, and nothing", w.link(501), w.link(502))
	}
}

func TestOrdersWaitWhileTheLinkFieldIsTooShort(t *testing.T) {
	w := newWorld(t, storetest.SQLite, options{change: autoLink})
	public := w.engine.PublicURL
	w.engine.PublicURL = "https://" + feedHost + "/" + strings.Repeat("x", 1024)
	w.place(sale{id: 501, number: 501})
	w.begin(false)
	w.runFor(time.Minute)
	if want := "LinkPdf (link_field) takes 1024 characters, and the address of an order's sheet has 1079; choose"; !strings.Contains(w.said.String(), want) {
		t.Errorf("said:\n%s\nwant %q", w.said.String(), want)
	}
	if w.documents() > 0 {
		t.Errorf("%d documents were sent; want none", w.documents())
	}
	w.engine.PublicURL = public
	w.runFor(15 * time.Minute)
	w.pdf(w.link(501))
}

// wantLinkSheet lets links lead to sheets and to nothing else.
func wantLinkSheet(document map[string]any) { document["link_source"] = "sheet" }

func TestSheetsThatNobodyServesAreToldOfAndHoldNothing(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		w := newWorld(t, kind, options{change: wantLinkSheet})
		public := w.engine.PublicURL
		w.engine.PublicURL = ""
		found := w.findings("link")
		if len(found) != 1 || found[0].Colour != engine.Red || !strings.Contains(found[0].Text, "without a public address") || !strings.Contains(found[0].Next, "--public-url") {
			t.Errorf("Check found %+v of the link; want that nobody serves sheets, in red, and what to do", found)
		}
		w.place(sale{id: 501, number: 501})
		w.begin(false)
		w.runFor(15 * time.Minute)
		if w.link(501) != "" || !w.asks("account", "link.sheet", "orders go without a link") {
			t.Errorf("LinkPdf = %q, and nobody was told that orders go without a link", w.link(501))
		}
		if n := strings.Count(w.said.String(), "without a public address"); n != 1 {
			t.Errorf("it was said %d times on the console; want once", n)
		}
		calls := w.net.calls[crmHost]
		w.runFor(9 * time.Minute)
		if more := w.net.calls[crmHost] - calls; more > 30 {
			t.Errorf("%d calls of MiniCRM in nine quiet minutes; want that the account is read no more often than without it", more)
		}
		w.engine.PublicURL = public
		w.place(sale{id: 501, number: 501, quantity: "2"})
		w.runFor(15 * time.Minute)
		w.pdf(w.link(501))
		if w.asks("account", "link.sheet", "") || len(w.findings("link")) > 0 {
			t.Error("it is told still, though sheets are served")
		}
	})
}

func TestCheckMeasuresTheLinkFieldForTheAddressOfASheet(t *testing.T) {
	for _, source := range []string{"auto", "sheet"} {
		t.Run(source, func(t *testing.T) {
			w := newWorld(t, storetest.SQLite, options{change: func(document map[string]any) { document["link_source"] = source }})
			room := 1024 - len(engine.SheetPath) - 26
			for _, tt := range []struct {
				public string
				short  bool
			}{
				{"https://" + feedHost + "/" + strings.Repeat("x", room-len("https://"+feedHost+"/")), false},
				{"https://" + feedHost + "/" + strings.Repeat("x", room-len("https://"+feedHost+"/")+1), true},
			} {
				w.engine.PublicURL = tt.public
				found := w.findings("MiniCRM")
				short := len(found) == 1 && found[0].Colour == engine.Red && strings.Contains(found[0].Text, "LinkPdf (link_field) takes 1024 characters") &&
					strings.HasPrefix(found[0].Next, "choose a longer text field")
				if short != tt.short || len(w.findings("field LinkPdf")) > 0 == tt.short {
					t.Errorf("with a public address of %d characters Check found %+v and %+v; want that it is too short: %v",
						len(tt.public), found, w.findings("field LinkPdf"), tt.short)
				}
			}
		})
	}
}

func TestASheetIsServedPrivatelyToWhoeverHasItsAddress(t *testing.T) {
	w := newWorld(t, storetest.SQLite, options{change: autoLink})
	w.place(sale{id: 501, number: 501, comment: "Kérem, hívjanak"})
	w.once()
	link := w.link(501)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		answer := w.visit(method, link)
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK || (len(body) > 0) != (method == http.MethodGet) {
			t.Fatalf("%s: %d, %d bytes, %v", method, answer.StatusCode, len(body), err)
		}
		for name, want := range map[string]string{
			"Content-Type": "application/pdf", "Content-Disposition": `inline; filename="71823-501.pdf"`,
			"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex, nofollow, noarchive", "Referrer-Policy": "no-referrer",
			"X-Content-Type-Options": "nosniff",
		} {
			if got := answer.Header.Get(name); got != want {
				t.Errorf("%s: %s = %q; want %q", method, name, got, want)
			}
		}
		if n, err := strconv.Atoi(answer.Header.Get("Content-Length")); err != nil || n < 1000 {
			t.Errorf("%s: Content-Length = %d, %v", method, n, err)
		}
	}
	for _, unknown := range []string{"", "A", strings.ToLower(strings.TrimPrefix(link, sheetsOf)), strings.Repeat("A", 5000), "x/y", "%00", "..%2f..%2fetc"} {
		w.gone(sheetsOf + unknown)
	}
	posted := w.visit(http.MethodPost, link)
	defer posted.Body.Close()
	if posted.StatusCode != http.StatusMethodNotAllowed && posted.StatusCode != http.StatusNotFound {
		t.Errorf("POST: %d; want a refusal", posted.StatusCode)
	}
	robots := w.visit(http.MethodGet, "https://"+feedHost+"/robots.txt")
	defer robots.Body.Close()
	if body, err := io.ReadAll(robots.Body); err != nil || string(body) != "User-agent: *\nDisallow: /\n" {
		t.Errorf("robots.txt = %q, %v", body, err)
	}
}

func TestManyVisitorsAtOnceAreAllServed(t *testing.T) {
	w := newWorld(t, storetest.SQLite, options{change: autoLink})
	w.place(sale{id: 501, number: 501})
	w.once()
	handler := web.SheetHandler(w.engine, slog.New(slog.DiscardHandler))
	link := w.link(501)
	codes := make([]int, 24)
	var wg sync.WaitGroup
	for i := range codes {
		wg.Go(func() {
			recorder := httptest.NewRecorder()
			handler.ServeHTTP(recorder, httptest.NewRequestWithContext(context.Background(), http.MethodGet, link, nil))
			codes[i] = recorder.Code
		})
	}
	wg.Wait()
	for i, code := range codes {
		if code != http.StatusOK {
			t.Errorf("visitor %d got %d; want 200", i, code)
		}
	}
}
