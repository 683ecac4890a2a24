package unas

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestEveryKnownNoHasItsKind(t *testing.T) {
	inBudapest := func(h, m int) time.Time { return time.Date(2026, 7, 1, h-2, m, 0, 0, time.UTC) }
	anHour := testNow.Add(time.Hour)
	tests := []struct {
		endpoint, in string
		status       int
		kind         Kind
		until        time.Time
	}{
		{login, "<Error>Login Error: invalid ApiKey</Error>", 400, BadKey, time.Time{}},
		{login, "<Error>Authentication Error: ShopId</Error>", 400, BadKey, time.Time{}},
		{login, "", 401, BadKey, time.Time{}},
		{login, "<Error>Login Error: PREMIUM package needed</Error>", 400, PlanTooSmall, time.Time{}},
		{login, "<Error>Authentication Error: IP</Error>", 400, AddressRefused, time.Time{}},
		{login, "<Error>Too much login query, IP is banned till 07.01.2026 14:30:00</Error>", 400, Banned, inBudapest(14, 30)},
		{login, "<Login><Status>error</Status></Login>", 200, Refused, time.Time{}},
		{login, "<Login><Status>error</Status><Error>Login Error: invalid ApiKey</Error></Login>", 200, BadKey, time.Time{}},
		{login, "<Login><Status>ok</Status></Login>", 200, Malformed, time.Time{}},
		{"getOrder", "<Error>Too much getOrder query, IP is banned till 07.01.2026 14:59:00!</Error>", 400, Banned, inBudapest(14, 59)},
		{"getOrder", "<Error>Too much getOrder query, IP is banned till 07.01.2026 14:59:00</Error>", 200, Banned, inBudapest(14, 59)},
		{"getOrder", "<Error>Too much getOrder query, IP is banned till tomorrow</Error>", 400, Banned, anHour},
		{"getOrder", "<Error>Too much getOrder query, IP is banned till 01.01.2020 10:00:00</Error>", 400, Banned, anHour},
		{"getOrder", "<Error>Too much getOrder query, IP is banned till 12.01.2026 14:59:00</Error>", 503, Banned, anHour}, // days ahead
		{"getOrder", "slow down", 429, Banned, anHour},
		{"getOrder", "<Error>Authentication Error: permission denied</Error>", 400, PermissionMissing, time.Time{}},
		{"getOrder", "<Error>Authentication Error: IP</Error>", 400, AddressRefused, time.Time{}},
		{"getOrder", "<html><title>Sorry</title>Your IP is 192.0.2.7, permission denied by the proxy</html>", 503, Unavailable, time.Time{}},
		{"getOrder", "<!DOCTYPE html><p>Your IP is 192.0.2.7</p>", 400, Refused, time.Time{}},
		{"getOrder", "Too much getOrder query, IP is banned till 07.01.2026 14:59:00", 429, Banned, inBudapest(14, 59)},
		{"getOrder", "<Error>Too much API query, IP is banned till 07.01.2026 14:59:00</Error>", 429, Banned, inBudapest(14, 59)},
		{"getOrder", "<Error>VIP package needed</Error>", 400, PlanTooSmall, time.Time{}},
		{"getOrder", "<Error>expired Token</Error>", 400, TokenGone, time.Time{}},
		{"getOrder", "<Error>Authentication Error: expired Token</Error>", 401, TokenGone, time.Time{}},
		{"getOrder", "", 401, TokenGone, time.Time{}},
		{"getOrder", "", 403, TokenGone, time.Time{}},
		{"getOrder", "<Error><Code>12</Code></Error>", 400, Refused, time.Time{}},
		{"getOrder", "<Error>XML Error</Error>", 400, Refused, time.Time{}},
		{"getOrder", "<Error>unheard of</Error>", 200, Refused, time.Time{}},
		{"getOrder", "not found", 404, Refused, time.Time{}},
		{"getOrder", "", 302, Refused, time.Time{}},
		{"getOrder", "<Error>unheard of</Error>", 500, Unavailable, time.Time{}},
		{"getOrder", "<html>", 502, Unavailable, time.Time{}},
		{"getOrder", "", 200, Malformed, time.Time{}},
		{"getOrder", "<Orders><Order>", 200, Malformed, time.Time{}},
		{"getOrder", "<Customers/>", 200, Malformed, time.Time{}},
	}
	for _, tt := range tests {
		s := &shop{answer: text(tt.status, tt.in)}
		if tt.endpoint == login {
			s.login = s.answer
		}
		_, err := start(t, s, nil).collect(t.Context(), OrderQuery{})
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Kind != tt.kind || !e.Until.Equal(tt.until) || e.Call != tt.endpoint {
			t.Errorf("%s answered %q, HTTP %d: %v; want %s until %v", tt.endpoint, tt.in, tt.status, err, tt.kind, tt.until)
		}
	}
}

