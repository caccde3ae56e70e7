package aggregators

import (
	"context"
	"strconv"

	"aion/storage/points"
)

// scaleSpec describes scale: every number times a factor. Without a factor that
// is 0, as in KairosDB.
func scaleSpec() Spec {
	return Spec{
		Name: "scale", Label: "Scale", Description: "Scales each data point by a factor.",
		Properties: []Property{{
			Name: "factor", Label: "Factor", Type: Double, Optional: true, Default: "0.0",
			Description: "The value to scale each data point by.",
			Validations: []Validation{{"value > 0", "Factor must be greater than 0."}},
		}},
		Build: func(_ Env, v Values) (Aggregator, error) {
			factor := get(v, "factor", 0.0)
			return &blockwise{
				text:  call("scale", strconv.FormatFloat(factor, 'g', -1, 64)),
				kind:  numbersOnly,
				start: func(Group) change { return scale{factor} },
			}, nil
		},
	}
}

// scale multiplies.
type scale struct{ factor float64 }

// change multiplies the numbers of b.
func (s scale) change(_ context.Context, b *points.Block) error {
	if err := doubles(b); err != nil {
		return err
	}
	for i, v := range b.Floats {
		b.Floats[i] = v * s.factor
	}
	return nil
}
