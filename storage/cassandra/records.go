package cassandra

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"aion/storage"
	"aion/storage/points"
)

// recordTable is our own table beside KairosDB's. Lightweight transactions on
// one partition wait for each other, so that the ids of a kind are spread.
func recordTable() table {
	return table{"aion_records", []string{"bucket", "change", "id", "kind", "revision", "value"},
		`(kind text, bucket int, id text, revision bigint, change uuid, value blob, PRIMARY KEY ((kind, bucket), id))`, ""}
}

// recordBuckets is over how many partitions the ids of a kind are spread.
const recordBuckets = 8

// bucketOf is the partition of an id.
func bucketOf(id string) int {
	h := fnv.New32a()
	h.Write([]byte(id))
	return int(h.Sum32() % recordBuckets)
}

// records keeps records in aion_records on the metadata cluster, by lightweight
// transactions over all data centres. The table is made with the first record: who
// keeps none has KairosDB's tables alone.
//
// Where Cassandra does not tell whether it has done a change, that is read. If
// somebody else has changed the record again by then, the answer is a conflict.
type records struct {
	store  *Store
	making sync.Mutex
	made   atomic.Pointer[conn] // has the table
	last   atomic.Int64         // the greatest revision that was given
	recent recent
}

// Records are the store's records.
func (s *Store) Records() storage.Records { return s.records }

// conn is the metadata cluster, with the table.
func (r *records) conn(ctx context.Context) (*conn, error) {
	c, err := r.store.metadata()
	if err != nil || r.made.Load() == c {
		return c, err
	}
	r.making.Lock()
	defer r.making.Unlock()
	if r.made.Load() == c {
		return c, nil
	}
	t := recordTable()
	if !c.tables[t.name] {
		err := c.attempt(ctx, "create table "+t.name, func(ctx context.Context) error {
			if err := createTable(ctx, c.session, c.cluster.config.Keyspace, t); err != nil {
				return err
			}
			return c.session.AwaitSchemaAgreement(ctx)
		})
		if err != nil {
			return nil, err
		}
	}
	r.made.Store(c)
	return c, nil
}

// next is a revision behind all that this process has given and behind was.
func (r *records) next(was int64) int64 {
	for {
		last := r.last.Load()
		next := max(last, was, r.store.now().UnixMicro()-1) + 1
		if r.last.CompareAndSwap(last, next) {
			return next
		}
	}
}

// unmade tells whether a statement failed because nobody has made the table yet:
// then there are no records.
func unmade(err error) bool {
	failed, ok := errors.AsType[gocql.RequestError](err)
	return ok && failed.Code() == gocql.ErrCodeInvalid && strings.Contains(failed.Message(), recordTable().name)
}

// Record reads one record, behind all changes that are under way.
func (r *records) Record(ctx context.Context, kind, id string) (storage.Record, error) {
	c, err := r.store.metadata()
	if err != nil {
		return storage.Record{}, err
	}
	found, _, err := c.record(ctx, kind, id)
	return found, err
}

// record reads one record, and by which change it is as it is.
func (c *conn) record(ctx context.Context, kind, id string) (found storage.Record, change gocql.UUID, err error) {
	err = c.attempt(ctx, "read a record of kind "+kind, func(ctx context.Context) error {
		found, change, err = c.scanRecord(ctx, kind, id)
		return err
	})
	return found, change, err
}

// scanRecord is record, tried once.
func (c *conn) scanRecord(ctx context.Context, kind, id string) (found storage.Record, change gocql.UUID, err error) {
	found.ID = id
	q := c.selects(readRecord, kind, bucketOf(id), id).Consistency(gocql.Serial)
	err = q.ScanContext(ctx, &found.Revision, &change, &found.Value)
	if err == gocql.ErrNotFound || unmade(err) {
		return storage.Record{ID: id}, gocql.UUID{}, nil
	}
	return found, change, err
}

// Put stores a value if the record is as it was.
func (r *records) Put(ctx context.Context, kind, id string, value []byte, was int64) (int64, error) {
	c, err := r.conn(ctx)
	if err != nil {
		return 0, err
	}
	change, err := gocql.RandomUUID()
	if err != nil {
		return 0, fmt.Errorf("name a change: %w", err)
	}
	revision := r.next(was)
	statement, args := updateRecord, []any{revision, change, value, kind, bucketOf(id), id, was}
	if was == 0 {
		statement, args = insertRecord, []any{kind, bucketOf(id), id, revision, change, value}
	}
	err = r.swap(ctx, c, "store a record of kind "+kind, kind, id, statement, args, func(_ storage.Record, is gocql.UUID) bool { return is == change })
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
	c, err := r.conn(ctx)
	if err != nil {
		return err
	}
	return r.swap(ctx, c, "remove a record of kind "+kind, kind, id, removeRecord, []any{kind, bucketOf(id), id, was},
		func(found storage.Record, _ gocql.UUID) bool { return found.Revision == 0 })
}

// swap does a lightweight transaction until it is known how it went. After a try
// whose end is not known, done tells by the record whether it was done.
func (r *records) swap(ctx context.Context, c *conn, what, kind, id, statement string, args []any, done func(storage.Record, gocql.UUID) bool) error {
	defer r.recent.forget(kind, id) // whatever is read from now on is read behind the change
	unsure, applied := false, false
	err := c.attempt(ctx, what, func(ctx context.Context) error {
		if unsure {
			found, change, err := c.scanRecord(ctx, kind, id)
			if applied = err == nil && done(found, change); err != nil || applied {
				return err
			}
		}
		var err error
		q := c.session.Query(statement, args...).Consistency(gocql.Quorum).SerialConsistency(gocql.Serial)
		applied, err = q.MapScanCASContext(ctx, map[string]any{})
		unsure = err != nil
		return err
	})
	if err == nil && !applied {
		return points.ErrConflict
	}
	return err
}

// List reads records in the order of their ids.
func (r *records) List(ctx context.Context, kind, prefix, after string, limit int) ([]storage.Record, error) {
	c, err := r.store.metadata()
	if err != nil {
		return nil, err
	}
	var found []storage.Record
	for bucket := range recordBuckets {
		err := c.attempt(ctx, "list the records of kind "+kind, func(ctx context.Context) error {
			part, err := c.listBucket(ctx, kind, bucket, prefix, after, limit)
			if err == nil {
				found = append(found, part...)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(found, func(a, b storage.Record) int { return strings.Compare(a.ID, b.ID) })
	return found[:min(limit, len(found))], nil
}

// listBucket is List for one partition, tried once.
func (c *conn) listBucket(ctx context.Context, kind string, bucket int, prefix, after string, limit int) ([]storage.Record, error) {
	statement, from := listRecordsFrom, prefix
	if after >= prefix {
		statement, from = listRecordsBehind, after
	}
	rows := c.selects(statement, kind, bucket, from, limit).Consistency(gocql.Quorum).IterContext(ctx)
	var found []storage.Record
	var next storage.Record
	for rows.Scan(&next.ID, &next.Revision, &next.Value) && strings.HasPrefix(next.ID, prefix) {
		found = append(found, next)
		next = storage.Record{}
	}
	if err := rows.Close(); !unmade(err) {
		return found, err
	}
	return nil, nil
}
