package jobs

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"punte/engine"
	"punte/store"
)

const (
	// tick is how often the schedules are read when nothing else asks for it.
	tick = 10 * time.Second
	// soonest keeps the loop from spinning when a connection is due again at once.
	soonest = 20 * time.Millisecond
	// hardStop is what jobs get to end when they are cancelled.
	hardStop = 5 * time.Second
	// jobTimeout ends a slice: it holds at most one long call, the longest of which
	// takes 130 s.
	jobTimeout = 150 * time.Second
	// rescueAfter is when a job of a killed process is run again elsewhere. River
	// knows no heartbeats; its default would be an hour.
	rescueAfter = 180 * time.Second
	// keepCompleted bounds River's table.
	keepCompleted = 10 * time.Minute

	startAttempts = 20
	startPause    = 500 * time.Millisecond
)

// Options are what a Runner needs.
type Options struct {
	Store   *store.Store
	Engine  *engine.Engine
	Now     func() time.Time
	Log     *slog.Logger
	Workers int // connections worked on at the same time; 0: a number that fits the database
	// Only, if set, is the one connection to work on; others in the store are left to
	// whoever works on them.
	Only string
	// Tick is how often the schedules are read when nothing else asks for it; 0: every
	// ten seconds.
	Tick time.Duration
	// Stopped, if set, is told when a connection stops and waits for a person.
	Stopped func(connection string, err *engine.StoppedError)
}

// Runner works off what is due until it is stopped.
type Runner struct {
	options Options
	client  client
	epoch   string
	wake    chan struct{}
	cancel  context.CancelFunc
	done    sync.WaitGroup
	unlock  func() error
}

// client is what is needed of River, which has a type of its own for each driver.
type client struct {
	start     func(context.Context) error
	stop      func(context.Context) error
	cancel    func(context.Context) error // ends running jobs, too
	insert    func(context.Context, sliceArgs) error
	subscribe func(kinds ...river.EventKind) (<-chan *river.Event, func())
}

// Migrate makes or updates River's own tables.
func Migrate(ctx context.Context, s *store.Store) error {
	var err error
	if s.Postgres() {
		err = migrate(ctx, func() (*rivermigrate.Migrator[pgx.Tx], error) {
			return rivermigrate.New(riverpgxv5.New(s.Pool()), nil)
		})
	} else {
		err = migrate(ctx, func() (*rivermigrate.Migrator[*sql.Tx], error) {
			return rivermigrate.New(riversqlite.New(s.DB()), nil)
		})
	}
	if err != nil {
		return fmt.Errorf("making the tables of the job queue: %w", err)
	}
	return nil
}

func migrate[T any](ctx context.Context, open func() (*rivermigrate.Migrator[T], error)) error {
	m, err := open()
	if err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// Start begins to work. On SQLite only one process may: a second one is refused.
func Start(ctx context.Context, o Options) (*Runner, error) {
	if o.Tick <= 0 {
		o.Tick = tick
	}
	r := &Runner{options: o, wake: make(chan struct{}, 1), unlock: func() error { return nil }}
	if !o.Store.Postgres() {
		unlock, err := lock(o.Store.DSN())
		if err != nil {
			return nil, err
		}
		// Nobody else works on this file: jobs of an earlier process are dead. A new
		// epoch makes new jobs differ from them, and they do nothing when rescued.
		r.unlock, r.epoch = unlock, rand.Text()
	}
	if err := r.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("setting up the job queue: %w", err), r.unlock())
	}
	// Before River notes that a job has ended, another one of its connection counts as
	// a double. So it is River that says when to look again.
	ended, unsubscribe := r.client.subscribe(river.EventKindJobCompleted, river.EventKindJobFailed, river.EventKindJobCancelled)
	if err := r.startClient(ctx); err != nil {
		unsubscribe()
		return nil, errors.Join(fmt.Errorf("starting the job queue: %w", err), r.unlock())
	}
	loop, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r.cancel = cancel
	r.done.Go(func() { r.ticks(loop) })
	r.done.Go(func() {
		defer unsubscribe()
		r.follow(loop, ended)
	})
	return r, nil
}

