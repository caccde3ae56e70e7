package access

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits are token buckets by name. A bucket that nobody has asked for within a
// minute is full again and is dropped, so that there are as many as there are
// names in use.
type limits struct {
	most           int // names in each of the two
	mu             sync.Mutex
	recent, before map[string]*rate.Limiter
	turned         time.Time
}

// mostBuckets is how many names each half of a guard's limits has at most.
const mostBuckets = 1 << 16

// newLimits are limits that nobody has used, of two halves of so many names.
func newLimits(most int) *limits { return &limits{most: most, recent: map[string]*rate.Limiter{}} }

// bucket is the bucket of a name: so many calls a minute, as many at once.
func (l *limits) bucket(name string, perMinute int, at time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at.Sub(l.turned) > time.Minute || len(l.recent) >= l.most {
		l.before, l.recent, l.turned = l.recent, map[string]*rate.Limiter{}, at
	}
	b, ok := l.recent[name]
	if !ok {
		if b, ok = l.before[name]; !ok {
			b = rate.NewLimiter(rate.Limit(float64(perMinute)/60), perMinute)
		}
		l.recent[name] = b
	}
	if b.Burst() != perMinute { // the key's limit has changed
		b.SetBurstAt(at, perMinute)
		b.SetLimitAt(at, rate.Limit(float64(perMinute)/60))
	}
	return b
}

// take takes a token of a name. Without one it answers how long that takes.
func (l *limits) take(name string, perMinute int, at time.Time) (after time.Duration) {
	b := l.bucket(name, perMinute, at)
	if b.AllowN(at, 1) {
		return 0
	}
	return lacking(b, at)
}

// lacking is how long it takes until there is a token; 0: there is one.
func lacking(b *rate.Limiter, at time.Time) time.Duration {
	lack := 1 - b.TokensAt(at)
	if lack <= 0 {
		return 0
	}
	return time.Duration(lack / float64(b.Limit()) * float64(time.Second))
}

// How many failed logins a minute an address and a name have.
const (
	failsOfAddress = 30
	failsOfName    = 60
)

// takeAll counts a failed login of credentials.
func (l *limits) takeAll(c Credentials, at time.Time) {
	for name, most := range origins(c) {
		l.take(name, most, at)
	}
}

// waitAny is how long whoever shows credentials has to wait, since he or others
// have failed too often; 0: not at all.
func (l *limits) waitAny(c Credentials, at time.Time) (after time.Duration) {
	for name, most := range origins(c) {
		after = max(after, lacking(l.bucket(name, most, at), at))
	}
	return after
}

// origins are the names that a failed login counts for, and what each has. Of an
// address of version 6 the network counts, which is one customer's.
func origins(c Credentials) map[string]int {
	of := map[string]int{}
	if a := c.From.Unmap(); a.IsValid() {
		bits := 32
		if a.Is6() {
			bits = 64
		}
		if p, err := a.WithZone("").Prefix(bits); err == nil {
			of["address "+p.String()] = failsOfAddress
		}
	}
	if c.ID != "" {
		of["name "+c.ID] = failsOfName
	}
	return of
}
