package pebble

import (
	"math"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/points"
)

// lull is a time, in Unix milliseconds, in which nothing is overdue: from when a
// reader has looked until before the series that was filed first then is, or one
// that was filed later could be. What is filed is due then or after it.
type lull struct{ from, to int64 }

// holds tells whether a time lies in the lull. None holds for none.
func (l *lull) holds(at int64) bool { return l != nil && l.from <= at && at < l.to }

// overdue is the set of series that have lost their last point and that the
// sweeper has not removed although it should have. As every reading of names asks,
// and hardly ever is there anything, a lull that was found saves the next the look.
func (r reader) overdue() (*set, error) {
	if now := r.s.millis(); !r.s.lull.Load().holds(now) {
		return r.look(now - lenience)
	}
	return &set{}, nil
}

// look finds the series that have lost their last point and were due by then.
// Where none was due it notes for how long that will be so.
func (r reader) look(until int64) (*set, error) {
	it, err := r.snap.NewIter(&pebble.IterOptions{LowerBound: []byte{keyDue}, UpperBound: []byte{keyDue + 1}})
	if err != nil {
		return nil, translate(err)
	}
	var gone set
	quiet, soonest := true, int64(math.MaxInt64)
	for ok := it.First(); ok && err == nil; ok = it.Next() {
		at, number, ok := parseDueKey(it.Key())
		if ok && at > until {
			soonest = at
			break
		}
		if quiet = false; ok {
			var live bool
			if live, err = r.any(number, points.Always); !live && err == nil {
				gone.Add(number)
			}
			err = r.s.forgive(err)
		}
	}
	if err = firstOf(err, it.Error(), it.Close()); err == nil && quiet {
		r.s.lull.Store(&lull{from: r.held, to: min(r.held, soonest) + lenience})
	}
	return &gone, translate(err)
}
