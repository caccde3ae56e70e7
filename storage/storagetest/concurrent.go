package storagetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"

	"aion/storage"
	"aion/storage/points"
)

// concurrentChecks are the demands on a store that many use at once.
func concurrentChecks() []check {
	return []check{
		{"concurrent", "writers and readers", writersAndReaders},
		{"concurrent", "a batch shows whole", batchShowsWhole},
		{"concurrent", "one key", oneKey},
	}
}

// all runs functions side by side, each with its number, and waits for them.
func (f *fixture) all(n int, run func(i int) error) {
	f.Helper()
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = run(i) })
	}
	wg.Wait()
	f.must(errors.Join(errs...))
}

// writersAndReaders: writers, deleters and readers do not disturb one another.
func writersAndReaders(f *fixture) {
	const writers, rounds = 4, 40
	key := func(i int) points.Key { return long(fmt.Sprint("m", i), "writer", fmt.Sprint(i)) }
	f.all(writers+3, func(i int) error {
		switch i {
		case writers:
			return f.readOften(rounds)
		case writers + 1:
			return f.nameOften(rounds)
		case writers + 2:
			return f.deleteOften(rounds)
		}
		for n := range int64(rounds) {
			var b storage.Batch
			b.Put(key(i), longs(n, n, n+1, -1), 0)
			b.Put(long("shared", "h", "a"), longs(n*writers+int64(i), n), 0)
			if err := f.store.Write(f.Context(), &b); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range writers {
		var b storage.Batch
		for n := range int64(rounds) {
			b.Put(key(i), longs(n, n, n+1, -1), 0)
			b.Put(long("shared", "h", "a"), longs(n*writers+int64(i), n), 0)
		}
		f.model.write(&b)
	}
	f.agree(storage.Selection{}, points.Always)
}

// readOften reads everything again and again.
func (f *fixture) readOften(rounds int) error {
	for i := range rounds {
		if _, err := read(f.Context(), f.store, storage.Selection{}, points.Always, points.Order(i%2 == 0)); err != nil {
			return err
		}
	}
	return nil
}

// nameOften asks for names again and again.
func (f *fixture) nameOften(rounds int) error {
	for range rounds {
		for _, err := range f.store.TagValues(f.Context(), "writer", storage.Selection{}) {
			if err != nil {
				return err
			}
		}
		for _, err := range f.store.Metrics(f.Context(), storage.Selection{}) {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// deleteOften writes and deletes a metric that is gone in the end.
func (f *fixture) deleteOften(rounds int) error {
	for range rounds {
		var b storage.Batch
		b.Put(long("passing", "h", "a"), count(20, 0, 1), 0)
		if err := f.store.Write(f.Context(), &b); err != nil {
			return err
		}
		if err := f.store.Delete(f.Context(), storage.Selection{Metrics: []string{"passing"}}, points.Always); err != nil {
			return err
		}
	}
	return nil
}

// batchShowsWhole: a snapshot has all of a batch or nothing of it. The writer
// writes as long as somebody looks.
func batchShowsWhole(f *fixture) {
	const readers = 3
	f.must(f.store.Write(f.Context(), versionBatch(0)))
	var looking atomic.Int64
	looking.Store(readers)
	ctx, cancel := context.WithCancel(f.Context())
	f.all(1+readers, func(i int) error {
		if i > 0 {
			defer looking.Add(-1)
			return f.whole(ctx)
		}
		defer cancel()
		for n := int64(1); looking.Load() != 0; n++ {
			if err := f.store.Write(f.Context(), versionBatch(n)); err != nil {
				return err
			}
		}
		return nil
	})
}

// versions is how many series tell the version.
const versions = 20

// versionBatch writes version n to many series and moves a point between two.
func versionBatch(n int64) *storage.Batch {
	var b storage.Batch
	b.Remove(long("place", "at", fmt.Sprint((n+1)%2)), 0)
	for i := range versions {
		b.Put(long("version", "i", fmt.Sprint(i)), longs(0, n), 0)
	}
	b.Put(long("place", "at", fmt.Sprint(n%2)), longs(0, 0), 0)
	return &b
}

// whole looks at snapshots until it has seen many versions or ctx ends. Each
// must hold one version and one place.
func (f *fixture) whole(ctx context.Context) error {
	const enough = 40
	for seen := map[string]bool{}; len(seen) < enough && ctx.Err() == nil; {
		all, err := f.look()
		if err != nil {
			return err
		}
		here, count := map[string]bool{}, 0
		for _, s := range all {
			if s.key.Metric == "version" {
				here[s.points[0]] = true
				count++
			}
		}
		maps.Copy(seen, here)
		if len(here) != 1 || count != versions || len(all) != versions+1 {
			return fmt.Errorf("a snapshot holds a part of a batch: %v", all)
		}
	}
	return nil
}

// look is all that a snapshot of now holds.
func (f *fixture) look() (all []series, err error) {
	snap, err := f.store.Snapshot(f.Context())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, snap.Close()) }()
	return read(f.Context(), snap, storage.Selection{}, points.Always, points.Asc)
}

// oneKey: of many who write one point at once, one wins, and everybody sees the
// same one.
func oneKey(f *fixture) {
	const writers, rounds = 4, 15
	for n := range int64(rounds) {
		f.all(writers, func(i int) error {
			var b storage.Batch
			b.Put(long("m", "h", "a"), longs(n, int64(i), n+1000, int64(i)), 0)
			return f.store.Write(f.Context(), &b)
		})
	}
	asc, err := read(f.Context(), f.store, storage.Selection{}, points.Always, points.Asc)
	f.must(err)
	f.compact()
	f.reopenUnlessForgetting()
	again, err := read(f.Context(), f.store, storage.Selection{}, points.Always, points.Asc)
	f.must(err)
	if d := difference(again, asc); d != "" || len(asc) != 1 || len(asc[0].points) != 2*rounds {
		f.Errorf("first %v, then %v: %s", asc, again, d)
	}
}

// reopenUnlessForgetting opens a store again that keeps what it holds.
func (f *fixture) reopenUnlessForgetting() {
	f.Helper()
	if !f.driver.Forgets {
		f.reopen()
	}
}
