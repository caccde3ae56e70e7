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
	putMillion((*[8]byte)(p[i:]), below)
	return i + 6
}

// begin remembers how times of this many millions begin.
func (w *epochWriter) begin(millions int64) {
	w.million, w.length = millions*1_000_000, copy(w.head[:], w.before)
	w.length += putUint(w.head[w.length:], uint64(millions))
}

// minute is how many milliseconds a minute has.
const minute = 60_000

// wallWriter writes times as RFC 3339 does, behind the same text; it remembers
// what the times of a minute have in common.
type wallWriter struct {
	before      string // in front of each time, at most maxHead less 23 bytes
	zone        *time.Location
	minute      int64  // where the minute of the last time begins
	from, until uint64 // the milliseconds of the minute that begin and end alike
	head        [maxHead]byte
	length      int // of head: before, and the time without seconds
	offset      [6]byte
	ending      int // of offset
}

// wall writes a time to p, which has room for maxHead bytes more than it takes,
// from i on and tells where it ends.
func (w *wallWriter) wall(p []byte, i int, at int64) int {
	below := uint64(at - w.minute)
	if below < w.from || below >= w.until {
		w.begin(at)
		below = uint64(at - w.minute)
	}
	*(*[maxHead]byte)(p[i:]) = w.head
	i += w.length
	second := below / 1000
	thousandth := below - second*1000
	tenth := thousandth / 10
	q := (*[12]byte)(p[i:])
	binary.LittleEndian.PutUint16(q[:], pairs[second])
	q[2] = '.'
	binary.LittleEndian.PutUint16(q[3:], pairs[tenth])
	q[5] = byte('0' + thousandth - tenth*10)
	*(*[6]byte)(q[6:]) = w.offset
	return i + 6 + w.ending
}

// begin remembers how the times of a minute begin and end, as far as the zone
// does not change in it.
func (w *wallWriter) begin(at int64) {
	t := time.UnixMilli(at).In(w.zone)
	if _, offset := t.Zone(); offset%60 != 0 {
		t = t.UTC()
	}
	below := (at%minute + minute) % minute
	w.minute, w.from, w.until = at-below, 0, minute
	start, end := time.UnixMilli(at).In(w.zone).ZoneBounds()
	if within := start.UnixMilli() - w.minute; !start.IsZero() && 0 < within && within < minute {
		w.from = uint64(within)
	}
	if within := end.UnixMilli() - w.minute; !end.IsZero() && 0 < within && within < minute {
		w.until = uint64(within)
	}
	text := append(w.head[:0], w.before...)
	w.length = len(appendMinute(text, t))
	w.ending = len(t.AppendFormat(w.offset[:0], "Z07:00"))
}

// appendMinute writes a time up to its minutes, with a colon behind them.
func appendMinute(dst []byte, t time.Time) []byte {
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
	return t.AppendFormat(dst, "-01-02T15:04:")
}
