package minicrm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// body is the JSON object of a request, its members in the order written.
type body struct {
	json bytes.Buffer
	err  error
}

func (b *body) set(name string, v any) {
	key, err := json.Marshal(name)
	text, textErr := json.Marshal(v)
	if err := errors.Join(err, textErr); err != nil && b.err == nil {
		b.err = fmt.Errorf("printing %.100q as JSON: %w", name, err)
	}
	separator := byte(',')
	if b.json.Len() == 0 {
		separator = '{'
	}
	b.json.WriteByte(separator)
	b.json.Write(key)
	b.json.WriteByte(':')
	b.json.Write(text)
}

// text, number, flag and minutes leave out what is nothing, which leaves the field alone in MiniCRM.
func (b *body) text(name, value string) {
	if value != "" {
		b.set(name, value)
	}
}

func (b *body) number(name string, n int64) {
	if n != 0 {
		b.set(name, n)
	}
}

func (b *body) flag(name string, f *bool) {
	if f == nil {
		return
	}
	n := 0
	if *f {
		n = 1
	}
	b.set(name, n)
}

func (b *body) minutes(name string, d time.Duration) { b.number(name, int64(d/time.Minute)) }

// choice writes an id as a number and a label as a text: MiniCRM takes both for a drop-down.
func (b *body) choice(name, value string) {
	if n, err := strconv.ParseInt(value, 10, 64); err == nil && strconv.FormatInt(n, 10) == value {
		b.set(name, n)
		return
	}
	b.text(name, value)
}

// fields writes all of them, empty ones too: those are to be emptied.
func (b *body) fields(fields []FeedField) {
	for _, f := range fields {
		b.set(f.Name, f.Value)
	}
}

func (b *body) bytes() []byte {
	if b.json.Len() == 0 {
		return []byte("{}")
	}
	return append(bytes.Clone(b.json.Bytes()), '}')
}

// send makes a call with a JSON body.
func (c *Client) send(ctx context.Context, endpoint, method, path string, b *body) (answer, error) {
	if b.err != nil {
		return answer{}, fmt.Errorf("calling MiniCRM's %s: %w", endpoint, b.err)
	}
	return c.do(ctx, request{
		call:        Call{endpoint},
		method:      method,
		path:        path,
		body:        bytes.NewReader(b.bytes()),
		contentType: "application/json; charset=utf-8",
		time:        callTime,
	})
}

var errNothing = errors.New("there is nothing to write")

// put creates a record, id 0, or changes one, and returns its id.
func (c *Client) put(ctx context.Context, endpoint string, id int64, b *body) (int64, error) {
	if b.json.Len() == 0 {
		return 0, fmt.Errorf("calling MiniCRM's %s: %w", endpoint, errNothing)
	}
	path := endpoint
	if id != 0 {
		path += "/" + strconv.FormatInt(id, 10)
	}
	a, err := c.send(ctx, endpoint, http.MethodPut, path, b)
	if err != nil {
		return 0, err
	}
	v, err := a.value(Call{endpoint})
	if err != nil {
		return 0, err
	}
	made, err := madeID(v, id)
	if err != nil {
		return 0, malformed(Call{endpoint}, a.status, err)
	}
	return made, nil
}

// change changes the record id, which must be one: without it MiniCRM would make a new one.
func (c *Client) change(ctx context.Context, endpoint string, id int64, b *body) error {
	if id <= 0 {
		return fmt.Errorf("calling MiniCRM's %s: %d is not the id of a record", endpoint, id)
	}
	_, err := c.put(ctx, endpoint, id, b)
	return err
}

// madeID reads {"Id": N}. An answer about another record than the one asked for is none.
func madeID(v value, asked int64) (int64, error) {
	r, err := record("", v)
	if err != nil {
		return 0, err
	}
	if asked != 0 && r.id != asked {
		return 0, fmt.Errorf("the answer is about the record %d, not %d", r.id, asked)
	}
	return r.id, nil
}
