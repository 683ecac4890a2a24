package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"punte/engine"
)

// Options are what the server needs.
type Options struct {
	Engine *engine.Engine
	Allow  AllowList // who may download documents
	Log    *slog.Logger
	// Wake, if set, is called when a webhook gave a connection something to do.
	Wake func()
}

// Handler serves everything that others ask of a worker. All routes stand here.
func Handler(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(engine.FeedPath, FeedHandler(o.Engine, o.Allow, o.Log))
	sheets := SheetHandler(o.Engine, o.Log)
	mux.Handle(engine.SheetPath, sheets)
	mux.Handle("GET /robots.txt", sheets)
	mux.HandleFunc("POST "+engine.HookPath+"{connection}", hookHandler(o))
	mux.HandleFunc("GET /healthz", healthHandler(o))
	return mux
}

// healthTimeout bounds the question to the database.
const healthTimeout = 5 * time.Second

// healthHandler answers 200 while the process and its database are there, else 503. It
// tells nothing else: whoever can reach the server can ask.
func healthHandler(o Options) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), healthTimeout)
		defer cancel()
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		if err := o.Engine.Store.Ping(ctx); err != nil {
			o.Log.ErrorContext(r.Context(), "the database is not there", "err", err)
			http.Error(w, "the database is not there", http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintln(w, "ok") // a client that went away does not care
	}
}

// plainHeader is a header's value, cut and without what would end a line of a log.
func plainHeader(r *http.Request, name string) string {
	const longest = 200
	value := r.Header.Get(name)
	if len(value) > longest {
		value = value[:longest]
	}
	return strings.TrimSpace(value)
}
