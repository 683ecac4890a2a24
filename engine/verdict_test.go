package engine

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"punte"
	"punte/minicrm"
	"punte/unas"
)

// judged is what a test wants of a verdict: the wait before the next attempt, or
// stopped.
type judged struct {
	code    string
	wait    time.Duration
	stop    bool
	failure bool
	givesUp bool
}

var judgeTime = time.Date(2026, 6, 10, 10, 0, 0, 0, time.UTC)

func checkVerdict(t *testing.T, err error, failures int, want judged) {
	t.Helper()
	v := judge(err, failures, judgeTime)
	got := judged{code: v.Code, stop: v.Stop, failure: v.Failure, givesUp: v.GivesUp(judgeTime)}
	if !v.Stop {
		got.wait = v.Again.Sub(judgeTime)
	}
	if got != want {
		t.Errorf("judge(%v, %d) = %+v; want %+v", err, failures, got, want)
	}
	if v.Stop && v.Next == "" && v.Code != "connection.invalid" { // that one says itself what is wrong
		t.Errorf("judge(%v, %d) stops without saying what to do", err, failures)
	}
}

func TestVerdictOfEachKind(t *testing.T) {
	shop := func(kind unas.Kind) error { return &unas.Error{Call: "getOrder", Kind: kind} }
	crm := func(endpoint string, kind minicrm.Kind) error {
		return &minicrm.Error{Call: minicrm.Call{Endpoint: endpoint}, Kind: kind}
	}
	first := 10 * time.Second
	for _, tt := range []struct {
		err  error
		want judged
	}{
		{shop(unas.BadKey), judged{code: "unas.key", stop: true, failure: true, givesUp: true}},
		{shop(unas.PlanTooSmall), judged{code: "unas.plan", stop: true, failure: true, givesUp: true}},
		{
			&unas.Error{Call: "setAutomatism", Kind: unas.PlanTooSmall},
			judged{code: "unas.plan", wait: time.Hour, failure: true, givesUp: true},
		},
		{
			&unas.SetError{Call: "setAutomatism", Outcomes: []unas.Outcome{{Fate: unas.Failed, Key: "7", Text: "no"}}},
			judged{code: "unas.change", wait: time.Hour, failure: true, givesUp: true},
		},
		{shop(unas.PermissionMissing), judged{code: "unas.permission", stop: true, failure: true, givesUp: true}},
		{shop(unas.AddressRefused), judged{code: "unas.address", stop: true, failure: true, givesUp: true}},
		{shop(unas.TokenGone), judged{code: "unas.token", stop: true, failure: true, givesUp: true}},
		{
			&unas.Error{Call: "getOrder", Kind: unas.Banned, Until: judgeTime.Add(50 * time.Minute)},
			judged{code: "unas.banned", wait: 51 * time.Minute, failure: true, givesUp: true},
		},
		{
			&unas.Error{Call: "getOrder", Kind: unas.Banned, Until: judgeTime.Add(-time.Hour)},
			judged{code: "unas.banned", wait: time.Minute, failure: true},
		},
		{shop(unas.Malformed), judged{code: "unas.malformed", wait: first, failure: true}},
		{shop(unas.Silence), judged{code: "unas.silence", wait: first, failure: true}},
		{shop(unas.Unavailable), judged{code: "unas.unavailable", wait: first, failure: true}},
		{shop(unas.Refused), judged{code: "unas.refused", wait: first, failure: true}},
		{shop(unas.Unsettled), judged{code: "unas.unsettled", wait: first, failure: true}},
		{shop(unas.EndOfRange), judged{code: "unas.end_of_range", wait: first, failure: true}},

		{crm("R3/Category", minicrm.BadCredentials), judged{code: "minicrm.key", stop: true, failure: true, givesUp: true}},
		{crm("R3/Project", minicrm.RateLimited), judged{code: "minicrm.limit", wait: 70 * time.Second, failure: true}},
		{crm("SyncFeed", minicrm.RateLimited), judged{code: "minicrm.limit", wait: 10 * time.Minute, failure: true}},
		{crm("SyncFeed/Upload", minicrm.RateLimited), judged{code: "minicrm.limit", wait: 10 * time.Minute, failure: true}},
		{crm("R3/Project", minicrm.NotFound), judged{code: "minicrm.refused", wait: first, failure: true}},
		{crm("R3/Project", minicrm.BadRequest), judged{code: "minicrm.refused", wait: first, failure: true}},
		{crm("R3/Project", minicrm.MethodNotAllowed), judged{code: "minicrm.refused", wait: first, failure: true}},
		{crm("R3/Project", minicrm.Malformed), judged{code: "minicrm.malformed", wait: first, failure: true}},
		{crm("R3/Project", minicrm.Unavailable), judged{code: "minicrm.unavailable", wait: first, failure: true}},
		{crm("SyncFeed/Upload", minicrm.Silence), judged{code: "minicrm.unavailable", wait: first, failure: true}},

		{&BudgetError{Service: "UNAS", Free: judgeTime.Add(time.Hour)}, judged{code: "budget.spent", wait: time.Hour + time.Millisecond}},
		{&AccountError{Code: "minicrm.field"}, judged{code: "minicrm.field", wait: 10 * time.Minute, givesUp: true}},
		{punte.Errorf(punte.Invalid, "no"), judged{code: "connection.invalid", stop: true, givesUp: true}},
		{punte.Errorf(punte.Unavailable, "no"), judged{code: "punte.internal", wait: 15 * time.Second}},
		{errors.New("disk full"), judged{code: "punte.internal", wait: 15 * time.Second}},
		{context.Canceled, judged{code: "punte.canceled"}},
		{fmt.Errorf("calling MiniCRM's R3/Project: %w", context.DeadlineExceeded), judged{code: "punte.canceled"}},
		{&minicrm.Error{Call: minicrm.Call{Endpoint: "R3/Project"}, Kind: minicrm.Silence, Err: context.Canceled}, judged{code: "punte.canceled"}},
	} {
		checkVerdict(t, tt.err, 0, tt.want)
		checkVerdict(t, fmt.Errorf("doing: %w", tt.err), 0, tt.want)
	}
}

