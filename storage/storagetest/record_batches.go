package storagetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"aion/storage"
)

// batchRecords: where a driver reads and changes many records at once, that says and
// does what one after the other would.
func batchRecords(f *recordFixture) {
	b, ok := f.records.(storage.RecordBatches)
	if !ok {
		return
	}
	batchSwaps(f, b)
	batchRandom(f, b)
	batchRace(f, b)
	ctx, leave := context.WithCancel(f.Context())
	leave()
	_, unread := b.Batch(ctx, "k", []string{"a"})
	_, unstored := b.PutBatch(ctx, "k", []storage.Record{{ID: "never"}})
	for _, err := range []error{unread, unstored} {
		if !errors.Is(err, ctx.Err()) {
			f.Errorf("got %v, want %v", err, ctx.Err())
		}
	}
	f.is("k", "never", "", 0)
}

// together puts some records, of which those with a value that begins with x have to
// be refused, and answers the revisions.
func (f *recordFixture) together(b storage.RecordBatches, kind string, puts ...storage.Record) []int64 {
	f.Helper()
	revisions, err := b.PutBatch(f.Context(), kind, puts)
	f.must(err)
	if len(revisions) != len(puts) {
		f.Fatalf("got %d revisions of %d records", len(revisions), len(puts))
	}
	for i, r := range revisions {
		refused := len(puts[i].Value) > 0 && puts[i].Value[0] == 'x'
		if refused != (r == 0) || r != 0 && r <= puts[i].Revision {
			f.Fatalf("record %q on %d: got revision %d, want it refused: %t", puts[i].ID, puts[i].Revision, r, refused)
		}
	}
	return revisions
}

// batchSwaps: of the records of a batch, those are changed that are as they were.
func batchSwaps(f *recordFixture, b storage.RecordBatches) {
	value := func(id, text string, was int64) storage.Record {
		return storage.Record{ID: id, Value: []byte(text), Revision: was}
	}
	f.together(b, "k")
	a, gone := f.stored("k", "a", "one", 0), f.stored("k", "gone", "was", 0)
	f.must(f.records.Remove(f.Context(), "k", "gone", gone))
	f.is("k", "b", "", 0)
	r := f.together(b, "k", value("c", "three", 0), value("a", "x", 0), value("b", "two", 0), value("gone", "x", gone), value("none", "x", 7), value("\x00", "", 0))
	f.is("k", "a", "one", a)
	f.is("k", "b", "two", r[2])
	f.is("k", "c", "three", r[0])
	f.is("k", "gone", "", 0)
	again := f.together(b, "k", value("b", "twice", r[2]), value("a", "once", a), value("c", "x", r[2]))
	f.is("k", "b", "twice", again[0])
	f.is("k", "a", "once", again[1])
	f.is("other", "a", "", 0)
	got, err := b.Batch(f.Context(), "k", []string{"c", "none", "a", "\x00", "a", "gone"})
	f.must(err)
	want := []storage.Record{{ID: "c", Revision: r[0], Value: []byte("three")}, {ID: "none"}, {ID: "a", Revision: again[1], Value: []byte("once")},
		{ID: "\x00", Revision: r[5], Value: []byte{}}, {ID: "a", Revision: again[1], Value: []byte("once")}, {ID: "gone"}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		f.Fatalf("got %v, want %v", got, want)
	}
	got[0].Value[0] = 'T'
	f.is("k", "c", "three", r[0])
}

// batchRandom: batches of random ids among many and few that are there say what the
// records say by themselves.
func batchRandom(f *recordFixture, b storage.RecordBatches) {
	r := rand.New(rand.NewPCG(1, 2))
	there := map[string]int64{}
	for range 20 {
		var puts []storage.Record
		var ids []string
		for _, i := range r.Perm(400)[:40] {
			id := fmt.Sprintf("%c%d", 'a'+i%3, i)
			ids = append(ids, id)
			puts = append(puts, storage.Record{ID: id, Value: []byte(id), Revision: there[id]})
			if r.IntN(4) == 0 {
				puts[len(puts)-1].Revision, puts[len(puts)-1].Value = there[id]+1, []byte("x")
			}
		}
		for i, revision := range f.together(b, "random", puts...) {
			if revision != 0 {
				there[ids[i]] = revision
			}
		}
		all, err := b.Batch(f.Context(), "random", ids)
		f.must(err)
		for i, got := range all {
			if got.ID != ids[i] || got.Revision != there[ids[i]] || got.Revision != 0 && string(got.Value) != ids[i] {
				f.Fatalf("record %s: got %q at %d, want it at %d", ids[i], got.Value, got.Revision, there[ids[i]])
			}
			f.is("random", ids[i], string(got.Value), got.Revision)
		}
	}
}

// batchRace: of many who make the same records, in batches and by themselves, each
// is made by one.
func batchRace(f *recordFixture, b storage.RecordBatches) {
	const runners, n = 4, 50
	var all sync.WaitGroup
	var made atomic.Int64
	for i := range runners {
		all.Go(func() {
			r := rand.New(rand.NewPCG(3, uint64(i)))
			var puts []storage.Record
			for _, k := range r.Perm(n) {
				puts = append(puts, storage.Record{ID: fmt.Sprint(k), Value: []byte{byte(i)}})
			}
			if _, err := f.records.Put(f.Context(), "race", puts[0].ID, puts[0].Value, 0); err == nil {
				made.Add(1)
			}
			revisions, err := b.PutBatch(f.Context(), "race", puts)
			if err != nil {
				f.Error(err)
			}
			for _, revision := range revisions {
				if revision != 0 {
					made.Add(1)
				}
			}
		})
	}
	all.Wait()
	if made.Load() != n {
		f.Fatalf("got %d records made, want %d", made.Load(), n)
	}
}
