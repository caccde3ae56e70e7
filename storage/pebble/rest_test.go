package pebble

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestRestWhereTablesFail: Pebble, which tries again at once, is held back behind a
// table that could not be written, and neither before nor when the store closes.
func TestRestWhereTablesFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Store{stop: make(chan struct{})}
		took := func() time.Duration {
			begun := time.Now()
			s.rest()
			return time.Since(begun)
		}
		if d := took(); d != 0 {
			t.Errorf("rests %s where all is well", d)
		}
		s.fault.retries.Store(true)
		if d := took(); d != restFor {
			t.Errorf("rests %s after a failure, want %s", d, restFor)
		}
		close(s.stop)
		if d := took(); d != 0 {
			t.Errorf("rests %s while the store closes", d)
		}
	})
}
