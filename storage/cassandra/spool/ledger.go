package spool

import (
	"context"
	"fmt"
	"sync"

	"aion/storage/points"
)

// ledger knows what is in the segments and up to where it is delivered.
type ledger struct {
	mu       sync.Mutex
	segments []segment // the oldest first
	pos      position  // all before it is delivered
	written  int64     // the last write time that was given
	deleted  int64     // when something was last deleted
	failure  error     // what holds up delivery
	state    State
	changed  chan struct{} // closed when pos or failure change
}

// end is where the next record will stand, or one before it. The lock is held.
func (l *ledger) end() position {
	if n := len(l.segments); n != 0 {
		return position{l.segments[n-1].number, l.segments[n-1].size}
	}
	return l.pos
}

// dry tells whether all is delivered. The lock is held.
func (l *ledger) dry() bool { return !l.pos.before(l.end()) }

// free tells whether a write at that time may pass the spool by: nothing waits,
// and nothing was delivered with a write time that is not over.
func (l *ledger) free(now int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dry() && now > l.written
}

// floor is the time above which the next write time must lie.
func (l *ledger) floor() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(l.written, l.deleted)
}

// noteDelete makes later records later than a deletion.
func (l *ledger) noteDelete(at int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deleted = max(l.deleted, at)
}

// next is the number that a new segment gets.
func (l *ledger) next() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.segments); n != 0 {
		return l.segments[n-1].number + 1
	}
	return l.pos.segment
}

// begin adds an empty segment of the next number.
func (l *ledger) begin(number uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.segments = append(l.segments, segment{number: number})
}

// appended notes a record at the end of the last segment.
func (l *ledger) appended(p preface, size int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dry() {
		l.state.Oldest = p.at
	}
	l.segments[len(l.segments)-1].size += size
	l.written = p.at
	l.state.Points += p.points
	l.state.Batches += p.batches
	l.state.Bytes += size
	l.state.Spooled += p.points
}

// heading notes the write time of the oldest record that waits.
func (l *ledger) heading(at int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state.Oldest = at
}

// delivered notes that all before pos is delivered, which took these records.
func (l *ledger) delivered(pos position, round []*record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range round {
		l.state.Points -= r.points
		l.state.Batches -= r.batches
		l.state.Delivered += r.points - r.lost
		l.state.Expired += r.expired
		l.state.Poisoned += r.poison
	}
	l.pos = pos
	if l.dry() {
		// Records that cannot be read any more leave their points behind.
		l.state.Points, l.state.Batches, l.state.Oldest = 0, 0, 0
	}
	l.tell()
}

// reading is the segment that is being delivered and where that goes on.
func (l *ledger) reading() (seg segment, from int64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.segments) == 0 {
		return segment{}, 0, false
	}
	return l.segments[0], l.pos.offset, true
}

// pass notes that all before a position in the first segment is delivered, and
// goes on to the next segment where that is the end. It tells whether anything is
// left to read, and which segment is of no use any more, if ended.
func (l *ledger) pass(to position) (more bool, gone uint64, ended bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.segments) == 0 {
		return false, 0, false
	}
	first := l.segments[0]
	if first.number != to.segment {
		return true, 0, false // it has come since, and nobody has looked at it
	}
	if l.pos.before(to) {
		l.pos = to
	}
	defer l.tell()
	if to.offset < first.size || len(l.segments) == 1 {
		return to.offset < first.size, 0, false
	}
	l.segments = l.segments[1:]
	l.pos = position{l.segments[0].number, 0}
	l.state.Bytes -= first.size
	return true, first.number, true
}

// retire drops the last segment when all is delivered. Nobody may be appending.
func (l *ledger) retire() (gone uint64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.segments) != 1 || !l.dry() {
		return 0, false
	}
	gone = l.segments[0].number
	l.segments, l.pos, l.state.Bytes = nil, position{gone + 1, 0}, 0
	l.state.Points, l.state.Batches, l.state.Oldest = 0, 0, 0
	l.tell()
	return gone, true
}

// mark is what is worth saving.
func (l *ledger) mark() mark {
	l.mu.Lock()
	defer l.mu.Unlock()
	return mark{l.pos, l.written}
}

// tell wakes those who wait for a change. The lock is held.
func (l *ledger) tell() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// fail notes what holds up delivery, or with nil that nothing does any more.
func (l *ledger) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failure = err; err == nil {
		l.state.Failure = ""
	} else {
		l.state.Failure = err.Error()
	}
	l.tell()
}

// count changes a figure.
func (l *ledger) count(figure *int64, n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*figure += n
}

// waiting is the present state.
func (l *ledger) waiting() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

// reached tells whether all before a position is delivered, what to wait for if
// not, and what holds that up.
func (l *ledger) reached(to position) (ok bool, changed <-chan struct{}, failure error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.pos.before(to), l.changed, l.failure
}

// drained waits until all that was appended before is delivered.
func (l *ledger) drained(ctx context.Context) error {
	l.mu.Lock()
	to := l.end()
	l.mu.Unlock()
	for {
		ok, changed, failure := l.reached(to)
		switch {
		case ok:
			return nil
		case failure != nil:
			return l.heldUp(failure)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// heldUp is what is said while a failure holds up delivery.
func (l *ledger) heldUp(failure error) error {
	w := l.waiting()
	return fmt.Errorf("%w: %d points wait in the spool and are not delivered: %w", points.ErrUnavailable, w.Points, failure)
}
