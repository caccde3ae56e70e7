package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// Records holds what a driver keeps beside its points to what storage.Records
// promises. Lacks of d are about points and not looked at.
func Records(t *testing.T, d Driver) {
	for name, run := range map[string]func(*recordFixture){
		"swap":     swapRecords,
		"removed":  removeRecords,
		"bytes":    recordBytes,
		"list":     listRecords,
		"race":     raceRecords,
		"reopened": reopenRecords,
		"left":     leaveRecords,
		"batch":    batchRecords,
	} {
		t.Run(name, func(t *testing.T) {
			f := &recordFixture{fixture: newFixture(t, d)}
			f.look()
			run(f)
		})
	}
}

// recordFixture is an open store and its records.
type recordFixture struct {
	*fixture
	records storage.Records
}

// look finds the records of the store.
func (f *recordFixture) look() {
	keeper, ok := storage.As[storage.RecordKeeper](f.store)
	if !ok {
		f.Fatal("the store keeps no records")
	}
	f.records = keeper.Records()
}

// stored puts a record that has to be accepted.
func (f *recordFixture) stored(kind, id, value string, was int64) int64 {
	f.Helper()
	revision, err := f.records.Put(f.Context(), kind, id, []byte(value), was)
	f.must(err)
	if revision <= was {
		f.Fatalf("put %s: got revision %d, want more than %d", id, revision, was)
	}
	return revision
}

// is compares a record with what it should be; revision 0 is none.
func (f *recordFixture) is(kind, id, value string, revision int64) {
	f.Helper()
	got, err := f.records.Record(f.Context(), kind, id)
	f.must(err)
	if got.ID != id || string(got.Value) != value || got.Revision != revision {
		f.Fatalf("record %s %s: got %q %q at %d, want %q at %d", kind, id, got.ID, got.Value, got.Revision, value, revision)
	}
}

// conflicts tells that a change has to have been refused.
func (f *recordFixture) conflicts(err error) {
	f.Helper()
	if !errors.Is(err, points.ErrConflict) {
		f.Fatalf("got %v, want a conflict", err)
	}
}

// swapRecords: a change is made exactly where the record is as it was.
func swapRecords(f *recordFixture) {
	f.is("k", "a", "", 0)
	first := f.stored("k", "a", "one", 0)
	f.is("k", "a", "one", first)
	_, err := f.records.Put(f.Context(), "k", "a", []byte("no"), 0)
	f.conflicts(err)
	second := f.stored("k", "a", "two", first)
	for _, was := range []int64{0, first, second + 1} {
		_, err := f.records.Put(f.Context(), "k", "a", []byte("no"), was)
		f.conflicts(err)
	}
	_, err = f.records.Put(f.Context(), "k", "b", []byte("no"), second)
	f.conflicts(err)
	f.is("k", "a", "two", second)
	f.is("other", "a", "", 0)
	f.is("k", "b", "", 0)
}

// removeRecords: a removal is a change like others, and who held the revision of
// before cannot bring the record back.
func removeRecords(f *recordFixture) {
	ctx := f.Context()
	for _, was := range []int64{0, 1} {
		f.conflicts(f.records.Remove(ctx, "k", "a", was))
	}
	first := f.stored("k", "a", "one", 0)
	for _, was := range []int64{0, first - 1, first + 1} {
		f.conflicts(f.records.Remove(ctx, "k", "a", was))
	}
	f.must(f.records.Remove(ctx, "k", "a", first))
	f.is("k", "a", "", 0)
	_, err := f.records.Put(ctx, "k", "a", []byte("no"), first)
	f.conflicts(err)
	again := f.stored("k", "a", "again", 0)
	if again == first {
		f.Fatalf("revision %d was given twice", again)
	}
	f.conflicts(f.records.Remove(ctx, "k", "a", first))
	f.is("k", "a", "again", again)
}

