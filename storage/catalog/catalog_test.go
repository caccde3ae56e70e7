package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"aion/storage"
	"aion/storage/catalog"
	"aion/storage/memory"
	"aion/storage/points"
)

// opened is an empty catalog.
func opened(t *testing.T) *catalog.Catalog {
	t.Helper()
	c, ok := catalog.New(storage.Checked(memory.New(memory.Config{})))
	if !ok {
		t.Fatal("the store keeps no records")
	}
	return c
}

// bare is a store without records.
type bare struct{ storage.Store }

// TestNew: a store without records has no catalog.
func TestNew(t *testing.T) {
	if c, ok := catalog.New(bare{memory.New(memory.Config{})}); ok {
		t.Errorf("got %v, want none", c)
	}
}

// TestNames: kinds and ids that a driver could not keep are refused, and so are
// values that are too long.
func TestNames(t *testing.T) {
	c, ctx := opened(t), t.Context()
	long := strings.Repeat("x", catalog.MaxName+1)
	for _, name := range []string{"", "\xff", long} {
		_, read := c.Record(ctx, "k", name)
		_, put := c.Put(ctx, name, "a", nil, 0)
		_, listed := c.List(ctx, name, "", "", 1)
		for _, err := range []error{read, put, listed, c.Remove(ctx, "k", name, 1)} {
			var invalid *points.InvalidError
			if !errors.As(err, &invalid) {
				t.Errorf("%.10q: got %v, want it refused", name, err)
			}
		}
	}
	if _, err := c.Put(ctx, "k", "a", make([]byte, catalog.MaxValue+1), 0); err == nil {
		t.Error("a value that is too long was stored")
	}
	if _, err := c.Put(ctx, "k", long[1:], make([]byte, catalog.MaxValue), 0); err != nil {
		t.Errorf("the longest record was refused: %v", err)
	}
	if got, err := c.List(ctx, "k", "", "", 0); err != nil || len(got) != 0 {
		t.Errorf("a page of none: got %d records and %v", len(got), err)
	}
}

// TestAll: all records come, over pages, and only as long as they are wanted.
func TestAll(t *testing.T) {
	c, ctx := opened(t), t.Context()
	for i := range 600 {
		if _, err := c.Put(ctx, "k", fmt.Sprintf("%c%03d", 'a'+i%2, i), nil, 0); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		prefix    string
		stop, all int
	}{{"", 1000, 600}, {"a", 1000, 300}, {"b5", 1000, 50}, {"c", 1000, 0}, {"", 300, 300}} {
		n, last := 0, ""
		for r, err := range c.All(ctx, "k", tt.prefix) {
			if err != nil || r.ID <= last || !strings.HasPrefix(r.ID, tt.prefix) {
				t.Fatalf("got %s behind %s and %v", r.ID, last, err)
			}
			if n, last = n+1, r.ID; n == tt.stop {
				break
			}
		}
		if n != tt.all {
			t.Errorf("prefix %q: got %d, want %d", tt.prefix, n, tt.all)
		}
	}
}

