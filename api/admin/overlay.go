package admin

import (
	"context"
	"slices"
	"strings"
	"sync"

	"aion/storage"
	"aion/storage/catalog"
	"aion/storage/points"
)

// overlay is records that can be changed without anything happening to those
// below: what would come of changes is seen by making them here.
type overlay struct {
	storage.Store // none: an overlay keeps records alone
	below         *catalog.Catalog

	mu      sync.Mutex
	changed map[[2]string]storage.Record // by kind and id; a revision of 0: taken away
	last    int64
}

// overlaid is a catalog over another one.
func overlaid(below *catalog.Catalog) *catalog.Catalog {
	c, _ := catalog.New(&overlay{below: below, changed: map[[2]string]storage.Record{}})
	return c
}

// Records are the records.
func (o *overlay) Records() storage.Records { return o }

// Record reads one record.
func (o *overlay) Record(ctx context.Context, kind, id string) (storage.Record, error) {
	o.mu.Lock()
	r, ok := o.changed[[2]string{kind, id}]
	o.mu.Unlock()
	if ok {
		return r, nil
	}
	return o.below.Record(ctx, kind, id)
}

// Put stores a value above, if the record is as it was.
func (o *overlay) Put(ctx context.Context, kind, id string, value []byte, was int64) (int64, error) {
	return o.set(ctx, kind, id, was, func(revision int64) storage.Record {
		return storage.Record{ID: id, Revision: revision, Value: slices.Clone(value)}
	})
}

// Remove takes a record away above, if it is as it was.
func (o *overlay) Remove(ctx context.Context, kind, id string, was int64) error {
	if was == 0 {
		return points.ErrConflict
	}
	_, err := o.set(ctx, kind, id, was, func(int64) storage.Record { return storage.Record{ID: id} })
	return err
}

// set changes a record above, if it is as it was.
func (o *overlay) set(ctx context.Context, kind, id string, was int64, is func(revision int64) storage.Record) (int64, error) {
	found, err := o.Record(ctx, kind, id)
	if err != nil {
		return 0, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if now, ok := o.changed[[2]string{kind, id}]; ok {
		found = now
	}
	if found.Revision != was {
		return 0, points.ErrConflict
	}
	o.last = max(o.last, was) + 1
	o.changed[[2]string{kind, id}] = is(o.last)
	return o.last, nil
}

// List reads records in the order of their ids, changed ones in the place of
// those below.
func (o *overlay) List(ctx context.Context, kind, prefix, after string, limit int) ([]storage.Record, error) {
	var found []storage.Record
	for from := after; ; {
		page, err := o.below.List(ctx, kind, prefix, from, limit)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			if from = r.ID; !o.covers(kind, r.ID) {
				found = append(found, r)
			}
		}
		if len(page) < limit || len(found) >= limit {
			break
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	last := ""
	if len(found) >= limit {
		found = found[:limit]
		last = found[limit-1].ID
	}
	for at, r := range o.changed {
		if at[0] == kind && r.Revision != 0 && strings.HasPrefix(r.ID, prefix) && r.ID > after && (last == "" || r.ID < last) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b storage.Record) int { return strings.Compare(a.ID, b.ID) })
	return found[:min(limit, len(found))], nil
}

// covers tells whether a record was changed above.
func (o *overlay) covers(kind, id string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, ok := o.changed[[2]string{kind, id}]
	return ok
}
