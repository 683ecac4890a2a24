package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"punte"
	"punte/engine"
)

// sliceArgs ask for a slice of work of a connection. They hold ids only: job
// arguments are shown on pages and kept.
type sliceArgs struct {
	Connection string `json:"connection"`
	// Epoch tells the jobs of one process from those that an earlier one left
	// behind, where only one process works; else it is empty.
	Epoch string `json:"epoch,omitempty"`
}

// Kind names the jobs in River's table.
func (sliceArgs) Kind() string { return "slice" }

// InsertOpts allows one job of a connection at a time. The default would count
// completed jobs too, so that a connection would be worked on once and never again.
func (sliceArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{
		ByArgs: true,
		ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
			rivertype.JobStateRetryable, rivertype.JobStateScheduled,
		},
	}}
}

// retrySlice is when a connection is due again after a fault of our own.
const retrySlice = 15 * time.Second

type sliceWorker struct {
	river.WorkerDefaults[sliceArgs]
	runner *Runner
}

// Work does a slice. It never fails towards River: when to try again is decided by
// the engine and stands in the schedules table.
func (s *sliceWorker) Work(ctx context.Context, job *river.Job[sliceArgs]) error {
	r := s.runner
	if job.Args.Epoch != r.epoch {
		return nil
	}
	due, err := r.slice(ctx, job.Args.Connection)
	if stopped, ok := errors.AsType[*engine.StoppedError](err); ok {
		if r.options.Stopped != nil {
			r.options.Stopped(job.Args.Connection, stopped)
		}
		return nil
	}
	now := r.options.Now()
	if err != nil {
		due = now.Add(retrySlice)
		if ctx.Err() != nil {
			due = now // stopped or timed out in the middle: whoever works next goes on
		}
		if punte.ErrorCode(err) == punte.NotFound {
			return nil // the connection was removed
		}
		r.options.Log.ErrorContext(ctx, "slice failed", "connection", job.Args.Connection, "err", err)
	}
	// The schedule must be set even when the process is being stopped.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := r.options.Store.EndSlice(end, job.Args.Connection, due, now); err != nil {
		r.options.Log.ErrorContext(ctx, "setting when a connection is due", "connection", job.Args.Connection, "err", err)
	}
	return nil
}

func (r *Runner) slice(ctx context.Context, id string) (time.Time, error) {
	if err := r.options.Store.BeginSlice(ctx, id); err != nil {
		return time.Time{}, err
	}
	w, err := r.options.Engine.Open(ctx, id)
	if err != nil {
		return time.Time{}, err
	}
	return w.Step(ctx)
}
