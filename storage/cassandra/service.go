package cassandra

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"aion/storage"
)

// ServiceIndex is KairosDB's key store: texts by service, service key and key,
// in its table service_index. It holds what the metadata API stores, roll-ups
// and the list of hosts. What one call has written the next one reads, and of
// two writes of one process the later one counts.
type ServiceIndex struct {
	store *Store
	last  atomic.Int64 // the greatest write time so far
}

// Services is the key store on the metadata cluster.
func (s *Store) Services() storage.Services { return s.services }

// at is a write time in milliseconds, later than every one before.
func (x *ServiceIndex) at() int64 {
	for {
		last := x.last.Load()
		next := max(last+1, x.store.now().UnixMilli())
		if x.last.CompareAndSwap(last, next) {
			return next
		}
	}
}

// Set stores a value.
func (x *ServiceIndex) Set(ctx context.Context, service, serviceKey, key, value string) error {
	c, err := x.store.metadata()
	if err != nil {
		return err
	}
	return c.change(ctx, "store a value of service "+service, x.at(), setService, service, serviceKey, key, value)
}

// Value is what is stored under the key and when it was; ok is false where there
// is nothing.
func (x *ServiceIndex) Value(ctx context.Context, service, serviceKey, key string) (value string, at time.Time, ok bool, err error) {
	c, err := x.store.metadata()
	if err != nil {
		return "", time.Time{}, false, err
	}
	var text *string
	var written *int64
	ok, err = c.one(ctx, "read a value of service "+service, readService, []any{&text, &written}, service, serviceKey, key)
	if err != nil || !ok || text == nil {
		return "", time.Time{}, false, err
	}
	return *text, writeTime(written), true, nil
}

// writeTime is a write time as KairosDB writes them, in milliseconds. One that
// lies thousands of years ahead was written in microseconds by somebody else.
func writeTime(written *int64) time.Time {
	const farAhead = 1 << 48
	switch {
	case written == nil:
		return time.UnixMilli(0)
	case *written > farAhead:
		return time.UnixMicro(*written)
	}
	return time.UnixMilli(*written)
}

// Remove takes a key away, if it is there. As in KairosDB that counts as a
// modification of its service key.
func (x *ServiceIndex) Remove(ctx context.Context, service, serviceKey, key string) error {
	c, err := x.store.metadata()
	if err != nil {
		return err
	}
	what := "remove a value of service " + service
	if err := c.change(ctx, what, x.at(), removeService, service, serviceKey, key); err != nil {
		return err
	}
	return c.change(ctx, what, x.at(), touchService, service, serviceKey)
}

// Keys are the keys with a prefix, ascending as bytes.
func (x *ServiceIndex) Keys(ctx context.Context, service, serviceKey, prefix string) ([]string, error) {
	c, err := x.store.metadata()
	if err != nil {
		return nil, err
	}
	var keys []string
	err = c.attempt(ctx, "list the keys of service "+service, func(ctx context.Context) error {
		rows := c.selects(readServiceKeys, service, serviceKey).IterContext(ctx)
		keys = nil
		var key *string
		for rows.Scan(&key) {
			// A row without a key stands for a service key that lost all of its own.
			if key != nil && strings.HasPrefix(*key, prefix) {
				keys = append(keys, *key)
			}
		}
		return rows.Close()
	})
	return keys, err
}

// ServiceKeys are the service keys of a service, ascending as bytes and each
// once. One whose keys have all been removed stays, as in KairosDB.
func (x *ServiceIndex) ServiceKeys(ctx context.Context, service string) ([]string, error) {
	var keys []string
	err := x.walk(ctx, "list the service keys of service "+service, func() { keys = nil }, func(of, key string) {
		if of == service {
			keys = append(keys, key)
		}
	})
	slices.Sort(keys)
	return keys, err
}

// Under are the service keys of all services whose names begin with a prefix.
func (x *ServiceIndex) Under(ctx context.Context, prefix string) (keys []storage.ServiceKey, err error) {
	err = x.walk(ctx, "list the services "+prefix+"…", func() { keys = nil }, func(of, key string) {
		if strings.HasPrefix(of, prefix) {
			keys = append(keys, storage.ServiceKey{Service: of, Key: key})
		}
	})
	return keys, err
}

// walk tells of the service keys of all services, from the beginning again after
// each call of begin.
func (x *ServiceIndex) walk(ctx context.Context, what string, begin func(), tell func(service, key string)) error {
	c, err := x.store.metadata()
	if err != nil {
		return err
	}
	return c.attempt(ctx, what, func(ctx context.Context) error {
		rows := c.selects(listServiceKeys).IterContext(ctx)
		begin()
		var of, key string
		for rows.Scan(&of, &key) {
			tell(of, key)
		}
		return rows.Close()
	})
}

// Clear takes a service key away with all of its keys.
func (x *ServiceIndex) Clear(ctx context.Context, service, serviceKey string) error {
	c, err := x.store.metadata()
	if err != nil {
		return err
	}
	return c.change(ctx, "clear service "+service, x.at(), clearService, service, serviceKey)
}

// Modified is when a key was last set or removed; 1 January 1970 if never.
func (x *ServiceIndex) Modified(ctx context.Context, service, serviceKey string) (time.Time, error) {
	c, err := x.store.metadata()
	if err != nil {
		return time.Time{}, err
	}
	var modified *gocql.UUID
	_, err = c.one(ctx, "read when service "+service+" was modified", readServiceTime, []any{&modified}, service, serviceKey)
	switch {
	case err != nil:
		return time.Time{}, err
	case modified == nil:
		return time.UnixMilli(0), nil
	}
	return modified.Time(), nil
}

// one reads the first row of a statement; ok is false where there is none.
func (c *conn) one(ctx context.Context, what, statement string, to []any, args ...any) (ok bool, err error) {
	err = c.attempt(ctx, what, func(ctx context.Context) error {
		err := c.selects(statement, args...).ScanContext(ctx, to...)
		ok = err == nil
		if errors.Is(err, gocql.ErrNotFound) {
			return nil
		}
		return err
	})
	return ok, err
}
