package cassandra

import (
	"encoding/binary"

	"aion/storage/points"
)

// abreast is how many parts of a long row are under way at once.
const abreast = 2

// stretch is what is still to be read of a long row: columns [from, to). It is
// cut into parts of about a page, which are partitions of their own, so that
// more than one of them can be under way.
type stretch struct {
	part     *partition // as all parts are, but for its columns
	from, to uint32
	step     uint32 // columns that a part has
	rows     int    // that a part is hoped to have
}

// stretch is what lies behind the first page of a long row, or nil where it is
// not to be cut: a row without a type may have a point in two columns, and the
// last page needs no other.
func (p *partition) stretch(got *page) *stretch {
	if p.part || p.ended || p.few || p.row.untyped || !p.strict {
		return nil
	}
	s := &stretch{part: p, from: binary.BigEndian.Uint32(p.from[:]), to: binary.BigEndian.Uint32(p.to[:])}
	if p.order == points.Desc {
		s.to = got.last
	} else {
		s.from = got.last + 1
	}
	s.plan(p.columns(got), got.rows)
	return s
}

// plan makes parts as long as is likely to fill most of a page, by what a part
// of that length has had.
func (s *stretch) plan(columns uint32, rows int) {
	s.rows = s.part.pageRows(false) * 4 / 5
	step := uint64(columns) * uint64(s.rows) / uint64(max(1, rows))
	if s.step > 0 {
		step = min(step, 8*uint64(s.step))
	}
	s.step = uint32(min(max(1, step), 1<<31))
}

// cut is the next part, or nil where all is cut.
func (s *stretch) cut() *partition {
	if s.from >= s.to {
		return nil
	}
	p := &partition{scan: s.part.scan, row: s.part.row, key: s.part.key, strict: true, part: true}
	from, to := s.from, s.to
	if p.order == points.Desc {
		from = to - min(s.step, to-from)
		s.to = from
	} else {
		to = from + min(s.step, to-from)
		s.from = to
	}
	binary.BigEndian.PutUint32(p.from[:], from)
	binary.BigEndian.PutUint32(p.to[:], to)
	return p
}

// columns is how many columns the rows of a page have come from.
func (p *partition) columns(got *page) uint32 {
	switch {
	case p.ended:
		return binary.BigEndian.Uint32(p.to[:]) - binary.BigEndian.Uint32(p.from[:])
	case p.order == points.Desc:
		return got.first - got.last
	}
	return got.last - got.first
}
