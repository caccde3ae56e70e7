package encode

import (
	"encoding/binary"
	"strconv"
	"time"
)

// maxHead is the room of what comes before the part of a time that changes from
// point to point, which is written in one piece.
const maxHead = 32

// epochWriter writes times in milliseconds behind the same text; it remembers
// what they have in common.
type epochWriter struct {
	before  string // in front of each time, at most maxHead less 13 bytes
	million int64  // the last time, rounded down to a million
	head    [maxHead]byte
	length  int // of head: before, and the digits without the last six; 0: none yet
}

// epoch writes a time to p, which has room for maxHead bytes more than it takes,
// from i on and tells where it ends.
func (w *epochWriter) epoch(p []byte, i int, at int64) int {
	if at < 1_000_000 {
		i += copy(p[i:], w.before)
		return i + putInt(p[i:], at)
	}
	below := uint64(at - w.million)
	if below >= 1_000_000 || w.length == 0 {
		w.begin(at / 1_000_000)
		below = uint64(at - w.million)
	}
	*(*[maxHead]byte)(p[i:]) = w.head
	i += w.length
	binary.LittleEndian.PutUint64(p[i:], million(below))
	return i + 6
}

// begin remembers how times of this many millions begin.
func (w *epochWriter) begin(millions int64) {
	w.million, w.length = millions*1_000_000, copy(w.head[:], w.before)
	w.length += putUint(w.head[w.length:], uint64(millions))
}

// front is what times from one on, up to another, have in common when they are
// written: what stands before their last six digits, in at most eight bytes. The zero
// front is that of no time.
type front struct {
	from, until int64
	text        uint64 // the first byte the lowest
	length      int
}

// front is that of the last time, and of none if it takes more than it has room for.
func (w *epochWriter) front() front {
	if w.length == 0 || w.length > 8 {
		return front{}
	}
	return front{w.million, w.million + 1_000_000, binary.LittleEndian.Uint64(w.head[:]), w.length}
}

// holds tells whether put writes a time.
func (f *front) holds(at int64) bool { return at >= f.from && at < f.until }

// put is epoch, with a comma behind it, for the times that the front holds.
func (f *front) put(p []byte, i int, at int64) int {
	binary.LittleEndian.PutUint64(p[i:], f.text)
	binary.LittleEndian.PutUint64(p[i+f.length:], million(uint64(at-f.from))|','<<48)
	return i + f.length + 7
}

// aDay is how many milliseconds a day has.
const aDay = 86_400_000

// wallWriter writes times as RFC 3339 does, behind the same text; it remembers
// what the times of a day have in common.
type wallWriter struct {
	before      string // in front of each time, at most maxHead less 17 bytes
	zone        *time.Location
	day         int64  // where the day of the last time would begin, by that time's offset
	from, until uint64 // the milliseconds of the day that have this offset
	head        [maxHead]byte
	length      int // of head: before, and the date
	offset      [6]byte
	ending      int // of offset
}

// wall writes a time to p, which has room for maxHead bytes more than it takes,
// from i on and tells where it ends.
func (w *wallWriter) wall(p []byte, i int, at int64) int {
	below := uint64(at - w.day)
	if below < w.from || below >= w.until {
		w.begin(at)
		below = uint64(at - w.day)
	}
	*(*[maxHead]byte)(p[i:]) = w.head
	q := (*[18]byte)(p[i+w.length:])
	seconds := uint32(below) / 1000
	thousandths := uint32(below) - seconds*1000
	minutes := seconds / 60
	hours, tenths := minutes/60, thousandths/10
	binary.LittleEndian.PutUint16(q[:], pairs[hours])
	binary.LittleEndian.PutUint16(q[3:], pairs[minutes-hours*60])
	binary.LittleEndian.PutUint16(q[6:], pairs[seconds-minutes*60])
	binary.LittleEndian.PutUint16(q[9:], pairs[tenths])
	q[2], q[5], q[8], q[11] = ':', ':', '.', byte('0'+thousandths-tenths*10)
	*(*[6]byte)(q[12:]) = w.offset
	return i + w.length + 12 + w.ending
}

// begin remembers how the times of a day begin and end, as far as the zone does
// not change in it.
func (w *wallWriter) begin(at int64) {
	t := time.UnixMilli(at).In(w.zone)
	start, end := t.ZoneBounds()
	_, offset := t.Zone()
	if offset%60 != 0 {
		t, offset = t.UTC(), 0
	}
	below := ((at%aDay+int64(offset)*1000)%aDay + aDay) % aDay
	w.day, w.from, w.until = at-below, 0, aDay
	if within := start.UnixMilli() - w.day; !start.IsZero() && 0 < within && within <= below {
		w.from = uint64(within)
	}
	if within := end.UnixMilli() - w.day; !end.IsZero() && below < within && within < aDay {
		w.until = uint64(within)
	}
	w.length = len(appendDate(append(w.head[:0], w.before...), t))
	w.ending = len(t.AppendFormat(w.offset[:0], "Z07:00"))
}

// appendDate writes the date of a time, with a T behind it.
func appendDate(dst []byte, t time.Time) []byte {
	switch year := t.Year(); {
	case year > 9999:
		dst = strconv.AppendInt(append(dst, '+'), int64(year), 10)
	case year < 0:
		digits := strconv.Itoa(-year)
		dst = append(append(dst, '-'), "0000"[min(len(digits), 4):]...)
		dst = append(dst, digits...)
	default:
		dst = t.AppendFormat(dst, "2006")
	}
	return t.AppendFormat(dst, "-01-02T")
}
