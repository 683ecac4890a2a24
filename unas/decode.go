package unas

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"

	"punte/xmlstream"
)

// errStopped ends a reading whose caller wants no more.
var errStopped = errors.New("stopped")

// DecodeOrders reads a getOrder answer from anywhere and yields its orders as they
// are read; only one is held at a time. Elements nobody documented are passed over.
// An answer whose root is Error yields an *Error of that text; an answer that is
// malformed, truncated or something else yields its orders up to that place and
// then an *Error of kind Malformed that names the place.
func DecodeOrders(r io.Reader) iter.Seq2[Order, error] {
	return func(yield func(Order, error) bool) {
		err := decode(r, "Orders", each("Order", decodeOrder, func(o Order) bool { return yield(o, nil) }))
		if err == nil || errors.Is(err, errStopped) {
			return
		}
		if text, ok := errors.AsType[answeredError](err); ok {
			err = classify("getOrder", string(text))
		} else {
			err = &Error{Call: "getOrder", Kind: Malformed, Err: err}
		}
		yield(Order{}, err)
	}
}

// DecodeCustomers is what DecodeOrders is for a getCustomer answer.
func DecodeCustomers(r io.Reader) iter.Seq2[CustomerRecord, error] {
	return func(yield func(CustomerRecord, error) bool) {
		err := decode(r, "Customers", each("Customer", decodeCustomerRecord, func(c CustomerRecord) bool { return yield(c, nil) }))
		if err == nil || errors.Is(err, errStopped) {
			return
		}
		if text, ok := errors.AsType[answeredError](err); ok {
			err = classify("getCustomer", string(text))
		} else {
			err = &Error{Call: "getCustomer", Kind: Malformed, Err: err}
		}
		yield(CustomerRecord{}, err)
	}
}

// each reads the children called name of an answer's root and gives them to yield.
func each[T any](name string, one func(*xmlstream.Scanner, *T) error, yield func(T) bool) func(*xmlstream.Scanner) error {
	return func(s *xmlstream.Scanner) error {
		return s.Children(func(child string) error {
			if child != name {
				return nil
			}
			var t T
			if err := one(s, &t); err != nil {
				return err
			}
			if !yield(t) {
				return errStopped
			}
			return nil
		})
	}
}

// stream makes one call and yields the elements called name of its answer as they
// arrive.
func stream[T any](ctx context.Context, c *Client, r request, root, name string, one func(*xmlstream.Scanner, *T) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		err := c.call(ctx, r, func(body io.Reader) error {
			return decode(body, root, each(name, one, func(t T) bool { return yield(t, nil) }))
		})
		if err == nil || errors.Is(err, errStopped) || isKind(err, EndOfRange) {
			return
		}
		var none T
		yield(none, err)
	}
}

// gather returns all rows, or none if there is an error.
func gather[T any](rows iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, nil
}

// answeredError is the text of an answer whose root is Error.
type answeredError string

func (e answeredError) Error() string { return "the service answered with an error" }

// errOtherRoot says that an answer is neither what was asked for nor an Error.
var errOtherRoot = errors.New("the answer's root element is not the expected one")

// decode reads one whole answer: read gets the content of its root, which is named
// root. An Error root gives an answeredError.
func decode(r io.Reader, root string, read func(*xmlstream.Scanner) error) error {
	s := xmlstream.NewScanner(r, xmlstream.Limits{})
	name, err := s.Root()
	if err != nil {
		return err
	}
	if name == "Error" {
		return decodeError(s)
	}
	if name != root {
		return errOtherRoot
	}
	if err := read(s); err != nil {
		return err
	}
	return s.End()
}

// decodeError reads an Error root. Its text stands in it directly; one third-party
// client also reads the children Message and Code, which nobody has seen.
func decodeError(s *xmlstream.Scanner) error {
	if err := s.Capture(); err != nil {
		return err
	}
	var text, code string
	if err := s.Text(&text); err != nil {
		return err
	}
	if !onlyBlanks(text) {
		return answeredError(text)
	}
	inner := xmlstream.NewScanner(bytes.NewReader(s.Captured()), xmlstream.Limits{})
	if _, err := inner.Root(); err != nil {
		return err
	}
	if err := texts(inner, place{"Message", &text}, place{"Code", &code}); err != nil {
		return err
	}
	if onlyBlanks(text) && code != "" {
		text = "code " + code
	}
	return answeredError(text)
}

func onlyBlanks(s string) bool { return len(bytes.TrimSpace([]byte(s))) == 0 }

// fields makes a visit that reads the text of each child that field has a place for.
func fields(s *xmlstream.Scanner, field func(name string) *string) func(string) error {
	return func(name string) error {
		if dst := field(name); dst != nil {
			return s.Text(dst)
		}
		return nil
	}
}

// place is where the text of a child element goes.
type place struct {
	name string
	text *string
}

// texts reads the texts of the children of the element just entered that have a
// place.
func texts(s *xmlstream.Scanner, places ...place) error {
	return s.Children(func(name string) error { return textOf(s, name, places...) })
}

// textOf reads the text of the child just entered if it has a place.
func textOf(s *xmlstream.Scanner, name string, places ...place) error {
	for _, p := range places {
		if p.name == name {
			return s.Text(p.text)
		}
	}
	return nil
}

// list appends an element of type T to *all for each child called name, read by one.
func list[T any](s *xmlstream.Scanner, name string, all *[]T, one func(*xmlstream.Scanner, *T) error) error {
	return s.Children(func(child string) error {
		if child != name {
			return nil
		}
		var t T
		if err := one(s, &t); err != nil {
			return err
		}
		*all = append(*all, t)
		return nil
	})
}

// under is list for elements that stand a level deeper, in the children called inside.
func under[T any](s *xmlstream.Scanner, inside, name string, all *[]T, one func(*xmlstream.Scanner, *T) error) error {
	return s.Children(func(child string) error {
		if child != inside {
			return nil
		}
		return list(s, name, all, one)
	})
}

// damaged counts the lost characters of the element captured last.
func damaged(s *xmlstream.Scanner) int { return bytes.Count(s.Captured(), []byte("\uFFFD")) }

func decodeText(s *xmlstream.Scanner, dst *string) error { return s.Text(dst) }
