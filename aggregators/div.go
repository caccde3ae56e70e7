package aggregators

import (
	"context"
	"strconv"

	"aion/storage/points"
)

// divSpec describes div: every number divided by a divisor.
func divSpec() Spec {
	return Spec{
		Name: "div", Label: "Div", Description: "Divides each data point by a divisor.",
		Properties: []Property{{
			Name: "divisor", Label: "Divisor", Type: Double, Default: "1",
			Description: "The value each data point is divided by.",
			Validations: []Validation{{"value > 0", "Divisor must be greater than 0."}},
		}},
		Build: func(_ Env, v Values) (Aggregator, error) {
			divisor := get(v, "divisor", 0.0)
			if divisor == 0 {
				return nil, &PropertyError{"div", "divisor", "may not be zero"}
			}
			return &blockwise{
				text:  call("div", strconv.FormatFloat(divisor, 'g', -1, 64)),
				kind:  numbersOnly,
				start: func(Group) change { return div{divisor} },
			}, nil
		},
	}
}

// div divides.
type div struct{ divisor float64 }

// change divides the numbers of b.
func (d div) change(_ context.Context, b *points.Block) error {
	if err := doubles(b); err != nil {
		return err
	}
	for i, v := range b.Floats {
		b.Floats[i] = v / d.divisor
	}
	return nil
}
