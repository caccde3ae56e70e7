package pebble

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage"
	"aion/storage/points"
)

// keptRecords is up to how many bytes of a batch's memory are kept for the next: what
// two thousand devices take, written at once.
const keptRecords = 512 << 10

// recordFrame is more than a record takes in a batch beside its kind, id and value.
const recordFrame = 32

// Batch reads some records of a kind, all as of one moment or a later one.
func (r *records) Batch(ctx context.Context, kind string, ids []string) ([]storage.Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	list := make([]storage.Record, len(ids))
	w := recordWalk{db: r.store.db, kind: kind}
	for _, i := range ascendingBy(ids, func(id *string) string { return *id }) {
		entry, err := w.find(ids[i])
		if list[i] = (storage.Record{ID: ids[i]}); err == nil && entry != nil {
			list[i], err = parseRecord(kind, ids[i], entry)
		}
		if err != nil {
			return nil, firstOf(err, w.close())
		}
	}
	return list, w.close()
}

// PutBatch stores those values whose records are as they were, in one batch.
func (r *records) PutBatch(ctx context.Context, kind string, records []storage.Record) ([]int64, error) {
	revisions := make([]int64, len(records))
	batch, err := r.applyBatch(ctx, kind, records, revisions)
	if err == nil && batch != nil {
		err = r.store.synced(batch)
	}
	if err != nil {
		return nil, err
	}
	return revisions, nil
}

// applyBatch applies what is to be stored of some records, and notes their
// revisions. Where there is none, it answers no batch.
func (r *records) applyBatch(ctx context.Context, kind string, records []storage.Record, revisions []int64) (*pebble.Batch, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	size := recordFrame
	for i := range records {
		size += recordFrame + len(kind) + len(records[i].ID) + len(records[i].Value)
	}
	batch := r.store.db.NewBatchWithSize(size, pebble.WithMaxRetainedSizeBytes(keptRecords))
	if err := r.fill(batch, kind, records, revisions); err != nil {
		return nil, errors.Join(err, batch.Close())
	}
	if batch.Empty() {
		return nil, translate(batch.Close())
	}
	r.cache.changeMany(kind, records)
	defer r.cache.ended()
	if err := r.store.commit(batch, pebble.Sync); err != nil {
		return nil, err
	}
	return batch, nil
}

// fill puts those values into a batch whose records are as they were. Nobody else
// changes a record meanwhile.
func (r *records) fill(batch *pebble.Batch, kind string, records []storage.Record, revisions []int64) error {
	w := recordWalk{db: r.store.db, kind: kind}
	now := r.store.now().UnixMicro()
	var key, value []byte
	for _, i := range ascendingBy(records, func(x *storage.Record) string { return x.ID }) {
		put := &records[i]
		entry, err := w.find(put.ID)
		is := int64(0)
		if err == nil && entry != nil {
			is, err = revisionOf(kind, put.ID, entry)
		}
		if err != nil {
			return firstOf(err, w.close())
		}
		if is != put.Revision {
			continue
		}
		r.last = max(r.last, put.Revision, now-1) + 1
		key, value = appendRecordKey(key[:0], kind, put.ID), appendRecord(value[:0], r.last, put.Value)
		if err := batch.Set(key, value, nil); err != nil {
			return firstOf(translate(err), w.close())
		}
		revisions[i] = r.last
	}
	return w.close()
}

// revisionOf is the revision of a record that is there.
func revisionOf(kind, id string, entry []byte) (int64, error) {
	if len(entry) < 8 || binary.BigEndian.Uint64(entry) == 0 {
		return 0, fmt.Errorf("read record %s of kind %s: %w", id, kind, points.ErrCorrupt)
	}
	return int64(binary.BigEndian.Uint64(entry)), nil
}

// ascendingBy is the order in which a list ascends by a text of each.
func ascendingBy[T any](list []T, text func(*T) string) []int {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	if by := func(a, b int) int { return cmp.Compare(text(&list[a]), text(&list[b])) }; !slices.IsSortedFunc(order, by) {
		slices.SortFunc(order, by)
	}
	return order
}

// recordWalk finds records of a kind in the order of their ids. Where the one that
// comes next is known, those before it are known not to be there; behind one that was
// looked for it steps on, since the next is often the neighbour; else it jumps a few
// times and then looks up one by one, which filters make cheaper than many jumps. The
// zero value with a database and a kind is ready. It is closed by who uses it, also
// after a failure.
type recordWalk struct {
	db    *pebble.DB
	kind  string
	it    *pebble.Iterator // nil: it has not jumped
	found bool             // the record that it is at has been looked for
	jumps int
	key   []byte
	entry []byte
}

// walkJumps is how often a walk jumps at most.
const walkJumps = 8

// find is the entry of a record until the next call, nil where there is none. Ids
// do not descend from call to call.
func (w *recordWalk) find(id string) ([]byte, error) {
	if w.it != nil && !w.it.Valid() { // there is none from one before on
		return nil, translate(w.it.Error())
	}
	w.key = appendRecordKey(w.key[:0], w.kind, id)
	if w.it == nil {
		kind := appendRecordKey(nil, w.kind, "")
		var err error
		if w.it, err = w.db.NewIter(&pebble.IterOptions{LowerBound: kind, UpperBound: next(kind)}); err != nil {
			return nil, translate(err)
		}
		w.jump()
	}
	behind := w.behind()
	if behind > 0 && w.found {
		w.it.Next()
		behind = w.behind()
	}
	if behind > 0 && w.jumps < walkJumps {
		w.jump()
		behind = w.behind()
	}
	w.found = behind == 0
	switch {
	case behind == 0:
		entry, err := w.it.ValueAndErr()
		return entry, translate(err)
	case behind < 0:
		return nil, translate(w.it.Error())
	}
	return w.alone()
}

// behind compares the record that is looked for with where the iterator is.
func (w *recordWalk) behind() int {
	if !w.it.Valid() {
		return -1
	}
	return bytes.Compare(w.key, w.it.Key())
}

// jump goes to the record that is looked for or to the next that there is.
func (w *recordWalk) jump() {
	w.jumps++
	w.it.SeekGE(w.key)
}

// alone looks a record up by itself.
func (w *recordWalk) alone() ([]byte, error) {
	entry, closer, err := w.db.Get(w.key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, translate(err)
	}
	w.entry = append(w.entry[:0], entry...)
	return w.entry, closer.Close()
}

// close gives back what the walk holds.
func (w *recordWalk) close() error {
	if w.it == nil {
		return nil
	}
	return translate(w.it.Close())
}
