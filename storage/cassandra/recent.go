package cassandra

import (
	"bytes"
	"context"
	"hash/maphash"
	"sync"
	"time"

	"aion/storage"
)

// recentTime is for how long a record is taken to be as it was when it was asked
// for.
const recentTime = 500 * time.Millisecond

// How many bytes of records each half of recent has at most, how many one record,
// and about what one occupies beside its names and its value.
const (
	recentBytes  = 2 << 20
	recentRecord = recentBytes / 16
	recentCost   = 160
)

// recordName names a record.
type recordName struct{ kind, id string }

// recent keeps records that have been read a moment ago, and which are not there:
// what one request of a device protocol reads, the next one mostly reads too, and
// Cassandra agrees on each anew. What this process has changed is not kept. The zero
// value is empty.
type recent struct {
	mu        sync.Mutex
	seed      maphash.Seed
	turns     [64]uint64 // of names by their hashes: each grows with every change
	now, then map[recordName]recentRead
	size      int // bytes that went into now
}

// recentRead is a record as it was at some moment after it was asked for.
type recentRead struct {
	record storage.Record
	asked  time.Time
}

// Recent reads one record as it was at most half a second ago, or as this process
// has changed it since. The value is the caller's.
func (r *records) Recent(ctx context.Context, kind, id string) (storage.Record, error) {
	if err := ctx.Err(); err != nil {
		return storage.Record{}, err
	}
	return r.recent.read(recordName{kind, id}, r.store.now, func() (storage.Record, error) { return r.Record(ctx, kind, id) })
}

// read is a record that is kept, else what read answers, which is kept then.
func (c *recent) read(name recordName, now storage.Now, read func() (storage.Record, error)) (storage.Record, error) {
	asked := now()
	found, turn, ok := c.find(name, asked)
	if ok {
		return found, nil
	}
	found, err := read()
	if err == nil {
		kept := found
		kept.Value = bytes.Clone(found.Value)
		c.keep(name, recentRead{kept, asked}, turn)
	}
	return found, err
}

// find is a record that was asked for less than recentTime before at. Else it is
// read and, in the same turn, kept.
func (c *recent) find(name recordName, at time.Time) (r storage.Record, turn uint64, ok bool) {
	c.mu.Lock()
	found, ok := c.now[name]
	if !ok {
		found, ok = c.then[name]
	}
	turn = *c.turn(name)
	c.mu.Unlock()
	if age := at.Sub(found.asked); !ok || age < 0 || age >= recentTime {
		return storage.Record{}, turn, false
	}
	r = found.record
	r.Value = bytes.Clone(r.Value)
	return r, turn, true
}

// turn counts the changes of a record, and of others.
func (c *recent) turn(name recordName) *uint64 {
	if c.seed == (maphash.Seed{}) {
		c.seed = maphash.MakeSeed()
	}
	return &c.turns[maphash.Comparable(c.seed, name)%uint64(len(c.turns))]
}

// keep keeps a record, unless one has been changed since the turn in which it was
// looked for.
func (c *recent) keep(name recordName, r recentRead, turn uint64) {
	cost := recentCost + len(name.kind) + len(name.id) + len(r.record.Value)
	if cost > recentRecord {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if *c.turn(name) != turn || r.asked.Before(c.now[name].asked) {
		return
	}
	if c.size += cost; c.now == nil || c.size > recentBytes {
		c.then, c.now, c.size = c.now, map[recordName]recentRead{}, cost
	}
	c.now[name] = r
}

// forget forgets a record that this process has changed, or may have.
func (c *recent) forget(kind, id string) {
	name := recordName{kind, id}
	c.mu.Lock()
	defer c.mu.Unlock()
	*c.turn(name)++
	delete(c.now, name)
	delete(c.then, name)
}
