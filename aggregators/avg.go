package aggregators

// avgSpec describes avg: (at, the sum of the range's numbers divided by their
// count). Nulls are passed over; a range of nulls alone has the mean NaN.
func avgSpec() Spec {
	return rangeSpec(Spec{
		Name: "avg", Label: "AVG", Description: "Averages the data points together.",
		Build: func(env Env, v Values) (Aggregator, error) { return newTotal("avg", true, env, v) },
	})
}
