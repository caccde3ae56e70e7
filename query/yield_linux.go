package query

import "syscall"

// yield lets threads of the system that wait for this processor go first. Without
// that, one that has just been woken to take in a small query may wait until the
// system's clock ticks, for four milliseconds, behind a thread that computes.
func yield() {
	// It cannot fail.
	_, _, _ = syscall.Syscall(syscall.SYS_SCHED_YIELD, 0, 0, 0)
}
