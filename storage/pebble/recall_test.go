package pebble

import (
	"errors"
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// A store that ceased to be a Recaller would store the same, only slower.
var _ storage.Recaller = (*Store)(nil)

// TestRecall: a series is recalled from its second write on, by what it was written
// under last, until it has ended; then its number comes back, and so does a batch of
// which a part cannot be stored.
func TestRecall(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	defer s.Close()
	put := func(mark storage.Mark, hosts ...string) {
		t.Helper()
		var b storage.Batch
		for _, host := range hosts {
			var block points.Block
			block.AppendInt(1, 1)
			b.Put(cpu(host), block, 0)
			b.Changes[len(b.Changes)-1].Mark = mark
			if mark == (storage.Mark{}) {
				b.Changes[len(b.Changes)-1].Mark = storage.MarkOf([]byte(host))
			}
		}
		must(t, s.Write(t.Context(), &b))
	}
	recall := func(marks ...storage.Mark) string {
		refs := make([]storage.Ref, len(marks))
		s.Recall(marks, refs)
		return fmt.Sprint(refs)
	}
	a, b, other := storage.MarkOf([]byte("a")), storage.MarkOf([]byte("b")), storage.MarkOf([]byte("other"))
	expect := func(what, want string, marks ...storage.Mark) {
		t.Helper()
		if got := recall(marks...); got != want {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
	}
	put(storage.Mark{}, "a", "b")
	expect("after one write", "[0 0]", a, b)
	put(storage.Mark{}, "a", "b")
	expect("after two", "[1 2 1 0 0]", a, b, a, other, storage.Mark{})
	put(other, "a")
	expect("by another text", "[0 1 2]", a, other, b)

	again := func(refs ...storage.Ref) error {
		var batch storage.Batch
		for _, ref := range refs {
			batch.Recall(storage.Recalled{Ref: ref, At: 7, Bits: 70, Long: true})
		}
		return s.Write(t.Context(), &batch)
	}
	must(t, again(2, 1))
	must(t, s.Delete(t.Context(), storage.Selection{Matchers: []storage.Matcher{{Tag: "host", Values: []string{"a"}}}}, points.Always))
	expect("after the end of one", "[0 2]", other, b)
	for _, refs := range [][]storage.Ref{{1, 2}, {2, 3}, {1 << 50}} {
		var batch storage.Batch
		for _, ref := range refs {
			batch.Recall(storage.Recalled{Ref: ref, At: 8, Bits: 80, Long: true})
		}
		if err := s.Write(t.Context(), &batch); !errors.Is(err, storage.ErrForgotten) {
			t.Errorf("got %v for %v, want ErrForgotten", err, refs)
		}
	}
	got, err := readRange(t, s, cpu("b"), points.Always)
	must(t, err)
	if fmt.Sprint(got.Times, got.Ints) != "[1 7] [1 70]" {
		t.Errorf("b has %v %v, want 1 and 70 at 1 and 7", got.Times, got.Ints)
	}
	put(storage.Mark{}, "a")
	put(storage.Mark{}, "a")
	expect("after it began anew", "[3 2]", a, b)
}

// TestHints adds hints of more series than there is room for: all are recalled whose
// numbers follow each other, and most in any order.
func TestHints(t *testing.T) {
	var c cards
	const n = 20_000
	marks := make([]digest, n+1)
	for i := 1; i <= n; i++ {
		g := digest(storage.MarkOf(fmt.Append(nil, "key", i)))
		c.set(g, newCard(uint64(i), 1))
		marks[i] = digest(storage.MarkOf(fmt.Append(nil, i)))
		c.setMark(uint64(i), marks[i])
	}
	look := cardLook{cards: &c}
	found := 0
	for i := 1; i <= n; i++ {
		if got := look.recall(marks[i], uint64(i-1)); got != uint64(i) {
			t.Fatalf("got %d behind %d", got, i-1)
		}
		switch look.recall(marks[i], 0) {
		case uint64(i):
			found++
		case 0:
		default:
			t.Fatalf("series %d is taken for another", i)
		}
	}
	if found < n*99/100 {
		t.Errorf("found %d of %d", found, n)
	}
}
