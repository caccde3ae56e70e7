package aggregators

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"aion/storage/points"
)

// filterSpec describes filter: it takes out the points for which the comparison
// with the threshold holds.
func filterSpec() Spec {
	return Spec{
		Name: "filter", Label: "Filter", Description: "Filters datapoints according to filter operation with a null data point.",
		Properties: []Property{
			{
				Name: "filter_op", Label: "Filter operation", Type: Enum, Optional: true, Default: "equal",
				Options:     []string{"LTE", "LT", "GTE", "GT", "EQUAL", "NE"},
				Description: "The operation performed for each data point.",
			},
			{
				Name: "threshold", Label: "Threshold", Type: Any, Optional: true,
				Description: "The value the operation is performed on. If the operation is lt, then a null data point is returned " +
					"if the data point is less than the threshold.",
			},
		},
		Build: newFilter,
	}
}

// holds tells for which comparisons of value to threshold each filter_op holds.
type holds struct{ below, equal, above bool }

// filterOps are the comparisons by their lower-case names.
func filterOps(name string) (holds, bool) {
	switch name {
	case "lte":
		return holds{below: true, equal: true}, true
	case "lt":
		return holds{below: true}, true
	case "gte":
		return holds{equal: true, above: true}, true
	case "gt":
		return holds{above: true}, true
	case "equal":
		return holds{equal: true}, true
	case "ne":
		return holds{below: true, above: true}, true
	}
	return holds{}, false
}

// newFilter makes filter.
func newFilter(env Env, v Values) (Aggregator, error) {
	f := filter{primitive: env.Release.switches().primitiveFilter, threshold: v["threshold"]}
	op := strings.ToLower(get(v, "filter_op", ""))
	if op != "" {
		var ok bool
		if f.holds, ok = filterOps(op); !ok || f.primitive && op == "ne" {
			return nil, &PropertyError{"filter", "filter_op", "must be one of lte, lt, gte, gt, equal, ne"}
		}
	}
	f.none = op == ""
	if f.threshold == nil {
		f.threshold = 0.0
	}
	if text, ok := f.threshold.(string); ok && f.primitive {
		number, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, &PropertyError{"filter", "threshold", fmt.Sprintf("For input string: %q", text)}
		}
		f.threshold = number
	}
	if _, other := f.threshold.(Other); other && f.primitive {
		return nil, &PropertyError{"filter", "threshold", "must be a number"}
	}
	return &blockwise{
		text: call("filter", op, fmt.Sprintf("%v", f.threshold)),
		kind: anyKind,
		start: func(Group) change {
			g := f
			return &g
		},
	}, nil
}

// filter takes points out.
type filter struct {
	holds
	none      bool   // no comparison was given
	primitive bool   // as release 1.2: Java's comparison operators, and text counts as 0
	threshold any    // float64, string or Other
	mask      []byte // 1 where a point stays
}

// change takes points out of b.
func (f *filter) change(_ context.Context, b *points.Block) error {
	if f.none {
		if f.primitive {
			return nil
		}
		return &ComputeError{}
	}
	f.mask = slices.Grow(f.mask[:0], b.Len())[:b.Len()]
	if err := f.mark(b); err != nil {
		return err
	}
	keepOnly(b, f.mask)
	return nil
}

// mark sets mask where a point stays.
func (f *filter) mark(b *points.Block) error {
	switch threshold := f.threshold.(type) {
	case float64:
		switch {
		case b.Kind == points.Number:
			if anyNull(b) {
				return errNull()
			}
			f.markNumbers(b.Floats, threshold)
			return nil
		case b.Kind == points.Opaque || f.primitive:
			f.markAll(stay(f.stays(0, threshold)))
			return nil
		}
	case string:
		if b.Kind == points.Text {
			for i, text := range b.Texts {
				f.mask[i] = stay(!f.of(points.CompareUTF16(text, threshold)))
			}
			return nil
		}
	}
	f.markAll(0)
	return nil
}

// markAll sets the whole mask.
func (f *filter) markAll(stay byte) {
	for i := range f.mask {
		f.mask[i] = stay
	}
}

// stay is 1 for a point that stays.
func stay(stays bool) byte {
	if stays {
		return 1
	}
	return 0
}

// markNumbers compares numbers.
func (f *filter) markNumbers(values []float64, threshold float64) {
	if f.primitive {
		for i, v := range values {
			f.mask[i] = stay(f.stays(v, threshold))
		}
		return
	}
	at, table := ordered(threshold), [3]byte{stay(!f.below), stay(!f.equal), stay(!f.above)}
	mask := f.mask[:len(values)]
	for i, v := range values {
		k, place := ordered(v), 1
		if k < at {
			place = 0
		}
		if k > at {
			place = 2
		}
		mask[i] = table[place]
	}
}

// stays tells whether one number does not compare in the given way.
func (f *filter) stays(v, threshold float64) bool {
	if f.primitive {
		return !(f.below && v < threshold || f.equal && v == threshold || f.above && v > threshold)
	}
	a, b := ordered(v), ordered(threshold)
	return !(f.below && a < b || f.equal && a == b || f.above && a > b)
}

// of tells whether h holds for the sign of a comparison.
func (h holds) of(sign int) bool {
	return h.below && sign < 0 || h.equal && sign == 0 || h.above && sign > 0
}
