package kairosdb

import (
	"bytes"
	"hash/maphash"
	"math/bits"
	"unicode/utf8"
)

// Bounds on the series that a parser remembers by their text.
const (
	maxSpans      = 1 << 16
	maxSpansBytes = 16 << 20
)

// seriesSpans finds series by the bytes that name and tags were sent as, so that
// a series that comes again costs no reading of its tags.
type seriesSpans struct {
	seed  maphash.Seed
	slots []spanSlot     // by hash, the next free one where taken; a power of two
	last  *spannedSeries // found last; nil: none is remembered
	used  int
	bytes int
	era   int // of the writer
	rooms spanRooms
}

// spannedSeries is a series and the text that stands for it. All its texts have
// been found plain, and share their memory.
type spannedSeries struct {
	tags    string
	columns seriesColumns  // the metric of whose key is the name
	next    *spannedSeries // which came behind it last; nil: none yet
}

// spanSlot is a place for a series, free where it has none. It has the hash of its text,
// so that who looks for another does not look at the series.
type spanSlot struct {
	hash   uint64
	series *spannedSeries
}

// newSeriesSpans makes an empty memory.
func newSeriesSpans() seriesSpans {
	return seriesSpans{seed: maphash.MakeSeed(), slots: make([]spanSlot, leastSpans)}
}

// enter forgets all series when the writer has let go of their columns.
func (s *seriesSpans) enter(era int) {
	if s.era != era {
		s.clear()
		s.era = era
	}
}

// leastSpans is for how many series there are places at least.
const leastSpans = 256

// clear forgets all series. Where there were far too many places for them there are
// fewer.
func (s *seriesSpans) clear() {
	if 4*s.used < len(s.slots) && len(s.slots) > leastSpans {
		s.slots = make([]spanSlot, len(s.slots)/2)
	}
	clear(s.slots)
	s.rooms.recycle()
	s.last, s.used, s.bytes = nil, 0, 0
}

// find is the series of a name and an object of tags, both as they were sent, or
// nil where they are not plain. Series tend to come in the order in which they came
// before: the one that followed the last is looked at first.
func (s *seriesSpans) find(name, tags []byte) *spannedSeries {
	if last := s.last; last != nil && last.next != nil && last.next.is(name, tags) {
		s.last = last.next
		return s.last
	}
	found := s.look(name, tags)
	if found == nil {
		return nil
	}
	if s.last != nil { // nobody has been forgotten
		s.last.next = found
	}
	s.last = found
	return found
}

// look is find by the hash. It may forget all series before it remembers one.
func (s *seriesSpans) look(name, tags []byte) *spannedSeries {
	hash := maphash.Bytes(s.seed, name) ^ bits.RotateLeft64(maphash.Bytes(s.seed, tags), 32)
	if found := s.slots[s.slot(hash, name, tags)].series; found != nil {
		return found
	}
	if s.used >= maxSpans || s.bytes > maxSpansBytes {
		s.clear()
	} else if 2*s.used >= len(s.slots) {
		s.grow()
	}
	series := s.rooms.parse(name, tags)
	if series == nil {
		return nil
	}
	s.slots[s.free(hash)] = spanSlot{hash, series}
	s.used++
	s.bytes += 2 * (len(name) + len(tags))
	return series
}

// slot is where a series stands, or a free place for it.
func (s *seriesSpans) slot(hash uint64, name, tags []byte) int {
	mask := len(s.slots) - 1
	for at := int(hash) & mask; ; at = (at + 1) & mask {
		x := &s.slots[at]
		if x.series == nil || x.hash == hash && x.series.is(name, tags) {
			return at
		}
	}
}

// is tells whether a name and an object of tags stand for the series.
func (s *spannedSeries) is(name, tags []byte) bool {
	return s.tags == string(tags) && s.columns.key.Metric == string(name)
}

// free is a free place for a series.
func (s *seriesSpans) free(hash uint64) int {
	at := int(hash) & (len(s.slots) - 1)
	for s.slots[at].series != nil {
		at = (at + 1) & (len(s.slots) - 1)
	}
	return at
}

// grow makes room for twice as many series.
func (s *seriesSpans) grow() {
	was := s.slots
	s.slots = make([]spanSlot, 2*len(was))
	for _, x := range was {
		if x.series != nil {
			s.slots[s.free(x.hash)] = x
		}
	}
}

// scanText reads a text in quotes at i, up to the next quote before end.
func scanText(b []byte, i, end int) (text []byte, next int) {
	if b[i] != '"' || i >= end {
		return nil, -1
	}
	n := bytes.IndexByte(b[i+1:end], '"')
	if n < 0 {
		return nil, -1
	}
	return b[i+1 : i+1+n], i + n + 2
}

// plainText tells whether a text stands for itself and is not empty.
func plainText(text []byte) bool {
	return len(text) > 0 && bytes.IndexByte(text, '\\') < 0 && utf8.Valid(text)
}
