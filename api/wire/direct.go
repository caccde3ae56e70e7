package wire

import (
	"context"
	"crypto/tls"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// DirectConfig is what a Direct is made of.
type DirectConfig struct {
	Handler http.Handler
	Context func(net.Conn) context.Context // of the requests of a connection
	First   time.Duration                  // how long a new connection may say nothing
	Idle    time.Duration                  // how long one that has asked may
	Log     *log.Logger                    // is told of panics
}

// Direct is a listener that answers requests by itself, as package http would, byte for
// byte, as long as they are plain and short: HTTP/1.1, not over TLS, with a body that has
// a length and has come with its head. A connection on which anything else arrives goes,
// with what it has sent, to whoever calls Accept, which is an http.Server, and stays
// there. For each request package http wakes a goroutine that waits for the client to
// leave, which costs it half of its time; here the clients of those are waited for that
// take long.
type Direct struct {
	of       DirectConfig
	listener net.Listener
	others   chan arrival // for Accept
	begin    sync.Once
	end      sync.Once
	closed   chan struct{} // by Close
	over     chan struct{} // by End
	closing  atomic.Bool   // Close has been called
	awake    atomic.Bool   // clients are looked after
	running  sync.WaitGroup
	beside   sync.WaitGroup // accepting, and looking after clients
	rooms    sync.Pool      // of *exchange
	texts    Texts          // for bodies
	date     atomic.Pointer[date]

	mu    sync.Mutex // before that of a connection
	conns map[*direct]struct{}
}

// arrival is what Accept answers.
type arrival struct {
	conn net.Conn
	err  error
}

// NewDirect answers what comes in at l, once Accept is called.
func NewDirect(l net.Listener, c DirectConfig) *Direct {
	return &Direct{
		of: c, listener: l, others: make(chan arrival), closed: make(chan struct{}), over: make(chan struct{}),
		conns: map[*direct]struct{}{},
	}
}

// Addr is the listener's address.
func (d *Direct) Addr() net.Addr { return d.listener.Addr() }

// Accept waits for a connection that has to be answered by package http.
func (d *Direct) Accept() (net.Conn, error) {
	d.begin.Do(func() { d.beside.Go(d.accept) })
	select {
	case a := <-d.others:
		return a.conn, a.err
	case <-d.closed:
		return nil, net.ErrClosed
	}
}

// accept takes connections until the listener is closed.
func (d *Direct) accept() {
	for {
		c, err := d.listener.Accept()
		if err == nil && d.takes(c) {
			continue
		}
		if !d.pass(arrival{c, err}) {
			return
		}
	}
}

// pass gives a connection, or why there is none, to Accept. Where nobody calls that any
// more it answers false, and the connection is closed.
func (d *Direct) pass(a arrival) bool {
	select {
	case d.others <- a:
		return true
	case <-d.closed:
		if a.conn != nil {
			// What cannot be closed is gone already.
			_ = a.conn.Close()
		}
		return false
	}
}

// takes has a connection's requests answered here, if they can be.
func (d *Direct) takes(c net.Conn) bool {
	plain, ok := c.(plainConn)
	if _, secure := c.(*tls.Conn); secure || !ok {
		return false
	}
	one := &direct{d: d, conn: plain, remote: c.RemoteAddr().String()}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closing.Load() {
		return false
	}
	d.conns[one] = struct{}{}
	d.running.Go(one.run)
	return true
}

// forget takes a connection off the list.
func (d *Direct) forget(c *direct) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.conns, c)
}

// Close takes no connection any more, and closes those that wait for a request. The
// others are closed behind the answer that is under way.
func (d *Direct) Close() error {
	err := net.ErrClosed
	d.end.Do(func() {
		d.closing.Store(true)
		close(d.closed)
		err = d.listener.Close()
		d.each((*direct).stopWaiting)
	})
	return err
}

// each does something with every connection.
func (d *Direct) each(do func(*direct)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for c := range d.conns {
		do(c)
	}
}

// Shutdown closes d and waits until the answers under way have ended, or ctx has.
func (d *Direct) Shutdown(ctx context.Context) error {
	_ = d.Close() // as the server that accepts from d may have done
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		d.running.Wait()
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// End closes d and all connections, and waits until nothing of d runs any more. Whoever
// calls it has ended the contexts of requests before.
func (d *Direct) End() {
	_ = d.Close()
	d.each(func(c *direct) { _ = c.conn.Close() }) // what cannot be closed is gone already
	d.running.Wait()
	close(d.over)
	d.beside.Wait()
}
