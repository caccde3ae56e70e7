package pebble

import (
	"testing"
	"time"
)

// TestEpochAge: how old an epoch is counts from the store's opening on, so that it
// is not young for an hour where the machine's clock has been set back by one.
func TestEpochAge(t *testing.T) {
	s := still(t, nil)
	if s.full() {
		t.Error("an epoch that nothing has come into is full")
	}
	put(t, s, cpu("a"), 1, 10, 1)
	if begun, since := time.Duration(s.begun.Load()), time.Since(s.opened); begun <= 0 || begun > since {
		t.Errorf("got an epoch that has begun %s after the store was opened, want some of %s", begun, since)
	}
	if s.full() {
		t.Error("an epoch of ten points is full")
	}
	if s.opened == s.opened.Round(0) {
		t.Error("the store's opening is told by the machine's clock, which may be set back")
	}
	if s.opened = s.opened.Add(-epochAge); !s.full() {
		t.Errorf("an epoch of ten points is not full after %s", epochAge)
	}
}
