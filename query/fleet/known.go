package fleet

import (
	"hash/maphash"
	"math/bits"
	"sync/atomic"
)

// The size of known: it does for a few million devices, and memory is taken only
// where a device stands.
const (
	knownBuckets = 1 << 19
	knownSlots   = 8 // a cache line
)

// known is a bounded set of devices that need not be created, for which nobody
// waits. It holds hashes of 64 bits. It may forget a device at any time, but
// knows none that it was not told of, as far as hashes differ.
type known struct {
	seed  maphash.Seed
	slots []atomic.Uint64 // buckets, the next after the other
}

// newKnown is an empty set, which takes nothing in before it is opened.
func newKnown() *known { return &known{seed: maphash.MakeSeed()} }

// open makes room. It is called before the set is used by many.
func (k *known) open() {
	if k.slots == nil {
		k.slots = make([]atomic.Uint64, knownBuckets*knownSlots)
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

// bucket is where a device stands if it is known, nil before there is room.
func (k *known) bucket(hash uint64) []atomic.Uint64 {
	if k.slots == nil {
		return nil
	}
	at := (hash % knownBuckets) * knownSlots
	return k.slots[at : at+knownSlots]
}

// has tells whether a device is known.
func (k *known) has(hash uint64) bool {
	b := k.bucket(hash)
	for i := range b {
		if b[i].Load() == hash {
			return true
		}
	}
	return false
}

// add makes a device known. Where there is no room for it, another one is
// forgotten.
func (k *known) add(hash uint64) {
	b := k.bucket(hash)
	for i := range b {
		if is := b[i].Load(); is == hash || is == 0 && b[i].CompareAndSwap(0, hash) {
			return
		}
	}
	if len(b) != 0 {
		b[hash>>32%knownSlots].Store(hash)
	}
}

// remove forgets a device.
func (k *known) remove(hash uint64) {
	b := k.bucket(hash)
	for i := range b {
		b[i].CompareAndSwap(hash, 0)
	}
}

// clear forgets all devices.
func (k *known) clear() {
	for i := range k.slots {
		if k.slots[i].Load() != 0 {
			k.slots[i].Store(0)
		}
	}
}
