package pebble

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage"
	"aion/storage/points"
)

// records keeps records under z: the kind and the id make the key, the revision
// in eight bytes and the value behind it make the entry.
type records struct {
	store *Store
	cache recordCache
	mu    sync.Mutex // who changes a record
	last  int64      // the greatest revision so far
}

// Records are the store's records.
func (s *Store) Records() storage.Records { return &s.records }

// appendRecordKey is the key of a record; with an empty id, the prefix of all
// records of the kind.
func appendRecordKey(dst []byte, kind, id string) []byte {
	return append(appendText(append(dst, keyRecord), kind), id...)
}

// parseRecordKey reads what appendRecordKey wrote.
func parseRecordKey(key []byte) (kind, id string, ok bool) {
	if len(key) == 0 || key[0] != keyRecord {
		return "", "", false
	}
	kind, rest, ok := parseText(key[1:])
	return kind, string(rest), ok
}

// appendRecord is the entry of a record.
func appendRecord(dst []byte, revision int64, value []byte) []byte {
	return append(binary.BigEndian.AppendUint64(dst, uint64(revision)), value...)
}

// parseRecord reads what appendRecord wrote. The value is the record's own.
func parseRecord(kind, id string, entry []byte) (storage.Record, error) {
	revision, err := revisionOf(kind, id, entry)
	if err != nil {
		return storage.Record{}, err
	}
	return storage.Record{ID: id, Revision: revision, Value: append([]byte{}, entry[8:]...)}, nil
}

// Record reads one record.
func (r *records) Record(ctx context.Context, kind, id string) (storage.Record, error) {
	found, err := r.Recent(ctx, kind, id)
	return ofCaller(found), err
}

// Recent is Record, of whose value there may be one for all. It is never older.
func (r *records) Recent(ctx context.Context, kind, id string) (storage.Record, error) {
	if err := ctx.Err(); err != nil {
		return storage.Record{}, err
	}
	var room [128]byte
	found, turn, ok := r.cache.find(appendRecordKey(room[:0], kind, id))
	if ok {
		return found, nil
	}
	return r.miss(kind, id, turn)
}

// miss reads a record that is not kept, and keeps it unless turn has ended by then.
func (r *records) miss(kind, id string, turn uint64) (storage.Record, error) {
	key := appendRecordKey(nil, kind, id)
	found, err := r.read(key, kind, id)
	if err == nil {
		r.cache.keep(key, found, turn)
	}
	return found, err
}

// read reads one record from the database.
func (r *records) read(key []byte, kind, id string) (storage.Record, error) {
	entry, closer, err := r.store.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return storage.Record{ID: id}, nil
	}
	if err != nil {
		return storage.Record{}, translate(err)
	}
	found, err := parseRecord(kind, id, entry)
	return found, firstOf(err, closer.Close())
}

// Put stores a value if the record is as it was.
func (r *records) Put(ctx context.Context, kind, id string, value []byte, was int64) (int64, error) {
	var revision int64
	err := r.change(ctx, kind, id, was, func(b *pebble.Batch, key []byte) error {
		revision = max(r.last, was, r.store.now().UnixMicro()-1) + 1
		r.last = revision
		return b.Set(key, appendRecord(nil, revision, value), nil)
	})
	if err != nil {
		return 0, err
	}
	return revision, nil
}

// Remove takes a record away if it is as it was.
func (r *records) Remove(ctx context.Context, kind, id string, was int64) error {
	if was == 0 {
		return points.ErrConflict
	}
	return r.change(ctx, kind, id, was, func(b *pebble.Batch, key []byte) error { return b.Delete(key, nil) })
}

// keptRecord is up to how many bytes of a change's memory are kept for the next.
const keptRecord = 16 << 10

// change makes a change of a record that is as it was, and waits until it is on
// the disk.
func (r *records) change(ctx context.Context, kind, id string, was int64, fill func(*pebble.Batch, []byte) error) error {
	batch, err := r.apply(ctx, kind, id, was, fill)
	if err != nil {
		return err
	}
	return r.store.synced(batch)
}

// apply applies a change of a record that is as it was, one after the other.
func (r *records) apply(ctx context.Context, kind, id string, was int64, fill func(*pebble.Batch, []byte) error) (*pebble.Batch, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	key := appendRecordKey(nil, kind, id)
	found, _, ok := r.cache.find(key)
	if !ok {
		var err error
		if found, err = r.read(key, kind, id); err != nil {
			return nil, err
		}
	}
	if found.Revision != was {
		return nil, points.ErrConflict
	}
	batch := r.store.db.NewBatch(pebble.WithMaxRetainedSizeBytes(keptRecord))
	if err := fill(batch, key); err != nil {
		return nil, errors.Join(translate(err), batch.Close())
	}
	r.cache.change(key)
	defer r.cache.ended()
	if err := r.store.commit(batch, pebble.Sync); err != nil {
		return nil, err
	}
	return batch, nil
}

// List reads records in the order of their ids.
func (r *records) List(ctx context.Context, kind, prefix, after string, limit int) ([]storage.Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	first := appendRecordKey(nil, kind, prefix)
	bounds := pebble.IterOptions{LowerBound: first, UpperBound: next(first)}
	switch {
	case strings.HasPrefix(after, prefix):
		bounds.LowerBound = append(appendRecordKey(nil, kind, after), 0)
	case after > prefix:
		return nil, nil
	}
	it, err := r.store.db.NewIterWithContext(ctx, &bounds)
	if err != nil {
		return nil, translate(err)
	}
	var found []storage.Record
	for ok := it.First(); ok && len(found) < limit && err == nil; ok = it.Next() {
		found, err = appendFound(ctx, found, it)
	}
	return found, firstOf(err, translate(it.Error()), translate(it.Close()))
}

// appendFound adds the record at an iterator's place.
func appendFound(ctx context.Context, found []storage.Record, it *pebble.Iterator) ([]storage.Record, error) {
	entry, err := it.ValueAndErr()
	if err = firstOf(ctx.Err(), err); err != nil {
		return found, translate(err)
	}
	kind, id, ok := parseRecordKey(it.Key())
	if !ok {
		return found, fmt.Errorf("read record %x: %w", it.Key(), points.ErrCorrupt)
	}
	record, err := parseRecord(kind, id, entry)
	if err != nil {
		return found, err
	}
	return append(found, record), nil
}

// records checks that every record can be read.
func (v *verifier) records() error {
	return v.walk(keyRecord, func(key, value []byte) {
		kind, id, ok := parseRecordKey(key)
		if !ok {
			v.wrong("the record %q", key)
			return
		}
		if _, err := parseRecord(kind, id, value); err != nil {
			v.report(err)
		}
	}, func(_, _ []byte, err error) { v.report(fmt.Errorf("the records: %w", err)) })
}
