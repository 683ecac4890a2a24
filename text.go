package punte

import "strings"

// blank says that a text holds nothing a person could read.
func blank(s string) bool { return strings.TrimSpace(s) == "" }
