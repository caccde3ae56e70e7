package pebble

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// readSheet is what a sheet says of each of its numbers.
func readSheet(t *testing.T, value []byte) []string {
	t.Helper()
	var out []string
	var r sheetReader
	for r.open(0, value); r.next(); {
		out = append(out, fmt.Sprintf("%d %s", r.number, r.key))
	}
	if err := r.err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSheetMerge: parts of a sheet, joined in any grouping from either end, are the
// sheet, also where they say some things twice.
func TestSheetMerge(t *testing.T) {
	m := merger()
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 5))
		var want []string
		parts := make([]sheetWriter, 1+rng.IntN(6))
		for number := range uint64(sheetSize) {
			if rng.IntN(4) == 0 {
				continue
			}
			key := fmt.Sprint("host", rng.IntN(300))
			want = append(want, fmt.Sprintf("%d %s", number, key))
			for range 1 + rng.IntN(2) {
				if p := &parts[rng.IntN(len(parts))]; len(p.buf) == 0 || !slices.Contains(readSheet(t, p.buf), want[len(want)-1]) {
					p.add(number, []byte(key))
				}
			}
		}
		var changes [][]byte
		for i := range parts {
			changes = append(changes, parts[i].buf)
		}
		if got := readSheet(t, regrouped(t, m, []byte{keySeries}, rng, changes)); !slices.Equal(got, want) {
			t.Fatalf("seed %d: got %q, want %q", seed, got, want)
		}
	}
}

// TestSheets: keys of numbers far apart, on full sheets and on others, are found by
// themselves and together, and what is erased is not.
func TestSheets(t *testing.T) {
	s := still(t, nil)
	var batch storage.Batch
	var b points.Block
	b.AppendInt(1, 1)
	const n = 5*sheetSize + 3
	for i := range n {
		batch.Put(cpu(fmt.Sprintf("h%03d", i)), b, 0)
	}
	if err := s.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
	gone := []string{"h000", "h070", "h071", "h128", "h322"}
	for i := 2 * sheetSize; i < 3*sheetSize; i++ {
		gone = append(gone, fmt.Sprintf("h%03d", i))
	}
	sel := storage.Selection{Matchers: []storage.Matcher{{Tag: "host", Values: gone}}}
	if err := s.Delete(t.Context(), sel, points.Always); err != nil {
		t.Fatal(err)
	}
	left := 0
	for i := range n {
		host := fmt.Sprintf("h%03d", i)
		key, ok, err := readKey(s.db, nil, uint64(i+1))
		if want := !slices.Contains(gone, host); err != nil || ok != want || ok && !bytes.Equal(key, cpuBytes(host)) {
			t.Errorf("%s: got %q, %t, %v, want %t", host, key, ok, err, want)
		}
		if ok {
			left++
		}
	}
	if got := len(seriesOf(t, s)); got != left {
		t.Errorf("%d series are left, want %d", got, left)
	}
	if got := len(described(t, s, storage.Selection{})); got != left {
		t.Errorf("%d series are found, want %d", got, left)
	}
	verified(t, s)
}

// TestNumberAfterOpening: the numbers of series that are there are not given again.
func TestNumberAfterOpening(t *testing.T) {
	whole(t)
	fs := vfs.NewMem()
	for i := range 3 * sheetSize {
		s := mustOpen(t, Config{Dir: "db", fs: fs, still: true})
		put(t, s, cpu(fmt.Sprint(i)), 1, 1, 1)
		if s.dict.last != uint64(i+1) {
			t.Fatalf("number %d for series %d", s.dict.last, i+1)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if i%7 != 0 {
			continue
		}
		s = mustOpen(t, Config{Dir: "db", fs: fs, still: true})
		if got := len(seriesOf(t, s)); got != i+1 {
			t.Fatalf("%d series, want %d", got, i+1)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzSheet: what is taken for a sheet is encoded back so that it says the same.
func FuzzSheet(f *testing.F) {
	var w sheetWriter
	w.add(1, []byte("cpu,a"))
	w.add(63, []byte("cpu,b"))
	f.Add(w.buf)
	f.Add([]byte{1, 0})
	f.Fuzz(func(t *testing.T, value []byte) {
		var r sheetReader
		var again sheetWriter
		var said []string
		for r.open(0, value); r.next(); {
			again.add(r.number, r.key)
			said = append(said, fmt.Sprintf("%d %s", r.number, r.key))
		}
		if got := readSheet(t, again.buf); !slices.Equal(got, said) {
			t.Fatalf("got %q, want %q", got, said)
		}
	})
}
