package stream

import (
	"context"
	"errors"
	"sync"
	"time"

	"aion/storage"
	"aion/storage/ingest"
	"aion/storage/points"
)

// lane takes the points of some connections and writes them, in the order in
// which they came in. While one side is written the other is filled, so that
// batches are as large as the store is slow.
type lane struct {
	server *Server
	wake   chan struct{} // there is something to write

	mu      sync.Mutex
	changed sync.Cond // a batch has been taken away, or written
	front   *side
	back    *side
	number  uint64 // of the batch that is being filled
	written uint64 // all batches below are stored, or given up
	lost    uint64 // the last batch that was given up; 0: none
}

// side is one of the two places where points gather.
type side struct {
	writer *ingest.Writer
	store  *counted // that writer writes to
	parser Parser
	bytes  int64 // that the gathered points came from
}

// counted is a Salvager that knows how many points its last batch had.
type counted struct {
	Salvager
	tried int
}

// Write writes b.
func (c *counted) Write(ctx context.Context, b *storage.Batch) error {
	c.tried = b.Len()
	return c.Salvager.Write(ctx, b)
}

// newLane makes a lane whose flush is called by somebody.
func newLane(s *Server) *lane {
	l := &lane{server: s, wake: make(chan struct{}, 1), number: 1, written: 1}
	l.changed.L = &l.mu
	l.front, l.back = l.side(), l.side()
	return l
}

// side makes one side.
func (l *lane) side() *side {
	store := &counted{Salvager: Salvager{Writer: l.server.c.Store, Refused: l.server.refuse}}
	w := ingest.New(store, ingest.Config{})
	return &side{writer: w, store: store, parser: l.server.c.Parser(w)}
}

// take takes all whole messages of b and answers how many bytes they are. It
// waits while the store is behind.
func (l *lane) take(c *connection, b []byte) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	used, taken := 0, 0
	for {
		message, n, problem := c.cutter.Cut(b[used:])
		if n == 0 {
			break
		}
		used += n
		if problem != nil {
			c.peer.Refuse(nil, problem)
		}
		if message == nil {
			continue
		}
		for l.front.writer.Full() {
			l.nudge()
			l.changed.Wait()
		}
		l.front.parser.Take(message, &c.peer)
		l.front.bytes += int64(n)
		taken += n
		c.last = l.number
		if c.first == 0 {
			c.first = l.number
		}
	}
	if taken > 0 {
		l.server.waiting.Add(int64(taken))
		l.nudge()
	}
	return used
}

// nudge has flush look.
func (l *lane) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// await waits until all that a connection sent is stored. It answers false when
// a part was lost.
func (l *lane) await(c *connection) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.written <= c.last {
		l.changed.Wait()
	}
	whole := c.first == 0 || l.lost < c.first
	c.first = 0
	return whole
}

// close ends flush after what there is to write. Nothing is taken any more.
func (l *lane) close() { close(l.wake) }

// flush writes what is gathered until the lane is closed.
func (l *lane) flush(ctx context.Context) {
	for range l.wake {
		l.mu.Lock()
		l.front, l.back = l.back, l.front
		l.number++
		l.changed.Broadcast()
		l.mu.Unlock()

		ok := l.write(ctx, l.back)

		l.mu.Lock()
		l.written = l.number
		if !ok {
			l.lost = l.number - 1
		}
		l.changed.Broadcast()
		l.mu.Unlock()
	}
}

// How often, and in what intervals, a batch is tried again. A store that is
// away is waited for until the server stops.
const (
	firstRetry = 50 * time.Millisecond
	lastRetry  = 5 * time.Second
	mostTries  = 5
)

// write writes one side. It answers false when the points had to be given up.
func (l *lane) write(ctx context.Context, s *side) bool {
	defer func() {
		l.server.waiting.Add(-s.bytes)
		s.bytes = 0
	}()
	stored, pause := s.writer.Stored(), firstRetry
	for tries := 1; ; tries++ {
		err := s.writer.Flush(ctx)
		if err == nil {
			l.server.points.Add(s.writer.Stored() - stored)
			return true
		}
		if ctx.Err() != nil || tries >= mostTries && !errors.Is(err, points.ErrUnavailable) {
			l.giveUp(s, err)
			return false
		}
		l.server.c.Log.Warn("points not stored yet", "protocol", l.server.c.Name, "error", err, "again_in", pause)
		rest(ctx, pause)
		pause = min(2*pause, lastRetry)
	}
}

// giveUp lets go of the points of a side.
func (l *lane) giveUp(s *side, err error) {
	lost := s.store.tried
	s.writer.Reset(s.store)
	l.server.lost.Add(int64(lost))
	l.server.c.Log.Error("points lost", "protocol", l.server.c.Name, "points", lost, "error", err)
}
