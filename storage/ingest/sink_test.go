package ingest_test

import (
	"math"
	"slices"
	"testing"

	"aion/storage/ingest"
	"aion/storage/memory"
	"aion/storage/points"
)

// TestSinkSplitsBlocksIntoStoredTypes saves one block of each kind.
func TestSinkSplitsBlocksIntoStoredTypes(t *testing.T) {
	var numbers points.Block
	numbers.AppendInt(1, 5)
	numbers.AppendFloat(2, 2.5)
	numbers.AppendNull(3)
	numbers.AppendFloat(4, math.NaN())
	numbers.AppendFloat(5, math.Inf(-1))
	numbers.AppendInt(6, 6)
	texts := points.Block{Kind: points.Text}
	texts.AppendText(7, "seven")
	opaque := points.Block{Kind: points.Opaque, Type: points.TypeComplex}
	opaque.AppendBytes(8, []byte{8})

	store := memory.New(memory.Config{})
	s := ingest.NewSink(store, ingest.Config{})
	tags := points.Tags{{Name: "host", Value: "a"}}
	for _, b := range []*points.Block{&numbers, &texts, &opaque} {
		if err := s.Save(t.Context(), "m", tags, 0, b); err != nil {
			t.Fatal(err)
		}
		b.Reset(b.Kind)
	}
	tags[0].Value = "changed by the caller"
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"m{host=a} kairos_complex 8 08",
		"m{host=a} kairos_double 2 2.5",
		"m{host=a} kairos_long 1 5",
		"m{host=a} kairos_long 6 6",
		"m{host=a} kairos_null 3 null",
		"m{host=a} kairos_string 7 seven",
	}
	if got := dump(t, store); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if s.Stored() != 6 || s.Refused() != 2 {
		t.Errorf("got %d stored and %d refused, want 6 and 2", s.Stored(), s.Refused())
	}
}

// TestSinkBoundsItsBatches saves more than one batch holds.
func TestSinkBoundsItsBatches(t *testing.T) {
	store := memory.New(memory.Config{})
	j := &journal{Writer: store}
	const maxBytes = 64 << 10
	s := ingest.NewSink(j, ingest.Config{MaxBytes: maxBytes})
	var b points.Block
	for at := range int64(20_000) {
		b.AppendInt(at, at)
	}
	if err := s.Save(t.Context(), "m", nil, 0, &b); err != nil {
		t.Fatal(err)
	}
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := slices.Max(j.batches); got > maxBytes {
		t.Errorf("got a batch of %d bytes, want at most %d", got, maxBytes)
	}
	if got := s.Stored(); got != 20_000 {
		t.Errorf("got %d stored, want 20000", got)
	}
}
