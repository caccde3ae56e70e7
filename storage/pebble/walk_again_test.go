package pebble

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// TestWalkAgain: series that are read again and again while a scan walks, in one range
// after the other or in any, forwards or backwards, give all points of each. The chunks
// of some are large, and those of others so small that one alone would be copied.
func TestWalkAgain(t *testing.T) {
	const series, last = 2 * walkAfter, 30_000
	s := mustOpenClosing(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	rng := rand.New(rand.NewPCG(3, 3))
	for i := range series {
		var b points.Block
		for at := range int64(last) {
			b.AppendInt(at, rng.Int64()*int64(i%2))
		}
		var batch storage.Batch
		batch.Put(cpu(fmt.Sprintf("h%03d", i)), b, 0)
		if err := s.Write(t.Context(), &batch); err != nil {
			t.Fatal(err)
		}
	}
	tidy(t, s)
	r := s.hold()
	defer func() { _ = r.snap.Close() }()
	r.idle = &idle{}
	defer r.idle.close(s)
	read := func(number uint64, within points.Range, o points.Order) {
		t.Helper()
		n, c := int64(0), (&shelf{from: &r}).series(1+number, cpu("")).Points(within, o)
		var b points.Block
		whole := true
		for whole && c.Next(t.Context(), &b) == nil {
			for _, at := range b.Times {
				want := within.From + n
				if o == points.Desc {
					want = within.To - n
				}
				if n++; at != want {
					t.Fatalf("%v of series %d, descending %t: got %d, want %d", within, 1+number, o, at, want)
				}
			}
			whole = rng.IntN(20) != 0
		}
		if err := c.Close(); err != nil || whole && n != within.To-within.From+1 {
			t.Fatalf("%v of series %d, descending %t: got %d points, %v", within, 1+number, o, n, err)
		}
	}
	for number := range uint64(series) {
		for from := int64(0); from < last; from += 1000 {
			read(number, points.Range{From: from, To: from + 999}, points.Asc)
		}
		for range 30 {
			from := rng.Int64N(last)
			read(number, points.Range{From: from, To: from + rng.Int64N(last-from)}, points.Order(rng.IntN(2) == 0))
		}
	}
	if !r.idle.scans[0].walking {
		t.Error("the scan does not walk")
	}
}
