package chunk

import (
	"encoding/binary"
	"math"
	"math/bits"

	"aion/storage/points"
)

// RunsWriter puts the runs of several series into columns. Its memory is used again.
type RunsWriter struct {
	rows    [64]row
	times   []int64 // of all runs that may have columns, one behind the other
	values  []int64 // longs, or the bits of doubles
	scaled  []int64 // doubles as integers
	expires []int64 // zeros where a run's points do not expire
	taken   uint64  // by bits, which rows have been taken
	power   int     // the power of ten by which they are scaled
	fields  [partFields][]uint64
}

// row is a run on its way into columns.
type row struct {
	kind     byte // partNone: it has no columns
	whole    bool // its doubles have been scaled
	from, to int  // its points
}

// Reset forgets what has been taken.
func (w *RunsWriter) Reset() {
	w.times, w.values, w.expires, w.taken = w.times[:0], w.values[:0], w.expires[:0], 0
}

// Take takes the points of run i of those of the next Append, which then does not look
// at what AppendRun has made of them. Kinds and expires are as for AppendRun.
func (w *RunsWriter) Take(i int, b *points.Block, expires []int64) {
	x := row{from: len(w.times), to: len(w.times) + b.Len()}
	if b.Len() == 0 || b.Len() > runPoints {
		return
	}
	switch classOf(b) {
	case classDoubles:
		x.kind = partDoubles
		for _, v := range b.Floats {
			w.values = append(w.values, int64(math.Float64bits(v)))
		}
	case classLongs:
		x.kind = partLongs
		w.values = append(w.values, b.Ints...)
	default:
		return
	}
	w.times = append(w.times, b.Times...)
	if soonest(expires) != 0 {
		x.kind |= partExpiring
		w.expires = append(w.expires, expires...)
	} else {
		w.expires = zeros(w.expires, x.to)
	}
	w.rows[i], w.taken = x, w.taken|1<<i
}

// Append puts runs, which slots tells by bits, in their order, into columns behind
// dst, as far as that is worth it, and answers which ones are not there. What is
// appended is nothing if that is all of them. The runs are as AppendRun makes them.
func (w *RunsWriter) Append(dst []byte, slots uint64, runs [][]byte) (out []byte, left uint64) {
	defer w.Reset()
	for i, run := range runs {
		if w.taken>>i&1 == 0 {
			w.rows[i] = w.parse(run)
		}
	}
	w.scale(len(runs))
	var masks [partKinds]uint64
	for i, rest := 0, slots; i < len(runs); i, rest = i+1, rest&(rest-1) {
		if kind := w.rows[i].kind; kind != partNone {
			masks[kind] |= rest & -rest
		}
	}
	left = slots
	for kind, mask := range masks {
		if bits.OnesCount64(mask) < partFrom {
			continue
		}
		if part, ok := w.part(dst, byte(kind), mask, left, len(runs)); ok {
			dst, left = part, left&^mask
		}
	}
	if left != 0 && left != slots {
		dst = append(dst, partNone)
	}
	return dst, left
}

// parse takes the points of a run, if they can have columns.
func (w *RunsWriter) parse(run []byte) row {
	none, from := row{kind: partNone}, len(w.times)
	if len(run) == 0 {
		return none
	}
	r := reader{data: run}
	x := row{kind: partLongs, from: from}
	switch run[0] &^ flagExpiring {
	case runVersion | classDoubles:
		x.kind = partDoubles
	case runVersion | classLongs:
	default:
		return none
	}
	_, expiring, n, _ := r.runHead()
	if r.bad || n == 0 || n > runPoints {
		return none
	}
	w.times = r.differences(w.times, n)
	if x.kind == partLongs {
		w.values = r.differences(w.values, n)
	} else {
		for range n {
			w.values = append(w.values, int64(r.word()))
		}
	}
	if expiring {
		x.kind |= partExpiring
		w.expires = r.differences(w.expires, n)
	} else {
		w.expires = zeros(w.expires, from+n)
	}
	if x.to = from + n; r.bad || r.left() != 0 {
		w.times, w.values, w.expires = w.times[:from], w.values[:from], w.expires[:from]
		return none
	}
	return x
}

// differences reads n numbers, told as differences, behind dst.
func (r *reader) differences(dst []int64, n int) []int64 {
	v := int64(0)
	for range n {
		v += r.varint()
		dst = append(dst, v)
	}
	return dst
}

// scale finds out which of the first n runs are decimals, and scales them.
func (w *RunsWriter) scale(n int) {
	w.scaled = append(w.scaled[:0], w.values...)
	settled, ok := w.exponent(n)
	if !ok {
		return
	}
	for i := range w.rows[:n] {
		x := &w.rows[i]
		if x.kind&^partExpiring != partDoubles {
			continue
		}
		if i < settled { // it has been scaled by a lower power
			x.whole = true
			for k := x.from; k < x.to && x.whole; k++ {
				w.scaled[k], x.whole = scaled(math.Float64frombits(uint64(w.values[k])), powers[w.power])
			}
		}
		if x.whole {
			x.kind -= partDoubles - partDecimals
		}
	}
}

