package memory

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"

	"aion/storage"
	"aion/storage/points"
)

// records keeps records in a map by kind and id.
type records struct {
	now  storage.Now
	mu   sync.Mutex
	last int64 // the greatest revision so far
	all  map[[2]string]storage.Record
}

// Records are the store's records. They outlive nothing, not even Close.
func (s *Store) Records() storage.Records { return s.records }

// Record reads one record.
func (r *records) Record(ctx context.Context, kind, id string) (storage.Record, error) {
	if err := ctx.Err(); err != nil {
		return storage.Record{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return clone(id, r.all[[2]string{kind, id}]), nil
}

// clone is a record that shares nothing.
func clone(id string, found storage.Record) storage.Record {
	return storage.Record{ID: id, Revision: found.Revision, Value: bytes.Clone(found.Value)}
}

// Put stores a value if the record is as it was.
func (r *records) Put(ctx context.Context, kind, id string, value []byte, was int64) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if revision := r.put(kind, id, value, was); revision != 0 {
		return revision, nil
	}
	return 0, points.ErrConflict
}

// put is Put with the lock held. It answers 0 where the record is not as it was.
func (r *records) put(kind, id string, value []byte, was int64) int64 {
	key := [2]string{kind, id}
	if r.all[key].Revision != was {
		return 0
	}
	r.last = max(r.last+1, r.now().UnixMicro())
	r.all[key] = storage.Record{ID: id, Revision: r.last, Value: append([]byte{}, value...)}
	return r.last
}

// Batch reads some records of a kind.
func (r *records) Batch(ctx context.Context, kind string, ids []string) ([]storage.Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]storage.Record, len(ids))
	for i, id := range ids {
		list[i] = clone(id, r.all[[2]string{kind, id}])
	}
	return list, nil
}

// PutBatch stores those values whose records are as they were.
func (r *records) PutBatch(ctx context.Context, kind string, records []storage.Record) ([]int64, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	revisions := make([]int64, len(records))
	for i, put := range records {
		revisions[i] = r.put(kind, put.ID, put.Value, put.Revision)
	}
	return revisions, nil
}

// Remove takes a record away if it is as it was.
func (r *records) Remove(ctx context.Context, kind, id string, was int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	key := [2]string{kind, id}
	if found, ok := r.all[key]; !ok || found.Revision != was {
		return points.ErrConflict
	}
	delete(r.all, key)
	return nil
}

// List reads records in the order of their ids.
func (r *records) List(ctx context.Context, kind, prefix, after string, limit int) ([]storage.Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []storage.Record
	for key, record := range r.all {
		if key[0] == kind && strings.HasPrefix(key[1], prefix) && key[1] > after {
			found = append(found, clone(key[1], record))
		}
	}
	slices.SortFunc(found, func(a, b storage.Record) int { return strings.Compare(a.ID, b.ID) })
	return found[:min(limit, len(found))], nil
}
