package punte

import (
	"fmt"
	"log/slog"
)

// Secret is a key or a password that cannot print itself. It holds a pointer,
// because package fmt looks straight into a string behind an unexported field, and
// is used by pointer, so that none is nil.
type Secret struct{ value *string }

const hidden = "(secret)"

// NewSecret hides value. An empty value gives nil, so that "no secret" is nil.
func NewSecret(value string) *Secret {
	if value == "" {
		return nil
	}
	return &Secret{value: &value}
}

// Reveal returns the hidden value, "" for nil. Only a client calls it, at the
// moment it logs in.
func (s *Secret) Reveal() string {
	if s == nil || s.value == nil {
		return ""
	}
	return *s.value
}

// String hides the value.
func (s *Secret) String() string { return hidden }

// GoString hides the value from %#v.
func (s *Secret) GoString() string { return hidden }

// Format hides the value from every verb of package fmt.
func (s *Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// MarshalText hides the value from JSON, XML and everything built on them.
func (s *Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue hides the value from log/slog.
func (s *Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
