package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"punte"
	"punte/engine"
	"punte/store"
)

// connectionCommand looks after the connections that `serve` works on.
type connectionCommand struct {
	Add  connectionAddCommand  `cmd:"" help:"Save a connection, so that serve works on it; one that is there gets the new document and keys and starts again."`
	List connectionListCommand `cmd:"" help:"List the connections of the store."`
}

type connectionAddCommand struct {
	databaseSettings
	File string `arg:"" placeholder:"FILE" help:"Connection document, a JSON file."`
}

// Run logs in to the shop, which tells what connection it is, and saves it.
func (c *connectionAddCommand) Run(ctx context.Context, env environment) (err error) {
	conn, err := connectionSettings{Connection: c.File}.read()
	if err := errors.Join(c.check(env), err); err != nil {
		return err
	}
	keys, err := resolve(conn, env)
	if err != nil {
		return err
	}
	s, err := c.open(ctx, env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	e := &engine.Engine{Store: s, Now: time.Now, Log: newLog(env.err, false), Pause: pause}
	id, err := e.Register(ctx, conn, keys)
	if err != nil {
		return engine.Advise(err)
	}
	now := time.Now()
	if err := errors.Join(s.SetState(ctx, id, store.Active, "", "", now), s.Hint(ctx, id, now)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.out, "%s\t%s\n", id, oneLine(conn.Name))
	return err
}

type connectionListCommand struct {
	databaseSettings
	JSON bool `name:"json" help:"Print the list as JSON."`
}

// listedConnection is a row of the list.
type listedConnection struct {
	ID     string     `json:"id"`
	Name   string     `json:"name"`
	State  string     `json:"state"`
	Code   string     `json:"code,omitempty"` // why it stopped
	Text   string     `json:"text,omitempty"`
	Due    *time.Time `json:"due,omitempty"`
	Import string     `json:"import,omitempty"` // how far its first import is
}

// Run prints id, name, state and when each connection is worked on next.
func (c *connectionListCommand) Run(ctx context.Context, env environment) (err error) {
	if err := c.check(env); err != nil {
		return err
	}
	s, err := c.open(ctx, env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	e := &engine.Engine{Store: s, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	all, err := s.Connections(ctx)
	if err != nil {
		return err
	}
	list := []listedConnection{}
	for _, conn := range all {
		row, err := listed(ctx, e, conn)
		if err != nil {
			return err
		}
		list = append(list, row)
	}
	if c.JSON {
		return printJSON(env.out, list)
	}
	p := &printer{w: env.out}
	for _, row := range list {
		p.line("%s", row)
	}
	return p.err
}

func listed(ctx context.Context, e *engine.Engine, conn store.Connection) (listedConnection, error) {
	row := listedConnection{ID: conn.ID, Name: oneLine(conn.Name), State: conn.State, Code: conn.StopCode, Text: oneLine(conn.StopText)}
	due, ok, err := e.Store.DueOf(ctx, conn.ID)
	if err != nil {
		return row, err
	}
	if ok && conn.State == store.Active {
		row.Due = &due
	}
	past, ok, err := e.Importing(ctx, conn.ID)
	if punte.ErrorCode(err) == punte.Invalid {
		return row, nil // a document of another version; the list shows the rest
	}
	if ok && past.Ended.IsZero() {
		row.Import = past.String()
	}
	return row, err
}

// String is the row as a line of columns.
func (l listedConnection) String() string {
	line := l.ID + "\t" + l.Name + "\t" + l.State
	if l.Due != nil {
		line += "\tdue " + l.Due.Format(time.RFC3339)
	}
	if l.Import != "" {
		line += "\t" + l.Import
	}
	if l.Text != "" {
		line += "\t" + l.Code + ": " + l.Text
	}
	return line
}
