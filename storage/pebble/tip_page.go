package pebble

import (
	"math"
	"sync"
	"sync/atomic"
	"unsafe"

	"aion/storage/points"
)

// tipsAPage is of how many series a page has the tips.
const tipsAPage = 256

// tipPageSize is how many bytes a page takes. One whose points expire takes a third
// more, which is not counted.
const tipPageSize = int64(unsafe.Sizeof(tipPage{}))

// tipPage has the tips of series whose numbers follow each other.
type tipPage struct {
	mu      sync.Mutex
	used    atomic.Bool // since the last look
	expires *[tipsAPage]int64
	tips    [tipsAPage]tip
}

// use notes that somebody wanted the page.
func (p *tipPage) use() {
	if !p.used.Load() {
		p.used.Store(true)
	}
}

// tip is what is known of the newest point of a series. The zero value: it has
// none.
type tip struct {
	at    int64  // the time of the newest point, or, if bare, one from which on there is none
	value uint64 // of the newest point: the long, or the bits of the double
	state uint64 // a tipState, and in the higher bits the batch that changed the series last
}

// tipState says what is known.
type tipState uint64

// What may be known of a series.
const (
	tipNone    tipState = iota // it has no points
	tipUnknown                 // nothing
	tipBare                    // it has no points from a time on
	tipPoint                   // its newest point
	tipStates
)

// what is what is known.
func (t *tip) what() tipState { return tipState(t.state % uint64(tipStates)) }

// batch is the number of the last batch that changed points of the series.
func (t *tip) batch() uint64 { return t.state / uint64(tipStates) }

// set says what is known, and which batch has changed the series last.
func (t *tip) set(what tipState, batch uint64) { t.state = batch*uint64(tipStates) + uint64(what) }

// newPoint is a point of a series that may be its newest.
type newPoint struct {
	at      int64
	value   uint64
	expires int64 // 0: never
}

// newPointOf is point i of numbers.
func newPointOf(b *points.Block, i int) newPoint {
	if b.Int(i) {
		return newPoint{at: b.Times[i], value: uint64(b.Ints[i])}
	}
	return newPoint{at: b.Times[i], value: math.Float64bits(b.Floats[i])}
}

// add adds the point to b, which has points of that stored type.
func (p *newPoint) add(b *points.Block, stored string) {
	if stored == points.TypeLong {
		b.AppendInt(p.at, int64(p.value))
		return
	}
	b.AppendFloat(p.at, math.Float64frombits(p.value))
}

// put notes that a batch puts points into a series of which p is the newest. The
// sequence numbers of the batch were taken when base had begun.
func (p *tipPage) put(number, base, batch uint64, n *newPoint) {
	t := &p.tips[number%tipsAPage]
	what := t.what()
	switch {
	case what == tipUnknown, what != tipNone && n.at < t.at:
	case t.batch() > base:
		what = tipUnknown
	default:
		what = tipPoint
		p.store(number, n)
	}
	t.set(what, batch)
}

// store stores a point as the tip of a series. The page is locked.
func (p *tipPage) store(number uint64, n *newPoint) {
	t := &p.tips[number%tipsAPage]
	t.at, t.value = n.at, n.value
	if n.expires != 0 && p.expires == nil {
		p.expires = new([tipsAPage]int64)
	}
	if p.expires != nil {
		p.expires[number%tipsAPage] = n.expires
	}
}

// cut notes that a batch does no more to a series than to take out the points in a
// range.
func (p *tipPage) cut(number, batch uint64, r points.Range) {
	t := &p.tips[number%tipsAPage]
	what := t.what()
	if what == tipPoint && r.Holds(t.at) {
		what = tipUnknown
	}
	t.set(what, batch)
}

// look is what is known of a series to a reader who sees all up to a batch, and
// whether the reader may bring what is not.
func (p *tipPage) look(number, seen uint64) (what tipState, n newPoint, fits bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := &p.tips[number%tipsAPage]
	if t.batch() > seen {
		return tipUnknown, n, false
	}
	n.at, n.value = t.at, t.value
	if p.expires != nil {
		n.expires = p.expires[number%tipsAPage]
	}
	return t.what(), n, true
}

// bring notes what a reader has found who sees all up to a batch: the newest point,
// or none from n.at on.
func (p *tipPage) bring(number, seen uint64, what tipState, n *newPoint) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := &p.tips[number%tipsAPage]
	if t.batch() > seen {
		return
	}
	p.store(number, n)
	t.set(what, t.batch())
}
