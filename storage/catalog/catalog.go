// Package catalog keeps small durable records (tasks, leases, keys, devices,
// jobs) by kind and id on the store that keeps the points. Every change names
// the revision that it was made on, so that of many who change a record at once
// none undoes what another has done.
package catalog

import (
	"context"
	"errors"
	"iter"
	"unicode/utf8"

	"aion/storage"
	"aion/storage/points"
)

// What a record may be.
const (
	MaxName  = 1 << 10 // bytes of a kind or an id
	MaxValue = 1 << 20 // bytes of a value
)

// pageSize is how many records All reads at once.
const pageSize = 256

// Catalog is the records of a store, checked before they get there. It is safe
// for concurrent use.
type Catalog struct{ records storage.Records }

// New is the catalog of a store. Not ok: the store keeps no records.
func New(s storage.Store) (c *Catalog, ok bool) {
	keeper, ok := storage.As[storage.RecordKeeper](s)
	if !ok {
		return nil, false
	}
	return &Catalog{keeper.Records()}, true
}

// Record reads one record. Without one its revision is 0 and its value nil.
func (c *Catalog) Record(ctx context.Context, kind, id string) (storage.Record, error) {
	if err := named(kind, id); err != nil {
		return storage.Record{}, err
	}
	return c.records.Record(ctx, kind, id)
}

// Recent is Record, but what another server of the store has changed within the last
// half second may not show yet. What to change, and what is kept for longer, is not
// decided by it. The value must not be changed: others may have it too.
func (c *Catalog) Recent(ctx context.Context, kind, id string) (storage.Record, error) {
	if err := named(kind, id); err != nil {
		return storage.Record{}, err
	}
	if keeps, ok := c.records.(storage.RecentRecords); ok {
		return keeps.Recent(ctx, kind, id)
	}
	return c.records.Record(ctx, kind, id)
}

// Put stores a value if the record's revision still is was, 0 for a new record,
// and answers the new revision. Otherwise the error is a points.ErrConflict.
func (c *Catalog) Put(ctx context.Context, kind, id string, value []byte, was int64) (int64, error) {
	if err := storable(kind, id, value); err != nil {
		return 0, err
	}
	return c.records.Put(ctx, kind, id, value, was)
}

// Remove takes a record away if its revision still is was. Otherwise, and where
// there is none, the error is a points.ErrConflict.
func (c *Catalog) Remove(ctx context.Context, kind, id string, was int64) error {
	if err := named(kind, id); err != nil {
		return err
	}
	return c.records.Remove(ctx, kind, id, was)
}

// List is a page of the records of a kind whose ids begin with prefix and sort
// behind after, ascending; fewer than limit are the last.
func (c *Catalog) List(ctx context.Context, kind, prefix, after string, limit int) ([]storage.Record, error) {
	if err := named(kind, "-"); err != nil {
		return nil, err
	}
	if limit < 1 {
		return nil, nil
	}
	if !utf8.ValidString(prefix) || !utf8.ValidString(after) {
		return nil, points.Invalid("the prefix of an id is no UTF-8")
	}
	return c.records.List(ctx, kind, prefix, after, limit)
}

// All yields the records of a kind whose ids begin with prefix, ascending, page
// by page. What is changed meanwhile shows or does not. An error is the last
// thing it yields.
func (c *Catalog) All(ctx context.Context, kind, prefix string) iter.Seq2[storage.Record, error] {
	return func(yield func(storage.Record, error) bool) {
		for after := ""; ; {
			page, err := c.List(ctx, kind, prefix, after, pageSize)
			if err != nil {
				yield(storage.Record{}, err)
				return
			}
			for _, r := range page {
				if !yield(r, nil) {
					return
				}
				after = r.ID
			}
			if len(page) < pageSize {
				return
			}
		}
	}
}

// Update changes a record by change, which gets its value, nil where there is
// none, and answers the new one, nil to take the record away. Where somebody else
// changes the record at the same time, change is called again with the new value.
// An error of change ends it.
func (c *Catalog) Update(ctx context.Context, kind, id string, change func(value []byte) ([]byte, error)) error {
	for {
		was, err := c.Record(ctx, kind, id)
		if err != nil {
			return err
		}
		value, err := change(was.Value)
		switch {
		case err != nil:
			return err
		case value != nil:
			_, err = c.Put(ctx, kind, id, value, was.Revision)
		case was.Revision != 0:
			err = c.Remove(ctx, kind, id, was.Revision)
		}
		if !errors.Is(err, points.ErrConflict) {
			return err
		}
	}
}

// named checks what names records of a kind.
func named(kind string, ids ...string) error {
	err := nameable(kind)
	for i := 0; i < len(ids) && err == nil; i++ {
		err = nameable(ids[i])
	}
	return err
}

// nameable checks a kind or an id.
func nameable(name string) error {
	if name == "" || len(name) > MaxName || !utf8.ValidString(name) {
		return points.Invalid("%q is no name of a record: it has to be UTF-8 of 1 to %d bytes", name, MaxName)
	}
	return nil
}

// storable checks what a record is to be.
func storable(kind, id string, value []byte) error {
	if err := named(kind, id); err != nil {
		return err
	}
	if len(value) > MaxValue {
		return points.Invalid("a record of kind %s has %d bytes, and at most %d are kept", kind, len(value), MaxValue)
	}
	return nil
}
