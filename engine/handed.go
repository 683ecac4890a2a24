package engine

import (
	"encoding/json"
	"strings"

	"punte"
	"punte/store"
)

// handed is what a document writes of an order, as far as it can be compared with
// what MiniCRM shows, and what MiniCRM then holds of ours.
type handed struct {
	State   punte.State       `json:"state"`             // empty: never written
	Wrote   bool              `json:"wrote,omitempty"`   // this delivery wrote the state
	Kept    punte.State       `json:"kept,omitempty"`    // that a person gave the order, and that went along in its place
	Waits   punte.Problem     `json:"waits,omitzero"`    // why the order's own status was withheld, if it was
	Fields  map[string]string `json:"fields,omitempty"`  // of the order's card
	Changed []string          `json:"changed,omitempty"` // names of the fields that this delivery wrote
	Head    *head             `json:"head,omitempty"`    // nil: not noted
	Body    string            `json:"body,omitempty"`    // fingerprint of the parts that go every time
	Amount  string            `json:"amount,omitempty"`  // that MiniCRM computes
	Notes   []string          `json:"notes,omitempty"`   // texts cut and characters lost, for a person
	Digest  string            `json:"digest,omitempty"`  // of all that the order says
	Lines   []heldLine        `json:"lines,omitempty"`   // noted where MiniCRM keeps lines that are missing later

	unsent bool // MiniCRM holds all of it and would refuse it
}

// went is the state that the delivery wrote, if it wrote one.
func (h handed) went() punte.State {
	if h.Kept != "" {
		return h.Kept
	}
	return h.State
}

// head are the parts of an order document that MiniCRM does not require: they are
// left out unless our own value changed.
type head struct {
	Currency string `json:"currency,omitempty"`
	Language string `json:"language,omitempty"`
	Payment  string `json:"payment,omitempty"`
}

// written is what MiniCRM was seen to hold of ours.
func written(d store.Duty) handed { return readNote(d.Written) }

// pending is what the order's document in flight writes.
func pending(d store.Duty) handed { return readNote(d.Pending) }

// readNote reads a note. One that can't be read counts as none: everything is sent
// again, and nothing is compared.
func readNote(text []byte) handed {
	var h handed
	if len(text) == 0 || json.Unmarshal(text, &h) != nil {
		return handed{}
	}
	return h
}

// told is what a document writes of an order, in a few words. The values of fields
// stay in the document.
func (h handed) told() string {
	var parts []string
	if h.Wrote {
		parts = append(parts, "status "+string(h.went()))
	}
	if h.Kept != "" {
		parts = append(parts, "as it is in MiniCRM")
	}
	if h.Amount != "" {
		parts = append(parts, "amount "+h.Amount)
	}
	if len(h.Changed) > 0 {
		parts = append(parts, "fields "+strings.Join(h.Changed, ", "))
	}
	return strings.Join(append(parts, h.Notes...), "; ")
}
