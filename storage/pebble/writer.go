package pebble

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage"
	"aion/storage/pebble/tips"
	"aion/storage/points"
)

// writer is what building a batch takes. Writers are used again.
type writer struct {
	batch      *pebble.Batch // empty; nil: there is none
	key, value []byte
	items      []item
	numbers    numberWalk
	index      index
	born       born
	fresh      []named         // series whose index entries are in the batch
	given      uint64          // the first of the numbers that the batch has given to series
	noted      uint64          // behind the last of them that is in fresh
	odd        map[uint64]bool // whether series begin with the batch, where their numbers tell otherwise
	seq, last  uint32          // the sequence numbers of the batch: the one given last, and the end
	filed      []named         // series that the batch files for the sweeper
	shrunk     []uint64
	over       overlay
	gone       []points.Range
	expires    []int64
	tips       tips.Changes

	remembered          remembered  // of the batches before
	recalled            recalled    // of the batch, beside items
	group, carriedGroup groupWriter // what is to stand together
	saved               int64       // how many bytes less the batch has than its runs have
}

// item is one change and the series that it is about.
type item struct {
	named
	change *storage.Change
	aside  bool  // the points are put aside
	young  bool  // the index on disk may not have the series yet
	turn   int32 // when it came: twice the place of the change, and one more
}

// named is a series by number and by digest.
type named struct {
	number uint64
	digest digest
	due    int64
}

// build fills a batch with what the changes and the numbers of series that are
// recalled say. Series may not be removed meanwhile.
func (w *writer) build(s *Store, b *pebble.Batch, changes []storage.Change) error {
	if !w.recalled.verify(s.dict) {
		return storage.ErrForgotten
	}
	if err := w.find(s, w.recall(s, changes)); err != nil {
		return err
	}
	return w.lay(s, b)
}

// recall begins a batch of changes and finds those of their series that are in
// memory. whole: the disk has no others.
func (w *writer) recall(s *Store, changes []storage.Change) (whole bool) {
	w.reset()
	for i := range changes {
		if c := &changes[i]; c.Points.Len() != 0 || len(c.Remove) != 0 {
			w.items = append(w.items, w.item(s, c))
			w.items[len(w.items)-1].turn = int32(2*i + 1)
		}
	}
	whole = s.dict.recallAll(w.items, func(it *item) { w.identify(s.dict, it) })
	w.remembered.learn(w.items)
	return whole
}

// reset forgets the batch before, also one that could not be built.
func (w *writer) reset() {
	w.items, w.fresh, w.filed = w.items[:0], w.fresh[:0], w.filed[:0]
	w.index.reset()
	w.born.reset()
	w.tips.Reset()
	w.group.reset(0)
	w.carriedGroup.reset(0)
	w.given, w.noted, w.saved = 0, 0, 0
	clear(w.odd)
}

// lay fills a batch with the entries and the runs of what was looked at.
func (w *writer) lay(s *Store, b *pebble.Batch) error {
	if len(w.born.prints) != 0 {
		if err := firstOf(w.born.write(b), w.index.add(b)); err != nil {
			return err
		}
	}
	byNumber := func(a, b item) int { return cmp.Compare(a.number, b.number) }
	if !slices.IsSortedFunc(w.items, byNumber) {
		slices.SortStableFunc(w.items, byNumber)
	}
	w.join()
	now := s.now()
	w.reserve(s)
	again, next := &w.recalled, 0
	for from := 0; from < len(w.items) || next < len(again.list); {
		if from == len(w.items) || next < len(again.list) && uint64(again.list[next].Ref) < w.items[from].number {
			to := again.stretch(next)
			if err := w.comesAgain(s, b, next, to, now); err != nil {
				return err
			}
			next = to
			continue
		}
		to := stretch(w.items, from)
		if err := w.series(s, b, w.items[from:to], now); err != nil {
			return err
		}
		from = to
	}
	return w.flushGroups(s, b)
}

// stretch is how many items from there on are about one series.
func stretch(items []item, from int) (to int) {
	for to = from + 1; to < len(items) && items[to].number == items[from].number; to++ {
	}
	return to
}

// series adds the runs of one series to the batch.
func (w *writer) series(s *Store, b *pebble.Batch, items []item, now time.Time) error {
	c := items[0].change
	if len(items) == 1 && len(c.Remove) == 0 && ascending(c.Points.Times) {
		at := w.expiry(s, c.TTL, c.Points.Len(), now)
		if err := w.file(s, b, &items[0].named, at); err != nil {
			return err
		}
		expires := w.lasting(at, c.Points.Len())
		w.tips.Put(items[0].number, c.Key.Type, &c.Points, expires)
		if number := items[0].number; items[0].aside || isFew(&c.Points) {
			return w.few(s, b, number, items[0].aside || w.begins(number, nil, &c.Points), &c.Points, expires)
		}
		return w.runs(s, b, items[0].number, nil, &c.Points, expires)
	}
	w.over.reset(c.Key.Kind())
	w.over.block.Type = c.Points.Type
	for i, it := range items {
		for _, at := range it.change.Remove {
			w.over.cut(points.Range{From: at, To: at}, uint64(i+1))
		}
		at := w.expiry(s, it.change.TTL, it.change.Points.Len(), now)
		if err := w.file(s, b, &items[0].named, at); err != nil {
			return err
		}
		if it.change.Points.Len() != 0 {
			w.over.put(&it.change.Points, at, uint64(i+1))
		}
	}
	w.over.resolve()
	w.gone = w.over.below(w.gone[:0], 0)
	if len(w.gone) != 0 {
		w.shrunk = append(w.shrunk, items[0].number)
		w.tips.Lose(items[0].number)
	} else {
		w.tips.Put(items[0].number, c.Key.Type, &w.over.block, w.over.expires)
	}
	return w.runs(s, b, items[0].number, w.gone, &w.over.block, w.over.expires)
}

// expiry is when n points with such a life expire, 0 for never.
func (w *writer) expiry(s *Store, ttl time.Duration, n int, now time.Time) int64 {
	if ttl == 0 {
		ttl = s.ttl
	}
	if ttl <= 0 || n == 0 {
		return 0
	}
	at := now.UnixMilli()
	if millis := max(1, ttl.Milliseconds()); millis < math.MaxInt64-1-at {
		return at + millis
	}
	return 0
}

// lasting is a column of n times the same expiry, empty for never.
func (w *writer) lasting(at int64, n int) []int64 {
	w.expires = w.expires[:0]
	for at != 0 && len(w.expires) < n {
		w.expires = append(w.expires, at)
	}
	return w.expires
}

// ascending tells whether times ascend strictly.
func ascending(times []int64) bool {
	for i := 1; i < len(times); i++ {
		if times[i] <= times[i-1] {
			return false
		}
	}
	return true
}
