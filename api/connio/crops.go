package connio

import (
	"sync"

	"aion/query/fleet"
)

// cropped names a property of an object.
type cropped struct{ organization, id, metric string }

// crops says when it is time to look whether a property has more points than its
// rule has room for. The zero value is ready.
type crops struct {
	mu    sync.Mutex
	since map[cropped]int64 // points that were written since somebody has looked
}

// maxCrops is of how many properties it is known; of others it is time.
const maxCrops = 1 << 16

// due notes that points were written, and tells whether it is time to look: always
// for rules that keep less than a thousand points, and for others when one in a
// thousand is new, so that each point that is written costs the reading of about a
// thousand at most.
func (c *crops) due(of cropped, points int, r *fleet.Retention) bool {
	if r.Type == mostRecent {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	since, known := c.since[of]
	since += int64(points)
	if !known || since > r.Capacity/1000 {
		since, known = 0, false
	}
	if len(c.since) >= maxCrops || c.since == nil {
		c.since = map[cropped]int64{}
	}
	c.since[of] = since
	return !known
}
