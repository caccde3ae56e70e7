package storagetest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// leadingChecks are the demands on a driver that reads the first points of many
// series in one go.
func leadingChecks() []check {
	return []check{
		{"leading", "equals cursors", leadingEqualsCursors},
		{"leading", "of a snapshot", leadingOfSnapshot},
	}
}

// leadingEqualsCursors: the first points of many series are those that a cursor of
// each begins with, in both orders, over fresh, overwritten, removed, expired and
// settled points.
func leadingEqualsCursors(f *fixture) {
	rng := rand.New(rand.NewPCG(7, 7))
	f.fill()
	for i := range 40 {
		host, from := fmt.Sprintf("h%02d", i%25), int64(rng.IntN(3000))
		f.put(long("led", "h", host), count(1+rng.IntN(900), from, 1+int64(rng.IntN(20))), time.Duration(rng.IntN(2))*time.Hour)
		f.put(double("led", "h", host), doubles(from, 0.5, 1.5), 0)
		if i%8 == 0 {
			f.put(text("led", "h", host), texts(from, "a", "b", "c"), 0)
		}
		if i == 20 {
			f.compact()
			f.delete(storage.Selection{Metrics: []string{"led"}}, points.Range{From: 500, To: 900})
		}
	}
	f.clock.Advance(30 * time.Minute)
	f.leads(rng, f.store)
	f.clock.Advance(40 * time.Minute)
	f.leads(rng, f.store)
	f.compact()
	f.leads(rng, f.store)
}

// leadingOfSnapshot: a snapshot's first points are those of its moment.
func leadingOfSnapshot(f *fixture) {
	f.put(long("m", "h", "a"), count(4000, 0, 1), 0)
	f.put(long("m", "h", "b"), longs(5, 5), 0)
	snap, _ := f.snapshot()
	defer f.close(snap)
	f.delete(storage.Selection{}, points.Range{From: 0, To: 3990})
	f.compact()
	f.leads(rand.New(rand.NewPCG(8, 8)), snap)
}

// leads compares the first points of all series, kind by kind, with those of their
// cursors.
func (f *fixture) leads(rng *rand.Rand, from storage.Reader) {
	f.Helper()
	kinds := map[string][]storage.Series{}
	for s, err := range from.Select(f.Context(), storage.Selection{}) {
		f.must(err)
		k := s.Key()
		kinds[points.GroupType(k.Type)] = append(kinds[points.GroupType(k.Type)], s)
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		for range 12 {
			r := points.Always
			if rng.IntN(3) != 0 {
				at := int64(rng.IntN(6000))
				r = points.Range{From: at, To: at + int64(rng.IntN(4000))}
			}
			if !f.leadsAll(kinds[kind], r, points.Order(rng.IntN(2) == 0), 1+rng.IntN(1<<rng.IntN(12))) {
				f.Skip("the driver reads series one by one")
			}
		}
	}
}

// leadsAll compares the first n points of each series in a range; false: the driver
// does not read series together.
func (f *fixture) leadsAll(all []storage.Series, r points.Range, o points.Order, n int) bool {
	f.Helper()
	var b points.Block
	ends, ok, err := storage.Lead(f.Context(), all, r, o, n, &b, nil)
	f.must(err)
	if !ok {
		return false
	}
	from := 0
	for i, s := range all {
		want, err := drain(f.Context(), s.Points(r, o))
		f.must(err)
		var got []string
		for at := from; at < ends[i]; at++ {
			got = append(got, pointText(b.Times[at], valueText(&b, at)))
		}
		if want = want[:min(n, len(want))]; !slices.Equal(got, want) {
			f.Fatalf("the first %d points of %s in %v, %v: got %v, want %v", n, s.Key(), r, o, got, want)
		}
		from = ends[i]
	}
	return true
}
