package yggio

import (
	"context"
	"errors"
	"slices"

	"aion/query"
	"aion/storage/points"
)

// mostHeld is how many bytes of raw points are held at most to turn their order
// round; where there are more they are read twice.
const mostHeld = 8 << 20

// errEnough ends the reading of points.
var errEnough = errors.New("there are enough points")

// raw answers the newest points as they are stored.
func (q *question) raw(ctx context.Context, w *writer) error {
	plan, err := q.plan(valued[:], query.Metric{Order: points.Desc, Limit: q.limit}, q.within)
	if err != nil {
		return err
	}
	n := newest{left: q.limit, take: w.block, lent: &q.p.blocks}
	defer n.rest()
	if !q.descending {
		n.take = n.hold
	}
	err = q.run(ctx, plan, func(ctx context.Context, all []*query.Result) error {
		return q.p.abreast(ctx, all, points.Desc, n.add)
	})
	switch {
	case err != nil && !errors.Is(err, errEnough):
		return err
	case q.descending:
		return nil
	case n.over:
		return q.again(ctx, w, &n)
	}
	for i := range slices.Backward(n.held) {
		b := n.held[i]
		b.Reverse()
		if err := w.block(b); err != nil {
			return err
		}
	}
	return nil
}

// newest takes points, the newest first, until there are enough of them.
type newest struct {
	left  int64 // that are still wanted
	take  func(*points.Block) error
	held  []*points.Block
	lent  *blocks // where the larger ones of held come from
	size  int
	over  bool  // there is more than may be held
	last  int64 // the time of the last point taken
	taken int64 // points of that time
}

// add takes the next points.
func (n *newest) add(b *points.Block) error {
	some := b.Slice(0, int(min(n.left, int64(b.Len()))))
	if some.Len() > 0 {
		if err := n.take(&some); err != nil {
			return err
		}
		n.left -= int64(some.Len())
		n.note(some.Times)
	}
	if n.left > 0 {
		return nil
	}
	return errEnough
}

// note remembers the last of times that were taken, and how often it was.
func (n *newest) note(times []int64) {
	last, same := times[len(times)-1], len(times)-1
	for same > 0 && times[same-1] == last {
		same--
	}
	if same > 0 || last != n.last {
		n.last, n.taken = last, 0
	}
	n.taken += int64(len(times) - same)
}

// hold keeps a copy of points, as long as there is room for all of them.
func (n *newest) hold(b *points.Block) error {
	if n.over {
		return nil
	}
	kept := new(points.Block)
	if b.Kind == points.Number && b.Len() > points.BlockSize/4 {
		kept = n.lent.take()
	}
	kept.Reset(b.Kind)
	kept.AppendBlock(b)
	n.held, n.size = append(n.held, kept), n.size+kept.Size()
	if n.size > mostHeld {
		n.over = true
		n.rest()
	}
	return nil
}

// rest gives up what is held.
func (n *newest) rest() {
	for _, b := range n.held {
		n.lent.rest(b)
	}
	n.held = nil
}

// again reads the points that were too large to be held once more, in the order in
// which they are answered. Of the oldest instant it passes over as many points as
// were not taken.
func (q *question) again(ctx context.Context, w *writer, n *newest) error {
	skip := -n.taken
	count := func(b *points.Block) error {
		skip += int64(b.Len())
		return nil
	}
	if err := q.ascending(ctx, points.Range{From: n.last, To: n.last}, count); err != nil {
		return err
	}
	return q.ascending(ctx, points.Range{From: n.last, To: q.within.To}, func(b *points.Block) error {
		over := min(skip, int64(b.Len()))
		skip -= over
		some := b.Slice(int(over), b.Len())
		return w.block(&some)
	})
}

// ascending hands all points of a range to take, the oldest first.
func (q *question) ascending(ctx context.Context, within points.Range, take func(*points.Block) error) error {
	plan, err := q.plan(valued[:], query.Metric{}, within)
	if err != nil {
		return err
	}
	return q.run(ctx, plan, func(ctx context.Context, all []*query.Result) error {
		return q.p.abreast(ctx, all, points.Asc, take)
	})
}
