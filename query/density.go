package query

import (
	"hash/maphash"
	"math"
	"sync/atomic"

	"aion/storage/points"
)

// densities remember of the metrics that were asked for lately how many points a
// group of theirs had for each millisecond of the range: what is asked for now will
// have about as many. It is a guess, for what makes no difference but to speed.
// Metrics may take each other's place. They are safe for concurrent use.
type densities struct {
	seed maphash.Seed
	of   [256]atomic.Uint64 // half of the name's hash, and a float32
}

// at is the place of a metric and what stands there in its upper half.
func (d *densities) at(metric string) (place *atomic.Uint64, name uint64) {
	h := maphash.String(d.seed, metric)
	return &d.of[h%uint64(len(d.of))], h >> 32 << 32
}

// note notes that the groups of a metric had so many points in a range.
func (d *densities) note(metric string, groups int, r points.Range, n int64) {
	place, name := d.at(metric)
	place.Store(name | uint64(math.Float32bits(float32(float64(n)/float64(groups)/length(r)))))
}

// expect is about how many points a group of the metric has in a range; 0: nobody
// knows.
func (d *densities) expect(metric string, r points.Range) float64 {
	place, name := d.at(metric)
	if v := place.Load(); v>>32<<32 == name {
		return float64(math.Float32frombits(uint32(v))) * length(r)
	}
	return 0
}

// length is how many milliseconds a range has.
func length(r points.Range) float64 { return max(float64(r.To)-float64(r.From)+1, 1) }