// follow looks at the schedules whenever a job has ended.
func (r *Runner) follow(ctx context.Context, ended <-chan *river.Event) {
	for {
		select {
		case <-ctx.Done():
			return
		case _, ok := <-ended:
			if !ok {
				return
			}
			r.Wake()
		}
	}
}

// Stop ends the work and waits for it. A slice gets until ctx ends; then its calls
// are broken off, which the next start makes good.
func (r *Runner) Stop(ctx context.Context) error {
	r.cancel()
	r.done.Wait()
	err := r.client.stop(ctx)
	if err != nil && ctx.Err() != nil {
		hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), hardStop)
		defer cancel()
		err = r.client.cancel(hard)
	}
	if unlockErr := r.unlock(); err == nil {
		err = unlockErr
	}
	if err != nil {
		return fmt.Errorf("stopping the job queue: %w", err)
	}
	return nil
}

// Wake makes the runner look at the schedules now.
func (r *Runner) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *Runner) open() error {
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, &sliceWorker{runner: r}); err != nil {
		return err
	}
	if r.options.Store.Postgres() {
		c, err := river.NewClient(riverpgxv5.New(r.options.Store.Pool()), r.config(workers, 20))
		if err != nil {
			return err
		}
		r.client = clientOf(c)
		return nil
	}
	c, err := river.NewClient(riversqlite.New(r.options.Store.DB()), r.config(workers, 4))
	if err != nil {
		return err
	}
	r.client = clientOf(c)
	return nil
}

func clientOf[T any](c *river.Client[T]) client {
	return client{
		start:     c.Start,
		stop:      c.Stop,
		cancel:    c.StopAndCancel,
		subscribe: c.Subscribe,
		insert: func(ctx context.Context, args sliceArgs) error {
			_, err := c.Insert(ctx, args, nil)
			return err
		},
	}
}

func (r *Runner) config(workers *river.Workers, number int) *river.Config {
	if r.options.Workers > 0 {
		number = r.options.Workers
	}
	return &river.Config{
		Workers:                     workers,
		Queues:                      map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: number}},
		Logger:                      r.options.Log,
		JobTimeout:                  jobTimeout,
		RescueStuckJobsAfter:        rescueAfter,
		FetchPollInterval:           200 * time.Millisecond,
		FetchCooldown:               20 * time.Millisecond,
		CompletedJobRetentionPeriod: keepCompleted,
	}
}

// startClient starts River. On SQLite that fails while something else writes, such
// as a backup, so it is tried for a while.
func (r *Runner) startClient(ctx context.Context) error {
	for attempt := 1; ; attempt++ {
		// River ends its jobs when this context ends; Stop is what ends them.
		err := r.client.start(context.WithoutCancel(ctx))
		if err == nil || attempt == startAttempts {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(startPause):
		}
	}
}

// ticks inserts a job for every connection that is due. It reads the schedules
// every ten seconds, and sooner if one is due sooner or somebody asks. Every
// process has this loop; unique jobs see to it that work is done once.
func (r *Runner) ticks(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-r.wake:
		}
		wait, err := r.insertDue(ctx)
		if err != nil && ctx.Err() == nil {
			r.options.Log.ErrorContext(ctx, "reading what is due", "err", err)
		}
		timer.Reset(wait)
	}
}

// insertDue inserts the jobs that are due and says how long to wait.
func (r *Runner) insertDue(ctx context.Context) (time.Duration, error) {
	now := r.options.Now()
	due, err := r.options.Store.Due(ctx, now)
	if err != nil {
		return r.options.Tick, err
	}
	for _, id := range due {
		if r.options.Only != "" && id != r.options.Only {
			continue
		}
		if err := r.client.insert(ctx, sliceArgs{Connection: id, Epoch: r.epoch}); err != nil {
			return r.options.Tick, fmt.Errorf("inserting a job: %w", err)
		}
	}
	next, ok, err := r.options.Store.NextAfter(ctx, now)
	if err != nil || !ok {
		return r.options.Tick, err // what is due and still running wakes the loop when it ends
	}
	return min(r.options.Tick, max(soonest, next.Sub(now))), nil
}
