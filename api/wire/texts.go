package wire

import "sync"

// Texts are memory for the texts of answers, at rest. The zero value is ready.
type Texts struct{ pool sync.Pool }

// Take is a text that is empty and has room. It is given back by Rest.
func (s *Texts) Take() []byte {
	if text, ok := s.pool.Get().(*[]byte); ok {
		return (*text)[:0]
	}
	return make([]byte, 0, 2*full)
}

// Rest lays a text aside that nobody reads any more, unless it has grown too large
// to be kept.
func (s *Texts) Rest(text []byte) {
	if cap(text) != 0 && cap(text) <= longFull+2*full {
		kept := text // so that only what is kept is memory of its own
		s.pool.Put(&kept)
	}
}
