package engine

import (
	"punte"
	"punte/minicrm"
)

// ParseConnection reads a connection document with the labels that MiniCRM is
// known to use for the states of an order.
func ParseConnection(text string) (*punte.Connection, error) {
	return punte.ParseConnection(text, stateOf)
}

// stateOf ties a label of MiniCRM to a state.
func stateOf(label string) (punte.State, bool) {
	state, ok := minicrm.DocumentState(label)
	return punte.State(state), ok
}
