package cassandra

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"aion/storage/codec"
	"aion/storage/points"
)

// TestPoints reads what plain CQL has stored, on one keyspace for all checks:
// making one takes longer than they do. Each leaves nothing under way.
func TestPoints(t *testing.T) {
	room := openPoints(t, codec.Default())
	for _, check := range []struct {
		name string
		do   func(*testing.T, *pointsRoom)
	}{
		{"random", checkPointsRandom},
		{"twins", checkPointsTwins},
		{"pages", checkPointsPages},
		{"long rows", checkPointsLongRows},
		{"vectors", checkPointsVectors},
		{"old rows", checkPointsOldRows},
		{"clusters", checkPointsClusters},
		{"any keeps the page", checkAnyKeepsThePage},
		{"kept goes away", checkKeptGoesAway},
		{"ahead is bounded", checkAheadIsBounded},
		{"end", checkPointsEnd},
		{"damaged", checkPointsDamaged},
		{"without value", checkPointsWithoutValue},
	} {
		t.Run(check.name, func(t *testing.T) {
			check.do(t, &pointsRoom{TB: t, store: room.store, session: room.session})
			idle(t, room.store)
		})
	}
}

// checkPointsRandom: points at times round zero, round multiples of the row width
// and at both ends of all times come back in order, each time once, in every
// layout, type and direction, in ranges that begin and end anywhere.
func checkPointsRandom(t *testing.T, room *pointsRoom) {
	room.use(codec.Default())
	layouts := []codec.Layout{
		codec.Default(), {Unit: codec.Legacy, Width: 1814400000}, {Unit: codec.Seconds, Width: 1814400},
		{Unit: codec.Milliseconds, Width: 1000}, {Unit: codec.Seconds, Width: 1814400000},
	}
	types := []string{points.TypeLong, points.TypeDouble, points.TypeText, points.TypeNull, points.TypeLegacy, "custom"}
	for i, l := range layouts {
		if i > 0 {
			types = []string{points.TypeLong, points.TypeLegacy}
		}
		room.use(l)
		for j, typ := range types {
			rng := rand.New(rand.NewPCG(uint64(i), uint64(j)))
			s := newStored(l, points.Key{Metric: fmt.Sprint("random", i), Tags: points.Tags{{Name: "host", Value: "a"}}, Type: typ})
			s.plain = typ == points.TypeLegacy && l.Unit == codec.Legacy
			times := randomTimes(rng, l.Width)
			for n, at := range times {
				s.put(at, int64(n))
			}
			room.insert(s.stored())
			handle := s.series(room.store, room.conn())
			for n := range 8 {
				r, o := points.Always, points.Order(n%2 == 1)
				if n > 1 {
					r = randomRange(rng, times)
				}
				what := fmt.Sprintf("%v, %s in %v %s", l, typ, r, o)
				sameLines(t, what, readAllOf(t, handle.Points(r, o)), s.want(r, o))
				found, err := handle.Any(t.Context(), r)
				if err != nil || found != (len(s.want(r, o)) > 0) {
					t.Fatalf("%s: Any = %t, %v", what, found, err)
				}
				sameLines(t, what+" after Any", readAllOf(t, handle.Points(r, points.Asc)), s.want(r, points.Asc))
			}
		}
	}
}

// checkPointsTwins: of a long and a double that a row without a type has at one
// time, the long is given in both directions, within a page and between two.
func checkPointsTwins(t *testing.T, room *pointsRoom) {
	room.use(codec.Layout{Unit: codec.Legacy, Width: 1814400000})
	s := newStored(room.conn().layout, points.Key{Metric: "twins", Type: points.TypeLegacy})
	s.plain = true
	for n := range int64(4000) {
		s.put(n/2, n)
	}
	room.insert(s.stored())
	for _, o := range []points.Order{points.Asc, points.Desc} {
		sameLines(t, o.String(), readAllOf(t, s.series(room.store, room.conn()).Points(points.Always, o)), s.want(points.Always, o))
	}
}

