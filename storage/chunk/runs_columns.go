package chunk

import (
	"encoding/binary"
	"math/bits"
)

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