// exponent chooses the least power of ten that makes integers of all doubles of the
// first n runs but for a few, if there is one. The runs from settled on are scaled by it.
func (w *RunsWriter) exponent(n int) (settled int, ok bool) {
	odd := partFrom + len(w.values)/16
	w.power = 0
	for i := range w.rows[:n] {
		x := &w.rows[i]
		if x.kind&^partExpiring != partDoubles {
			continue
		}
		x.whole = true
		for k := x.from; k < x.to; k++ {
			power, v := w.leastPower(math.Float64frombits(uint64(w.values[k])))
			switch {
			case power == len(powers):
				if odd--; odd < 0 {
					return 0, false
				}
				x.whole = false
			case power != w.power:
				w.power, settled = power, i+1
			default:
				w.scaled[k] = v
			}
		}
	}
	return settled, true
}

// leastPower is the least power of ten, from the present one on, that makes an integer
// of a double, and that integer; len(powers): there is none.
func (w *RunsWriter) leastPower(v float64) (power int, n int64) {
	for k := w.power; k < len(powers); k++ {
		if n, ok := scaled(v, powers[k]); ok {
			return k, n
		}
	}
	return len(powers), 0
}

// part writes the runs of a kind among the first n, which mask tells by bits, behind
// dst; left are the runs that have no columns yet. Not ok: they do not fit.
func (w *RunsWriter) part(dst []byte, kind byte, mask, left uint64, n int) (out []byte, ok bool) {
	head, start := kind, len(dst)
	if mask != left {
		head |= partSome
	}
	shift := w.collect(kind, bits.OnesCount64(mask), n)
	if len(w.fields[partTimeStep]) != 0 {
		head |= partSeveral
	}
	dst = append(dst, head, 0, 0)
	if mask != left {
		dst = binary.LittleEndian.AppendUint64(dst, mask)
	}
	begin := len(dst)
	switch kind & partKind {
	case partDecimals:
		dst = append(dst, byte(w.power))
	case partDoubles:
		dst = append(dst, shift)
	}
	dst = w.appendFields(dst, head)
	size := len(dst) - begin
	if size >= 1<<16 {
		return dst[:start], false
	}
	binary.LittleEndian.PutUint16(dst[start+1:], uint16(size))
	return dst, true
}

// collect fills the fields with what the runs of a kind have, which are so many among the
// first n, and answers by how many bits their doubles are shifted.
func (w *RunsWriter) collect(kind byte, of, n int) (shift byte) {
	for i := range w.fields {
		w.fields[i] = w.fields[i][:0]
	}
	values := w.values
	switch kind & partKind {
	case partDecimals:
		values = w.scaled
	case partDoubles:
		shift = w.zeros(kind, n)
	}
	if of == len(w.times) { // all that is there is of the kind, a point each
		w.singles(kind, values, shift, n)
		return shift
	}
	for _, x := range w.rows[:n] {
		if x.kind != kind {
			continue
		}
		w.fields[partCount] = append(w.fields[partCount], uint64(x.to-x.from-1))
		w.steps(partTime, w.times[x.from:x.to], 0)
		w.steps(partValue, values[x.from:x.to], shift)
		if kind&partExpiring != 0 {
			w.steps(partExpiry, w.expires[x.from:x.to], 0)
		}
	}
	return shift
}

// singles is collect of runs of a point each.
func (w *RunsWriter) singles(kind byte, values []int64, shift byte, n int) {
	times, firsts, expiries := w.fields[partTime], w.fields[partValue], w.fields[partExpiry]
	for i := range w.rows[:n] {
		x := &w.rows[i]
		if x.kind != kind {
			continue
		}
		times = append(times, uint64(w.times[x.from]))
		firsts = append(firsts, uint64(values[x.from])>>shift)
		if kind&partExpiring != 0 {
			expiries = append(expiries, uint64(w.expires[x.from]))
		}
	}
	w.fields[partTime], w.fields[partValue], w.fields[partExpiry] = times, firsts, expiries
}

// zeros is how many bits all doubles of that kind among the first n runs end with
// that are zeros.
func (w *RunsWriter) zeros(kind byte, n int) byte {
	var all int64
	for _, x := range w.rows[:n] {
		if x.kind != kind {
			continue
		}
		for _, v := range w.values[x.from:x.to] {
			all |= v
		}
	}
	return byte(bits.TrailingZeros64(uint64(all)) & 63)
}

// steps adds numbers, shifted, to a field: the first one, and to the next field how
// far each is from the one before.
func (w *RunsWriter) steps(f int, v []int64, shift byte) {
	last := uint64(v[0]) >> shift
	w.fields[f] = append(w.fields[f], last)
	for _, x := range v[1:] {
		u := uint64(x) >> shift
		w.fields[f+1] = append(w.fields[f+1], u-last)
		last = u
	}
}

// appendFields writes the fields that a part with that head has: width and base of
// each, then the numbers of each.
func (w *RunsWriter) appendFields(dst []byte, head byte) []byte {
	var widths [partFields]int
	for f, v := range w.fields {
		if hasField(head, f) {
			low, width := spread(v)
			widths[f] = width
			dst = binary.AppendVarint(append(dst, byte(width)), low)
		}
	}
	for f, v := range w.fields {
		if hasField(head, f) {
			dst = pack(dst, v, widths[f])
		}
	}
	return dst
}
