// Package year is a test: a shop lives through a year while people work in MiniCRM,
// with both services simulated, their limits on, and every unknown of theirs turned
// either way. At the end MiniCRM must show what package oracle says.
package year
