package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"punte"
	"punte/engine"
)

type applyCommand struct {
	lookSettings
	Since  string `placeholder:"DATE" help:"Only orders placed on that day (YYYY-MM-DD) or later; default all since the start date."`
	DryRun bool   `name:"dry-run" help:"Count what would be sent and write nothing."`
	Abort  bool   `help:"Give up what is listed and has not gone yet."`
}

// Run lists the older orders that the present settings would change. The worker of the
// connection sends them, a few at a time.
func (c *applyCommand) Run(ctx context.Context, env environment) error {
	if c.Abort && (c.DryRun || c.Since != "") {
		return errors.New("--abort takes neither --since nor --dry-run: it gives up all that is listed")
	}
	conn, keys, e, closeStore, err := c.begin(ctx, env)
	if err != nil {
		return err
	}
	defer closeStore()
	since, err := c.since(conn)
	if err != nil {
		return err
	}
	if c.Abort {
		dropped, err := e.AbortApply(ctx, conn, keys)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(env.out, map[string]int{"given_up": dropped})
		}
		_, err = fmt.Fprintf(env.out, "%d orders were listed and will not be sent\n", dropped)
		return err
	}
	do := e.Apply
	if c.DryRun {
		do = e.CountApply
	}
	did, err := do(ctx, conn, keys, since)
	if err != nil {
		return engine.Advise(err)
	}
	if c.JSON {
		return printJSON(env.out, did)
	}
	return c.print(&printer{w: env.out}, did)
}

func (c *applyCommand) since(conn *punte.Connection) (time.Time, error) {
	if c.Since == "" {
		return time.Time{}, nil
	}
	day, err := punte.ParseDate(c.Since)
	if err != nil {
		return time.Time{}, fmt.Errorf("--since: %w", err)
	}
	return day.Midnight(conn.UNAS.Zone), nil
}

func (c *applyCommand) print(p *printer, did engine.Application) error {
	p.line("%d orders looked at, %d would be sent otherwise by the present settings", did.Looked, did.Changes)
	for _, why := range slices.Sorted(maps.Keys(did.Why)) {
		p.line("%8d  %s", did.Why[why], oneLine(why))
	}
	switch {
	case c.DryRun && did.Changes > 0:
		p.line("nothing was written; MiniCRM's own automations act on orders that change: switch follow-ups off before you go on without --dry-run")
	case did.Waiting > 0:
		p.line("%d are listed (%d of them new); sync sends them a few at a time, new orders never wait for them; punte apply --abort gives up the rest",
			did.Waiting, did.Listed)
	}
	return p.err
}
