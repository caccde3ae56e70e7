package aggregators

// maxSpec describes max: (at, the largest number of the range).
func maxSpec() Spec {
	return rangeSpec(Spec{
		Name: "max", Label: "Max", Description: "Returns the maximum value data point for the time range.",
		Build: func(env Env, v Values) (Aggregator, error) { return newExtremeWindow("max", false, env, v) },
	})
}

// newExtremeWindow makes max or min.
func newExtremeWindow(name string, smallest bool, env Env, v Values) (Aggregator, error) {
	c, err := newCut(name, env, v)
	if err != nil {
		return nil, err
	}
	reduce := func(Budget) Reducer { return newExtreme(smallest) }
	w := window{cut: c, text: c.text(name), kind: numbersOnly, reduce: reduce}
	return newSideWindow(w, env, 16, reduce), nil
}
