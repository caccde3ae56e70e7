package pebble

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// TestFreshNumbers: the new series of a batch are neighbours in their order, each
// once, and a removal from a series that only comes to be behind it is nothing.
func TestFreshNumbers(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	defer s.Close()
	put(t, s, cpu("old"), 1, 1, 1)
	var batch storage.Batch
	b := points.Block{}
	b.AppendInt(5, 1)
	batch.Remove(cpu("a"), 5)
	batch.Remove(cpu("nobody"), 5)
	for _, host := range []string{"a", "b", "old", "a", "c", "b"} {
		batch.Put(cpu(host), b, 0)
	}
	batch.Remove(cpu("c"), 5)
	if err := s.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		host   string
		number uint64
		times  []int64
	}{{"old", 1, []int64{1, 5}}, {"a", 2, []int64{5}}, {"b", 3, []int64{5}}, {"c", 0, nil}, {"nobody", 0, nil}} {
		if got := numberOf(t, s, cpu(c.host)); got != c.number {
			t.Errorf("%s has number %d, want %d", c.host, got, c.number)
		}
		sameTimes(t, s, cpu(c.host), c.times)
	}
	if s.dict.last != 4 {
		t.Errorf("the last number is %d, want 4: that of c, which has lost its only point", s.dict.last)
	}
}

// TestFreshOfAnother: a batch stores the index entries of series whose numbers
// another batch has given that has not stored them, and those of its own.
func TestFreshOfAnother(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	defer s.Close()
	var w writer
	b := points.Block{}
	b.AppendInt(5, 1)
	other := []storage.Change{{Key: cpu("x"), Points: b}, {Key: cpu("y"), Points: b}}
	items := []item{w.item(s, &other[0]), w.item(s, &other[1])}
	if from, err := s.dict.numberAll(items); err != nil || from != 1 {
		t.Fatalf("got numbers from %d on, and %v, want 1", from, err)
	}
	var batch storage.Batch
	for _, host := range []string{"a", "y", "b", "y", "x"} {
		batch.Put(cpu(host), b, 0)
	}
	if err := s.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
	for i, host := range []string{"x", "y", "a", "b"} {
		if got := numberOf(t, s, cpu(host)); got != uint64(i+1) {
			t.Errorf("%s has number %d, want %d", host, got, i+1)
		}
		sameTimes(t, s, cpu(host), []int64{5})
		if e, ok := s.dict.cached(digestOf(s, cpu(host))); !ok || !e.stored {
			t.Errorf("the index is not known to have %s", host)
		}
	}
	if found := damages(t, s); len(found) != 0 {
		t.Errorf("the check finds %q", found)
	}
}

// TestFreshOfMany: writers who begin the same series at once, each in an order of his
// own, give each of them one number.
func TestFreshOfMany(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	defer s.Close()
	const series = 300
	b := points.Block{}
	b.AppendInt(5, 1)
	var writers sync.WaitGroup
	for turn := range 4 {
		writers.Go(func() {
			for from := 0; from < series; from += 50 {
				var batch storage.Batch
				for i := range 50 {
					host := from + i
					if turn%2 == 1 {
						host = series - 1 - host
					}
					batch.Put(cpu(fmt.Sprintf("h%03d", host)), b, 0)
				}
				if err := s.Write(t.Context(), &batch); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	var numbers []uint64
	for i := range series {
		numbers = append(numbers, numberOf(t, s, cpu(fmt.Sprintf("h%03d", i))))
		sameTimes(t, s, cpu(fmt.Sprintf("h%03d", i)), []int64{5})
	}
	if slices.Sort(numbers); numbers[0] != 1 || numbers[series-1] != series || len(slices.Compact(numbers)) != series {
		t.Errorf("numbers are %d, want those from 1 to %d", numbers, series)
	}
	if found := damages(t, s); len(found) != 0 {
		t.Errorf("the check finds %q", found)
	}
}

// digestOf is the digest of a key in the dictionary.
func digestOf(s *Store, k points.Key) digest { return s.dict.digest(k.Append(nil)) }

// numberOf is the number of a series on disk; 0: it has none.
func numberOf(t *testing.T, s *Store, k points.Key) uint64 {
	t.Helper()
	number, _, err := readNumber(s.db, k.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	return number
}

// TestFreshBesideUnfinished: a series whose points another batch is about to store is not
// taken for one that the index has, however many points these are.
func TestFreshBesideUnfinished(t *testing.T) {
	for _, n := range []int{1, 2 * carriedPoints} { // put aside, and not
		s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
		b := points.Block{}
		for i := range n {
			b.AppendInt(int64(i), 1)
		}
		var left writer
		unfinished := s.db.NewBatch()
		if err := firstOf(left.build(s, unfinished, []storage.Change{{Key: cpu("a"), Points: b}}), unfinished.Close()); err != nil {
			t.Fatal(err)
		}
		put(t, s, cpu("a"), 5, 5, 1)
		if got := numberOf(t, s, cpu("a")); got != 1 {
			t.Errorf("behind %d points that were not stored the series has number %d, want 1", n, got)
		}
		sameTimes(t, s, cpu("a"), []int64{5})
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
