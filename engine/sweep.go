package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"punte/minicrm"
	"punte/store"
)

const (
	// sweepCalls is what a sweep over a list of MiniCRM takes of the calls of a minute:
	// others go on meanwhile.
	sweepCalls = 30
	// sweepHold is how long one connection keeps others of the same MiniCRM system from
	// reading the same list. A process that is killed frees it by then.
	sweepHold = 2 * time.Minute
	// sweepWait is when they look again.
	sweepWait = 20 * time.Second
	// mostPasses bounds how often a list is read that never stands still.
	mostPasses = 5
	// stalePages is how many pages in a row may hold nothing new: rows move.
	stalePages = 3
	// tellEvery is after how many pages a person is told how far it is.
	tellEvery = 10
)

// errNoTurning says that a list shows the same page for ever.
var errNoTurning = errors.New("reading a list: its pages hold nothing new")

// sweep reads a list of MiniCRM page by page, in as many passes as it takes to meet all
// of it, and goes on where it was after a restart.
type sweep struct {
	work    *Work
	reading store.Reading
	what    string // for people
	// page reads the reading's next page and saves it. It returns the number of its rows.
	page func(ctx context.Context, r store.Reading) (rows int, err error)
}

// run reads until the list was met whole, or until it is time to make room.
func (s *sweep) run(ctx context.Context) (whole bool, err error) {
	begun, stale := s.work.engine.Now(), 0
	for {
		before := s.reading
		rows, err := s.page(ctx, before)
		if err != nil {
			return false, err
		}
		if s.reading, err = s.work.engine.Store.Reading(ctx, before.Scope, before.Kind); err != nil {
			return false, err
		}
		if s.reading.Pass != before.Pass {
			return false, nil // another process went on with it
		}
		stale++
		if s.reading.Met > before.Met {
			stale = 0
		}
		s.tell()
		switch met := s.reading.Met >= s.reading.Total; {
		case rows == 0, rows < crmPageRows && met, stale == stalePages && met:
			if s.whole() {
				return true, nil
			}
			if err := s.again(ctx); err != nil {
				return false, err
			}
		case stale == stalePages:
			return false, &minicrm.Error{Kind: minicrm.Malformed, Call: minicrm.Call{Endpoint: s.what}, Err: errNoTurning, Text: errNoTurning.Error()}
		}
		if s.work.engine.Now().Sub(begun) > importSlice {
			return false, nil
		}
	}
}

// whole says that the pass that ended met all of the list: it stood still and is as
// long as what was met, or a further pass found nothing new. A list that never stands
// still is read a few times; what changed is met by the next reading.
func (s *sweep) whole() bool {
	r := s.reading
	if !r.Moved && r.Met == r.Total {
		return true
	}
	passes := r.Pass - r.First + 1
	return passes > 1 && r.Fresh == 0 || passes >= mostPasses
}

func (s *sweep) again(ctx context.Context) error {
	if err := s.work.engine.Store.NextPass(ctx, s.reading, false); err != nil {
		return err
	}
	var err error
	s.reading, err = s.work.engine.Store.Reading(ctx, s.reading.Scope, s.reading.Kind)
	return err
}

// tell says now and then how far a whole list is read.
func (s *sweep) tell() {
	r := s.reading
	if !r.Since.IsZero() || r.Page%tellEvery != 0 || r.Total == 0 {
		return
	}
	s.work.engine.notice(s.work.saved.ID, fmt.Sprintf("reading %s in MiniCRM: %d of %d, about %s left",
		s.what, min(r.Met, r.Total), r.Total, sweepLeft(r)))
}

// sweepLeft is how long the rest of a list takes by the budget of calls.
func sweepLeft(r store.Reading) time.Duration {
	pages := (max(0, r.Total-r.Met) + crmPageRows - 1) / crmPageRows
	return (time.Duration(pages) * time.Minute / sweepCalls).Round(time.Second)
}

// Preparation is how far a list of MiniCRM is read that new orders wait for.
type Preparation struct {
	Kind  string        `json:"kind"` // people, existing
	Read  int           `json:"read"`
	Total int           `json:"total"` // 0: not told yet
	Left  time.Duration `json:"left"`  // by the budget of calls
}

// Preparations lists what the first cards and orders of a connection still wait for.
func (e *Engine) Preparations(ctx context.Context, id string) ([]Preparation, error) {
	w, err := e.Open(ctx, id)
	if err != nil {
		return nil, err
	}
	var list []Preparation
	for _, kind := range []string{store.ReadingExisting, store.ReadingPeople} {
		if kind == store.ReadingPeople && !w.matches() {
			continue
		}
		r, err := e.Store.Reading(ctx, w.scopeOf(kind), kind)
		if err != nil {
			return nil, err
		}
		if r.Complete.IsZero() {
			list = append(list, Preparation{Kind: kind, Read: r.Met, Total: r.Total, Left: sweepLeft(r)})
		}
	}
	return list, nil
}

// scopeOf is whom a reading belongs to: persons are those of the MiniCRM system, what
// is there already is looked at for each connection.
func (w *Work) scopeOf(kind string) string {
	if kind == store.ReadingPeople {
		return w.saved.Account
	}
	return w.saved.ID
}
