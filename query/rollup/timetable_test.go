package rollup

import "testing"

// TestClockAheadTaken: a slot is due that was taken before the clock was set back, and
// put where that was afterwards.
func TestClockAheadTaken(t *testing.T) {
	table := newTimetable()
	const ahead = 1_000_000_000
	first, second := &slot{index: -1}, &slot{index: -1}
	table.put(first, ahead)
	table.put(second, ahead+1)
	if s, _, _ := table.take(ahead); s != first {
		t.Fatalf("got %+v, want the first slot", s)
	}
	if s, _, _ := table.take(5); s != second {
		t.Fatalf("got %+v, want the second slot", s)
	}
	table.put(first, 2*ahead)
	table.put(second, 7)
	for _, want := range []*slot{first, second} {
		if s, at, _ := table.take(7); s != want {
			t.Errorf("got %+v due at %d, want %+v", s, at, want)
		}
	}
}
