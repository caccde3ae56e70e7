package chunk

import (
	"math"

	"aion/storage/points"
)

// digest is the summary of a page as the chunk tells it. To divide all that it
// tells by the power of ten would take longer than to read it, and most of it is
// asked for of several pages together.
type digest struct {
	low, high, first, last int64 // scaled, or with plain the bits of doubles
	plain                  bool
	sum, abs               float64
}

// mostBrief is how many bytes of a summary in scaled form are looked at.
const mostBrief = 1 + 5*3 + briefBytes

// read reads the summary d of n points.
func (s *sums) read(r *reader, d *digest, n int) {
	var lower, high, first, last, total, off uint64
	long := true
	if at := r.at; r.left() >= mostBrief && r.data[at] == formScaled {
		lower, at = brief(r.data, at+1)
		high, at = brief(r.data, at)
		first, at = brief(r.data, at)
		last, at = brief(r.data, at)
		total, at = brief(r.data, at)
		off, at = brief(r.data, at)
		if long = (lower|high|first|last|total|off)&tooLong != 0; !long {
			r.at = at
		}
	}
	if long {
		switch r.octet() {
		case formPlain:
			s.readPlain(r, d)
			return
		case formScaled:
			lower, high, first, last, total, off = r.uvarint(), r.uvarint(), r.uvarint(), r.uvarint(), r.uvarint(), r.uvarint()
		default:
			r.fail()
		}
	}
	low := s.low + zigzag(lower)
	s.low = low
	d.plain, d.low, d.high, d.first, d.last = false, low, low+int64(high), low+int64(first), low+int64(last)
	sum := float64(int64(total)+low*int64(n)) / s.power
	d.sum = math.Float64frombits(math.Float64bits(sum) + uint64(zigzag(off)))
	if d.abs = math.Abs(d.sum); d.low < 0 && d.high > 0 {
		d.abs = math.Float64frombits(r.word())
	}
}

// readPlain reads the summary d in plain form.
func (s *sums) readPlain(r *reader, d *digest) {
	d.plain, d.low, d.high, d.first, d.last = true, int64(r.word()), int64(r.word()), int64(r.word()), int64(r.word())
	d.sum = math.Float64frombits(r.word())
	if d.abs = math.Abs(d.sum); d.value(d.low, 1) < 0 && d.value(d.high, 1) > 0 {
		d.abs = math.Float64frombits(r.word())
	}
}

// value is the double that v, one of d's own, stands for.
func (d *digest) value(v int64, power float64) float64 {
	if d.plain {
		return math.Float64frombits(uint64(v))
	}
	return float64(v) / power
}

// sum reads the pages' summaries when they are first asked for. It answers
// false if there are none.
func (c *Chunk) sum() bool {
	if c.summed || c.flags&flagSummaries == 0 {
		return c.summed
	}
	if c.flags&flagFields != 0 {
		if c.summed = c.columns && c.readSums(); !c.summed {
			c.flags &^= flagSummaries
		}
		return c.summed
	}
	r := reader{data: c.data[:len(c.data)-footSize], at: c.sumsAt}
	s := sums{power: c.power}
	c.digests, c.plain = lengthen(c.digests[:0], c.count), false
	for i := range c.digests {
		d := &c.digests[i]
		s.read(&r, d, c.pageLen(i))
		c.plain = c.plain || d.plain
	}
	if r.bad || r.left() != 0 {
		c.flags &^= flagSummaries
		return false
	}
	c.summed = true
	return true
}

// PageSummary is the summary of page i; its Sum is added in time order. ok is
// false unless the chunk holds numbers, all of them finite and none null.
func (c *Chunk) PageSummary(i int) (s points.Summary, ok bool) { return c.PagesSummary(i, i+1) }

// Summary is the summary of all points; its Sum and SumAbs are those of the
// pages, added in their order. ok is as for PageSummary.
func (c *Chunk) Summary() (s points.Summary, ok bool) {
	return c.PagesSummary(0, c.count)
}

// PagesSummary is the summary of the pages [from, to), as Summary is that of
// all; ok is false where there is none.
func (c *Chunk) PagesSummary(from, to int) (s points.Summary, ok bool) {
	if from >= to || !c.sum() {
		return points.Summary{}, false
	}
	s.Count = int64(min(to*PageSize, c.n) - from*PageSize)
	s.FirstAt, s.LastAt = c.pageFirst(from), c.pageLast(to-1)
	if c.flags&flagFields != 0 {
		c.addFields(&s, from, to)
	} else {
		c.addDigests(&s, c.digests[from:to])
	}
	return s, true
}

// addDigests adds to s what the digests of pages tell: sums, extremes, and the first
// and the last value.
func (c *Chunk) addDigests(s *points.Summary, all []digest) {
	head, tail := &all[0], &all[len(all)-1]
	s.First, s.Last = head.value(head.first, c.power), tail.value(tail.last, c.power)
	if s.Ints = c.class == classLongs; s.Ints {
		s.FirstInt, s.LastInt = head.first, tail.last
	}
	s.Sum, s.SumAbs = head.sum, head.abs
	low, high := head.low, head.high
	for i := range all[1:] {
		d := &all[1+i]
		s.Sum, s.SumAbs = s.Sum+d.sum, s.SumAbs+d.abs
		low, high = min(low, d.low), max(high, d.high)
	}
	if s.Min, s.Max = head.value(low, c.power), head.value(high, c.power); c.plain {
		s.Min, s.Max = c.extremes(all)
	}
}

// extremes are the smallest and the largest double of pages some of which may be
// plain.
func (c *Chunk) extremes(all []digest) (low, high float64) {
	low, high = all[0].value(all[0].low, c.power), all[0].value(all[0].high, c.power)
	for i := range all[1:] {
		d := &all[1+i]
		low, high = min(low, d.value(d.low, c.power)), max(high, d.value(d.high, c.power))
	}
	return low, high
}
