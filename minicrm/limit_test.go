package minicrm_test

import (
	"testing"
	"time"

	"punte/minicrm"
)

func TestEveryCallKnowsItsLimit(t *testing.T) {
	tests := []struct {
		endpoint string
		calls    int
		window   time.Duration
		scope    string
	}{
		{"R3/Category", 60, time.Minute, "R3"},
		{"R3/Schema/Project", 60, time.Minute, "R3"},
		{"R3/ToDo", 60, time.Minute, "R3"},
		{"Order", 60, time.Minute, "R3"},
		{"Order/List", 60, time.Minute, "R3"},
		{"Offer/List", 60, time.Minute, "R3"},
		{"CallLog", 60, time.Minute, "R3"},
		{"SyncFeed", 180, time.Hour, "SyncFeed"},
		{"SyncFeed/Upload", 180, time.Hour, "SyncFeed"},
		{"Invoice/List", 0, 0, ""},
	}
	for _, tt := range tests {
		c := minicrm.Call{Endpoint: tt.endpoint}
		if got := c.Limit(); got.Calls != tt.calls || got.Window != tt.window || c.Scope() != tt.scope {
			t.Errorf("Call{%q} has the limit %+v and the scope %q; want %d in %v, %q", tt.endpoint, got, c.Scope(), tt.calls, tt.window, tt.scope)
		}
	}
}

func TestALimitNobodyChangesForAnother(t *testing.T) {
	minicrm.Limits()[0].Calls = 1
	if got := minicrm.Limits()[0].Calls; got != 60 {
		t.Errorf("Limits() after a caller changed them = %d calls; want 60", got)
	}
}
