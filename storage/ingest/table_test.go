package ingest

import (
	"fmt"
	"testing"

	"aion/storage/points"
)

// TestTableOfOneHash: columns are told apart by their keys, whatever their hashes are.
func TestTableOfOneHash(t *testing.T) {
	w := New(nil, Config{})
	w.columns.hash(nil)
	const n, hash = 200, 1<<64 - 3
	key := func(i int) *points.Key {
		return &points.Key{
			Metric: fmt.Sprint("m", i%2), Tags: points.Tags{{Name: "h", Value: fmt.Sprint(i / 4)}},
			Type: []string{points.TypeLong, points.TypeDouble}[i/2%2],
		}
	}
	var all []*Column
	for i := range n {
		if c := w.columns.find(hash, key(i)); c != nil {
			t.Fatalf("found %v for the new key %v", c.key, key(i))
		}
		all = append(all, w.columns.add(w, hash, *key(i)))
	}
	for i, c := range all {
		if got := w.columns.find(hash, key(i)); got != c {
			t.Errorf("found another column for %v", key(i))
		}
	}
}
