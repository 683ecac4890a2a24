package punte

import (
	"fmt"
	"strings"
)

// State is one of the five states of a MiniCRM order document, in the word its
// XML uses.
type State string

// The states of an order document.
const (
	Draft     State = "Draft"
	Issued    State = "Issued"
	Completed State = "Completed"
	Paid      State = "Paid"
	Failed    State = "Failed"
)

// States lists the states in the order of an order's life.
func States() []State { return []State{Draft, Issued, Completed, Paid, Failed} }

// StatusPair is one row of the status map.
type StatusPair struct {
	Shop  string // name of the UNAS status
	State State  // empty: orders in this status are not brought
}

// StatusMap says which state of MiniCRM a status of the shop stands for. It keeps
// the order in which its rows were written.
type StatusMap []StatusPair

// Find gives the pair of a shop status: by the name it had when the map was saved
// (remembered, by id, so that a rename in the shop breaks nothing), then by its
// exact name, then by its name without regard to case. Nothing is guessed: if
// several rows fit without case and disagree, none does.
func (m StatusMap) Find(status ShopStatus, remembered map[string]string) (StatusPair, bool) {
	if name, ok := remembered[status.ID]; ok && status.ID != "" {
		if pair, ok := m.exact(name); ok {
			return pair, true
		}
	}
	if pair, ok := m.exact(status.Name); ok {
		return pair, true
	}
	var found StatusPair
	matches := 0
	for _, pair := range m {
		if !strings.EqualFold(pair.Shop, status.Name) {
			continue
		}
		if matches > 0 && pair.State != found.State {
			return StatusPair{}, false
		}
		found = pair
		matches++
	}
	return found, matches > 0
}

// Has says whether the map has a row of exactly that name.
func (m StatusMap) Has(name string) bool {
	_, ok := m.exact(name)
	return ok
}

func (m StatusMap) exact(name string) (StatusPair, bool) {
	for _, pair := range m {
		if pair.Shop == name {
			return pair, true
		}
	}
	return StatusPair{}, false
}

// Decide says what is to become of an order in this status: owed with a state of
// MiniCRM, left out, or held with the reason.
func (c *Connection) Decide(status ShopStatus) (State, DutyState, Problem) {
	pair, ok := c.StatusMap.Find(status, c.RememberedStatuses)
	if !ok {
		return "", Held, Problem{
			Code:   ProblemUnmapped,
			Field:  "Status",
			Reason: fmt.Sprintf("shop status %q has no pair; add it to status_map", status.Name),
		}
	}
	if pair.State == "" {
		return "", Left, Problem{}
	}
	return pair.State, Owed, Problem{}
}
