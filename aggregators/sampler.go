package aggregators

import "aion/storage/points"

// samplerSpec describes sampler: every number but the first, divided by the time
// since the point before and multiplied by the unit.
func samplerSpec() Spec {
	return Spec{
		Name: "sampler", Label: "Sampler",
		Description: "Computes the sampling rate of change for the data points.",
		Properties: []Property{{
			Name: "unit", Label: "Time Unit", Type: UnitOnly, Optional: true, Default: "milliseconds",
			Options:     points.Units[:],
			Description: "Time unit of sampling",
		}},
		Hidden: []Property{timeZone()},
		Build:  func(env Env, v Values) (Aggregator, error) { return newSpeed("sampler", true, env, v), nil },
	}
}
