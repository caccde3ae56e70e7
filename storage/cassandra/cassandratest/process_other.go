//go:build !linux

package cassandratest

import "syscall"

// attributes leaves a started program in the group of this process, so that what
// ends the test run from a terminal ends it, too.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
