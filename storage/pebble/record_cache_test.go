package pebble

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
)

// TestRecordsWhileChanged: whoever reads a record while others change it, and read
// others, never sees what was before what he has seen, and whoever has changed it
// sees that.
func TestRecordsWhileChanged(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	defer s.Close()
	r, ctx := s.Records(), t.Context()
	done := make(chan struct{})
	var readers sync.WaitGroup
	for i := range 3 {
		readers.Go(func() {
			for seen, more := int64(-1), true; more; {
				select {
				case <-done:
					more = false
				default:
				}
				got, err := r.Record(ctx, "k", "counter")
				if n := int64(len(got.Value)); err != nil || n < seen {
					t.Errorf("got %d after %d, %v", n, seen, err)
					return
				} else {
					seen = n
				}
				if _, err := r.Record(ctx, "k", fmt.Sprint(i, seen%8)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	value, was, beside := []byte(nil), int64(0), int64(0)
	for i := range 500 {
		value = append(value, 'x')
		var revision int64
		var err error
		if i%2 == 0 {
			revision, err = r.Put(ctx, "k", "counter", value, was)
		} else {
			var both []int64
			both, err = r.(storage.RecordBatches).PutBatch(ctx, "k", []storage.Record{{ID: "counter", Value: value, Revision: was}, {ID: "1 1", Revision: beside}})
			if err == nil {
				revision, beside = both[0], both[1]
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Record(ctx, "k", "counter")
		if err != nil || got.Revision != revision || !bytes.Equal(got.Value, value) {
			t.Fatalf("got %d bytes at %d %v, want %d at %d", len(got.Value), got.Revision, err, len(value), revision)
		}
		was = revision
	}
	close(done)
	readers.Wait()
	if err := r.Remove(ctx, "k", "counter", was); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Record(ctx, "k", "counter"); err != nil || got.Revision != 0 || got.Value != nil {
		t.Errorf("got %+v %v, want none", got, err)
	}
}

// TestRecordsAreTheCallers: who changes a value that he has read or stored changes
// nothing that others read.
func TestRecordsAreTheCallers(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	defer s.Close()
	r, value := s.Records(), []byte("says")
	if _, err := r.Put(t.Context(), "k", "a", value, 0); err != nil {
		t.Fatal(err)
	}
	value[0] = 'S'
	for range 3 {
		got, err := r.Record(t.Context(), "k", "a")
		if err != nil || string(got.Value) != "says" {
			t.Fatalf("got %q %v, want what was stored", got.Value, err)
		}
		got.Value[0] = 'S'
		_ = append(got.Value[:1], "wears"...)
	}
}

// TestRecordCache: what is asked for goes on being kept among very many others, of
// which few are, and no large record is; and nothing is kept that was read before
// a change.
func TestRecordCache(t *testing.T) {
	var c recordCache
	record := func(i int) storage.Record { return storage.Record{Revision: int64(i + 1), Value: make([]byte, 100)} }
	often := []byte("often")
	_, turn, _ := c.find(often)
	c.keep(often, record(0), turn)
	for i := range 60_000 {
		if r, _, ok := c.find(often); !ok || r.Revision != 1 {
			t.Fatalf("after %d others: got %+v %t", i, r, ok)
		}
		c.keep(fmt.Appendf(nil, "other%06d", i), record(i), turn)
	}
	if n, most := len(c.recent)+len(c.before), 2*cachedRecords/(recordCost+100); n > most || n < most/4 {
		t.Errorf("got %d records kept, want %d at most", n, most)
	}
	c.keep([]byte("large"), storage.Record{Value: make([]byte, cachedRecord)}, turn)
	c.change(often)
	_, during, kept := c.find(often)
	c.keep(often, record(1), turn)
	c.keep(often, record(1), during)
	c.ended()
	c.keep(often, record(1), during)
	_, _, again := c.find(often)
	if _, _, large := c.find([]byte("large")); kept || again || large {
		t.Errorf("got %t during and %t after a change, %t of a large one, want none", kept, again, large)
	}
	kept59999 := func() bool {
		_, _, ok := c.find([]byte("other059999"))
		return ok
	}
	if !kept59999() {
		t.Error("a change of one record has taken others away")
	}
	key := appendRecordKey(nil, "k", "a")
	_, turn, _ = c.find(key)
	c.keep(key, record(2), turn)
	c.changeMany("k", []storage.Record{{ID: "a"}, {ID: "b"}})
	_, during, kept = c.find(key)
	c.keep(key, record(2), during)
	c.keep(often, record(2), during)
	c.ended()
	_, _, again = c.find(key)
	if _, _, other := c.find(often); kept || again || other || !kept59999() {
		t.Errorf("got %t during and %t after a change of many, %t of one that was read meanwhile, want none", kept, again, other)
	}
}
