package pebble

import (
	"context"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// A store is quiet when it has written less than quietBytes for quietFor. Then
// what stands in logs is made tables of, if it is worth that, and tables are
// joined, so that the folder is about as large as what it holds.
const (
	quietFor   = 8 * time.Second
	quietBytes = 64 << 10
)

// reclaimAfter is how long after points were taken away their room on the disk
// is given back, busy or not.
const reclaimAfter = 20 * time.Second

// loose is the share of a folder, one in so many bytes, that may be waste before
// tables are joined: in a small folder, and in one of more than smallFolder.
const (
	looseSmall  = 16
	looseLarge  = 8
	smallFolder = 1 << 30
)

// pieceOfTables is about how many bytes of tables are joined at a time: while
// that goes on they are on the disk twice.
const pieceOfTables = 256 << 20

// calm is what is known of how quiet a store is.
type calm struct {
	since    time.Time // nothing much has been written since then
	written  uint64    // bytes of log at that time
	flushed  uint64    // bytes of log that stand in tables
	dropped  int64     // how often points had been taken away at the last look
	dropping time.Time // when points were taken away that are still on the disk; zero: none
	busy     time.Time // up to then tables are joined although the store is not quiet
	joined   int64     // how many tables had been made of logs when tables were joined last
}

// condenser keeps the folder small until the store closes.
func (s *Store) condenser() {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	c := calm{since: time.Now()}
	for {
		select {
		case <-s.stop:
			return
		case <-look.C:
		}
		// Health is to tell when there is room again, although nobody writes.
		if err := s.admits(false); s.fault.ended() != nil || !s.fault.passes(inPebble) {
			continue
		} else if err != nil {
			s.dropped.Add(1) // making the folder smaller is all that can be done
		}
		if err := s.lookAround(closing(s.stop), &c, time.Now()); err != nil && !s.stopped() {
			s.log.Warn("the store cannot make its folder small", "error", err)
		}
	}
}

// lookAround makes the folder smaller if that is due.
func (s *Store) lookAround(ctx context.Context, c *calm, now time.Time) error {
	m := s.db.Metrics()
	if c.due(m.WAL.BytesIn, unflushed(m), s.dropped.Load(), now) {
		err := s.condense(ctx)
		c.flushed = s.db.Metrics().WAL.BytesIn
		c.written, c.since = c.flushed, time.Now().Add(-quietFor) // what it wrote itself is no disturbance
		if !c.dropping.IsZero() {
			c.dropping, c.busy = time.Time{}, c.since.Add(quietFor+reclaimAfter)
		}
		return err
	}
	if m.Flush.Count == c.joined || now.Sub(c.since) < quietFor && now.After(c.busy) || !wasteful(m) {
		return nil
	}
	c.joined = m.Flush.Count
	return s.join(ctx)
}

// due tells whether the folder can be made noticeably smaller: so many bytes
// have been written to logs, of which spare may stay there, and points were
// taken away so often.
func (c *calm) due(written, spare uint64, dropped int64, now time.Time) bool {
	if dropped != c.dropped && c.dropping.IsZero() {
		c.dropping = now
	}
	c.dropped = dropped
	if written-c.written > quietBytes {
		c.written, c.since = written, now
	}
	if !c.dropping.IsZero() && now.Sub(c.dropping) >= reclaimAfter {
		return true
	}
	return now.Sub(c.since) >= quietFor && written-c.flushed > spare
}

// unflushed is how many bytes may stand in logs while the store is quiet.
func unflushed(m *pebble.Metrics) uint64 {
	upper, bottom := tableBytes(m)
	return max(256<<10, min((upper+bottom)/128, 8<<20))
}

// tableBytes is what the tables hold: those of the bottommost level, and those
// above, whose entries may hide some below.
func tableBytes(m *pebble.Metrics) (upper, bottom uint64) {
	last := len(m.Levels) - 1
	for i := range m.Levels[:last] {
		upper += uint64(m.Levels[i].TablesSize)
	}
	return upper, uint64(m.Levels[last].TablesSize)
}

// condense settles what has been written, and makes tables of it.
func (s *Store) condense(ctx context.Context) error {
	if s.filled.Load() != 0 {
		if err := s.turn(); err != nil {
			return err
		}
	}
	for s.oldest.Load() != s.newest.Load() && !s.stopped() {
		if err := s.settleOldest(false); err != nil {
			return err
		}
	}
	return s.flush(ctx)
}

// wasteful tells whether much of what the tables hold is waste. Pebble tells of
// it some time after a table was made.
func wasteful(m *pebble.Metrics) bool {
	upper, bottom := tableBytes(m)
	waste := upper + m.Table.Garbage.PointDeletionsBytesEstimate + m.Table.Garbage.RangeDeletionsBytesEstimate
	share := uint64(looseSmall)
	if upper+bottom > smallFolder {
		share = looseLarge
	}
	return waste*share > upper+bottom
}

// join rewrites all tables, some of them at a time.
func (s *Store) join(ctx context.Context) error {
	levels, err := s.db.SSTables()
	if err != nil {
		return translate(err)
	}
	from, size := []byte{0}, uint64(0)
	for _, table := range levels[len(levels)-1] {
		if size += table.Size; size < pieceOfTables {
			continue
		}
		to := append(append([]byte{}, table.Largest.UserKey...), 0)
		if err := s.joinPiece(ctx, from, to); err != nil {
			return err
		}
		from, size = to, 0
	}
	return s.joinPiece(ctx, from, []byte{0xff})
}

// joinPiece rewrites the tables with keys of a range.
func (s *Store) joinPiece(ctx context.Context, from, to []byte) error {
	if s.stopped() {
		return nil
	}
	if err := s.db.Compact(ctx, from, to, false); err != nil {
		return fmt.Errorf("join tables: %w", translate(err))
	}
	return nil
}

// closing is the context of what ends when a store closes.
type closing <-chan struct{}

// Deadline is none.
func (closing) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done is closed when the store closes.
func (c closing) Done() <-chan struct{} { return c }

// Err is nil until then.
func (c closing) Err() error {
	select {
	case <-c:
		return context.Canceled
	default:
		return nil
	}
}

// Value is none.
func (closing) Value(any) any { return nil }
