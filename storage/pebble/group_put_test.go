package pebble

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"aion/storage/points"
)

// putPoints is a few points of one of some kinds, and when they expire.
func putPoints(rng *rand.Rand) (b points.Block, expires []int64) {
	kind, expiring := rng.IntN(8), rng.IntN(4) == 0
	if kind == 0 {
		b.Reset(points.Text)
	}
	at := rng.Int64N(1 << 41)
	for range 1 + rng.IntN(1<<rng.IntN(9)) {
		switch kind {
		case 0:
			b.AppendText(at, "text")
		case 1:
			b.AppendNull(at)
		case 2, 3:
			b.AppendInt(at, rng.Int64()>>rng.IntN(64))
		case 4:
			b.AppendFloat(at, rng.Float64())
		default:
			b.AppendFloat(at, float64(rng.IntN(1000))/10)
		}
		if expiring {
			expires = append(expires, at+1)
		}
		at += rng.Int64N(1 << 20)
	}
	return b, expires
}

// TestGroupPut puts points into groups, and their runs into others: these are the same
// by their bytes, and by their runs one by one. A run that is too long is refused.
func TestGroupPut(t *testing.T) {
	whole(t)
	rng := rand.New(rand.NewPCG(9, 10))
	var put, added, plain groupWriter
	refused, late := 0, 0
	for range 2000 {
		put.reset(64)
		added.reset(64)
		plain.reset(64)
		for slot := range uint64(rng.IntN(sheetSize)) {
			b, expires := putPoints(rng)
			run, most := appendRun(nil, nil, &b, expires), rng.IntN(2*groupedBytes)
			ok := put.put(64+slot, &b, expires, most)
			if ok != (len(run) <= groupedBytes) {
				t.Fatalf("a run of %d bytes is put into a group: %v", len(run), ok)
			}
			if !ok {
				refused++
				continue
			}
			plain.put(64+slot, &b, expires, most)
			added.add(64+slot, run)
		}
		late += put.n() - put.spelled
		want, wantSaved := added.encode()
		if got, saved := put.encode(); saved != wantSaved || !bytes.Equal(got, want) {
			t.Fatalf("got %x, %d bytes saved, want %x, %d", got, saved, want, wantSaved)
		}
		if got, want := plain.plain(), added.plain(); !bytes.Equal(got, want) {
			t.Fatalf("got %x without columns, want %x", got, want)
		}
		if !bytes.Equal(eachRun(t, &put), eachRun(t, &added)) {
			t.Fatal("runs are not those that were put")
		}
	}
	if refused == 0 || late == 0 {
		t.Errorf("%d runs were refused and %d in columns alone, want some", refused, late)
	}
}

// eachRun is the runs of a group, each behind its number and its length.
func eachRun(t *testing.T, g *groupWriter) (all []byte) {
	must(t, g.each(func(number uint64, run []byte) error {
		all = append(all, byte(number), byte(len(run)>>8), byte(len(run)))
		all = append(all, run...)
		return nil
	}))
	return all
}
