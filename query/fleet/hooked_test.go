package fleet

import (
	"context"

	"aion/storage"
	"aion/storage/catalog"
)

// hooked is a store in whose changes of records a test has its say.
type hooked struct {
	storage.Store
	before func(kind string) error // what it answers the change fails with
	after  func(kind string)
}

// Records are the store's records.
func (h *hooked) Records() storage.Records {
	keeper, _ := storage.As[storage.RecordKeeper](h.Store)
	return hookedRecords{keeper.Records(), h}
}

// hookedRecords are the records of a hooked store.
type hookedRecords struct {
	storage.Records
	h *hooked
}

// Put asks before it stores a record, and tells.
func (r hookedRecords) Put(ctx context.Context, kind, id string, value []byte, was int64) (int64, error) {
	if err := r.h.before(kind); err != nil {
		return 0, err
	}
	defer r.h.after(kind)
	return r.Records.Put(ctx, kind, id, value, was)
}

// Batch reads some records.
func (r hookedRecords) Batch(ctx context.Context, kind string, ids []string) ([]storage.Record, error) {
	return r.Records.(storage.RecordBatches).Batch(ctx, kind, ids)
}

// PutBatch asks before it stores records, and tells.
func (r hookedRecords) PutBatch(ctx context.Context, kind string, records []storage.Record) ([]int64, error) {
	if err := r.h.before(kind); err != nil {
		return nil, err
	}
	defer r.h.after(kind)
	return r.Records.(storage.RecordBatches).PutBatch(ctx, kind, records)
}

// hookedFleet is a fleet in whose changes of records a test has its say.
func (y *yard) hookedFleet(before func(kind string) error, after func(kind string)) *Fleet {
	records, ok := catalog.New(&hooked{y.store, before, after})
	if !ok {
		y.t.Fatal("the store keeps no records")
	}
	return y.fleet(func(c *Config) { c.Catalog = records })
}
