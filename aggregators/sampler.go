package aggregators

import "aion/storage/points"

// samplerSpec describes sampler: every number but the first, divided by the time
// since the point before and multiplied by the unit.
func samplerSpec() Spec {
	return Spec{
		Name: "sampler", Label: "Sampler",
		Description: "Divides each value by the time since the point before, for values that count anew with each point.",
		Properties: []Property{{
			Name: "unit", Label: "Time Unit", Type: UnitOnly, Optional: true, Default: "milliseconds",
			Options:     points.Units[:],
			Description: "The time that the value is computed for.",
		}},
		Hidden: []Property{timeZone()},
		Build:  func(env Env, v Values) (Aggregator, error) { return newSpeed("sampler", true, env, v), nil },
	}
}