// TestUpdate: changes that meet are all made; one that fails changes nothing.
func TestUpdate(t *testing.T) {
	c, ctx := opened(t), t.Context()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				err := c.Update(ctx, "k", "a", func(b []byte) ([]byte, error) { return append(b, 'x'), nil })
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	refused := errors.New("no")
	if err := c.Update(ctx, "k", "a", func([]byte) ([]byte, error) { return nil, refused }); !errors.Is(err, refused) {
		t.Errorf("got %v, want %v", err, refused)
	}
	if r, err := c.Record(ctx, "k", "a"); err != nil || len(r.Value) != 400 {
		t.Errorf("got %d changes and %v, want 400", len(r.Value), err)
	}
	for range 2 {
		if err := c.Update(ctx, "k", "a", func([]byte) ([]byte, error) { return nil, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := c.Record(ctx, "k", "a"); err != nil || r.Revision != 0 {
		t.Errorf("a removed record is there: %v %v", r, err)
	}
}

// recent is a store whose records are as they were a moment ago, if one asks so.
type recent struct{ storage.Store }

// Records are the store's records.
func (s recent) Records() storage.Records {
	keeper, _ := storage.As[storage.RecordKeeper](s.Store)
	return recentRecords{keeper.Records()}
}

// recentRecords are the records of recent.
type recentRecords struct{ storage.Records }

// Recent is a record as it was.
func (recentRecords) Recent(_ context.Context, _, id string) (storage.Record, error) {
	return storage.Record{ID: id, Revision: 1, Value: []byte("old")}, nil
}

// TestRecent: a record is asked for as it was of those who keep that, and of others as
// it is.
func TestRecent(t *testing.T) {
	ctx, store := t.Context(), memory.New(memory.Config{})
	plain, _ := catalog.New(store)
	keeping, _ := catalog.New(recent{store})
	if _, err := plain.Put(ctx, "k", "a", []byte("new"), 0); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		read func(context.Context, string, string) (storage.Record, error)
		want string
	}{
		{"recent of one that keeps nothing", plain.Recent, "new"},
		{"recent of one that keeps", keeping.Recent, "old"},
		{"as it is", keeping.Record, "new"},
	} {
		if got, err := tt.read(ctx, "k", "a"); err != nil || string(got.Value) != tt.want {
			t.Errorf("%s: got %q, %v, want %q", tt.name, got.Value, err, tt.want)
		}
		var invalid *points.InvalidError
		if _, err := tt.read(ctx, "k", ""); !errors.As(err, &invalid) {
			t.Errorf("%s: got %v, want a record without a name refused", tt.name, err)
		}
	}
}

// single is a store whose records are read and changed one by one only.
type single struct{ storage.Store }

// Records are the store's records without batches.
func (s single) Records() storage.Records {
	keeper, _ := storage.As[storage.RecordKeeper](s.Store)
	return struct{ storage.Records }{keeper.Records()}
}

// TestBatches: many records are read and changed as one after the other would be,
// whether the store has a shorter way or not, and none where one could not be kept.
func TestBatches(t *testing.T) {
	store := storage.Checked(memory.New(memory.Config{}))
	for _, s := range []storage.Store{store, single{store}} {
		c, ok := catalog.New(s)
		if _, alone := s.(single); !ok || c.Batches() == alone {
			t.Fatalf("got a catalog: %t, with batches: %t", ok, c.Batches())
		}
		ctx, kind := t.Context(), fmt.Sprintf("k%T", s)
		first, err := c.Put(ctx, kind, "a", []byte("one"), 0)
		if err != nil {
			t.Fatal(err)
		}
		revisions, err := c.PutBatch(ctx, kind, []storage.Record{{ID: "b", Value: []byte("new")}, {ID: "c", Revision: 7}, {ID: "a", Value: []byte("two"), Revision: first}})
		if err != nil || len(revisions) != 3 || revisions[0] == 0 || revisions[1] != 0 || revisions[2] <= first {
			t.Fatalf("got %v, %v, want the second refused", revisions, err)
		}
		got, err := c.Batch(ctx, kind, []string{"c", "a", "b", "a"})
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, r := range got {
			said = append(said, fmt.Sprintf("%s %s %t", r.ID, r.Value, r.Revision != 0))
		}
		if want := "c  false, a two true, b new true, a two true"; strings.Join(said, ", ") != want {
			t.Errorf("got %s, want %s", strings.Join(said, ", "), want)
		}
		for _, bad := range []storage.Record{{}, {ID: "\xff"}, {ID: "d", Value: make([]byte, catalog.MaxValue+1)}} {
			var invalid *points.InvalidError
			if _, err := c.PutBatch(ctx, kind, []storage.Record{{ID: "e"}, bad}); !errors.As(err, &invalid) {
				t.Errorf("%q: got %v, want it refused", bad.ID, err)
			}
			if _, err := c.Batch(ctx, kind, []string{"e", bad.ID}); (len(bad.Value) == 0) != errors.As(err, &invalid) {
				t.Errorf("%q: got %v", bad.ID, err)
			}
		}
		if got, err := c.List(ctx, kind, "", "", 10); err != nil || len(got) != 2 {
			t.Errorf("got %d records, %v, want 2", len(got), err)
		}
	}
}
