package fleet

import (
	"hash/maphash"
	"math/bits"
	"sync"
	"sync/atomic"
)

// The size of known: it begins small, grows with the devices, and at its largest
// does for a few million of them.
const (
	knownAtFirst = 1 << 8  // buckets
	knownAtMost  = 1 << 19 // buckets
	knownSlots   = 8       // of a bucket, a cache line
)

// known is a bounded set of devices that need not be created, for which nobody
// waits. It holds hashes of 64 bits. It may forget a device at any time, but
// knows none that it was not told of, as far as hashes differ. To ask it takes no
// lock.
type known struct {
	seed maphash.Seed
	now  atomic.Pointer[shelter] // nil before it is opened
	era  atomic.Uint64           // grows when a device has been forgotten or taken away

	mu   sync.Mutex // whoever changes something has it
	held int        // how many devices are known
	went uint64     // how often devices were taken away, whether they were known or not
}

// shelter is where the devices stand: buckets, the next after the other. There are
// a power of two of them. A device stands in one of two that its hash tells, in the
// emptier when it came: so two thirds of all slots are taken before two buckets are
// full, and not a fifth before one is.
type shelter struct{ slots []atomic.Uint64 }

// newKnown is an empty set, which takes nothing in before it is opened.
func newKnown() *known { return &known{seed: maphash.MakeSeed()} }

// open makes room.
func (k *known) open() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.now.Load() == nil {
		k.now.Store(newShelter(knownAtFirst))
	}
}

// hash is what stands for a device. It is never 0.
func (k *known) hash(organization, id string) uint64 {
	h := maphash.String(k.seed, id)
	if organization != "" {
		h ^= bits.RotateLeft64(maphash.String(k.seed, organization), 1)
	}
	return h | 1<<63
}

// has tells whether a device is known.
func (k *known) has(hash uint64) bool { return k.now.Load().slot(hash, hash) != nil }

// fetch brings what is known of devices near the processor, so that who asks for one
// after the other does not wait for memory each time. The sum of what was seen keeps
// the compiler from leaving it out.
//
//go:noinline
func (k *known) fetch(hashes []uint64) (sum uint64) {
	s := k.now.Load()
	if s == nil {
		return 0
	}
	for _, hash := range hashes {
		one, other := s.buckets(hash)
		sum += one[0].Load() + other[0].Load()
	}
	return sum
}

// add makes a device known, and tells whether it was not. Where there is no room
// for it, another one is forgotten.
func (k *known) add(hash uint64) (unknown bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.addOne(hash)
}

// turn is what addMade wants to know from before devices were made.
func (k *known) turn() uint64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.went
}

// addMade makes devices known that have been made since a turn, unless any device was
// taken away since: it may be one of them.
func (k *known) addMade(turn uint64, hashes ...uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.went != turn {
		return
	}
	k.fetch(hashes)
	for _, hash := range hashes {
		k.addOne(hash)
	}
}

// addOne is add. The lock is held.
func (k *known) addOne(hash uint64) (unknown bool) {
	if k.has(hash) {
		return false
	}
	s := k.now.Load()
	for s.crowded(hash, k.held) {
		s = s.twice()
		k.now.Store(s)
	}
	if s.add(hash) {
		k.held++
	} else {
		k.era.Add(1)
	}
	return true
}

// remove forgets a device.
func (k *known) remove(hash uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.went++
	if slot := k.now.Load().slot(hash, hash); slot != nil {
		slot.Store(0)
		k.held--
	}
	k.era.Add(1) // also where another one has taken its place before, or it was never known
}

// clear forgets all devices.
func (k *known) clear() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.went++
	if k.now.Load() != nil {
		k.now.Store(newShelter(knownAtFirst))
		k.era.Add(1)
		k.held = 0
	}
}

// newShelter is empty.
func newShelter(buckets int) *shelter {
	return &shelter{make([]atomic.Uint64, buckets*knownSlots)}
}

// buckets are where a device stands if it is known.
func (s *shelter) buckets(hash uint64) (one, other []atomic.Uint64) {
	last := uint64(len(s.slots)/knownSlots - 1)
	at, second := hash&last*knownSlots, hash>>32&last*knownSlots
	return s.slots[at : at+knownSlots], s.slots[second : second+knownSlots]
}

// slot is the slot of a device's buckets that has a content, nil if none has. A nil
// shelter has none.
func (s *shelter) slot(hash, content uint64) *atomic.Uint64 {
	if s == nil {
		return nil
	}
	one, other := s.buckets(hash)
	for _, b := range [...][]atomic.Uint64{one, other} {
		for i := range b {
			if b[i].Load() == content {
				return &b[i]
			}
		}
	}
	return nil
}

// crowded tells whether a device that is not known has no room although more can
// be made. As long as there are few devices, full buckets are bad luck, which the
// next size need not mend.
func (s *shelter) crowded(hash uint64, held int) bool {
	return s != nil && len(s.slots) < knownAtMost*knownSlots && held >= len(s.slots)/knownSlots && s.slot(hash, 0) == nil
}

// twice is a shelter of twice the size with the same devices. What stands in a bucket
// belongs into one of two of the larger shelter, which have no other to take it from, so
// that there is room for all and one bucket after the other is looked at.
func (s *shelter) twice() *shelter {
	buckets := len(s.slots) / knownSlots
	larger := newShelter(2 * buckets)
	for b := range buckets {
		var taken [2]int
		for i := range knownSlots {
			hash := s.slots[b*knownSlots+i].Load()
			if hash == 0 {
				continue
			}
			upper := int(hash) & buckets // of its first bucket, if that is this one
			if int(hash)&(buckets-1) != b {
				upper = int(hash>>32) & buckets
			}
			n := &taken[min(upper, 1)]
			larger.slots[(b+upper)*knownSlots+*n].Store(hash)
			*n++
		}
	}
	return larger
}

// add takes a device in that is not there, and tells whether there is one more now.
// In full buckets another one makes room.
func (s *shelter) add(hash uint64) (more bool) {
	if s == nil {
		return false
	}
	one, other := s.buckets(hash)
	slot, n := room(one)
	if free, m := room(other); m > n {
		slot, n = free, m
	}
	if n == 0 {
		slot = &one[hash>>56%knownSlots]
	}
	slot.Store(hash)
	return n != 0
}

// room is the first free slot of a bucket, and how many are free.
func room(bucket []atomic.Uint64) (slot *atomic.Uint64, n int) {
	for i := range bucket {
		if bucket[i].Load() == 0 {
			if n++; n == 1 {
				slot = &bucket[i]
			}
		}
	}
	return slot, n
}
