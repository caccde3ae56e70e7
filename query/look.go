//go:build !unix

package query

import "time"

// looker lets processors look at the network.
type looker struct{}

// look sleeps for a moment.
func (l *looker) look() { time.Sleep(glance) }
