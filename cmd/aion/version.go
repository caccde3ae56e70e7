package main

import (
	"context"
	"fmt"
	"runtime/debug"
)

// versionCommand prints what the binary was built from.
type versionCommand struct{}

// Help is what version --help prints below its first line.
func (versionCommand) Help() string { return "Example: aion version" }

// Run prints one line: the version, which names the commit, and the Go release.
func (versionCommand) Run(_ context.Context, to *streams) error {
	_, err := fmt.Fprintln(to.out, version())
	return err
}

// version is one line about this binary.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "aion"
	}
	return "aion " + info.Main.Version + " " + info.GoVersion
}
