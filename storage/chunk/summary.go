package chunk

import (
	"encoding/binary"
	"math"
)

// page is what a chunk's directory tells of a page.
type page struct {
	first, last   int64 // times
	times, values int   // where the columns begin
	end           int   // where the values end
}

// outline is a page that is written: its times, and the summary of its numbers.
type outline struct {
	first, last           int64
	min, max, sum, sumAbs float64
	firstValue, lastValue float64
	times, end            int        // how long its times are, and where it ends in the chunk
	whole                 bool       // all its values are scaled
	scaled                scaledSums // if they are
}

// setSums takes the summary of v; its order of doubles, Go's min and max, is
// Java's. ok is false if
// one of v, or their sum, is no finite number.
func (p *outline) setSums(v []float64) (ok bool) {
	low, high, sum, abs := v[0], v[0], 0.0, 0.0
	for _, x := range v {
		low, high = min(low, x), max(high, x)
		sum += x
		abs += math.Abs(x)
	}
	p.min, p.max, p.sum, p.sumAbs = low, high, sum, abs
	p.firstValue, p.lastValue = v[0], v[len(v)-1]
	return abs < math.Inf(1)
}

// The forms of a page's summary.
const (
	formPlain  = 0 // min, max, first, last, sum as words; the sum of absolutes where signs are mixed
	formScaled = 1 // the same as integers scaled by the chunk's power of ten
)

// sums writes or reads the summaries of a chunk's pages in their order.
type sums struct {
	power float64
	low   int64 // smallest scaled integer of the page before
}

// appendSummaries writes the summaries, if there are any: as fields where the
// directory is one of columns and all pages are scaled, or else as rows.
func (e *encoder) appendSummaries(version byte) {
	switch {
	case e.flags&flagSummaries == 0:
		return
	case e.whole && version == versionColumns:
		e.appendSums()
		return
	}
	s := sums{power: e.power}
	e.summaries = make([]byte, 0, 24*len(e.pages))
	for i := range e.pages {
		if p := &e.pages[i]; p.whole {
			e.summaries = s.appendScaled(e.summaries, p)
		} else {
			e.summaries = s.appendPlain(e.summaries, p)
		}
	}
}

// appendPlain writes the summary p.
func (s *sums) appendPlain(dst []byte, p *outline) []byte {
	dst = append(dst, formPlain)
	for _, v := range [...]float64{p.min, p.max, p.firstValue, p.lastValue, p.sum} {
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
	}
	return p.appendAbs(dst)
}

// appendScaled writes the summary p of points all of which are scaled.
func (s *sums) appendScaled(dst []byte, p *outline) []byte {
	v := &p.scaled
	dst = append(dst, formScaled)
	dst = binary.AppendVarint(dst, v.low-s.low)
	for _, above := range [...]int64{v.spread, v.head, v.tail, v.total} {
		dst = binary.AppendUvarint(dst, uint64(above))
	}
	dst = binary.AppendVarint(dst, v.off)
	s.low = v.low
	return p.appendAbs(dst)
}

// appendAbs writes the sum of absolutes where the sum does not tell it.
func (p *outline) appendAbs(dst []byte) []byte {
	if !p.mixed() {
		return dst
	}
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(p.sumAbs))
}
