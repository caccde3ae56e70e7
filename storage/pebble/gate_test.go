package pebble

import (
	"context"
	"errors"
	"sync"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// TestBackPressure: while the compactor is far behind, writers wait as long as
// their context lets them, and go on when it has caught up. Reads do not wait.
func TestBackPressure(t *testing.T) {
	s := still(t, nil)
	put(t, s, cpu("a"), 1, 3, 1)
	s.waiting.shut()
	var b points.Block
	b.AppendInt(4, 4)
	var batch storage.Batch
	batch.Put(cpu("a"), b, 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Write(ctx, &batch); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	sameTimes(t, s, cpu("a"), []int64{1, 2, 3})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := s.Write(t.Context(), &batch); err != nil {
			t.Error(err)
		}
	})
	if err := s.turn(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	sameTimes(t, s, cpu("a"), []int64{1, 2, 3, 4})
}

// TestTidyingFails: writers do not wait for a compactor that fails.
func TestTidyingFails(t *testing.T) {
	s := still(t, nil)
	s.waiting.shut()
	s.fault.set(inTidying, points.ErrCorrupt)
	if err := s.Write(t.Context(), &storage.Batch{Changes: make([]storage.Change, 1)}); !errors.Is(err, points.ErrCorrupt) {
		t.Errorf("got %v, want what the compactor fails with", err)
	}
	s.fault.set(inTidying, nil)
	s.waiting.open()
	if err := s.Health(t.Context()); err != nil {
		t.Errorf("health: got %v after the compactor works again", err)
	}
}
