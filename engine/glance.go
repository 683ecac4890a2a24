package engine

import (
	"context"
	"time"

	"punte"
	"punte/store"
)

// glance keeps what one search for the next work has read of the store already: most
// kinds of work ask for the same few things to know whether they have something to do.
// It lives in the search's context and never longer, for work changes what it tells.
type glance struct {
	runs     map[string]store.Run // by kind; without an id if there was none
	readings map[[2]string]store.Reading
	open     []store.Document
	opened   bool
	cursors  map[string]time.Time
	outlook  *store.Outlook
	past     *store.Import
}

type glanceKey struct{}

// atAGlance begins a search.
func atAGlance(ctx context.Context) context.Context {
	return context.WithValue(ctx, glanceKey{}, &glance{runs: map[string]store.Run{}, readings: map[[2]string]store.Reading{}})
}

func glanceOf(ctx context.Context) (*glance, bool) {
	g, ok := ctx.Value(glanceKey{}).(*glance)
	return g, ok
}

// cursor is how far something is read, or when it is due; false if that was never set.
func (w *Work) cursor(ctx context.Context, kind string) (time.Time, bool, error) {
	if g, looking := glanceOf(ctx); looking && g.cursors != nil {
		at, ok := g.cursors[kind]
		return at, ok, nil
	}
	return w.engine.Store.Cursor(ctx, w.saved.ID, kind)
}

// cursors are all of them.
func (w *Work) cursors(ctx context.Context) (map[string]time.Time, error) {
	cursors, err := w.engine.Store.Cursors(ctx, w.saved.ID)
	if g, looking := glanceOf(ctx); looking && err == nil {
		g.cursors = cursors
	}
	return cursors, err
}

// outlook is what waits for the connection.
func (w *Work) outlook(ctx context.Context) (store.Outlook, error) {
	g, looking := glanceOf(ctx)
	if looking && g.outlook != nil {
		return *g.outlook, nil
	}
	o, err := w.engine.Store.Outlook(ctx, w.saved.ID, w.engine.Now())
	if err == nil && looking {
		g.outlook = &o
	}
	return o, err
}

// lastRun is the run of a kind that started last, without an id if there was none.
func (w *Work) lastRun(ctx context.Context, kind string) (store.Run, error) {
	g, looking := glanceOf(ctx)
	if looking {
		if run, ok := g.runs[kind]; ok {
			return run, nil
		}
	}
	run, err := w.engine.Store.LastRun(ctx, w.saved.ID, kind)
	if punte.ErrorCode(err) == punte.NotFound {
		run, err = store.Run{}, nil
	}
	if err == nil && looking {
		g.runs[kind] = run
	}
	return run, err
}

// readingOf is how far a list of MiniCRM's is read.
func (w *Work) readingOf(ctx context.Context, scope, kind string) (store.Reading, error) {
	g, looking := glanceOf(ctx)
	if looking {
		if r, ok := g.readings[[2]string{scope, kind}]; ok {
			return r, nil
		}
	}
	r, err := w.engine.Store.Reading(ctx, scope, kind)
	if err == nil && looking {
		g.readings[[2]string{scope, kind}] = r
	}
	return r, err
}

// openDocuments are the documents on their way. The list is not to be changed.
func (w *Work) openDocuments(ctx context.Context) ([]store.Document, error) {
	g, looking := glanceOf(ctx)
	if looking && g.opened {
		return g.open, nil
	}
	open, err := w.engine.Store.OpenDocuments(ctx, w.saved.ID)
	if err == nil && looking {
		g.open, g.opened = open, true
	}
	return open, err
}
