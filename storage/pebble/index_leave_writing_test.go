package pebble

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// deviceKey is series i of a store in which five metrics come from each device.
func deviceKey(i int) points.Key {
	return points.Key{Metric: fmt.Sprint("m", i%5), Type: points.TypeLong, Tags: points.Tags{
		{Name: "device", Value: fmt.Sprint("d", i/5)}, {Name: "site", Value: fmt.Sprint("s", i/40)}, {Name: fmt.Sprint("t", i/70), Value: "x"}}}
}

// TestLeaveWhileWriting: series come and go at once, next to each other on their
// sheets, while tables are made: the index has who is there, and nobody is left of it
// when all have gone.
func TestLeaveWhileWriting(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem()})
	defer s.Close()
	var running sync.WaitGroup
	for g := range uint64(3) {
		rng := rand.New(rand.NewPCG(g, 1))
		running.Go(func() {
			for range 200 {
				var batch storage.Batch
				for range 1 + rng.IntN(6) {
					var b points.Block
					b.AppendInt(rng.Int64N(100), 1)
					batch.Put(deviceKey(rng.IntN(200)), b, 0)
				}
				if err := s.Write(t.Context(), &batch); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for g := range uint64(3) {
		rng := rand.New(rand.NewPCG(g, 2))
		running.Go(func() {
			for i := range 150 {
				if err := leaveSome(t, s, rng); err != nil {
					t.Error(err)
				}
				if i%20 != 0 {
					continue
				}
				if err := s.db.Flush(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	verified(t, s)
	if err := s.Delete(t.Context(), storage.Selection{}, points.Always); err != nil {
		t.Fatal(err)
	}
	if n := len(entries(t, s, keyPosting)); n != 0 {
		t.Errorf("%d postings are left", n)
	}
}

// leaveSome erases the series of a metric, of a device, or of both, or those of them
// whose points all lie in a range.
func leaveSome(t *testing.T, s *Store, rng *rand.Rand) error {
	var sel storage.Selection
	of := rng.IntN(6)
	if of != 0 {
		sel.Matchers = []storage.Matcher{{Tag: "device", Values: []string{fmt.Sprint("d", rng.IntN(40))}}}
	}
	if of < 4 {
		sel.Metrics = []string{fmt.Sprint("m", rng.IntN(5))}
	}
	r := points.Range{From: 0, To: rng.Int64N(150)}
	if rng.IntN(3) == 0 {
		r = points.Always
	}
	return s.Delete(t.Context(), sel, r)
}
