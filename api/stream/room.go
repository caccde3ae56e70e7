package stream

import (
	"context"
	"net"
	"sync"
	"time"
)

// room is where the connections of one listener are.
type room struct {
	server *Server
	lanes  []*lane
	next   int // the lane of the next connection

	mu     sync.Mutex
	here   map[*connection]bool
	served sync.WaitGroup
}

// The shortest and longest pause after a connection that could not be accepted,
// for want of file descriptors for instance.
const (
	firstPause = 5 * time.Millisecond
	lastPause  = time.Second
)

// accept takes connections until ctx ends or the listener fails for good.
func (r *room) accept(ctx context.Context, listener net.Listener) error {
	pause := firstPause
	for {
		c, err := listener.Accept()
		switch failure, ok := err.(interface{ Temporary() bool }); {
		case err == nil:
			pause = firstPause
			r.enter(ctx, c)
		case ctx.Err() != nil || !ok || !failure.Temporary():
			return err
		default:
			r.server.c.Log.Warn("connection not accepted", "protocol", r.server.c.Name, "error", err)
			rest(ctx, pause)
			pause = min(2*pause, lastPause)
		}
	}
}

// rest waits until the time has passed or ctx has ended.
func rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// enter serves a connection, unless there are too many, or it is not trusted and
// cannot say who sends.
func (r *room) enter(ctx context.Context, c net.Conn) {
	s := r.server
	stranger := !s.trusts(c.RemoteAddr())
	if stranger && s.c.Door == nil || s.open.Load() >= int64(s.c.MaxConnections) {
		s.turnedAway.Add(1)
		s.refusals.turnAway(c.RemoteAddr(), !stranger || s.c.Door != nil)
		// Nobody waits for an answer to that.
		_ = c.Close()
		return
	}
	lane := r.lanes[r.next%len(r.lanes)]
	r.next++
	one := &connection{server: s, lane: lane, conn: c, cutter: s.c.Cutter(), came: time.Now(), stranger: stranger}
	one.peer.of = one
	r.mu.Lock()
	r.here[one] = true
	r.mu.Unlock()
	s.open.Add(1)
	r.served.Go(func() {
		one.serve(ctx)
		s.open.Add(-1)
		r.mu.Lock()
		delete(r.here, one)
		r.mu.Unlock()
	})
}

// trusts tells whether connections from there are taken without asking who sends.
func (s *Server) trusts(from net.Addr) bool {
	if len(s.c.Trusted) == 0 && s.c.Door == nil {
		return true
	}
	address := addressOf(from)
	if address.IsLoopback() {
		return true
	}
	for _, p := range s.c.Trusted {
		if p.Contains(address) {
			return true
		}
	}
	return false
}

// leave lets all connections end, after what they have sent, and waits.
func (r *room) leave() {
	r.mu.Lock()
	for c := range r.here {
		c.leave()
	}
	r.mu.Unlock()
	r.served.Wait()
}
