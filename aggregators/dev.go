package aggregators

import (
	"math"
	"strings"

	"aion/storage/points"
)

// devSpec describes dev: (at, the sample standard deviation of the range's
// numbers, or the mean plus or minus some of them).
func devSpec() Spec {
	return rangeSpec(Spec{
		Name: "dev", Label: "Dev", Description: "Calculates the standard deviation of the time series.",
		Hidden: []Property{
			{
				Name: "return_type", Label: "Return type", Type: Enum, Optional: true, Default: "value",
				Options:     []string{"value", "pos_sd", "neg_sd"},
				Description: "The deviation itself, or the mean plus or minus dev_count deviations.",
			},
			{
				Name: "dev_count", Label: "Deviation count", Type: Int, Optional: true, Default: "1",
				Description: "How many deviations are added to the mean or taken away.",
			},
		},
		Build: newDev,
	})
}

// newDev makes dev.
func newDev(env Env, v Values) (Aggregator, error) {
	c, err := newCut("dev", env, v)
	if err != nil {
		return nil, err
	}
	as := strings.ToLower(get(v, "return_type", "value"))
	times := get(v, "dev_count", int64(1))
	switch as {
	case "value", "pos_sd":
	case "neg_sd":
		times = -times
	default:
		return nil, &PropertyError{"dev", "return_type", "must be value, pos_sd or neg_sd"}
	}
	text := c.text("dev")
	if as != "value" {
		text = c.text("dev", as)
	}
	return &window{cut: c, text: text, kind: numbersOnly, reduce: func(Budget) Reducer {
		return &deviation{times: float64(times), plain: as == "value"}
	}}, nil
}

// deviation follows the running means of the values and of their squares, as
// KairosDB's StdAggregator does: where cancellation makes the variance negative
// the deviation is 0, which Welford's algorithm would not yield.
type deviation struct {
	plain bool
	times float64 // of the deviation to add to the mean; negative for neg_sd
	n     float64
	mean  float64 // of the values
	power float64 // mean of the squares
}

// Add follows the numbers of b.
func (d *deviation) Add(b *points.Block) error {
	if anyNull(b) {
		return errNull()
	}
	d.follow(b.Floats)
	return nil
}

// untimed says that order alone makes a difference.
func (d *deviation) untimed() bool { return true }

// AddValues follows numbers.
func (d *deviation) AddValues(values []float64) error {
	d.follow(values)
	return nil
}

// follow follows numbers.
func (d *deviation) follow(values []float64) {
	n, mean, power := d.n, d.mean, d.power
	for _, v := range values {
		n++
		mean += (v - mean) / n
		power += (float64(v*v) - power) / n
	}
	d.n, d.mean, d.power = n, mean, power
}

// flushShort follows short ranges, one after the other.
func (d *deviation) flushShort(values []float64, ends []int, out *points.Block) {
	from, results := 0, out.Floats
	for _, end := range ends {
		d.follow(values[from:end])
		results = append(results, d.result())
		from = end
	}
	out.Floats = results
}

// Flush appends the deviation.
func (d *deviation) Flush(at int64, out *points.Block) error {
	out.AppendFloat(at, d.result())
	return nil
}

// result is the deviation, or the mean with some of it, and starts afresh.
func (d *deviation) result() float64 {
	n, mean, power := d.n, d.mean, d.power
	d.n, d.mean, d.power = 0, 0, 0
	sigma := math.Sqrt((float64(power*n) - float64(float64(n*mean)*mean)) / (n - 1))
	if sigma != sigma {
		sigma = 0
	}
	if d.plain {
		return sigma
	}
	return mean + float64(sigma*d.times)
}
