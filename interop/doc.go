// Package interop tests both simulators from outside, with the means that programs written against the real services
// use: PHP's curl and SimpleXML, Python's urllib and ElementTree, fetch of Node, curl in a shell.
//
// Each program in testdata speaks the way the published clients of its service speak (no content type where they set
// none, a body with GET, a card's fields unpacked into a fixed set of names) and checks what they lean on. It is told
// the addresses and keys in its environment, prints one line for each promise and exits with an error when one is
// broken. None shares a line with our clients or simulators, so a mistake in those can't cancel out here.
package interop
