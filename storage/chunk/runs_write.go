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

// Reset forgets what has been taken. It is called between two Appends.
func (w *RunsWriter) Reset() {
	w.times, w.values, w.expires, w.taken = w.times[:0], w.values[:0], w.expires[:0], 0
}

// Take takes the points of run i of those of the next Append, which then does not look
// at what AppendRun makes of them, and answers whether they can have columns: others are
// not taken. Kinds and expires are as for AppendRun.
func (w *RunsWriter) Take(i int, b *points.Block, expires []int64) bool {
	x := row{from: len(w.times), to: len(w.times) + b.Len()}
	if b.Len() == 0 || b.Len() > runPoints {
		return false
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
		return false
	}
	w.times = append(w.times, b.Times...)
	if soonest(expires) != 0 {
		x.kind |= partExpiring
		w.expires = append(w.expires, expires...)
	} else {
		w.expires = zeros(w.expires, x.to)
	}
	w.rows[i], w.taken = x, w.taken|1<<i
	return true
}

// AppendTaken is AppendRun of run i, which has been taken. It may be called until Reset.
func (w *RunsWriter) AppendTaken(dst []byte, i int) []byte {
	x := &w.rows[i]
	head, values := byte(runVersion|classDoubles), w.values[x.from:x.to]
	if x.kind&^partExpiring == partLongs {
		head = runVersion | classLongs
	}
	if x.kind&partExpiring != 0 {
		head |= flagExpiring
	}
	dst = binary.AppendUvarint(append(dst, head), uint64(x.to-x.from))
	dst = appendDifferences(dst, w.times[x.from:x.to])
	if x.kind&^partExpiring == partLongs {
		dst = appendDifferences(dst, values)
	} else {
		for _, v := range values {
			dst = binary.LittleEndian.AppendUint64(dst, uint64(v))
		}
	}
	if x.kind&partExpiring != 0 {
		dst = appendDifferences(dst, w.expires[x.from:x.to])
	}
	return dst
}

// Append puts runs, which slots tells by bits, in their order, into columns behind
// dst, as far as that is worth it, and answers which ones are not there. What is
// appended is nothing if that is all of them. The runs are as AppendRun makes them.
func (w *RunsWriter) Append(dst []byte, slots uint64, runs [][]byte) (out []byte, left uint64) {
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
