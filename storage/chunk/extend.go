package chunk

import (
	"math"
	"slices"

	"aion/storage/points"
)

// FullBelow is how many pages from the first one on are full and end below a time.
func (c *Chunk) FullBelow(until int64) int { return min(c.PagesBelow(0, until), c.n/PageSize) }

// Extends tells whether c may be extended at all, by what its directory tells.
func (c *Chunk) Extends() bool {
	return c.columns && c.flags&^flagMixed == flagSummaries|flagFields
}

// Extend encodes a chunk behind dst that has the first so many pages of c, all of them
// full, as they are and behind them the points of b, later ones of the same stored type.
// It is for numbers that do not expire, and false, with dst as it was, where a chunk is
// of few pages or where Append of all points might well be shorter.
func (c *Chunk) Extend(dst []byte, pages int, b *points.Block) (_ []byte, ok bool) {
	n, start := pages*PageSize+b.Len(), len(dst)
	if !c.Extends() || pages == 0 || b.Len() == 0 || n <= (columnsFrom-1)*PageSize || classOf(b) != c.class || !c.sum() {
		return dst, false
	}
	e := encoder{class: c.class, power: c.power, slope: c.slope, whole: true}
	if !e.suits(b.Times) {
		return dst, false
	}
	e.keep(c, pages)
	if e.summarize(b, pages); e.flags&flagSummaries == 0 {
		return dst, false
	}
	e.appendHead(n, slices.Index(powers[:], c.power), "", 0)
	out := append(dst, c.data[:c.pageEnd(pages-1)]...)
	if out = e.appendPages(out, start, b, pages); !e.whole {
		return out[:start], false
	}
	e.appendColumns(n)
	e.appendSummaries(versionColumns)
	return e.finish(out, start, versionColumns), true
}

// keep takes the first pages of c over, whose summaries are fields.
func (e *encoder) keep(c *Chunk, count int) {
	e.pages = make([]outline, count)
	f, data := &c.sums, c.data
	for i := range e.pages {
		low := f[fieldLow].of(data, i)
		s := scaledSums{low, f[fieldSpread].of(data, i), f[fieldHead].of(data, i), f[fieldTail].of(data, i),
			f[fieldTotal].of(data, i), f[fieldOff].of(data, i)}
		sum := math.Float64bits(float64(s.total+low*PageSize) / c.power)
		p := outline{first: c.pageFirst(i), last: c.pageLast(i), times: int(c.places[fieldTimes].of(data, i)), end: c.pageEnd(i),
			min: float64(low) / c.power, max: float64(low+s.spread) / c.power, sum: math.Float64frombits(sum + uint64(s.off)),
			whole: true, scaled: s}
		if p.sumAbs = math.Abs(p.sum); c.flags&flagMixed != 0 {
			p.sumAbs = math.Float64frombits(uint64(f[fieldAbs].of(data, i)))
		}
		e.pages[i] = p
	}
}

// suits tells whether the last page of the times is about as short by the slope that e
// has as by its own. Few times matter little, and fit any.
func (e *encoder) suits(times []int64) bool {
	v := times[max(0, len(times)-PageSize):]
	own := slope(v)
	if own == e.slope || len(v) < PageSize/2 {
		return true
	}
	size := func(slope int64) int {
		e.a.setDeltas(v)
		e.b.setFit(v, slope)
		return min(e.a.size, e.b.size)
	}
	most := size(own)
	return size(e.slope) <= most+most/16+2
}
