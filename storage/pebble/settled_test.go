package pebble

import (
	"testing"

	"aion/storage/points"
)

// TestFlushSettled: a table is written right after an epoch was settled when much
// has been settled since the last one, and not before.
func TestFlushSettled(t *testing.T) {
	s := still(t, nil)
	// begun is how many tables have been made of logs, or are being made.
	begun := func() int64 {
		m := s.db.Metrics()
		return m.Flush.Count + m.MemTable.Count - 1
	}
	settled := func(from, to int64) {
		put(t, s, cpu("a"), from, to, 1)
		if err := settleSome(s); err != nil {
			t.Fatal(err)
		}
	}
	before := begun()
	settled(1, 300)
	was := s.settled.Load()
	if was <= 0 || begun() != before {
		t.Errorf("got %d bytes settled and %d tables begun, want some and none", was, begun()-before)
	}
	s.settled.Store(settledBytes - was/4)
	settled(301, 600)
	if begun() != before+1 {
		t.Errorf("got %d tables begun after much was settled, want 1", begun()-before)
	}
	if err := s.db.Flush(); err != nil {
		t.Fatal(err)
	}
	if s.settled.Load() != 0 {
		t.Errorf("got %d bytes settled after a table was made, want 0", s.settled.Load())
	}
	if n := read(t, s, cpu("a"), points.Always).Len(); n != 600 {
		t.Errorf("got %d points, want 600", n)
	}
}

// TestSettlingStopped: an epoch that the closing store has not settled to the end is
// read further on.
func TestSettlingStopped(t *testing.T) {
	s := still(t, nil)
	put(t, s, cpu("a"), 1, 300, 1)
	must(t, s.turn())
	stop := s.stop
	s.stop = make(chan struct{})
	close(s.stop)
	must(t, s.settleOldest(false))
	if n := read(t, s, cpu("a"), points.Always).Len(); n != 300 {
		t.Errorf("got %d points of an epoch that is not settled, want 300", n)
	}
	s.stop = stop
}
