package engine

import (
	"context"
	"errors"
	"strings"
	"time"

	"punte"
	"punte/minicrm"
	"punte/unas"
)

// Verdict is what becomes of a connection's work after an error.
type Verdict struct {
	Stop    bool          // nothing more happens until a person acts
	Code    string        // stable name for programs and help pages
	Again   time.Time     // when the same work is tried again, if not stopped
	Failure bool          // counts as a failed call
	Rest    bool          // the service set Again itself or needs the rest; nobody may call sooner
	Missing bool          // something is missing in MiniCRM; a person has to act there
	Next    string        // what a person can do about it
	wait    time.Duration // before Again is known
}

// GivesUp says that a run which is to end by itself ends here: a service rests, or a
// person has to act. Waiting for a budget is no such thing.
func (v Verdict) GivesUp(now time.Time) bool {
	return v.Stop || v.Missing || v.Failure && v.Again.Sub(now) >= crmRest
}

// Waits after failed calls, by how many there were within an hour. The shop bans
// an address after twenty failed calls in a row, so the fourth one rests it.
var (
	shopWaits = []time.Duration{10 * time.Second, 30 * time.Second, 2 * time.Minute}
	crmWaits  = []time.Duration{10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute}
)

const (
	shopRest    = time.Hour
	crmRest     = 15 * time.Minute
	banMargin   = time.Minute
	crmLimit    = 70 * time.Second // MiniCRM counts by the minute and sends no Retry-After
	feedLimit   = 10 * time.Minute // and documents by the hour
	accountWait = 10 * time.Minute // a module, field or user is missing there
	ownWait     = 15 * time.Second // the database or the process itself
)

// judge is the only place that decides what an error means for the work: again at
// a time, or stopped. failures is the number of failed calls of that service in
// the last hour, this one not counted.
func judge(err error, failures int, now time.Time) Verdict {
	v := verdictOn(err, failures, now)
	if !v.Stop && v.Again.IsZero() {
		v.Again = now.Add(v.wait)
	}
	v.Rest = v.Rest || v.Failure && !v.Stop && v.Again.Sub(now) >= crmRest
	return v
}

func verdictOn(err error, failures int, now time.Time) Verdict {
	if errors.Is(err, context.Canceled) {
		return Verdict{Code: "punte.canceled"} // whoever asked gave up; nobody is at fault
	}
	if budget, ok := errors.AsType[*BudgetError](err); ok {
		// Due times are kept in milliseconds; a fraction less would be too early.
		return Verdict{Code: "budget.spent", Again: budget.Free.Truncate(time.Millisecond).Add(time.Millisecond)}
	}
	if shop, ok := errors.AsType[*unas.Error](err); ok {
		return onShop(shop, failures, now)
	}
	if refused, ok := errors.AsType[*unas.SetError](err); ok {
		return onRefusedChange(refused)
	}
	if crm, ok := errors.AsType[*minicrm.Error](err); ok {
		return onCRM(crm, failures)
	}
	if account, ok := errors.AsType[*AccountError](err); ok {
		return Verdict{Code: account.Code, wait: accountWait, Next: account.Next, Missing: true}
	}
	if existing, ok := errors.AsType[*ExistingError](err); ok {
		return Verdict{Stop: true, Code: existing.Code, Next: existing.Next}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return Verdict{Code: "punte.canceled"} // our own time was over, not that of a call: those are the services' errors
	}
	if punte.ErrorCode(err) == punte.Invalid {
		return Verdict{Stop: true, Code: "connection.invalid", Next: "correct what it names"}
	}
	return Verdict{Code: "punte.internal", wait: ownWait}
}

func onShop(e *unas.Error, failures int, now time.Time) Verdict {
	switch e.Kind {
	case unas.BadKey:
		return Verdict{
			Stop: true, Code: "unas.key", Failure: true,
			Next: "make a new key in UNAS under Settings > External connections > API connection and put it into the connection",
		}
	case unas.PlanTooSmall:
		if strings.HasSuffix(e.Call, "Automatism") {
			return Verdict{Code: "unas.plan", Failure: true, wait: shopRest, Next: "webhooks need the VIP plan of UNAS; everything else works without them"}
		}
		return Verdict{Stop: true, Code: "unas.plan", Failure: true, Next: "the shop needs the PREMIUM or VIP plan of UNAS"}
	case unas.PermissionMissing:
		return Verdict{
			Stop: true, Code: "unas.permission", Failure: true,
			Next: "tick the missing function for the key in UNAS under Settings > External connections > API connection",
		}
	case unas.AddressRefused:
		return Verdict{
			Stop: true, Code: "unas.address", Failure: true,
			Next: "add this server's address to the allowed addresses of the key in UNAS",
		}
	case unas.TokenGone:
		return Verdict{
			Stop: true, Code: "unas.token", Failure: true,
			Next: "UNAS refuses even a fresh login; check the key in UNAS and start the connection again",
		}
	case unas.Banned:
		return Verdict{Code: "unas.banned", Again: later(e.Until, now).Add(banMargin), Failure: true, Rest: true}
	}
	return Verdict{Code: "unas." + string(e.Kind), Failure: true, wait: waitAfter(shopWaits, failures, shopRest)}
}

// onRefusedChange judges a change of the shop that was answered and not made: the same
// change would be refused again, and what the answer does not tell may have been made.
func onRefusedChange(e *unas.SetError) Verdict {
	v := Verdict{Code: "unas.change", Failure: true, wait: shopRest, Next: "look at it in UNAS, then try once more"}
	if strings.HasSuffix(e.Call, "Automatism") {
		v.Next = "look at the shop's automatisms in UNAS for one of the same name, then try once more"
	}
	return v
}

// sitOut makes of a failed call during the shop's maintenance a wait for its end, which
// is nobody's failure. Without a failure calls go on: not every shop is away then.
func (v Verdict) sitOut(end time.Time) Verdict {
	switch v.Code {
	case "unas." + string(unas.Silence), "unas." + string(unas.Unavailable), "unas." + string(unas.Malformed), "unas." + string(unas.Refused):
		v.Failure, v.Rest, v.Again = false, true, end
	}
	return v
}

func onCRM(e *minicrm.Error, failures int) Verdict {
	switch e.Kind {
	case minicrm.BadCredentials:
		return Verdict{
			Stop: true, Code: "minicrm.key", Failure: true,
			Next: "make a new key in MiniCRM under Settings > System and check the system id and the add-on REST API + XML sync",
		}
	case minicrm.RateLimited:
		if strings.HasPrefix(e.Call.Endpoint, "SyncFeed") {
			return Verdict{Code: "minicrm.limit", wait: feedLimit, Failure: true, Rest: true}
		}
		return Verdict{Code: "minicrm.limit", wait: crmLimit, Failure: true, Rest: true}
	}
	return Verdict{Code: crmCode(e.Kind), Failure: true, wait: waitAfter(crmWaits, failures, crmRest)}
}

func crmCode(kind minicrm.Kind) string {
	switch kind {
	case minicrm.Malformed:
		return "minicrm.malformed"
	case minicrm.NotFound, minicrm.BadRequest, minicrm.MethodNotAllowed, minicrm.NotAllowed:
		return "minicrm.refused"
	}
	return "minicrm.unavailable"
}

func waitAfter(waits []time.Duration, failures int, rest time.Duration) time.Duration {
	if failures < len(waits) {
		return waits[failures]
	}
	return rest
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
