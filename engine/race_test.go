//go:build race

package engine_test

// raced says that the race detector is on: SQLite's translated code is then some ten
// times slower. Tests that are long and have one goroutine run without it only.
const raced = true
