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
		{"getOrder", "<Error>Too much getOrder query, IP is banned till 10.25.2026 02:30:00</Error>", 503, Banned, time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC)},
		{"getOrder", "slow down", 429, Banned, anHour},
		{"getOrder", "<Error>Authentication Error: permission denied</Error>", 400, PermissionMissing, time.Time{}},
		{"getOrder", "<Error>Authentication Error: IP</Error>", 400, AddressRefused, time.Time{}},
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
