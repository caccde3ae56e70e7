package query

import (
	"context"
	"slices"
	"sync"

	"aion/storage"
	"aion/storage/points"
)

// foremost is the beginning of the merged stream of some series, as far as a limit
// of no more than a block goes. The series are read one after the other, so that
// one of them is open at a time: to merge the latest points of very many series by
// holding all of them takes a thousand times the memory, and a tournament.
type foremost struct {
	order  points.Order
	limit  int
	series []storage.Series // before read all, then those that have points
	first  int              // number of the first of them among those of all groups
	kept   points.Block     // the beginning of the stream of the rows so far
	spare  points.Block     // where kept is merged with a row
	row    points.Block
}

// fewForemost is about how many series are worth a goroutine.
const fewForemost = 256

// brief tells whether a group that is not split is answered by a foremost.
func (r *run) brief(g *group) bool {
	return r.plan.Limit > 0 && r.plan.Limit <= points.BlockSize && len(g.series) > 1
}

// foremost computes a group of several series of which the limit leaves little.
func (r *run) foremost(ctx context.Context, g *group, out *emitter) error {
	parts := r.foremostParts(g)
	if err := r.readParts(ctx, parts); err != nil {
		return err
	}
	all, series := parts[0], parts[0].series
	for _, p := range parts[1:] {
		all.merge(&p.kept)
		series = append(series, p.series...)
	}
	if g.series = series; len(series) == 0 {
		return nil
	}
	r.matched.Store(true)
	kept := &keptPoints{held: held{block: &all.kept}, use: r.use, charged: int64(all.kept.Size())}
	if err := r.use.Take(kept.charged); err != nil {
		return err
	}
	ag := r.tagged(tagsOf(series))
	return r.whole(ctx, out, g, ag, r.chain(ag, kept, points.KindOf(series[0].Key().Type), r.plan.Chain))
}

// foremostParts lays the series of a group out among those who may read them side
// by side. Series that are fetched ahead are read in their order.
func (r *run) foremostParts(g *group) (parts []*foremost) {
	width := min(r.lanes, len(g.series)/fewForemost)
	if r.prefetch.far {
		width = 1
	}
	size := (len(g.series) + max(width, 1) - 1) / max(width, 1)
	first := g.first
	for series := range slices.Chunk(g.series, size) {
		parts = append(parts, &foremost{order: r.plan.Order, limit: int(r.plan.Limit), series: series, first: first})
		first += len(series)
	}
	return parts
}

// readParts reads all parts, and answers what the first of them has failed with.
func (r *run) readParts(ctx context.Context, parts []*foremost) (failed error) {
	if len(parts) == 1 {
		return parts[0].read(ctx, r)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var running sync.WaitGroup
	var once sync.Once
	for _, p := range parts {
		running.Go(func() {
			if err := p.read(ctx, r); err != nil {
				once.Do(func() { failed = err })
				cancel()
			}
		})
	}
	running.Wait()
	return failed
}

// read reads the series and keeps those that have points.
func (f *foremost) read(ctx context.Context, r *run) error {
	kept := f.series[:0]
	for i, s := range f.series {
		r.prefetch.reach(ctx, f.first+i)
		found, err := f.add(ctx, r.open(s))
		if err != nil {
			return err
		}
		if found {
			kept = append(kept, s)
		}
	}
	f.series = kept
	return nil
}

// add takes in the points of a row, which come behind equal ones of the rows
// before, and closes it. It tells whether there are any.
func (f *foremost) add(ctx context.Context, row points.Cursor) (found bool, err error) {
	for {
		if err := row.Next(ctx, &f.row); err != nil {
			return found, closing(err, row)
		}
		found = true
		f.merge(&f.row)
	}
}

// merge takes in points in the stream's order.
func (f *foremost) merge(b *points.Block) {
	n := f.kept.Len()
	if b.Len() == 0 || n == f.limit && !f.precedes(b, 0, &f.kept, n-1) {
		return
	}
	f.spare.Reset(b.Kind)
	for i, j := 0, 0; f.spare.Len() < f.limit && (i < n || j < b.Len()); {
		if j < b.Len() && (i == n || f.precedes(b, j, &f.kept, i)) {
			f.spare.AppendPoint(b, j)
			j++
		} else {
			f.spare.AppendPoint(&f.kept, i)
			i++
		}
	}
	f.kept, f.spare = f.spare, f.kept
}

// precedes tells whether point i of a comes before point j of b.
func (f *foremost) precedes(a *points.Block, i int, b *points.Block, j int) bool {
	x, y := keyOf(a, i, f.order), keyOf(b, j, f.order)
	return x.at < y.at || x.at == y.at && x.rank < y.rank
}

// keptPoints is a cursor over points that are charged until it is closed.
type keptPoints struct {
	held
	use     *usage
	charged int64
}

// Close gives back what is charged.
func (k *keptPoints) Close() error {
	k.use.give(k.charged)
	k.charged = 0
	return k.held.Close()
}
