package tips

import (
	"math"
	"sync"
	"sync/atomic"
	"unsafe"

	"aion/storage/points"
)

// PerPage is of how many series a page has the tips.
const PerPage = 256

// PageSize is how many bytes a page takes. One whose points expire takes a third
// more, which is not counted.
const PageSize = int64(unsafe.Sizeof(tipPage{}))

// tipPage has the tips of series whose numbers follow each other.
type tipPage struct {
	mu      sync.Mutex
	used    atomic.Bool // since the last look
	expires *[PerPage]int64
	tips    [PerPage]tip
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

// Point is a point of a series that may be its newest.
type Point struct {
	At      int64
	Value   uint64 // a long, or the bits of a double
	Expires int64  // 0: never
}

// PointOf is point i of numbers.
func PointOf(b *points.Block, i int) Point {
	if b.Int(i) {
		return Point{At: b.Times[i], Value: uint64(b.Ints[i])}
	}
	return Point{At: b.Times[i], Value: math.Float64bits(b.Floats[i])}
}

// Add adds the point to b, which has points of that stored type.
func (p *Point) Add(b *points.Block, stored string) {
	if stored == points.TypeLong {
		b.AppendInt(p.At, int64(p.Value))
		return
	}
	b.AppendFloat(p.At, math.Float64frombits(p.Value))
}

// put notes that a batch puts points into a series of which p is the newest. The
// sequence numbers of the batch were taken when base had begun.
func (p *tipPage) put(number, base, batch uint64, n *Point) {
	t := &p.tips[number%PerPage]
	what := t.what()
	switch {
	case what == tipUnknown, what != tipNone && n.At < t.at:
	case t.batch() > base:
		what = tipUnknown
	default:
		what = tipPoint
		p.store(number, n)
	}
	t.set(what, batch)
}

// store stores a point as the tip of a series. The page is locked.
func (p *tipPage) store(number uint64, n *Point) {
	t := &p.tips[number%PerPage]
	t.at, t.value = n.At, n.Value
	if n.Expires != 0 && p.expires == nil {
		p.expires = new([PerPage]int64)
	}
	if p.expires != nil {
		p.expires[number%PerPage] = n.Expires
	}
}

// cut notes that a batch does no more to a series than to take out the points in a
// range.
func (p *tipPage) cut(number, batch uint64, r points.Range) {
	t := &p.tips[number%PerPage]
	what := t.what()
	if what == tipPoint && r.Holds(t.at) {
		what = tipUnknown
	}
	t.set(what, batch)
}

// look is what is known of a series to a reader who sees all up to a batch, and
// whether the reader may bring what is not.
func (p *tipPage) look(number, seen uint64) (what tipState, n Point, fits bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := &p.tips[number%PerPage]
	if t.batch() > seen {
		return tipUnknown, n, false
	}
	n.At, n.Value = t.at, t.value
	if p.expires != nil {
		n.Expires = p.expires[number%PerPage]
	}
	return t.what(), n, true
}

// bring notes what a reader has found who sees all up to a batch: the newest point,
// or none from n.at on.
func (p *tipPage) bring(number, seen uint64, what tipState, n *Point) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := &p.tips[number%PerPage]
	if t.batch() > seen {
		return
	}
	p.store(number, n)
	t.set(what, t.batch())
}
