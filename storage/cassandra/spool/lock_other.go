//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package spool

import (
	"errors"
	"os"
)

// lockDir refuses: without such a lock two processes could deliver one folder.
func lockDir(string) (*os.File, error) {
	return nil, errors.New("a spool needs file locks that this system does not have")
}
