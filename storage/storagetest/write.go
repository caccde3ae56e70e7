package storagetest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"aion/storage"
	"aion/storage/points"
)

// writeChecks are the demands on Write.
func writeChecks() []check {
	return []check{
		{"write", "the last of a put wins", lastOfPut},
		{"write", "the last of a batch wins", lastOfBatch},
		{"write", "the last batch wins", lastBatch},
		{"write", "removals stand in order", removalOrder},
		{"write", "removals are exact", removals},
		{"write", "nothing", writeNothing},
		{"write", "out of order", outOfOrder},
		{"write", "a large batch", largeBatch},
		{"write", "many series", manySeries},
		{"write", "long names", longNames},
		{"write", "reopened", reopened},
		{"write", "cancelled", cancelledWrite},
	}
}

// lastOfPut: within one put the last point of a time is the one.
func lastOfPut(f *fixture) {
	f.put(long("m", "h", "a"), longs(2, 1, 1, 2, 2, 3, 1, 4, 2, 5), 0)
	f.put(text("m", "h", "a"), points.Block{Kind: points.Text, Times: []int64{1, 1}, Texts: []string{"x", "y"}}, 0)
	f.holds("m{h=a} kairos_long: 1=4 2=5", `m{h=a} kairos_string: 1="y"`)
}

// lastOfBatch: within one batch the last change is the one, per stored type.
func lastOfBatch(f *fixture) {
	var b storage.Batch
	b.Put(long("m", "h", "a"), longs(1, 1, 2, 1), 0)
	b.Put(double("m", "h", "a"), doubles(1, 1.5), 0)
	b.Put(long("m", "h", "a"), longs(2, 2, 3, 2), 0)
	b.Put(double("m", "h", "a"), doubles(1, 2.5), 0)
	f.write(&b)
	f.holds("m{h=a} kairos_long: 1=1 2=2 3=2", "m{h=a} kairos_double: 1=2.5d")
}

// lastBatch: a later batch replaces points of an earlier one and only those,
// be they in their final form or not.
func lastBatch(f *fixture) {
	k := double("m", "h", "a")
	f.put(k, doubles(0, 1, 2, 3), 0)
	f.compact()
	f.put(k, doubles(1000, 20), 0)
	f.holds("m{h=a} kairos_double: 0=1d 1000=20d 2000=3d")
	f.put(k, doubles(0, 10, 21), 0)
	f.compact()
	f.holds("m{h=a} kairos_double: 0=10d 1000=21d 2000=3d")
	f.put(long("m", "h", "a"), longs(1000, 7), 0)
	f.holds("m{h=a} kairos_double: 0=10d 1000=21d 2000=3d", "m{h=a} kairos_long: 1000=7")
}

// removalOrder: puts and removals of a batch apply in their order; within one
// change the removal comes first.
func removalOrder(f *fixture) {
	k := long("m", "h", "a")
	f.put(k, longs(1, 1, 2, 1, 3, 1), 0)
	var b storage.Batch
	b.Remove(k, 1, 2)
	b.Put(k, longs(2, 2, 4, 2), 0)
	b.Remove(k, 4, 3)
	b.Put(k, longs(3, 3), 0)
	b.Changes = append(b.Changes, storage.Change{Key: k, Remove: []int64{3, 5}, Points: longs(5, 5)})
	f.write(&b)
	f.holds("m{h=a} kairos_long: 2=2 5=5")
}

// removals: a removal takes the very points it names, and may name none.
func removals(f *fixture) {
	f.put(long("m", "h", "a"), count(3000, 0, 10), 0)
	f.put(long("m", "h", "b"), count(10, 0, 10), 0)
	f.put(double("m", "h", "a"), doubles(0, 1, 2), 0)
	f.compact()
	var b storage.Batch
	b.Remove(long("m", "h", "a"), 0, 10, 15, 29_990, 15_000, -5)
	b.Remove(long("m", "h", "c"), 0)
	b.Remove(long("n"), 0)
	b.Remove(long("m", "h", "b"))
	f.write(&b)
	f.agree(storage.Selection{}, points.Always)
	f.named(storage.Selection{})
	f.reopen()
	f.agree(storage.Selection{}, points.Always)
}

