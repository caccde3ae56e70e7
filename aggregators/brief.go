package aggregators

import "aion/storage/points"

// brief is a timeless Reducer of doubles that folds many short ranges in one call.
type brief interface {
	timeless

	// flushShort folds ranges of which nothing has been folded yet, and appends their
	// results to out, which has their times already and holds nothing but results of
	// the reducer. The first range has the values up to the first end, the second those
	// from there to the second, and so on.
	flushShort(values []float64, ends []int, out *points.Block)
}

// mostShort is up to how many points a range is short: it is folded for less together
// with its neighbours than by a call of its own.
const mostShort = 24

// sweepShort is sweep for short ranges of one width: it goes over the times once, and
// then over the values, without a call for a range. Ranges out of plain reach it leaves,
// since their ends may overflow.
func (c *windowCursor) sweepShort(b *points.Block) (some bool) {
	l, g := c.lane, c.ranges
	times := l.block.Times
	if g.width == 0 || times[l.pos] <= -plainReach || times[len(times)-1] >= plainReach {
		return false
	}
	stamps, ends, from, pos := b.Times, l.room.ends[:0], l.pos, l.pos
	for n, next := 0, g.next; len(stamps)+maxResults <= points.BlockSize; {
		at, start := times[pos], next
		if uint64(at-start) >= uint64(g.width) {
			var err error
			if start, _, err = g.of(at); err != nil {
				break
			}
			next = max(start, g.origin)
		}
		before := n
		if n = belowAbout(times[pos:], start+g.width, n); n == 0 || n > mostShort || pos+n == len(times) {
			break
		}
		stamps = append(stamps, c.stamp(at, start, start+g.width))
		pos += n
		ends = append(ends, pos-from)
		next += g.width
		more := 0
		if n == before { // as seldom where points come at random
			more = alike(times[pos:], next, g.width, n, points.BlockSize-maxResults-len(stamps))
		}
		for range more {
			stamps = append(stamps, c.stamp(times[pos], next, next+g.width))
			pos += n
			ends = append(ends, pos-from)
			next += g.width
		}
		g.next = next
	}
	if l.room.ends = ends; len(ends) == 0 {
		return false
	}
	b.Times, l.pos = stamps, pos
	c.brief.flushShort(l.block.Floats[from:pos], ends, b)
	return true
}

// alike is how many ranges of a width, the first of which begins at start, have n of the
// times each, which ascend, and a time behind them; most at most. A series that comes
// regularly has such ranges in long rows. That can be foretold, so that no range waits
// for where the one before it ends.
func alike(times []int64, start, width int64, n, most int) (ranges int) {
	if len(times) == 0 || times[0] < start {
		return 0
	}
	for end := start + width; ranges < most && n < len(times); end += width {
		if (times[n-1]-end)&(end-times[n]-1) >= 0 { // one branch for both ends: neither is foretold alone
			break
		}
		times = times[n:]
		ranges++
	}
	return ranges
}

// belowAbout is below for times of which about so many lie below end. Where they do,
// it branches on nothing that nobody can foretell.
func belowAbout(times []int64, end int64, about int) int {
	const off = 3
	first := max(about-off, 1)
	if about < 2 || first+2*off >= len(times) || times[first-1] >= end || times[first+2*off] < end {
		return below(times, end)
	}
	for _, t := range (*[2 * off]int64)(times[first:]) {
		if t < end {
			first++
		}
	}
	return first
}
