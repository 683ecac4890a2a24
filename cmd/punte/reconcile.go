package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"punte"
	"punte/engine"
)

type reconcileCommand struct {
	lookSettings
	From            string `placeholder:"DATE" help:"First day of placing to compare, YYYY-MM-DD (default: thirty days)."`
	To              string `placeholder:"DATE" help:"Last day of placing to compare (default: yesterday)."`
	Last            bool   `help:"Show what the last night's comparison found; ask neither of the services."`
	AcceptDeletions bool   `help:"Agree that the orders which the shop does not have any more were deleted, however many they are."`
}

// Run compares shop and MiniCRM for a range of days.
func (c *reconcileCommand) Run(ctx context.Context, env environment) error {
	from, to, err := c.days()
	if err != nil {
		return err
	}
	if c.Last {
		return c.last(ctx, env)
	}
	conn, keys, e, closeStore, err := c.begin(ctx, env)
	if err != nil {
		return err
	}
	defer closeStore()
	id, err := synchronised(ctx, e, conn, keys)
	if err != nil {
		return err
	}
	if c.AcceptDeletions {
		n, err := e.AcceptDeletions(ctx, id)
		if err != nil {
			return err
		}
		fmt.Fprintf(env.err, "%d deletions accepted; punte sync acts upon them\n", n)
	}
	r, err := e.Reconcile(ctx, id, from, to)
	if err != nil {
		return engine.Advise(err)
	}
	return c.tell(env, r)
}

// last shows the stored certificate.
func (c *reconcileCommand) last(ctx context.Context, env environment) (err error) {
	if c.From != "" || c.To != "" || c.AcceptDeletions {
		return errors.New("--last shows what was found; leave out --from, --to and --accept-deletions")
	}
	conn, err := c.read()
	if err := errors.Join(c.databaseSettings.check(env), err); err != nil {
		return err
	}
	s, err := c.open(ctx, env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	e := &engine.Engine{Store: s, Now: time.Now}
	saved, err := e.Stored(ctx, conn, keysAtHand(conn, env))
	if err != nil {
		return err
	}
	r, err := e.LastCertificate(ctx, saved.ID)
	if err != nil {
		return err
	}
	if !c.JSON {
		p := &printer{w: env.out}
		p.line("night of %s, compared at %s", r.Night, when(r.Made))
		if p.err != nil {
			return p.err
		}
	}
	return c.tell(env, r)
}

// tell prints what was found; what nothing explains asks for a person.
func (c *reconcileCommand) tell(env environment, r engine.Reconciliation) error {
	if err := c.print(env, r); err != nil {
		return err
	}
	if r.Unexplained > 0 || len(r.Alerts) > 0 {
		return errAttention
	}
	return nil
}

// days reads both dates; none is zero. Mistakes are reported together.
func (c *reconcileCommand) days() (from, to punte.Date, err error) {
	parse := func(flag, text string) (d punte.Date, err error) {
		if text == "" {
			return d, nil
		}
		if d, err = punte.ParseDate(text); err != nil {
			return d, fmt.Errorf("%s: %w", flag, err)
		}
		return d, nil
	}
	from, fromErr := parse("--from", c.From)
	to, toErr := parse("--to", c.To)
	return from, to, errors.Join(fromErr, toErr)
}

// synchronised is the id of a connection that this store has worked on. There is nothing
// to compare with otherwise.
func synchronised(ctx context.Context, e *engine.Engine, conn *punte.Connection, keys engine.Keys) (string, error) {
	id, err := e.Register(ctx, conn, keys)
	if err != nil {
		return "", engine.Advise(err)
	}
	runs, err := e.Store.Runs(ctx, id, 1)
	if err != nil {
		return "", err
	}
	if len(runs) == 0 {
		return "", errors.New("this store has not synchronised the connection yet; run punte sync first, or name its store with --db")
	}
	return id, nil
}

func (c *reconcileCommand) print(env environment, r engine.Reconciliation) error {
	if c.JSON {
		type alert struct {
			Code  string    `json:"code"`
			Text  string    `json:"text"`
			Since time.Time `json:"since"`
		}
		alerts := []alert{}
		for _, a := range r.Alerts {
			alerts = append(alerts, alert{a.Code, a.Text, a.Since})
		}
		return printJSON(env.out, struct {
			engine.Reconciliation
			Alerts []alert `json:"alerts"`
		}{r, alerts})
	}
	p := &printer{w: env.out}
	if len(r.Days) == 0 {
		p.line("there is no closed day to compare")
	}
	for _, day := range r.Days {
		if len(day.Sums) == 0 {
			p.line("%s  no orders", day.Day)
		}
		for _, s := range day.Sums {
			p.line("%s  %-9s  shop %5d orders %15s %s  MiniCRM %5d orders %15s %s", day.Day, orNone(string(s.State)),
				s.ShopOrders, s.ShopGross, s.Currency, s.CRMOrders, s.CRMGross, s.Currency)
		}
	}
	for _, f := range r.Findings {
		mark := "explained"
		if !f.Explained {
			mark = "DIFFERS"
		}
		p.line("%s\t%s\t%s\t%s\t%s", mark, f.Day, f.Code, oneLine(f.Order), oneLine(f.Text))
	}
	for _, d := range r.NotFound {
		p.line("not in the shop any more\t%s\t(%s)", oneLine(d.Order), d.Reason)
	}
	for _, a := range r.Alerts {
		p.line("alert\t%s\t%s", a.Code, oneLine(a.Text))
	}
	p.line("%d differences are not explained", r.Unexplained)
	return p.err
}
