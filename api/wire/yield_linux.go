package wire

import "syscall"

// yield lets threads of the system that wait for this processor go first: such as that
// of a client on the same machine, which has just been woken by what was sent to it.
func yield() {
	// It cannot fail.
	_, _, _ = syscall.Syscall(syscall.SYS_SCHED_YIELD, 0, 0, 0)
}
