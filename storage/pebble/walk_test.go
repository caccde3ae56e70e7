package pebble

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// TestWalk: series that are read one after the other give what each gives by
// itself, whatever they are made of, forwards and backwards, in any order of
// series, with ranges that begin before, in and behind their points.
func TestWalk(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	defer s.Close()
	fillUnevenly(t, s, rng, 100)
	snap, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	var all []storage.Series
	for sr, err := range snap.Select(t.Context(), storage.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, sr)
	}
	ranges := []points.Range{points.Always, {From: 0, To: 50}, {From: 20, To: 20}, {From: 2500, To: 9000}, {From: -9, To: -1}, {From: 7000, To: 8000}}
	walked := 0
	for round := range 24 {
		if round%4 == 3 {
			rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		}
		from := rng.IntN(len(all))
		r, o, every := ranges[round%len(ranges)], []points.Order{points.Asc, points.Desc}[round%2], 1+rng.IntN(5)
		for i := from; i < len(all); i += every {
			got, want := readWalking(t, all[i], r, o, rng.IntN(4) == 0), readAlone(t, s, all[i].Key(), r, o)
			if got != want {
				t.Fatalf("%s in %v %s: got %s, want %s", all[i].Key(), r, o, got, want)
			}
		}
		for _, sc := range snap.(*snapshot).idle.scans {
			if sc.walking {
				walked++
			}
		}
	}
	if walked == 0 {
		t.Error("no scan has walked")
	}
}

// fillUnevenly makes n series of few points and of many, settled, carried, in
// runs of two epochs, large ones among them, with holes, and of nothing.
func fillUnevenly(t *testing.T, s *Store, rng *rand.Rand, n int) {
	t.Helper()
	for part := range 3 {
		for i := range n {
			k := cpu(fmt.Sprintf("h%03d", i))
			switch from := int64(part * 10); rng.IntN(8) {
			case 0, 1, 2:
				put(t, s, k, from, from+int64(rng.IntN(3)), 1)
			case 3:
				put(t, s, k, 2000+from, 2000+from+int64(rng.IntN(600)), 1)
			case 4:
				put(t, s, k, 0, 9000, 5+int64(rng.IntN(4)))
			case 5:
				put(t, s, k, 15, 35, 5)
				one := storage.Selection{Matchers: []storage.Matcher{{Tag: "host", Values: []string{k.Tags[0].Value}}}}
				if err := s.Delete(t.Context(), one, points.Range{From: 18, To: int64(20 + rng.IntN(3000))}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if part == 0 {
			tidy(t, s)
		} else if err := s.turn(); err != nil {
			t.Fatal(err)
		}
	}
}

// readWalking reads a series of a snapshot, after asking whether it has points at
// all if probe says so.
func readWalking(t *testing.T, sr storage.Series, r points.Range, o points.Order, probe bool) string {
	t.Helper()
	var b points.Block
	drain(t, sr.Points(r, o), &b)
	if probe {
		ok, err := sr.Any(t.Context(), r)
		if err != nil || ok != (b.Len() != 0) {
			t.Fatalf("%s in %v: any is %t, %v, and it has %d points", sr.Key(), r, ok, err, b.Len())
		}
	}
	return fmt.Sprint(b.Times, b.Ints)
}

// readAlone reads a series with iterators of its own.
func readAlone(t *testing.T, s *Store, k points.Key, r points.Range, o points.Order) string {
	t.Helper()
	number, ok, err := readNumber(s.db, k.Append(nil))
	if !ok || err != nil {
		t.Fatalf("number of %s: %t, %v", k, ok, err)
	}
	var b points.Block
	drain(t, (&shelf{from: &reader{s: s}}).series(number, k).Points(r, o), &b)
	return fmt.Sprint(b.Times, b.Ints)
}

// TestWalkForwards: who reads series one after the other from before their first points
// on never looks from behind for chunks that begin earlier.
func TestWalkForwards(t *testing.T) {
	const series, last = 3 * walkAfter, 9999
	s := mustOpenClosing(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	for i := range series {
		put(t, s, cpu(fmt.Sprintf("h%03d", i)), 0, last, 1)
	}
	tidy(t, s)
	r := s.hold()
	defer func() { _ = r.snap.Close() }()
	r.idle = &idle{}
	defer r.idle.close(s)
	for _, within := range []points.Range{points.Always, {From: 0, To: last}, {From: -5, To: 5000}, {From: 7, To: last}} {
		for number := range uint64(series) {
			var b points.Block
			drain(t, (&shelf{from: &r}).series(1+number, cpu("")).Points(within, points.Asc), &b)
			from := max(0, within.From)
			if want := min(within.To, last) - from + 1; int64(b.Len()) != want || b.Times[0] != from {
				t.Fatalf("%v of series %d: got %d points from %d on, want %d", within, 1+number, b.Len(), b.Times[0], want)
			}
		}
		sc := r.idle.scans[0]
		if !sc.walking {
			t.Fatal("the scan does not walk")
		}
		if n := sc.walk.chunks.it.Stats().ReverseSeekCount[pebble.InterfaceCall]; within.From <= 0 && n != 0 {
			t.Errorf("%v: searched %d times from behind", within, n)
		}
	}
}
