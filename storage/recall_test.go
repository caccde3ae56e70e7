package storage_test

import (
	"math"
	"strings"
	"testing"

	"aion/storage"
	"aion/storage/memory"
)

// TestCheckedRecalled: what must not be written of series that are recalled.
func TestCheckedRecalled(t *testing.T) {
	nan := math.Float64bits(math.NaN())
	for _, tt := range []struct {
		name   string
		number storage.Recalled
		turn   int32
		want   string
	}{
		{"of no series", storage.Recalled{Long: true}, 0, "number 0 is of no series"},
		{"not a number", storage.Recalled{Ref: 1, Bits: nan}, 0, "number 0 is NaN"},
		{"behind the batch", storage.Recalled{Ref: 1, Long: true}, 1, "number 0 is before change 1 of 0"},
		{"where nothing is recalled", storage.Recalled{Ref: 1, Bits: nan, Long: true}, 0, "the store recalls no series"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b storage.Batch
			b.Recall(tt.number)
			b.Recalled[0].Turn = tt.turn
			s := storage.Checked(memory.New(memory.Config{}))
			if got := breach(func() { _ = s.Write(t.Context(), &b) }); !strings.Contains(got, tt.want) {
				t.Errorf("Checked says %q, want %q", got, tt.want)
			}
		})
	}
}
