package minicrm_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"punte/minicrm"
)

func TestUploadSendsTheDocumentAsItIs(t *testing.T) {
	document := strings.Repeat("<Projects>\n</Projects>\n", 5000)
	var got, contentType string
	var length int64
	_, client := system(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got, contentType, length = string(body), r.Header.Get("Content-Type"), r.ContentLength
		io.WriteString(w, "\ufeff{\"Message\":\"ok\"}\n")
	})
	answer, err := client.Upload(t.Context(), strings.NewReader(document))
	if want := (minicrm.Answer{Status: 200, Text: `{"Message":"ok"}`}); err != nil || answer != want {
		t.Errorf("Upload() = %+v, %v; want %+v", answer, err, want)
	}
	if got != document || contentType != "application/xml" || length != int64(len(document)) {
		t.Errorf("MiniCRM got %d bytes of %q announced as %d; want %d of application/xml", len(got), contentType, length, len(document))
	}
	if _, err := client.Upload(t.Context(), io.MultiReader(strings.NewReader(document))); err != nil || got != document || length != -1 {
		t.Errorf("Upload() of a stream: %v, %d bytes; want %d in chunks", err, len(got), len(document))
	}
}

func TestUploadSaysWhenTheDocumentBreaksOff(t *testing.T) {
	_, client := system(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
	})
	broken := errors.New("store closed")
	source, sink := io.Pipe()
	go func() {
		io.WriteString(sink, "<Projects>")
		sink.CloseWithError(broken)
	}()
	_, err := client.Upload(t.Context(), source)
	if _, ok := errors.AsType[*minicrm.Error](err); ok || !errors.Is(err, broken) {
		t.Errorf("Upload() of a broken document = %v; want %v", err, broken)
	}
}

func TestUploadKeepsAnEarlyRefusal(t *testing.T) {
	_, client := system(t, says(401, "no"))
	source, sink := io.Pipe()
	ended := make(chan error)
	go func() {
		var err error
		for err == nil {
			_, err = io.WriteString(sink, strings.Repeat("<Project/>", 1000))
		}
		ended <- err
	}()
	_, err := client.Upload(t.Context(), source)
	if e, ok := errors.AsType[*minicrm.Error](err); !ok || e.Kind != minicrm.BadCredentials && e.Kind != minicrm.Silence {
		t.Errorf("Upload() refused early = %v; want BadCredentials, or Silence where the line broke first", err)
	}
	if err := <-ended; !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("the writer of the document ended with %v; want %v", err, io.ErrClosedPipe)
	}
}
