package aggregators

import "aion/storage/points"

// gathered adds the numbers of a range that come series by series. Fewer than
// freeFrom of them it puts into the order of the merged stream first, unless
// they are integers whose sum is exact or come in that order anyway; more it
// adds as they come, which Env.FreeOrder must allow.
type gathered struct {
	total
	room   *room   // where mergers are; nil: each is new
	order  *merger // nil while no order matters
	inTurn bool    // what comes is in the order of the merged stream
	before float64 // the sum of what came so before what does not
}

// moveIn puts numbers in order in that room.
func (g *gathered) moveIn(r *room) { g.room = r }

// letGo gives the merger back, whose numbers are not wanted any more.
func (g *gathered) letGo() {
	if g.order != nil {
		g.room.giveBack(g.order)
		g.order = nil
	}
}

// comesInTurn says of the numbers that come next whether they are in the order of
// the merged stream.
func (g *gathered) comesInTurn(yes bool) { g.inTurn, g.before = yes, g.sum }

// addPlaced adds doubles and the numbers that come among them. Of two at one time
// the smaller one comes first.
func (g *gathered) addPlaced(v []float64, places []int, others []float64) {
	sum, from := g.sum, 0
	for i, to := range places {
		x, tie := others[i], to < 0
		if tie {
			to = ^to
		}
		sum, from = add(sum, v[from:to]), to
		if tie && ordered(v[to]) < ordered(x) {
			sum, from = sum+v[to], to+1
		}
		sum += x
	}
	g.sum = add(sum, v[from:])
	g.n += int64(len(v) + len(places))
	g.inexact = g.inexact || len(v)+len(places) != 0
}

// count is how many numbers of the range have come, nulls not among them.
func (g *gathered) count() int64 { return g.n }

// Add adds the numbers of one series.
func (g *gathered) Add(b *points.Block) error {
	if !g.inTurn && g.n < freeFrom {
		if len(b.Nulls) != 0 {
			if !g.mean && anyNull(b) {
				return errNull()
			}
			b = withoutNulls(b, &g.scratch)
		}
		if g.n+int64(b.Len()) >= freeFrom {
			g.letGo()
		} else {
			if g.order == nil {
				g.order = g.room.merger()
			}
			g.order.add(b)
		}
	}
	return g.total.Add(b)
}

// untimed tells whether the order does not matter, or not any more.
func (g *gathered) untimed() bool { return g.inTurn || g.n >= freeFrom }

// hopes judges by what has come and by the last range.
func (g *gathered) hopes() bool {
	if g.inTurn {
		return !g.inexact && !g.doubles
	}
	return g.n >= freeFrom || !g.few
}

// gatheredBytes is how much gathered numbers hold at most for one range.
const gatheredBytes = 4 * 8 * freeFrom

// held is the memory of the numbers whose order may still matter.
func (g *gathered) held() int {
	if g.order == nil {
		return 0
	}
	return 8 * (cap(g.order.at.times) + cap(g.order.at.values))
}

// takes tells whether the range is large enough for any order. That integers
// add up exactly is not enough, since doubles may follow, of earlier times unless
// they come in turn.
func (g *gathered) takes(s *points.Summary) bool {
	if g.inTurn {
		return g.total.takes(s)
	}
	return g.n+s.Count >= freeFrom
}

// AddSummary adds the sum of a run that takes has agreed to.
func (g *gathered) AddSummary(s points.Summary) {
	if g.total.AddSummary(s); g.n >= freeFrom {
		g.letGo()
	}
}

// Flush appends the sum or mean.
func (g *gathered) Flush(at int64, out *points.Block) error {
	if g.order != nil && g.inexact && !g.inTurn && g.n < freeFrom {
		g.sum = add(g.before, g.order.merged())
	}
	g.letGo()
	return g.total.Flush(at, out)
}
