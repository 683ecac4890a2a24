package minicrm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// Answer is what SyncFeed said when it took a document. No published source says what such an answer means: the
// document is processed later, and whether it was well can only be seen from the cards.
type Answer struct {
	Status int    // of HTTP, 2xx
	Text   string // beginning of the body as one line; key and personal data are blotted out
}

// Upload hands a document over by sending it, and waits for the answer for up to 130 s. The length goes along if body
// is a bytes.Reader, bytes.Buffer or strings.Reader; others are sent in chunks. An error of body comes back wrapped.
// A body that is an io.Closer is closed; after an early answer this may happen shortly after Upload has returned.
// Source: a customer's program in production; MiniCRM publishes nothing of it.
func (c *Client) Upload(ctx context.Context, body io.Reader) (Answer, error) {
	source := &uploadBody{Reader: body}
	r := request{
		call:        Call{"SyncFeed/Upload"},
		method:      http.MethodPost,
		path:        "SyncFeed/" + url.PathEscape(c.o.SystemID) + "/Upload",
		body:        body,
		contentType: "application/xml",
		time:        feedTime,
	}
	switch body.(type) {
	case *bytes.Buffer, *bytes.Reader, *strings.Reader: // net/http finds their length by their type; they don't fail
	default:
		r.body = source
	}
	a, err := c.do(ctx, r)
	if err != nil {
		e, ok := errors.AsType[*Error](err)
		if broken := source.broken(); ok && e.Status == 0 && broken != nil {
			return Answer{}, fmt.Errorf("reading the document for MiniCRM: %w", broken)
		}
		return Answer{}, err
	}
	return feedAnswer(a), nil
}

// Pull asks MiniCRM to download the document at source, an address it can reach, and waits for the answer for up to
// 130 s: it gives the download 120 s and answers after it. Source: MiniCRM's help, "XML sync"; the time from MiniCRM's
// own plugin for WooCommerce.
func (c *Client) Pull(ctx context.Context, source string) (Answer, error) {
	a, err := c.do(ctx, request{
		call:   Call{"SyncFeed"},
		method: http.MethodGet,
		path:   "SyncFeed/" + url.PathEscape(c.o.SystemID),
		query:  url.Values{"Source": {source}},
		secret: source,
		time:   feedTime,
	})
	if err != nil {
		return Answer{}, err
	}
	return feedAnswer(a), nil
}

func feedAnswer(a answer) Answer {
	return Answer{Status: a.status, Text: plainText(a.body, a.secrets...)}
}

// uploadBody remembers why a document could not be read, which is no fault of MiniCRM.
type uploadBody struct {
	io.Reader
	mu     sync.Mutex
	err    error
	closed bool
}

func (b *uploadBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		b.mu.Lock()
		if !b.closed { // else it fails because net/http has closed it
			b.err = err
		}
		b.mu.Unlock()
	}
	return n, err
}

func (b *uploadBody) Close() error {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	if closer, ok := b.Reader.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

func (b *uploadBody) broken() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}