// writeNothing: empty batches and empty puts leave no trace.
func writeNothing(f *fixture) {
	f.write(&storage.Batch{})
	f.put(long("m", "h", "a"), points.Block{}, 0)
	f.put(text("m", "h", "a"), points.Block{Kind: points.Text}, 0)
	f.holds()
	f.named(storage.Selection{})
}

// outOfOrder: points may come in any order, one by one.
func outOfOrder(f *fixture) {
	k := long("m", "h", "a")
	for i := range int64(400) {
		f.put(k, longs((i*7919)%401*1000, i), 0)
		if i == 200 {
			f.compact()
		}
	}
	f.agree(storage.Selection{}, points.Always)
}

// largeBatch: a batch of almost MaxBatch bytes is one batch like any other.
func largeBatch(f *fixture) {
	var b storage.Batch
	for i := 0; b.Size() < storage.MaxBatch-100_000; i++ {
		b.Put(text("m", "h", fmt.Sprint(i%7)), texts(int64(i)*5000, strings.Repeat("x", 9000+i), "y", "z"), 0)
		b.Put(long("n", "h", fmt.Sprint(i%3)), count(700, int64(i)*1000, 1), 0)
	}
	f.write(&b)
	f.agree(storage.Selection{}, points.Always)
}

// manySeries: a batch may begin many series.
func manySeries(f *fixture) {
	var b storage.Batch
	for i := range 3000 {
		b.Put(long(fmt.Sprintf("m%d", i%5), "h", fmt.Sprint(i), "i", fmt.Sprint(i%10)), longs(int64(i), int64(i)), 0)
	}
	f.write(&b)
	f.agree(storage.Selection{}, points.Always)
	f.agree(storage.Selection{Metrics: []string{"m1"}, Matchers: []storage.Matcher{{Tag: "i", Values: []string{"6"}}}}, points.Always)
	f.named(storage.Selection{Metrics: []string{"m2"}})
}

// longNames: of series with long names and values, every driver keeps the same.
func longNames(f *fixture) {
	at := func(n int) points.Key { return long("m", "h", strings.Repeat("v", n)) }
	row := len("m") + len(points.TypeLong) + 11 + len("h") + 2
	f.put(at(points.MaxKey-row-30), longs(1, 1), 0)
	for _, k := range []points.Key{at(points.MaxKey), long("m", "h", strings.Repeat(":", 40_000)), long(strings.Repeat("m", points.MaxKey))} {
		var b storage.Batch
		b.Put(long("m", "h", "a"), longs(1, 1), 0)
		b.Put(k, longs(1, 1), 0)
		var invalid *points.InvalidError
		if err := f.store.Write(f.Context(), &b); !errors.As(err, &invalid) || len(invalid.Problems) != 1 ||
			!strings.HasPrefix(invalid.Problems[0], "metric and tags of ") {
			f.Errorf("got %.200v, want it refused as too long", err)
		}
	}
	f.agree(storage.Selection{}, points.Always)
}

// reopened: what was acknowledged is there when the store is opened again.
func reopened(f *fixture) {
	for round := range int64(3) {
		for _, stored := range []string{points.TypeLong, points.TypeDouble, points.TypeText, points.TypeNull, points.TypeComplex} {
			f.put(key(stored, "m", "h", "a", "round", fmt.Sprint(round)), typed(stored, round, 5), 0)
			f.put(key(stored, "all", "h", "a"), typed(stored, round*1000, int(round)), 0)
		}
		f.reopen()
		f.agree(storage.Selection{}, points.Always)
		f.named(storage.Selection{})
	}
}

// cancelledWrite: who has gone gets the context's error, or the write is done.
func cancelledWrite(f *fixture) {
	ctx, cancel := context.WithCancel(f.Context())
	cancel()
	var b storage.Batch
	b.Put(long("m", "h", "a"), longs(1, 1), 0)
	if err := f.store.Write(ctx, &b); err != nil && !errors.Is(err, context.Canceled) {
		f.Errorf("Write gives %v, want %v or nil", err, context.Canceled)
	}
	if err := f.store.Delete(ctx, storage.Selection{}, points.Always); err != nil && !errors.Is(err, context.Canceled) {
		f.Errorf("Delete gives %v, want %v or nil", err, context.Canceled)
	}
}