// recordBytes: values, kinds and ids come back as they are, and nothing of the
// caller's is kept.
func recordBytes(f *recordFixture) {
	for _, id := range []string{"a", "a\x00", "a/b:c d", "é", "𝄞", "\x00", "zz\x00\x01"} {
		for _, kind := range []string{"k", "k\x00", "ké"} {
			f.stored(kind, id, kind+id, 0)
		}
	}
	for _, value := range []string{"", "\x00\xff", string(make([]byte, 1<<18))} {
		given := []byte(value)
		revision, err := f.records.Put(f.Context(), "bytes", fmt.Sprint(len(value)), given, 0)
		f.must(err)
		for i := range given {
			given[i] = 'x'
		}
		f.is("bytes", fmt.Sprint(len(value)), value, revision)
	}
	got, err := f.records.List(f.Context(), "k", "", "", 100)
	f.must(err)
	var ids []string
	for _, r := range got {
		ids = append(ids, r.ID)
		if string(r.Value) != "k"+r.ID {
			f.Fatalf("record %q: got %q", r.ID, r.Value)
		}
	}
	if want := []string{"\x00", "a", "a\x00", "a/b:c d", "zz\x00\x01", "é", "𝄞"}; !slices.Equal(ids, want) {
		f.Fatalf("got %q, want %q", ids, want)
	}
}

// listRecords: lists are in order, by prefix, and in pages.
func listRecords(f *recordFixture) {
	var all []string
	for i := range 60 {
		id := fmt.Sprintf("%c/%02d", 'a'+i%3, i)
		f.stored("k", id, "v"+id, 0)
		all = append(all, id)
	}
	slices.Sort(all)
	for _, tt := range []struct {
		prefix, after string
		limit         int
		want          []string
	}{
		{"", "", 100, all},
		{"", "", 7, all[:7]},
		{"", all[6], 7, all[7:14]},
		{"", all[59], 7, nil},
		{"b/", "", 100, all[20:40]},
		{"b/", "a/zz", 2, all[20:22]},
		{"b/", all[30], 100, all[31:40]},
		{"b/", "b/zz", 100, nil},
		{"b/", "c/", 100, nil},
		{"d", "", 100, nil},
		{"b", "b/", 1, all[20:21]},
	} {
		got, err := f.records.List(f.Context(), "k", tt.prefix, tt.after, tt.limit)
		f.must(err)
		var ids []string
		for _, r := range got {
			ids = append(ids, r.ID)
			if string(r.Value) != "v"+r.ID || r.Revision == 0 {
				f.Errorf("record %s: got %q at %d", r.ID, r.Value, r.Revision)
			}
		}
		if !slices.Equal(ids, tt.want) {
			f.Errorf("prefix %q behind %q, %d: got %q, want %q", tt.prefix, tt.after, tt.limit, ids, tt.want)
		}
	}
}

// raceRecords: of many who change a record at once, each change is made on top
// of another one.
func raceRecords(f *recordFixture) {
	const runners, turns = 4, 5
	var all sync.WaitGroup
	failed := make([]error, runners)
	for i := range runners {
		all.Go(func() { failed[i] = f.count(turns) })
	}
	all.Wait()
	f.must(errors.Join(failed...))
	got, err := f.records.Record(f.Context(), "k", "counter")
	f.must(err)
	if len(got.Value) != runners*turns {
		f.Fatalf("got %d changes, want %d", len(got.Value), runners*turns)
	}
}

// count adds a byte to a record a few times.
func (f *recordFixture) count(turns int) error {
	for turns > 0 {
		was, err := f.records.Record(f.Context(), "k", "counter")
		if err != nil {
			return err
		}
		_, err = f.records.Put(f.Context(), "k", "counter", append(was.Value, 'x'), was.Revision)
		switch {
		case err == nil:
			turns--
		case !errors.Is(err, points.ErrConflict):
			return err
		}
	}
	return nil
}

// reopenRecords: records outlive the process, and so do revisions.
func reopenRecords(f *recordFixture) {
	if f.driver.Forgets {
		f.Skip("the driver forgets")
	}
	kept, gone := f.stored("k", "a", "kept", 0), f.stored("k", "b", "gone", 0)
	f.must(f.records.Remove(f.Context(), "k", "b", gone))
	f.reopen()
	f.look()
	f.is("k", "a", "kept", kept)
	f.is("k", "b", "", 0)
	f.stored("k", "a", "changed", kept)
}

// leaveRecords: who has left gets nothing.
func leaveRecords(f *recordFixture) {
	ctx, leave := context.WithCancel(f.Context())
	leave()
	_, err := f.records.Record(ctx, "k", "a")
	_, failed := f.records.Put(ctx, "k", "a", nil, 0)
	_, unread := f.records.List(ctx, "k", "", "", 1)
	for _, err := range []error{err, failed, unread, f.records.Remove(ctx, "k", "a", 1)} {
		if !errors.Is(err, ctx.Err()) {
			f.Errorf("got %v, want %v", err, ctx.Err())
		}
	}
}
