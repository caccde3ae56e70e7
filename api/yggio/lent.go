package yggio

import (
	"sync"

	"aion/storage/points"
)

// blocks are memory for points, at rest. The zero value is ready.
type blocks struct{ pool sync.Pool }

// take is an empty block. It may be given back by rest.
func (s *blocks) take() *points.Block {
	if b, ok := s.pool.Get().(*points.Block); ok {
		return b
	}
	return new(points.Block)
}

// rest lays a block aside whose points nobody reads any more, unless they are no
// numbers or it has grown too large to be kept.
func (s *blocks) rest(b *points.Block) {
	if b.Kind == points.Number && cap(b.Times) <= 2*points.BlockSize {
		b.Reset(points.Number)
		s.pool.Put(b)
	}
}
