package tips

import (
	"sync"
	"sync/atomic"

	"aion/storage/points"
)

// Tips keeps tips. It serves readers and one writer at a time, once it has begun.
type Tips struct {
	begun atomic.Uint64 // the batch that was begun last
	done  atomic.Uint64 // the batch that was applied last
	born  uint64        // series with higher numbers began since the store was opened
	most  int64         // bytes

	leaves atomic.Pointer[[]*tipLeaf]

	mu     sync.Mutex // who adds or takes away pages
	bytes  int64
	kept   []uint64 // which pages there are
	hand   int      // the one of them that may have to go next
	denied int      // how many pages have found no room
}

// DefaultBytes is how much memory tips take, where nothing else is said: enough for
// those of more than a million series.
const DefaultBytes = 32 << 20

// tipPatience is how many pages are wanted in vain before one that nobody has used
// meanwhile makes room. So those who read more series, over and over, than there is
// room for still find most of the pages that there are.
const tipPatience = 16

// tipLeaf is where the pages of tipFan*PerPage series lie, one after the other: nil
// as long as nobody has asked for one.
type tipLeaf [tipFan]atomic.Pointer[tipPage]

// tipFan is how many pages a leaf has.
const tipFan = 1 << 10

// tipsGone stands for a page that is not there, although its series may have been
// changed since the store was opened.
var tipsGone = new(tipPage)

// Begin makes t ready for use. born is the highest number of a series so far; bytes is how
// much memory tips may take, 0 for DefaultBytes and less for none.
func (t *Tips) Begin(born uint64, bytes int64) {
	if t.born, t.most = born, bytes; bytes == 0 {
		t.most = DefaultBytes
	}
}

// Latest is the batch that was begun last.
func (t *Tips) Latest() uint64 { return t.begun.Load() }

// Applied notes that the batches that have begun are applied.
func (t *Tips) Applied() { t.done.Store(t.begun.Load()) }

// Seen is the last batch of which all is seen by whoever begins to read now.
func (t *Tips) Seen() uint64 { return t.done.Load() }

// slot is where the page of a series is, nil where there is none yet.
func (t *Tips) slot(page uint64) *atomic.Pointer[tipPage] {
	leaves := t.leaves.Load()
	if leaves == nil || page/tipFan >= uint64(len(*leaves)) {
		return nil
	}
	return &(*leaves)[page/tipFan][page%tipFan]
}

// makeSlot is slot, and makes one where there is none. mu is held.
func (t *Tips) makeSlot(page uint64) *atomic.Pointer[tipPage] {
	if slot := t.slot(page); slot != nil {
		return slot
	}
	var grown []*tipLeaf
	if leaves := t.leaves.Load(); leaves != nil {
		grown = append(grown, *leaves...)
	}
	for page/tipFan >= uint64(len(grown)) {
		grown = append(grown, new(tipLeaf))
	}
	t.leaves.Store(&grown)
	return t.slot(page)
}

// changed is the page in which a batch that has begun has to note its changes; nil:
// it has not. A page of series that all have begun since the store was opened is made
// before any of them has points, if there is room then.
func (t *Tips) changed(page uint64) *tipPage {
	var p *tipPage
	if slot := t.slot(page); slot != nil {
		p = slot.Load()
	}
	if p == nil && (t.born == 0 || page*PerPage > t.born) && t.most >= PageSize {
		p = t.blank(page)
	}
	if p == tipsGone {
		return nil
	}
	return p
}

// blank makes a page of series that nobody has written to.
func (t *Tips) blank(page uint64) *tipPage {
	t.mu.Lock()
	defer t.mu.Unlock()
	slot := t.makeSlot(page)
	p := slot.Load()
	if p != nil {
		return p
	}
	if p = tipsGone; t.bytes+PageSize <= t.most {
		p = new(tipPage)
		t.keep(page)
	}
	slot.Store(p)
	return p
}

// keep counts a page. mu is held.
func (t *Tips) keep(page uint64) {
	t.bytes += PageSize
	t.kept = append(t.kept, page)
}

// there is a page, if it is kept; else nil.
func (t *Tips) there(page uint64) *tipPage {
	slot := t.slot(page)
	if slot == nil {
		return nil
	}
	p := slot.Load()
	if p == nil || p == tipsGone {
		return nil
	}
	p.use()
	return p
}

// asked is the page of a series that is read; nil: there is no room for it.
func (t *Tips) asked(page uint64) *tipPage {
	if p := t.there(page); p != nil || t.most < PageSize {
		return p
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	slot := t.makeSlot(page)
	if p := slot.Load(); p != nil && p != tipsGone {
		return p
	}
	if !t.makeRoom() {
		return nil
	}
	t.keep(page)
	return t.unknown(slot)
}

// unknown makes a page of which nothing is known. Batches that have begun may have
// passed it by.
func (t *Tips) unknown(slot *atomic.Pointer[tipPage]) *tipPage {
	p := new(tipPage)
	p.mu.Lock()
	defer p.mu.Unlock()
	slot.Store(p)
	at := t.begun.Load() // after the page can be found
	for i := range p.tips {
		p.tips[i].set(tipUnknown, at)
	}
	return p
}

// makeRoom tells whether there is room for a page, and may take another one away.
// mu is held.
func (t *Tips) makeRoom() bool {
	if t.bytes+PageSize <= t.most {
		return true
	}
	if t.denied++; t.denied%tipPatience != 0 || len(t.kept) == 0 {
		return false
	}
	t.hand %= len(t.kept)
	slot := t.slot(t.kept[t.hand])
	if p := slot.Load(); p.used.Swap(false) {
		t.hand++
		return false
	}
	slot.Store(tipsGone)
	t.kept[t.hand] = t.kept[len(t.kept)-1]
	t.kept = t.kept[:len(t.kept)-1]
	t.bytes -= PageSize
	return true
}

// tipsOf tells whether series of a stored type may have tips.
func tipsOf(stored string) bool { return stored == points.TypeLong || stored == points.TypeDouble }
