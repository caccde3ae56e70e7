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
	row    points.Block     // of one series, or of some, one behind the other
	ends   []int            // where the points of each of some end in row
	held   int64            // bytes charged while series are read together
	tags   *tagCollector    // of the series that have points; nil: none has
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
	all, series := parts[0], append(g.series[:0], parts[0].series...) // in their own memory, of which parts are parts
	for _, p := range parts[1:] {
		all.merge(&p.kept)
		series = append(series, p.series...)
		all.tags = all.tags.join(p.tags)
	}
	if g.series = series; len(series) == 0 {
		return nil
	}
	r.matched.Store(true)
	kept := &keptPoints{held: held{block: &all.kept}, use: r.use, charged: int64(all.kept.Size())}
	if err := r.use.Take(kept.charged); err != nil {
		return err
	}
	sortTags(all.tags.tags)
	ag := r.tagged(all.tags.tags)
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
			if err := points.Guarded(func() error { return p.read(ctx, r) }); err != nil {
				once.Do(func() { failed = err })
				cancel()
			}
		})
	}
	running.Wait()
	return failed
}

// mostLed is how many series are read together at most.
const mostLed = 128

// ledCost is about what the store keeps open while series are read together.
const ledCost = 32 << 10

// read reads the series and keeps those that have points.
func (f *foremost) read(ctx context.Context, r *run) (err error) {
	defer func() { r.use.give(f.held) }()
	all, kept := f.series, f.series[:0]
	size := max(1, min(mostLed, 2*points.BlockSize/f.limit))
	for from := 0; from < len(all); from += size {
		if kept, err = f.readSome(ctx, r, from, all[from:min(from+size, len(all))], kept); err != nil {
			return err
		}
	}
	if f.series = kept; len(kept) != 0 {
		f.tags = collectTags(kept)
	}
	return nil
}

// readSome reads some series, from number from on, together where the store can,
// and adds those that have points to kept.
func (f *foremost) readSome(ctx context.Context, r *run, from int, some, kept []storage.Series) ([]storage.Series, error) {
	ends, ok, err := storage.Lead(ctx, some, r.plan.Range, f.order, f.limit, &f.row, f.ends[:0])
	switch {
	case err != nil:
		return kept, err
	case !ok:
		return f.readEach(ctx, r, from, some, kept)
	}
	if f.ends = ends; f.row.Len() == 0 {
		return kept, nil
	}
	if err := f.count(r); err != nil {
		return kept, err
	}
	at := 0
	for i, to := range ends {
		if to != at {
			v := f.row.Slice(at, to)
			f.merge(&v)
			kept = append(kept, some[i])
		}
		at = to
	}
	return kept, nil
}

// count counts and charges what has been read of some series.
func (f *foremost) count(r *run) error {
	if err := r.read(int64(f.row.Len())); err != nil {
		return err
	}
	more := ledCost + int64(f.row.Size()) - f.held
	if more <= 0 {
		return nil
	}
	if err := r.use.Take(more); err != nil {
		return err
	}
	f.held += more
	return nil
}

// readEach is readSome of series that are read one by one.
func (f *foremost) readEach(ctx context.Context, r *run, from int, some, kept []storage.Series) ([]storage.Series, error) {
	for i, s := range some {
		r.prefetch.reach(ctx, f.first+from+i)
		found, err := f.add(ctx, r.open(s))
		if err != nil {
			return kept, err
		}
		if found {
			kept = append(kept, s)
		}
	}
	return kept, nil
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
