package cassandra

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/memory"
)

// TestRecent: a record, and that there is none, is read anew once what was read is
// half a second old, and at once when this process has changed it; a value that was
// answered is the caller's.
func TestRecent(t *testing.T) {
	var c recent
	at, ctx := time.Now(), t.Context()
	now := func() time.Time { return at }
	others := memory.New(memory.Config{}).Records() // as any server changes them
	ask := func(id string) (r storage.Record, reads int) {
		t.Helper()
		r, err := c.read(recordName{"k", id}, now, func() (storage.Record, error) {
			reads++
			return others.Record(ctx, "k", id)
		})
		if err != nil {
			t.Fatal(err)
		}
		return r, reads
	}
	is := func(when, id, value string, reads int) {
		t.Helper()
		r, n := ask(id)
		if r.ID != id || string(r.Value) != value || (r.Revision == 0) != (r.Value == nil) || n != reads {
			t.Errorf("%s: got %+v after %d readings, want %q after %d", when, r, n, value, reads)
		}
		if len(r.Value) > 0 {
			r.Value[0] = '!'
		}
	}
	put := func(value string, was int64) int64 {
		t.Helper()
		revision, err := others.Put(ctx, "k", "a", []byte(value), was)
		if err != nil {
			t.Fatal(err)
		}
		return revision
	}
	is("none", "a", "", 1)
	first := put("one", 0)
	at = at.Add(recentTime - 1)
	is("a moment later", "a", "", 0)
	is("another", "b", "", 1)
	at = at.Add(1)
	is("half a second later", "a", "one", 1)
	is("again", "a", "one", 0)
	second := put("two", first)
	is("changed elsewhere", "a", "one", 0)
	c.forget("k", "a")
	is("changed here", "a", "two", 1)
	is("another still", "b", "", 0)
	put("three", second)
	at = at.Add(-time.Hour)
	is("the clock was turned back", "a", "three", 1)
}

// TestRecentWhileChanged: what was read while this process changed the record is not
// kept, and of two readings the one that was begun later counts.
func TestRecentWhileChanged(t *testing.T) {
	var c recent
	at := time.Now()
	now := func() time.Time { return at }
	name := recordName{"k", "a"}
	saying := func(value string, meanwhile func()) string {
		t.Helper()
		r, err := c.read(name, now, func() (storage.Record, error) {
			meanwhile()
			return storage.Record{ID: "a", Revision: 1, Value: []byte(value)}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return string(r.Value)
	}
	saying("old", func() { c.forget("k", "a") })
	if got := saying("new", func() {}); got != "new" {
		t.Errorf("after a change: got %q, want what was read behind it", got)
	}
	at = at.Add(recentTime)
	saying("slow", func() {
		at = at.Add(1)
		saying("fast", func() {})
	})
	if got := saying("", func() {}); got != "fast" {
		t.Errorf("got %q, want what was asked for later", got)
	}
}

// TestRecentIsBounded: of very many records few are kept, the last ones among them,
// and no large one is.
func TestRecentIsBounded(t *testing.T) {
	var c recent
	at, value := time.Now(), make([]byte, 100)
	kept := func(id string, value []byte) bool {
		hit := true
		r, err := c.read(recordName{"k", id}, func() time.Time { return at }, func() (storage.Record, error) {
			hit = false
			return storage.Record{ID: id, Revision: 1, Value: value}, nil
		})
		if err != nil || !bytes.Equal(r.Value, value) {
			t.Fatalf("record %s: got %d bytes and %v", id, len(r.Value), err)
		}
		return hit
	}
	for i := range 60_000 {
		kept(fmt.Sprint(i), value)
	}
	if n, most := len(c.now)+len(c.then), 2*recentBytes/(recentCost+len(value)); n > most || n < most/4 {
		t.Errorf("got %d records kept, want %d at most", n, most)
	}
	large := make([]byte, recentRecord)
	if kept("large", large); kept("large", large) || !kept("59999", value) {
		t.Error("a large record is kept, or a small one is not")
	}
}

// TestRecentRecords: what a server has changed it reads at once, and another server
// soon.
func TestRecentRecords(t *testing.T) {
	s := opened(t, Config{})
	other := opened(t, Config{Write: Cluster{Keyspace: s.config.Write.Keyspace}})
	ctx, r := t.Context(), s.Records()
	recently := func(s *Store) string {
		t.Helper()
		r, err := s.records.Recent(ctx, "k", "a")
		if err != nil {
			t.Fatal(err)
		}
		return string(r.Value)
	}
	soon := func(want string) {
		t.Helper()
		if got := recently(s); got != want {
			t.Errorf("got %q from the server that has changed it, want %q", got, want)
		}
		eventually(t, fmt.Sprintf("the other server reads %q", want), func() bool { return recently(other) == want })
	}
	soon("")
	was, err := r.Put(ctx, "k", "a", []byte("one"), 0)
	if err != nil {
		t.Fatal(err)
	}
	soon("one")
	if was, err = r.Put(ctx, "k", "a", []byte("two"), was); err != nil {
		t.Fatal(err)
	}
	soon("two")
	if err := r.Remove(ctx, "k", "a", was); err != nil {
		t.Fatal(err)
	}
	soon("")
}
