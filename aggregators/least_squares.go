package aggregators

import (
	"math"

	"aion/storage/points"
)

// leastSquaresSpec describes least_squares: the line fitted to the range's
// points, at the first and at the last of their times, whatever stamps are
// asked for. One or two points are answered as they are.
func leastSquaresSpec() Spec {
	return rangeSpec(Spec{
		Name: "least_squares", Label: "Least Squares",
		Description: "Returns a best fit line through the datapoints using the least squares algorithm.",
		Build:       newLeastSquares,
	})
}

// newLeastSquares makes least_squares.
func newLeastSquares(env Env, v Values) (Aggregator, error) {
	c, err := newCut("least_squares", env, v)
	if err != nil {
		return nil, err
	}
	return &window{
		cut: c, text: c.text("least_squares"), kind: numbersOnly, empty: true,
		reduce: func(Budget) Reducer { return &leastSquares{start: unset} },
	}, nil
}

// unset is the time that KairosDB's LeastSquaresAggregator takes for "not set
// yet": a first point at -1 gives its place to the next one.
const unset = -1

// leastSquares is commons-math's SimpleRegression, operation by operation.
type leastSquares struct {
	kept         points.Block // the first two points
	view         points.Block
	start, stop  int64
	n            float64
	xBar, yBar   float64
	sumXX, sumXY float64
	sumX, sumY   float64
}

// Add fits the points of b.
func (l *leastSquares) Add(b *points.Block) error {
	if anyNull(b) {
		return errNull()
	}
	if kept := l.kept.Len(); kept < maxResults {
		if kept == 0 {
			l.kept.Reset(points.Number)
		}
		l.view = b.Slice(0, min(maxResults-kept, b.Len()))
		l.kept.AppendBlock(&l.view)
	}
	for i, at := range b.Times {
		if l.start == unset {
			l.start = at
		}
		l.stop = at
		l.fit(float64(at), b.Floats[i])
	}
	return nil
}

// fit adds one point to the regression.
func (l *leastSquares) fit(x, y float64) {
	if l.n == 0 {
		l.xBar, l.yBar = x, y
	} else {
		f := 1 + l.n
		g := l.n / f
		dx, dy := x-l.xBar, y-l.yBar
		l.sumXX += float64(float64(dx*dx) * g)
		l.sumXY += float64(float64(dx*dy) * g)
		l.xBar += dx / f
		l.yBar += dy / f
	}
	l.sumX += x
	l.sumY += y
	l.n++
}

// Flush appends the kept points or the ends of the line.
func (l *leastSquares) Flush(_ int64, out *points.Block) error {
	if l.n <= maxResults {
		out.AppendBlock(&l.kept)
	} else {
		slope := l.sumXY / l.sumXX
		if math.Abs(l.sumXX) < 10*math.SmallestNonzeroFloat64 {
			slope = math.NaN()
		}
		intercept := (l.sumY - float64(slope*l.sumX)) / l.n
		out.AppendFloat(l.start, intercept+float64(slope*float64(l.start)))
		out.AppendFloat(l.stop, intercept+float64(slope*float64(l.stop)))
	}
	l.kept.Reset(points.Number)
	*l = leastSquares{kept: l.kept, start: unset}
	return nil
}
