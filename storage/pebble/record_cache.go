package pebble

import (
	"bytes"
	"sync"

	"aion/storage"
)

// How many bytes of records each half of a recordCache has at most, how many one
// record, and about what one occupies beside its key and its value.
const (
	cachedRecords = 2 << 20
	cachedRecord  = cachedRecords / 16
	recordCost    = 128
)

// recordCache keeps records that have been read of late, and which are not there:
// a request of a device protocol reads some, mostly the same as the request before.
// It tells what the store would tell: a record that is being changed is not kept.
// The zero value is empty.
type recordCache struct {
	mu             sync.RWMutex
	recent, before map[string]storage.Record // by their keys
	size           int                       // bytes that went into recent
	turn           uint64                    // grows when a change begins and when it ends
	changing       string                    // the key of the record that is being changed
	many           bool                      // many records are being changed
}

// find is the record of a key, if it is kept. Else it is read and, unless turn is
// another one by then, kept.
func (c *recordCache) find(key []byte) (r storage.Record, turn uint64, ok bool) {
	c.mu.RLock()
	r, ok = c.recent[string(key)]
	old := false
	if !ok {
		r, old = c.before[string(key)]
	}
	turn = c.turn
	c.mu.RUnlock()
	if old {
		c.keep(key, r, turn)
	}
	return r, turn, ok || old
}

// keep keeps a record that was read in a turn. The record's value must not be
// changed any more.
func (c *recordCache) keep(key []byte, r storage.Record, turn uint64) {
	cost := recordCost + len(key) + len(r.Value)
	if cost > cachedRecord {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.turn != turn || c.many || c.changing == string(key) {
		return
	}
	if c.size += cost; c.recent == nil || c.size > cachedRecords {
		c.before, c.recent, c.size = c.recent, map[string]storage.Record{}, cost
	}
	c.recent[string(key)] = r
}

// change forgets a record and keeps it no more before ended. One record is changed
// at a time.
func (c *recordCache) change(key []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn++
	c.changing = string(key)
	delete(c.recent, c.changing)
	delete(c.before, c.changing)
}

// changeMany forgets records of a kind and keeps no record any more before ended. No
// other one is changed meanwhile.
func (c *recordCache) changeMany(kind string, records []storage.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn++
	c.many = true
	if len(c.recent)+len(c.before) == 0 {
		return
	}
	var key []byte
	for i := range records {
		key = appendRecordKey(key[:0], kind, records[i].ID)
		delete(c.recent, string(key))
		delete(c.before, string(key))
	}
}

// ended says that what was to be changed has been, or not, and can be read.
func (c *recordCache) ended() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn++
	c.changing, c.many = "", false
}

// ofCaller is a record whose value is the caller's own.
func ofCaller(r storage.Record) storage.Record {
	r.Value = bytes.Clone(r.Value)
	return r
}
