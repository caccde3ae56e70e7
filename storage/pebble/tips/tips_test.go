package tips

import (
	"testing"

	"aion/storage/points"
)

// longs is a block of longs that are their times.
func longs(times ...int64) *points.Block {
	b := new(points.Block)
	for _, at := range times {
		b.AppendInt(at, at)
	}
	return b
}

// batch applies a batch that puts points into series 1, whose sequence numbers were
// taken when base had begun.
func batch(t *Tips, base uint64, times ...int64) {
	c := Changes{Base: base}
	c.Put(1, points.TypeLong, longs(times...), nil)
	c.Tell(t)
	t.Applied()
}

// ask asks for the newest point of series 1 in a range.
func ask(t *Tips, from, to int64) *Query {
	q := &Query{Tips: t, Number: 1, Stored: points.TypeLong, Range: points.Range{From: from, To: to}, Seen: t.Seen()}
	q.Ask()
	return q
}

// TestKnown tells what is known of a series after batches.
func TestKnown(t *testing.T) {
	for name, test := range map[string]struct {
		do          func(t *Tips)
		none, found bool
		at          int64
	}{
		"nothing was written":                 {do: func(t *Tips) { c := Changes{}; c.Put(2, points.TypeLong, longs(5), nil); c.Tell(t); t.Applied() }, none: true},
		"one batch":                           {do: func(t *Tips) { batch(t, 0, 3, 5) }, found: true, at: 5},
		"a newer point":                       {do: func(t *Tips) { batch(t, 0, 3); batch(t, 1, 7) }, found: true, at: 7},
		"an older point":                      {do: func(t *Tips) { batch(t, 0, 7); batch(t, 1, 3) }, found: true, at: 7},
		"numbers were taken before the other": {do: func(t *Tips) { batch(t, 0, 3); batch(t, 0, 7) }},
		"the newest was cut": {do: func(t *Tips) {
			batch(t, 0, 3, 5)
			c := Changes{Cuts: []uint64{1}, Gone: points.Range{From: 5, To: 9}}
			c.Tell(t)
			t.Applied()
		}},
		"an older one was cut": {do: func(t *Tips) {
			batch(t, 0, 3, 5)
			c := Changes{Cuts: []uint64{1}, Gone: points.Range{From: 3, To: 4}}
			c.Tell(t)
			t.Applied()
		}, found: true, at: 5},
		"given up": {do: func(t *Tips) { batch(t, 0, 5); c := Changes{}; c.Lose(1); c.Tell(t); t.Applied() }},
	} {
		t.Run(name, func(t *testing.T) {
			var kept Tips
			kept.Begin(0, 0)
			test.do(&kept)
			q := ask(&kept, 0, 100)
			if q.None() != test.none || q.Found() != test.found || q.Found() && q.Newest.At != test.at {
				t.Errorf("got none %v, found %v at %d, want %v, %v at %d", q.None(), q.Found(), q.Newest.At, test.none, test.found, test.at)
			}
		})
	}
}

// TestBring: what a reader has found is known afterwards, unless a batch has changed
// the series since the reader began.
func TestBring(t *testing.T) {
	for _, late := range []bool{false, true} {
		var kept Tips
		kept.Begin(1, 0) // series 1 is older: nothing is known of it
		q := ask(&kept, 0, 100)
		if q.None() || q.Found() || !q.Bears() || q.Wanting() != (points.Range{From: 0, To: points.Always.To}) {
			t.Fatalf("got %+v, want a tip to be brought", q)
		}
		if late {
			batch(&kept, 0, 50)
		}
		q.Bring(longs(9), nil)
		if again := ask(&kept, 0, 100); again.Found() == late || again.Found() && again.Newest.At != 9 {
			t.Errorf("late %v: got found %v at %d", late, again.Found(), again.Newest.At)
		}
	}
}

// TestRoom: no more pages are kept than there is room for, and one that nobody uses
// goes when others have been wanted in vain often enough.
func TestRoom(t *testing.T) {
	var kept Tips
	kept.Begin(1<<20, PageSize)
	first := ask(&kept, 0, 100)
	if !first.Bears() {
		t.Fatal("the first page has found no room")
	}
	other := Query{Tips: &kept, Number: 5 * PerPage, Stored: points.TypeLong, Range: points.Always}
	tries := 1
	for other.Ask(); !other.Bears(); other.Ask() {
		if tries++; tries > 3*tipPatience {
			t.Fatalf("no room after %d questions", tries)
		}
	}
	if tries < tipPatience {
		t.Errorf("room after %d questions, want %d at least", tries, tipPatience)
	}
	if first.Peek(); first.Bears() {
		t.Error("the first page is there still")
	}
}
