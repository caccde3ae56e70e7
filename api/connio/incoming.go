package connio

import (
	"bytes"
	"sync"

	"aion/api/wire"
)

// buffers are buffers at rest, for bodies of requests. The zero value is ready.
type buffers struct{ pool sync.Pool }

// largestKept is how large a buffer may be that is laid aside.
const largestKept = 1 << 20

// rest lays a buffer aside. What it holds must not be in use any more.
func (p *buffers) rest(b *bytes.Buffer) {
	if b.Cap() <= largestKept {
		b.Reset()
		p.pool.Put(b)
	}
}

// incoming reads the body of the request into a buffer, which is given back by
// rest.
func (c *call) incoming() (*bytes.Buffer, error) {
	b, ok := c.p.buffers.pool.Get().(*bytes.Buffer)
	if !ok {
		b = new(bytes.Buffer)
	}
	r := wire.Body(c.Response(), c.Request(), "http.max-body", c.p.MaxBody)
	defer r.Close()
	if _, err := b.ReadFrom(r); err != nil {
		c.p.buffers.rest(b)
		return nil, err
	}
	return b, nil
}
