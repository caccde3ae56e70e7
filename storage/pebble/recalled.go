package pebble

import (
	"cmp"
	"slices"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage"
	"aion/storage/pebble/tips"
	"aion/storage/points"
)

// recalled is numbers of series that are known by their numbers, for one batch. Its
// memory is used again.
type recalled struct {
	list    []recalledNumber // by series, those of one in the order in which they came
	order   []uint64
	changes []*storage.Change // memory for those of one series
	items   []item
	block   points.Block // memory for the numbers of one series
}

// recalledNumber is one of them. Where it is the first of its series it tells of that.
type recalledNumber struct {
	storage.Recalled
	due   int64
	aside bool
	plain bool // see recalled.plain
}

// placeBits is how many bits of a number's order are its place in the batch.
const placeBits = 24

// take puts the numbers in order.
func (r *recalled) take(numbers []storage.Recalled) {
	r.list = r.list[:0]
	last := storage.Ref(0)
	for i := range numbers {
		if numbers[i].Ref < last {
			r.sort(numbers)
			return
		}
		last = numbers[i].Ref
		r.list = append(r.list, recalledNumber{Recalled: numbers[i]})
	}
}

// sort is take of numbers that are not in order.
func (r *recalled) sort(numbers []storage.Recalled) {
	r.list, r.order = r.list[:0], r.order[:0]
	for i := range numbers {
		r.order = append(r.order, uint64(numbers[i].Ref)<<placeBits|uint64(i))
	}
	slices.Sort(r.order)
	for _, at := range r.order {
		r.list = append(r.list, recalledNumber{Recalled: numbers[at&(1<<placeBits-1)]})
	}
}

// stretch is how many numbers from there on are of one series.
func (r *recalled) stretch(from int) (to int) {
	for to = from + 1; to < len(r.list) && r.list[to].Ref == r.list[from].Ref; to++ {
	}
	return to
}

// verify tells whether all series are still there, and when the sweeper looks at them.
// Series may not be removed meanwhile.
func (r *recalled) verify(d *dictionary) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	look := cardLook{cards: &d.known}
	for from := 0; from < len(r.list); from = r.stretch(from) {
		x := &r.list[from]
		c := look.at(uint64(x.Ref))
		if c == nil || c.isYoung() {
			return false
		}
		x.due = d.entry(*c).due
	}
	return true
}

// plain tells whether the numbers of one series are one change, whose points ascend and
// are few. Mostly they are.
func (r *recalled) plain(from, to int) bool {
	for i := from + 1; i < to; i++ {
		if r.list[i].At <= r.list[i-1].At || r.list[i].TTL != r.list[from].TTL {
			return false
		}
	}
	return to-from < carriedPoints
}

// mostRuns is how many runs the numbers of one series make at most.
func (r *recalled) mostRuns(from, to int) int {
	changes := 1
	for i := from + 1; i < to; i++ {
		if r.list[i].TTL != r.list[i-1].TTL {
			changes++
		}
	}
	return mostNumbers(changes, to-from)
}

// points is the numbers of one series as points, which are valid until the next call.
func (r *recalled) points(from, to int) *points.Block {
	b := &r.block
	b.Times, b.Floats, b.Ints = b.Times[:0], b.Floats[:0], b.Ints[:0]
	for i := from; i < to; i++ {
		r.list[i].AddTo(b)
	}
	return b
}

// series makes changes of the numbers of one series, which are valid until the next
// call.
func (r *recalled) series(from, to int) []item {
	r.items = r.items[:0]
	first := &r.list[from]
	var c *storage.Change
	for i := from; i < to; i++ {
		x := &r.list[i]
		if c == nil || c.TTL != x.TTL {
			c = r.change(len(r.items), &x.Recalled)
			r.items = append(r.items, item{named: named{number: uint64(x.Ref), due: first.due}, change: c, aside: first.aside})
		}
		x.AddTo(&c.Points)
	}
	return r.items
}

// comesAgain adds the runs of one series that is recalled to the batch.
func (w *writer) comesAgain(s *Store, b *pebble.Batch, from, to int, now time.Time) error {
	again := &w.recalled
	first, last := &again.list[from], &again.list[to-1]
	if !first.plain {
		return w.series(s, b, again.series(from, to), now)
	}
	n := named{number: uint64(first.Ref), due: first.due}
	at := w.expiry(s, first.TTL, to-from, now)
	if err := w.file(s, b, &n, at); err != nil {
		return err
	}
	w.tips.PutPoint(n.number, tips.Point{At: last.At, Value: last.Bits, Expires: at})
	return w.few(s, b, n.number, first.aside, again.points(from, to), w.lasting(at, to-from))
}

// change is an empty change for numbers like x.
func (r *recalled) change(i int, x *storage.Recalled) *storage.Change {
	if i == len(r.changes) {
		r.changes = append(r.changes, new(storage.Change))
	}
	c := r.changes[i]
	c.Key.Type, c.TTL = x.Type(), x.TTL
	c.Points.Reset(c.Key.Kind())
	return c
}

// join makes items of the numbers whose series have items, too, so that what a batch
// does to a series is in one place, in the order in which it came.
func (w *writer) join() {
	r, kept, items := &w.recalled, w.recalled.list[:0], len(w.items)
	if items == 0 {
		return
	}
	at := 0
	for from, to := 0, 0; from < len(r.list); from = to {
		to = r.stretch(from)
		number := uint64(r.list[from].Ref)
		for at < items && w.items[at].number < number {
			at++
		}
		if at == items || w.items[at].number != number {
			kept = append(kept, r.list[from:to]...)
			continue
		}
		for i := from; i < to; i++ {
			x := &r.list[i]
			c := &storage.Change{Key: points.Key{Type: x.Type()}, TTL: x.TTL}
			x.AddTo(&c.Points)
			w.items = append(w.items, item{named: w.items[at].named, change: c, turn: 2 * x.Turn})
		}
	}
	if r.list = kept; len(w.items) != items {
		slices.SortStableFunc(w.items, func(a, b item) int {
			return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.turn, b.turn))
		})
	}
}
