package chunk

import (
	"fmt"

	"aion/storage/points"
)

// Check compares what the directory tells of each page, its times and its summary,
// with b, all points of the chunk as they are decoded. The error is an ErrCorrupt.
func (c *Chunk) Check(b *points.Block) error {
	if b.Len() != c.n {
		return fmt.Errorf("check %d points of a chunk of %d: %w", b.Len(), c.n, points.ErrCorrupt)
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
	return s.Min == p.min && s.Max == p.max && s.First == p.firstValue && s.Last == p.lastValue &&
		s.Sum == p.sum && s.SumAbs == p.sumAbs
}
