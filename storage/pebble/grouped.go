package pebble

import (
	"sync"

	"github.com/cockroachdb/pebble/v2"
)

// grouped knows which sheets may have groups, so that reading a series of any other
// does not look for them. A nil grouped knows nothing: all sheets may have some.
type grouped struct {
	mu     sync.RWMutex
	known  map[uint64]groupEpochs
	before groupEpochs // of the sheets up to last that are not known
	last   uint64      // the last sheet that there was when the store was opened
}

// groupEpochs tells in which epochs a sheet has got groups.
type groupEpochs struct {
	run     uint32 // the last one in which it got a group of runs; 0: it never did
	carried uint32 // the last one in which it got a group of carried runs; 0: it never did
	seen    uint32 // what came before this one was there when all of it was settled
	since   uint32 // that is how it is for readers who know of no older epoch than this
}

// openGrouped learns from the folder. The present epoch has no groups yet; last is
// the highest number of a series.
func openGrouped(db *pebble.DB, epoch uint32, last uint64) (*grouped, error) {
	g := &grouped{known: map[uint64]groupEpochs{}, last: sheetOf(last)}
	for _, prefix := range []byte{keyRunGroup, keyCarriedGroup} {
		it, err := db.NewIter(&pebble.IterOptions{LowerBound: []byte{prefix}, UpperBound: []byte{prefix + 1}})
		if err != nil {
			return nil, err
		}
		has := it.First()
		if err := firstOf(it.Error(), it.Close()); err != nil {
			has = true // whoever needs it comes across it again
		}
		switch {
		case !has:
		case prefix == keyRunGroup:
			g.before.run = max(1, epoch-1)
		default:
			g.before.carried = max(1, epoch-1)
		}
	}
	return g, nil
}

// of is what is known of the sheet that a number stands on.
func (g *grouped) of(number uint64) groupEpochs {
	sheet := sheetOf(number)
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.get(sheet)
}

// get is of with the lock held.
func (g *grouped) get(sheet uint64) groupEpochs {
	if x, ok := g.known[sheet]; ok || sheet > g.last {
		return x
	}
	return g.before
}

// haveCarried tells whether a sheet may have groups of carried runs, for a reader
// who looks at those epochs.
func (x groupEpochs) haveCarried(e epochs) bool {
	return x.carried != 0 && (x.carried >= x.seen || e.oldest < x.since)
}

// haveRuns tells whether a sheet may have groups of runs of an epoch.
func (x groupEpochs) haveRuns(epoch uint32) bool { return epoch <= x.run }

// may is of, where nothing is known of a nil grouped.
func (g *grouped) may(number uint64) groupEpochs {
	if g == nil {
		return groupEpochs{run: 1<<32 - 1, carried: 1<<32 - 1}
	}
	return g.of(number)
}

// runs notes that a sheet is about to get a group of runs in the present epoch.
func (g *grouped) runs(sheet uint64, epoch uint32) {
	g.mu.Lock()
	defer g.mu.Unlock()
	x := g.get(sheet)
	x.run = max(x.run, epoch)
	g.known[sheet] = x
}

// carried notes that a sheet is about to get a group of carried runs while that epoch
// is the present one.
func (g *grouped) carried(sheet uint64, epoch uint32) {
	g.mu.Lock()
	defer g.mu.Unlock()
	x := g.get(sheet)
	x.carried = max(x.carried, epoch)
	g.known[sheet] = x
}

// settled notes that a sheet has no groups of carried runs but those that it got in
// the epoch seen or later, as readers see it who know of no older epoch than since.
func (g *grouped) settled(sheet uint64, seen, since uint32) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if x := g.get(sheet); x.carried != 0 {
		x.seen, x.since = seen, since
		g.known[sheet] = x
	}
}
