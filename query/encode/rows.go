package encode

import (
	"encoding/binary"
	"slices"
	"time"

	"aion/storage/points"
)

// The bytes that are written in one piece: up to the value, between time and value,
// and behind the value.
const (
	maxFront   = 64
	maxBetween = 16
	maxBehind  = 8
)

// maxRow is more than a row takes.
const maxRow = maxFront + maxBetween + maxNumber + maxBehind

// aMinute is how many milliseconds a minute has.
const aMinute = 60_000

// Rows writes points as rows: what stands before each, its time, what stands
// between, its value, what stands behind, and a comma between rows. A time is that
// of ISO 8601 in UTC to the millisecond, with a Z behind it. What a Rows writes is
// not changed after its first row, and it serves one goroutine at a time.
type Rows struct {
	Before  string // at most 16 bytes
	Between string // at most 15 bytes
	Behind  string // at most 7 bytes
	Short   bool   // the fraction of a second has no zeros at its end, and none no point

	// Year adds a year before 0 or behind 9999, in at most 12 bytes; nil: as CSV
	// has it.
	Year func(dst []byte, year int) []byte

	day     int64          // where the day of the last time begins
	minute  int64          // and its minute
	front   [maxFront]byte // a row of the minute's first millisecond up to the value
	date    int            // how much of front is before the time of day; 0: no time was written
	value   int            // how much of front counts
	between [maxBetween]byte
	behind  [maxBehind]byte
	ending  int // how much of behind counts, the comma too
	doubleWriter
}

// AppendNumbers adds the points of b, which are numbers, with nothing before the
// first row and behind the last. Values are as AppendValues writes them.
func (r *Rows) AppendNumbers(dst []byte, b *points.Block) []byte {
	doubles := len(b.Ints) == 0 && len(b.Nulls) == 0
	for from := 0; from < b.Len(); from += stride {
		to := min(from+stride, b.Len())
		dst = slices.Grow(dst, stride*maxRow)
		n, room := len(dst), dst[:cap(dst)]
		if doubles {
			n = r.doubles(room, n, b.Times[from:to], b.Floats[from:to])
		} else {
			n = r.mixed(room, n, b, from, to)
		}
		dst = dst[:n]
	}
	if n := len(dst); b.Len() > 0 {
		return dst[:n-1]
	}
	return dst
}

// AppendTime adds what stands up to a value at a time.
func (r *Rows) AppendTime(dst []byte, at int64) []byte {
	n := len(dst)
	p := slices.Grow(dst, maxRow)[:n+maxRow]
	return p[:r.time(p, n, at)]
}

// doubles writes rows of doubles, each with a comma behind it.
func (r *Rows) doubles(p []byte, i int, times []int64, v []float64) int {
	for k := 0; k < len(times); {
		if r.few() {
			i = r.double(p, r.time(p, i, times[k]), v[k])
			*(*[maxBehind]byte)(p[i:]) = r.behind
			i += r.ending
			k++
			continue
		}
		to := min(k+longFor, len(times))
		i = r.spelled(p, i, times[k:to], v[k:to])
		k = to
	}
	return i
}

// spelled is doubles for up to longFor points that are likely to have more than two
// decimal places.
func (r *Rows) spelled(p []byte, i int, times []int64, v []float64) int {
	var of [longFor]spelling
	r.spell(&of, v)
	v = v[:len(times)]
	for k, at := range times {
		i = r.time(p, i, at)
		if t := &of[k&(longFor-1)]; t.length == 0 {
			i = r.double(p, i, v[k])
		} else {
			i += int(t.put((*[maxSpelled]byte)(p[i:]), v[k]))
		}
		*(*[maxBehind]byte)(p[i:]) = r.behind
		i += r.ending
	}
	return i
}

// mixed writes rows of which some are integers, doubles or null.
func (r *Rows) mixed(p []byte, i int, b *points.Block, from, to int) int {
	for k := from; k < to; k++ {
		i = r.time(p, i, b.Times[k])
		i = r.number(p, i, b, k)
		*(*[maxBehind]byte)(p[i:]) = r.behind
		i += r.ending
	}
	return i
}

// time writes what stands up to a value to p, which has room for maxRow bytes, from
// i on and tells where it ends.
func (r *Rows) time(p []byte, i int, at int64) int {
	below := uint64(at - r.minute)
	if below >= aMinute || r.date == 0 {
		r.begin(at)
		below = uint64(at - r.minute)
	}
	*(*[maxFront]byte)(p[i:]) = r.front
	seconds := uint32(below) / 1000
	thousandths := uint32(below) - seconds*1000
	second := i + r.date + len("00:00:")
	binary.LittleEndian.PutUint16(p[second:], pairs[seconds])
	switch {
	case !r.Short:
		putThousandths(p[second+3:], thousandths)
	case thousandths != 0:
		return r.fraction(p, second+2, thousandths)
	}
	return i + r.value
}

// fraction writes thousandths of a second without the zeros at their end, and what
// stands between the time and the value, to p from i on and tells where it ends.
func (r *Rows) fraction(p []byte, i int, thousandths uint32) int {
	p[i] = '.'
	putThousandths(p[i+1:], thousandths)
	switch {
	case thousandths%10 != 0:
		i += len(".000")
	case thousandths%100 != 0:
		i += len(".00")
	default:
		i += len(".0")
	}
	*(*[maxBetween]byte)(p[i:]) = r.between
	return i + len("Z") + len(r.Between)
}

// putThousandths writes the three digits of thousandths to p.
func putThousandths(p []byte, thousandths uint32) {
	tenths := thousandths / 10
	p[2] = byte('0' + thousandths - tenths*10)
	binary.LittleEndian.PutUint16(p, pairs[tenths])
}

// begin remembers what the rows of a minute have in common.
func (r *Rows) begin(at int64) {
	if below := uint64(at - r.day); below >= aDay || r.date == 0 {
		r.beginDay(at)
	}
	minutes := uint64(at-r.day) / aMinute
	r.minute = r.day + int64(minutes)*aMinute
	clock := r.front[r.date:]
	binary.LittleEndian.PutUint16(clock, pairs[minutes/60])
	binary.LittleEndian.PutUint16(clock[3:], pairs[minutes%60])
}

// beginDay remembers what the rows of a day have in common.
func (r *Rows) beginDay(at int64) {
	r.day = at - (at%aDay+aDay)%aDay
	t := time.UnixMilli(at).UTC()
	front := append(r.front[:0], r.Before...)
	if year := t.Year(); r.Year != nil && (year < 0 || year > 9999) {
		front = t.AppendFormat(r.Year(front, year), "-01-02T")
	} else {
		front = appendDate(front, t)
	}
	r.date = len(front)
	if front = append(front, "00:00:00"...); !r.Short {
		front = append(front, ".000"...)
	}
	r.value = len(append(append(front, 'Z'), r.Between...))
	copy(r.between[:], front[len(front):r.value])
	r.ending = len(append(append(r.behind[:0], r.Behind...), ','))
	r.places = 2
}
