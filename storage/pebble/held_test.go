package pebble

import (
	"fmt"
	"runtime"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// TestHeld: cursors that are read side by side hold about what they tell, and
// nothing at their end.
func TestHeld(t *testing.T) {
	s := mustOpen(t, Config{Dir: t.TempDir()})
	defer s.Close()
	const series, each = 200, 6000
	for i := range series {
		put(t, s, cpu(fmt.Sprint(i)), 0, each, 1)
	}
	if err := settleAll(s); err != nil {
		t.Fatal(err)
	}
	snapshot, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	var b points.Block
	readOn := func() (open []points.Cursor, held int) {
		for sr, err := range snapshot.Select(t.Context(), storage.Selection{Metrics: []string{"cpu"}}) {
			if err != nil {
				t.Fatal(err)
			}
			c := sr.Points(points.Range{From: 0, To: each}, points.Asc)
			if err := c.Next(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
			open, held = append(open, c), held+c.(points.Holder).Held()
		}
		return open, held
	}
	closeAll := func(open []points.Cursor) {
		for _, c := range open {
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			if n := c.(points.Holder).Held(); n != 0 {
				t.Fatalf("a closed cursor holds %d bytes", n)
			}
		}
	}
	open, _ := readOn() // what is cached is cached now
	closeAll(open)
	before := heap()
	open, told := readOn()
	taken := heap() - before
	t.Logf("%d bytes a cursor, told %d", taken/series, told/series)
	if taken > 3*told/2 || taken < told/2 {
		t.Errorf("%d cursors hold %d bytes and tell of %d", len(open), taken, told)
	}
	closeAll(open)
}

// heap is how many bytes are in use.
func heap() int {
	var m runtime.MemStats
	for range 3 { // what rests in pools is let go of by the second
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
