package wire

import (
	"context"
	"errors"
	"net"
	"time"
)

// Requests that take long are looked after: from the second look on that finds one under
// way its client is watched, as it may leave, and the write deadline counts. A deadline is
// minutes away: setting one for each answer costs more than writing into a buffer.
const (
	lookEvery  = 50 * time.Millisecond
	looksQuiet = 20 // after how many looks at nothing nobody looks any more
)

// watch reads one byte of a connection, which has its next request before its time, or
// fails, where the client has left.
type watch struct {
	done    chan struct{} // closed at the end of it
	room    [1]byte
	n       int
	gone    bool // the client has left
	stopped bool // changed under the connection's mu
}

// began notes that a request is under way, which cancel ends.
func (c *direct) began(cancel context.CancelFunc) {
	c.mu.Lock()
	c.busy, c.old, c.cancel = true, false, cancel
	c.mu.Unlock()
	if !c.d.awake.Load() && c.d.awake.CompareAndSwap(false, true) {
		c.d.beside.Go(c.d.lookAfter)
	}
}

// finished notes that no request is under way any more. It answers false where the client
// has left.
func (c *direct) finished() bool {
	c.mu.Lock()
	w := c.watch
	c.busy, c.cancel, c.watch, c.writeBy = false, nil, nil, time.Time{}
	if w != nil {
		w.stopped = true
		_ = c.conn.SetReadDeadline(time.Unix(1, 0)) // fails where reading does
	}
	if c.armed {
		c.armed = false
		_ = c.conn.SetWriteDeadline(time.Time{}) // fails where writing does
	}
	c.mu.Unlock()
	if w == nil {
		return true
	}
	<-w.done
	c.idleBy = time.Time{}
	_ = c.conn.SetReadDeadline(time.Time{}) // fails where reading does
	if w.n > 0 {
		c.early(w.room[0])
	}
	return !w.gone
}

// writeUntil sets the deadline of the writes of the request under way.
func (c *direct) writeUntil(by time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writeBy = by
	if c.watch != nil || by.Before(longAgo) {
		c.arm()
	}
}

// longAgo is behind the deadlines that are over already.
var longAgo = time.Unix(1<<30, 0)

// arm has the write deadline count, for who has the lock.
func (c *direct) arm() {
	c.armed = true
	_ = c.conn.SetWriteDeadline(c.writeBy) // fails where writing does
}

// lookAfter looks after the requests under way until there are none for a while.
func (d *Direct) lookAfter() {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for quiet := 0; ; {
		select {
		case <-ticker.C:
		case <-d.over:
			return
		}
		if quiet++; d.look() {
			quiet = 0
		}
		if quiet < looksQuiet {
			continue
		}
		d.awake.Store(false)
		if !d.look() || !d.awake.CompareAndSwap(false, true) { // one may have begun meanwhile
			return
		}
		quiet = 0
	}
}

// look looks at every connection, and tells whether a request is under way.
func (d *Direct) look() (busy bool) {
	d.each(func(c *direct) { busy = c.look() || busy })
	return busy
}

// look tells whether a request is under way, and watches the client of one that takes
// long.
func (c *direct) look() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !c.busy:
	case !c.old:
		c.old = true
	case c.watch == nil:
		c.watch = &watch{done: make(chan struct{})}
		if !c.writeBy.IsZero() {
			c.arm()
		}
		_ = c.conn.SetReadDeadline(time.Time{}) // fails where reading does
		go c.watch.over(c, c.cancel)
	}
	return c.busy
}

// over waits for the client to leave, and ends its request then. Who finishes the request
// waits for the end.
func (w *watch) over(c *direct, cancel context.CancelFunc) {
	defer close(w.done)
	var err error
	if w.n, err = c.conn.Read(w.room[:]); err == nil {
		return
	}
	c.mu.Lock()
	stopped := w.stopped
	c.mu.Unlock()
	if timeout := net.Error(nil); !stopped || !errors.As(err, &timeout) || !timeout.Timeout() {
		w.gone = true
		cancel()
	}
}