func TestVerdictSlowsDownAndRests(t *testing.T) {
	shop := &unas.Error{Call: "getOrder", Kind: unas.Silence}
	crm := &minicrm.Error{Call: minicrm.Call{Endpoint: "R3/Project"}, Kind: minicrm.Unavailable}
	for failures, want := range []struct{ shop, crm time.Duration }{
		{10 * time.Second, 10 * time.Second},
		{30 * time.Second, 30 * time.Second},
		{2 * time.Minute, time.Minute},
		{time.Hour, 2 * time.Minute},
		{time.Hour, 5 * time.Minute},
		{time.Hour, 15 * time.Minute},
		{time.Hour, 15 * time.Minute},
	} {
		checkVerdict(t, shop, failures, judged{code: "unas.silence", wait: want.shop, failure: true, givesUp: want.shop >= 15*time.Minute})
		checkVerdict(t, crm, failures, judged{code: "minicrm.unavailable", wait: want.crm, failure: true, givesUp: want.crm >= 15*time.Minute})
	}
}

// A failed call in the minutes of maintenance waits for their end and counts as none.
func TestVerdictSitsMaintenanceOut(t *testing.T) {
	end := judgeTime.Add(9 * time.Minute)
	for kind, waits := range map[unas.Kind]bool{
		unas.Silence: true, unas.Unavailable: true, unas.Malformed: true, unas.Refused: true,
		unas.BadKey: false, unas.Banned: false,
	} {
		v := judge(&unas.Error{Call: "getOrder", Kind: kind, Until: judgeTime.Add(time.Hour)}, 3, judgeTime)
		got := v.sitOut(end)
		if waits && (got.Failure || !got.Rest || !got.Again.Equal(end)) || !waits && got != v {
			t.Errorf("%s: %+v sat out = %+v", kind, v, got)
		}
	}
}
