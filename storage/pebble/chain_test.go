package pebble

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage/points"
)

// chained is a store with a series of a point a millisecond from 0 up to last, in some
// chunks, and a way to count the points of a range as one scan reads it.
func chained(t *testing.T, last int64) (s *Store, sc *scan, count func(r points.Range) (int, error)) {
	s = mustOpenClosing(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	put(t, s, cpu("a"), 0, last, 1)
	if err := settleAll(s); err != nil {
		t.Fatal(err)
	}
	r := s.hold()
	t.Cleanup(func() { _ = r.snap.Close() })
	sc, at, err := r.open(1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.release(sc) })
	return s, sc, func(within points.Range) (n int, err error) {
		if err := sc.read(1, at, within, points.Asc, 0); err != nil {
			return 0, err
		}
		var b points.Block
		for {
			b.Reset(points.Number)
			if err := sc.merge.fill(&b, &sc.expires, points.BlockSize); err != nil || b.Len() == 0 {
				return n, err
			}
			if got, want := b.Times[0], max(0, within.From)+int64(n); got != want {
				t.Fatalf("%v: got a point at %d, want %d", within, got, want)
			}
			n += b.Len()
		}
	}
}

// TestChainAhead: a scan that knows how long chunks are finds those of a range, and
// mostly from before.
func TestChainAhead(t *testing.T) {
	const last = 100_000
	_, sc, count := chained(t, last)
	check := func(r points.Range) {
		t.Helper()
		want := int(min(r.To, last) - max(r.From, 0) + 1)
		if got, err := count(r); got != max(0, want) || err != nil {
			t.Errorf("%v: got %d points, %v, want %d", r, got, err, want)
		}
	}
	behind := func() int { return sc.it.Stats().ReverseSeekCount[pebble.InterfaceCall] }
	check(points.Range{From: 50_000, To: 50_010})
	if was := behind(); was != 1 {
		t.Errorf("searched %d times from behind, want one", was)
	}
	for _, from := range []int64{50_000, 70_000, 99_999, 40_000} {
		if check(points.Range{From: from, To: from + 10}); behind() != 1 {
			t.Errorf("searched again from behind for what begins at %d", from)
		}
	}
	check(points.Always)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		from := rng.Int64N(last+2000) - 1000
		check(points.Range{From: from, To: from + rng.Int64N(20_000)})
		if rng.IntN(8) == 0 {
			sc.chain.span = rng.Int64N(1 << rng.IntN(40)) // of another series
		}
	}
}

// TestChainAheadOfOthers: a scan that comes from a series with few points, whose chunks
// are long, does not read all the chunks of one with many, and misses none.
func TestChainAheadOfOthers(t *testing.T) {
	const last = 1_000_000
	_, sc, count := chained(t, last)
	for _, from := range []int64{0, 1, 8192, 500_000, 900_000, last} {
		for _, span := range []int64{1, 9000, 20_000, 100_000, last, 1 << 62} {
			r := points.Range{From: from, To: min(from+10, last)}
			sc.chain.span = span
			steps := sc.it.Stats().ForwardStepCount[pebble.InterfaceCall]
			if got, err := count(r); got != int(r.To-r.From+1) || err != nil {
				t.Errorf("%v after chunks of %d: got %d points, %v", r, span, got, err)
			}
			if steps = sc.it.Stats().ForwardStepCount[pebble.InterfaceCall] - steps; steps > 4 {
				t.Errorf("%v after chunks of %d: went over %d chunks", r, span, steps)
			}
		}
	}
}

// TestChainAheadOfDamage: a chunk that cannot be read makes no other range fail, also
// where a scan comes across it on its way there.
func TestChainAheadOfDamage(t *testing.T) {
	s, _, _ := chained(t, 100_000)
	chunks := entries(t, s, keyChunk)
	if len(chunks) < 5 {
		t.Fatalf("got %d chunks, want several", len(chunks))
	}
	key := []byte(chunks[2][:17])
	if err := flipEntry(s, key); err != nil {
		t.Fatal(err)
	}
	next := parseTime([]byte(chunks[3][9:17]))
	snap, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	for _, r := range []points.Range{{From: 90_000, To: 90_100}, {From: next, To: next + 9}, {From: next + 1, To: next + 10}, {From: next + 4000, To: next + 4009}} {
		if b, err := readRange(t, snap, cpu("a"), r); err != nil || b.Len() != int(r.To-r.From+1) {
			t.Errorf("%v: got %d points, %v, want all", r, b.Len(), err)
		}
	}
	for range 2 {
		if b, err := readRange(t, snap, cpu("a"), points.Range{From: next - 1, To: next + 9}); !errors.Is(err, points.ErrCorrupt) {
			t.Errorf("got %d points, %v, want %v", b.Len(), err, points.ErrCorrupt)
		}
	}
}
