package spool

import (
	"context"
	"errors"
	"hash/maphash"
	"io"
	"os"
	"sync"
	"time"
)

// How delivery is paced.
const (
	lanes     = 8       // how many records may be on their way at once
	roundSize = 4 << 20 // a round that has become so long takes no further record

	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
	saveEvery  = 200 * time.Millisecond
)

// courier is the goroutine that delivers. It goes in rounds: a round is the next
// few records of which no two have a series in common, so that their order among
// themselves does not matter, and ends when all of them are delivered.
type courier struct {
	s      *Store
	seed   maphash.Seed
	file   *os.File // the segment that is being read, nil if none is
	number uint64   // of the segment
	walker walker
	held   *record             // read already, and for the next round
	taken  map[uint64]struct{} // series of the round
	pause  time.Duration       // how long the last rest was; 0: all is well
	saved  time.Time
	gone   []uint64 // segments to delete as soon as the position is saved
}

// run delivers until ctx ends.
func (c *courier) run(ctx context.Context) {
	for ctx.Err() == nil {
		round, err := c.load()
		switch {
		case err != nil:
			c.rest(ctx, err)
		case len(round) != 0:
			c.deliver(ctx, round)
		case !c.turn():
			c.idle(ctx)
		}
	}
	c.shut()
}

// load reads a round. It is empty at the end of a segment.
func (c *courier) load() ([]*record, error) {
	var round []*record
	clear(c.taken)
	for size := int64(0); len(round) < lanes && size < roundSize; {
		r := c.held
		if c.held = nil; r == nil {
			var err error
			if r, err = c.next(); r == nil {
				if len(round) != 0 {
					err = nil // it comes again
				}
				return round, err
			}
		}
		if c.meets(r) {
			c.held = r
			break
		}
		round, size = append(round, r), size+r.size
	}
	return round, nil
}

// meets tells whether a record has a series that the round has too, and if not
// adds its series to those of the round.
func (c *courier) meets(r *record) bool {
	for _, id := range r.series {
		if _, ok := c.taken[id]; ok {
			return true
		}
	}
	for _, id := range r.series {
		c.taken[id] = struct{}{}
	}
	return false
}

// next reads the next record, or nothing at the end of a segment. What is no
// record is moved aside.
func (c *courier) next() (*record, error) {
	if ok, err := c.open(); !ok {
		return nil, err
	}
	for {
		from := c.walker.at
		p, err := c.walker.next()
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if p.state == whole {
			if r, err := parseRecord(p.payload, c.seed); err == nil {
				r.end = p.to
				return r, nil
			}
		}
		if err := c.s.moveAside(c.file, c.number, p); err != nil {
			c.walker.at = from
			return nil, err
		}
	}
}

// open makes the walker one of the segment that is to be delivered, as long as
// that is by now. Not ok: there is none.
func (c *courier) open() (ok bool, err error) {
	seg, from, ok := c.s.ledger.reading()
	if !ok {
		return false, nil
	}
	if c.file == nil || c.number != seg.number {
		c.shut()
		if c.file, err = os.Open(segmentPath(c.s.dir, seg.number)); err != nil {
			c.file = nil
			return false, err
		}
		c.number, c.walker = seg.number, walker{file: c.file, at: from}
	}
	c.walker.end = seg.size
	return true, nil
}

// shut closes the segment.
func (c *courier) shut() {
	if c.file != nil {
		// It was only read.
		_ = c.file.Close()
		c.file = nil
	}
}

// deliver delivers a round, however long that takes.
func (c *courier) deliver(ctx context.Context, round []*record) {
	c.s.ledger.heading(round[0].at)
	for err := c.hand(ctx, round); err != nil; err = c.hand(ctx, round) {
		if !c.rest(ctx, err) {
			return
		}
	}
	c.works()
	c.s.ledger.delivered(position{c.number, round[len(round)-1].end}, round)
	if time.Since(c.saved) > saveEvery {
		c.tidy()
	}
}

// hand hands over what is left of a round, all records at once.
func (c *courier) hand(ctx context.Context, round []*record) error {
	if len(round) == 1 {
		return c.s.hand(ctx, round[0])
	}
	errs := make([]error, len(round))
	var wg sync.WaitGroup
	for i, r := range round {
		wg.Go(func() { errs[i] = c.s.hand(ctx, r) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// turn ends a segment that has been read to its end. It tells whether there is
// more to deliver.
func (c *courier) turn() bool {
	more, gone, ended := c.s.ledger.pass(position{c.number, c.walker.at})
	if ended {
		c.gone = append(c.gone, gone)
		c.tidy()
	}
	return more
}

// idle waits for a record. When none comes for a while, the last segment is
// ended too.
func (c *courier) idle(ctx context.Context) {
	var late <-chan time.Time
	if c.s.ledger.waiting().Bytes != 0 {
		late = time.After(saveEvery)
	}
	select {
	case <-c.s.wake:
	case <-ctx.Done():
	case <-late:
		gone, ended, err := c.s.appender.retire()
		if err != nil {
			c.s.log.Warn("a delivered segment of the spool did not close", "error", err)
		}
		if ended {
			c.gone = append(c.gone, gone)
			c.tidy()
		}
	}
}

// tidy saves the position and deletes the segments before it. What does not
// succeed is tried again at the next time.
func (c *courier) tidy() {
	c.saved = time.Now()
	err := c.s.mark.save(c.s.ledger.mark())
	for err == nil && len(c.gone) != 0 {
		if c.file != nil && c.number == c.gone[0] {
			c.shut()
		}
		if err = os.Remove(segmentPath(c.s.dir, c.gone[0])); err == nil || errors.Is(err, os.ErrNotExist) {
			c.gone, err = c.gone[1:], nil
		}
	}
	if err != nil {
		c.s.complain("the spool cannot tidy up", err)
	}
}

// rest notes what failed and waits, longer each time. Not ok: ctx ended.
func (c *courier) rest(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	c.s.ledger.fail(err)
	c.s.complain("the spool cannot deliver", err)
	c.pause = min(max(2*c.pause, firstPause), lastPause)
	select {
	case <-time.After(c.pause):
		return true
	case <-ctx.Done():
		return false
	}
}

// works notes that delivery goes on.
func (c *courier) works() {
	if c.pause != 0 {
		c.pause = 0
		c.s.ledger.fail(nil)
		c.s.log.Info("the spool delivers again", "points_waiting", c.s.ledger.waiting().Points)
	}
}
