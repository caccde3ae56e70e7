package query

import (
	"context"
	"sync"

	"aion/storage"
	"aion/storage/points"
)

// window is how many series are fetched ahead of the one that is probed, and
// fewFirst how many that is at the beginning of an answer: each that is fetched
// beside the first one makes its first byte later.
const (
	window   = 64
	fewFirst = 4
)

// prefetch tells the series of a metric, in the order in which they are read,
// that their turn is near. Groups that are computed side by side share it.
type prefetch struct {
	r      points.Range
	order  points.Order
	far    bool // the series are told
	mu     sync.Mutex
	series []storage.Series // nil: they need not be told any more
	next   int              // the first that has not been told
}

// newPrefetch is a prefetch of all series of the groups, which it numbers.
func newPrefetch(groups []*group, r points.Range, o points.Order) *prefetch {
	p := &prefetch{r: r, order: o}
	if len(groups) == 0 || !storage.Far(groups[0].series[0]) {
		return p
	}
	p.far = true
	for _, g := range groups {
		g.first = len(p.series)
		p.series = append(p.series, g.series...)
	}
	return p
}

// reach tells the series that lie less than a window behind number i; the window
// grows with i.
func (p *prefetch) reach(ctx context.Context, i int) {
	if !p.far {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for ; p.next < len(p.series) && p.next < i+min(window, fewFirst+i); p.next++ {
		if !storage.Prefetch(ctx, p.series[p.next], p.r, p.order) {
			p.series = nil
			return
		}
		p.series[p.next] = nil
	}
}
