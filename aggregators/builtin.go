package aggregators

// Builtin lists KairosDB's aggregators, sorted by name.
func Builtin() *Registry {
	return &Registry{specs: []Spec{
		avgSpec(),
		countSpec(),
		devSpec(),
		diffSpec(),
		divSpec(),
		filterSpec(),
		firstSpec(),
		gapsSpec(),
		lastSpec(),
		leastSquaresSpec(),
		maxSpec(),
		minSpec(),
		percentileSpec(),
		rateSpec(),
		samplerSpec(),
		saveAsSpec(),
		scaleSpec(),
		scoreSpec(),
		smaSpec(),
		sumSpec(),
		trimSpec(),
	}}
}
