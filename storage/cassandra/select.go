package cassandra

import (
	"context"
	"iter"

	"aion/storage"
)

// Select yields the series that match and that the indexes list in a row time
// that may hold points of Within. As with KairosDB a row key stays in the
// indexes when its points are deleted in part or expire, so that a series may
// have no points.
func (s *Store) Select(ctx context.Context, sel storage.Selection) iter.Seq2[storage.Series, error] {
	return func(yield func(storage.Series, error) bool) {
		for found, err := range s.find(ctx, sel, within(&sel)) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(found, nil) {
				return
			}
		}
	}
}

// Snapshot is the store itself.
func (s *Store) Snapshot(context.Context) (storage.Snapshot, error) { return snapshot{s}, nil }
