package cassandra

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"aion/storage/codec"
	"aion/storage/points"
)

// evenly is a series of n points, one a second from 2023 on.
func evenly(l codec.Layout, metric, typ string, n int) *storedSeries {
	s := newStored(l, points.Key{Metric: metric, Tags: points.Tags{{Name: "host", Value: "a"}}, Type: typ})
	for i := range int64(n) {
		s.put(1698278400000+1000*i, i)
	}
	return s
}

// checkPointsClusters: rows of two clusters with different layouts are one
// series; at the same time the write cluster's point counts.
func checkPointsClusters(t *testing.T, room *pointsRoom) {
	hours := codec.Layout{Unit: codec.Milliseconds, Width: 3600000}
	write, read := room, openPoints(t, hours)
	write.use(codec.Default())
	for _, typ := range []string{points.TypeLong, points.TypeText} {
		rng := rand.New(rand.NewPCG(1, 2))
		key := points.Key{Metric: "both", Type: typ}
		mine, theirs, both := newStored(codec.Default(), key), newStored(hours, key), newStored(codec.Default(), key)
		for n := range int64(6000) {
			at := rng.Int64N(200000)*400 - 40000
			switch rng.IntN(3) {
			case 0:
				theirs.put(at, n)
			case 1:
				mine.put(at, n)
			default:
				theirs.put(at, n)
				mine.put(at, -n)
			}
		}
		for _, from := range []*storedSeries{theirs, mine} {
			for id, at := range from.at {
				both.at[fmt.Sprint(at[1])], both.text[fmt.Sprint(at[1])] = [2]int64{0, at[1]}, from.text[id]
			}
		}
		write.insert(mine.stored())
		read.insert(theirs.stored())
		s := mine.series(write.store, write.conn())
		s.rows = append(s.rows, theirs.series(write.store, read.conn()).rows...)
		for range 6 {
			r := points.Range{From: rng.Int64N(40000000) - 50000, To: rng.Int64N(80000000)}
			for _, o := range []points.Order{points.Asc, points.Desc} {
				s.Ahead(t.Context(), r, o)
				sameLines(t, fmt.Sprint(typ, r, o), readAllOf(t, s.Points(r, o)), both.want(r, o))
			}
		}
	}
}

// checkAnyKeepsThePage: what Any has read, or Ahead has fetched, Points gives
// without asking again: the row is gone by then.
func checkAnyKeepsThePage(t *testing.T, room *pointsRoom) {
	room.use(codec.Default())
	begin := map[string]func(*series, points.Range){
		"any": func(s *series, r points.Range) {
			if found, err := s.Any(t.Context(), r); !found || err != nil {
				t.Errorf("Any = %t, %v", found, err)
			}
		},
		"ahead": func(s *series, r points.Range) {
			s.Ahead(t.Context(), r, points.Asc)
			await(t, func() bool { return arrived(s) })
		},
		"both": func(s *series, r points.Range) {
			s.Ahead(t.Context(), r, points.Asc)
			if found, err := s.Any(t.Context(), r); !found || err != nil {
				t.Errorf("Any = %t, %v", found, err)
			}
		},
	}
	for name, do := range begin {
		s := evenly(codec.Default(), name, points.TypeLong, 1200)
		room.insert(s.stored())
		handle := s.series(room.store, room.conn())
		do(handle, points.Always)
		if name == "any" && room.store.fetching.held.Load() == 0 {
			t.Error("what Any has kept is not counted")
		}
		room.remove(s.stored())
		sameLines(t, name, readAllOf(t, handle.Points(points.Always, points.Asc)), s.want(points.Always, points.Asc))
		if got := readAllOf(t, handle.Points(points.Always, points.Asc)); len(got) != 0 {
			t.Errorf("%s: %d points are given twice", name, len(got))
		}
		idle(t, room.store)
	}
}

// arrived tells whether what Ahead has begun is there.
func arrived(s *series) bool {
	f := s.kept.Load().reader.source.(*lane).under[0].ahead
	select {
	case <-f.done:
		return true
	default:
		return false
	}
}

// await waits until something holds.
func await(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not come about")
		}
	}
}

