package cassandra

import (
	"cmp"
	"context"
	"slices"
	"sort"

	"aion/storage/points"
)

// How many rows of negative times are read at once, most with a point or two.
const (
	strayWidth = 16
	strayMost  = 1024
)

// readStrays is the next run of points below zero. A batch of rows is read
// before any of them is given, and points wait until no row that is still to be
// read can hold one in front of them: a row's points lie within a width behind
// its time. So as many are held as lie within two widths, 24 bytes each.
func (l *lane) readStrays(ctx context.Context) (*points.Block, error) {
	n := min(l.batch, len(l.strays))
	l.batch = min(2*l.batch, strayMost)
	if err := l.gather(ctx, l.strays[:n], &l.held); err != nil {
		return nil, err
	}
	l.strays = l.strays[n:]
	ready := l.held.Len()
	if len(l.strays) > 0 {
		ready = l.ready(l.strays[0])
	}
	if ready == l.held.Len() {
		return taken(&l.held), nil
	}
	var out, rest points.Block
	head, tail := l.held.Slice(0, ready), l.held.Slice(ready, l.held.Len())
	out.Reset(head.Kind)
	out.AppendBlock(&head)
	rest.Reset(tail.Kind)
	rest.AppendBlock(&tail)
	l.held = rest
	return &out, nil
}

// ready is how many of the held points lie in front of all that w and the rows
// after it can hold.
func (l *lane) ready(w row) int {
	if l.order == points.Desc {
		end := w.time + w.conn.layout.Width - 1
		return sort.Search(l.held.Len(), func(i int) bool { return l.held.Times[i] <= end })
	}
	return sort.Search(l.held.Len(), func(i int) bool { return l.held.Times[i] >= w.time })
}

// readExtremes reads the rows at the ends of all times whole: their points go to
// those that are held for either end. Nothing but a test has any.
func (l *lane) readExtremes(ctx context.Context) error {
	var all points.Block
	if err := l.gather(ctx, l.extremes, &all); err != nil {
		return err
	}
	l.extremes = nil
	l.top.Reset(all.Kind)
	l.held.Reset(all.Kind)
	for i, at := range all.Times {
		v := all.Slice(i, i+1)
		if at < 0 {
			l.held.AppendBlock(&v)
		} else {
			l.top.AppendBlock(&v)
		}
	}
	return nil
}

// gather adds the points of whole rows to b and puts all of them in order.
func (l *lane) gather(ctx context.Context, rows []row, b *points.Block) error {
	got := make([]points.Block, len(rows))
	err := inParallel(ctx, strayWidth, len(rows), func(ctx context.Context, i int) error {
		p, ok := l.scan.partition(rows[i])
		for ok && !p.ended {
			next, err := p.next(ctx)
			if err != nil {
				return err
			}
			if got[i].Len() == 0 {
				got[i] = next.block
			} else {
				got[i].AppendBlock(&next.block)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if b.Len() == 0 {
		b.Reset(l.key.Kind())
	}
	for i := range got {
		if got[i].Len() > 0 {
			b.AppendBlock(&got[i])
		}
	}
	*b = l.arranged(b)
	return nil
}

// arranged are the points of b in the order of the scan. Of one time, which in
// SECONDS two rows may hold, the lower row's counts: it is read first in
// ascending order and last in descending order.
func (s *scan) arranged(b *points.Block) points.Block {
	order := make([]int, b.Len())
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		if s.order == points.Desc {
			i, j = j, i
		}
		return cmp.Or(cmp.Compare(b.Times[i], b.Times[j]), cmp.Compare(i, j))
	})
	var out points.Block
	out.Reset(b.Kind)
	for _, i := range order {
		if s.follows(&out, b.Times[i]) {
			v := b.Slice(i, i+1)
			out.AppendBlock(&v)
		}
	}
	return out
}
