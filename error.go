package punte

import (
	"errors"
	"fmt"
)

// Code says what kind of no an error is, so that callers can act without reading
// its sentence. Codes are stored and shown; they are never renamed.
type Code string

// The codes of errors.
const (
	// Invalid: the input is wrong and stays wrong until somebody changes it.
	Invalid Code = "invalid"
	// NotFound: the thing asked for is not there.
	NotFound Code = "not_found"
	// Conflict: what is asked for contradicts what is stored, such as another start date.
	Conflict Code = "conflict"
	// Unauthorized: a service refuses the key.
	Unauthorized Code = "unauthorized"
	// Unavailable: a service or the database can't be reached now.
	Unavailable Code = "unavailable"
	// Internal: a fault of Punte itself.
	Internal Code = "internal"
)

// Error is a code for the program and a sentence for people. The sentence names
// the place and, where there is one, the next step.
type Error struct {
	Code Code
	err  error
}

// Error returns the sentence.
func (e *Error) Error() string { return e.err.Error() }

// Unwrap returns the cause, nil if there is none.
func (e *Error) Unwrap() error { return errors.Unwrap(e.err) }

// Errorf makes an Error; a %w in the format keeps its cause.
func Errorf(code Code, format string, args ...any) error {
	return &Error{Code: code, err: fmt.Errorf(format, args...)}
}

// ErrorCode returns the code of the first Error in err's chain, Internal if there
// is none, and "" for nil.
func ErrorCode(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// FieldError says that a part of an order can't be used. It parks that order and
// no other.
type FieldError struct {
	Field  string // path of the part in the shop's order, such as Items/Item[2]/Vat
	Value  string // what stands there, shortened
	Reason string // why it can't be used, and what would be right
}

// Error names the field, its value and the reason.
func (e *FieldError) Error() string {
	if e.Value == "" {
		return e.Field + ": " + e.Reason
	}
	return fmt.Sprintf("%s: %s (it reads %q)", e.Field, e.Reason, e.Value)
}

// shown is how much of an odd value an error repeats: enough to find it, too
// little to fill a page or a log.
const shown = 80

// BadField makes a FieldError; a long value is shortened.
func BadField(field, value, reason string) *FieldError {
	if r := []rune(value); len(r) > shown {
		value = string(r[:shown]) + "…"
	}
	return &FieldError{Field: field, Value: value, Reason: reason}
}
