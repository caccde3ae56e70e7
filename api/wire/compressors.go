package wire

import (
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// Compressors are gzip writers at rest. They hold no request's data. The zero
// value is ready.
type Compressors struct{ pool sync.Pool }

// Zip is a gzip stream to w that takes a compressor when it needs one. Rest gives it
// back.
func (s *Compressors) Zip(w io.Writer) Zip { return Zip{all: s, w: w} }

// Zip is the gzip stream of a body. The zero value is none.
type Zip struct {
	all *Compressors
	w   io.Writer
	z   *gzip.Writer // nil: not needed yet, or lost
	err error        // what a write has failed with
}

// Given tells whether there is a stream.
func (z *Zip) Given() bool { return z.w != nil }

// Write compresses p.
func (z *Zip) Write(p []byte) (int, error) {
	if z.err != nil {
		return 0, z.err
	}
	n, err := z.take().Write(p)
	return n, z.lost(err)
}

// Flush passes on what has been written.
func (z *Zip) Flush() error {
	if z.err != nil {
		return z.err
	}
	return z.lost(z.take().Flush())
}

// End writes text, the rest of the body, and ends the stream. A short one that is the
// whole body is stored: by itself it compresses by little or not at all, goes in one
// packet either way, and costs both ends the tables of a code.
func (z *Zip) End(text []byte) error {
	if z.err == nil && z.z == nil && len(text) <= storedUpTo {
		_, err := z.w.Write(appendStored(text, text)[len(text):])
		z.err = err
		return err
	}
	if _, err := z.Write(text); err != nil {
		return err
	}
	return z.lost(z.z.Close())
}

// Rest lays the compressor aside. It writes nothing that would make a body look whole.
func (z *Zip) Rest() {
	if z.z != nil {
		z.z.Reset(io.Discard)
		z.all.pool.Put(z.z)
		z.z = nil
	}
}

// take is the compressor.
func (z *Zip) take() *gzip.Writer {
	if z.z != nil {
		return z.z
	}
	if rested, ok := z.all.pool.Get().(*gzip.Writer); ok {
		rested.Reset(z.w)
		z.z = rested
	} else {
		// The level is one that exists, which is all that can go wrong.
		z.z, _ = gzip.NewWriterLevel(z.w, gzip.BestSpeed)
	}
	return z.z
}

// lost notes err, and lets go of the compressor if it is one: a connection of HTTP/2
// may still read what it has failed with.
func (z *Zip) lost(err error) error {
	if err != nil {
		z.z, z.err = nil, err
	}
	return err
}
