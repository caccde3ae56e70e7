package aggregators

import "aion/storage/points"

// Grid cuts time into ranges of one size, as a range aggregator does whose
// start_time is the grid's origin and whose align_sampling is false.
type Grid struct{ ranges *grid }

// NewGrid counts ranges from an origin in a zone; nil is UTC. An origin out of
// all calendars is a ComputeError.
func NewGrid(size points.Span, origin int64, zone *Zone) (*Grid, error) {
	g, err := newGrid(size, origin, false, zone)
	if err != nil {
		return nil, err
	}
	return &Grid{g}, nil
}

// Range is the range that a time at or after the origin lies in.
func (g *Grid) Range(at int64) (points.Range, error) {
	start, end, err := g.ranges.of(at)
	return points.Range{From: start, To: end - 1}, err
}
