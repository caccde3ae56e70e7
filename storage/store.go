// Package storage is the contract between Aion and the engines that keep its
// points. Everything above it knows a Store; a driver implements one and owes
// every check of storage/storagetest, wrapped in Checked.
//
// What every driver promises: all methods are safe for concurrent use. Within a
// series the last write of a millisecond wins. What Write has acknowledged is
// durable and seen by every read that begins afterwards. A tag, a tag value or
// a metric's name is gone with the last point that had it. Expired points are
// invisible at once; the names that only they had, within a minute. Filters are
// answered by an index, never by reading points. What reaches the caller as an
// error is one of points' sentinels, wrapped, or the context's error, or a bug;
// and of Write also ErrForgotten.
//
// # Series that come again
//
// Most points belong to a series that has been written before, and to make its key of
// what a client sends, and find the series by that, takes longer than to store the
// point. So whoever writes gives a Change a Mark, which stands for the bytes that the
// client named the series by. When the same bytes come again he asks the store, if it
// is a Recaller, what it calls the series of that Mark, and puts numbers under this
// Ref into Batch.Recalled, without a key. storage/ingest does so for the protocols.
//
// All this is a short cut and never the only way: a store may forget a Mark at any
// time, and knows none when it is opened. Where a Ref does not hold any more, since
// the series has ended or a Wrapper on the way has to see its key, the whole batch
// comes back with ErrForgotten, and he who has kept the bytes writes it with keys.
package storage

import (
	"context"
	"errors"
	"iter"
	"time"

	"aion/storage/points"
)

// Reader is the part of a Store that a query needs.
type Reader interface {
	// Select yields every series that matches and has points, once each, in no
	// set order. An error is the last thing it yields. A driver may yield a
	// series whose points have just been deleted or have just expired.
	Select(ctx context.Context, s Selection) iter.Seq2[Series, error]

	// Metrics yields the names of the metrics of the series that match, each
	// once, ascending as bytes.
	Metrics(ctx context.Context, s Selection) iter.Seq2[string, error]

	// TagNames yields the names of the tags of the series that match, each
	// once, ascending as bytes.
	TagNames(ctx context.Context, s Selection) iter.Seq2[string, error]

	// TagValues yields the values that the tag has in the series that match,
	// each once, ascending as bytes.
	TagValues(ctx context.Context, tag string, s Selection) iter.Seq2[string, error]
}

// Series is one stored series. Holding one costs nothing; reading it does. A
// Series of a Snapshot is read as of the snapshot and not after its Close; one
// of a Store is read as of the moment its cursor is first asked.
type Series interface {
	// Key names the series. The caller does not change it.
	Key() points.Key

	// Any tells whether the series has a point in the range, without decoding
	// more than it must.
	Any(ctx context.Context, r points.Range) (bool, error)

	// Points reads the points of a range. The cursor opens at its first Next.
	Points(r points.Range, o points.Order) points.Cursor
}

// Summarized is a Series of numbers whose driver keeps summaries.
type Summarized interface {
	Series

	// Summaries reads like Points in ascending order, and can tell of pages and
	// chunks without decoding them. A summary counts only where it is the truth:
	// nothing late, deleted or expired within its run.
	Summaries(r points.Range) points.Summarizer
}

// Writer is the part of a Store that changes it.
type Writer interface {
	// Write applies the batch in its order. When it returns nil the batch is
	// durable and visible. A batch of at most MaxBatch bytes is applied whole or
	// not at all by drivers that say so; otherwise a failed call may have stored
	// a part, of which no point is half there. ErrForgotten says that nothing of it
	// is stored, for want of keys. Nothing of b is kept.
	Write(ctx context.Context, b *Batch) error

	// Delete removes the points in the range of all series that match.
	Delete(ctx context.Context, s Selection, r points.Range) error
}

// Snapshot is a store as it was at one moment. Cassandra has none and offers
// itself.
type Snapshot interface {
	Reader
	Close() error
}

// ErrDamaged is what Health wraps where some of what is stored is damaged, writes are
// taken, and every query is answered that does not need what is damaged.
var ErrDamaged = errors.New("there is damage, which fails what needs it alone")

// ErrFull is what Health wraps where the disk has no room for writes, every query is
// answered, and writes are taken again as soon as there is room.
var ErrFull = errors.New("points can be read, and are taken again when there is room")

// Store keeps points.
type Store interface {
	Reader
	Writer

	// Snapshot holds the present state for as many reads as belong together. It
	// is closed before the store.
	Snapshot(ctx context.Context) (Snapshot, error)

	// Health says in a sentence what is wrong, or nothing: ErrDamaged or ErrFull where
	// queries are answered all the same.
	Health(ctx context.Context) error

	// Close ends what runs in the background and gives back everything. It is
	// called once, when no other call is under way.
	Close() error
}

// Now is the clock of a store: when points arrive and expire. Tests pass their
// own; nil in a Config means time.Now.
type Now func() time.Time

// Or is n, or the real clock where n is nil.
func (n Now) Or() Now {
	if n == nil {
		return time.Now
	}
	return n
}
