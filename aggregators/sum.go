package aggregators

// sumSpec describes sum: (at, the sum of the range's numbers).
func sumSpec() Spec {
	return rangeSpec(Spec{
		Name: "sum", Label: "Sum", Description: "Adds data points together.",
		Build: func(env Env, v Values) (Aggregator, error) { return newTotal("sum", false, env, v) },
	})
}

// newTotal makes sum or, as mean, avg. Where order may be free it takes the
// series of a group side by side.
func newTotal(name string, mean bool, env Env, v Values) (Aggregator, error) {
	c, err := newCut(name, env, v)
	if err != nil {
		return nil, err
	}
	w := window{cut: c, text: c.text(name), kind: numbersOnly, reduce: func(Budget) Reducer {
		return &total{mean: mean, free: env.FreeOrder}
	}}
	if !env.FreeOrder {
		return &w, nil
	}
	return newSideWindow(w, env, gatheredBytes, func(Budget) Reducer {
		return &gathered{total: total{mean: mean, free: true}}
	}), nil
}
