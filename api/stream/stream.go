// Package stream takes points from connections that mostly send and hardly ever
// listen: telnet's lines, Carbon's lines and pickles. It promises what such
// clients cannot check themselves:
//
//   - What has come in whole is stored, also when the client closes at once or
//     the server stops; what is cut off in the middle is not.
//   - A connection ends, and an answer is sent, after all that the connection
//     sent before is stored. Nothing else waits: points of all connections are
//     written together, as fast as the store takes them.
//   - A connection that sends nothing holds no buffer. While the store is away
//     nothing more is read, and what was read is tried again.
//   - What cannot be stored is refused with a reason, counted, and logged at a
//     bounded rate; it never takes its neighbours with it.
package stream

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"aion/storage"
	"aion/storage/ingest"
	"aion/storage/points"
)

// Parser turns messages into points. It serves one goroutine.
type Parser interface {
	// Take puts the points of a message into the writer that the parser was made
	// for and tells peer what it refuses and what is answered. The message is the
	// parser's until it returns.
	Take(message []byte, peer *Peer)
}

// Cutter finds the messages in what a connection sends.
type Cutter interface {
	// Cut looks at the first message of b and answers how many bytes it takes, 0
	// where it has not come in whole yet. Bytes that belong to no message that
	// can be taken are passed over: message is nil, and problem says why when
	// their end has been found.
	Cut(b []byte) (message []byte, size int, problem error)

	// Most is how many bytes a message may take with what stands around it.
	Most() int
}

// Config is what a Server is made of. Name, Store, Parser and Cutter are needed.
type Config struct {
	Name           string // of the protocol, in the log
	Store          storage.Writer
	Parser         func(*ingest.Writer) Parser
	Cutter         func() Cutter
	Log            *slog.Logger   // nil: nothing is logged
	MaxConnections int            // at a time; 0: 20,000
	Trusted        []netip.Prefix // whose connections are taken, and loopback; empty: everybody's
	Door           Door           // asks all others who they are, and takes lines of that form from these; nil: nobody is asked
	Grace          time.Duration  // for what was received, when the server stops; 0: 10 s
	Patience       time.Duration  // with clients that do not take their answers; 0: 10 s
	Now            func() time.Time
}

// Figures count what a Server has done.
type Figures struct {
	Connections  int64 // that are open
	TurnedAway   int64 // connections that were not taken
	Points       int64 // that are stored
	Refused      int64 // messages, or points of a message, that cannot be stored
	Lost         int64 // points that the store did not take to the end
	BytesWaiting int64 // that were received and are not stored yet
}

// Server takes connections. Several listeners may be served at once.
type Server struct {
	c        Config
	refusals *refusals

	small, large sync.Pool // of buffers

	open, turnedAway, points, lost, waiting, begun atomic.Int64
}

// The defaults.
const (
	maxConnections  = 20_000
	defaultGrace    = 10 * time.Second
	defaultPatience = 10 * time.Second
)

// New makes a Server.
func New(c Config) *Server {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.MaxConnections <= 0 {
		c.MaxConnections = maxConnections
	}
	if c.Grace <= 0 {
		c.Grace = defaultGrace
	}
	if c.Patience <= 0 {
		c.Patience = defaultPatience
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Server{c: c, refusals: &refusals{name: c.Name, log: c.Log, now: c.Now}}
}

// Figures are the counts as they stand.
func (s *Server) Figures() Figures {
	return Figures{
		Connections: s.open.Load(), TurnedAway: s.turnedAway.Load(), Points: s.points.Load(),
		Refused: s.refusals.count.Load(), Lost: s.lost.Load(), BytesWaiting: s.waiting.Load(),
	}
}

// refuse counts and logs a point that the store refuses, which the writer takes
// for stored.
func (s *Server) refuse(key points.Key, reason error) {
	s.refusals.add(nil, []byte(key.String()), reason)
	s.points.Add(-1)
}

// Serve takes connections until ctx ends; then it closes the listener, takes
// what the connections have sent by then, stores it and returns nil. When it
// returns nothing runs any more.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	writes, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	lanes := make([]*lane, min(8, max(2, runtime.GOMAXPROCS(0))))
	var flushing sync.WaitGroup
	for i := range lanes {
		lanes[i] = newLane(s)
		flushing.Go(func() { lanes[i].flush(writes) })
	}
	room := &room{server: s, lanes: lanes, here: map[*connection]bool{}}
	stopped := context.AfterFunc(ctx, func() {
		// A listener that is closed already is closed.
		_ = listener.Close()
	})
	err := room.accept(ctx, listener)
	stopped()
	_ = listener.Close()
	enough := time.AfterFunc(s.c.Grace, cancel)
	room.leave()
	for _, l := range lanes {
		l.close()
	}
	flushing.Wait()
	enough.Stop()
	s.refusals.tell()
	if ctx.Err() == nil {
		return fmt.Errorf("serve %s on %s: %w", s.c.Name, listener.Addr(), err)
	}
	return nil
}

// pool has the buffers of one size.
func (s *Server) pool(size int) *sync.Pool {
	if size == chunk {
		return &s.large
	}
	return &s.small
}
