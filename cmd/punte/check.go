package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"punte"
	"punte/engine"
	"punte/store"
)

// lookSettings are those of the commands that only look. Calls are taken from the
// budgets of the store that is named, or of the one in this folder; without any,
// from budgets of this call alone.
type lookSettings struct {
	databaseSettings
	connectionSettings
	JSON      bool `name:"json" help:"Print the result as JSON."`
	Rehearsal bool `env:"PUNTE_REHEARSAL" help:"For simulators on this machine only: spend no budgets."`
}

// begin reads the document and opens an engine for it.
func (l *lookSettings) begin(ctx context.Context, env environment) (*punte.Connection, engine.Keys, *engine.Engine, func(), error) {
	conn, err := l.read()
	if err := errors.Join(l.check(env), err); err != nil {
		return nil, engine.Keys{}, nil, nil, err
	}
	keys, err := resolve(conn, env)
	if err := errors.Join(err, checkRehearsal(l.Rehearsal, conn)); err != nil {
		return nil, keys, nil, nil, err
	}
	s, err := l.openExisting(ctx, env)
	if err != nil {
		return nil, keys, nil, nil, err
	}
	said := ""
	e := &engine.Engine{
		Store: s, Now: time.Now, Log: newLog(env.err, false), Rehearsal: l.Rehearsal, Pause: pause,
		Notice: func(_, sentence string) {
			if sentence != said {
				said = sentence
				fmt.Fprintln(env.err, sentence)
			}
		},
	}
	return conn, keys, e, func() { _ = s.Close() }, nil
}

// openExisting opens the store if there is one, else one in memory: a look makes no
// files.
func (l *lookSettings) openExisting(ctx context.Context, env environment) (*store.Store, error) {
	path := l.DB
	if path == "" {
		path = defaultDB
	}
	if _, err := os.Stat(path); err != nil && l.DatabaseURL == "" {
		return openStore(ctx, ":memory:", "", env)
	}
	return l.open(ctx, env)
}

type checkCommand struct {
	lookSettings
	PublicURL string `name:"public-url" env:"PUNTE_PUBLIC_URL" placeholder:"URL" help:"Address that serve or sync has, under which sheets of orders are opened."`
}

// Run checks a connection and prints a line for each thing looked at.
func (c *checkCommand) Run(ctx context.Context, env environment) error {
	public := publicSettings{PublicURL: c.PublicURL}
	if c.PublicURL != "" {
		if err := public.check(); err != nil {
			return err
		}
	}
	conn, keys, e, closeStore, err := c.begin(ctx, env)
	if err != nil {
		return err
	}
	defer closeStore()
	e.PublicURL = public.plain()
	findings := e.Check(ctx, conn, keys)
	if c.JSON {
		type finding struct {
			What  string `json:"what"`
			State string `json:"state"` // ok, note, red
			Text  string `json:"text"`
			Next  string `json:"next,omitempty"`
		}
		list := []finding{}
		for _, f := range findings {
			list = append(list, finding{f.What, string(f.Colour), f.Text, f.Next})
		}
		if err := printJSON(env.out, list); err != nil {
			return err
		}
	}
	red := false
	for _, f := range findings {
		red = red || f.Colour == engine.Red
		if c.JSON {
			continue
		}
		next := ""
		if f.Next != "" {
			next = "; " + f.Next
		}
		if _, err := fmt.Fprintf(env.out, "%-5s %s: %s%s\n", f.Colour, f.What, f.Text, next); err != nil {
			return err
		}
	}
	if red {
		return errAttention
	}
	return nil
}

// pause waits, unless the command is stopped.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
