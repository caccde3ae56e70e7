package access

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// bucket is the token bucket of a name, and what else is to be known of who uses
// it, in one piece of memory. Whoever has found it once asks it without looking for
// its name again.
type bucket struct {
	tokens  rate.Limiter
	touched atomic.Int64          // when it was last asked, in nanoseconds
	noted   atomic.Int64          // when it was last noted that a key was used
	share   atomic.Pointer[share] // of queries; nil: none was asked for
}

// limits are buckets by name. One that nobody has asked for a minute is full
// again and is dropped, so that there are as many as there are names in use.
type limits struct {
	most           int // names in each of the two
	mu             sync.Mutex
	recent, before map[string]*bucket
	turned         time.Time
}

// How many names each half of a guard's limits has at most: keys, which are
// known, and the origins of failed logins, which anybody can make up.
const (
	mostKeys    = 1 << 20
	mostOrigins = 1 << 16
)

// newLimits are limits that nobody has used, of two halves of so many names.
func newLimits(most int) *limits { return &limits{most: most, recent: map[string]*bucket{}} }

// bucket is the bucket of a name: so many calls a minute, as many at once; -1: any
// number.
func (l *limits) bucket(name string, perMinute int, at time.Time) *bucket {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn(at)
	b, ok := l.recent[name]
	if !ok {
		if b, ok = l.before[name]; !ok {
			b = newBucket(perMinute)
		}
		l.recent[name] = b
	}
	b.touched.Store(at.UnixNano())
	return b
}

// newBucket is a full bucket. What a limiter has not been asked for since the year
// one it has gathered.
func newBucket(perMinute int) *bucket {
	b := new(bucket)
	b.tokens.SetLimitAt(time.Time{}, perSecond(perMinute))
	b.tokens.SetBurstAt(time.Time{}, perMinute)
	return b
}

// turn drops the older half of the buckets, but for those that somebody asks
// without their names, once a minute or when there are too many.
func (l *limits) turn(at time.Time) {
	over := len(l.recent) >= l.most
	if !over && at.Sub(l.turned) <= time.Minute {
		return
	}
	last, next := at.Add(-time.Minute).UnixNano(), map[string]*bucket{}
	for name, b := range l.before {
		if !over && b.touched.Load() > last {
			next[name] = b
		}
	}
	l.before, l.recent, l.turned = l.recent, next, at
}

// perSecond is a rate as package rate has it.
func perSecond(perMinute int) rate.Limit { return rate.Limit(float64(perMinute) / 60) }

// take takes a token of a name. Without one it answers how long that takes.
func (l *limits) take(name string, perMinute int, at time.Time) (after time.Duration) {
	return l.bucket(name, perMinute, at).take(perMinute, at)
}

// take takes a token. Without one it answers how long that takes.
func (b *bucket) take(perMinute int, at time.Time) (after time.Duration) {
	b.touched.Store(at.UnixNano())
	if b.tokens.Burst() != perMinute { // the key's limit has changed
		b.tokens.SetBurstAt(at, perMinute)
		b.tokens.SetLimitAt(at, perSecond(perMinute))
	}
	if b.tokens.AllowN(at, 1) {
		return 0
	}
	return b.lacking(at)
}

// lacking is how long it takes until there is a token; 0: there is one.
func (b *bucket) lacking(at time.Time) time.Duration {
	lack := 1 - b.tokens.TokensAt(at)
	if lack <= 0 {
		return 0
	}
	return time.Duration(lack / float64(b.tokens.Limit()) * float64(time.Second))
}

// How many failed logins a minute an address has, and a name in a network.
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
// have failed too often; 0: not at all. Nothing is kept of who has not failed.
func (l *limits) waitAny(c Credentials, at time.Time) (after time.Duration) {
	for name := range origins(c) {
		if b := l.known(name); b != nil {
			after = max(after, b.lacking(at))
		}
	}
	return after
}

// known is the bucket of a name that has one, else nil.
func (l *limits) known(name string) *bucket {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b, ok := l.recent[name]; ok {
		return b
	}
	return l.before[name]
}

// origins are the names that a failed login counts for, and what each has. Of an
// address of version 6 the network counts, which is one customer's. A name counts
// together with the network that the address is in, so that nobody elsewhere keeps
// its owner out; that of a key does not count, since nobody guesses its secret.
func origins(c Credentials) map[string]int {
	of := map[string]int{}
	if network := networkOf(c.From, 32, 64); network != "" {
		of["address "+network] = failsOfAddress
	}
	if c.ID != "" && !named(c.ID) {
		of["name "+networkOf(c.From, 24, 48)+" "+c.ID] = failsOfName
	}
	return of
}

// networkOf is the network of an address, of so many bits by version; empty where
// the address is not known.
func networkOf(a netip.Addr, bits4, bits6 int) string {
	a = a.Unmap().WithZone("")
	bits := bits4
	if a.Is6() {
		bits = bits6
	}
	p, err := a.Prefix(bits)
	if err != nil || !a.IsValid() {
		return ""
	}
	return p.String()
}
