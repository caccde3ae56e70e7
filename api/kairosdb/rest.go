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

// parse reads one value from text, as gson.Parse does. It stands in memory of the
// reader, which whoever has the value lays to rest when nobody looks at it any more. An
// error comes without.
func (s *readers) parse(text io.Reader, o gson.Options) (*gson.Element, *gson.Reader, error) {
	r, ok := s.pool.Get().(*gson.Reader)
	if !ok {
		r = gson.NewReader(nil, gson.Options{})
	}
	r.Reset(text, o)
	tree, err := gson.Parse(r)
	if err != nil {
		s.rest(r)
		return nil, nil, err
	}
	return tree, r, nil
}

// rest lays a reader to rest, with the value that it has read.
func (s *readers) rest(r *gson.Reader) {
	r.Reset(nil, gson.Options{})
	s.pool.Put(r)
}

// encoders are encoders at rest, with memory for the points of answers. The zero value
// is ready.
type encoders struct{ pool sync.Pool }

// take is an encoder into b, which rest is given when nobody uses it any more.
func (s *encoders) take(b *body) *encoder {
	e, ok := s.pool.Get().(*encoder)
	if !ok {
		e = new(encoder)
	}
	e.b = b
	return e
}

// rest lays an encoder to rest, unless its block has grown too large to be kept.
func (s *encoders) rest(e *encoder) {
	block := e.block
	if *e = (encoder{}); cap(block.Times) > 2*points.BlockSize {
		return
	}
	block.Reset(points.Number)
	block.Texts, block.Bytes = nil, nil // which would keep what they refer to
	e.block = block
	s.pool.Put(e)
}
