package fleet

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"aion/storage/points"
)

// TestNobodyWaitsForBirthsAgain: while the store answers no change, which takes it a
// second each time, nobody waits for the devices that were put off, not even as they
// are tried again: that is tried with one litter of them. Once it is back, all are
// created.
func TestNobodyWaitsForBirthsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 3 * broodSize
		y := newYard(t)
		var isAway atomic.Bool
		var tries atomic.Int64
		f := y.hookedFleet(func(string) error {
			if !isAway.Load() {
				return nil
			}
			tries.Add(1)
			time.Sleep(time.Second)
			return fmt.Errorf("the store is away: %w", points.ErrUnavailable)
		}, func(string) {})
		f.Observe(y.store)
		isAway.Store(true)
		for i := range n {
			id := fmt.Sprintf("d%d", i)
			f.expect(birth{id: id}, f.known.hash("", id))
		}
		running(t, f)
		time.Sleep(againAfter)
		tries.Store(0)
		for range 10 * againAfter / time.Second {
			time.Sleep(time.Second)
			before := time.Now()
			if listed(t, f, ""); time.Since(before) != 0 || f.queue.waiting() != 0 {
				t.Fatalf("a list waited %v, and %d devices are waited for", time.Since(before), f.queue.waiting())
			}
		}
		if got := tries.Load(); got < 5 || got > 11 {
			t.Errorf("tried %d times, want one litter each time", got)
		}
		isAway.Store(false)
		time.Sleep(2 * againAfter)
		if got := recorded(t, f); got != n {
			t.Errorf("got %d devices, want %d", got, n)
		}
	})
}

// recorded is how many devices are recorded.
func recorded(t *testing.T, f *Fleet) (n int) {
	t.Helper()
	for _, err := range f.c.Catalog.All(t.Context(), kindDevice, "") {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	return n
}
