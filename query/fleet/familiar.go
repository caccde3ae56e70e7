package fleet

import (
	"math/bits"
	"slices"
	"sync"

	"aion/storage"
)

// familiar is a set of series, by what the store calls them, that need not be looked
// at when they are written: their devices are known, or they have none. A device that
// is forgotten may be that of any of them, so that all leave the set with it; each comes
// back when it is written with its key.
type familiar struct {
	mu    sync.RWMutex
	era   uint64 // of known, for which the set holds
	pages map[storage.Ref]*familiarPage
}

// familiarPage tells by bits of series whose numbers follow each other.
type familiarPage [64]uint64

// familiarSeries is how many series a page tells of.
const familiarSeries = 64 * 64

// familiarLook is a look at the set, which keeps the page that it has seen last.
type familiarLook struct {
	set  *familiar
	page *familiarPage
	at   storage.Ref // of the page, and one more
}

// has tells whether a series is in the set. The set's lock is held.
func (l *familiarLook) has(r storage.Ref) bool {
	if at := r/familiarSeries + 1; at != l.at {
		l.at, l.page = at, l.set.pages[at-1]
	}
	return l.page != nil && l.page[r%familiarSeries/64]>>(r%64)&1 != 0
}

// sift makes those of refs 0 that are not in the set.
func (f *familiar) sift(k *known, refs []storage.Ref) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.era != k.era.Load() {
		clear(refs)
		return
	}
	look := familiarLook{set: f}
	for i := range refs {
		if !look.has(refs[i]) {
			refs[i] = 0
		}
	}
}

// has tells whether the series of all numbers are in the set.
func (f *familiar) has(k *known, numbers []storage.Recalled) bool {
	if len(numbers) == 0 {
		return true
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.era != k.era.Load() {
		return false
	}
	look := familiarLook{set: f}
	for i := range numbers {
		if !look.has(numbers[i].Ref) {
			return false
		}
	}
	return true
}

// add adds series whose devices were known in an era. 0 is none.
func (f *familiar) add(era uint64, refs []storage.Ref) {
	some := func(r storage.Ref) bool { return r != 0 }
	if !slices.ContainsFunc(refs, some) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if era < f.era {
		return
	}
	if era > f.era || f.pages == nil {
		f.era, f.pages = era, map[storage.Ref]*familiarPage{}
	}
	for _, r := range refs {
		if r == 0 {
			continue
		}
		p := f.pages[r/familiarSeries]
		if p == nil {
			p = new(familiarPage)
			f.pages[r/familiarSeries] = p
		}
		p[r%familiarSeries/64] |= 1 << (r % 64)
	}
}

// Recall tells what the store calls series, if their devices are known.
func (o *observed) Recall(marks []storage.Mark, refs []storage.Ref) {
	storage.RecallFrom(o.Store, marks, refs)
	o.f.familiar.sift(o.f.known, refs)
}

// strangers tells by bits which series of up to 64 are not in the set.
func (f *familiar) strangers(k *known, refs []storage.Ref) (which uint64) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	look, holds := familiarLook{set: f}, f.era == k.era.Load()
	for i, r := range refs {
		if !holds || r == 0 || !look.has(r) {
			which |= 1 << i
		}
	}
	return which
}

// notice looks for devices that are not known, but for those of familiar series, and
// adds those series of a batch to the familiar ones that the store keeps in mind and
// whose devices are known.
func (o *observed) notice(b *storage.Batch) {
	store, ok := o.Store.(storage.Recaller)
	if !ok {
		o.f.see(b)
		return
	}
	o.f.lookWhenDue()
	era := o.f.known.era.Load() // before it is looked which are known
	var marks [64]storage.Mark
	var refs [64]storage.Ref
	for rest := b.Changes; len(rest) != 0; {
		some := rest[:min(len(rest), len(marks))]
		rest = rest[len(some):]
		for i := range some {
			marks[i] = some[i].Mark
		}
		store.Recall(marks[:len(some)], refs[:len(some)])
		if fresh := o.f.familiar.strangers(o.f.known, refs[:len(some)]); fresh != 0 {
			o.f.meet(some, refs[:len(some)], fresh)
			o.f.familiar.add(era, refs[:len(some)])
		}
	}
}

// meet puts the unknown devices of those changes into the queue that fresh tells by bits,
// and makes refs 0 whose devices are not known.
func (f *Fleet) meet(changes []storage.Change, refs []storage.Ref, fresh uint64) {
	var all sighted
	for left := fresh; left != 0; left &= left - 1 {
		f.sight(&all, &changes[bits.TrailingZeros64(left)])
	}
	f.expectAll(&all)
	for left := fresh; left != 0; left &= left - 1 {
		if i := bits.TrailingZeros64(left); refs[i] != 0 && !f.knows(&changes[i]) {
			refs[i] = 0
		}
	}
}

// knows tells whether the device of a change is known, or there is none.
func (f *Fleet) knows(c *storage.Change) bool {
	id, ok := c.Key.Tags.Value(f.c.DeviceTag)
	if !ok {
		return true
	}
	organization, _ := c.Key.Tags.Value(f.c.OrganizationTag)
	return f.known.has(f.known.hash(organization, id))
}