// randomTimes are times near the places where rows begin and end.
func randomTimes(rng *rand.Rand, width int64) []int64 {
	near := []int64{0, width, -width, 2 * width, -2 * width, 1700000000000, math.MinInt64, math.MaxInt64}
	var times []int64
	for range 150 {
		spread := width/2 + 1
		if rng.IntN(2) == 0 {
			spread = 20
		}
		at := near[rng.IntN(len(near))]
		off := rng.Int64N(2*spread+1) - spread
		if off > 0 && at > math.MaxInt64-off || off < 0 && at < math.MinInt64-off {
			off = -off
		}
		times = append(times, at+off)
	}
	return append(times, math.MinInt64, math.MaxInt64, 0, -1, 1)
}

// randomRange is a range that begins and ends at or beside some of the times.
func randomRange(rng *rand.Rand, times []int64) points.Range {
	pick := func() int64 {
		at := times[rng.IntN(len(times))]
		if off := int64(rng.IntN(3) - 1); at != math.MinInt64 && at != math.MaxInt64 {
			at += off
		}
		return at
	}
	a, b := pick(), pick()
	return points.Range{From: min(a, b), To: max(a, b)}
}

// checkPointsPages: a series of many pages in several rows, some of them empty,
// comes whole in both directions.
func checkPointsPages(t *testing.T, room *pointsRoom) {
	room.use(codec.Layout{Unit: codec.Milliseconds, Width: 10000})
	s := newStored(room.conn().layout, points.Key{Metric: "pages", Type: points.TypeLong})
	for n := range int64(9000) {
		s.put(n, n)
	}
	for n := range int64(3000) {
		s.put(200000+10*n, n)
	}
	room.insert(s.stored())
	handle := s.series(room.store, room.conn())
	for ghost := range int64(9) {
		handle.rows = append(handle.rows[:1+ghost], append([]row{{conn: room.conn(), time: 10000 * (1 + ghost)}}, handle.rows[1+ghost:]...)...)
	}
	for _, r := range []points.Range{points.Always, {From: 1000, To: 8999}, {From: 9000, To: 199999}, {From: 8999, To: 200000}} {
		for _, o := range []points.Order{points.Asc, points.Desc} {
			sameLines(t, fmt.Sprint(r, o), readAllOf(t, handle.Points(r, o)), s.want(r, o))
		}
	}
}

// checkPointsLongRows: a long row comes whole in both directions however its
// points are spread, and reading it allocates next to nothing a point.
func checkPointsLongRows(t *testing.T, room *pointsRoom) {
	room.use(codec.Default())
	s := newStored(codec.Default(), points.Key{Metric: "long", Type: points.TypeDouble})
	rng := rand.New(rand.NewPCG(3, 4))
	at := int64(1698278400000)
	for n := range int64(20000) {
		switch {
		case n%5000 == 4999:
			at += rng.Int64N(400000000)
		case n%7000 < 3000:
			at += 1 + rng.Int64N(2)
		default:
			at += 1 + rng.Int64N(5000)
		}
		s.put(at, n)
	}
	room.insert(s.stored())
	handle := s.series(room.store, room.conn())
	for n := range 10 {
		r := points.Always
		if n > 1 {
			a, b := 1698278400000+rng.Int64N(at-1698278400000), 1698278400000+rng.Int64N(at-1698278400000)
			r = points.Range{From: min(a, b), To: max(a, b)}
		}
		o := points.Order(n%2 == 1)
		sameLines(t, fmt.Sprint(r, o), readAllOf(t, handle.Points(r, o)), s.want(r, o))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var b points.Block
	c := handle.Points(points.Always, points.Asc)
	for c.Next(t.Context(), &b) == nil {
	}
	c.Close()
	runtime.ReadMemStats(&after)
	if n := float64(after.Mallocs-before.Mallocs) / 20000; n > 0.2 {
		t.Errorf("%.2f allocations a point", n)
	}
}
