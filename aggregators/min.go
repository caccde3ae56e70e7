package aggregators

// minSpec describes min: (at, the smallest number of the range).
func minSpec() Spec {
	return rangeSpec(Spec{
		Name: "min", Label: "Min", Description: "Keeps the smallest value of each range.",
		Build: func(env Env, v Values) (Aggregator, error) { return newExtremeWindow("min", true, env, v) },
	})
}
