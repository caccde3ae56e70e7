package pebble

import (
	"context"
	"io"
	"slices"
	"sort"

	"aion/storage"
	"aion/storage/points"
)

// series is a stored series as a reader sees it.
type series struct {
	from   *reader
	number uint64
	key    points.Key
}

// shelf makes series. Those of one selection stand side by side in memory, because
// a query holds very many.
type shelf struct {
	from *reader
	room []numbers
}

// mostAbreast is how many series stand side by side at most.
const mostAbreast = 128

// expect makes room for the first of n series.
func (f *shelf) expect(n uint64) {
	f.room = make([]numbers, min(n, mostAbreast))
}

// series is the series of that number; one of numbers offers summaries.
func (f *shelf) series(number uint64, key points.Key) storage.Series {
	if len(f.room) == 0 {
		f.expect(mostAbreast)
	}
	s := &f.room[0]
	f.room = f.room[1:]
	s.series = series{f.from, number, key}
	if key.Kind() == points.Number {
		return s
	}
	return &s.series
}

// Key names the series.
func (s *series) Key() points.Key { return s.key }

// Points reads a range.
func (s *series) Points(r points.Range, o points.Order) points.Cursor {
	return &cursor{s: s, r: s.kept(r), order: o}
}

// Any looks for the first point of the range.
func (s *series) Any(ctx context.Context, r points.Range) (bool, error) {
	r = s.kept(r)
	if err := ctx.Err(); err != nil || r.Empty() {
		return false, err
	}
	q := s.tipQuery(r, s.from.s.millis(), s.from.sees())
	if q.Peek(); q.None() || q.Found() {
		return q.Found(), nil
	}
	found, err := s.from.any(s.number, r)
	return found, s.failed(r, err)
}

// any tells whether the series has a point in the range.
func (r reader) any(number uint64, within points.Range) (bool, error) {
	sc, err := r.scan(number, within, points.Asc, false)
	if err != nil {
		return false, err
	}
	found, err := sc.any(within)
	_ = r.s.release(sc) // what was asked for is read
	return found, err
}

// any tells whether there is a point in the range that the scan has begun to read.
func (sc *scan) any(within points.Range) (bool, error) {
	m := &sc.merge
	if len(m.layers) == 1 && !m.layers[0].decoded() && !m.layers[0].pages.unread {
		at, ok, err := m.layers[0].head()
		if p := m.layers[0].pages; err != nil || !ok || at >= within.From && p.clean(p.i) {
			return ok, err
		}
	}
	sc.small.spare.Reset(points.Number)
	err := m.fill(&sc.small.spare, &sc.expires, 1)
	return sc.small.spare.Len() != 0, err
}

// cursor reads a range of a series.
type cursor struct {
	s     *series
	r     points.Range
	order points.Order
	most  int   // how many points are wanted; 0: all
	asked bool  // the tip of the series has been asked
	sc    *scan // nil before the first Next and after the end
	end   error // what ended the series
}

// AtMost makes every Next read about n points, where those are few.
func (c *cursor) AtMost(n int) { c.most = max(n, 1) }

// scanCost is about what an open scan holds, most of it of its iterator and of the
// points that it has decoded.
const scanCost = 22 << 10

// Held is what the cursor's scan holds.
func (c *cursor) Held() int {
	if c.sc == nil {
		return 0
	}
	return scanCost
}

// room is up to how many points a Next reads, about.
func (c *cursor) room() int {
	if c.most == 0 {
		return points.BlockSize
	}
	return min(c.most, points.BlockSize)
}

// Next reads up to a block of points.
func (c *cursor) Next(ctx context.Context, b *points.Block) error {
	b.Reset(c.s.key.Kind())
	if c.wantsNewest() {
		if told, err := c.newest(ctx, b); told {
			return err
		}
	}
	if !c.ready(ctx) {
		return c.end
	}
	if err := c.sc.merge.fill(b, &c.sc.expires, c.room()); err != nil {
		b.Reset(c.s.key.Kind())
		return c.stop(c.s.failed(c.r, err))
	}
	if b.Len() == 0 {
		return c.stop(io.EOF)
	}
	c.look()
	return nil
}

// look lets go of everything at once when no point is left, instead of at the
// next call: a query that reads very many short series side by side would
// otherwise hold the iterators of all of them.
func (c *cursor) look() {
	m := &c.sc.merge
	paged := m.paged
	m.paged = false
	if paged && len(m.layers) != 0 {
		if _, _, err := m.pick(); err != nil {
			c.stop(c.s.failed(c.r, err))
			return
		}
	}
	if len(m.layers) == 0 {
		c.stop(io.EOF)
	}
}

// ready opens the cursor if it is not; false: it has ended.
func (c *cursor) ready(ctx context.Context) bool {
	if c.end != nil {
		return false
	}
	if err := ctx.Err(); err != nil {
		return c.stop(err) == nil
	}
	if c.sc == nil {
		sc, err := c.s.from.scan(c.s.number, c.r, c.order, false)
		if err != nil {
			return c.stop(c.s.failed(c.r, err)) == nil
		}
		c.sc = sc
	}
	return true
}

// stop ends the cursor with err.
func (c *cursor) stop(err error) error {
	c.end = err
	if e := c.Close(); e != nil && err == io.EOF {
		c.end = c.s.failed(c.r, e)
	}
	return c.end
}

// Close gives back what the cursor holds.
func (c *cursor) Close() error {
	sc := c.sc
	if c.sc = nil; sc == nil {
		return nil
	}
	return translate(c.s.from.s.release(sc))
}

// within finds the ascending times that lie in r.
func within(times []int64, r points.Range) (from, to int) {
	from, _ = slices.BinarySearch(times, r.From)
	to = sort.Search(len(times), func(i int) bool { return times[i] > r.To })
	return from, max(from, to)
}
