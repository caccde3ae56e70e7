package storage

import (
	"context"
	"time"

	"aion/storage/points"
)

// Services is KairosDB's key store: texts by service, service key and key. The
// metadata API and roll-ups live in it. What one call has written the next one
// reads, and of two writes of one process the later one counts.
type Services interface {
	// Set stores a value.
	Set(ctx context.Context, service, serviceKey, key, value string) error

	// Value is what is stored under the key and when it was, to the millisecond;
	// ok is false where there is nothing.
	Value(ctx context.Context, service, serviceKey, key string) (value string, at time.Time, ok bool, err error)

	// Remove takes a key away, if it is there. That counts as a modification of
	// its service key, too.
	Remove(ctx context.Context, service, serviceKey, key string) error

	// Keys are the keys with a prefix, ascending as bytes.
	Keys(ctx context.Context, service, serviceKey, prefix string) ([]string, error)

	// ServiceKeys are the service keys of a service, ascending as bytes and each
	// once. One whose keys have all been removed may stay.
	ServiceKeys(ctx context.Context, service string) ([]string, error)

	// Modified is when a key of the service key was last set or removed;
	// 1 January 1970 if never.
	Modified(ctx context.Context, service, serviceKey string) (time.Time, error)

	// Under are the service keys of all services whose names begin with a prefix,
	// each once and in no set order, those without keys included of which anything
	// is known.
	Under(ctx context.Context, prefix string) ([]ServiceKey, error)

	// Clear takes a service key away as if it had never been there: all of its
	// keys, and when it was modified.
	Clear(ctx context.Context, service, serviceKey string) error
}

// ServiceKey is a service key of a service.
type ServiceKey struct{ Service, Key string }

// ServiceKeeper is a Store that has a key store of its own, which a KairosDB
// beside us reads and changes. It is found by As.
type ServiceKeeper interface{ Services() Services }

// TagIndexer is a Store whose tag index may lack series that were written before
// their tags were in it. It is found by As.
type TagIndexer interface {
	// Index enters the series of a metric that may have points in the range.
	Index(ctx context.Context, metric string, r points.Range) error
}
