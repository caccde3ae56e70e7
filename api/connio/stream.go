package connio

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"

	"aion/storage"
	"aion/storage/points"
)

// lane is a series that is being read.
type lane struct {
	group  string // the group type of its points: number, text, …
	typ    string // their stored type
	origin origin
	class  int // see drawing.class; 0: not told yet
	in     points.Cursor
	block  *points.Block
	pos    int
	done   bool
	near   []*part // the groups that its points were in last, see drawing.part
}

// nearParts is how many groups a lane finds without looking among all.
const nearParts = 64

// stream is the points of several series, of any kinds, by time.
type stream struct {
	order points.Order
	lanes []*lane
	begun bool
}

// newStream reads series in an order, of which no more than most points will be made
// use of; 0: any number. Of points of one time those come first whose group type and
// system tags do.
func newStream(series []storage.Series, in points.Range, order points.Order, most int64) *stream {
	s := &stream{order: order}
	for _, x := range series {
		key := x.Key()
		s.lanes = append(s.lanes, &lane{
			group: points.GroupType(key.Type), typ: key.Type, origin: originOf(key.Tags), in: few(x.Points(in, order), most), block: new(points.Block),
		})
	}
	slices.SortStableFunc(s.lanes, func(a, b *lane) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.origin.protocol, b.origin.protocol),
			cmp.Compare(a.origin.source, b.origin.source), cmp.Compare(a.typ, b.typ))
	})
	return s
}

// few tells a cursor how few points will be made use of; 0: any number.
func few(c points.Cursor, most int64) points.Cursor {
	if b, ok := c.(points.Brief); ok && most > 0 {
		b.AtMost(int(min(most, points.BlockSize)))
	}
	return c
}

// next is a run of points that one series has before any other one, and that
// series; io.EOF behind the last one. The run is valid until the next one.
func (s *stream) next(ctx context.Context) (*lane, points.Block, error) {
	if !s.begun {
		for _, l := range s.lanes {
			if err := l.fill(ctx); err != nil {
				return nil, points.Block{}, err
			}
		}
		s.begun = true
	}
	for _, l := range s.lanes {
		if !l.done && l.pos == l.block.Len() {
			if err := l.fill(ctx); err != nil {
				return nil, points.Block{}, err
			}
		}
	}
	first, second := s.heads()
	if first == nil {
		return nil, points.Block{}, io.EOF
	}
	to := first.block.Len()
	if second != nil {
		until := second.block.Times[second.pos]
		for to = first.pos + 1; to < first.block.Len() && s.before(first.block.Times[to], until); to++ {
		}
	}
	view := first.block.Slice(first.pos, to)
	first.pos = to
	return first, view, nil
}

// heads are the series whose next points come first and second.
func (s *stream) heads() (first, second *lane) {
	for _, l := range s.lanes {
		switch {
		case l.done:
		case first == nil || s.before(l.at(), first.at()):
			first, second = l, first
		case second == nil || s.before(l.at(), second.at()):
			second = l
		}
	}
	return first, second
}

// before tells whether a time comes before another one in the stream.
func (s *stream) before(a, b int64) bool {
	if s.order == points.Desc {
		return a > b
	}
	return a < b
}

// at is the time of the series' next point.
func (l *lane) at() int64 { return l.block.Times[l.pos] }

// fill reads the next block of a series.
func (l *lane) fill(ctx context.Context) error {
	l.pos = 0
	err := l.in.Next(ctx, l.block)
	if err == nil {
		return nil
	}
	l.done = true
	l.block.Reset(l.block.Kind)
	return ended(err)
}

// close closes all series.
func (s *stream) close() error {
	var errs []error
	for _, l := range s.lanes {
		errs = append(errs, l.in.Close())
	}
	return errors.Join(errs...)
}
