package query

import (
	"sync/atomic"
	"time"
)

// Queries that read much pause now and then, so that a processor looks at the
// network: as long as all of them are busy, Go's scheduler does that every ten
// milliseconds alone, and a small query would wait for it. Each 1<<pauseShift
// points that is just long enough to look. For as long as lately after a small
// query has been answered, when the next one is likely to come, it is each
// 1<<oftenShift points beyond those, and long enough for others to get a processor.
// To read so many points takes about as long as farApart, or closeApart, but where most are
// passed over by their summaries: then the query pauses when so much time has passed.
// A query that finds processors without work may sleep for a millisecond each time,
// so that small ones do not pause at all. In that time it also lets the system's other
// threads go first, and so does who writes a long answer, which takes longer than to
// read its points, but does not sleep.
const (
	pauseShift = 17
	oftenShift = 15
	glance     = time.Microsecond
	breath     = 20 * time.Microsecond
	lately     = 20 * time.Millisecond
	farApart   = 200 * time.Microsecond
	closeApart = 50 * time.Microsecond
)

// pacing is how the queries of an engine make way for small ones. It is safe for
// concurrent use.
type pacing struct {
	until  atomic.Int64 // the Unix nanosecond up to which small queries are likely
	looker looker
}

// pause pauses as long as due has answered.
func (p *pacing) pause(long time.Duration) {
	switch long {
	case 0:
	case glance:
		p.looker.look()
	default:
		yield()
		time.Sleep(long)
	}
}

// paces is when a query has paused. It is safe for concurrent use.
type paces struct{ last atomic.Int64 }

// elapsed tells whether the query may pause for so long at that time, and notes that
// it does.
func (p *paces) elapsed(long time.Duration, at time.Time) bool {
	apart := farApart
	if long == breath {
		apart = closeApart
	}
	now, last := at.UnixNano(), p.last.Load()
	if since := now - last; since >= 0 && since < int64(apart) { // no clock that has been set back stops it
		return false
	}
	return p.last.CompareAndSwap(last, now)
}

// answered notes that a query has been answered at that time, of so many points.
func (p *pacing) answered(points int64, at time.Time) {
	if points < 1<<pauseShift {
		p.until.Store(at.Add(lately).UnixNano())
	}
}

// due is for how long a query pauses that has read points up to a number, after
// it had read fewer; 0: it does not. now is asked for the time only where that
// matters.
func (p *pacing) due(before, read int64, now func() time.Time) time.Duration {
	switch {
	case read < 1<<pauseShift, before>>oftenShift == read>>oftenShift:
		return 0
	case now().UnixNano() < p.until.Load():
		return breath
	case before>>pauseShift == read>>pauseShift:
		return 0
	}
	return glance
}

// yields tells whether the reader of an answer lets other threads go first who has
// been given points up to a number, after he had fewer.
func (p *pacing) yields(before, given int64, now func() time.Time) bool {
	return p.due(before, given, now) == breath
}
