package wire

import (
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// Compressors are gzip writers at rest. They hold no request's data. The zero
// value is ready.
type Compressors struct{ pool sync.Pool }

// Take makes a compressor ready to write to w. It is given back by Rest.
func (s *Compressors) Take(w io.Writer) *gzip.Writer {
	if z, ok := s.pool.Get().(*gzip.Writer); ok {
		z.Reset(w)
		return z
	}
	// The level is one that exists, which is all that can go wrong.
	z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
	return z
}

// Rest lays a compressor aside. It writes nothing that would make a body look
// whole.
func (s *Compressors) Rest(z *gzip.Writer) {
	z.Reset(io.Discard)
	s.pool.Put(z)
}
