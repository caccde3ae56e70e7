package chunk

import (
	"fmt"
	"math"

	"aion/storage/points"
)

// Check compares what the directory tells of each page, its times and its summary to
// the bit, and when the first point expires, with b, all points of the chunk as they
// are decoded, and with when each expires. The error is an ErrCorrupt.
func (c *Chunk) Check(b *points.Block, expires []int64) error {
	if b.Len() != c.n {
		return fmt.Errorf("check %d points of a chunk of %d: %w", b.Len(), c.n, points.ErrCorrupt)
	}
	if soonest(expires) != c.earliest {
		return fmt.Errorf("check earliest expiry of chunk: %w", points.ErrCorrupt)
	}
	if c.flags&flagSummaries != 0 && !c.sum() {
		return fmt.Errorf("parse summaries of chunk: %w", points.ErrCorrupt)
	}
	for i := range c.count {
		from, to := i*PageSize, min((i+1)*PageSize, c.n)
		if c.pageFirst(i) != b.Times[from] || c.pageLast(i) != b.Times[to-1] {
			return fmt.Errorf("check times of page %d of chunk: %w", i, points.ErrCorrupt)
		}
		v := b.Slice(from, to)
		if s, ok := c.PageSummary(i); ok && !agree(&v, &s) {
			return fmt.Errorf("check summary of page %d of chunk: %w", i, points.ErrCorrupt)
		}
	}
	return nil
}

// agree tells whether s is the summary of the numbers in b.
func agree(b *points.Block, s *points.Summary) bool {
	var p outline
	n := b.Len() - 1
	switch {
	case !p.setSums(b.Floats) || s.Ints != b.Int(0):
		return false
	case s.Ints && (s.FirstInt != b.Ints[0] || s.LastInt != b.Ints[n]):
		return false
	}
	return same(s.Min, p.min) && same(s.Max, p.max) && same(s.First, p.firstValue) && same(s.Last, p.lastValue) &&
		same(s.Sum, p.sum) && same(s.SumAbs, p.sumAbs)
}

// same tells whether two doubles are the same to the bit, so that zeros of either
// sign differ.
func same(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }
