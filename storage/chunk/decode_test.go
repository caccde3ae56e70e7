package chunk

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"aion/storage/points"
)

// TestOpenDamaged flips every byte of a chunk and cuts it short: always an
// ErrCorrupt.
func TestOpenDamaged(t *testing.T) {
	for _, n := range []int{200, columnsFrom * PageSize} {
		openDamaged(t, Append(nil, classes(n)["gauge jitter"], nil), n)
	}
}

// openDamaged opens a chunk of n points with every byte flipped.
func openDamaged(t *testing.T, data []byte, n int) {
	t.Helper()
	var c Chunk
	for i := range data {
		damaged := append([]byte{}, data...)
		damaged[i] ^= 0x41
		if err := c.Open(damaged); !errors.Is(err, points.ErrCorrupt) {
			t.Fatalf("Open with byte %d changed: %v, want an ErrCorrupt", i, err)
		}
		if err := c.Open(data[:i]); !errors.Is(err, points.ErrCorrupt) {
			t.Fatalf("Open of %d bytes: %v, want an ErrCorrupt", i, err)
		}
	}
	if err := c.Open(data); err != nil || c.Len() != n {
		t.Fatalf("Open of the whole afterwards: %v, %d points", err, c.Len())
	}
}

// TestReadDamaged flips every byte, or every one of a directory of columns, and
// puts the checksum right again: whatever is answered, nothing panics and errors are
// ErrCorrupt.
func TestReadDamaged(t *testing.T) {
	for _, n := range []int{140, (columnsFrom-1)*PageSize + 12} {
		for name, b := range classes(n) {
			t.Run(fmt.Sprintf("%s of %d", name, n), func(t *testing.T) {
				data := Append(nil, b, b.Times)
				from := 0
				if data[0] == versionColumns {
					from = directoryAt(data)
				}
				for i := from; i < len(data); i++ {
					damaged := append([]byte{}, data...)
					for _, with := range []byte{0x01, 0x40, 0x80, 0xff} {
						damaged[i] = data[i] ^ with
						readAll(t, seal(damaged, data[0]))
					}
				}
			})
		}
	}
}

// TestAppendPagesBehind decodes chunks of different classes into one block, as
// a series of mixed numbers would.
func TestAppendPagesBehind(t *testing.T) {
	longs := longsOf([]int64{1, 2}, func(i int) int64 { return int64(i) + 1<<60 })
	doubles := doublesOf([]int64{3, 4}, func(i int) float64 { return float64(i) + 0.5 })
	nulls := nullsOf([]int64{5})
	var got, want points.Block
	var c Chunk
	for _, b := range []*points.Block{longs, doubles, nulls, longs, doubles} {
		want.AppendBlock(b)
		if err := c.Open(Append(nil, b, nil)); err != nil {
			t.Fatalf("Open: %v", err)
		}
		if err := c.AppendPages(&got, 0, c.Pages()); err != nil {
			t.Fatalf("AppendPages: %v", err)
		}
	}
	if diff := differ(&want, &got); diff != "" {
		t.Errorf("block (-want +got):\n%s", diff)
	}
	text := points.Block{Kind: points.Text, Times: []int64{1}, Texts: []string{"a"}}
	if err := c.AppendPages(&text, 0, 1); !errors.Is(err, points.ErrCorrupt) || text.Len() != 1 {
		t.Errorf("AppendPages to texts: %v with %d points, want an ErrCorrupt and 1", err, text.Len())
	}
}

// TestLongTexts takes texts that compression pays for, and one that is longer
// than all others together.
func TestLongTexts(t *testing.T) {
	b := textsOf([]int64{1, 2, 3}, func(i int) string { return strings.Repeat("the same again ", 1+i*10_000) })
	data := roundTrip(t, b, nil)
	if got, most := len(data), 60_000; got > most {
		t.Errorf("%d bytes, want at most %d", got, most)
	}
}

// TestSteadyStateAllocates says that reading numbers again and again allocates
// nothing.
func TestSteadyStateAllocates(t *testing.T) {
	for _, name := range []string{"gauge jitter", "counter", "full mantissa", "any bits", "specials", "nulls"} {
		t.Run(name, func(t *testing.T) {
			b := classes(4096)[name]
			data := Append(nil, b, b.Times)
			var c Chunk
			var out points.Block
			var expires []int64
			read := func() {
				out.Reset(points.Number)
				if err := c.Open(data); err != nil {
					t.Fatal(err)
				}
				if err := c.AppendPages(&out, 0, c.Pages()); err != nil {
					t.Fatal(err)
				}
				c.Summary()
				expires, _ = c.AppendExpiries(expires[:0])
			}
			if got := testing.AllocsPerRun(20, read); got != 0 {
				t.Errorf("%v allocations a chunk, want 0", got)
			}
		})
	}
}

// TestSizes holds the workloads of the benchmarks to the sizes they have been
// designed for.
func TestSizes(t *testing.T) {
	most := map[string]float64{"gauge-jitter": 2.2, "gauge-regular": 0.9, "counter": 2.6, "mantissa": 8.6, "const": 1.5}
	for _, w := range workloads() {
		got := float64(len(Append(nil, w.block, nil))) / float64(w.block.Len())
		if got > most[w.name] {
			t.Errorf("%s takes %.3f bytes a point, want at most %v", w.name, got, most[w.name])
		}
	}
}
