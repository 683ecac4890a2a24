package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"punte"
	"punte/engine"
	"punte/jobs"
	"punte/store"
)

type syncCommand struct {
	databaseSettings
	serverSettings
	connectionSettings
	Once      bool `help:"Read what changed up to now, send it, end when it is confirmed, held or parked."`
	JSON      bool `name:"json" help:"Print the report as JSON."`
	Rehearsal bool `env:"PUNTE_REHEARSAL" help:"For simulators on this machine only: spend no budgets, ask the shop every two seconds."`
	Verbose   bool `help:"Print the log of the work to standard error."`
}

// Run synchronises one connection.
func (c *syncCommand) Run(ctx context.Context, env environment) (err error) {
	conn, keys, err := c.settings(env)
	if err != nil {
		return err
	}
	s, err := c.open(ctx, env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	r := &runner{env: env, store: s, log: newLog(env.err, c.Verbose), json: c.JSON}
	r.engine = &engine.Engine{
		Store: s, Now: time.Now, PublicURL: strings.TrimRight(c.PublicURL, "/"),
		Rehearsal: c.Rehearsal, Log: r.log, Notice: r.notice,
	}
	_, stop, err := c.serve(ctx, r.engine, r.log, r.wake)
	if err != nil {
		return err
	}
	defer stop()
	id, err := r.engine.Register(ctx, conn, keys)
	if err != nil {
		return engine.Advise(err)
	}
	return r.run(ctx, id, c.Once)
}

// settings reads the connection document and the keys it names. All mistakes, of the
// document and of the settings, are reported together.
func (c *syncCommand) settings(env environment) (*punte.Connection, engine.Keys, error) {
	faults := []error{c.databaseSettings.check(env), c.serverSettings.check()}
	conn, err := c.read()
	if err != nil {
		return nil, engine.Keys{}, errors.Join(append(faults, err)...)
	}
	keys, err := resolve(conn, env)
	return conn, keys, errors.Join(append(faults, err, c.checkDelivery(conn), checkRehearsal(c.Rehearsal, conn))...)
}

// checkDelivery refuses a document that wants MiniCRM to fetch what nobody serves.
func (c *syncCommand) checkDelivery(conn *punte.Connection) error {
	if conn.Delivery == "pull" && c.Listen == "" {
		return errors.New(`the connection says "delivery": "pull"; give --listen and --public-url, or write "push"`)
	}
	return nil
}

// newLog logs to w if it is asked for, else only what went wrong inside Punte: notices tell the rest.
func newLog(w io.Writer, verbose bool) *slog.Logger {
	level := slog.LevelError
	if verbose {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// runner runs the jobs of one connection and tells what happens.
type runner struct {
	env    environment
	store  *store.Store
	engine *engine.Engine
	log    *slog.Logger
	json   bool

	mu      sync.Mutex
	work    *jobs.Runner // nil before it began
	said    string
	stopped *engine.StoppedError
}

// notice prints a sentence once, however often it is said in a row.
func (r *runner) notice(_, sentence string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if sentence != r.said {
		r.said = sentence
		fmt.Fprintln(r.env.err, sentence)
	}
}

// wake makes the job engine look at once at what there is to do.
func (r *runner) wake() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.work != nil {
		r.work.Wake()
	}
}

// began notes the job engine that wake wakes.
func (r *runner) began(work *jobs.Runner) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.work = work
}

// run starts the job engine and waits: for the end of a run that ends by itself,
// else for the signal to stop.
func (r *runner) run(ctx context.Context, id string, once bool) (err error) {
	if err := r.store.SetState(ctx, id, store.Active, "", "", time.Now()); err != nil {
		return err
	}
	work, err := jobs.Start(ctx, jobs.Options{
		Store: r.store, Engine: r.engine, Now: time.Now, Log: r.log, Only: id,
		Stopped: func(_ string, stopped *engine.StoppedError) { r.stop(stopped) },
	})
	if err != nil {
		return err
	}
	r.began(work)
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		err = errors.Join(err, work.Stop(ctx))
	}()
	run, err := r.engine.Begin(ctx, id, once)
	if err != nil {
		return err
	}
	work.Wake()
	run, err = r.wait(ctx, run)
	if err != nil {
		return err
	}
	return r.report(ctx, id, run)
}

func (r *runner) stop(stopped *engine.StoppedError) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = stopped
}

func (r *runner) stoppedBy() *engine.StoppedError {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stopped
}

const (
	look          = 100 * time.Millisecond // how often the end of a run is looked for
	progressEvery = 2 * time.Second
)

// wait prints progress until the run ends, the connection stops or ctx ends. A run
// that goes on until it is stopped ends well when it is.
func (r *runner) wait(ctx context.Context, run store.Run) (store.Run, error) {
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	p := progress{out: r.env.err, begun: time.Now(), every: progressEvery}
	for {
		select {
		case <-ctx.Done():
			if run.Until.IsZero() {
				return run, nil
			}
			return run, ctx.Err()
		case <-ticker.C:
		}
		if stopped := r.stoppedBy(); stopped != nil {
			return run, stopped
		}
		now, err := r.store.LastRun(ctx, run.Connection, run.Kind)
		if err != nil {
			if ctx.Err() != nil {
				continue
			}
			return run, err
		}
		run = now
		standing, err := r.engine.Standing(ctx, run.Connection)
		if err != nil {
			if ctx.Err() != nil {
				continue
			}
			return run, err
		}
		p.show(now.Report, standing, !now.Ended.IsZero())
		if !now.Ended.IsZero() {
			return now, nil
		}
	}
}

// report prints what the run did and where all orders stand, and ends with the exit
// code that fits.
func (r *runner) report(ctx context.Context, id string, run store.Run) error {
	ctx = context.WithoutCancel(ctx)
	standing, err := r.engine.Standing(ctx, id)
	if err != nil {
		return err
	}
	list, err := r.engine.Attention(ctx, id)
	if err != nil {
		return err
	}
	report := syncReport{
		Connection: id, Seen: run.Report.Seen, BeforeStart: run.Report.Before, Erased: run.Report.Erased, Changed: run.Report.Changed,
		Sent: run.Report.Sent, Documents: run.Report.Documents,
		Confirmed: standing.Confirmed, NotCheckable: standing.Unlisted, LeftOut: standing.Left,
		Existing: standing.Existing, Deleted: standing.Deleted, Held: standing.Held, Parked: standing.Parked, TotalDiffers: standing.Differs, AmountDiffers: standing.Amounts,
		CustomersSeen: run.Report.Customers, CardsSent: run.Report.CardsSent,
		CardsConfirmed: standing.CardsConfirmed, CardsParked: standing.CardsParked,
		Attention: list, Error: run.Report.Failed,
	}
	if err := report.print(r.env.out, r.json); err != nil {
		return err
	}
	switch {
	case run.Report.Failed != "":
		return reportedError{errors.New(run.Report.Failed)}
	case !standing.Clean() || slices.ContainsFunc(list, engine.Attention.Asks):
		return errAttention
	}
	return nil
}

// printJSON prints a value as indented JSON.
func printJSON(w io.Writer, value any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(value)
}
