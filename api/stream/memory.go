package stream

// How many bytes a busy connection reads at once, at first and when it turns out
// to be very busy, and how much unfinished messages of quiet ones may occupy.
const (
	smallChunk = 4 << 10
	chunk      = 64 << 10
	maxBegun   = 256 << 20
)

// memory is a buffer of at least n bytes.
func (s *Server) memory(n int) []byte {
	if n > chunk {
		return make([]byte, n)
	}
	size := smallChunk
	if n > smallChunk {
		size = chunk
	}
	if b, ok := s.pool(size).Get().(*[]byte); ok {
		return *b
	}
	return make([]byte, size)
}

// release takes a buffer back.
func (s *Server) release(b []byte) {
	if len(b) == smallChunk || len(b) == chunk {
		s.pool(len(b)).Put(&b)
	}
}
