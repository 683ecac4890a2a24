package store

import (
	"context"
	"strings"
	"time"

	"punte"
	"punte/store/db"
)

// How sure a finding is.
const (
	Sure    = "sure"    // seen
	Likely  = "likely"  // seen, and something else could look the same
	Unknown = "unknown" // the probe could not find it out
)

// Finding is what a probe found out about a MiniCRM system.
type Finding struct {
	Name     string // stable name of the question
	Value    string // stable word, the answer; empty if Unknown
	Evidence string // what was seen, one sentence for people
	Sure     string // Sure, Likely or Unknown
	Found    time.Time
}

// Probe is the probe of a MiniCRM system made last.
type Probe struct {
	Stamp string // part of the external ids of all it made
	Begun time.Time
	Seen  time.Time // last sign of life
	Ended time.Time // zero: it goes on, or its process was killed
	// Dirty are the stamps of probes, this one among them, that may have left cards
	// behind.
	Dirty []string
}

// SaveFindings notes what was found; what was found later stays.
func (s *Store) SaveFindings(ctx context.Context, account string, found []Finding) error {
	return s.write(ctx, "noting what a probe of "+account+" found", func(q *db.Queries) error {
		for _, f := range found {
			err := q.SaveFinding(ctx, db.SaveFindingParams{
				Account: account, Name: f.Name, Value: f.Value, Evidence: f.Evidence, Sure: f.Sure, Found: millis(f.Found),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Findings returns what was found out about a MiniCRM system, by name.
func (s *Store) Findings(ctx context.Context, account string) ([]Finding, error) {
	found, err := s.read().Findings(ctx, account)
	if err != nil {
		return nil, failed("reading what a probe of "+account+" found", err)
	}
	list := make([]Finding, 0, len(found))
	for _, row := range found {
		list = append(list, Finding{Name: row.Name, Value: row.Value, Evidence: row.Evidence, Sure: row.Sure, Found: instant(row.Found)})
	}
	return list, nil
}

// probeSilence is after how long without a sign of life a probe counts as dead.
const probeSilence = 10 * time.Minute

// BeginProbe begins the only probe of a system. Conflict if another one goes on.
func (s *Store) BeginProbe(ctx context.Context, account, stamp string, now time.Time) error {
	begun, err := s.change().BeginProbe(ctx, db.BeginProbeParams{
		Account: account, Stamp: stamp, Now: millis(now), Stale: millis(now.Add(-probeSilence)), Ahead: millis(now.Add(probeSilence)),
	})
	if err != nil {
		return failed("beginning a probe of "+account, err)
	}
	if begun == 0 {
		return punte.Errorf(punte.Conflict, "another probe of %s goes on, or its process was killed less than %d minutes ago; try again later",
			account, int(probeSilence/time.Minute))
	}
	return nil
}

// SeeProbe is a sign of life. Conflict if another probe took its place.
func (s *Store) SeeProbe(ctx context.Context, account, stamp string, now time.Time) error {
	seen, err := s.change().SeeProbe(ctx, db.SeeProbeParams{Account: account, Stamp: stamp, Now: millis(now)})
	return ofProbe(seen, failed("noting that a probe goes on", err), account)
}

// EndProbe ends a probe. dirty are the stamps of those that may have left something
// behind. Conflict if another probe took its place.
func (s *Store) EndProbe(ctx context.Context, account, stamp string, dirty []string, now time.Time) error {
	ended, err := s.change().EndProbe(ctx, db.EndProbeParams{Account: account, Stamp: stamp, Dirty: strings.Join(dirty, " "), Now: millis(now)})
	return ofProbe(ended, failed("ending a probe", err), account)
}

func ofProbe(changed int64, err error, account string) error {
	if err == nil && changed == 0 {
		return punte.Errorf(punte.Conflict, "this probe of %s was taken for dead, and another one began", account)
	}
	return err
}

// LastProbe returns the probe made last, NotFound if there was none.
func (s *Store) LastProbe(ctx context.Context, account string) (Probe, error) {
	row, err := s.read().Probe(ctx, account)
	if err != nil {
		return Probe{}, missing(err, "reading the last probe of "+account, "there was no probe of %s", account)
	}
	return Probe{
		Stamp: row.Stamp, Begun: instant(row.Begun), Seen: instant(row.Seen), Ended: instant(row.Ended), Dirty: strings.Fields(row.Dirty),
	}, nil
}
