package cassandra

import (
	"hash/maphash"
	"strings"
)

// rowID stands for a row key: two hashes with secret seeds. That two of a
// thousand million row keys share one has a chance of 1 in 10^20.
type rowID struct{ a, b uint64 }

// seeds make rowIDs.
type seeds struct{ a, b maphash.Seed }

// hash is the ID of a row key.
func (s *seeds) hash(b []byte) rowID { return rowID{maphash.Bytes(s.a, b), maphash.Bytes(s.b, b)} }

// entered is what this process knows of an index row.
type entered struct {
	until      int64  // when it ends, or what is about to be written; 0: unknown
	written    int64  // when it was acknowledged, 0: not since the generation began
	stamp      int64  // the last write time of the row
	generation uint64 // of the row time; another one there: gone
}

// knownRow is a row key that this process has written, with its neighbours in
// the order of use.
type knownRow struct {
	entered
	id           rowID
	of           int32
	older, newer int32
	trusted      uint32 // the looks of its row time when it was last put on trial
}

// knownTime is a metric's row time that a known row lies in.
type knownTime struct {
	entered
	key    timeKey
	looked int64 // when the time index was last known to have it
	looks  uint32
	rows   int // that lie in it
	trial
}

// time finds or makes a row time.
func (x *index) time(key timeKey) int32 {
	slot, ok := x.times[key]
	if !ok {
		x.generations++
		key.metric = strings.Clone(key.metric)
		slot = x.knownTimes.add(knownTime{key: key, entered: entered{generation: x.generations}, looks: 1})
		x.times[key] = slot
	}
	return slot
}

// row finds or makes a row and makes it the last one used.
func (x *index) row(id rowID, of int32) int32 {
	slot, ok := x.rows[id]
	if ok {
		x.unlink(slot)
	} else {
		slot = x.known.add(knownRow{id: id, of: of})
		x.rows[id] = slot
		x.knownTimes.at(of).rows++
	}
	head := x.known.at(0)
	last := head.older
	row := x.known.at(slot)
	row.older, row.newer = last, 0
	x.known.at(last).newer, head.older = slot, slot
	return slot
}

// unlink takes a row out of the order of use.
func (x *index) unlink(slot int32) {
	row := x.known.at(slot)
	x.known.at(row.older).newer, x.known.at(row.newer).older = row.newer, row.older
}

// trim forgets the rows that were not used for longest. What gets a write time
// from then on is later than theirs.
func (x *index) trim() {
	for len(x.rows) > x.limit {
		slot := x.known.at(0).newer
		row := *x.known.at(slot)
		x.unlink(slot)
		delete(x.rows, row.id)
		x.known.drop(slot)
		x.stamps.floor(row.stamp)
		if t := x.knownTimes.at(row.of); t.rows > 1 {
			t.rows--
		} else {
			x.stamps.floor(t.stamp)
			x.trials -= len(t.since) + len(t.lost)
			delete(x.times, t.key)
			x.knownTimes.drop(row.of)
		}
	}
}

// slab is a list whose items keep their place, without a pointer to each.
type slab[T any] struct {
	items []T
	free  []int32
}

// at is the item of a slot. It moves when others are added.
func (s *slab[T]) at(slot int32) *T {
	if int(slot) >= len(s.items) {
		return nil
	}
	return &s.items[slot]
}

// add puts an item into a free slot.
func (s *slab[T]) add(item T) int32 {
	if n := len(s.free); n != 0 {
		slot := s.free[n-1]
		s.free, s.items[slot] = s.free[:n-1], item
		return slot
	}
	s.items = append(s.items, item)
	return int32(len(s.items) - 1)
}

// drop empties a slot.
func (s *slab[T]) drop(slot int32) {
	var zero T
	s.items[slot] = zero
	s.free = append(s.free, slot)
}
