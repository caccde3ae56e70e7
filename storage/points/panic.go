package points

import (
	"fmt"
	"runtime/debug"
)

// PanicError is a bug of ours that a piece of work has met: what was thrown, and where.
type PanicError struct {
	Value any
	Stack []byte
}

// Error is what was thrown; the stack is logged apart.
func (p *PanicError) Error() string { return fmt.Sprint("panic: ", p.Value) }

// Guarded does the work, and answers its panic as a PanicError. Work that goroutines
// of their own do for somebody who waits for it is guarded, since a panic there would
// otherwise end the process, for which nobody else's requests are to blame.
func Guarded(work func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{Value: p, Stack: debug.Stack()}
		}
	}()
	return work()
}
