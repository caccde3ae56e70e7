package rollup

import (
	"aion/aggregators"
	"aion/storage/points"
)

// ranges are the wanted ranges that lie in a part, whose To is not included, as far
// as each consists of whole ranges of all offers of a way: the first run of them.
// It is empty where there are none.
func (w *Wanted) ranges(way *way, part points.Range) (points.Range, error) {
	if part.From >= part.To {
		return nothing(), nil
	}
	grid, err := aggregators.NewGrid(w.Step, w.Within.From, w.Zone)
	if err != nil {
		return nothing(), err
	}
	r, err := grid.Range(part.From)
	if err == nil && r.From < part.From {
		r, err = grid.Range(r.To + 1)
	}
	edges := make([]edge, len(way.offers))
	for i := range edges {
		edges[i] = edge{cut: way.offers[i].cut, until: part.To}
	}
	found := points.Range{From: r.From, To: r.From - 1}
	for ; err == nil && r.To < part.To; r, err = grid.Range(r.To + 1) {
		for i := range edges {
			ok, err := edges[i].parts(r, way.whole)
			if err != nil || !ok {
				return found, err
			}
		}
		if r.To <= found.To {
			break // the end of the calendar
		}
		found.To = r.To
	}
	return found, err
}

// edge tells of ascending ranges whether they consist of whole ranges of a cutter.
type edge struct {
	cut   cutter
	until int64
	part  stretch
}

// parts tells whether a range does; whole: whether it is one.
func (e *edge) parts(r points.Range, whole bool) (bool, error) {
	first, err := e.rangeOf(r.From)
	if err != nil || first.From != r.From {
		return false, err
	}
	if whole {
		return first.To == r.To, nil
	}
	last, err := e.rangeOf(r.To)
	return last.To == r.To, err
}

// rangeOf is the cutter's range that a time lies in.
func (e *edge) rangeOf(at int64) (points.Range, error) {
	if e.part.grid == nil || !e.part.Holds(at) {
		var err error
		if e.part, err = e.cut.first(at, max(at, e.until)); err != nil {
			return nothing(), err
		}
	}
	return e.part.grid.Range(at)
}
