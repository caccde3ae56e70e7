package pebble

import (
	"sync"
	"sync/atomic"

	"aion/storage/points"
)

// tips keeps the tip of series of longs and doubles, which is what is known of
// their newest point, in bounded memory. Reads bring tips, and so do the writes
// that begin a series; every batch that changes points tells of it, so that a tip
// is right for as long as it is kept.
//
// Batches that change points are numbered as they are applied, one after the
// other. What a batch does to tips is done before it can be seen, and each tip has
// the number of the last batch that changed points of its series. A reader knows
// up to which batch it sees all for certain. It may use a tip if the last batch
// that changed the series is among those: then what it sees of the series is what
// the tip tells. In the same way it may bring a tip. Otherwise it reads the
// series.
//
// A batch ranks by when its sequence numbers were taken and not by when it is
// applied. Where another one has changed a series in between, it cannot be told
// here which of the two wins, and the tip is given up.
type tips struct {
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

// tipBytes is how much memory tips take, where nothing else is said: enough for
// those of more than a million series.
const tipBytes = 32 << 20

// tipPatience is how many pages are wanted in vain before one that nobody has used
// meanwhile makes room. So those who read more series, over and over, than there is
// room for still find most of the pages that there are.
const tipPatience = 16

// tipLeaf is where the pages of tipFan*tipsAPage series lie, one after the other: nil
// as long as nobody has asked for one.
type tipLeaf [tipFan]atomic.Pointer[tipPage]

// tipFan is how many pages a leaf has.
const tipFan = 1 << 10

// tipsGone stands for a page that is not there, although its series may have been
// changed since the store was opened.
var tipsGone = new(tipPage)

// begin makes t ready. born is the highest number of a series so far; bytes is how
// much memory tips may take, 0 for tipBytes and less for none.
func (t *tips) begin(born uint64, bytes int64) {
	if t.born, t.most = born, bytes; bytes == 0 {
		t.most = tipBytes
	}
}

// latest is the batch that was begun last.
func (t *tips) latest() uint64 { return t.begun.Load() }

// applied notes that the batches that have begun are applied.
func (t *tips) applied() { t.done.Store(t.begun.Load()) }

// seen is the last batch of which all is seen by whoever begins to read now.
func (t *tips) seen() uint64 { return t.done.Load() }

// slot is where the page of a series is, nil where there is none yet.
func (t *tips) slot(page uint64) *atomic.Pointer[tipPage] {
	leaves := t.leaves.Load()
	if leaves == nil || page/tipFan >= uint64(len(*leaves)) {
		return nil
	}
	return &(*leaves)[page/tipFan][page%tipFan]
}

// makeSlot is slot, and makes one where there is none. mu is held.
func (t *tips) makeSlot(page uint64) *atomic.Pointer[tipPage] {
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
func (t *tips) changed(page uint64) *tipPage {
	var p *tipPage
	if slot := t.slot(page); slot != nil {
		p = slot.Load()
	}
	if p == nil && (t.born == 0 || page*tipsAPage > t.born) && t.most >= tipPageSize {
		p = t.blank(page)
	}
	if p == tipsGone {
		return nil
	}
	return p
}

// blank makes a page of series that nobody has written to.
func (t *tips) blank(page uint64) *tipPage {
	t.mu.Lock()
	defer t.mu.Unlock()
	slot := t.makeSlot(page)
	p := slot.Load()
	if p != nil {
		return p
	}
	if p = tipsGone; t.bytes+tipPageSize <= t.most {
		p = new(tipPage)
		t.keep(page)
	}
	slot.Store(p)
	return p
}

// keep counts a page. mu is held.
func (t *tips) keep(page uint64) {
	t.bytes += tipPageSize
	t.kept = append(t.kept, page)
}

// there is a page, if it is kept; else nil.
func (t *tips) there(page uint64) *tipPage {
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
func (t *tips) asked(page uint64) *tipPage {
	if p := t.there(page); p != nil || t.most < tipPageSize {
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
func (t *tips) unknown(slot *atomic.Pointer[tipPage]) *tipPage {
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
func (t *tips) makeRoom() bool {
	if t.bytes+tipPageSize <= t.most {
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
	t.bytes -= tipPageSize
	return true
}

// tipsOf tells whether series of a stored type may have tips.
func tipsOf(stored string) bool { return stored == points.TypeLong || stored == points.TypeDouble }
