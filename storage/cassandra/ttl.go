package cassandra

import (
	"log/slog"
	"sync"
	"time"

	"aion/storage/points"
)

// What Cassandra allows: the longest life of a row in seconds, and the last
// second at which one may end, 2038-01-19T03:14:06Z.
const (
	maxLife   = 630720000
	lastDeath = 1<<31 - 2
)

// forever is the end of what does not expire.
const forever = 1<<63 - 1

// fate is what becomes of a point that is put.
type fate uint8

// The fates.
const (
	lives   fate = iota
	expired      // it was alive at its write time, which is past
	unborn       // its life was over before it was written
)

// reaper reckons the lives of the points of one call.
type reaper struct {
	ttl          time.Duration // of points that bring none
	force, align bool
	now          int64 // the clock
	at           int64 // when the points are taken as written
}

// reaper is one for points that are written at a time, now if it is 0.
func (c *Config) reaper(now, at int64) reaper {
	if at == 0 {
		at = now
	}
	return reaper{ttl: c.TTL, force: c.ForceTTL, align: c.AlignTTL, now: now, at: at}
}

// effective is the life that a point gets which asks for ttl, in milliseconds, 0
// for ever.
func (r *reaper) effective(ttl time.Duration) (int64, error) {
	if r.force || ttl == 0 {
		ttl = r.ttl
	}
	if ttl < 0 || ttl > maxLife*time.Second {
		return 0, points.Invalid("a life of %s is not within 0 and %d seconds", ttl, maxLife)
	}
	return int64((ttl + time.Millisecond - 1) / time.Millisecond), nil
}

// left is how many seconds, rounded up, a point of that time has left of its
// life of so many milliseconds, 0 for ever.
func (r *reaper) left(life, at int64) (int32, fate, error) {
	if life == 0 {
		return 0, lives, nil
	}
	from := r.at
	if r.align {
		from = min(at, forever-life)
	}
	end := from + life
	switch {
	case end <= r.at:
		return 0, unborn, nil
	case end <= r.now:
		return 0, expired, nil
	case end-r.now < 0 || (end-r.now-1)/1000 >= maxLife:
		return 0, lives, points.Invalid("a life that ends in more than %d seconds cannot be stored", maxLife)
	}
	return int32((end-r.now-1)/1000 + 1), lives, nil
}

// outlived counts the points that were not stored because their life was over,
// and logs that once a minute at most.
type outlived struct {
	log  *slog.Logger
	mu   sync.Mutex
	n    int64
	next time.Time
}

// add counts n more.
func (o *outlived) add(n int) {
	if n == 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.n += int64(n)
	if now := time.Now(); now.After(o.next) {
		o.next = now.Add(time.Minute)
		o.log.Warn("points were not stored: their life, counted from their own time, was over", "points", n, "since_start", o.n)
	}
}

// indexEnd is when an index row ends that has to outlive a point's end by the
// margin, in Unix milliseconds: never where Cassandra would refuse that.
func indexEnd(now, life, margin int64) int64 {
	switch end := now + (life+margin)*1000; {
	case life == 0, life+margin > maxLife, end/1000 >= lastDeath:
		return forever
	default:
		return end
	}
}

// indexLife is the TTL that makes a row end then, counted from now.
func indexLife(now, end int64) int64 {
	if end == forever {
		return 0
	}
	return max((end-now+999)/1000, 1)
}
