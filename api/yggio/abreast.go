package yggio

import (
	"context"
	"errors"
	"io"

	"aion/query"
	"aion/storage/points"
)

// stream is one of several that are read side by side.
type stream struct {
	in    points.Cursor
	block *points.Block
	pos   int // of the next point in block
	ended bool
}

// load sees to it that the stream has a next point, unless it has ended.
func (s *stream) load(ctx context.Context) error {
	if s.ended || s.pos < s.block.Len() {
		return nil
	}
	s.pos = 0
	err := s.in.Next(ctx, s.block)
	if errors.Is(err, io.EOF) {
		s.ended = true
		return nil
	}
	return err
}

// abreast hands the points of results to take in the order of their times, runs of
// one kind. Of one instant numbers come first, texts under descending order. What
// take is given is valid until it returns.
func (p *Protocol) abreast(ctx context.Context, all []*query.Result, order points.Order, take func(*points.Block) error) error {
	streams := make([]*stream, len(all))
	for i, r := range all {
		streams[i] = &stream{in: r.Points, block: p.blocks.take()}
	}
	defer func() {
		for _, s := range streams {
			p.blocks.rest(s.block)
		}
	}()
	for {
		var next, other *stream
		for _, s := range streams {
			switch err := s.load(ctx); {
			case err != nil:
				return err
			case s.ended:
			case next == nil:
				next = s
			case s.before(next, order):
				next, other = s, next
			default:
				other = s
			}
		}
		if next == nil {
			return nil
		}
		view := next.until(other, order)
		if err := take(&view); err != nil {
			return err
		}
	}
}

// before tells whether the next point of s comes before that of o.
func (s *stream) before(o *stream, order points.Order) bool {
	at, than := s.block.Times[s.pos], o.block.Times[o.pos]
	if at == than {
		return (s.block.Kind < o.block.Kind) == (order == points.Asc)
	}
	return (at < than) == (order == points.Asc)
}

// until takes the points of s that come before the next one of another stream, if
// there is one: the first of them in any case.
func (s *stream) until(o *stream, order points.Order) points.Block {
	from := s.pos
	s.pos++
	for s.pos < s.block.Len() && (o == nil || s.before(o, order)) {
		s.pos++
	}
	return s.block.Slice(from, s.pos)
}