// checkKeptGoesAway: what was fetched ahead is given back when it is asked in
// another range, when it has become old, and when nobody has the series any more.
func checkKeptGoesAway(t *testing.T, room *pointsRoom) {
	room.use(codec.Default())
	s := evenly(codec.Default(), "kept", points.TypeLong, 100)
	room.insert(s.stored())
	r := points.Range{From: 1698278400000, To: 1698278410000}
	handle := s.series(room.store, room.conn())
	handle.Ahead(t.Context(), points.Always, points.Asc)
	sameLines(t, "another range", readAllOf(t, handle.Points(r, points.Desc)), s.want(r, points.Desc))
	idle(t, room.store)
	if found, err := handle.Any(t.Context(), r); !found || err != nil {
		t.Fatalf("Any = %t, %v", found, err)
	}
	handle.kept.Load().until = time.Now().Add(-time.Second)
	room.remove(s.stored())
	if got := readAllOf(t, handle.Points(r, points.Asc)); len(got) != 0 {
		t.Errorf("%d points have become old", len(got))
	}
	idle(t, room.store)
	room.insert(s.stored())
	func() {
		handle := s.series(room.store, room.conn())
		if found, err := handle.Any(t.Context(), r); !found || err != nil {
			t.Fatalf("Any = %t, %v", found, err)
		}
		s.series(room.store, room.conn()).Ahead(t.Context(), r, points.Desc)
	}()
	await(t, func() bool { runtime.GC(); return room.store.fetching.held.Load() == 0 })
}

// checkAheadIsBounded: where the store holds enough, nothing is begun, and Any
// keeps nothing.
func checkAheadIsBounded(t *testing.T, room *pointsRoom) {
	room.use(codec.Default())
	s := evenly(codec.Default(), "bounded", points.TypeLong, 300)
	room.insert(s.stored())
	handle := s.series(room.store, room.conn())
	if !room.store.fetching.hold(heldBytes) {
		t.Fatal("there is no room at all")
	}
	handle.Ahead(t.Context(), points.Always, points.Asc)
	if found, err := handle.Any(t.Context(), points.Always); !found || err != nil {
		t.Errorf("Any = %t, %v", found, err)
	}
	if handle.kept.Load() != nil {
		t.Error("a page is kept for which there is no room")
	}
	sameLines(t, "without room", readAllOf(t, handle.Points(points.Always, points.Asc)), s.want(points.Always, points.Asc))
	room.store.fetching.release(heldBytes)
}

// checkPointsEnd: a cursor that is closed early, or whose context ends, leaves
// nothing under way and keeps saying why it ended; where the context of one call
// has ended, a reader that has begun goes on under another.
func checkPointsEnd(t *testing.T, room *pointsRoom) {
	room.use(codec.Default())
	s := evenly(codec.Default(), "end", points.TypeLong, 9000)
	room.insert(s.stored())
	handle := s.series(room.store, room.conn())
	for range 20 {
		if n := oneBlock(t.Context(), t, handle.Points(points.Always, points.Asc)); n != points.BlockSize {
			t.Errorf("the first block has %d points", n)
		}
		idle(t, room.store)
	}
	ctx, cancel := context.WithCancel(t.Context())
	c := handle.Points(points.Always, points.Asc)
	var b points.Block
	if err := c.Next(ctx, &b); err != nil {
		t.Fatal(err)
	}
	cancel()
	for range 2 {
		if err := c.Next(ctx, &b); err != context.Canceled || b.Len() != 0 {
			t.Errorf("%d points and the error %v after the context's end", b.Len(), err)
		}
	}
	c.Close()
	idle(t, room.store)
	ctx, cancel = context.WithCancel(t.Context())
	handle.Ahead(ctx, points.Always, points.Asc)
	cancel()
	sameLines(t, "another context", readAllOf(t, handle.Points(points.Always, points.Asc)), s.want(points.Always, points.Asc))
}

// checkPointsDamaged: a value and a column that nobody can have written are named.
func checkPointsDamaged(t *testing.T, room *pointsRoom) {
	room.use(codec.Default())
	for name, cell := range map[string]storedCell{
		"the value at 1698278400005: stored data is damaged": {column: []byte{0, 0, 0, 5}, value: []byte{0x80}},
		"a column of row 1698278400000 is 0005":              {column: []byte{0, 5}, value: []byte{2}},
	} {
		s := evenly(codec.Default(), strings.Fields(name)[1], points.TypeLong, 3)
		cells := s.stored()
		cell.key = cells[0].key
		room.insert(append(cells, cell))
		c := s.series(room.store, room.conn()).Points(points.Always, points.Asc)
		var b points.Block
		err := c.Next(t.Context(), &b)
		if !errors.Is(err, points.ErrCorrupt) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), s.key.String()) {
			t.Errorf("got %v", err)
		}
		if again := c.Next(t.Context(), &b); again == nil || again.Error() != err.Error() {
			t.Errorf("then %v", again)
		}
		c.Close()
	}
}

// checkPointsWithoutValue: a row whose value has been taken away, which tables
// that are not compact may have, is no point.
func checkPointsWithoutValue(t *testing.T, room *pointsRoom) {
	room.use(codec.Default())
	s := evenly(codec.Default(), "void", points.TypeLong, 3)
	cells := s.stored()
	room.insert(append(cells, storedCell{cells[0].key, []byte{0, 0, 0, 7}, nil}))
	handle := s.series(room.store, room.conn())
	sameLines(t, "void", readAllOf(t, handle.Points(points.Always, points.Asc)), s.want(points.Always, points.Asc))
}
