package encode

import (
	"context"
	"slices"

	"aion/query"
	"aion/storage/points"
)

// maxStamp is more than a time takes with what comes before it.
const maxStamp = 2*maxHead + 16

// lines writes a line for each point: what all begin with, the time, the middle,
// the value and the end.
type lines struct {
	writer
	epochWriter
	*wallWriter // nil: times are milliseconds
	doubleWriter
	middle []byte // between time and value: what the lines of a result have in common
	end    [2]byte
	null   string // a value that is missing
	other  func(dst []byte, b *points.Block, i int) []byte
	block  points.Block
}

// newLines makes a writer of lines that begin with a text before the time.
func newLines(t *Table, before string) *lines {
	l := &lines{epochWriter: epochWriter{before: before}, doubleWriter: doubleWriter{places: 2}}
	if t.Zone != nil {
		l.wallWriter = &wallWriter{before: before, zone: t.Zone}
	}
	return l
}

// result writes the points of a result.
func (l *lines) result(ctx context.Context, r *query.Result) error {
	return blocks(ctx, r.Points, &l.block, func(b *points.Block) error {
		for from := 0; from < b.Len(); from += stride {
			l.append(b, from, min(from+stride, b.Len()))
			if err := l.pass(); err != nil {
				return err
			}
		}
		return nil
	})
}

// append adds lines for the points [from, to) of b.
func (l *lines) append(b *points.Block, from, to int) {
	if b.Kind != points.Number {
		for i := from; i < to; i++ {
			l.text = l.appendStamp(l.text, b.Times[i])
			l.text = append(l.text, l.middle...)
			l.text = append(l.other(l.text, b, i), l.end[:]...)
		}
		return
	}
	l.text = slices.Grow(l.text, (to-from)*(maxStamp+len(l.middle)+maxNumber+len(l.end)))
	n, room := len(l.text), l.text[:cap(l.text)]
	switch {
	case len(b.Nulls) == 0 && len(b.Ints) == 0:
		n = l.doubles(room, n, b.Times[from:to], b.Floats[from:to])
	case len(b.Nulls) == 0 && len(b.IsInt) == 0:
		n = l.ints(room, n, b.Times[from:to], b.Ints[from:to])
	default:
		n = l.mixed(room, n, b, from, to)
	}
	l.text = l.text[:n]
}

// stamp writes what comes up to the value to p from i on and tells where it
// ends.
func (l *lines) stamp(p []byte, i int, at int64) int {
	if l.wallWriter != nil {
		i = l.wall(p, i, at)
	} else {
		i = l.epoch(p, i, at)
	}
	return i + copy(p[i:], l.middle)
}

// close writes what ends a line to p from i on and tells where it ends.
func (l *lines) close(p []byte, i int) int {
	p[i], p[i+1] = l.end[0], l.end[1]
	return i + len(l.end)
}

// appendStamp adds a time with what comes before it.
func (l *lines) appendStamp(dst []byte, at int64) []byte {
	n := len(dst)
	p := slices.Grow(dst, maxStamp)[:n+maxStamp]
	if l.wallWriter != nil {
		return p[:l.wall(p, n, at)]
	}
	return p[:l.epoch(p, n, at)]
}

// doubles writes lines of doubles.
func (l *lines) doubles(p []byte, i int, times []int64, v []float64) int {
	for k := 0; k < len(times); {
		if l.few() {
			i = l.number(p, l.stamp(p, i, times[k]), v[k])
			i = l.close(p, i)
			k++
			continue
		}
		to := min(k+longFor, len(times))
		i = l.spelled(p, i, times[k:to], v[k:to])
		k = to
	}
	return i
}

// spelled is doubles for up to longFor points that are likely to have more than two
// decimal places.
func (l *lines) spelled(p []byte, i int, times []int64, v []float64) int {
	var of [longFor]spelling
	l.spell(&of, v)
	v = v[:len(times)]
	for k, at := range times {
		i = l.stamp(p, i, at)
		if t := &of[k&(longFor-1)]; t.length == 0 {
			i = l.number(p, i, v[k])
		} else {
			i += int(t.put((*[maxSpelled]byte)(p[i:]), v[k]))
		}
		i = l.close(p, i)
	}
	return i
}

// ints writes lines of integers.
func (l *lines) ints(p []byte, i int, times, v []int64) int {
	v = v[:len(times)]
	for k, at := range times {
		i = l.stamp(p, i, at)
		i += putInt(p[i:], v[k])
		i = l.close(p, i)
	}
	return i
}

// mixed writes lines of which some have integers, doubles or nothing.
func (l *lines) mixed(p []byte, i int, b *points.Block, from, to int) int {
	for k := from; k < to; k++ {
		i = l.stamp(p, i, b.Times[k])
		switch {
		case b.Null(k):
			i += copy(p[i:], l.null)
		case b.Int(k):
			i += putInt(p[i:], b.Ints[k])
		default:
			i = l.number(p, i, b.Floats[k])
		}
		i = l.close(p, i)
	}
	return i
}

// appendValue adds the value of one point.
func (l *lines) appendValue(dst []byte, b *points.Block, i int) []byte {
	if b.Kind != points.Number {
		return l.other(dst, b, i)
	}
	n := len(dst)
	p := slices.Grow(dst, maxNumber)[:n+maxNumber]
	switch {
	case b.Null(i):
		n += copy(p[n:], l.null)
	case b.Int(i):
		n += putInt(p[n:], b.Ints[i])
	default:
		n = l.number(p, n, b.Floats[i])
	}
	return p[:n]
}

// number writes v, or what is missing where it is no number.
func (l *lines) number(p []byte, i int, v float64) int {
	if v-v != 0 {
		return i + copy(p[i:], l.null)
	}
	return l.double(p, i, v)
}
