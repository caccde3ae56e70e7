//go:build !linux

package query

// yield does nothing where the system has no such call, or need.
func yield() {}
