package pebble

import (
	"errors"
	"testing"

	"aion/storage"
	"aion/storage/points"
)

// TestLegacyRefused writes integers and then doubles to a series of numbers that may be
// either, of which a chunk has one kind: no such numbers are taken, nor stored as what
// they are not. That points of such a series are to be removed is no error.
func TestLegacyRefused(t *testing.T) {
	s := mustOpen(t, Config{Dir: t.TempDir(), still: true})
	defer s.Close()
	k := cpu("a")
	k.Type = points.TypeLegacy
	write := func(add func(b *points.Block)) error {
		var b points.Block
		add(&b)
		var batch storage.Batch
		batch.Put(k, b, 0)
		return s.Write(t.Context(), &batch)
	}
	invalid := new(points.InvalidError)
	if err := write(func(b *points.Block) { b.AppendInt(1, 7) }); !errors.As(err, &invalid) {
		t.Errorf("write an integer: got %v, want an error that tells it from a failure", err)
	}
	if err := write(func(b *points.Block) { b.AppendFloat(2, 1.5) }); !errors.As(err, &invalid) {
		t.Errorf("write a double: got %v, want an error that tells it from a failure", err)
	}
	var batch storage.Batch
	batch.Remove(k, 1)
	if err := errors.Join(s.Write(t.Context(), &batch), s.Compact(t.Context())); err != nil {
		t.Error(err)
	}
	if b, err := readRange(t, s, k, points.Always); err == nil && b.Len() != 0 {
		t.Errorf("got %v %v, want nothing", b.Times, b.Floats)
	}
}
