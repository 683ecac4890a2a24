package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"punte"
	"punte/engine"
)

const (
	// drawnAtOnce bounds how many sheets are drawn at a time; each takes some
	// hundredths of a second and a few megabytes.
	drawnAtOnce = 2
	// drawWait is how long a visitor waits for a turn and for the sheet.
	drawWait = 10 * time.Second
	// sheetTimeout bounds how long a slow visitor takes to fetch one.
	sheetTimeout = time.Minute
	// longestSecret is more than any address of ours has.
	longestSecret = 64
)

// SheetHandler serves the sheets of orders under their secret addresses to whoever
// has one, always as the order is stored now, and a robots.txt that keeps search
// engines away. It logs neither addresses nor visitors.
func SheetHandler(e *engine.Engine, log *slog.Logger) http.Handler {
	turns := make(chan struct{}, drawnAtOnce)
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+engine.SheetPath+"{secret}", func(w http.ResponseWriter, r *http.Request) {
		private(w.Header())
		ctx, cancel := context.WithTimeout(r.Context(), drawWait)
		defer cancel()
		select {
		case turns <- struct{}{}:
		case <-ctx.Done():
			w.Header().Set("Retry-After", "10")
			http.Error(w, "too many sheets are asked for at this moment; try again in a few seconds", http.StatusServiceUnavailable)
			return
		}
		file, err := sheetOf(ctx, e, r.PathValue("secret"))
		<-turns
		if err := sendSheet(w, r, file, err); err != nil {
			log.WarnContext(r.Context(), "sending a sheet failed", "err", err)
		}
	})
	mux.HandleFunc(engine.SheetPath, func(w http.ResponseWriter, _ *http.Request) {
		private(w.Header())
		http.Error(w, noSheet, http.StatusNotFound)
	})
	mux.HandleFunc("GET /robots.txt", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "User-agent: *\nDisallow: /\n") // whoever hung up does not need it
	})
	return mux
}

const noSheet = "there is no sheet at this address, or its address was taken back; the order's card in MiniCRM has the present one"

// private keeps a sheet out of caches, search engines and other sites' logs.
func private(h http.Header) {
	h.Set("Cache-Control", "private, no-store")
	h.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
}

func sheetOf(ctx context.Context, e *engine.Engine, secret string) (engine.SheetFile, error) {
	if len(secret) > longestSecret {
		return engine.SheetFile{}, punte.Errorf(punte.NotFound, noSheet)
	}
	return e.Sheet(ctx, secret)
}

// sendSheet answers with the sheet, or says in a sentence why there is none.
func sendSheet(w http.ResponseWriter, r *http.Request, file engine.SheetFile, err error) error {
	if punte.ErrorCode(err) == punte.NotFound {
		http.Error(w, noSheet, http.StatusNotFound)
		return nil
	}
	if err != nil {
		http.Error(w, "the sheet can't be drawn now; try again in a minute", http.StatusServiceUnavailable)
		return err
	}
	control := http.NewResponseController(w)
	if err := control.SetWriteDeadline(time.Now().Add(sheetTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", `inline; filename="`+file.Name+`"`) // plain characters only
	h.Set("Content-Length", strconv.Itoa(len(file.PDF)))
	if r.Method == http.MethodHead {
		return nil
	}
	if _, err := w.Write(file.PDF); err != nil && r.Context().Err() == nil {
		return err
	}
	return nil
}
