package cassandratest

import "syscall"

// attributes lets a started program be a group of its own, which Ctrl-C at a
// terminal does not reach, and has the kernel kill it when this process ends.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
