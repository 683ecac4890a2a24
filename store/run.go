package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"punte"
	"punte/store/db"
)

// Run is one pass over a connection and what it did.
type Run struct {
	ID         string
	Connection string
	Kind       string
	Started    time.Time
	Until      time.Time // how far in the shop's time it read
	Ended      time.Time // zero while it runs
	Report     punte.Report
}

// SaveRun adds a run, or updates how far the one with its id has come.
func (s *Store) SaveRun(ctx context.Context, r Run) error {
	doing := "saving a run of connection " + r.Connection
	report, err := json.Marshal(r.Report)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return failed(doing, s.change().SaveRun(ctx, db.SaveRunParams{
		ID: r.ID, Connection: r.Connection, Kind: r.Kind, Started: millis(r.Started),
		Until: millis(r.Until), Ended: millis(r.Ended), Report: string(report),
	}))
}

// LastRun returns the run of this kind that started last, or NotFound.
func (s *Store) LastRun(ctx context.Context, connection, kind string) (Run, error) {
	row, err := s.read().LastRun(ctx, db.LastRunParams{Connection: connection, Kind: kind})
	if err != nil {
		return Run{}, missing(err, "reading the last run of connection "+connection, "connection %s had no run of kind %s yet", connection, kind)
	}
	return runOf(row)
}

// Runs returns the runs of a connection that started last, newest first.
func (s *Store) Runs(ctx context.Context, connection string, limit int) ([]Run, error) {
	found, err := s.read().Runs(ctx, db.RunsParams{Connection: connection, Rows: rows(limit)})
	if err != nil {
		return nil, failed("reading the runs of connection "+connection, err)
	}
	runs := make([]Run, 0, len(found))
	for _, row := range found {
		run, err := runOf(row)
		if err != nil {
			return nil, err
		}
		runs = append(runs, run)
	}
	return runs, nil
}

func runOf(row db.Run) (Run, error) {
	run := Run{
		ID: row.ID, Connection: row.Connection, Kind: row.Kind,
		Started: instant(row.Started), Until: instant(row.Until), Ended: instant(row.Ended),
	}
	if err := json.Unmarshal([]byte(row.Report), &run.Report); err != nil {
		return Run{}, fmt.Errorf("reading the report of run %s: %w", row.ID, err)
	}
	return run, nil
}
