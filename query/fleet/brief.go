package fleet

import (
	"fmt"
	"sync"
	"time"

	"aion/storage/points"
)

// A secret names one device of all organizations, so that whoever may set one is
// told of those that are taken. Long ones nobody finds by trying; of brief ones,
// which devices in the field have, an organization sets no more than it takes to
// bring a fleet along.
const (
	leastSecret = 8
	longSecret  = 16
	mostBrief   = 10_000
	briefTime   = time.Hour
)

// brief counts the brief secrets that each organization has set of late.
type brief struct {
	mu    sync.Mutex
	since time.Time
	set   map[string]int
}

// take counts a secret that is to be set, unless there were too many brief ones. It
// is a points.ErrUnavailable then.
func (b *brief) take(tenant, secret string, now time.Time) error {
	if len(secret) >= longSecret {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if age := now.Sub(b.since); b.set == nil || age < 0 || age >= briefTime {
		b.since, b.set = now, map[string]int{}
	}
	if b.set[tenant] >= mostBrief {
		return fmt.Errorf("secret: more than %d of fewer than %d characters were set within an hour: %w", mostBrief, longSecret, points.ErrUnavailable)
	}
	b.set[tenant]++
	return nil
}
