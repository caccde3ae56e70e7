package cassandra

import (
	"bytes"
	"context"
	"sync"
	"time"
)

// How long the series of a row time may be remembered, how many bytes of them in
// all, and of how many at most.
const (
	listingAge   = time.Second
	listingBytes = 16 << 20
	listingKeys  = 5_000
)

// listings remembers for a moment which series partitions of row_keys list: a
// dashboard asks for one of a metric's series after the other. Whoever enters a
// series sets the partition's static column mtime, which is one small read; a
// listing is used while that is what it was. Two servers that enter series in
// the same millisecond, or one whose clock is behind, may leave it as it is:
// what they enter is then found when the listing has grown old.
type listings struct {
	mu    sync.Mutex
	kept  map[listingKey]*listing
	bytes int
	epoch int // what was being read when it changed is not kept
	hits  int // times that a listing was used
}

// listingKey names a partition of row_keys.
type listingKey struct {
	conn   *conn
	metric string
	time   int64
}

// listing is all that a partition lists. Nobody changes it.
type listing struct {
	rows  []keyRow
	mtime []byte
	read  time.Time // when reading it began
	bytes int
}

// recall is what a partition lists, if that is known and still so.
func (l *listings) recall(ctx context.Context, key listingKey) (*listing, bool) {
	l.mu.Lock()
	kept := l.kept[key]
	l.mu.Unlock()
	if kept == nil || time.Since(kept.read) > listingAge {
		return nil, false
	}
	var mtime rawColumn
	ok, err := key.conn.one(ctx, "look for new series of "+key.metric, readRowsTime, []any{&mtime}, key.metric, pointTable, key.time)
	if err != nil || !ok || !bytes.Equal(mtime, kept.mtime) {
		return nil, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hits++
	return kept, l.kept[key] == kept // else it was forgotten meanwhile
}

// keep remembers what a partition lists.
func (l *listings) keep(key listingKey, all *inventory) {
	kept := &all.listing
	for _, r := range kept.rows {
		kept.bytes += len(r.typ) + len(r.tags) + 64
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bytes+kept.bytes > listingBytes {
		l.sweep()
	}
	if l.bytes+kept.bytes > listingBytes || l.epoch != all.epoch {
		return
	}
	if l.kept == nil {
		l.kept = map[listingKey]*listing{}
	}
	if old := l.kept[key]; old != nil {
		l.bytes -= old.bytes
	}
	l.kept[key] = kept
	l.bytes += kept.bytes
}

// sweep forgets what has grown old, with mu held.
func (l *listings) sweep() {
	for key, kept := range l.kept {
		if time.Since(kept.read) > listingAge {
			delete(l.kept, key)
			l.bytes -= kept.bytes
		}
	}
}

// begin is the beginning of a listing that is about to be read.
func (l *listings) begin() inventory {
	l.mu.Lock()
	defer l.mu.Unlock()
	return inventory{listing: listing{read: time.Now()}, epoch: l.epoch}
}

// forget forgets a partition: this process has changed what it lists.
func (l *listings) forget(key listingKey) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.epoch++
	if kept := l.kept[key]; kept != nil {
		delete(l.kept, key)
		l.bytes -= kept.bytes
	}
}

// clear forgets everything.
func (l *listings) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.epoch++
	clear(l.kept)
	l.bytes = 0
}

// inventory is a listing on its way. It is worth being remembered if it is whole.
type inventory struct {
	listing
	epoch int
	whole bool // all rows so far had the same mtime
}

// add takes in a row of the partition.
func (r *inventory) add(row keyRow, mtime []byte) {
	if len(r.rows) == 0 {
		r.mtime, r.whole = mtime, len(mtime) > 0
	}
	r.whole = r.whole && len(r.rows) < listingKeys && bytes.Equal(mtime, r.mtime)
	if r.whole {
		r.rows = append(r.rows, row)
	}
}
