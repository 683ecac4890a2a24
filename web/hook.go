package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"punte/engine"
	"punte/unas"
)

// hookTimeout bounds the note that a webhook came. UNAS waits two minutes.
const hookTimeout = 10 * time.Second

// hookHandler takes webhooks. It answers 200 as soon as the hint is noted: the work comes
// later, and anything else would make the shop send it again. A stranger learns
// nothing, not even which connections there are.
func hookHandler(o Options) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, unas.LongestWebhook))
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			http.Error(w, "the body is too large", http.StatusRequestEntityTooLarge)
			return
		}
		if err != nil {
			http.Error(w, "the body can't be read", http.StatusBadRequest)
			return
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), hookTimeout)
		defer cancel()
		err = o.Engine.Hooked(ctx, r.PathValue("connection"), body, plainHeader(r, unas.SignatureHeader), plainHeader(r, unas.TopicHeader))
		switch {
		case errors.Is(err, engine.ErrHook):
			http.Error(w, "the signature is missing or wrong", http.StatusUnauthorized)
			return
		case err != nil:
			o.Log.ErrorContext(ctx, "noting a webhook", "err", err)
			http.Error(w, "the webhook can't be noted now", http.StatusServiceUnavailable)
			return
		}
		if o.Wake != nil {
			o.Wake()
		}
		w.WriteHeader(http.StatusOK)
	}
}
