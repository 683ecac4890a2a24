package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"punte/engine"
	"punte/jobs"
	"punte/store"
)

type serveCommand struct {
	databaseSettings
	serverSettings
	Roles   []string `default:"worker" env:"PUNTE_ROLES" placeholder:"ROLES" help:"What this process does: worker works on all connections. Pages (web) are not there yet."`
	Verbose bool     `help:"Print the log of the work to standard error."`
}

// The roles of a process.
const (
	roleWorker = "worker"
	roleWeb    = "web"
)

// checkRoles reports all mistakes of the roles together.
func (c *serveCommand) checkRoles() error {
	var faults []error
	for _, role := range c.Roles {
		switch role {
		case roleWorker:
		case roleWeb:
			faults = append(faults, errors.New("--roles: there are no web pages yet; leave web out, serve --roles worker does the work without them"))
		default:
			faults = append(faults, fmt.Errorf("--roles: there is no role %q; it takes worker", role))
		}
	}
	if len(c.Roles) == 0 {
		faults = append(faults, errors.New("--roles is empty; it takes worker"))
	}
	return errors.Join(faults...)
}

// Run works on all active connections of the store until it is told to stop.
func (c *serveCommand) Run(ctx context.Context, env environment) (err error) {
	if err := errors.Join(c.databaseSettings.check(env), c.serverSettings.check(), c.checkRoles()); err != nil {
		return err
	}
	s, err := c.open(ctx, env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	log := newLog(env.err, c.Verbose)
	e := &engine.Engine{
		Store: s, Now: time.Now, PublicURL: strings.TrimRight(c.PublicURL, "/"), Log: log,
	}
	active, err := activeConnections(ctx, s)
	if err != nil {
		return err
	}
	var work atomic.Pointer[jobs.Runner]
	wake := func() {
		if r := work.Load(); r != nil {
			r.Wake()
		}
	}
	address, stop, err := c.serve(ctx, e, log, wake)
	if err != nil {
		return err
	}
	defer stop() // after the work: MiniCRM may be downloading what it has just been told of
	runner, err := jobs.Start(ctx, jobs.Options{Store: s, Engine: e, Now: time.Now, Log: log, Stopped: stopLine(log)})
	if err != nil {
		return err
	}
	work.Store(runner)
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		err = errors.Join(err, runner.Stop(ctx))
	}()
	for _, id := range active {
		if err := e.Resume(ctx, id); err != nil {
			return err
		}
	}
	wake()
	line := fmt.Sprintf("working on %s of %s", connectionsOf(len(active)), s.DSN())
	if address != "" {
		line += ", listening at http://" + address
	}
	if _, err := fmt.Fprintln(env.out, line); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// stopLine tells the operator of a connection that waits for a person.
func stopLine(log *slog.Logger) func(string, *engine.StoppedError) {
	return func(id string, stopped *engine.StoppedError) {
		log.Error("a connection stopped", "connection", id, "code", stopped.Code, "text", stopped.Text)
	}
}

// connectionsOf says how many connections there are.
func connectionsOf(n int) string {
	if n == 1 {
		return "1 connection"
	}
	return fmt.Sprintf("%d connections", n)
}

// activeConnections are the ids of those that are worked on.
func activeConnections(ctx context.Context, s *store.Store) ([]string, error) {
	all, err := s.Connections(ctx)
	if err != nil {
		return nil, err
	}
	var active []string
	for _, conn := range all {
		if conn.State == store.Active {
			active = append(active, conn.ID)
		}
	}
	return active, nil
}
