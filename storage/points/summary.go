package points

// Summary stands for a run of number points of one series, none of them null.
type Summary struct {
	Count           int64
	Min, Max        float64 // by Java's order: -0.0 below 0.0
	Sum             float64 // added in time order from 0.0
	SumAbs          float64 // the sum of the absolute values
	First, Last     float64
	FirstAt, LastAt int64
	Ints            bool // stored as longs; Sum is then exact while SumAbs <= 1<<53
	FirstInt        int64
	LastInt         int64
	Final           bool // no run is told of behind this one before the same time
}
