//go:build unix

package query

import (
	"os"
	"sync"
	"syscall"
	"time"
)

// looker lets processors look at the network. Go's scheduler does that where it finds
// nothing else to do, and so not for who calls it. One who waits for a pipe makes it
// look, finds the pipe there, and goes on, if nobody else was waited for. One who
// sleeps makes it look as well, and then wait in the system, for a millisecond at
// least: as long, or until another comes by, the processor does nothing. The pipe is
// made when it is needed. The zero value is ready; it is safe for concurrent use.
type looker struct {
	mu    sync.Mutex
	tried bool // to make the pipe
	in    syscall.RawConn
	out   *os.File
	asked bool // the pipe has been written to
	octet [1]byte
}

// look looks once. Who comes while somebody does sleeps for a moment.
func (l *looker) look() {
	if !l.mu.TryLock() {
		time.Sleep(glance)
		return
	}
	defer l.mu.Unlock()
	if !l.tried {
		l.make()
	}
	l.asked = false
	if l.in != nil && l.in.Read(l.ask) == nil {
		return
	}
	l.in = nil // what has been written to it stays there, and more might fill it
	time.Sleep(glance)
}

// make makes the pipe; where the system has none to give there is none.
func (l *looker) make() {
	l.tried = true
	in, out, err := os.Pipe()
	if err != nil {
		return
	}
	if l.in, err = in.SyscallConn(); err != nil {
		l.in = nil
	}
	l.out = out
}

// ask tells whether the pipe has been read, and has something to read when it is
// called again.
func (l *looker) ask(pipe uintptr) (read bool) {
	if !l.asked {
		_, err := l.out.Write(l.octet[:])
		l.asked = true
		return err != nil
	}
	_, err := syscall.Read(int(pipe), l.octet[:])
	return err != syscall.EAGAIN
}
