package kairosdb

import (
	"io"
	"sync"

	"aion/api/kairosdb/gson"
	"aion/storage/points"
)

// readers are readers of JSON at rest. They hold no request's data. The zero value
// is ready.
type readers struct{ pool sync.Pool }

// parse reads one value from text, as gson.Parse does.
func (s *readers) parse(text io.Reader, o gson.Options) (*gson.Element, error) {
	r, ok := s.pool.Get().(*gson.Reader)
	if !ok {
		r = gson.NewReader(nil, gson.Options{})
	}
	r.Reset(text, o)
	tree, err := gson.Parse(r)
	r.Reset(nil, gson.Options{})
	s.pool.Put(r)
	return tree, err
}

// blocks are blocks of numbers at rest, for the points of answers. The zero value
// is ready.
type blocks struct{ pool sync.Pool }

// lend gives an empty block memory until back is called, when nobody reads the
// block any more.
func (s *blocks) lend(to *points.Block) (back func()) {
	lent, ok := s.pool.Get().(*points.Block)
	if !ok {
		lent = new(points.Block)
	}
	*to = *lent
	return func() {
		if cap(to.Times) <= 2*points.BlockSize {
			*lent = *to
			lent.Reset(points.Number)
			lent.Texts, lent.Bytes = nil, nil // which would keep what they refer to
			s.pool.Put(lent)
		}
		*to = points.Block{}
	}
}
