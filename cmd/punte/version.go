package main

import (
	"fmt"
	"runtime/debug"
)

type versionCommand struct{}

// Run prints the version the program was built from.
func (c *versionCommand) Run(env environment) error {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
	}
	_, err := fmt.Fprintln(env.out, "punte", version)
	return err
}
