package pebble

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// grantEvery is how often it is looked whether more compactions may run: Pebble
// allows more of them when tables pile up, of which nobody is told. Pebble's own
// scheduler looks as often.
const grantEvery = 100 * time.Millisecond

// compactions schedules them as Pebble's own scheduler does, but none before begin:
// Pebble opens a folder by writing a table of what its log holds, and where that makes
// a compaction due, it would wait for that one's end before it is open, however large.
type compactions struct {
	limit *pebble.ConcurrencyLimitScheduler
	db    pebble.DBForCompaction
	each  int // goroutines of a compaction

	begun atomic.Bool
	poke  chan struct{}
	stop  chan struct{}
	done  sync.WaitGroup
}

// newCompactions is a scheduler of one folder, which holds all compactions back. Its limit
// is the one of Pebble's that starts nothing by itself; grant has it look again.
func newCompactions() *compactions {
	return &compactions{
		limit: pebble.NewConcurrencyLimitSchedulerWithNoPeriodicGrantingForTest(),
		poke:  make(chan struct{}, 1),
		stop:  make(chan struct{}),
	}
}

// begin lets compactions run, those first that are due. Pebble is open by then.
func (c *compactions) begin() {
	c.limit.Register(c.each, c.db)
	c.begun.Store(true)
	c.UpdateGetAllowedWithoutPermission()
	c.done.Go(c.grant)
}

// grant gives those that wait what is free, until the folder is closed.
func (c *compactions) grant() {
	ticks := time.NewTicker(grantEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ticks.C:
		case <-c.poke:
		case <-c.stop:
			return
		}
		// What is given back goes to whoever waits.
		if free, handle := c.limit.TrySchedule(); free {
			handle.Done()
		}
	}
}

// Register notes whose compactions these are.
func (c *compactions) Register(each int, db pebble.DBForCompaction) { c.each, c.db = each, db }

// Unregister ends the scheduling: nothing is asked of the database any more.
func (c *compactions) Unregister() {
	close(c.stop)
	c.done.Wait()
	c.limit.Unregister()
}

// TrySchedule says whether a compaction may run now. One that may not is asked for
// later.
func (c *compactions) TrySchedule() (bool, pebble.CompactionGrantHandle) {
	if !c.begun.Load() {
		return false, nil
	}
	return c.limit.TrySchedule()
}

// UpdateGetAllowedWithoutPermission has looked at once whether more may run.
func (c *compactions) UpdateGetAllowedWithoutPermission() {
	select {
	case c.poke <- struct{}{}:
	default:
	}
}
