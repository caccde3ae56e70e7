package aggregators

import (
	"context"
	"math"
	"strconv"

	"aion/storage/points"
)

// smaSpec describes sma: the mean of the last size numbers, from number size
// on. It is added anew from the oldest to the newest each time.
func smaSpec() Spec {
	return Spec{
		Name: "sma", Label: "SMA", Description: "Simple moving average.",
		Properties: []Property{{
			Name: "size", Label: "Size", Type: Int, Optional: true, Default: "10",
			Description: "The period of the moving average. This is the number of data point to use each time the average is calculated.",
			Validations: []Validation{{"value > 0", "Size must be greater than 0."}},
		}},
		Build: func(_ Env, v Values) (Aggregator, error) {
			size := int(get(v, "size", int64(0)))
			return &blockwise{
				text:  call("sma", strconv.Itoa(size)),
				kind:  numbersOnly,
				start: func(g Group) change { return &sma{size: size, claim: claim{budget: g.budget()}} },
			}, nil
		},
	}
}

// sma remembers the numbers that further means need.
type sma struct {
	size int // 0 fails, less than 0 makes every mean NaN, as in KairosDB
	null bool
	last []float64 // numbers, of which the newest size-1 are needed
	claim
}

// open fails for a size of 0, whether there are numbers or not.
func (s *sma) open() error {
	if s.size == 0 {
		return &ComputeError{}
	}
	return nil
}

// change replaces the numbers of b by the means that end with them.
func (s *sma) change(ctx context.Context, b *points.Block) error {
	if s.size < 0 {
		s.degenerate(b)
		return nil
	}
	s.null = s.null || anyNull(b)
	old := len(s.last)
	s.last = append(s.last, b.Floats...)
	if err := s.hold(8 * cap(s.last)); err != nil {
		return err
	}
	skip := min(max(s.size-1-old, 0), b.Len())
	if s.null && skip < b.Len() {
		return errNull()
	}
	b.Ints, b.IsInt, b.Nulls = b.Ints[:0], b.IsInt[:0], b.Nulls[:0]
	for i := skip; i < b.Len(); i++ {
		if i%64 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		end := old + i + 1
		b.Floats[i] = add(0, s.last[end-s.size:end]) / float64(s.size)
	}
	if extra := len(s.last) - (s.size - 1); extra > 0 {
		s.last = dropped(s.last, extra)
	}
	dropFirst(b, skip)
	return nil
}

// degenerate answers for a size that no mean has: no numbers make none.
func (s *sma) degenerate(b *points.Block) {
	b.Ints, b.IsInt, b.Nulls = b.Ints[:0], b.IsInt[:0], b.Nulls[:0]
	for i := range b.Floats {
		b.Floats[i] = math.NaN()
	}
}
