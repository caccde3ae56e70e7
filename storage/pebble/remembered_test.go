package pebble

import (
	"slices"
	"strings"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// rowOf is a batch of a point of each of some series, in that order.
func rowOf(at int64, hosts ...string) *storage.Batch {
	var batch storage.Batch
	for _, host := range hosts {
		var b points.Block
		b.AppendInt(at, int64(len(host)))
		batch.Put(cpu(host), b, 0)
	}
	return &batch
}

// TestRemembered: a series that stands in its place for the third time is found without
// a digest, another one in its place is not taken for it, and neither is one that has
// begun anew.
func TestRemembered(t *testing.T) {
	s := still(t, nil)
	write := func(b *storage.Batch) { must(t, s.Write(t.Context(), b)) }
	write(rowOf(1, "a", "b", "c", "d"))
	write(rowOf(2, "a", "b", "c", "d"))
	w := new(writer)
	look := func(hosts ...string) (numbers []uint64, found []bool) {
		b := rowOf(3, hosts...)
		w.recall(s, b.Changes)
		for i := range w.items {
			numbers, found = append(numbers, w.items[i].number), append(found, w.items[i].digest == digest{})
		}
		return numbers, found
	}
	expect := func(what string, numbers []uint64, found []bool, hosts ...string) {
		t.Helper()
		if n, f := look(hosts...); !slices.Equal(n, numbers) || !slices.Equal(f, found) {
			t.Errorf("%s: got %v and %v, want %v and %v", what, n, f, numbers, found)
		}
	}
	no, yes := []bool{false, false, false, false}, []bool{true, true, true, true}
	expect("at first", []uint64{1, 2, 3, 4}, no, "a", "b", "c", "d")
	expect("the second time", []uint64{1, 2, 3, 4}, no, "a", "b", "c", "d")
	expect("the third time", []uint64{1, 2, 3, 4}, yes, "a", "b", "c", "d")
	expect("others in between", []uint64{1, 3, 2, 0}, []bool{true, false, false, false}, "a", "c", "b", "new")
	expect("as before", []uint64{1, 2, 3, 4}, []bool{true, false, false, false}, "a", "b", "c", "d")
	expect("as before", []uint64{1, 2, 3, 4}, []bool{true, false, false, false}, "a", "b", "c", "d")
	expect("as before", []uint64{1, 2, 3, 4}, yes, "a", "b", "c", "d")
	c := storage.Selection{Matchers: []storage.Matcher{{Tag: "host", Values: []string{"c"}}}}
	must(t, s.Delete(t.Context(), c, points.Always))
	expect("one has ended", []uint64{1, 2, 0, 4}, []bool{true, true, false, true}, "a", "b", "c", "d")
	write(rowOf(4, "c"))
	expect("it has begun anew", []uint64{1, 2, 5, 4}, []bool{true, true, false, true}, "a", "b", "c", "d")
}

// TestRememberedTags: a key that its owner uses for another series, once it is written,
// is another key.
func TestRememberedTags(t *testing.T) {
	s := still(t, nil)
	batch := rowOf(1, "a")
	for range 4 {
		must(t, s.Write(t.Context(), batch))
	}
	batch.Changes[0].Key.Tags[0].Value = "b"
	must(t, s.Write(t.Context(), batch))
	sameTimes(t, s, cpu("a"), []int64{1})
	sameTimes(t, s, cpu("b"), []int64{1})
}

// TestRememberedLong: a key that is very long is not kept for as long as the writer is.
func TestRememberedLong(t *testing.T) {
	s, w := still(t, nil), new(writer)
	batch := rowOf(1, "a", strings.Repeat("b", rememberedKey))
	for range 3 {
		must(t, s.Write(t.Context(), batch))
		w.recall(s, batch.Changes)
	}
	if w.items[0].digest != (digest{}) || w.items[1].digest == (digest{}) || len(w.remembered[1].key.Tags) != 0 {
		t.Error("a short key is not remembered, or a long one is")
	}
	sameTimes(t, s, batch.Changes[1].Key, []int64{1})
}
