package punte_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"punte"
)

func TestErrorsKeepTheirCodeAndCause(t *testing.T) {
	tests := []struct {
		err  error
		want punte.Code
	}{
		{nil, ""},
		{io.EOF, punte.Internal},
		{punte.Errorf(punte.Conflict, "saving: %w", io.EOF), punte.Conflict},
		{fmt.Errorf("saving: %w", punte.Errorf(punte.NotFound, "there is no order 5")), punte.NotFound},
		{punte.Errorf(punte.Unavailable, "reading: %w", punte.Errorf(punte.Invalid, "a date")), punte.Unavailable},
		{errors.Join(io.EOF, punte.Errorf(punte.Unauthorized, "refused")), punte.Unauthorized},
		{punte.BadField("Date", "", "is missing"), punte.Internal},
	}
	for _, tt := range tests {
		if got := punte.ErrorCode(tt.err); got != tt.want {
			t.Errorf("ErrorCode(%v) = %q; want %q", tt.err, got, tt.want)
		}
	}
	err := punte.Errorf(punte.Conflict, "saving order %s: %w", "5", io.EOF)
	if err.Error() != "saving order 5: EOF" || !errors.Is(err, io.EOF) {
		t.Errorf("Errorf = %q, is EOF: %t; want the sentence and the cause", err, errors.Is(err, io.EOF))
	}
	if cause := errors.Unwrap(punte.Errorf(punte.Invalid, "no cause")); cause != nil {
		t.Errorf("Unwrap of an error without a cause = %v", cause)
	}
}

func TestFieldErrorsNamePartValueAndReason(t *testing.T) {
	tests := []struct{ field, value, reason, want string }{
		{"Items/Item[2]/Vat", "x%", "is no percentage", `Items/Item[2]/Vat: is no percentage (it reads "x%")`},
		{"Date", "", "is missing", "Date: is missing"},
		{"Date", "a\nb", "is odd", `Date: is odd (it reads "a\nb")`},
	}
	for _, tt := range tests {
		if got := punte.BadField(tt.field, tt.value, tt.reason).Error(); got != tt.want {
			t.Errorf("BadField(%q, %q, %q) = %q; want %q", tt.field, tt.value, tt.reason, got, tt.want)
		}
	}
}

func TestLongValuesAreShortenedBetweenCharacters(t *testing.T) {
	for _, length := range []int{0, 1, 79, 80} {
		if value := strings.Repeat("ő", length); punte.BadField("f", value, "r").Value != value {
			t.Errorf("a value of %d characters was changed", length)
		}
	}
	for _, length := range []int{81, 100_000} {
		got := punte.BadField("f", strings.Repeat("ő", length), "r").Value
		if got != strings.Repeat("ő", 80)+"…" || !utf8.ValidString(got) {
			t.Errorf("a value of %d characters became %q; want 80 and an ellipsis", length, got)
		}
	}
}
