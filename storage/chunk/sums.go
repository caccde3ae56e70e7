package chunk

import (
	"math"

	"aion/storage/points"
)

// scaledSums is the summary of a page as integers scaled by the chunk's power of
// ten: the smallest, what lies above it of the largest, of the first and of the last
// and of all together, and how far from their sum's quotient the sum of the doubles
// is.
type scaledSums struct {
	low, spread, head, tail, total, off int64
}

// scaledOf is the summary p of points whose values are v/power.
func (p *outline) scaledOf(v []int64, power float64) scaledSums {
	low, high, total := v[0], v[0], int64(0)
	for _, x := range v {
		low, high = min(low, x), max(high, x)
		total += x
	}
	return scaledSums{low: low, spread: high - low, head: v[0] - low, tail: v[len(v)-1] - low,
		total: total - low*int64(len(v)), off: int64(math.Float64bits(p.sum) - math.Float64bits(float64(total)/power))}
}

// mixed tells whether the sum of the page does not tell that of the absolutes.
func (p *outline) mixed() bool { return p.min < 0 && p.max > 0 }

// appendSums writes the summaries of pages all of which are scaled as fields, and
// sets the flags that say so.
func (e *encoder) appendSums() {
	f := e.room()
	e.flags |= flagFields
	for i := range e.pages {
		p := &e.pages[i]
		s := &p.scaled
		f[fieldLow][i], f[fieldSpread][i], f[fieldHead][i] = uint64(s.low), uint64(s.spread), uint64(s.head)
		f[fieldTail][i], f[fieldTotal][i], f[fieldOff][i] = uint64(s.tail), uint64(s.total), uint64(s.off)
		if f[fieldAbs][i] = math.Float64bits(p.sumAbs); p.mixed() {
			e.flags |= flagMixed
		}
	}
	kept := sumFields
	if e.flags&flagMixed == 0 {
		kept = fieldAbs
	}
	e.summaries = appendFields(make([]byte, 0, 64+16*len(e.pages)), f[:kept])
}

// readSums finds the fields of the summaries, and answers false if there are none.
func (c *Chunk) readSums() bool {
	r := reader{data: c.data[:len(c.data)-footSize], at: c.sumsAt}
	kept := sumFields
	if c.flags&flagMixed == 0 {
		kept = fieldAbs
	}
	r.fields(c.sums[:kept], c.count)
	return !r.bad && r.left() == 0
}

// addFields adds to s what the fields tell of the pages [from, to): sums, extremes,
// and the first and the last value.
func (c *Chunk) addFields(s *points.Summary, from, to int) {
	f, data := &c.sums, c.data
	low, high := f[fieldLow].of(data, from), f[fieldLow].of(data, to-1)
	first, last := low+f[fieldHead].of(data, from), high+f[fieldTail].of(data, to-1)
	s.First, s.Last = float64(first)/c.power, float64(last)/c.power
	if s.Ints = c.class == classLongs; s.Ints {
		s.FirstInt, s.LastInt = first, last
	}
	t := tally{low: low, high: low + f[fieldSpread].of(data, from), sum: nothing, abs: nothing}
	for at := from &^ 7; at < to; at += groupSize {
		c.addGroup(&t, at, max(from, at), min(to, at+groupSize))
	}
	s.Min, s.Max = float64(t.low)/c.power, float64(t.high)/c.power
	s.Sum, s.SumAbs = t.sum, t.abs
}

// tally is what pages come to together: extremes, scaled, and sums.
type tally struct {
	low, high int64
	sum, abs  float64
}

// nothing is -0.0, which leaves all that is added to it as it is, to the bit.
var nothing = math.Copysign(0, -1)

// groupSize is of how many pages fields are unpacked at once, a multiple of eight so
// that those of each group begin with a byte.
const groupSize = PageSize / 4

// addGroup adds the pages [from, to) of the group that begins at page at.
func (c *Chunk) addGroup(t *tally, at, from, to int) {
	data, f, n := c.data, &c.sums, to-at
	lows, low := f[fieldLow].unpack(c.scratch[:n], data, at)
	spreads, spread := f[fieldSpread].unpack(c.scratch[groupSize:groupSize+n], data, at)
	totals, total := f[fieldTotal].unpack(c.scratch[2*groupSize:2*groupSize+n], data, at)
	offs, off := f[fieldOff].unpack(c.scratch[3*groupSize:3*groupSize+n], data, at)
	if to*PageSize > c.n { // the last page is not full
		totals[n-1] -= (lows[n-1] + low) * int64(to*PageSize-c.n)
	}
	smallest, largest, sum, abs := t.low, t.high, t.sum, t.abs
	for i := from - at; i < n; i++ {
		v := lows[i] + low
		smallest, largest = min(smallest, v), max(largest, v+spreads[i]+spread)
		quotient := float64(totals[i]+total+v*PageSize) / c.power
		page := math.Float64frombits(math.Float64bits(quotient) + uint64(offs[i]+off))
		sum, abs = sum+page, abs+math.Abs(page)
	}
	if c.flags&flagMixed != 0 {
		abs = t.abs
		for i := from; i < to; i++ {
			abs += math.Float64frombits(uint64(f[fieldAbs].of(data, i)))
		}
	}
	*t = tally{smallest, largest, sum, abs}
}