func TestUnknownTextsKeepTheirWordsButNotForever(t *testing.T) {
	c := start(t, &shop{answer: text(400, "<Error>Ez  a \n hiba &lt;új&gt;. "+strings.Repeat("ű", 5000)+"</Error>")}, nil)
	_, err := c.collect(t.Context(), OrderQuery{})
	e, ok := errors.AsType[*Error](err)
	if !ok || !strings.HasPrefix(e.Text, "Ez a hiba <új>. ű") || len([]rune(e.Text)) != longestText+1 {
		t.Errorf("collect() = %v", err)
	}
}

func TestRefusalsKeepTheWordsOfAnyAnswer(t *testing.T) {
	for in, want := range map[string]string{
		"slow down":                             "slow down",
		"<Error><Code>12</Code></Error>":        "code 12",
		"<Error><Message>nem</Message></Error>": "nem",
		"<!DOCTYPE html><style>p{}</style><h1>502 Bad</h1>\n<p>a&amp;b</p>": "502 Bad a&b",
		"<html><body>M\xe1s</body></html>":                                  "M\uFFFDs",
		"<Orders><Order><Id>7</Id></Order>":                                 "", // data, not words
		"you sent tok-1 to us":                                              "you sent (secret) to us",
		"":                                                                  "",
	} {
		_, err := start(t, &shop{answer: text(500, in)}, nil).collect(t.Context(), OrderQuery{})
		if e, ok := errors.AsType[*Error](err); !ok || e.Text != want || e.Kind != Unavailable && in[0] != '<' {
			t.Errorf("answered %q: %v; want the words %q", in, err, want)
		}
	}
}

func TestRefusalInUnknownWordsOfACallTheKeyMayNotMakeIsAMissingPermission(t *testing.T) {
	s := &shop{answer: text(400, "<Error>Nem lehet</Error>")}
	c := start(t, s, nil)
	_, err := c.OrderStatuses(t.Context()) // the key may call getOrder only
	if e, ok := errors.AsType[*Error](err); !ok || e.Kind != PermissionMissing || e.Text != "Nem lehet" || s.logins != 1 {
		t.Errorf("OrderStatuses() = %v after %d logins; want %s in the shop's words", err, s.logins, PermissionMissing)
	}
	if _, err := c.collect(t.Context(), OrderQuery{}); !isKind(err, Refused) {
		t.Errorf("collect() = %v; want %s", err, Refused)
	}
}

func TestTemporary(t *testing.T) {
	for kind, want := range map[Kind]bool{
		BadKey: false, PlanTooSmall: false, PermissionMissing: false, AddressRefused: false, EndOfRange: false,
		Banned: true, TokenGone: true, Malformed: true, Silence: true, Unavailable: true, Refused: true, Unsettled: true,
	} {
		if got := (&Error{Kind: kind}).Temporary(); got != want {
			t.Errorf("Temporary() of %s = %v; want %v", kind, got, want)
		}
		if sentences[kind] == "" {
			t.Errorf("%s has no sentence", kind)
		}
	}
}

func TestEndOfTheRangeMeansNoMoreOrders(t *testing.T) {
	c := start(t, &shop{answer: text(400, "<Error>LimitStart is beyond the end of the range</Error>")}, nil)
	if got, err := c.collect(t.Context(), OrderQuery{}); err != nil || len(got) != 0 {
		t.Errorf("collect() = %d orders, %v; want none", len(got), err)
	}
}

func TestABanEndsAtThePrintedTimeUnlessNoBanLastsSoLong(t *testing.T) {
	autumn := time.Date(2026, 10, 25, 0, 10, 0, 0, time.UTC) // 02:10, and 02:10 comes once more
	for _, tt := range []struct {
		printed   string
		now, want time.Time
	}{
		{"10.25.2026 03:10:00", autumn, time.Date(2026, 10, 25, 2, 10, 0, 0, time.UTC)},
		{"10.25.2026 02:30:00", autumn, time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC)}, // the later of two
		{"03.29.2026 03:10:00", time.Date(2026, 3, 29, 0, 10, 0, 0, time.UTC), time.Date(2026, 3, 29, 1, 10, 0, 0, time.UTC)},
		{"10.26.2026 02:10:00", autumn, autumn.Add(time.Hour)},                                                                  // 25 hours ahead
		{"12.11.2026 10:00:00", time.Date(2026, 11, 12, 8, 30, 0, 0, time.UTC), time.Date(2026, 11, 12, 9, 30, 0, 0, time.UTC)}, // day before month
	} {
		text := "Too much getOrder query, IP is banned till " + tt.printed
		if got := banEnd(text, budapest(t), tt.now); !got.Equal(tt.want) {
			t.Errorf("banEnd(%q) at %v = %v; want %v", text, tt.now, got, tt.want)
		}
	}
}
