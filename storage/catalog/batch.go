package catalog

import (
	"context"
	"errors"

	"aion/storage"
	"aion/storage/points"
)

// Batches tells whether the store reads and changes many records for less than one
// after the other.
func (c *Catalog) Batches() bool {
	_, ok := c.records.(storage.RecordBatches)
	return ok
}

// Batch is Record for each id of a kind, in their order. An id may come twice.
func (c *Catalog) Batch(ctx context.Context, kind string, ids []string) ([]storage.Record, error) {
	if err := named(kind, ids...); err != nil {
		return nil, err
	}
	if b, ok := c.records.(storage.RecordBatches); ok {
		return b.Batch(ctx, kind, ids)
	}
	list := make([]storage.Record, len(ids))
	for i, id := range ids {
		var err error
		if list[i], err = c.records.Record(ctx, kind, id); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// PutBatch is Put for each of some records of a kind, whose Revision is the one that
// is to be there still and whose ids differ. It answers the new revisions, 0 for a
// record that was not as it was: that is no error here. After an error any of the values
// may have been stored.
func (c *Catalog) PutBatch(ctx context.Context, kind string, records []storage.Record) ([]int64, error) {
	for _, r := range records {
		if err := storable(kind, r.ID, r.Value); err != nil {
			return nil, err
		}
	}
	if b, ok := c.records.(storage.RecordBatches); ok {
		return b.PutBatch(ctx, kind, records)
	}
	revisions := make([]int64, len(records))
	for i, r := range records {
		var err error
		revisions[i], err = c.records.Put(ctx, kind, r.ID, r.Value, r.Revision)
		if err != nil && !errors.Is(err, points.ErrConflict) {
			return nil, err
		}
	}
	return revisions, nil
}
