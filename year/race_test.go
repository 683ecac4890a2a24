//go:build race

package year_test

// raced says that the race detector watches.
const raced = true
