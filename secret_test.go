package punte_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"text/template"

	"punte"
)

const key = "k3y-that-must-not-show"

// shows says whether text gives the key away, in any of the ways verbs write it.
func shows(text string) bool {
	for _, form := range []string{key, fmt.Sprintf("%x", key), fmt.Sprintf("%X", key), fmt.Sprintf("% x", key), fmt.Sprintf("%v", []byte(key))} {
		if strings.Contains(text, form) {
			return true
		}
	}
	return false
}

func TestNoVerbPrintsASecret(t *testing.T) {
	s := punte.NewSecret(key)
	c := punte.Connection{Name: "Magazin", UNAS: punte.UNASAccess{APIKey: punte.SecretRef{Value: s}}, MiniCRM: punte.MiniCRMAccess{APIKey: punte.SecretRef{Value: s}}}
	values := []any{s, &s, c, &c, c.UNAS, []any{s}, map[string]any{"key": s}, []*punte.Secret{s}, struct{ Key *punte.Secret }{s}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%10.3s", "%t", "%U", "%c", "%e", "%b", "%o", "%T"} {
		for _, value := range values {
			if got := fmt.Sprintf(verb, value); shows(got) {
				t.Errorf("Sprintf(%q, %T) = %s", verb, value, got)
			}
		}
	}
	if got := fmt.Sprint(s) + fmt.Sprintln(s) + s.String() + s.GoString() + punte.Errorf(punte.Invalid, "key %v", s).Error(); shows(got) {
		t.Errorf("printing a secret gives %s", got)
	}
}

func TestNoEncodingShowsASecret(t *testing.T) {
	s := punte.NewSecret(key)
	short, _ := document()
	c := parse(t, strings.ReplaceAll(short, "crm-key", key))
	c.UNAS.APIKey.Value = s
	for _, value := range []any{s, *c, c, []*punte.Secret{s}, map[string]*punte.Secret{"a": s}} {
		if got, err := json.Marshal(value); err != nil || shows(string(got)) {
			t.Errorf("json.Marshal(%T) = %s, %v", value, got, err)
		}
	}
	if got, err := json.Marshal(map[*punte.Secret]int{s: 1}); err != nil || shows(string(got)) {
		t.Errorf("json.Marshal of a map with the key %s, %v", got, err)
	}
	type element struct {
		Attr *punte.Secret `xml:",attr"`
		Text *punte.Secret
	}
	if got, err := xml.Marshal(element{s, s}); err != nil || shows(string(got)) {
		t.Errorf("xml.Marshal = %s, %v", got, err)
	}
	if got, err := c.Document(); err != nil || shows(string(got)) || strings.Contains(string(got), "api_key") {
		t.Errorf("Document() = %s, %v; want no key", got, err)
	}
	var page bytes.Buffer
	if err := template.Must(template.New("").Parse(`{{.}} {{printf "%#v" .}}`)).Execute(&page, s); err != nil || shows(page.String()) {
		t.Errorf("a template writes %s, %v", page.String(), err)
	}
}

func TestNoLogShowsASecret(t *testing.T) {
	s := punte.NewSecret(key)
	c := &punte.Connection{UNAS: punte.UNASAccess{APIKey: punte.SecretRef{Value: s}}}
	var out bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		log := slog.New(handler)
		log.Info("login", "key", s, "ref", c.UNAS.APIKey, "connection", c, "value", *c, slog.Group("unas", "key", s))
		log.With("key", s).WithGroup("g").Info("login", "err", punte.Errorf(punte.Unauthorized, "login with %s: %w", s, errors.New("refused")))
	}
	if shows(out.String()) {
		t.Errorf("the log reads %s", out.String())
	}
	if got := strings.Count(out.String(), "(secret)"); got < 8 {
		t.Errorf("the log says %d times that there is a secret; want it for each\n%s", got, out.String())
	}
}

func TestSecretsAreRevealedOnRequestOnly(t *testing.T) {
	if got := punte.NewSecret(key).Reveal(); got != key {
		t.Errorf("Reveal() = %q; want %q", got, key)
	}
	none := punte.NewSecret("")
	if none != nil || none.Reveal() != "" {
		t.Errorf("NewSecret(%q) = %v, reveals %q; want nil", "", none, none.Reveal())
	}
	if got := fmt.Sprintf("%v %+v %#v %s", none, none, none, none); strings.Contains(got, "PANIC") {
		t.Errorf("printing no secret gives %s", got)
	}
	if got, err := json.Marshal(none); err != nil || string(got) != "null" {
		t.Errorf("json.Marshal of no secret = %s, %v; want null", got, err)
	}
}
