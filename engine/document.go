package engine

import (
	"strings"

	"punte"
	"punte/minicrm"
)

// ParseConnection reads a connection document with the labels that MiniCRM is
// known to use for the states of an order.
func ParseConnection(text string) (*punte.Connection, error) {
	return punte.ParseConnection(text, stateOf)
}

// stateOf ties a label of the connection's account to a state: by status_names, else
// by the labels that MiniCRM is known to use.
func (w *Work) stateOf(label string) (punte.State, bool) { return stateBy(w.conn, label) }

func stateBy(conn *punte.Connection, label string) (punte.State, bool) {
	if state, ok := conn.StatusNames[strings.TrimSpace(label)]; ok {
		return state, true
	}
	return stateOf(label)
}

// stateOf ties a label of MiniCRM to a state.
func stateOf(label string) (punte.State, bool) {
	state, ok := minicrm.DocumentState(label)
	return punte.State(state), ok
}
