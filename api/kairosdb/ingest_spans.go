package kairosdb

import (
	"bytes"
	"hash/maphash"
	"math/bits"
	"unicode/utf8"

	"aion/storage/points"
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
	slots []*spannedSeries // by hash, the next free one where taken; a power of two
	used  int
	bytes int
	era   int // of the writer
}

// spannedSeries is a series and the text that stands for it. All its texts have
// been found plain.
type spannedSeries struct {
	hash       uint64
	name, tags []byte
	columns    seriesColumns
}

// newSeriesSpans makes an empty memory.
func newSeriesSpans() seriesSpans {
	return seriesSpans{seed: maphash.MakeSeed(), slots: make([]*spannedSeries, 256)}
}

// enter forgets all series when the writer has let go of their columns.
func (s *seriesSpans) enter(era int) {
	if s.era != era {
		s.clear()
		s.era = era
	}
}

// clear forgets all series.
func (s *seriesSpans) clear() {
	clear(s.slots)
	s.used, s.bytes = 0, 0
}

// find is the series of a name and an object of tags, both as they were sent, or
// nil where they are not plain.
func (s *seriesSpans) find(name, tags []byte) *spannedSeries {
	hash := maphash.Bytes(s.seed, name) ^ bits.RotateLeft64(maphash.Bytes(s.seed, tags), 32)
	if found := s.slots[s.slot(hash, name, tags)]; found != nil {
		return found
	}
	series := parseSpans(name, tags)
	if series == nil {
		return nil
	}
	if s.used >= maxSpans || s.bytes > maxSpansBytes {
		s.clear()
	} else if 2*s.used >= len(s.slots) {
		s.grow()
	}
	series.hash = hash
	s.slots[s.slot(hash, name, tags)] = series
	s.used++
	s.bytes += 2 * (len(name) + len(tags))
	return series
}

// slot is where a series stands, or a free place for it.
func (s *seriesSpans) slot(hash uint64, name, tags []byte) int {
	mask := len(s.slots) - 1
	for at := int(hash) & mask; ; at = (at + 1) & mask {
		x := s.slots[at]
		if x == nil || x.hash == hash && bytes.Equal(x.tags, tags) && bytes.Equal(x.name, name) {
			return at
		}
	}
}

// grow makes room for twice as many series.
func (s *seriesSpans) grow() {
	was := s.slots
	s.slots = make([]*spannedSeries, 2*len(was))
	for _, x := range was {
		if x != nil {
			s.slots[s.slot(x.hash, x.name, x.tags)] = x
		}
	}
}

// parseSpans reads a name and an object of tags, or answers nil where they are
// not plain or not valid.
func parseSpans(name, tags []byte) *spannedSeries {
	if !plainText(name) {
		return nil
	}
	list, ok := parseTags(tags)
	if !ok {
		return nil
	}
	text := append(append(make([]byte, 0, len(name)+len(tags)), name...), tags...)
	return &spannedSeries{
		name: text[:len(name):len(name)], tags: text[len(name):],
		columns: seriesColumns{key: points.Key{Metric: string(name), Tags: list}},
	}
}

// parseTags reads an object that holds nothing but plain texts, at least one and
// none of a name twice.
func parseTags(object []byte) (points.Tags, bool) {
	b := append(append(make([]byte, 0, len(object)+windowPad), object...), make([]byte, windowPad)...)
	var tags points.Tags
	for i := 1; ; i++ {
		name, next := scanText(b, blank(b, i), len(object))
		if next < 0 || !plainText(name) {
			return nil, false
		}
		if next = blank(b, next); b[next] != ':' {
			return nil, false
		}
		value, next := scanText(b, blank(b, next+1), len(object))
		if next < 0 || !plainText(value) {
			return nil, false
		}
		tags = append(tags, points.Tag{Name: string(name), Value: string(value)})
		if i = blank(b, next); b[i] != ',' {
			return sorted(tags), b[i] == '}' && i == len(object)-1 && distinct(tags)
		}
	}
}

// sorted is tags in their order.
func sorted(tags points.Tags) points.Tags {
	tags.Sort()
	return tags
}

// distinct tells whether sorted tags have each name once.
func distinct(tags points.Tags) bool {
	for i := 1; i < len(tags); i++ {
		if tags[i].Name == tags[i-1].Name {
			return false
		}
	}
	return true
}

// scanText reads a text in quotes at i, up to the next quote before end.
func scanText(b []byte, i, end int) (text []byte, next int) {
	if b[i] != '"' {
		return nil, -1
	}
	n := bytes.IndexByte(b[i+1:end], '"')
	if n < 0 {
		return nil, -1
	}
	return b[i+1 : i+1+n], i + n + 2
}

// plainText tells whether a text between quotes stands for itself and is not
// empty.
func plainText(text []byte) bool {
	return len(text) > 0 && bytes.IndexByte(text, '\\') < 0 && utf8.Valid(text)
}
