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

	mu   sync.Mutex // whoever changes something has it
	held int        // how many devices are known
}

// shelter is where the devices stand: buckets, the next after the other. There are
// a power of two of them.
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
func (k *known) has(hash uint64) bool {
	b := k.now.Load().bucket(hash)
	for i := range b {
		if b[i].Load() == hash {
			return true
		}
	}
	return false
}

// fetch brings what is known of devices near the processor, so that who asks for one
// after the other does not wait for memory each time. The sum of what was seen keeps
// the compiler from leaving it out.
//
//go:noinline
func (k *known) fetch(hashes []uint64) (sum uint64) {
	s := k.now.Load()
	for _, hash := range hashes {
		if b := s.bucket(hash); len(b) != 0 {
			sum += b[0].Load()
		}
	}
	return sum
}

// add makes a device known, and tells whether it was not. Where there is no room
// for it, another one is forgotten.
func (k *known) add(hash uint64) (unknown bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
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
	}
	return true
}

// remove forgets a device.
func (k *known) remove(hash uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	b := k.now.Load().bucket(hash)
	for i := range b {
		if b[i].Load() == hash {
			b[i].Store(0)
			k.held--
		}
	}
}

// clear forgets all devices.
func (k *known) clear() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.now.Load() != nil {
		k.now.Store(newShelter(knownAtFirst))
		k.held = 0
	}
}

// newShelter is empty.
func newShelter(buckets int) *shelter {
	return &shelter{make([]atomic.Uint64, buckets*knownSlots)}
}

// bucket is where a device stands if it is known. A nil shelter has no room.
func (s *shelter) bucket(hash uint64) []atomic.Uint64 {
	if s == nil {
		return nil
	}
	at := hash % uint64(len(s.slots)/knownSlots) * knownSlots
	return s.slots[at : at+knownSlots]
}

// crowded tells whether a device that is not known has no room although more can
// be made. As long as there are few devices, a full bucket is bad luck, which the
// next size need not mend.
func (s *shelter) crowded(hash uint64, held int) bool {
	b := s.bucket(hash)
	for i := range b {
		if b[i].Load() == 0 {
			return false
		}
	}
	return len(b) != 0 && len(s.slots) < knownAtMost*knownSlots && held >= len(s.slots)/knownSlots
}

// twice is a shelter of twice the size with the same devices.
func (s *shelter) twice() *shelter {
	larger := newShelter(2 * len(s.slots) / knownSlots)
	for i := range s.slots {
		if hash := s.slots[i].Load(); hash != 0 {
			larger.add(hash)
		}
	}
	return larger
}

// add takes a device in that is not there, and tells whether there is one more now.
// In a full bucket another one makes room.
func (s *shelter) add(hash uint64) (more bool) {
	b := s.bucket(hash)
	for i := range b {
		if b[i].Load() == 0 {
			b[i].Store(hash)
			return true
		}
	}
	if len(b) != 0 {
		b[hash>>32%knownSlots].Store(hash)
	}
	return false
}
