//go:build race

package engine_test

// raced says that the race detector is on: SQLite's translated code is then some ten
// times slower, and the long tests run on less.
const raced = true
