package storagetest

import (
	"fmt"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// snapshotChecks are the demands on a store that has snapshots.
func snapshotChecks() []check {
	return []check{
		{"snapshot", "sees nothing later", snapshotSeesNothingLater},
		{"snapshot", "several", severalSnapshots},
		{"snapshot", "a cursor sees nothing later", cursorOfSnapshot},
		{"snapshot", "of an empty store", emptySnapshot},
	}
}

// snapshotSeesNothingLater: puts, overwrites, removals, deletions and
// housekeeping after a snapshot do not show in it.
func snapshotSeesNothingLater(f *fixture) {
	f.fill()
	f.put(long("much", "h", "a"), count(6000, 0, 10), 0)
	f.put(long("short", "h", "a"), longs(1, 1), time.Hour)
	snap, was := f.snapshot()
	defer f.close(snap)
	later := []func(){
		func() { f.put(long("cpu", "host", "a", "dc", "north"), longs(0, 100, 77, 77), 0) },
		func() { f.put(long("new", "host", "new"), longs(1, 1), 0) },
		func() { f.put(long("much", "h", "a"), count(6000, 5, 10), 0) },
		f.compact,
		func() { f.delete(storage.Selection{Metrics: []string{"mem"}}, points.Range{From: 0, To: 1}) },
		func() {
			var b storage.Batch
			b.Remove(long("much", "h", "a"), 0, 10, 20)
			f.write(&b)
		},
		func() { f.delete(storage.Selection{}, points.Always) },
		f.sweep,
		f.compact,
		f.fill,
	}
	for i, change := range later {
		change()
		f.unchanged(fmt.Sprintf("after change %d: ", i), snap, was)
		f.agree(storage.Selection{}, points.Always)
	}
}

// snapshot holds the present state of store and model.
func (f *fixture) snapshot() (storage.Snapshot, *model) {
	f.Helper()
	snap, err := f.store.Snapshot(f.Context())
	f.must(err)
	return snap, f.model.clone()
}

// close closes a snapshot.
func (f *fixture) close(s storage.Snapshot) {
	f.Helper()
	f.must(s.Close())
}

// unchanged compares a snapshot with the model of its time.
func (f *fixture) unchanged(where string, snap storage.Snapshot, was *model) {
	f.Helper()
	got, err := read(f.Context(), snap, storage.Selection{}, points.Always, points.Asc)
	f.must(err)
	if d := difference(got, was.read(storage.Selection{}, points.Always, points.Asc)); d != "" {
		f.Fatalf("%s%s", where, d)
	}
	f.namedIn(where, snap, was, storage.Selection{})
}

// severalSnapshots: each snapshot has its own moment, and they close in any
// order.
func severalSnapshots(f *fixture) {
	var snaps []storage.Snapshot
	var models []*model
	for i := range int64(4) {
		f.put(long("m", "h", "a"), longs(0, i, i, i), 0)
		s, m := f.snapshot()
		snaps, models = append(snaps, s), append(models, m)
	}
	for _, i := range []int{1, 0, 3, 2} {
		f.unchanged(fmt.Sprintf("snapshot %d: ", i), snaps[i], models[i])
		f.close(snaps[i])
	}
}

// cursorOfSnapshot: a cursor that opens late, and one that is half read, stay
// with the snapshot.
func cursorOfSnapshot(f *fixture) {
	f.put(long("m", "h", "a"), count(4000, 0, 1), 0)
	snap, _ := f.snapshot()
	defer f.close(snap)
	for s, err := range snap.Select(f.Context(), storage.Selection{}) {
		f.must(err)
		late, half := s.Points(points.Always, points.Asc), s.Points(points.Always, points.Asc)
		var b points.Block
		f.must(half.Next(f.Context(), &b))
		n := b.Len()
		f.delete(storage.Selection{}, points.Range{From: 1000, To: 3000})
		f.put(long("m", "h", "a"), count(100, 3950, 1), 0)
		for i, c := range []points.Cursor{late, half} {
			got, err := drain(f.Context(), c)
			if want := 4000 - i*n; err != nil || len(got) != want {
				f.Errorf("cursor %d gives %d points, %v, want %d", i, len(got), err, want)
			}
		}
	}
}

// emptySnapshot: nothing is a state too.
func emptySnapshot(f *fixture) {
	snap, was := f.snapshot()
	defer f.close(snap)
	f.fill()
	f.unchanged("", snap, was)
}
