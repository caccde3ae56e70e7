//go:build !linux

package wire

// yield does nothing where the system has no such call, or need.
func yield() {}
