package query

import (
	"context"

	"aion/storage/points"
)

// inSequence tells whether the series of a group that is not split are read one
// after the other, each to its end, before there is an answer.
func (r *run) inSequence(g *group) bool {
	if r.prefetch.far { // series are begun ahead of each other
		return false
	}
	all, _, _ := r.plan.sideBySide(len(g.series), g.kindOf())
	return all != nil && all.OneByOne(len(g.series))
}

// sequence computes a group whose series are read one after the other. Which of
// them have points is known from that, so that none is looked at before.
func (r *run) sequence(ctx context.Context, g *group, out *emitter) error {
	all, kind, chain := r.plan.sideBySide(len(g.series), g.kindOf())
	rows := r.openAll(g.series)
	in, _, err := begin(ctx, all.ApplyAll(r.tagged(nil), rows), &r.engine.blocks)
	if err != nil {
		return closing(err, in)
	}
	kept := g.series[:0]
	for i, row := range rows {
		if row.(interface{ hadPoints() bool }).hadPoints() {
			kept = append(kept, g.series[i])
		}
	}
	if g.series = kept; len(kept) == 0 {
		return in.Close()
	}
	r.matched.Store(true)
	ag := r.tagged(tagsOf(kept))
	return r.whole(ctx, out, g, ag, r.chain(ag, in, kind, chain))
}

// kindOf is the kind of the points of a group's series, which is the same for all.
func (g *group) kindOf() points.Kind { return points.KindOf(g.series[0].Key().Type) }
