package stream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"aion/storage/points"
)

// How long a connection keeps its buffer without sending, and how long the
// server waits for more when it stops, between two packets and in all.
const (
	quiet     = 5 * time.Millisecond
	lastWords = 50 * time.Millisecond
	longLeave = time.Second
)

// connection is one client. While it is quiet it has no buffer; begun is what it
// has sent of a message that is not whole.
type connection struct {
	server *Server
	lane   *lane
	conn   net.Conn
	cutter Cutter
	peer   Peer

	small   [256]byte // what a quiet connection reads into
	begun   []byte
	buffer  []byte // of a busy one, which begins with what was begun
	held    int    // how much that is
	first   uint64 // of the lane's batches: the first that has something of it which nobody waited for; 0: none
	last    uint64 // the last that has something of it
	leaving atomic.Int64

	came     time.Time // when it was taken
	stranger bool      // it has to say who sends
	left     func()    // what follows its end; nil: nothing
}

// serve takes what the client sends until one of both ends it.
func (c *connection) serve(ctx context.Context) {
	defer func() {
		if p := recover(); p != nil { // a bug of ours ends one connection, not the server
			c.server.c.Log.Error("connection failed", "protocol", c.server.c.Name, "error", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
		c.release()
		c.server.begun.Add(-int64(len(c.begun)))
		c.lane.await(c)
		// All that the client sent is stored; there is nothing to say any more.
		_ = c.conn.Close()
		if c.left != nil {
			c.left()
		}
	}()
	if !c.enter(ctx) {
		return
	}
	for {
		n, err := c.read()
		if n > 0 && !c.reply() {
			return
		}
		switch {
		case err == nil:
		case c.leaving.Load() != 0 || !errors.Is(err, os.ErrDeadlineExceeded) || !c.release():
			return
		}
	}
}

// read reads what comes next and takes the whole messages. A busy connection
// soon has a deadline, a quiet one has none.
func (c *connection) read() (int, error) {
	if c.buffer != nil {
		c.until(time.Now().Add(quiet))
		n, err := c.conn.Read(c.buffer[c.held:])
		filled := c.held+n == len(c.buffer)
		c.held += n
		c.take()
		if filled {
			c.grow(0)
		}
		return n, err
	}
	c.until(time.Time{})
	n, err := c.conn.Read(c.small[:])
	if len(c.begun) == 0 && n < len(c.small) {
		used := c.lane.take(c, c.small[:n])
		c.begin(c.small[used:n])
		return n, err
	}
	c.server.begun.Add(-int64(len(c.begun)))
	c.grow(len(c.begun) + n)
	c.held = copy(c.buffer, c.begun)
	c.held += copy(c.buffer[c.held:], c.small[:n])
	c.begun = nil
	c.take()
	return n, err
}

// take takes the messages in the buffer.
func (c *connection) take() {
	b := c.buffer[:c.held]
	c.held = copy(b, b[c.lane.take(c, b):])
}

// until sets the deadline of the next read. When the server stops it is a near
// one.
func (c *connection) until(deadline time.Time) {
	// A connection that takes no deadline is gone, as the next read will tell.
	_ = c.conn.SetReadDeadline(deadline)
	if begun := c.leaving.Load(); begun != 0 {
		last := time.Unix(0, begun).Add(longLeave)
		if soon := time.Now().Add(lastWords); soon.Before(last) {
			last = soon
		}
		_ = c.conn.SetReadDeadline(last)
	}
}

// leave ends the connection when it has sent nothing for a moment.
func (c *connection) leave() {
	c.leaving.Store(time.Now().UnixNano())
	c.until(time.Time{})
}

// grow gives the connection a larger buffer, for n bytes at least.
func (c *connection) grow(n int) {
	size := max(n, len(c.buffer)*2, smallChunk)
	if len(c.buffer) == smallChunk || size > smallChunk && size <= chunk {
		size = max(n, chunk)
	}
	if len(c.buffer) >= chunk && c.held < len(c.buffer) {
		return
	}
	longer := c.server.memory(size)
	copy(longer, c.buffer[:c.held])
	c.server.release(c.buffer)
	c.buffer = longer
}

// release gives the buffer back. It answers false when unfinished messages
// occupy too much memory.
func (c *connection) release() bool {
	if c.buffer == nil {
		return true
	}
	ok := c.begin(c.buffer[:c.held])
	c.server.release(c.buffer)
	c.buffer, c.held = nil, 0
	return ok
}

// begin keeps the beginning of a message.
func (c *connection) begin(b []byte) bool {
	if len(b) == 0 {
		return true
	}
	c.begun = append([]byte(nil), b...)
	if c.server.begun.Add(int64(len(b))) > maxBegun {
		c.peer.Refuse(nil, errBegun)
		return false
	}
	return true
}

// reply sends what the messages are answered, and tells whether the connection
// can go on.
func (c *connection) reply() bool {
	if len(c.peer.answers) == 0 {
		return true
	}
	if !c.lane.await(c) {
		return false
	}
	_ = c.conn.SetWriteDeadline(time.Now().Add(c.server.c.Patience))
	_, err := c.conn.Write(c.peer.answers)
	c.peer.answers = nil
	return err == nil
}

// errBegun is why a connection is closed in the middle of a message.
var errBegun = errors.New("unfinished messages of all connections occupy too much memory")

// Peer is who sent a message.
type Peer struct {
	of      *connection
	permits func(*points.Key) bool // tells which series it may write; nil: all
	answers []byte
}

// Answer sends a text after all that the peer sent before it is stored.
func (p *Peer) Answer(text string) { p.answers = append(p.answers, text...) }

// Refuse counts something that cannot be stored and logs the reason.
func (p *Peer) Refuse(what []byte, reason error) {
	if p.of != nil {
		p.of.server.refusals.add(p.of.conn.RemoteAddr(), what, reason)
	}
}
