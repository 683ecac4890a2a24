package unas

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLoginReadsWhatTheShopTells(t *testing.T) {
	var saved Token
	c := start(t, &shop{login: text(200, string(readTestdata(t, "login.xml")))}, func(o *Options) {
		o.SaveToken = func(_ context.Context, t Token) error { saved = t; return nil }
	})
	l, err := c.Login(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if l.Token.Value.Reveal() != "tok-1" || saved.Value.Reveal() != "tok-1" {
		t.Errorf("tokens %q and %q; want tok-1", l.Token.Value.Reveal(), saved.Value.Reveal())
	}
	l.Token.Value = Secret{}
	want := Login{
		Token: Token{
			Expires: time.Unix(1782907200, 0).UTC().Add(2 * time.Hour), ShopID: "4711", Subscription: "vip-50000",
			Permissions: []string{"getOrder", "getOrderStatus"},
		},
		Info: &WebshopInfo{
			Name: "Festék & Ecset", URL: "https://festek.example",
			ContactName: "Szűcs Örs", ContactEmail: "info@festek.example", ContactPhone: "+3652000111",
			Trader: Trader{
				Name: "Festék & Ecset Kft.", Country: "Magyarország", ZIP: "4024", City: "Debrecen",
				Address: "Piac utca 1/A.", PickupAddress: "Raktár sor 9.", VAT: "01234567-2-09", EUVAT: "HU01234567",
				Email: "cim@festek.example", RegistrationNumber: "09-09-000001",
				IBAN: "HU00000000000000000000000000", Website: "https://festek.example",
			},
			PlusData: []Param{{Name: "Nyitva", Value: "8-16"}},
		},
	}
	if diff := cmp.Diff(want, l, cmp.Comparer(func(a, b Secret) bool { return a.Reveal() == b.Reveal() })); diff != "" {
		t.Errorf("Login() differs (-want +got):\n%s", diff)
	}
}

func TestLoginUnderstandsTheEndOfAToken(t *testing.T) {
	unix := func(d time.Duration) string { return fmt.Sprintf("<ExpireTime>%d</ExpireTime>", testNow.Add(d).Unix()) }
	tests := []struct {
		name, in    string
		left, ahead time.Duration
	}{
		{"Unix seconds", unix(time.Hour), time.Hour, 0},
		{"both agree", unix(time.Hour) + "<Expire>2026.07.01 15:00:00</Expire>", time.Hour, 0},
		{"the zone is wrong", unix(time.Hour) + "<Expire>2026.07.01 16:00:00</Expire>", time.Hour, time.Hour},
		{"printed", "<Expire>2026.07.01 15:30:00</Expire>", 90 * time.Minute, 0},
		{"printed day first", "<Expire>01.07.2026 15:30:00</Expire>", 90 * time.Minute, 0},
		{"missing", "", tokenLife, 0},
		{"odd", "<Expire>soon</Expire><ExpireTime>x</ExpireTime>", tokenLife, 0},
		{"over", unix(-time.Hour), tokenLife, 0},
		{"years away", unix(9999 * time.Hour), tokenLife, 0},
	}
	for _, tt := range tests {
		c := start(t, &shop{login: text(200, "<Login><Token>x</Token>"+tt.in+"<Status>ok</Status></Login>")}, nil)
		l, err := c.Login(t.Context())
		if left := l.Token.Expires.Sub(testNow); err != nil || left != tt.left || l.Token.Ahead != tt.ahead {
			t.Errorf("%s: %v left, %v ahead, %v; want %v, %v", tt.name, left, l.Token.Ahead, err, tt.left, tt.ahead)
		}
	}
}

func TestTokenIsKeptUntilFiveMinutesBeforeItsEnd(t *testing.T) {
	s := &shop{}
	now := testNow
	c := start(t, s, func(o *Options) { o.Now = func() time.Time { return now } })
	for _, step := range []struct {
		after time.Duration
		want  string
	}{{0, "tok-1"}, {time.Hour, "tok-1"}, {55 * time.Minute, "tok-1"}, {time.Second, "tok-2"}} {
		now = now.Add(step.after)
		got, err := c.Token(t.Context())
		if err != nil || got.Value.Reveal() != step.want {
			t.Errorf("Token() %v after the login = %q, %v; want %s", now.Sub(testNow), got.Value.Reveal(), err, step.want)
		}
	}
}

func TestSavedTokenSparesALogin(t *testing.T) {
	s := &shop{answer: text(200, "<Orders/>")}
	c := start(t, s, func(o *Options) {
		o.Token = Token{Value: NewSecret("saved"), Expires: testNow.Add(time.Hour)}
	})
	if _, _, err := c.OrderByKey(t.Context(), "1"); err != nil || s.logins != 0 {
		t.Errorf("%d logins, %v; want none", s.logins, err)
	}
}

func TestRefusedTokenLeadsToOneLoginAndOneRepeat(t *testing.T) {
	refusals := map[string]http.HandlerFunc{
		"text": text(400, "<Error>Authentication Error: expired Token</Error>"),
		"401":  text(401, ""), "403": text(403, "<html>no</html>"), "text in 200": text(200, "<Error>expired Token</Error>"),
	}
	for name, refuse := range refusals {
		for _, forever := range []bool{false, true} {
			var tokens []string
			s := &shop{answer: func(w http.ResponseWriter, r *http.Request) {
				tokens = append(tokens, r.Header.Get("Authorization"))
				if forever || len(tokens) == 1 {
					refuse(w, r)
					return
				}
				text(200, "<Orders><Order><Id>1</Id></Order></Orders>")(w, r)
			}}
			c := start(t, s, func(o *Options) {
				o.Token = Token{Value: NewSecret("old"), Expires: testNow.Add(time.Hour)}
			})
			orders, err := c.collect(t.Context(), OrderQuery{})
			if want := []string{"Bearer old", "Bearer tok-1"}; cmp.Diff(want, tokens) != "" || s.logins != 1 {
				t.Errorf("%s: called with %v after %d logins; want %v", name, tokens, s.logins, want)
			}
			if forever && !isKind(err, TokenGone) || !forever && (err != nil || len(orders) != 1) {
				t.Errorf("%s, forever %v: %d orders, %v", name, forever, len(orders), err)
			}
		}
	}
}

func TestSecretsDoNotShow(t *testing.T) {
	const secret = "s3cr3t"
	tok := Token{Value: NewSecret(secret), ShopID: "1"}
	c := New(Options{Token: tok})
	b, err := json.Marshal(Login{Token: tok})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", tok, "value", tok.Value)
	shown := string(b) + log.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		shown += fmt.Sprintf(verb, tok) + fmt.Sprintf(verb, &tok) + fmt.Sprintf(verb, tok.Value) + fmt.Sprintf(verb, Login{Token: tok})
	}
	shown += fmt.Sprintf("%+v %#v", c.options, c.token)
	if strings.Contains(shown, secret) || strings.Contains(shown, fmt.Sprintf("%x", secret)) {
		t.Errorf("the token shows in %s", shown)
	}
	// A service that repeats what it was sent must not bring it into our logs.
	echo := start(t, &shop{login: text(400, "<Error>Login Error: key&amp;1 is wrong</Error>")}, nil)
	if _, err := echo.Login(t.Context()); err == nil || strings.Contains(err.Error(), "key&1") {
		t.Errorf("Login() = %v; want an error without the key", err)
	}
}
