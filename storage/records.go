package storage

import "context"

// Record is a small durable thing that is not a point: a key, a task, a lease.
type Record struct {
	ID       string
	Revision int64 // above zero; greater after every change
	Value    []byte
}

// RecordKeeper is a Store that keeps records beside its points. It is found by
// As.
type RecordKeeper interface{ Records() Records }

// Records keeps records by kind and id, both UTF-8 and not empty. It is safe for
// concurrent use. A change that is acknowledged is durable and seen by every
// later call, on every server of the same store. No revision is ever given to an
// id twice, also not after a deletion, so that who holds a revision knows what
// the record says.
type Records interface {
	// Record reads one record. Without one its revision is 0 and its value nil.
	Record(ctx context.Context, kind, id string) (Record, error)

	// Put stores a value if the record's revision still is was, 0 for a record
	// that is not there, and answers the new revision. Otherwise nothing changes
	// and the error is a points.ErrConflict. After any other error the value may
	// have been stored.
	Put(ctx context.Context, kind, id string, value []byte, was int64) (int64, error)

	// Remove takes a record away if its revision still is was. Otherwise nothing
	// changes and the error is a points.ErrConflict; so it is for a record that
	// is not there.
	Remove(ctx context.Context, kind, id string, was int64) error

	// List reads the records of a kind whose ids begin with prefix and sort behind
	// after, ascending as bytes, at most limit of them. Fewer than limit are the
	// last.
	List(ctx context.Context, kind, prefix, after string, limit int) ([]Record, error)
}

// RecentRecords is what Records offer that keep for a moment what was read.
type RecentRecords interface {
	// Recent is Record, but what another server of the store has changed within the
	// last half second may not show yet. What this one has changed shows. The value
	// is not the caller's own: it must not be changed.
	Recent(ctx context.Context, kind, id string) (Record, error)
}

// RecordBatches is what Records offer that read and change many records for less
// than one after the other.
type RecordBatches interface {
	// Batch is Record for each id of a kind, in their order. An id may come twice.
	Batch(ctx context.Context, kind string, ids []string) ([]Record, error)

	// PutBatch is Put for each of some records of a kind, whose Revision is the one
	// that is to be there still and whose ids differ. It answers the new revisions, 0
	// for a record that was not as it was: that is no error and keeps no other one from
	// being stored. After an error any of the values may have been stored.
	PutBatch(ctx context.Context, kind string, records []Record) ([]int64, error)
}
