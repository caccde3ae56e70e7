package cassandratest

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock opens the file and waits until it is this process's, alone or shared as
// how says (syscall.LOCK_EX, LOCK_SH). Closing the file gives it back, and so
// does the end of the process.
func lock(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if err := relock(f, how); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// relock waits until the file is held in the way that how says.
func relock(f *os.File, how int) error {
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return fmt.Errorf("lock %s: %w", f.Name(), err)
		}
		return nil
	}
}
