package storagetest

import (
	"math"

	"aion/storage"
	"aion/storage/points"
)

// deleteChecks are the demands on Delete.
func deleteChecks() []check {
	return []check{
		{"delete", "ranges are exact", deleteRanges},
		{"delete", "selections are exact", deleteSelections},
		{"delete", "in the middle of much", deleteMuch},
		{"delete", "everything and again", deleteEverything},
		{"delete", "then write the same instant", deleteThenWrite},
		{"delete", "nothing", deleteNothing},
		{"delete", "reopened", deleteReopened},
	}
}

// deleteRanges: both ends of a range belong to it.
func deleteRanges(f *fixture) {
	k := long("m", "h", "a")
	for _, r := range []points.Range{
		{From: 20, To: 30}, {From: 11, To: 19}, {From: 30, To: 20}, {From: math.MinInt64, To: 10},
		{From: 40, To: math.MaxInt64}, points.Always,
	} {
		f.put(k, longs(10, 1, 20, 2, 30, 3, 40, 4), 0)
		f.delete(storage.Selection{Metrics: []string{"m"}}, r)
		f.agree(storage.Selection{}, points.Always)
	}
}

// deleteSelections: only series that match lose points.
func deleteSelections(f *fixture) {
	for _, s := range someSelections(f) {
		f.fill()
		f.delete(s.selection, points.Range{From: 1, To: 2})
		f.agree(storage.Selection{}, points.Always)
	}
}

// deleteMuch: a deletion cuts through what has its final form already and what
// has not.
func deleteMuch(f *fixture) {
	k := long("m", "h", "a")
	f.put(k, count(10_000, 0, 100), 0)
	f.compact()
	f.put(k, count(10_000, 50, 100), 0)
	f.delete(storage.Selection{}, points.Range{From: 123_400, To: 777_750})
	f.agree(storage.Selection{}, points.Always)
	f.agree(storage.Selection{}, points.Range{From: 100_000, To: 500_000})
	f.compact()
	f.agree(storage.Selection{}, points.Always)
	f.put(k, count(50, 400_000, 7), 0)
	f.agree(storage.Selection{}, points.Always)
}

// deleteEverything: an emptied store is like a new one.
func deleteEverything(f *fixture) {
	for range 3 {
		f.fill()
		f.agree(storage.Selection{}, points.Always)
		f.delete(storage.Selection{}, points.Always)
		f.holds()
	}
}

// deleteThenWrite: a point written after a deletion is there.
func deleteThenWrite(f *fixture) {
	k := long("m", "h", "a")
	f.put(k, longs(1, 1, 2, 1, 3, 1), 0)
	f.delete(storage.Selection{}, points.Range{From: 2, To: 2})
	f.put(k, longs(2, 2), 0)
	f.holds("m{h=a} kairos_long: 1=1 2=2 3=1")
	f.delete(storage.Selection{}, points.Always)
	f.put(k, longs(3, 3), 0)
	f.compact()
	f.holds("m{h=a} kairos_long: 3=3")
}

// deleteNothing: deleting what is not there is no mistake.
func deleteNothing(f *fixture) {
	f.delete(storage.Selection{}, points.Always)
	f.delete(storage.Selection{Metrics: []string{"none"}}, points.Range{From: 1, To: 2})
	f.fill()
	f.delete(storage.Selection{Metrics: []string{"none"}}, points.Always)
	f.delete(storage.Selection{}, points.Range{From: 1_000_000, To: 2_000_000})
	f.agree(storage.Selection{}, points.Always)
}

// deleteReopened: what is deleted stays deleted.
func deleteReopened(f *fixture) {
	f.fill()
	f.delete(storage.Selection{Metrics: []string{"cpu"}}, points.Range{From: 2, To: 3})
	f.reopen()
	f.agree(storage.Selection{}, points.Always)
	f.named(storage.Selection{})
}
