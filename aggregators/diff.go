package aggregators

import (
	"context"

	"aion/storage/points"
)

// diffSpec describes diff: every number but the first, less the one before it.
func diffSpec() Spec {
	return Spec{
		Name: "diff", Label: "Diff", Description: "Computes the difference between successive data points.",
		Build: func(Env, Values) (Aggregator, error) {
			return &blockwise{text: "diff", kind: numbersOnly, start: func(Group) change { return &diff{} }}, nil
		},
	}
}

// previous is the point before a block. A stream's first point yields nothing,
// and a null there is a failure only when another point follows.
type previous struct {
	there bool
	null  bool
	at    int64
	value float64
}

// step checks that b can be reckoned with the point before it and tells how
// many of b's points yield nothing. last is b's last point, to be previous for
// the next block.
func (p *previous) step(b *points.Block) (skip int, last previous, err error) {
	n := b.Len() - 1
	last = previous{true, b.Null(n), b.Times[n], b.Floats[n]}
	if !p.there {
		if n == 0 {
			return 1, last, nil
		}
		*p, skip = previous{true, b.Null(0), b.Times[0], b.Floats[0]}, 1
	}
	if p.null {
		return 0, last, errNull()
	}
	return skip, last, doubles(b)
}

// diff subtracts.
type diff struct{ previous }

// change replaces the numbers of b by their differences.
func (d *diff) change(_ context.Context, b *points.Block) error {
	skip, last, err := d.step(b)
	if err != nil {
		return err
	}
	before := d.value
	for i, v := range b.Floats {
		b.Floats[i] = v - before
		before = v
	}
	d.previous = last
	dropFirst(b, skip)
	return nil
}
