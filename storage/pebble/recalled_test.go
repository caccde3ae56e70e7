package pebble

import (
	"fmt"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// TestRecalledNumbers: what a batch has of series that are recalled is stored as it came,
// in any order, with points of different lives, the last of those of a time, many and
// large ones, and the newest point is known only as long as it lives.
func TestRecalledNumbers(t *testing.T) {
	long := func(ref storage.Ref, at, v int64, ttl time.Duration) storage.Recalled {
		return storage.Recalled{Ref: ref, At: at, Bits: uint64(v), Long: true, TTL: ttl}
	}
	var many, large []storage.Recalled
	for i := range int64(3 * chunkSize) {
		many = append(many, long(1, i, 2*i, 0))
	}
	for i := range int64(carriedPoints - 1) { // in few, but with groupedBytes
		large = append(large, long(1, i<<40, i%2<<50, 0))
	}
	second := time.Second
	for name, numbers := range map[string][]storage.Recalled{
		"ascending":         {long(1, 5, 50, 0), long(1, 6, 60, 0)},
		"descending":        {long(1, 6, 60, 0), long(1, 5, 50, 0)},
		"a time twice":      {long(1, 5, 50, 0), long(1, 5, 51, 0), long(1, 6, 60, 0)},
		"a life":            {long(1, 5, 50, second), long(1, 6, 60, second)},
		"two lives":         {long(1, 5, 50, 0), long(1, 6, 60, second)},
		"two lives, turned": {long(1, 5, 50, second), long(1, 6, 60, 0)},
		"two series":        {long(2, 5, 51, 0), long(1, 5, 50, 0), long(2, 6, 61, second), long(1, 6, 60, 0)},
		"many":              many,
		"large":             large,
	} {
		t.Run(name, func(t *testing.T) {
			now := time.UnixMilli(1_000_000)
			s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true, Now: func() time.Time { return now }})
			defer s.Close()
			put(t, s, cpu("a"), 1, 1, 1)
			put(t, s, cpu("b"), 1, 1, 1)
			must(t, s.Write(t.Context(), &storage.Batch{Recalled: numbers}))
			keepsNumbers(t, s, numbers, false)
			now = now.Add(2 * second)
			keepsNumbers(t, s, numbers, true)
		})
	}
}

// keepsNumbers makes sure that two series have a point at 1 and those of the numbers that live,
// and tell the newest.
func keepsNumbers(t *testing.T, s *Store, numbers []storage.Recalled, late bool) {
	t.Helper()
	for ref, k := range map[storage.Ref]points.Key{1: cpu("a"), 2: cpu("b")} {
		want, newest := map[int64]int64{1: 1}, int64(1)
		for _, n := range numbers {
			if n.Ref == ref && (n.TTL == 0 || !late) {
				want[n.At], newest = int64(n.Bits), max(newest, n.At)
			}
		}
		b := read(t, s, k, points.Always)
		got := map[int64]int64{}
		for i, at := range b.Times {
			got[at] = b.Ints[i]
		}
		if b.Len() != len(want) || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s has %d points, want %d: %.200v, want %.200v", k, b.Len(), len(want), got, want)
		}
		for one, err := range s.Select(t.Context(), storage.Selection{Matchers: []storage.Matcher{{Tag: "host", Values: []string{k.Tags[0].Value}}}}) {
			must(t, err)
			var last points.Block
			_, _, err = storage.Lead(t.Context(), []storage.Series{one}, points.Always, points.Desc, 1, &last, nil)
			must(t, err)
			if last.Len() != 1 || last.Times[0] != newest || last.Ints[0] != want[newest] {
				t.Errorf("the newest of %s is %v at %v, want %d at %d", k, last.Ints, last.Times, want[newest], newest)
			}
		}
	}
}
