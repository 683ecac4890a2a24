package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"punte"
	"punte/minicrm"
	"punte/unas"
)

// Colour is how a finding is to be read.
type Colour string

// Colours of findings.
const (
	Green  Colour = "ok"
	Yellow Colour = "note" // works, but a person may want to know
	Red    Colour = "red"  // has to be mended
)

// Finding is one line of a check.
type Finding struct {
	What   string // what was looked at
	Colour Colour
	Text   string // what was found
	Next   string // what to do, if anything
}

// clockTolerance is how far our clock may be from a service's.
const clockTolerance = time.Minute

// needed are the functions of UNAS that the key must have.
var needed = []string{"getOrder", "getOrderStatus", "getCustomer"}

// Check looks whether a connection can work: keys, permissions, modules, fields,
// owner, statuses and clock. It changes nothing at either service.
func (e *Engine) Check(ctx context.Context, conn *punte.Connection, keys Keys) []Finding {
	c := &checker{engine: e, conn: conn}
	c.shop(ctx, keys)
	c.crm(ctx, keys)
	return c.findings
}

type checker struct {
	engine   *Engine
	conn     *punte.Connection
	saved    string // id of the connection in the store, empty if it is not there
	findings []Finding
}

func (c *checker) add(what string, colour Colour, next, format string, args ...any) {
	c.findings = append(c.findings, Finding{What: what, Colour: colour, Text: fmt.Sprintf(format, args...), Next: next})
}

// failed adds the finding for a call that went wrong.
func (c *checker) failed(what string, err error) {
	c.add(what, Red, judge(err, 0, c.engine.Now()).Next, "%v", err)
}

func (c *checker) shop(ctx context.Context, keys Keys) {
	scope, plan := c.engine.knownShop(ctx, c.conn, keys.UNAS)
	client := c.engine.shop(c.conn, keys.UNAS, unas.Token{}, func(ctx context.Context, call unas.Call) error {
		return c.engine.reserveOrPause(ctx, "UNAS", shopBudgets(scope, plan, call))
	})
	login, err := client.Login(ctx)
	if err != nil {
		c.failed("UNAS key", err)
		return
	}
	scope, plan = shopName(c.conn, login.Token.ShopID), login.Token.Subscription
	name := login.Token.ShopID
	if login.Info != nil {
		name = login.Info.Name
	}
	c.add("UNAS key", Green, "", "opens the shop %s, plan %s", name, plan)
	var missing []string
	for _, function := range needed {
		if !slices.Contains(login.Token.Permissions, function) {
			missing = append(missing, function)
		}
	}
	if len(missing) > 0 {
		c.add("UNAS permissions", Red, "tick them for the key in UNAS under Settings > External connections > API connection",
			"the key may not call %s", strings.Join(missing, ", "))
		return
	}
	c.add("UNAS permissions", Green, "", "%s", strings.Join(needed, ", "))
	c.clock("clock against UNAS", client.ShopTime())
	c.saved = c.engine.remember(ctx, c.conn, login.Token.ShopID)
	statuses, err := client.OrderStatuses(ctx)
	if err != nil {
		c.failed("UNAS statuses", err)
		return
	}
	c.statuses(ctx, statuses)
}

func (c *checker) clock(what string, theirs time.Time) {
	off := theirs.Sub(c.engine.Now()).Round(time.Second)
	if off.Abs() > clockTolerance {
		c.add(what, Red, "set this machine's clock by a time server", "this machine's clock is off by %s", off)
		return
	}
	c.add(what, Green, "", "within %s", clockTolerance)
}

func (c *checker) crm(ctx context.Context, keys Keys) {
	client := c.engine.crm(c.conn, keys.MiniCRM, func(ctx context.Context, call minicrm.Call) error {
		return c.engine.reserveOrPause(ctx, "MiniCRM", crmBudgets(account(c.conn), call))
	})
	a, err := readAccount(ctx, client, c.conn)
	if err != nil {
		c.failed("MiniCRM key", err)
		return
	}
	c.add("MiniCRM key", Green, "", "opens system %s; it has %s", c.conn.MiniCRM.SystemID, a.moduleNames())
	c.clock("clock against MiniCRM", client.Now())
	faults := append(c.engine.sheetFaults(c.conn, a), a.faults(c.conn)...)
	for _, f := range faults {
		what := "MiniCRM"
		if f.Code == faultSheet {
			what = "link" // MiniCRM lacks nothing
		}
		c.add(what, Red, f.Next, "%s", f.Text)
	}
	if slices.ContainsFunc(faults, func(f AccountError) bool { return f.Code == "minicrm.module" }) {
		return
	}
	if owner, ok := a.user(c.conn.Owner); ok && a.openTo(owner) {
		c.add("owner", Green, "", "%s (%d)", owner.Label, owner.ID)
	}
	if a.language != "" {
		c.add("language", Green, "", "%s", a.language)
	}
	c.fields(a)
	c.labels(a)
	c.probe(ctx)
}

// Advise adds the next step to an error of one of the services.
func Advise(err error) error {
	if err == nil {
		return nil
	}
	if budget, ok := errors.AsType[*BudgetError](err); ok {
		return fmt.Errorf("%w; start again then", budget)
	}
	if v := judge(err, 0, time.Time{}); v.Next != "" {
		return fmt.Errorf("%w; %s", err, v.Next)
	}
	return err
}
