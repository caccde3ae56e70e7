package wire

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"runtime/debug"
	"sync"
	"time"
)

// The bounds of what is answered here.
const (
	directRoom  = 4 << 10                // bytes that a connection has room for at first
	directMost  = 64 << 10               // bytes of a request
	directBody  = 100 * time.Millisecond // how long a body may come behind its head
	directSlack = 10 * time.Second       // by which a connection may idle for longer
)

// direct is a connection whose requests are answered here.
type direct struct {
	d      *Direct
	conn   plainConn
	remote string
	ctx    context.Context // of its requests

	room     []byte // of its own
	in       []byte // what has come; in[from:to] is not read yet
	lent     bool   // in is, for a body that room is too small for
	from, to int
	posted   bool      // the request before was a POST
	asked    bool      // there was a request before
	idleBy   time.Time // the read deadline; zero: none, or another one

	mu      sync.Mutex
	busy    bool               // a request is under way
	old     bool               // for some time
	cancel  context.CancelFunc // ends its context
	watch   *watch             // looks whether its client leaves; nil: nobody does
	writeBy time.Time          // its write deadline, which the connection has where it is old
	armed   bool               // the connection has one
}

// exchange is what a request needs, reused.
type exchange struct {
	text   bytes.Reader
	lines  *bufio.Reader
	answer answer
}

// run answers requests until there are no more, or package http has to.
func (c *direct) run() {
	defer c.d.forget(c)
	passed := false
	defer func() {
		if !passed {
			_ = c.conn.Close() // what cannot be closed is gone already
		}
	}()
	c.ctx = c.d.of.Context(c.conn)
	for c.receive() {
		size, plain := c.request()
		if c.from == c.to {
			continue
		}
		keep := false
		if plain {
			keep, plain = c.exchange(c.in[c.from : c.from+size])
		}
		if !plain {
			passed = true
			c.pass()
			return
		}
		if !keep {
			return
		}
	}
}

// receive waits for the beginning of a request, unless it is there already. It answers
// false where none will come.
func (c *direct) receive() bool {
	if c.from < c.to {
		return true
	}
	if c.lent {
		c.d.texts.Rest(c.in)
	}
	if c.room == nil {
		c.room = make([]byte, directRoom)
	}
	c.in, c.lent, c.from, c.to = c.room, false, 0, 0
	if !c.await() {
		return false
	}
	n, _ := c.conn.Read(c.in) // an error comes again where bytes came with it
	c.to = n
	return n > 0
}

// early takes a byte of the next request, which has come before its time, and waits a
// little for what is behind it.
func (c *direct) early(first byte) {
	c.from, c.to = 0, copy(c.in, c.in[c.from:c.to]) // behind a request there is room
	c.in[c.to] = first
	c.to++
	if c.to == 1 {
		_ = c.conn.SetReadDeadline(time.Now().Add(directBody)) // fails where reading does
		n, _ := c.conn.Read(c.in[1:])                          // an error comes again
		c.to += n
	}
}

// await sets the time up to which the connection may idle. It answers false where it may
// not.
func (c *direct) await() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.d.closing.Load() {
		return false
	}
	now, wait := time.Now(), c.d.of.First
	if c.asked {
		wait = c.d.of.Idle
	}
	if by := now.Add(wait); c.idleBy.Before(by) {
		if c.asked {
			by = by.Add(directSlack)
		}
		c.idleBy = by
		_ = c.conn.SetReadDeadline(by) // fails where reading does
	}
	return true
}

// stopWaiting ends a wait for a request.
func (c *direct) stopWaiting() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.busy {
		_ = c.conn.SetReadDeadline(time.Unix(1, 0)) // fails where reading does
	}
}

// request tells how long the request is that has come, for whose body it waits a little.
// It is not plain where package http has to see to it.
func (c *direct) request() (size int, plain bool) {
	for n := 0; c.posted && n < 4 && c.from < c.to && (c.in[c.from] == '\r' || c.in[c.from] == '\n'); n++ {
		c.from++ // which old clients send behind a body
	}
	if c.from == c.to {
		return 0, true
	}
	size, plain = measure(c.in[c.from:c.to])
	if !plain || size > directMost {
		return 0, false
	}
	missing := c.from + size - c.to
	if missing <= 0 {
		return size, true
	}
	if c.from+size > len(c.in) {
		room := c.d.texts.Take()
		room = room[:cap(room)]
		c.from, c.to = 0, copy(room, c.in[c.from:c.to])
		if c.lent {
			c.d.texts.Rest(c.in)
		}
		c.in, c.lent = room, true
	}
	c.idleBy = time.Time{}
	_ = c.conn.SetReadDeadline(time.Now().Add(directBody)) // fails where reading does
	n, err := io.ReadAtLeast(c.conn, c.in[c.to:], missing)
	c.to += n
	return size, err == nil
}

// pass has package http answer what comes, and what has come.
func (c *direct) pass() {
	_ = c.conn.SetReadDeadline(time.Time{}) // fails where reading does
	c.d.forget(c)
	c.d.pass(arrival{conn: &gatherer{plainConn: &begun{c.conn, c.in[c.from:c.to]}}})
}

// begun is a connection that something has been read from, which is read first.
type begun struct {
	plainConn
	rest []byte
}

// Read reads on.
func (b *begun) Read(p []byte) (int, error) {
	if len(b.rest) == 0 {
		b.rest = nil
		return b.plainConn.Read(p)
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// exchange answers the request of that text. Not plain: it cannot be read, and nothing
// was done. Not keep: the connection has to be closed.
func (c *direct) exchange(text []byte) (keep, plain bool) {
	x, ok := c.d.rooms.Get().(*exchange)
	if !ok {
		x = &exchange{lines: bufio.NewReader(nil), answer: answer{header: http.Header{}}}
	}
	defer c.d.rest(x)
	x.text.Reset(text)
	x.lines.Reset(&x.text)
	r, err := http.ReadRequest(x.lines)
	if err != nil {
		return false, false
	}
	c.from += len(text)
	c.posted, c.asked = r.Method == http.MethodPost, true
	r.RemoteAddr = c.remote
	ctx, cancel := context.WithCancel(c.ctx)
	x.answer.begin(c, r, cancel)
	c.began(cancel)
	keep = c.handle(&x.answer, r.WithContext(ctx))
	cancel()
	keep = keep && x.answer.finish()
	return c.finished() && keep, true
}

// rest lays aside what a request has needed.
func (d *Direct) rest(x *exchange) {
	x.text.Reset(nil)
	x.answer.c, x.answer.cancel = nil, nil
	d.rooms.Put(x)
}

// handle has the handler answer, and recovers its panics. It answers false where there was
// one.
func (c *direct) handle(w http.ResponseWriter, r *http.Request) (well bool) {
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler {
			c.d.of.Log.Printf("http: panic serving %v: %v\n%s", c.remote, p, debug.Stack())
		}
	}()
	c.d.of.Handler.ServeHTTP(w, r)
	return true
}
