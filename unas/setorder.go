package unas

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"punte/xmlstream"
)

// OrderChange is what a setOrder call changes of one order; what is empty stays as
// it is. Entering a status may change the order's invoice state, send mail and move
// stock: only a person's wish is a reason for a change.
type OrderChange struct {
	Key           string // of the order, as the shop prints it
	Status        string // name or id
	StatusDetails string // goes with Status
	StatusEmail   bool   // whether the customer gets the mail of the new status; always sent with Status
	Comments      []Comment
}

// Fate is what became of one change.
type Fate string

// The fates of changes. The service works a call off in its order and stops at the
// first change it refuses; what is applied by then stays applied.
const (
	Applied      Fate = "applied"
	Failed       Fate = "failed"        // refused: Outcome.Text says why
	NotProcessed Fate = "not_processed" // stood behind a failed one
	NotAnswered  Fate = "not_answered"  // the answer doesn't tell: it may be applied or not
)

// Outcome is the fate of one change of a set call.
type Outcome struct {
	Fate   Fate
	Key    string // what the change was for
	ID     string // what the answer says, may be empty
	Action string // what the answer says, may be empty
	Text   string // the service's words about a failed one, shortened
}

// SetError says that a set call was answered, but not all of it was applied.
type SetError struct {
	Call     string
	Outcomes []Outcome // of all changes, in their order
}

// Error names the first change that was not applied and counts the others.
func (e *SetError) Error() string {
	count := map[Fate]int{}
	var first Outcome
	for _, o := range e.Outcomes {
		count[o.Fate]++
		if first.Fate == "" && o.Fate != Applied {
			first = o
		}
	}
	if first.Fate == Failed {
		return fmt.Sprintf("calling %s: the service refuses the change of %s: %q (%d applied, %d not processed)",
			e.Call, first.Key, first.Text, count[Applied], count[NotProcessed])
	}
	return fmt.Sprintf("calling %s: the answer does not tell of %s (%d applied, %d not told of)",
		e.Call, first.Key, count[Applied], count[NotAnswered])
}

// singleSet is how many entities a set call may have to be counted as a single one.
// Source: UNAS API documentation, "Limitációk".
const singleSet = 100

// longestRequest is the documented size of a set document.
const longestRequest = 128 << 20

// SetOrders makes one setOrder call. All is well if the error is nil; a *SetError
// tells the fate of each change. With any other error nothing is known to be applied,
// and after an Error of kind Silence or Malformed all of it may be.
// Source: UNAS API documentation, setOrder.
func (c *Client) SetOrders(ctx context.Context, changes []OrderChange) error {
	var orders elements
	keys := make([]string, len(changes))
	for i, change := range changes {
		if change.Key == "" {
			return fmt.Errorf("changing orders: change %d names no order", i+1)
		}
		if change.Status == "" && change.StatusDetails != "" {
			return fmt.Errorf("changing order %s: details of a status need the status", change.Key)
		}
		keys[i] = change.Key
		orders.nest("Order", change.write)
	}
	r := request{Call: Call{Endpoint: "setOrder", Single: len(keys) <= singleSet}, root: "Orders", params: orders, timeout: listTime}
	_, err := c.set(ctx, r, "Order", keys)
	return err
}

func (o OrderChange) write(e *elements) {
	e.add("Action", "modify")
	e.add("Key", o.Key)
	if o.Status != "" {
		e.add("Status", o.Status)
		e.add("StatusDetails", o.StatusDetails)
		e.add("StatusEmail", yesNo(o.StatusEmail))
	}
	if len(o.Comments) == 0 {
		return
	}
	e.nest("Comments", func(e *elements) {
		for _, comment := range o.Comments {
			e.nest("Comment", func(e *elements) {
				e.add("Type", comment.Type)
				e.add("Text", comment.Text)
			})
		}
	})
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// set makes one set call of entities called name, known by keys, and holds each
// result to the entity it belongs to.
func (c *Client) set(ctx context.Context, r request, name string, keys []string) ([]setResult, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	if n := r.params.Len(); n > longestRequest {
		return nil, fmt.Errorf("calling %s: the document has %d bytes and the service takes %d; make several calls", r.Endpoint, n, longestRequest)
	}
	var results []setResult
	err := c.call(ctx, r, func(body io.Reader) error {
		results = nil
		return decode(body, r.root, each(name, decodeSetResult, func(result setResult) bool {
			results = append(results, result)
			return len(results) <= len(keys)
		}))
	})
	if err != nil && !errors.Is(err, errStopped) {
		return nil, err
	}
	return results, judge(r.Endpoint, keys, results)
}

// judge tells the fate of each entity. The results stand in the order of the
// entities. Each names its entity by the key or by an id that nobody asked for, so
// that only another key is a sign that something is wrong.
func judge(endpoint string, keys []string, results []setResult) error {
	outcomes := make([]Outcome, len(keys))
	rest, whole := NotAnswered, true
	for i, key := range keys {
		outcomes[i] = Outcome{Fate: rest, Key: key}
		if i >= len(results) || rest == NotProcessed {
			whole = false
			continue
		}
		result := results[i]
		outcomes[i].ID, outcomes[i].Action = result.id, result.action
		switch {
		case result.status == "ok" && result.error == "" && (result.key == "" || sameKey(result.key, key)):
			outcomes[i].Fate = Applied
			continue
		case result.status == "ok" && result.error == "":
			results = results[:i] // it speaks of something else: who knows what the others mean
		default:
			outcomes[i].Fate = Failed
			outcomes[i].Text = shorten(result.words())
			rest = NotProcessed
		}
		whole = false
	}
	if whole && len(results) == len(keys) {
		return nil
	}
	if whole {
		return &Error{Call: endpoint, Kind: Malformed, Err: errMoreResults}
	}
	return &SetError{Call: endpoint, Outcomes: outcomes}
}

var errMoreResults = errors.New("there are more results than changes")

// sameKey compares keys with or without the shop's number before them.
func sameKey(a, b string) bool {
	return a == b || a[strings.LastIndexByte(a, '-')+1:] == b || a == b[strings.LastIndexByte(b, '-')+1:]
}

// setResult is the element of a set answer for one entity. The documentation lists
// the identifier as Id, its example prints Key.
type setResult struct{ action, key, id, status, error string }

func (r setResult) words() string {
	if r.error == "" {
		return "Status: " + r.status
	}
	return r.error
}

func decodeSetResult(s *xmlstream.Scanner, r *setResult) error {
	return texts(s, place{"Action", &r.action}, place{"Key", &r.key}, place{"Id", &r.id},
		place{"Status", &r.status}, place{"Error", &r.error})
}
