package pebble

import (
	"fmt"
	"slices"

	"aion/storage"
	"aion/storage/points"
)

// addType notes the type of a series.
func (v *verifier) addType(name string, number uint64) {
	of := v.types[name]
	if of == nil {
		of = &set{}
		v.types[name] = of
	}
	of.Add(number)
}

// fits checks that points are of the type that their series has by its key, and notes
// whether some of them last. Of a series without a key nothing is known.
func (v *verifier) fits(number uint64, b *points.Block, expires []int64) error {
	if b.Len() == 0 {
		return nil
	}
	if len(expires) < b.Len() || slices.Contains(expires, 0) {
		v.lasts.Add(number)
	}
	for name, of := range v.types {
		if !of.Contains(number) {
			continue
		}
		if p := storage.BlockProblem(&points.Key{Type: name}, b); p != "" {
			return fmt.Errorf("points of another type than %s: %s: %w", name, p, points.ErrCorrupt)
		}
		break
	}
	return nil
}
