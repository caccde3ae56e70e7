package aggregators

// minSpec describes min: (at, the smallest number of the range).
func minSpec() Spec {
	return rangeSpec(Spec{
		Name: "min", Label: "Min", Description: "Returns the minimum value data point for the time range.",
		Build: func(env Env, v Values) (Aggregator, error) { return newExtremeWindow("min", true, env, v) },
	})
}
